"""How often requests of people for the same work are carried out: a few at once, then evenly spaced (R9.16).

This is the generic cell rate algorithm. A request that must wait is not refused: it gets a slot, and shares it with all
requests that come before that slot begins.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

EARLIEST_START = timedelta(seconds=1)
"""How long before its slot work may begin: queues wait in whole seconds, and the clocks of two machines differ."""


@dataclass(frozen=True, slots=True)
class Spacing:
    """How often one kind of work may be carried out."""

    gap: timedelta
    """The shortest time between two slots."""
    burst: int
    """How many slots may follow each other after `gap`, when none was used for long."""
    refill: timedelta
    """How often one slot becomes free beyond the burst."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A moment at which requested work is carried out."""

    at: datetime
    """When the work is carried out next, or was carried out last (UTC)."""
    refilled_at: datetime
    """When the whole burst is free again (UTC)."""
    new: bool = True
    """True: no earlier request has this slot, so the caller must hand the work on."""


def next_slot(last: Slot | None, now: datetime, spacing: Spacing) -> Slot:
    """The slot of a request at `now`, when `last` is the last slot given (None: there was none).

    A slot that begins later answers the new request as well, so the request shares it. Work that may have begun already
    (``EARLIEST_START``) may miss what the request is about, so the request gets the next slot.
    """
    if last is None:
        return Slot(now, now + spacing.refill)
    if last.at - EARLIEST_START > now:
        return Slot(last.at, last.refilled_at, new=False)
    at = max(now, last.at + spacing.gap, last.refilled_at - (spacing.burst - 1) * spacing.refill)
    return Slot(at, max(at, last.refilled_at) + spacing.refill)
