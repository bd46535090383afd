"""A shop with many old orders is switched on: what that costs, and how long today's orders wait."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from orderbridge.domain.rules import Rules
from orderbridge.domain.statuses import MarketplaceStatus as M
from orderbridge.domain.statuses import ShopStatus as S
from tests.fakes import CallWindow
from tests.unit.flows.in_memory_product import SHOP
from tests.unit.flows.simulation import MINUTE, Simulation

if TYPE_CHECKING:
    from collections.abc import Iterable

DAY = timedelta(days=1)
OLD = ((M.DELIVERED, S.SETTLED),) * 9 + ((M.CANCELLED, S.CANCELED),)


@dataclass(frozen=True, slots=True)
class SwitchingOn:
    """`median_wait` and `longest_wait` from a click in the shop to MALL's Shipping. `calls` for single orders."""

    median_wait: timedelta
    longest_wait: timedelta
    calls: int
    list_calls: int
    rechecks: int


def switching_on(
    old: int, today: int, calls_a_day: int = 5_750, mode: Literal["off", "link", "create"] = "link"
) -> SwitchingOn:
    """A shop with `old` orders, and `today` that are under way, is switched on; as many come in later.

    Today's orders stand behind the old ones in the export. They are clicked in thirds: before the first fetch, an hour
    and four hours later.
    """
    product = Simulation(1, Rules(undo_window_seconds=0, import_mode=mode))
    product.mall.window = CallWindow(product.clock, calls_a_day, length=DAY)
    for number in range(old):
        held, shown = OLD[number % len(OLD)]
        product.mall.hold(number, held, confirmed=True)
        product.clerk(number, shown)
    numbers = range(old, old + today)
    for number in numbers:
        product.mall.hold(number)
        product.clerk(number, S.PENDING)
    clicked: dict[int, datetime] = {}
    _click(product, numbers[::3], clicked)
    product.run_for(60 * MINUTE)
    _click(product, numbers[1::3], clicked)
    product.run_for(180 * MINUTE)
    late = range(old + today, old + 2 * today)
    for number in late:
        product.mall.hold(number)
        product.clerk(number, S.PENDING)
    product.fetch()
    product.run_for(30 * MINUTE)
    _click(product, (*numbers[2::3], *late), clicked)
    product.run(lambda: clicked.keys() <= product.taken.keys(), 30 * DAY)
    waits = sorted(product.taken[number] - at for number, at in clicked.items())
    return SwitchingOn(waits[len(waits) // 2], waits[-1], product.calls, product.list_calls, product.looked)


def _click(product: Simulation, numbers: Iterable[int], clicked: dict[int, datetime]) -> None:
    """The clerk starts to pack these; a minute later the export is fetched."""
    for number in numbers:
        product.clerk(number, S.HANDLED)
        clicked[number] = product.clock.now()
    product.run_for(MINUTE)
    product.fetch(SHOP)
