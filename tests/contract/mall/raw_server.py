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

Conversation = Callable[[socket.socket], None]
"""What happens on a connection after one request was read whole; it may close the socket."""


@dataclass
class RawServer:
    """`script` holds one conversation per request, in their order. `requests` are as they came in."""

    port: int
    script: deque[Conversation] = field(default_factory=deque)
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"


def answer(
    body: bytes | str = b"", status: str = "200 OK", *headers: str, close: bool = False, then: bytes = b""
) -> Conversation:
    """A proper answer; `close` ends the connection after it without saying so, `reaction` is sent after it unasked."""
    raw = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(raw)}", *headers, "", ""]
    whole = "\r\n".join(lines).encode() + raw

    def conversation(sock: socket.socket) -> None:
        sock.sendall(whole)
        if then:
            time.sleep(0.02)
            sock.sendall(then)
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


def outage(seconds: float, before: bytes = b"") -> Conversation:
    def conversation(sock: socket.socket) -> None:
        sock.sendall(before)
        time.sleep(seconds)
        sock.close()

    return conversation


def drip(start: bytes, byte: bytes, times: int, every: float) -> Conversation:
    def conversation(sock: socket.socket) -> None:
        with suppress(OSError):
            sock.sendall(start)
            for _ in range(times):
                sock.sendall(byte)
                time.sleep(every)
        sock.close()

    return conversation


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
                    conversation(sock)
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
