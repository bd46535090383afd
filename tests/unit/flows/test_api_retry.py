"""Retrying many orders by their hold: a page at a time, and nothing that needs one person's word."""

from __future__ import annotations

import pytest

from orderbridge.domain.failure_policy import Call, CallResult
from orderbridge.domain.holds import HoldCode
from orderbridge.domain.statuses import MarketplaceStatus as M
from orderbridge.domain.statuses import ShopStatus as S
from orderbridge.errors import BadRequestError
from orderbridge.flows.api.retries import DECIDED_BY_A_RETRY, retry_orders
from orderbridge.flows.retry_transitions import park_dead_letter
from tests.unit.flows.api_client import ApiClient
from tests.unit.flows.in_memory_product import InMemoryProduct
from tests.unit.flows.sequences import MINUTES


def parked(count: int) -> InMemoryProduct:
    """So many orders whose news died, and one that MALL refused."""
    product = InMemoryProduct()
    for number in range(1, count + 1):
        product.mall.hold(number)
        product.clerk(number, S.HANDLED)
    product.fetch()
    for at, message in enumerate(product.queues.take_changes()):
        body = message.model_dump_json()
        park_dead_letter(product, f"m{at}", "changes-dead.fifo", body, 9)
        product.clock.advance(seconds=1)
    product.settle()
    product.mall.hold(99)
    product.mall.fail_next(CallResult.REJECTED, call=Call.WRITE)
    product.clerk(99, S.HANDLED)
    product.clock.advance(10 * MINUTES)
    product.tick()
    return product


def test_all_that_are_held_by_a_code_are_retried_a_page_at_a_time() -> None:
    product = parked(5)
    api, found = ApiClient(product), []
    while True:
        answer = api.ask(retry_orders, hold="parked", limit="2")
        found += [answer["orders"]]
        product.settle()
        product.clock.advance(10 * MINUTES)
        if not answer["more"]:
            break
    assert found == [[5, 4], [3, 2], [1]]
    assert [product.held(number) for number in range(1, 6)] == [M.SHIPPING] * 5
    hold = product.order(99).work.hold
    assert hold is not None
    assert hold.code is HoldCode.REFUSED, "it was not asked for"
    assert api.ask(retry_orders, hold="parked")["orders"] == []


@pytest.mark.parametrize("hold", [None, "any", "odd", *sorted(code.value for code in DECIDED_BY_A_RETRY)])
def test_it_must_be_one_hold_that_a_retry_does_not_decide(hold: str | None) -> None:
    product = parked(1)
    asked = {} if hold is None else {"hold": hold}
    codes = "hold_missing|decided_one_by_one|not_one_of"
    with pytest.raises(BadRequestError, match=rf"^error\.({codes})\([^\n]+\)$"):
        ApiClient(product).ask(retry_orders, **asked)
    assert product.queues.changes == []


def test_a_page_is_bounded() -> None:
    with pytest.raises(BadRequestError, match="page_size"):
        ApiClient(parked(1)).ask(retry_orders, hold="parked", limit="100000")
