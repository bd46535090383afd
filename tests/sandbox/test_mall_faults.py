"""What goes wrong on MALL's side goes wrong exactly so, and the order shows whether it had an effect."""

from __future__ import annotations

import threading
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
import requests

from sandbox.mall import api
from tests.waiting import FAR, SOON, eventually

if TYPE_CHECKING:
    from tests.sandbox.conftest import Mall


def _faults(mall: Mall, *rules: dict[str, Any]) -> None:
    mall.put("/faults", {"rules": list(rules)})


@pytest.mark.parametrize("kind", ["lost_before", "lost_after", "reset"])
@pytest.mark.parametrize("how", ["close", "reset"])
def test_lost_answers(mall: Mall, kind: str, how: str) -> None:
    order_id = mall.order()
    _faults(mall, {"kind": kind, "how": how, "times": 1})
    with pytest.raises(requests.ConnectionError) as caught:
        mall.write(order_id, status="shipping")
    if kind == "reset" or how == "reset":
        assert "reset" in str(caught.value).lower()
    after = "shipping" if kind == "lost_after" else "open"
    assert mall.status(order_id) == after
    [call] = mall.get(f"/orders/{order_id}/calls")
    assert (call["http_status"], call["status_before"], call["status_after"]) == (None, "open", after)
    assert mall.get("/calls")["lost"] == 1
    assert mall.write(order_id, status="shipping").ok


def test_reset_after_the_effect(mall: Mall) -> None:
    order_id = mall.order()
    _faults(mall, {"kind": "reset", "effect": True})
    with pytest.raises(requests.ConnectionError):
        mall.write(order_id, status="shipping")
    assert mall.status(order_id) == "shipping"


def test_a_lost_read(mall: Mall) -> None:
    order_id = mall.order()
    _faults(mall, {"kind": "lost_after", "call": "get_order"})
    with pytest.raises(requests.ConnectionError):
        mall.read(order_id)
    assert mall.write(order_id, status="shipping").ok


@pytest.mark.parametrize(("effect", "after"), [(False, "open"), (True, "shipping")])
def test_error_status_with_and_without_effect(mall: Mall, effect: bool, after: str) -> None:  # noqa: FBT001
    order_id = mall.order()
    _faults(mall, {"kind": "status", "http_status": 503, "effect": effect, "message": "Down."})
    answer = mall.write(order_id, status="shipping")
    assert (answer.status_code, answer.json()["result"]) == (
        503,
        {"code": 503, "status": "ERROR", "message": "Down."},
    )
    assert mall.status(order_id) == after


def test_error_status_with_a_body_of_its_own(mall: Mall) -> None:
    _faults(
        mall, {"kind": "status", "http_status": 502, "body": "<html>Bad gateway</html>", "retry_after": 7}
    )
    answer = mall.api("GET", "/orders")
    assert (answer.status_code, answer.text) == (502, "<html>Bad gateway</html>")
    assert answer.headers["Content-Type"].startswith("text/html")
    assert answer.headers["Retry-After"] == "7"


def test_rate_limited(mall: Mall) -> None:
    order_id = mall.order()
    _faults(mall, {"kind": "rate_limited", "reset_seconds": 12, "retry_after": "12", "times": 1})
    answer = mall.write(order_id, status="shipping")
    assert (answer.status_code, answer.json()["result"]["status"]) == (429, "LIMITED")
    assert (answer.headers["X-RateLimit-Remaining"], answer.headers["X-RateLimit-Reset"]) == ("0", "12")
    assert answer.headers["Retry-After"] == "12"
    assert mall.write(order_id, status="shipping").ok


def test_rate_limited_without_headers(mall: Mall) -> None:
    mall.put("/behaviour", {"rate_limit_headers": "absent"})
    _faults(mall, {"kind": "rate_limited", "reset_seconds": 12})
    answer = mall.api("GET", "/orders")
    assert answer.status_code == 429
    assert not [name for name in answer.headers if name.lower().startswith("x-ratelimit")]


@pytest.mark.parametrize(
    ("kind", "http_status"), [("malformed", None), ("malformed", 500), ("empty_body", None)]
)
def test_broken_bodies_have_their_effect(mall: Mall, kind: str, http_status: int | None) -> None:
    order_id = mall.order()
    _faults(mall, {"kind": kind} if http_status is None else {"kind": kind, "http_status": http_status})
    answer = mall.write(order_id, status="shipping")
    assert answer.status_code == (http_status or 200)
    with pytest.raises(requests.JSONDecodeError):
        answer.json()
    assert (answer.content == b"") is (kind == "empty_body")
    assert mall.status(order_id) == "shipping"


def test_a_broken_body_without_effect(mall: Mall) -> None:
    order_id = mall.order()
    _faults(mall, {"kind": "malformed", "effect": False, "body": "null"})
    assert mall.write(order_id, status="shipping").text == "null"
    assert mall.status(order_id) == "open"


@pytest.mark.parametrize(("when", "at_once"), [("before", "open"), ("after", "shipping")])
def test_latency_before_and_after_the_effect(
    mall: Mall, when: str, at_once: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asleep, over = threading.Event(), threading.Event()

    def sleep(seconds: float) -> None:
        if seconds:
            asleep.set()
            over.wait(FAR)

    monkeypatch.setattr(api, "time", SimpleNamespace(sleep=sleep))
    order_id = mall.order()
    _faults(mall, {"kind": "latency", "latency_ms": 300, "when": when})
    with pytest.raises(requests.ReadTimeout):
        requests.put(
            f"{mall.api_url}/orders/{order_id}",
            params={"client_id": mall.client_id},
            json={"status": "shipping"},
            timeout=(FAR, SOON),
        )
    assert asleep.wait(FAR)
    assert mall.status(order_id) == at_once
    over.set()
    eventually(lambda: mall.get(f"/orders/{order_id}/calls")[0]["http_status"] is not None)
    assert mall.status(order_id) == "shipping"


def test_latency_adds_to_other_kinds(mall: Mall) -> None:
    _faults(
        mall, {"kind": "latency", "latency_ms": 60}, {"kind": "status", "http_status": 500, "latency_ms": 60}
    )
    started = time.monotonic()
    assert mall.api("GET", "/orders").status_code == 500
    assert time.monotonic() - started >= 0.12


def test_conditions_skip_and_times(mall: Mall) -> None:
    first, second = mall.order(), mall.order()
    _faults(
        mall,
        {"kind": "status", "http_status": 503, "method": "PUT", "order_id": first, "skip": 1, "times": 2},
    )
    assert mall.read(first)["status"] == "open"
    assert mall.write(second, status="shipping").ok
    answers = [mall.write(first, status="shipping").status_code for _ in range(4)]
    assert answers == [200, 503, 503, 200]
    assert mall.get("/faults")["rules"][0]["left"] == 0


def test_faults_of_one_key(mall: Mall) -> None:
    mall.put("/clients", {"client_ids": [mall.client_id, "second"]})
    _faults(mall, {"kind": "status", "http_status": 401, "client_id": "second"})
    assert mall.api("GET", "/orders").ok
    assert mall.api("GET", "/orders", client_id="second").status_code == 401


@pytest.mark.parametrize(
    ("flat", "expected"),
    [
        (
            {"latency": 5, "status": 502},
            [
                {"kind": "latency", "latency_ms": 5, "left": None},
                {"kind": "status", "http_status": 502, "left": None},
            ],
        ),
        ({"latency_ms": 5}, [{"kind": "latency", "latency_ms": 5, "left": None}]),
        ({"http_status": 503, "times": 3}, [{"kind": "status", "http_status": 503, "times": 3, "left": 3}]),
        ({"lost": "after", "times": 1}, [{"kind": "lost_after", "times": 1, "left": 1}]),
        ({"lost": "before"}, [{"kind": "lost_before", "left": None}]),
        ({"malformed": True, "empty_body": False}, [{"kind": "malformed", "left": None}]),
        ({"kind": "reset", "order_id": 5}, [{"kind": "reset", "order_id": 5, "left": None}]),
        ({"empty_body": False}, []),
        ({}, []),
    ],
)
def test_flat_form(mall: Mall, flat: dict[str, Any], expected: list[dict[str, Any]]) -> None:
    mall.put("/faults", {"http_status": 500})
    assert mall.put("/faults", flat) == {"rules": expected}


@pytest.mark.parametrize(
    "wrong",
    [
        {"delay": 5},
        {"malformed": "yes"},
        {"rules": {}},
        {"rules": [], "times": 1},
        {"rules": [{"kind": "flood"}]},
        {"rules": [{"kind": "status", "code": 500}]},
        {"rules": [{"http_status": 500}]},
        {"times": 3},
        {"lost": "sometimes"},
        {"http_status": 99},
    ],
)
def test_wrong_faults_are_explained_and_arm_nothing(mall: Mall, wrong: dict[str, Any]) -> None:
    answer = mall.call("PUT", "/faults", wrong)
    assert answer.status_code == 400
    assert "faults" in answer.json()["error"]
    assert mall.get("/faults") == {"rules": []}
