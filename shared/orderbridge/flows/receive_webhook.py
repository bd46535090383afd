"""Receives MALL's webhook: a hint with order numbers. It is queued, and only makes a list be read (R8.11)."""

from __future__ import annotations

import hmac
import json
from dataclasses import dataclass
from hashlib import sha256
from http import HTTPStatus
from typing import TYPE_CHECKING

from orderbridge.domain.codes.api import RequestedReason, RequestReason
from orderbridge.domain.reasons import because
from orderbridge.errors import SecretsProblemError
from orderbridge.flows.api.answers import DEFAULT_ZONE
from orderbridge.flows.api.problems import PROBLEM_JSON, Problem
from orderbridge.messages import ListRequest
from orderbridge.texts import API, explained

if TYPE_CHECKING:
    from orderbridge.domain.reasons import Reason
    from orderbridge.flows.api.request import Json
    from orderbridge.ports import Ports, Webhooks
    from orderbridge.texts import Language

MAX_BODY = 16 * 1024
"""Maximum size of a body in bytes."""
MAX_HINTS = 500
"""Maximum number of order numbers in one body."""
MAX_NUMBER = 2**63 - 1
"""Maximum order number."""

NO_DIGEST = "0" * 64
"""Compared with the secret where there is no digest: no text is known to have it."""


@dataclass(frozen=True, slots=True)
class WebhookAnswer:
    """The HTTP answer. `problem`: why a valid address was refused, for the log only; it holds no secret."""

    status: HTTPStatus
    reason: Reason
    problem: str = ""

    def body(self, language: Language) -> Json:
        """The JSON body. A refusal is in the caller's language: the shop's would reveal that the shop exists."""
        if self.status == HTTPStatus.OK:
            return {"result": explained(self.reason, language, DEFAULT_ZONE, API)}
        return Problem(self.status, self.reason).body(language)

    @property
    def content_type(self) -> str:
        """The content type of the body."""
        return "application/json" if self.status == HTTPStatus.OK else PROBLEM_JSON


def receive_webhook(ports: Ports, shop: str, secret: str, body: bytes) -> WebhookAnswer:
    """Queues the order numbers in `body` for ``read_lists``, if `secret` is the secret of `shop`'s webhook (R8.11).

    A caller without the secret learns nothing: an unknown shop, a shop without a webhook and a wrong secret get the
    same answer after the same work, and only then is the body read. At most one message per request. MALL may repeat a
    hint, which is harmless. Raises if the queue did not accept the message.
    """
    digest, problem = _digest_of(ports.webhooks, shop)
    offered = sha256(secret.encode("utf-8", "replace")).hexdigest()
    same = hmac.compare_digest((digest or NO_DIGEST).encode(), offered.encode())
    if digest is None or not same:
        return WebhookAnswer(HTTPStatus.NOT_FOUND, because(RequestReason.NOTHING_HERE), problem)
    hints = _hints(body)
    if hints is None:
        return WebhookAnswer(HTTPStatus.BAD_REQUEST, because(RequestReason.NOT_A_HINT, limit=MAX_HINTS))
    if not hints:
        return WebhookAnswer(HTTPStatus.OK, because(RequestedReason.NOTHING))
    ports.queues.request_lists(
        [ListRequest(shop=shop, what="unconfirmed", requested_at=ports.clock.now(), hints=hints)]
    )
    return WebhookAnswer(HTTPStatus.OK, because(RequestedReason.HINT))


def _digest_of(webhooks: Webhooks, shop: str) -> tuple[str | None, str]:
    """The digest of the shop's secret, and what is wrong with it. With a broken one nobody is authenticated."""
    try:
        return webhooks.digest_of(shop), ""
    except SecretsProblemError as problem:
        return None, problem.log_line


def _hints(body: bytes) -> tuple[int, ...] | None:
    """The order numbers in `body` (positive, 64 bits, each once). None: the body is not such a list."""
    if len(body) > MAX_BODY:
        return None
    try:
        named = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(named, list) or len(named) > MAX_HINTS:
        return None
    # In Python, True and False are integers.
    if not all(type(number) is int and 0 < number <= MAX_NUMBER for number in named):
        return None
    return tuple(dict.fromkeys(named))
