"""The shop's figures, against orders counted by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from orderbridge.domain.figures import ORDERS_SHOWN, SLOWEST_SHOWN, figures
from orderbridge.domain.records import Cause, Escalation, Passed
from orderbridge.domain.rules import Rules
from orderbridge.domain.statuses import MarketplaceStatus, ShopStatus
from tests.unit.domain.strategies import NOW, marketplace_view, order, shop_view

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from orderbridge.domain.figures import Figures
    from orderbridge.domain.orders import OrderState

M, S = MarketplaceStatus, ShopStatus
RULES = Rules()
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
SINCE, BEFORE = NOW - 30 * DAY, NOW


def an_order(
    number: int,
    held: MarketplaceStatus = M.SHIPPED,
    *,
    shop: ShopStatus = S.SETTLED,
    opened_at: datetime | None = None,
    passed: tuple[Passed, ...] = (),
    mdp: bool = False,
) -> OrderState:
    view = marketplace_view(held, marketplace_delivery=mdp)
    view = replace(view, opened_at=opened_at or NOW - timedelta(minutes=number))
    return replace(order(shop_view(shop), view), mall_order_id=number, passed=passed)


def ours(status: MarketplaceStatus, at: datetime = NOW, *, waited: timedelta = HOUR) -> Passed:
    return Passed(status, at, by_us=True, wanted_at=at - waited)


def theirs(status: MarketplaceStatus, at: datetime = NOW) -> Passed:
    return Passed(status, at, by_us=False)


def counted(*orders: OrderState) -> Figures:
    return figures(orders, RULES, SINCE, BEFORE)


def good(numbers: Iterable[int]) -> tuple[OrderState, ...]:
    return tuple(an_order(number) for number in numbers)


def test_without_orders_there_is_nothing_to_judge() -> None:
    empty = counted()
    assert empty.orders == 0
    for figure in (empty.cancel_rate, empty.status_errors, empty.tracking_rate, empty.late_delivered):
        assert (figure.value, figure.ok, figure.count, figure.total, figure.orders) == (None, None, 0, 0, ())
    assert empty.click_to_status == ()


def test_an_order_belongs_to_the_period_in_which_it_passed_open() -> None:
    first, last = an_order(1, opened_at=SINCE), an_order(2, opened_at=BEFORE - timedelta(seconds=1))
    early, late = an_order(3, opened_at=SINCE - timedelta(seconds=1)), an_order(4, opened_at=BEFORE)
    test = replace(an_order(5), test=True)
    assert counted(first, last, early, late, test).orders == 2


@pytest.mark.parametrize(
    ("held", "passed", "counts"),
    [
        (M.BLOCKED, (), False),
        (M.CANCELLED, (theirs(M.BLOCKED), theirs(M.CANCELLED)), False),
        (M.CANCELLED, (theirs(M.OPEN), ours(M.CANCELLED)), True),
        (M.BLOCKED, (theirs(M.OPEN), theirs(M.BLOCKED)), True),
        (M.OPEN, (), True),
        (M.SHIPPED, (), True),
    ],
)
def test_without_mall_s_moment_the_history_tells_who_passed_open(
    held: MarketplaceStatus,
    passed: tuple[Passed, ...],
    counts: bool,  # noqa: FBT001
) -> None:
    state = an_order(1, held, passed=passed)
    assert state.observed is not None
    state = replace(state, observed=replace(state.observed, opened_at=None), created_at=NOW - DAY)
    assert counted(state).orders == counts
    assert counted(replace(state, created_at=NOW + DAY)).orders == 0
    assert counted(replace(state, observed=None)).orders == 0


def test_the_cancel_rate() -> None:
    by_us = an_order(1, M.CANCELLED, shop=S.CANCELED, passed=(theirs(M.OPEN), ours(M.CANCELLED)))
    by_customer = an_order(2, M.CANCELLED, shop=S.HANDLED, passed=(theirs(M.OPEN), theirs(M.CANCELLED)))
    by_hand = an_order(3, M.CANCELLED, shop=S.CANCELED, passed=(theirs(M.CANCELLED),))
    after_customer = replace(by_customer, mall_order_id=4, desired=by_hand.desired, desired_since=NOW + HOUR)
    returned = an_order(5, M.RETURNED, shop=S.CANCELED, passed=(ours(M.RETURNED),))
    figure = counted(by_us, by_customer, by_hand, after_customer, returned, *good(range(10, 15))).cancel_rate
    assert (figure.count, figure.total, figure.value) == (2, 8, 25.0)
    assert figure.orders == (1, 3)
    assert (figure.limit, figure.other_limit, figure.ok) == (1.5, 3.0, False)


@pytest.mark.parametrize(("total", "ok"), [(200, True), (199, False)])
def test_the_limit_itself_is_still_good(total: int, ok: bool) -> None:  # noqa: FBT001
    cancelled = [an_order(n, M.CANCELLED, passed=(ours(M.CANCELLED),)) for n in (1, 2, 3)]
    assert counted(*cancelled, *good(range(4, total + 1))).cancel_rate.ok is ok


def escalated(state: OrderState, cause: Cause) -> OrderState:
    closed = Escalation(cause, "", "", "", "", NOW, closed_at=NOW)
    return replace(state, escalations=(closed,))


def delivered(number: int, *, late: bool, by_us: bool = True) -> OrderState:
    """The shop gave 19 November without a time: that day ends at 23:00 UTC."""
    end = NOW.replace(day=19, hour=23)
    at = end + DAY + (timedelta(seconds=1) if late else timedelta(0))
    passed = ours(M.DELIVERED, at) if by_us else theirs(M.DELIVERED, at)
    return replace(an_order(number, M.DELIVERED, passed=(passed,)), sent_delivery="2026-11-19")


def test_status_errors_are_wrong_final_statuses_and_late_delivered() -> None:
    wrong = {Cause.WRONG_DELIVERED, Cause.WRONG_DELIVERY_DATE, Cause.WRONG_FINAL}
    orders = [escalated(delivered(n, late=False), cause) for n, cause in enumerate(Cause, 1)]
    numbers = {n for n, cause in enumerate(Cause, 1) if cause in wrong}
    not_ours = [escalated(an_order(n), cause) for n, cause in enumerate(sorted(wrong), 70)]
    late_and_wrong = escalated(delivered(50, late=True), Cause.WRONG_DELIVERED)
    figure = counted(
        *orders, *not_ours, delivered(51, late=True), delivered(52, late=False), late_and_wrong
    ).status_errors
    assert set(figure.orders) == numbers | {50, 51}
    assert (figure.count, figure.total) == (5, len(Cause) + 6)
    assert (figure.limit, figure.ok) == (0.5, False)
    assert counted(*good(range(1, 200)), late_and_wrong).status_errors.ok is True


def test_late_delivered() -> None:
    with_time = replace(
        an_order(4, M.DELIVERED, passed=(ours(M.DELIVERED, NOW),)), sent_delivery="2026-11-19T12:59:00"
    )
    in_time = replace(with_time, mall_order_id=5, sent_delivery="2026-11-19T13:00:00")
    not_ours = delivered(3, late=True, by_us=False)
    unknown = replace(delivered(6, late=True), sent_delivery="soon")
    everything = counted(
        delivered(1, late=True), delivered(2, late=False), not_ours, with_time, in_time, unknown
    )
    figure = everything.late_delivered
    assert (figure.count, figure.total, figure.value) == (2, 4, 50.0)
    assert figure.orders == (1, 4)
    assert (figure.limit, figure.ok) == (None, None)


def test_the_tracking_rate() -> None:
    def without(number: int, **parts: str) -> OrderState:
        state = an_order(number)
        assert state.observed is not None
        return replace(state, observed=replace(state.observed, **parts))  # type: ignore[arg-type]

    no_number, no_url = without(1, tracking_number=""), without(2, tracking_url="")
    left_out = (
        an_order(3, M.OPEN),
        an_order(4, M.SHIPPING),
        an_order(5, M.CANCELLED),
        an_order(6, M.LOST),
        replace(without(7, tracking_number=""), test=True),
        an_order(8, M.SHIPPED, mdp=True),
    )
    tracked = (an_order(20, M.DELIVERED), an_order(21, M.RETURNED), *good(range(22, 38)))
    figure = counted(no_number, no_url, *left_out, *tracked).tracking_rate
    assert (figure.count, figure.total, figure.value) == (18, 20, 90.0)
    assert (figure.limit, figure.ok) == (90.0, True)
    assert figure.orders == (1, 2)
    assert counted(no_number, no_url, *left_out, *tracked[1:]).tracking_rate.ok is False


def test_click_to_status() -> None:
    orders = [
        an_order(n, passed=(ours(M.SHIPPING, waited=timedelta(seconds=n)), theirs(M.SHIPPED)))
        for n in range(1, 101)
    ]
    orders.append(an_order(200, passed=(ours(M.SHIPPED, waited=-HOUR), ours(M.DELIVERED, waited=HOUR))))
    orders.append(an_order(201, passed=(Passed(M.SHIPPING, NOW, by_us=True),)))
    shipping, shipped, at_last = counted(*orders).click_to_status
    assert (shipping.status, shipped.status, at_last.status) == (M.SHIPPING, M.SHIPPED, M.DELIVERED)
    assert (shipping.count, shipping.median_seconds, shipping.percentile_95_seconds) == (100, 50.5, 95.0)
    assert shipping.longest_seconds == 100.0
    assert [wait.mall_order_id for wait in shipping.slowest] == list(range(100, 100 - SLOWEST_SHOWN, -1))
    assert shipping.slowest[0].seconds == 100.0
    assert (shipped.count, shipped.longest_seconds) == (1, 0.0)
    assert (at_last.median_seconds, at_last.percentile_95_seconds, at_last.count) == (3600.0, 3600.0, 1)


def test_the_orders_behind_a_figure_are_bounded_and_the_newest_first() -> None:
    many = [an_order(n, M.CANCELLED, passed=(ours(M.CANCELLED),)) for n in range(1, 2 * ORDERS_SHOWN)]
    figure = counted(*reversed(many)).cancel_rate
    assert figure.orders == tuple(range(1, ORDERS_SHOWN + 1))
    assert figure.count == 2 * ORDERS_SHOWN - 1
    assert counted(*many) == counted(*reversed(many))
