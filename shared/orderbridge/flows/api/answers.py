"""How the HTTP API says something to people: a code and its facts, with the text in the caller's language."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from orderbridge.domain.codes.api import RequestReason
from orderbridge.domain.reasons import because
from orderbridge.errors import BadRequestError, NotFoundError
from orderbridge.flows.api.request import pick_shop
from orderbridge.texts import DEFAULT, explained, language_of, render

if TYPE_CHECKING:
    from orderbridge.domain.reasons import Reason
    from orderbridge.domain.shops import ShopRecord
    from orderbridge.flows.api.request import ApiRequest, Json
    from orderbridge.ports import Shops
    from orderbridge.texts import Language

DEFAULT_ZONE = ZoneInfo("UTC")
"""The zone of moments where it is not known which shop's people read them."""


def language_for(request: ApiRequest, record: ShopRecord) -> Language:
    """The language that the call asks for; the shop's, where it asks for none of ours."""
    return request.language or language_of(record.settings.language)


def zone_of(record: ShopRecord) -> ZoneInfo:
    """The zone in which the shop's people read moments."""
    return ZoneInfo(record.settings.rules.shop_zone)


def explained_for(reason: Reason, request: ApiRequest, record: ShopRecord) -> Json:
    """`reason` for whoever called about the shop `record`."""
    return explained(reason, language_for(request, record), zone_of(record))


def refusal(reason: Reason, shops: Shops, request: ApiRequest) -> Json:
    """The body of an answer that refuses the call. A shop that the token may not see decides nothing about it."""
    try:
        record = pick_shop(shops, request.query.get("shop"), request.shops)
    except (BadRequestError, NotFoundError):
        return error_body(reason, request.language or DEFAULT)
    return error_body(reason, language_for(request, record), zone_of(record))


def no_such_path(shops: Shops, request: ApiRequest) -> Json:
    """The body of the answer to a path or a method that the API does not have."""
    return refusal(because(RequestReason.NOTHING_HERE), shops, request)


def error_body(reason: Reason, language: Language, zone: ZoneInfo = DEFAULT_ZONE) -> Json:
    """An error as JSON. ``message`` is the text alone, as in the errors of API Gateway itself."""
    return {"message": render(reason, language, zone), "error": explained(reason, language, zone)}
