"""console: whatever is sent to any address of the page, the answer is a page and nothing is done."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest

from orderbridge.console.pages import ROUTES
from orderbridge.console.web import read_request
from orderbridge.domain.dates import ShopDate
from orderbridge.domain.plain_text import clean
from orderbridge.domain.rules import Rules
from orderbridge.domain.statuses import MarketplaceStatus, ShopStatus
from orderbridge.settings import ShopSettings
from tests.fakes import NOON
from tests.unit.flows.sequences import ship
from tests.unit.functions.console_client import SAME, Browser, add_operator
from tests.unit.functions.function_harness import NEW_ORDER, ORDER

if TYPE_CHECKING:
    from tests.unit.functions.function_harness import FunctionHarness, NewHarness

TURNED = "\u202egpj.exe"
"""A text that would be shown from right to left."""
LONG = "A" * 3_000
VALUES = (
    "",
    "x",
    "\0",
    TURNED,
    "\ud800",
    LONG,
    "0",
    "-1",
    "1e400",
    "9" * 80,
    "../..",
    "e30",
    "true",
    "{}",
    "%",
    "\u0661",
)
PARAMETERS = (
    *("q", "status", "hold", "cursor", "kind", "state", "cause", "from", "to", "limit", "shop", "search"),
    *("mall_order_id", "next", "self", "parts", "language"),
)
LISTS = ("orders", "returns", "escalations", "figures", "audit")
PLACES = {"shop": "demo", "order": ORDER, "cause": "wrong_delivered"}


@pytest.fixture
def made(new_harness: NewHarness) -> FunctionHarness:
    harness = new_harness("console")
    product = harness.product
    ship(product, ORDER)
    product.clerk(ORDER, ShopStatus.SETTLED, delivery=ShopDate(NOON.date()))
    product.tick()
    product.clock.advance(seconds=60)
    product.clerk(ORDER, ShopStatus.SETTLED)
    product.tick()
    add_operator(harness)
    return harness


def pages(method: str) -> list[str]:
    found = [route.pattern.format(**PLACES) for route in ROUTES if route.method == method]
    return [*found, "sign-in", "language"]


@pytest.mark.parametrize("value", VALUES)
def test_any_parameter_of_any_page_is_answered(clerk: Browser, value: str) -> None:
    for page in pages("GET"):
        answers = [
            one.get(page, query=dict.fromkeys(PARAMETERS, value)) for one in (clerk, Browser(clerk.made))
        ]
        if page.endswith(LISTS):
            answers += [clerk.get(page, query={name: value}) for name in PARAMETERS]
        assert {answer.status for answer in answers} <= {200, 303, 400, 401, 404}, page
        assert {answer.header("Cache-Control") for answer in answers} == {"no-store"}


@pytest.mark.parametrize("value", VALUES)
def test_any_field_of_any_form_is_answered(clerk: Browser, value: str) -> None:
    token = clerk.get("shops/demo/today").form("sign-out")["form_token"]
    names = ("why", "step", "return_number", "note", "language", "token", "next", "form_token", "cause")
    for page in pages("POST"):
        if page in {"sign-out", "sign-in"}:
            continue
        for name in names:
            answer = clerk.post(page, {"form_token": token, name: value.replace("\ud800", "\ufffd")})
            assert answer.status in {303, 400, 401, 403, 404, 409}, (page, name)
    assert clerk.get("shops/demo/today").status == 200
    for action in clerk.made.product.actions.recorded:
        assert action.why == clean(action.why)


@pytest.mark.parametrize(
    "body", [None, "", "&&&&", "a=1&" * 200, "%", "%ff%fe=%c3", "{}", "x" * 70_000, "\ud800=\ud800"]
)
def test_what_is_no_form_does_nothing(clerk: Browser, body: str | None) -> None:
    before = dict(clerk.made.product.ledger.stored)
    for page in pages("POST"):
        answer = clerk.request("POST", page, None, SAME, change={"body": body})
        assert answer.status in {401, 403, 404}, page
    assert clerk.made.product.ledger.stored == before
    assert clerk.made.product.actions.recorded == []


def test_a_body_that_is_not_the_base64_it_claims_to_be_does_nothing(clerk: Browser) -> None:
    for body in ("%%%", "_w==", "/w==", "YQ"):
        answer = clerk.request(
            "POST", "shops/demo/sync", None, SAME, change={"body": body, "isBase64Encoded": True}
        )
        assert answer.status == 403


def test_of_a_field_that_comes_twice_the_last_counts(clerk: Browser) -> None:
    token = clerk.get("shops/demo/today").form("sign-out")["form_token"]
    for first, second, status in ((token, "x", 403), ("x", token, 303)):
        body = urlencode([("form_token", first), ("form_token", second)])
        assert clerk.request("POST", "shops/demo/sync", None, SAME, change={"body": body}).status == status


@pytest.mark.parametrize("method", ["HEAD", "PUT", "DELETE", "OPTIONS", "get", ""])
def test_another_method_does_nothing(clerk: Browser, method: str) -> None:
    before = dict(clerk.made.product.ledger.stored)
    for page in {*pages("GET"), *pages("POST")} - {"sign-in"}:
        assert clerk.request(method, page, None, SAME).status == 404, page
    assert clerk.made.product.ledger.stored == before
    assert clerk.made.product.actions.recorded == []


@pytest.mark.parametrize(
    "path",
    [
        *(
            "shops/demo/today/",
            "shops//today",
            "shops/%00/today",
            "shops/\0/today",
            "shops/../today",
            "a/" * 3_000 + "b",
        ),
        *(
            f"shops/{LONG}/today",
            "shops/DEMO/today",
            "shops/demo/Today",
            "static",
            "static/../pages.py",
            "sign-in/x",
        ),
        *(
            "sign-out",
            "language",
            "shops/demo/orders/1/retry/x",
            "shops/demo/orders/1/close",
            "shops/d\u00e9mo/today",
        ),
        *(f"shops/demo/orders/{ORDER}/close/nonsense", f"shops/demo/orders/{ORDER}/close/refused"),
        f"shops/demo/orders/{ORDER}/return-number/refused",
    ],
)
def test_an_address_that_no_page_has_is_not_found(clerk: Browser, path: str) -> None:
    answer = clerk.get(path)
    assert answer.status == 404
    assert "<h1>" in answer.text


@pytest.mark.parametrize("number", ["0", "-1", "1e9", "9" * 80, "9223372036854775808", "0x1", "01", "1.0"])
def test_what_is_no_orders_number_is_said_so(clerk: Browser, number: str) -> None:
    for end in ("", "/retry", "/undo"):
        assert clerk.get(f"shops/demo/orders/{number}{end}").status == 400


@pytest.mark.parametrize(
    "header", [LONG, "cs;q=nan", "en;q=inf", "sk;q=-1,cs;q=2", ";;;,,,", "*", "\0", "\u010d\u00ed"]
)
def test_a_language_that_makes_no_sense_is_czech(made: FunctionHarness, header: str) -> None:
    assert '<html lang="cs">' in Browser(made, language=header).get("sign-in").text


@pytest.mark.parametrize("stage", ["v1", "console", "console_prod", ""])
def test_the_stages_name_is_no_part_of_the_page(stage: str) -> None:
    before = f"/{stage}" if stage else ""
    path = "/console/shops/console/today"
    event = {"path": path, "httpMethod": "GET", "requestContext": {"path": f"{before}{path}"}}
    request = read_request(event, local=False)
    assert request.path == ("shops", "console", "today")
    assert (request.cookie_path, request.home) == (f"{before}/console", "../../../console")


def test_no_text_from_outside_turns_the_line(made: FunctionHarness) -> None:
    """Neither in a page's text nor in a title, a field or an attribute, whichever way a text takes onto the page."""
    product = made.product
    rules = Rules(undo_window_seconds=600)
    product.shops.put(ShopSettings(shop="demo", rules=rules, export_interval_seconds=0), product.clock.now())
    product.mall.hold(NEW_ORDER, MarketplaceStatus.OPEN, confirmed=True)
    product.clerk(
        NEW_ORDER,
        ShopStatus.CANCELED,
        code=TURNED,
        tracking_number=TURNED,
        status_name=TURNED,
        carrier=TURNED,
    )
    product.tick()
    add_operator(made, TURNED)
    clerk = Browser(made)
    clerk.log_in()
    order = clerk.get(f"shops/demo/orders/{ORDER}")
    assert clerk.send(order, f"{ORDER}/close/wrong_delivered", why=TURNED).status == 303
    for page in [*pages("GET")[:-2], f"shops/demo/orders/{NEW_ORDER}", "shops/demo/escalations?state=all"]:
        answers = [clerk.get(page, query={"q": TURNED}), clerk.get(page)]
        shown = "".join(answer.text for answer in answers)
        assert "gpj.exe" in shown or {answer.status for answer in answers} != {200}, page
        assert "\u202e" not in shown, page
