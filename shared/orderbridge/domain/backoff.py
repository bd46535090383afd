"""How long to wait after a failure (R9.10): exponential, and spread by a random number that the caller passes in."""

from __future__ import annotations

from datetime import timedelta

FIRST_SECONDS = 4.0
"""The longest wait after the first failure, in seconds. Each further failure doubles it."""
MAX_SECONDS = 15 * 60.0
"""The longest wait at all, in seconds."""
MAX_DELAY = timedelta(seconds=MAX_SECONDS)
"""The longest wait at all."""
SHORT_RETRIES = 4
"""How many failures in a row are waited out by the visibility of the step's message. After that the order's record
holds the time. Each wait by visibility counts as a receive, and too many receives end in the dead-letter queue."""


def delay(failures: int, jitter: float) -> timedelta:
    """The wait after `failures` failures in a row (1, 2, …); `jitter` in [0, 1) spreads it over its upper half."""
    longest = min(MAX_SECONDS, FIRST_SECONDS * 2 ** min(failures - 1, 16))
    return timedelta(seconds=longest * (0.5 + 0.5 * jitter))
