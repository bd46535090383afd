"""A clock that a test moves, and chance that is none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


class ManualClock:
    """Stands still until it is moved."""

    def __init__(self, now: datetime = NOON) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def set(self, now: datetime) -> None:
        self._now = now

    def advance(self, by: timedelta | None = None, *, seconds: float = 0) -> datetime:
        self._now += (by or timedelta()) + timedelta(seconds=seconds)
        return self._now


class FixedChance:
    """Always the same jitter."""

    def __init__(self, jitter: float = 0.5) -> None:
        self.value = jitter

    def jitter(self) -> float:
        return self.value
