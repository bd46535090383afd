"""The routes of the HTTP API: which use case answers what, and who may ask for it."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple

from orderbridge.flows.api import (
    actions,
    audit,
    escalations,
    figures,
    orders,
    pauses,
    retries,
    returns,
    shops,
    today,
    undo,
)
from orderbridge.flows.api.escalations import close_escalation, enter_return_number

if TYPE_CHECKING:
    from collections.abc import Callable

    from orderbridge.flows.api.request import ApiRequest, Json, RoleName
    from orderbridge.ports import Ports

    UseCase = Callable[[Ports, ApiRequest], Json]

OK, ACCEPTED = HTTPStatus.OK, HTTPStatus.ACCEPTED


class Route(NamedTuple):
    """One route."""

    method: str
    """The HTTP method."""
    path: str
    """The path; ``{name}`` is a parameter."""
    role: RoleName
    """The role that the caller needs (R13.1)."""
    status: HTTPStatus
    """The status of the answer. ``ACCEPTED``: the work is done after the answer."""
    use_case: UseCase
    """What answers."""


ROUTES: tuple[Route, ...] = (
    Route("POST", "/sync", "operator", ACCEPTED, shops.sync),
    Route("POST", "/reconcile", "operator", ACCEPTED, shops.reconcile),
    Route("POST", "/pause", "operator", OK, pauses.pause),
    Route("POST", "/resume", "operator", OK, pauses.resume),
    Route("GET", "/health", "viewer", OK, shops.health),
    Route("GET", "/settings", "viewer", OK, shops.show_settings),
    Route("GET", "/orders", "viewer", OK, orders.list_orders),
    Route("GET", "/orders/{mall_order_id}", "viewer", OK, orders.order_detail),
    Route("POST", "/orders/{mall_order_id}/retry", "operator", ACCEPTED, orders.retry),
    Route("POST", "/orders/{mall_order_id}/undo", "operator", OK, undo.undo_step),
    Route("POST", "/orders/retry", "operator", ACCEPTED, retries.retry_orders),
    Route("GET", "/today", "viewer", OK, today.today),
    Route("GET", "/returns", "viewer", OK, returns.list_returns),
    Route("POST", "/returns/{mall_order_id}/resolve", "operator", OK, returns.resolve_return),
    Route("POST", "/returns/{mall_order_id}/returned", "operator", ACCEPTED, returns.request_returned),
    Route("GET", "/escalations", "viewer", OK, escalations.list_escalations),
    Route("POST", "/escalations/{mall_order_id}/{cause}/close", "operator", OK, close_escalation),
    Route("POST", "/escalations/{mall_order_id}/{cause}/return-number", "operator", OK, enter_return_number),
    Route("GET", "/figures", "viewer", OK, figures.show_figures),
    Route("GET", "/actions", "viewer", OK, actions.list_actions),
    Route("GET", "/audit", "viewer", OK, audit.audit),
)  # fmt: skip
"""Every route of the API but those of the webhook and of the OpenAPI document."""
