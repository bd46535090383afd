"""One HTTP exchange with MALL. A failure says whether the request may have been sent."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from orderbridge.adapters import http
from orderbridge.adapters.connections import Deadline
from orderbridge.adapters.http import FailureKind
from orderbridge.adapters.mall.limits import without_names
from orderbridge.domain.codes.answers import AnswerReason
from orderbridge.domain.facts import Term
from orderbridge.domain.failure_policy import CallResult
from orderbridge.domain.reasons import because
from orderbridge.errors import OrderbridgeError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import requests

    from orderbridge.domain.reasons import Reason

MAX_BODY = 1024 * 1024
"""Bytes of an answer that are read. An order's detail has a few thousand."""
MAX_PAGE = 8 * 1024 * 1024
"""Bytes of a list's page that are read. A page of a thousand orders has more than half a million."""
KEPT_HEADERS = ("Retry-After", "X-RateLimit-Remaining", "X-RateLimit-Reset")
"""Headers that are kept as they are. LIMIT is kept in part, and no other is kept: others repeat the key."""
LIMIT = "X-RateLimit-Limit"
"""Only its numbers are kept: the names of its windows hold the key."""
MAX_LIMIT = 2000
"""Characters of LIMIT that are read."""
_SAID: Mapping[FailureKind, tuple[CallResult, AnswerReason]] = {
    FailureKind.UNUSABLE: (CallResult.NOT_CONNECTED, AnswerReason.BAD_API_URL),
    FailureKind.NAME: (CallResult.NOT_CONNECTED, AnswerReason.UNKNOWN_NAME),
    FailureKind.NOT_PUBLIC: (CallResult.NOT_CONNECTED, AnswerReason.PRIVATE_NETWORK),
    FailureKind.CONNECT: (CallResult.NOT_CONNECTED, AnswerReason.NO_CONNECTION),
    FailureKind.CONNECT_TIMEOUT: (CallResult.NOT_CONNECTED, AnswerReason.NO_CONNECTION_IN_TIME),
    FailureKind.CERTIFICATE: (CallResult.NOT_CONNECTED, AnswerReason.CERTIFICATE),
    FailureKind.TIMEOUT: (CallResult.TIMEOUT, AnswerReason.NONE),
    FailureKind.NOT_HTTP: (CallResult.BROKEN_BODY, AnswerReason.NOT_HTTP),
    FailureKind.LOST: (CallResult.CONNECTION_LOST, AnswerReason.LOST),
}
"""NOT_CONNECTED for exactly the kinds whose ``http.Failure.sent`` is False."""


class TransportError(OrderbridgeError):
    """A call brought no HTTP answer. `reason`, whose code is the text, has no address and nothing that was received.

    `call_result` is NOT_CONNECTED only if the request was certainly not sent. With TIMEOUT, CONNECTION_LOST and
    BROKEN_BODY (not HTTP) it may have been.
    """

    def __init__(self, call_result: CallResult, reason: Reason) -> None:
        super().__init__(reason.log_line)
        self.call_result = call_result
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Limits of one call, in seconds."""

    connect: float = 3.05
    """To connect to one network address."""
    answer: float = 15.0
    """To wait for more bytes of the answer."""

    @property
    def total(self) -> float:
        """For the whole call, from the name lookup to the last byte."""
        return self.connect + self.answer


DEFAULT_TIMEOUTS = Timeouts()


@dataclass(frozen=True, slots=True)
class Received:
    """An HTTP answer."""

    status: int
    """Certain, even if `body` is not whole."""
    headers: Mapping[str, str]
    """Those of KEPT_HEADERS, and the numbers in LIMIT."""
    body: bytes = field(repr=False)
    cut: str = ""
    """Why `body` is not whole: "late", "lost" or "too large"; empty if it is whole."""


class Transport:
    """Exchanges with any number of servers over one ``http.Session``, whose guarantees hold here too."""

    def __init__(
        self,
        *,
        headers: Mapping[str, str],
        timeouts: Timeouts,
        monotonic: Callable[[], float],
        local: bool = False,
    ) -> None:
        self._session = http.Session({"Accept-Encoding": "identity", **headers}, monotonic, local=local)
        self._timeouts = timeouts
        self._monotonic = monotonic

    def close(self) -> None:
        """Closes the open connections; the transport stays usable."""
        self._session.close()

    def exchange(self, method: str, url: str, body: bytes | None, largest: int = MAX_BODY) -> Received:
        """Sends one request at most once. Reads at most `largest` bytes of the answer. Raises TransportError."""
        deadline = Deadline(self._timeouts.total, self._monotonic)
        waits = (self._timeouts.connect, self._timeouts.answer)
        if deadline.passed:
            raise TransportError(CallResult.NOT_CONNECTED, because(AnswerReason.NO_TIME))
        with http.call_under_way(deadline):
            try:
                response = self._session.request(
                    method, url, data=body, timeout=waits, stream=True, allow_redirects=False
                )
            except http.FAILURES as error:
                raise no_answer(http.failure(error)) from None
            # If the answer was not read to its end, this also ends the connection.
            with closing(response):
                content, cut = _body(response, largest, deadline)
        return Received(response.status_code, _kept(response.headers), content, cut)


def _kept(headers: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value[:200] for name in KEPT_HEADERS if (value := headers.get(name))}
    limit = without_names(headers.get(LIMIT, "")[:MAX_LIMIT])
    return {**kept, LIMIT: limit} if limit else kept


def _body(response: requests.Response, largest: int, deadline: Deadline) -> tuple[bytes, str]:
    """The body if it is whole, else nothing and why it is cut."""
    if response.status_code < 200:  # noqa: PLR2004
        # The real answer follows an informational one. It stays unread, and the connection is closed.
        return b"", ""
    body, cut = http.framed_body(response, largest, deadline)
    return (b"", cut) if cut else (body, "")


def no_answer(failure: http.Failure) -> TransportError:
    """The error that `failure` means."""
    call_result, code = _SAID[failure.kind]
    facts = {"error": Term(failure.code)} if code is AnswerReason.NO_CONNECTION else {}
    return TransportError(call_result, because(code, **facts))
