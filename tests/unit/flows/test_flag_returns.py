"""Parcels that are long under way: found by the tick, flagged once, and MALL is not asked more than it must be."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from orderbridge.domain.failure_policy import Call
from orderbridge.domain.moments import ShopDate
from orderbridge.domain.orders import ShopView
from orderbridge.domain.records import Resolution, ReturnKind
from orderbridge.domain.returns import resolve
from orderbridge.domain.statuses import MarketplaceStatus as M
from orderbridge.domain.statuses import ShopStatus as S
from orderbridge.flows import flag_returns as flow
from orderbridge.flows.flag_returns import ReturnsReport, flag_returns
from tests.unit.flows.sequences import new_world, ship, switch
from tests.unit.flows.world import SHOP, World

DAYS = timedelta(days=1)


def tick(world: World) -> ReturnsReport:
    """The function's own tick, and nothing else that could notice the parcel."""
    return flag_returns(shops=world.shops, ledger=world.ledger, queues=world.queues, clock=world.clock)


def tick_and_settle(world: World) -> int:
    report = tick(world)
    world.settle()
    return report.looks


def shipped(numbers: range = range(1, 2), **rules: object) -> World:
    """Orders that were shipped just now."""
    world = new_world(undo=0, **rules)
    for number in numbers:
        ship(world, number)
        world.clock.advance(seconds=1)
    return world


def mall_delivers(numbers: range = range(1, 2)) -> World:
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


def reads(world: World) -> int:
    return sum(call.call is Call.READ for call in world.mall.calls)


def test_an_overdue_parcel_is_flagged_once() -> None:
    world = shipped()
    world.clock.advance(14 * DAYS - timedelta(minutes=1))
    assert tick_and_settle(world) == 0
    world.clock.advance(timedelta(minutes=1))
    assert tick_and_settle(world) == 1
    flag = world.order(1).flag
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
    assert tick(world) == ReturnsReport(shops=1, looks=0)


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
        world.shops.records["broken"], settings_problem="not JSON: register the shop anew"
    )
    world.clock.advance(4 * DAYS)
    assert tick(world) == ReturnsReport(shops=2, looks=1)
    assert [change.mall_order_id for change in world.queues.take_changes()] == [1]
    switch(world, on=False)
    assert tick(world) == ReturnsReport(shops=1, looks=0)


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
    monkeypatch.setattr(flow, "PAGE", 2)
    world = shipped(range(1, 6))
    world.clock.advance(15 * DAYS)
    assert tick_and_settle(world) == 5


def test_what_is_over_the_limit_follows_with_the_next_ticks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flow, "MOST_LOOKS_PER_SHOP", 2)
    world = shipped(range(1, 6))
    world.clock.advance(15 * DAYS)
    found = []
    for _ in range(4):
        report = tick(world)
        found.append((report.looks, report.cut))
        world.settle()
        world.clock.advance(timedelta(hours=1))
    assert found == [(2, (SHOP,)), (2, (SHOP,)), (1, ()), (0, ())]
    assert all(world.order(number).flag for number in range(1, 6))


def test_a_shop_with_very_many_shipped_orders_is_not_gone_through_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(flow, "MOST_ORDERS_PER_SHOP", 3)
    world = shipped(range(1, 6))
    world.clock.advance(15 * DAYS)
    assert tick(world) == ReturnsReport(shops=1, looks=3, cut=(SHOP,))


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
        flag = world.order(1).flag
        assert flag is not None
        assert flag.kind is ReturnKind.READY_TO_RETURN
        world.clock.advance(5 * DAYS)
        tick_and_settle(world)
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
        world.shops.stop(SHOP, "MALL answered 401", now, now)
        tick(world)
        (look,) = world.queues.take_changes()
        assert not look.reread  # type: ignore[union-attr] # flagged as overdue, without a reading

    @pytest.mark.parametrize("waits", ["parked", "rival"])
    def test_an_order_that_waits_for_a_person_is_not_decided_by_a_reading(self, waits: str) -> None:
        world = mall_delivers()
        world.clock.advance(15 * DAYS)
        tick_and_settle(world)
        order = world.order(1)
        rival = ShopView("another", S.SETTLED, "settled")
        order = (
            replace(order, parked="message m of changes")
            if waits == "parked"
            else replace(order, rival=rival)
        )
        world.ledger.save(order)
        world.clock.advance(2 * DAYS)
        tick(world)
        assert not any(look.reread for look in world.queues.take_changes())  # type: ignore[union-attr]

    def test_so_many_readings_a_tick_and_no_more(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(flow, "MOST_READS_PER_SHOP", 2)
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
