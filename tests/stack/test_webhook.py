"""MALL's webhook: a hint from a stranger. It makes a list be read, costs little, and is never believed."""

from __future__ import annotations

import json
import time
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from orderbridge.flows.read_lists import BETWEEN_HINTS
from tests.stack.place import Place, at
from tests.stack.town import Json, eventually

if TYPE_CHECKING:
    from tests.stack.conftest import NewPlace

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]

LINK: Json = {"import": "link"}
STRANGER = 4_888_888_888
"""A number that nobody has, nor those just below it."""
FLOOD = 50


def listings(place: Place) -> int:
    """How often MALL's list of unconfirmed orders was read."""
    return place.mall_calls("list_unconfirmed")


def cost(place: Place) -> int:
    """How many calls MALL has got, when all hints so far were handled: a shop's are handled one after the other."""
    before = listings(place)
    place.sync()
    eventually(lambda: listings(place) == before + 1, "the list was read behind all hints")
    return place.mall_calls() - 1


@pytest.fixture(scope="module")
def place(new_place: NewPlace) -> Place:
    return new_place("webhook", **LINK)


@pytest.fixture(scope="module")
def hook(place: Place) -> str:
    return place.town.add_webhook(place.shop)


def test_mall_tells_and_the_order_is_taken_in(new_place: NewPlace) -> None:
    """MALL's own delivery of its webhook; no schedule, and nobody asks."""
    place = new_place("told-by-mall", **LINK)
    url = place.town.add_webhook(place.shop)
    place.town.control("PUT", f"{place.mall['control_url']}/webhook", {"url": url, "every_seconds": 0})
    number = place.arrives()
    eventually(lambda: place.order(number), "the order is known")
    (delivery,) = place.town.control("GET", f"{place.mall['control_url']}/webhook")["deliveries"]
    assert (delivery["ids"], delivery["http_status"]) == ([number], 200)
    assert listings(place) == 1


def test_a_stranger_learns_nothing_and_costs_nothing(place: Place, hook: str, new_place: NewPlace) -> None:
    nobodys = new_place("without-webhook", **LINK)
    base, shop, secret = hook.rsplit("/", 2)
    wrong = [
        f"{base}/{shop}/{secret[:-1]}{'a' if secret[-1] != 'a' else 'b'}",
        f"{base}/{shop}/{secret}x",
        f"{base}/{shop}/{secret.swapcase()}",
        f"{base}/{shop}/x",
        f"{base}/no-such-shop/{secret}",
        f"{base}/{nobodys.shop}/{secret}",
        f"{base}/{nobodys.shop}/{'0' * 64}",
        f"{base}/{shop.upper()}/{secret}",
        f"{base}/{'x' * 200}/{secret}",
        f"{base}/..%5Cshops/{secret}",
    ]
    for url in wrong:
        answers = [place.town.post(url, body) for body in (b"[4810000001]", b"not JSON")]
        assert [(one.status_code, one.json()) for one in answers] == [(404, {"message": "not found"})] * 2
    for url in (base, f"{base}/{shop}", f"{hook}/more", f"{base}/%2E%2E%2Fshops/{secret}"):
        assert place.town.post(url, b"[1]").status_code in {403, 404}
    assert place.town.http("GET", hook).status_code in {403, 404, 405}
    assert place.mall_calls() == 0
    assert cost(nobodys) == 0


@pytest.mark.parametrize(
    "body",
    [
        b"", b"null", b"1", b'"1"', b'{"ids": [1]}', b"not JSON", b"[1, 2", b'["1"]', b"[1.0]", b"[1e3]", b"[true]",
        b"[null]", b"[[1]]", b'[{"id": 1}]', b"[0]", b"[-1]", b"[9223372036854775808]", b"[NaN]", b"\xff\xfe[\x001",
        json.dumps(list(range(1, 502))).encode(), b"[" * 9_000, b"[1" + b" " * 20_000 + b"]",
    ],
    ids=lambda body: body[:20].decode("latin-1"),
)  # fmt: skip
def test_garbage_is_turned_away(place: Place, hook: str, body: bytes) -> None:
    answer = place.town.post(hook, body)
    assert answer.status_code == 400, answer.text
    assert list(answer.json()) == ["message"]
    assert place.mall_calls() == 0


def test_an_empty_hint_is_taken_and_costs_nothing(place: Place, hook: str) -> None:
    assert place.town.post(hook, b"[]").status_code == 200
    assert place.mall_calls() == 0


def test_a_number_that_is_not_ours_costs_one_reading(place: Place, hook: str) -> None:
    body = json.dumps([STRANGER, STRANGER - 1]).encode()
    assert place.town.post(hook, body).status_code == 200
    eventually(lambda: listings(place) == 1, "the list was read")
    for _ in range(5):
        assert place.town.post(hook, body).status_code == 200
    assert cost(place) == 1, "nor did any of the garbage before cost anything"
    assert place.order(STRANGER) is None


def test_a_hint_about_an_order_that_no_list_shows_makes_it_be_read(new_place: NewPlace) -> None:
    """Set in the partner portal, which confirms it: the list of changes is silent, the hint is not."""
    place = new_place("hinted", **LINK)
    place.takes_part = False  # the hint shall be the first to have the list read
    number = place.opens(status="vyřizuje se")
    place.reach({number: at("shipping")})
    place.customer(number, status="shipped", confirmed=True)
    place.town.rewind(place.shop, number)  # else the hint counts as the echo of what we have just sent
    hook = place.town.add_webhook(place.shop)
    assert place.town.post(hook, f"[{number}]".encode()).status_code == 200
    eventually(lambda: place.order(number)["status"] == "shipped", "the order was read")
    assert place.took(number) == ["shipping"]
    assert place.put_methods(number) == "PG"


def test_a_flood_is_read_a_few_times_and_nothing_of_it_is_lost(new_place: NewPlace) -> None:
    """Fifty hints, each with another number, and then one about an order that is there.

    A shop of its own, opened here: other tests tick for all shops that are there.
    """
    place = new_place("flooded", **LINK)
    hook = place.town.add_webhook(place.shop)
    began = time.monotonic()
    for n in range(FLOOD):
        assert place.town.post(hook, f"[{STRANGER - n}]".encode()).status_code == 200
    late = place.arrives()
    assert place.town.post(hook, f"[{late}]".encode()).json() == {"result": "queued"}
    lasted = timedelta(seconds=time.monotonic() - began)
    eventually(lambda: place.order(late), "the last one of the flood is taken in")
    # One reading at the first hint, one behind the last, and between them no more than the product lets there be.
    assert cost(place) <= 2 + lasted // BETWEEN_HINTS < FLOOD
    assert place.mall_calls() == listings(place)
