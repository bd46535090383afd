"""push_to_shop: its queue."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from orderbridge.domain.answers import ImportOutcome
from orderbridge.domain.failure_policy import CallResult
from orderbridge.messages import Recheck
from tests.fakes import ShopFault
from tests.unit.functions.function_harness import (
    HANDLE,
    NEW_ORDER,
    failed,
    ids,
    load,
    new_order_is_to_be_written,
    new_order_opens,
)

if TYPE_CHECKING:
    from tests.unit.functions.function_harness import FunctionHarness, NewHarness


@pytest.fixture
def writer(new_harness: NewHarness) -> FunctionHarness:
    """The step that writes a new order of MALL's into the shop is recorded, and its message is under way."""
    made = new_harness("push_to_shop")
    new_order_opens(made.product)
    new_order_is_to_be_written(made.product)
    return made


def test_an_order_is_written_into_the_shop_once(writer: FunctionHarness) -> None:
    assert failed(writer.play("create")) == []
    assert writer.product.imports.written == [("demo", "create", str(NEW_ORDER))]
    (recheck,) = writer.product.queues.take_changes()
    assert isinstance(recheck, Recheck)
    assert writer.figures() == {"ShopStepsAccepted": 1, "ShopStepsRefused": 0, "StepsWithoutAnswer": 0}
    (line,) = writer.log()
    assert (line["step"], line["action"], line["outcome"]) == (1, "create_in_shop", "accepted")
    assert failed(writer.play("create")) == []
    assert writer.product.imports.documents == 1
    assert writer.log()[-1]["outcome"] == "stale"
    assert writer.figures()["ShopStepsAccepted"] == 0


def test_what_the_shop_refuses_is_counted_and_not_repeated(writer: FunctionHarness) -> None:
    writer.product.imports.faults.append(ShopFault(ImportOutcome.REFUSED))
    assert failed(writer.play("create")) == []
    assert writer.figures() == {"ShopStepsAccepted": 0, "ShopStepsRefused": 1, "StepsWithoutAnswer": 0}
    assert writer.product.shop_steps_visibility.hidden == []


def test_a_step_that_finds_nobody_comes_back_to_its_own_queue(writer: FunctionHarness) -> None:
    writer.product.mall.fail_next(CallResult.SERVER_ERROR)
    assert failed(writer.play("create")) == ids(load("push_to_shop.create"))
    ((handle, seconds),) = writer.product.shop_steps_visibility.hidden
    assert handle == HANDLE
    (line,) = writer.log()
    assert (line["level"], line["outcome"]) == ("INFO", "retry")
    writer.product.clock.advance(timedelta(seconds=seconds))
    assert failed(writer.play("create")) == []
    assert len(writer.product.imports.written) == 1


def test_a_refused_key_is_one_error_in_the_log(writer: FunctionHarness) -> None:
    writer.product.mall.fail_next(CallResult.UNAUTHORIZED)
    assert failed(writer.play("create")) == []
    (line,) = writer.log()
    assert (line["level"], line["shop"]) == ("ERROR", "demo")
    assert "shop stopped" in line["message"]
    assert writer.product.imports.documents == 0


def test_what_is_no_message_comes_back_and_is_logged(writer: FunctionHarness) -> None:
    first = ids(load("push_to_shop.not_a_message"))
    assert failed(writer.play("not_a_message")) == first
    (line,) = writer.log()
    assert (line["level"], line["message_id"]) == ("ERROR", first[0])
