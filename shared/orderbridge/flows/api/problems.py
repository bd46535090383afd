"""Errors of the HTTP API as problem details (RFC 9457): what is wrong, in the caller's language (R11.1, R11.2)."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from orderbridge.domain.codes.api import ProblemTitle, RequestReason
from orderbridge.domain.reasons import because
from orderbridge.errors import (
    BadRequestError,
    ConflictError,
    ContentTooLargeError,
    ExplainedError,
    ForbiddenError,
    NotFoundError,
    UnreadableOrderError,
    VersionConflictError,
)
from orderbridge.flows.api.answers import DEFAULT_ZONE, language_for, zone_of
from orderbridge.flows.api.request import pick_shop
from orderbridge.texts import API, DEFAULT, explained, render

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from orderbridge.domain.reasons import Reason
    from orderbridge.errors import OrderbridgeError
    from orderbridge.flows.api.request import ApiRequest, Json
    from orderbridge.ports import Shops
    from orderbridge.texts import Language

PROBLEM_JSON = "application/problem+json"
"""The content type of a problem."""
TYPE_PREFIX = "urn:orderbridge:problem:"
"""Begins every problem's ``type``; its code follows. A name that is the same in every deployment, no address."""

STATUS_OF: dict[type[OrderbridgeError], HTTPStatus] = {
    BadRequestError: HTTPStatus.BAD_REQUEST,
    ForbiddenError: HTTPStatus.FORBIDDEN,
    NotFoundError: HTTPStatus.NOT_FOUND,
    ConflictError: HTTPStatus.CONFLICT,
    VersionConflictError: HTTPStatus.CONFLICT,
    ContentTooLargeError: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    UnreadableOrderError: HTTPStatus.INTERNAL_SERVER_ERROR,
}
"""Error that ends a request → the HTTP status of the answer."""
TITLE_OF = {
    HTTPStatus.BAD_REQUEST: ProblemTitle.BAD_REQUEST,
    HTTPStatus.UNAUTHORIZED: ProblemTitle.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN: ProblemTitle.FORBIDDEN,
    HTTPStatus.NOT_FOUND: ProblemTitle.NOT_FOUND,
    HTTPStatus.CONFLICT: ProblemTitle.CONFLICT,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: ProblemTitle.CONTENT_TOO_LARGE,
    HTTPStatus.TOO_MANY_REQUESTS: ProblemTitle.TOO_MANY_REQUESTS,
    HTTPStatus.INTERNAL_SERVER_ERROR: ProblemTitle.FAILED,
}
"""HTTP status of an answer → the title of its problem."""


@dataclass(frozen=True, slots=True)
class Problem:
    """An answer that says why a request was not carried out."""

    status: HTTPStatus
    """The HTTP status."""
    reason: Reason
    """What is wrong."""

    def body(self, language: Language, zone: ZoneInfo = DEFAULT_ZONE) -> Json:
        """The JSON body: the members of RFC 9457, and `reason`'s code and facts. ``detail`` is the text for people."""
        found = explained(self.reason, language, zone, API)
        return {
            "type": f"{TYPE_PREFIX}{found['code']}",
            "title": render(because(TITLE_OF[self.status]), language, zone, API),
            "status": int(self.status),
            "detail": found["text"],
            "code": found["code"],
            "facts": found["facts"],
        }

    def body_for(self, request: ApiRequest, shops: Shops) -> Json:
        """The JSON body for the caller of `request`.

        A shop that the token may not see has no influence on it: the body then has the default language and UTC.
        """
        try:
            record = pick_shop(shops, request.query.get("shop"), request.shops)
        except (BadRequestError, NotFoundError):
            return self.body(request.language or DEFAULT)
        return self.body(language_for(request, record), zone_of(record))


NO_SUCH_PATH = Problem(HTTPStatus.NOT_FOUND, because(RequestReason.NOTHING_HERE))
"""The answer to a path or a method that the API does not have."""


def problem_of(error: OrderbridgeError) -> Problem:
    """The problem of an `error` whose type is in ``STATUS_OF``."""
    if isinstance(error, ExplainedError):
        return Problem(STATUS_OF[type(error)], error.reason)
    return Problem(STATUS_OF[type(error)], because(RequestReason.CHANGED_MEANWHILE))
