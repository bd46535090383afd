"""The shop's own figures over some days, the way MALL measures its partners."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from orderbridge.domain.figures import figures
from orderbridge.flows.operate_asked import BadRequestError, day, shop_of
from orderbridge.flows.operate_shown import iso
from orderbridge.ports import Period

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orderbridge.domain.figures import ClickToStatus, Figure
    from orderbridge.domain.orders import OrderState
    from orderbridge.flows.operate_asked import Asked, Json
    from orderbridge.ports import Ledger, Ports

DAYS = 30
"""So many days unless the caller says otherwise: what MALL looks at."""
MOST_DAYS = 366
PAGE = 200
MOST_ORDERS = 20_000
"""So many orders are counted, the latest changed first: the caller waits for the answer."""


def show_figures(asked: Asked, ports: Ports) -> Json:
    """The figures of the orders that were opened on the days ``?from=`` to ``?to=`` (the shop's zone, both included).

    ``complete`` is False when there were more orders than are counted: then ask for fewer days.
    """
    record = shop_of(asked, ports.shops)
    rules = record.settings.rules
    zone = ZoneInfo(rules.shop_zone)
    first, last = _days(asked, ports.clock.now().astimezone(zone).date())
    since, before = _begin(first, zone), _begin(last + timedelta(days=1), zone)
    orders = _Orders(record.shop, since, ports.ledger)
    found = figures(orders, rules, since, before)
    return {
        "shop": record.shop,
        "from": first.isoformat(),
        "to": last.isoformat(),
        "since": iso(found.since),
        "before": iso(found.before),
        "complete": not orders.cut,
        "orders": found.orders,
        "cancel_rate": _figure(found.cancel_rate),
        "status_errors": _figure(found.status_errors),
        "tracking_rate": _figure(found.tracking_rate),
        "late_delivered": _figure(found.late_delivered),
        "click_to_status": [_click(one) for one in found.click_to_status],
    }


def _days(asked: Asked, today: date) -> tuple[date, date]:
    """The first and the last day that are asked for. Raises BadRequestError."""
    last = day("to", asked.query.get("to")) or today
    first = day("from", asked.query.get("from")) or last - timedelta(days=DAYS - 1)
    if last < first:
        msg = f"from {first} is later than to {last}: both are included, the earlier one comes first"
        raise BadRequestError(msg)
    if (last - first).days >= MOST_DAYS:
        msg = f"from {first} to {last} is more than {MOST_DAYS} days: ask for fewer"
        raise BadRequestError(msg)
    return first, last


def _begin(begins: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(begins, time.min, zone).astimezone(UTC)


class _Orders:
    """The shop's orders that changed since the period began, read page by page. `cut`: there are more."""

    def __init__(self, shop: str, since: datetime, ledger: Ledger) -> None:
        self.cut = False
        self._shop = shop
        self._changed = Period(since=since)
        self._ledger = ledger

    def __iter__(self) -> Iterator[OrderState]:
        cursor, left = None, MOST_ORDERS
        while left:
            page = self._ledger.orders(
                self._shop, changed=self._changed, limit=min(PAGE, left), cursor=cursor
            )
            yield from page.orders
            left -= len(page.orders)
            cursor = page.cursor
            if cursor is None:
                return
        self.cut = True


def _figure(figure: Figure) -> Json:
    return {
        "value": None if figure.value is None else round(figure.value, 2),
        "limit": figure.limit,
        "other_limit": figure.other_limit,
        "ok": figure.ok,
        "count": figure.count,
        "total": figure.total,
        "orders": list(figure.orders),
    }


def _click(found: ClickToStatus) -> Json:
    return {
        "status": found.status.value,
        "count": found.count,
        "median_seconds": round(found.median_seconds, 1),
        "percentile_95_seconds": round(found.percentile_95_seconds, 1),
        "longest_seconds": round(found.longest_seconds, 1),
        "slowest": [
            {"mall_order_id": wait.mall_order_id, "seconds": round(wait.seconds, 1)} for wait in found.slowest
        ],
    }
