"""What waits for the shop's people today, in order of haste, and what happened (R6.25)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from orderbridge.domain.dates import ShopDate
from orderbridge.domain.failure_policy import Call, CallResult
from orderbridge.domain.holds import HoldCode
from orderbridge.domain.rules import Rules
from orderbridge.domain.statuses import MarketplaceStatus as M
from orderbridge.domain.statuses import ShopStatus as S
from orderbridge.errors import NotFoundError
from orderbridge.flows.api.escalations import close_escalation
from orderbridge.flows.api.returns import resolve_return
from orderbridge.flows.api.today import MAX_ORDERS, today
from orderbridge.flows.api.undo import undo_step
from orderbridge.flows.common.carry_out import StepOutcome
from orderbridge.flows.push_to_mall import push_to_mall
from orderbridge.texts import Language
from tests.fakes import KEY_REFUSED
from tests.unit.flows.api_client import ApiClient
from tests.unit.flows.in_memory_product import SHOP, InMemoryProduct
from tests.unit.flows.sequences import HOURS, MINUTES, TODAY, linking, new_product, ship, switch
from tests.unit.flows.todays_orders import (
    SECTIONS,
    asked,
    clerk_sets,
    comes_back,
    is_unknown,
    is_wrongly_delivered,
    lacks_tracking,
    must_be_stopped,
    numbers,
    waits_in_the_window,
    waits_to_be_begun,
)

MIDNIGHT = datetime(2026, 11, 20, 23, 0, tzinfo=UTC)
"""In Prague."""


def nothing_is_sent(product: InMemoryProduct, how: str) -> None:
    now = product.clock.now()
    if how == "stopped":
        product.shops.stop(SHOP, KEY_REFUSED, now, now + timedelta(days=30))
    else:
        switch(product, on=False)


class TestEmpty:
    def test_it_says_so_and_what_happened(self) -> None:
        product = new_product(undo=0)
        ship(product, 1)
        ship(product, 2)
        clerk_sets(product, 2, S.SETTLED, delivery=TODAY)
        found = asked(product, Language.ENGLISH)
        assert [found[section] for section in SECTIONS] == [[]] * len(SECTIONS)
        assert found["headline"]["text"] == "Nothing waits for you. 3 statuses were sent to MALL today."
        assert found["happened_today"] == {
            "since": "2026-11-19T23:00:00+00:00",
            "complete": True,
            "sent": {"shipping": 0, "shipped": 2, "delivered": 1, "cancelled": 0, "returned": 0},
            "created_in_shop": 0,
            "cancelled_by_others": 0,
        }
        assert (found["cut"], found["unreadable"]) == ([], [])

    def test_yesterday_is_not_today(self) -> None:
        product = new_product(undo=0)
        ship(product)
        product.clock.advance(timedelta(days=1))
        found = asked(product)
        assert sum(found["happened_today"]["sent"].values()) == 0
        assert found["headline"]["facts"] == {"sent": {"count": "0"}}

    def test_an_order_of_ours_in_the_shop_and_a_cancellation_count(self) -> None:
        product = InMemoryProduct(rules=Rules(undo_window_seconds=0, import_mode="create"))
        product.lists = True
        product.tick()
        product.mall.hold(1)
        product.ticks(10 * MINUTES)
        product.mall.changes(1, status=M.CANCELLED)
        product.ticks(10 * MINUTES)
        happened = asked(product)["happened_today"]
        assert (happened["created_in_shop"], happened["cancelled_by_others"]) == (1, 1)


class TestSections:
    def test_an_undo_window(self) -> None:
        product = new_product()
        waits_in_the_window(product, 1)
        (window,) = asked(product)["undo_windows"]
        step = product.order(1).work.step
        assert step is not None
        assert (window["step"], window["action"], window["waits_for_export"]) == (
            step.number,
            "delivered",
            False,
        )
        assert window["due_at"] == "2026-11-20T12:15:01+00:00"
        assert (window["code"], window["age_seconds"]) == ("C1", 0)
        assert window["tracking_url"].startswith("https://")
        assert window["reason"]["code"] == "next.not_before"
        ApiClient(product).ask(undo_step, 1, body={"step": window["step"]})
        found = asked(product)
        assert found["undo_windows"] == []
        assert [group["code"] for group in found["holds"]] == ["undone_by_person"]

    def test_a_step_that_waits_for_the_export_can_still_be_undone(self) -> None:
        product = new_product()
        waits_in_the_window(product, 1)
        product.clock.advance(HOURS)
        (window,) = asked(product)["undo_windows"]
        assert (window["waits_for_export"], window["reason"]["code"]) == (True, "next.when_shown")

    def test_the_next_one_comes_first(self) -> None:
        product = new_product()
        for number in (3, 1, 2):
            waits_in_the_window(product, number)
            product.clock.advance(MINUTES)
        product.mall.hold(4)
        clerk_sets(product, 4, S.CANCELED)
        assert numbers(asked(product)["undo_windows"]) == [3, 1, 2, 4]

    def test_a_parcel_to_stop(self) -> None:
        product = linking()
        for number in (1, 2):
            must_be_stopped(product, number)
            product.clock.advance(MINUTES)
        found = asked(product)
        assert numbers(found["stop_parcels"]) == [2, 1], "the last one has not gone far"
        first = found["stop_parcels"][0]
        assert (first["reason"]["code"], first["what_to_do"]["code"]) == (
            "happened.stop_the_parcel",
            "todo.stop_packing",
        )
        assert first["age_seconds"] == 60
        assert found["holds"] == [], "told once"
        clerk_sets(product, 1, S.CANCELED)
        assert numbers(asked(product)["stop_parcels"]) == [2]

    def test_a_deadline_of_an_order_that_nobody_has_begun(self) -> None:
        product = linking()
        for number in (1, 2):
            waits_to_be_begun(product, number)
            product.clock.advance(HOURS)
        found = asked(product)["deadlines"]
        assert [(one["mall_order_id"], one["kind"], one["missed"]) for one in found] == [
            (1, "confirm", False),
            (2, "confirm", False),
        ]
        clerk_sets(product, 1, S.HANDLED)
        product.clock.advance(timedelta(days=1))
        (missed,) = asked(product)["deadlines"]
        assert (missed["mall_order_id"], missed["missed"]) == (2, True)

    def test_what_our_own_step_is_about_to_meet_is_no_deadline(self) -> None:
        product = new_product(undo=3600)
        ship(product)
        product.clock.advance(timedelta(days=1))
        clerk_sets(product, 1, S.SETTLED, delivery=TODAY)
        assert asked(product)["deadlines"] == []
        step = product.order(1).work.step
        assert step is not None
        ApiClient(product).ask(undo_step, 1, body={"step": step.number})
        (deadline,) = asked(product)["deadlines"]
        assert (deadline["kind"], deadline["mall_order_id"]) == ("delivered", 1)

    @pytest.mark.parametrize("undo", [0, 900])
    @pytest.mark.parametrize("how", ["stopped", "paused"])
    def test_while_nothing_is_sent_a_final_step_waits_in_sight_and_meets_no_deadline(
        self, how: str, undo: int
    ) -> None:
        product = new_product(undo)
        ship(product)
        product.clock.advance(seconds=1)
        product.clerk(1, S.SETTLED, delivery=TODAY)
        product.fetch()
        product.map_all()
        nothing_is_sent(product, how)
        product.ticks(30 * HOURS, 6 * HOURS)
        found = asked(product)
        assert numbers(found["undo_windows"]) == [1]
        (deadline,) = found["deadlines"]
        assert (deadline["kind"], deadline["missed"]) == ("delivered", False)
        product.ticks(timedelta(days=1), 6 * HOURS)
        found = asked(product)
        assert [one["missed"] for one in found["deadlines"]] == [True]
        ApiClient(product).ask(undo_step, 1, body={"step": found["undo_windows"][0]["step"]})
        found = asked(product)
        assert (found["undo_windows"], [group["code"] for group in found["holds"]]) == (
            [],
            ["undone_by_person"],
        )
        assert product.statuses_sent(1) == ["shipped"]

    def test_a_cancellation_in_shipping_waits_in_sight_while_nothing_is_sent(self) -> None:
        product = new_product(undo=0)
        product.mall.hold(1)
        clerk_sets(product, 1, S.HANDLED)
        nothing_is_sent(product, "stopped")
        clerk_sets(product, 1, S.CANCELED)
        product.ticks(30 * HOURS, 6 * HOURS)
        (window,) = asked(product)["undo_windows"]
        assert (window["mall_order_id"], window["action"], window["status"]) == (1, "cancelled", "shipping")

    def test_a_final_step_that_is_tried_in_vain_is_told_once_as_held(self) -> None:
        product = new_product(undo=0)
        ship(product)
        for _ in range(40):
            product.mall.fail_next(CallResult.NOT_CONNECTED, call=Call.WRITE)
        clerk_sets(product, 1, S.SETTLED, delivery=TODAY)
        product.ticks(60 * MINUTES, 5 * MINUTES)
        found = asked(product)
        assert [group["code"] for group in found["holds"]] == ["no_answer"]
        assert found["undo_windows"] == []

    def test_a_final_step_that_waits_for_another_try_can_still_be_undone(self) -> None:
        product = new_product(undo=0)
        ship(product)
        product.mall.fail_next(CallResult.NOT_CONNECTED, call=Call.WRITE)
        product.clock.advance(seconds=1)
        product.clerk(1, S.SETTLED, delivery=TODAY)
        product.fetch()
        product.map_all()
        for send in product.queues.take_sends():
            assert push_to_mall(product, send).outcome is StepOutcome.RETRY
        step = product.order(1).work.step
        assert step is not None
        assert step.retry_at is not None
        (window,) = asked(product)["undo_windows"]
        assert (window["step"], window["waits_for_export"]) == (step.number, False)

    def test_midnight_does_not_hide_a_final_step_that_waits_for_another_try(self) -> None:
        product = new_product(undo=0)
        ship(product)
        product.clock.set(MIDNIGHT - MINUTES)
        for _ in range(8):
            product.mall.fail_next(CallResult.NOT_CONNECTED, call=Call.WRITE)
        clerk_sets(product, 1, S.SETTLED, delivery=TODAY)
        while (now := product.clock.now()) < MIDNIGHT:
            product.ticks(timedelta(seconds=5), timedelta(seconds=5))
        order = product.order(1)
        assert order.updated_at is not None
        assert order.updated_at < MIDNIGHT < now + timedelta(seconds=5)
        assert order.work.hold is None
        assert numbers(asked(product)["undo_windows"]) == [1]
        assert asked(product)["happened_today"]["sent"]["shipped"] == 0, "that was yesterday"

    def test_a_return_and_its_hold_are_told_once(self) -> None:
        product = new_product()
        comes_back(product, 1)
        found = asked(product)
        (entry,) = found["returns"]
        assert (entry["mall_order_id"], entry["kind"], found["holds"]) == (1, "unclaimed", [])
        ApiClient(product).ask(resolve_return, 1, body={"note": "set in the portal"})
        assert asked(product)["returns"] == []

    def test_an_escalation_has_its_text_to_copy(self) -> None:
        product = new_product()
        is_wrongly_delivered(product, 1)
        found = asked(product)
        (entry,) = found["escalations"]
        assert (entry["cause"], entry["ready_text"]["for"], found["holds"]) == (
            "wrong_delivered",
            "operations",
            [],
        )
        assert entry["reason"] == entry["what_happened"]
        ApiClient(product).ask(close_escalation, 1, cause="wrong_delivered", body={"note": "sent"})
        assert asked(product)["escalations"] == []

    def test_holds_are_grouped_by_what_to_do(self) -> None:
        product = linking()
        for number in (5, 6):
            lacks_tracking(product, number)
        is_unknown(product, 7)
        groups = asked(product, Language.ENGLISH)["holds"]
        assert [(group["code"], numbers(group["orders"])) for group in groups] == [
            ("missing_tracking", [5, 6]),
            ("unknown_shop_status", [7]),
        ]
        assert groups[0]["what_to_do"]["text"] == "Fill in the tracking number in the shop."
        entry = groups[0]["orders"][0]
        assert (entry["who_must_act"], entry["reason"]["code"]) == ("clerk", "hold.missing_tracking.until")

    def test_a_hold_on_which_nobody_can_act_is_not_told(self) -> None:
        product = linking()
        product.mall.hold(1)
        clerk_sets(product, 1, S.HANDLED)
        clerk_sets(product, 1, S.SETTLED, delivery=ShopDate(TODAY.day + timedelta(days=1)))
        product.ticks(30 * MINUTES, 10 * MINUTES)
        hold = product.order(1).work.hold
        assert hold is not None
        assert hold.code is HoldCode.FUTURE_DELIVERY_DATE
        assert asked(product)["holds"] == []


def test_everything_at_once_is_counted() -> None:
    product = linking()
    for number, happens in enumerate(
        (must_be_stopped, comes_back, lacks_tracking, is_unknown, waits_to_be_begun), 1
    ):
        happens(product, number)
    found = asked(product, Language.ENGLISH)
    assert {section: len(found[section]) for section in SECTIONS} == {
        "stop_parcels": 1,
        "undo_windows": 0,
        "deadlines": 3,  # whoever is held is not confirmed either
        "returns": 1,
        "escalations": 0,
        "holds": 2,
    }
    assert found["headline"]["text"] == "7 matters wait for you, the most urgent first."


def test_another_shops_orders_are_not_seen() -> None:
    product = linking()
    product.add_shop("second")
    lacks_tracking(product, 1)
    api = ApiClient(product)
    assert api.ask(today, shop="second")["holds"] == []
    assert len(api.ask(today, shop="demo")["holds"]) == 1
    with pytest.raises(NotFoundError):
        api.ask(today, shop="third")


def test_a_long_list_is_cut_and_says_so() -> None:
    product = linking()
    for number in range(1, MAX_ORDERS + 2):
        product.mall.hold(number)
        product.clerk(number, S.PENDING)
        product.clock.advance(seconds=1)
        product.tick()
    found = asked(product)
    assert numbers(found["deadlines"]) == list(range(1, MAX_ORDERS + 1)), "the first ones are due first"
    assert found["cut"] == ["deadlines"]


def test_an_order_that_cannot_be_read_is_named() -> None:
    product = linking()
    lacks_tracking(product, 1)
    lacks_tracking(product, 2)
    product.ledger.unreadable.add(("demo", 1))
    found = asked(product)
    assert found["unreadable"] == [1]
    assert numbers(found["holds"][0]["orders"]) == [2]


def test_an_order_that_cannot_be_read_waits_although_nothing_else_does() -> None:
    product = linking()
    lacks_tracking(product, 1)
    product.ledger.unreadable.add(("demo", 1))
    found = asked(product)
    assert (found["unreadable"], found["holds"]) == ([1], [])
    assert found["headline"]["code"] == "today.matters"


def test_right_after_midnight_the_counts_are_whole_however_much_happened_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Orders of the evening are read too, for their steps. There may be too many of these, and none of today's."""
    monkeypatch.setattr("orderbridge.flows.api.today.MAX_ORDERS", 2)
    monkeypatch.setattr("orderbridge.flows.api.today.MAX_PAGES_OF_TODAY", 1)
    product = new_product()
    product.clock.set(MIDNIGHT - 2 * MINUTES)
    for number in (1, 2, 3):
        ship(product, number)
    assert asked(product)["happened_today"]["complete"] is False
    product.clock.set(MIDNIGHT + MINUTES)
    assert asked(product)["happened_today"]["complete"] is True
    ship(product, 4)
    done = asked(product)["happened_today"]
    assert (done["complete"], done["sent"]["shipped"]) == (True, 1)
    for number in (5, 6):
        ship(product, number)
    assert asked(product)["happened_today"]["complete"] is False
