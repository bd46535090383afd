"""Whatever the clerk does in whatever order, and whatever goes wrong: legal, once, in order, nothing lost."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from orderbridge.domain.dates import ShopDate
from orderbridge.domain.failure_policy import Call, CallResult
from orderbridge.domain.planning import plan
from orderbridge.domain.rules import Rules
from orderbridge.domain.statuses import MarketplaceStatus, ShopStatus
from orderbridge.domain.steps import PlannedStep
from orderbridge.errors import ConflictError
from orderbridge.flows.api.orders import retry
from orderbridge.flows.api.undo import undo_step
from orderbridge.flows.retry_transitions import retry_transitions
from tests.fakes import Fault
from tests.unit.flows.api_client import ApiClient
from tests.unit.flows.in_memory_product import InMemoryProduct

if TYPE_CHECKING:
    from orderbridge.domain.views import ShopView

UNDO = timedelta(minutes=15)
HARMLESS = [
    CallResult.TIMEOUT,
    CallResult.CONNECTION_LOST,
    CallResult.SERVER_ERROR,
    CallResult.BROKEN_BODY,
    CallResult.UNEXPECTED,
]
NO_EFFECT = [CallResult.NOT_CONNECTED, CallResult.LIMITED, CallResult.UNAUTHORIZED]
DATES = [
    None,
    ShopDate(date(2026, 11, 19)),
    ShopDate(date(2026, 11, 20)),
    ShopDate(date(2026, 11, 20), time(10, 30)),
    ShopDate(date(2026, 11, 21)),
    ShopDate(date(2026, 11, 22)),
]


@dataclass(frozen=True)
class ClerkSets:
    status: ShopStatus | None
    delivery: ShopDate | None
    tracking: str


@dataclass(frozen=True)
class GoesWrong:
    call_result: CallResult
    effect: bool
    times: int


@dataclass(frozen=True)
class TimePasses:
    minutes: int


@dataclass(frozen=True)
class MessagesAre:
    """What happens to the messages that are under way: repeated, lost, or delivered in part."""

    fate: str


@dataclass(frozen=True)
class PersonAsks:
    """A person takes the open step back, or retries the order."""

    what: str


CLERK = st.builds(
    ClerkSets,
    st.sampled_from([*ShopStatus, None]),
    st.sampled_from(DATES),
    st.sampled_from(["DR1", "DR2", "", "a/b"]),
)
TIME = st.builds(TimePasses, st.sampled_from([0, 1, 5, 14, 16, 60, 600]))
EVENTS = st.one_of(
    CLERK,
    TIME,
    st.builds(
        GoesWrong,
        st.sampled_from(HARMLESS),
        st.booleans(),
        st.integers(1, 6),
    ),
    st.builds(GoesWrong, st.sampled_from(NO_EFFECT), st.just(value=False), st.integers(1, 3)),
    st.builds(MessagesAre, st.sampled_from(["repeated", "lost", "mapped only"])),
    st.builds(PersonAsks, st.sampled_from(["undo", "undo", "retry"])),
)


class Watched(InMemoryProduct):
    """Notes when each final status was written, and since when the shop had asked for it."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.asked_since: tuple[object, datetime] = (None, self.clock.now())
        self.too_early: list[str] = []
        self.stopped_for: ShopView | None = None
        """What the shop showed when a person took a step back; None: nothing is taken back, or the shop shows more."""
        self.sent_in_spite: list[str] = []

    def undo(self) -> None:
        order = self.ledger.load("demo", 1)
        if order is None or order.work.step is None:
            return
        with suppress(ConflictError):
            ApiClient(self).ask(undo_step, 1, body={"step": order.work.step.number})
            self.stopped_for = order.shop_side.desired

    def retry(self) -> None:
        if self.ledger.load("demo", 1) is not None:
            ApiClient(self).ask(retry, 1)
            self.stopped_for = None

    def see(self) -> None:
        record = self.exports.at("demo").records.get(1)
        if record is not None and record.view != self.stopped_for:
            self.stopped_for = None
        asked = None if record is None else (record.view.status, record.view.delivery)
        if asked != self.asked_since[0]:
            self.asked_since = (asked, self.clock.now())

    def fetch(self, shop: str = "demo") -> object:  # type: ignore[override]
        self.see()
        return super().fetch(shop)

    def push(self, send: object) -> object:  # type: ignore[override]
        before = len(self.mall.writes(1))
        result = super().push(send)  # type: ignore[arg-type]
        for change in self.mall.writes(1)[before:]:
            if self.stopped_for is not None:
                self.sent_in_spite.append(f"{change} at {self.clock.now()}")
            final = change.status in {MarketplaceStatus.DELIVERED, MarketplaceStatus.CANCELLED}
            if final and self.clock.now() < self.asked_since[1] + UNDO:
                self.too_early.append(f"{change.status} at {self.clock.now()}")
        return result


def play(product: Watched, events: list[object]) -> None:
    for event in events:
        match event:
            case ClerkSets(status, delivery, tracking):
                product.clock.advance(seconds=1)  # no two fetches begin at one moment
                product.clerk(1, status, delivery=delivery, tracking_number=tracking)
                product.fetch()
            case GoesWrong(call_result, effect, times):
                product.mall.faults.extend(Fault(call_result, effect=effect) for _ in range(times))
            case TimePasses(minutes):
                product.clock.advance(timedelta(minutes=minutes))
                product.tick()
            case MessagesAre("repeated"):
                changes, sends = list(product.queues.changes), list(product.queues.sends)
                product.map_all()
                product.queues.changes += changes
                product.map_all()
                product.push_all()
                product.queues.sends += sends
                product.push_all()
            case PersonAsks("undo"):
                product.see()
                product.undo()
                product.see()
            case PersonAsks("retry"):
                product.retry()
            case MessagesAre("lost"):
                product.queues.take_sends()
                product.queues.changes[:] = [c for c in product.queues.changes if c.kind == "shop_update"]
            case _:
                product.map_all()


@pytest.mark.slow
@settings(max_examples=150)
@given(
    events=st.lists(EVENTS, max_size=14),
    mdp=st.booleans(),
    confirmed=st.booleans(),
    pushing=st.booleans(),
)
@example(
    events=[
        ClerkSets(ShopStatus.CANCELED, None, "DR1"),
        TimePasses(5),
        PersonAsks("undo"),
        MessagesAre("repeated"),
        TimePasses(60),
        TimePasses(60),
    ],
    mdp=False,
    confirmed=False,
    pushing=False,
)
def test_legal_once_in_order_and_nothing_lost(
    events: list[object], *, mdp: bool, confirmed: bool, pushing: bool
) -> None:
    product = Watched(Rules(undo_window_seconds=900, push_shipped_for_marketplace_delivery=pushing))
    product.mall.hold(1, confirmed=confirmed)
    if mdp:
        product.mall.orders[1] = replace(product.mall.orders[1], marketplace_delivery=True)
    play(product, events)
    product.mall.faults.clear()
    product.ticks(timedelta(minutes=50), timedelta(minutes=5))
    product.ticks(timedelta(days=3), timedelta(hours=4))

    writes = [c for c in product.mall.calls if c.call is Call.WRITE]
    for call in writes:
        assert call.call_result is not CallResult.BAD_REQUEST, "MALL had to refuse something"
    sent = Counter(status for status in product.statuses_sent(1) if status != "tracking")
    assert all(times == 1 for times in sent.values()), sent
    assert sum(change.confirm for change in product.mall.writes(1)) <= 1
    assert product.too_early == []
    assert product.sent_in_spite == []

    order = product.ledger.load("demo", 1)
    if order is None:
        assert not any(isinstance(e, ClerkSets) for e in events)
        return
    assert order.marketplace.observed is not None
    assert order.marketplace.observed.status is product.held(1), "what MALL is known to hold is what it holds"
    assert not isinstance(plan(order, product.rules, product.clock.now()), PlannedStep), (
        "something was left undone"
    )
    assert order.work.step is None
    retry_transitions(product)
    assert not product.queues.changes or order.work.hold is not None


@settings(max_examples=40)
@given(events=st.lists(st.one_of(CLERK, TIME), min_size=1, max_size=8))
def test_an_order_read_once_is_not_asked_again(events: list[object]) -> None:
    product = Watched(Rules(undo_window_seconds=900))
    product.mall.hold(1)
    for event in events:
        play(product, [event])
        product.tick()
    reads = sum(c.call is Call.READ for c in product.mall.calls)
    assert reads == (1 if product.ledger.load("demo", 1) else 0)
