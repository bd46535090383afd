"""The shop's figures, against orders counted by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time, timedelta
from typing import TYPE_CHECKING

import pytest

from orderbridge.domain.actions import Action
from orderbridge.domain.attempts import after_accepted, after_read
from orderbridge.domain.cases.escalations import close, enter_return_number
from orderbridge.domain.cases.figures import ORDERS_SHOWN, SLOWEST_SHOWN, figures
from orderbridge.domain.cases.records import Cause, ReturnDocument, StatusChange
from orderbridge.domain.dates import ShopDate
from orderbridge.domain.payloads import DeliveredPayload, ReadCause, ReadPayload
from orderbridge.domain.rules import Rules
from orderbridge.domain.statuses import MarketplaceStatus, ShopStatus
from orderbridge.domain.steps import MarketplaceChange, Step
from tests.orders import (
    DELIVERIES,
    NOW,
    an_escalation,
    an_order,
    changed,
    marketplace_view,
    shop_view,
    with_observed,
)
from tests.reasons import ANY
from tests.unit.domain.strategies import recheck, shop_says

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from orderbridge.domain.cases.figures import Figures
    from orderbridge.domain.orders import OrderState
    from orderbridge.domain.views import ShopView

M, S = MarketplaceStatus, ShopStatus
RULES = Rules()
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
SINCE, BEFORE = NOW - 30 * DAY, NOW


def numbered(
    number: int,
    held: MarketplaceStatus = M.SHIPPED,
    *,
    shop: ShopStatus = S.SETTLED,
    opened_at: datetime | None = None,
    passed: tuple[StatusChange, ...] = (),
    mdp: bool = False,
) -> OrderState:
    view = marketplace_view(held, marketplace_delivery=mdp)
    view = replace(view, opened_at=opened_at or NOW - timedelta(minutes=number))
    return an_order(shop, view, mall_order_id=number, status_changes=passed)


def ours(status: MarketplaceStatus, at: datetime = NOW, *, waited: timedelta = HOUR) -> StatusChange:
    return StatusChange(status, at, by_us=True, wanted_at=at - waited)


def theirs(status: MarketplaceStatus, at: datetime = NOW) -> StatusChange:
    return StatusChange(status, at, by_us=False)


def counted(*orders: OrderState) -> Figures:
    return figures(orders, RULES, SINCE, BEFORE, NOW)


def good(numbers: Iterable[int]) -> tuple[OrderState, ...]:
    return tuple(numbered(number) for number in numbers)


def test_without_orders_there_is_nothing_to_judge() -> None:
    empty = counted()
    assert empty.orders == 0
    for figure in (empty.cancel_rate, empty.status_errors, empty.tracking_rate, empty.late_delivered):
        assert (figure.value, figure.ok, figure.count, figure.total, figure.orders) == (None, None, 0, 0, ())
    assert empty.click_to_status == ()


def test_an_order_belongs_to_the_period_in_which_it_passed_open() -> None:
    first, last = numbered(1, opened_at=SINCE), numbered(2, opened_at=BEFORE - timedelta(seconds=1))
    early, late = numbered(3, opened_at=SINCE - timedelta(seconds=1)), numbered(4, opened_at=BEFORE)
    test = numbered(5)
    test = changed(test, test=True)
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
    passed: tuple[StatusChange, ...],
    counts: bool,  # noqa: FBT001
) -> None:
    state = numbered(1, held, passed=passed)
    state = changed(with_observed(state, opened_at=None), created_at=NOW - DAY)
    assert counted(state).orders == counts
    assert counted(replace(state, created_at=NOW + DAY)).orders == 0
    assert counted(changed(state, observed=None)).orders == 0


def test_the_cancel_rate() -> None:
    by_us = numbered(1, M.CANCELLED, shop=S.CANCELED, passed=(theirs(M.OPEN), ours(M.CANCELLED)))
    by_customer = numbered(2, M.CANCELLED, shop=S.HANDLED, passed=(theirs(M.OPEN), theirs(M.CANCELLED)))
    by_hand = numbered(3, M.CANCELLED, shop=S.CANCELED, passed=(theirs(M.CANCELLED),))
    after_customer = changed(
        by_customer,
        mall_order_id=4,
        desired=by_hand.shop_side.desired,
        desired_since=NOW + HOUR,
        status_since=NOW + HOUR,
    )
    returned = numbered(5, M.RETURNED, shop=S.CANCELED, passed=(ours(M.RETURNED),))
    figure = counted(by_us, by_customer, by_hand, after_customer, returned, *good(range(10, 15))).cancel_rate
    assert (figure.count, figure.total, figure.value) == (2, 10, 20.0), "of all that passed Open"
    assert figure.orders == (1, 3)
    assert (figure.limit, figure.other_limit, figure.ok) == (1.5, 3.0, False)


@pytest.mark.parametrize(("total", "ok"), [(200, True), (199, False)])
def test_the_limit_itself_is_still_good(total: int, ok: bool) -> None:  # noqa: FBT001
    cancelled = [numbered(n, M.CANCELLED, passed=(ours(M.CANCELLED),)) for n in (1, 2, 3)]
    assert counted(*cancelled, *good(range(4, total + 1))).cancel_rate.ok is ok


def test_an_order_that_the_customer_cancelled_before_the_shop_canceled_it_is_not_the_shops() -> None:
    """The shop's date was touched long before: what counts is when its state was changed."""
    state = numbered(1, M.CANCELLED, shop=S.CANCELED, passed=(theirs(M.CANCELLED, NOW - 2 * HOUR),))
    late = changed(state, desired_since=NOW - 3 * HOUR, status_since=NOW - HOUR)
    first = changed(state, desired_since=NOW - HOUR, status_since=NOW - 3 * HOUR)
    assert counted(late).cancel_rate.count == 0
    assert counted(first).cancel_rate.count == 1


def test_what_mall_or_the_customer_cancelled_is_theirs_although_the_clerk_repeats_it_first() -> None:
    """The clerk read it in the portal, and our reading of MALL's list comes after."""
    repeated = numbered(1, M.CANCELLED, shop=S.CANCELED, passed=(theirs(M.CANCELLED),))
    repeated = changed(repeated, status_since=NOW - HOUR)
    assert counted(repeated).cancel_rate.count == 1
    cancelled = replace(theirs(M.CANCELLED), by_them=True)
    assert counted(changed(repeated, status_changes=(cancelled,))).cancel_rate.count == 0


def test_a_cancellation_that_was_taken_back_is_a_wrong_status_and_no_cancellation() -> None:
    mistake = replace(ours(M.CANCELLED), reverted=True)
    shipped = numbered(1, M.SHIPPED, passed=(mistake, theirs(M.SHIPPED)))
    by_customer = numbered(2, M.CANCELLED, passed=(mistake, theirs(M.SHIPPED), theirs(M.CANCELLED)))
    again = numbered(3, M.CANCELLED, passed=(mistake, theirs(M.SHIPPING), ours(M.CANCELLED)))
    found = counted(shipped, by_customer, again)
    assert found.cancel_rate.orders == (3,)
    assert found.status_errors.orders == (1, 2, 3)
    not_ours = numbered(4, M.SHIPPED, passed=(replace(theirs(M.CANCELLED), reverted=True), theirs(M.SHIPPED)))
    assert counted(not_ours).status_errors.count == 0


def escalated(state: OrderState, cause: Cause) -> OrderState:
    return changed(state, escalations=(an_escalation(cause, NOW),))


def delivered(number: int, *, late: bool, by_us: bool = True) -> OrderState:
    """The shop gave 19 November without a time: that day ends at 23:00 UTC."""
    end = NOW.replace(day=19, hour=23)
    at = end + DAY + (timedelta(seconds=1) if late else timedelta(0))
    passed = ours(M.DELIVERED, at) if by_us else theirs(M.DELIVERED, at)
    state = numbered(number, M.DELIVERED, passed=(passed,))
    return changed(state, sent_delivery_date=ShopDate(date(2026, 11, 19)))


def test_status_errors_are_wrong_final_statuses_and_late_delivered() -> None:
    wrong = {Cause.WRONG_DELIVERED, Cause.WRONG_DELIVERY_DATE, Cause.WRONG_FINAL}
    orders = [escalated(delivered(n, late=False), cause) for n, cause in enumerate(Cause, 1)]
    numbers = {n for n, cause in enumerate(Cause, 1) if cause in wrong}
    not_ours = [escalated(numbered(n), cause) for n, cause in enumerate(sorted(wrong), 70)]
    late_and_wrong = escalated(delivered(50, late=True), Cause.WRONG_DELIVERED)
    figure = counted(
        *orders, *not_ours, delivered(51, late=True), delivered(52, late=False), late_and_wrong
    ).status_errors
    assert set(figure.orders) == numbers | {50, 51}
    assert (figure.count, figure.total) == (5, len(Cause) + 6)
    assert (figure.limit, figure.ok) == (0.5, False)
    assert counted(*good(range(1, 200)), late_and_wrong).status_errors.ok is True


def wrongly_delivered() -> OrderState:
    """We set Delivered, and the shop went back to "being handled"."""
    state = numbered(1, M.DELIVERED, passed=(ours(M.DELIVERED),))
    state = changed(state, sent_delivery_date=ShopDate(date(2026, 11, 20)))
    state = recheck(shop_says(state, S.HANDLED, NOW), RULES, NOW)
    assert [e.cause for e in state.cases.escalations if e.open] == [Cause.WRONG_DELIVERED]
    return state


def put_back(state: OrderState) -> OrderState:
    """The shop says again what MALL holds."""
    later = NOW + timedelta(minutes=1)
    return recheck(shop_says(state, S.SETTLED, later, DELIVERIES["today"]), RULES, later)


def test_a_slip_that_was_put_back_is_no_status_error() -> None:
    state = wrongly_delivered()
    assert counted(state).status_errors.orders == (1,)
    assert counted(put_back(state)).status_errors.count == 0


def test_what_a_person_settled_was_a_status_error() -> None:
    state = close(wrongly_delivered(), Cause.WRONG_DELIVERED, "marta", "they corrected it", NOW)
    assert counted(state).status_errors.orders == (1,)
    assert counted(put_back(state)).status_errors.orders == (1,), "also once the shop says the same again"


def test_what_has_a_return_number_was_a_status_error() -> None:
    document = ReturnDocument("4712345678", NOW, "marta")
    state = enter_return_number(wrongly_delivered(), Cause.WRONG_DELIVERED, document)
    state = changed(state, escalations=tuple(replace(e, closed_at=NOW) for e in state.cases.escalations))
    assert counted(state).status_errors.orders == (1,)


def not_set(number: int, delivery: str = "2026-11-19", held: MarketplaceStatus = M.SHIPPED) -> OrderState:
    """Settled with a delivery date, and MALL does not hold Delivered."""
    state = numbered(number, held)
    return changed(state, desired=settled_on(delivery))


def settled_on(delivery: str) -> ShopView:
    day, _, at = delivery.partition("T")
    return replace(
        shop_view(S.SETTLED),
        delivery=ShopDate(date.fromisoformat(day), time.fromisoformat(at) if at else None),
    )


@pytest.mark.parametrize(
    ("state", "late"),
    [
        (not_set(1, "2026-11-15"), True),
        (not_set(1, "2026-11-18"), True),
        (not_set(1, "2026-11-19"), None),
        (not_set(1, "2026-11-19T12:59:00"), True),
        (not_set(1, "2026-11-19T13:00:00"), None),
        (not_set(1, "2026-11-25"), None),
        (not_set(1, "2026-11-15", M.SHIPPING), None),
        (not_set(1, "2026-11-15", M.DELIVERED), None),
        (not_set(1, "2026-11-15", M.RETURNED), None),
        (changed(numbered(1, mdp=True), desired=settled_on("2026-11-15")), None),
        (changed(numbered(1), desired=replace(settled_on("2026-11-15"), status=S.CANCELED)), None),
        (numbered(1), None),
        # A slip: the order did not exist yet.
        (not_set(1, "2025-11-15"), None),
    ],
    ids=[
        "five days ago",
        "that day is over for more than a day",
        "that day is over for less than a day",
        "a time more than a day ago",
        "a time a day ago",
        "to come",
        "not shipped yet",
        "somebody else set it",
        "returned",
        "MALL Delivery",
        "canceled",
        "no date",
        "before the order",
    ],
)
def test_a_delivered_that_was_never_set_is_late_a_day_after_the_delivery(
    state: OrderState,
    late: bool | None,  # noqa: FBT001
) -> None:
    found = counted(state)
    assert (found.late_delivered.count, found.late_delivered.total) == (late is True, late is not None)
    assert found.late_delivered.orders == ((1,) if late else ())
    assert found.status_errors.orders == ((1,) if late else ()), "late is an error"


def test_late_delivered() -> None:
    with_time = numbered(4, M.DELIVERED, passed=(ours(M.DELIVERED, NOW),))
    with_time = changed(with_time, sent_delivery_date=ShopDate(date(2026, 11, 19), time(12, 59)))
    in_time = changed(with_time, mall_order_id=5, sent_delivery_date=ShopDate(date(2026, 11, 19), time(13)))
    not_ours = delivered(3, late=True, by_us=False)
    unknown = delivered(6, late=True)
    unknown = changed(unknown, sent_delivery_date=None)
    everything = counted(
        delivered(1, late=True), delivered(2, late=False), not_ours, with_time, in_time, unknown
    )
    figure = everything.late_delivered
    assert (figure.count, figure.total, figure.value) == (2, 4, 50.0)
    assert figure.orders == (1, 4)
    assert (figure.limit, figure.ok) == (None, None)


def test_the_tracking_rate() -> None:
    def without(number: int, **parts: str) -> OrderState:
        state = numbered(number)
        assert state.marketplace.observed is not None
        observed = replace(state.marketplace.observed, **parts)  # type: ignore[arg-type]
        return changed(state, observed=observed)

    no_number, no_url = without(1, tracking_number=""), without(2, tracking_url="")
    known = without(7, tracking_number="")
    left_out = (
        numbered(3, M.OPEN),
        numbered(4, M.SHIPPING),
        numbered(5, M.CANCELLED),
        numbered(6, M.LOST),
        changed(known, test=True),
        numbered(8, M.SHIPPED, mdp=True),
    )
    tracked = (numbered(20, M.DELIVERED), numbered(21, M.RETURNED), *good(range(22, 38)))
    figure = counted(no_number, no_url, *left_out, *tracked).tracking_rate
    assert (figure.count, figure.total, figure.value) == (18, 20, 90.0)
    assert (figure.limit, figure.ok) == (90.0, True)
    assert figure.orders == (1, 2)
    assert counted(no_number, no_url, *left_out, *tracked[1:]).tracking_rate.ok is False


def test_click_to_status() -> None:
    orders = [
        numbered(n, passed=(ours(M.SHIPPING, waited=timedelta(seconds=n)), theirs(M.SHIPPED)))
        for n in range(1, 101)
    ]
    orders.append(numbered(200, passed=(ours(M.SHIPPED, waited=-HOUR), ours(M.DELIVERED, waited=HOUR))))
    orders.append(numbered(201, passed=(StatusChange(M.SHIPPING, NOW, by_us=True),)))
    shipping, shipped, at_last = counted(*orders).click_to_status
    assert (shipping.status, shipped.status, at_last.status) == (M.SHIPPING, M.SHIPPED, M.DELIVERED)
    assert (shipping.count, shipping.median_seconds, shipping.percentile_95_seconds) == (100, 50.5, 95.0)
    assert shipping.longest_seconds == 100.0
    assert [wait.mall_order_id for wait in shipping.slowest] == list(range(100, 100 - SLOWEST_SHOWN, -1))
    assert shipping.slowest[0].seconds == 100.0
    assert (shipped.count, shipped.longest_seconds) == (1, 0.0)
    assert (at_last.median_seconds, at_last.percentile_95_seconds, at_last.count) == (3600.0, 3600.0, 1)


def accepted(state: OrderState, action: Action, at: datetime) -> OrderState:
    """`state` after we set the status of `action` at `at`."""
    payload = DeliveredPayload(ShopDate(at.date())) if action is Action.DELIVERED else None
    step = Step(1, action, payload, ANY, at)
    assert state.marketplace.observed is not None
    return after_accepted(state, step, state.marketplace.observed, MarketplaceChange(action.target), at)[0]


def test_the_click_is_when_the_state_was_set_not_when_the_rest_was_filled_in() -> None:
    """Shipped waits two days for a tracking number; it comes, and the delivery date with it."""
    state = numbered(1, M.SHIPPING, passed=(theirs(M.SHIPPING),))
    state = shop_says(state, S.HANDLED, NOW)
    state = shop_says(state, S.SETTLED, NOW + HOUR)
    state = shop_says(state, S.SETTLED, NOW + 48 * HOUR, DELIVERIES["today"])
    state = accepted(state, Action.SHIPPED, NOW + 49 * HOUR)
    state = accepted(state, Action.DELIVERED, NOW + 50 * HOUR)
    shipped, delivered_at_last = counted(state).click_to_status
    assert (shipped.status, shipped.longest_seconds) == (M.SHIPPED, 48 * 3600)
    assert (delivered_at_last.status, delivered_at_last.longest_seconds) == (M.DELIVERED, 2 * 3600)


def test_a_test_order_that_the_shop_showed_first_is_known_once_it_was_read() -> None:
    state, step = numbered(1), Step(1, Action.READ, ReadPayload(ReadCause.FIRST), ANY, NOW)
    assert state.marketplace.observed is not None
    read, _ = after_read(state, step, replace(state.marketplace.observed, test=True), NOW)
    assert read.marketplace.test
    assert counted(read).orders == 0
    again, _ = after_read(read, step, state.marketplace.observed, NOW)
    assert again.marketplace.test, "an answer that does not say so takes nothing back"


def test_the_orders_behind_a_figure_are_bounded_and_the_newest_first() -> None:
    many = [numbered(n, M.CANCELLED, passed=(ours(M.CANCELLED),)) for n in range(1, 2 * ORDERS_SHOWN)]
    figure = counted(*reversed(many)).cancel_rate
    assert figure.orders == tuple(range(1, ORDERS_SHOWN + 1))
    assert figure.count == 2 * ORDERS_SHOWN - 1
    assert counted(*many) == counted(*reversed(many))
