"""Mails lead to the order's page, and the page speaks of its buttons where texts name the API's paths."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from orderbridge.console.rendering import Reading
from orderbridge.domain.codes import CODES
from orderbridge.domain.dates import ShopDate
from orderbridge.domain.statuses import ShopStatus
from orderbridge.texts import Language
from orderbridge.texts.catalogues import catalogue
from orderbridge.texts.mails import page_of
from tests.fakes import NOON
from tests.unit.flows.in_memory_product import InMemoryProduct
from tests.unit.flows.sequences import ship
from tests.unit.functions.console_client import BASE, Browser, add_operator

if TYPE_CHECKING:
    from tests.unit.functions.function_harness import NewHarness

ORDER = 4_700_000_007
PATH = re.compile(r"(?:GET|POST) /\S")


def test_a_mail_about_an_order_has_the_address_of_its_page(new_harness: NewHarness) -> None:
    made = new_harness("console")
    product = made.product
    product.console_url = BASE
    ship(product, ORDER)
    product.clerk(ORDER, ShopStatus.SETTLED, delivery=ShopDate(NOON.date()))
    product.tick()
    product.clock.advance(seconds=60)
    product.clerk(ORDER, ShopStatus.SETTLED)
    product.tick()
    (mail,) = [text for _, _, text in product.alarms.published if str(ORDER) in text]
    (address,) = re.findall(r"https://\S+", mail)
    assert address == f"{BASE}/shops/demo/orders/{ORDER}"
    add_operator(made)
    clerk = Browser(made)
    clerk.log_in()
    assert clerk.get(address.removeprefix(f"{BASE}/")).status == 200


def test_without_the_pages_address_a_mail_has_none() -> None:
    assert page_of("", "demo", 1) == ""
    product = InMemoryProduct(console_url="")
    ship(product, ORDER)
    product.clerk(ORDER, ShopStatus.SETTLED, delivery=ShopDate(NOON.date()))
    product.tick()
    product.clerk(ORDER, ShopStatus.SETTLED)
    product.tick()
    assert product.alarms.published
    assert not any("/shops/" in text for _, _, text in product.alarms.published)


@pytest.mark.parametrize("language", Language)
def test_no_text_of_the_product_names_a_path_of_the_api_on_the_page(language: Language) -> None:
    reading = Reading(language, ZoneInfo("Europe/Prague"), NOON, "console")
    named = 0
    for code in CODES:
        text = catalogue(language).gettext(code).replace("{order}", "4700000001").replace("{shop}", "demo")
        shown = reading.in_words([{"code": code, "facts": {}, "text": text}])[0]["text"]
        assert not PATH.search(shown), code
        named += shown != text
    assert named > 10


def test_a_path_becomes_the_name_of_its_button() -> None:
    reading = Reading(Language.CZECH, ZoneInfo("Europe/Prague"), NOON, "console")
    said = reading.in_page_words(
        "Spusťte zpracování znovu (POST /orders/4700000001/retry), viz GET /escalations."
    )
    assert said == "Spusťte zpracování znovu („Podívat se znovu“), viz „Případy“."
