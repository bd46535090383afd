"""How often people's requests for the same work are carried out: a few at once, then evenly spaced.

The generic cell rate algorithm: of `Spacing.burst` requests each may follow the one before after `gap`; beyond them one
per `refill`. A request that has to wait is not refused: it has its moment, and answers all that come before that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Spacing:
    """`burst` times in a row, `gap` apart; then once per `refill`."""

    gap: timedelta
    burst: int
    refill: timedelta


@dataclass(frozen=True, slots=True)
class Slot:
    """When asked-for work is carried out next, or was last. `refilled_at`: when all of the burst is there again.

    `new`: nobody had asked for this moment before, so somebody has to see to it.
    """

    at: datetime
    refilled_at: datetime
    new: bool = True


def next_slot(last: Slot | None, now: datetime, spacing: Spacing) -> Slot:
    """The slot of a request at `now`, after `last`.

    Work that begins later than now answers the request, so it shares that slot. Nothing is lost otherwise either: what
    began already may have missed what the request is about, so the request has a slot of its own behind it.
    """
    if last is None:
        return Slot(now, now + spacing.refill)
    if last.at > now:
        return Slot(last.at, last.refilled_at, new=False)
    at = max(now, last.at + spacing.gap, last.refilled_at - (spacing.burst - 1) * spacing.refill)
    return Slot(at, max(at, last.refilled_at) + spacing.refill)
