"""MALL's webhook: a hint from a stranger. It makes a list be read, costs little, and is never believed."""

from __future__ import annotations

import json
import time
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from local.stack.waiting import eventually
from orderbridge.flows.read_lists import BETWEEN_HINTS
from tests.stack.conditions import at
from tests.stack.interventions import rewind

if TYPE_CHECKING:
    from local.stack.client import ShopClient
    from local.stack.http import Json
    from tests.stack.conftest import OpenShop

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]

LINK: Json = {"import": "link"}
UNKNOWN_ORDER = 4_888_888_888
"""A number that nobody has, nor those just below it."""
FLOOD = 50


def listings(shop: ShopClient) -> int:
    """How often MALL's list of unconfirmed orders was read."""
    return shop.mall_calls("list_unconfirmed")


def cost(shop: ShopClient) -> int:
    """How many calls MALL has got, when all hints so far were handled: a shop's are handled one after the other."""
    before = listings(shop)
    shop.sync()
    eventually(lambda: listings(shop) == before + 1, "the list was read behind all hints")
    return shop.mall_calls() - 1


@pytest.fixture(scope="module")
def shop(open_shop: OpenShop) -> ShopClient:
    return open_shop("webhook", **LINK)


@pytest.fixture(scope="module")
def hook(shop: ShopClient) -> str:
    return shop.deployment.add_webhook(shop.name)


def test_mall_tells_and_the_order_is_taken_in(open_shop: OpenShop) -> None:
    """MALL's own delivery of its webhook; no schedule, and nobody asks."""
    shop = open_shop("told-by-mall", **LINK)
    url = shop.deployment.add_webhook(shop.name)
    shop.control_mall("PUT", "/webhook", {"url": url, "every_seconds": 0})
    number = shop.arrives()
    eventually(lambda: shop.order(number), "the order is known")
    (delivery,) = shop.control_mall("GET", "/webhook")["deliveries"]
    assert (delivery["ids"], delivery["http_status"]) == ([number], 200)
    assert listings(shop) == 1


def test_an_unknown_caller_learns_nothing_and_costs_nothing(
    shop: ShopClient, hook: str, open_shop: OpenShop
) -> None:
    nobodys = open_shop("without-webhook", **LINK)
    base, name, secret = hook.rsplit("/", 2)
    wrong = [
        f"{base}/{name}/{secret[:-1]}{'a' if secret[-1] != 'a' else 'b'}",
        f"{base}/{name}/{secret}x",
        f"{base}/{name}/{secret.swapcase()}",
        f"{base}/{name}/x",
        f"{base}/no-such-shop/{secret}",
        f"{base}/{nobodys.name}/{secret}",
        f"{base}/{nobodys.name}/{'0' * 64}",
        f"{base}/{name.upper()}/{secret}",
        f"{base}/{'x' * 200}/{secret}",
        f"{base}/..%5Cshops/{secret}",
    ]
    for url in wrong:
        answers = [shop.deployment.post(url, body) for body in (b"[4810000001]", b"not JSON")]
        found = [(one.status_code, one.json()["code"]) for one in answers]
        assert found == [(404, "error.nothing_here")] * 2
    for url in (base, f"{base}/{name}", f"{hook}/more", f"{base}/%2E%2E%2Fshops/{secret}"):
        assert shop.deployment.post(url, b"[1]").status_code in {403, 404}
    assert shop.deployment.http.request("GET", hook).status_code in {403, 404, 405}
    assert shop.mall_calls() == 0
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
def test_garbage_is_turned_away(shop: ShopClient, hook: str, body: bytes) -> None:
    answer = shop.deployment.post(hook, body)
    assert answer.status_code == 400, answer.text
    assert answer.json()["code"] == "error.not_a_hint"
    assert shop.mall_calls() == 0


def test_an_empty_hint_is_taken_and_costs_nothing(shop: ShopClient, hook: str) -> None:
    assert shop.deployment.post(hook, b"[]").status_code == 200
    assert shop.mall_calls() == 0


def test_a_number_that_is_not_ours_costs_one_reading(shop: ShopClient, hook: str) -> None:
    body = json.dumps([UNKNOWN_ORDER, UNKNOWN_ORDER - 1]).encode()
    assert shop.deployment.post(hook, body).status_code == 200
    eventually(lambda: listings(shop) == 1, "the list was read")
    for _ in range(5):
        assert shop.deployment.post(hook, body).status_code == 200
    assert cost(shop) == 1, "nor did any of the garbage before cost anything"
    assert shop.order(UNKNOWN_ORDER) is None


def test_a_hint_about_an_order_that_no_list_shows_makes_it_be_read(open_shop: OpenShop) -> None:
    """Set in the partner portal, which confirms it: the list of changes is silent, the hint is not."""
    shop = open_shop("hinted", **LINK)
    shop.reads_lists = False  # the hint shall be the first to have the list read
    number = shop.opens(status="vyřizuje se")
    shop.reach({number: at("shipping")})
    shop.customer(number, status="shipped", confirmed=True)
    rewind(shop.deployment, shop.name, number)  # else the hint counts as the echo of what we have just sent
    hook = shop.deployment.add_webhook(shop.name)
    assert shop.deployment.post(hook, f"[{number}]".encode()).status_code == 200
    eventually(lambda: shop.order(number)["status"] == "shipped", "the order was read")
    assert shop.took(number) == ["shipping"]
    assert shop.put_methods(number) == "PG"


def test_a_flood_is_read_a_few_times_and_nothing_of_it_is_lost(open_shop: OpenShop) -> None:
    """Fifty hints, each with another number, and then one about an order that is there.

    A shop of its own, opened here: other tests tick for all shops that are there.
    """
    shop = open_shop("flooded", **LINK)
    hook = shop.deployment.add_webhook(shop.name)
    began = time.monotonic()
    for n in range(FLOOD):
        assert shop.deployment.post(hook, f"[{UNKNOWN_ORDER - n}]".encode()).status_code == 200
    late = shop.arrives()
    assert shop.deployment.post(hook, f"[{late}]".encode()).json()["result"]["code"] == "requested.hint"
    lasted = timedelta(seconds=time.monotonic() - began)
    eventually(lambda: shop.order(late), "the last one of the flood is taken in")
    # One reading at the first hint, one behind the last, and between them no more than the product lets there be.
    assert cost(shop) <= 2 + lasted // BETWEEN_HINTS < FLOOD
    assert shop.mall_calls() == listings(shop)
