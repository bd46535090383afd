"""Orders by their numbers: some of which are known, and those that people search for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from orderbridge.adapters.aws.ledger import DynamoLedger
from orderbridge.domain.statuses import ShopStatus
from orderbridge.domain.views import ShopView
from tests.contract.ledgers import MINUTE
from tests.fakes import NOON, FakeLedger
from tests.orders import an_order, changed, with_observed

if TYPE_CHECKING:
    from orderbridge.domain.lists import OrderPage
    from orderbridge.domain.orders import OrderState
    from orderbridge.ports import Ledger
    from tests.contract.conftest import Aws

from orderbridge.domain.statuses import MarketplaceStatus


def shown(number: int, code: str, tracking: str = "", shop: str = "demo") -> OrderState:
    """An order that the shop shows under `code`; it changed `number` minutes after noon."""
    view = ShopView(code, ShopStatus.SETTLED, "vyřízená", tracking_number=tracking, carrier="PPL")
    order = an_order(view, MarketplaceStatus.OPEN, shop=shop, mall_order_id=number)
    return changed(order, created_at=NOON, updated_at=NOON + number * MINUTE)


def numbers_of(page: OrderPage) -> list[int]:
    assert page.cursor is None
    return [order.mall_order_id for order in page.orders]


def found(ledger: Ledger, text: str, limit: int = 49) -> list[int]:
    return numbers_of(ledger.find("demo", text, limit))


@pytest.mark.parametrize(
    ("asked", "expected"),
    [([3, 1, 2], [3, 1, 2]), ([99, 4, 4, 98], [4]), ([], []), ([13], [])],
)
def test_many_orders_come_in_the_order_that_was_asked_for(
    many: Ledger, asked: list[int], expected: list[int]
) -> None:
    assert numbers_of(many.load_many("demo", asked)) == expected


def test_more_orders_than_one_request_takes(ledger: Ledger) -> None:
    for number in range(1, 131):
        ledger.save(shown(number, f"A{number}"))
    assert numbers_of(ledger.load_many("demo", range(130, 0, -1))) == list(range(130, 0, -1))


@pytest.mark.parametrize("text", ["2026001", " 2026 001 ", "2026\N{NO-BREAK SPACE}001\N{ZERO WIDTH SPACE}"])
def test_an_order_is_found_by_the_shops_number(ledger: Ledger, text: str) -> None:
    ledger.save(shown(1, "2026001"))
    ledger.save(shown(2, "2026002"))
    ledger.save(shown(3, "2026001", shop="other"))
    assert found(ledger, text) == [1]


@pytest.mark.parametrize("text", ["dr123", "DR 123", "DR123"])
def test_an_order_is_found_by_its_parcels_number(ledger: Ledger, text: str) -> None:
    ledger.save(shown(1, "A1", "DR 123"))
    assert found(ledger, text) == [1]


def test_the_parcels_number_is_the_one_that_mall_holds(ledger: Ledger) -> None:
    """In the shop it may stand beside words."""
    order = with_observed(shown(1, "A1", "PPL: DR123"), tracking_number="DR123")
    ledger.save(order)
    assert (found(ledger, "DR123"), found(ledger, "PPL: DR123")) == ([1], [])


def test_malls_number_comes_first_and_then_the_newest_change(ledger: Ledger) -> None:
    for order in (shown(1, "7", "x"), shown(2, "A2", "7"), shown(7, "A7"), shown(8, "7", "7")):
        ledger.save(order)
    assert found(ledger, "7") == [7, 8, 2, 1]
    assert len(found(ledger, "7", limit=2)) == 2
    assert found(ledger, "07") == []


@pytest.mark.parametrize("text", ["", "  ", "DR", "2026", "%", "9" * 30, "x" * 5000, "other#2026001"])
def test_nothing_else_is_found(ledger: Ledger, text: str) -> None:
    ledger.save(shown(1, "2026001", "DR123"))
    ledger.save(shown(2, ""))
    assert found(ledger, text) == []


def test_a_number_that_was_corrected_is_found_no_more(ledger: Ledger) -> None:
    order = ledger.save(shown(1, "A1", "DR1"))
    desired = order.shop_side.desired
    assert desired is not None
    ledger.save(changed(order, desired=replace(desired, tracking_number="DR2")))
    assert (found(ledger, "DR1"), found(ledger, "DR2"), found(ledger, "A1")) == ([], [1], [1])


def test_the_name_of_an_order_that_cannot_be_read_is_told(ledger: Ledger, aws_or_none: Aws | None) -> None:
    ledger.save(shown(1, "A1"))
    if isinstance(ledger, FakeLedger):
        ledger.unreadable.add(("demo", 1))
    elif isinstance(ledger, DynamoLedger) and aws_or_none is not None:
        aws_or_none.dynamodb.update_item(
            TableName=aws_or_none.table,
            Key={"pk": {"S": "ORDER#demo#1"}, "sk": {"S": "ORDER"}},
            UpdateExpression="SET #o = :bad",
            ExpressionAttributeNames={"#o": "order"},
            ExpressionAttributeValues={":bad": {"S": "nonsense"}},
        )
    for page in (ledger.find("demo", "A1", 10), ledger.load_many("demo", [1])):
        assert (page.orders, page.unreadable) == ((), (1,))
