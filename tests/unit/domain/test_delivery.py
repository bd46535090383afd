"""The moment that is sent for a clerk's delivery date, and whether the date can be right at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderbridge.domain.actions import Action
from orderbridge.domain.cases.records import StatusChange
from orderbridge.domain.dates import ShopDate
from orderbridge.domain.delivery import MAX_CLOCK_DIFFERENCE, before_order, delivered_moment
from orderbridge.domain.holds import HoldCode
from orderbridge.domain.marketplace_change import change_for
from orderbridge.domain.pairing import decide
from orderbridge.domain.payloads import DeliveredPayload
from orderbridge.domain.rules import Rules
from orderbridge.domain.statuses import MarketplaceStatus, ShopStatus
from orderbridge.domain.steps import PlannedStep
from orderbridge.domain.views import MarketplaceView, ShopView
from tests.orders import an_order, changed
from tests.reasons import ANY

if TYPE_CHECKING:
    from orderbridge.domain.orders import OrderState

M = MarketplaceStatus
PRAGUE = ZoneInfo("Europe/Prague")
ZONES = [PRAGUE, ZoneInfo("UTC"), ZoneInfo("Atlantic/Azores"), ZoneInfo("Pacific/Apia")]
DAYS = [date(2026, 3, 29), date(2026, 10, 25), date(2026, 11, 20), date(2026, 12, 31)]
"""Among them the two on which Prague's clocks are changed."""
DAY = ShopDate(date(2026, 11, 20))
SECOND = timedelta(seconds=1)


def at(hour: int, minute: int = 0, second: int = 0, *, day: int = 20, micro: int = 0) -> datetime:
    """A moment of November 2026 by Prague's clocks."""
    return datetime(2026, 11, day, hour, minute, second, micro, tzinfo=PRAGUE).astimezone(UTC)


def delivered_order(
    *,
    seen: datetime | None = None,
    shipped: datetime | None = None,
    opened: datetime | None = None,
    delivery: ShopDate = DAY,
) -> OrderState:
    """Settled with `delivery` in the shop since `seen`, Shipped at MALL."""
    return an_order(
        ShopView("C1", ShopStatus.SETTLED, "settled", delivery),
        MarketplaceView(M.SHIPPED, confirmed=True, opened_at=opened, shipped_at=shipped),
        desired_since=seen,
    )


@pytest.mark.parametrize(
    ("seen", "shipped", "now", "expected"),
    [
        pytest.param(at(9, day=21), at(8, day=19), at(10, day=21), at(12), id="told the day after: noon"),
        pytest.param(at(15), at(8, day=19), at(15, 15), at(12), id="told in the afternoon: noon"),
        pytest.param(
            at(9, 30), at(8, day=19), at(9, 45), at(9, 30), id="told in the morning: then at the latest"
        ),
        pytest.param(at(9, 30), at(9), at(9, 45), at(9, 30), id="shipped and told in the morning"),
        pytest.param(at(16), at(14), at(16, 15), at(14, 1), id="shipped in the afternoon: next to Shipped"),
        pytest.param(at(14), at(14, 0, 8), at(14, 15), at(14, 1, 8), id="told together with Shipped"),
        pytest.param(
            at(14), at(14, 0, 8), at(14, 0, 9), at(14, 0, 8), id="no undo window: as early as can be"
        ),
        pytest.param(at(9), at(9, 0, 8), at(15), at(9, 1, 8), id="told together, sent long after: not noon"),
        pytest.param(
            at(9, day=21), at(8, day=21), at(9, 15, day=21), at(12), id="over before Shipped: as filled in"
        ),
        pytest.param(at(9, 30), None, at(9, 30, 20), at(9, 29, 20), id="never as late as now"),
        pytest.param(at(0, 0, 10), None, at(0, 0, 20), at(0), id="nor on the day before"),
        pytest.param(at(17, day=18), at(8, day=18), at(0, 20, day=21), at(12), id="typed ahead: noon"),
        pytest.param(
            at(15), at(14, micro=300_000), at(16), at(14, 1, 1), id="whole seconds, and none too early"
        ),
    ],
)
def test_a_day_without_a_time_is_a_moment_of_that_day(
    seen: datetime, shipped: datetime | None, now: datetime, expected: datetime
) -> None:
    assert delivered_moment(DAY, delivered_order(seen=seen, shipped=shipped), now, PRAGUE) == expected


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[OrderState, ShopDate, datetime, ZoneInfo]:
    """A date that is not in the future, with everything that may have happened around it, or is not known."""
    zone, day = draw(st.sampled_from(ZONES)), ShopDate(draw(st.sampled_from(DAYS)))
    begin = day.earliest(zone)
    around = st.integers(-2 * 86_400_000, 2 * 86_400_000).map(lambda ms: begin + timedelta(milliseconds=ms))
    now = draw(around.filter(lambda moment: moment >= begin))
    before = st.none() | around.filter(lambda moment: moment <= now)
    shipped, noted = draw(before), draw(before)
    passed = (
        ()
        if noted is None
        else (StatusChange(M.OPEN, begin, by_us=False), StatusChange(M.SHIPPED, noted, by_us=True))
    )
    order = delivered_order(seen=draw(before), shipped=shipped, opened=draw(before), delivery=day)
    order = changed(order, status_changes=passed)
    return changed(order, delivery_since=draw(before)), day, now, zone


@given(deliveries())
def test_whatever_happened_when_it_is_a_moment_of_that_day_that_mall_can_take(
    case: tuple[OrderState, ShopDate, datetime, ZoneInfo],
) -> None:
    order, day, now, zone = case
    moment = delivered_moment(day, order, now, zone)
    assert moment.astimezone(zone).date() == day.day
    assert moment.microsecond == 0
    begin, end = day.earliest(zone), day.end(zone)
    opened = order.marketplace.observed.opened_at if order.marketplace.observed else None
    first = [known for known in (opened, order.shipped_at) if known is not None and begin <= known < end]
    earliest = max(first, default=begin)
    assert moment >= earliest, "not before the order, not before Shipped"
    seen = order.shop_side.delivery_since or order.shop_side.desired_since
    if seen is not None and begin <= seen < end and seen >= earliest + SECOND:
        assert moment <= seen, "not after the clerk knew it"
    if now - earliest >= MAX_CLOCK_DIFFERENCE + SECOND:
        assert moment <= now - MAX_CLOCK_DIFFERENCE, "not later than a clock that is behind"
    elif now - earliest >= SECOND:
        assert moment <= now
    noon = datetime.combine(day.day, time(12), zone).astimezone(UTC)
    bounded = seen is not None and begin <= seen < end
    if not first and not bounded and noon <= now - MAX_CLOCK_DIFFERENCE:
        assert moment == noon


@given(deliveries(), st.times())
def test_a_clerks_time_is_sent_as_it_is(
    case: tuple[OrderState, ShopDate, datetime, ZoneInfo], at_: time
) -> None:
    order, day, now, zone = case
    timed = ShopDate(day.day, at_)
    expected = datetime.combine(day.day, at_, zone).astimezone(UTC).replace(microsecond=0)
    assert delivered_moment(timed, order, now, zone) == expected


def test_where_mall_gives_no_moment_of_shipped_our_own_record_counts() -> None:
    order = delivered_order(seen=at(16))
    noted = changed(order, status_changes=(StatusChange(M.SHIPPED, at(14), by_us=True),))
    step = PlannedStep(Action.DELIVERED, DeliveredPayload(DAY), ANY)
    assert change_for(order, step, Rules(), at(17)).delivered_at == at(12)
    assert change_for(noted, step, Rules(), at(17)).delivered_at == at(14, 1)


def test_the_moment_when_the_date_was_first_seen_counts_not_that_of_the_state() -> None:
    order = delivered_order(seen=at(9))
    order = changed(order, delivery_since=at(11))
    assert delivered_moment(DAY, order, at(15), PRAGUE) == at(11)


@pytest.mark.parametrize(
    ("created", "opened", "recorded", "first_status", "early"),
    [
        (None, None, None, None, False),
        (ShopDate(date(2026, 11, 20)), None, None, None, False),
        (ShopDate(date(2026, 11, 21)), None, None, None, True),
        (None, at(9, day=21), None, None, True),
        (ShopDate(date(2026, 11, 21)), at(9, day=19), None, None, False),
        (None, None, at(9, day=21), None, True),
        (None, None, at(9, day=21), M.OPEN, True),
        (None, None, at(9, day=21), M.SHIPPING, False),
        (None, None, at(9, day=20), M.OPEN, False),
        (None, at(9, day=19), at(9, day=21), M.OPEN, False),
    ],
)
def test_before_the_order_existed(
    created: ShopDate | None,
    opened: datetime | None,
    recorded: datetime | None,
    first_status: MarketplaceStatus | None,
    early: bool,  # noqa: FBT001
) -> None:
    """By the dates of the two sides; without them by our own record, if it has the order from its beginning."""
    order = delivered_order(seen=at(9, day=22), opened=opened)
    assert order.shop_side.desired is not None
    passed = () if first_status is None else (StatusChange(first_status, at(9, day=21), by_us=False),)
    order = changed(
        order,
        desired=replace(order.shop_side.desired, created=created),
        created_at=recorded,
        status_changes=passed,
    )
    assert before_order(DAY, order, PRAGUE) is early
    assert order.shop_side.desired is not None
    assert order.shop_side.desired_since is not None
    assert order.marketplace.observed is not None
    decision = decide(
        order,
        order.shop_side.desired,
        order.shop_side.desired_since,
        order.marketplace.observed,
        Rules(),
        at(9, 15, day=22),
    )
    assert (getattr(decision, "code", None) is HoldCode.DELIVERY_BEFORE_ORDER) is early


def test_the_list_may_have_shown_the_order_before_the_shop_did() -> None:
    order = delivered_order(seen=at(9, day=22))
    order = changed(order, created_at=at(9, day=21), listed_at=at(9))
    assert not before_order(DAY, order, PRAGUE)
