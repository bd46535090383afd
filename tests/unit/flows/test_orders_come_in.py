"""MALL's open orders come into the shop once, and are confirmed."""

from __future__ import annotations

from datetime import date

import pytest

from orderbridge.domain.actions import Action
from orderbridge.domain.codes.orders import InSyncReason
from orderbridge.domain.reasons import because
from orderbridge.domain.statuses import MarketplaceStatus as M
from orderbridge.domain.statuses import ShopStatus as S
from tests.unit.flows.in_memory_product import SHOP, InMemoryProduct
from tests.unit.flows.sequences import MINUTES, TODAY, confirms, importing, linking


def test_an_open_order_comes_into_the_shop_once_and_is_confirmed() -> None:
    product = importing()
    product.mall.hold(1)
    product.ticks(10 * MINUTES)
    assert product.imports.written == [(SHOP, "create", "1")]
    assert product.held(1) is M.OPEN
    assert product.mall.orders[1].confirmed
    assert confirms(product, 1) == 1
    assert [step.action for step in product.history(1).steps] == [Action.CREATE_IN_SHOP, Action.CONFIRM]
    product.ticks(60 * MINUTES, 5 * MINUTES)
    assert product.imports.documents == 1


def test_the_whole_life_with_import_takes_five_calls_of_its_own() -> None:
    product = importing()
    product.mall.hold(1)
    product.ticks(10 * MINUTES)
    for status in (S.HANDLED, S.SETTLED):
        product.clerk(1, status)
        product.tick()
    product.clerk(1, S.SETTLED, delivery=TODAY)
    product.ticks(5 * MINUTES)
    assert product.held(1) is M.DELIVERED
    assert product.statuses_sent(1) == ["tracking", "shipping", "shipped", "delivered"]
    assert len(product.mall.calls) == 5, "the whole order, confirmed, shipping, shipped, delivered"


def test_an_order_is_not_written_before_the_export_was_read_since_it_was_listed() -> None:
    product = importing()
    product.mall.hold(1)
    product.read_list()
    product.settle()
    product.clock.advance(30 * MINUTES)
    product.exports.at(SHOP).fails = True
    product.ticks(60 * MINUTES, 5 * MINUTES)
    assert product.imports.documents == 0
    product.exports.at(SHOP).fails = False
    product.ticks(5 * MINUTES)
    assert product.imports.documents == 1


def test_an_order_that_the_shop_has_already_is_only_linked() -> None:
    product = importing()
    product.mall.hold(1)
    product.clerk(1, S.PENDING)
    product.ticks(10 * MINUTES)
    assert product.imports.documents == 0
    assert product.mall.orders[1].confirmed, "the shop has it, so it is confirmed"


@pytest.mark.parametrize("status", [M.BLOCKED, M.SHIPPING, M.SHIPPED, M.CANCELLED, M.LOST, M.RETURNED])
def test_only_open_orders_come_in(status: M) -> None:
    product = importing()
    product.mall.hold(1, status)
    product.ticks(10 * MINUTES)
    assert product.imports.documents == 0


def test_a_blocked_order_comes_in_once_mall_opens_it() -> None:
    product = importing()
    product.mall.hold(1, M.BLOCKED)
    product.ticks(10 * MINUTES)
    product.mall.changes(1, status=M.OPEN, opened_at=product.clock.now())
    product.ticks(10 * MINUTES)
    assert product.imports.written == [(SHOP, "create", "1")]


@pytest.mark.parametrize(("setting", "documents"), [(False, 0), (True, 1)])
def test_test_orders_come_in_only_if_the_setting_says_so(setting: bool, documents: int) -> None:  # noqa: FBT001
    product = importing(test_orders=setting)
    product.mall.tests.add(1)
    product.mall.hold(1)
    product.ticks(10 * MINUTES)
    assert product.imports.documents == documents


def test_an_order_opened_before_the_day_of_the_switch_is_left_alone() -> None:
    product = importing(import_opened_from=date(2026, 11, 21))
    product.mall.hold(1)
    product.ticks(10 * MINUTES)
    assert product.imports.documents == 0
    assert product.order(1).work.explanation == because(InSyncReason.OPENED_TOO_EARLY)


def test_an_order_that_somebody_else_confirmed_meanwhile_is_not_written() -> None:
    product = importing()
    product.mall.hold(1)
    product.read_list()
    product.settle()
    product.mall.hold(1, confirmed=True)
    product.ticks(10 * MINUTES)
    assert product.imports.documents == 0


def test_an_order_cancelled_just_before_it_is_written_is_not_written() -> None:
    product = importing()
    product.mall.hold(1)
    product.read_list()
    product.settle()
    product.mall.changes(1, status=M.CANCELLED)
    product.ticks(10 * MINUTES)
    assert product.imports.documents == 0
    assert product.mall.orders[1].confirmed, "the cancellation was acknowledged"


@pytest.mark.parametrize("mode", ["link", "off"])
def test_nothing_is_written_into_a_shop_that_did_not_ask_for_it(mode: str) -> None:
    product = linking(mode)
    product.mall.hold(1)
    product.ticks(60 * MINUTES, 5 * MINUTES)
    product.clerk(1, S.HANDLED)
    product.tick()
    product.mall.changes(1, status=M.CANCELLED)
    product.ticks(60 * MINUTES, 5 * MINUTES)
    assert product.imports.documents == 0
    assert product.held(1) is M.CANCELLED


def test_link_is_the_default_and_leaves_confirming_to_the_first_status() -> None:
    product = InMemoryProduct()
    assert product.shops.records[SHOP].settings.rules.import_mode == "link"
    product.lists = True
    product.mall.hold(1)
    product.clerk(1, S.PENDING)
    product.ticks(10 * MINUTES)
    assert product.mall.writes(1) == []
    product.clerk(1, S.HANDLED)
    product.tick()
    assert [(change.status, change.confirm) for change in product.mall.writes(1)] == [(M.SHIPPING, True)]
    assert len(product.mall.calls) == 2, "one read, one PUT, as without any list"
