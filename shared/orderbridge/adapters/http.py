"""What every HTTP call needs beside ``requests``: a strict session, no log lines, a deadline, and kinds of failures.

Addresses are secrets (a key in the query, a token in the path), so nothing in this module shows one.
"""

from __future__ import annotations

import errno
import logging
import ssl
import time
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from http.client import HTTPException, RemoteDisconnected
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, Any

import requests
from urllib3 import Retry
from urllib3 import exceptions as causes

from orderbridge.adapters.connections import Deadline, LateError, NotPublicError, TimedAdapter, ends_by
from orderbridge.addresses import checked
from orderbridge.errors import OrderbridgeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

CHUNK = 64 * 1024
"""Bytes of a body that are read at a time."""
KEEP_IDLE = 20.0
"""Seconds after which an unused connection is closed. The other side, or a router between, may have dropped it, and a
request on a dropped connection counts as a lost answer."""


class Session(requests.Session):
    """Connections to any number of servers, kept open between calls in the library's pool.

    A call makes at most one request: it is not repeated and follows no redirect. No cookies are kept. Proxies,
    passwords (``.netrc``) and certificates of the environment are not used; the authorities that come with the library
    decide about a server's certificate. `headers` are sent with every request. `monotonic` gives seconds.

    Requests go only to addresses that may receive a secret (see ``addresses``; more are allowed if the deployment is
    `local`). The address is checked as given and again as the library rewrites it.
    """

    def __init__(
        self,
        headers: Mapping[str, str] | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        *,
        local: bool = False,
    ) -> None:
        super().__init__()
        self.trust_env = False
        self.headers.clear()
        self.headers.update(headers or {})
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        for scheme in ("https://", "http://"):
            # `read=False`: an error after sending is raised unchanged, whatever the method.
            self.mount(scheme, TimedAdapter(local=local, max_retries=Retry(0, read=False, redirect=False)))
        self._local = local
        self._monotonic = monotonic
        self._used_at = monotonic()

    def prepare_request(self, request: requests.Request) -> requests.PreparedRequest:
        """Raises InvalidURL for an address that may not be used, before the library repairs it."""
        request.url = self._usable(str(request.url))
        return super().prepare_request(request)

    def _usable(self, url: str) -> str:
        usable = checked(url, local=self._local)
        if usable is None:
            msg = "the address may not be used"
            raise requests.exceptions.InvalidURL(msg)
        return usable.url

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:  # noqa: ANN401 - the library's
        """Sends `request` once, on a connection that was not idle for long.

        Raises InvalidURL for an address that may not be used.
        """
        request.url = self._usable(request.url or "")
        if self._monotonic() - self._used_at > KEEP_IDLE:
            self.close()
        try:
            return super().send(request, **options)
        finally:
            self._used_at = self._monotonic()

    def get_redirect_target(self, resp: requests.Response) -> str | None:  # noqa: ARG002
        """None. Otherwise the library reads the body of a redirect, however long it is."""
        return None


class TooLargeError(OrderbridgeError):
    """A body is larger than allowed."""


def body_pieces(response: requests.Response, most: int, deadline: Deadline) -> Iterator[bytes]:
    """The body of a streamed `response` as it was sent (compressed or not), in pieces of at most CHUNK bytes.

    Raises TooLargeError as soon as it has, or announces, more than `most` bytes; LateError when `deadline` has passed;
    and the library's (urllib3) errors for silence and for a body that ends early.

    The deadline is checked after each piece too: a body that never makes the reader wait also ends in time.
    """
    raw = response.raw
    if (raw.length_remaining or 0) > most:
        raise TooLargeError
    size = 0
    while piece := raw.read1(CHUNK, decode_content=False):
        size += len(piece)
        if size > most:
            raise TooLargeError
        yield piece
        deadline.left()


class Cut(StrEnum):
    """Why a body is not whole."""

    LATE = "late"
    LOST = "lost"
    TOO_LARGE = "too large"


def framed_body(response: requests.Response, most: int, deadline: Deadline) -> tuple[bytes, Cut | None]:
    """The received part of the body of a streamed `response`, about `most` bytes at most; and why it is not whole.

    Raises nothing, whatever the other side does.
    """
    framed = response.raw.chunked or response.raw.length_remaining is not None
    pieces: list[bytes] = []
    cut = None
    try:
        pieces.extend(body_pieces(response, most, deadline))
    except TooLargeError:
        cut = Cut.TOO_LARGE
    except (LateError, causes.TimeoutError):
        cut = Cut.LATE
    except FAILURES:
        cut = Cut.LOST
    # A connection that ends within the headers looks like an empty body without an announced length.
    return b"".join(pieces), cut or (None if framed or pieces else Cut.LOST)


FAILURES = (requests.RequestException, causes.HTTPError, HTTPException, OSError, ValueError)
"""The exceptions of the library for a call without an answer."""


class FailureKind(StrEnum):
    """What prevented an answer."""

    UNUSABLE = "unusable"
    """The address is not valid."""
    NAME = "name"
    """The host's name is unknown."""
    NOT_PUBLIC = "not_public"
    """The host's name leads into a private network or to this machine."""
    CONNECT = "connect"
    """Refused or unreachable: ``Failure.code`` says which."""
    CONNECT_TIMEOUT = "connect_timeout"
    CERTIFICATE = "certificate"
    """The server's certificate is not trusted."""
    TIMEOUT = "timeout"
    """Silence, also during the TLS handshake."""
    NOT_HTTP = "not_http"
    """The answer is not HTTP."""
    LOST = "lost"
    """The connection ended, or TLS failed for another reason."""


_NEVER_SENT = frozenset(
    {
        FailureKind.UNUSABLE,
        FailureKind.NAME,
        FailureKind.NOT_PUBLIC,
        FailureKind.CONNECT,
        FailureKind.CONNECT_TIMEOUT,
        FailureKind.CERTIFICATE,
    }
)


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a call brought no answer, without the address. `code` is the system's name (``ECONNREFUSED``)."""

    kind: FailureKind
    code: str = ""

    @property
    def sent(self) -> bool:
        """Whether the request may have reached the server; False only if it was certainly not sent."""
        return self.kind not in _NEVER_SENT


def failure(error: Exception) -> Failure:
    """What `error`, one of FAILURES, means. Its text shows the address and is not used.

    If it is not certain that the request was not sent, it counts as sent.
    """
    cause = error.args[0] if error.args else None
    reason = cause.reason if isinstance(cause, causes.MaxRetryError) else None
    detail = cause.args[-1] if isinstance(cause, causes.ProtocolError) else error
    if isinstance(error, (requests.exceptions.InvalidURL, causes.LocationValueError)):
        return Failure(FailureKind.UNUSABLE)
    # The base of all errors before a connection is made.
    if isinstance(reason, causes.ConnectTimeoutError):
        return _not_connected(reason)
    # The certificate is checked while connecting. Other errors of TLS can come later.
    if isinstance(reason, causes.SSLError) and isinstance(reason.args[0], ssl.SSLCertVerificationError):
        return Failure(FailureKind.CERTIFICATE)
    # `detail` is a TimeoutError if it happened while sending.
    if isinstance(error, requests.Timeout) or isinstance(detail, TimeoutError):
        return Failure(FailureKind.TIMEOUT)
    # To the library, a connection that ended without an answer is also a malformed answer.
    broken = isinstance(detail, (HTTPException, requests.exceptions.InvalidHeader))
    if broken and not isinstance(detail, RemoteDisconnected):
        return Failure(FailureKind.NOT_HTTP)
    return Failure(FailureKind.LOST)


def _not_connected(reason: causes.ConnectTimeoutError) -> Failure:
    if isinstance(reason, causes.NameResolutionError):
        return Failure(FailureKind.NAME)
    if not isinstance(reason, causes.NewConnectionError):
        return Failure(FailureKind.CONNECT_TIMEOUT)
    if isinstance(reason.__cause__, NotPublicError):
        return Failure(FailureKind.NOT_PUBLIC)
    number = getattr(reason.__cause__, "errno", None)
    return Failure(FailureKind.CONNECT, str(errno.errorcode.get(number or 0, number)))


_quiet: ContextVar[bool] = ContextVar("http_call_under_way", default=False)


class _Silence(logging.Filter):
    """Drops the library's log lines during a call: they contain the address."""

    def filter(self, record: logging.LogRecord) -> bool:  # noqa: ARG002
        return not _quiet.get()


_SILENCE = _Silence()
_LOGGERS = ("connection", "connectionpool", "poolmanager", "response", "util.retry")


@contextmanager
def call_under_way(deadline: Deadline) -> Iterator[None]:
    """Within it, this thread's calls end by `deadline` and log nothing at any level.

    Other uses of the library are not affected.
    """
    # A filter works only on the logger that it was added to. Adding it twice is harmless.
    for name in _LOGGERS:
        logging.getLogger(f"urllib3.{name}").addFilter(_SILENCE)
    token = _quiet.set(True)
    try:
        with ends_by(deadline):
            yield
    finally:
        _quiet.reset(token)
