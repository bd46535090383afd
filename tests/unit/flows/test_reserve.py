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
from tests.fakes import NOON, CallWindow
from tests.unit.flows.in_memory_product import SHOP, InMemoryProduct
from tests.unit.flows.sequences import MINUTES, TODAY, importing, linking, new_product, ship, wake

HOUR = timedelta(hours=1)
LIMIT = 1_000
LOW = 50
"""Calls left, of LIMIT: the reserve is reached."""


def counted(
    product: InMemoryProduct, left: int = LIMIT, *, told: bool = True, limit: int = LIMIT
) -> CallWindow:
    """MALL counts the calls from now on; so many are left of an hour's."""
    window = product.mall.window = CallWindow(product.clock, limit, told=told)
    window.leave(left)
    return window


def hear(product: InMemoryProduct, left: int) -> CallWindow:
    """The product makes a call, and hears that so many are left behind it."""
    window = counted(product, left + 1)
    product.mall.hold(99)
    product.clerk(99, S.PENDING)
    product.fetch()
    product.settle()
    assert window.remaining == left
    return window


def noted(product: InMemoryProduct) -> Budget | None:
    return product.shops.records[SHOP].budget


def actions(product: InMemoryProduct, number: int) -> list[str]:
    return [step.action.value for step in product.history(number).steps if step.attempts]


# --- what is noted --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("limit", "remaining", "reached"),
    [(2875, 288, False), (2875, 287, True), (2875, 0, True), (50, 11, False), (50, 10, True), (5, 5, True)],
)
def test_the_reserve_is_a_tenth_and_some_calls_at_least(limit: int, remaining: int, *, reached: bool) -> None:
    assert reserve_reached(Budget(limit, remaining, NOON)) is reached
    assert MIN_RESERVE == 10


def test_nothing_is_written_down_while_enough_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    product = linking()
    written: list[object] = []
    monkeypatch.setattr(product.shops, "note_budget", lambda *told: written.append(told))
    counted(product)
    ship(product)
    assert product.mall.lists
    assert written == []


def test_few_calls_are_noted_with_every_answer_and_enough_are_once() -> None:
    product = new_product(0)
    window = hear(product, LOW)
    assert noted(product) == Budget(LIMIT, LOW, window.resets_at)
    ship(product)
    assert noted(product) == Budget(LIMIT, LOW - 2, window.resets_at)
    window.leave(LIMIT)
    ship(product, 2)
    assert noted(product) is None


def test_a_list_is_heard_as_well() -> None:
    product = linking()
    window = counted(product, LOW)
    product.read_list()
    assert noted(product) == Budget(LIMIT, LOW - 1, window.resets_at)


@pytest.mark.parametrize("then", ["taken", "not open any more", "gone", "over the limit"])
def test_the_reading_of_a_new_order_is_heard_as_well(then: str) -> None:
    product = importing()
    product.mall.hold(1)
    product.clock.advance(MINUTES)
    product.read_list()
    while not product.queues.shop_sends:
        product.map_all()
        product.clock.advance(20 * timedelta(seconds=1))
        product.fetch()
        retry_transitions(product)
    if then == "not open any more":
        product.mall.changes(1, status=M.CANCELLED)
    elif then == "gone":
        del product.mall.orders[1]
    window = counted(product, 0 if then == "over the limit" else LOW)
    (send,) = product.queues.take_shop_sends()
    push_to_shop(product, send)
    assert len(product.imports.written) == (then == "taken")
    if then == "over the limit":
        assert (noted(product), product.shops.records[SHOP].limited_until) == (None, window.resets_at)
    else:
        assert noted(product) == Budget(LIMIT, LOW - 1, window.resets_at)


def test_the_last_good_list_says_how_many_are_left_even_if_many_are() -> None:
    product = linking()
    window = counted(product)
    product.read_list()
    assert product.feed_checkpoints.get(SHOP).budget == Budget(LIMIT, LIMIT - 1, window.resets_at)
    window.told = False
    product.clock.advance(MINUTES)
    product.read_list()
    assert product.feed_checkpoints.get(SHOP).budget is None


def test_another_shop_with_the_same_key_hears_it_with_its_own_next_answer() -> None:
    product = new_product(0)
    window = hear(product, 5)
    product.add_shop("second")
    second = product.marketplaces.at("second")
    second.window = window
    second.hold(7)
    product.clerk(7, S.PENDING, shop="second")
    product.fetch("second")
    product.settle()
    assert noted(product) == Budget(LIMIT, 5, window.resets_at)
    assert product.shops.records["second"].budget == Budget(LIMIT, 4, window.resets_at)


# --- what waits -----------------------------------------------------------------------------------------


def test_corrected_tracking_waits_and_statuses_go_on() -> None:
    product = new_product(0)
    for number in (1, 2, 3):
        ship(product, number)
    window = hear(product, LOW)
    calls = len(product.mall.calls)
    product.clerk(1, S.SETTLED, tracking_number="DR2")
    product.mall.hold(4)
    product.clerk(4, S.SETTLED)
    product.mall.hold(5)
    product.clerk(5, S.CANCELED)
    product.clerk(2, S.SETTLED, delivery=TODAY)
    while product.clock.now() < window.resets_at - MINUTES:
        product.clock.advance(MINUTES)
        product.tick()
    assert [product.held(number) for number in (4, 5, 2)] == [M.SHIPPED, M.CANCELLED, M.DELIVERED]
    step = product.order(1).work.step
    assert step is not None
    assert (step.action, step.attempts) == (Action.TRACKING, 0)
    assert len(product.mall.calls) == calls + 5, "no call for the tracking"
    product.ticks(2 * MINUTES)
    assert product.mall.orders[1].tracking_number == "DR2"
    assert window.refused == 0


def test_tracking_in_the_way_of_delivered_does_not_wait() -> None:
    product = new_product(0)
    ship(product)
    hear(product, LOW)
    product.clerk(1, S.SETTLED, delivery=TODAY, tracking_number="DR2")
    product.ticks(2 * MINUTES)
    assert product.held(1) is M.DELIVERED
    assert product.mall.orders[1].tracking_number == "DR2"


def test_delivered_is_no_later_for_tracking_that_waits() -> None:
    product = new_product(15 * 60)
    ship(product)
    product.mall.window = CallWindow(product.clock, LIMIT, timedelta(days=1))
    product.mall.window.leave(LOW)
    ship(product, 2)
    product.clerk(1, S.SETTLED, tracking_number="DR2")
    product.ticks(20 * MINUTES)
    assert "tracking" not in actions(product, 1)
    product.clerk(1, S.SETTLED, tracking_number="DR2", delivery=TODAY)
    product.ticks(RESERVE_RECHECK + 3 * MINUTES)
    assert actions(product, 1)[-2:] == ["tracking", "delivered"]
    assert product.held(1) is M.DELIVERED


def test_an_order_that_mall_has_blocked_is_not_rechecked() -> None:
    product = new_product(0)
    product.mall.hold(1, M.BLOCKED)
    product.clerk(1, S.HANDLED)
    product.tick()
    product.mall.window = CallWindow(product.clock, LIMIT, timedelta(hours=5))
    product.mall.window.leave(LOW)
    ship(product, 2)
    reads = product.mall.calls.copy()
    product.ticks(3 * HOUR, every=5 * MINUTES)
    assert product.mall.calls == reads
    product.mall.changes(1, status=M.OPEN)
    product.ticks(3 * HOUR, every=5 * MINUTES)
    assert product.held(1) is M.SHIPPING


def test_a_doubt_is_resolved_whatever_is_left() -> None:
    product = new_product(0)
    ship(product)
    hear(product, LOW)
    product.mall.hold(2)
    product.mall.fail_next(CallResult.CONNECTION_LOST, effect=True, call=Call.WRITE)
    product.clerk(2, S.HANDLED)
    product.tick()
    assert actions(product, 2) == ["read", "shipping", "read"]
    assert product.order(2).work.step is None


def test_parcels_are_not_read_daily_and_are_found_again_later() -> None:
    product = new_product(0)
    product.mall.hold(1, M.SHIPPED, confirmed=True)
    product.mall.orders[1] = replace(
        product.mall.orders[1], marketplace_delivery=True, shipped_at=product.clock.now()
    )
    product.clerk(1, S.SETTLED)
    product.tick()
    product.clock.advance(timedelta(days=15))
    hear(product, LOW)
    product.flag_returns()
    product.settle()
    assert actions(product, 1) == ["read"]
    product.clock.advance(timedelta(days=1))
    product.flag_returns()
    product.settle()
    assert actions(product, 1) == ["read", "read"]


def test_the_list_is_read_once_an_hour_and_other_lists_wait() -> None:
    product = linking()
    product.mall.window = CallWindow(product.clock, LIMIT, timedelta(hours=5))
    product.mall.window.leave(LOW)
    assert product.read_list().outcome is ListOutcome.READ
    lists = product.mall.lists
    for _ in range(3):
        product.clock.advance(15 * MINUTES)
        assert product.read_list().outcome is ListOutcome.POSTPONED
        assert product.read_list(hints=(5,)).outcome is ListOutcome.POSTPONED
        assert product.read_list("reconcile").outcome is ListOutcome.POSTPONED
    assert product.mall.lists == lists
    product.clock.advance(RESERVE_LIST - 45 * MINUTES)
    assert product.read_list().outcome is ListOutcome.READ
    assert product.mall.lists == lists + 1


def test_a_reconciliation_that_waited_is_made_up_for() -> None:
    product = linking()
    window = hear(product, LOW)
    assert product.read_list("reconcile").outcome is ListOutcome.POSTPONED
    product.clock.set(window.resets_at + RECONCILE_AGAIN)
    product.tick()
    checkpoint = product.feed_checkpoints.get(SHOP)
    assert checkpoint.reconciled_at == product.clock.now()
    assert checkpoint.reconcile_again_at is None


# --- no call is left ------------------------------------------------------------------------------------


def test_without_a_call_left_nothing_is_called_until_the_window_ends() -> None:
    product = importing()
    window = hear(product, 0)
    calls = len(window.served)
    product.mall.hold(1)
    product.clerk(1, S.SETTLED)
    product.mall.hold(2)
    while product.clock.now() < window.resets_at - MINUTES:
        product.clock.advance(MINUTES)
        product.tick()
    assert len(window.served) == calls
    product.ticks(10 * MINUTES)
    assert product.held(1) is M.SHIPPED
    assert product.order(2).shop_side.imported_at is not None
    assert window.refused == 0


def test_a_cancellation_in_the_shop_needs_no_call() -> None:
    product = importing()
    product.mall.hold(1)
    product.ticks(5 * MINUTES)
    product.mall.changes(1, status=M.CANCELLED)
    product.mall.window = CallWindow(product.clock, LIMIT, timedelta(days=1))
    product.mall.window.leave(1)
    product.ticks(5 * MINUTES)
    assert product.order(1).shop_side.canceled_at is not None
    assert product.order(1).marketplace.observed is not None
    assert not product.mall.orders[1].confirmed
    assert product.mall.window.refused == 0


def test_where_mall_does_not_say_it_a_429_is_waited_out_as_ever() -> None:
    product = new_product(0)
    window = counted(product, 2, told=False)
    ship(product)
    product.clerk(1, S.SETTLED, tracking_number="DR2")
    product.tick()
    assert noted(product) is None
    assert product.shops.records[SHOP].limited_until is not None
    assert window.refused
    product.ticks(HOUR + 2 * MINUTES)
    assert product.mall.orders[1].tracking_number == "DR2"


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
    product = InMemoryProduct(rules=Rules(undo_window_seconds=0))
    product.lists = True
    window = counted(product, limit, limit=limit)
    for number in range(1, 5):
        product.mall.hold(number)
        product.clerk(number, S.PENDING)
    for dispatch_id, (number, status, tracking, minutes) in enumerate(clerks):
        product.clerk(number, status, tracking_number=tracking)
        product.tick()
        product.clock.advance(timedelta(minutes=minutes))
        window.use(leaving=others[dispatch_id % len(others)])
    window.leave(limit)
    product.ticks(4 * HOUR, every=10 * MINUTES)
    wake(product)
    assert window.refused == 0
    for number in range(1, 5):
        order = product.order(number)
        assert order.work.step is None, order
        desired, held = order.shop_side.desired, product.held(number)
        assert desired is not None
        if desired.status is S.HANDLED and held is not M.SHIPPING:
            assert order.work.hold is not None, order
        if desired.status is S.SETTLED and held is not M.CANCELLED:
            assert (held, product.mall.orders[number].tracking_number) == (M.SHIPPED, desired.tracking_number)
