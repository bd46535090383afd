"""MALL's lists as clients of the feed need them, and what the control address may set of an order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.sandbox.conftest import Mall

STATUSES = ("blocked", "open", "shipping", "shipped", "delivered", "returned", "cancelled", "lost")


def test_the_feed_has_every_status_but_blocked(mall: Mall) -> None:
    ids = {status: mall.order(status, confirmed=False) for status in STATUSES}
    feed = mall.api("GET", "/orders/unconfirmed", filter="basic", page=1, page_size=1000).json()
    assert [(order["status"], order["id"]) for order in feed["data"]] == list(ids.items())[1:]
    assert feed["paging"] == {"total": 7, "pages": 1, "size": 7, "page": 1}
    asked = mall.api("GET", "/orders/unconfirmed", status="in:blocked,lost").json()["data"]
    assert asked == [ids["blocked"], ids["lost"]]


def test_the_feed_has_test_orders_only_when_asked_for(mall: Mall) -> None:
    real, test = mall.order(confirmed=False), mall.order(confirmed=False, test=True)
    assert mall.api("GET", "/orders/unconfirmed").json()["data"] == [real]
    found = mall.api("GET", "/orders/unconfirmed", filter="basic", test=1).json()["data"]
    assert [(order["id"], order["test"]) for order in found] == [(real, False), (test, True)]


@pytest.mark.parametrize("status", [status for status in STATUSES if status != "blocked"])
def test_a_change_puts_an_order_on_the_feed_and_confirming_alone_takes_it_off(
    mall: Mall, status: str
) -> None:
    order_id = mall.order(status)
    mall.change(order_id, ready_to_return=True)
    assert mall.api("GET", "/orders/unconfirmed").json()["data"] == [order_id]
    assert mall.write(order_id, confirmed=True).ok
    assert mall.api("GET", "/orders/unconfirmed").json()["data"] == []
    assert mall.status(order_id) == status


def test_returned_may_be_confirmed_in_the_same_put(mall: Mall) -> None:
    order_id = mall.order("shipped", confirmed=False)
    assert mall.write(order_id, status="returned").status_code == 400
    assert mall.write(order_id, status="returned", confirmed=True).ok
    assert (mall.status(order_id), mall.read(order_id)["confirmed"]) == ("returned", True)
    delivered_by_mall = mall.order("shipped", mdp=True)
    assert mall.write(delivered_by_mall, status="returned").status_code == 400


PARCEL = {
    "ready_to_return": True,
    "mdp": True,
    "test": True,
    "branches": {"branch_id": 4711, "overridden": False},
    "items": [{"id": "SKU-1", "title": "Lampa", "quantity": 2, "price": 100.5, "vat": 21}],
    "ulozenka_status_history": [{"id": 9, "name": "Vráceno na pobočku", "date": "2026-11-20 10:00:00"}],
    "consignment_status_history": [{"code": "R", "date": "2026-11-20 10:00:00", "flags": []}],
}


def test_the_control_address_sets_what_belongs_to_a_parcel(mall: Mall) -> None:
    created, changed = mall.order("shipped", **PARCEL), mall.order("shipped")
    mall.change(changed, **PARCEL)
    for order_id in (created, changed):
        order = mall.read(order_id)
        assert {key: order[key] for key in PARCEL} == PARCEL


def test_a_list_has_nothing_that_only_the_detail_has(mall: Mall) -> None:
    mall.order("shipped", **PARCEL)
    (order,) = mall.api("GET", "/orders", filter="basic", test=1).json()["data"]
    assert not {"items", "ready_to_return", "branches", "address"} & set(order)
