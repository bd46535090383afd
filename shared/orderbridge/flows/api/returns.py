"""The list of returns: parcels that came back or may have, and what people decide about them (R5)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated

from pydantic import AliasChoices, Field

from orderbridge.domain.cases import returns
from orderbridge.domain.cases.records import Resolution, ReturnKind
from orderbridge.domain.codes.persons import PersonReason
from orderbridge.domain.reasons import because
from orderbridge.flows.api.actions import WhyBody, record_action, why_of
from orderbridge.flows.api.request import (
    body_of,
    one_of,
    order_number,
    shop_of,
)
from orderbridge.flows.api.stored import change_order, filtered_orders
from orderbridge.flows.api.views import iso, reader_of, returns_entry
from orderbridge.messages import Recheck
from orderbridge.redaction import redact_words

if TYPE_CHECKING:
    from datetime import datetime

    from orderbridge.domain.orders import OrderState
    from orderbridge.flows.api.request import ApiRequest, Json
    from orderbridge.flows.api.views import Reader
    from orderbridge.ports import Ports

STATES = ("open", "resolved", "all")


class ResolveBody(WhyBody):
    """Body of a request to resolve an entry: how a person settled it, as `note` or `reason`."""

    note: Annotated[str, Field(validation_alias=AliasChoices("note", "reason"))]
    """Also the record's ``why``, unless the body has one."""


def list_returns(ports: Ports, request: ApiRequest) -> Json:
    """One page of the list of returns, the latest change first.

    ``?state=`` is ``open``, ``resolved`` or ``all`` (``open`` by default). Only open entries have an index; for the
    others all orders are read, page by page. ``unreadable`` has the numbers of orders whose records cannot be read:
    they may belong on the page. Raises BadRequestError for a wrong parameter, NotFoundError for an unknown shop.
    """
    record, query = shop_of(ports.shops, request), request.query
    kind = one_of("kind", query.get("kind"), ReturnKind)
    state = one_of("state", query.get("state"), STATES) or "open"

    def wanted(order: OrderState) -> bool:
        flag = order.cases.return_flag
        if flag is None or (kind is not None and flag.kind != kind):
            return False
        return state == "all" or flag.open == (state == "open")

    page = filtered_orders(ports.ledger, request, record.shop, "return" if state == "open" else None, wanted)
    reader = reader_of(request, record)
    now = ports.clock.now()
    entries = [
        returns_entry(order, order.cases.return_flag, reader, now)
        for order in page.orders
        if order.cases.return_flag is not None
    ]
    return {
        "shop": record.shop,
        "returns": entries,
        "next_cursor": page.cursor,
        "unreadable": list(page.unreadable),
    }


def resolve_return(ports: Ports, request: ApiRequest) -> Json:
    """Resolves the order's entry, because a person says that it is settled. It is not listed again (R5.7).

    Nothing is sent to MALL or the shop. Atomic, as in ``change_order``. Raises BadRequestError for a wrong body or
    without an open entry, NotFoundError for an unknown shop or order.
    """
    record, number = shop_of(ports.shops, request), order_number(request.path["mall_order_id"])
    body = body_of(request, ResolveBody)
    note = redact_words(body.note, number)
    what = because(PersonReason.RETURN_RESOLVED)
    on_record = partial(record_action, ports, request, record.shop, what, number, body.why or body.note)

    def settle(order: OrderState, now: datetime) -> OrderState:
        return returns.resolve(order, Resolution(now, request.by, note))

    order = change_order(ports, record, number, settle, on_record)
    return {"shop": record.shop, **_shown(order, reader_of(request, record), ports.clock.now())}


def request_returned(ports: Ports, request: ApiRequest) -> Json:
    """A person requests Returned at MALL, because the parcel is back (R5.9). It is sent after the undo window (R2.12).

    The request is stored, and the order due, before ``map_state`` gets a message: if the process dies in between,
    ``retry_transitions`` finds the order. Raises BadRequestError, which says why not and what to do instead, and
    NotFoundError for an unknown shop or order.
    """
    record, number = shop_of(ports.shops, request), order_number(request.path["mall_order_id"])
    rules, why = record.settings.rules, why_of(request)
    what = because(PersonReason.RETURNED_REQUESTED)
    on_record = partial(record_action, ports, request, record.shop, what, number, why)

    def with_request(order: OrderState, now: datetime) -> OrderState:
        return returns.request_returned(order, rules, request.by, now)

    order = change_order(ports, record, number, with_request, on_record)
    now = ports.clock.now()
    recheck = Recheck(
        shop=record.shop,
        mall_order_id=number,
        requested_at=now,
        reason=f"returned:{now.isoformat()}",
    )
    ports.queues.request_rechecks([recheck])
    return {
        "shop": record.shop,
        "requested_at": iso(now),
        **_shown(order, reader_of(request, record), now),
    }


def _shown(order: OrderState, reader: Reader, now: datetime) -> Json:
    if order.cases.return_flag is None:
        return {"mall_order_id": order.mall_order_id}
    return returns_entry(order, order.cases.return_flag, reader, now)
