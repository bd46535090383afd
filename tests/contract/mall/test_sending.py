"""What a call looks like on the wire."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import quote

from orderbridge.adapters.mall import MallMarketplaces, Timeouts
from orderbridge.domain.failure_policy import CallResult
from orderbridge.domain.steps import MarketplaceChange
from tests.contract.mall.calls import (
    DELIVERED,
    DONE,
    HEAD,
    KEY,
    OPEN,
    ORDER,
    Seconds,
    at,
    late,
)
from tests.contract.mall.raw_server import (
    RawServer,
    answer,
)

if TYPE_CHECKING:
    import socket

    from orderbridge.ports import Marketplace


def test_a_read_on_the_wire(mall: Marketplace, server: RawServer) -> None:
    server.script.append(answer(OPEN))
    assert mall.read(ORDER).call_result is CallResult.OK
    head = server.requests[0].decode().split("\r\n")
    assert head[0] == f"GET /v1/orders/{ORDER}?client_id={quote(KEY, safe='')} HTTP/1.1"
    assert {
        "Accept: application/json",
        "X-Application-Name: orderbridge",
        "X-Application-Version: 1.2",
    } < set(head)


def test_a_write_on_the_wire(mall: Marketplace, server: RawServer) -> None:
    server.script.append(answer(DONE))
    assert mall.write(ORDER, DELIVERED).call_result is CallResult.OK
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


def test_how_long_a_call_took(server: RawServer, seconds: Seconds, mall: Marketplace) -> None:
    def slow(sock: socket.socket) -> None:
        seconds.now += 0.2341
        answer(OPEN)(sock)

    server.script.append(slow)
    assert mall.read(ORDER).duration_ms == 234


def test_a_body_on_its_way_is_given_up_by_the_clock_that_is_passed_in(
    server: RawServer, seconds: Seconds, mall: Marketplace
) -> None:
    server.script.append(late(seconds, HEAD + b"Content-Length: 99\r\n\r\n{"))
    assert mall.write(ORDER, DELIVERED).call_result is CallResult.TIMEOUT


def test_the_defaults_end_well_before_a_function_s_time_is_over() -> None:
    assert Timeouts() == Timeouts(connect=3.05, answer=15.0)
    assert Timeouts().total < 20


def test_a_base_address_with_odd_characters_cannot_break_the_request(
    marketplaces: MallMarketplaces, server: RawServer
) -> None:
    server.script.append(answer(OPEN))
    assert at(marketplaces, f"{server.url}/žlu:y%20").read(ORDER).call_result is CallResult.OK
    assert server.requests[0].startswith(b"GET /v1/%C5%BElu:y%20/orders/")
    assert at(marketplaces, f"{server.url}/lu\r\nX: y").read(ORDER).call_result is CallResult.NOT_CONNECTED
    assert len(server.requests) == 1
