"""console: every page as it is read, in three languages, with hostile texts in the data."""

from __future__ import annotations

import base64
import re
from hashlib import sha256
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from orderbridge.console.pages import ROUTES
from orderbridge.console.web import HEADERS, POLICY
from orderbridge.domain.persons import Role
from orderbridge.texts import Language
from tests.unit.functions.console_client import SHOP, Browser, add_operator, is_inside
from tests.unit.functions.console_day import hostile_day
from tests.unit.functions.function_harness import DEAD_ORDER, NEW_ORDER, ORDER, OTHER_ORDER

if TYPE_CHECKING:
    from tests.unit.functions.console_client import Page
    from tests.unit.functions.function_harness import FunctionHarness, NewHarness

PAGES = (
    *("", "shops", f"{SHOP}/today", f"{SHOP}/orders", f"{SHOP}/orders?hold=any", f"{SHOP}/returns?state=all"),
    *(f"{SHOP}/orders/{number}" for number in (ORDER, OTHER_ORDER, DEAD_ORDER, NEW_ORDER)),
    *(f"{SHOP}/escalations", f"{SHOP}/escalations?state=all", f"{SHOP}/figures", f"{SHOP}/state"),
    *(f"{SHOP}/audit", f"{SHOP}/sync", f"{SHOP}/orders/{ORDER}/retry", f"{SHOP}/orders/{ORDER}/resolve"),
    *(f"{SHOP}/orders/{OTHER_ORDER}/close/wrong_delivered", f"{SHOP}/orders/{NEW_ORDER}/undo"),
    f"{SHOP}/orders/{OTHER_ORDER}/return-number/wrong_delivered",
)
MAX_FIRST_VIEW = 100 * 1024


@pytest.fixture
def made(new_harness: NewHarness) -> FunctionHarness:
    return hostile_day(new_harness)


class Outline(HTMLParser):
    """Tags with their attributes; whether every element is closed where it must be."""

    VOID = frozenset({"meta", "link", "input", "br", "img", "rect", "line", "hr"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, tag
        assert self.open.pop() == tag, (tag, self.getpos())

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def page_of(browser: Browser, page: str) -> Page:
    found = browser.get(page)
    return browser.follow(found) if found.status == 303 else found


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_whole_and_every_text_from_outside_is_text(
    clerk: Browser, page: str, language: Language
) -> None:
    clerk.language = language.value
    found = page_of(clerk, page)
    assert found.status == 200
    outline = Outline(found.text)
    assert outline.open == []
    assert [one["lang"] for one in outline.named("html")] == [language.value]
    assert len(outline.named("h1")) == 1
    assert len(outline.named("main")) == 1
    for _, attributes in outline.tags:
        assert not any(name.startswith("on") or name == "style" for name in attributes)
    assert [str(one["src"]).endswith(".js") for one in outline.named("script")] == [True]
    assert outline.named("img") == []
    assert "{{" not in found.text.replace("{{7*7}}", "")
    ids = [attributes["id"] for _, attributes in outline.tags if "id" in attributes]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("page", PAGES)
def test_every_field_has_its_label(clerk: Browser, page: str) -> None:
    outline = Outline(page_of(clerk, page).text)
    labelled = {one.get("for") for one in outline.named("label")}
    for tag in ("input", "select", "textarea"):
        for one in outline.named(tag):
            if one.get("type") != "hidden" and "aria-labelledby" not in one:
                assert one.get("id") in labelled, one


def policy_of(page: str) -> str:
    """The policy of a page: its scripts are files of its own, or the very one in it, that of the sign-in."""
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    assert len(scripts) == ('id="sign-in"' in page)
    digests = [base64.b64encode(sha256(one.encode()).digest()).decode() for one in scripts]
    return POLICY.format(scripts=f"'sha256-{digests[0]}'" if digests else "'self'")


@pytest.mark.parametrize(
    "page", [*PAGES, "sign-in", "nothing/here", f"{SHOP}/orders/{ORDER}/nothing", "../x", "a//b"]
)
def test_every_answer_has_the_strict_headers(clerk: Browser, page: str) -> None:
    for browser in (clerk, Browser(clerk.made)):
        found = browser.get(page)
        expected = {**HEADERS, "Content-Security-Policy": policy_of(found.text)}
        for name, value in expected.items():
            assert found.header(name) == value, name
        assert found.header("Strict-Transport-Security")
    policy = HEADERS["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert "frame-ancestors 'none'" in policy


def test_the_first_view_is_small_and_its_files_are_kept_for_a_year(clerk: Browser) -> None:
    page = clerk.get(f"{SHOP}/today")
    files = re.findall(r'(?:href|src)="\.\./\.\./\.\./console/(static/[^"]+)"', page.text)
    assert len(files) == 3
    whole = len(page.text.encode())
    for file in files:
        found = Browser(clerk.made).get(file)
        assert (found.status, found.header("Cache-Control")) == (200, "public, max-age=31536000, immutable")
        whole += len(found.text.encode())
    assert whole < MAX_FIRST_VIEW
    assert Browser(clerk.made).get("static/console.000000000000.css").status == 404


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_to_a_page_or_safely_away(clerk: Browser, page: str) -> None:
    found = page_of(clerk, page)
    for tag, attributes in Outline(found.text).tags:
        link = attributes.get("href")
        if tag != "a" or link is None or link.startswith("#"):
            continue
        if is_inside(found, link):
            continue
        assert link.startswith("https://"), link
        assert "noopener" in (attributes["rel"] or "")


def test_nobody_sees_another_ones_shop(clerk: Browser) -> None:
    clerk.made.product.add_shop("second")
    before = dict(clerk.made.product.ledger.stored)
    token = clerk.get(f"{SHOP}/today").form("sign-out")["form_token"]
    unknown = clerk.get("shops/nowhere/today").text.replace("nowhere", "second")
    for route in ROUTES:
        if "{shop}" not in route.pattern:
            continue
        path = route.pattern.format(shop="second", order=ORDER, cause="wrong_delivered")
        found = clerk.request(
            route.method,
            path,
            {"form_token": token, "why": "x", "return_number": "4712345678", "step": "1"},
            {"Sec-Fetch-Site": "same-origin"},
        )
        if found.status == 303:
            assert (path, clerk.follow(found).status) == ("shops/second", 404)
            continue
        assert found.status == 404, path
        assert "second" in found.text
    assert clerk.get("shops/second/today").text == unknown
    assert clerk.made.product.ledger.stored == before


def test_a_viewer_sees_everything_and_no_button_and_may_do_nothing(made: FunctionHarness) -> None:
    add_operator(made, "eva", Role.VIEWER)
    viewer = Browser(made)
    viewer.log_in()
    before = dict(made.product.ledger.stored)
    for page in PAGES:
        found = page_of(viewer, page)
        if page.endswith(("/sync", "/retry", "/resolve", "/undo", "wrong_delivered")):
            assert found.status == 403, page
        else:
            assert found.status == 200, page
        assert {form["action"].rpartition("/")[2] for form in found.forms} <= {"sign-out", "language"}
        assert "act-box act-" not in found.text
    token = viewer.get(f"{SHOP}/today").form("sign-out")["form_token"]
    for route in ROUTES:
        if route.method == "POST" and route.pattern != "sign-out":
            path = route.pattern.format(shop="demo", order=ORDER, cause="wrong_delivered")
            assert viewer.post(path, {"form_token": token, "why": "x"}).status == 403, path
    assert made.product.ledger.stored == before
    assert made.product.actions.recorded == []


def test_a_search_that_finds_one_order_leads_to_it(clerk: Browser) -> None:
    assert clerk.follow(clerk.get(f"{SHOP}/orders?q={ORDER}")).address.endswith(f"/orders/{ORDER}")
    by_code = clerk.follow(clerk.get(f"{SHOP}/orders?q=c{OTHER_ORDER}"))
    assert by_code.address.endswith(f"/orders/{OTHER_ORDER}")
    live = clerk.get(f"{SHOP}/orders?q={ORDER}", {"X-Refresh": "1"})
    assert (live.status, f"/orders/{ORDER}" in live.text) == (200, True)
    nothing = clerk.get(f"{SHOP}/orders?q=9999")
    assert (nothing.status, "No order is like this" in nothing.text) == (200, True)
    assert clerk.get(f"{SHOP}/orders?q={'9' * 300}").status == 400
    assert clerk.get(f"{SHOP}/orders?status=nonsense").status == 400


def test_a_list_has_parts_and_its_filters_stay(clerk: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orderbridge.console.views.lists.PAGE", "1")
    page, seen = clerk.get(f"{SHOP}/orders?hold=any"), 1
    while further := page.further:
        assert all("hold=any" in link for link in further)
        page, seen = clerk.get(f"{SHOP}/orders?{further[-1].partition('?')[2]}"), seen + 1
    assert seen > 1
    assert any(link.endswith("/orders?hold=any") for link in page.links)


def test_several_shops_are_chosen_from(made: FunctionHarness) -> None:
    for name in ("second", "third"):
        made.product.add_shop(name)
    add_operator(made, shops=("demo", "third"))
    clerk = Browser(made)
    clerk.log_in()
    found = clerk.get()
    leads = [link for link in found.links if link.endswith("/today")]
    assert [link.split("/")[-2] for link in leads] == ["demo", "third"]
    assert clerk.get("shops/third/today").status == 200
    assert clerk.get("shops/second/today").status == 404
    add_operator(made, shops=("*",))
    assert len([link for link in clerk.get().links if link.endswith("/today")]) == 3
    for shops, several in ((("*",), True), (("demo", "third"), True), (("demo",), False)):
        add_operator(made, shops=shops)
        assert ("Another shop" in clerk.get(f"{SHOP}/today").text) is several


def test_an_order_that_cannot_be_read_is_said(clerk: Browser) -> None:
    clerk.made.product.ledger.unreadable.add(("demo", ORDER))
    found = clerk.get(f"{SHOP}/orders/{ORDER}")
    assert found.status == 500
    assert 'role="alert"' in found.text
    assert str(ORDER) in clerk.get(f"{SHOP}/orders").text


def test_a_long_day_is_still_a_small_page(clerk: Browser) -> None:
    product = clerk.made.product
    for number in range(5_000, 5_150):
        product.mall.hold(number)
        product.clerk(number, None, code=f"2026{number}", status_name=f"State {number}")
    product.tick()
    page = clerk.get(f"{SHOP}/today")
    assert len(page.text.encode()) < MAX_FIRST_VIEW - 30 * 1024
    assert page.text.count("/orders/5") >= 10
    assert any("hold=unknown_shop_status" in link for link in page.links)
    assert "more</a>" in page.text


def test_nothing_waits(new_harness: NewHarness) -> None:
    made = new_harness("console")
    add_operator(made)
    clerk = Browser(made)
    clerk.log_in()
    found = clerk.get(f"{SHOP}/today")
    assert 'class="calm"' in found.text
    assert "What happened today" in found.text
