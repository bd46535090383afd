"""The cursor of a list of orders: opaque to callers, checked when it is used."""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING, get_args

from orderbridge.adapters.aws.table import text_of
from orderbridge.domain.orders import HoldCode
from orderbridge.ports import CursorError, Matter

if TYPE_CHECKING:
    from orderbridge.ports import Period

ANY_HOLD = "any"

_UPDATE_KEY = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z#\d{1,20}", re.ASCII)
_LONGEST = 500
_PROBLEM = "cursor: not one of this list: start again without a cursor"


@dataclass(frozen=True, slots=True)
class Listing:
    """The list that is read. A cursor continues only the list that it came from.

    `since` (included) and `before` (excluded) are the period of the last change, as the table's texts. An `update_key`
    is such a text and ``#`` with a number, so text comparison is comparison in time.
    """

    shop: str
    status: str | None = None
    hold: str | None = None
    matter: str | None = None
    since: str | None = None
    before: str | None = None

    def covers(self, update_key: str) -> bool:
        """Whether the order with `update_key` last changed within the period."""
        begun = self.since is None or self.since <= update_key
        return begun and (self.before is None or update_key < self.before)


def listing(
    shop: str,
    *,
    status: str | None,
    hold: HoldCode | str | None,
    matter: Matter | None,
    changed: Period | None,
    limit: int,
) -> Listing:
    """The requested list.

    Raises ValueError (one line) for an unknown hold or matter, a matter beside a status or a hold, a period that ends
    before it begins, and a `limit` below 1.
    """
    if limit < 1:
        raise ValueError(f"limit is {limit}: use 1 or more")
    if hold is not None and hold != ANY_HOLD and hold not in set(HoldCode):
        raise ValueError(f"hold: unknown code: use {ANY_HOLD}, {', '.join(sorted(HoldCode))}")
    if matter is not None and matter not in get_args(Matter):
        raise ValueError(f"matter: unknown: use {', '.join(get_args(Matter))}")
    if matter is not None and (status is not None or hold is not None):
        raise ValueError(f"matter: {matter} goes with no status and no hold: leave them out")
    since = None if changed is None or changed.since is None else text_of(changed.since)
    before = None if changed is None or changed.before is None else text_of(changed.before)
    if since is not None and before is not None and before < since:
        raise ValueError(f"changed: the period ends ({before}) before it begins ({since})")
    return Listing(shop, status, None if hold is None else str(hold), matter, since, before)


def encode(of: Listing, update_key: str) -> str:
    """The cursor after the order with `update_key` (``{updated_at}#{mall_order_id}``). URL-safe ASCII."""
    content = [*astuple(of), update_key]
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


def decode(of: Listing, cursor: str) -> str:
    """The `update_key` to continue after. Raises CursorError unless `cursor` belongs to the list `of`.

    A cursor is neither secret nor signed. Partition and period come from `of`, so a forged cursor can only start at
    another place of the same shop's list.
    """
    if len(cursor) > _LONGEST or not cursor.isascii():
        raise CursorError(_PROBLEM)
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        content = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError):
        raise CursorError(_PROBLEM) from None
    match content:
        case [*identity, str(update_key)] if (
            identity == list(astuple(of)) and _UPDATE_KEY.fullmatch(update_key) and of.covers(update_key)
        ):
            return update_key
        case _:
            raise CursorError(_PROBLEM)
