"""A server that does to its clients what a proper one never would, byte by byte."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from tests.waiting import FAR

Conversation = Callable[[socket.socket], None]
"""What happens on a connection after one request was read whole; it may close the socket."""


@dataclass
class RawServer:
    """`script` holds one conversation per request, in their order. `requests` are as they came in."""

    port: int
    script: deque[Conversation] = field(default_factory=deque)
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0
    done: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    """Released at the end of each conversation."""

    def wait_until_done(self) -> None:
        """Returns when one more conversation is over; what it did to the connection has arrived by then."""
        assert self.done.acquire(timeout=FAR)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"


def answer(
    body: bytes | str = b"", status: str = "200 OK", *headers: str, close: bool = False
) -> Conversation:
    """A proper answer; `close` ends the connection after it without saying so."""
    raw = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(raw)}", *headers, "", ""]
    whole = "\r\n".join(lines).encode() + raw

    def conversation(sock: socket.socket) -> None:
        sock.sendall(whole)
        if close:
            sock.close()

    return conversation


def send(data: bytes, *, close: bool = True) -> Conversation:
    def conversation(sock: socket.socket) -> None:
        sock.sendall(data)
        if close:
            sock.close()

    return conversation


def close(sock: socket.socket) -> None:
    sock.close()


def reset(sock: socket.socket) -> None:
    """Lingering for zero seconds turns the close into a reset."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def silence(before: bytes = b"") -> Conversation:
    """Nothing after `before`, until the client hangs up."""

    def conversation(sock: socket.socket) -> None:
        sock.sendall(before)
        sock.settimeout(2 * FAR)
        with suppress(OSError):
            while sock.recv(65536):
                pass
        sock.close()

    return conversation


class Dripping:
    """A conversation: `start`, then `piece` again and again until the client hangs up, which `hung_up` remembers.

    `begun` is called after `start`.
    """

    def __init__(self, start: bytes, piece: bytes, begun: Callable[[], None] = lambda: None) -> None:
        self._start, self._piece, self._begun = start, piece, begun
        self.hung_up = threading.Event()

    def __call__(self, sock: socket.socket) -> None:
        until = time.monotonic() + FAR
        try:
            sock.sendall(self._start)
            self._begun()
            while time.monotonic() < until:
                sock.sendall(self._piece)
                time.sleep(0.02)
        except OSError:
            self.hung_up.set()
        sock.close()


@contextmanager
def raw_server(wrap: Callable[[socket.socket], socket.socket] | None = None) -> Iterator[RawServer]:
    """Runs until the context ends. `wrap` makes something else (TLS) of each accepted socket."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = RawServer(listener.getsockname()[1])
        open_sockets: list[socket.socket] = []

        def serve() -> None:
            while True:
                try:
                    sock, _ = listener.accept()
                except OSError:
                    return
                server.connections += 1
                open_sockets.append(sock)
                threading.Thread(target=talk, args=(sock,), daemon=True).start()

        def talk(sock: socket.socket) -> None:
            with suppress(OSError):
                sock = wrap(sock) if wrap else sock
                while request := _request(sock):
                    server.requests.append(request)
                    conversation = server.script.popleft() if server.script else close
                    try:
                        conversation(sock)
                    finally:
                        server.done.release()
            sock.close()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()
            for sock in open_sockets:
                sock.close()


def _request(sock: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        if not (part := sock.recv(65536)):
            return b""
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    length = next(
        (
            int(line.split(b":")[1])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length")
        ),
        0,
    )
    while len(body) < length and (part := sock.recv(65536)):
        body += part
    return head + b"\r\n\r\n" + body
