"""How long to wait after a failure. Exponential, between half and the whole of it by chance, which is passed in."""

from __future__ import annotations

from datetime import timedelta

FIRST_SECONDS = 4.0
MAX_SECONDS = 15 * 60.0
SHORT_RETRIES = 4
"""So many failures in a row are waited out by a message's visibility; after that the record waits.
Every wait by visibility counts as a receive, and too many receives end in the dead-letter queue."""


def delay(failures: int, jitter: float) -> timedelta:
    """The wait after `failures` failures in a row (1, 2, …); `jitter` in [0, 1) spreads it over its upper half."""
    longest = min(MAX_SECONDS, FIRST_SECONDS * 2 ** min(failures - 1, 16))
    return timedelta(seconds=longest * (0.5 + 0.5 * jitter))
