"""When an order counts as delivered: from the clerk's date to the moment that is sent, or the reason to wait.

Delivered makes the marketplace invoice the customer and cannot be undone (seed), so every doubt is a hold.
"""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from orderbridge.domain.moments import ShopDate

NOON = time(12, 0)


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


def before_order(
    delivery: ShopDate, created: ShopDate | None, opened_at: datetime | None, zone: ZoneInfo
) -> bool:
    """Whether `delivery` lies before the order existed (the earlier of the shop's and the marketplace's date).

    Whole minutes count: a shop's form knows no seconds.
    """
    starts = []
    if created is not None:
        starts.append(created.earliest(zone))
    if opened_at is not None:
        starts.append(opened_at)
    if not starts:
        return False
    begin = min(starts).replace(second=0, microsecond=0)
    if delivery.time is None:
        return delivery.day < begin.astimezone(zone).date()
    return delivery.earliest(zone) < begin


def delivered_moment(
    delivery: ShopDate, shipped_at: datetime | None, now: datetime, zone: ZoneInfo
) -> datetime:
    """The moment (UTC, whole seconds) to send for `delivery`.

    A clerk's time is sent as it is. A date without a time means its noon, moved so that it lies neither
    before the moment of Shipped nor in the future. Precondition: `delivery` is not in the future.
    """
    if delivery.time is not None:
        return delivery.earliest(zone).replace(microsecond=0)
    moment = min(datetime.combine(delivery.day, NOON, zone).astimezone(UTC), now)
    if shipped_at is not None:
        moment = max(moment, shipped_at)
    return moment.replace(microsecond=0)
