"""What every call over HTTP needs beside ``requests``: a session of few habits, silence, and an end.

Addresses are secrets here (a key in the query, a token in the path), so nothing in this module shows one.
"""

from __future__ import annotations

import logging
import time
from contextlib import contextmanager
from contextvars import ContextVar
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import Retry

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
    """

    def __init__(
        self, headers: Mapping[str, str] | None = None, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__()
        self.trust_env = False
        self.headers.clear()
        self.headers.update(headers or {})
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        for scheme in ("https://", "http://"):
            # `read=False`: an error after sending is raised as it is, whatever the method.
            self.mount(scheme, HTTPAdapter(max_retries=Retry(0, read=False, redirect=False)))
        self._monotonic = monotonic
        self._used_at = monotonic()

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:  # noqa: ANN401 - the library's
        """Sends `request` once, over a connection that was not idle for long."""
        if self._monotonic() - self._used_at > KEEP_IDLE:
            self.close()
        try:
            return super().send(request, **options)
        finally:
            self._used_at = self._monotonic()

    def get_redirect_target(self, resp: requests.Response) -> str | None:  # noqa: ARG002
        """None: the library would read the body of a redirect, however long, to find out where it leads."""
        return None


class LateError(Exception):
    """The time for a call is over."""


class TooLargeError(Exception):
    """A body is larger than allowed."""


class Deadline:
    """The end of a call, `seconds` after this object was made. `monotonic` gives seconds."""

    def __init__(self, seconds: float, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._ends_at = monotonic() + seconds

    def left(self) -> float:
        """Seconds that are left, more than 0. Raises LateError when there are none."""
        left = self._ends_at - self._monotonic()
        if left <= 0:
            raise LateError
        return left


def body_pieces(response: requests.Response, most: int, deadline: Deadline) -> Iterator[bytes]:
    """The body of a streamed `response` as it was sent, compressed or not, in pieces of CHUNK bytes at most.

    Raises TooLargeError as soon as it has, or announces, more than `most` bytes; LateError once `deadline` has
    passed; and the library's own (urllib3) errors for silence and for a body that ends before its announced end.

    The clock is looked at after each piece, and a piece is one wait for the network: a body that drips ends by the
    deadline, plus one time-out for reading if it also falls silent. What is not body is bounded for each wait only:
    a server that drips its headers (or the lines between chunks) can take longer, until the caller is ended.
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


_quiet: ContextVar[bool] = ContextVar("http_call_under_way", default=False)


class _Silence(logging.Filter):
    """Drops what the library logs during a call: its lines contain the address."""

    def filter(self, record: logging.LogRecord) -> bool:  # noqa: ARG002
        return not _quiet.get()


_SILENCE = _Silence()
_LOGGERS = ("connection", "connectionpool", "poolmanager", "response", "util.retry")


@contextmanager
def library_is_quiet() -> Iterator[None]:
    """Within it, this thread's calls log nothing, at no level; what others do with the library is not touched."""
    # A filter only works on the very logger that it is put on; adding it twice is harmless.
    for name in _LOGGERS:
        logging.getLogger(f"urllib3.{name}").addFilter(_SILENCE)
    token = _quiet.set(True)
    try:
        yield
    finally:
        _quiet.reset(token)
