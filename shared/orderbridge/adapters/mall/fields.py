"""Types of the fields in MALL's answers, as tolerant as its API demands.

It leaves out what has no value, writes numbers as strings and adds fields without notice. A value that makes no sense
is absent, never an error; but for those whose mistaking would cost money, see ``Amount``.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator, ValidationInfo

from orderbridge.adapters.mall.wire import moment

if TYPE_CHECKING:
    from collections.abc import Callable

_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"0", "false", "no", "off"}
_CODE = re.compile(r"[A-Z0-9_.-]{1,60}", re.ASCII)
_MOST_DIGITS = 5
_LARGEST = 2**64
_LARGEST_EXPONENT = 18
_LONGEST_NUMBER = 60
"""Characters of a number that is one: nothing of an order is counted more finely."""
MOST_OBJECTS = 1000
"""Objects of one list within an order, such as its lines or its history."""
MOST_REASONS = 20
"""Reasons for one refusal that are looked at."""


def _text(value: object) -> str:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8").strip()
    if isinstance(value, float) and value.is_integer():
        return format(value, ".0f")
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    return ""


def _flag(value: object) -> bool | None:
    word = str(value).strip().lower() if isinstance(value, (bool, int, float, str)) else ""
    return True if word in _TRUE | {"1.0"} else False if word in _FALSE | {"0.0"} else None


def whole(value: object) -> int | None:
    """The whole number that `value` means, or None; it has 64 bits at most."""
    number = _number(value)
    if number is None or number != number.to_integral_value() or abs(number) >= _LARGEST:
        return None
    return int(number)


def _number(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    text = str(value).strip()
    if len(text) > _LONGEST_NUMBER:
        return None
    try:
        number = Decimal(text)
    except (InvalidOperation, ValueError):
        return None
    # 1e999999999 is a number too, and a gigabyte of text once somebody prints it.
    return number if number.is_finite() and abs(number.adjusted()) <= _LARGEST_EXPONENT + 1 else None


def _moment(value: object, info: ValidationInfo) -> datetime | None:
    zone = (info.context or {}).get("zone", UTC)
    return moment(value, zone) if isinstance(value, str) and isinstance(zone, tzinfo) else None


def _objects(value: object) -> list[dict[str, Any]]:
    """The objects in a list; an object that stands where a list should (as PHP writes some) gives its own."""
    if isinstance(value, dict):
        value = list(value.values())
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _first_objects(value: object) -> list[dict[str, Any]]:
    return _objects(value)[:MOST_OBJECTS]


def _last_objects(value: object) -> list[dict[str, Any]]:
    return _objects(value)[-MOST_OBJECTS:]


def _all_objects(value: object) -> list[dict[str, Any]]:
    objects = _objects(value)
    if len(objects) > MOST_OBJECTS:
        msg = "more than any order has"
        raise ValueError(msg)
    return objects


def _reasons(value: object) -> list[dict[str, Any]]:
    """What is wrong, one object each: of a list, of one object in its place, of bare codes. Empty ones say nothing.

    A bare text that is not a code's may repeat what was sent, so it is not shown.
    """
    if isinstance(value, dict):
        value = [value] if {"message", "errorCode"} & value.keys() else list(value.values())
    reasons = value if isinstance(value, list) else [value]
    said = [one for one in reasons if one]
    return [one if isinstance(one, dict) else {"errorCode": shown_code(one)} for one in said[:MOST_REASONS]]


def shown_code(value: object) -> str:
    """`value` if it is a code, else a question mark: another text may repeat what was sent.

    More digits than a code has may be anybody's: a phone's, an account's, a day of birth.
    """
    text = str(value) if isinstance(value, (str, int)) else ""
    return text if _CODE.fullmatch(text) and sum(map(str.isdigit, text)) <= _MOST_DIGITS else "?"


def _one_object(value: object) -> dict[str, Any] | None:
    """The object, also out of a list of one; an empty list stands for no object."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    return value if isinstance(value, dict) and value else None


def _texts(value: object) -> list[str]:
    items = value if isinstance(value, list) else [value]
    return [text for item in items if (text := _text(item))]


def _readable(read: Callable[[object], Any]) -> Callable[[object], Any]:
    """As `read`, but a value that is there and makes no sense is an error. Never says what the value was."""

    def check(value: object) -> Any:  # noqa: ANN401 - whatever `read` makes of it
        found = read(value)
        absent = value in (None, [], {}) or (isinstance(value, str) and not value.strip())
        holes = isinstance(value, list) and any(
            one is not None and not isinstance(one, dict) for one in value
        )
        if absent or (found not in (None, []) and not holes):
            return found
        msg = "not what MALL documents"
        raise ValueError(msg)

    return check


Text = Annotated[str, BeforeValidator(_text)]
"""Without outer white space; empty if absent."""
Texts = Annotated[tuple[str, ...], BeforeValidator(_texts)]
Flag = Annotated[bool | None, BeforeValidator(_flag)]
Whole = Annotated[int | None, BeforeValidator(whole)]
"""Also ids, which have 64 bits."""
Number = Annotated[Decimal | None, BeforeValidator(_number)]
Moment = Annotated[datetime | None, BeforeValidator(_moment)]
"""UTC. The validation context must name MALL's ``zone``."""
Objects = BeforeValidator(_first_objects)
"""At most the first MOST_OBJECTS of them."""
LastObjects = BeforeValidator(_last_objects)
"""Of a history the newest are needed, and they stand last."""
OneObject = BeforeValidator(_one_object)
Amount = Annotated[Decimal | None, BeforeValidator(_readable(_number))]
"""A number that must not be mistaken: None only if absent, an error if it cannot be read. So the next two."""
AllObjects = BeforeValidator(_readable(_all_objects))
TheObject = BeforeValidator(_readable(_one_object))
Id = Annotated[int | None, BeforeValidator(_readable(whole))]
"""An order's number: whose order it is must not be mistaken."""
Reasons = BeforeValidator(_reasons)
