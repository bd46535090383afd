"""MALL hangs for a while, and orders wait for it: what that costs, and how soon all are out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from orderbridge.domain.failure_policy import CallResult
from orderbridge.domain.statuses import MarketplaceStatus as M
from orderbridge.domain.statuses import ShopStatus as S
from tests.fake_services import Fault
from tests.unit.flows.simulation import MINUTE, Simulation

if TYPE_CHECKING:
    from tests.fake_services import FakeMarketplace


@dataclass(frozen=True, slots=True)
class Outage:
    """`messages` about steps, the `most_waiting` at a time and `most_of_one` order; `calls` that were not answered.

    `calls_of_one_shop` is the most that one key paid. After it: `all_out` since MALL answers again, with `calls_after`.
    """

    messages: int
    most_waiting: int
    most_of_one: int
    rechecks: int
    calls: int
    calls_of_one_shop: int
    sent_in_an_hour: int
    all_out: timedelta
    calls_after: int


def outage(shops: int, orders: int, away: timedelta, most: timedelta = timedelta(days=3)) -> Outage:
    """`orders` of each of `shops` are shipped right after MALL went away."""
    world = Simulation(shops)
    numbers = [(name, n) for i, name in enumerate(world.names) for n in range(i * orders, (i + 1) * orders)]
    for shop, number in numbers:
        world.marketplaces.at(shop).hold(number)
        world.clerk(number, S.PENDING, shop)
    _fetch(world)
    world.run(
        lambda: all(o.marketplace.observed_certain for o in world.ledger.stored.values()) and _at_rest(world),
        most,
    )
    assert len(world.ledger.stored) == len(numbers)
    world.outage = Fault(CallResult.TIMEOUT)
    for shop, number in numbers:
        world.clerk(number, S.SETTLED, shop)
    _fetch(world)
    before, looked, told = world.calls, world.looked, world.steps.total
    world.steps.most = world.steps.most_of_one = 0
    world.run_for(away)
    lost, rechecks = world.calls - before, world.looked - looked
    paid = [
        sum(call.call_result is CallResult.TIMEOUT for call in world.marketplaces.at(shop).calls)
        for shop in world.names
    ]
    world.outage = None
    back = world.clock.now()
    hour_sent: list[int] = []
    world.after(60 * MINUTE, lambda: hour_sent.append(_shipped(world)))
    world.run(lambda: _shipped(world) == len(numbers), most)
    return Outage(
        messages=world.steps.total - told,
        most_waiting=world.steps.most,
        most_of_one=world.steps.most_of_one,
        rechecks=rechecks,
        calls=lost,
        calls_of_one_shop=max(paid),
        sent_in_an_hour=hour_sent[0] if hour_sent else _shipped(world),
        all_out=world.clock.now() - back,
        calls_after=world.calls - before - lost,
    )


def _fetch(world: Simulation) -> None:
    for shop in world.names:
        world.fetch(shop)


def _at_rest(world: Simulation) -> bool:
    return not world.rechecks and not world.steps.length


def _shipped(world: Simulation) -> int:
    places: list[FakeMarketplace] = [world.marketplaces.at(shop) for shop in world.names]
    return sum(view.status is M.SHIPPED for place in places for view in place.orders.values())
