"""operate: the HTTP API for the shop's people and their tools. Every answer is JSON, every refusal problem details.

``authorize`` has let the caller in. The request carries the operator's name and role, and the
shops that the token may see.
"""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response

from orderbridge import bootstrap
from orderbridge.flows.api import actions, escalations, figures, orders, retries, returns, shops
from orderbridge.flows.api.problems import NO_SUCH_PATH, PROBLEM_JSON, STATUS_OF, Problem, problem_of
from orderbridge.flows.api.request import ApiRequest, Json, RoleName, check_role, role_of
from orderbridge.telemetry import logger
from orderbridge.texts import best_language

if TYPE_CHECKING:
    from collections.abc import Callable

    from aws_lambda_powertools.utilities.typing import LambdaContext

    from orderbridge.errors import OrderbridgeError
    from orderbridge.ports import Ports

    UseCase = Callable[[Ports, ApiRequest], Json]

OK, ACCEPTED = HTTPStatus.OK, HTTPStatus.ACCEPTED

# The role is what the caller needs (R13.1). ACCEPTED: the work is done after the answer.
ROUTES: tuple[tuple[str, str, RoleName, HTTPStatus, UseCase], ...] = (
    ("POST", "/sync", "operator", ACCEPTED, shops.sync),
    ("POST", "/reconcile", "operator", ACCEPTED, shops.reconcile),
    ("GET", "/health", "viewer", OK, shops.health),
    ("GET", "/orders", "viewer", OK, orders.list_orders),
    ("GET", "/orders/<mall_order_id>", "viewer", OK, orders.order_detail),
    ("POST", "/orders/<mall_order_id>/retry", "operator", ACCEPTED, orders.retry),
    ("POST", "/orders/retry", "operator", ACCEPTED, retries.retry_orders),
    ("GET", "/returns", "viewer", OK, returns.list_returns),
    ("POST", "/returns/<mall_order_id>/resolve", "operator", OK, returns.resolve_return),
    ("POST", "/returns/<mall_order_id>/returned", "operator", ACCEPTED, returns.request_returned),
    ("GET", "/escalations", "viewer", OK, escalations.list_escalations),
    ("POST", "/escalations/<mall_order_id>/<cause>/close", "operator", OK, escalations.close_escalation),
    ("POST", "/escalations/<mall_order_id>/<cause>/return-number", "operator", OK, escalations.enter_return_number),
    ("GET", "/figures", "viewer", OK, figures.show_figures),
    ("GET", "/actions", "viewer", OK, actions.list_actions),
)  # fmt: skip

app = APIGatewayRestResolver()


def _asked(path: dict[str, str]) -> ApiRequest:
    """The call in the flows' words."""
    event = app.current_event
    authorizer = event.request_context.authorizer
    allowed = [name for name in str(authorizer.get("shops") or "").split(",") if name]
    query = event.query_string_parameters
    language = best_language(event.headers.get("Accept-Language", ""))
    name, body, role = str(authorizer.principal_id), event.decoded_body or "", role_of(authorizer.get("role"))
    return ApiRequest(name, allowed, path, query, body, language, role)


def _add(method: str, rule: str, needed: RoleName, status: HTTPStatus, use_case: UseCase) -> None:
    @app.route(rule, method=method)
    def answer(**path: str) -> tuple[Json, int]:
        request = _asked(path)
        check_role(request, needed)
        return use_case(bootstrap.from_environment(), request), status


for route in ROUTES:
    _add(*route)


@app.exception_handler([*STATUS_OF])  # type: ignore[untyped-decorator] # Powertools leaves it so
def refused(error: OrderbridgeError) -> Response[str]:
    """A request that is not carried out, or that meets a record which cannot be read."""
    return _answer(problem_of(error))


@app.not_found
def nothing_here(_error: Exception) -> Response[str]:
    """A path or a method that API Gateway knows and this function does not."""
    return _answer(NO_SUCH_PATH)


def _answer(problem: Problem) -> Response[str]:
    body = problem.body_for(_asked({}), bootstrap.from_environment().shops)
    return Response(problem.status, PROBLEM_JSON, json.dumps(body, ensure_ascii=False))


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Routes by method and path."""
    return app.resolve(event, context)
