"""Time and randomness."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime


class Clock(Protocol):
    """The only source of time."""

    def now(self) -> datetime:
        """The present moment, aware and in UTC."""
        ...


class Chance(Protocol):
    """The only source of randomness."""

    def jitter(self) -> float:
        """A random number in [0, 1)."""
        ...
