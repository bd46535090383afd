"""Exports over real HTTP, against servers that misbehave on the wire."""

from __future__ import annotations

import gzip
import itertools
import logging
import re
import socket
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from orderbridge.adapters.fastcentrik.reading.exports import FastCentrikExports
from orderbridge.domain.checkpoints import Validators
from orderbridge.errors import ExportProblemError
from orderbridge.settings import ShopSettings
from tests.contract.export_addresses import SECRET, clean, secrets
from tests.contract.mall.raw_server import Dripping, silence
from tests.waiting import FAR, SHOP_IN_TIME, SHOP_SILENT, LastMoment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from orderbridge.adapters.fastcentrik.server import TimeLimits

ORDERS = b"<ORDERS><ORDER><CODE>1</CODE><STATUS>done</STATUS><SHOP_REMARK>MALL 500005</SHOP_REMARK></ORDER></ORDERS>"


def _request(connection: socket.socket) -> str:
    """The whole request: what is left unread when a connection is closed turns the end into a reset."""
    received = b""
    while b"\r\n\r\n" not in received and (more := connection.recv(65536)):
        received += more
    head, _, body = received.partition(b"\r\n\r\n")
    announced = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    missing = int(announced[1]) - len(body) if announced else 0
    while missing > 0 and (more := connection.recv(missing)):
        received += more
        missing -= len(more)
    return received.decode("latin-1")


class RawServer:
    """Answers every connection with what `answer` sends; keeps the requests."""

    def __init__(self, answer: Callable[[socket.socket], None]) -> None:
        self._answer = answer
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.requests: list[str] = []
        self.port: int = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/{SECRET}?key={SECRET}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                self.requests.append(_request(connection))
                try:
                    self._answer(connection)
                except OSError:
                    continue

    def close(self) -> None:
        # Closing alone does not wake the thread that accepts.
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(FAR)


@contextmanager
def serving(answer: bytes | Callable[[socket.socket], None]) -> Iterator[RawServer]:
    server = RawServer(
        (lambda connection: connection.sendall(answer)) if isinstance(answer, bytes) else answer
    )
    try:
        yield server
    finally:
        server.close()


def fetch_raw(
    server: RawServer,
    *,
    limits: TimeLimits = SHOP_IN_TIME,
    monotonic: Callable[[], float] = time.monotonic,
    validators: Validators | None = None,
    max_bytes: int = 1_000_000,
) -> list[int]:
    exports = FastCentrikExports(limits=limits, monotonic=monotonic, local=True)
    chosen = ShopSettings(shop="demo", max_export_bytes=max_bytes)
    with exports.fetch(chosen, secrets(server.url), validators or Validators(), None) as export:
        return [order.mall_order_id for order in export.orders()]


def refusal_of(
    server: RawServer,
    *,
    limits: TimeLimits = SHOP_IN_TIME,
    monotonic: Callable[[], float] = time.monotonic,
    max_bytes: int = 1_000_000,
) -> str:
    with pytest.raises(ExportProblemError) as caught:
        fetch_raw(server, limits=limits, monotonic=monotonic, max_bytes=max_bytes)
    return clean(caught.value, server.url)


def ok(body: bytes, *headers: str) -> bytes:
    lines = ["HTTP/1.1 200 OK", "Connection: close", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def with_length(body: bytes, *headers: str, more: int = 0) -> bytes:
    return ok(body, f"Content-Length: {len(body) + more}", *headers)


class TestOnTheWire:
    def test_plain(self) -> None:
        with serving(with_length(ORDERS)) as server:
            assert fetch_raw(server, validators=Validators('"e"', "Fri, 20 Nov 2026 12:00:00 GMT")) == [
                500005
            ]
        (request,) = server.requests
        assert request.startswith(f"GET /{SECRET}?key={SECRET} HTTP/1.1\r\n")
        assert "Accept-Encoding: gzip, identity\r\n" in request
        assert 'If-None-Match: "e"\r\n' in request
        assert "If-Modified-Since: Fri, 20 Nov 2026 12:00:00 GMT\r\n" in request

    def test_without_length_until_the_connection_closes(self) -> None:
        with serving(ok(ORDERS)) as server:
            assert fetch_raw(server) == [500005]

    def test_in_chunks(self) -> None:
        with serving(
            ok(
                b"5\r\n%b\r\n%x\r\n%b\r\n0\r\n\r\n" % (ORDERS[:5], len(ORDERS) - 5, ORDERS[5:]),
                "Transfer-Encoding: chunked",
            )
        ) as server:
            assert fetch_raw(server) == [500005]

    @pytest.mark.parametrize(
        "answer",
        [
            with_length(ORDERS, more=1),
            with_length(b"", more=10),
            ok(b"5\r\n%b\r\nff\r\n%b" % (ORDERS[:5], ORDERS[5:]), "Transfer-Encoding: chunked"),
            ok(b"5\r\n%b\r\n" % ORDERS[:5], "Transfer-Encoding: chunked"),
            with_length(gzip.compress(ORDERS)[:-3], "Content-Encoding: gzip"),
            ok(gzip.compress(ORDERS * 50)[:60], "Content-Encoding: gzip"),
        ],
    )
    def test_cut_off(self, answer: bytes) -> None:
        with serving(answer) as server:
            assert "download.cut_off" in refusal_of(server)

    def test_compressed(self) -> None:
        several = gzip.compress(ORDERS[:20]) + gzip.compress(ORDERS[20:])
        for body, name in (
            (gzip.compress(ORDERS), "gzip"),
            (gzip.compress(ORDERS), "X-GZIP"),
            (several, "gzip"),
        ):
            with serving(with_length(body, f"Content-Encoding: {name}")) as server:
                assert fetch_raw(server) == [500005]

    def test_a_gzip_file_that_is_not_announced(self) -> None:
        for body, headers in (
            (gzip.compress(ORDERS), ()),
            (gzip.compress(ORDERS[:20]) + gzip.compress(ORDERS[20:]), ("Content-Type: application/xml",)),
            (gzip.compress(gzip.compress(ORDERS)), ("Content-Encoding: gzip",)),
        ):
            with serving(with_length(body, *headers)) as server:
                assert fetch_raw(server) == [500005]
            # A few bytes at a time, so that the beginning comes in pieces.
            chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in body) + b"0\r\n\r\n"
            with serving(ok(chunks, "Transfer-Encoding: chunked", *headers)) as server:
                assert fetch_raw(server) == [500005]
        with serving(with_length(gzip.compress(ORDERS)[:-3])) as server:
            assert "download.cut_off" in refusal_of(server)
        with serving(with_length(b"\x1f\x8b\x08 no gzip file")) as server:
            assert "download.compression.broken" in refusal_of(server)

    @pytest.mark.parametrize("header", [(), ("Content-Encoding: gzip",)])
    def test_a_gzip_file_is_as_large_as_its_content(self, header: tuple[str, ...]) -> None:
        nothing = gzip.compress(b"") * 200_000  # larger than allowed as it is sent, or else in too many parts
        bomb = gzip.compress(b"<!-- " + b" " * 20_000_000)
        for body, why in (
            (nothing, r"download\.(?:too_large|compression\.parts)"),
            (bomb, r"download\.too_large\(limit=1000000\)"),
        ):
            sent = gzip.compress(body) if header else body
            with serving(with_length(sent, *header)) as server:
                assert re.search(why, refusal_of(server, max_bytes=1_000_000))

    def test_compressed_otherwise(self) -> None:
        with serving(with_length(b"x", "Content-Encoding: br")) as server:
            assert "download.compression.unasked" in refusal_of(server)
        with serving(with_length(ORDERS, "Content-Encoding: gzip")) as server:
            assert "download.compression.broken" in refusal_of(server)

    def test_the_size_is_that_of_the_decompressed_document(self) -> None:
        bomb = gzip.compress(ORDERS.replace(b"<CODE>", b"<!-- " + b" " * 20_000_000 + b" --><CODE>"))
        assert len(bomb) < 100_000
        with serving(with_length(bomb, "Content-Encoding: gzip")) as server:
            assert "download.too_large(limit=1000000)" in refusal_of(server, max_bytes=1_000_000)

    def test_a_declared_size_is_enough_to_refuse(self) -> None:
        with serving(with_length(b"x", more=10**9)) as server:
            assert "download.too_large(limit=2048)" in refusal_of(server, max_bytes=2048)

    @pytest.mark.parametrize("body", [b"", gzip.compress(b"")])
    def test_nothing(self, body: bytes) -> None:
        with serving(with_length(body, *(["Content-Encoding: gzip"] if body else []))) as server:
            assert "export.empty" in refusal_of(server)

    def test_not_modified_without_being_asked(self) -> None:
        with serving(b"HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n") as server:
            assert "download.http.not_modified(http_status=304)" in refusal_of(server)

    @pytest.mark.parametrize(
        "status", ["206 Partial", "204 No Content", "300 Multiple", "400 Bad", "407 Proxy"]
    )
    def test_other_answers(self, status: str) -> None:
        with serving(
            f"HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n".encode()
        ) as server:
            assert f"download.http.other(http_status={status[:3]})" in refusal_of(server)

    def test_validators_that_cannot_be_kept_are_left_out(self) -> None:
        with serving(with_length(ORDERS, f'ETag: "{"x" * 400}"', "Last-Modified: Fri")) as server:
            exports = FastCentrikExports(limits=SHOP_IN_TIME, local=True)
            with exports.fetch(ShopSettings(shop="demo"), secrets(server.url), Validators(), None) as export:
                assert export.validators == Validators("", "Fri")

    @pytest.mark.parametrize(
        ("location", "expected"),
        [
            ("/elsewhere", "download.redirected"),
            (f"http://127.0.0.1:9/{SECRET}", "download.redirected"),
            ("https://other.example/x", "download.redirected"),
            ("http://[", "download.redirected"),
            ("", "download.redirected"),
            (f"https://127.0.0.1/admin/login?back={SECRET}", "download.login_page"),
            ("/prihlaseni", "download.login_page"),
        ],
    )
    def test_redirects_that_are_not_followed(self, location: str, expected: str) -> None:
        answer = (
            f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
        )
        with serving(answer.encode()) as server:
            assert expected in refusal_of(server)
            assert len(server.requests) == 1

    def test_the_body_of_a_redirect_is_not_read(self) -> None:
        sent = []

        def answer(connection: socket.socket) -> None:
            connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: /x\r\n\r\n")
            for _ in range(1000):
                connection.sendall(b"x" * 65536)
                sent.append(65536)

        with serving(answer) as server:
            assert "download.redirected" in refusal_of(server)
        assert sum(sent) < 20_000_000

    def test_no_cookie_is_kept(self) -> None:
        with serving(with_length(ORDERS, "Set-Cookie: session=1; Path=/")) as server:
            exports = FastCentrikExports(limits=SHOP_IN_TIME, local=True)
            for _ in range(2):
                with exports.fetch(ShopSettings(shop="demo"), secrets(server.url), Validators(), None):
                    pass
            assert "Cookie" not in server.requests[1]

    def test_something_that_is_not_http(self, caplog: pytest.LogCaptureFixture) -> None:
        with caplog.at_level(logging.DEBUG), serving(b"SSH-2.0-OpenSSH\r\n\r\n") as server:
            assert "download.connection_ended" in refusal_of(server)
        with caplog.at_level(logging.DEBUG), serving(ok(ORDERS, "broken header", " : x")) as server:
            fetch_raw(server)
        assert SECRET not in caplog.text

    def test_nobody_listens(self) -> None:
        with serving(b"") as server:
            pass
        assert "download.connection_ended" in refusal_of(server)


class TestTime:
    def test_a_server_that_falls_silent(self) -> None:
        with serving(silence(with_length(b"<ORDERS>", more=100))) as server:
            assert "download.stopped_answering" in refusal_of(server, limits=SHOP_SILENT)

    def test_a_server_that_trickles_meets_the_deadline(self) -> None:
        last = LastMoment()
        trickle = Dripping(with_length(b"<ORDERS>", more=10_000), b" ", last.begin)
        with serving(trickle) as server:
            line = refusal_of(server, monotonic=last)
            assert "download.late(seconds=60)" in line
            assert trickle.hung_up.wait(FAR)

    def test_the_deadline_goes_by_the_clock_that_is_passed_in(self) -> None:
        ticks = itertools.count(0, 45)
        exports = FastCentrikExports(monotonic=lambda: float(next(ticks)), local=True)
        with (
            serving(with_length(ORDERS)) as server,
            pytest.raises(ExportProblemError, match=r"download\.late\(seconds=60\)"),
            exports.fetch(ShopSettings(shop="demo"), secrets(server.url), Validators(), None),
        ):
            pass
