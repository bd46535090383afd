"""operate: the HTTP API for the shop's people and their tools. Every answer is JSON.

Whoever arrives here was let in by ``authorize``; what the token may see comes with the request.
"""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.content_types import APPLICATION_JSON

from orderbridge.bootstrap import services
from orderbridge.flows import operate
from orderbridge.flows.operate import BadRequestError, NotFoundError
from orderbridge.telemetry import logger

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from orderbridge.ports import ShopRecord

app = APIGatewayRestResolver()


def _shops() -> list[str]:
    context = app.current_event.request_context.authorizer.get("shops") or ""
    return [name for name in str(context).split(",") if name]


def _shop() -> ShopRecord:
    return operate.pick_shop(_query("shop"), _shops(), services().shops)


def _query(name: str) -> str | None:
    return app.current_event.query_string_parameters.get(name)


@app.post("/sync")
def sync() -> tuple[operate.Json, int]:
    """Asks for a fetch now."""
    return operate.sync(_shop(), queues=services().queues, clock=services().clock), HTTPStatus.ACCEPTED


@app.get("/orders")
def list_orders() -> operate.Json:
    """Orders by status and hold, a page at a time."""
    return operate.list_orders(
        _shop(),
        status=_query("status"),
        hold=_query("hold"),
        limit=_query("limit"),
        cursor=_query("cursor"),
        ledger=services().ledger,
    )


@app.get("/orders/<mall_order_id>")
def order_detail(mall_order_id: str) -> operate.Json:
    """One order, whole."""
    return operate.order_detail(_shop(), mall_order_id, ledger=services().ledger)


@app.post("/orders/<mall_order_id>/retry")
def retry_order(mall_order_id: str) -> tuple[operate.Json, int]:
    """Looks at one order anew."""
    own = services()
    answer = operate.retry_order(
        _shop().shop, mall_order_id, ledger=own.ledger, queues=own.queues, clock=own.clock
    )
    return answer, HTTPStatus.ACCEPTED


@app.get("/health")
def health() -> operate.Json:
    """How the shops are doing."""
    return operate.health(_shops(), shops=services().shops, clock=services().clock)


@app.exception_handler([BadRequestError, NotFoundError])  # type: ignore[untyped-decorator] # Powertools leaves it so
def refused(problem: Exception) -> Response[str]:
    """What was asked makes no sense (400), or is not there (404)."""
    status = HTTPStatus.NOT_FOUND if isinstance(problem, NotFoundError) else HTTPStatus.BAD_REQUEST
    return Response(status, APPLICATION_JSON, json.dumps({"message": str(problem)}, ensure_ascii=False))


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Routes by method and path."""
    return app.resolve(event, context)
