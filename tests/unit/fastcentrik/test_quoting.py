"""A text that repeats a customer's data is found out, however it writes it."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderbridge.adapters.fastcentrik.writing.quoting import quotes
from orderbridge.domain.order_detail import Customer
from tests.unit.fastcentrik.whole_orders import CUSTOMER

if TYPE_CHECKING:
    from collections.abc import Callable

SAYS_NOTHING = (
    "",
    "STATUS must be one of nevyřízená, částečně vyřízená, vyřizuje se, vyřízená, stornováno",
    "MALL order 123456 is already in the shop",
    "objednávka 2026000001: položka ZBOZI-1 neexistuje na skladě 12",
    "not well-formed XML: line 1, column 20",
)


@pytest.mark.parametrize("text", SAYS_NOTHING)
def test_what_the_shop_says_of_itself_is_no_quotation(text: str) -> None:
    person = Customer(
        "Jan Li", "Ta s. r. o.", "jan.li@firma.example", "+420601000111", "Na Vsi 12", "Aš", "352 01", "CZ"
    )
    assert not quotes(text, person)


WAYS: dict[str, Callable[[str], str]] = {
    "as it is": lambda value: value,
    "in capitals": str.upper,
    "without accents": lambda value: value.translate(str.maketrans("áéěíýóúůžščřďťň", "aeeiyouuzscrdtn")),
    "cut short": lambda value: value[: max(5, len(value) // 2)],
    "html": lambda value: "".join(f"&#{ord(char)};" for char in value),
    "json": lambda value: json.dumps(value)[1:-1],
    "percent": quote,
    "utf-8 read as windows-1250": lambda value: value.encode().decode("cp1250", "replace"),
    "windows-1250 read as utf-8": lambda value: value.encode("cp1250").decode("utf-8", "replace"),
    "invisible characters": "\u200b".join,
    "turned around for the eye": lambda value: f"\u202e{value[:2]}\u2066{value[2:]}\u2069\u202c",
    "invisible characters in html": "&#8203;".join,
    "question marks": lambda value: value.encode("ascii", "replace").decode(),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("field", [field.name for field in fields(Customer) if field.name != "country"])
def test_a_quotation_is_found_however_it_is_written(field: str, way: str) -> None:
    value = WAYS[way](getattr(CUSTOMER, field))
    alone = Customer(**{field: getattr(CUSTOMER, field)})
    assert quotes(f"hodnota '{value}' není platná", alone)
    assert quotes(f"hodnota '{value}' není platná", CUSTOMER)


@pytest.mark.parametrize("way", WAYS)
def test_a_name_of_which_no_four_plain_letters_are_left(way: str) -> None:
    assert quotes(f"hodnota '{WAYS[way]('Žáčková')}' není platná", Customer(name="Žáčková"))


@pytest.mark.parametrize("name", ["Li", "李明", "Ян", "Jan Novák", "Ng Vu", "Łŏ"])
def test_short_names_count_where_they_stand_alone(name: str) -> None:
    for way in ("as it is", "html", "json", "percent"):
        assert quotes(f"<NAME>{WAYS[way](name)}</NAME>: neplatné", Customer(name=name))
    assert not quotes("položka je neplatná", Customer(name=name))


@pytest.mark.parametrize("written", ["601000007", "601 000 007", "00420601000007", "+420-601-000-007"])
def test_a_phone_number_in_another_form(written: str) -> None:
    assert quotes(f"telefon {written}", Customer(phone="601000007"))


@given(st.text(max_size=200), st.builds(Customer, *([st.text(max_size=20)] * 8)))
def test_it_never_fails(text: str, customer: Customer) -> None:
    assert quotes(text, customer) in {True, False}
    assert not quotes(text, Customer())
