"""The cursor of a list of orders or actions: opaque to callers, checked when it is used."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from orderbridge.adapters.aws.table import moment_of, text_of
from orderbridge.domain.cursors import decoded, encoded
from orderbridge.errors import CursorError

if TYPE_CHECKING:
    from orderbridge.domain.lists import Listing, Period

_UPDATE_KEY = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z#\d{1,20}", re.ASCII)


def encode(of: Listing, update_key: str) -> str:
    """The cursor of the list `of`, behind the order with `update_key`. URL-safe ASCII."""
    return encoded([*_identity(of), update_key])


def decode(of: Listing, cursor: str) -> str:
    """The `update_key` to continue after. Raises CursorError unless `cursor` belongs to the list `of`.

    A cursor is neither secret nor signed. Partition and period come from `of`, so a forged cursor can only start at
    another place of the same shop's list.
    """
    match decoded(cursor):
        case [*identity, str(update_key)] if (
            identity == _identity(of) and _UPDATE_KEY.fullmatch(update_key) and is_in(of.changed, update_key)
        ):
            return update_key
        case _:
            raise CursorError


def _identity(of: Listing) -> list[str | None]:
    """Which list it is: a cursor continues only the list that it came from."""
    order = "oldest first" if of.oldest_first else None
    return [of.shop, of.status, of.hold, of.matter, order, *ends_of(of.changed)]


def ends_of(period: Period) -> list[str | None]:
    """Start and end of `period` as texts."""
    return [None if end is None else text_of(end) for end in (period.since, period.before)]


def is_in(period: Period, place: str) -> bool:
    """Whether the moment at the beginning of `place` (up to ``#``) is in `period`."""
    try:
        return period.covers(moment_of(place.partition("#")[0]))
    except ValueError:  # the form of a moment, and no moment: 31 February
        return False
