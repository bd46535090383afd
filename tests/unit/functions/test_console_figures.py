"""console: the page of figures says what it lists, what it leaves out, and keeps the long lists closed."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from orderbridge.domain.cases import figures
from orderbridge.domain.rules import Rules
from orderbridge.domain.statuses import MarketplaceStatus as M
from orderbridge.domain.statuses import ShopStatus as S
from orderbridge.settings import ShopSettings
from tests.unit.flows.sequences import ship
from tests.unit.flows.todays_orders import clerk_sets
from tests.unit.functions.console_client import Browser, add_operator

if TYPE_CHECKING:
    from tests.unit.functions.function_harness import FunctionHarness, NewHarness


@pytest.fixture
def made(new_harness: NewHarness) -> FunctionHarness:
    harness = new_harness("console")
    rules = Rules(undo_window_seconds=0)
    settings = ShopSettings(shop="demo", rules=rules, export_interval_seconds=0)
    harness.product.shops.put(settings, harness.product.clock.now())
    return harness


def sections(made: FunctionHarness) -> dict[str, str]:
    """The page by its sections, as HTML; under an empty name the whole."""
    add_operator(made)
    clerk = Browser(made)
    clerk.log_in()
    page = clerk.get("shops/demo/figures").text
    return {"": page} | dict(
        re.findall(r'aria-labelledby="h-([a-z_]+)">(.*?)</section>', page, flags=re.DOTALL)
    )


def summary_of(section: str) -> str:
    return section.partition("<summary>")[2].partition("</summary>")[0].strip()


@pytest.mark.parametrize(
    ("shown", "cancelled", "untracked"),
    [
        (1, "The newest 1 of the 2 orders behind it", "The newest 1 of the 3 orders without tracking"),
        (2, "The 2 orders behind it", "The newest 2 of the 3 orders without tracking"),
        (50, "The 2 orders behind it", "The 3 orders without tracking"),
    ],
)
def test_a_list_says_of_how_many_orders_it_has_the_newest(
    made: FunctionHarness, monkeypatch: pytest.MonkeyPatch, shown: int, cancelled: str, untracked: str
) -> None:
    """Of the rate of tracking those are listed that have none, and the rate counts the others."""
    monkeypatch.setattr(figures, "ORDERS_SHOWN", shown)
    product = made.product
    for number in (1, 2):
        product.mall.hold(number)
        clerk_sets(product, number, S.CANCELED)
    for number in (3, 4, 5):
        product.mall.hold(number, M.SHIPPED, confirmed=True)
        clerk_sets(product, number, S.SETTLED, tracking_number="")
    ship(product, 6)
    found = sections(made)
    assert summary_of(found["cancel_rate"]) == cancelled
    assert summary_of(found["tracking_rate"]) == untracked
    assert "1 of 4 orders" in found["tracking_rate"]
    assert len(re.findall(r'/orders/[345]"', found["tracking_rate"])) == min(shown, 3)


def test_orders_that_were_left_out_are_named(made: FunctionHarness) -> None:
    for number in (1, 2):
        ship(made.product, number)
    assert "left out" not in sections(made)[""]
    made.product.ledger.unreadable.add(("demo", 2))
    found = sections(made)[""].partition("One order is left out, because its record cannot be read:")[2]
    assert re.findall(r'/orders/(\d+)">\1</a>', found.partition("</p>")[0]) == ["2"]


def test_all_of_the_slowest_orders_are_there_the_first_three_in_sight(made: FunctionHarness) -> None:
    for number in range(1, 6):
        made.product.mall.hold(number)
        clerk_sets(made.product, number, S.HANDLED)
        made.product.clock.advance(timedelta(seconds=number))
    shipping = sections(made)["waits"].partition("<tbody>")[2].partition("</tr>")[0]
    sight, _, closed = shipping.partition("<details>")
    links = [re.findall(r"/orders/(\d+)", part) for part in (sight, closed)]
    assert [len(part) for part in links] == [3, 2]
    assert {*links[0], *links[1]} == {"1", "2", "3", "4", "5"}
    assert summary_of(closed) == "2 more"


def test_days_long_ago_that_are_too_many_orders_back_say_what_helps(
    made: FunctionHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The orders are read from the last change backwards, so fewer days of last winter would not help."""
    monkeypatch.setattr("orderbridge.flows.api.figures.MAX_ORDERS", 1)
    ship(made.product, 1)
    made.product.clock.advance(timedelta(days=3))
    ship(made.product, 2)
    add_operator(made)
    clerk = Browser(made)
    clerk.log_in()
    old = clerk.get("shops/demo/figures?from=2026-11-20&to=2026-11-20").text
    assert "choose a later first day" in old
    assert "choose a later first day" not in clerk.get("shops/demo/figures?from=2026-11-21").text
