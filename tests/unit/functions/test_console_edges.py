"""console: moments and texts at the edge of what a session, a form and a link may be."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from orderbridge.console.rendering import https_only
from orderbridge.console.sessions import COOKIE, RENEW_AFTER
from orderbridge.console.timeline import timeline
from orderbridge.domain.actions import Action
from orderbridge.domain.rules import Rules
from orderbridge.domain.statuses import MarketplaceStatus as M
from orderbridge.domain.statuses import ShopStatus as S
from orderbridge.flows.api.escalations import close_escalation, enter_return_number
from orderbridge.flows.api.orders import order_detail
from orderbridge.flows.api.request import MAX_BODY
from orderbridge.flows.api.returns import resolve_return
from orderbridge.flows.api.undo import undo_step
from orderbridge.settings import ShopSettings
from tests.unit.flows.api_client import ApiClient
from tests.unit.flows.todays_orders import comes_back, is_unknown, is_wrongly_delivered, waits_in_the_window
from tests.unit.functions.console_client import Browser, add_operator
from tests.unit.functions.function_harness import session_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.functions.function_harness import FunctionHarness, FunctionServices, NewHarness

TODAY = "shops/demo/today"
SECOND = timedelta(seconds=1)


def test_a_session_from_the_future_is_none(made: FunctionHarness) -> None:
    """A minute is what the clocks of two servers may differ by."""
    now = made.product.clock.now()
    for at, status in ((now + RENEW_AFTER, 200), (now + RENEW_AFTER + SECOND, 401)):
        assert Browser(made, jar={COOKIE: session_of(at)}).get(TODAY).status == status


def test_a_session_is_renewed_once_a_minute(clerk: Browser) -> None:
    clerk.made.product.clock.advance(RENEW_AFTER)
    assert clerk.get(TODAY).cookies == []
    clerk.made.product.clock.advance(SECOND)
    assert len(clerk.get(TODAY).cookies) == 1
    assert clerk.get(TODAY).cookies == []


def test_of_a_cookie_that_comes_twice_the_first_counts(clerk: Browser) -> None:
    session = clerk.jar[COOKIE]
    for first, second, status in ((session, "x", 200), ("x", session, 401)):
        cookies = f"{COOKIE}={first}; {COOKIE}={second}"
        assert Browser(clerk.made).get(TODAY, {"Cookie": cookies}).status == status


def test_a_form_that_is_too_long_is_none(clerk: Browser) -> None:
    page = clerk.get("shops/demo/state")
    assert clerk.send(page, "demo/sync", why="x" * MAX_BODY).status == 403
    assert clerk.made.product.actions.recorded == []


def test_what_was_asked_for_is_not_offered_again(clerk: Browser) -> None:
    product = clerk.made.product
    rules = Rules(undo_window_seconds=900, push_returned=True)
    product.shops.put(ShopSettings(shop="demo", rules=rules, export_interval_seconds=0), product.clock.now())
    comes_back(product, 1)
    page = clerk.get("shops/demo/orders/1")
    found = clerk.follow(clerk.send(page, "1/returned", why="it is back"))
    assert not any(form["action"].endswith("1/returned") for form in found.forms)
    product.settle()
    found = clerk.follow(clerk.send(clerk.get("shops/demo/orders/1"), "1/undo", why="a slip"))
    assert any(form["action"].endswith("1/returned") for form in found.forms)


@pytest.mark.parametrize("token", ["", "x", "one.AAAA"])
def test_the_language_of_somebody_signed_in_is_chosen_by_his_own_form(clerk: Browser, token: str) -> None:
    answer = clerk.post("language", {"language": "sk", "form_token": token})
    assert (answer.status, answer.cookies) == (403, [])


def test_an_order_that_changes_all_the_time_is_said_and_nothing_is_done(clerk: Browser) -> None:
    product = clerk.made.product
    comes_back(product, 1)
    page = clerk.get("shops/demo/returns")
    product.ledger.fail_next_saves = 1_000
    answer = clerk.send(page, "1/resolve", why="it is back")
    assert answer.status == 409
    assert "The order has just changed" in answer.text
    product.ledger.fail_next_saves = 0
    flag = product.order(1).cases.return_flag
    assert flag is not None
    assert flag.open


HARMFUL = (
    *(
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "data:text/html,x",
        "http://t.example/1",
        "//t.example/1",
    ),
    *(
        "https:t.example",
        " https://t.example/1",
        "https://t.example/\u202e1",
        "https://t.example/\n1",
        "vbscript:x",
    ),
)


@pytest.mark.parametrize("address", ["", None, *HARMFUL])
def test_what_is_no_plain_https_address_is_no_link(address: str | None) -> None:
    assert https_only(address) is None


@pytest.mark.parametrize("address", HARMFUL)
def test_a_harmful_address_from_mall_is_no_link_on_any_page(clerk: Browser, address: str) -> None:
    product = clerk.made.product
    product.mall.hold(1, M.SHIPPED, confirmed=True)
    product.mall.changes(1, tracking_url=address, tracking_number="DR1", confirmed=True)
    product.clerk(1, S.CANCELED)
    product.tick()
    for page in (TODAY, "shops/demo/returns", "shops/demo/orders/1"):
        found = clerk.get(page)
        assert "/orders/1" in found.text
        assert not any(link.lower().endswith(address.strip().lower()) for link in found.links)
        assert all("t.example" not in link and "script:" not in link.lower() for link in found.links)


def test_a_good_address_from_mall_is_a_link(clerk: Browser) -> None:
    product = clerk.made.product
    product.mall.hold(1, M.SHIPPED, confirmed=True)
    product.mall.changes(1, tracking_url="https://t.example/1?a=b&c=d", tracking_number="DR1", confirmed=True)
    product.clerk(1, S.CANCELED)
    product.tick()
    for page in (TODAY, "shops/demo/returns", "shops/demo/orders/1"):
        assert "https://t.example/1?a=b&c=d" in clerk.get(page).links


def gone_back_with_malls_carrier(product: FunctionServices) -> None:
    comes_back(product, 1)
    product.mall.changes(1, marketplace_delivery=True, confirmed=True)
    product.read_list("reconcile")
    product.clerk(1, S.CANCELED, tracking_number="DR2")
    product.tick()


def withdrawn_from(product: FunctionServices) -> None:
    product.mall.hold(1, M.DELIVERED, confirmed=True)
    product.clerk(1, S.CANCELED)
    product.tick()


def settled_return(product: FunctionServices) -> None:
    comes_back(product, 1)
    ApiClient(product).ask(resolve_return, 1, body={"note": "it is back"})


def settled_case(product: FunctionServices) -> None:
    is_wrongly_delivered(product, 1)
    ApiClient(product).ask(close_escalation, 1, cause="wrong_delivered", body={"note": "sent"})


def is_being_read(product: FunctionServices) -> None:
    product.mall.hold(1)
    product.clerk(1, S.HANDLED)
    product.fetch()
    product.map_all()
    step = product.order(1).work.step
    assert step is not None
    assert step.action is Action.READ


def undone(product: FunctionServices) -> None:
    waits_in_the_window(product, 1)
    step = product.order(1).work.step
    assert step is not None
    ApiClient(product).ask(undo_step, 1, body={"step": step.number})


CASES = "refused", "wrong_delivered"
ENDS = (
    "undo",
    "resolve",
    "returned",
    *(f"{name}/{cause}" for name in ("close", "return-number") for cause in CASES),
)
HAPPENS = (
    *(
        comes_back,
        gone_back_with_malls_carrier,
        withdrawn_from,
        settled_return,
        is_wrongly_delivered,
        settled_case,
    ),
    *(waits_in_the_window, is_being_read, undone, is_unknown),
)


@pytest.mark.parametrize("push_returned", [True, False])
@pytest.mark.parametrize("happens", HAPPENS)
def test_what_is_offered_is_what_is_taken(
    new_harness: NewHarness, happens: Callable[..., None], *, push_returned: bool
) -> None:
    """Every form on the order's page is taken, and what has no form there is refused."""
    offered = taken = 0
    for end in ENDS:
        made = new_harness("console")
        product = made.product
        rules = Rules(undo_window_seconds=900, push_returned=push_returned)
        settings = ShopSettings(shop="demo", rules=rules, export_interval_seconds=0)
        product.shops.put(settings, product.clock.now())
        happens(product, *([1] if happens.__code__.co_argcount == 2 else []))
        add_operator(made)
        clerk = Browser(made)
        clerk.log_in()
        page = clerk.get("shops/demo/orders/1")
        forms = [form for form in page.forms if form["action"].endswith(f"/1/{end}")]
        token = page.form("sign-out")["form_token"]
        form = forms[0] if forms else {"form_token": token, "step": "1"}
        answer = clerk.post(f"shops/demo/orders/1/{end}", form | {"why": "x", "return_number": "4712345678"})
        assert (answer.status == 303) == bool(forms), (end, answer.status)
        offered, taken = offered + len(forms), taken + (answer.status == 303)
    assert offered == taken


def test_the_time_line_has_what_came_last_first_and_a_step_at_its_end() -> None:
    def step(number: int, planned: str, closed: str | None) -> dict[str, object]:
        return {"number": number, "planned_at": planned, "closed_at": closed}

    order = {
        "steps": [step(1, "10:00", "13:00"), step(2, "11:00", None)],
        "passed": [{"at": "13:00"}],
        "actions": [{"at": "12:00"}],
        "escalations": [{"cause": "refused", "history": [{"at": "14:00"}]}],
        "alarms": [{"raised_at": "09:00", "sent_at": "15:00"}, {"raised_at": "08:00", "sent_at": None}],
    }
    assert [(one["kind"], one["at"]) for one in timeline(order)] == [
        ("alarm", "15:00"),
        ("escalation", "14:00"),
        ("status", "13:00"),
        ("step", "13:00"),
        ("person", "12:00"),
        ("step", "11:00"),
        ("alarm", "08:00"),
    ]


@pytest.mark.parametrize("action", ["resolve", "retry"])
def test_as_many_words_as_the_field_lets_in_are_taken(clerk: Browser, action: str) -> None:
    """A browser counts the end of a line as one character, and sends two."""
    comes_back(clerk.made.product, 1)
    page = clerk.get("shops/demo/orders/1")
    form = page.text.partition(f'1/{action}" method="post"')[2].partition("</form>")[0]
    limit = int(form.partition('maxlength="')[2].partition('"')[0])
    words = ("the parcel is back\r\n" * limit)[: limit + limit // 20].removesuffix("\r")
    assert len(words.replace("\r\n", "\n")) <= limit
    assert clerk.send(page, f"1/{action}", why=words).status == 303
    recorded = clerk.made.product.actions.recorded[-1].why
    assert recorded.startswith("the parcel is back the parcel is back")


def test_a_step_that_is_not_there_cannot_be_taken_back_by_a_form(clerk: Browser) -> None:
    """The language is changed on the page of a refused undo, and by then the order has no step."""
    comes_back(clerk.made.product, 1)
    found = clerk.get("shops/demo/orders/1/undo")
    assert clerk.follow(found).address.endswith("/shops/demo/orders/1")


def test_the_return_number_on_the_page_keeps_what_is_returned(clerk: Browser) -> None:
    """A tool has entered it with the items; the page asks for the number only."""
    product = clerk.made.product
    is_wrongly_delivered(product, 1)
    items = [{"title": "Pot", "pieces": "2"}]
    body = {"return_number": "4712345678", "items": items}
    ApiClient(product).ask(enter_return_number, 1, "wrong_delivered", body=body)
    clerk.log_in()
    for number in ("4712345678", "4787654321"):
        page = clerk.get("shops/demo/orders/1")
        assert clerk.send(page, "return-number/wrong_delivered", return_number=number).status == 303
        (case,) = ApiClient(product).ask(order_detail, 1)["escalations"]
        assert (case["return_number"], case["credit_note"]["items"]) == (number, items)
        assert not case["credit_note"]["whole_order"]
