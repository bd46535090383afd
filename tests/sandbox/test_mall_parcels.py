"""MALL's labels, consignments and serial numbers."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.sandbox.conftest import Json, Mall


def asked(mall: Mall, *parcels: tuple[int, int], **more: Json) -> Json:
    labels = [{"order_id": order_id, "parcel_count": count} for order_id, count in parcels]
    body = {"labels_type": "pdf", "first_position": 1, "labels_per_page": 4, "labels": labels, **more}
    return mall.api("POST", "/orders/labels", body).json()


def test_labels_of_many_orders(mall: Mall) -> None:
    first, second = mall.order("shipping", mdp=True), mall.order("shipping", mdp=True)
    data = asked(mall, (first, 2), (second, 1))["data"]
    assert [(one["order_id"], [code[-7:] for code in one["barcodes"]]) for one in data["orders"]] == [
        (first, ["*001002", "*002002"]),
        (second, ["*001001"]),
    ]
    assert base64.b64decode(data["labels_raw"]).startswith(b"%PDF")
    assert mall.get("/calls")["labels"] == 1


def test_labels_of_one_order_and_its_consignments(mall: Mall) -> None:
    order_id = mall.order("shipping", mdp=True)
    assert mall.api("GET", f"/orders/{order_id}/consignments").status_code == 404
    answer = mall.api("POST", f"/orders/{order_id}/labels", {"label_type": "zpl", "parcel_count": 3}).json()
    assert len(answer["data"]["orders"][0]["barcodes"]) == 3
    assert base64.b64decode(answer["data"]["labels_raw"]).startswith(b"^XA")
    shown = mall.api("GET", f"/orders/{order_id}/consignments").json()["data"]
    assert (shown["order_id"], shown["parcel_count"], shown["labels_type"]) == (order_id, 3, "pdf")
    assert len(mall.get(f"/orders/{order_id}/calls")) == 3


def test_once_shipped_the_last_number_of_parcels_stays(mall: Mall) -> None:
    order_id = mall.order("shipping", mdp=True)
    asked(mall, (order_id, 1))
    asked(mall, (order_id, 2))
    mall.change(order_id, status="shipped")
    assert len(asked(mall, (order_id, 5))["data"]["orders"][0]["barcodes"]) == 2


@pytest.mark.parametrize(
    ("status", "mdp", "count", "http_status"),
    [
        ("open", True, 1, 400),
        ("delivered", True, 1, 400),
        ("shipping", False, 1, 400),
        ("shipping", True, 0, 400),
        ("shipping", True, 101, 400),
    ],
)
def test_labels_that_are_refused(mall: Mall, status: str, mdp: bool, count: int, http_status: int) -> None:  # noqa: FBT001
    good, order_id = mall.order("shipping", mdp=True), mall.order(status, mdp=mdp)
    assert asked(mall, (good, 1), (order_id, count))["result"]["code"] == http_status
    assert mall.api("GET", f"/orders/{good}/consignments").status_code == 404, "all or none"


def test_labels_of_nobody_s_order(mall: Mall) -> None:
    assert asked(mall, (42, 1))["result"]["code"] == 404
    assert mall.api("POST", "/orders/42/labels", {"parcel_count": 1}).status_code == 404
    assert mall.api("POST", "/orders/labels", ["42"]).status_code == 400


@pytest.mark.parametrize("item", ["SKU-1", "100001054382"])
def test_serial_numbers(mall: Mall, item: str) -> None:
    items = [{"id": "SKU-1", "article_id": 100001054382, "serial_numbers": []}, {"id": "SKU-2"}]
    order_id = mall.order("shipping", items=items)
    path = f"/orders/{order_id}/items/{item}/serial-numbers"
    assert mall.api("PUT", path, ["SN1", "SN2"]).json() == {"result": {"code": 200, "status": "OK"}}
    assert [one.get("serial_numbers") for one in mall.read(order_id)["items"]] == [["SN1", "SN2"], None]
    assert mall.api("PUT", path, {"SN": 1}).status_code == 400
    assert mall.api("PUT", path, [1]).status_code == 400
    other = f"/orders/{order_id}/items/SKU-9/serial-numbers"
    assert mall.api("PUT", other, ["SN1"]).status_code == 404
