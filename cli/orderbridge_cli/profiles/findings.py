"""What was found for one key of a profile, and how values are shown as evidence."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from orderbridge.adapters.fastcentrik.shop_text import MASK, shown, shown_date
from orderbridge_cli.language import t

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from orderbridge_cli.profiles.survey import Column

_NUMBER = re.compile(r"(?:[A-Za-z]{1,5}[-/ #]?)?[0-9][0-9A-Za-z/_-]{0,30}")
_SHOWN = 3
_MAX_SHOWN = 40
_MAX_DATE = 30


@dataclass(frozen=True, slots=True)
class Candidate:
    """A place that may be the right one, and why it was not simply taken."""

    place: str
    why: str


@dataclass(frozen=True, slots=True)
class Finding:
    """The place found for one key of a profile."""

    key: str
    """The key: ``fields.code``."""
    place: str | None
    """The place that is stated; None: it is open, or there is none."""
    evidence: tuple[str, ...] = ()
    """Why, in sentences for people."""
    candidates: tuple[Candidate, ...] = ()
    """Places that may be meant, if none is stated; else those that are not taken."""
    needed: bool = False
    """Whether no profile can do without."""

    @property
    def is_open(self) -> bool:
        """Whether a person must decide."""
        return self.place is None and (self.needed or bool(self.candidates))


@dataclass(frozen=True, slots=True)
class Rows:
    """Which records are one order: tables may have a row per item."""

    orders: tuple[int, ...] = field(default=(), repr=False)
    """Index of the record → number of its order; empty: each record is one."""
    first_only: bool = False
    """Whether only the first row of an order has what concerns the whole order."""

    def is_constant(self, column: Column) -> bool:
        """Whether `column` has one value in all rows of each order, as the product needs it."""
        known: dict[int, str] = {}
        for record, order in enumerate(self.orders):
            value = column.values.get(record, "")
            if (value or not self.first_only) and known.setdefault(order, value) != value:
                return False
        return True

    def is_unique(self, column: Column) -> bool:
        """Whether each order has a value of its own in `column`, where it has one."""
        owners: dict[str, int] = {}
        return all(
            owners.setdefault(value, self.order_of(record)) == self.order_of(record)
            for record, value in column.values.items()
        )

    def order_of(self, record: int) -> int:
        """The number of the order to which `record` belongs."""
        return self.orders[record] if self.orders else record


def filled(column: Column, records: int) -> str:
    """In how many records `column` has a value, for a sentence."""
    return t("in {filled} of {records} records", filled=len(column.values), records=records)


def seen_numbers(column: Column) -> str:
    """A few values of a column with numbers. What looks like anything else is masked."""
    return _list(_number(value) for value in column.distinct[:_SHOWN])


def _number(value: str) -> str:
    return value if _NUMBER.fullmatch(value) else MASK


def seen_dates(column: Column) -> str:
    """A few values of a column with dates."""
    return _list(shown_date(value, _MAX_DATE) for value in column.distinct[:_SHOWN])


def seen_names(values: Iterable[str]) -> str:
    """Names that the shop chose (states, carriers), contacts masked."""
    return _list(shown(value, _MAX_SHOWN) for value in values)


def _list(texts: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(texts))


def best_of(columns: Sequence[Column], key: str, why: str, *, needed: bool = False) -> Finding:
    """An open finding with all of `columns` as candidates."""
    return Finding(key, None, candidates=tuple(Candidate(c.place, why) for c in columns), needed=needed)
