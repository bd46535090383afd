"""Many shops on one deployment (G8): three profiles, one MALL, a key each; one's trouble touches no other."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from local.stack.client import Deployment, ShopClient, reach_all
from local.stack.waiting import eventually
from sandbox.times import PRAGUE
from tests.stack.conditions import at, waits
from tests.stack.interventions import rewind, rewind_shop

if TYPE_CHECKING:
    from local.stack.http import Json
    from tests.stack.conftest import OpenShop

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]

PENDING = {"status": "nevyřízená"}
HANDLED = {"status": "vyřizuje se"}
SETTLED = {"status": "vyřízená"}
PROFILES = ("orders", "czech", "csv")


@dataclass(frozen=True)
class Shops:
    """The three shops by profile, all at the MALL of the first."""

    by_profile: dict[str, ShopClient]

    def __getitem__(self, profile: str) -> ShopClient:
        return self.by_profile[profile]

    def open_one_each(self, **order: Json) -> dict[str, int]:
        return {profile: shop.opens(**order) for profile, shop in self.by_profile.items()}

    def sync(self) -> None:
        for shop in self.by_profile.values():
            shop.sync()


@pytest.fixture(scope="module")
def shops(open_shop: OpenShop) -> Shops:
    rules = {"undo_window_seconds": 0}
    first = open_shop("shop-orders", rules=rules)
    return Shops(
        {
            "orders": first,
        }
        | {
            name: open_shop(f"shop-{name}", mall=first, profile=name, path=f"?profile={name}", rules=rules)
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
    shops["orders"].deployment.settle()
    for profile, number in numbers.items():
        assert shops[profile].took(number) == ["shipping", "shipped", "delivered"], profile
        assert shops[profile].put_methods(number) == "PPP"
        assert shops[profile].order(number)["in_the_shop"]["delivery_date"] == today
        assert shops[profile].at_mall(number)["tracking_number"] == f"Z{number}"
        others = [shop for name, shop in shops.by_profile.items() if name != profile]
        assert [shop.order(number) for shop in others] == [None, None]


@pytest.mark.parametrize("broken", PROFILES)
def test_a_broken_export_touches_no_other_shop(shops: Shops, broken: str) -> None:
    numbers = shops.open_one_each()
    shops.sync()
    reach_all({shops[profile]: {number: at("open")} for profile, number in numbers.items()})
    shops[broken].arm_shop(kind={"orders": "truncated", "czech": "html_login"}.get(broken, "lost"))
    for profile, number in numbers.items():
        shops[profile].clerk(number, **HANDLED)
    shops[broken].deployment.tick("fetch-changes")
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
    assert all(shop.health()["ok"] for profile, shop in shops.by_profile.items() if profile != broken)
    shops[broken].arm_shop()
    shops[broken].sync()
    shops[broken].reach({numbers[broken]: at("shipping")})
    assert shops[broken].health()["ok"] is True
    assert [shops[profile].took(number) for profile, number in numbers.items()] == [["shipping"]] * 3


def test_a_mistake_is_taken_back_within_the_usual_undo_window(open_shop: OpenShop) -> None:
    shop = open_shop("usual-window", rules={"undo_window_seconds": 900})
    canceled, delivered = shop.opens(), shop.opens(status="vyřízená")
    shop.sync()
    shop.reach({canceled: at("open"), delivered: at("shipped")})
    shop.clerk(canceled, status="stornováno")
    shop.clerk(delivered, delivery_date=datetime.now(PRAGUE).date().isoformat())
    shop.sync()
    shop.reach({canceled: waits("cancelled"), delivered: waits("delivered")})
    shop.clerk(canceled, status="nevyřízená")
    shop.clerk(delivered, delivery_date=None)
    shop.sync()
    shop.reach({canceled: at("open"), delivered: at("shipped")})
    shop.deployment.settle()
    assert (shop.took(canceled), shop.took(delivered)) == ([], ["shipped"])
    for number in (canceled, delivered):
        assert shop.order(number)["steps"][-1]["state"] == "withdrawn"


@pytest.mark.parametrize("code", [401, 403])
def test_a_revoked_key_stops_its_own_shop_and_loses_nothing(
    shops: Shops, deployment: Deployment, code: int
) -> None:
    """Two shops' worth of changes while one key is revoked; then the key is back, and everything follows."""
    stopped = shops["csv"]
    numbers = shops.open_one_each()
    second = stopped.opens()
    shops.sync()
    reach_all({shops[profile]: {number: at("open")} for profile, number in numbers.items()})
    stopped.reach({second: at("open")})
    keys = [shop.client_id for shop in shops.by_profile.values()]
    left = [key for key in keys if key != stopped.client_id]
    stopped.control_mall("PUT", "/clients", {"client_ids": left})
    stopped.control_mall("PUT", "/behaviour", {"wrong_key_http_status": code})
    said = len([line for line in deployment.log("push-to-mall") if "shop stopped" in line])
    for profile, number in numbers.items():
        shops[profile].clerk(number, **HANDLED)
    stopped.clerk(second, **SETTLED)
    shops.sync()
    healthy = {profile: number for profile, number in numbers.items() if profile != "csv"}
    reach_all({shops[profile]: {number: at("shipping")} for profile, number in healthy.items()})
    stopped.until(lambda: stopped.health()["stopped"], "the shop is stopped")
    deployment.settle()

    health = stopped.health()
    assert health["ok"] is False
    assert str(code) in json.dumps(health["problems"])
    assert [shops[profile].health()["stopped"] for profile in healthy] == [False, False]
    lines = [line for line in deployment.log("push-to-mall") if "shop stopped" in line]
    assert len(lines) == said + 1, "one alarm for one revoked key"
    figures = [figure for figure in deployment.metrics("retry-transitions") if "StoppedShops" in figure]
    assert figures[-1]["StoppedShops"] == [1]
    # What was in flight when the key was refused, and not a call more, however often the clock ticks.
    calls = len(stopped.calls(numbers["csv"])) + len(stopped.calls(second))
    deployment.settle()
    assert len(stopped.calls(numbers["csv"])) + len(stopped.calls(second)) == calls
    assert stopped.order(numbers["csv"])["next_step"]

    stopped.control_mall("PUT", "/clients", {"client_ids": keys})
    rewind_shop(deployment, stopped.name)
    for number in (numbers["csv"], second):
        rewind(deployment, stopped.name, number)
    stopped.reach({numbers["csv"]: at("shipping"), second: at("shipped")})
    assert stopped.health()["ok"] is True
    assert (stopped.took(numbers["csv"]), stopped.took(second)) == (["shipping"], ["shipped"])
    deployment.tick()
    figures = [figure for figure in deployment.metrics("retry-transitions") if "StoppedShops" in figure]
    assert figures[-1]["StoppedShops"] == [0]


@pytest.mark.usefixtures("shops")
def test_the_age_of_the_oldest_fetch_is_reported_with_every_tick(deployment: Deployment) -> None:
    before = len(deployment.metrics("retry-transitions"))
    deployment.tick()
    figures = eventually(
        lambda: deployment.metrics("retry-transitions")[before:], "the tick's figures are in the log"
    )
    (figure,) = [figure for figure in figures if "OldestFetchSeconds" in figure]
    assert figure["service"] == deployment.stack
    assert figure["OldestFetchSeconds"][0] >= 0
    (directive,) = figure["_aws"]["CloudWatchMetrics"]
    assert (directive["Namespace"], directive["Dimensions"]) == ("orderbridge", [["service"]])
