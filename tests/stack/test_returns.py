"""Parcels that come back: who is on the list of returns and why, and when Returned may be sent.

MALL's lists are not read here, so that every call is known; weeks go by behind the product's back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from sandbox.times import PRAGUE
from tests.stack.place import Place, at, held, reach_all, waits
from tests.stack.town import Json, eventually

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.stack.conftest import NewPlace

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]

SETTLED: Json = {"status": "vyřízená"}
CANCELED: Json = {"status": "stornováno"}
DAY = 86_400
WINDOW_SECONDS = 900


@dataclass(frozen=True)
class Parcels:
    """The orders by name, in a shop that sets Returned by hand and in one that may have it set."""

    by_hand: Place
    pushed: Place
    numbers: dict[str, int]


def today() -> str:
    return datetime.now(PRAGUE).date().isoformat()


def flagged(place: Place, kind: str) -> Callable[[Json], bool]:
    """The order is on the list, with this kind."""

    def is_so(order: Json) -> bool:
        flag = place.order(order["mall_order_id"])["return"]
        return flag is not None and (flag["kind"], flag["state"]) == (kind, "open")

    return is_so


def unflagged(place: Place) -> Callable[[Json], bool]:
    return lambda order: place.order(order["mall_order_id"])["return"] is None


def listed(place: Place, **query: Json) -> dict[int, str]:
    """The list of returns, page by page: number → kind."""
    found: dict[int, str] = {}
    cursor: Json = {}
    while True:
        page = place.ask("GET", "/returns", **query, **cursor).json()
        found |= {one["mall_order_id"]: one["kind"] for one in page["returns"]}
        if page["next_cursor"] is None:
            return found
        cursor = {"cursor": page["next_cursor"]}


@pytest.fixture(scope="module")
def parcels(new_place: NewPlace) -> Parcels:
    by_hand = new_place("returns")
    pushed = new_place("returns-pushed", rules={"push_returned": True, "undo_window_seconds": WINDOW_SECONDS})
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
    for place in (by_hand, pushed):
        place.sync()
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


def test_a_long_silence_is_found_by_the_clock_alone(parcels: Parcels) -> None:
    """By the schedule of the returns, whether or not the order's own time was lost."""
    place, numbers = parcels.by_hand, parcels.numbers
    overdue, not_overdue = numbers["overdue"], numbers["not overdue"]
    place.town.rewind(place.shop, overdue, 15 * DAY)
    place.town.rewind(place.shop, not_overdue, 13 * DAY)
    assert place.town.tick("flag-returns")["requested"] >= 2
    eventually(lambda: flagged(place, "overdue")({"mall_order_id": overdue}), "the parcel is on the list")
    place.town.settle()
    before = place.order(overdue)["updated_at"]
    place.town.tick("flag-returns")
    place.town.settle()
    assert place.order(overdue)["updated_at"] == before, "once it is on the list, that is all"
    assert unflagged(place)({"mall_order_id": not_overdue})
    assert "without a delivery date" in place.order(overdue)["return"]["text"]


def test_the_list_says_what_it_is_and_nothing_was_sent(parcels: Parcels) -> None:
    place, numbers = parcels.by_hand, parcels.numbers
    expected = {
        numbers["unclaimed"]: "unclaimed",
        numbers["taken after all"]: "unclaimed",
        numbers["set in the portal"]: "unclaimed",
        numbers["withdrawal"]: "withdrawal",
        numbers["overdue"]: "overdue",
    }
    assert listed(place) == listed(place, limit=1) == expected
    assert listed(place, kind="withdrawal") == {numbers["withdrawal"]: "withdrawal"}
    assert listed(place, state="resolved") == {}
    for number, kind in expected.items():
        assert place.took(number) == (["shipped", "delivered"] if kind == "withdrawal" else ["shipped"])
    assert place.ask("GET", "/returns", kind="lost").status_code == 400


def test_what_the_sides_settle_leaves_the_list_by_itself(parcels: Parcels) -> None:
    place, numbers = parcels.by_hand, parcels.numbers
    taken, returned = numbers["taken after all"], numbers["set in the portal"]
    place.clerk(taken, **SETTLED, delivery_date=today())
    place.customer(returned, status="returned")
    assert place.ask("POST", f"/orders/{returned}/retry").status_code == 202
    place.sync()
    place.reach({taken: at("delivered"), returned: at("returned")})
    assert not {taken, returned} & set(listed(place))
    for number in (taken, returned):
        assert [flag["kind"] for flag in place.order(number)["past_returns"]] == ["unclaimed"]
    assert place.took(returned) == ["shipped"]


def test_what_a_person_settles_stays_settled_until_it_happens_anew(parcels: Parcels) -> None:
    place, number = parcels.by_hand, parcels.numbers["unclaimed"]
    path = f"/returns/{number}/resolve"
    assert place.ask("POST", path, {"note": " "}).status_code == 400
    assert place.ask("POST", path, {"remark": "x"}).status_code == 400
    answer = place.ask("POST", path, {"note": "vráceno na sklad, volat +420601000001, pan@example.invalid"})
    assert answer.status_code == 200, answer.text
    assert (answer.json()["state"], answer.json()["resolved"]["by"]) == ("resolved", "tests")
    assert "vráceno na sklad" in answer.json()["resolved"]["note"]
    assert "example.invalid" not in answer.text
    assert place.ask("POST", path, {"note": "ještě jednou"}).status_code == 400
    place.sync()
    place.town.settle()
    assert number not in listed(place)
    assert listed(place, state="resolved") == {number: "unclaimed"}

    place.clerk(number, **SETTLED)
    place.sync()
    place.reach({number: unflagged(place)})
    place.clerk(number, **CANCELED)
    place.sync()
    place.reach({number: flagged(place, "unclaimed")})


def test_returned_is_refused_where_the_seed_has_it_set_by_hand(parcels: Parcels) -> None:
    """The setting is off; MALL Delivery sets it itself; nothing says that the parcel came back."""
    by_hand, pushed, numbers = parcels.by_hand, parcels.pushed, parcels.numbers
    for place, name, why in (
        (by_hand, "unclaimed", "push_returned is off"),
        (pushed, "MALL Delivery", "MALL sets Returned by itself"),
        (pushed, "no entry", "no open entry"),
    ):
        answer = place.ask("POST", f"/returns/{numbers[name]}/returned")
        assert answer.status_code == 400
        assert why in answer.json()["message"]
    pushed.town.settle()
    assert pushed.took(numbers["MALL Delivery"]) == []
    assert by_hand.took(numbers["unclaimed"]) == ["shipped"]


def test_returned_is_sent_once_when_a_person_asks_and_takes_nothing_back(parcels: Parcels) -> None:
    place, numbers = parcels.pushed, parcels.numbers
    asked = [numbers[name] for name in ("returned", "taken back", "delivered meanwhile")]
    for number in asked:
        assert place.ask("POST", f"/returns/{number}/returned").status_code == 202
    place.reach(dict.fromkeys(asked, waits("returned")))
    for number in asked:  # asking again changes nothing
        assert place.ask("POST", f"/returns/{number}/returned").status_code == 202
    place.clerk(numbers["taken back"], **SETTLED)
    place.clerk(numbers["delivered meanwhile"], **SETTLED, delivery_date=today())
    for number in asked:
        place.town.rewind(place.shop, number, WINDOW_SECONDS)
    # All windows are over, but the corrections stand in an export that was not read yet.
    place.reach(
        {
            numbers["returned"]: at("returned"),
            numbers["taken back"]: at("shipped"),
            numbers["delivered meanwhile"]: waits("delivered"),
        }
    )
    place.town.settle()
    assert [place.took(number) for number in asked] == [["shipped", "returned"], ["shipped"], ["shipped"]]
    (put,) = [call["body"] for call in place.calls(numbers["returned"]) if call["method"] == "PUT"][1:]
    assert put == {"status": "returned"}
    assert place.order(numbers["taken back"])["return_request"] is None
    assert [(one["status"], one["by_us"]) for one in place.order(numbers["returned"])["passed"]][-1] == (
        "returned",
        True,
    )
