"""Whatever MALL answers: no order goes round in a circle, nothing follows an accepted Delivered, nothing is illegal."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import cycle
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orderbridge.domain import bounds
from orderbridge.domain.actions import Action
from orderbridge.domain.cases.records import Cause
from orderbridge.domain.dates import ShopDate
from orderbridge.domain.failure_policy import Call, CallResult
from orderbridge.domain.holds import HoldCode
from orderbridge.domain.statuses import MarketplaceStatus as M
from orderbridge.domain.statuses import ShopStatus as S
from orderbridge.domain.statuses import allowed
from orderbridge.flows.api.orders import retry_order
from tests.fake_services import FakeMarketplace
from tests.some_reasons import codes_in
from tests.unit.flows.sequences import MINUTES, TODAY, linking, new_world, stops
from tests.unit.flows.world import SHOP

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from orderbridge.domain.answers import MarketplaceAnswer
    from orderbridge.domain.steps import MarketplaceChange
    from orderbridge.domain.views import MarketplaceView
    from tests.unit.flows.world import InMemoryProduct

HOURS = timedelta(hours=1)
DAYS = timedelta(days=1)
ECHOES: dict[str, Callable[[MarketplaceView], MarketplaceView]] = {
    "as sent": lambda view: view,
    "capitals": lambda view: replace(view, tracking_number=view.tracking_number.swapcase()),
    "own address": lambda view: replace(view, tracking_url="https://mall.test/track"),
    "escaped": lambda view: replace(view, tracking_url=view.tracking_url.replace("&", "&amp;")),
    "cut": lambda view: replace(view, tracking_number=view.tracking_number[:2]),
    "no address": lambda view: replace(view, tracking_url=""),
    "nothing": lambda view: replace(view, tracking_number="", tracking_url=""),
    "own number": lambda view: replace(view, tracking_number="M4711", tracking_url="https://mall.test/M4711"),
}
"""What MALL may make of the tracking that it was sent."""


@dataclass(frozen=True)
class Mood:
    """How MALL takes one PUT, and what it does before the next call of any kind."""

    answer: CallResult = CallResult.OK
    effect: bool = True
    then: M | None = None
    confirmed: bool | None = None


@dataclass(frozen=True)
class Recheck:
    """What MALL shows at one read, whatever it holds. None: what it holds."""

    echo: str = "as sent"
    status: M | None = None
    confirmed: bool | None = None


@dataclass
class HostileMarketplace(FakeMarketplace):
    """Its answers say one thing, what it does is another. Notes every PUT that is illegal from what it last showed.

    It answers every read. `moods` (of the PUTs) and `rechecks` (of the reads) come round again and again.
    """

    world: InMemoryProduct
    moods: list[Mood]
    rechecks: list[Recheck]
    made: list[tuple[datetime, Call, MarketplaceChange | None, CallResult]] = field(default_factory=list)
    illegal: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        FakeMarketplace.__init__(self)
        self.next_mood: Iterator[Mood] = cycle(self.moods)
        self.next_recheck: Iterator[Recheck] = cycle(self.rechecks)

    def read(self, mall_order_id: int) -> MarketplaceAnswer:
        answer = super().read(mall_order_id)
        view, recheck = answer.view, next(self.next_recheck)
        if view is not None:
            confirmed = view.confirmed if recheck.confirmed is None else recheck.confirmed
            view = replace(
                ECHOES[recheck.echo](view), status=recheck.status or view.status, confirmed=confirmed
            )
        self.made.append((self.world.clock.now(), Call.READ, None, CallResult.OK))
        return replace(answer, view=view)

    def write(self, mall_order_id: int, change: MarketplaceChange) -> MarketplaceAnswer:
        mood, held = next(self.next_mood), self.orders[mall_order_id]
        self._judge_legality(self.world.order(mall_order_id).marketplace.observed, change)
        if mood.effect:
            self.orders[mall_order_id] = self._changed(held, change)
        if mood.then is not None or mood.confirmed is not None:
            now = self.orders[mall_order_id]
            confirmed = now.confirmed if mood.confirmed is None else mood.confirmed
            self.orders[mall_order_id] = replace(now, status=mood.then or now.status, confirmed=confirmed)
        self.made.append((self.world.clock.now(), Call.WRITE, change, mood.answer))
        self.faults.clear()
        self.fail_next(mood.answer, call=Call.WRITE)
        answer = super().write(mall_order_id, change)
        self.calls.pop()
        return answer

    def _judge(self, mall_order_id: int, change: MarketplaceChange) -> CallResult:  # noqa: ARG002
        return CallResult.FORBIDDEN  # has no effect: that was decided above

    def _judge_legality(self, shown: MarketplaceView | None, change: MarketplaceChange) -> None:
        assert shown is not None
        if change.status is None:
            legal = change.confirm or shown.status is M.SHIPPED
        else:
            legal = allowed(shown.status, change.status, marketplace_delivery=shown.marketplace_delivery)
        if not legal:
            self.illegal.append(f"{change} from {shown.status}")


def hostile(
    moods: list[Mood], *rechecks: Recheck, undo: int = 0, **rules: object
) -> tuple[InMemoryProduct, HostileMarketplace]:
    world = new_world(undo, carriers={"PPL": "https://t.cz/?a=1&id={number}"}, **rules)
    world.lists = True
    mall = HostileMarketplace(world, moods, list(rechecks) or [Recheck()])
    world.marketplaces.by_shop[SHOP] = mall
    return world, mall


def per_day(mall: HostileMarketplace, call: Call, *, answered: bool = True) -> Counter[date]:
    lost = {CallResult.TIMEOUT, CallResult.CONNECTION_LOST, CallResult.SERVER_ERROR}
    return Counter(
        at.date()
        for at, kind, _, call_result in mall.made
        if kind is call and not (answered and call_result in lost)
    )


def retry(world: InMemoryProduct) -> None:
    retry_order(world, SHOP, "1")
    world.settle()


def open_causes(world: InMemoryProduct) -> set[Cause]:
    return {escalation.cause for escalation in world.order(1).cases.escalations if escalation.open}


MOODS = st.lists(
    st.builds(
        Mood,
        answer=st.sampled_from(
            [
                CallResult.OK,
                CallResult.OK,
                CallResult.OK,
                CallResult.BAD_REQUEST,
                CallResult.CONFLICT,
                CallResult.TIMEOUT,
                CallResult.SERVER_ERROR,
                CallResult.FORBIDDEN,
            ]
        ),
        effect=st.booleans(),
        then=st.none() | st.sampled_from(M),
        confirmed=st.none() | st.booleans(),
    ),
    min_size=1,
    max_size=6,
)
RECHECKS = st.lists(
    st.builds(
        Recheck,
        echo=st.sampled_from(sorted(ECHOES)),
        status=st.none() | st.sampled_from([M.OPEN, M.SHIPPING, M.SHIPPED, *M]),
        confirmed=st.none() | st.booleans(),
    ),
    min_size=1,
    max_size=5,
)
CLERK = st.lists(
    st.tuples(
        st.sampled_from([S.SETTLED, S.SETTLED, *S]),
        st.sampled_from([None, TODAY, TODAY, ShopDate(date(2026, 11, 19))]),
        st.sampled_from(["DR1", "DR1", "dr22-x"]),
    ),
    min_size=1,
    max_size=6,
)
FLAPS = st.lists(st.tuples(st.none() | st.sampled_from(M), st.booleans()), max_size=5)
"""What MALL does of its own accord every few hours: another status, and whether it waits to be confirmed."""


@pytest.mark.slow
@settings(max_examples=40)
@given(
    moods=MOODS,
    rechecks=RECHECKS,
    clerk=CLERK,
    flaps=FLAPS,
    mode=st.sampled_from(["link", "create", "off"]),
    mdp=st.booleans(),
)
def test_no_order_goes_round_in_a_circle(
    moods: list[Mood],
    rechecks: list[Recheck],
    clerk: list[tuple[S, ShopDate | None, str]],
    flaps: list[tuple[M | None, bool]],
    mode: str,
    *,
    mdp: bool,
) -> None:
    world, mall = hostile(moods, *rechecks, import_mode=mode)
    mall.hold(1)
    mall.orders[1] = replace(mall.orders[1], marketplace_delivery=mdp)
    sets, does = cycle(clerk), cycle(flaps or [(None, True)])
    for recheck in range(20):
        if recheck % 3 == 0:
            status, delivery, number = next(sets)
            world.clerk(1, status, delivery=delivery, tracking_number=number)
        status_then, confirmed = next(does)
        mall.orders[1] = replace(
            mall.orders[1], status=status_then or mall.orders[1].status, confirmed=confirmed
        )
        world.tick()
        world.ticks(3 * HOURS, HOURS)

    assert mall.illegal == []
    assert max(per_day(mall, Call.READ).values(), default=0) <= bounds.READS_PER_DAY
    assert max(per_day(mall, Call.WRITE).values(), default=0) <= bounds.PUTS_PER_DAY
    every = per_day(mall, Call.WRITE, answered=False)
    assert max(every.values(), default=0) <= bounds.PUTS_PER_DAY + bounds.READS_PER_DAY
    puts = [(change.status, call_result) for _, _, change, call_result in mall.made if change is not None]
    assert (M.DELIVERED, CallResult.OK) not in puts[:-1], "something was sent after Delivered"


@pytest.mark.parametrize("echo", sorted(ECHOES))
def test_tracking_that_mall_shows_in_its_own_way_is_sent_once_whatever_is_refused(echo: str) -> None:
    world, mall = hostile([Mood(), Mood(CallResult.BAD_REQUEST, effect=False)], Recheck(echo))
    mall.hold(1)
    world.clerk(1, S.SETTLED)
    world.tick()
    world.clerk(1, S.SETTLED, delivery=TODAY, created=TODAY)
    world.ticks(3 * DAYS, 2 * HOURS)
    sent = [change for _, call, change, _ in mall.made if call is Call.WRITE and change is not None]
    assert [change.status for change in sent] == [M.SHIPPED, M.DELIVERED]
    hold = world.order(1).work.hold
    assert hold is not None
    assert hold.code is HoldCode.REFUSED


def test_an_answer_that_moves_after_every_refusal_does_not_keep_the_calls_going() -> None:
    shown = [Recheck(status=M.OPEN, confirmed=confirmed) for confirmed in (True, False)]
    world, mall = hostile([Mood(CallResult.CONFLICT, effect=False)], *shown)
    mall.hold(1)
    world.clerk(1, S.HANDLED)
    world.ticks(3 * DAYS, HOURS)
    assert len(per_write(mall)) > bounds.PUTS_PER_DAY, "it was tried again the next day"
    assert max(per_day(mall, Call.WRITE).values()) == bounds.PUTS_PER_DAY
    assert max(per_day(mall, Call.READ).values()) <= bounds.READS_PER_DAY
    assert open_causes(world) >= {Cause.CALLS_SPENT}
    told = [subject for _, subject, _ in world.alarms.published if "vycerpany" in subject]
    assert len(told) == 1, "one matter, told once"


def test_a_correction_that_succeeds_forgives_no_refused_delivered() -> None:
    refused = Mood(CallResult.BAD_REQUEST, effect=False)
    world, mall = hostile([refused, Mood(), refused], Recheck(), Recheck("own address"))
    mall.hold(1, M.SHIPPED, confirmed=True)
    mall.orders[1] = replace(mall.orders[1], tracking_number="DR1", tracking_url="https://t.cz/?a=1&id=DR1")
    world.clerk(1, S.SETTLED, delivery=TODAY, created=TODAY)
    world.ticks(DAYS, HOURS)
    assert [change.status for change in per_write(mall)] == [M.DELIVERED, None]


@pytest.mark.parametrize("mode", ["create", "link"])
def test_what_mall_changes_after_our_delivered_is_not_even_confirmed(mode: str) -> None:
    world, mall = hostile([Mood()], import_mode=mode)
    mall.hold(1)
    world.clerk(1, S.SETTLED, delivery=TODAY, created=TODAY)
    world.tick()
    assert world.held(1) is M.DELIVERED
    before = len(per_write(mall))
    mall.changes(1)
    world.ticks(DAYS, HOURS)
    assert len(per_write(mall)) == before


@pytest.mark.parametrize("echo", sorted(ECHOES))
def test_a_correction_by_the_clerk_still_goes_out_once(echo: str) -> None:
    world, mall = hostile([Mood()], Recheck(echo))
    mall.hold(1)
    world.clerk(1, S.SETTLED)
    world.tick()
    world.clerk(1, S.SETTLED, tracking_number="PQ987")
    world.ticks(6 * HOURS, HOURS)
    world.clerk(1, S.SETTLED)
    world.ticks(6 * HOURS, HOURS)
    retry(world)
    numbers = [change.tracking_number for _, _, change, _ in mall.made if change is not None]
    assert numbers == ["DR1", "PQ987", "DR1"]


@pytest.mark.parametrize("clerk", [S.HANDLED, S.SETTLED])
def test_a_status_accepted_without_effect_is_sent_twice_then_told(clerk: S) -> None:
    world, mall = hostile([Mood(effect=False)])
    mall.hold(1)
    world.clerk(1, clerk)
    for _ in range(5):
        world.ticks(DAYS, 4 * HOURS)
        retry_by_flow(world)
    wanted = M.SHIPPING if clerk is S.HANDLED else M.SHIPPED
    assert [change.status for _, _, change, _ in mall.made if change is not None] == [wanted] * 2
    hold = world.order(1).work.hold
    assert hold is not None
    assert hold.code is HoldCode.NO_EFFECT
    assert open_causes(world) == {Cause.NO_EFFECT}
    retry(world)
    world.ticks(2 * DAYS, 4 * HOURS)
    retry_by_flow(world)
    assert len(per_write(mall)) == bounds.MAX_STATUS_ACCEPTANCES + 1, "a person's word is one more try"
    assert open_causes(world) == {Cause.NO_EFFECT}
    mall.next_mood = cycle([Mood()])
    retry(world)
    world.ticks(DAYS, 4 * HOURS)
    retry_by_flow(world)
    assert world.held(1) is wanted
    assert world.order(1).work.hold is None
    assert open_causes(world) == set()


def retry_by_flow(world: InMemoryProduct) -> None:
    """The nightly reconciliation."""
    world.read_list("reconcile")
    world.settle()
    world.ticks(10 * MINUTES)


def per_write(mall: HostileMarketplace) -> list[MarketplaceChange]:
    return [change for _, _, change, _ in mall.made if change is not None]


def test_a_confirmation_accepted_without_effect_is_not_sent_for_ever() -> None:
    world, mall = hostile([Mood(effect=False)])
    mall.hold(1, M.SHIPPING, confirmed=True)
    world.clerk(1, S.HANDLED)
    world.tick()
    mall.changes(1)
    world.ticks(4 * DAYS, HOURS)
    assert len(per_write(mall)) == bounds.MAX_CONFIRM_ACCEPTANCES
    assert open_causes(world) == {Cause.NO_EFFECT}


def test_beyond_the_days_calls_an_order_is_held_told_and_goes_on_tomorrow_or_by_a_persons_word() -> None:
    world, mall = hostile([Mood(CallResult.BAD_REQUEST, effect=False)])
    mall.hold(1)
    for number in range(bounds.PUTS_PER_DAY + 3):
        world.clerk(1, S.SETTLED, tracking_number=f"DR{number}")
        world.ticks(10 * MINUTES)
    assert len(per_write(mall)) == bounds.PUTS_PER_DAY
    hold = world.order(1).work.hold
    assert hold is not None
    assert hold.code is HoldCode.CALLS_SPENT
    assert Cause.CALLS_SPENT in open_causes(world)
    retry(world)
    assert len(per_write(mall)) == bounds.PUTS_PER_DAY + 1
    mall.next_mood = cycle([Mood()])
    world.clock.advance(DAYS)
    world.clerk(1, S.SETTLED, tracking_number="DR")
    world.ticks(10 * MINUTES)
    assert world.held(1) is M.SHIPPED
    assert open_causes(world) == set()


def test_a_program_that_asks_again_and_again_uses_up_no_budget() -> None:
    world, mall = hostile([Mood(CallResult.BAD_REQUEST, effect=False)])
    mall.hold(1)
    world.clerk(1, S.HANDLED)
    world.tick()
    for _ in range(500):
        world.clock.advance(timedelta(seconds=40))
        retry(world)
    most = bounds.READS_PER_DAY + bounds.ALLOWANCES_PER_DAY * bounds.EXTRA_READS
    assert per_day(mall, Call.READ)[world.clock.now().date()] <= most
    most = bounds.PUTS_PER_DAY + bounds.ALLOWANCES_PER_DAY * bounds.EXTRA_PUTS
    assert per_day(mall, Call.WRITE)[world.clock.now().date()] <= most


def test_hints_leave_the_reads_that_doubts_need() -> None:
    world, mall = hostile([Mood()])
    mall.hold(1)
    world.clerk(1, S.HANDLED)
    world.tick()
    for _ in range(100):
        world.clock.advance(timedelta(minutes=5))
        world.read_list(hints=(1,))
        world.settle()
    assert max(per_day(mall, Call.READ).values()) <= bounds.HINT_READS_PER_DAY
    assert world.order(1).work.hold is None


def test_an_outage_of_writes_uses_up_no_allowance_of_answered_puts() -> None:
    world, mall = hostile([Mood(CallResult.SERVER_ERROR, effect=False)])
    mall.hold(1)
    world.clerk(1, S.HANDLED)
    world.ticks(6 * HOURS, timedelta(minutes=5))
    mall.next_mood = cycle([Mood()])
    world.ticks(timedelta(minutes=30), timedelta(minutes=5))
    assert world.held(1) is M.SHIPPING


@pytest.mark.parametrize("mode", ["create", "link"])
def test_a_cancellation_by_the_customer_is_not_taken_for_ours_whose_answer_was_lost(mode: str) -> None:
    world = linking(mode)
    world.mall.hold(1, confirmed=True)
    world.clerk(1, S.HANDLED)
    world.tick()
    world.clerk(1, S.CANCELED)
    world.mall.fail_next(CallResult.TIMEOUT, call=Call.WRITE)
    world.fetch()
    world.settle()
    world.mall.changes(1, status=M.CANCELLED)
    world.ticks(5 * MINUTES)
    cancelled = [
        passed for passed in world.order(1).marketplace.status_changes if passed.status is M.CANCELLED
    ]
    assert [passed.by_us for passed in cancelled] == [False]
    steps = [step for step in world.history(1).steps if step.action is Action.CANCELLED]
    assert codes_in(steps[-1].result)[0] == "result.by_somebody_else"
    world.clerk(1, S.HANDLED)
    world.ticks(30 * MINUTES)
    assert stops(world) or mode == "create"
    told = [what for _, what, _ in world.imports.written]
    assert told == (["cancel"] if mode == "create" else [])


def test_a_cancellation_by_the_customer_is_not_taken_for_ours_that_mall_accepted_on_top() -> None:
    world = linking()
    world.mall.hold(1, confirmed=True)
    world.mall.same_status_answer = CallResult.OK
    world.clerk(1, S.HANDLED)
    world.tick()
    world.clerk(1, S.CANCELED)
    world.mall.meanwhile = lambda: world.mall.changes(1, status=M.CANCELLED)
    world.fetch()
    world.settle()
    world.ticks(5 * MINUTES)
    assert not any(
        passed.by_us for passed in world.order(1).marketplace.status_changes if passed.status is M.CANCELLED
    )
    world.clerk(1, S.HANDLED)
    world.ticks(5 * MINUTES)
    assert stops(world)


def test_our_own_cancellation_stays_ours_when_its_answer_is_lost() -> None:
    world = linking()
    world.mall.hold(1)
    world.clerk(1, S.CANCELED)
    world.mall.fail_next(CallResult.TIMEOUT, effect=True, call=Call.WRITE)
    world.ticks(5 * MINUTES)
    cancelled = [
        passed for passed in world.order(1).marketplace.status_changes if passed.status is M.CANCELLED
    ]
    assert [passed.by_us for passed in cancelled] == [True]
    assert stops(world) == []


def test_a_change_behind_a_lost_answer_of_ours_is_told_and_acknowledged() -> None:
    world = linking()
    world.mall.hold(1, confirmed=True)
    world.clerk(1, S.HANDLED)
    world.mall.fail_next(CallResult.TIMEOUT, effect=True, call=Call.WRITE)
    world.fetch()
    world.settle()
    assert world.held(1) is M.SHIPPING
    world.mall.changes(1)
    world.ticks(5 * MINUTES)
    assert world.mall.orders[1].confirmed
    assert any("zmenil" in subject for _, subject, _ in world.alarms.published)


@pytest.mark.parametrize("echo", ["no address", "own address", "capitals", "escaped"])
@pytest.mark.parametrize("confirmed", [True, False])
def test_tracking_whose_answer_was_lost_is_not_sent_again_for_a_missing_address(
    echo: str, *, confirmed: bool
) -> None:
    lost = Mood(CallResult.TIMEOUT)
    for first, second in ((lost, Mood()), (Mood(), lost), (lost, lost)):
        world, mall = hostile([first, second], Recheck(echo))
        mall.hold(1, confirmed=confirmed)
        world.clerk(1, S.SETTLED)
        world.ticks(10 * MINUTES)
        world.clerk(1, S.SETTLED, tracking_number="PQ987")
        world.ticks(HOURS, 10 * MINUTES)
        retry(world)
        assert [change.tracking_number for change in per_write(mall)] == ["DR1", "PQ987"]


def test_a_correction_that_did_not_arrive_is_sent_again() -> None:
    world, mall = hostile([Mood(), Mood(CallResult.TIMEOUT, effect=False), Mood()], Recheck("no address"))
    mall.hold(1)
    world.clerk(1, S.SETTLED)
    world.ticks(10 * MINUTES)
    world.clerk(1, S.SETTLED, tracking_number="PQ987")
    world.ticks(HOURS, 10 * MINUTES)
    assert [change.tracking_number for change in per_write(mall)] == ["DR1", "PQ987", "PQ987"]
    assert mall.orders[1].tracking_number == "PQ987"
