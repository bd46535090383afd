"""The shop has another order with the number of one that we wrote: which of them counts."""

from __future__ import annotations

from datetime import timedelta

import pytest

from orderbridge.domain.codes.orders import HoldReason
from orderbridge.domain.dates import ShopDate
from orderbridge.domain.facts import ShopText
from orderbridge.domain.holds import HoldCode
from orderbridge.domain.statuses import MarketplaceStatus as M
from orderbridge.domain.statuses import ShopStatus as S
from orderbridge.flows.api.orders import retry_order
from tests.unit.flows.in_memory_product import SHOP, InMemoryProduct
from tests.unit.flows.sequences import MINUTES, TODAY, importing


def somebody_elses(product: InMemoryProduct, created: ShopDate | None = None) -> None:
    """Another order of the shop has MALL's number in words of its customer, and the clerk has delivered it."""
    product.clerk(1, S.SETTLED, code="X9", delivery=TODAY, created=created)


def test_an_order_that_was_written_into_the_shop_counts_under_its_own_code_alone() -> None:
    product = importing()
    product.mall.hold(1)
    product.imports.meanwhile = lambda: somebody_elses(product)  # before any export has shown ours
    product.ticks(60 * MINUTES, 5 * MINUTES)
    assert product.imports.written == [(SHOP, "create", "1")]
    order = product.order(1)
    assert (order.shop_side.code, order.shop_side.desired) == ("C1", None)
    assert order.work.hold is not None
    assert order.work.hold.code is HoldCode.TWO_ORDERS
    assert product.statuses_sent(1) == ["tracking"], "the confirmation"
    product.clerk(1, S.HANDLED)
    product.ticks(10 * MINUTES)
    assert product.held(1) is M.SHIPPING
    somebody_elses(product)
    product.ticks(60 * MINUTES, 5 * MINUTES)
    assert product.held(1) is M.SHIPPING


@pytest.mark.parametrize(("days", "taken"), [(-2, False), (-1, True), (0, True), (3, True)])
def test_an_order_older_than_malls_is_not_the_one_that_was_written(days: int, *, taken: bool) -> None:
    """Where the shop's answer names no code: a day's difference may be a zone's."""
    product = importing()
    product.imports.tells_codes = False
    product.mall.hold(1)
    created = ShopDate(TODAY.day + timedelta(days=days), None)
    product.imports.meanwhile = lambda: somebody_elses(product, created=created)
    product.ticks(60 * MINUTES, 5 * MINUTES)
    assert product.imports.written == [(SHOP, "create", "1")]
    assert (product.held(1) is not M.OPEN) == taken
    if not taken:
        hold = product.order(1).work.hold
        assert hold is not None
        assert hold.code is HoldCode.BAD_RECORD
        assert hold.reason.code is HoldReason.OLDER_THAN_OURS
        assert hold.reason.fact("code") == ShopText("X9")


def test_what_people_enter_for_an_order_that_the_shop_lost_counts() -> None:
    product = importing()
    product.mall.hold(1)
    product.imports.meanwhile = product.exports.at(SHOP).records.clear
    product.ticks(7 * 60 * MINUTES, 5 * MINUTES)
    hold = product.order(1).work.hold
    assert hold is not None
    assert hold.code is HoldCode.IMPORT_REFUSED
    product.clerk(1, S.HANDLED, code="BY-HAND")
    product.ticks(10 * MINUTES)
    assert product.held(1) is M.SHIPPING


def test_a_person_decides_which_order_it_is() -> None:
    """The shop's answer may have named another code than its export."""
    product = importing()
    product.mall.hold(1)
    product.imports.meanwhile = lambda: product.clerk(1, S.HANDLED, code="INTERNAL-7")
    product.ticks(30 * MINUTES, 5 * MINUTES)
    assert product.held(1) is M.OPEN
    retry_order(product, SHOP, "1")
    product.ticks(10 * MINUTES)
    assert product.order(1).shop_side.code == "INTERNAL-7"
    assert product.held(1) is M.SHIPPING
