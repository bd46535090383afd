"""An order whose amounts contradict what is to be collected does not get into the shop by itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderbridge.domain.actions import Action
from orderbridge.domain.facts import Term
from orderbridge.domain.holds import Actor, HoldCode
from orderbridge.domain.order_detail import OrderDetail, OrderDetailItem
from orderbridge.domain.reasons import Reason
from orderbridge.domain.statuses import MarketplaceStatus as M
from orderbridge.domain.statuses import ShopStatus as S
from orderbridge.flows.api.orders import retry_order
from tests.texts import said
from tests.unit.fastcentrik.whole_orders import whole_order
from tests.unit.flows.sequences import MINUTES, importing
from tests.unit.flows.world import SHOP, InMemoryProduct

if TYPE_CHECKING:
    from orderbridge.domain.answers import ImportAnswer
    from orderbridge.domain.shops import ShopSecrets
    from orderbridge.settings import ShopSettings

PUBLISHED: dict[str, object] = {
    "items": (OrderDetailItem("A", "A", Decimal(1), Decimal(350)),),
    "delivery_price": Decimal(29),
    "cash_on_delivery_price": Decimal(30),
    "discount": Decimal(185),
    "cash_on_delivery": Decimal(409),
}
"""MALL's published example: the discount is not taken off what is to be collected."""


def selling(changes: dict[str, object], **rules: object) -> tuple[InMemoryProduct, list[OrderDetail]]:
    """A world with one such open order, after an hour; and what was written into the shop."""
    world = importing(**rules)
    written: list[OrderDetail] = []
    create = world.imports.create

    def noted(settings: ShopSettings, secrets: ShopSecrets, order: OrderDetail) -> ImportAnswer:
        written.append(order)
        return create(settings, secrets, order)

    world.imports.create = noted  # type: ignore[method-assign]
    world.mall.hold(1)
    world.mall.lacks = PUBLISHED | changes
    world.ticks(timedelta(hours=1), 5 * MINUTES)
    return world, written


@pytest.mark.parametrize(
    ("changes", "rules", "sum_and_cod", "fits"),
    [
        ({}, {}, "is 224.00, but 409.00 is to be collected.", "ignore"),
        (
            {"cash_on_delivery": Decimal(224)},
            {"discount": "ignore"},
            "is 409.00, but 224.00 is to be collected.",
            "subtract",
        ),
        ({"cash_on_delivery": Decimal(400)}, {}, "is 224.00, but 400.00 is to be collected.", None),
        ({"cash_on_delivery": Decimal("224.01")}, {}, "is 224.00, but 224.01 is to be collected.", None),
        (
            {"discount": Decimal(0), "cash_on_delivery": Decimal(-409)},
            {},
            "but -409.00 is to be collected.",
            None,
        ),
        (
            {"cash_on_delivery": Decimal(0), "discount": Decimal(500)},
            {},
            "is -91.00, which is less than zero.",
            "ignore",
        ),
        (
            {"delivery_price": Decimal(0)},
            {"discount": "ignore"},
            "is 380.00, but 409.00 is to be collected.",
            None,
        ),
    ],
)
def test_amounts_that_contradict_each_other_are_told_and_not_written(
    changes: dict[str, object], rules: dict[str, object], sum_and_cod: str, fits: str | None
) -> None:
    world, written = selling(changes, **rules)
    assert (written, world.mall.orders[1].confirmed) == ([], False)
    order = world.order(1)
    assert order.work.hold is not None
    assert (order.work.hold.code, order.work.hold.actor) == (HoldCode.IMPORT_REFUSED, Actor.CLERK)
    assert sum_and_cod in said(order.work.hold.reason)
    refusal = order.work.hold.reason.fact("said")
    assert isinstance(refusal, Reason)
    assert refusal.fact("discount") == (None if fits is None else Term(fits))
    assert [one.cause.value for one in order.cases.escalations if one.open] == ["not_imported"]
    assert len([subject for _, subject, _ in world.alarms.published if "e-shop ji neprevzal" in subject]) == 1
    tries = [step for step in world.history(1).steps if step.action is Action.CREATE_IN_SHOP]
    assert len(tries) == 1, "not tried again by itself"


@pytest.mark.parametrize(
    ("changes", "rules", "discount"),
    [
        ({}, {"discount": "ignore"}, 0),
        ({"cash_on_delivery": Decimal(224)}, {}, 185),
        ({"cash_on_delivery": Decimal("224.004")}, {}, 185),
        ({"discount": Decimal(0)}, {}, 0),
        ({"cash_on_delivery": Decimal(0)}, {}, 185),  # paid: nothing tells
        ({"cash_on_delivery": Decimal(0)}, {"discount": "ignore"}, 0),
    ],
)
def test_the_setting_says_how_this_shops_discounts_count(
    changes: dict[str, object], rules: dict[str, object], discount: int
) -> None:
    world, written = selling(changes, **rules)
    (order,) = written
    assert order.discount == discount
    assert not order.cash_on_delivery or round(order.total, 2) == round(order.cash_on_delivery, 2)
    assert world.mall.orders[1].confirmed


def test_once_the_setting_is_right_a_person_has_it_written() -> None:
    world, written = selling({})
    settings = world.shops.records[SHOP].settings
    rules = replace(settings.rules, discount="ignore")
    world.shops.put(settings.model_copy(update={"rules": rules}), world.clock.now())
    retry_order(world, SHOP, "1")
    world.ticks(10 * MINUTES)
    assert len(written) == 1
    assert world.order(1).work.hold is None
    assert [one for one in world.order(1).cases.escalations if one.open] == []


def test_what_a_clerk_entered_by_hand_is_linked_and_confirmed() -> None:
    world, written = selling({})
    world.clerk(1, S.HANDLED)
    world.ticks(10 * MINUTES)
    assert (written, world.held(1)) == ([], M.SHIPPING)
    assert [one for one in world.order(1).cases.escalations if one.open] == []


amounts = st.decimals(-2000, 2000, places=3)


@given(
    st.fixed_dictionaries(
        {
            "items": st.lists(
                st.builds(
                    lambda p, n: OrderDetailItem("A", "A", n, p), amounts, st.decimals(0, 50, places=2)
                ),
                max_size=3,
            ).map(tuple),
            **dict.fromkeys(("delivery_price", "cash_on_delivery_price", "cash_on_delivery"), amounts),
            "discount": st.decimals(0, 2000, places=2),
        }
    )
)
def test_no_sum_to_collect_gets_through_that_is_not_the_sum_of_the_order(fields: dict[str, Any]) -> None:
    order = whole_order(**fields)
    for counts in ("subtract", "ignore"):
        counted = order.with_discount(counts)
        differs = abs(counted.total - order.cash_on_delivery) >= Decimal("0.005")
        if order.cash_on_delivery and differs:
            assert counted.contradiction is not None
        found = counted.contradiction is not None
        assert found == ((order.cash_on_delivery != 0 and differs) or counted.total < 0)


def test_the_largest_amounts_are_no_trouble() -> None:
    large = Decimal(10) ** 19
    order = whole_order(items=(OrderDetailItem("A", "A", large, large),), cash_on_delivery=Decimal(1))
    assert order.contradiction is not None
    assert "1.00 is to be collected" in said(order.contradiction)
