"""Whatever the shop, MALL and its customers do, in whatever order: the two sides never write to each other for ever."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from orderbridge.domain.answers import ImportOutcome
from orderbridge.domain.dates import ShopDate
from orderbridge.domain.failure_policy import Call, CallResult
from orderbridge.domain.rules import Rules
from orderbridge.domain.statuses import FINAL, MarketplaceStatus, ShopStatus
from tests.fakes import Fault, ShopFault
from tests.unit.flows.in_memory_product import SHOP, InMemoryProduct

MINUTES = timedelta(minutes=1)
MODES = ["create", "link", "off"]


@dataclass(frozen=True)
class ClerkSets:
    status: ShopStatus | None
    delivered: bool


@dataclass(frozen=True)
class MallSets:
    """What MALL or the customer does; `status` None changes something else of the order."""

    status: MarketplaceStatus | None


@dataclass(frozen=True)
class ShopFails:
    outcome: ImportOutcome
    effect: bool


@dataclass(frozen=True)
class MallFails:
    call_result: CallResult
    effect: bool


@dataclass(frozen=True)
class TimePasses:
    minutes: int


@dataclass(frozen=True)
class ListIsRead:
    what: Literal["unconfirmed", "reconcile"]
    hinted: bool


EVENTS = st.one_of(
    st.builds(ClerkSets, st.sampled_from([*ShopStatus, None]), st.booleans()),
    st.builds(MallSets, st.sampled_from([*MarketplaceStatus, None])),
    st.builds(TimePasses, st.sampled_from([1, 5, 20, 300])),
    st.builds(ListIsRead, st.sampled_from(["unconfirmed", "reconcile"]), st.booleans()),
    st.one_of(
        st.builds(ShopFails, st.just(ImportOutcome.UNCLEAR), st.booleans()),
        st.builds(
            ShopFails, st.sampled_from([ImportOutcome.REFUSED, ImportOutcome.NOT_SENT]), st.just(value=False)
        ),
    ),
    st.builds(MallFails, st.sampled_from([CallResult.TIMEOUT, CallResult.SERVER_ERROR]), st.booleans()),
)


def play(product: InMemoryProduct, event: object) -> None:
    product.clock.advance(seconds=1)  # no two fetches begin at one moment, and equal news of one count as one
    match event:
        case ClerkSets(status, delivered):
            if 1 in product.exports.at(SHOP).records:
                product.clerk(1, status, delivery=ShopDate(date(2026, 11, 20)) if delivered else None)
        case MallSets(status):
            held = product.mall.orders[1]
            if held.status not in FINAL:
                product.mall.now = product.clock.now()
                product.mall.changes(1, status=status or held.status)
        case TimePasses(minutes):
            product.ticks(minutes * MINUTES, max(1, minutes // 5) * MINUTES)
        case ListIsRead(what, hinted):
            product.read_list(what, (1, 99) if hinted else None)
            product.settle()
        case ShopFails(outcome, effect):
            product.imports.faults.append(ShopFault(outcome, effect))
        case MallFails(call_result, effect):
            product.mall.faults.append(Fault(call_result, effect=effect, call=Call.WRITE))


def counts(product: InMemoryProduct) -> tuple[int, int]:
    """Documents for the shop and PUTs to MALL so far, taken or not."""
    return product.imports.documents, sum(call.call is Call.WRITE for call in product.mall.calls)


@pytest.mark.slow
@pytest.mark.parametrize("mode", MODES)
@settings(max_examples=150)
@given(events=st.lists(EVENTS, max_size=12), in_the_shop=st.booleans())
def test_the_two_sides_never_write_to_each_other_for_ever(
    mode: str, events: list[object], *, in_the_shop: bool
) -> None:
    rules = Rules(undo_window_seconds=0, import_mode=mode)  # type: ignore[arg-type]
    product = InMemoryProduct(rules=rules)
    product.lists = mode != "off"
    product.mall.hold(1)
    if in_the_shop:
        product.clerk(1, ShopStatus.PENDING)
    product.tick()
    for event in events:
        play(product, event)
        product.tick()
    product.mall.faults.clear()
    product.imports.faults.clear()
    product.ticks(timedelta(hours=16), 10 * MINUTES)  # beyond the end of the day of delivery
    settled = counts(product)
    product.ticks(timedelta(days=3), timedelta(hours=3))
    assert counts(product) == settled, "nothing happened, so nothing may be written"

    written = Counter(what for _, what, _ in product.imports.written)
    assert written["create"] <= (mode == "create")
    assert written["cancel"] <= (mode == "create")
    assert not (in_the_shop and written["create"]), "the shop had the order already"
    sent = Counter(change.status for change in product.mall.writes(1) if change.status is not None)
    moved = sum(isinstance(event, MallSets) for event in events)
    assert sent.total() <= 5 + moved
    assert sum(change.confirm for change in product.mall.writes(1)) <= 1 + moved
    for call in product.mall.calls:
        if call.change is not None and not moved:
            assert call.call_result is not CallResult.BAD_REQUEST, "MALL had to refuse something"


@pytest.mark.slow
@settings(max_examples=150)
@given(events=st.lists(EVENTS, max_size=12))
def test_what_the_customer_cancelled_never_leaves_by_our_doing(events: list[object]) -> None:
    """After MALL holds Cancelled, no status is sent, and the shop knows it or a person was told."""
    product = InMemoryProduct(rules=Rules(undo_window_seconds=0, import_mode="create"))
    product.lists = True
    product.mall.hold(1)
    product.tick()
    for event in events:
        play(product, event)
        product.tick()
    assume(product.mall.orders[1].status not in FINAL)
    product.mall.faults.clear()
    product.imports.faults.clear()
    product.mall.changes(1, status=MarketplaceStatus.CANCELLED)
    before = [change.status for change in product.mall.writes(1) if change.status is not None]
    product.ticks(timedelta(hours=2), 10 * MINUTES)
    assert [change.status for change in product.mall.writes(1) if change.status is not None] == before
    assert product.mall.orders[1].confirmed, "acknowledged"
    record = product.exports.at(SHOP).records.get(1)
    if record is not None and record.view.status is not ShopStatus.CANCELED:
        assert product.order(1).work.hold is not None
        assert any("objednavka MALL 1 " in subject for _, subject, _ in product.alarms.published)
