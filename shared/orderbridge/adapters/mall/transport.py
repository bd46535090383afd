"""One HTTP exchange with MALL, and the certainty of how far it went: a PUT that failed must say whether it was sent."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from orderbridge.adapters import http
from orderbridge.adapters.connections import Deadline
from orderbridge.adapters.http import FailureKind
from orderbridge.adapters.mall.limits import without_names
from orderbridge.domain.failure_policy import CameBack
from orderbridge.errors import OrderbridgeError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import requests

LARGEST_BODY = 1024 * 1024
"""Bytes of an answer that are read; an order's detail has a few thousand."""
LARGEST_PAGE = 8 * 1024 * 1024
"""Bytes of a list's page that are read; a thousand orders have half a million and more."""
KEPT_HEADERS = ("Retry-After", "X-RateLimit-Remaining", "X-RateLimit-Reset")
"""All that is taken from an answer's headers as it is, but for LIMIT: others echo the key."""
LIMIT = "X-RateLimit-Limit"
"""Only its numbers are taken: the windows are named after the key."""
LONGEST_LIMIT = 2000
"""Characters of it that are looked at."""
_SAID: Mapping[FailureKind, tuple[CameBack, str]] = {
    FailureKind.UNUSABLE: (
        CameBack.NOT_CONNECTED,
        "marketplace_api_url is no usable address: correct it in the shop's secrets",
    ),
    FailureKind.NAME: (CameBack.NOT_CONNECTED, "the name in marketplace_api_url is not known"),
    FailureKind.NOT_PUBLIC: (
        CameBack.NOT_CONNECTED,
        "the name in marketplace_api_url leads into a private network: correct it in the shop's secrets",
    ),
    FailureKind.CONNECT: (CameBack.NOT_CONNECTED, "no connection"),
    FailureKind.CONNECT_TIMEOUT: (CameBack.NOT_CONNECTED, "no connection in time"),
    FailureKind.CERTIFICATE: (CameBack.NOT_CONNECTED, "TLS: the server's certificate is not trusted"),
    FailureKind.TIMEOUT: (CameBack.TIMEOUT, "no answer in time"),
    FailureKind.NOT_HTTP: (CameBack.BROKEN_BODY, "what came back is not HTTP"),
    FailureKind.LOST: (
        CameBack.CONNECTION_LOST,
        "the connection ended, or could not be secured, before an answer",
    ),
}
"""NOT_CONNECTED for exactly those that ``http.Failure.sent`` calls certainly unsent."""


class TransportError(OrderbridgeError):
    """No answer. The text is one of a few fixed phrases, never an address or anything that was received.

    `came_back` is NOT_CONNECTED only if the request was certainly never sent. With TIMEOUT, CONNECTION_LOST and
    BROKEN_BODY (what came back is not HTTP) it may have been.
    """

    def __init__(self, came_back: CameBack, text: str) -> None:
        super().__init__(text)
        self.came_back = came_back


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds: `connect` for reaching one network address, `answer` for each wait for more of the answer.

    All of it together, from looking up the name to the last byte of the body, ends after `total`, whatever the other
    side does.
    """

    connect: float = 3.05
    answer: float = 15.0

    @property
    def total(self) -> float:
        """From the start of the call."""
        return self.connect + self.answer


DEFAULT_TIMEOUTS = Timeouts()


@dataclass(frozen=True, slots=True)
class Received:
    """An answer. `headers` are those of KEPT_HEADERS that came, and the numbers in LIMIT.

    `cut`: why `body` is not whole – "late", "lost" or "too large"; empty if it is whole. `status` is certain even so.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    cut: str = ""


class Transport:
    """Exchanges with any number of servers over one ``http.Session``: it says what is never done."""

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
        """Closes what is kept alive; the transport stays usable."""
        self._session.close()

    def exchange(self, method: str, url: str, body: bytes | None, largest: int = LARGEST_BODY) -> Received:
        """Sends one request at most once; `largest` bounds the answer's bytes.

        Raises TransportError; see there for what is certain then.
        """
        deadline = Deadline(self._timeouts.total, self._monotonic)
        waits = (self._timeouts.connect, self._timeouts.answer)
        if deadline.passed:
            raise TransportError(CameBack.NOT_CONNECTED, "no time was left for a call")
        with http.call_under_way(deadline):
            try:
                response = self._session.request(
                    method, url, data=body, timeout=waits, stream=True, allow_redirects=False
                )
            except http.FAILURES as error:
                raise no_answer(http.failure(error)) from None
            # Closing also ends the connection of an answer that was not read to its end.
            with closing(response):
                content, cut = _body(response, largest, deadline)
        return Received(response.status_code, _kept(response.headers), content, cut)


def _kept(headers: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value[:200] for name in KEPT_HEADERS if (value := headers.get(name))}
    limit = without_names(headers.get(LIMIT, "")[:LONGEST_LIMIT])
    return {**kept, LIMIT: limit} if limit else kept


def _body(response: requests.Response, largest: int, deadline: Deadline) -> tuple[bytes, str]:
    """The body, none of it unless it is whole, and why it is cut."""
    if response.status_code < 200:  # noqa: PLR2004
        # The real answer follows an informational one: left unread, it is not taken for the next call's.
        return b"", ""
    body, cut = http.framed_body(response, largest, deadline)
    return (b"", cut) if cut else (body, "")


def no_answer(failure: http.Failure) -> TransportError:
    """`failure` in words for a record."""
    came_back, said = _SAID[failure.kind]
    return TransportError(came_back, f"{said} ({failure.code})" if failure.code else said)
