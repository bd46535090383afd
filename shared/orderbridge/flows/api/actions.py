"""What persons asked for: the record of it, and the list in the HTTP API (R13.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from orderbridge.domain.persons import PersonAction
from orderbridge.errors import BadRequestError, CursorError
from orderbridge.flows.api.answers import zone_of
from orderbridge.flows.api.request import Body, body_of, page_size, period_of, shop_of
from orderbridge.flows.api.views import action_view, reader_of
from orderbridge.redaction import MAX_WORDS, redact_words

if TYPE_CHECKING:
    from orderbridge.domain.reasons import Reason
    from orderbridge.flows.api.request import ApiRequest, Json
    from orderbridge.ports import Ports


class WhyBody(Body):
    """Body of a POST that needs none: why the person asks, in their own words."""

    why: Annotated[str, Field(max_length=MAX_WORDS)] = ""


def why_of(request: ApiRequest) -> str:
    """The ``why`` in the body of a request that needs no body. Raises BadRequestError for another body."""
    return body_of(request, WhyBody).why


def record_action(
    ports: Ports,
    request: ApiRequest,
    shop: str,
    what: Reason,
    mall_order_id: int | None = None,
    why: str = "",
) -> None:
    """Records what the caller asks for. Call it when the request is known to make sense, and before its effect.

    `why` is as the caller wrote it; it is redacted here (G7). If the record cannot be written, the error is raised, and
    nothing may be done.
    """
    words = redact_words(why, mall_order_id)
    ports.actions.record(PersonAction(shop, ports.clock.now(), request.by, what, mall_order_id, words))


def list_actions(ports: Ports, request: ApiRequest) -> Json:
    """One page of what persons asked for in the shop, newest first, on the days ``?from=`` to ``?to=``.

    The days are in the shop's zone, both included; without them there is no bound. Raises BadRequestError for a wrong
    parameter, NotFoundError for an unknown shop.
    """
    record = shop_of(ports.shops, request)
    period, size = period_of(request, zone_of(record)), page_size(request.query.get("limit"))
    try:
        page = ports.actions.latest(record.shop, period, size, request.query.get("cursor"))
    except CursorError as problem:
        raise BadRequestError(problem.reason) from None
    reader = reader_of(request, record)
    return {
        "shop": record.shop,
        "actions": [action_view(action, reader) for action in page.actions],
        "next_cursor": page.cursor,
    }
