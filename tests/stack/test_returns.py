"""Parcels that come back: who is on the list of returns and why, and when Returned may be sent.

MALL's lists are not read here, so that every call is known; weeks go by behind the product's back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from local.stack.client import ShopClient, reach_all
from local.stack.waiting import eventually
from sandbox.times import PRAGUE
from tests.stack.conditions import at, held, waits
from tests.stack.interventions import rewind

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.stack.http import Json
    from tests.stack.conftest import OpenShop

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]

SETTLED: Json = {"status": "vyřízená"}
CANCELED: Json = {"status": "stornováno"}
DAY = 86_400
WINDOW_SECONDS = 900


@dataclass(frozen=True)
class Parcels:
    """The orders by name, in a shop that sets Returned by hand and in one that may have it set."""

    by_hand: ShopClient
    pushed: ShopClient
    numbers: dict[str, int]


def today() -> str:
    return datetime.now(PRAGUE).date().isoformat()


def flagged(shop: ShopClient, kind: str) -> Callable[[Json], bool]:
    """The order is on the list, with this kind."""

    def is_so(order: Json) -> bool:
        flag = shop.order(order["mall_order_id"])["return"]
        return flag is not None and (flag["kind"], flag["state"]) == (kind, "open")

    return is_so


def unflagged(shop: ShopClient) -> Callable[[Json], bool]:
    return lambda order: shop.order(order["mall_order_id"])["return"] is None


def listed(shop: ShopClient, **query: Json) -> dict[int, str]:
    """The list of returns, page by page: number → kind."""
    found: dict[int, str] = {}
    cursor: Json = {}
    while True:
        page = shop.ask("GET", "/returns", **query, **cursor).json()
        found |= {one["mall_order_id"]: one["kind"] for one in page["returns"]}
        if page["next_cursor"] is None:
            return found
        cursor = {"cursor": page["next_cursor"]}


@pytest.fixture(scope="module")
def parcels(open_shop: OpenShop) -> Parcels:
    by_hand = open_shop("returns")
    pushed = open_shop("returns-pushed", rules={"push_returned": True, "undo_window_seconds": WINDOW_SECONDS})
    names = ("unclaimed", "taken after all", "set in the portal", "overdue", "not overdue")
    numbers = {name: by_hand.opens(**SETTLED) for name in names}
    numbers |= {"withdrawal": by_hand.opens(**SETTLED, created=today(), delivery_date=today())}
    numbers |= {
        name: pushed.opens(**SETTLED)
        for name in ("returned", "taken back", "delivered meanwhile", "no entry")
    }
    numbers |= {
        "MALL Delivery": pushed.opens({"mdp": True, "status": "shipped", "confirmed": True}, **SETTLED)
    }
    mine = [*names, "withdrawal"]
    theirs = ["returned", "taken back", "delivered meanwhile", "no entry"]
    for shop in (by_hand, pushed):
        shop.sync()
    reach_all(
        {
            by_hand: {numbers[name]: at("delivered" if name == "withdrawal" else "shipped") for name in mine},
            pushed: {numbers[name]: at("shipped") for name in theirs}
            | {numbers["MALL Delivery"]: held("marketplace_delivery")},
        }
    )
    for name in ("unclaimed", "taken after all", "set in the portal", "withdrawal"):
        by_hand.clerk(numbers[name], **CANCELED)
    for name in ("returned", "taken back", "delivered meanwhile", "MALL Delivery"):
        pushed.clerk(numbers[name], **CANCELED)
    unclaimed = ("unclaimed", "taken after all", "set in the portal")
    reach_all(
        {
            by_hand: {numbers[name]: flagged(by_hand, "unclaimed") for name in unclaimed}
            | {numbers["withdrawal"]: flagged(by_hand, "withdrawal")},
            pushed: {
                numbers[name]: flagged(pushed, "unclaimed")
                for name in ("returned", "taken back", "delivered meanwhile", "MALL Delivery")
            },
        }
    )
    return Parcels(by_hand, pushed, numbers)


def test_a_parcel_long_under_way_is_found_by_the_clock_alone(parcels: Parcels) -> None:
    """By the schedule of the returns, whether or not the order's own time was lost."""
    shop, numbers = parcels.by_hand, parcels.numbers
    overdue, not_overdue = numbers["overdue"], numbers["not overdue"]
    rewind(shop.deployment, shop.name, overdue, 15 * DAY)
    rewind(shop.deployment, shop.name, not_overdue, 13 * DAY)
    assert shop.deployment.tick("flag-returns")["requested"] >= 2
    eventually(lambda: flagged(shop, "overdue")({"mall_order_id": overdue}), "the parcel is on the list")
    shop.deployment.settle()
    before = shop.order(overdue)["updated_at"]
    shop.deployment.tick("flag-returns")
    shop.deployment.settle()
    assert shop.order(overdue)["updated_at"] == before, "once it is on the list, that is all"
    assert unflagged(shop)({"mall_order_id": not_overdue})
    assert shop.order(overdue)["return"]["reason"]["code"] == "return.overdue"


def test_the_list_says_what_it_is_and_nothing_was_sent(parcels: Parcels) -> None:
    shop, numbers = parcels.by_hand, parcels.numbers
    expected = {
        numbers["unclaimed"]: "unclaimed",
        numbers["taken after all"]: "unclaimed",
        numbers["set in the portal"]: "unclaimed",
        numbers["withdrawal"]: "withdrawal",
        numbers["overdue"]: "overdue",
    }
    assert listed(shop) == listed(shop, limit=1) == expected
    assert listed(shop, kind="withdrawal") == {numbers["withdrawal"]: "withdrawal"}
    assert listed(shop, state="resolved") == {}
    for number, kind in expected.items():
        assert shop.took(number) == (["shipped", "delivered"] if kind == "withdrawal" else ["shipped"])
    assert shop.ask("GET", "/returns", kind="lost").status_code == 400


def test_what_the_sides_settle_leaves_the_list_by_itself(parcels: Parcels) -> None:
    shop, numbers = parcels.by_hand, parcels.numbers
    taken, returned = numbers["taken after all"], numbers["set in the portal"]
    shop.clerk(taken, **SETTLED, delivery_date=today())
    shop.customer(returned, status="returned")
    assert shop.ask("POST", f"/orders/{returned}/retry").status_code == 202
    shop.sync()
    shop.reach({taken: at("delivered"), returned: at("returned")})
    assert not {taken, returned} & set(listed(shop))
    for number in (taken, returned):
        assert [flag["kind"] for flag in shop.order(number)["past_returns"]] == ["unclaimed"]
    assert shop.took(returned) == ["shipped"]


def test_what_a_person_settles_stays_settled_until_it_happens_anew(parcels: Parcels) -> None:
    shop, number = parcels.by_hand, parcels.numbers["unclaimed"]
    path = f"/returns/{number}/resolve"
    assert shop.ask("POST", path, {"note": " "}).status_code == 400
    assert shop.ask("POST", path, {"remark": "x"}).status_code == 400
    answer = shop.ask("POST", path, {"note": "vráceno na sklad, volat +420601000001, pan@example.invalid"})
    assert answer.status_code == 200, answer.text
    assert (answer.json()["state"], answer.json()["resolved"]["by"]) == ("resolved", "tests")
    assert "vráceno na sklad" in answer.json()["resolved"]["note"]
    assert "example.invalid" not in answer.text
    assert shop.ask("POST", path, {"note": "ještě jednou"}).status_code == 400
    shop.sync()
    shop.deployment.settle()
    assert number not in listed(shop)
    assert listed(shop, state="resolved") == {number: "unclaimed"}

    shop.clerk(number, **SETTLED)
    shop.sync()
    shop.reach({number: unflagged(shop)})
    shop.clerk(number, **CANCELED)
    shop.sync()
    shop.reach({number: flagged(shop, "unclaimed")})


def test_returned_is_refused_where_it_is_set_by_hand(parcels: Parcels) -> None:
    """The setting is off; MALL Delivery sets it itself; nothing says that the parcel came back."""
    by_hand, pushed, numbers = parcels.by_hand, parcels.pushed, parcels.numbers
    for shop, name, why in (
        (by_hand, "unclaimed", "case.returned.switched_off"),
        (pushed, "MALL Delivery", "case.returned.marketplace_delivery"),
        (pushed, "no entry", "case.returned.no_entry"),
    ):
        answer = shop.ask("POST", f"/returns/{numbers[name]}/returned")
        assert answer.status_code == 400
        assert answer.json()["code"] == why
    pushed.deployment.settle()
    assert pushed.took(numbers["MALL Delivery"]) == []
    assert by_hand.took(numbers["unclaimed"]) == ["shipped"]


def test_returned_is_sent_once_when_a_person_asks_and_takes_nothing_back(parcels: Parcels) -> None:
    shop, numbers = parcels.pushed, parcels.numbers
    asked = [numbers[name] for name in ("returned", "taken back", "delivered meanwhile")]
    for number in asked:
        assert shop.ask("POST", f"/returns/{number}/returned").status_code == 202
    shop.reach(dict.fromkeys(asked, waits("returned")))
    for number in asked:  # asking again changes nothing
        assert shop.ask("POST", f"/returns/{number}/returned").status_code == 202
    shop.clerk(numbers["taken back"], **SETTLED)
    # The day on which the export before it counts as read once it is set back; or the date would count as typed ahead.
    day = (datetime.now(PRAGUE) - timedelta(seconds=WINDOW_SECONDS + 60)).date().isoformat()
    shop.clerk(numbers["delivered meanwhile"], **SETTLED, delivery_date=day)
    for number in asked:
        rewind(shop.deployment, shop.name, number, WINDOW_SECONDS)
    # All windows are over, but the corrections stand in an export that was not read yet.
    shop.reach(
        {
            numbers["returned"]: at("returned"),
            numbers["taken back"]: at("shipped"),
            numbers["delivered meanwhile"]: waits("delivered"),
        }
    )
    shop.deployment.settle()
    assert [shop.took(number) for number in asked] == [["shipped", "returned"], ["shipped"], ["shipped"]]
    (put,) = [call["body"] for call in shop.calls(numbers["returned"]) if call["method"] == "PUT"][1:]
    assert put == {"status": "returned"}
    assert shop.order(numbers["taken back"])["return_request"] is None
    assert [(one["status"], one["by_us"]) for one in shop.order(numbers["returned"])["passed"]][-1] == (
        "returned",
        True,
    )
