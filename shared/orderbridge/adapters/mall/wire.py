"""MALL's paths, queries, bodies and moments, for the domain's terms."""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING

from orderbridge.domain.statuses import MarketplaceStatus

if TYPE_CHECKING:
    from orderbridge.domain.steps import MarketplaceChange

Body = dict[str, str | bool]

YEARS = range(2000, 2100)
"""Years that a moment of an order can have, in UTC."""
_FORM = "%Y-%m-%d %H:%M:%S"
_TIME = r"(?P<time>\d{1,2}:\d\d(?::\d\d)?)(?:[.,]\d{1,9})?\s?(?P<offset>Z|[+-]\d\d:?\d\d)?"
_MOMENTS = (
    re.compile(rf"(?P<year>\d{{4}})-(?P<month>\d\d)-(?P<day>\d\d)[ T]{_TIME}", re.ASCII),
    re.compile(rf"(?P<day>\d{{1,2}})\. ?(?P<month>\d{{1,2}})\. ?(?P<year>\d{{4}}),? {_TIME}", re.ASCII),
)
"""The documented form, and the form in a parcel's history: ``28.05.2020 13:54:50``."""


def moment_text(moment: datetime, zone: tzinfo) -> str:
    """`moment` in MALL's form: ``2026-11-21 14:05:00`` on the clock of `zone`, without parts of a second."""
    return moment.astimezone(zone).strftime(_FORM)


def moment(text: str, zone: tzinfo) -> datetime | None:
    """The moment (UTC) that `text` means on the clock of `zone`, or None.

    An offset in the text wins over `zone`. In the hour that a clock shows twice, the earlier moment counts. A year
    outside YEARS is a database's form of "never", so it gives None.
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
"""Requested entries per page of a list. MALL allows no more, and may return fewer."""
UNCONFIRMED = "/orders/unconfirmed"
ALL_ORDERS = "/orders"
UNDER_WAY = "in:open,shipping,shipped"


def resource(mall_order_id: int, change: MarketplaceChange | None) -> str:
    """The path, below the base address, of a read (`change` None) or of `change` (R3.15)."""
    only_tracking = change is not None and change.status is None and not change.confirm
    return f"/orders/{mall_order_id}/tracking" if only_tracking else f"/orders/{mall_order_id}"


def page_query(number: int, *, status: str, test: bool) -> str:
    """The query of page `number` (from 1) of a list, without the key (R8.14).

    `status` empty: every status but blocked.
    """
    query = f"filter=basic&page={number}&page_size={PAGE_SIZE}"
    if status:
        query += f"&status={status}"
    return f"{query}&test=1" if test else query


def wording(change: MarketplaceChange, zone: tzinfo) -> Body:
    """The body of the PUT for `change`: only fields that its status allows (R4.2).

    MALL refuses `delivered_at` with any status but Delivered. It calls `first_delivery_attempt` both required and
    optional, so it is always sent with `delivered_at`. Tracking is sent with Shipped or alone.
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
