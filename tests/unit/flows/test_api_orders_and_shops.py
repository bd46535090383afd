"""What an operator sees of an order and of the shops, and the readings that can be asked for."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from orderbridge.domain.cases.records import Item
from orderbridge.domain.checkpoints import FeedCheckpoint
from orderbridge.domain.failure_policy import CallResult
from orderbridge.domain.shops import Budget
from orderbridge.domain.statuses import ShopStatus as S
from orderbridge.domain.views import ShopView
from orderbridge.errors import BadRequestError, NotFoundError
from orderbridge.flows.api import orders as api_orders
from orderbridge.flows.api import shops as api_shops
from orderbridge.flows.api.orders import order_detail
from orderbridge.flows.api.shops import reconcile, sync
from orderbridge.flows.retry_transitions import park_dead_letter
from orderbridge.messages import ListRequest
from orderbridge.texts import API, Language, explained
from tests.fakes import NOON, Fault
from tests.orders import changed
from tests.reasons import DRIFT
from tests.unit.flows.api_client import ApiClient
from tests.unit.flows.in_memory_product import SHOP, InMemoryProduct
from tests.unit.flows.sequences import TODAY, new_product, ship

if TYPE_CHECKING:
    from orderbridge.flows.api.request import Json


class TestReadings:
    def test_sync_asks_for_the_export_and_for_malls_list(self) -> None:
        product = new_product()
        answer = ApiClient(product).ask(sync)
        assert answer["shop"] == SHOP
        assert answer["requested_at"] == "2026-11-20T12:00:00+00:00"
        assert answer["result"]["code"] == "requested.fetch_and_list"
        assert product.queues.take_fetches() == [SHOP]
        assert product.queues.take_lists() == [ListRequest(shop=SHOP, what="unconfirmed", requested_at=NOON)]

    def test_with_import_off_malls_lists_are_left_alone(self) -> None:
        product = new_product(import_mode="off")
        assert ApiClient(product).ask(sync)["result"]["code"] == "requested.fetch"
        assert product.queues.take_fetches() == [SHOP]
        with pytest.raises(BadRequestError, match=rf"^error\.import_is_off\(shop={SHOP}\)$"):
            ApiClient(product).ask(reconcile)
        assert product.queues.take_lists() == []

    def test_reconcile_asks_for_all_orders_under_way(self) -> None:
        product = new_product()
        answer = ApiClient(product).ask(reconcile)
        assert answer == {
            "shop": SHOP,
            "requested_at": "2026-11-20T12:00:00+00:00",
            "result": {
                "code": "requested.reconciliation",
                "facts": {},
                "text": "Porovnání všech rozpracovaných objednávek v MALL s našimi je zadané.",
            },
        }
        assert product.queues.take_lists() == [ListRequest(shop=SHOP, what="reconcile", requested_at=NOON)]
        assert product.queues.take_fetches() == []


class TestOrderDetail:
    def test_an_order_that_only_mall_has_shown(self) -> None:
        product = new_product(import_mode="create", test_orders=True)
        product.mall.hold(1)
        product.mall.tests.add(1)
        product.read_list()
        product.map_all()
        answer = ApiClient(product).ask(order_detail, 1)
        assert answer["test"] is True
        assert answer["in_the_shop"] is None
        assert answer["at_mall"]["listed_since"] == "2026-11-20T12:00:00+00:00"
        assert answer["written_into_the_shop"] == {
            "created_at": None,
            "canceled_at": None,
            "not_clear_since": None,
        }
        assert answer["deadlines"] == []  # MALL waits for no test order

    def test_what_we_wrote_into_the_shop(self) -> None:
        product = new_product(import_mode="create")
        product.lists = True
        product.mall.hold(1)
        product.ticks(timedelta(minutes=10))
        answer = ApiClient(product).ask(order_detail, 1)
        assert answer["written_into_the_shop"]["created_at"] is not None
        assert "create_in_shop" in [step["action"] for step in answer["steps"]]
        assert answer["at_mall"]["confirmed"] is True
        assert answer["at_mall"]["to_be_confirmed"] is None

    def test_the_statuses_it_passed_and_who_set_them(self) -> None:
        product = new_product(undo=0)
        ship(product)
        product.clock.advance(seconds=60)
        product.clerk(1, S.SETTLED, delivery=TODAY)
        product.tick()
        answer = ApiClient(product).ask(order_detail, 1)
        assert [(one["status"], one["by_us"]) for one in answer["passed"]] == [
            ("open", False),
            ("shipped", True),
            ("delivered", True),
        ]
        assert answer["passed"][2]["wanted_at"] == "2026-11-20T12:01:00+00:00"

    def test_returns_alarms_drift_items_and_deadlines(self) -> None:
        product = new_product(undo=0)
        ship(product)
        product.clerk(1, S.SETTLED, delivery=TODAY)
        product.mall.outage = Fault(CallResult.SERVER_ERROR)
        product.clock.advance(timedelta(days=2))
        product.tick()
        order = product.order(1)
        assert order.marketplace.observed is not None
        observed = replace(order.marketplace.observed, items=(Item("Kettle", "2"),), collect_at="Praha 1")
        product.ledger.save(changed(order, observed=observed, drift=DRIFT))
        product.mall.outage = None
        answer = ApiClient(product).ask(order_detail, 1)
        assert answer["drift"] == explained(DRIFT, Language.CZECH, ZoneInfo("Europe/Prague"), API)
        assert answer["at_mall"]["items"] == [{"title": "Kettle", "pieces": "2"}]
        assert answer["at_mall"]["collect_at"] == "Praha 1"
        assert [(one["kind"], one["missed"]) for one in answer["deadlines"]] == [("delivered", True)]
        product.ticks(timedelta(minutes=10))
        answer = ApiClient(product).ask(order_detail, 1)
        assert answer["deadlines"] == []
        assert [(entry["cause"], entry["state"]) for entry in answer["escalations"]] == [("drift", "closed")]
        (alarm,) = answer["alarms"]
        assert alarm["subject"]["code"] == "subject.drift"
        assert alarm["sent_at"] is not None
        assert "text" not in alarm

    def test_a_flag_that_ended_is_shown_among_the_past_ones(self) -> None:
        product = new_product(undo=0)
        ship(product)
        product.clerk(1, S.CANCELED)
        product.tick()
        assert ApiClient(product).ask(order_detail, 1)["return"]["kind"] == "unclaimed"
        product.clock.advance(seconds=1)
        product.clerk(1, S.SETTLED)
        product.tick()
        answer = ApiClient(product).ask(order_detail, 1)
        assert answer["return"] is None
        assert [entry["kind"] for entry in answer["past_returns"]] == ["unclaimed"]

    def test_an_order_that_nobody_has_shown(self) -> None:
        with pytest.raises(NotFoundError, match=r"^error\.unknown_order\(order=1, "):
            ApiClient(new_product()).ask(order_detail, 1)


def test_a_retry_repeats_what_a_list_said_too() -> None:
    """The lists hand an order over once: what was parked of it must not wait for the next reconciliation."""
    product = new_product(import_mode="create")
    product.mall.hold(1)
    product.read_list()
    (listed,) = product.queues.take_changes()
    park_dead_letter(product, "m1", "changes-dead.fifo", listed.model_dump_json(), 6)
    (letter,) = ApiClient(product).ask(order_detail, 1)["dead_letters"]
    assert letter == {
        "message_id": "m1",
        "queue": "changes-dead.fifo",
        "parked_at": "2026-11-20T12:00:00+00:00",
        "receives": 6,
    }
    product.clock.advance(timedelta(minutes=10))
    api_orders.retry_order(product, SHOP, "1")
    product.ticks(timedelta(minutes=10))
    assert product.written
    assert product.order(1).shop_side.imported_at is not None


def health(product: InMemoryProduct) -> Json:
    return ApiClient(product).ask(api_shops.health)


class TestHealth:
    def test_it_says_when_malls_lists_were_read(self) -> None:
        product = new_product()
        (shop,) = health(product)["shops"]
        assert shop["import"] == "link"
        assert shop["mall_lists"] == {"read_at": None, "reconciled_at": None}
        product.feed_checkpoints.put(
            SHOP, FeedCheckpoint(read_at=NOON, reconciled_at=NOON - timedelta(hours=9))
        )
        (shop,) = health(product)["shops"]
        assert shop["mall_lists"] == {
            "read_at": "2026-11-20T12:00:00+00:00",
            "reconciled_at": "2026-11-20T03:00:00+00:00",
        }

    def test_lists_that_were_not_read_for_hours_are_a_problem(self) -> None:
        product = new_product()
        product.feed_checkpoints.put(SHOP, FeedCheckpoint(read_at=product.clock.now()))
        product.clock.advance(timedelta(hours=3))
        product.fetch()
        assert health(product)["shops"][0]["ok"]
        product.clock.advance(timedelta(hours=1))
        product.fetch()
        shop = health(product)["shops"][0]
        assert not shop["ok"]
        assert shop["problems"][0]["code"] == "health.list_not_read"

    def test_it_says_how_many_calls_mall_leaves(self) -> None:
        product = new_product()
        assert health(product)["shops"][0]["mall_calls"] is None
        ends = NOON + timedelta(hours=1)
        product.feed_checkpoints.put(SHOP, FeedCheckpoint(read_at=NOON, budget=Budget(2875, 2800, ends)))
        shop = health(product)["shops"][0]
        assert shop["mall_calls"] == {
            "limit": 2875,
            "remaining": 2800,
            "resets_at": "2026-11-20T13:00:00+00:00",
        }
        assert shop["ok"]
        product.clock.set(ends)
        assert health(product)["shops"][0]["mall_calls"] is None

    @pytest.mark.parametrize(("left", "code"), [(12, "health.few_calls"), (0, "health.no_calls")])
    def test_few_calls_are_a_problem_while_their_window_lasts(self, left: int, code: str) -> None:
        product = new_product()
        product.fetch()
        ends = NOON + timedelta(minutes=20)
        product.feed_checkpoints.put(SHOP, FeedCheckpoint(read_at=NOON, budget=Budget(2875, 2800, ends)))
        product.shops.note_budget(SHOP, Budget(2875, left, ends), NOON)
        shop = health(product)["shops"][0]
        assert (shop["ok"], shop["mall_calls"]["remaining"]) == (False, left)
        (problem,) = shop["problems"]
        assert problem["code"] == code
        assert problem["facts"]["resets_at"] == {"moment": "2026-11-20T12:20:00+00:00"}
        assert "20. 11. 2026 13:20" in problem["text"]
        product.clock.set(ends)
        assert health(product)["shops"][0]["ok"]

    def test_not_where_import_is_off_and_not_for_very_many_shops(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        product = new_product(import_mode="off")
        read: list[str] = []
        monkeypatch.setattr(product.feed_checkpoints, "get", read.append)
        assert health(product)["shops"][0]["mall_lists"] is None
        product = new_product()
        monkeypatch.setattr(product.feed_checkpoints, "get", read.append)
        for number in range(api_shops.MAX_LISTS):
            product.add_shop(f"shop-{number}")
        assert all(shop["mall_lists"] is None for shop in health(product)["shops"])
        assert read == []


def test_an_order_shows_no_data_of_the_customer() -> None:
    """The whole order passes through the product on its way into the shop; nothing of the customer stays."""
    product = new_product(import_mode="create")
    product.lists = True
    product.mall.hold(1)
    product.ticks(timedelta(minutes=10))
    order = product.order(1)
    assert isinstance(order.shop_side.desired, ShopView)
    assert "customer" not in json.dumps(ApiClient(product).ask(order_detail, 1)).lower()
