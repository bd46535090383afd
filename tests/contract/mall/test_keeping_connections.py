"""A connection that is kept saves time and costs no certainty."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from orderbridge.adapters.http import KEEP_IDLE
from orderbridge.domain.failure_policy import Call, CallResult
from tests.contract.mall.calls import (
    DELIVERED,
    DONE,
    HEAD,
    HUGE,
    OPEN,
    ORDER,
    Seconds,
    at,
    call,
    late,
)
from tests.contract.mall.raw_server import (
    Conversation,
    RawServer,
    answer,
    close,
    reset,
    send,
)
from tests.waiting import FAR

if TYPE_CHECKING:
    import socket

    from orderbridge.adapters.mall import MallMarketplaces
    from orderbridge.ports import Marketplace


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
    ],
)
def test_a_connection_that_is_over_or_out_of_step_is_not_used_again(
    first: Conversation, mall: Marketplace, server: RawServer
) -> None:
    server.script.extend([first, answer(DONE)])
    mall.read(ORDER)
    server.wait_until_done()
    assert mall.write(ORDER, DELIVERED).call_result is CallResult.OK
    assert (len(server.requests), server.connections) == (2, 2)


def test_an_answer_that_nobody_asked_for_is_not_taken_for_the_next_one(
    mall: Marketplace, server: RawServer
) -> None:
    read = threading.Event()

    def answer_twice(sock: socket.socket) -> None:
        answer(OPEN)(sock)
        assert read.wait(FAR)
        sock.sendall(HEAD + b"Content-Length: 0\r\n\r\n")

    server.script.extend([answer_twice, answer(DONE)])
    mall.read(ORDER)
    read.set()
    server.wait_until_done()
    assert mall.write(ORDER, DELIVERED).call_result is CallResult.OK
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
    assert result.call_result is CallResult.CONNECTION_LOST
    assert (len(server.requests), server.connections) == (2, 1)
    assert mall.write(ORDER, DELIVERED).call_result is CallResult.OK


@pytest.mark.parametrize("end", [close, reset])
def test_a_write_into_a_connection_that_died_unnoticed_is_not_sent_again(
    end: Conversation, mall: Marketplace, server: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer_and_end(sock: socket.socket) -> None:
        answer(OPEN)(sock)
        end(sock)

    server.script.extend([answer_and_end, answer(DONE)])
    mall.read(ORDER)
    server.wait_until_done()
    # As if the other side's goodbye came just after the library had looked for it.
    monkeypatch.setattr("urllib3.connectionpool.is_connection_dropped", lambda _: False)
    assert mall.write(ORDER, DELIVERED).call_result is CallResult.CONNECTION_LOST
    assert (len(server.requests), server.connections) == (1, 1)
    assert mall.write(ORDER, DELIVERED).call_result is CallResult.OK
    assert (len(server.requests), server.connections) == (2, 2)


@pytest.mark.parametrize(
    "status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"]
)
@pytest.mark.parametrize("headers", [("Retry-After: 0",), ()])
def test_a_redirect_or_a_refusal_is_met_once(
    status: str, headers: tuple[str, ...], which: Call, mall: Marketplace, server: RawServer
) -> None:
    for line in (status, "413 Too Large", "429 Too Many", "503 Unavailable"):
        server.script.extend([answer("", line, f"Location: {server.url}/elsewhere", *headers), answer(OPEN)])
        assert call(mall, which).http_status == int(line[:3])
        assert len(server.requests) == 1
        server.requests.clear()
        server.script.clear()


def test_the_body_of_a_redirect_is_not_read_to_its_end(mall: Marketplace, server: RawServer) -> None:
    sent = 0

    def endless(sock: socket.socket) -> None:
        nonlocal sent
        sock.sendall(b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\n\r\n")
        for _ in range(1000):
            sock.sendall(b"x" * 65536)
            sent += 65536

    server.script.append(endless)
    assert mall.write(ORDER, DELIVERED).call_result is CallResult.UNEXPECTED
    assert sent < 20_000_000


def test_no_cookie_is_kept(mall: Marketplace, server: RawServer) -> None:
    server.script.extend([answer(OPEN, "200 OK", "Set-Cookie: session=1; Path=/"), answer(OPEN)])
    mall.read(ORDER)
    mall.read(ORDER)
    assert b"Cookie" not in server.requests[1]


def test_one_failure_leaves_nothing_behind_for_the_next_call(
    mall: Marketplace, server: RawServer, seconds: Seconds
) -> None:
    server.script.extend([late(seconds), answer(OPEN)])
    assert mall.write(ORDER, DELIVERED).call_result is CallResult.TIMEOUT
    assert mall.read(ORDER).call_result is CallResult.OK
