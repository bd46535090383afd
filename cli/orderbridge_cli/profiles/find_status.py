"""Finds the state of an order, and the names that the shop gives its states."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from orderbridge.domain.statuses import ShopStatus, fold, shop_status
from orderbridge_cli.language import t
from orderbridge_cli.profiles.findings import Candidate, Finding, filled, seen_names
from orderbridge_cli.profiles.names import (
    EXTERNAL,
    ITEM,
    NOTE,
    PAPER,
    PARCEL,
    PARTY,
    PAYMENT,
    Name,
    name_of,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orderbridge_cli.profiles.findings import Rows
    from orderbridge_cli.profiles.survey import Column, Survey

KEY = "fields.status"
_STATE = ("stavobj", "stavzakazky", "orderstat", "currentstat")
_STATE_WORDS = frozenset({"stav", "status", "state", "stavu"})
_OTHERS = (
    *(*ITEM, *PARTY, *PAPER, *PAYMENT, *PARCEL, *NOTE, *EXTERNAL),
    *("doprav", "delivery", "shipping", "shipment", "export", "import", "sync", "date", "datum", "zmen"),
    *("predchoz", "predosl", "previous", "minul", "histor", "old", "reklam", "claim", "return", "vrat"),
)
_ENGLISH = frozenset(
    {
        "pending",
        "partially settled",
        "handled with",
        "being handled",
        "in process",
        "settled",
        "completed",
        "done",
    }
    | {"cancelled", "canceled"}
)
_MAX_NAMES = 40
_LEAST_SHARE = 0.3


@dataclass(frozen=True, slots=True)
class StateName:
    """A name of a state in the sample."""

    name: str
    records: int
    status: ShopStatus | None
    """None: the name is unknown, and nothing is guessed."""


def find_status(survey: Survey, rows: Rows) -> tuple[Finding, tuple[StateName, ...]]:
    """The place of the state, and all its names; no names if the place is open."""
    named = [column for column in survey.columns if _is_state(name_of(column.place))]
    known = [column for column in survey.columns if _share(column) >= _LEAST_SHARE and not _is_other(column)]
    certain = [column for column in known if column in named or _is_czech(column)]
    likely = certain or [column for column in named if _may_be_names(column)]
    if len(likely) > 1:
        # A number beside the name of the same state.
        likely = [column for column in likely if not all(map(str.isdigit, column.distinct))] or likely
        explicit = [column for column in likely if name_of(column.place).says(_STATE)]
        likely = explicit if len(explicit) == 1 else likely
    fitting = [column for column in likely if _why_not(column, survey, rows) is None]
    if len(fitting) == 1 and len(likely) == 1:
        column = fitting[0]
        names = _names(column)
        others = _others([c for c in [*named, *known] if c is not column], survey, rows)
        return Finding(KEY, column.place, _evidence(column, names, survey), others, needed=True), names
    said = t("Several places may be the state.") if len(likely) > 1 else t("No place is certainly the state.")
    candidates = _others(likely or [*named, *known], survey, rows)
    return Finding(KEY, None, (said,), candidates, needed=True), ()


def _evidence(column: Column, names: Sequence[StateName], survey: Survey) -> tuple[str, ...]:
    known = sum(name.records for name in names if name.status is not None)
    return (
        t(
            "A value {filled}; known names of states: {known}.",
            filled=filled(column, survey.records),
            known=known,
        ),
    )


def _others(columns: Sequence[Column], survey: Survey, rows: Rows) -> tuple[Candidate, ...]:
    return tuple(
        Candidate(
            place,
            _why_not(column, survey, rows)
            or t("{share} % of the values are known names", share=round(100 * _share(column))),
        )
        for place, column in {column.place: column for column in columns}.items()
    )


def _is_state(name: Name) -> bool:
    own = frozenset(
        {"name", "nazev", "text", "id", "code", "kod", "order", "objednavky", "obj", "current", "cislo"}
    )
    words = name.words - own
    called = name.says(_STATE) or (bool(words) and words <= _STATE_WORDS) or name.joined in _STATE_WORDS
    inside = name.joined in {"name", "nazev", "text", "code", "id"} and bool(name.above_words & _STATE_WORDS)
    return (called or inside) and not name.mall and not name.concerns(_OTHERS)


def _is_other(column: Column) -> bool:
    name = name_of(column.place)
    return name.mall or name.concerns(_OTHERS)


def _share(column: Column) -> float:
    """The share of values that are known names."""
    values = Counter(column.values.values())
    return sum(values[v] for v in values if shop_status(v) is not None) / max(1, len(column.values))


def _is_czech(column: Column) -> bool:
    """Whether the known names are Czech or Slovak ones, which mean nothing but an order's state.

    "Done" may be the state of anything.
    """
    names = {fold(value) for value in column.distinct if shop_status(value) is not None}
    return bool(names - _ENGLISH)


def _may_be_names(column: Column) -> bool:
    return 0 < len(column.distinct) <= _MAX_NAMES


def _why_not(column: Column, survey: Survey, rows: Rows) -> str | None:
    if column.repeated:
        return t("several values in one order")
    if len(column.values) < survey.records and not rows.orders:
        return t("a value only {filled}", filled=filled(column, survey.records))
    if not _may_be_names(column):
        return t("too many different values for states")
    if rows.orders and not _same_where_filled(column, rows):
        return t("the rows of one order have different values")
    return None


def _same_where_filled(column: Column, rows: Rows) -> bool:
    known: dict[int, str] = {}
    return all(
        known.setdefault(rows.order_of(record), value) == value for record, value in column.values.items()
    )


def _names(column: Column) -> tuple[StateName, ...]:
    counted = Counter(column.values.values()).most_common()
    return tuple(StateName(name, number, shop_status(name)) for name, number in counted)


def unknown_names(names: Sequence[StateName]) -> str:
    """The unknown names of states, for a sentence."""
    return seen_names(name.name for name in names if name.status is None)
