"""The shops that the browser sees: one with an order in every situation of the page, a calm one, one with many orders.

Everything is reached through the real stack; only what takes weeks, and the many orders, are put behind its back.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from local.stack.client import reach_all, wire
from local.stack.waiting import eventually
from orderbridge.domain.holds import Actor, Hold, HoldCode
from orderbridge.domain.statuses import MarketplaceStatus, ShopStatus
from orderbridge.messages import StepDispatch
from sandbox.times import PRAGUE
from tests.orders import an_order, changed
from tests.reasons import ANY
from tests.stack.conditions import at, held, waits
from tests.stack.interventions import rewind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from local.stack.client import ShopClient
    from local.stack.http import Json
    from tests.stack.conftest import OpenShop

HANDLED: Json = {"status": "vyřizuje se"}
SETTLED: Json = {"status": "vyřízená"}
CANCELED: Json = {"status": "stornováno"}
DAY = 86_400
WINDOW_SECONDS = 3_600
"""Undo window of the shop: long enough for every test, and under an hour on the clock."""
MANY = 120
FIRST_OF_MANY = 5_900_000_001
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{7*7}}"
"""What a shop or MALL may write where a text is expected."""
ITEM = {"id": 7, "title": HOSTILE, "price": 100, "quantity": 2, "article_id": "A-1"}

WRONG_DELIVERED = ("undone", "undone by keyboard", "undone without scripts", "undone on the phone")
UNCLAIMED = ("comes back", "to be returned")
ESCALATED = (
    *("refused", "impossible", "wrong Delivered", "wrong Delivered too", "wrong date"),
    *("not at MALL", "dead letter"),
)


@dataclass(frozen=True)
class Scene:
    """The shops. `numbers`: MALL's numbers of the garden's orders by their names; `codes`: the shop's own numbers."""

    garden: ShopClient
    calm: ShopClient
    many: ShopClient
    numbers: Mapping[str, int]
    codes: Mapping[str, str] = field(default_factory=dict)

    def number(self, name: str) -> int:
        return self.numbers[name]

    def order(self, name: str) -> Json:
        """The product's record of the order."""
        return self.garden.order(self.numbers[name])


def a_day(offset: int = 0) -> str:
    """The day of the scene, or one beside it.

    Some orders are set back by their undo window (`rewind`), also the moment at which their delivery date was seen.
    Were that moment on the day before the date, the date would count as typed ahead. So the day is that of this moment.
    """
    seen_at = datetime.now(PRAGUE) - timedelta(seconds=WINDOW_SECONDS + 120)
    return (seen_at.date() + timedelta(days=offset)).isoformat()


def prepare(open_shop: OpenShop) -> Scene:
    """Opens the shops and waits until every order is in its situation."""
    rules = {"undo_window_seconds": WINDOW_SECONDS, "push_returned": True}
    garden = open_shop("zahrada", rules=rules)
    calm, many = open_shop("papirnictvi"), open_shop("sklad")
    numbers, codes = _open_orders(garden)
    scene = Scene(garden, calm, many, numbers, codes)
    sent = calm.opens(**HANDLED)
    for shop in (garden, calm):
        shop.sync()
    with ThreadPoolExecutor(max_workers=4) as at_once:
        stored = at_once.submit(store_held, many, MANY)
        reach_all({garden: _first_goals(scene), calm: {sent: at("shipping")}})
        stored.result()
    _change(scene)
    garden.sync()
    garden.reach(
        {number: waits("delivered") for number in _of(scene, "wrong Delivered", "wrong Delivered too")}
    )
    for name in ("wrong Delivered", "wrong Delivered too", "wrong date"):
        rewind(garden.deployment, garden.name, scene.number(name), WINDOW_SECONDS + 60)
    garden.reach(
        {n: at("delivered") for n in _of(scene, "wrong Delivered", "wrong Delivered too", "wrong date")}
    )
    _go_wrong(scene)
    garden.sync()
    garden.reach({scene.number(name): goal for name, goal in _last_goals(scene).items()})
    eventually(lambda: garden.order(scene.number("overdue"))["return"] is not None, "the parcel is overdue")
    garden.deployment.settle()
    return scene


def _of(scene: Scene, *names: str) -> list[int]:
    return [scene.number(name) for name in names]


def _open_orders(shop: ShopClient) -> tuple[dict[str, int], dict[str, str]]:
    """The orders as they come in, under the shop's own numbers."""
    codes: dict[str, str] = {}

    lately = wire(datetime.now(PRAGUE) - timedelta(hours=3))

    def opens(name: str, mall: Json = None, **record: Json) -> int:
        code = record.pop("code", f"2026-{len(codes) + 101:05}")
        number = shop.opens({"open": lately, **(mall or {})}, code=code, **record)
        codes[name] = code
        return number

    new = {**SETTLED, "created": a_day()}
    numbers = {
        name: opens(name, **SETTLED) for name in (*WRONG_DELIVERED, *UNCLAIMED, "overdue", "to be delivered")
    }
    numbers |= {
        "new": opens("new"),
        "packed": opens("packed", **HANDLED),
        "parcel to stop": opens("parcel to stop", **HANDLED),
        "cancelled in the shop": opens("cancelled in the shop"),
        "hostile": opens("hostile", {"items": [ITEM]}, code=HOSTILE[:90], carrier=HOSTILE, **HANDLED),
        "refused": opens("refused"),
        "impossible": opens("impossible", **SETTLED),
        "wrong Delivered": opens("wrong Delivered", delivery_date=a_day(), **new),
        "wrong Delivered too": opens("wrong Delivered too", delivery_date=a_day(), **new),
        "wrong date": opens("wrong date", delivery_date=a_day(), **new),
        "not at MALL": opens("not at MALL", {"client_id": "somebody else's"}),
        "dead letter": opens("dead letter"),
        "without tracking": opens("without tracking", **SETTLED, tracking_number=None),
        "unknown state": opens("unknown state", status="čeká na zboží"),
        "unknown state too": opens("unknown state too", status=HOSTILE),
    }
    soon = wire(datetime.now(PRAGUE) - timedelta(hours=20))
    numbers["to be confirmed"] = opens("to be confirmed", {"open": soon}, status="čeká na zboží")
    return numbers, codes


def _first_goals(scene: Scene) -> dict[int, Callable[[Json], bool]]:
    shipped = (*WRONG_DELIVERED, *UNCLAIMED, "overdue", "to be delivered", "impossible")
    goals = dict.fromkeys(shipped, at("shipped"))
    goals |= dict.fromkeys(("new", "cancelled in the shop", "refused", "dead letter"), at("open"))
    goals |= dict.fromkeys(("packed", "parcel to stop", "hostile"), at("shipping"))
    goals |= dict.fromkeys(
        ("unknown state", "unknown state too", "to be confirmed"), held("unknown_shop_status")
    )
    goals |= {"without tracking": held("missing_tracking"), "not at MALL": held("not_at_marketplace")}
    goals |= dict.fromkeys(("wrong Delivered", "wrong Delivered too", "wrong date"), waits("delivered"))
    return {scene.number(name): goal for name, goal in goals.items()}


def _change(scene: Scene) -> None:
    """What the clerks, MALL and customers do next."""
    shop, number = scene.garden, scene.number
    for name in WRONG_DELIVERED:
        shop.control_shop("PATCH", f"/orders/{scene.codes[name]}", {"delivery_date": a_day()})
    for name in UNCLAIMED:
        shop.control_shop("PATCH", f"/orders/{scene.codes[name]}", CANCELED)
    shop.control_shop("PATCH", f"/orders/{scene.codes['cancelled in the shop']}", CANCELED)
    shop.customer(number("parcel to stop"), status="cancelled")
    shop.answer("POST", f"/orders/{number('parcel to stop')}/retry")
    rewind(shop.deployment, shop.name, number("overdue"), 15 * DAY)
    shop.deployment.tick("flag-returns")


def _go_wrong(scene: Scene) -> None:
    """What no repeating corrects."""
    shop, number = scene.garden, scene.number
    refusal = {
        "kind": "status",
        "http_status": 422,
        "method": "PUT",
        "order_id": number("refused"),
        "times": 1,
    }
    shop.arm(refusal)
    for name in ("refused", "impossible", "wrong Delivered", "wrong Delivered too"):
        shop.control_shop("PATCH", f"/orders/{scene.codes[name]}", HANDLED)
    shop.control_shop("PATCH", f"/orders/{scene.codes['wrong date']}", {"delivery_date": a_day(-1)})
    dead = number("dead letter")
    message = StepDispatch(shop=shop.name, mall_order_id=dead, step=1, dispatch_id="dead")
    shop.deployment.send("dead.fifo", f"{shop.name}#{dead}", message.model_dump_json())


def _last_goals(scene: Scene) -> dict[str, Callable[[Json], bool]]:
    shop = scene.garden

    def detailed(condition: Callable[[Json], bool]) -> Callable[[Json], bool]:
        return lambda summary: condition(shop.order(summary["mall_order_id"]))

    escalated = detailed(lambda order: any(one["state"] == "open" for one in order["escalations"]))
    returns = detailed(lambda order: order["return"] is not None)
    return (
        dict.fromkeys(ESCALATED, escalated)
        | dict.fromkeys(UNCLAIMED, returns)
        | dict.fromkeys(WRONG_DELIVERED, waits("delivered"))
        | {"cancelled in the shop": waits("cancelled"), "parcel to stop": held("marketplace_closed")}
    )


def store_held(shop: ShopClient, count: int) -> None:
    """Stores `count` orders that wait for a tracking number."""
    ledger, now = shop.deployment.services.ledger, datetime.now(UTC)
    hold = Hold(HoldCode.MISSING_TRACKING, ANY, Actor.CLERK)
    for number in range(FIRST_OF_MANY, FIRST_OF_MANY + count):
        order = an_order(ShopStatus.SETTLED, MarketplaceStatus.SHIPPED)
        since = now - timedelta(minutes=number - FIRST_OF_MANY)
        ledger.save(changed(order, shop=shop.name, mall_order_id=number, hold=hold, hold_since=since))
