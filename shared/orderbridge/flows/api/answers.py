"""Answers of the HTTP API for people: a code and its facts, with the text in the caller's language (R11.1, R11.2)."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from orderbridge.domain.codes.api import RequestReason
from orderbridge.domain.reasons import because
from orderbridge.errors import (
    BadRequestError,
    ConflictError,
    ForbiddenError,
    NotFoundError,
    UnreadableOrderError,
)
from orderbridge.flows.api.request import pick_shop
from orderbridge.texts import DEFAULT, explained, language_of, render

if TYPE_CHECKING:
    from orderbridge.domain.reasons import Reason
    from orderbridge.domain.shops import ShopRecord
    from orderbridge.flows.api.request import ApiRequest, Json
    from orderbridge.ports import Shops
    from orderbridge.texts import Language

STATUS_OF = {
    BadRequestError: HTTPStatus.BAD_REQUEST,
    ForbiddenError: HTTPStatus.FORBIDDEN,
    NotFoundError: HTTPStatus.NOT_FOUND,
    ConflictError: HTTPStatus.CONFLICT,
    UnreadableOrderError: HTTPStatus.INTERNAL_SERVER_ERROR,
}
"""Error that refuses a request → the HTTP status of the answer."""
DEFAULT_ZONE = ZoneInfo("UTC")
"""Time zone for texts where the shop, and so its own zone, is not known."""


def language_for(request: ApiRequest, record: ShopRecord) -> Language:
    """The language of the answer: the one that the request names, otherwise the shop's."""
    return request.language or language_of(record.settings.language)


def zone_of(record: ShopRecord) -> ZoneInfo:
    """The time zone in which the shop's people read times."""
    return ZoneInfo(record.settings.rules.shop_zone)


def explained_for(reason: Reason, request: ApiRequest, record: ShopRecord) -> Json:
    """`reason` as JSON (code, facts, text) for the caller of a request about the shop `record`."""
    return explained(reason, language_for(request, record), zone_of(record))


def refusal(reason: Reason, shops: Shops, request: ApiRequest) -> Json:
    """JSON body of an answer that refuses the request.

    A shop that the token may not see has no influence on it: the body then has the default language and UTC.
    """
    try:
        record = pick_shop(shops, request.query.get("shop"), request.shops)
    except (BadRequestError, NotFoundError):
        return error_body(reason, request.language or DEFAULT)
    return error_body(reason, language_for(request, record), zone_of(record))


def no_such_path(shops: Shops, request: ApiRequest) -> Json:
    """JSON body of the answer to a path or a method that the API does not have."""
    return refusal(because(RequestReason.NOTHING_HERE), shops, request)


def error_body(reason: Reason, language: Language, zone: ZoneInfo = DEFAULT_ZONE) -> Json:
    """An error as JSON.

    ``message`` is the plain text, as in API Gateway's own errors. ``error`` has code, facts and text.
    """
    return {"message": render(reason, language, zone), "error": explained(reason, language, zone)}
