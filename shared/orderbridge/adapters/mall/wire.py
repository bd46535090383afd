"""MALL's words for the domain's: what a PUT says, how a moment is written."""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING

from orderbridge.domain.statuses import MarketplaceStatus

if TYPE_CHECKING:
    from orderbridge.domain.orders import MarketplaceChange

Body = dict[str, str | bool]

YEARS = range(2000, 2100)
"""Years that a moment of an order can have, in UTC."""
_FORM = "%Y-%m-%d %H:%M:%S"
_TIME = r"(?P<time>\d{1,2}:\d\d(?::\d\d)?)(?:[.,]\d{1,9})?\s?(?P<offset>Z|[+-]\d\d:?\d\d)?"
_MOMENTS = (
    re.compile(rf"(?P<year>\d{{4}})-(?P<month>\d\d)-(?P<day>\d\d)[ T]{_TIME}", re.ASCII),
    re.compile(rf"(?P<day>\d{{1,2}})\. ?(?P<month>\d{{1,2}})\. ?(?P<year>\d{{4}}),? {_TIME}", re.ASCII),
)
"""As documented, and as the histories of a parcel write it: ``28.05.2020 13:54:50``."""


def moment_text(moment: datetime, zone: tzinfo) -> str:
    """`moment` as MALL takes it: ``2026-11-21 14:05:00`` on the clock of `zone`; parts of a second are dropped."""
    return moment.astimezone(zone).strftime(_FORM)


def moment(text: str, zone: tzinfo) -> datetime | None:
    """The moment (UTC) that `text` means on the clock of `zone`, or None if it means none.

    An offset in the text wins over `zone`. In the hour that a clock shows twice, the earlier one is meant. Years that
    are not in YEARS are a database's idea of "never": nothing can be reckoned with them.
    """
    match = next((match for form in _MOMENTS if (match := form.fullmatch(text.strip()))), None)
    if match is None:
        return None
    day = "-".join(match[part].zfill(2) for part in ("year", "month", "day"))
    time = ":".join(part.zfill(2) for part in f"{match['time']}:00".split(":")[:3])
    try:
        if match["offset"] is not None:
            meant = datetime.fromisoformat(f"{day}T{time}{match['offset']}").astimezone(UTC)
        else:
            meant = datetime.strptime(f"{day} {time}", _FORM).replace(tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return meant if meant.year in YEARS else None


PAGE_SIZE = 1000
"""The most that MALL gives on one page of a list; it may give fewer."""
UNCONFIRMED = "/orders/unconfirmed"
ALL_ORDERS = "/orders"
UNDER_WAY = "in:open,shipping,shipped"


def resource(mall_order_id: int, change: MarketplaceChange | None) -> str:
    """The path, below the base address, that a read (`change` None) or `change` goes to (MALL: writing)."""
    only_tracking = change is not None and change.status is None and not change.confirm
    return f"/orders/{mall_order_id}/tracking" if only_tracking else f"/orders/{mall_order_id}"


def page_query(number: int, *, status: str, test: bool) -> str:
    """The query of page `number` (from 1) of a list, without the key (MALL: reading).

    `status` empty: every status but blocked.
    """
    query = f"filter=basic&page={number}&page_size={PAGE_SIZE}"
    if status:
        query += f"&status={status}"
    return f"{query}&test=1" if test else query


def wording(change: MarketplaceChange, zone: tzinfo) -> Body:
    """The body of the PUT for `change`. Says nothing that its status does not allow (MALL: writing).

    `delivered_at` with any status but Delivered is refused, so it is left out there; `first_delivery_attempt`
    is called both a must and optional, so it always goes with it. Tracking goes with Shipped or alone.
    """
    body: Body = {}
    if change.status is not None:
        body["status"] = change.status.value
    if change.confirm:
        body["confirmed"] = True
    if change.status in {None, MarketplaceStatus.SHIPPED}:
        body |= {
            name: value
            for name, value in (
                ("tracking_number", change.tracking_number),
                ("tracking_url", change.tracking_url),
            )
            if value
        }
    if change.status is MarketplaceStatus.DELIVERED and change.delivered_at is not None:
        body["delivered_at"] = body["first_delivery_attempt"] = moment_text(change.delivered_at, zone)
    return body
