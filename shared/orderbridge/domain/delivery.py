"""When an order counts as delivered: from the clerk's date to the moment that is sent, or to a hold (R4).

MALL invoices the customer at Delivered, and it cannot be undone (R2.2). So every doubt is a hold.
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
"""The time of day that is sent for a date without a time (R4.4)."""
SECOND = timedelta(seconds=1)
"""The resolution of the moments that MALL accepts (R4.3)."""
MAX_CLOCK_DIFFERENCE = timedelta(minutes=1)
"""How far MALL's clock may be behind ours (R4.4): MALL refuses moments that lie ahead of its clock."""


def possible_from(
    delivery: ShopDate,
    first_seen: datetime,
    typed_after: datetime | None,
    created: ShopDate | None,
    zone: ZoneInfo,
) -> datetime | None:
    """The moment (UTC) from which `delivery` may be sent; None: it was already past when it was seen.

    A date with a time may be sent from that time on (R4.6). A date without a time may be sent at once only if it was
    entered on its day or later: `created` is on that day or later, or content made on that day still lacked the date
    (`typed_after`). Any other date may have been entered ahead, and waits until its day is over (R4.7). `zone` is the
    shop's.
    """
    past_from = delivery.end(zone)
    if delivery.time is None:
        starts = delivery.earliest(zone)
        created_on_the_day = created is not None and created.day >= delivery.day
        if created_on_the_day or (typed_after is not None and typed_after >= starts):
            return None if starts <= first_seen else past_from
    return past_from if past_from > first_seen else None


def before_order(delivery: ShopDate, order: OrderState, zone: ZoneInfo) -> bool:
    """Whether `delivery` lies before `order` existed (R4.9); False if that moment is not known.

    Whole minutes count: a shop's form has no seconds.
    """
    start = _begun_at(order, zone)
    if start is None:
        return False
    start = start.replace(second=0, microsecond=0)
    if delivery.time is None:
        return delivery.day < start.astimezone(zone).date()
    return delivery.earliest(zone) < start


def _begun_at(order: OrderState, zone: ZoneInfo) -> datetime | None:
    """When `order` began: the earlier of the shop's and MALL's date, else our own record; None: not known (R4.9).

    Our record counts only if it has the order from its beginning.
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
    """The moment (UTC, whole seconds) to send for the `delivery` of `order` (R4.3 to R4.5).

    A date with a time is sent as it is. A date without a time means noon of that day, with these limits: not before the
    order's beginning or Shipped, where they are on that day; not after the date was first seen, if that was on that
    day; and not as late as `now`. If the date was seen before Shipped was sent, the moment is right after Shipped. A
    day that ended before Shipped stays that day. Precondition: `delivery` is not in the future.
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
    # Our moment of Shipped may be earlier than MALL's. So a minute is added where the day allows it.
    return max(min(noon, latest), min(earliest + MAX_CLOCK_DIFFERENCE, latest))


def _round_down(moment: datetime) -> datetime:
    """`moment` cut to whole seconds."""
    return moment.replace(microsecond=0)


def _round_up(moment: datetime) -> datetime:
    """`moment` rounded up to whole seconds."""
    return _round_down(moment + SECOND - moment.resolution)
