"""console: every form that is posted: who may send it, what it does, and what the page says then."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from orderbridge.domain.rules import Rules
from orderbridge.domain.statuses import MarketplaceStatus
from orderbridge.settings import ShopSettings
from tests.unit.functions.console_client import SHOP, Browser
from tests.unit.functions.console_day import HOSTILE, WINDOW, hostile_day
from tests.unit.functions.function_harness import DEAD_ORDER, NEW_ORDER, ORDER, OTHER_ORDER

if TYPE_CHECKING:
    from tests.unit.functions.console_client import Page
    from tests.unit.functions.function_harness import FunctionHarness, NewHarness


@pytest.fixture
def made(new_harness: NewHarness) -> FunctionHarness:
    return hostile_day(new_harness)


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
