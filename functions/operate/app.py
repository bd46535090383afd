"""operate: the HTTP API for the shop's people and their tools. Every answer is JSON.

``authorize`` has let the caller in. The request carries the operator's name and the shops that the token may see.
"""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.content_types import APPLICATION_JSON

from orderbridge import bootstrap
from orderbridge.errors import BadRequestError, ExplainedError, NotFoundError, UnreadableOrderError
from orderbridge.flows.api import escalations, figures, orders, retries, returns, shops
from orderbridge.flows.api.answers import no_such_path, refusal
from orderbridge.flows.api.request import ApiRequest, Json
from orderbridge.telemetry import logger
from orderbridge.texts import best_language

if TYPE_CHECKING:
    from collections.abc import Callable

    from aws_lambda_powertools.utilities.typing import LambdaContext

    from orderbridge.ports import Ports

    UseCase = Callable[[Ports, ApiRequest], Json]

OK, ACCEPTED = HTTPStatus.OK, HTTPStatus.ACCEPTED
WRONG, NOT_THERE, FAILED = HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.INTERNAL_SERVER_ERROR
REFUSALS = {BadRequestError: WRONG, NotFoundError: NOT_THERE, UnreadableOrderError: FAILED}


# ACCEPTED: the work is done after the answer.
ROUTES: tuple[tuple[str, str, HTTPStatus, UseCase], ...] = (
    ("POST", "/sync", ACCEPTED, shops.sync),
    ("POST", "/reconcile", ACCEPTED, shops.reconcile),
    ("GET", "/health", OK, shops.health),
    ("GET", "/orders", OK, orders.list_orders),
    ("GET", "/orders/<mall_order_id>", OK, orders.order_detail),
    ("POST", "/orders/<mall_order_id>/retry", ACCEPTED, orders.retry),
    ("POST", "/orders/retry", ACCEPTED, retries.retry_orders),
    ("GET", "/returns", OK, returns.list_returns),
    ("POST", "/returns/<mall_order_id>/resolve", OK, returns.resolve_return),
    ("POST", "/returns/<mall_order_id>/returned", ACCEPTED, returns.request_returned),
    ("GET", "/escalations", OK, escalations.list_escalations),
    ("POST", "/escalations/<mall_order_id>/<cause>/close", OK, escalations.close_escalation),
    ("POST", "/escalations/<mall_order_id>/<cause>/return-number", OK, escalations.enter_return_number),
    ("GET", "/figures", OK, figures.show_figures),
)

app = APIGatewayRestResolver()


def _asked(path: dict[str, str]) -> ApiRequest:
    """The call in the flows' words."""
    event = app.current_event
    authorizer = event.request_context.authorizer
    allowed = [name for name in str(authorizer.get("shops") or "").split(",") if name]
    query = event.query_string_parameters
    language = best_language(event.headers.get("Accept-Language", ""))
    return ApiRequest(str(authorizer.principal_id), allowed, path, query, event.decoded_body or "", language)


def _add(method: str, rule: str, status: HTTPStatus, use_case: UseCase) -> None:
    @app.route(rule, method=method)
    def answer(**path: str) -> tuple[Json, int]:
        return use_case(bootstrap.from_environment(), _asked(path)), status


for route in ROUTES:
    _add(*route)


@app.exception_handler([*REFUSALS])  # type: ignore[untyped-decorator] # Powertools leaves it so
def refused(problem: ExplainedError) -> Response[str]:
    """The request makes no sense (400), is about nothing we have (404), or meets an unreadable record (500)."""
    body = refusal(problem.reason, bootstrap.from_environment().shops, _asked({}))
    return Response(REFUSALS[type(problem)], APPLICATION_JSON, json.dumps(body, ensure_ascii=False))


@app.not_found
def nothing_here(_problem: Exception) -> Response[str]:
    """A path or a method that API Gateway knows and this function does not."""
    body = no_such_path(bootstrap.from_environment().shops, _asked({}))
    return Response(NOT_THERE, APPLICATION_JSON, json.dumps(body, ensure_ascii=False))


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Routes by method and path."""
    return app.resolve(event, context)
