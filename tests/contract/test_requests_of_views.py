"""How many requests to the table the views of the API make, whatever there is to see."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from orderbridge.adapters.aws.ledger import DynamoLedger
from orderbridge.domain.actions import Action
from orderbridge.domain.dates import ShopDate
from orderbridge.domain.holds import HoldCode
from orderbridge.domain.payloads import DeliveredPayload
from orderbridge.domain.statuses import MarketplaceStatus as M
from orderbridge.domain.statuses import ShopStatus as S
from orderbridge.domain.steps import Step
from orderbridge.flows.api.orders import list_orders, order_detail
from orderbridge.flows.api.today import MAX_PAGES_OF_TODAY, today
from tests.contract.ledgers import ESCALATION, FLAG, held
from tests.fakes import NOON
from tests.orders import an_order, changed
from tests.reasons import ANY
from tests.unit.flows.api_client import ApiClient
from tests.unit.flows.in_memory_product import SHOP, InMemoryProduct

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orderbridge.domain.orders import OrderState
    from tests.contract.conftest import Aws

Counts = Counter[str]


@pytest.fixture
def product(aws: Aws) -> InMemoryProduct:
    made = InMemoryProduct()
    made.ledger = DynamoLedger(aws.dynamodb, aws.table)  # type: ignore[assignment]
    return made


@contextmanager
def counted(aws: Aws) -> Iterator[Counts]:
    """The requests within the block, by kind. The shop's own record is a fake's here: one GetItem more."""
    counts: Counts = Counter()

    def count(model: Any, **_: object) -> None:  # noqa: ANN401 - botocore's
        counts[model.name] += 1

    aws.dynamodb.meta.events.register("before-call.dynamodb.*", count, unique_id="counted")
    try:
        yield counts
    finally:
        aws.dynamodb.meta.events.unregister("before-call.dynamodb.*", unique_id="counted")


def put(product: InMemoryProduct, count: int) -> None:
    """So many orders on each list."""
    kinds = (
        held(an_order(S.SETTLED, M.SHIPPING), HoldCode.MISSING_TRACKING),
        an_order(S.SETTLED, M.SHIPPED, return_flag=FLAG),
        an_order(S.SETTLED, M.DELIVERED, escalations=(ESCALATION,)),
        an_order(S.PENDING, M.OPEN),
        _in_its_window(),
    )
    for number in range(count * len(kinds)):
        order = changed(
            kinds[number % len(kinds)],
            mall_order_id=number + 1,
            updated_at=NOON - timedelta(minutes=number),
            hold_since=NOON,
        )
        product.ledger.save(order)


def _in_its_window() -> OrderState:
    delivery = ShopDate(NOON.date())
    step = Step(
        1, Action.DELIVERED, DeliveredPayload(delivery), ANY, NOON, not_before=NOON + timedelta(minutes=15)
    )
    order = an_order(S.SETTLED, M.SHIPPED, step=step, since=NOON)
    desired = order.shop_side.desired
    assert desired is not None
    return changed(order, desired=replace(desired, delivery=delivery))


def test_a_day_without_anything(aws: Aws, product: InMemoryProduct) -> None:
    with counted(aws) as counts:
        ApiClient(product).ask(today)
    assert counts == {"Query": 6}


def test_a_day_with_something_of_everything(aws: Aws, product: InMemoryProduct) -> None:
    put(product, 3)
    with counted(aws) as counts:
        found = ApiClient(product).ask(today)
    assert [len(found[name]) for name in ("undo_windows", "returns", "escalations")] == [3, 3, 3]
    assert counts == {"Query": 6, "BatchGetItem": 5}, "whatever changed today stands on a list, and was read"


def test_an_order_is_read_once_for_a_day_on_whichever_lists_it_stands(
    aws: Aws, product: InMemoryProduct
) -> None:
    everything = changed(
        held(an_order(S.SETTLED, M.OPEN), HoldCode.MISSING_TRACKING),
        return_flag=FLAG,
        escalations=(ESCALATION,),
        updated_at=NOON,
        hold_since=NOON,
    )
    product.ledger.save(everything)
    with counted(aws) as counts:
        found = ApiClient(product).ask(today)
    assert [len(found[name]) for name in ("holds", "returns", "escalations")] == [1, 1, 1]
    assert counts == {"Query": 6, "BatchGetItem": 1}


def test_a_day_with_more_than_can_be_shown(aws: Aws, product: InMemoryProduct) -> None:
    put(product, 101)
    with counted(aws) as counts:
        found = ApiClient(product).ask(today)
    assert sorted(found["cut"]) == ["deadlines", "escalations", "holds", "returns", "undo_windows"]
    assert not found["happened_today"]["complete"]
    assert counts == {"Query": 5 + MAX_PAGES_OF_TODAY, "BatchGetItem": 6}, "most of the 297 were read"


def test_a_day_while_nothing_is_sent(aws: Aws, product: InMemoryProduct) -> None:
    put(product, 3)
    product.shops.stop(SHOP, ANY, NOON, NOON + timedelta(minutes=5))
    with counted(aws) as counts:
        found = ApiClient(product).ask(today)
    assert found["cut"] == []
    assert counts == {"Query": 8, "BatchGetItem": 5}


def test_a_search(aws: Aws, product: InMemoryProduct) -> None:
    put(product, 3)
    with counted(aws) as counts:
        found = ApiClient(product).ask(list_orders, search="2026001", limit="10")
    assert len(found["orders"]) == 10
    assert counts == {"Query": 2, "BatchGetItem": 1}


def test_an_order(aws: Aws, product: InMemoryProduct) -> None:
    put(product, 1)
    with counted(aws) as counts:
        ApiClient(product).ask(order_detail, 1)
    assert counts == {"Query": 1}
