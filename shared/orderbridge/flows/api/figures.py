"""The shop's figures over some days, counted as MALL measures its partners (R6.21 to R6.24)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from orderbridge.domain.cases.figures import figures
from orderbridge.domain.codes.api import RequestReason
from orderbridge.domain.dates import begin_of
from orderbridge.domain.lists import Period
from orderbridge.domain.reasons import because
from orderbridge.errors import BadRequestError
from orderbridge.flows.api.request import day, shop_of
from orderbridge.flows.api.views import iso, reader_of
from orderbridge.flows.common.stored_orders import FirstOrders, every_page

if TYPE_CHECKING:
    from datetime import date

    from orderbridge.domain.cases.figures import ClickToStatus, Figure
    from orderbridge.flows.api.request import ApiRequest, Json
    from orderbridge.flows.api.views import Reader
    from orderbridge.ports import Ports

DAYS = 30
"""Number of days unless the caller names them: MALL's own period."""
MAX_DAYS = 366
"""Maximum number of days in one request."""
MAX_ORDERS = 20_000
"""Maximum number of orders that are counted, the latest changed first: the caller waits for the answer."""
MAX_READING = timedelta(seconds=15)
"""How long pages of orders are read. It ends 10 seconds before the function's timeout."""


def show_figures(ports: Ports, request: ApiRequest) -> Json:
    """The figures of the orders that MALL opened on the days ``?from=`` to ``?to=``, both included, in the shop's zone.

    Rates are percentages. ``complete`` False: there are more orders than were counted. Those that changed last were, so
    request a later first day. ``unreadable`` has the numbers of orders that were left out because their records cannot
    be read.

    Raises BadRequestError for wrong days, NotFoundError for an unknown shop.
    """
    record = shop_of(ports.shops, request)
    rules, reader = record.settings.rules, reader_of(request, record)
    zone, now = ZoneInfo(rules.shop_zone), ports.clock.now()
    first, last = _days(request, now.astimezone(zone).date())
    since, before = begin_of(first, zone), begin_of(last + timedelta(days=1), zone)
    orders = FirstOrders(
        every_page(ports.ledger, record.shop, changed=Period(since=since)),
        MAX_ORDERS,
        lambda: ports.clock.now() < now + MAX_READING,
    )
    found = figures(orders, rules, since, before, now)
    return {
        "shop": record.shop,
        "from": first.isoformat(),
        "to": last.isoformat(),
        "since": iso(found.since),
        "before": iso(found.before),
        "complete": not orders.cut,
        "unreadable": orders.unreadable,
        "orders": found.orders,
        "cancel_rate": _figure(found.cancel_rate, reader),
        "status_errors": _figure(found.status_errors, reader),
        "tracking_rate": _figure(found.tracking_rate, reader),
        "late_delivered": _figure(found.late_delivered, reader),
        "click_to_status": [_click(one) for one in found.click_to_status],
    }


def _days(request: ApiRequest, today: date) -> tuple[date, date]:
    """The first and the last requested day. Raises BadRequestError."""
    last = day("to", request.query.get("to")) or today
    first = day("from", request.query.get("from")) or last - timedelta(days=DAYS - 1)
    if last < first:
        raise BadRequestError(because(RequestReason.PERIOD_TURNED, first=first, last=last))
    if (last - first).days >= MAX_DAYS:
        raise BadRequestError(because(RequestReason.PERIOD_TOO_LONG, first=first, last=last, limit=MAX_DAYS))
    return first, last


def _figure(figure: Figure, reader: Reader) -> Json:
    return {
        "value": None if figure.value is None else round(figure.value, 2),
        "limit": figure.limit,
        "other_limit": figure.other_limit,
        "ok": figure.ok,
        "count": figure.count,
        "total": figure.total,
        "orders": list(figure.orders),
        "counts": reader.explained(figure.counts),
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
