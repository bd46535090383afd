"""When a shop's export is fetched (R10.14): each shop at its own moment, and less often if fetches hang."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

STARTS_PER_SECOND = 5
"""How many fetches of a tick begin in a second. They share 40 reads of secrets a second with everything else in the
account and region, and use a part of them. With few shops no shop waits."""
MAX_PHASE = timedelta(minutes=4)
"""How long after a tick the last fetch begins. Shorter than the usual interval of the ticks."""
HUNG_AFTER = timedelta(seconds=10)
"""How long a failing fetch must take to count as hung. A shorter failure delays no other fetch, so it is repeated with
each tick, and a repaired export is seen at once."""
FIRST_WAIT = timedelta(minutes=10)
"""The interval after the second hung fetch in a row. Each further one doubles it."""
MAX_WAIT = timedelta(hours=1)
"""The longest interval between fetches that hang."""
_EARLY = timedelta(seconds=30)
"""How much before its time a fetch is due. Ticks and queues are not punctual."""


def phase(shop: str, shops: int) -> timedelta:
    """How long after a tick this shop is fetched, in whole seconds; the same for each tick. `shops` is their number."""
    window = min(shops // STARTS_PER_SECOND, int(MAX_PHASE.total_seconds()))
    place = int.from_bytes(hashlib.blake2b(shop.encode(), digest_size=8).digest()) / 2**64
    return timedelta(seconds=int(place * window))


def wait_after(hung: int) -> timedelta:
    """The shortest time between the starts of two fetches, after `hung` fetches in a row hung."""
    if hung < 2:  # noqa: PLR2004 - one hung fetch changes nothing
        return timedelta()
    doublings = min(hung - 2, 16)
    return min(FIRST_WAIT * (1 << doublings), MAX_WAIT)


def is_due(begun_at: datetime | None, hung: int, at: datetime) -> bool:
    """Whether a fetch may begin at `at` (UTC). The last one began at `begun_at`, and `hung` fetches in a row hung."""
    return begun_at is None or not hung or at >= begun_at + wait_after(hung) - _EARLY
