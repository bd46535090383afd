"""The MALL adapter over sockets that break: what is certain afterwards, how often was sent, where the key went."""

from __future__ import annotations

import json
import logging
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import quote

import pytest

from orderbridge.adapters.mall import MallMarketplaces, Timeouts
from orderbridge.adapters.mall.transport import KEEP_IDLE, LARGEST_BODY
from orderbridge.adapters.system import SystemClock
from orderbridge.domain.failure_policy import Call, CameBack, Then, policy
from orderbridge.domain.orders import MarketplaceChange
from orderbridge.domain.statuses import MarketplaceStatus
from orderbridge.ports import Marketplace, MarketplaceAnswer, ShopSecrets
from orderbridge.settings import ShopSettings
from tests.contract.raw_server import (
    Conversation,
    RawServer,
    answer,
    close,
    drip,
    raw_server,
    reset,
    send,
    silence,
)

KEY = "k3y/9+f&8e=7d 6c"
SECRETS = ShopSecrets(export_url="https://shop.example/export/5d41402abc4b2a76", client_id=KEY)
QUICK = Timeouts(connect=0.5, answer=0.4)
ORDER = 1234567
DELIVERED = MarketplaceChange(
    MarketplaceStatus.DELIVERED, confirm=True, delivered_at=datetime(2026, 11, 21, 13, 5, tzinfo=UTC)
)
OPEN = json.dumps({"result": {"code": 200, "status": "OK"}, "data": {"id": ORDER, "status": "open"}})
DONE = json.dumps({"result": {"code": 200, "status": "OK"}})
ECHO = f"X-Client-Id: {KEY}"


class Seconds:
    """A clock that stands still until it is told otherwise."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def server() -> Iterator[RawServer]:
    with raw_server() as running:
        yield running


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def marketplaces(seconds: Seconds) -> Iterator[MallMarketplaces]:
    adapter = MallMarketplaces(SystemClock(), monotonic=seconds, timeouts=QUICK, version="1.2")
    yield adapter
    adapter.close()


@pytest.fixture
def mall(marketplaces: MallMarketplaces, server: RawServer) -> Marketplace:
    return at(marketplaces, server.url)


def at(marketplaces: MallMarketplaces, url: str) -> Marketplace:
    return marketplaces.of(ShopSettings(shop="demo", marketplace_api_url=url), SECRETS)


def call(mall: Marketplace, which: Call) -> MarketplaceAnswer:
    return mall.read(ORDER) if which is Call.READ else mall.write(ORDER, DELIVERED)


# --- what is sent ---------------------------------------------------------------------------------------


def test_a_read_on_the_wire(mall: Marketplace, server: RawServer) -> None:
    server.script.append(answer(OPEN))
    assert mall.read(ORDER).came_back is CameBack.OK
    head = server.requests[0].decode().split("\r\n")
    assert head[0] == f"GET /v1/orders/{ORDER}?client_id={quote(KEY, safe='')} HTTP/1.1"
    assert {
        "Accept: application/json",
        "X-Application-Name: orderbridge",
        "X-Application-Version: 1.2",
    } < set(head)


def test_a_write_on_the_wire(mall: Marketplace, server: RawServer) -> None:
    server.script.append(answer(DONE))
    assert mall.write(ORDER, DELIVERED).came_back is CameBack.OK
    head, _, body = server.requests[0].decode().partition("\r\n\r\n")
    assert head.startswith(f"PUT /v1/orders/{ORDER}?client_id=")
    assert json.loads(body) == mall.wording(DELIVERED)
    assert json.loads(body) == {
        "status": "delivered",
        "confirmed": True,
        "delivered_at": "2026-11-21 14:05:00",
        "first_delivery_attempt": "2026-11-21 14:05:00",
    }


def test_tracking_alone_on_the_wire(mall: Marketplace, server: RawServer) -> None:
    server.script.append(answer(DONE))
    mall.write(ORDER, MarketplaceChange(None, tracking_number="DR1", tracking_url="https://t.example/DR1"))
    assert server.requests[0].startswith(f"PUT /v1/orders/{ORDER}/tracking?client_id=".encode())
    assert server.requests[0].endswith(b'{"tracking_number": "DR1", "tracking_url": "https://t.example/DR1"}')


# --- what is certain afterwards -------------------------------------------------------------------------

HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
HUGE = b"x" * (LARGEST_BODY + 1)

AFTER_SENDING: dict[str, tuple[Conversation, CameBack]] = {
    "closed without an answer": (close, CameBack.CONNECTION_LOST),
    "reset without an answer": (reset, CameBack.CONNECTION_LOST),
    "closed in the status line": (send(b"HTTP/1.1 2"), CameBack.BROKEN_BODY),
    "closed in the headers": (send(HEAD + b"Content-Type: app"), CameBack.CONNECTION_LOST),
    "closed after the headers": (send(HEAD + b"\r\n"), CameBack.CONNECTION_LOST),
    "closed in the length": (send(HEAD + b"Content-Length: "), CameBack.CONNECTION_LOST),
    "closed in the body": (
        send(HEAD + b"Content-Length: 500\r\n\r\n" + DONE.encode()),
        CameBack.CONNECTION_LOST,
    ),
    "closed in a chunk": (send(CHUNKED + b"ff\r\n{"), CameBack.CONNECTION_LOST),
    "closed before the last chunk": (send(CHUNKED + b"2\r\n{}\r\n"), CameBack.CONNECTION_LOST),
    "broken chunk": (send(CHUNKED + b"zz\r\n{}"), CameBack.CONNECTION_LOST),
    "silence": (silence(1.0), CameBack.TIMEOUT),
    "silence in the headers": (silence(1.0, HEAD), CameBack.TIMEOUT),
    "silence in the body": (silence(1.0, HEAD + b"Content-Length: 9\r\n\r\n{"), CameBack.TIMEOUT),
    "dripping headers": (drip(HEAD, b"X-A: b\r\n", 40, 0.05), CameBack.TIMEOUT),
    "dripping body": (drip(HEAD + b"Content-Length: 900\r\n\r\n", b" ", 40, 0.05), CameBack.TIMEOUT),
    "dripping body without an end": (drip(HEAD + b"\r\n" + DONE.encode(), b" ", 40, 0.05), CameBack.TIMEOUT),
    "not HTTP": (send(b"220 smtp.example ESMTP\r\n"), CameBack.BROKEN_BODY),
    "endless header": (send(HEAD + b"X-A: " + b"a" * 70_000 + b"\r\n\r\n"), CameBack.BROKEN_BODY),
    "endless headers": (send(HEAD + b"X-A: a\r\n" * 200 + b"\r\n"), CameBack.BROKEN_BODY),
    "too large": (answer(HUGE), CameBack.BROKEN_BODY),
    "too large, in one chunk": (
        send(CHUNKED + f"{len(HUGE):x}\r\n".encode() + HUGE + b"\r\n0\r\n\r\n"),
        CameBack.BROKEN_BODY,
    ),
    "half a document": (answer('{"result": {"code": 200'), CameBack.BROKEN_BODY),
    "a login page": (answer("<html>client_id=" + KEY), CameBack.BROKEN_BODY),
    "a redirect": (
        answer("", "302 Found", f"Location: http://127.0.0.1:1/?client_id={KEY}"),
        CameBack.UNEXPECTED,
    ),
    "not modified": (send(b"HTTP/1.1 304 Not Modified\r\n\r\n"), CameBack.UNEXPECTED),
    "early hints only": (send(b"HTTP/1.1 103 Early Hints\r\n\r\n"), CameBack.UNEXPECTED),
    "an error whose body is cut": (
        send(b"HTTP/1.1 403 No\r\nContent-Length: 99\r\n\r\n{"),
        CameBack.FORBIDDEN,
    ),
    "an error that echoes the key": (
        answer(json.dumps({"result": {"code": 400, "message": f"{KEY} {quote(KEY)}"}}), "400 Bad", ECHO),
        CameBack.BAD_REQUEST,
    ),
    "an unknown status that is the key": (
        answer(json.dumps({"result": {"code": 500, "status": KEY}, "data": {"status": KEY}}), "500 No"),
        CameBack.SERVER_ERROR,
    ),
}


@pytest.fixture(params=Call)
def which(request: pytest.FixtureRequest) -> Call:
    assert isinstance(request.param, Call)
    return request.param


@pytest.mark.parametrize("case", AFTER_SENDING)
def test_after_sending_no_failure_looks_like_never_sent(
    case: str, which: Call, mall: Marketplace, server: RawServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    conversation, came_back = AFTER_SENDING[case]
    server.script.extend([conversation] * 3)
    started = time.monotonic()
    result = call(mall, which)
    assert result.came_back is came_back
    assert time.monotonic() - started < QUICK.total + 0.5
    assert len(server.requests) == 1, "sent exactly once"
    if which is Call.WRITE:
        assert policy(which, result.came_back).then is not Then.RETRY
    no_key_in(result, mall, caplog)


def no_key_in(result: MarketplaceAnswer, mall: Marketplace, caplog: pytest.LogCaptureFixture) -> None:
    shown = f"{result!r} {mall!r} {caplog.text} {[record.__dict__ for record in caplog.records]}"
    for writing in (KEY, quote(KEY), quote(KEY, safe=""), "k3y", "5d41402abc4b2a76"):
        assert writing not in shown


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def deaf_port() -> Iterator[int]:
    """A port whose queue of connections is full: connecting to it gets no answer at all."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        address = listener.getsockname()
        waiting = []
        for _ in range(4):
            sock = socket.socket()
            sock.setblocking(False)  # noqa: FBT003 - the socket's own call
            sock.connect_ex(address)
            waiting.append(sock)
        yield address[1]
        for sock in waiting:
            sock.close()


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://127.0.0.1:{free}/v1", "no connection (ECONNREFUSED)"),
        ("http://127.0.0.1:{deaf}/v1", "no connection in time"),
        ("http://mall.invalid/v1", "the name in marketplace_api_url is not known"),
        ("https://127.0.0.1:{free}/v1", "no connection (ECONNREFUSED)"),
        ("http://a..b/v1", "no connection: check marketplace_api_url in the shop's settings"),
        (f"http://{'a' * 70}.example/v1", "no connection: check marketplace_api_url in the shop's settings"),
        (
            "http://127.0.0.1:99999/v1",
            "marketplace_api_url is no usable address: correct it in the shop's settings",
        ),
        ("http://:80/v1", "marketplace_api_url is no usable address: correct it in the shop's settings"),
        ("http://[::1/v1", "marketplace_api_url is no usable address: correct it in the shop's settings"),
        ("http://a b/v1", "no connection: check marketplace_api_url in the shop's settings"),
    ],
)
def test_before_sending_every_failure_says_never_sent(
    url: str, says: str, which: Call, marketplaces: MallMarketplaces, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for deaf in deaf_port():
        mall = at(marketplaces, url.format(free=free_port(), deaf=deaf))
        result = call(mall, which)
        assert (result.came_back, result.message) == (CameBack.NOT_CONNECTED, says)
        assert policy(which, result.came_back).then is Then.RETRY
        no_key_in(result, mall, caplog)


def test_tls_that_cannot_be_set_up_is_before_sending(
    which: Call, marketplaces: MallMarketplaces, server: RawServer
) -> None:
    def plain_text(sock: socket.socket) -> socket.socket:
        sock.recv(1024)
        sock.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        raise ConnectionAbortedError

    with raw_server(plain_text) as talks_plain_text, raw_server(lambda _: _refuse()) as hangs_up:
        for port in (talks_plain_text.port, hangs_up.port):
            result = call(at(marketplaces, f"https://127.0.0.1:{port}/v1"), which)
            assert result.came_back is CameBack.NOT_CONNECTED
        assert not talks_plain_text.requests + hangs_up.requests + server.requests


def _refuse() -> socket.socket:
    raise ConnectionAbortedError


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 that nobody vouches for, with its key in one file."""
    file = tmp_path_factory.mktemp("tls") / "server.pem"
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1"
    try:
        subprocess.run(
            [*command.split(), "-keyout", file, "-out", f"{file}.crt"], check=True, capture_output=True
        )
    except FileNotFoundError:
        pytest.skip("needs the openssl program")
    file.write_text(file.read_text() + Path(f"{file}.crt").read_text())
    return file


def over_tls(certificate: Path) -> Callable[[socket.socket], socket.socket]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return lambda sock: context.wrap_socket(sock, server_side=True)


def test_a_certificate_that_is_not_trusted_is_before_sending(
    which: Call, marketplaces: MallMarketplaces, certificate: Path
) -> None:
    with raw_server(over_tls(certificate)) as server:
        result = call(at(marketplaces, server.url.replace("http:", "https:")), which)
        assert (result.came_back, result.message) == (
            CameBack.NOT_CONNECTED,
            "TLS: the server's certificate is not trusted",
        )
        assert not server.requests


@pytest.mark.parametrize(
    ("conversation", "came_back"),
    [
        (answer(DONE), CameBack.OK),
        (close, CameBack.CONNECTION_LOST),
        (reset, CameBack.CONNECTION_LOST),
        (silence(1.0), CameBack.TIMEOUT),
        (drip(HEAD, b"X-A: b\r\n", 40, 0.05), CameBack.TIMEOUT),
    ],
)
def test_over_tls_it_is_the_same_after_sending(
    conversation: Conversation,
    came_back: CameBack,
    marketplaces: MallMarketplaces,
    certificate: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", f"{certificate}.crt")
    with raw_server(over_tls(certificate)) as server:
        server.script.extend([conversation] * 2)
        mall = at(marketplaces, server.url.replace("http:", "https:"))
        assert mall.write(ORDER, DELIVERED).came_back is came_back
        assert len(server.requests) == 1
        if came_back is CameBack.OK:
            assert mall.write(ORDER, DELIVERED).came_back is came_back
            assert (len(server.requests), server.connections) == (2, 1)


def test_proxies_of_the_environment_are_not_used(
    mall: Marketplace, server: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with raw_server() as proxy:
        for name in ("http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
            monkeypatch.setenv(name.upper(), f"http://127.0.0.1:{proxy.port}")
        monkeypatch.delenv("no_proxy", raising=False)
        server.script.append(answer(OPEN))
        assert mall.read(ORDER).came_back is CameBack.OK
        assert not proxy.requests


# --- connections that are kept --------------------------------------------------------------------------


def test_a_connection_is_kept_between_calls_and_shops(
    marketplaces: MallMarketplaces, server: RawServer
) -> None:
    server.script.extend([answer(OPEN), answer(DONE), answer("", "204 No Content"), answer(OPEN, "404 No")])
    for which in (Call.READ, Call.WRITE, Call.WRITE, Call.READ):
        call(at(marketplaces, server.url), which)
    assert (len(server.requests), server.connections) == (4, 1)


@pytest.mark.parametrize(
    "first",
    [
        answer(OPEN, "200 OK", "Connection: close"),
        answer(OPEN, close=True),
        send(HEAD + b"\r\n" + OPEN.encode()),
        answer(HUGE),
        send(b"HTTP/1.1 103 Early Hints\r\n\r\n" + HEAD + b"Content-Length: 0\r\n\r\n", close=False),
        answer(OPEN, then=HEAD + b"Content-Length: 0\r\n\r\n"),
    ],
)
def test_a_connection_that_is_over_or_out_of_step_is_not_used_again(
    first: Conversation, mall: Marketplace, server: RawServer
) -> None:
    server.script.extend([first, answer(DONE)])
    mall.read(ORDER)
    time.sleep(0.05)
    assert mall.write(ORDER, DELIVERED).came_back is CameBack.OK
    assert (len(server.requests), server.connections) == (2, 2)


def test_a_connection_that_was_idle_for_long_is_not_used_again(
    mall: Marketplace, server: RawServer, seconds: Seconds
) -> None:
    server.script.extend([answer(OPEN)] * 3)
    mall.read(ORDER)
    seconds.now += KEEP_IDLE
    mall.read(ORDER)
    assert server.connections == 1
    seconds.now += KEEP_IDLE + 1
    mall.read(ORDER)
    assert server.connections == 2


@pytest.mark.parametrize("end", [close, reset])
def test_a_write_into_a_kept_connection_that_dies_is_not_sent_again(
    end: Conversation, mall: Marketplace, server: RawServer
) -> None:
    server.script.extend([answer(OPEN), end, answer(DONE)])
    mall.read(ORDER)
    result = mall.write(ORDER, DELIVERED)
    assert result.came_back is CameBack.CONNECTION_LOST
    assert (len(server.requests), server.connections) == (2, 1)
    assert mall.write(ORDER, DELIVERED).came_back is CameBack.OK


def test_one_failure_leaves_nothing_behind_for_the_next_call(mall: Marketplace, server: RawServer) -> None:
    server.script.extend([silence(0.6), answer(OPEN)])
    assert mall.write(ORDER, DELIVERED).came_back is CameBack.TIMEOUT
    assert mall.read(ORDER).came_back is CameBack.OK


# --- the rest -------------------------------------------------------------------------------------------


def test_how_long_a_call_took(server: RawServer, seconds: Seconds, mall: Marketplace) -> None:
    def slow(sock: socket.socket) -> None:
        seconds.now += 1.2341
        answer(OPEN)(sock)

    server.script.append(slow)
    assert mall.read(ORDER).duration_ms == 1234


def test_connecting_may_not_use_up_all_the_time(
    server: RawServer, seconds: Seconds, marketplaces: MallMarketplaces, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect = HTTPConnection.connect

    def slow_connect(self: HTTPConnection) -> None:
        connect(self)
        seconds.now += QUICK.total + 1

    monkeypatch.setattr(HTTPConnection, "connect", slow_connect)
    result = at(marketplaces, server.url).write(ORDER, DELIVERED)
    assert result.came_back is CameBack.NOT_CONNECTED
    assert not server.requests


def test_the_defaults_end_well_before_a_function_s_time_is_over() -> None:
    assert Timeouts() == Timeouts(connect=3.05, answer=15.0)
    assert Timeouts().total < 20


def test_a_base_address_with_odd_characters_cannot_break_the_request(
    marketplaces: MallMarketplaces, server: RawServer
) -> None:
    server.script.append(answer(OPEN))
    assert at(marketplaces, f"{server.url}/ž lu\r\nX: y%20").read(ORDER).came_back is CameBack.OK
    assert server.requests[0].startswith(b"GET /v1/%C5%BE%20luX:%20y%20/orders/")
