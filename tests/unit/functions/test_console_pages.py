"""console: every page and every form, in three languages, with hostile texts in the data."""

from __future__ import annotations

import base64
import re
from hashlib import sha256
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from orderbridge.console.pages import ROUTES
from orderbridge.console.web import HEADERS, POLICY
from orderbridge.domain.dates import ShopDate
from orderbridge.domain.persons import Role
from orderbridge.domain.rules import Rules
from orderbridge.domain.statuses import MarketplaceStatus, ShopStatus
from orderbridge.settings import ShopSettings
from orderbridge.texts import Language
from tests.fakes import NOON
from tests.unit.flows.sequences import ship
from tests.unit.functions.console_client import Browser, add_operator, is_inside
from tests.unit.functions.function_harness import DEAD_ORDER, NEW_ORDER, ORDER, OTHER_ORDER, park

if TYPE_CHECKING:
    from tests.unit.functions.console_client import Page
    from tests.unit.functions.function_harness import FunctionHarness, NewHarness

HOSTILE = "<script>alert('x')</script>\"><img src=x onerror=alert(1)>{{7*7}}\u202e&amp;"
SHOP = "shops/demo"
PAGES = (
    *("", "shops", f"{SHOP}/today", f"{SHOP}/orders", f"{SHOP}/orders?hold=any", f"{SHOP}/returns?state=all"),
    *(f"{SHOP}/orders/{number}" for number in (ORDER, OTHER_ORDER, DEAD_ORDER, NEW_ORDER)),
    *(f"{SHOP}/escalations", f"{SHOP}/escalations?state=all", f"{SHOP}/figures", f"{SHOP}/state"),
    *(f"{SHOP}/audit", f"{SHOP}/sync", f"{SHOP}/orders/{ORDER}/retry", f"{SHOP}/orders/{ORDER}/resolve"),
    *(f"{SHOP}/orders/{OTHER_ORDER}/close/wrong_delivered", f"{SHOP}/orders/{NEW_ORDER}/undo"),
    f"{SHOP}/orders/{OTHER_ORDER}/return-number/wrong_delivered",
)
MAX_FIRST_VIEW = 100 * 1024
WINDOW = 600


@pytest.fixture
def made(new_harness: NewHarness) -> FunctionHarness:
    """A parcel comes back, Delivered is wrong, an order is parked, Cancelled waits; texts from outside are hostile."""
    harness = new_harness("console")
    product = harness.product
    for number in (ORDER, OTHER_ORDER):
        ship(product, number)
    product.clerk(ORDER, ShopStatus.CANCELED, status_name=HOSTILE)
    product.clerk(OTHER_ORDER, ShopStatus.SETTLED, delivery=ShopDate(NOON.date()), carrier=HOSTILE)
    product.tick()
    product.clock.advance(seconds=60)
    product.clerk(OTHER_ORDER, ShopStatus.SETTLED, tracking_number=HOSTILE)
    product.tick()
    rules = Rules(undo_window_seconds=WINDOW)
    settings = ShopSettings(shop="demo", rules=rules, export_interval_seconds=0)
    product.shops.put(settings, product.clock.now())
    product.mall.hold(NEW_ORDER, MarketplaceStatus.OPEN, confirmed=True)
    product.clerk(NEW_ORDER, ShopStatus.CANCELED, code=HOSTILE)
    product.tick()
    product.clock.advance(seconds=60)
    product.tick()
    park(product)
    for taken in (product.queues.take_changes, product.queues.take_lists, product.queues.take_fetches):
        taken()
    add_operator(harness, HOSTILE[:50])
    return harness


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


@pytest.mark.parametrize("token", [None, "", "x", "one.", "one.AAAA", "other.AAAA"])
def test_a_form_without_its_token_does_nothing(clerk: Browser, token: str | None) -> None:
    form = {"why": "x"} | ({} if token is None else {"form_token": token})
    for path in (f"{SHOP}/sync", f"{SHOP}/orders/{ORDER}/retry", "sign-out"):
        answer = clerk.post(path, form)
        assert answer.status == 403
        assert "Nothing was done" in answer.text
    assert clerk.get(f"{SHOP}/today").status == 200
    assert clerk.made.product.actions.recorded == []


def test_another_ones_form_token_is_none(clerk: Browser) -> None:
    other = Browser(clerk.made)
    other.log_in()
    token = other.get(f"{SHOP}/today").form("sign-out")["form_token"]
    assert clerk.post(f"{SHOP}/sync", {"form_token": token}).status == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "https://evil.test"},
        {"Origin": "null"},
        {},
    ],
)
def test_a_form_of_another_site_does_nothing(clerk: Browser, headers: dict[str, str]) -> None:
    token = clerk.get(f"{SHOP}/today").form("sign-out")["form_token"]
    for path in ("sign-in", "language", "sign-out", f"{SHOP}/sync"):
        answer = clerk.post(path, {"form_token": token, "token": "x", "language": "sk"}, headers)
        assert (answer.status, answer.cookies) == (403, [])
    assert clerk.made.product.actions.recorded == []
    assert clerk.made.product.console_store.counts == {}


def test_an_old_browser_is_judged_by_its_origin(clerk: Browser) -> None:
    token = clerk.get(f"{SHOP}/today").form("sign-out")["form_token"]
    answer = clerk.post(f"{SHOP}/sync", {"form_token": token}, {"Origin": "https://shop.test"})
    assert answer.status == 303


def test_the_language_is_remembered(clerk: Browser) -> None:
    page = clerk.get(f"{SHOP}/orders?hold=any")
    assert 'lang="en"' in page.text
    answer = clerk.send(page, "language", language="sk")
    assert "Max-Age=31536000" in answer.cookies[0]
    found = clerk.follow(answer)
    assert 'lang="sk"' in found.text
    assert found.address.endswith("/orders?hold=any")
    clerk.language = "de"
    assert '<html lang="sk">' in clerk.get("sign-in").text
    assert '<html lang="cs">' in Browser(clerk.made, language="de").get("sign-in").text


def acted(clerk: Browser, page: str, end: str, **filled: str) -> tuple[Page, str]:
    """Sends the form of `page`, and follows to the page that says so. Returns that, and the record's code."""
    answer = clerk.send(clerk.get(page), end, **filled)
    found = clerk.follow(answer)
    assert found.status == 200
    assert 'class="said" role="status"' in found.text
    assert 'class="said"' not in clerk.get(page).text, "it is said once"
    return found, clerk.made.product.actions.recorded[-1].what.code


def test_undo_from_today_stops_the_step_and_says_what_now(clerk: Browser) -> None:
    today = clerk.get(f"{SHOP}/today")
    assert "data-due=" in today.text
    found, code = acted(clerk, f"{SHOP}/today", f"{NEW_ORDER}/undo", why="the wrong order")
    assert code == "person.undo"
    action = clerk.made.product.actions.recorded[-1]
    assert (action.by, action.why, action.mall_order_id) == (HOSTILE[:50], "the wrong order", NEW_ORDER)
    assert "stopped by a person" in found.text
    assert clerk.made.product.order(NEW_ORDER).work.step is None


def test_undo_that_comes_too_late_says_what_is_possible_instead(clerk: Browser) -> None:
    page = clerk.get(f"{SHOP}/orders/{NEW_ORDER}")
    clerk.made.product.clock.advance(seconds=WINDOW + 60)
    clerk.made.product.tick()
    assert clerk.made.product.held(NEW_ORDER) is MarketplaceStatus.CANCELLED
    answer = clerk.send(page, f"{NEW_ORDER}/undo", why="the wrong order")
    assert answer.status == 409
    assert "the wrong order</textarea>" in answer.text, "the form is filled in as it was"
    assert 'role="alert"' in answer.text


def test_looking_again_reads_mall(clerk: Browser) -> None:
    _, code = acted(clerk, f"{SHOP}/orders/{DEAD_ORDER}", "retry", why="it was corrected")
    assert code == "person.retry"
    assert clerk.made.product.queues.take_changes()


def test_a_return_is_settled(clerk: Browser) -> None:
    _, code = acted(clerk, f"{SHOP}/returns", f"{ORDER}/resolve", why="the parcel is back")
    assert code == "person.return_resolved"
    flag = clerk.made.product.order(ORDER).cases.return_flag
    assert flag is not None
    assert flag.resolved is not None
    assert flag.resolved.note == "the parcel is back"
    assert f"/orders/{ORDER}" not in clerk.get(f"{SHOP}/returns").text


def test_returned_is_offered_only_where_it_may_be_asked_for(clerk: Browser) -> None:
    page = f"{SHOP}/orders/{ORDER}"
    assert not any(form["action"].endswith("/returned") for form in clerk.get(page).forms)
    rules = Rules(undo_window_seconds=0, push_returned=True)
    clerk.made.product.shops.put(ShopSettings(shop="demo", rules=rules), clerk.made.product.clock.now())
    _, code = acted(clerk, page, f"{ORDER}/returned", why="it is back")
    assert code == "person.returned_requested"


def test_a_return_number_brings_what_the_credit_note_needs(clerk: Browser) -> None:
    page = f"{SHOP}/orders/{OTHER_ORDER}"
    end = f"{OTHER_ORDER}/return-number/wrong_delivered"
    answer = clerk.send(clerk.get(page), end, return_number="12", why="")
    assert answer.status == 400
    assert 'value="12"' in answer.text
    found, code = acted(clerk, page, end, return_number=" 4712345678 ", why="")
    assert code == "person.return_number"
    assert "4712345678" in found.text
    assert "Credit note until" in found.text


def test_a_case_is_settled_with_a_word_how(clerk: Browser) -> None:
    end = f"{OTHER_ORDER}/close/wrong_delivered"
    assert clerk.send(clerk.get(f"{SHOP}/escalations"), end, why=" ").status == 400
    _, code = acted(clerk, f"{SHOP}/escalations", end, why="Operations corrected it")
    assert code == "person.escalation_closed"


@pytest.mark.parametrize(("end", "code"), [("sync", "person.sync"), ("reconcile", "person.reconcile")])
def test_a_shop_is_read_now(clerk: Browser, end: str, code: str) -> None:
    assert acted(clerk, f"{SHOP}/state", f"demo/{end}", why="")[1] == code
    assert clerk.made.product.queues.take_lists()


def test_a_shop_is_paused_and_set_running_again(clerk: Browser) -> None:
    clerk.made.product.clock.advance(seconds=60)
    assert "demo/resume" not in clerk.get(f"{SHOP}/state").text
    found, code = acted(clerk, f"{SHOP}/state", "demo/pause", why="a wrong list")
    assert code == "person.shop_paused"
    assert "nothing is sent to MALL" in found.text
    paused = clerk.get(f"{SHOP}/state")
    for gone in ("demo/pause", "demo/sync", "demo/reconcile"):
        assert f'{gone}"' not in paused.text
    _, code = acted(clerk, f"{SHOP}/state", "demo/resume", why="")
    assert code == "person.shop_resumed"
    assert clerk.made.product.shops.records["demo"].runs


def test_a_shop_that_was_never_switched_on_has_no_button_for_it(clerk: Browser) -> None:
    settings = clerk.made.product.shops.records.pop("demo").settings
    clerk.made.product.shops.put(settings, clerk.made.product.clock.now(), paused_by="marta")
    assert "demo/resume" not in clerk.get(f"{SHOP}/state").text
    answer = clerk.send(clerk.get(f"{SHOP}/resume"), "demo/resume", why="")
    assert answer.status == 409
    assert clerk.made.product.shops.records["demo"].pause is not None


def test_every_action_has_a_page_of_its_own_that_says_the_consequence(clerk: Browser) -> None:
    for page, word in (("retry", "MALL is read again"), ("undo", "nothing is sent to MALL")):
        found = clerk.get(f"{SHOP}/orders/{NEW_ORDER}/{page}")
        assert word in found.text
        assert clerk.follow(clerk.send(found, f"{NEW_ORDER}/{page}", why="")).status == 200


def test_a_form_after_the_session_leads_back_to_the_order(clerk: Browser) -> None:
    page = clerk.get(f"{SHOP}/orders/{ORDER}")
    clerk.jar = {}
    answer = clerk.send(page, f"{ORDER}/retry", why="x")
    assert answer.status == 401
    assert answer.form("sign-in")["next"] == f"{SHOP}/orders/{ORDER}"
    assert clerk.made.product.actions.recorded == []


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
    while further := [link for link in page.links if "cursor=" in link]:
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
