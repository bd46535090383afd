"""What only an order's detail tells of it: items, whether the parcel is ready to be collected, and where."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderbridge.adapters.mall.models import pieces_text
from orderbridge.domain.cases.records import Item
from tests.unit.mall.judging import ORDER, read

if TYPE_CHECKING:
    from orderbridge.domain.views import MarketplaceView


def view(**fields: object) -> MarketplaceView:
    found = read({"id": ORDER, "status": "shipped", **fields}).view
    assert found is not None
    return found


@pytest.mark.parametrize(("said", "test"), [(True, True), ("1", True), (False, False), ("0", False)])
def test_a_test_order_says_so(said: object, test: bool) -> None:  # noqa: FBT001
    assert view(test=said).test is test
    assert view().test is False


# --- items ----------------------------------------------------------------------------------------------


def test_items_are_titles_and_pieces_in_their_order() -> None:
    items = [
        {"id": "B", "title": " Lampa\n stolní ", "quantity": 2, "price": 10.5, "serial_numbers": ["S1"]},
        {"id": "A", "title": "Stůl", "quantity": "1"},
    ]
    assert view(items=items).items == (Item("Lampa stolní", "2"), Item("Stůl", "1"))


@pytest.mark.parametrize(
    ("line", "item"),
    [
        ({}, Item("", "1")),
        ({"id": "SKU-1"}, Item("SKU-1", "1")),
        ({"title": "Stůl", "quantity": "many"}, Item("Stůl", "1")),
        ({"title": ["Stůl"], "id": 7, "quantity": None}, Item("7", "1")),
    ],
)
def test_what_a_line_leaves_out(line: dict[str, object], item: Item) -> None:
    assert view(items=[line]).items == (item,)


def test_items_as_php_writes_them() -> None:
    assert view(items={"0": {"title": "a"}, "2": {"title": "b"}}).items == (Item("a", "1"), Item("b", "1"))


@pytest.mark.parametrize("items", [None, "", [], {}, [None, 7, "x"], True])
def test_no_items(items: object) -> None:
    assert view(items=items).items == ()


@pytest.mark.parametrize(
    ("quantity", "text"),
    [
        (None, "1"),
        (Decimal(2), "2"),
        (Decimal("2.000"), "2"),
        (Decimal("1E+3"), "1000"),
        (Decimal("0.50"), "0.5"),
    ],
)
def test_pieces(quantity: Decimal | None, text: str) -> None:
    assert pieces_text(quantity) == text


@given(st.decimals(-(10**12), 10**12, places=6))
def test_pieces_are_the_plain_number(quantity: Decimal) -> None:
    text = pieces_text(quantity)
    assert Decimal(text) == quantity
    assert "E" not in text
    assert not (text.endswith("0") and "." in text)


# --- the parcel -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "means"), [(True, True), ("1", True), (False, False), ("no", False), ([], False)]
)
def test_ready_to_return(said: object, *, means: bool) -> None:
    assert view(ready_to_return=said).ready_to_return is means
    assert view().ready_to_return is False


HISTORY = [
    {"id": 1, "name": "Přijato", "date": "2026-11-20 10:00:00"},
    {"id": 9, "name": " K\n vyzvednutí ", "date": "2026-11-22 10:00:00"},
    {"id": 5, "name": "Na cestě", "date": "2026-11-21 10:00:00"},
    {"id": 10, "name": "", "date": "2026-11-23 10:00:00"},
]
CZECH_HISTORY = [
    {"name": "K vyzvednutí", "date": "02.06.2020 13:54:50"},
    {"name": "Na cestě", "date": "28.05.2020 13:54:50"},
    {"name": "Přijato", "date": "2020-05-27 10:00:00"},
]


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({}, ""),
        ({"branch_id": 4711}, "4711"),
        ({"branches": {"branch_id": "4712"}, "branch_id": 4711}, "4711"),
        ({"branches": {"branch_id": 29, "secondary_branch_id": 21, "overridden": True}}, "21"),
        ({"branches": [], "branch_id": 4711}, "4711"),
        ({"branches": {"branch_id": 0}, "branch_id": "0"}, ""),
        ({"ulozenka_status_history": HISTORY}, "K vyzvednutí"),
        ({"ulozenka_status_history": HISTORY, "branch_id": 4711}, "4711: K vyzvednutí"),
        ({"ulozenka_status_history": [{"name": "Přijato"}, {"name": "Vráceno"}]}, "Vráceno"),
        (
            {
                "ulozenka_status_history": [
                    {"name": "Přijato", "date": "2026-11-20 10:00:00"},
                    {"name": "Vráceno"},
                ]
            },
            "Přijato",
        ),
        ({"ulozenka_status_history": CZECH_HISTORY}, "K vyzvednutí"),
        ({"ulozenka_status_history": "nonsense", "branches": "nonsense"}, ""),
    ],
)
def test_where_the_parcel_waits(fields: dict[str, object], place: str) -> None:
    assert view(**fields).collect_at == place
