"""An order whose record this version cannot read: it is named, and nothing else suffers from it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from orderbridge.domain.statuses import ShopStatus as S
from orderbridge.errors import UnreadableOrderError
from orderbridge.flows.api.escalations import list_escalations
from orderbridge.flows.api.figures import show_figures
from orderbridge.flows.api.orders import list_orders, order_detail, retry_order
from orderbridge.flows.api.returns import list_returns, resolve_return
from orderbridge.flows.retry_transitions import park_dead_letter
from orderbridge.flows.send_alarms import send_digest
from orderbridge.messages import DigestRequest, Recheck
from tests.fakes import NOON
from tests.unit.flows.api_client import ApiClient
from tests.unit.flows.in_memory_product import SHOP, InMemoryProduct
from tests.unit.flows.sequences import new_product, ship

if TYPE_CHECKING:
    from collections.abc import Callable

    from orderbridge.flows.api.request import ApiRequest, Json
    from orderbridge.ports import Ports

    UseCase = Callable[[Ports, ApiRequest], Json]

BODY = Recheck(shop=SHOP, mall_order_id=2, requested_at=NOON, reason="due").model_dump_json()


@pytest.fixture
def product() -> InMemoryProduct:
    """Three parcels whose orders were canceled in the shop; the record of the second cannot be read."""
    product = new_product(undo=0)
    for number in (1, 2, 3):
        ship(product, number)
        product.clerk(number, S.CANCELED)
        product.tick()
        park(product, f"m{number}", BODY.replace('"mall_order_id":2', f'"mall_order_id":{number}'))
        product.clock.advance(seconds=1)
    product.ledger.unreadable.add((SHOP, 2))
    return product


def park(product: InMemoryProduct, message_id: str = "m", body: str = BODY) -> None:
    park_dead_letter(product, message_id, "changes-dead.fifo", body, 6)


@pytest.mark.parametrize(
    ("use_case", "entries", "query"),
    [
        (list_orders, "orders", {}),
        (list_orders, "orders", {"hold": "parked"}),
        (list_returns, "returns", {}),
        (list_returns, "returns", {"state": "all", "kind": "unclaimed"}),
        (list_escalations, "escalations", {}),
        (list_escalations, "escalations", {"state": "all"}),
    ],
)
@pytest.mark.parametrize("limit", ["1", "2", "50"])
def test_every_list_names_it_and_shows_the_others(
    product: InMemoryProduct, use_case: UseCase, entries: str, query: dict[str, str], limit: str
) -> None:
    found: list[int] = []
    unreadable: list[int] = []
    cursor: dict[str, str] = {}
    while True:
        page = ApiClient(product).ask(use_case, limit=limit, **cursor, **query)
        assert sorted(page) == sorted([entries, "next_cursor", "shop", "unreadable"])
        found += [entry["mall_order_id"] for entry in page[entries]]
        unreadable += page["unreadable"]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert (list(dict.fromkeys(found)), unreadable) == ([3, 1], [2])


def test_where_all_can_be_read_none_is_named(product: InMemoryProduct) -> None:
    product.ledger.unreadable.clear()
    assert ApiClient(product).ask(list_orders)["unreadable"] == []
    assert ApiClient(product).ask(list_returns)["unreadable"] == []
    assert ApiClient(product).ask(list_escalations)["unreadable"] == []


def test_the_order_itself_is_an_error_that_blames_nobody_who_asked(product: InMemoryProduct) -> None:
    api = ApiClient(product)
    with pytest.raises(UnreadableOrderError, match=r"^error\.unreadable_order\(order=2, shop=demo, "):
        api.ask(order_detail, 2)
    with pytest.raises(UnreadableOrderError, match=r"^error\.unreadable_order\(order=2, shop=demo, "):
        api.ask(resolve_return, 2, body={"note": "it is back"})
    with pytest.raises(UnreadableOrderError, match=r"^error\.unreadable_order\(order=2, shop=demo, "):
        retry_order(product, SHOP, "2")


def test_figures_count_the_others_and_name_it(product: InMemoryProduct) -> None:
    answer = ApiClient(product).ask(show_figures)
    assert (answer["orders"], answer["complete"], answer["unreadable"]) == (2, True, [2])


def test_the_digest_tells_of_the_others_and_says_that_some_are_left_out(product: InMemoryProduct) -> None:
    assert send_digest(product, DigestRequest(shop=SHOP, day="2026-11-20")) is True
    text = product.alarms.published[-1][2]
    assert "Objednávka 1" in text
    assert "Objednávka 3" in text
    assert "Přehled není úplný: záznam 1 objednávky nelze přečíst" in text
    assert text.count("není úplný") == 1


def test_a_dead_letter_is_parked_beside_it_and_repeated_when_it_can_be_read_again(
    product: InMemoryProduct,
) -> None:
    before = product.ledger.stored[SHOP, 2]
    park(product, "later")
    park(product, "later")
    assert product.ledger.stored[SHOP, 2] == before
    product.ledger.unreadable.clear()
    assert [letter.message_id for letter in product.history(2).dead_letters] == ["m2", "later"]
    product.clock.advance(timedelta(minutes=10))
    retry_order(product, SHOP, "2")
    product.settle()
    assert product.order(2).work.parked is None
