"""What MALL's side shows: keys, envelopes, lists and pages, details, limits, and its control address."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import requests

from sandbox import PERSONAL_MARKERS

if TYPE_CHECKING:
    from tests.sandbox.conftest import Mall, SetClock

BASIC_KEYS = {
    "customer_id", "customer", "id", "purchase_id", "cod", "payment_type", "ship_date", "status", "confirmed", "test",
    "mdp", "mdp_classic", "mdp_spectrum", "open",
}  # fmt: skip


def test_keys(mall: Mall) -> None:
    assert requests.get(f"{mall.api_url}/orders", timeout=10).status_code == 401
    wrong = mall.api("GET", "/orders", client_id="wrong")
    assert (wrong.status_code, wrong.json()["result"]["status"]) == (401, "ERROR")
    mall.put("/behaviour", {"wrong_key_http_status": 403})
    assert mall.api("GET", "/orders", client_id="wrong").status_code == 403


def test_the_key_is_echoed_in_the_headers_and_nowhere_else(mall: Mall) -> None:
    order_id = mall.order()
    answer = mall.api("GET", f"/orders/{order_id}")
    assert mall.client_id in str(answer.headers)
    assert mall.client_id not in answer.text
    assert mall.client_id not in mall.call("GET", f"/orders/{order_id}/calls").text


def test_a_second_key_sees_its_own_orders_and_can_be_revoked_alone(mall: Mall) -> None:
    mall.put("/clients", {"client_ids": [mall.client_id, "second"]})
    mine, theirs = mall.order(), mall.order(client_id="second")
    assert mall.api("GET", "/orders").json()["data"] == [mine]
    assert mall.api("GET", "/orders", client_id="second").json()["data"] == [theirs]
    assert mall.api("GET", f"/orders/{mine}", client_id="second").status_code == 404
    mall.put("/clients", {"client_ids": ["second"]})
    assert mall.api("GET", f"/orders/{mine}").status_code == 401
    assert mall.api("GET", f"/orders/{theirs}", client_id="second").ok


def test_detail(mall: Mall) -> None:
    order_id = mall.order(cod=499.5, external_id="X-1")
    answer = mall.api("GET", f"/orders/{order_id}").json()
    assert set(answer) == {"result", "data"}
    order = answer["data"]
    assert order["id"] == order_id
    assert 8 <= len(str(order_id)) <= 12
    assert (order["cod"], order["external_id"], order["status"]) == (499.5, "X-1", "open")
    assert {"currency", "address", "items", "delivery_method", "ready_to_return"} <= set(order)
    assert "delivered_at" not in order
    assert None not in order.values()
    assert all(marker in str(order["address"]) for marker in PERSONAL_MARKERS)
    missing = mall.api("GET", "/orders/42")
    assert (missing.status_code, missing.json()["result"]["code"]) == (404, 404)
    assert missing.json()["errorCodes"][0]["errorCode"] == "RESOURCE_NOT_FOUND"


def test_what_recorded_orders_have(mall: Mall) -> None:
    orders = [mall.read(mall.order()) for _ in range(4)]
    assert {order["payment_type"] for order in orders} == {"A", "B"}
    assert {order["external_order_id"] for order in orders} == {0}
    assert all(isinstance(order["delivery_method_id"], int) for order in orders)
    assert [order["branches"] for order in orders] == [{"overridden": False}] * 4
    changed = mall.order(branches={"branch_id": 29, "secondary_branch_id": 21})
    assert mall.read(changed)["branches"] == {
        "overridden": False,
        "branch_id": 29,
        "secondary_branch_id": 21,
    }


def test_an_order_may_have_an_id_of_64_bits(mall: Mall) -> None:
    order_id = mall.order(id=2**63 - 1)
    assert mall.read(order_id)["id"] == order_id


def test_unknown_paths_and_methods_are_envelopes(mall: Mall) -> None:
    for method, path in (
        ("GET", "/orders/nonsense"),
        ("GET", "/articles"),
        ("POST", "/orders"),
        ("DELETE", "/orders/1"),
    ):
        answer = mall.api(method, path)
        assert (answer.status_code, answer.json()["result"]["status"]) == (404, "ERROR"), path


def test_lists(mall: Mall) -> None:
    ids = [mall.order(status) for status in ("open", "shipping", "blocked", "open")]
    answer = mall.api("GET", "/orders").json()
    assert answer["data"] == [ids[0], ids[1], ids[3]]
    assert answer["paging"] == {"total": 3, "pages": 1, "size": 3, "page": 1}
    basic = mall.api("GET", "/orders", filter="basic", status="in:open,blocked", _sort="id:desc").json()[
        "data"
    ]
    assert [order["id"] for order in basic] == [ids[3], ids[2], ids[0]]
    assert set(basic[0]) == BASIC_KEYS
    assert mall.api("GET", "/orders", status="blocked").json()["data"] == [ids[2]]
    assert mall.api("GET", "/orders/open").json()["data"] == [ids[0], ids[3]]


def test_pages(mall: Mall) -> None:
    ids = [mall.order() for _ in range(5)]
    pages = [mall.api("GET", "/orders", page=page, page_size=2).json() for page in (1, 2, 3, 4)]
    assert [page["data"] for page in pages] == [ids[:2], ids[2:4], ids[4:], []]
    assert pages[2]["paging"] == {"total": 5, "pages": 3, "size": 1, "page": 3}


def test_test_orders_come_only_when_asked_for(mall: Mall) -> None:
    real, test = mall.order(), mall.order(test=True)
    for no in ({}, {"test": "0"}, {"test": "false"}):
        assert mall.api("GET", "/orders", **no).json()["data"] == [real]
    for yes in ("1", "true"):
        assert mall.api("GET", "/orders", test=yes).json()["data"] == [real, test]


def test_sorting_by_a_time(mall: Mall) -> None:
    late = mall.order(open="2026-11-20 08:00:00")
    early = mall.order(open="2026-11-18 08:00:00")
    none = mall.order("blocked")
    found = mall.api("GET", "/orders", status="in:open,blocked", _sort="open:asc").json()["data"]
    assert found == [none, early, late]
    assert mall.api("GET", "/orders", _sort="open").json()["data"] == [early, late]
    assert mall.api("GET", "/orders", _sort="mdp,open:desc").json()["data"] == [late, early]


@pytest.mark.parametrize(
    "query",
    [
        {"page": "0"},
        {"page": "x"},
        {"page_size": "1001"},
        {"status": "in:sent"},
        {"_sort": "id:up"},
        {"_sort": "price:asc"},
        {"filter": "all"},
        {"test": "yes"},
        {"id": "first"},
        {"mdp": "eq:maybe"},
        {"id": "bt:1"},
        {"open": "gt:$null"},
    ],
)
def test_queries_that_make_no_sense(mall: Mall, query: dict[str, str]) -> None:
    assert mall.api("GET", "/orders", **query).status_code == 400


def test_unknown_parameters_are_ignored_unless_a_switch_refuses_them(mall: Mall) -> None:
    order_id = mall.order()
    query = {"since": "2026-01-01", "_offset": "10"}
    assert mall.api("GET", "/orders", **query).json()["data"] == [order_id]
    mall.put("/behaviour", {"unknown_parameters": "refuse"})
    assert mall.api("GET", "/orders", **query).status_code == 400
    assert mall.api("GET", "/orders", id=str(order_id)).json()["data"] == [order_id]


def test_unconfirmed_is_the_feed_of_changes_by_mall(mall: Mall) -> None:
    first, second = mall.order(), mall.order(confirmed=False)
    assert mall.api("GET", "/orders/unconfirmed").json()["data"] == [second]
    mall.change(first, status="cancelled")
    mall.write(second, confirmed=True)
    feed = mall.api("GET", "/orders/unconfirmed", filter="basic", page_size=10).json()
    assert [(order["id"], order["status"]) for order in feed["data"]] == [(first, "cancelled")]
    assert mall.change(first, confirmed=True)["confirmed"] is True
    assert mall.api("GET", "/orders/unconfirmed").json()["data"] == []


def test_stats(mall: Mall) -> None:
    mall.order()
    mall.order("shipped")
    mall.order("open", open="2026-01-01 00:00:00")
    counts = mall.api("GET", "/orders/stats", days=30).json()["data"]
    assert (counts["open"], counts["shipped"], counts["lost"], len(counts)) == (1, 1, 0, 8)
    assert mall.api("GET", "/orders/stats", days="all").status_code == 400


def test_sparse_extra_and_stringly(mall: Mall) -> None:
    order_id = mall.order()
    mall.put("/behaviour", {"order_detail": "sparse"})
    assert mall.read(order_id) == {"id": order_id, "status": "open", "confirmed": True, "mdp": False}
    mall.put("/behaviour", {"order_detail": ["sparse", "extra", "stringly"]})
    order = mall.read(order_id)
    assert (order["id"], order["loyalty_points"], order["confirmed"]) == (str(order_id), "12", True)
    mall.put("/behaviour", {"order_detail": ["stringly"]})
    items = mall.read(order_id)["items"]
    assert isinstance(items[0]["price"], str)
    assert mall.api("GET", "/orders").json()["data"] == [str(order_id)]


def test_limits_in_the_headers(mall: Mall, clock: SetClock) -> None:
    mall.put("/limits", {"day": 5750, "hour": 2875, "minute": 17250})
    headers = mall.api("GET", "/orders").headers
    sizes = headers["X-RateLimit-Limit"].split(", ")
    assert sizes[0] == "2875"
    assert [size.split(";")[:2] for size in sizes[1:]] == [
        ["5750", "w=86400"],
        ["2875", "w=3600"],
        ["17250", "w=60"],
    ]
    assert sizes[1].endswith(f';name="partner:{mall.client_id}|domain:other|unit:d"')
    assert (headers["X-RateLimit-Remaining"], headers["X-RateLimit-Reset"]) == ("2874", "3600")
    clock.now += timedelta(seconds=100)
    headers = mall.api("GET", "/orders").headers
    assert (headers["X-RateLimit-Remaining"], headers["X-RateLimit-Reset"]) == ("2873", "3500")


def test_over_the_limit(mall: Mall, clock: SetClock) -> None:
    order_id = mall.order()
    mall.put("/limits", {"minute": {"limit": 100, "remaining": 1, "reset_seconds": 30}})
    assert mall.write(order_id, status="shipping").ok
    refused = mall.write(order_id, status="cancelled")
    assert (refused.status_code, refused.json()["result"]["status"]) == (429, "LIMITED")
    assert (refused.headers["X-RateLimit-Remaining"], refused.headers["X-RateLimit-Reset"]) == ("0", "30")
    assert mall.status(order_id) == "shipping"
    clock.now += timedelta(seconds=30)
    assert mall.write(order_id, status="cancelled").headers["X-RateLimit-Remaining"] == "99"


def test_limits_are_counted_per_key(mall: Mall) -> None:
    mall.put("/clients", {"client_ids": [mall.client_id, "second"]})
    mall.put("/limits", {"hour": 1})
    assert [mall.api("GET", "/orders").status_code for _ in range(2)] == [200, 429]
    assert mall.api("GET", "/orders", client_id="second").ok
    assert mall.get("/limits")["counters"][0]["hour"] == 0
    assert mall.put("/limits", {})["hour"] > 1000


def test_limit_headers_absent_or_malformed(mall: Mall) -> None:
    mall.put("/limits", {"hour": 1})
    mall.put("/behaviour", {"rate_limit_headers": "absent"})
    for _ in range(2):
        assert "X-RateLimit-Remaining" not in mall.api("GET", "/orders").headers
    mall.put("/behaviour", {"rate_limit_headers": "malformed"})
    assert mall.api("GET", "/orders").headers["X-RateLimit-Reset"] == "soon"


def test_calls_of_an_order(mall: Mall) -> None:
    order_id = mall.order()
    mall.read(order_id)
    mall.write(order_id, status="shipping")
    mall.write(order_id, status="delivered")
    calls = mall.get(f"/orders/{order_id}/calls")
    path = f"/v1/orders/{order_id}"
    assert [(call["method"], call["path"], call["http_status"]) for call in calls] == [
        ("GET", path, 200),
        ("PUT", path, 200),
        ("PUT", path, 400),
    ]
    assert [(call["status_before"], call["status_after"]) for call in calls] == [
        ("open", "open"),
        ("open", "shipping"),
        ("shipping", "shipping"),
    ]
    assert [call["body"] for call in calls] == [None, {"status": "shipping"}, {"status": "delivered"}]
    assert datetime.fromisoformat(calls[0]["at"]).tzinfo is not None
    assert set(calls[0]) == {"at", "method", "path", "body", "http_status", "status_before", "status_after"}
    assert mall.get("/orders/4711/calls") == []


def test_counts_of_calls(mall: Mall) -> None:
    order_id = mall.order("shipped")
    mall.read(order_id)
    mall.write(order_id, status="open")
    mall.api("PUT", f"/orders/{order_id}/tracking", {})
    for path in ("/orders", "/orders/open", "/orders/unconfirmed", "/orders/stats"):
        mall.api("GET", path)
    counts = mall.get("/calls")
    kinds = ("total", "get_order", "put_order", "put_tracking", "list_orders", "list_unconfirmed", "stats")
    assert [counts[kind] for kind in kinds] == [7, 1, 1, 1, 2, 1, 1]
    assert [counts["refused"][kind] for kind in kinds] == [2, 0, 1, 1, 0, 0, 0]
    assert counts["by_http_status"] == {"200": 5, "400": 2}


def test_control_takes_what_no_partner_may_do(mall: Mall, clock: SetClock) -> None:
    order_id = mall.order("delivered")
    order = mall.change(order_id, status="open", tracking_number=None, ready_to_return=True)
    assert (order["status"], order["ready_to_return"], order["open"]) == ("open", True, clock.wire())
    order = mall.change(order_id, status="shipped", shipped="2026-11-20T11:00:00+00:00", confirmed=True)
    assert (order["shipped"], order["confirmed"]) == ("2026-11-20 12:00:00", True)


@pytest.mark.parametrize(
    ("method", "path", "data", "http_status", "named"),
    [
        ("POST", "/orders", {"state": "open"}, 400, "allowed: id, client_id, status"),
        ("POST", "/orders", {"status": "sent"}, 400, "status"),
        ("POST", "/orders", {"open": "yesterday"}, 400, "open"),
        ("POST", "/orders", {"id": 2**63}, 400, "id"),
        ("POST", "/orders", {"id": 7}, 409, "7"),
        ("POST", "/orders", ["id"], 400, "object"),
        ("PATCH", "/orders/8", {}, 404, "8"),
        ("PATCH", "/orders/7", {"id": 8}, 400, "id"),
        ("GET", "/orders/8", None, 404, "8"),
        ("PUT", "/behaviour", {"same_state": "ok"}, 400, "same_status"),
        ("PUT", "/behaviour", {"zone": "Mars"}, 400, "Europe/Prague"),
        ("PUT", "/limits", {"week": 1}, 400, "minute"),
        ("PUT", "/limits", {"day": {"left": 1}}, 400, "day"),
        ("PUT", "/clients", {}, 400, "client_ids"),
    ],
)
def test_control_explains_what_is_wrong(
    mall: Mall, method: str, path: str, data: object, http_status: int, named: str
) -> None:
    mall.create(id=7)
    answer = mall.call(method, path, data)
    assert answer.status_code == http_status
    assert named in answer.json()["error"]
    assert "\n" not in answer.json()["error"]


def test_behaviour_is_changed_key_by_key_and_back_to_default(mall: Mall) -> None:
    mall.put("/behaviour", {"zone": "UTC"})
    both = mall.put("/behaviour", {"same_status": "error"})
    assert (both["zone"], both["same_status"]) == ("UTC", "error")
    assert mall.put("/behaviour", {})["zone"] == "Europe/Prague"


def test_reset(mall: Mall) -> None:
    mall.read(mall.order())
    mall.put("/faults", {"http_status": 500})
    mall.call("POST", "/reset")
    assert mall.get("/orders") == []
    assert mall.get("/calls")["total"] == 0
    assert mall.get("/faults") == {"rules": []}
