"""The lists: orders, returns, escalations. Their filters are in the address, so a list can be bookmarked."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from orderbridge.console.views.order import may_ask_for_returned
from orderbridge.domain.cases.records import Cause, ReturnKind
from orderbridge.domain.holds import HoldCode
from orderbridge.domain.statuses import MarketplaceStatus
from orderbridge.errors import BadRequestError
from orderbridge.flows.api.escalations import STATES as ESCALATION_STATES
from orderbridge.flows.api.escalations import list_escalations
from orderbridge.flows.api.orders import list_orders
from orderbridge.flows.api.returns import STATES as RETURN_STATES
from orderbridge.flows.api.returns import list_returns

if TYPE_CHECKING:
    from orderbridge.console.visits import Visit
    from orderbridge.console.web import Answer

PAGE = "50"


def orders(visit: Visit) -> Answer:
    """Orders by status, hold or number. A search that finds one order leads to it."""
    query = visit.request.query
    filters = {name: query.get(name, "").strip() for name in ("q", "status", "hold")}
    asked = {"search": filters["q"], "status": filters["status"], "hold": filters["hold"]}
    problem, status = None, HTTPStatus.OK
    try:
        found = visit.ask(list_orders, {**asked, "limit": PAGE, "cursor": query.get("cursor")})
    except BadRequestError as refused:
        problem, status = visit.text_of(refused.reason), HTTPStatus.BAD_REQUEST
        found = {"orders": [], "next_cursor": None, "unreadable": []}
    alone = found["orders"]
    if filters["q"] and len(alone) == 1 and not found["unreadable"] and not visit.request.is_refresh:
        return visit.go("shops", visit.shop, "orders", alone[0]["mall_order_id"])
    return visit.page(
        "orders.html",
        status,
        found=found,
        filters=filters,
        problem=problem,
        statuses=[*(one.value for one in MarketplaceStatus), "unknown"],
        holds=[one.value for one in HoldCode],
    )


def returns(visit: Visit) -> Answer:
    """Parcels that come back."""
    query = visit.request.query
    filters = {"kind": query.get("kind", ""), "state": query.get("state") or "open"}
    found = visit.ask(list_returns, {**filters, "limit": PAGE, "cursor": query.get("cursor")})
    kinds = [one.value for one in ReturnKind]
    push_returned = visit.record.settings.rules.push_returned
    returned = [
        one["mall_order_id"] for one in found["returns"] if may_ask_for_returned(one, one, push_returned)
    ]
    return visit.page(
        "returns.html", found=found, filters=filters, kinds=kinds, states=RETURN_STATES, returned=returned
    )


def escalations(visit: Visit) -> Answer:
    """Cases that somebody must settle, each with its ready text."""
    query = visit.request.query
    filters = {"cause": query.get("cause", ""), "state": query.get("state") or "open"}
    found = visit.ask(list_escalations, {**filters, "limit": PAGE, "cursor": query.get("cursor")})
    causes = [one.value for one in Cause]
    return visit.page(
        "escalations.html", found=found, filters=filters, causes=causes, states=ESCALATION_STATES
    )
