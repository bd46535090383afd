"""When an order counts as delivered: from the clerk's date to the moment that is sent, or the reason to wait.

Delivered makes the marketplace invoice the customer and cannot be undone (R2.2), so every doubt is a hold.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

from orderbridge.domain.statuses import AT_THE_BEGINNING

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from orderbridge.domain.dates import ShopDate
    from orderbridge.domain.orders import OrderState

NOON = time(12, 0)
SECOND = timedelta(seconds=1)
MAX_CLOCK_DIFFERENCE = timedelta(minutes=1)
"""By how much MALL's clock may be behind ours: what is later than its own "now" it refuses."""


def possible_from(
    delivery: ShopDate,
    first_seen: datetime,
    typed_after: datetime | None,
    created: ShopDate | None,
    zone: ZoneInfo,
) -> datetime | None:
    """The moment (UTC) from which `delivery` may be sent, or None if it was already past when it was seen.

    A date with a time is past from that time on. A date without one is a report only if it was typed on its day or
    later: the order was `created` in the shop no earlier than that day, or was shown without the date by content made
    on that day (`typed_after`). Any other may have been typed ahead, so it waits until its day is over.
    """
    past_from = delivery.end(zone)
    if delivery.time is None:
        starts = delivery.earliest(zone)
        created_on_the_day = created is not None and created.day >= delivery.day
        if created_on_the_day or (typed_after is not None and typed_after >= starts):
            return None if starts <= first_seen else past_from
    return past_from if past_from > first_seen else None


def before_order(delivery: ShopDate, order: OrderState, zone: ZoneInfo) -> bool:
    """Whether `delivery` lies before `order` existed. False where nothing tells since when it does.

    Whole minutes count: a shop's form knows no seconds.
    """
    start = _begun_at(order, zone)
    if start is None:
        return False
    start = start.replace(second=0, microsecond=0)
    if delivery.time is None:
        return delivery.day < start.astimezone(zone).date()
    return delivery.earliest(zone) < start


def _begun_at(order: OrderState, zone: ZoneInfo) -> datetime | None:
    """Since when `order` exists: by the earlier of the shop's and the marketplace's date, else by our own record.

    Our record counts only where it has the order from its beginning: an order that we first met later is older.
    """
    created = order.shop_side.desired.created if order.shop_side.desired is not None else None
    opened_at = order.marketplace.observed.opened_at if order.marketplace.observed is not None else None
    stated = (None if created is None else created.earliest(zone), opened_at)
    if any(stated):
        return min(moment for moment in stated if moment is not None)
    if (
        order.marketplace.status_changes
        and order.marketplace.status_changes[0].status not in AT_THE_BEGINNING
    ):
        return None
    return min((at for at in (order.created_at, order.marketplace.listed_at) if at is not None), default=None)


def delivered_moment(delivery: ShopDate, order: OrderState, now: datetime, zone: ZoneInfo) -> datetime:
    """The moment (UTC, whole seconds) to send for the `delivery` of `order`.

    A clerk's time is sent as it is. A date without a time means a moment of that day: its noon, but not before what
    came first on that day (the order's beginning, Shipped), not after the date was first seen, if that was on that day,
    and not as late as `now`. A date that was seen before its Shipped went out gives the moment next to Shipped. A day
    that ended before Shipped is sent as it was filled in: on another day it would be invented. Precondition:
    `delivery` is not in the future.
    """
    if delivery.time is not None:
        return delivery.earliest(zone).replace(microsecond=0)
    start, end = delivery.earliest(zone), delivery.end(zone)
    opened_at = order.marketplace.observed.opened_at if order.marketplace.observed is not None else None
    earlier_events = (opened_at or _begun_at(order, zone), order.shipped_at)
    earliest = _round_up(
        max((at for at in earlier_events if at is not None and start <= at < end), default=start)
    )
    latest = min(end - SECOND, now - MAX_CLOCK_DIFFERENCE)
    first_seen = order.shop_side.delivery_since or order.shop_side.desired_since
    if first_seen is not None and start <= first_seen < end:
        latest = min(latest, first_seen if first_seen >= earliest else earliest + MAX_CLOCK_DIFFERENCE)
    latest = max(_round_down(latest), earliest)
    noon = datetime.combine(delivery.day, NOON, zone).astimezone(UTC)
    # Our own moment of Shipped may lie before MALL's: where there is room, its clock gets some.
    return max(min(noon, latest), min(earliest + MAX_CLOCK_DIFFERENCE, latest))


def _round_down(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)


def _round_up(moment: datetime) -> datetime:
    return _round_down(moment + SECOND - moment.resolution)
