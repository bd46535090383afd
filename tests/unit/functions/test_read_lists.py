"""read_lists: its ticks, and its queue."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from orderbridge.domain.failure_policy import CallResult
from orderbridge.domain.rules import Rules
from orderbridge.messages import ListingUpdate
from orderbridge.settings import ShopSettings
from tests.fakes import Fault
from tests.unit.functions.function_harness import (
    HANDLE,
    NEW_ORDER,
    UNKNOWN_ORDER,
    Json,
    asked_now,
    failed,
    ids,
    load,
    new_order_opens,
)

if TYPE_CHECKING:
    from tests.unit.functions.function_harness import FunctionHarness, NewHarness


@pytest.fixture
def reader(new_harness: NewHarness) -> FunctionHarness:
    """The shop gets its orders from us; MALL has one that nobody knows yet."""
    made = new_harness("read_lists")
    new_order_opens(made.product)
    return made


# --- ticks ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("tick", "what"), [("schedule", "unconfirmed"), ("reconcile", "reconcile")])
def test_a_tick_asks_for_the_list_of_every_shop_that_takes_part(
    reader: FunctionHarness, tick: str, what: str
) -> None:
    product = reader.product
    product.add_shop("second")
    product.shops.put(ShopSettings(shop="third"), product.clock.now(), paused_by="me")
    product.shops.put(ShopSettings(shop="fourth", rules=Rules(import_mode="off")), product.clock.now())
    assert reader.play(tick) == {"requested": 2}
    assert [(one.shop, one.what, one.hints) for one in product.queues.take_lists()] == [
        ("demo", what, None),
        ("second", what, None),
    ]
    assert reader.product.mall.lists == 0


# --- lists ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("case", "what"), [("list", "unconfirmed"), ("list_reconcile", "reconcile")])
def test_a_list_is_read_and_what_is_new_on_it_handed_over(
    reader: FunctionHarness, case: str, what: str
) -> None:
    assert failed(reader.play(case)) == []
    (listed,) = reader.product.queues.take_changes()
    assert isinstance(listed, ListingUpdate)
    assert listed.mall_order_id == NEW_ORDER
    assert reader.figures() == {"ListCalls": 1, "OrdersListed": 1, "ListsFailed": 0}
    (line,) = reader.log()
    assert (line["shop"], line["list"], line["outcome"], line["handed_over"]) == ("demo", what, "read", 1)


def test_what_a_reading_has_answered_is_not_read_again(reader: FunctionHarness) -> None:
    reader.play("list")
    reader.play("list")
    reader.play("list_hint")
    assert reader.product.mall.lists == 1
    assert len(reader.log()) == 1
    assert reader.figures()["ListCalls"] == 0


def test_a_flood_of_hints_is_one_reading(reader: FunctionHarness) -> None:
    """All of them were asked for before the first one was read; the queue hands them out one after the other."""
    hint = asked_now(reader.product)
    assert [failed(reader.play("list_hint", hint)) for _ in range(10)] == [[]] * 10
    assert reader.product.mall.lists == 1


def test_a_hint_right_after_a_reading_comes_back_when_the_pause_is_over(reader: FunctionHarness) -> None:
    reader.play("list")
    reader.product.clock.advance(seconds=5)
    answer = reader.play("list_hint", asked_now(reader.product))
    assert failed(answer) == ids(load("read_lists.list_hint"))
    assert reader.product.lists_visibility.hidden == [(HANDLE, 15)]
    assert [line for line in reader.log() if line["level"] != "INFO"] == []
    reader.product.clock.advance(seconds=15)
    assert failed(reader.play("list_hint", asked_now(reader.product))) == []
    assert reader.product.mall.lists == 2


def test_a_hint_of_an_unknown_number_alone_costs_nothing_the_second_time(reader: FunctionHarness) -> None:
    def only_the_stranger(event: Json) -> None:
        asked_now(reader.product)(event)
        (record,) = event["Records"]
        record["body"] = json.dumps(json.loads(record["body"]) | {"hints": [UNKNOWN_ORDER]})

    for lists in (1, 1):
        assert failed(reader.play("list_hint", only_the_stranger)) == []
        assert reader.product.mall.lists == lists
        reader.product.clock.advance(seconds=300)


def test_a_list_that_fails_is_reported_and_left_to_the_next_tick(reader: FunctionHarness) -> None:
    reader.product.mall.list_fault = Fault(CallResult.SERVER_ERROR)
    assert failed(reader.play("list")) == []
    (line,) = reader.log()
    assert (line["level"], line["shop"]) == ("ERROR", "demo")
    assert "MALL's list" in line["message"]
    assert reader.figures() == {"ListCalls": 1, "OrdersListed": 0, "ListsFailed": 1}
    assert reader.product.queues.take_changes() == []


def test_what_is_no_message_comes_back_and_is_logged(reader: FunctionHarness) -> None:
    first = ids(load("read_lists.not_a_message"))
    assert failed(reader.play("not_a_message")) == first
    (line,) = reader.log()
    assert (line["level"], line["message_id"]) == ("ERROR", first[0])
