"""Parcels that are long under way: found by the tick, flagged once, and MALL is not asked more than it must be.

What the tick asks for is no person's word: nothing that waits for a person is decided by it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderbridge.domain.actions import Action
from orderbridge.domain.cases.records import Resolution, ReturnKind
from orderbridge.domain.cases.returns import resolve
from orderbridge.domain.codes.api import SettingReason
from orderbridge.domain.dates import ShopDate
from orderbridge.domain.failure_policy import Call
from orderbridge.domain.holds import Actor, Hold, HoldCode
from orderbridge.domain.payloads import ReadCause, ReadPayload
from orderbridge.domain.planning import plan
from orderbridge.domain.reasons import because
from orderbridge.domain.rules import Rules
from orderbridge.domain.statuses import MarketplaceStatus as M
from orderbridge.domain.statuses import ShopStatus as S
from orderbridge.domain.steps import PlannedStep, Refusal
from orderbridge.domain.updates import with_reread
from orderbridge.domain.views import ShopView
from orderbridge.flows import flag_returns as flow
from orderbridge.flows.common import stored_orders
from orderbridge.flows.flag_returns import ReturnsReport, request_returns
from orderbridge.messages import ORDER_UPDATE
from tests.fakes import KEY_REFUSED, NOON
from tests.orders import changed
from tests.reasons import ANY, PARKED, they_said
from tests.unit.domain.strategies import states
from tests.unit.flows.in_memory_product import SHOP, InMemoryProduct
from tests.unit.flows.sequences import new_product, ship, switch

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from orderbridge.domain.orders import OrderState

DAYS = timedelta(days=1)
WAITS: dict[str, dict[str, object]] = {
    "parked": {"parked": PARKED},
    "refused": {"refusals": (Refusal(Action.SHIPPED, None, they_said()),)},
    "not found": {
        "refusals": (Refusal(Action.READ, ReadPayload(ReadCause.FIRST), they_said(), not_found=True),)
    },
    "shop doubt": {"import_unclear_at": NOON},
    "conflicting view": {"conflicting_view": ShopView("another", S.SETTLED, "settled")},
}
"""What of an order waits for a person."""


def tick(product: InMemoryProduct) -> ReturnsReport:
    """The shop's own message, and nothing else that could notice the parcel."""
    report = product.flag_returns()
    assert report is not None
    return report


def request(product: InMemoryProduct) -> list[str]:
    """The tick: the shops whose messages it sends."""
    requested = request_returns(product)
    shops = product.queues.take_returns()
    assert requested == len(shops)
    return shops


def tick_and_settle(product: InMemoryProduct) -> int:
    report = tick(product)
    product.settle()
    return report.rechecks


def shipped(numbers: range = range(1, 2), **rules: object) -> InMemoryProduct:
    """Orders that were shipped just now."""
    product = new_product(undo=0, **rules)
    for number in numbers:
        ship(product, number)
        product.clock.advance(seconds=1)
    return product


def mall_delivers(numbers: range = range(1, 2)) -> InMemoryProduct:
    """Orders that MALL delivers, shipped just now."""
    product = new_product(undo=0)
    for number in numbers:
        product.mall.hold(number, M.SHIPPED, confirmed=True)
        product.mall.orders[number] = replace(
            product.mall.orders[number], marketplace_delivery=True, shipped_at=product.clock.now()
        )
        product.clerk(number, S.SETTLED)
    product.tick()
    return product


def reads(product: InMemoryProduct) -> int:
    return sum(call.call is Call.READ for call in product.mall.calls)


def test_an_overdue_parcel_is_flagged_once() -> None:
    product = shipped()
    product.clock.advance(14 * DAYS - timedelta(minutes=1))
    assert tick_and_settle(product) == 0
    product.clock.advance(timedelta(minutes=1))
    assert tick_and_settle(product) == 1
    flag = product.order(1).cases.return_flag
    assert flag is not None
    assert (flag.kind, flag.open) == (ReturnKind.OVERDUE, True)
    for hours in (1, 24, 15 * 24):
        product.clock.advance(timedelta(hours=hours))
        assert tick_and_settle(product) == 0


def test_a_parcel_that_a_person_resolved_is_not_asked_for_again() -> None:
    product = shipped()
    product.clock.advance(15 * DAYS)
    tick_and_settle(product)
    settled = resolve(product.order(1), Resolution(product.clock.now(), "warehouse", "the carrier has it"))
    product.ledger.save(replace(settled, updated_at=product.clock.now()))
    product.clock.advance(20 * DAYS)
    assert tick_and_settle(product) == 0


def test_a_delivered_parcel_is_none_of_its_business() -> None:
    product = shipped()
    product.clerk(1, S.SETTLED, delivery=ShopDate(date(2026, 11, 20)))
    product.tick()
    assert product.held(1) is M.DELIVERED
    product.clock.advance(20 * DAYS)
    assert tick(product) == ReturnsReport(SHOP, rechecks=0)


def test_every_shop_by_its_own_setting_and_none_that_is_off() -> None:
    product = shipped(overdue_days=3)
    product.add_shop("second")
    product.marketplaces.at("second").hold(2)
    product.clerk(2, S.SETTLED, shop="second")
    product.tick()
    product.shops.records["second"] = replace(
        product.shops.records["second"],
        settings=product.shops.records["second"].settings.model_copy(
            update={"rules": replace(product.rules, overdue_days=30)}
        ),
    )
    product.add_shop("broken")
    product.shops.records["broken"] = replace(
        product.shops.records["broken"], settings_problem=because(SettingReason.NOT_JSON)
    )
    product.clock.advance(4 * DAYS)
    assert request(product) == [SHOP, "second"]
    assert product.flag_returns() == ReturnsReport(SHOP, rechecks=1)
    assert product.flag_returns("second") == ReturnsReport("second", rechecks=0)
    assert [change.mall_order_id for change in product.queues.take_changes()] == [1]
    switch(product, on=False)
    assert request(product) == ["second"]
    assert [product.flag_returns(shop) for shop in (SHOP, "broken", "gone")] == [None] * 3
    assert product.queues.take_changes() == []


def test_one_shop_that_fails_holds_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    product = shipped()
    product.add_shop("another")  # before ours by the alphabet
    product.clock.advance(15 * DAYS)
    orders = product.ledger.orders

    def failing(shop: str, **how: object) -> object:
        if shop == "another":
            raise TimeoutError("the table did not answer")
        return orders(shop, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(product.ledger, "orders", failing)
    assert request(product) == ["another", SHOP]
    with pytest.raises(TimeoutError):
        product.flag_returns("another")
    assert tick_and_settle(product) == 1


def test_an_idle_shop_costs_one_query(monkeypatch: pytest.MonkeyPatch) -> None:
    product = new_product()
    asked = []
    orders = product.ledger.orders

    def spied(shop: str, **how: object) -> object:
        asked.append((shop, how["status"], how["cursor"]))
        return orders(shop, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(product.ledger, "orders", spied)
    tick(product)
    assert asked == [(SHOP, "shipped", None)]


def test_all_pages_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored_orders, "PAGE", 2)
    product = shipped(range(1, 6))
    product.clock.advance(15 * DAYS)
    assert tick_and_settle(product) == 5


def test_what_is_over_the_limit_follows_with_the_next_ticks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flow, "MAX_RECHECKS", 2)
    product = shipped(range(1, 6))
    product.clock.advance(15 * DAYS)
    found = []
    for _ in range(4):
        report = tick(product)
        found.append((report.rechecks, report.cut))
        product.settle()
        product.clock.advance(timedelta(hours=1))
    assert found == [(2, True), (2, True), (1, False), (0, False)]
    assert all(product.order(number).cases.return_flag for number in range(1, 6))


def test_a_shop_with_very_many_shipped_orders_is_not_gone_through_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(flow, "MAX_ORDERS", 3)
    product = shipped(range(1, 6))
    product.clock.advance(15 * DAYS)
    assert tick(product) == ReturnsReport(SHOP, rechecks=3, cut=True)


def test_what_was_asked_for_before_a_failure_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored_orders, "PAGE", 2)
    monkeypatch.setattr(flow, "RECHECKS_AT_ONCE", 2)
    product = shipped(range(1, 6))
    product.clock.advance(15 * DAYS)
    orders, pages = product.ledger.orders, iter(range(10))

    def failing(shop: str, **how: object) -> object:
        if next(pages) == 1:
            raise TimeoutError("the table did not answer")
        return orders(shop, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(product.ledger, "orders", failing)
    with pytest.raises(TimeoutError):
        tick(product)
    product.settle()
    assert sum(product.order(number).cases.return_flag is not None for number in range(1, 6)) == 2
    assert tick_and_settle(product) == 3


@given(states, st.sets(st.sampled_from(sorted(WAITS))))
def test_what_a_flow_asks_for_leads_to_a_reading_or_to_nothing(
    state: OrderState, waiting: AbstractSet[str]
) -> None:
    # A person's own request for a reading gives way to this one: here nobody has made one. And an order whose
    # readings of the day are used up is held for that.
    state = changed(state, reread_requested_at=None, calls=None)
    for waits in waiting:
        state = changed(state, **WAITS[waits])
    anew = with_reread(state)
    assert changed(anew, observed_certain=state.marketplace.observed_certain) == state
    decision = plan(anew, Rules(), NOON)
    reads = isinstance(decision, PlannedStep) and decision.action is Action.READ
    assert reads or decision == plan(state, Rules(), NOON)


class TestMallDelivers:
    def test_an_overdue_parcel_is_read_once_a_day_until_it_is_ready_to_be_collected(self) -> None:
        product = mall_delivers()
        tick_and_settle(product)
        product.clock.advance(14 * DAYS)
        before = reads(product)
        for day in range(1, 4):
            for _ in range(12):
                tick_and_settle(product)
                product.clock.advance(timedelta(hours=2))
            assert reads(product) == before + day
        product.mall.changes(1, confirmed=True, ready_to_return=True, collect_at="Praha 1")
        product.clock.advance(DAYS)
        tick_and_settle(product)
        flag = product.order(1).cases.return_flag
        assert flag is not None
        assert flag.kind is ReturnKind.READY_TO_RETURN
        product.clock.advance(5 * DAYS)
        tick_and_settle(product)
        assert reads(product) == before + 4

    def test_the_default_schedule_reads_it_every_day_at_the_same_hour(self) -> None:
        product = mall_delivers()
        product.clock.advance(15 * DAYS)
        before = reads(product)
        for tick_number in range(16):  # four days, every six hours, a moment early or late
            product.clock.advance(timedelta(hours=6, seconds=(-1) ** tick_number * 20))
            tick(product)
            product.clock.advance(timedelta(seconds=5))
            product.settle()
        assert reads(product) == before + 4

    def test_before_it_is_overdue_nobody_reads_it(self) -> None:
        product = mall_delivers()
        before = reads(product)
        product.clock.advance(13 * DAYS)
        assert tick_and_settle(product) == 0
        assert reads(product) == before

    def test_a_stopped_shop_reads_nothing(self) -> None:
        product = mall_delivers()
        product.clock.advance(15 * DAYS)
        now = product.clock.now()
        product.shops.stop(SHOP, KEY_REFUSED, now, now)
        tick(product)
        (recheck,) = product.queues.take_changes()
        assert not recheck.reread  # type: ignore[union-attr] # flagged as overdue, without a reading

    @pytest.mark.parametrize("waits", ["parked", "not found"])
    def test_an_order_that_nothing_is_read_for_is_not_asked_for(self, waits: str) -> None:
        product = mall_delivers()
        product.clock.advance(15 * DAYS)
        tick_and_settle(product)
        product.ledger.save(changed(product.order(1), **WAITS[waits]))
        product.clock.advance(2 * DAYS)
        tick(product)
        assert not any(recheck.reread for recheck in product.queues.take_changes())  # type: ignore[union-attr]

    @pytest.mark.parametrize("waits", WAITS)
    def test_what_came_to_wait_for_a_person_behind_the_tick_waits_on(self, waits: str) -> None:
        product = mall_delivers()
        product.clock.advance(15 * DAYS)
        tick(product)
        (recheck,) = product.queues.take_changes()
        assert recheck.reread  # type: ignore[union-attr]
        shown = Hold(HoldCode.TWO_ORDERS, ANY, Actor.CLERK)
        product.ledger.save(changed(product.order(1), hold=shown, **WAITS[waits]))
        product.map(recheck)
        product.settle()
        after = product.order(1)
        assert changed(after, **WAITS[waits]) == after
        assert (after.shop_side.code, after.work.parked is not None) == ("C1", waits == "parked")

    def test_an_order_with_a_conflicting_view_is_read_and_stays_undecided(self) -> None:
        product = mall_delivers()
        product.ledger.save(changed(product.order(1), **WAITS["conflicting view"]))
        product.clock.advance(15 * DAYS)
        before = reads(product)
        tick_and_settle(product)
        order = product.order(1)
        assert reads(product) == before + 1
        assert order.work.hold is not None
        assert order.work.hold.code is HoldCode.TWO_ORDERS

    def test_a_message_from_before_the_two_were_told_apart_is_a_persons_word(self) -> None:
        product = mall_delivers()
        product.ledger.save(changed(product.order(1), **WAITS["parked"]))
        requested_at = product.clock.now().isoformat()
        old = {
            "kind": "recheck",
            "shop": SHOP,
            "mall_order_id": 1,
            "reason": "asked",
            "requested_at": requested_at,
        }
        product.map(ORDER_UPDATE.validate_python({**old, "reread": False}))
        assert product.order(1).work.parked
        product.map(ORDER_UPDATE.validate_python({**old, "reread": True}))
        assert not product.order(1).work.parked

    def test_so_many_readings_a_tick_and_no_more(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(flow, "MAX_READS", 2)
        product = mall_delivers(range(1, 6))
        product.clock.advance(15 * DAYS)
        before = reads(product)
        read = []
        for _ in range(4):
            tick_and_settle(product)
            read.append(reads(product) - before)
            product.clock.advance(timedelta(hours=1))
        # the others are flagged at the first tick, so they have changed within the day
        assert read[0] == 2
        assert read[-1] == 2
        product.clock.advance(DAYS)
        for _ in range(3):
            tick_and_settle(product)
            product.clock.advance(timedelta(hours=1))
        assert reads(product) - before >= 5
