"""import_orders: its ticks, the queue of lists and the queue of steps in the shops."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from orderbridge.domain.answers import ImportOutcome
from orderbridge.domain.failure_policy import CameBack
from orderbridge.domain.rules import Rules
from orderbridge.messages import Listed, Look
from orderbridge.settings import ShopSettings
from tests.fake_services import ShopFault
from tests.fakes import Fault
from tests.unit.functions.stage import (
    HANDLE,
    NEW_ORDER,
    STRANGER,
    Json,
    asked_now,
    failed,
    ids,
    load,
    new_order_is_to_be_written,
    new_order_opens,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.functions.stage import Stage

    NewStage = Callable[[str], Stage]


@pytest.fixture
def importer(stage: NewStage) -> Stage:
    """The shop gets its orders from us; MALL has one that nobody knows yet."""
    made = stage("import_orders")
    new_order_opens(made.world)
    return made


@pytest.fixture
def writer(importer: Stage) -> Stage:
    """The step that writes that order into the shop is recorded, and its message is under way."""
    new_order_is_to_be_written(importer.world)
    return importer


# --- ticks ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("tick", "what"), [("schedule", "unconfirmed"), ("reconcile", "reconcile")])
def test_a_tick_asks_for_the_list_of_every_shop_that_takes_part(
    importer: Stage, tick: str, what: str
) -> None:
    world = importer.world
    world.add_shop("second")
    world.shops.put(ShopSettings(shop="third", enabled=False), world.clock.now())
    world.shops.put(ShopSettings(shop="fourth", rules=Rules(import_mode="off")), world.clock.now())
    assert importer.play(tick) == {"requested": 2}
    assert [(one.shop, one.what, one.hints) for one in world.queues.take_lists()] == [
        ("demo", what, None),
        ("second", what, None),
    ]
    assert importer.world.mall.lists == 0


# --- lists ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("case", "what"), [("list", "unconfirmed"), ("list_reconcile", "reconcile")])
def test_a_list_is_read_and_what_is_new_on_it_handed_over(importer: Stage, case: str, what: str) -> None:
    assert failed(importer.play(case)) == []
    (listed,) = importer.world.queues.take_changes()
    assert isinstance(listed, Listed)
    assert listed.mall_order_id == NEW_ORDER
    assert importer.figures() == {"ListCalls": 1, "OrdersListed": 1, "ListsFailed": 0}
    (line,) = importer.log()
    assert (line["shop"], line["list"], line["outcome"], line["handed_over"]) == ("demo", what, "read", 1)


def test_what_a_reading_has_answered_is_not_read_again(importer: Stage) -> None:
    importer.play("list")
    importer.play("list")
    importer.play("list_hint")
    assert importer.world.mall.lists == 1
    assert len(importer.log()) == 1
    assert importer.figures()["ListCalls"] == 0


def test_a_flood_of_hints_is_one_reading(importer: Stage) -> None:
    """All of them were asked for before the first one was read; the queue hands them out one after the other."""
    hint = asked_now(importer.world)
    assert [failed(importer.play("list_hint", hint)) for _ in range(10)] == [[]] * 10
    assert importer.world.mall.lists == 1


def test_a_hint_right_after_a_reading_comes_back_when_the_pause_is_over(importer: Stage) -> None:
    importer.play("list")
    importer.world.clock.advance(seconds=5)
    answer = importer.play("list_hint", asked_now(importer.world))
    assert failed(answer) == ids(load("import_orders.list_hint"))
    assert importer.world.lists_visibility.hidden == [(HANDLE, 15)]
    assert importer.world.shop_steps_visibility.hidden == []
    assert [line for line in importer.log() if line["level"] != "INFO"] == []
    importer.world.clock.advance(seconds=15)
    assert failed(importer.play("list_hint", asked_now(importer.world))) == []
    assert importer.world.mall.lists == 2


def test_a_hint_of_a_stranger_alone_costs_nothing_the_second_time(importer: Stage) -> None:
    def only_the_stranger(event: Json) -> None:
        asked_now(importer.world)(event)
        (record,) = event["Records"]
        record["body"] = json.dumps(json.loads(record["body"]) | {"hints": [STRANGER]})

    for lists in (1, 1):
        assert failed(importer.play("list_hint", only_the_stranger)) == []
        assert importer.world.mall.lists == lists
        importer.world.clock.advance(seconds=300)


def test_a_list_that_fails_is_reported_and_left_to_the_next_tick(importer: Stage) -> None:
    importer.world.mall.list_fault = Fault(CameBack.SERVER_ERROR)
    assert failed(importer.play("list")) == []
    (line,) = importer.log()
    assert (line["level"], line["shop"]) == ("ERROR", "demo")
    assert "MALL's list" in line["message"]
    assert importer.figures() == {"ListCalls": 1, "OrdersListed": 0, "ListsFailed": 1}
    assert importer.world.queues.take_changes() == []


# --- steps in the shop ----------------------------------------------------------------------------------


def test_an_order_is_written_into_the_shop_once(writer: Stage) -> None:
    assert failed(writer.play("create")) == []
    assert writer.world.imports.written == [("demo", "create", str(NEW_ORDER))]
    (look,) = writer.world.queues.take_changes()
    assert isinstance(look, Look)
    assert writer.figures() == {"ShopWrites": 1, "ShopWritesRefused": 0, "StepsWithoutAnswer": 0}
    (line,) = writer.log()
    assert (line["step"], line["action"], line["outcome"]) == (1, "create_in_shop", "accepted")
    assert failed(writer.play("create")) == []
    assert writer.world.imports.documents == 1
    assert writer.log()[-1]["outcome"] == "stale"
    assert writer.figures()["ShopWrites"] == 0


def test_what_the_shop_refuses_is_counted_and_not_repeated(writer: Stage) -> None:
    writer.world.imports.faults.append(ShopFault(ImportOutcome.REFUSED))
    assert failed(writer.play("create")) == []
    assert writer.figures() == {"ShopWrites": 0, "ShopWritesRefused": 1, "StepsWithoutAnswer": 0}
    assert writer.world.shop_steps_visibility.hidden == []


def test_a_step_that_finds_nobody_comes_back_to_its_own_queue(writer: Stage) -> None:
    writer.world.mall.fail_next(CameBack.SERVER_ERROR)
    assert failed(writer.play("create")) == ids(load("import_orders.create"))
    ((handle, seconds),) = writer.world.shop_steps_visibility.hidden
    assert handle == HANDLE
    assert writer.world.lists_visibility.hidden == []
    (line,) = writer.log()
    assert (line["level"], line["outcome"]) == ("INFO", "retry")
    writer.world.clock.advance(timedelta(seconds=seconds))
    assert failed(writer.play("create")) == []
    assert len(writer.world.imports.written) == 1


def test_a_refused_key_is_one_error_in_the_log(writer: Stage) -> None:
    writer.world.mall.fail_next(CameBack.UNAUTHORIZED)
    assert failed(writer.play("create")) == []
    (line,) = writer.log()
    assert (line["level"], line["shop"]) == ("ERROR", "demo")
    assert "shop stopped" in line["message"]
    assert writer.world.imports.documents == 0


@pytest.mark.parametrize("case", ["not_a_message", "step_not_a_message"])
def test_what_is_no_message_comes_back_and_is_logged(importer: Stage, case: str) -> None:
    first = ids(load(f"import_orders.{case}"))
    assert failed(importer.play(case)) == first
    (line,) = importer.log()
    assert (line["level"], line["message_id"]) == ("ERROR", first[0])
