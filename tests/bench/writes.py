"""How many write units of DynamoDB an order's life costs, through the real flows on the fakes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from orderbridge.domain.cases.records import Item
from orderbridge.domain.dates import ShopDate
from orderbridge.domain.rules import Rules
from orderbridge.domain.statuses import MarketplaceStatus, ShopStatus
from tests.bench import recorded
from tests.bench.tables import print_table
from tests.unit.flows.in_memory_product import InMemoryProduct
from tests.write_units import MeteredLedger

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ORDER = 4_700_000_001
PARCEL: dict[str, Any] = {
    "carrier": "PPL",
    "tracking_number": "40000000001",
    "created": ShopDate(date(2026, 11, 20)),
    "status_name": "vyřizuje se",
}
ITEMS = (
    Item("Rychlovarná konvice ETA Ela 859990020, nerezová, 1,7 l, 2200 W", "1"),
    Item("Utěrka z mikrovlákna 40 × 40 cm, modrá", "3"),
)


@dataclass(frozen=True)
class Cost:
    """What one step of an order's life cost."""

    what: str
    saves: int
    table: int
    indexes: int

    @property
    def units(self) -> int:
        """The sum."""
        return self.table + self.indexes


def main() -> None:
    """Prints a table per life."""
    for name, title, life in (
        ("link", "An order that somebody else brings into the shop (import = link)", linked()),
        ("create", "An order that we bring into the shop (import = create)", created()),
    ):
        costs = list(life)
        check(name, costs)
        rows: list[list[object]] = [[c.what, c.saves, c.table, c.indexes, c.units] for c in costs]
        sums = [
            sum(column)
            for column in zip(*((c.saves, c.table, c.indexes, c.units) for c in costs), strict=True)
        ]
        print_table(
            f"Write units of an order's life: {title}",
            "writes",
            ["step", "saves", "table", "indexes", "units"],
            [*rows, ["sum", *sums]],
            "A unit is 1 KB begun of an item that is written, two in a transaction; a changed index key is a deletion",
            "and a write. The undo window is a quarter of an hour, the export is made every five minutes.",
        )


def check(name: str, costs: Sequence[Cost]) -> None:
    """Raises RuntimeError if the costs of a month are computed from other write units (deployment/counted.json)."""
    sums = Counter(table=sum(one.table for one in costs), indexes=sum(one.indexes for one in costs))
    recorded.check(f"an order's life, {name}: write units", sums)


def linked() -> Iterator[Cost]:
    """The shop shows the order by itself."""
    product, meter = _place("link")
    _at_mall(product)
    yield from meter.after("listed", product, 15)
    product.clerk(ORDER, ShopStatus.PENDING, **PARCEL | {"tracking_number": "", "status_name": "nevyřízená"})
    yield from meter.after("in the export, pending", product, 15)
    yield from _to_the_end(product, meter)


def created() -> Iterator[Cost]:
    """We write the order into the shop."""
    product, meter = _place("create")
    _at_mall(product)
    yield from meter.after("listed, created in the shop, confirmed", product, 60)
    yield from _to_the_end(product, meter)


class _Diary:
    """What has been counted since the last entry."""

    def __init__(self, ledger: MeteredLedger) -> None:
        self._meter = ledger.meter
        self._before = (0, 0, 0)

    def after(self, what: str, product: InMemoryProduct, minutes: int) -> Iterator[Cost]:
        """Lets so many minutes pass, and says what they cost."""
        product.ticks(timedelta(minutes=minutes), every=timedelta(minutes=5))
        now = (self._meter.saves, self._meter.table, self._meter.in_indexes)
        cost = [new - old for new, old in zip(now, self._before, strict=True)]
        self._before = now
        yield Cost(what, *cost)


def _place(mode: str) -> tuple[InMemoryProduct, _Diary]:
    product = InMemoryProduct(rules=Rules(undo_window_seconds=900, import_mode=mode), export_interval=300)  # type: ignore[arg-type]
    product.lists = True
    product.ledger = ledger = MeteredLedger(product.shops)
    product.tick()
    return product, _Diary(ledger)


def _at_mall(product: InMemoryProduct) -> None:
    product.mall.hold(ORDER)
    product.mall.orders[ORDER] = replace(product.mall.orders[ORDER], items=ITEMS)


def _to_the_end(product: InMemoryProduct, meter: _Diary) -> Iterator[Cost]:
    product.clerk(ORDER, ShopStatus.HANDLED, **PARCEL | {"tracking_number": ""})
    yield from meter.after("shipping", product, 60)
    product.clerk(ORDER, ShopStatus.SETTLED, **PARCEL | {"status_name": "vyřízená"})
    yield from meter.after("shipped", product, 60 * 24)
    today = ShopDate(product.clock.now().date())
    product.clerk(ORDER, ShopStatus.SETTLED, **PARCEL | {"status_name": "vyřízená"}, delivery=today)
    yield from meter.after("delivered", product, 120)
    if product.held(ORDER) is not MarketplaceStatus.DELIVERED:
        raise RuntimeError(
            f"the order is {product.held(ORDER).value}: {product.order(ORDER).work.explanation}"
        )


if __name__ == "__main__":
    main()
