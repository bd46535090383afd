"""The open questions (docs/rules.md): with every answer, orders end as they should, with exactly the right PUTs.

One shop per mixture of answers, each with a MALL of its own; all of them live at the same time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from local.stack.client import ShopClient, reach_all, wire
from sandbox.times import PRAGUE
from tests.stack.conditions import at, held

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from local.stack.http import Json
    from tests.stack.conftest import OpenShop

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]


@dataclass(frozen=True)
class Answers:
    """One mixture: `behaviour` of MALL, and the shop's rules that go with it."""

    shop: str
    behaviour: Json
    rules: Json = field(default_factory=dict)

    def __str__(self) -> str:
        return self.shop


MIXTURES = (
    Answers(
        "strict",
        {
            "same_status": "error",
            "illegal_move_http_status": 400,
            "error_codes": True,
            "order_detail": "sparse",
            "rate_limit_headers": "absent",
            "first_delivery_attempt": "required",
            "confirmed_again": "refuse",
            "half_tracking": "refuse",
        },
    ),
    Answers(
        "utc",
        {
            "same_status": "ok",
            "illegal_move_http_status": 403,
            "error_codes": False,
            "order_detail": ["extra", "stringly"],
            "rate_limit_headers": "malformed",
            "put_answer": "empty",
            "zone": "UTC",
        },
        {"marketplace_zone": "UTC"},
    ),
    Answers(
        "lenient",
        {
            "same_status": "error",
            "illegal_move_http_status": 409,
            "error_codes": False,
            "order_detail": ["sparse", "stringly"],
            "put_answer": "empty",
            "mdp_shipped": "accept",
            "shipped_without_tracking": "accept",
        },
        {"push_shipped_for_marketplace_delivery": True, "missing_tracking": "send"},
    ),
    Answers(
        "stubborn",
        {
            "same_status": "ok",
            "illegal_move_http_status": 422,
            "order_detail": ["full", "extra"],
            "rate_limit_headers": "malformed",
            "first_delivery_attempt": "required",
            "confirmed_again": "refuse",
        },
        {"push_shipped_for_marketplace_delivery": True},
    ),
)
DELIVERED_AT = datetime.now(PRAGUE).replace(second=0, microsecond=0) - timedelta(hours=1)
LIVES = (
    "whole life",
    "somebody else was faster",
    "cancelled meanwhile",
    "confirmed meanwhile",
    "MALL Delivery",
    "no tracking",
)


@dataclass(frozen=True)
class Played:
    shop: ShopClient
    answers: Answers
    numbers: dict[str, int]

    def methods(self, life: str) -> str:
        return self.shop.put_methods(self.numbers[life])

    def took(self, life: str) -> list[str]:
        return self.shop.took(self.numbers[life])


@pytest.fixture(scope="module")
def played(open_shop: OpenShop) -> dict[str, Played]:
    mixtures = {}
    for answers in MIXTURES:
        shop = open_shop(answers.shop, rules={"undo_window_seconds": 0, **answers.rules})
        shop.control_mall("PUT", "/behaviour", answers.behaviour)
        numbers = {
            life: shop.opens(
                {"mdp": True, "parcel_count": 1} if life == "MALL Delivery" else None,
                **({"tracking_number": None} if life == "no tracking" else {}),
            )
            for life in LIVES
        }
        mixtures[answers.shop] = Played(shop, answers, numbers)
        shop.sync()
    _all_reach(mixtures, lambda _: dict.fromkeys(LIVES, at("open")))
    for one in mixtures.values():
        # MALL's side changes, and the product does not know.
        one.shop.customer(one.numbers["somebody else was faster"], status="shipping")
        one.shop.customer(one.numbers["cancelled meanwhile"], status="cancelled")
        one.shop.customer(one.numbers["confirmed meanwhile"], confirmed=True)
        for life in ("whole life", "somebody else was faster", "confirmed meanwhile"):
            one.shop.clerk(one.numbers[life], status="vyřizuje se")
        for life in ("cancelled meanwhile", "MALL Delivery", "no tracking"):
            one.shop.clerk(one.numbers[life], status="vyřízená")
        one.shop.sync()
    _all_reach(
        mixtures,
        lambda answers: {
            "whole life": at("shipping"),
            "somebody else was faster": at("shipping"),
            "confirmed meanwhile": at("shipping"),
            "cancelled meanwhile": held("marketplace_closed"),
            "MALL Delivery": {"lenient": held("marketplace_delivery"), "stubborn": held("refused")}.get(
                answers.shop, held("marketplace_delivery")
            ),
            "no tracking": at("shipped") if answers.shop == "lenient" else held("missing_tracking"),
        },
    )
    for one in mixtures.values():
        one.shop.clerk(one.numbers["whole life"], status="vyřízená")
        one.shop.sync()
    _all_reach(mixtures, lambda _: {"whole life": at("shipped")})
    for one in mixtures.values():
        one.shop.clerk(one.numbers["whole life"], delivery_date=wire(DELIVERED_AT))
        one.shop.sync()
    _all_reach(mixtures, lambda _: {"whole life": at("delivered")})
    next(iter(mixtures.values())).shop.deployment.settle()
    return mixtures


def _all_reach(
    mixtures: Mapping[str, Played], goals: Callable[[Answers], Mapping[str, Callable[[Json], bool]]]
) -> None:
    reach_all(
        {
            one.shop: {one.numbers[life]: until for life, until in goals(one.answers).items()}
            for one in mixtures.values()
        }
    )


each_mixture = pytest.mark.parametrize("answers", MIXTURES, ids=str)


@each_mixture
def test_a_whole_life_takes_one_reading_and_three_puts(played: dict[str, Played], answers: Answers) -> None:
    one = played[answers.shop]
    assert one.took("whole life") == ["shipping", "shipped", "delivered"]
    assert one.methods("whole life") == "PPP"
    puts = [call["body"] for call in one.shop.calls(one.numbers["whole life"])[1:]]
    assert [body.get("confirmed") for body in puts] == [True, None, None]
    assert puts[1]["tracking_number"] == f"Z{one.numbers['whole life']}"
    assert puts[1]["tracking_url"].startswith("https://")


@each_mixture
def test_delivered_is_told_in_the_zone_of_mall(played: dict[str, Played], answers: Answers) -> None:
    one = played[answers.shop]
    zone = ZoneInfo(answers.behaviour.get("zone", "Europe/Prague"))
    expected = wire(DELIVERED_AT.astimezone(zone))
    body = one.shop.calls(one.numbers["whole life"])[-1]["body"]
    assert (body["delivered_at"], body["first_delivery_attempt"]) == (expected, expected)
    assert one.shop.at_mall(one.numbers["whole life"])["delivered_at"] == expected


@each_mixture
def test_a_status_that_mall_holds_already(played: dict[str, Played], answers: Answers) -> None:
    """200: believed. 400: read, and found to be in step. Nothing is sent a second time in either case."""
    one = played[answers.shop]
    assert one.methods("somebody else was faster") == (
        "P" if answers.behaviour["same_status"] == "ok" else "PG"
    )
    assert one.took("somebody else was faster") == []


@each_mixture
def test_an_order_that_somebody_else_confirmed(played: dict[str, Played], answers: Answers) -> None:
    """Where confirming twice is a 400, the reading tells why, and the status follows without `confirmed`."""
    one = played[answers.shop]
    refused = answers.behaviour.get("confirmed_again") == "refuse"
    assert one.methods("confirmed meanwhile") == ("PGP" if refused else "P")
    assert one.took("confirmed meanwhile") == ["shipping"]
    last = one.shop.calls(one.numbers["confirmed meanwhile"])[-1]
    assert ("confirmed" in last["body"]) is not refused


@each_mixture
def test_an_illegal_move_is_read_and_explained(played: dict[str, Played], answers: Answers) -> None:
    one = played[answers.shop]
    number = one.numbers["cancelled meanwhile"]
    assert one.methods("cancelled meanwhile") == "PG"
    refused = one.shop.calls(number)[1]
    assert refused["http_status"] == answers.behaviour["illegal_move_http_status"]
    order = one.shop.order(number)
    assert order["status"] == "cancelled"
    assert order["why"]["code"] == "hold.marketplace_closed.cancelled.settled"
    assert one.shop.health()["stopped"] is False, "a refused move is no refused key"


@each_mixture
def test_mall_delivery(played: dict[str, Played], answers: Answers) -> None:
    """Shipping first, always; Shipped only where a rule pushes it, and MALL's no is final."""
    one = played[answers.shop]
    expected = {"lenient": (["shipping", "shipped"], "PP"), "stubborn": (["shipping"], "PPG")}
    took, methods = expected.get(answers.shop, (["shipping"], "P"))
    assert one.took("MALL Delivery") == took
    assert one.methods("MALL Delivery") == methods


@each_mixture
def test_shipped_without_tracking(played: dict[str, Played], answers: Answers) -> None:
    one = played[answers.shop]
    assert one.took("no tracking") == (["shipped"] if answers.shop == "lenient" else [])
