"""The HTTP API of the deployed stack: who is let in, and the lists through the table's real indexes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.stack.place import Place, at, held

if TYPE_CHECKING:
    from tests.stack.conftest import NewPlace
    from tests.stack.town import Json, Town

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]

ROUTES = (
    ("POST", "/sync"),
    ("GET", "/orders"),
    ("GET", "/orders/4700000001"),
    ("POST", "/orders/4700000001/retry"),
    ("POST", "/reconcile"),
    ("GET", "/returns"),
    ("POST", "/returns/4700000001/resolve"),
    ("POST", "/returns/4700000001/returned"),
    ("GET", "/escalations"),
    ("POST", "/escalations/4700000001/refused/close"),
    ("POST", "/escalations/4700000001/wrong_delivered/return-number"),
    ("GET", "/figures"),
    ("GET", "/health"),
)


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_without_the_right_token_nothing_is_said(town: Town, method: str, path: str) -> None:
    missing = town.ask(method, path, token="")
    assert missing.status_code == 401
    malformed = town.ask(method, path, token="short")
    assert malformed.status_code in {401, 403}
    wrong = town.ask(method, path, token="w" * 43)
    assert wrong.status_code in {401, 403}
    for answer in (missing, malformed, wrong):
        (text,) = answer.json().values()
        assert len(text) < 200
        assert town.addresses["shop"] not in answer.text
        assert "orderbridge.registry" not in answer.text


def test_a_token_is_taken_from_its_header_only(town: Town) -> None:
    url = f"{town.addresses['api']['url']}/health"
    assert town.http("GET", f"{url}?token={town.token}&Authorization={town.token}").status_code == 401
    assert town.http("GET", url, Cookie=f"Authorization=Bearer {town.token}").status_code == 401


def test_a_token_for_one_shop_sees_no_other(town: Town, many: Place) -> None:
    token = town.addresses["api"]["operator_token"]
    for method, path in ROUTES[:-1]:
        answer = town.ask(method, path, token=token, query={"shop": many.shop})
        assert answer.status_code == 404, (method, path, answer.text)
    assert many.shop not in town.ask("GET", "/health", token=token).text


@pytest.fixture(scope="module")
def many(new_place: NewPlace) -> Place:
    """Seven orders: five open, of which two are held, and two that MALL already cancelled, held too."""
    place = new_place("many-orders")
    numbers = [place.opens() for _ in range(3)]
    unknown = [place.opens(status="čeká na zboží") for _ in range(2)]
    closed = [place.opens({"status": "cancelled", "confirmed": True}) for _ in range(2)]
    place.sync()
    place.reach(
        dict.fromkeys(numbers, at("open"))
        | dict.fromkeys(unknown, held("unknown_shop_status"))
        | dict.fromkeys(closed, held("marketplace_closed"))
    )
    place.town.settle()
    return place


def listed(place: Place, **query: Json) -> list[int]:
    """All numbers of a list, page by page."""
    numbers: list[int] = []
    for _ in range(20):
        answer = place.town.ask("GET", "/orders", query={"shop": place.shop, **query})
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
def test_lists_are_whole_and_without_repeats(many: Place, query: Json, count: int, limit: int) -> None:
    numbers = listed(many, **query, limit=limit)
    assert len(numbers) == len(set(numbers)) == count


def test_the_newest_change_comes_first(many: Place) -> None:
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
def test_what_makes_no_sense_is_a_400_with_one_line(many: Place, query: Json) -> None:
    answer = many.town.ask("GET", "/orders", query={"shop": many.shop, **query})
    assert answer.status_code == 400, answer.text
    assert list(answer.json()) == ["message"]
    assert "\n" not in answer.json()["message"]


def test_a_cursor_belongs_to_its_list(many: Place) -> None:
    query = {"shop": many.shop, "limit": 1}
    cursor = many.town.ask("GET", "/orders", query=query).json()["next_cursor"]
    for other in ({"status": "open"}, {"hold": "any"}, {"shop": "demo"}):
        answer = many.town.ask("GET", "/orders", query={**query, **other, "cursor": cursor})
        assert answer.status_code == 400, answer.text


def test_unknown_orders_and_shops(many: Place) -> None:
    for method, suffix in (("GET", ""), ("POST", "/retry")):
        path = f"/orders/999{suffix}"
        assert many.town.ask(method, path, query={"shop": many.shop}).status_code == 404
        assert many.town.ask(method, f"/orders/x1{suffix}", query={"shop": many.shop}).status_code == 400
        assert many.town.ask(method, path, query={"shop": "nowhere"}).status_code == 404
        assert many.town.ask(method, path).status_code == 400, "a token for many shops must name one"


def test_an_order_explains_itself(many: Place) -> None:
    number = listed(many, hold="unknown_shop_status")[0]
    order = many.order(number)
    assert order["in_the_shop"]["status_name"] == "čeká na zboží"
    assert order["at_mall"].items() >= {"status": "open", "confirmed": False, "certain": True}.items()
    assert "čeká na zboží" in order["why"]
    assert order["hold"]["who_must_act"] == "clerk"
    (step,) = order["steps"]
    assert (step["action"], step["state"]) == ("read", "accepted")
    (attempt,) = step["attempts"]
    assert (attempt["http_status"], attempt["came_back"], attempt["sent"]) == (200, "ok", {})


def test_health_shows_the_fetch(many: Place) -> None:
    health = many.health()
    assert health["ok"] is True
    assert health["last_success_at"] == health["last_fetch_at"] is not None
    assert health["problems"] == []


def test_sync_answers_at_once_and_retry_reads_again(many: Place) -> None:
    number = listed(many, status="cancelled")[0]
    before = len(many.calls(number))
    answer = many.town.ask("POST", f"/orders/{number}/retry", query={"shop": many.shop})
    assert answer.status_code == 202
    assert answer.json()["mall_order_id"] == number
    many.reach({number: lambda _: len(many.calls(number)) == before + 1})
    many.town.settle()
    many.reach({number: held("marketplace_closed")})
    assert [call["method"] for call in many.calls(number)] == ["GET"] * (before + 1)
