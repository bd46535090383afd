"""Short words for what happens again and again in the sequences of events."""

from __future__ import annotations

from datetime import date, timedelta

from orderbridge.domain.dates import ShopDate
from orderbridge.domain.rules import Rules
from orderbridge.domain.statuses import MarketplaceStatus as M
from orderbridge.domain.statuses import ShopStatus as S
from orderbridge.flows.retry_transitions import retry_transitions
from tests.unit.flows.world import SHOP, InMemoryProduct

TODAY = ShopDate(date(2026, 11, 20))
MINUTES = timedelta(minutes=1)


def new_world(undo: int = 900, **rules: object) -> InMemoryProduct:
    return InMemoryProduct(rules=Rules(undo_window_seconds=undo, **rules))  # type: ignore[arg-type]


def importing(**rules: object) -> InMemoryProduct:
    """A world whose shop has MALL's open orders written into it; its export was read."""
    world = new_world(0, import_mode="create", **rules)
    world.lists = True
    world.tick()
    return world


def linking(mode: str = "link", **rules: object) -> InMemoryProduct:
    """A world whose shop gets its orders by other means; MALL's lists are read, unless the mode is off."""
    world = new_world(0, import_mode=mode, **rules)
    world.lists = mode != "off"
    return world


def ship(world: InMemoryProduct, number: int = 1) -> None:
    world.mall.hold(number)
    world.clerk(number, S.SETTLED)
    world.tick()
    assert world.held(number) is M.SHIPPED


def switch(world: InMemoryProduct, *, on: bool) -> None:
    settings = world.shops.records[SHOP].settings
    world.shops.put(settings.model_copy(update={"enabled": on}), world.clock.now())


def wake(world: InMemoryProduct) -> None:
    retry_transitions(world)
    world.settle()


def stops(world: InMemoryProduct) -> list[str]:
    """The subjects of the alarms that told people to stop a parcel."""
    subjects = [subject for _, subject, _ in world.alarms.published]
    return [subject for subject in subjects if subject.startswith("Zastavte zasilku")]
