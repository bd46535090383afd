"""What every call over HTTP needs beside ``requests``: a session of few habits, silence, an end, what went wrong.

Addresses are secrets here (a key in the query, a token in the path), so nothing in this module shows one.
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
"""Bytes of a body that are read at a time, at most."""
KEEP_IDLE = 20.0
"""Seconds after which unused connections are not used again: the other side, or a router on the way, may have
dropped them without a word, and a request that is sent into one counts as a lost answer."""


class Session(requests.Session):
    """Connections to any number of servers, kept alive between calls in the library's own pool.

    A call is at most one request: it is not repeated and follows no redirect, whose body is not even read unasked.
    No cookies are kept; proxies, passwords (``.netrc``) and certificates of the environment are not used, a server's
    certificate is judged by the authorities that come with the library. `headers` go with every request.
    `monotonic` gives seconds.

    Nothing goes to an address that may not have a secret (see ``addresses``; where the deployment is `local` more may).
    What the library makes of an address is checked as well as the address, and is used as it was checked.
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
            # `read=False`: an error after sending is raised as it is, whatever the method.
            self.mount(scheme, TimedAdapter(local=local, max_retries=Retry(0, read=False, redirect=False)))
        self._local = local
        self._monotonic = monotonic
        self._used_at = monotonic()

    def prepare_request(self, request: requests.Request) -> requests.PreparedRequest:
        """The library's. Raises InvalidURL for an address that may not be used, as it is: the library mends some."""
        request.url = self._usable(str(request.url))
        return super().prepare_request(request)

    def _usable(self, url: str) -> str:
        usable = checked(url, local=self._local)
        if usable is None:
            msg = "the address may not be used"
            raise requests.exceptions.InvalidURL(msg)
        return usable.url

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:  # noqa: ANN401 - the library's
        """Sends `request` once, over a connection that was not idle for long.

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
        """None: the library would read the body of a redirect, however long, to find out where it leads."""
        return None


class TooLargeError(OrderbridgeError):
    """A body is larger than allowed."""


def body_pieces(response: requests.Response, most: int, deadline: Deadline) -> Iterator[bytes]:
    """The body of a streamed `response` as it was sent, compressed or not, in pieces of CHUNK bytes at most.

    Raises TooLargeError as soon as it has, or announces, more than `most` bytes; LateError once `deadline` has
    passed; and the library's own (urllib3) errors for silence and for a body that ends before its announced end.

    The clock is looked at after each piece as well as in each wait for one: a body that never makes the reader wait
    ends too.
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
    """What came of the body of a streamed `response`, at most about `most` bytes of it; and why that is not all.

    Raises nothing for what the other side does.
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
    # A connection that ends among the headers looks like an empty body of no announced length.
    return b"".join(pieces), cut or (None if framed or pieces else Cut.LOST)


FAILURES = (requests.RequestException, causes.HTTPError, HTTPException, OSError, ValueError)
"""All that the library raises where a call brings no answer."""


class FailureKind(StrEnum):
    """What prevented an answer."""

    UNUSABLE = "unusable"
    """The address is none."""
    NAME = "name"
    """The host's name is not known."""
    NOT_PUBLIC = "not_public"
    """The host's name leads into a private network, or to this machine itself."""
    CONNECT = "connect"
    """Refused, or no way there: ``Failure.code`` says which."""
    CONNECT_TIMEOUT = "connect_timeout"
    CERTIFICATE = "certificate"
    """The other side's certificate is not trusted."""
    TIMEOUT = "timeout"
    """Silence, also while TLS was set up."""
    NOT_HTTP = "not_http"
    """Something came back, and it is not HTTP."""
    LOST = "lost"
    """The connection ended, or TLS failed otherwise."""


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
    """Why a call brought no answer. Holds nothing of the address. `code` is the system's word (``ECONNREFUSED``)."""

    kind: FailureKind
    code: str = ""

    @property
    def sent(self) -> bool:
        """Whether the request may have reached the other side; False only if it certainly never left."""
        return self.kind not in _NEVER_SENT


def failure(error: Exception) -> Failure:
    """What `error`, one of FAILURES, means. Its text, which shows the address, is not read.

    Whatever is not certainly unsent counts as sent.
    """
    cause = error.args[0] if error.args else None
    reason = cause.reason if isinstance(cause, causes.MaxRetryError) else None
    detail = cause.args[-1] if isinstance(cause, causes.ProtocolError) else error
    if isinstance(error, (requests.exceptions.InvalidURL, causes.LocationValueError)):
        return Failure(FailureKind.UNUSABLE)
    # This is the base of all that can happen before a connection is there.
    if isinstance(reason, causes.ConnectTimeoutError):
        return _not_connected(reason)
    # It is checked while connecting. Other errors of TLS can also come later.
    if isinstance(reason, causes.SSLError) and isinstance(reason.args[0], ssl.SSLCertVerificationError):
        return Failure(FailureKind.CERTIFICATE)
    # The latter while sending.
    if isinstance(error, requests.Timeout) or isinstance(detail, TimeoutError):
        return Failure(FailureKind.TIMEOUT)
    # A connection that ended without a word is also a malformed answer, to the library.
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
    """Drops what the library logs during a call: its lines contain the address."""

    def filter(self, record: logging.LogRecord) -> bool:  # noqa: ARG002
        return not _quiet.get()


_SILENCE = _Silence()
_LOGGERS = ("connection", "connectionpool", "poolmanager", "response", "util.retry")


@contextmanager
def call_under_way(deadline: Deadline) -> Iterator[None]:
    """Within it, this thread's calls end by `deadline` and log nothing, at no level.

    What others do with the library is not touched.
    """
    # A filter only works on the very logger that it is put on; adding it twice is harmless.
    for name in _LOGGERS:
        logging.getLogger(f"urllib3.{name}").addFilter(_SILENCE)
    token = _quiet.set(True)
    try:
        with ends_by(deadline):
            yield
    finally:
        _quiet.reset(token)
