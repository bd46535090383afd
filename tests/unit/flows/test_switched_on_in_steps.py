"""A shop with a large first difference is switched on: in steps, irreversible ones last, and it can be stopped."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from orderbridge.domain.codes.orders import NextReason
from orderbridge.domain.codes.persons import PersonReason
from orderbridge.domain.dates import ShopDate
from orderbridge.domain.failure_policy import Call, CallResult
from orderbridge.domain.rules import Rules
from orderbridge.domain.statuses import MarketplaceStatus as M
from orderbridge.domain.statuses import ShopStatus as S
from orderbridge.domain.switch_on import HOUR, Difference
from orderbridge.flows.api.shops import health
from orderbridge.flows.api.today import today
from orderbridge.flows.api.views import why
from orderbridge.flows.switching import Resumption, pause_shop, resume_shop
from tests.fakes import NOON, Fault
from tests.unit.flows.api_client import ApiClient
from tests.unit.flows.in_memory_product import SHOP, InMemoryProduct
from tests.unit.flows.sequences import MINUTES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

KINDS: tuple[tuple[M, S, dict[str, Any]], ...] = (
    (M.OPEN, S.HANDLED, {}),
    (M.SHIPPING, S.SETTLED, {}),
    (M.SHIPPED, S.SETTLED, {"delivery": ShopDate(date(2026, 11, 19))}),
    (M.OPEN, S.CANCELED, {}),
)
"""What MALL holds and the shop shows; the last two are irreversible."""
IRREVERSIBLE = {"delivered", "cancelled"}
PPL = "https://www.ppl.cz/vyhledat-zasilku?shipmentId=DR1"
LIVE = 9_000
"""Orders from here on come in while the shop is switched on."""


@dataclass
class World:
    """A paused shop whose orders differ from MALL's, one of each of `kinds`. Its limit is 3 steps."""

    kinds: Sequence[int]
    per_hour: int = 6
    undo: int = 0
    sent: list[tuple[datetime, int, str]] = field(default_factory=list)
    """When MALL accepted which order's which status."""

    def __post_init__(self) -> None:
        self.product = product = InMemoryProduct(rules=Rules(undo_window_seconds=self.undo))
        record = product.shops.records.pop(SHOP)
        chosen = record.settings.model_copy(
            update={"switch_on_limit": 3, "switch_on_per_hour": self.per_hour}
        )
        product.shops.put(chosen, product.clock.now(), paused_by="marta")
        product.mall.now = NOON - timedelta(days=3)
        for number, kind in enumerate(self.kinds, start=1):
            held, shown, details = KINDS[kind]
            product.mall.hold(number, held, confirmed=held is not M.OPEN)
            if held is M.SHIPPED:
                view = product.mall.orders[number]
                product.mall.orders[number] = replace(view, tracking_number="DR1", tracking_url=PPL)
            product.clerk(number, shown, **details)

    @property
    def difference(self) -> Difference:
        irreversible = sum(kind > 1 for kind in self.kinds)
        return Difference(len(self.kinds) - irreversible, irreversible)

    def resume(self, difference: Difference | None = None) -> Resumption:
        product = self.product
        return resume_shop(product, product.shops.records[SHOP], "marta", product.clock.now(), difference)

    def pause(self) -> bool:
        return pause_shop(self.product, SHOP, "marta", self.product.clock.now())

    def runs(self, minutes: int) -> None:
        for _ in range(minutes):
            self.product.clock.advance(MINUTES)
            seen = len(self.product.mall.calls)
            self.product.tick()
            for call in self.product.mall.calls[seen:]:
                if call.change is not None and call.took_effect and call.change.status is not None:
                    what = (self.product.clock.now(), call.mall_order_id, call.change.status.value)
                    self.sent.append(what)

    @property
    def numbers(self) -> list[int]:
        return [number for _, number, _ in self.sent]

    def of_first_difference(self) -> list[tuple[datetime, int, str]]:
        return [one for one in self.sent if one[1] < LIVE]

    def most_in_an_hour(self) -> int:
        moments = [at for at, _, _ in self.of_first_difference()]
        return max((sum(at <= one < at + HOUR for one in moments) for at in moments), default=0)


def test_nothing_goes_out_of_a_shop_that_was_never_switched_on() -> None:
    world = World([0, 2])
    world.runs(60)
    assert world.product.mall.calls == []
    assert world.product.fetch() is not None
    assert world.product.queues.take_changes() == []


def test_a_small_difference_goes_out_at_once() -> None:
    world = World([0, 1, 2])
    assert world.resume(world.difference) == Resumption(done=True)
    world.runs(2)
    assert sorted(world.numbers) == [1, 2, 3]


def test_a_large_difference_goes_out_in_steps_and_the_irreversible_ones_last() -> None:
    world = World([2, 0, 3, 1, 0, 2, 1, 0])
    assert world.resume(world.difference).switch_on is not None
    world.runs(60)
    assert 5 <= len(world.sent) <= 6
    world.runs(60)
    assert sorted(world.numbers) == list(range(1, 9))
    assert [status in IRREVERSIBLE for _, _, status in world.sent] == [False] * 5 + [True] * 3
    assert world.most_in_an_hour() <= world.per_hour


def test_a_waiting_order_says_why_and_costs_no_call_to_mall() -> None:
    world = World([0] * 8)
    world.resume(world.difference)
    world.runs(12)
    waiting = world.product.order(8)
    reason = why(waiting, world.product.clock.now())
    assert reason is not None
    assert (reason.code, reason.fact("place")) == (NextReason.SWITCH_ON, 8)
    calls = Counter((call.mall_order_id, call.call) for call in world.product.mall.calls)
    assert calls[8, Call.WRITE] == 0
    assert calls[8, Call.READ] == 1
    requests = sum(save is not None for save in world.product.ledger.attempts)
    world.runs(5)
    assert sum(save is not None for save in world.product.ledger.attempts) <= requests + 1


def test_the_undo_window_of_a_waiting_order_still_holds() -> None:
    world = World([2] * 6, undo=900)
    world.resume(world.difference)
    world.runs(14)
    assert world.sent == []
    world.product.clerk(6, S.SETTLED)
    world.runs(90)
    assert sorted(world.numbers) == [1, 2, 3, 4, 5]


def test_what_a_clerk_does_meanwhile_is_not_slowed_down() -> None:
    world = World([0] * 12)
    world.resume(world.difference)
    world.runs(3)
    product = world.product
    product.mall.hold(LIVE)
    product.clerk(LIVE, S.HANDLED)
    waiting = next(number for number in range(1, 13) if number not in world.numbers)
    product.clerk(waiting, S.SETTLED)
    world.runs(1)
    assert {LIVE, waiting} <= set(world.numbers)
    assert product.statuses_sent(waiting) == ["shipped"]


def test_a_correction_of_details_is_not_slowed_down() -> None:
    """Its state is as old as the first difference, what it shows is not."""
    world = World([0] * 6)
    world.product.mall.hold(LIVE, M.SHIPPED, confirmed=True)
    world.product.clerk(LIVE, S.SETTLED, tracking_number="")
    world.resume(world.difference)
    world.runs(3)
    world.product.clerk(LIVE, S.SETTLED, tracking_number="DR2")
    taken = world.product.shops.records[SHOP].switch_on
    world.runs(1)
    assert [change.tracking_number for change in world.product.mall.writes(LIVE)] == ["DR2"]
    after = world.product.shops.records[SHOP].switch_on
    assert taken is not None
    assert after is not None
    assert after.reversible_taken == taken.reversible_taken


def test_a_pause_stops_it_and_nothing_floods_after_it() -> None:
    world = World([0] * 20)
    world.resume(world.difference)
    world.runs(30)
    before = len(world.sent)
    assert world.pause()
    world.runs(6 * 60)
    assert len(world.sent) == before
    assert world.resume().done
    world.runs(60)
    assert 0 < len(world.sent) - before <= world.per_hour
    world.runs(5 * 60)
    assert sorted(world.numbers) == list(range(1, 21))


def test_only_one_of_two_persons_resumes_a_shop() -> None:
    world = World([0] * 8)
    seen = world.product.shops.records[SHOP]
    assert world.resume(world.difference).done
    world.product.clock.advance(MINUTES)
    assert not resume_shop(world.product, seen, "eva", world.product.clock.now(), world.difference).done
    record = world.product.shops.records[SHOP]
    assert record.resumed is not None
    assert record.resumed.by == "marta"
    assert not resume_shop(world.product, record, "eva", world.product.clock.now()).done


def test_a_person_who_saw_an_older_pause_resumes_nothing() -> None:
    world = World([0] * 8)
    world.product.clock.advance(MINUTES)
    seen = world.product.shops.records[SHOP]
    world.resume(world.difference)
    world.product.clock.advance(MINUTES)
    world.pause()
    assert not resume_shop(world.product, seen, "eva", world.product.clock.now()).done
    assert world.product.shops.records[SHOP].pause is not None
    assert not world.pause()


def test_who_paused_and_resumed_a_shop_is_on_record_and_what_changed_nothing_is_not() -> None:
    world = World([0])
    assert world.resume().done
    assert not world.resume().done
    assert world.pause()
    assert not world.pause()
    assert not pause_shop(world.product, "unknown", "marta", NOON)
    later = NOON + timedelta(days=1)
    asked = [(one.by, one.what.code) for one in world.product.actions.of_shop(SHOP, NOON, later)]
    assert sorted(asked) == [("marta", PersonReason.SHOP_PAUSED), ("marta", PersonReason.SHOP_RESUMED)]


def test_more_orders_than_the_preview_saw_are_slowed_down_too() -> None:
    world = World([0] * 15 + [3] * 3)
    world.resume(Difference(4, 3))
    world.runs(200)
    assert world.most_in_an_hour() <= world.per_hour
    world.runs(100)
    assert sorted(world.numbers) == list(range(1, 19))


def test_health_shows_how_far_it_is() -> None:
    world = World([0] * 12)
    api = ApiClient(world.product)
    (shop,) = api.ask(health)["shops"]
    assert (shop["state"]["code"], shop["switch_on"]) == ("shop.not_switched_on", None)
    assert shop["paused"] == {"since": "2026-11-20T12:00:00+00:00", "by": "marta"}
    world.resume(world.difference)
    (shop,) = api.ask(health)["shops"]
    assert (shop["state"]["code"], shop["paused"]) == ("shop.switched_on", None)
    world.runs(29)
    (shop,) = api.ask(health)["shops"]
    assert shop["state"]["code"] == "shop.switching_on"
    assert shop["switch_on"]["per_hour"] == 6
    assert shop["switch_on"]["released"] == 3
    assert shop["switch_on"]["left"] == 9
    world.pause()
    world.runs(30)
    (shop,) = api.ask(health)["shops"]
    assert (shop["state"]["code"], shop["switch_on"]["ends_at"]) == ("shop.paused", None)
    assert (shop["switch_on"]["released"], shop["switch_on"]["paused"]) == (3, True)
    world.resume()
    world.runs(4 * 60)
    (shop,) = api.ask(health)["shops"]
    assert (shop["state"]["code"], shop["switch_on"]["left"]) == ("shop.runs", 0)
    world.runs(1)
    world.product.clock.advance(timedelta(days=2))
    (shop,) = api.ask(health)["shops"]
    assert (shop["state"]["code"], shop["switch_on"]) == ("shop.runs", None)


@dataclass(frozen=True)
class Passes:
    minutes: int


@dataclass(frozen=True)
class Paused:
    minutes: int


@dataclass(frozen=True)
class Away:
    minutes: int


EVENTS = st.one_of(
    st.builds(Passes, st.integers(1, 70)),
    st.builds(Paused, st.integers(1, 200)),
    st.builds(Away, st.integers(1, 40)),
)


@pytest.mark.slow
@settings(max_examples=25, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink))
@given(
    st.lists(st.integers(0, 3), min_size=4, max_size=14),
    st.lists(EVENTS, max_size=5),
    st.integers(2, 12),
    st.integers(-5, 5),
)
def test_whatever_happens_no_hour_has_more_and_everything_goes_out_once(
    kinds: list[int], events: list[Passes | Paused | Away], per_hour: int, wrong_by: int
) -> None:
    world = World(kinds, per_hour)
    expected = world.difference
    world.resume(Difference(max(0, expected.reversible + wrong_by), max(4, expected.irreversible)))
    for event in events:
        match event:
            case Passes(minutes):
                world.runs(minutes)
            case Paused(minutes):
                world.pause()
                world.runs(minutes)
                world.resume()
            case Away(minutes):
                world.product.mall.outage = Fault(CallResult.NOT_CONNECTED)
                world.runs(minutes)
                world.product.mall.outage = None
    world.runs(7)
    world.product.mall.hold(LIVE)
    world.product.clerk(LIVE, S.HANDLED)
    world.runs(7)
    if not any(isinstance(event, Away) for event in events):
        assert LIVE in world.numbers
        if wrong_by >= 0:
            last = max(
                (at for at, _, what in world.of_first_difference() if what not in IRREVERSIBLE), default=None
            )
            first = min(
                (at for at, _, what in world.of_first_difference() if what in IRREVERSIBLE), default=None
            )
            assert last is None or first is None or last < first
    world.runs(60 * (2 + (len(kinds) + 12) * 2 // per_hour) + 120)
    assert sorted(world.numbers) == [*range(1, len(kinds) + 1), LIVE]
    assert world.most_in_an_hour() <= per_hour


def test_final_steps_that_wait_for_their_places_stay_in_sight_after_midnight() -> None:
    """Each can still be taken back, though its order changed on none of the lists since yesterday."""
    world = World(kinds=[2] * 20, per_hour=1)
    world.resume(world.difference)
    world.runs(10)
    world.product.clock.advance(timedelta(hours=13))
    now, steps = world.product.clock.now(), {n: world.product.order(n).work.step for n in range(1, 21)}
    waiting = {n for n, step in steps.items() if step is not None and (step.retry_at or NOON) > now}
    assert now.date() > NOON.date()
    assert len(waiting) > 3
    found = ApiClient(world.product).ask(today)
    assert {one["mall_order_id"] for one in found["undo_windows"]} == waiting
