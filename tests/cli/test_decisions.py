"""What a person decides about orders at the command line: it is done, and what is final is asked first."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest

from orderbridge.domain.failure_policy import Call
from orderbridge.domain.statuses import ShopStatus as S
from orderbridge.flows.api.returns import list_returns
from tests.unit.flows.api_client import ApiClient
from tests.unit.flows.sequences import TODAY, new_product, ship

if TYPE_CHECKING:
    from orderbridge.bootstrap import Services
    from tests.cli.registering import Cli
    from tests.unit.flows.in_memory_product import InMemoryProduct


def stack_of(product: InMemoryProduct) -> Services:
    return cast("Services", product)


def returned(*, push: bool = False) -> InMemoryProduct:
    """Order 1 was shipped and then canceled in the shop: its parcel comes back."""
    product = new_product(undo=0, push_returned=push)
    ship(product)
    product.clerk(1, S.CANCELED)
    product.tick()
    return product


def wrongly_delivered() -> InMemoryProduct:
    """Order 1 was set to Delivered, and then set back in the shop."""
    product = new_product(undo=0)
    ship(product)
    product.clerk(1, S.SETTLED, delivery=TODAY)
    product.tick()
    product.clock.advance(seconds=60)
    product.clerk(1, S.SETTLED)
    product.tick()
    return product


def open_returns(product: InMemoryProduct) -> list[int]:
    return [one["mall_order_id"] for one in ApiClient(product).ask(list_returns)["returns"]]


def test_a_return_is_settled_with_a_note(cli: Cli) -> None:
    product = returned()
    assert open_returns(product) == [1]
    ended = cli("resolve-return", "1", "--note", "set in the portal", stack=stack_of(product))
    assert (ended.code, ended.err) == (0, "")
    assert "Order 1 is off the list of returns." in ended.out
    assert open_returns(product) == []
    everything = cli("returns", "--state", "all", "--json", stack=stack_of(product)).json
    assert everything["returns"][0]["resolved"]["note"] == "set in the portal"


def test_returned_is_asked_for_only_with_a_yes(cli: Cli) -> None:
    product = returned(push=True)
    refused = cli("request-returned", "1", stack=stack_of(product))
    assert refused.code != 0
    product.tick()
    assert product.statuses_sent(1)[-1] == "shipped"
    ended = cli("request-returned", "1", "--yes", stack=stack_of(product))
    assert (ended.code, ended.err) == (0, "")
    product.tick()
    assert product.statuses_sent(1)[-1] == "returned"


def test_returned_is_refused_where_the_shop_does_not_allow_it(cli: Cli) -> None:
    product = returned()
    ended = cli("request-returned", "1", "--yes", stack=stack_of(product))
    assert ended.code == 2
    assert "push_returned" in ended.err


def test_an_escalation_gets_its_return_number_and_is_closed(cli: Cli) -> None:
    stack = stack_of(wrongly_delivered())
    assert cli("escalations", stack=stack).code == 1
    numbered = cli("return-number", "1", "wrong_delivered", "4700000001", "--json", stack=stack)
    assert numbered.code == 0
    assert numbered.json["credit_note"]["return_number"] == "4700000001"
    closed = cli("close-escalation", "1", "wrong_delivered", "--note", "credit note sent", stack=stack)
    assert (closed.code, closed.err) == (0, "")
    assert cli("escalations", stack=stack).code == 0
    assert cli("escalations", "--state", "closed", "--json", stack=stack).json["escalations"]


@pytest.mark.parametrize("arguments", [("1",), ("--hold", "missing_tracking")])
def test_a_retry_reads_mall_anew(cli: Cli, arguments: tuple[str, ...]) -> None:
    product = new_product(undo=0)
    product.mall.hold(1)
    product.clerk(1, S.SETTLED, tracking_number="")
    product.tick()
    before = len(product.mall.calls)
    ended = cli("retry", *arguments, stack=stack_of(product))
    assert (ended.code, ended.err) == (0, "")
    product.tick()
    assert [call.call for call in product.mall.calls[before:]] == [Call.READ]


def test_a_retry_needs_an_order_or_a_hold(cli: Cli) -> None:
    assert cli("retry", stack=stack_of(new_product())).code == 2


def test_figures_are_those_of_the_api(cli: Cli) -> None:
    stack = stack_of(wrongly_delivered())
    ended = cli("figures", stack=stack)
    assert ended.code == 0
    assert "Wrong statuses" in ended.out
    assert cli("figures", "--json", stack=stack).json["status_errors"]["orders"] == [1]
