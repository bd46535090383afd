"""Polite (G6): where MALL's headers say that few calls are left, what is urgent goes first.

No call beyond them is made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local.stack.waiting import eventually
from tests.stack.conditions import at, waits
from tests.stack.interventions import rewind, rewind_shop

if TYPE_CHECKING:
    from local.stack.client import ShopClient
    from local.stack.http import Json
    from tests.stack.conftest import OpenShop

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]

HOUR = 3600
LONG = 2 * HOUR
SETTLED: Json = {"status": "vyřízená"}
HANDLED: Json = {"status": "vyřizuje se"}


def leave(shop: ShopClient, remaining: int) -> None:
    """Somebody else uses the key: so many of the hour's 1,000 calls are left."""
    hour = {"limit": 1000, "remaining": remaining, "reset_seconds": HOUR}
    shop.control_mall("PUT", "/limits", {"hour": hour})


def hears(shop: ShopClient, remaining: int) -> None:
    """The product knows that so many are left, and shows it."""

    def shown() -> bool:
        health = shop.health()
        calls = health["mall_calls"] or {}
        return not health["ok"] and (calls.get("limit"), calls.get("remaining")) == (1000, remaining)

    eventually(shown, f"{remaining} calls left are on show")


def puts(shop: ShopClient, number: int) -> int:
    return sum(call["method"] == "PUT" for call in shop.calls(number))


def test_what_is_urgent_goes_first_and_the_rest_is_made_up_for(open_shop: OpenShop) -> None:
    shop = open_shop("few-calls")
    corrected, first, second, last = numbers = [shop.opens() for _ in range(4)]
    shop.clerk(corrected, **SETTLED)
    shop.sync()
    shop.reach({corrected: at("shipped"), **dict.fromkeys((first, second, last), at("open"))})
    assert shop.health()["ok"]

    leave(shop, 50)
    shop.clerk(first, **HANDLED)
    shop.sync()
    shop.reach({first: at("shipping")})
    hears(shop, 49)
    shop.clerk(corrected, tracking_number="Z0123456789")
    shop.clerk(first, **SETTLED)
    shop.sync()
    shop.reach({first: at("shipped"), corrected: waits("tracking")})
    shop.deployment.settle()
    assert puts(shop, corrected) == 1, "the tracking waits"

    leave(shop, 1)
    shop.clerk(second, **HANDLED)
    shop.sync()
    shop.reach({second: at("shipping")})
    hears(shop, 0)
    shop.clerk(last, **HANDLED)
    shop.sync()
    shop.reach({last: waits("shipping")})
    shop.deployment.settle()
    assert puts(shop, last) == 0, "no call is left"

    shop.control_mall("PUT", "/limits", {})
    rewind_shop(shop.deployment, shop.name, LONG, "budget_resets_at")
    for number in (corrected, last):
        rewind(shop.deployment, shop.name, number, LONG)
    shop.reach({corrected: at("shipped"), last: at("shipping")})
    assert shop.at_mall(corrected)["tracking_number"] == "Z0123456789"
    assert shop.health()["ok"]
    answers = [call["http_status"] for number in numbers for call in shop.calls(number)]
    assert 429 not in answers
