"""MALL's calls are few: what is urgent goes first, a 429 is not provoked, and nothing is lost by waiting."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orderbridge.domain.actions import Action
from orderbridge.domain.failure_policy import Call, CallResult
from orderbridge.domain.rules import Rules
from orderbridge.domain.shops import Budget
from orderbridge.domain.statuses import MarketplaceStatus as M
from orderbridge.domain.statuses import ShopStatus as S
from orderbridge.flows.common.call_budget import MIN_RESERVE, RESERVE_RECHECK, reserve_reached
from orderbridge.flows.push_to_shop import push_to_shop
from orderbridge.flows.read_lists import RECONCILE_AGAIN, RESERVE_LIST, ListOutcome
from orderbridge.flows.retry_transitions import retry_transitions
from tests.fake_services import CallWindow
from tests.fakes import NOON
from tests.unit.flows.sequences import MINUTES, TODAY, importing, linking, new_world, ship, wake
from tests.unit.flows.world import SHOP, InMemoryProduct

HOUR = timedelta(hours=1)
LIMIT = 1_000
LOW = 50
"""Calls left, of LIMIT: the reserve is reached."""


def counted(
    world: InMemoryProduct, left: int = LIMIT, *, told: bool = True, limit: int = LIMIT
) -> CallWindow:
    """MALL counts the calls from now on; so many are left of an hour's."""
    window = world.mall.window = CallWindow(world.clock, limit, told=told)
    window.leave(left)
    return window


def hear(world: InMemoryProduct, left: int) -> CallWindow:
    """The product makes a call, and hears that so many are left behind it."""
    window = counted(world, left + 1)
    world.mall.hold(99)
    world.clerk(99, S.PENDING)
    world.fetch()
    world.settle()
    assert window.remaining == left
    return window


def noted(world: InMemoryProduct) -> Budget | None:
    return world.shops.records[SHOP].budget


def actions(world: InMemoryProduct, number: int) -> list[str]:
    return [step.action.value for step in world.history(number).steps if step.attempts]


# --- what is noted --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("limit", "remaining", "reached"),
    [(2875, 288, False), (2875, 287, True), (2875, 0, True), (50, 11, False), (50, 10, True), (5, 5, True)],
)
def test_the_reserve_is_a_tenth_and_some_calls_at_least(limit: int, remaining: int, *, reached: bool) -> None:
    assert reserve_reached(Budget(limit, remaining, NOON)) is reached
    assert MIN_RESERVE == 10


def test_nothing_is_written_down_while_enough_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    world = linking()
    written: list[object] = []
    monkeypatch.setattr(world.shops, "note_budget", lambda *told: written.append(told))
    counted(world)
    ship(world)
    assert world.mall.lists
    assert written == []


def test_few_calls_are_noted_with_every_answer_and_enough_are_once() -> None:
    world = new_world(0)
    window = hear(world, LOW)
    assert noted(world) == Budget(LIMIT, LOW, window.resets_at)
    ship(world)
    assert noted(world) == Budget(LIMIT, LOW - 2, window.resets_at)
    window.leave(LIMIT)
    ship(world, 2)
    assert noted(world) is None


def test_a_list_is_heard_as_well() -> None:
    world = linking()
    window = counted(world, LOW)
    world.read_list()
    assert noted(world) == Budget(LIMIT, LOW - 1, window.resets_at)


@pytest.mark.parametrize("then", ["taken", "not open any more", "gone", "over the limit"])
def test_the_reading_of_a_new_order_is_heard_as_well(then: str) -> None:
    world = importing()
    world.mall.hold(1)
    world.clock.advance(MINUTES)
    world.read_list()
    while not world.queues.shop_sends:
        world.map_all()
        world.clock.advance(20 * timedelta(seconds=1))
        world.fetch()
        retry_transitions(world)
    if then == "not open any more":
        world.mall.changes(1, status=M.CANCELLED)
    elif then == "gone":
        del world.mall.orders[1]
    window = counted(world, 0 if then == "over the limit" else LOW)
    (send,) = world.queues.take_shop_sends()
    push_to_shop(world, send)
    assert len(world.imports.written) == (then == "taken")
    if then == "over the limit":
        assert (noted(world), world.shops.records[SHOP].paused_until) == (None, window.resets_at)
    else:
        assert noted(world) == Budget(LIMIT, LOW - 1, window.resets_at)


def test_the_last_good_list_says_how_many_are_left_even_if_many_are() -> None:
    world = linking()
    window = counted(world)
    world.read_list()
    assert world.feed_checkpoints.get(SHOP).budget == Budget(LIMIT, LIMIT - 1, window.resets_at)
    window.told = False
    world.clock.advance(MINUTES)
    world.read_list()
    assert world.feed_checkpoints.get(SHOP).budget is None


def test_another_shop_with_the_same_key_hears_it_with_its_own_next_answer() -> None:
    world = new_world(0)
    window = hear(world, 5)
    world.add_shop("second")
    second = world.marketplaces.at("second")
    second.window = window
    second.hold(7)
    world.clerk(7, S.PENDING, shop="second")
    world.fetch("second")
    world.settle()
    assert noted(world) == Budget(LIMIT, 5, window.resets_at)
    assert world.shops.records["second"].budget == Budget(LIMIT, 4, window.resets_at)


# --- what waits -----------------------------------------------------------------------------------------


def test_corrected_tracking_waits_and_statuses_go_on() -> None:
    world = new_world(0)
    for number in (1, 2, 3):
        ship(world, number)
    window = hear(world, LOW)
    calls = len(world.mall.calls)
    world.clerk(1, S.SETTLED, tracking_number="DR2")
    world.mall.hold(4)
    world.clerk(4, S.SETTLED)
    world.mall.hold(5)
    world.clerk(5, S.CANCELED)
    world.clerk(2, S.SETTLED, delivery=TODAY)
    while world.clock.now() < window.resets_at - MINUTES:
        world.clock.advance(MINUTES)
        world.tick()
    assert [world.held(number) for number in (4, 5, 2)] == [M.SHIPPED, M.CANCELLED, M.DELIVERED]
    step = world.order(1).work.step
    assert step is not None
    assert (step.action, step.attempts) == (Action.TRACKING, 0)
    assert len(world.mall.calls) == calls + 5, "no call for the tracking"
    world.ticks(2 * MINUTES)
    assert world.mall.orders[1].tracking_number == "DR2"
    assert window.refused == 0


def test_tracking_in_the_way_of_delivered_does_not_wait() -> None:
    world = new_world(0)
    ship(world)
    hear(world, LOW)
    world.clerk(1, S.SETTLED, delivery=TODAY, tracking_number="DR2")
    world.ticks(2 * MINUTES)
    assert world.held(1) is M.DELIVERED
    assert world.mall.orders[1].tracking_number == "DR2"


def test_delivered_is_no_later_for_tracking_that_waits() -> None:
    world = new_world(15 * 60)
    ship(world)
    world.mall.window = CallWindow(world.clock, LIMIT, timedelta(days=1))
    world.mall.window.leave(LOW)
    ship(world, 2)
    world.clerk(1, S.SETTLED, tracking_number="DR2")
    world.ticks(20 * MINUTES)
    assert "tracking" not in actions(world, 1)
    world.clerk(1, S.SETTLED, tracking_number="DR2", delivery=TODAY)
    world.ticks(RESERVE_RECHECK + 3 * MINUTES)
    assert actions(world, 1)[-2:] == ["tracking", "delivered"]
    assert world.held(1) is M.DELIVERED


def test_an_order_that_mall_has_blocked_is_not_looked_at() -> None:
    world = new_world(0)
    world.mall.hold(1, M.BLOCKED)
    world.clerk(1, S.HANDLED)
    world.tick()
    world.mall.window = CallWindow(world.clock, LIMIT, timedelta(hours=5))
    world.mall.window.leave(LOW)
    ship(world, 2)
    reads = world.mall.calls.copy()
    world.ticks(3 * HOUR, every=5 * MINUTES)
    assert world.mall.calls == reads
    world.mall.changes(1, status=M.OPEN)
    world.ticks(3 * HOUR, every=5 * MINUTES)
    assert world.held(1) is M.SHIPPING


def test_a_doubt_is_resolved_whatever_is_left() -> None:
    world = new_world(0)
    ship(world)
    hear(world, LOW)
    world.mall.hold(2)
    world.mall.fail_next(CallResult.CONNECTION_LOST, effect=True, call=Call.WRITE)
    world.clerk(2, S.HANDLED)
    world.tick()
    assert actions(world, 2) == ["read", "shipping", "read"]
    assert world.order(2).work.step is None


def test_parcels_are_not_read_daily_and_are_found_again_later() -> None:
    world = new_world(0)
    world.mall.hold(1, M.SHIPPED, confirmed=True)
    world.mall.orders[1] = replace(
        world.mall.orders[1], marketplace_delivery=True, shipped_at=world.clock.now()
    )
    world.clerk(1, S.SETTLED)
    world.tick()
    world.clock.advance(timedelta(days=15))
    hear(world, LOW)
    world.flag_returns()
    world.settle()
    assert actions(world, 1) == ["read"]
    world.clock.advance(timedelta(days=1))
    world.flag_returns()
    world.settle()
    assert actions(world, 1) == ["read", "read"]


def test_the_list_is_read_once_an_hour_and_other_lists_wait() -> None:
    world = linking()
    world.mall.window = CallWindow(world.clock, LIMIT, timedelta(hours=5))
    world.mall.window.leave(LOW)
    assert world.read_list().outcome is ListOutcome.READ
    lists = world.mall.lists
    for _ in range(3):
        world.clock.advance(15 * MINUTES)
        assert world.read_list().outcome is ListOutcome.POSTPONED
        assert world.read_list(hints=(5,)).outcome is ListOutcome.POSTPONED
        assert world.read_list("reconcile").outcome is ListOutcome.POSTPONED
    assert world.mall.lists == lists
    world.clock.advance(RESERVE_LIST - 45 * MINUTES)
    assert world.read_list().outcome is ListOutcome.READ
    assert world.mall.lists == lists + 1


def test_a_reconciliation_that_waited_is_made_up_for() -> None:
    world = linking()
    window = hear(world, LOW)
    assert world.read_list("reconcile").outcome is ListOutcome.POSTPONED
    world.clock.set(window.resets_at + RECONCILE_AGAIN)
    world.tick()
    checkpoint = world.feed_checkpoints.get(SHOP)
    assert checkpoint.reconciled_at == world.clock.now()
    assert checkpoint.reconcile_again_at is None


# --- no call is left ------------------------------------------------------------------------------------


def test_without_a_call_left_nothing_is_called_until_the_window_ends() -> None:
    world = importing()
    window = hear(world, 0)
    calls = len(window.served)
    world.mall.hold(1)
    world.clerk(1, S.SETTLED)
    world.mall.hold(2)
    while world.clock.now() < window.resets_at - MINUTES:
        world.clock.advance(MINUTES)
        world.tick()
    assert len(window.served) == calls
    world.ticks(10 * MINUTES)
    assert world.held(1) is M.SHIPPED
    assert world.order(2).shop_side.imported_at is not None
    assert window.refused == 0


def test_a_cancellation_in_the_shop_needs_no_call() -> None:
    world = importing()
    world.mall.hold(1)
    world.ticks(5 * MINUTES)
    world.mall.changes(1, status=M.CANCELLED)
    world.mall.window = CallWindow(world.clock, LIMIT, timedelta(days=1))
    world.mall.window.leave(1)
    world.ticks(5 * MINUTES)
    assert world.order(1).shop_side.canceled_at is not None
    assert world.order(1).marketplace.observed is not None
    assert not world.mall.orders[1].confirmed
    assert world.mall.window.refused == 0


def test_where_mall_does_not_say_it_a_429_is_waited_out_as_ever() -> None:
    world = new_world(0)
    window = counted(world, 2, told=False)
    ship(world)
    world.clerk(1, S.SETTLED, tracking_number="DR2")
    world.tick()
    assert noted(world) is None
    assert world.shops.records[SHOP].paused_until is not None
    assert window.refused
    world.ticks(HOUR + 2 * MINUTES)
    assert world.mall.orders[1].tracking_number == "DR2"


# --- whatever happens -----------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(1, 4),
            st.sampled_from([S.HANDLED, S.SETTLED, S.CANCELED]),
            st.sampled_from(["DR1", "DR2", "DR3"]),
            st.integers(0, 90),
        ),
        min_size=1,
        max_size=12,
    ),
    st.lists(st.integers(1, 30), min_size=1, max_size=12),
    st.sampled_from([20, 40, 120]),
)
def test_no_429_is_provoked_and_nothing_is_lost(
    clerks: list[tuple[int, S, str, int]], others: list[int], limit: int
) -> None:
    """Somebody else uses the key as well, and leaves one call at least: more he can use up unheard."""
    world = InMemoryProduct(rules=Rules(undo_window_seconds=0))
    world.lists = True
    window = counted(world, limit, limit=limit)
    for number in range(1, 5):
        world.mall.hold(number)
        world.clerk(number, S.PENDING)
    for dispatch_id, (number, status, tracking, minutes) in enumerate(clerks):
        world.clerk(number, status, tracking_number=tracking)
        world.tick()
        world.clock.advance(timedelta(minutes=minutes))
        window.use(leaving=others[dispatch_id % len(others)])
    window.leave(limit)
    world.ticks(4 * HOUR, every=10 * MINUTES)
    wake(world)
    assert window.refused == 0
    for number in range(1, 5):
        order = world.order(number)
        assert order.work.step is None, order
        desired, held = order.shop_side.desired, world.held(number)
        assert desired is not None
        if desired.status is S.HANDLED and held is not M.SHIPPING:
            assert order.work.hold is not None, order
        if desired.status is S.SETTLED and held is not M.CANCELLED:
            assert (held, world.mall.orders[number].tracking_number) == (M.SHIPPED, desired.tracking_number)
