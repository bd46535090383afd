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
from orderbridge.flows.api import escalations as api_escalations
from orderbridge.flows.api import figures as api_figures
from orderbridge.flows.api import orders as api_orders
from orderbridge.flows.api import retries as api_retry
from orderbridge.flows.api import returns as api_returns
from orderbridge.flows.api import shops as api_shops
from orderbridge.flows.api.answers import refusal
from orderbridge.flows.api.request import ApiRequest, Json, unknown_path
from orderbridge.telemetry import logger
from orderbridge.texts import best_language

if TYPE_CHECKING:
    from collections.abc import Callable

    from aws_lambda_powertools.utilities.typing import LambdaContext

    from orderbridge.ports import Ports

    UseCase = Callable[[Ports, ApiRequest], Json]

OK, ACCEPTED = HTTPStatus.OK, HTTPStatus.ACCEPTED
REFUSALS = {BadRequestError: 400, NotFoundError: 404, UnreadableOrderError: 500}
CASE = "/escalations/<mall_order_id>/<cause>"
# ACCEPTED: the work is done after the answer.
ROUTES: tuple[tuple[str, str, HTTPStatus, UseCase], ...] = (
    ("POST", "/sync", ACCEPTED, api_shops.sync),
    ("POST", "/reconcile", ACCEPTED, api_shops.reconcile),
    ("GET", "/health", OK, api_shops.health),
    ("GET", "/orders", OK, api_orders.list_orders),
    ("GET", "/orders/<mall_order_id>", OK, api_orders.order_detail),
    ("POST", "/orders/<mall_order_id>/retry", ACCEPTED, api_orders.retry),
    ("POST", "/orders/retry", ACCEPTED, api_retry.retry_orders),
    ("GET", "/returns", OK, api_returns.list_returns),
    ("POST", "/returns/<mall_order_id>/resolve", OK, api_returns.resolve_return),
    ("POST", "/returns/<mall_order_id>/returned", ACCEPTED, api_returns.request_returned),
    ("GET", "/escalations", OK, api_escalations.list_escalations),
    ("POST", f"{CASE}/close", OK, api_escalations.close_escalation),
    ("POST", f"{CASE}/return-number", OK, api_escalations.enter_return_number),
    ("GET", "/figures", OK, api_figures.show_figures),
)

app = APIGatewayRestResolver()


def _asked(path: dict[str, str]) -> ApiRequest:
    """The call in the flows' words."""
    event = app.current_event
    authorizer, query = event.request_context.authorizer, event.query_string_parameters
    shops = [name for name in str(authorizer.get("shops") or "").split(",") if name]
    language = best_language(event.headers.get("Accept-Language", ""))
    return ApiRequest(str(authorizer.principal_id), shops, path, query, event.decoded_body or "", language)


def _add(method: str, rule: str, status: HTTPStatus, use_case: UseCase) -> None:
    @app.route(rule, method=method)
    def answer(**path: str) -> tuple[Json, int]:
        return use_case(bootstrap.from_environment(), _asked(path)), status


for route in ROUTES:
    _add(*route)


def refused(problem: ExplainedError) -> Response[str]:
    """What was asked makes no sense (400), is not there (404), or cannot be read: not the caller's fault (500)."""
    body = refusal(problem.reason, bootstrap.from_environment().shops, _asked({}))
    return Response(REFUSALS[type(problem)], APPLICATION_JSON, json.dumps(body, ensure_ascii=False))


app.exception_handler([*REFUSALS])(refused)


@app.not_found
def no_such_path(_problem: Exception) -> Response[str]:
    """A path or a method that API Gateway knows and this function does not."""
    return refused(unknown_path())


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Routes by method and path."""
    return app.resolve(event, context)
