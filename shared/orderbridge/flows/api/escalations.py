"""The list of escalations: errors that no retry can correct, with everything that is needed to settle them (R6.1)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated

from pydantic import BeforeValidator, Field

from orderbridge.domain.cases import escalations
from orderbridge.domain.cases.records import Cause, Item, ReturnDocument
from orderbridge.domain.codes.persons import PersonReason
from orderbridge.domain.facts import ShopText, Term
from orderbridge.domain.reasons import because
from orderbridge.flows.api.actions import WhyBody, record_action
from orderbridge.flows.api.request import (
    Body,
    body_of,
    number_as_text,
    one_of,
    order_number,
    shop_of,
)
from orderbridge.flows.api.stored import change_order, filtered_orders
from orderbridge.flows.api.views import escalations_entry, reader_of
from orderbridge.redaction import redact_words

if TYPE_CHECKING:
    from datetime import datetime

    from orderbridge.domain.cases.records import Escalation
    from orderbridge.domain.orders import OrderState
    from orderbridge.domain.shops import ShopRecord
    from orderbridge.flows.api.request import ApiRequest, Json
    from orderbridge.ports import Ports

STATES = ("open", "closed", "all")


class CloseBody(WhyBody):
    """Body of a request to close an escalation: how a person settled it."""

    note: str
    """Also the record's ``why``, unless the body has one."""


class ReturnedItem(Body):
    """One item of a return document."""

    title: Annotated[str, Field(max_length=300)]
    pieces: Annotated[str, Field(max_length=20), BeforeValidator(number_as_text)]


class ReturnNumberBody(WhyBody):
    """Body with the return number that MALL's Operations sent (R6.6). Without `items` the whole order is returned."""

    return_number: Annotated[str, Field(max_length=40), BeforeValidator(number_as_text)]
    items: Annotated[tuple[ReturnedItem, ...], Field(max_length=200)] = ()


def list_escalations(ports: Ports, request: ApiRequest) -> Json:
    """One page of the list of escalations; the orders with the latest change come first.

    ``?limit=`` counts orders, so an order with two escalations gives two entries. ``?state=`` is ``open``, ``closed``
    or ``all`` (``open`` by default). Only open escalations have an index; for the others all orders are read, page by
    page. ``unreadable`` has the numbers of orders whose records cannot be read: they may belong on the page.

    Raises BadRequestError for a wrong parameter, NotFoundError for an unknown shop.
    """
    record, query = shop_of(ports.shops, request), request.query
    cause = one_of("cause", query.get("cause"), Cause)
    state = one_of("state", query.get("state"), STATES) or "open"
    reader = reader_of(request, record)

    def wanted(escalation: Escalation) -> bool:
        if cause is not None and escalation.cause != cause:
            return False
        return state == "all" or escalation.open == (state == "open")

    page = filtered_orders(
        ports.ledger,
        request,
        record.shop,
        "escalation" if state == "open" else None,
        lambda order: any(map(wanted, order.cases.escalations)),
    )
    entries = [
        escalations_entry(order, escalation, record.settings.rules, reader)
        for order in page.orders
        for escalation in order.cases.escalations
        if wanted(escalation)
    ]
    return {
        "shop": record.shop,
        "escalations": entries,
        "next_cursor": page.cursor,
        "unreadable": list(page.unreadable),
    }


def close_escalation(ports: Ports, request: ApiRequest) -> Json:
    """Closes an escalation that a person says is settled. It stays closed while the facts stay the same (R6.3).

    Atomic, as in ``change_order``. Raises BadRequestError for a wrong body or an escalation that is not open,
    NotFoundError for an unknown shop or order.
    """
    record, number, cause = _named(ports, request)
    body = body_of(request, CloseBody)
    note = redact_words(body.note, number)
    what = because(PersonReason.ESCALATION_CLOSED, cause=Term(cause))
    on_record = partial(record_action, ports, request, record.shop, what, number, body.why or body.note)

    def settle(order: OrderState, now: datetime) -> OrderState:
        return escalations.close(order, cause, request.by, note, now)

    return _shown(request, record, change_order(ports, record, number, settle, on_record), cause)


def enter_return_number(ports: Ports, request: ApiRequest) -> Json:
    """Stores the return number that MALL's Operations sent. The answer has everything for the credit note (R6.6, R6.7).

    Idempotent: the same number changes nothing, another number replaces the first. Atomic, as in ``change_order``.
    Raises BadRequestError for a wrong body or where no wrong Delivered is open, NotFoundError for an unknown shop or
    order.
    """
    record, number, cause = _named(ports, request)
    body = body_of(request, ReturnNumberBody)
    what = because(PersonReason.RETURN_NUMBER, number=ShopText(body.return_number))
    on_record = partial(record_action, ports, request, record.shop, what, number, body.why)
    items = tuple(Item(redact_words(item.title, number), item.pieces) for item in body.items)

    def enter(order: OrderState, now: datetime) -> OrderState:
        document = ReturnDocument(body.return_number, now, request.by, items)
        return escalations.enter_return_number(order, cause, document)

    return _shown(request, record, change_order(ports, record, number, enter, on_record), cause)


def _named(ports: Ports, request: ApiRequest) -> tuple[ShopRecord, int, Cause]:
    """The shop, the order number and the cause in the request's path. Raises BadRequestError or NotFoundError."""
    record, number = shop_of(ports.shops, request), order_number(request.path["mall_order_id"])
    return record, number, Cause(str(one_of("cause", request.path["cause"], Cause)))


def _shown(request: ApiRequest, record: ShopRecord, order: OrderState, cause: Cause) -> Json:
    escalation = next(escalation for escalation in order.cases.escalations if escalation.cause is cause)
    rules, reader = record.settings.rules, reader_of(request, record)
    return {"shop": record.shop, **escalations_entry(order, escalation, rules, reader)}
