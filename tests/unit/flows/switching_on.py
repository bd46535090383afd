"""A shop with many old orders is switched on: what that costs, and how long today's orders wait."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from orderbridge.domain.rules import Rules
from orderbridge.domain.statuses import MarketplaceStatus as M
from orderbridge.domain.statuses import ShopStatus as S
from tests.fake_services import CallWindow
from tests.unit.flows.simulation import MINUTE, Simulation
from tests.unit.flows.world import SHOP

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
    world = Simulation(1, Rules(undo_window_seconds=0, import_mode=mode))
    world.mall.window = CallWindow(world.clock, calls_a_day, length=DAY)
    for number in range(old):
        held, shown = OLD[number % len(OLD)]
        world.mall.hold(number, held, confirmed=True)
        world.clerk(number, shown)
    numbers = range(old, old + today)
    for number in numbers:
        world.mall.hold(number)
        world.clerk(number, S.PENDING)
    clicked: dict[int, datetime] = {}
    _click(world, numbers[::3], clicked)
    world.run_for(60 * MINUTE)
    _click(world, numbers[1::3], clicked)
    world.run_for(180 * MINUTE)
    late = range(old + today, old + 2 * today)
    for number in late:
        world.mall.hold(number)
        world.clerk(number, S.PENDING)
    world.fetch()
    world.run_for(30 * MINUTE)
    _click(world, (*numbers[2::3], *late), clicked)
    world.run(lambda: clicked.keys() <= world.taken.keys(), 30 * DAY)
    waits = sorted(world.taken[number] - at for number, at in clicked.items())
    return SwitchingOn(waits[len(waits) // 2], waits[-1], world.calls, world.list_calls, world.looked)


def _click(world: Simulation, numbers: Iterable[int], clicked: dict[int, datetime]) -> None:
    """The clerk starts to pack these; a minute later the export is fetched."""
    for number in numbers:
        world.clerk(number, S.HANDLED)
        clicked[number] = world.clock.now()
    world.run_for(MINUTE)
    world.fetch(SHOP)
