"""MALL's lists filtered by their fields, with each modifier."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.sandbox.conftest import Mall


@pytest.fixture
def three(mall: Mall) -> Mall:
    """Orders 11111111 (open, MALL Delivery), 22222222 (shipped, tracked), 33333333 (cancelled, to be collected)."""
    mall.order(id=11_111_111, mdp=True, open="2026-11-18 08:00:00", customer="Jan Novák")
    mall.order("shipped", id=22_222_222, open="2026-11-19 09:30:00", tracking_number="Z2")
    mall.order("cancelled", id=33_333_333, open="2026-11-19 23:59:59", cod=499.5, external_id="X-3")
    return mall


def found(mall: Mall, path: str = "/orders", **query: str) -> list[int]:
    """The first digits of the orders that are found."""
    answer = mall.api("GET", path, filter="basic", **query)
    assert answer.status_code == 200, answer.text
    assert answer.json()["paging"]["total"] == len(answer.json()["data"])
    return [int(str(order["id"])[0]) for order in answer.json()["data"]]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"id": "22222222"}, [2]),
        ({"id": "eq:22222222"}, [2]),
        ({"id": "neq:22222222"}, [1, 3]),
        ({"id": "ne:22222222"}, [1, 3]),
        ({"id": "gt:22222222"}, [3]),
        ({"id": "ge:22222222"}, [2, 3]),
        ({"id": "lt:22222222"}, [1]),
        ({"id": "le:22222222"}, [1, 2]),
        ({"id": "in:11111111,33333333,5"}, [1, 3]),
        ({"id": "11111111,33333333"}, [1, 3]),
        ({"id": "nin:11111111,33333333"}, [2]),
        ({"id": "bt:11111111,22222222"}, [1, 2]),
        ({"id": "nbt:11111111,22222222"}, [3]),
        ({"id": "gt:9"}, [1, 2, 3]),
        ({"cod": "499.50"}, [3]),
        ({"mdp": "true"}, [1]),
        ({"mdp": "eq:1"}, [1]),
        ({"mdp": "false"}, [2, 3]),
        ({"mdp": "neq:0"}, [1]),
        ({"open": "2026-11-19 09:30:00"}, [2]),
        ({"open": "ge:2026-11-19"}, [2, 3]),
        ({"open": "bt:2026-11-18 00:00:00,2026-11-19 12:00:00"}, [1, 2]),
        ({"tracking_number": "$null"}, [1, 3]),
        ({"tracking_number": "eq:$null"}, [1, 3]),
        ({"tracking_number": "neq:$null"}, [2]),
        ({"tracking_number": "ne:$null"}, [2]),
        ({"shipped": "neq:$null"}, [2]),
        ({"external_id": "in:X-3,$null"}, [1, 2, 3]),
        ({"external_id": "neq:X-3"}, [1, 2]),
        ({"external_id": "gt:A"}, [3]),
        ({"customer": "Jan Novák"}, [1]),
        ({"status": "in:open,shipped"}, [1, 2]),
        ({"status": "nin:open,shipped"}, [3]),
        ({"status": "ne:open", "mdp": "false", "cod": "0"}, [2]),
    ],
    ids=str,
)
def test_every_modifier(three: Mall, query: dict[str, str], expected: list[int]) -> None:
    assert found(three, **query) == expected


def test_the_unconfirmed_are_filtered_too(three: Mall) -> None:
    three.change(22_222_222, ready_to_return=True)
    three.change(33_333_333, ready_to_return=True)
    assert found(three, "/orders/unconfirmed", status="shipped") == [2]


def test_blocked_orders_come_only_where_the_filter_names_them(three: Mall) -> None:
    three.order("blocked", id=44_444_444)
    assert found(three) == [1, 2, 3]
    assert found(three, status="nin:open,shipped") == [3]
    assert found(three, status="in:open,blocked") == [1, 4]
    assert found(three, status="ne:blocked") == [1, 2, 3]


def test_blocked_orders_may_be_among_the_unconfirmed(three: Mall) -> None:
    three.order("blocked", id=44_444_444, confirmed=False)
    assert found(three, "/orders/unconfirmed") == []
    three.put("/behaviour", {"blocked_unconfirmed": "listed"})
    assert found(three, "/orders/unconfirmed") == [4]
    assert found(three) == [1, 2, 3]


def test_basic_objects_without_time_stamps_are_filtered_and_sorted_all_the_same(three: Mall) -> None:
    three.put("/behaviour", {"basic_time_stamps": "absent"})
    (order,) = three.api("GET", "/orders", filter="basic", shipped="neq:$null").json()["data"]
    assert not {"open", "shipping", "shipped"} & set(order)
    assert order["status"] == "shipped"
    assert "shipped" in three.read(22_222_222)
    assert found(three, _sort="open:desc") == [3, 2, 1]
