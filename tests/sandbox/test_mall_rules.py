"""MALL's side refuses what the documentation forbids, and does what it allows."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import pytest
import requests

if TYPE_CHECKING:
    from tests.sandbox.conftest import Mall, SetClock

STATUSES = ("blocked", "open", "shipping", "shipped", "delivered", "returned", "cancelled", "lost")
ALLOWED = {
    ("open", "shipping"),
    ("open", "shipped"),
    ("open", "cancelled"),
    ("shipping", "shipped"),
    ("shipping", "cancelled"),
    ("shipped", "delivered"),
    ("shipped", "returned"),
}
ALLOWED_MALL_DELIVERY = {("open", "shipping"), ("open", "cancelled"), ("shipping", "cancelled")}
TRACKING = {"tracking_number": "Z1234567", "tracking_url": "https://track.example.com/Z1234567"}


def _body(status: str, clock: SetClock) -> dict[str, Any]:
    if status == "shipped":
        return {"status": status, **TRACKING}
    if status == "delivered":
        return {
            "status": status,
            "delivered_at": clock.wire(hours=1),
            "first_delivery_attempt": clock.wire(hours=1),
        }
    return {"status": status}


@pytest.mark.parametrize("mdp", [False, True])
def test_every_move_of_the_table_and_no_other(mall: Mall, clock: SetClock, mdp: bool) -> None:  # noqa: FBT001
    allowed = ALLOWED_MALL_DELIVERY if mdp else ALLOWED
    for before, after in product(STATUSES, STATUSES):
        order_id = mall.order(before, mdp=mdp)
        answer = mall.write(order_id, **_body(after, clock))
        if before == after and before != "blocked":
            assert (answer.status_code, mall.status(order_id)) == (200, before)
        elif (before, after) in allowed:
            assert answer.json() == {"result": {"code": 200, "status": "OK"}}, (before, after)
            order = mall.read(order_id)
            assert order["status"] == after
            assert order[after] == clock.wire()
        else:
            assert (answer.status_code, mall.status(order_id)) == (400, before), (before, after)
            assert answer.json()["result"]["status"] == "ERROR"


def test_delivery_is_kept_as_written(mall: Mall, clock: SetClock) -> None:
    order_id = mall.order("shipped")
    at, attempt = clock.wire(minutes=5), clock.wire(hours=3)
    assert mall.write(order_id, status="delivered", delivered_at=at, first_delivery_attempt=attempt).ok
    order = mall.read(order_id)
    assert (order["delivered_at"], order["first_delivery_attempt"]) == (at, attempt)


def test_unconfirmed_status_is_refused_unless_confirmed_in_the_same_put(mall: Mall) -> None:
    order_id = mall.order(confirmed=False)
    refused = mall.write(order_id, status="shipping")
    assert (refused.status_code, mall.status(order_id)) == (400, "open")
    assert mall.write(order_id, status="shipping", confirmed=True).ok
    assert mall.read(order_id)["confirmed"] is True


def test_confirming_again_is_accepted_unless_a_switch_refuses_it(mall: Mall) -> None:
    order_id = mall.order(confirmed=True)
    assert mall.write(order_id, confirmed=True).ok
    assert mall.write(order_id, confirmed=True, status="shipping").ok
    assert (mall.read(order_id)["confirmed"], mall.status(order_id)) == (True, "shipping")


def test_confirming_alone_and_not_twice(mall: Mall) -> None:
    mall.put("/behaviour", {"confirmed_again": "refuse"})
    order_id = mall.order(confirmed=False)
    assert mall.write(order_id, confirmed=True).ok
    assert (mall.read(order_id)["confirmed"], mall.status(order_id)) == (True, "open")
    assert mall.write(order_id, confirmed=True).status_code == 400
    assert mall.write(order_id, confirmed=True, status="shipping").status_code == 400
    assert mall.status(order_id) == "open"


def test_a_refused_put_changes_nothing(mall: Mall) -> None:
    order_id = mall.order(confirmed=False)
    assert mall.write(order_id, confirmed=True, status="shipped").status_code == 400
    order = mall.read(order_id)
    assert (order["confirmed"], order["status"], "shipped" in order) == (False, "open", False)


def test_a_cancellation_by_the_customer_can_be_acknowledged(mall: Mall) -> None:
    order_id = mall.order()
    assert mall.change(order_id, status="cancelled")["confirmed"] is False
    assert mall.write(order_id, confirmed=True).ok
    assert mall.write(order_id, status="shipping").status_code == 400
    assert mall.status(order_id) == "cancelled"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"status": "shipped"},
        {"status": "shipped", "tracking_number": ""},
        {"status": "shipped", "tracking_number": "", "tracking_url": "https://t.example.com/A1"},
        {"status": "shipped", "tracking_number": "A 1", "tracking_url": "https://t.example.com/A1"},
        {"status": "shipped", "tracking_number": "Á1", "tracking_url": "https://t.example.com/A1"},
        {"status": "shipped", "tracking_number": "A1\n", "tracking_url": "https://t.example.com/A1"},
        {"status": "shipped", "tracking_number": 11, "tracking_url": "https://t.example.com/A1"},
        {"status": "shipped", "tracking_number": "A1", "tracking_url": "t.example.com/A1"},
        {"status": "shipped", "tracking_number": "A1", "tracking_url": "ftp://t.example.com/A1"},
        {"status": "shipped", "tracking_number": "A1", "tracking_url": "https://"},
        {"status": "shipped", "tracking_number": "A1", "tracking_url": "https://[broken"},
        {"status": "vyřízená"},
        {"status": 3},
        {"status": None},
        {"status": "shipping", "confirmed": "yes"},
        {"status": "shipping", "confirmed": False},
        {"status": "shipping", "delivered_at": "2026-11-20 10:00:00"},
        {"status": "shipping", "first_delivery_attempt": "2026-11-20 10:00:00"},
        {"delivered_at": "2026-11-20 10:00:00"},
        {"status": "shipping", "note": "x"},
        {"status": "shipping", "id": 1},
        ["status"],
        "status",
        None,
    ],
)
def test_malformed_puts_are_400_and_change_nothing(mall: Mall, body: object) -> None:
    order_id = mall.order()
    answer = mall.api("PUT", f"/orders/{order_id}", body)
    assert (answer.status_code, mall.status(order_id)) == (400, "open")
    envelope = answer.json()
    assert envelope["result"]["code"] == 400
    assert envelope["result"]["message"]
    assert "data" not in envelope


def test_a_body_that_is_not_json_is_400(mall: Mall) -> None:
    order_id = mall.order()
    url = f"{mall.api_url}/orders/{order_id}"
    answer = requests.put(url, params={"client_id": mall.client_id}, data="{status", timeout=10)
    assert answer.status_code == 400
    assert mall.get(f"/orders/{order_id}/calls")[0]["body"] == "{status"


@pytest.mark.parametrize(
    "when",
    [
        None,
        "2026-11-20",
        "2026-11-20T10:00:00",
        "2026-11-20 10:00",
        "20.11.2026 10:00",
        "2026-11-31 10:00:00",
        "2026-11-20 13:00:01",
        "2026-11-19 12:59:59",
        1_700_000_000,
    ],
    ids=["none", "date", "T", "minutes", "czech", "impossible", "future", "before the order", "number"],
)
def test_delivered_at_that_is_refused(mall: Mall, when: object) -> None:
    # The clock stands at 13:00 in Prague; the order was opened a day before.
    order_id = mall.order("shipped")
    body = {"status": "delivered"} if when is None else {"status": "delivered", "delivered_at": when}
    assert mall.write(order_id, **body).status_code == 400
    assert mall.status(order_id) == "shipped"


def test_delivered_at_may_be_this_very_second(mall: Mall, clock: SetClock) -> None:
    order_id = mall.order("shipped")
    assert mall.write(order_id, status="delivered", delivered_at=clock.wire()).ok


def test_tracking_can_be_changed_only_while_shipped(mall: Mall) -> None:
    for status in STATUSES:
        order_id = mall.order(status)
        answer = mall.api("PUT", f"/orders/{order_id}/tracking", TRACKING)
        assert answer.status_code == (200 if status == "shipped" else 400), status
    shipped = mall.order("shipped")
    for body in (
        {},
        {**TRACKING, "status": "delivered"},
        {**TRACKING, "tracking_number": "A 1"},
    ):
        assert mall.api("PUT", f"/orders/{shipped}/tracking", body).status_code == 400, body
    assert mall.api("PUT", f"/orders/{shipped}/tracking", TRACKING).ok
    assert mall.read(shipped)["tracking_number"] == TRACKING["tracking_number"]


@pytest.mark.parametrize("key", TRACKING)
def test_half_of_the_tracking_is_enough_unless_a_switch_refuses_it(mall: Mall, key: str) -> None:
    half = {key: TRACKING[key]}
    shipped = mall.order("shipped")
    mall.put("/behaviour", {"half_tracking": "refuse"})
    assert mall.write(mall.order(), status="shipped", **half).status_code == 400
    assert mall.api("PUT", f"/orders/{shipped}/tracking", half).status_code == 400
    mall.put("/behaviour", {})
    order_id = mall.order()
    assert mall.write(order_id, status="shipped", **half).ok
    assert mall.api("PUT", f"/orders/{shipped}/tracking", half).ok
    for one in (order_id, shipped):
        order = mall.read(one)
        assert {name: order.get(name) for name in TRACKING} == {**dict.fromkeys(TRACKING), **half}


def test_tracking_may_come_before_or_with_the_status(mall: Mall) -> None:
    order_id = mall.order()
    assert mall.write(order_id, **TRACKING).ok
    order = mall.read(order_id)
    assert (order["status"], order["tracking_number"]) == ("open", TRACKING["tracking_number"])


def test_mall_delivery_takes_shipped_without_tracking_where_the_partner_may_set_it(mall: Mall) -> None:
    mall.put("/behaviour", {"mdp_shipped": "accept"})
    skipped = mall.order("open", mdp=True, parcel_count=1)
    assert mall.write(skipped, status="shipped").status_code == 400
    order_id = mall.order("shipping", mdp=True)
    assert mall.write(order_id, status="shipped").status_code == 400
    assert mall.api("POST", f"/orders/{order_id}/labels", {"parcel_count": 1}).ok
    assert mall.write(order_id, status="shipped").ok
    assert mall.status(order_id) == "shipped"


def test_same_status_error(mall: Mall) -> None:
    mall.put("/behaviour", {"same_status": "error", "illegal_move_http_status": 409})
    order_id = mall.order("shipping")
    assert mall.write(order_id, status="shipping").status_code == 400


@pytest.mark.parametrize("http_status", [400, 403, 409, 422])
@pytest.mark.parametrize("codes", [True, False])
def test_illegal_move_answers(mall: Mall, http_status: int, codes: bool) -> None:  # noqa: FBT001
    mall.put("/behaviour", {"illegal_move_http_status": http_status, "error_codes": codes})
    for before, after in (
        ("shipped", "cancelled"),
        ("delivered", "returned"),
        ("open", "lost"),
        ("blocked", "shipping"),
    ):
        answer = mall.write(mall.order(before), status=after)
        assert answer.status_code == http_status
        envelope = answer.json()
        assert envelope["result"]["code"] == http_status
        assert ("errorCodes" in envelope) is codes
        if codes:
            assert set(envelope["errorCodes"][0]) == {"message", "errorCode", "errorAttributes"}


def test_first_delivery_attempt_required(mall: Mall, clock: SetClock) -> None:
    mall.put("/behaviour", {"first_delivery_attempt": "required"})
    order_id = mall.order("shipped")
    at = clock.wire(hours=1)
    assert mall.write(order_id, status="delivered", delivered_at=at).status_code == 400
    assert mall.write(order_id, status="delivered", delivered_at=at, first_delivery_attempt=at).ok


def test_shipped_without_tracking_accepted(mall: Mall) -> None:
    mall.put("/behaviour", {"shipped_without_tracking": "accept"})
    order_id = mall.order()
    assert mall.write(order_id, status="shipped").ok
    assert "tracking_number" not in mall.read(order_id)
    refused = mall.write(mall.order(), status="shipped", tracking_number="A 1")
    assert refused.status_code == 400


def test_times_in_utc(mall: Mall, clock: SetClock) -> None:
    mall.put("/behaviour", {"zone": "UTC"})
    order_id = mall.order("shipped")
    assert mall.read(order_id)["open"] == "2026-11-19 12:00:00"
    assert mall.write(order_id, status="delivered", delivered_at="2026-11-20 12:00:01").status_code == 400
    assert mall.write(order_id, status="delivered", delivered_at="2026-11-20 12:00:00").ok
    mall.put("/behaviour", {"zone": "Europe/Prague"})
    assert mall.read(order_id)["delivered_at"] == clock.wire()


def test_an_accepted_put_with_an_empty_body(mall: Mall) -> None:
    mall.put("/behaviour", {"put_answer": "empty"})
    order_id = mall.order()
    answer = mall.write(order_id, status="shipping")
    assert (answer.status_code, answer.content, mall.status(order_id)) == (200, b"", "shipping")
