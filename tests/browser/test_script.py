"""The script of the clerk's page: what it shows stays true while the page is open."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from orderbridge.console.sessions import IDLE
from orderbridge.console.web import WebRequest
from orderbridge.domain.statuses import ShopStatus
from tests.browser.clerk import Clerks, sign_in
from tests.browser.served import served
from tests.unit.flows.sequences import ship
from tests.unit.flows.todays_orders import is_wrongly_delivered, waits_in_the_window
from tests.unit.functions.console_client import add_operator
from tests.unit.functions.function_harness import TOKEN, FunctionHarness, put_rules

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Route

    from tests.browser.clerk import Clerk
    from tests.browser.served import Served

pytestmark = [pytest.mark.browser, pytest.mark.slow]

REFRESH = 45_000
"""After how many milliseconds today is read again."""


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> FunctionHarness:
    harness = FunctionHarness("console", monkeypatch, capsys)
    put_rules(harness, undo_window_seconds=900)
    add_operator(harness)
    return harness


@pytest.fixture
def page_served(made: FunctionHarness) -> Iterator[Served]:
    with served(made) as found:
        yield found


@pytest.fixture
def clerk(made: FunctionHarness, browser: Browser, page_served: Served) -> Iterator[Clerk]:
    """Signed in; the browser's clock is the server's, and passes as the test has it."""
    with Clerks(browser, page_served.root).visit() as found:
        found.page.clock.install(time=made.product.clock.now())
        sign_in(found, TOKEN)
        yield found


def test_a_day_that_is_left_open_says_that_the_session_has_ended(made: FunctionHarness, clerk: Clerk) -> None:
    """Else it says for hours that nothing waits."""
    clerk.refusals = {401}
    expect(clerk.page.locator(".calm")).to_be_visible()
    made.product.clock.advance(IDLE)
    clerk.page.clock.run_for(REFRESH)
    expect(clerk.page.get_by_role("heading", name="Sign in")).to_be_visible()
    expect(clerk.page.get_by_role("status")).to_contain_text("You were signed out")


def test_a_form_that_was_stopped_on_its_way_may_be_sent_again(made: FunctionHarness, clerk: Clerk) -> None:
    """Whoever stops the browser that waits, and presses once more, is not left in the belief that it was sent."""
    waits_in_the_window(made.product, 1)
    page = clerk.page
    clerk.open("shops/demo/orders/1")
    clerk.refusals = {0}
    stopped = 0

    def stop(route: Route) -> None:
        nonlocal stopped
        stopped += 1
        route.fulfill(status=204)

    page.route("**/undo", stop)
    form = clerk.box("Do not send")
    form.get_by_role("button").click()
    form.get_by_role("button").click()
    assert stopped == 1, "a second click sends nothing"
    page.unroute("**/undo")
    page.clock.run_for(10_000)
    form.get_by_role("button").click()
    expect(page.locator(".said")).to_contain_text("The step is withdrawn")


def test_a_search_that_is_refused_does_not_leave_what_was_found_before(
    made: FunctionHarness, clerk: Clerk
) -> None:
    ship(made.product, 1)
    ship(made.product, 2)
    clerk.refusals = {400}
    page = clerk.open("shops/demo/orders")
    expect(page.locator("#results tbody tr")).to_have_count(2)
    page.locator("#f-q").fill("\u200b")
    page.clock.run_for(1_000)
    expect(page.locator("#results .problem")).to_be_visible()
    expect(page.locator("#results tbody tr")).to_have_count(0)


@pytest.mark.parametrize("minutes", [-12, 12])
def test_the_time_that_is_left_is_the_servers_whatever_the_browsers_clock(
    made: FunctionHarness, clerk: Clerk, minutes: int
) -> None:
    waits_in_the_window(made.product, 1)
    clerk.page.clock.set_system_time(made.product.clock.now() + timedelta(minutes=minutes))
    page = clerk.open("shops/demo/today")
    page.clock.run_for(2_000)
    expect(page.locator(".p-undo .left")).to_have_text(re.compile(r"^(15:00|14:5\d)$"))


def test_a_browser_that_says_nothing_but_the_origin_is_judged_by_it(
    clerk: Clerk, page_served: Served
) -> None:
    """One that does not know Sec-Fetch-Site: the page's own policy must not have the browser hide the origin."""
    clerk.page.get_by_role("button", name="Slovenčina").click()
    expect(clerk.page.locator("html")).to_have_attribute("lang", "sk")
    headers = page_served.headers_of("POST", "/language")
    assert page_served.root.startswith(f"{headers['origin']}/")
    request = WebRequest("POST", (), "/", headers={"origin": headers["origin"], "host": headers["host"]})
    assert request.own_form


def test_no_other_site_hears_which_order_is_looked_at(made: FunctionHarness, clerk: Clerk) -> None:
    ship(made.product, 1)
    page, heard = clerk.open("shops/demo/orders/1"), list[dict[str, str]]()

    def listen(route: Route) -> None:
        heard.append(route.request.all_headers())
        route.fulfill(body="<p>the parcel</p>", content_type="text/html")

    page.context.route("https://www.ppl.cz/**", listen)
    link = page.get_by_role("link", name="DR1")
    link.evaluate("one => { one.rel = 'opener'; }")  # the policy alone
    with page.expect_popup() as opened:
        link.click()
    opened.value.wait_for_load_state()
    assert [one for one in heard if "referer" in one] == []
    assert heard


@pytest.mark.parametrize("path", ["today", "orders/1"])
def test_a_step_whose_time_is_over_is_not_said_to_be_sent(
    made: FunctionHarness, clerk: Clerk, path: str
) -> None:
    """It waits for an export made after that, and can be stopped until then."""
    waits_in_the_window(made.product, 1)
    made.product.clock.advance(timedelta(minutes=14, seconds=50))
    page = clerk.open(f"shops/demo/{path}")
    page.clock.run_for(20_000)
    expect(page.locator(".timer.over .left")).to_have_text("the time is over")
    made.product.clock.advance(timedelta(seconds=20))
    clerk.box("Do not send").get_by_role("button").click()
    expect(page.locator(".said")).to_contain_text("The step is withdrawn")


def test_a_page_that_comes_back_into_sight_is_read_again_at_once(made: FunctionHarness, clerk: Clerk) -> None:
    """A hidden page does not refresh itself, so it may be hours old."""
    page = clerk.page
    expect(page.locator(".calm")).to_be_visible()
    page.evaluate("Object.defineProperty(document, 'hidden', { get: () => window.away, configurable: true })")
    page.evaluate("window.away = true")
    waits_in_the_window(made.product, 1)
    page.clock.run_for(3 * REFRESH)
    expect(page.locator(".calm")).to_be_visible()
    page.evaluate("window.away = false; document.dispatchEvent(new Event('visibilitychange'))")
    expect(clerk.entry(1)).to_be_visible()


def test_another_language_keeps_what_was_searched_for(made: FunctionHarness, clerk: Clerk) -> None:
    for number in (1, 2):
        ship(made.product, number)
    made.product.mall.hold(3)
    made.product.clerk(3, ShopStatus.HANDLED)
    made.product.tick()
    page = clerk.open("shops/demo/orders")
    page.locator("#f-status").select_option("shipped")
    page.clock.run_for(1_000)
    expect(page.locator("#results tbody tr")).to_have_count(2)
    page.get_by_role("button", name="Slovenčina").click()
    expect(page.locator("html")).to_have_attribute("lang", "sk")
    expect(page.locator("#results tbody tr")).to_have_count(2)
    assert clerk.path.endswith("?status=shipped")


def test_whoever_copied_a_text_sees_what_comes_next(made: FunctionHarness, clerk: Clerk) -> None:
    """Copying opens the box of the text, and the page goes on refreshing itself; the box stays open."""
    is_wrongly_delivered(made.product, 1)
    page = clerk.open("shops/demo/today")
    page.get_by_role("button", name="Copy the text").click()
    box = page.locator(".p-escalations details.ready")
    expect(box.locator("textarea")).to_be_visible()
    waits_in_the_window(made.product, 2)
    page.clock.run_for(REFRESH)
    expect(page.locator(".p-undo a.order")).to_have_attribute("href", re.compile("/orders/2$"))
    expect(box.locator("textarea")).to_be_visible()
    waits_in_the_window(made.product, 3)
    page.clock.run_for(REFRESH)
    expect(page.locator(".p-undo a.order")).to_have_count(2)


@pytest.mark.parametrize(
    "what", ["details.act-undo summary", "button.copy", "a.order", "a[href$='/orders/4']"]
)
def test_a_page_that_refreshes_itself_takes_the_keyboard_nowhere_else(
    made: FunctionHarness, clerk: Clerk, what: str
) -> None:
    waits_in_the_window(made.product, 2)
    is_wrongly_delivered(made.product, 1)
    waits_in_the_window(made.product, 4)
    page = clerk.open("shops/demo/today")
    focused = page.locator(what).first
    box = focused.evaluate("one => (one.closest('li') || document.body).querySelector('a.order').href")
    focused.focus()
    waits_in_the_window(made.product, 3)
    page.clock.run_for(REFRESH)
    expect(page.locator(".p-undo a.order[href$='/orders/3']")).to_be_visible()
    now = "document.activeElement"
    assert page.evaluate(f"{now}.matches({what!r})")
    assert page.evaluate(f"({now}.closest('li') || document.body).querySelector('a.order').href") == box
