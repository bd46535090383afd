"""MALL hangs for a while, and orders wait for it: what that costs, and how soon all are out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from orderbridge.domain.failure_policy import CallResult
from orderbridge.domain.statuses import MarketplaceStatus as M
from orderbridge.domain.statuses import ShopStatus as S
from tests.fakes import Fault
from tests.unit.flows.simulation import MINUTE, Simulation

if TYPE_CHECKING:
    from tests.fakes import FakeMarketplace


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
    product = Simulation(shops)
    numbers = [(name, n) for i, name in enumerate(product.names) for n in range(i * orders, (i + 1) * orders)]
    for shop, number in numbers:
        product.marketplaces.at(shop).hold(number)
        product.clerk(number, S.PENDING, shop)
    _fetch(product)
    product.run(
        lambda: (
            all(o.marketplace.observed_certain for o in product.ledger.stored.values()) and _at_rest(product)
        ),
        most,
    )
    assert len(product.ledger.stored) == len(numbers)
    product.outage = Fault(CallResult.TIMEOUT)
    for shop, number in numbers:
        product.clerk(number, S.SETTLED, shop)
    _fetch(product)
    before, looked, told = product.calls, product.looked, product.steps.total
    product.steps.most = product.steps.most_of_one = 0
    product.run_for(away)
    lost, rechecks = product.calls - before, product.looked - looked
    paid = [
        sum(call.call_result is CallResult.TIMEOUT for call in product.marketplaces.at(shop).calls)
        for shop in product.names
    ]
    product.outage = None
    back = product.clock.now()
    hour_sent: list[int] = []
    product.after(60 * MINUTE, lambda: hour_sent.append(_shipped(product)))
    product.run(lambda: _shipped(product) == len(numbers), most)
    return Outage(
        messages=product.steps.total - told,
        most_waiting=product.steps.most,
        most_of_one=product.steps.most_of_one,
        rechecks=rechecks,
        calls=lost,
        calls_of_one_shop=max(paid),
        sent_in_an_hour=hour_sent[0] if hour_sent else _shipped(product),
        all_out=product.clock.now() - back,
        calls_after=product.calls - before - lost,
    )


def _fetch(product: Simulation) -> None:
    for shop in product.names:
        product.fetch(shop)


def _at_rest(product: Simulation) -> bool:
    return not product.rechecks and not product.steps.length


def _shipped(product: Simulation) -> int:
    places: list[FakeMarketplace] = [product.marketplaces.at(shop) for shop in product.names]
    return sum(view.status is M.SHIPPED for place in places for view in place.orders.values())
