"""console: what stands on the pages: entries of today, lists, figures, an order's story, who did what."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from orderbridge.domain.failure_policy import Call, CallResult
from orderbridge.domain.shops import Budget
from orderbridge.domain.statuses import MarketplaceStatus as M
from orderbridge.domain.statuses import ShopStatus as S
from orderbridge.domain.switch_on import SwitchOn
from tests.unit.flows.sequences import HOURS, MINUTES, TODAY, ship
from tests.unit.flows.todays_orders import (
    SECTIONS,
    asked,
    clerk_sets,
    comes_back,
    is_unknown,
    is_wrongly_delivered,
    must_be_stopped,
    waits_in_the_window,
    waits_to_be_begun,
)
from tests.unit.functions.console_client import SHOP, Browser, add_operator
from tests.unit.functions.function_harness import put_rules, stop

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.flows.in_memory_product import InMemoryProduct
    from tests.unit.functions.console_client import Page
    from tests.unit.functions.function_harness import FunctionHarness, NewHarness


@pytest.fixture
def made(new_harness: NewHarness) -> FunctionHarness:
    harness = new_harness("console")
    put_rules(harness, undo_window_seconds=900, import_mode="link")
    harness.product.lists = True
    add_operator(harness, "jana")
    return harness


def log_in(clerk: Browser) -> None:
    """Time has passed, and the session with it."""
    assert clerk.log_in().status == 303


def entries(page: Page, section: str) -> list[str]:
    """The entries of one part of today, as HTML."""
    _, _, found = page.text.partition(f'aria-labelledby="h-{section}"')
    return re.split(r"<li[ >]", found.partition("</section>")[0])[1:]


def test_every_entry_of_today_has_both_numbers_its_parcel_and_how_long_it_waits(
    made: FunctionHarness, clerk: Browser
) -> None:
    product = made.product
    kinds = (
        must_be_stopped,
        waits_to_be_begun,
        comes_back,
        is_wrongly_delivered,
        is_unknown,
        waits_in_the_window,
    )
    for number, happens in enumerate(kinds, 5_001):
        happens(product, number)
    log_in(clerk)
    found, page = asked(product), clerk.get(f"{SHOP}/today")
    parts = ("stop", "undo", "deadlines", "returns", "escalations", "holds")
    for name, part in zip(SECTIONS, parts, strict=True):
        told = (
            found[name] if name != "holds" else [one for group in found["holds"] for one in group["orders"]]
        )
        shown = entries(page, part)
        assert len(told) == len(shown) > 0, name
        for one, html in zip(told, shown, strict=True):
            assert f"/orders/{one['mall_order_id']}" in html
            assert f"MALL {one['mall_order_id']}" in html
            assert f"<strong>C{one['mall_order_id']}</strong>" in html
            assert ('class="track"' in html) == (one["tracking_url"] is not None)
            age = re.search(r'<span class="since"><time class="age" datetime="([^"]*)"', html)
            assert age, name
            assert age[1] == one["since"].replace("+00:00", "Z")
    assert [
        part
        for name, part in zip(SECTIONS, parts, strict=True)
        if not any(one.get("tracking_url") for one in found[name]) and name not in {"holds", "deadlines"}
    ] == []


@pytest.mark.parametrize(
    ("page", "filters", "happens", "count"),
    [
        ("orders", "status=shipped", comes_back, 3),
        ("orders", "status=shipped&hold=any", comes_back, 3),
        ("returns", "kind=unclaimed&state=all", comes_back, 3),
        ("escalations", "cause=wrong_delivered&state=all", is_wrongly_delivered, 3),
    ],
)
def test_a_filtered_list_is_walked_to_its_end_and_can_be_bookmarked(
    made: FunctionHarness,
    clerk: Browser,
    monkeypatch: pytest.MonkeyPatch,
    page: str,
    filters: str,
    happens: object,
    count: int,
) -> None:
    monkeypatch.setattr("orderbridge.console.views.lists.PAGE", "1")
    for number in range(1, count + 1):
        happens(made.product, number)  # type: ignore[operator]
    log_in(clerk)
    address, seen = f"{SHOP}/{page}?{filters}", list[str]()
    for _ in range(10):
        found = clerk.get(address)
        assert found.status == 200
        assert clerk.get(address).text == found.text, "the address alone says what is shown"
        main = found.text.partition("<main")[2]
        seen += re.findall(r'class="order" href="[^"]*/orders/(\d+)"', main)
        further = found.further
        if not further:
            break
        query = urlsplit(further[0]).query
        assert all(
            f"{one}=" in query for one in ("cursor", *(part.partition("=")[0] for part in filters.split("&")))
        )
        address = f"{SHOP}/{page}?{query}"
    assert sorted(seen) == [str(number) for number in range(1, count + 1)]


def test_an_order_of_another_shop_is_not_found_in_this_one(made: FunctionHarness) -> None:
    made.product.add_shop("second")
    comes_back(made.product, 1)
    add_operator(made, "jana", shops=("demo", "second"))
    clerk = Browser(made)
    log_in(clerk)
    token = clerk.get(f"{SHOP}/orders/1").form("1/resolve")["form_token"]
    before = dict(made.product.ledger.stored)
    for end in ("", "/retry", "/undo", "/resolve", "/returned", "/close/refused"):
        assert clerk.get(f"shops/second/orders/1{end}").status == 404
        if end:
            form = {"form_token": token, "why": "x", "step": "1"}
            assert clerk.post(f"shops/second/orders/1{end}", form).status == 404
    for page in ("today", "orders", "returns?state=all", "audit"):
        assert "/orders/1" not in clerk.get(f"shops/second/{page}").text
    assert made.product.ledger.stored == before
    assert made.product.actions.recorded == []


def test_a_cursor_of_another_list_is_refused_and_the_way_back_is_shown(
    made: FunctionHarness, clerk: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orderbridge.console.views.lists.PAGE", "1")
    for number in (1, 2):
        comes_back(made.product, number)
    log_in(clerk)
    (further,) = clerk.get(f"{SHOP}/returns").further
    cursor = dict(part.split("=") for part in urlsplit(further).query.split("&"))["cursor"]
    for page in ("orders?status=open", "escalations?state=open", "audit?"):
        found = clerk.get(f"{SHOP}/{page}&cursor={cursor}")
        assert found.status == 400, page
        assert 'role="alert"' in found.text


@pytest.mark.parametrize(
    ("page", "happens", "says"),
    [
        ("escalations?state=all", is_wrongly_delivered, "No case is on this list."),
        ("returns?state=all", comes_back, "No parcel is on this list."),
    ],
)
def test_a_part_of_a_long_list_without_a_case_does_not_say_that_the_list_has_none(
    made: FunctionHarness,
    clerk: Browser,
    monkeypatch: pytest.MonkeyPatch,
    page: str,
    happens: Callable[[InMemoryProduct, int], None],
    says: str,
) -> None:
    """Where all orders are read, so many may have none that the list goes on before the first one."""
    monkeypatch.setattr("orderbridge.console.views.lists.PAGE", "1")
    monkeypatch.setattr("orderbridge.flows.api.stored.MAX_PAGES", 2)
    happens(made.product, 1)
    for number in range(2, 6):
        made.product.clock.advance(seconds=1)
        ship(made.product, number)
    log_in(clerk)
    first = clerk.get(f"{SHOP}/{page}")
    assert says not in first.text
    assert "None is on this part of the list" in first.text
    (further,) = first.further
    second = clerk.get(f"{SHOP}/{page.partition('?')[0]}?{urlsplit(further).query}")
    (further,) = second.further
    third = clerk.get(f"{SHOP}/{page.partition('?')[0]}?{urlsplit(further).query}")
    assert "/orders/1" in third.text


def test_the_end_of_a_list_that_got_shorter_does_not_say_that_there_was_nothing(
    made: FunctionHarness, clerk: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orderbridge.console.views.lists.PAGE", "1")
    for number in (1, 2):
        ship(made.product, number)
    first = clerk.get(f"{SHOP}/orders?status=shipped")
    (further,) = first.further
    clerk_sets(made.product, 1, S.SETTLED, delivery=TODAY)
    made.product.ticks(20 * MINUTES, 10 * MINUTES)
    found = clerk.get(f"{SHOP}/orders?{urlsplit(further).query}")
    assert "No order is like this" not in found.text
    assert "None is on this part of the list" in found.text


def test_each_figure_leads_to_the_orders_behind_it(made: FunctionHarness, clerk: Browser) -> None:
    product = made.product
    put_rules(made, undo_window_seconds=0)
    product.mall.hold(1)
    clerk_sets(product, 1, S.CANCELED)  # cancelled by the shop
    is_wrongly_delivered(product, 2)  # a wrong status
    product.mall.hold(3, M.SHIPPED, confirmed=True)
    clerk_sets(product, 3, S.SETTLED, tracking_number="")  # no tracking
    ship(product, 4)
    for _ in range(30):
        product.mall.fail_next(CallResult.BAD_REQUEST, call=Call.WRITE)
    clerk_sets(product, 4, S.SETTLED, delivery=TODAY)
    product.clock.advance(timedelta(days=4))  # Delivered is late
    log_in(clerk)
    found = clerk.get(f"{SHOP}/figures?from=2026-11-20&to=2026-11-20")
    parts = dict(re.findall(r'aria-labelledby="h-([a-z_]+)">(.*?)</section>', found.text, re.DOTALL))
    behind = {name: [int(one) for one in re.findall(r'/orders/(\d+)"', part)] for name, part in parts.items()}
    assert behind["cancel_rate"] == [1]
    assert sorted(behind["status_errors"]) == [2, 4]
    assert behind["tracking_rate"] == [3]
    assert behind["late_delivered"] == [4]
    assert 2 in behind["waits"]
    assert all(
        clerk.get(f"{SHOP}/orders/{number}").status == 200
        for numbers in behind.values()
        for number in numbers
    )
    other = clerk.get(f"{SHOP}/figures?from=2026-11-21&to=2026-11-24")
    assert re.findall(r'/orders/(\d+)"', other.text) == []
    assert 'value="2026-11-21"' in other.text


def test_an_order_tells_what_was_sent_what_came_back_and_who_did_what(
    made: FunctionHarness, clerk: Browser
) -> None:
    product = made.product
    put_rules(made, undo_window_seconds=0)
    ship(product, 1)
    product.mall.fail_next(CallResult.BAD_REQUEST, call=Call.WRITE)
    clerk_sets(product, 1, S.SETTLED, delivery=TODAY)
    page = clerk.get(f"{SHOP}/orders/1")
    clerk.send(page, "1/retry", why="MALL was wrong")
    story = clerk.get(f"{SHOP}/orders/1").text.partition('aria-labelledby="h-line"')[2]
    assert "HTTP 400" in story
    assert "HTTP 200" in story
    assert re.search(r"<code class=\"sent\">[^<]*status = shipped", story)
    assert "<strong>jana</strong>" in story
    assert "MALL was wrong" in story
    assert "set by us" in story


def test_who_did_what_on_which_days(
    made: FunctionHarness, clerk: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    product = made.product
    waits_in_the_window(product, 1)
    clerk.send(clerk.get(f"{SHOP}/today"), "1/undo", why="a slip")
    product.clock.advance(timedelta(days=1))
    log_in(clerk)
    clerk.send(clerk.get(f"{SHOP}/state"), "demo/sync", why="late")
    whole = clerk.get(f"{SHOP}/audit")
    rows = whole.text.partition("<tbody>")[2].split("<tr>")[1:]
    assert ["late" in rows[0], "a slip" in rows[1], len(rows)] == [True, True, 2]
    assert all("jana" in row for row in rows)
    assert any(link.endswith("/shops/demo/orders/1") for link in whole.links)
    first = clerk.get(f"{SHOP}/audit?from=2026-11-20&to=2026-11-20")
    assert ("a slip" in first.text, "late" in first.text) == (True, False)
    assert "Nobody asked for anything" in clerk.get(f"{SHOP}/audit?to=2026-11-19").text
    monkeypatch.setattr("orderbridge.console.views.audit.PAGE", "1")
    (further,) = clerk.get(f"{SHOP}/audit?from=2026-11-20").further
    assert "from=2026-11-20" in further
    assert "a slip" in clerk.get(f"{SHOP}/audit?{urlsplit(further).query}").text


def test_the_state_says_that_and_why_a_shop_is_stopped_and_how_many_calls_are_left(
    made: FunctionHarness, clerk: Browser
) -> None:
    product = made.product
    assert "All is well" in clerk.get(f"{SHOP}/state").text
    stop(product)
    resets_at = product.clock.now() + 3 * HOURS
    product.shops.note_budget("demo", Budget(1_000, 37, resets_at), product.clock.now())
    found = clerk.get(f"{SHOP}/state").text
    assert "Stopped: nothing is sent to MALL" in found
    assert "37 of 1,000" in found
    assert 'datetime="2026-11-20T15:00:00Z"' in found
    assert found.count('class="problem"') >= 1
    for page in ("today", "state"):
        assert "stopped" in clerk.get(f"{SHOP}/{page}").text.lower()
    product.shops.end_stop("demo")
    began = product.clock.now() - HOURS
    switch_on = SwitchOn(began, began, 6, reversible=20, irreversible=5, caught_up_at=began)
    product.shops.records["demo"] = replace(product.shops.records["demo"], switch_on=switch_on)
    assert "6 of 25 steps went out, at most 6 an hour." in clerk.get(f"{SHOP}/state").text
    product.shops.pause("demo", "jana", product.clock.now() - 5 * MINUTES)
    assert "paused" in clerk.get(f"{SHOP}/state").text.lower()
    assert "The shop is paused" in clerk.get(f"{SHOP}/today").text
