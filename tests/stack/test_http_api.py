"""The HTTP API of the deployed stack: who is let in, and the lists through the table's real indexes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from orderbridge.domain.persons import Role
from tests.stack.conditions import at, held, waits

if TYPE_CHECKING:
    from local.stack.client import Deployment, ShopClient
    from local.stack.http import Json
    from tests.stack.conftest import OpenShop

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]

ROUTES = (
    ("POST", "/sync"),
    ("GET", "/orders"),
    ("GET", "/orders/4700000001"),
    ("POST", "/orders/4700000001/retry"),
    ("POST", "/orders/4700000001/undo"),
    ("GET", "/today"),
    ("POST", "/reconcile"),
    ("GET", "/returns"),
    ("POST", "/returns/4700000001/resolve"),
    ("POST", "/returns/4700000001/returned"),
    ("GET", "/escalations"),
    ("POST", "/escalations/4700000001/refused/close"),
    ("POST", "/escalations/4700000001/wrong_delivered/return-number"),
    ("GET", "/figures"),
    ("GET", "/actions"),
    ("GET", "/audit"),
    ("POST", "/pause"),
    ("POST", "/resume"),
    ("GET", "/health"),
    ("GET", "/settings"),
)


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_without_the_right_token_nothing_is_said(deployment: Deployment, method: str, path: str) -> None:
    missing = deployment.ask(method, path, token="")
    assert missing.status_code == 401
    malformed = deployment.ask(method, path, token="short")
    assert malformed.status_code in {401, 403}
    wrong = deployment.ask(method, path, token="w" * 43)
    assert wrong.status_code in {401, 403}
    for answer in (missing, malformed, wrong):
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.json()["status"] == answer.status_code
        assert answer.json()["code"] in {"error.unauthenticated", "error.forbidden"}
        assert deployment.addresses["shop"] not in answer.text
        assert "orderbridge shop" not in answer.text


def test_a_token_is_taken_from_its_header_only(deployment: Deployment) -> None:
    url = f"{deployment.addresses['api']['url']}/health"
    assert (
        deployment.http.request(
            "GET", f"{url}?token={deployment.token}&Authorization={deployment.token}"
        ).status_code
        == 401
    )
    assert (
        deployment.http.session.get(
            url, headers={"Cookie": f"Authorization=Bearer {deployment.token}"}, timeout=60
        ).status_code
        == 401
    )


def test_a_token_for_one_shop_sees_no_other(deployment: Deployment, many: ShopClient) -> None:
    token = deployment.addresses["api"]["operator_token"]
    for method, path in ROUTES:
        if path == "/health":  # of all shops that the token sees
            continue
        answer = deployment.ask(method, path, token=token, query={"shop": many.name})
        assert answer.status_code == 404, (method, path, answer.text)
    assert many.name not in deployment.ask("GET", "/health", token=token).text


def test_a_viewer_reads_and_changes_nothing_and_what_an_operator_asks_is_on_record(
    deployment: Deployment, many: ShopClient
) -> None:
    viewer = deployment.add_operator("viewer", [many.name], Role.VIEWER)
    for method, path in ROUTES:
        answer = deployment.ask(method, path, token=viewer)
        if method == "POST":
            assert (answer.status_code, answer.json()["code"]) == (403, "error.role"), path
        else:
            assert answer.status_code == (404 if "4700000001" in path else 200), path
    order = deployment.ask("GET", "/orders", token=viewer).json()["orders"][0]["mall_order_id"]
    path, why = f"/orders/{order}/retry", {"why": "jana@example.com called"}
    assert many.ask("POST", path, why).status_code == 202
    (latest,) = deployment.ask("GET", "/actions", token=viewer, query={"limit": 1}).json()["actions"]
    assert (latest["action"]["code"], latest["why"]) == ("person.retry", "<e-mail> called")
    detail = deployment.ask("GET", f"/orders/{order}", token=viewer).json()
    assert detail["actions"][-1] == latest
    deployment.settle()


@pytest.fixture(scope="module")
def many(open_shop: OpenShop) -> ShopClient:
    """Seven orders: five open, of which two are held, and two that MALL already cancelled, held too."""
    shop = open_shop("many-orders")
    numbers = [shop.opens() for _ in range(3)]
    unknown = [shop.opens(status="čeká na zboží") for _ in range(2)]
    closed = [shop.opens({"status": "cancelled", "confirmed": True}) for _ in range(2)]
    shop.sync()
    shop.reach(
        dict.fromkeys(numbers, at("open"))
        | dict.fromkeys(unknown, held("unknown_shop_status"))
        | dict.fromkeys(closed, held("marketplace_closed"))
    )
    shop.deployment.settle()
    return shop


def listed(shop: ShopClient, **query: Json) -> list[int]:
    """All numbers of a list, page by page."""
    numbers: list[int] = []
    for _ in range(20):
        answer = shop.deployment.ask("GET", "/orders", query={"shop": shop.name, **query})
        assert answer.status_code == 200, answer.text
        page = answer.json()
        assert set(page) == {"shop", "orders", "next_cursor", "unreadable"}
        assert len(page["orders"]) <= int(query.get("limit", 50))
        numbers += [order["mall_order_id"] for order in page["orders"]]
        if page["next_cursor"] is None:
            return numbers
        assert len(page["orders"]) == int(query.get("limit", 50)), "only the last page is short"
        query["cursor"] = page["next_cursor"]
    pytest.fail("the list has no end")


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({}, 7),
        ({"status": "open"}, 5),
        ({"status": "cancelled"}, 2),
        ({"status": "delivered"}, 0),
        ({"hold": "any"}, 4),
        ({"hold": "unknown_shop_status"}, 2),
        ({"status": "open", "hold": "any"}, 2),
        ({"status": "cancelled", "hold": "unknown_shop_status"}, 0),
    ],
)
@pytest.mark.parametrize("limit", [1, 3, 200])
def test_lists_are_whole_and_without_repeats(many: ShopClient, query: Json, count: int, limit: int) -> None:
    numbers = listed(many, **query, limit=limit)
    assert len(numbers) == len(set(numbers)) == count


def test_the_newest_change_comes_first(many: ShopClient) -> None:
    updates = [order["updated_at"] for order in many.orders().values()]
    assert updates == sorted(updates, reverse=True)


@pytest.mark.parametrize(
    "query",
    [
        {"status": "sold"},
        {"hold": "somehow"},
        {"limit": "0"},
        {"limit": "201"},
        {"limit": "ten"},
        {"cursor": "made-up"},
    ],
)
def test_what_makes_no_sense_is_a_400_with_one_line(many: ShopClient, query: Json) -> None:
    answer = many.deployment.ask("GET", "/orders", query={"shop": many.name, **query})
    assert answer.status_code == 400, answer.text
    said = answer.json()
    assert said["code"] in {"error.not_one_of", "error.page_size", "error.cursor"}
    assert "\n" not in said["detail"]


def test_a_cursor_belongs_to_its_list(many: ShopClient) -> None:
    query = {"shop": many.name, "limit": 1}
    cursor = many.deployment.ask("GET", "/orders", query=query).json()["next_cursor"]
    for other in ({"status": "open"}, {"hold": "any"}, {"shop": "demo"}):
        answer = many.deployment.ask("GET", "/orders", query={**query, **other, "cursor": cursor})
        assert answer.status_code == 400, answer.text


def test_unknown_orders_and_shops(many: ShopClient) -> None:
    for method, suffix in (("GET", ""), ("POST", "/retry")):
        path = f"/orders/999{suffix}"
        assert many.deployment.ask(method, path, query={"shop": many.name}).status_code == 404
        assert (
            many.deployment.ask(method, f"/orders/x1{suffix}", query={"shop": many.name}).status_code == 400
        )
        assert many.deployment.ask(method, path, query={"shop": "nowhere"}).status_code == 404
        assert many.deployment.ask(method, path).status_code == 400, "a token for many shops must name one"


def test_an_order_explains_itself(many: ShopClient) -> None:
    number = listed(many, hold="unknown_shop_status")[0]
    order = many.order(number)
    assert order["in_the_shop"]["status_name"] == "čeká na zboží"
    assert order["at_mall"].items() >= {"status": "open", "confirmed": False, "certain": True}.items()
    assert "čeká na zboží" in order["why"]["text"]
    assert order["hold"]["who_must_act"] == "clerk"
    (step,) = order["steps"]
    assert (step["action"], step["state"]) == ("read", "accepted")
    (attempt,) = step["attempts"]
    assert (attempt["http_status"], attempt["call_result"], attempt["sent"]) == (200, "ok", {})


def test_health_shows_the_fetch(many: ShopClient) -> None:
    health = many.health()
    assert health["ok"] is True
    assert health["last_success_at"] == health["last_fetch_at"] is not None
    assert health["problems"] == []


def test_sync_answers_at_once_and_retry_reads_again(many: ShopClient) -> None:
    number = listed(many, status="cancelled")[0]
    before = len(many.calls(number))
    answer = many.deployment.ask("POST", f"/orders/{number}/retry", query={"shop": many.name})
    assert answer.status_code == 202
    assert answer.json()["mall_order_id"] == number
    many.reach({number: lambda _: len(many.calls(number)) == before + 1})
    many.deployment.settle()
    many.reach({number: held("marketplace_closed")})
    assert [call["method"] for call in many.calls(number)] == ["GET"] * (before + 1)


def test_an_order_is_found_by_its_numbers(many: ShopClient) -> None:
    number = listed(many, status="open")[0]
    code = many.order(number)["code"]
    assert listed(many, search=str(number)) == [number]
    assert listed(many, search=f" {code.lower()} ") == [number]
    assert listed(many, search=code, status="cancelled") == []
    assert listed(many, search="nothing of the kind") == []


def test_a_step_is_taken_back_before_it_is_sent(open_shop: OpenShop) -> None:
    shop = open_shop("taken-back", rules={"undo_window_seconds": 3600})
    number = shop.opens()
    shop.sync()
    shop.reach({number: at("open")})
    shop.clerk(number, status="stornováno")
    shop.sync()
    shop.reach({number: waits("cancelled")})
    (window,) = shop.answer("GET", "/today")["undo_windows"]
    assert (window["mall_order_id"], window["action"]) == (number, "cancelled")
    answer = shop.ask("POST", f"/orders/{number}/undo", {"step": window["step"], "why": "the wrong order"})
    assert (answer.status_code, answer.json()["hold"]["code"]) == (200, "undone_by_person")
    shop.reach({number: held("undone_by_person")})
    found = shop.answer("GET", "/today")
    assert (found["undo_windows"], [group["code"] for group in found["holds"]]) == ([], ["undone_by_person"])
    again = shop.ask("POST", f"/orders/{number}/undo", {"step": 1})
    assert (again.status_code, again.json()["code"]) == (409, "undo.not_of_the_shop")
    shop.clerk(number, status="nevyřízená")
    shop.sync()
    shop.reach({number: lambda order: order["hold"] is None})
    assert shop.took(number) == []
