"""Connections whose every wait for the network ends by one moment.

The library's own time-outs are per wait: a server that sends a byte now and then (of a status line, of a header, of a
``100 Continue``, of a chunk's length, of a trailer) or a name with many silent addresses outlasts them for ever. Here
the calls made within ``ends_by`` share its deadline: looking up the name, every address that is tried, TLS, each
piece that is sent and each piece that is read gets the time-out of its own or what is left, whichever is less.

Nothing is interrupted from outside, so it is always certain what was under way when the time was over.

And they lead to hosts of the public internet only, unless the deployment is local: what a name leads to is looked at
here, once, and the very address that was looked at is connected to. A name that leads elsewhere the next moment gains
nothing.
"""

from __future__ import annotations

import io
import queue
import socket
import threading
from contextlib import contextmanager
from contextvars import ContextVar
from http.client import HTTPResponse
from typing import TYPE_CHECKING, Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import (
    ConnectTimeoutError,
    LocationParseError,
    NameResolutionError,
    NewConnectionError,
)
from urllib3.util.connection import allowed_gai_family, create_connection

from orderbridge.addresses import is_public
from orderbridge.errors import OrderbridgeError
from orderbridge.time_left import seconds_left

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from typing_extensions import Buffer

_SHORTEST_WAIT = 0.001
"""A socket takes 0 for "do not wait at all"."""


class LateError(OrderbridgeError):
    """The time for a call is over."""


class Deadline:
    """The end of a call, `seconds` after this object was made, or that of the invocation if that is earlier.

    `monotonic` gives seconds.
    """

    def __init__(self, seconds: float, monotonic: Callable[[], float]) -> None:
        self.seconds = max(0.0, min(seconds, seconds_left()))
        self._monotonic = monotonic
        self._ends_at = monotonic() + self.seconds

    @property
    def passed(self) -> bool:
        """Whether no time is left."""
        return self._monotonic() >= self._ends_at

    def left(self) -> float:
        """Seconds that are left, more than 0. Raises LateError when there are none."""
        left = self._ends_at - self._monotonic()
        if left <= 0:
            raise LateError
        return left


class NotPublicError(OrderbridgeError, OSError):
    """The name leads to no host of the public internet: nothing was sent there."""


_deadline: ContextVar[Deadline | None] = ContextVar("http_call_ends_by", default=None)


@contextmanager
def ends_by(deadline: Deadline) -> Iterator[None]:
    """Within it, this thread's calls over ``TimedAdapter``, the reading of their bodies too, wait until `deadline`.

    A wait that is cut is a time-out to the library, and raises what its own time-outs raise.
    """
    token = _deadline.set(deadline)
    try:
        yield
    finally:
        _deadline.reset(token)


def _wait(most: float | None) -> float | None:
    """How long to wait now, at most `most` seconds (None: for ever). Raises TimeoutError when no time is left."""
    deadline = _deadline.get()
    if deadline is None:
        return most
    try:
        left = max(deadline.left(), _SHORTEST_WAIT)
    except LateError:
        msg = "the time for the call is over"
        raise TimeoutError(msg) from None
    return left if most is None else min(most, left)


class _Reader(io.RawIOBase):
    """What comes in on `sock`. `raw` is its own file, which keeps it open; each wait is a ``_wait``."""

    def __init__(self, sock: socket.socket, raw: io.RawIOBase) -> None:
        super().__init__()
        self._sock, self._raw, self._patience = sock, raw, sock.gettimeout()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer, /) -> int | None:
        self._sock.settimeout(_wait(self._patience))
        return self._raw.readinto(buffer)

    def close(self) -> None:
        if not self.closed:
            self._raw.close()
        super().close()


class _Incoming:
    """Stands for a socket where an answer is made of it: all that is asked of it there is a file."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Reader(self._sock, self._sock.makefile("rb", buffering=0)))


class _Answer(HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **options: Any) -> None:  # noqa: ANN401 - the library's
        super().__init__(_Incoming(sock), *args, **options)  # type: ignore[arg-type]


def addresses_of(host: str, port: int, seconds: float | None) -> list[str]:
    """The host's numeric addresses, in the order in which they are to be tried.

    Raises TimeoutError after `seconds`, socket.gaierror, and LocationParseError for what is no name. Nothing ends a
    lookup that hangs, so it is left behind in a thread of its own.
    """
    found: queue.SimpleQueue[list[str] | Exception] = queue.SimpleQueue()

    def look_up() -> None:
        try:
            answers = socket.getaddrinfo(host, port, allowed_gai_family(), socket.SOCK_STREAM)
            found.put(list(dict.fromkeys(str(answer[4][0]) for answer in answers)))
        except Exception as error:  # noqa: BLE001 - it is raised where it is waited for
            found.put(error)

    threading.Thread(target=look_up, daemon=True, name="name-lookup").start()
    try:
        answer = found.get(timeout=seconds)
    except queue.Empty:
        msg = "the name was not looked up in time"
        raise TimeoutError(msg) from None
    if isinstance(answer, UnicodeError):
        msg = "label empty or too long"
        raise LocationParseError(msg) from None
    if isinstance(answer, Exception):
        raise answer
    return answer


class _Timed(HTTPConnection):
    """The library's connection. `response_class` and ``send`` are those of ``http.client``."""

    response_class = _Answer
    public_only = True

    @property
    def _patience(self) -> float | None:
        """What the library set for this phase of the call."""
        return None if self.timeout is None else float(self.timeout)

    def _new_conn(self) -> socket.socket:
        """The library's, but for the time that it takes; it says what it says."""
        try:
            sock = self._connected(self._patience)
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error
        except TimeoutError as error:
            msg = "the connection did not come about in time"
            raise ConnectTimeoutError(self, msg) from error
        except OSError as error:
            msg = "no connection"
            raise NewConnectionError(self, msg) from error
        return sock

    def _connected(self, patience: float | None) -> socket.socket:
        """To the first address that takes the connection; each is waited for up to `patience` seconds."""
        last: OSError = NotPublicError("the name has no address that may be used")
        for address in addresses_of(self._dns_host.strip("[]"), self.port, _wait(patience)):
            if self.public_only and not is_public(address):
                continue
            wait = _wait(patience)
            try:
                sock = create_connection((address, self.port), wait, self.source_address, self.socket_options)
            except OSError as error:
                last = error
            else:
                sock.settimeout(_wait(patience))  # for TLS
                return sock
        raise last

    def send(self, data: Buffer) -> None:  # type: ignore[override] # nothing else is sent here
        """All of `data`; each piece that the other side takes is waited for."""
        if self.sock is None:
            self.connect()
        rest = memoryview(data)
        while rest:
            # Not the socket's own time-out: on a connection that was kept that is what was left of the last call.
            self.sock.settimeout(_wait(self._patience))
            rest = rest[self.sock.send(rest) :]


class _TimedTls(_Timed, HTTPSConnection):
    """Over TLS."""


class _LocalTimed(_Timed):
    public_only = False


class _LocalTimedTls(_TimedTls):
    public_only = False


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Timed


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TimedTls


class _LocalPool(HTTPConnectionPool):
    ConnectionCls = _LocalTimed


class _LocalTlsPool(HTTPSConnectionPool):
    ConnectionCls = _LocalTimedTls


class TimedAdapter(HTTPAdapter):
    """The library's, over connections that end in time, and that lead anywhere only if the deployment is `local`."""

    def __init__(self, *, local: bool, **options: Any) -> None:  # noqa: ANN401 - the library's
        self._local = local
        super().__init__(**options)

    def init_poolmanager(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 - the library's
        """The pools of this adapter."""
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = (
            {"http": _LocalPool, "https": _LocalTlsPool}
            if self._local
            else {"http": _Pool, "https": _TlsPool}
        )
