"""A person asks to try many orders again, by what holds them: after a fault of ours or of MALL's was mended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orderbridge.domain.codes.api import RequestReason
from orderbridge.domain.facts import Term
from orderbridge.domain.holds import HoldCode
from orderbridge.domain.reasons import because
from orderbridge.errors import BadRequestError
from orderbridge.flows.api.orders import retry_order
from orderbridge.flows.api.request import one_of, page_size, shop_of
from orderbridge.flows.api.views import iso

if TYPE_CHECKING:
    from orderbridge.flows.api.request import ApiRequest, Json
    from orderbridge.ports import Ports

DECIDED_BY_A_RETRY = frozenset({HoldCode.TWO_ORDERS, HoldCode.REOPENED})
"""Holds that a retry decides: each is one person's word about one order."""


def retry_orders(ports: Ports, request: ApiRequest) -> Json:
    """Retries the orders under one hold (``?hold=``), the latest held first, one page (``?limit=``) at a time.

    Every one of them costs a read at MALL, so nobody asks for all at once: ``more`` says whether there are others, and
    the same call again takes those that are held then. An order whose hold stays is retried again by the next call.
    Raises BadRequestError for a hold that is unknown or missing, and for one that a retry decides.
    """
    record, now = shop_of(ports.shops, request), ports.clock.now()
    hold = one_of("hold", request.query.get("hold"), sorted(HoldCode))
    if hold is None:
        allowed = tuple(map(Term, sorted(set(HoldCode) - DECIDED_BY_A_RETRY)))
        raise BadRequestError(because(RequestReason.HOLD_MISSING, allowed=allowed))
    if hold in DECIDED_BY_A_RETRY:
        raise BadRequestError(because(RequestReason.DECIDED_ONE_BY_ONE, hold=Term(hold)))
    page = ports.ledger.orders(record.shop, hold=hold, limit=page_size(request.query.get("limit")))
    for order in page.orders:
        number = str(order.mall_order_id)
        retry_order(ports, record.shop, number)
    return {
        "shop": record.shop,
        "hold": hold,
        "requested_at": iso(now),
        "orders": [order.mall_order_id for order in page.orders],
        "more": page.cursor is not None,
        "unreadable": list(page.unreadable),
    }
