"""Answers of the HTTP API for people: a code and its facts, with the text in the caller's language (R11.1, R11.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from orderbridge.texts import explained, language_of

if TYPE_CHECKING:
    from orderbridge.domain.reasons import Reason
    from orderbridge.domain.shops import ShopRecord
    from orderbridge.flows.api.request import ApiRequest, Json
    from orderbridge.texts import Language

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
    return explained(reason, language_for(request, record), zone_of(record), request.edge)
