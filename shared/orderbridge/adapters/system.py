"""The machine's clock and random numbers."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

_random = secrets.SystemRandom()


class SystemClock:
    """The machine's clock, as UTC."""

    def now(self) -> datetime:
        """To the microsecond."""
        return datetime.now(UTC)


def milliseconds(started: float, ended: float) -> int:
    """Milliseconds between two readings of a monotonic clock (seconds), at least 0."""
    return max(0, round((ended - started) * 1000))


class RandomChance:
    """The operating system's random numbers: functions that start at the same moment draw different ones."""

    def jitter(self) -> float:
        """A number in [0, 1)."""
        return _random.random()
