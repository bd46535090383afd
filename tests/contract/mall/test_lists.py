"""Lists and whole orders on the wire, and servers that count their pages wrongly."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from orderbridge.adapters.mall.lists import MAX_PAGES
from orderbridge.adapters.mall.transport import MAX_BODY, MAX_PAGE
from orderbridge.domain.codes.answers import AnswerReason
from orderbridge.domain.failure_policy import CallResult
from orderbridge.domain.reasons import because
from orderbridge.domain.views import ListedOrder
from tests.contract.mall.calls import KEY, ORDER, Seconds, late, no_key_in
from tests.contract.mall.raw_server import Conversation, RawServer, answer, close, send

if TYPE_CHECKING:
    import socket

    from orderbridge.domain.answers import ListAnswer, OrderDetailAnswer
    from orderbridge.ports import Marketplace

OK = {"code": 200, "status": "OK"}


def listed(*data: object, pages: object = None, pad: int = 0) -> bytes:
    """A page of a list; with `pad`, so many bytes long."""
    document = {"result": OK, "data": list(data)} | ({} if pages is None else {"paging": {"pages": pages}})
    return json.dumps(document).encode().ljust(pad)


def orders(*numbers: int) -> list[dict[str, object]]:
    return [{"id": number, "status": "open"} for number in numbers]


def lines(server: RawServer) -> list[str]:
    return [request.decode().split("\r\n")[0] for request in server.requests]


def numbers(found: ListAnswer) -> list[int]:
    return [order.mall_order_id for order in found.orders]


# --- what is sent ---------------------------------------------------------------------------------------

KEYED = f"client_id={quote(KEY, safe='')}"


def test_the_unconfirmed_list_on_the_wire(mall: Marketplace, server: RawServer) -> None:
    server.script += [answer(listed(*orders(5))), answer(listed())]
    assert numbers(mall.unconfirmed(test=False)) == [5]
    assert numbers(mall.unconfirmed(test=True)) == []
    query = f"{KEYED}&filter=basic&page=1&page_size=1000"
    assert lines(server) == [
        f"GET /v1/orders/unconfirmed?{query} HTTP/1.1",
        f"GET /v1/orders/unconfirmed?{query}&test=1 HTTP/1.1",
    ]


def test_the_list_of_orders_under_way_on_the_wire(mall: Marketplace, server: RawServer) -> None:
    server.script += [answer(listed(*orders(5), pages=2)), answer(listed(*orders(6), pages=2))]
    assert numbers(mall.under_way(test=True)) == [5, 6]
    query = "page_size=1000&status=in:open,shipping,shipped&test=1"
    assert lines(server) == [
        f"GET /v1/orders?{KEYED}&filter=basic&page={page}&{query} HTTP/1.1" for page in (1, 2)
    ]


def test_a_whole_order_on_the_wire(mall: Marketplace, server: RawServer) -> None:
    server.script.append(answer(json.dumps({"result": OK, "data": orders(ORDER)[0]})))
    assert mall.order_detail(ORDER).order is not None
    assert lines(server) == [f"GET /v1/orders/{ORDER}?{KEYED} HTTP/1.1"]


# --- what comes back ------------------------------------------------------------------------------------


def test_bare_numbers(mall: Marketplace, server: RawServer) -> None:
    server.script.append(answer(listed(5, "6")))
    assert mall.unconfirmed(test=False).orders == (ListedOrder(5, None), ListedOrder(6, None))


def test_a_server_with_smaller_pages_than_asked_for(mall: Marketplace, server: RawServer) -> None:
    server.script += [answer(listed(*orders(n), pages="3")) for n in (5, 6, 7)]
    found = mall.unconfirmed(test=False)
    assert (numbers(found), found.calls) == ([5, 6, 7], 3)


@pytest.mark.parametrize(
    "paging", [{}, {"paging": None}, {"paging": {"pages": 0}}, {"paging": {"pages": "?"}}]
)
def test_a_server_that_does_not_count_its_pages_is_read_to_its_end(
    paging: dict[str, object], mall: Marketplace, server: RawServer
) -> None:
    for first, last in ((1, 1000), (1001, 2000), (2001, 2500)):
        page = {"result": OK, "data": orders(*range(first, last + 1)), **paging}
        server.script.append(answer(json.dumps(page)))
    found = mall.under_way(test=False)
    assert (found.answer.call_result, found.answer.reason, found.calls) == (CallResult.OK, None, 3)
    assert numbers(found) == list(range(1, 2501))


@pytest.mark.parametrize("pages", [2**62, "999", 2])
def test_a_server_that_ignores_the_page_is_asked_twice(
    pages: object, mall: Marketplace, server: RawServer
) -> None:
    server.script += [answer(listed(*orders(5, 6), pages=pages)) for _ in range(9)]
    found = mall.under_way(test=False)
    assert (numbers(found), found.calls, len(server.requests)) == ([5, 6], 2, 2)


def test_a_server_with_pages_without_end_is_left(mall: Marketplace, server: RawServer) -> None:
    server.script += [answer(listed(n, pages=n + 1)) for n in range(1, MAX_PAGES + 50)]
    found = mall.unconfirmed(test=False)
    assert (found.answer.call_result, found.calls) == (CallResult.OK, MAX_PAGES)
    assert len(server.requests) == MAX_PAGES


def test_a_page_that_does_not_come_is_the_failure_of_the_list(mall: Marketplace, server: RawServer) -> None:
    server.script += [answer(listed(5, pages=3)), close]
    found = mall.unconfirmed(test=False)
    assert (found.answer.call_result, found.orders, found.calls) == (CallResult.CONNECTION_LOST, (), 2)
    assert len(server.requests) == 2


def test_a_page_that_is_late_is_the_failure_of_the_list(
    mall: Marketplace, server: RawServer, seconds: Seconds
) -> None:
    server.script += [answer(listed(5, pages=3)), late(seconds)]
    found = mall.unconfirmed(test=False)
    assert (found.answer.call_result, found.orders, found.calls) == (CallResult.TIMEOUT, (), 2)


def test_the_answer_is_that_of_the_last_page(mall: Marketplace, server: RawServer, seconds: Seconds) -> None:
    def slowly(page: Conversation, after: float) -> Conversation:
        def conversation(sock: socket.socket) -> None:
            seconds.now += after
            page(sock)

        return conversation

    server.script += [
        slowly(answer(listed(5, pages=2)), 0.25),
        slowly(answer(listed(6, pages=2), "203 Ok"), 0.125),
    ]
    found = mall.unconfirmed(test=False)
    assert (found.answer.http_status, found.answer.duration_ms) == (203, 125)


# --- sizes ----------------------------------------------------------------------------------------------


def test_a_list_may_be_larger_than_an_order(mall: Marketplace, server: RawServer) -> None:
    large = listed(*orders(5), pad=MAX_PAGE)
    server.script += [answer(large), answer(large + b" ")]
    assert numbers(mall.unconfirmed(test=False)) == [5]
    found = mall.unconfirmed(test=False)
    assert (found.answer.call_result, found.answer.reason) == (
        CallResult.BROKEN_BODY,
        because(AnswerReason.CUT_TOO_LARGE),
    )


def test_an_order_may_not(mall: Marketplace, server: RawServer) -> None:
    large = json.dumps({"result": OK, "data": orders(ORDER)[0]}).encode().ljust(MAX_BODY)
    server.script += [answer(large), answer(large), answer(large + b" "), answer(large + b" ")]
    assert [mall.order_detail(ORDER).answer.call_result, mall.read(ORDER).call_result] == [CallResult.OK] * 2
    assert [mall.order_detail(ORDER).answer.call_result, mall.read(ORDER).call_result] == [
        CallResult.BROKEN_BODY
    ] * 2


def test_a_thousand_orders_with_long_values_fit_on_a_page(mall: Marketplace, server: RawServer) -> None:
    order = {
        "status": "open",
        "tracking_url": "https://tracking.example/" + "x" * 2000,
        "customer": "ř" * 200,
    }
    server.script.append(answer(listed(*(order | {"id": number} for number in range(1, 1001)), pages=1)))
    assert len(mall.unconfirmed(test=False).orders) == 1000


# --- the key --------------------------------------------------------------------------------------------


def test_the_key_is_nowhere_but_in_the_query(
    mall: Marketplace, server: RawServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    echo = json.dumps({"result": {"code": 400, "status": "ERROR", "message": f"client_id={KEY}: no"}})
    server.script += [answer(echo, "400 Bad Request", f"X-Client-Id: {KEY}") for _ in range(3)]
    server.script += [close, send(b"\x00\x01 no HTTP"), close]
    for _ in range(2):
        found: list[ListAnswer | OrderDetailAnswer] = [
            mall.unconfirmed(test=True),
            mall.under_way(test=True),
            mall.order_detail(ORDER),
        ]
        assert all(one.answer.call_result is not CallResult.OK for one in found)
        for one in found:
            no_key_in(one.answer, mall, caplog)
            assert "k3y" not in repr(one)
