"""Short words for what happens again and again in the sequences of events."""

from __future__ import annotations

from datetime import date, timedelta

from orderbridge.domain.dates import ShopDate
from orderbridge.domain.rules import Rules
from orderbridge.domain.statuses import MarketplaceStatus as M
from orderbridge.domain.statuses import ShopStatus as S
from orderbridge.flows.retry_transitions import retry_transitions
from orderbridge.flows.switching import pause_shop, resume_shop
from tests.unit.flows.in_memory_product import SHOP, InMemoryProduct

TODAY = ShopDate(date(2026, 11, 20))
MINUTES = timedelta(minutes=1)
HOURS = timedelta(hours=1)
TICK = 5 * MINUTES


def new_product(undo: int = 900, **rules: object) -> InMemoryProduct:
    return InMemoryProduct(rules=Rules(undo_window_seconds=undo, **rules))  # type: ignore[arg-type]


def importing(**rules: object) -> InMemoryProduct:
    """A deployment whose shop has MALL's open orders written into it; its export was read."""
    product = new_product(0, import_mode="create", **rules)
    product.lists = True
    product.tick()
    return product


def linking(mode: str = "link", **rules: object) -> InMemoryProduct:
    """A deployment whose shop gets its orders by other means; MALL's lists are read, unless the mode is off."""
    product = new_product(0, import_mode=mode, **rules)
    product.lists = mode != "off"
    return product


def ship(product: InMemoryProduct, number: int = 1) -> None:
    product.mall.hold(number)
    product.clerk(number, S.SETTLED)
    product.tick()
    assert product.held(number) is M.SHIPPED


def with_shipping_to_send() -> InMemoryProduct:
    """Order 1 was read at MALL and packing began: the message of the step Shipping waits."""
    product = InMemoryProduct()
    product.mall.hold(1)
    product.clerk(1, S.HANDLED)
    product.fetch()
    product.map_all()
    product.push_all()
    product.map_all()
    return product


def switch(product: InMemoryProduct, *, on: bool) -> None:
    now = product.clock.now()
    if on:
        assert resume_shop(product, product.shops.records[SHOP], "marta", now).done
    else:
        assert pause_shop(product, SHOP, "marta", now)


def wake(product: InMemoryProduct) -> None:
    retry_transitions(product)
    product.settle()


def canceled_and_left_out() -> InMemoryProduct:
    """A shop whose export has changes only: an order was canceled, and is not in it since."""
    product = new_product()
    product.mall.hold(1)
    served = product.exports.at(SHOP)
    served.changes = True
    product.clerk(1, S.CANCELED)
    product.tick()
    served.records.clear()
    return product


def stops(product: InMemoryProduct) -> list[str]:
    """The subjects of the alarms that told people to stop a parcel."""
    subjects = [subject for _, subject, _ in product.alarms.published]
    return [subject for subject in subjects if subject.startswith("Zastavte zasilku")]


def confirms(product: InMemoryProduct, number: int) -> int:
    """How often an order was confirmed."""
    return sum(change.confirm for change in product.mall.writes(number))
