"""Orders in the HTTP API: the list, one order's detail, and the retry."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from orderbridge.domain.codes.api import RequestedReason, RequestReason
from orderbridge.domain.codes.persons import PersonReason
from orderbridge.domain.holds import HoldCode
from orderbridge.domain.lists import Listing
from orderbridge.domain.reasons import because
from orderbridge.domain.search import MAX_NUMBER, normalised
from orderbridge.domain.statuses import MarketplaceStatus
from orderbridge.errors import BadRequestError, CursorError
from orderbridge.flows.api.actions import record_action, why_of
from orderbridge.flows.api.request import (
    ApiRequest,
    Json,
    one_of,
    order_number,
    page_size,
    shop_of,
    unknown_order,
)
from orderbridge.flows.api.request_slots import RECHECKS, slot_for, when_done
from orderbridge.flows.api.undo import release
from orderbridge.flows.api.views import detail, iso, reader_of, summary
from orderbridge.messages import ORDER_UPDATE, ListingUpdate, NotInExport, Recheck, ShopUpdate

if TYPE_CHECKING:
    from datetime import datetime

    from orderbridge.domain.lists import OrderPage
    from orderbridge.ports import Ports

MAX_FOUND = 49
"""Maximum number of orders that a search finds: those of both indexes fit into one request to the table."""


def list_orders(ports: Ports, request: ApiRequest) -> Json:
    """One page of the shop's orders, the latest change first. ``?hold=`` is a hold's code, or ``any``.

    ``?search=`` selects the orders that have this number: MALL's, the shop's, or the parcel's (see ``search``), first
    the one with MALL's number. It goes with the other filters, and its page is the only one.

    ``unreadable`` has the numbers of orders that belong on the page but whose records cannot be read. Raises
    BadRequestError for a wrong parameter, NotFoundError for an unknown shop.
    """
    record, query = shop_of(ports.shops, request), request.query
    status = one_of("status", query.get("status"), [*MarketplaceStatus, "unknown"])
    hold = one_of("hold", query.get("hold"), [*HoldCode, "any"])
    size, text = page_size(query.get("limit")), query.get("search")
    if text is not None:
        page = _found(ports, Listing(record.shop, status, hold), text, min(size, MAX_FOUND))
    else:
        try:
            page = ports.ledger.orders(
                record.shop, status=status, hold=hold, limit=size, cursor=query.get("cursor")
            )
        except CursorError as problem:
            raise BadRequestError(problem.reason) from None
    reader, now = reader_of(request, record), ports.clock.now()
    return {
        "shop": record.shop,
        "orders": [summary(order, reader, now) for order in page.orders],
        "next_cursor": page.cursor,
        "unreadable": list(page.unreadable),
    }


def _found(ports: Ports, which: Listing, text: str, limit: int) -> OrderPage:
    """At most `limit` orders that are found by `text` and are on the list `which`. Raises BadRequestError."""
    if not normalised(text):
        raise BadRequestError(because(RequestReason.SEARCH, limit=MAX_NUMBER))
    page = ports.ledger.find(which.shop, text, limit)
    return replace(page, orders=tuple(filter(which.has, page.orders)))


def order_detail(ports: Ports, request: ApiRequest) -> Json:
    """Everything about one order: both sides, every step with its attempts, and why nothing is sent.

    Raises NotFoundError for an unknown shop or order, UnreadableOrderError where the order's record cannot be read.
    """
    record, number = shop_of(ports.shops, request), order_number(request.path["mall_order_id"])
    history = ports.ledger.history(record.shop, number)
    if history is None:
        raise unknown_order(record.shop, number)
    return detail(history, record.settings.rules, reader_of(request, record), ports.clock.now())


def retry(ports: Ports, request: ApiRequest) -> Json:
    """A person retries one order, see ``retry_order``. Requests for one order are merged and spaced (R9.16).

    A step that a person took back is released (R2.18): the retry says that it was right. Raises BadRequestError for a
    wrong body, NotFoundError for an unknown shop or order.
    """
    record, number = shop_of(ports.shops, request), order_number(request.path["mall_order_id"])
    order = ports.ledger.load(record.shop, number)
    if order is None:
        raise unknown_order(record.shop, number)
    why = why_of(request)
    record_action(ports, request, record.shop, because(PersonReason.RETRY), number, why)
    if order.work.undone is not None:
        release(ports, record.shop, number)
    now = ports.clock.now()
    with slot_for(ports, f"retry#{number}", record.shop, RECHECKS, now) as slot:
        if slot.new:
            retry_order(ports, record.shop, str(number), recheck_at=slot.at)
    result = when_done(because(RequestedReason.RECHECK), slot, now, request, record)
    return {"shop": record.shop, "mall_order_id": number, "requested_at": iso(now), **result}


def retry_order(ports: Ports, shop: str, mall_order_id: str, *, recheck_at: datetime | None = None) -> None:
    """Requests a recheck for a person: MALL is read again, refusals and parking end, parked updates are sent again.

    `recheck_at` (UTC): MALL is not read before it. At least once: if a message is not sent, the error is raised and
    those before it stay sent; another retry is harmless. Raises NotFoundError for an unknown order.
    """
    number = order_number(mall_order_id)
    history = ports.ledger.history(shop, number)
    if history is None:
        raise unknown_order(shop, number)
    changes = [_change(letter.body) for letter in history.dead_letters]
    if shop_updates := [change for change in changes if isinstance(change, ShopUpdate)]:
        ports.queues.send_shop_updates(shop_updates)
    if listed := [change for change in changes if isinstance(change, ListingUpdate)]:
        ports.queues.send_listing_updates(listed)
    now = ports.clock.now()
    ports.queues.request_rechecks(
        [
            Recheck(
                shop=shop,
                mall_order_id=number,
                requested_at=max(now, recheck_at or now),
                reason=f"asked:{now.isoformat()}",
                reread=True,
            )
        ]
    )


def _change(body: str) -> ShopUpdate | NotInExport | Recheck | ListingUpdate | None:
    """The update in a dead letter's body. None: the body is a step or cannot be read."""
    try:
        return ORDER_UPDATE.validate_json(body)
    except ValueError:
        return None
