"""Whatever the other side does to keep a call going, the call ends by its limit, and says how far it came."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import contextmanager, suppress
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
from tests.contract.mall.calls import DELIVERED, ORDER, Seconds, at
from tests.contract.mall.raw_server import Dripping, RawServer, answer, raw_server
from tests.waiting import FAR, MALL_IN_TIME, SHOP_IN_TIME, TOTAL, LastMoment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from orderbridge.domain.answers import MarketplaceAnswer

SHORT = TimeLimits(connect=0.2, read=0.2, total=0.3)
SHORT_AT_MALL = Timeouts(connect=0.2, answer=0.2)
"""For what never connects: whatever the call has done so far, it was not sent."""

LATE = "download.late(seconds=1)"
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


@pytest.fixture
def last() -> LastMoment:
    return LastMoment()


@pytest.fixture
def server() -> Iterator[RawServer]:
    with raw_server() as running:
        yield running


@pytest.fixture(params=DRIPS)
def dripping(request: pytest.FixtureRequest, server: RawServer, last: LastMoment) -> Iterator[Dripping]:
    """What the server does to the next request. The client has hung up on it at the end."""
    conversation = Dripping(*DRIPS[request.param], last.begin)
    server.script.append(conversation)
    yield conversation
    assert conversation.hung_up.wait(FAR), "the call outlasted the server"


def fetched(
    url: str, limits: TimeLimits = SHOP_IN_TIME, monotonic: Callable[[], float] = time.monotonic
) -> str:
    """The problem of a fetch."""
    with (
        pytest.raises(ExportProblemError) as caught,
        FastCentrikExports(limits=limits, monotonic=monotonic, local=True).fetch(
            ShopSettings(shop="demo"), ShopSecrets(url, "key"), Validators(), None
        ),
    ):
        pass
    return str(caught.value)


def written(
    url: str, timeouts: Timeouts = MALL_IN_TIME, monotonic: Callable[[], float] = time.monotonic
) -> MarketplaceAnswer:
    """The answer to a PUT."""
    mall = MallMarketplaces(SystemClock(), monotonic=monotonic, timeouts=timeouts, local=True)
    return at(mall, url).write(ORDER, DELIVERED)


Came = tuple[bool, ImportReason | None, ImportReason | None]


def posted(
    url: str,
    limits: TimeLimits = SHOP_IN_TIME,
    monotonic: Callable[[], float] = time.monotonic,
) -> Came:
    """Whether the document may have left, why there is no answer, and why the answer is not whole."""
    with Session(local=True) as session:
        came = post(session, url, ImportDocument(b"x" * 10, "application/xml"), limits, monotonic)
    return came.sent, came.problem, came.cut


@pytest.mark.usefixtures("dripping")
def test_an_export_that_is_kept_going_is_late(server: RawServer, last: LastMoment) -> None:
    assert fetched(server.url, monotonic=last) == "download.late(seconds=60)"


@pytest.mark.usefixtures("dripping")
def test_a_put_that_is_kept_going_is_unanswered(server: RawServer, last: LastMoment) -> None:
    assert written(server.url, monotonic=last).call_result is CallResult.TIMEOUT
    assert len(server.requests) == 1


@pytest.mark.usefixtures("dripping")
def test_an_import_that_is_kept_going_is_unanswered(server: RawServer, last: LastMoment) -> None:
    assert posted(server.url, monotonic=last) in {
        (True, ImportReason.NO_ANSWER, None),
        (True, None, ImportReason.CUT_LATE),
    }


def test_a_wait_for_more_ends_with_the_call(server: RawServer, last: LastMoment) -> None:
    def fall_silent(sock: socket.socket) -> None:
        sock.sendall(HEAD)
        last.begin()
        sock.sendall(b"X-A: a\r\n")
        # Whoever waits as long as for any other byte gets an answer.
        sock.settimeout(FAR / 3)
        with suppress(TimeoutError):
            sock.recv(1)
        sock.sendall(b"Content-Length: 0\r\n\r\n")

    server.script.append(fall_silent)
    assert written(server.url, monotonic=last).call_result is CallResult.TIMEOUT


def test_a_document_that_is_taken_in_drips_is_unanswered(server: RawServer) -> None:
    given_up = threading.Event()

    def sip(sock: socket.socket) -> None:
        answer("{}")(sock)
        sock.settimeout(FAR)
        while sock.recv(65536 if given_up.is_set() else 1024):
            given_up.wait(0.02)

    server.script.append(sip)
    document = ImportDocument(b"x" * 20_000_000, "application/xml")
    with Session(local=True) as session:
        # On a connection that is there already, the document is the first that takes time.
        assert session.get(server.url, timeout=FAR).status_code == 200
        came = post(session, server.url, document, TimeLimits(FAR, FAR, 0.3), time.monotonic)
    given_up.set()
    assert (came.sent, came.problem) == (True, ImportReason.NO_ANSWER)
    assert server.connections == 1
    assert len(server.requests) == 1, "the second was not whole"
    server.wait_until_done()


def test_tls_that_is_kept_going_is_late() -> None:
    # The beginning of a long record of TLS, byte by byte.
    conversation = Dripping(b"\x16\x03\x03\x40\x00", b"\x02")

    def drip(sock: socket.socket) -> socket.socket:
        conversation(sock)
        raise ConnectionAbortedError

    with raw_server(drip) as server:
        # A stall may use the time up before the server is there.
        while not server.connections:
            assert fetched(f"https://127.0.0.1:{server.port}/export", TimeLimits(FAR, FAR, 0.3)) == LATE
        assert conversation.hung_up.wait(FAR)


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
    """An address whose name has eight network addresses, none of which answers. The call is over before the last."""
    connected: set[str] = set()
    with silent_addresses(8) as port:
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (f"127.0.0.{n}", port)) for n in range(1, 9)]
        real, connect = socket.getaddrinfo, socket.socket.connect

        def look_up(host: str, *args: object, **options: object) -> object:
            return found if host == "silent.test" else real(host, *args, **options)  # type: ignore[arg-type]

        def remembered(sock: socket.socket, address: tuple[str, int]) -> None:
            connected.add(address[0])
            connect(sock, address)

        monkeypatch.setattr(socket, "getaddrinfo", look_up)
        monkeypatch.setattr(socket.socket, "connect", remembered)
        yield f"https://silent.test:{port}/v1"
    assert len(connected) < len(found)


@pytest.fixture
def nameless(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An address whose name is looked up for ever."""
    over = threading.Event()

    def look_up(*_args: object, **_options: object) -> object:
        over.wait(FAR)
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    yield "https://nameless.test/v1"
    over.set()


@pytest.mark.parametrize("where", ["silent", "nameless"])
def test_what_never_connects_ends_in_time_and_was_never_sent(
    where: str, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue(where)
    assert fetched(url, SHORT).startswith((LATE, "download.unreachable"))
    answered = written(url, SHORT_AT_MALL)
    assert (answered.call_result, answered.reason) == (
        CallResult.NOT_CONNECTED,
        because(AnswerReason.NO_CONNECTION_IN_TIME),
    )
    assert posted(url, SHORT) == (False, ImportReason.NOT_REACHED, None)


def test_the_last_of_many_addresses_is_reached(monkeypatch: pytest.MonkeyPatch, server: RawServer) -> None:
    # Nobody listens at the first one.
    found = [(socket.AF_INET, 1, 6, "", (host, server.port)) for host in ("127.0.0.9", "127.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: found)
    server.script.append(answer("{}"))
    with Session(local=True) as session:
        assert session.get(f"http://localhost:{server.port}/v1", timeout=FAR).status_code == 200


class TestEndOfTheInvocation:
    @pytest.fixture
    def seconds(self) -> Seconds:
        return Seconds()

    @pytest.fixture(autouse=True)
    def afterwards(self) -> Iterator[None]:
        yield
        time_left.invocation_ends_in(float("inf"))

    def test_cuts_every_call(self, server: RawServer, seconds: Seconds) -> None:
        left = TOTAL / 3

        def over() -> None:
            seconds.now += left

        for end in (written, fetched):
            dripping = Dripping(HEAD, b"X-A: a\r\n", over)
            server.script.append(dripping)
            time_left.invocation_ends_in((time_left.MARGIN + left) * 1000)
            ended = end(server.url, monotonic=seconds)
            if isinstance(ended, str):
                assert ended.startswith("download.late")
            else:
                assert ended.call_result is CallResult.TIMEOUT
            assert dripping.hung_up.wait(FAR)

    def test_keeps_a_call_from_beginning_that_could_not_be_recorded(self, server: RawServer) -> None:
        time_left.invocation_ends_in((time_left.MARGIN - 1) * 1000)
        assert written(server.url).call_result is CallResult.NOT_CONNECTED
        assert posted(server.url)[0] is False
        assert fetched(server.url).startswith("download.late")
        assert not server.connections
