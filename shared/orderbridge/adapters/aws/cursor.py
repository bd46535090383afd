"""The cursor of the list of orders: opaque to callers, checked when it comes back."""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass

from orderbridge.domain.orders import HoldCode

ANY_HOLD = "any"

_UPDATE_KEY = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z#\d{1,20}", re.ASCII)
_LONGEST = 400
_PROBLEM = "cursor: not one of this list: start again without a cursor"


@dataclass(frozen=True, slots=True)
class Listing:
    """Which list is read: a cursor continues only the list that it came from."""

    shop: str
    status: str | None
    hold: str | None


def listing(shop: str, *, status: str | None, hold: HoldCode | str | None, limit: int) -> Listing:
    """The list that is asked for. Raises ValueError (one line) for an unknown hold and a `limit` below 1."""
    if limit < 1:
        raise ValueError(f"limit is {limit}: use 1 or more")
    if hold is not None and hold != ANY_HOLD and hold not in set(HoldCode):
        raise ValueError(f"hold: unknown code: use {ANY_HOLD}, {', '.join(sorted(HoldCode))}")
    return Listing(shop, status, None if hold is None else str(hold))


def encode(of: Listing, update_key: str) -> str:
    """The cursor behind the order with `update_key` (``{updated_at}#{mall_order_id}``). URL-safe ASCII."""
    content = [of.shop, of.status, of.hold, update_key]
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


def decode(of: Listing, cursor: str) -> str:
    """The `update_key` to continue behind. Raises ValueError (one line) unless `cursor` belongs to the list `of`.

    It is no secret and not signed: the partition that is read comes from `of` alone, so a forged cursor
    can at most start at another place of the same shop's list.
    """
    if len(cursor) > _LONGEST or not cursor.isascii():
        raise ValueError(_PROBLEM)
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        content = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError):
        raise ValueError(_PROBLEM) from None
    match content:
        case [of.shop, of.status, of.hold, str(update_key)] if _UPDATE_KEY.fullmatch(update_key):
            return update_key
        case _:
            raise ValueError(_PROBLEM)
