"""What DynamoDB charges for writes, counted from the items that are written and from the template's indexes.

By DynamoDB's rules: a unit for each kilobyte begun of the larger of the old and the new item, twice as many in a
transaction. An index costs as much again of what it projects: nothing where that stays the same, one write where it
changes, a deletion and a write where its key changes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from math import ceil
from typing import TYPE_CHECKING, Any

from orderbridge.adapters.aws import table as layout
from tests.fakes import FakeLedger
from tests.unit.functions import template

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from orderbridge.domain.orders import DeadLetter, OrderState
    from orderbridge.domain.steps import Attempt, Step

Item = dict[str, Any]
KILOBYTE = 1024


def size_of(item: Mapping[str, Any]) -> int:
    """The bytes of an item in DynamoDB's own form."""
    return sum(len(name.encode()) + _value_size(value) for name, value in item.items())


def _value_size(typed: Mapping[str, Any]) -> int:
    ((kind, value),) = typed.items()
    match kind:
        case "S":
            return len(value.encode())
        case "N":
            digits = len(Decimal(value).normalize().as_tuple().digits)
            return ceil(digits / 2) + 1
        case "M":
            return 3 + sum(len(name.encode()) + _value_size(one) + 1 for name, one in value.items())
        case "L":
            return 3 + sum(_value_size(one) + 1 for one in value)
        case _:
            return 1


@dataclass(frozen=True)
class Index:
    """One of the table's indexes. `names`: what it projects; None: everything."""

    keys: tuple[str, ...]
    names: frozenset[str] | None

    def projected(self, item: Item | None) -> Item | None:
        """What the index holds of `item`; None if the item is not in it."""
        if item is None or any(key not in item for key in self.keys):
            return None
        if self.names is None:
            return item
        return {name: value for name, value in item.items() if name in self.names}

    def units(self, old: Item | None, new: Item | None) -> int:
        """What a change of an item costs here."""
        before, after = self.projected(old), self.projected(new)
        if before == after:
            return 0
        if before is not None and after is not None and all(before[key] == after[key] for key in self.keys):
            return _units(max(size_of(before), size_of(after)))
        return sum(_units(size_of(one)) for one in (before, after) if one is not None)


def indexes() -> dict[str, Index]:
    """Those of the table in template.yaml."""
    (table,) = template.of_type("AWS::DynamoDB::Table").values()
    found = {}
    for one in table["GlobalSecondaryIndexes"]:
        keys = tuple(key["AttributeName"] for key in one["KeySchema"])
        projection = one["Projection"]
        every = projection["ProjectionType"] == "ALL"
        names = frozenset({"pk", "sk", *keys, *projection.get("NonKeyAttributes", ())})
        found[one["IndexName"]] = Index(keys, None if every else names)
    return found


def _units(size: int) -> int:
    return max(1, ceil(size / KILOBYTE))


@dataclass
class Meter:
    """Counts what is written to the table, and where."""

    items: dict[tuple[str, str], Item] = field(default_factory=dict)
    table: int = 0
    in_indexes: int = 0
    saves: int = 0

    def __post_init__(self) -> None:
        self._indexes = indexes()

    @property
    def units(self) -> int:
        """All of it."""
        return self.table + self.in_indexes

    def put(self, items: Sequence[Item]) -> None:
        """One request: a transaction where there are several items."""
        self.saves += 1
        times = 1 if len(items) == 1 else 2
        for item in items:
            key = (item["pk"]["S"], item["sk"]["S"])
            old = self.items.get(key)
            self.table += times * _units(max(size_of(item), 0 if old is None else size_of(old)))
            self.in_indexes += sum(index.units(old, item) for index in self._indexes.values())
            self.items[key] = item


class MeteredLedger(FakeLedger):
    """Counts what the real one would be charged."""

    def __init__(self, *args: Any) -> None:  # noqa: ANN401 - FakeLedger's own
        super().__init__(*args)
        self.meter = Meter()

    def save(
        self, order: OrderState, steps: Sequence[Step] = (), attempts: Sequence[Attempt] = ()
    ) -> OrderState:
        saved = super().save(order, steps, attempts)
        records = [layout.step_item(order, step) for step in layout.closed_of(order, steps)]
        records += [layout.attempt_item(order, attempt) for attempt in attempts]
        self.meter.put([layout.order_item(saved), *records])
        return saved

    def park(self, letter: DeadLetter) -> None:
        super().park(letter)
        self.meter.put([layout.letter_item(letter)])
