"""The filters of MALL's lists: any field of a basic object, with a modifier or without.

`?mdp=true`, `?id=in:1,2`, `?shipped=neq:$null`, `?open=bt:2026-11-01 00:00:00,2026-11-30 23:59:59`. Without a modifier
it is `eq`; several values without one are `in`. An order meets them all.

| modifier | meets |
|---|---|
| `eq` | the value; `$null`: no value |
| `neq`, `ne` | any other value, or none; `$null`: any value |
| `gt`, `ge`, `lt`, `le` | a value that is greater, … |
| `in`, `nin` | one of the values; none of them |
| `bt`, `nbt` | from the first to the second value, both included; outside |

Numbers are compared as numbers, booleans are `true`, `false`, `1` or `0`, all else is compared as the text that the
list shows: dates and times begin with the year.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from sandbox.mall.orders import SORTABLE, STATUSES
from sandbox.mall.rules import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sandbox.http import Json

NULL = "$null"
BOOLEANS: Mapping[str, bool] = {"true": True, "1": True, "false": False, "0": False}
_BOOLEAN_FIELDS = frozenset({"confirmed", "test", "mdp", "mdp_classic", "mdp_spectrum"})
_NUMBER_FIELDS = frozenset({"customer_id", "id", "purchase_id", "cod"})

_Value = Any
"""What a field is compared as: a boolean, a number, a text; None for no value."""


def _between(value: _Value, asked: list[_Value]) -> bool:
    return value is not None and asked[0] <= value <= asked[1]


_MODIFIERS: Mapping[str, Callable[[_Value, list[_Value]], bool]] = {
    "eq": lambda value, asked: value == asked[0],
    "neq": lambda value, asked: value != asked[0],
    "ne": lambda value, asked: value != asked[0],
    "gt": lambda value, asked: value is not None and value > asked[0],
    "ge": lambda value, asked: value is not None and value >= asked[0],
    "lt": lambda value, asked: value is not None and value < asked[0],
    "le": lambda value, asked: value is not None and value <= asked[0],
    "in": lambda value, asked: value in asked,
    "nin": lambda value, asked: value not in asked,
    "bt": _between,
    "nbt": lambda value, asked: not _between(value, asked),
}
_SEVERAL = frozenset({"in", "nin"})
_PAIRS = frozenset({"bt", "nbt"})
_NULLABLE = frozenset({"eq", "neq", "ne", *_SEVERAL})


@dataclass(frozen=True, slots=True)
class Filter:
    """One condition."""

    field: str
    modifier: str
    asked: list[_Value]

    def meets(self, shown: Json) -> bool:
        """Whether the order that a list shows so meets it."""
        value = shown.get(self.field)
        return _MODIFIERS[self.modifier](None if value is None else _value(self.field, value), self.asked)


def read_filters(args: Mapping[str, str], beside: tuple[str, ...]) -> list[Filter]:
    """The conditions among the query's parameters; `beside` are parameters that mean something else.

    Raises Refusal (400) for a value that the field cannot have. Parameters that name no field are left alone.
    """
    return [_read(field, text) for field, text in args.items() if field in SORTABLE and field not in beside]


def _read(field: str, text: str) -> Filter:
    modifier, colon, rest = text.partition(":")
    if not colon or modifier not in _MODIFIERS:
        modifier, rest = "in" if "," in text else "eq", text
    texts = rest.split(",") if modifier in _SEVERAL | _PAIRS else [rest]
    if modifier in _PAIRS and len(texts) != 2:  # noqa: PLR2004 - a pair
        raise Refusal("FILTER", f"{field}: {modifier} takes two values.", 400, field)
    if NULL in texts and modifier not in _NULLABLE:
        raise Refusal("FILTER", f"{field}: $null does not go with {modifier}.", 400, field)
    return Filter(field, modifier, [None if one == NULL else _asked(field, one) for one in texts])


def _asked(field: str, text: str) -> _Value:
    value = _value(field, text)
    if value is None or (field == "status" and value not in STATUSES):
        raise Refusal("FILTER", f"{field} cannot have that value.", 400, field)
    return value


def _value(field: str, value: object) -> _Value:
    """What `value` is compared as; None if the field cannot have it."""
    text = str(value)
    if field in _BOOLEAN_FIELDS:
        return BOOLEANS.get(text.lower())
    if field in _NUMBER_FIELDS:
        try:
            number = Decimal(text)
        except InvalidOperation:
            return None
        return number if number.is_finite() else None
    return text
