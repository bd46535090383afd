"""MALL's webhook: which changes it tells of, how often, and what it keeps to itself."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from sandbox import start_sandbox
from sandbox.mall import webhook
from tests.waiting import FAR, eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.sandbox.conftest import Json, Mall, SetClock

SECRET = "a-secret-that-is-in-the-address"


class Listener:
    """A server that takes deliveries. `answers` are the HTTP statuses to come, 200 when there are none left."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, Json]] = []
        self.answers: list[int] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook/{SECRET}"

    def ids(self) -> list[Json]:
        return [body for _, body in self.taken]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                listener.taken.append((self.headers["Content-Type"], body))
                self.send_response(listener.answers.pop(0) if listener.answers else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Nothing."""

        return Handler


@pytest.fixture
def listener() -> Iterator[Listener]:
    made = Listener()
    yield made
    made.close()


@pytest.fixture
def telling(mall: Mall, listener: Listener) -> Iterator[Mall]:
    """MALL with its webhook set, as fast as it goes."""
    mall.put("/webhook", {"url": listener.url, "every_seconds": 0})
    yield mall
    mall.call("POST", "/reset")


def deliveries(mall: Mall) -> list[Json]:
    shown: list[Json] = mall.get("/webhook")["deliveries"]
    return shown


def test_a_new_open_order_and_a_change_are_told_as_a_bare_array(telling: Mall, listener: Listener) -> None:
    order = telling.create(id=4_700_000_001)["id"]
    eventually(lambda: listener.ids() == [[order]])
    telling.change(order, status="cancelled")
    eventually(lambda: listener.ids() == [[order], [order]])
    assert {kind for kind, _ in listener.taken} == {"application/json"}


def test_what_the_partner_does_and_what_is_not_open_yet_is_not_told(
    telling: Mall, listener: Listener
) -> None:
    telling.create(id=1, status="blocked")
    order = telling.create(id=2, confirmed=True)["id"]
    eventually(lambda: listener.ids() == [[2]])
    assert telling.write(order, status="shipping").ok
    telling.change(1, status="open")
    eventually(lambda: listener.ids() == [[2], [1]])


def test_changes_within_the_pause_come_together_each_once(
    telling: Mall, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    passed, pause = [1000.0], 60.0
    monkeypatch.setattr(webhook, "time", SimpleNamespace(monotonic=lambda: passed[-1]))
    telling.put("/webhook", {"url": listener.url, "every_seconds": pause})
    telling.create(id=3)
    eventually(lambda: [delivery["ids"] for delivery in deliveries(telling)] == [[3]])
    telling.create(id=9)
    passed.append(passed[0] + pause - 1)
    telling.create(id=8)
    assert listener.ids() == [[3]]
    passed.append(passed[0] + pause)
    telling.change(9, ready_to_return=True)
    eventually(lambda: [delivery["ids"] for delivery in deliveries(telling)] == [[3], [9, 8]])
    assert listener.ids() == [[3], [9, 8]]


def test_the_deliveries_show_what_came_back_and_never_the_address(
    telling: Mall, listener: Listener, clock: SetClock
) -> None:
    listener.answers = [500]
    telling.create(id=5)
    eventually(lambda: deliveries(telling))
    at = clock().isoformat(timespec="milliseconds")
    assert telling.get("/webhook") == {
        "on": True,
        "every_seconds": 0,
        "deliveries": [{"at": at, "ids": [5], "http_status": 500}],
    }
    for answer in (
        telling.call("GET", "/webhook"),
        telling.call("PUT", "/webhook", {"url": listener.url}),
        telling.call("PUT", "/webhook", {"url": f"ftp://nowhere/{SECRET}"}),
    ):
        assert SECRET not in answer.text


def test_an_address_where_nobody_listens_is_tried_once(mall: Mall) -> None:
    mall.put("/webhook", {"url": f"http://127.0.0.1:9/{SECRET}", "every_seconds": 0})
    mall.create(id=6)
    eventually(lambda: deliveries(mall))
    mall.create(id=7)
    eventually(lambda: len(deliveries(mall)) == 2)
    assert [(one["ids"], one["http_status"]) for one in deliveries(mall)] == [([6], None), ([7], None)]


def test_what_was_not_taken_can_come_again_with_the_next_one(telling: Mall, listener: Listener) -> None:
    telling.put("/behaviour", {"webhook_retry": "next"})
    listener.answers = [503, 204]
    telling.create(id=6)
    eventually(lambda: len(deliveries(telling)) == 2)
    assert listener.ids() == [[6], [6]]
    telling.create(id=7)
    eventually(lambda: listener.ids() == [[6], [6], [7]])


def test_without_an_address_nothing_is_collected(mall: Mall, listener: Listener) -> None:
    mall.create(id=10)
    mall.put("/webhook", {"url": listener.url, "every_seconds": 0})
    mall.create(id=11)
    eventually(lambda: listener.ids() == [[11]])
    assert mall.put("/webhook", {"url": None})["on"] is False
    mall.create(id=12)
    mall.put("/webhook", {"url": listener.url, "every_seconds": 0})
    mall.create(id=13)
    eventually(lambda: listener.ids() == [[11], [13]])
    eventually(lambda: [delivery["ids"] for delivery in deliveries(mall)] == [[11], [13]])


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"url": "not an address"}, "url"),
        ({"url": "http://"}, "url"),
        ({"every_seconds": -1}, "every_seconds"),
        ({"every_second": 1}, "every_second"),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused(mall: Mall, body: Json, named: str) -> None:
    answer = mall.call("PUT", "/webhook", body)
    assert answer.status_code == 400
    assert named in answer.json()["error"]


def test_the_webhook_ends_with_its_server(listener: Listener) -> None:
    threads = set(threading.enumerate())
    with start_sandbox():
        (thread,) = (one for one in set(threading.enumerate()) - threads if one.name == "mall-webhook")
        assert thread.is_alive()
    thread.join(FAR)
    assert not thread.is_alive()
    assert listener.taken == []
