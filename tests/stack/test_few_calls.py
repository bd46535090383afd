"""Polite (guarantee 6): where MALL's headers say that few calls are left, what is urgent goes first.

No call beyond them is made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.stack.place import Place, at, waits
from tests.stack.town import eventually

if TYPE_CHECKING:
    from tests.stack.conftest import NewPlace
    from tests.stack.town import Json

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]

HOUR = 3600
LONG = 2 * HOUR
SETTLED: Json = {"status": "vyřízená"}
HANDLED: Json = {"status": "vyřizuje se"}


def leave(place: Place, remaining: int) -> None:
    """Somebody else uses the key: so many of the hour's 1,000 calls are left."""
    hour = {"limit": 1000, "remaining": remaining, "reset_seconds": HOUR}
    place.town.control("PUT", f"{place.mall['control_url']}/limits", {"hour": hour})


def hears(place: Place, remaining: int) -> None:
    """The product knows that so many are left, and shows it."""

    def shown() -> bool:
        health = place.health()
        calls = health["mall_calls"] or {}
        return not health["ok"] and (calls.get("limit"), calls.get("remaining")) == (1000, remaining)

    eventually(shown, f"{remaining} calls left are on show")


def puts(place: Place, number: int) -> int:
    return sum(call["method"] == "PUT" for call in place.calls(number))


def test_what_is_urgent_goes_first_and_the_rest_is_made_up_for(new_place: NewPlace) -> None:
    place = new_place("few-calls")
    corrected, first, second, last = numbers = [place.opens() for _ in range(4)]
    place.clerk(corrected, **SETTLED)
    place.sync()
    place.reach({corrected: at("shipped"), **dict.fromkeys((first, second, last), at("open"))})
    assert place.health()["ok"]

    leave(place, 50)
    place.clerk(first, **HANDLED)
    place.sync()
    place.reach({first: at("shipping")})
    hears(place, 49)
    place.clerk(corrected, tracking_number="Z0123456789")
    place.clerk(first, **SETTLED)
    place.sync()
    place.reach({first: at("shipped"), corrected: waits("tracking")})
    place.town.settle()
    assert puts(place, corrected) == 1, "the tracking waits"

    leave(place, 1)
    place.clerk(second, **HANDLED)
    place.sync()
    place.reach({second: at("shipping")})
    hears(place, 0)
    place.clerk(last, **HANDLED)
    place.sync()
    place.reach({last: waits("shipping")})
    place.town.settle()
    assert puts(place, last) == 0, "no call is left"

    place.town.control("PUT", f"{place.mall['control_url']}/limits", {})
    place.town.rewind_shop(place.shop, LONG, "budget_resets_at")
    for number in (corrected, last):
        place.town.rewind(place.shop, number, LONG)
    place.reach({corrected: at("shipped"), last: at("shipping")})
    assert place.at_mall(corrected)["tracking_number"] == "Z0123456789"
    assert place.health()["ok"]
    answers = [call["http_status"] for number in numbers for call in place.calls(number)]
    assert 429 not in answers
