"""One shop with its FastCentrik and its MALL, and the states that its orders are waited for in."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sandbox.times import PRAGUE
from tests.stack.town import PATIENCE, Json, Town

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import requests

TICK_SECONDS = 1.0


@dataclass
class Place:
    """One shop: its name, its administration, its MALL and the key that it uses there.

    `takes_part`: MALL's lists are read for it.
    """

    town: Town
    shop: str
    fastcentrik: Json
    mall: Json
    client_id: str
    takes_part: bool = False

    def arrives(self, **mall: Json) -> int:
        """A new order at MALL alone, a day old. Returns its number."""
        number = self.town.number()
        stamp = wire(datetime.now(PRAGUE) - timedelta(days=1, hours=2))
        detail = {"id": number, "open": stamp, "client_id": self.client_id, **mall}
        self.town.control("POST", f"{self.mall['control_url']}/orders", detail)
        return number

    def opens(self, mall: Json = None, **shop: Json) -> int:
        """A new order on both sides, a day old, with a tracking number unless told otherwise. Returns its number."""
        number = self.arrives(**(mall or {}))
        usual = {
            "status": "nevyřízená",
            "created": wire(datetime.now(PRAGUE) - timedelta(days=1, hours=2)),
            "carrier": "Zásilkovna",
            "tracking_number": f"Z{number}",
        }
        record = {"code": str(number), "mall_order_id": number, **usual, **shop}
        self.town.control("POST", f"{self.fastcentrik['control_url']}/orders", record)
        return number

    def clerk(self, number: int, **changes: Json) -> None:
        """What the shop's people change; an order that we brought there has a code of its own."""
        url = f"{self.fastcentrik['control_url']}/orders"
        self.town.control("PATCH", f"{url}/{next(iter(self._codes(number)), number)}", changes)

    def in_shop(self, number: int) -> list[Json]:
        """The shop's orders under this MALL number: whole, with customer and lines."""
        url = f"{self.fastcentrik['control_url']}/orders"
        return [self.town.control("GET", f"{url}/{code}?customer=1") for code in self._codes(number)]

    def _codes(self, number: int) -> list[str]:
        orders = self.town.control("GET", f"{self.fastcentrik['control_url']}/orders")
        return [one["code"] for one in orders if one["mall_order_id"] == str(number)]

    def arm_shop(self, **rule: Json) -> None:
        """What goes wrong with the shop's export or import from now on; without a rule nothing."""
        self.town.control("PUT", f"{self.fastcentrik['control_url']}/faults", rule)

    def imports(self) -> int:
        """How many documents were ever POSTed to the shop's import."""
        calls = self.town.control("GET", f"{self.fastcentrik['control_url']}/calls")
        return int(calls["imports"])

    def mall_calls(self, kind: str = "total") -> int:
        """How many calls MALL ever got; of one `kind`, or all."""
        return int(self.town.control("GET", f"{self.mall['control_url']}/calls")[kind])

    def customer(self, number: int, **changes: Json) -> None:
        """What MALL or the customer does to the order at MALL."""
        self.town.control("PATCH", f"{self.mall['control_url']}/orders/{number}", changes)

    def arm(self, *rules: Json) -> None:
        """What goes wrong at MALL from now on."""
        self.town.control("PUT", f"{self.mall['control_url']}/faults", {"rules": list(rules)})

    def calls(self, number: int) -> list[Json]:
        calls: list[Json] = self.town.control("GET", f"{self.mall['control_url']}/orders/{number}/calls")
        return calls

    def at_mall(self, number: int) -> Json:
        return self.town.control("GET", f"{self.mall['control_url']}/orders/{number}")

    def sync(self) -> None:
        """Asks for a fetch of the export, and for a reading of MALL's list where the shop takes MALL's side in."""
        answer = self.ask("POST", "/sync")
        assert answer.status_code == 202, answer.text

    def ask(self, method: str, path: str, body: Json = None, **query: Json) -> requests.Response:
        """One request to the HTTP API about this shop."""
        return self.town.ask(method, path, query={"shop": self.shop, **query}, body=body)

    def order(self, number: int) -> Json:
        """Everything that the product says of an order; None while it does not know it."""
        answer = self.ask("GET", f"/orders/{number}")
        assert answer.status_code in (200, 404), answer.text
        return answer.json() if answer.status_code == 200 else None

    def orders(self) -> dict[int, Json]:
        """The newest 200 orders by number, in short."""
        answer = self.ask("GET", "/orders", limit=200)
        assert answer.status_code == 200, answer.text
        return {order["mall_order_id"]: order for order in answer.json()["orders"]}

    def health(self) -> Json:
        answer = self.town.ask("GET", "/health").json()
        return next(shop for shop in answer["shops"] if shop["shop"] == self.shop)

    def reach(self, goals: Mapping[int, Callable[[Json], bool]], within: float = PATIENCE) -> None:
        """Waits until every order is where it should be, while the schedules tick."""
        reach_all({self: goals}, within)

    def __hash__(self) -> int:
        return hash(self.shop)

    def put_methods(self, number: int) -> str:
        """The calls of an order after its first reading, in short: `G` for a GET, `P` for a PUT."""
        return "".join(call["method"][0] for call in self.calls(number))[1:]

    def took(self, number: int) -> list[str]:
        """The statuses into which our PUTs really brought the order, in their order."""
        puts = [call for call in self.calls(number) if call["method"] == "PUT"]
        return [put["status_after"] for put in puts if put["status_after"] != put["status_before"]]


def reach_all(
    goals: Mapping[Place, Mapping[int, Callable[[Json], bool]]],
    within: float = PATIENCE,
) -> None:
    """`Place.reach` for many shops at once."""
    end = time.monotonic() + within
    town = next(iter(goals)).town
    tick_at = time.monotonic() + TICK_SECONDS / 2
    while True:
        left = {
            (place.shop, number): seen.get(number)
            for place, wanted in goals.items()
            for seen in [place.orders()]
            for number, until in wanted.items()
            if number not in seen or not until(seen[number])
        }
        if not left:
            return
        assert time.monotonic() < end, f"not where they should be after {within:.0f} s: {left}"
        if time.monotonic() >= tick_at:
            town.tick()
            town.wake([place.shop for place in goals], [place.shop for place in goals if place.takes_part])
            tick_at = time.monotonic() + TICK_SECONDS
        time.sleep(0.25)


def wire(moment: datetime) -> str:
    """The wire form of local times."""
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def at(status: str) -> Callable[[Json], bool]:
    """MALL is known to hold `status`, and nothing is left to be sent."""
    return lambda order: order["status"] == status and order["next_step"] is None and order["hold"] is None


def held(code: str) -> Callable[[Json], bool]:
    """Nothing is sent, for this reason."""
    return lambda order: order["hold"] is not None and order["hold"]["code"] == code


def waits(action: str) -> Callable[[Json], bool]:
    """The step is recorded and waits for its time."""
    return lambda order: order["next_step"] is not None and order["next_step"]["action"] == action
