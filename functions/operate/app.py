"""operate: the HTTP API for the shop's people and their tools. Every answer is JSON, every refusal problem details.

``authorize`` has let the caller in. The request carries the operator's name and role, and the
shops that the token may see.
"""

from __future__ import annotations

import json
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.content_types import APPLICATION_JSON

from orderbridge import bootstrap
from orderbridge.flows.api.problems import NO_SUCH_PATH, PROBLEM_JSON, STATUS_OF, Problem, problem_of
from orderbridge.flows.api.request import ApiRequest, Json, check_role, role_of
from orderbridge.flows.api.routes import ROUTES, Route
from orderbridge.telemetry import logger
from orderbridge.texts import API, best_language

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from orderbridge.errors import OrderbridgeError

DOCUMENT = Path(__file__).with_name("openapi.json")
"""The OpenAPI document, made from the code before it is committed (docs/openapi.json): nothing is generated here."""

app = APIGatewayRestResolver()


def _asked(path: dict[str, str]) -> ApiRequest:
    """The call in the flows' words."""
    event = app.current_event
    authorizer = event.request_context.authorizer
    allowed = [name for name in str(authorizer.get("shops") or "").split(",") if name]
    query = event.query_string_parameters
    language = best_language(event.headers.get("Accept-Language", ""))
    name, body, role = str(authorizer.principal_id), event.decoded_body or "", role_of(authorizer.get("role"))
    return ApiRequest(name, allowed, path, query, body, language, role, edge=API)


def _add(route: Route) -> None:
    @app.route(route.path.replace("{", "<").replace("}", ">"), method=route.method)
    def answer(**path: str) -> tuple[Json, int]:
        request = _asked(path)
        check_role(request.role, route.role)
        return route.use_case(bootstrap.from_environment(), request), route.status


for one in ROUTES:
    _add(one)


@app.get("/openapi.json")
def openapi() -> Response[str]:
    """The OpenAPI document, for everybody with a token: a stranger costs no call of this function."""
    check_role(_asked({}).role, "viewer")
    return Response(HTTPStatus.OK, APPLICATION_JSON, DOCUMENT.read_text(encoding="utf-8"))


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
