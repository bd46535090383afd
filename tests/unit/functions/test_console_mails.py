"""Mails lead to the order's page, and both name the page's own buttons and lists."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from orderbridge.domain.dates import ShopDate
from orderbridge.domain.failure_policy import CallResult
from orderbridge.domain.statuses import ShopStatus
from orderbridge.flows.send_alarms import send_alarm
from orderbridge.texts.mails import page_of
from tests.fakes import NOON
from tests.unit.flows.in_memory_product import InMemoryProduct
from tests.unit.flows.mails import ABOUT_SHOP
from tests.unit.flows.sequences import ship
from tests.unit.functions.console_client import BASE, Browser, add_operator
from tests.unit.functions.function_harness import DEAD_ORDER, park

if TYPE_CHECKING:
    from tests.unit.functions.console_client import Page
    from tests.unit.functions.function_harness import NewHarness

ORDER = 4_700_000_007
PATH = re.compile(r"(?:GET|POST) /\S|orderbridge (?!shop|needs)[a-z]")


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


@pytest.mark.parametrize("language", ["cs", "sk", "en"])
def test_the_mail_about_a_stopped_shop_leads_to_its_state(new_harness: NewHarness, language: str) -> None:
    made = new_harness("console")
    product = made.product
    product.console_url = BASE
    settings = product.shops.records["demo"].settings.model_copy(update={"language": language})
    product.shops.put(settings, product.clock.now())
    product.mall.hold(ORDER)
    product.mall.fail_next(CallResult.UNAUTHORIZED)
    product.clerk(ORDER, ShopStatus.HANDLED)
    product.tick()
    send_alarm(product, ABOUT_SHOP)
    ((_, _, mail),) = product.alarms.published
    (address,) = re.findall(r"https://\S+", mail)
    add_operator(made)
    clerk = Browser(made)
    clerk.log_in()
    found = clerk.get(address.removeprefix(f"{BASE}/"))
    assert (found.status, "Stopped" in found.text) == (200, True)


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


PARKED: dict[str, tuple[str, str]] = {
    "cs": ("zpracování znovu („Podívat se znovu“)", "je v seznamu případů („Případy“)"),
    "sk": ("spracovanie znova („Pozrieť sa znova“)", "je v zozname prípadov („Prípady“)"),
    "en": ("processed again (“Look again”)", "on the list of cases (“Cases”)"),
}
"""Language → what the hold of a parked order and the mail of its case say."""


@pytest.mark.parametrize("language", PARKED)
def test_the_page_and_the_mails_name_the_pages_own_buttons(new_harness: NewHarness, language: str) -> None:
    made = new_harness("console")
    product = made.product
    settings = product.shops.records["demo"].settings.model_copy(update={"language": language})
    product.shops.put(settings, product.clock.now())
    park(product)
    product.tick()
    (mail,) = [text for _, _, text in product.alarms.published if str(DEAD_ORDER) in text]
    add_operator(made)
    clerk = Browser(made, language)
    clerk.log_in()
    page = clerk.get(f"shops/demo/orders/{DEAD_ORDER}")
    of_hold, of_mail = PARKED[language]
    assert of_hold in page.text
    assert of_hold in mail
    assert of_mail in mail
    shown = "".join(re.findall(r">([^<]+)<", page.text))
    assert not PATH.search(mail)
    assert not PATH.search(shown.replace(clerks_text_for_the_integrator(page), ""))
    button, tab = (re.findall("[„“]([^”“]+)[”“]", text)[0] for text in (of_hold, of_mail))
    assert f"<summary>{button}…</summary>" in page.text
    assert f">{tab}</a>" in page.text


def clerks_text_for_the_integrator(page: Page) -> str:
    """The text that the clerk copies: its reader has the command line."""
    (text,) = re.findall(r"<textarea[^>]* readonly [^>]*>([^<]+)<", page.text)
    assert f"orderbridge retry {DEAD_ORDER} --shop demo" in text
    return str(text)
