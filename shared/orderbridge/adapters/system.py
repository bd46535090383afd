"""Time and chance of the machine itself."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

_random = secrets.SystemRandom()


class SystemClock:
    """The machine's clock, as UTC."""

    def now(self) -> datetime:
        """To the microsecond."""
        return datetime.now(UTC)


class RandomChance:
    """The operating system's randomness: two functions started at the same moment never draw alike."""

    def jitter(self) -> float:
        """A number in [0, 1)."""
        return _random.random()
