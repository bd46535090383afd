"""The figures over some days: which days, which orders, and how much is read for them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from orderbridge.domain.failure_policy import Call, CallResult
from orderbridge.domain.statuses import ShopStatus as S
from orderbridge.errors import BadRequestError, NotFoundError
from orderbridge.flows.api import figures as flow
from orderbridge.flows.api.figures import show_figures
from orderbridge.flows.common import stored_orders
from tests.unit.flows.api_client import ApiClient
from tests.unit.flows.sequences import TODAY, new_product, ship

if TYPE_CHECKING:
    from tests.unit.flows.in_memory_product import InMemoryProduct

PRAGUE_MIDNIGHT = datetime(2026, 11, 19, 23, 0, tzinfo=UTC)
"""The beginning of 20 November in the shop's zone."""


def opened(at: datetime, number: int, product: InMemoryProduct) -> None:
    """An order that was opened at MALL at `at` and is shipped."""
    product.clock.set(at)
    product.mall.now = at
    ship(product, number)


class TestDays:
    def test_both_days_are_included_in_the_shops_zone(self) -> None:
        product = new_product(undo=0)
        moments = [
            PRAGUE_MIDNIGHT - timedelta(seconds=1),
            PRAGUE_MIDNIGHT,
            PRAGUE_MIDNIGHT + timedelta(days=1, seconds=-1),
            PRAGUE_MIDNIGHT + timedelta(days=1),
        ]
        for number, at in enumerate(moments, start=1):
            opened(at, number, product)
        answer = ApiClient(product).ask(show_figures, from_="2026-11-20", to="2026-11-20")
        assert answer["orders"] == 2
        assert (answer["from"], answer["to"]) == ("2026-11-20", "2026-11-20")
        assert answer["since"] == "2026-11-19T23:00:00+00:00"
        assert answer["before"] == "2026-11-20T23:00:00+00:00"

    def test_an_order_opened_within_the_days_counts_though_it_changed_later(self) -> None:
        product = new_product(undo=0)
        opened(PRAGUE_MIDNIGHT, 1, product)
        product.clock.advance(timedelta(days=3))
        product.clerk(1, S.SETTLED, delivery=TODAY)
        product.tick()
        assert ApiClient(product).ask(show_figures, from_="2026-11-20", to="2026-11-20")["orders"] == 1

    def test_a_day_when_the_clocks_change_is_a_whole_day(self) -> None:
        product = new_product(undo=0)
        product.clock.set(datetime(2026, 10, 26, 12, 0, tzinfo=UTC))
        answer = ApiClient(product).ask(show_figures, from_="2026-10-25", to="2026-10-25")
        assert answer["since"] == "2026-10-24T22:00:00+00:00"
        assert answer["before"] == "2026-10-25T23:00:00+00:00"

    def test_without_days_the_last_thirty(self) -> None:
        answer = ApiClient(new_product()).ask(show_figures)
        assert (answer["from"], answer["to"]) == ("2026-10-22", "2026-11-20")
        answer = ApiClient(new_product()).ask(show_figures, to="2026-01-30")
        assert (answer["from"], answer["to"]) == ("2026-01-01", "2026-01-30")
        answer = ApiClient(new_product()).ask(show_figures, from_="2026-11-19")
        assert (answer["from"], answer["to"]) == ("2026-11-19", "2026-11-20")

    def test_a_whole_leap_year_is_the_most(self) -> None:
        ApiClient(new_product()).ask(show_figures, from_="2024-01-01", to="2024-12-31")
        with pytest.raises(BadRequestError, match=r"^error\.period_too_long.*limit=366"):
            ApiClient(new_product()).ask(show_figures, from_="2024-01-01", to="2025-01-01")

    @pytest.mark.parametrize(
        ("query", "says"),
        [
            ({"from_": "yesterday"}, "day(name=from)"),
            ({"from_": "20261120"}, "day(name=from)"),
            ({"from_": "2026-W47-5"}, "day(name=from)"),
            ({"from_": ""}, "day(name=from)"),
            ({"to": "2026-02-30"}, "day(name=to)"),
            ({"to": "9999-12-31"}, "day(name=to)"),
            ({"from_": "0001-01-01", "to": "0001-01-02"}, "day(name=to)"),
            ({"from_": "2026-11-20\n"}, "day(name=from)"),
            ({"from_": "2026-11-20", "to": "2026-11-19"}, "period_turned(first=2026-11-20, last=2026-11-19)"),
            ({"from_": "2026-12-01"}, "period_turned(first=2026-12-01, last=2026-11-20)"),
            ({"shop": "nobody"}, "unknown_shop"),
        ],
    )
    def test_what_makes_no_sense_is_named(self, query: dict[str, str], says: str) -> None:
        with pytest.raises((BadRequestError, NotFoundError), match=f"^error.{re.escape(says)}$") as refused:
            ApiClient(new_product()).ask(show_figures, **query)
        assert len(str(refused.value).splitlines()) == 1


class TestOrders:
    def test_the_figures_name_the_orders_behind_them(self) -> None:
        product = new_product(undo=0)
        ship(product, 1)
        product.mall.hold(2)
        product.clerk(2, S.CANCELED)
        product.tick()
        answer = ApiClient(product).ask(show_figures)
        assert answer["complete"] is True
        assert answer["orders"] == 2
        assert answer["cancel_rate"] == {
            "value": 50.0,
            "limit": 1.5,
            "other_limit": 3.0,
            "ok": False,
            "count": 1,
            "total": 2,
            "orders": [2],
            "counts": {
                "code": "figure.cancel_rate",
                "facts": {},
                "text": "Podíl objednávek stornovaných e-shopem na všech, které prošly stavem Open.",
            },
        }
        assert answer["tracking_rate"]["value"] == 100.0
        assert answer["status_errors"]["ok"] is True
        assert "až o 24 hodin mírnější" in answer["late_delivered"]["counts"]["text"]
        assert [(one["status"], one["count"]) for one in answer["click_to_status"]] == [
            ("shipped", 1),
            ("cancelled", 1),
        ]
        assert answer["click_to_status"][0]["slowest"] == [{"mall_order_id": 1, "seconds": 0.0}]

    def test_a_test_order_that_came_by_the_export_alone_is_left_out_once_it_was_read(self) -> None:
        product = new_product(undo=0)
        product.mall.tests.add(2)
        ship(product, 1)
        ship(product, 2)
        answer = ApiClient(product).ask(show_figures)
        assert (answer["orders"], answer["tracking_rate"]["total"]) == (1, 1)

    def test_a_delivered_that_mall_refuses_for_days_is_late(self) -> None:
        product = new_product(undo=0)
        ship(product, 1)
        product.clock.advance(timedelta(minutes=1))
        for _ in range(20):
            product.mall.fail_next(CallResult.BAD_REQUEST, call=Call.WRITE)
        product.clerk(1, S.SETTLED, delivery=TODAY)
        product.tick()
        assert ApiClient(product).ask(show_figures)["late_delivered"]["total"] == 0
        product.clock.advance(timedelta(days=5))
        answer = ApiClient(product).ask(show_figures)
        assert (answer["late_delivered"]["count"], answer["late_delivered"]["orders"]) == (1, [1])
        assert answer["status_errors"]["orders"] == [1]

    def test_no_orders_no_figures(self) -> None:
        answer = ApiClient(new_product()).ask(show_figures)
        assert answer["orders"] == 0
        assert answer["cancel_rate"]["value"] is None
        assert answer["cancel_rate"]["ok"] is None
        assert answer["click_to_status"] == []

    def test_all_pages_are_read_and_only_what_changed_since_the_first_day(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(stored_orders, "PAGE", 2)
        product = new_product(undo=0)
        for number in range(1, 6):
            opened(PRAGUE_MIDNIGHT + timedelta(minutes=number), number, product)
        asked = []
        orders = product.ledger.orders

        def spied(shop: str, **how: object) -> object:
            asked.append((how["changed"].since, how["changed"].before, how["limit"]))  # type: ignore[attr-defined]
            return orders(shop, **how)  # type: ignore[arg-type]

        monkeypatch.setattr(product.ledger, "orders", spied)
        answer = ApiClient(product).ask(show_figures, from_=str(date(2026, 11, 20)))
        assert (answer["orders"], answer["complete"]) == (5, True)
        assert asked == [(PRAGUE_MIDNIGHT, None, 2)] * 3

    @pytest.mark.parametrize(("most", "counted", "complete"), [(3, 3, False), (4, 4, False), (5, 5, True)])
    def test_very_many_orders_are_cut_and_it_says_so(
        self, monkeypatch: pytest.MonkeyPatch, most: int, counted: int, *, complete: bool
    ) -> None:
        monkeypatch.setattr(stored_orders, "PAGE", 2)
        monkeypatch.setattr(flow, "MAX_ORDERS", most)
        product = new_product(undo=0)
        for number in range(1, 6):
            opened(PRAGUE_MIDNIGHT + timedelta(minutes=number), number, product)
        answer = ApiClient(product).ask(show_figures)
        assert (answer["orders"], answer["complete"]) == (counted, complete)

    @pytest.mark.parametrize(
        ("orders", "seconds", "counted", "complete"),
        [
            (7, 7, 6, False),
            (7, 7.5, 4, False),
            (7, 15, 2, False),
            (7, 5, 6, False),
            (7, 4.9, 7, True),
            pytest.param(1, 20, 1, True, id="the last page is complete however late it comes"),
        ],
    )
    def test_after_a_while_no_more_is_read_and_it_says_so(
        self, monkeypatch: pytest.MonkeyPatch, orders: int, seconds: float, counted: int, *, complete: bool
    ) -> None:
        monkeypatch.setattr(stored_orders, "PAGE", 2)
        product = new_product(undo=0)
        for number in range(1, orders + 1):
            opened(PRAGUE_MIDNIGHT + timedelta(minutes=number), number, product)
        read = product.ledger.orders

        def slow(shop: str, **how: object) -> object:
            product.clock.advance(seconds=seconds)
            return read(shop, **how)  # type: ignore[arg-type]

        monkeypatch.setattr(product.ledger, "orders", slow)
        answer = ApiClient(product).ask(show_figures)
        assert (answer["orders"], answer["complete"]) == (counted, complete)
