"""Dates as a clerk writes them: a day, perhaps with a time, in the shop's own zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo


TimeOfDay = time
"""``datetime.time`` under a name that the field ``ShopDate.time`` does not hide."""


@dataclass(frozen=True, slots=True)
class ShopDate:
    """A day, with a time of day if the clerk entered one. Both are in the shop's zone."""

    day: date
    """The day."""
    time: TimeOfDay | None = None
    """The time of day; None: the clerk entered none."""

    def __str__(self) -> str:
        """ISO form: ``2026-11-21`` or ``2026-11-21T14:05:00``."""
        if self.time is None:
            return self.day.isoformat()
        return f"{self.day.isoformat()}T{self.time.isoformat()}"

    def earliest(self, zone: ZoneInfo) -> datetime:
        """The first moment (UTC) that this date can mean."""
        return datetime.combine(self.day, self.time or time.min, zone).astimezone(UTC)

    def end(self, zone: ZoneInfo) -> datetime:
        """The moment (UTC) from which this date is past: its time, or the end of its day if it has none."""
        if self.time is not None:
            return self.earliest(zone)
        return datetime.combine(self.day + timedelta(days=1), time.min, zone).astimezone(UTC)


def begin_of(day: date, zone: ZoneInfo) -> datetime:
    """The start of a `day` of `zone`, in UTC."""
    return datetime.combine(day, time.min, zone).astimezone(UTC)
