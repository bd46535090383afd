"""Types of the fields in MALL's answers.

MALL leaves out empty fields, writes numbers as strings and adds fields without notice. So an unusable value counts as
absent and is no error. Fields where that would cost money are strict: see ``Amount``.
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
_MAX_DIGITS = 5
_MAX_VALUE = 2**64
_MAX_EXPONENT = 18
_MAX_NUMBER = 60
"""Characters that a number may have."""
MAX_OBJECTS = 1000
"""Objects of one list within an order, such as its lines or its history."""
MAX_REASONS = 20
"""Reasons for one refusal that are read."""


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
    """The whole number (64 bits at most) that `value` means, or None."""
    number = _number(value)
    if number is None or number != number.to_integral_value() or abs(number) >= _MAX_VALUE:
        return None
    return int(number)


def _number(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    text = str(value).strip()
    if len(text) > _MAX_NUMBER:
        return None
    try:
        number = Decimal(text)
    except (InvalidOperation, ValueError):
        return None
    # 1e999999999 is a number too, and becomes a gigabyte of text when it is printed.
    return number if number.is_finite() and abs(number.adjusted()) <= _MAX_EXPONENT + 1 else None


def _moment(value: object, info: ValidationInfo) -> datetime | None:
    zone = (info.context or {}).get("zone", UTC)
    return moment(value, zone) if isinstance(value, str) and isinstance(zone, tzinfo) else None


def _objects(value: object) -> list[dict[str, Any]]:
    """The objects in a list. PHP writes some lists as an object: then its values count."""
    if isinstance(value, dict):
        value = list(value.values())
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _first_objects(value: object) -> list[dict[str, Any]]:
    return _objects(value)[:MAX_OBJECTS]


def _last_objects(value: object) -> list[dict[str, Any]]:
    return _objects(value)[-MAX_OBJECTS:]


def _all_objects(value: object) -> list[dict[str, Any]]:
    objects = _objects(value)
    if len(objects) > MAX_OBJECTS:
        msg = "more than any order has"
        raise ValueError(msg)
    return objects


def _reasons(value: object) -> list[dict[str, Any]]:
    """The reasons as objects, from a list, from one object in its place, or from bare codes. Empty ones are dropped.

    A bare text that is not a code may repeat what was sent, so it is not shown.
    """
    if isinstance(value, dict):
        value = [value] if {"message", "errorCode"} & value.keys() else list(value.values())
    reasons = value if isinstance(value, list) else [value]
    said = [one for one in reasons if one]
    return [one if isinstance(one, dict) else {"errorCode": shown_code(one)} for one in said[:MAX_REASONS]]


def shown_code(value: object) -> str:
    """`value` if it is a code, else a question mark: another text may repeat what was sent.

    A text with more digits than a code has may be a phone number, an account number or a date of birth.
    """
    text = str(value) if isinstance(value, (str, int)) else ""
    return text if _CODE.fullmatch(text) and sum(map(str.isdigit, text)) <= _MAX_DIGITS else "?"


def _one_object(value: object) -> dict[str, Any] | None:
    """The object, also from a list of one. An empty list means no object."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    return value if isinstance(value, dict) and value else None


def _texts(value: object) -> list[str]:
    items = value if isinstance(value, list) else [value]
    return [text for item in items if (text := _text(item))]


def _readable(read: Callable[[object], Any]) -> Callable[[object], Any]:
    """Like `read`, but an unusable value is an error, which does not show the value."""

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
"""Stripped; empty if absent."""
Texts = Annotated[tuple[str, ...], BeforeValidator(_texts)]
Flag = Annotated[bool | None, BeforeValidator(_flag)]
Whole = Annotated[int | None, BeforeValidator(whole)]
"""Also for ids, which have 64 bits."""
Number = Annotated[Decimal | None, BeforeValidator(_number)]
Moment = Annotated[datetime | None, BeforeValidator(_moment)]
"""UTC. The validation context must name MALL's ``zone``."""
Objects = BeforeValidator(_first_objects)
"""At most the first MAX_OBJECTS."""
LastObjects = BeforeValidator(_last_objects)
"""At most the last MAX_OBJECTS: in a history the newest entries are last."""
OneObject = BeforeValidator(_one_object)
Amount = Annotated[Decimal | None, BeforeValidator(_readable(_number))]
"""A strict number: None only if absent, an error if unreadable. The next two are strict too."""
AllObjects = BeforeValidator(_readable(_all_objects))
TheObject = BeforeValidator(_readable(_one_object))
Id = Annotated[int | None, BeforeValidator(_readable(whole))]
"""An order's number. Strict: a wrong one would mix up two orders."""
Reasons = BeforeValidator(_reasons)
