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
from tests.some_reasons import ANY, PARKED, they_said
from tests.unit.domain.strategies import states
from tests.unit.flows.sequences import new_world, ship, switch
from tests.unit.flows.world import SHOP, InMemoryProduct

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
    "rival": {"conflicting_view": ShopView("another", S.SETTLED, "settled")},
}
"""What of an order waits for a person."""


def tick(world: InMemoryProduct) -> ReturnsReport:
    """The shop's own message, and nothing else that could notice the parcel."""
    report = world.flag_returns()
    assert report is not None
    return report


def request(world: InMemoryProduct) -> list[str]:
    """The tick: the shops whose messages it sends."""
    requested = request_returns(world)
    shops = world.queues.take_returns()
    assert requested == len(shops)
    return shops


def tick_and_settle(world: InMemoryProduct) -> int:
    report = tick(world)
    world.settle()
    return report.rechecks


def shipped(numbers: range = range(1, 2), **rules: object) -> InMemoryProduct:
    """Orders that were shipped just now."""
    world = new_world(undo=0, **rules)
    for number in numbers:
        ship(world, number)
        world.clock.advance(seconds=1)
    return world


def mall_delivers(numbers: range = range(1, 2)) -> InMemoryProduct:
    """Orders that MALL delivers, shipped just now."""
    world = new_world(undo=0)
    for number in numbers:
        world.mall.hold(number, M.SHIPPED, confirmed=True)
        world.mall.orders[number] = replace(
            world.mall.orders[number], marketplace_delivery=True, shipped_at=world.clock.now()
        )
        world.clerk(number, S.SETTLED)
    world.tick()
    return world


def reads(world: InMemoryProduct) -> int:
    return sum(call.call is Call.READ for call in world.mall.calls)


def test_an_overdue_parcel_is_flagged_once() -> None:
    world = shipped()
    world.clock.advance(14 * DAYS - timedelta(minutes=1))
    assert tick_and_settle(world) == 0
    world.clock.advance(timedelta(minutes=1))
    assert tick_and_settle(world) == 1
    flag = world.order(1).cases.return_flag
    assert flag is not None
    assert (flag.kind, flag.open) == (ReturnKind.OVERDUE, True)
    for hours in (1, 24, 15 * 24):
        world.clock.advance(timedelta(hours=hours))
        assert tick_and_settle(world) == 0


def test_a_parcel_that_a_person_resolved_is_not_asked_for_again() -> None:
    world = shipped()
    world.clock.advance(15 * DAYS)
    tick_and_settle(world)
    settled = resolve(world.order(1), Resolution(world.clock.now(), "warehouse", "the carrier has it"))
    world.ledger.save(replace(settled, updated_at=world.clock.now()))
    world.clock.advance(20 * DAYS)
    assert tick_and_settle(world) == 0


def test_a_delivered_parcel_is_none_of_its_business() -> None:
    world = shipped()
    world.clerk(1, S.SETTLED, delivery=ShopDate(date(2026, 11, 20)))
    world.tick()
    assert world.held(1) is M.DELIVERED
    world.clock.advance(20 * DAYS)
    assert tick(world) == ReturnsReport(SHOP, rechecks=0)


def test_every_shop_by_its_own_setting_and_none_that_is_off() -> None:
    world = shipped(overdue_days=3)
    world.add_shop("second")
    world.marketplaces.at("second").hold(2)
    world.clerk(2, S.SETTLED, shop="second")
    world.tick()
    world.shops.records["second"] = replace(
        world.shops.records["second"],
        settings=world.shops.records["second"].settings.model_copy(
            update={"rules": replace(world.rules, overdue_days=30)}
        ),
    )
    world.add_shop("broken")
    world.shops.records["broken"] = replace(
        world.shops.records["broken"], settings_problem=because(SettingReason.NOT_JSON)
    )
    world.clock.advance(4 * DAYS)
    assert request(world) == [SHOP, "second"]
    assert world.flag_returns() == ReturnsReport(SHOP, rechecks=1)
    assert world.flag_returns("second") == ReturnsReport("second", rechecks=0)
    assert [change.mall_order_id for change in world.queues.take_changes()] == [1]
    switch(world, on=False)
    assert request(world) == ["second"]
    assert [world.flag_returns(shop) for shop in (SHOP, "broken", "gone")] == [None] * 3
    assert world.queues.take_changes() == []


def test_one_shop_that_fails_holds_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    world = shipped()
    world.add_shop("another")  # before ours by the alphabet
    world.clock.advance(15 * DAYS)
    orders = world.ledger.orders

    def failing(shop: str, **how: object) -> object:
        if shop == "another":
            raise TimeoutError("the table did not answer")
        return orders(shop, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(world.ledger, "orders", failing)
    assert request(world) == ["another", SHOP]
    with pytest.raises(TimeoutError):
        world.flag_returns("another")
    assert tick_and_settle(world) == 1


def test_an_idle_shop_costs_one_query(monkeypatch: pytest.MonkeyPatch) -> None:
    world = new_world()
    asked = []
    orders = world.ledger.orders

    def spied(shop: str, **how: object) -> object:
        asked.append((shop, how["status"], how["cursor"]))
        return orders(shop, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(world.ledger, "orders", spied)
    tick(world)
    assert asked == [(SHOP, "shipped", None)]


def test_all_pages_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored_orders, "PAGE", 2)
    world = shipped(range(1, 6))
    world.clock.advance(15 * DAYS)
    assert tick_and_settle(world) == 5


def test_what_is_over_the_limit_follows_with_the_next_ticks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flow, "MAX_RECHECKS", 2)
    world = shipped(range(1, 6))
    world.clock.advance(15 * DAYS)
    found = []
    for _ in range(4):
        report = tick(world)
        found.append((report.rechecks, report.cut))
        world.settle()
        world.clock.advance(timedelta(hours=1))
    assert found == [(2, True), (2, True), (1, False), (0, False)]
    assert all(world.order(number).cases.return_flag for number in range(1, 6))


def test_a_shop_with_very_many_shipped_orders_is_not_gone_through_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(flow, "MAX_ORDERS", 3)
    world = shipped(range(1, 6))
    world.clock.advance(15 * DAYS)
    assert tick(world) == ReturnsReport(SHOP, rechecks=3, cut=True)


def test_what_was_asked_for_before_a_failure_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored_orders, "PAGE", 2)
    monkeypatch.setattr(flow, "RECHECKS_AT_ONCE", 2)
    world = shipped(range(1, 6))
    world.clock.advance(15 * DAYS)
    orders, pages = world.ledger.orders, iter(range(10))

    def failing(shop: str, **how: object) -> object:
        if next(pages) == 1:
            raise TimeoutError("the table did not answer")
        return orders(shop, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(world.ledger, "orders", failing)
    with pytest.raises(TimeoutError):
        tick(world)
    world.settle()
    assert sum(world.order(number).cases.return_flag is not None for number in range(1, 6)) == 2
    assert tick_and_settle(world) == 3


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
    assert (
        replace(
            anew, marketplace=replace(anew.marketplace, observed_certain=state.marketplace.observed_certain)
        )
        == state
    )
    decision = plan(anew, Rules(), NOON)
    reads = isinstance(decision, PlannedStep) and decision.action is Action.READ
    assert reads or decision == plan(state, Rules(), NOON)


class TestMallDelivers:
    def test_an_overdue_parcel_is_read_once_a_day_until_it_is_ready_to_be_collected(self) -> None:
        world = mall_delivers()
        tick_and_settle(world)
        world.clock.advance(14 * DAYS)
        before = reads(world)
        for day in range(1, 4):
            for _ in range(12):
                tick_and_settle(world)
                world.clock.advance(timedelta(hours=2))
            assert reads(world) == before + day
        world.mall.changes(1, confirmed=True, ready_to_return=True, collect_at="Praha 1")
        world.clock.advance(DAYS)
        tick_and_settle(world)
        flag = world.order(1).cases.return_flag
        assert flag is not None
        assert flag.kind is ReturnKind.READY_TO_RETURN
        world.clock.advance(5 * DAYS)
        tick_and_settle(world)
        assert reads(world) == before + 4

    def test_the_default_schedule_reads_it_every_day_at_the_same_hour(self) -> None:
        world = mall_delivers()
        world.clock.advance(15 * DAYS)
        before = reads(world)
        for tick_number in range(16):  # four days, every six hours, a moment early or late
            world.clock.advance(timedelta(hours=6, seconds=(-1) ** tick_number * 20))
            tick(world)
            world.clock.advance(timedelta(seconds=5))
            world.settle()
        assert reads(world) == before + 4

    def test_before_it_is_overdue_nobody_reads_it(self) -> None:
        world = mall_delivers()
        before = reads(world)
        world.clock.advance(13 * DAYS)
        assert tick_and_settle(world) == 0
        assert reads(world) == before

    def test_a_stopped_shop_reads_nothing(self) -> None:
        world = mall_delivers()
        world.clock.advance(15 * DAYS)
        now = world.clock.now()
        world.shops.stop(SHOP, KEY_REFUSED, now, now)
        tick(world)
        (recheck,) = world.queues.take_changes()
        assert not recheck.reread  # type: ignore[union-attr] # flagged as overdue, without a reading

    @pytest.mark.parametrize("waits", ["parked", "not found"])
    def test_an_order_that_nothing_is_read_for_is_not_asked_for(self, waits: str) -> None:
        world = mall_delivers()
        world.clock.advance(15 * DAYS)
        tick_and_settle(world)
        world.ledger.save(changed(world.order(1), **WAITS[waits]))
        world.clock.advance(2 * DAYS)
        tick(world)
        assert not any(recheck.reread for recheck in world.queues.take_changes())  # type: ignore[union-attr]

    @pytest.mark.parametrize("waits", WAITS)
    def test_what_came_to_wait_for_a_person_behind_the_tick_waits_on(self, waits: str) -> None:
        world = mall_delivers()
        world.clock.advance(15 * DAYS)
        tick(world)
        (recheck,) = world.queues.take_changes()
        assert recheck.reread  # type: ignore[union-attr]
        shown = Hold(HoldCode.TWO_ORDERS, ANY, Actor.CLERK)
        world.ledger.save(changed(world.order(1), hold=shown, **WAITS[waits]))
        world.map(recheck)
        world.settle()
        after = world.order(1)
        assert changed(after, **WAITS[waits]) == after
        assert (after.shop_side.code, after.work.parked is not None) == ("C1", waits == "parked")

    def test_an_order_with_a_rival_is_read_and_stays_undecided(self) -> None:
        world = mall_delivers()
        world.ledger.save(changed(world.order(1), **WAITS["rival"]))
        world.clock.advance(15 * DAYS)
        before = reads(world)
        tick_and_settle(world)
        order = world.order(1)
        assert reads(world) == before + 1
        assert order.work.hold is not None
        assert order.work.hold.code is HoldCode.TWO_ORDERS

    def test_a_message_from_before_the_two_were_told_apart_is_a_persons_word(self) -> None:
        world = mall_delivers()
        world.ledger.save(changed(world.order(1), **WAITS["parked"]))
        requested_at = world.clock.now().isoformat()
        old = {
            "kind": "recheck",
            "shop": SHOP,
            "mall_order_id": 1,
            "reason": "asked",
            "requested_at": requested_at,
        }
        world.map(ORDER_UPDATE.validate_python({**old, "reread": False}))
        assert world.order(1).work.parked
        world.map(ORDER_UPDATE.validate_python({**old, "reread": True}))
        assert not world.order(1).work.parked

    def test_so_many_readings_a_tick_and_no_more(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(flow, "MAX_READS", 2)
        world = mall_delivers(range(1, 6))
        world.clock.advance(15 * DAYS)
        before = reads(world)
        read = []
        for _ in range(4):
            tick_and_settle(world)
            read.append(reads(world) - before)
            world.clock.advance(timedelta(hours=1))
        # the others are flagged at the first tick, so they have changed within the day
        assert read[0] == 2
        assert read[-1] == 2
        world.clock.advance(DAYS)
        for _ in range(3):
            tick_and_settle(world)
            world.clock.advance(timedelta(hours=1))
        assert reads(world) - before >= 5
