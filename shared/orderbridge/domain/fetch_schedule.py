"""When a shop's export is fetched: each shop at its own moment of the interval, one that hangs less and less often."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

STARTS_PER_SECOND = 5
"""So many fetches of a tick begin in a second: what they share (reads of secrets: 40 a second for the whole account and
region, with whatever else runs there) is used by a part only. Few shops therefore wait for nothing."""
MAX_PHASE = timedelta(minutes=4)
"""Less than the usual interval of the ticks, so that a tick's fetches have begun before the next one asks."""
HUNG_AFTER = timedelta(seconds=10)
"""A fetch that fails sooner holds nobody up: a thousand of them fit into a tick. So it is repeated with each tick, and
a mended export is seen at once."""
FIRST_WAIT = timedelta(minutes=10)
MAX_WAIT = timedelta(hours=1)
_EARLY = timedelta(seconds=30)
"""Ticks and queues are not punctual; that much before its time a fetch is due."""


def phase(shop: str, shops: int) -> timedelta:
    """How long after a tick for so many `shops` this one is fetched: whole seconds, always the same for its name."""
    window = min(shops // STARTS_PER_SECOND, int(MAX_PHASE.total_seconds()))
    place = int.from_bytes(hashlib.blake2b(shop.encode(), digest_size=8).digest()) / 2**64
    return timedelta(seconds=int(place * window))


def wait_after(hung: int) -> timedelta:
    """How long after the start of the last fetch the next one begins at the earliest, if so many in a row `hung`."""
    if hung < 2:  # noqa: PLR2004 - once is no habit
        return timedelta()
    doublings = min(hung - 2, 16)
    return min(FIRST_WAIT * (1 << doublings), MAX_WAIT)


def is_due(begun_at: datetime | None, hung: int, at: datetime) -> bool:
    """Whether a fetch may begin `at` that moment, if the last one began at `begun_at`."""
    return begun_at is None or not hung or at >= begun_at + wait_after(hung) - _EARLY
