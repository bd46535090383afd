"""A person retries many orders at once, selected by their hold, after an error of ours or MALL's was corrected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orderbridge.domain.codes.api import RequestReason
from orderbridge.domain.codes.persons import PersonReason
from orderbridge.domain.facts import Term
from orderbridge.domain.holds import HoldCode
from orderbridge.domain.reasons import because
from orderbridge.errors import BadRequestError
from orderbridge.flows.api.actions import record_action, why_of
from orderbridge.flows.api.orders import retry_order
from orderbridge.flows.api.request import one_of, page_size, shop_of
from orderbridge.flows.api.views import iso

if TYPE_CHECKING:
    from orderbridge.flows.api.request import ApiRequest, Json
    from orderbridge.ports import Ports

DECIDED_BY_A_RETRY = frozenset({HoldCode.TWO_ORDERS, HoldCode.REOPENED, HoldCode.UNDONE_BY_PERSON})
"""Holds whose retry is a decision about one order: they are retried one by one (R1.22, R2.13, R2.18)."""


def retry_orders(ports: Ports, request: ApiRequest) -> Json:
    """Retries one page of the orders under one hold (``?hold=``, ``?limit=``), the latest held first.

    Each costs a read at MALL, so one request takes one page. ``more``: there are further orders; the same request again
    takes those that are held by then. An order whose hold stays is retried again by it. The request is on record, and
    each order's retry (R13.3). At least once: if sending fails, the error is raised and the orders before it stay
    retried.

    Raises BadRequestError for an unknown or missing hold, one of ``DECIDED_BY_A_RETRY``, and a wrong body.
    """
    record, now = shop_of(ports.shops, request), ports.clock.now()
    hold = one_of("hold", request.query.get("hold"), sorted(HoldCode))
    if hold is None:
        allowed = tuple(map(Term, sorted(set(HoldCode) - DECIDED_BY_A_RETRY)))
        raise BadRequestError(because(RequestReason.HOLD_MISSING, allowed=allowed))
    if hold in DECIDED_BY_A_RETRY:
        raise BadRequestError(because(RequestReason.DECIDED_ONE_BY_ONE, hold=Term(hold)))
    why, size = why_of(request), page_size(request.query.get("limit"))
    page = ports.ledger.orders(record.shop, hold=hold, limit=size)
    what = because(PersonReason.RETRY_HELD, hold=Term(hold), orders=len(page.orders))
    record_action(ports, request, record.shop, what, why=why)
    of_one = because(PersonReason.RETRY_OF_HELD, hold=Term(hold))
    for order in page.orders:
        record_action(ports, request, record.shop, of_one, order.mall_order_id, why)
        retry_order(ports, record.shop, str(order.mall_order_id))
    return {
        "shop": record.shop,
        "hold": hold,
        "requested_at": iso(now),
        "orders": [order.mall_order_id for order in page.orders],
        "more": page.cursor is not None,
        "unreadable": list(page.unreadable),
    }
