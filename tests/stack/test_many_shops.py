"""Many shops on one deployment (guarantee 8): three profiles, one MALL, a key each; one's trouble touches no other."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from sandbox.times import PRAGUE
from tests.stack.place import Place, at, reach_all, waits
from tests.stack.town import Json, Town, eventually

if TYPE_CHECKING:
    from tests.stack.conftest import NewPlace

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]

PENDING = {"status": "nevyřízená"}
HANDLED = {"status": "vyřizuje se"}
SETTLED = {"status": "vyřízená"}
PROFILES = ("orders", "czech", "csv")


@dataclass(frozen=True)
class Shops:
    """The three shops by profile, all at the MALL of the first."""

    by_profile: dict[str, Place]

    def __getitem__(self, profile: str) -> Place:
        return self.by_profile[profile]

    def open_one_each(self, **shop: Json) -> dict[str, int]:
        return {profile: place.opens(**shop) for profile, place in self.by_profile.items()}

    def sync(self) -> None:
        for place in self.by_profile.values():
            place.sync()


@pytest.fixture(scope="module")
def shops(new_place: NewPlace) -> Shops:
    rules = {"undo_window_seconds": 0}
    first = new_place("shop-orders", rules=rules)
    return Shops(
        {
            "orders": first,
        }
        | {
            name: new_place(f"shop-{name}", mall=first, profile=name, path=f"?profile={name}", rules=rules)
            for name in ("czech", "csv")
        }
    )


def test_a_life_in_each_profile(shops: Shops) -> None:
    numbers = shops.open_one_each()
    today = datetime.now(PRAGUE).date().isoformat()
    shops.sync()
    reach_all({shops[profile]: {number: at("open")} for profile, number in numbers.items()})
    for changes, status in (
        (HANDLED, "shipping"),
        (SETTLED, "shipped"),
        ({"delivery_date": today}, "delivered"),
    ):
        for profile, number in numbers.items():
            shops[profile].clerk(number, **changes)
        shops.sync()
        reach_all({shops[profile]: {number: at(status)} for profile, number in numbers.items()})
    shops["orders"].town.settle()
    for profile, number in numbers.items():
        assert shops[profile].took(number) == ["shipping", "shipped", "delivered"], profile
        assert shops[profile].put_methods(number) == "PPP"
        assert shops[profile].order(number)["in_the_shop"]["delivery_date"] == today
        assert shops[profile].at_mall(number)["tracking_number"] == f"Z{number}"
        others = [place for name, place in shops.by_profile.items() if name != profile]
        assert [place.order(number) for place in others] == [None, None]


@pytest.mark.parametrize("broken", PROFILES)
def test_a_broken_export_touches_no_other_shop(shops: Shops, broken: str) -> None:
    numbers = shops.open_one_each()
    shops.sync()
    reach_all({shops[profile]: {number: at("open")} for profile, number in numbers.items()})
    faults = f"{shops[broken].fastcentrik['control_url']}/faults"
    town = shops[broken].town
    town.control("PUT", faults, {"kind": {"orders": "truncated", "czech": "html_login"}.get(broken, "lost")})
    for profile, number in numbers.items():
        shops[profile].clerk(number, **HANDLED)
    town.invoke("fetch-changes", {"trigger": "schedule"})
    reach_all(
        {shops[profile]: {number: at("shipping")} for profile, number in numbers.items() if profile != broken}
    )
    health = eventually(
        lambda: (seen := shops[broken].health())["problems"] and seen, "the broken export is reported"
    )
    assert health["ok"] is False
    assert health["last_success_at"] <= health["last_fetch_at"]
    assert shops[broken].order(numbers[broken])["shop_status"] == "pending", (
        "a broken document changes nothing"
    )
    assert all(place.health()["ok"] for profile, place in shops.by_profile.items() if profile != broken)
    town.control("PUT", faults, {})
    shops[broken].sync()
    shops[broken].reach({numbers[broken]: at("shipping")})
    assert shops[broken].health()["ok"] is True
    assert [shops[profile].took(number) for profile, number in numbers.items()] == [["shipping"]] * 3


def test_a_mistake_is_taken_back_within_the_usual_undo_window(new_place: NewPlace) -> None:
    place = new_place("usual-window", rules={"undo_window_seconds": 900})
    canceled, delivered = place.opens(), place.opens(status="vyřízená")
    place.sync()
    place.reach({canceled: at("open"), delivered: at("shipped")})
    place.clerk(canceled, status="stornováno")
    place.clerk(delivered, delivery_date=datetime.now(PRAGUE).date().isoformat())
    place.sync()
    place.reach({canceled: waits("cancelled"), delivered: waits("delivered")})
    place.clerk(canceled, status="nevyřízená")
    place.clerk(delivered, delivery_date=None)
    place.sync()
    place.reach({canceled: at("open"), delivered: at("shipped")})
    place.town.settle()
    assert (place.took(canceled), place.took(delivered)) == ([], ["shipped"])
    for number in (canceled, delivered):
        assert place.order(number)["steps"][-1]["state"] == "withdrawn"


@pytest.mark.parametrize("code", [401, 403])
def test_a_revoked_key_stops_its_own_shop_and_loses_nothing(shops: Shops, town: Town, code: int) -> None:
    """Two shops' worth of changes while one key is revoked; then the key is back, and everything follows."""
    stopped = shops["csv"]
    numbers = shops.open_one_each()
    second = stopped.opens()
    shops.sync()
    reach_all({shops[profile]: {number: at("open")} for profile, number in numbers.items()})
    stopped.reach({second: at("open")})
    clients, keys = (
        f"{stopped.mall['control_url']}/clients",
        [place.client_id for place in shops.by_profile.values()],
    )
    town.control("PUT", clients, {"client_ids": [key for key in keys if key != stopped.client_id]})
    town.control("PUT", f"{stopped.mall['control_url']}/behaviour", {"wrong_key_http_status": code})
    said = len([line for line in town.log("push-to-mall") if "shop stopped" in line])
    for profile, number in numbers.items():
        shops[profile].clerk(number, **HANDLED)
    stopped.clerk(second, **SETTLED)
    shops.sync()
    healthy = {profile: number for profile, number in numbers.items() if profile != "csv"}
    reach_all({shops[profile]: {number: at("shipping")} for profile, number in healthy.items()})
    eventually(lambda: stopped.health()["stopped"], "the shop is stopped")
    town.settle()

    health = stopped.health()
    assert health["ok"] is False
    assert str(code) in " ".join(health["problems"])
    assert [shops[profile].health()["stopped"] for profile in healthy] == [False, False]
    lines = [line for line in town.log("push-to-mall") if "shop stopped" in line]
    assert len(lines) == said + 1, "one alarm for one revoked key"
    figures = [figure for figure in town.figures("retry-transitions") if "StoppedShops" in figure]
    assert figures[-1]["StoppedShops"] == [1]
    # What was in flight when the key was refused, and not a call more, however often the clock ticks.
    calls = len(stopped.calls(numbers["csv"])) + len(stopped.calls(second))
    town.settle()
    assert len(stopped.calls(numbers["csv"])) + len(stopped.calls(second)) == calls
    assert "stop" in stopped.order(numbers["csv"])["why"] or stopped.order(numbers["csv"])["next_step"]

    town.control("PUT", clients, {"client_ids": keys})
    town.rewind_shop(stopped.shop)
    for number in (numbers["csv"], second):
        town.rewind(stopped.shop, number)
    stopped.reach({numbers["csv"]: at("shipping"), second: at("shipped")})
    assert stopped.health()["ok"] is True
    assert (stopped.took(numbers["csv"]), stopped.took(second)) == (["shipping"], ["shipped"])
    town.tick()
    figures = [figure for figure in town.figures("retry-transitions") if "StoppedShops" in figure]
    assert figures[-1]["StoppedShops"] == [0]


@pytest.mark.usefixtures("shops")
def test_the_age_of_the_oldest_fetch_is_reported_with_every_tick(town: Town) -> None:
    before = len(town.figures("retry-transitions"))
    town.tick()
    figures = eventually(
        lambda: town.figures("retry-transitions")[before:], "the tick's figures are in the log"
    )
    (figure,) = [figure for figure in figures if "OldestFetchSeconds" in figure]
    assert figure["service"] == town.stack
    assert figure["OldestFetchSeconds"][0] >= 0
    (directive,) = figure["_aws"]["CloudWatchMetrics"]
    assert (directive["Namespace"], directive["Dimensions"]) == ("orderbridge", [["service"]])
