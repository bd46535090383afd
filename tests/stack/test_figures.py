"""The shop's own figures, against orders counted by hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from local.stack.client import ShopClient, wire
from sandbox.times import PRAGUE
from tests.stack.conditions import at, held

if TYPE_CHECKING:
    from local.stack.http import Json
    from tests.stack.conftest import OpenShop

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]

SETTLED: Json = {"status": "vyřízená"}
WINDOW_SECONDS = 2


def ago(days: int) -> datetime:
    return datetime.now(PRAGUE) - timedelta(days=days)


def opened(days: int) -> tuple[Json, Json]:
    """The order's age, for MALL's side and for the shop's."""
    return {"open": wire(ago(days))}, {"created": wire(ago(days))}


@dataclass(frozen=True)
class Counted:
    """The orders by what became of them."""

    shop: ShopClient
    numbers: dict[str, int]

    def figures(self, **query: str) -> Json:
        answer = self.shop.ask("GET", "/figures", **query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def of(self, *names: str) -> list[int]:
        return [self.numbers[name] for name in names]


@pytest.fixture(scope="module")
def counted(open_shop: OpenShop) -> Counted:
    settings: Json = {"import": "link"}
    rules = {"missing_tracking": "send", "test_orders": True, "undo_window_seconds": WINDOW_SECONDS}
    shop = open_shop("figures", rules=rules, **settings)
    shop.control_mall("PUT", "/behaviour", {"shipped_without_tracking": "accept"})
    today, (mall, aged), (old_mall, old_aged) = ago(0).date().isoformat(), opened(10), opened(40)
    numbers = {
        "delivered": shop.opens(**SETTLED, created=today, delivery_date=today),
        "delivered late": shop.opens(mall, **SETTLED, **aged, delivery_date=ago(5).date().isoformat()),
        "delivered wrongly": shop.opens(**SETTLED, created=today, delivery_date=today),
        "shipped": shop.opens(**SETTLED),
        "without tracking": shop.opens(**SETTLED, tracking_number=None),
        "MALL Delivery": shop.opens({"mdp": True}, **SETTLED),
        "cancelled by the shop": shop.opens(status="stornováno"),
        "cancelled by the customer": shop.opens(),
        "of a test": shop.opens({"test": True}, **SETTLED),
        "of long ago": shop.opens(old_mall, **SETTLED, **old_aged),
    }
    status = {
        **dict.fromkeys(("delivered", "delivered late", "delivered wrongly"), at("delivered")),
        **dict.fromkeys(("shipped", "without tracking", "of a test", "of long ago"), at("shipped")),
        "MALL Delivery": held("marketplace_delivery"),
        "cancelled by the shop": at("cancelled"),
        "cancelled by the customer": at("open"),
    }
    shop.sync()
    shop.reach({numbers[name]: until for name, until in status.items()})
    shop.customer(numbers["cancelled by the customer"], status="cancelled")
    shop.clerk(numbers["delivered wrongly"], status="vyřizuje se")
    shop.sync()
    shop.reach(
        {
            numbers["cancelled by the customer"]: held("marketplace_closed"),
            numbers["delivered wrongly"]: held("after_delivered"),
        }
    )
    shop.deployment.settle()
    return Counted(shop, numbers)


def test_the_rates_are_those_counted_by_hand(counted: Counted) -> None:
    figures = counted.figures()
    assert (figures["orders"], figures["complete"]) == (8, True), "without the test order and the old one"
    expected = {
        # The one that the customer cancelled passed Open too, but was not cancelled by the shop.
        "cancel_rate": (12.5, False, 1, 8, counted.of("cancelled by the shop")),
        # A wrong Delivered, and one that came more than a day late.
        "status_errors": (25.0, False, 2, 8, counted.of("delivered wrongly", "delivered late")),
        # Shipped and delivered ones but MALL Delivery's: four of five have number and address.
        "tracking_rate": (80.0, False, 4, 5, counted.of("without tracking")),
        "late_delivered": (33.33, None, 1, 3, counted.of("delivered late")),
    }
    found = {
        name: tuple(figures[name][key] for key in ("value", "ok", "count", "total", "orders"))
        for name in expected
    }
    assert found == expected
    assert figures["cancel_rate"]["limit"] == 1.5


def test_the_way_from_click_to_status_is_counted_for_what_we_have_set(counted: Counted) -> None:
    waits = {one["status"]: one for one in counted.figures()["click_to_status"]}
    assert {status: one["count"] for status, one in waits.items()} == {
        "shipping": 1,
        "shipped": 5,
        "delivered": 3,
        "cancelled": 1,
    }
    for status in ("delivered", "cancelled"):
        assert waits[status]["median_seconds"] >= WINDOW_SECONDS, "the undo window is part of it"
    for one in waits.values():
        assert 0 <= one["median_seconds"] <= one["percentile_95_seconds"] <= one["longest_seconds"] < 300
        assert {wait["mall_order_id"] for wait in one["slowest"]} <= set(counted.numbers.values())


def test_the_period_is_the_one_that_is_asked_for(counted: Counted) -> None:
    long_ago, ten_days_ago = (ago(days).date().isoformat() for days in (40, 10))
    assert counted.figures(**{"from": long_ago})["orders"] == 9
    alone = counted.figures(**{"from": ten_days_ago, "to": ten_days_ago})
    assert (alone["orders"], alone["status_errors"]["orders"]) == (1, counted.of("delivered late"))
    none = counted.figures(**{"from": "2020-01-01", "to": "2020-01-31"})
    assert (none["orders"], none["cancel_rate"]["value"], none["cancel_rate"]["ok"]) == (0, None, None)


@pytest.mark.parametrize(
    "query",
    [
        {"from": "yesterday"},
        {"from": "2026-02-30"},
        {"to": "20261120"},
        {"from": "2026-11-20", "to": "2026-11-19"},
        {"from": "2024-01-01", "to": "2026-01-01"},
    ],
)
def test_a_period_that_makes_no_sense_is_a_400(counted: Counted, query: Json) -> None:
    answer = counted.shop.ask("GET", "/figures", **query)
    assert answer.status_code == 400
    assert answer.json()["code"].startswith(("error.day", "error.period_"))
