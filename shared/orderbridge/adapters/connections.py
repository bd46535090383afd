"""Connections with one deadline for the whole call, and to hosts of the public internet only.

The library's time-outs are per wait. A server that sends a byte now and then (of a status line, a header, a ``100
Continue``, a chunk's length, a trailer), or a name with many silent addresses, can exceed them without end. Here all
calls within ``ends_by`` share its deadline. The name lookup, each address, TLS, each write and each read wait for their
own time-out or for the time that is left, whichever is less. Nothing is interrupted from outside, so the phase of the
call is always certain when the time is over.

Unless the deployment is local, only public addresses are used. A name is resolved once; the address that was checked
is the address that is connected to, so a name that changes in between gains nothing.
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

_MIN_WAIT = 0.001
"""Seconds. A socket takes 0 for "do not wait"."""


class LateError(OrderbridgeError):
    """The call's time is over."""


class Deadline:
    """The end of a call: `seconds` from now, or the end of the invocation if that is earlier.

    `monotonic` gives seconds.
    """

    def __init__(self, seconds: float, monotonic: Callable[[], float]) -> None:
        self.seconds = max(0.0, min(seconds, seconds_left()))
        self._monotonic = monotonic
        self._ends_at = monotonic() + self.seconds

    @property
    def passed(self) -> bool:
        """Whether the time is over."""
        return self._monotonic() >= self._ends_at

    def left(self) -> float:
        """Seconds that are left, more than 0. Raises LateError if the time is over."""
        left = self._ends_at - self._monotonic()
        if left <= 0:
            raise LateError
        return left


class NotPublicError(OrderbridgeError, OSError):
    """The name has no public address. Nothing was sent."""


_deadline: ContextVar[Deadline | None] = ContextVar("http_call_ends_by", default=None)


@contextmanager
def ends_by(deadline: Deadline) -> Iterator[None]:
    """Within it, this thread's calls over ``TimedAdapter`` end by `deadline`, and so does the reading of their bodies.

    A wait that the deadline ends raises what the library's own time-outs raise.
    """
    token = _deadline.set(deadline)
    try:
        yield
    finally:
        _deadline.reset(token)


def _wait(most: float | None) -> float | None:
    """Seconds to wait now, at most `most` (None: no limit). Raises TimeoutError if the time is over."""
    deadline = _deadline.get()
    if deadline is None:
        return most
    try:
        left = max(deadline.left(), _MIN_WAIT)
    except LateError:
        msg = "the time for the call is over"
        raise TimeoutError(msg) from None
    return left if most is None else min(most, left)


class _Reader(io.RawIOBase):
    """The bytes that `sock` receives. `raw` is its file, which keeps it open. Each read waits for ``_wait``."""

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
    """Stands for a socket in ``HTTPResponse``, which only asks it for a file."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Reader(self._sock, self._sock.makefile("rb", buffering=0)))


class _Answer(HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **options: Any) -> None:  # noqa: ANN401 - the library's
        super().__init__(_Incoming(sock), *args, **options)  # type: ignore[arg-type]


def addresses_of(host: str, port: int, seconds: float | None) -> list[str]:
    """The host's numeric addresses, in the order in which to try them.

    Raises TimeoutError after `seconds`, socket.gaierror, and LocationParseError for an invalid name. A lookup cannot be
    interrupted, so it runs in a thread of its own, which is left behind if it hangs.
    """
    found: queue.SimpleQueue[list[str] | Exception] = queue.SimpleQueue()

    def look_up() -> None:
        try:
            answers = socket.getaddrinfo(host, port, allowed_gai_family(), socket.SOCK_STREAM)
            found.put(list(dict.fromkeys(str(answer[4][0]) for answer in answers)))
        except Exception as error:  # noqa: BLE001 - the waiting thread raises it
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
        """The library's time-out for this phase of the call."""
        return None if self.timeout is None else float(self.timeout)

    def _new_conn(self) -> socket.socket:
        """Like the library's, with the same errors, but with the deadline."""
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
        """Connects to the first address that accepts. Each may take up to `patience` seconds."""
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
        """Sends all of `data`, and waits for each piece."""
        if self.sock is None:
            self.connect()
        rest = memoryview(data)
        while rest:
            # The socket's own time-out may be the rest of an earlier call on the same connection.
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
    """The library's adapter, over the connections of this module. `local`: private addresses are allowed too."""

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
