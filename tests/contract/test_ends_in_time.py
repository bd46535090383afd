"""Whatever the other side does to keep a call going, the call ends by its limit, and says how far it came."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from orderbridge import time_left
from orderbridge.adapters.fastcentrik.reading.exports import FastCentrikExports
from orderbridge.adapters.fastcentrik.server import TimeLimits
from orderbridge.adapters.fastcentrik.writing.import_codec import ImportDocument
from orderbridge.adapters.fastcentrik.writing.upload import post
from orderbridge.adapters.http import Session
from orderbridge.adapters.mall import MallMarketplaces, Timeouts
from orderbridge.adapters.system import SystemClock
from orderbridge.domain.checkpoints import Validators
from orderbridge.domain.codes.answers import AnswerReason, ImportReason
from orderbridge.domain.failure_policy import CallResult
from orderbridge.domain.reasons import because
from orderbridge.domain.shops import ShopSecrets
from orderbridge.errors import ExportProblemError
from orderbridge.settings import ShopSettings
from tests.contract.mall.calls import DELIVERED, ORDER, at
from tests.contract.mall.raw_server import RawServer, answer, raw_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orderbridge.domain.answers import MarketplaceAnswer

LIMITS = TimeLimits(connect=0.2, read=0.2, total=0.3)
LATE = "download.late(seconds=1)"
PATIENCE = 60.0
"""Seconds that a server goes on for; a call that ends on its own ends long before."""

HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
DRIPS: dict[str, tuple[bytes, bytes]] = {
    "status line": (b"HTTP/1.1 200 ", b"O"),
    "header": (HEAD + b"X-A: ", b"a"),
    "headers": (HEAD, b"X-A: a\r\n"),
    "100 Continue": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "chunk's length": (CHUNKED, b"0"),
    "chunk's extension": (CHUNKED + b"1;", b"x"),
    "trailer": (CHUNKED + b"1\r\n \r\n0\r\n", b"X-A: a\r\n"),
    "body": (HEAD + b"Content-Length: 60000\r\n\r\n", b" "),
    "chunks": (CHUNKED, b"1\r\n \r\n"),
    "body without an end": (HEAD + b"\r\n", b" "),
}


class Dripping:
    """A conversation: `start`, then `piece` again and again until the client hangs up, which `hung_up` remembers."""

    def __init__(self, start: bytes, piece: bytes) -> None:
        self._start, self._piece = start, piece
        self.hung_up = threading.Event()

    def __call__(self, sock: socket.socket) -> None:
        until = time.monotonic() + PATIENCE
        try:
            sock.sendall(self._start)
            while time.monotonic() < until:
                sock.sendall(self._piece)
                time.sleep(0.02)
        except OSError:
            self.hung_up.set()
        sock.close()


@pytest.fixture
def server() -> Iterator[RawServer]:
    with raw_server() as running:
        yield running


@pytest.fixture(params=DRIPS)
def dripping(request: pytest.FixtureRequest, server: RawServer) -> Iterator[Dripping]:
    """What the server does to the next request. The client has hung up on it at the end."""
    conversation = Dripping(*DRIPS[request.param])
    server.script.append(conversation)
    yield conversation
    assert conversation.hung_up.wait(PATIENCE), "the call outlasted the server"


def fetched(url: str, limits: TimeLimits = LIMITS) -> str:
    """The problem of a fetch."""
    with (
        pytest.raises(ExportProblemError) as caught,
        FastCentrikExports(limits=limits, local=True).fetch(
            ShopSettings(shop="demo"), ShopSecrets(url, "key"), Validators(), None
        ),
    ):
        pass
    return str(caught.value)


def written(url: str) -> MarketplaceAnswer:
    """The answer to a PUT."""
    mall = MallMarketplaces(SystemClock(), timeouts=Timeouts(connect=0.2, answer=0.2), local=True)
    return at(mall, url).write(ORDER, DELIVERED)


def posted(url: str, size: int = 10) -> tuple[bool, ImportReason | None, ImportReason | None]:
    """Whether the document may have left, why there is no answer, and why the answer is not whole."""
    document = ImportDocument(b"x" * size, "application/xml")
    came = post(Session(local=True), url, document, LIMITS, time.monotonic)
    return came.sent, came.problem, came.cut


@pytest.mark.usefixtures("dripping")
def test_an_export_that_is_kept_going_is_late(server: RawServer) -> None:
    assert fetched(server.url).startswith(LATE)


@pytest.mark.usefixtures("dripping")
def test_a_put_that_is_kept_going_is_unanswered(server: RawServer) -> None:
    assert written(server.url).call_result is CallResult.TIMEOUT
    assert len(server.requests) == 1


@pytest.mark.usefixtures("dripping")
def test_an_import_that_is_kept_going_is_unanswered(server: RawServer) -> None:
    assert posted(server.url) in {
        (True, ImportReason.NO_ANSWER, None),
        (True, None, ImportReason.CUT_LATE),
    }


def test_a_document_that_is_taken_in_drips_is_unanswered() -> None:
    hung_up = threading.Event()

    def sip(sock: socket.socket) -> socket.socket:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and sock.recv(1024):
            time.sleep(0.02)
        hung_up.set()
        raise ConnectionAbortedError

    with raw_server(sip) as server:
        sent, problem, _ = posted(server.url, size=20_000_000)
    assert sent
    assert problem is ImportReason.NO_ANSWER
    assert not server.requests


def test_tls_that_is_kept_going_is_late() -> None:
    # The beginning of a long record of TLS, byte by byte.
    conversation = Dripping(b"\x16\x03\x03\x40\x00", b"\x02")

    def drip(sock: socket.socket) -> socket.socket:
        conversation(sock)
        raise ConnectionAbortedError

    with raw_server(drip) as server:
        assert fetched(f"https://127.0.0.1:{server.port}/export", TimeLimits(5, 5, 0.3)).startswith(LATE)
        assert conversation.hung_up.wait(PATIENCE)


@contextmanager
def silent_addresses(count: int) -> Iterator[int]:
    """A port on so many addresses, where connecting gets no answer at all."""
    opened: list[socket.socket] = []
    port = 0
    for number in range(1, count + 1):
        listener = socket.socket()
        listener.bind((f"127.0.0.{number}", port))
        listener.listen(0)
        port = listener.getsockname()[1]
        opened.append(listener)
        for _ in range(4):
            sock = socket.socket()
            sock.setblocking(False)  # noqa: FBT003 - the socket's own call
            sock.connect_ex((f"127.0.0.{number}", port))
            opened.append(sock)
    yield port
    for sock in opened:
        sock.close()


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An address whose name has eight network addresses, none of which answers."""
    with silent_addresses(8) as port:
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (f"127.0.0.{n}", port)) for n in range(1, 9)]
        real = socket.getaddrinfo

        def look_up(host: str, *args: object, **options: object) -> object:
            return found if host == "silent.test" else real(host, *args, **options)  # type: ignore[arg-type]

        monkeypatch.setattr(socket, "getaddrinfo", look_up)
        yield f"https://silent.test:{port}/v1"


@pytest.fixture
def nameless(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An address whose name is looked up for ever."""
    over = threading.Event()

    def look_up(*_args: object, **_options: object) -> object:
        over.wait(PATIENCE)
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    yield "https://nameless.test/v1"
    over.set()


@pytest.mark.parametrize("where", ["silent", "nameless"])
def test_what_never_connects_ends_in_time_and_was_never_sent(
    where: str, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue(where)
    assert fetched(url).startswith((LATE, "download.unreachable"))
    answered = written(url)
    assert (answered.call_result, answered.reason) == (
        CallResult.NOT_CONNECTED,
        because(AnswerReason.NO_CONNECTION_IN_TIME),
    )
    assert answered.duration_ms < PATIENCE * 1000 / 8
    assert posted(url) == (False, ImportReason.NOT_REACHED, None)


def test_the_last_of_many_addresses_is_reached(monkeypatch: pytest.MonkeyPatch, server: RawServer) -> None:
    # Nobody listens at the first one.
    found = [(socket.AF_INET, 1, 6, "", (host, server.port)) for host in ("127.0.0.9", "127.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: found)
    server.script.append(answer("{}"))
    with Session(local=True) as session:
        assert session.get(f"http://localhost:{server.port}/v1", timeout=1).status_code == 200


class TestEndOfTheInvocation:
    @pytest.fixture(autouse=True)
    def afterwards(self) -> Iterator[None]:
        yield
        time_left.invocation_ends_in(float("inf"))

    def test_cuts_every_call(self, server: RawServer) -> None:
        patient = Timeouts(connect=30, answer=30)
        for dripping in (Dripping(HEAD, b"X-A: a\r\n"), Dripping(HEAD, b"X-A: a\r\n")):
            server.script.append(dripping)
        time_left.invocation_ends_in((time_left.MARGIN + 0.3) * 1000)
        mall = MallMarketplaces(SystemClock(), timeouts=patient, local=True)
        assert at(mall, server.url).write(ORDER, DELIVERED).call_result is CallResult.TIMEOUT
        time_left.invocation_ends_in((time_left.MARGIN + 0.3) * 1000)
        assert fetched(server.url, TimeLimits(30, 30, 30)).startswith("download.late")

    def test_keeps_a_call_from_beginning_that_could_not_be_recorded(self, server: RawServer) -> None:
        time_left.invocation_ends_in((time_left.MARGIN - 1) * 1000)
        assert written(server.url).call_result is CallResult.NOT_CONNECTED
        assert posted(server.url)[0] is False
        assert fetched(server.url).startswith("download.late")
        assert not server.connections
