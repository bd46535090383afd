"""What the shop's import does with an order or a cancellation, and what follows from each answer."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from orderbridge.domain.answers import ImportAnswer, ImportOutcome
from orderbridge.domain.codes.answers import AnswerReason
from orderbridge.domain.codes.orders import HoldReason
from orderbridge.domain.failure_policy import CallResult
from orderbridge.domain.holds import Actor, HoldCode
from orderbridge.domain.order_detail import Customer, OrderDetailItem
from orderbridge.domain.steps import StepState
from orderbridge.flows.api.orders import retry_order
from orderbridge.flows.common.carry_out import StepOutcome
from tests.fakes import KEY_REFUSED, Fault, ShopFault
from tests.reasons import codes_in
from tests.texts import said
from tests.unit.flows.in_memory_product import SHOP
from tests.unit.flows.sequences import MINUTES, confirms, importing

if TYPE_CHECKING:
    from orderbridge.domain.order_detail import OrderDetail
    from orderbridge.domain.shops import ShopSecrets
    from orderbridge.settings import ShopSettings


def test_after_an_unclear_answer_the_export_tells() -> None:
    product = importing()
    product.imports.faults.append(ShopFault(ImportOutcome.UNCLEAR, effect=True))
    product.mall.hold(1)
    product.ticks(60 * MINUTES)
    assert product.imports.written == [(SHOP, "create", "1")]
    assert product.mall.orders[1].confirmed
    assert product.imports.documents == 1
    assert product.alarms.published == []


def test_what_the_export_does_not_show_after_an_unclear_answer_is_for_a_person() -> None:
    """An import may work in the background for hours: a second document would be a second order."""
    product = importing()
    product.imports.faults.append(ShopFault(ImportOutcome.UNCLEAR))
    product.mall.hold(1)
    product.ticks(10 * MINUTES)
    hold = product.order(1).work.hold
    assert hold is not None
    assert hold.code is HoldCode.IMPORT_UNCLEAR
    product.ticks(timedelta(hours=20), 10 * MINUTES)
    hold = product.order(1).work.hold
    assert hold is not None
    assert hold.code is HoldCode.IMPORT_REFUSED
    assert product.imports.documents == 1
    assert len(product.alarms.published) == 1
    assert confirms(product, 1) == 0
    retry_order(product, SHOP, "1")
    product.ticks(10 * MINUTES)
    assert product.imports.written == [(SHOP, "create", "1")]
    assert confirms(product, 1) == 1


@pytest.mark.parametrize("effect", [True, False])
def test_a_writer_that_died_counts_as_an_unclear_answer(effect: bool) -> None:  # noqa: FBT001
    product = importing()
    product.mall.hold(1)
    product.read_list()
    product.settle()
    original = product.imports.create

    def die(settings: ShopSettings, secrets: ShopSecrets, order: OrderDetail) -> ImportAnswer:
        if effect:
            original(settings, secrets, order)
        raise RuntimeError("killed")

    product.imports.create = die  # type: ignore[method-assign]
    with pytest.raises(RuntimeError):
        product.ticks(5 * MINUTES)
    product.imports.create = original  # type: ignore[method-assign]
    step = product.order(1).work.step
    assert step is not None
    assert step.state is StepState.SENDING
    product.queues.take_shop_sends()
    product.ticks(60 * MINUTES)
    assert product.imports.documents == (1 if effect else 0)
    assert confirms(product, 1) == (1 if effect else 0)
    assert len(product.alarms.published) == (0 if effect else 1)


def test_an_order_that_the_shop_refuses_is_not_confirmed_and_is_told_at_once() -> None:
    product = importing()
    product.imports.faults.append(ShopFault(ImportOutcome.REFUSED, message="unknown goods"))
    product.mall.hold(1)
    product.ticks(10 * MINUTES)
    order = product.order(1)
    assert order.work.hold is not None
    assert order.work.hold.code is HoldCode.IMPORT_REFUSED
    assert "unknown goods" in said(order.work.hold.reason)
    assert not product.mall.orders[1].confirmed
    assert len(product.alarms.published) == 1
    product.ticks(120 * MINUTES, 10 * MINUTES)
    assert product.imports.documents == 1, "the same document would be refused again"
    assert len(product.alarms.published) == 1


def test_an_order_that_cannot_get_into_the_shop_is_told_well_before_the_day_is_over() -> None:
    product = importing()
    product.imports.outage = ShopFault(ImportOutcome.NOT_SENT, message="no connection")
    product.mall.hold(1)
    product.ticks(timedelta(hours=5), 5 * MINUTES)
    subjects = [subject for _, subject, _ in product.alarms.published]
    assert subjects == ["Objednavka MALL 1: e-shop ji neprevzal"]
    assert confirms(product, 1) == 0
    product.imports.outage = None
    product.ticks(60 * MINUTES, 5 * MINUTES)
    assert product.imports.written == [(SHOP, "create", "1")]
    assert confirms(product, 1) == 1
    assert all(not one.open for one in product.order(1).cases.escalations)


def test_an_order_that_was_listed_late_is_told_before_its_own_day_is_over() -> None:
    """MALL counts from when it opened the order, not from when we heard of it."""
    product = importing()
    product.imports.outage = ShopFault(ImportOutcome.NOT_SENT, message="no connection")
    product.mall.hold(1)
    product.mall.changes(1, opened_at=product.clock.now() - timedelta(hours=19))
    product.ticks(130 * MINUTES, 5 * MINUTES)
    assert [subject for _, subject, _ in product.alarms.published] == [
        "Objednavka MALL 1: e-shop ji neprevzal"
    ]


@pytest.mark.parametrize(
    ("lacks", "lacking"),
    [
        ({"items": ()}, AnswerReason.NO_LINES),
        ({"items": (OrderDetailItem("A", "A", Decimal(1)),)}, AnswerReason.NO_PRICE),
        ({"customer": Customer(email="a@example.com")}, AnswerReason.NO_CUSTOMER),
    ],
)
def test_half_an_order_is_not_written_and_not_blamed_on_the_shop(
    lacks: dict[str, object], lacking: AnswerReason
) -> None:
    product = importing()
    product.mall.hold(1)
    product.mall.lacks = lacks
    product.ticks(timedelta(hours=1), 5 * MINUTES)
    hold = product.order(1).work.hold
    assert hold is not None
    assert (hold.code, hold.actor) == (HoldCode.NO_ANSWER, Actor.MARKETPLACE)
    assert codes_in(hold.reason) == ["hold.no_answer.marketplace", "answer.http", lacking.value]
    assert product.imports.documents == 0


def test_an_order_that_mall_does_not_give_is_not_blamed_on_the_shop() -> None:
    product = importing()
    product.mall.hold(1)
    product.read_list()
    product.settle()
    product.mall.outage = Fault(CallResult.SERVER_ERROR)
    product.ticks(60 * MINUTES)
    hold = product.order(1).work.hold
    assert hold is not None
    assert hold.code is HoldCode.NO_ANSWER
    assert hold.reason.code is HoldReason.NO_ANSWER
    assert product.written[-1].without_answer
    product.mall.outage = None
    product.lists = False
    del product.mall.orders[1]
    product.ticks(60 * MINUTES)
    hold = product.order(1).work.hold
    assert hold is not None
    assert hold.code is HoldCode.NOT_AT_MARKETPLACE
    assert product.written[-1].outcome is StepOutcome.NOT_THERE
    assert product.imports.documents == 0


def test_a_refused_order_is_written_once_a_person_asks_again() -> None:
    product = importing()
    product.imports.faults.append(ShopFault(ImportOutcome.REFUSED))
    product.mall.hold(1)
    product.ticks(10 * MINUTES)
    retry_order(product, SHOP, "1")
    product.ticks(10 * MINUTES)
    assert product.imports.written == [(SHOP, "create", "1")]
    assert product.mall.orders[1].confirmed


def test_writing_waits_while_the_shop_is_stopped() -> None:
    product = importing()
    product.mall.hold(1)
    product.read_list()
    product.settle()
    product.shops.stop(SHOP, KEY_REFUSED, product.clock.now(), product.clock.now() + timedelta(hours=2))
    product.lists = False
    product.ticks(60 * MINUTES, 5 * MINUTES)
    assert product.imports.documents == 0
    assert all(result.outcome is StepOutcome.POSTPONED for result in product.written)
    product.lists = True
    product.ticks(timedelta(hours=3), 5 * MINUTES)
    assert product.imports.written == [(SHOP, "create", "1")]


def test_an_export_of_changes_only_is_enough_to_link() -> None:
    product = importing()
    product.exports.at(SHOP).etag = "1"
    product.mall.hold(1)
    product.ticks(10 * MINUTES)
    assert product.imports.written == [(SHOP, "create", "1")]
