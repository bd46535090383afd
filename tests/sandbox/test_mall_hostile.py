"""MALL says yes and means something else: what it shows, what it keeps, what it answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.sandbox.conftest import Json, Mall

URL = "https://tracking.example.com/find?number=z12345abc&lang=cs"
TRACKING = {"tracking_number": "z12345abc-0123456789012345", "tracking_url": URL}


@pytest.mark.parametrize(
    ("echo", "number", "url"),
    [
        ("as_sent", TRACKING["tracking_number"], URL),
        ("capitals", "Z12345ABC-0123456789012345", URL.upper()),
        (
            "own_address",
            TRACKING["tracking_number"],
            "https://www.mall.cz/sledovani-zasilky?order=77777777&carrier=1",
        ),
        ("escaped", TRACKING["tracking_number"], URL.replace("&", "&amp;")),
        ("cut", "z12345abc-0123456789", "https://tracking.example.com/find?number"),
        (["capitals", "cut"], "Z12345ABC-0123456789", "HTTPS://TRACKING.EXAMPLE.COM/FIND?NUMBER"),
    ],
)
def test_tracking_is_shown_otherwise_than_sent(mall: Mall, echo: Json, number: str, url: str) -> None:
    order_id = mall.order(id=77_777_777)
    mall.put("/behaviour", {"tracking_shown": echo})
    assert mall.write(order_id, status="shipped", **TRACKING).ok
    (listed,) = mall.api("GET", "/orders", filter="basic").json()["data"]
    for shown in (mall.read(order_id), listed):
        assert (shown["tracking_number"], shown["tracking_url"]) == (number, url)
    kept = mall.get(f"/orders/{order_id}")
    assert {key: kept[key] for key in TRACKING} == TRACKING


def test_an_order_without_tracking_stays_without(mall: Mall) -> None:
    mall.put("/behaviour", {"tracking_shown": ["capitals", "own_address", "escaped", "cut"]})
    assert not set(TRACKING) & set(mall.read(mall.order()))


def test_accepted_without_effect(mall: Mall) -> None:
    order_id, other = mall.order(), mall.order()
    rule = {"kind": "no_effect", "order_id": order_id, "sets": "shipping", "times": 2}
    mall.put("/faults", {"rules": [rule]})
    assert mall.write(order_id, status="lost").status_code == 400, "what is wrong is refused all the same"
    for _ in range(2):
        answer = mall.write(order_id, status="shipping", confirmed=True)
        assert answer.json() == {"result": {"code": 200, "status": "OK"}}
        assert mall.status(order_id) == "open"
    assert mall.write(other, status="shipping").ok
    assert mall.write(order_id, status="shipping").ok
    assert (mall.status(order_id), mall.status(other)) == ("shipping", "shipping")
    effects = [call["status_after"] for call in mall.get(f"/orders/{order_id}/calls")]
    assert effects == ["open", "open", "open", "shipping"]


def test_tracking_and_labels_without_effect(mall: Mall) -> None:
    order_id = mall.order("shipped")
    parcel = mall.order("shipping", mdp=True)
    mall.put("/faults", {"no_effect": True})
    assert mall.api("PUT", f"/orders/{order_id}/tracking", TRACKING).ok
    assert "tracking_number" not in mall.read(order_id)
    assert mall.api("POST", f"/orders/{parcel}/labels", {"parcel_count": 1}).ok
    assert mall.api("GET", f"/orders/{parcel}/consignments").status_code == 404


@pytest.mark.parametrize("data", [{}, [], None, "", [{}], {"id": None}])
def test_a_success_without_the_order(mall: Mall, data: Json) -> None:
    order_id = mall.order()
    rule = {"kind": "other_data", "data": data, "call": "get_order", "times": 1}
    mall.put("/faults", {"rules": [rule]})
    answer = mall.api("GET", f"/orders/{order_id}")
    assert (answer.status_code, answer.json()) == (
        200,
        {"result": {"code": 200, "status": "OK"}, "data": data},
    )
    assert mall.read(order_id)["id"] == order_id


def test_other_data_spares_what_has_none(mall: Mall) -> None:
    mall.put("/faults", {"other_data": True})
    order_id = mall.order()
    assert mall.write(order_id, status="shipping").json() == {"result": {"code": 200, "status": "OK"}}
    assert mall.status(order_id) == "shipping"
    assert mall.api("GET", "/orders/42").status_code == 404
    assert mall.api("GET", "/orders").json()["data"] == {}


@pytest.mark.parametrize(("effect", "after"), [(None, "open"), (False, "open"), (True, "shipping")])
def test_a_200_with_error_codes(mall: Mall, effect: bool | None, after: str) -> None:  # noqa: FBT001
    order_id = mall.order()
    rule = {"kind": "error_codes", "code": "LOCKED", "message": "Order is locked.", "effect": effect}
    mall.put("/faults", {"rules": [rule]})
    answer = mall.write(order_id, status="shipping")
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "result": {"code": 200, "status": "OK"},
            "errorCodes": [{"message": "Order is locked.", "errorCode": "LOCKED", "errorAttributes": {}}],
        },
    )
    assert mall.status(order_id) == after


def test_one_status_is_refused_for_ever(mall: Mall) -> None:
    order_id = mall.order("shipped")
    rule = {"kind": "status", "http_status": 400, "message": "Not yet.", "sets": "delivered"}
    mall.put("/faults", {"rules": [rule]})
    assert mall.write(order_id, status="delivered").json()["result"]["message"] == "Not yet."
    assert mall.api("PUT", f"/orders/{order_id}/tracking", TRACKING).ok
