"""What reading a document finds beside its orders: its time stamp, and problems without an order."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from orderbridge.adapters.fastcentrik.profile.dates import read_moment

if TYPE_CHECKING:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from orderbridge.adapters.fastcentrik.profile.schema import Profile

MAX_DESCRIBED = 5
"""Unattributable records that are described. The others are counted."""

MAX_STAMP = 100
"""Characters of the document's time stamp that are read."""


@dataclass(slots=True)
class Unattributable:
    """Records of MALL orders with an unreadable number. They belong to no known order, so they are listed here."""

    count: int = 0
    lines: list[str] = field(default_factory=list)

    def add(self, line: str) -> None:
        """Adds a record. `line` has its place and its problem, not its text."""
        self.count += 1
        if len(self.lines) < MAX_DESCRIBED:
            self.lines.append(line)


@dataclass(slots=True)
class _Mended:
    """The first place of a kind of mending, and the number of places."""

    line: int
    place: str
    count: int = 0


@dataclass(slots=True)
class ReadingReport:
    """The report on one reading of a document. Complete when the document was read to its end."""

    unattributable: Unattributable = field(default_factory=Unattributable)
    stamps: list[str] = field(default_factory=list)
    """The different texts at the place of the document's time stamp."""
    made_at: datetime | None = None
    """The document's time stamp (UTC). None if the profile has no place for it, or if it is unreadable."""
    notes: list[str] = field(default_factory=list)
    """Problems of the time stamp."""
    _mended: dict[str, _Mended] = field(default_factory=dict)

    def mended(self, what: str, line: int, place: str = "", count: int = 1) -> None:
        """Adds `count` mended places of the kind `what`, the first at `line` (and `place`)."""
        known = self._mended.setdefault(what, _Mended(line, place))
        known.count += count
        if line < known.line:
            known.line, known.place = line, place

    def stamped(self, text: str) -> None:
        """Adds a text from the place of the document's time stamp."""
        text = " ".join(text[:MAX_STAMP].split())
        # Two different texts are enough for a problem.
        if text and text not in self.stamps and len(self.stamps) <= 1:
            self.stamps.append(text)

    def end(self, profile: Profile, zone: ZoneInfo) -> None:
        """Completes the report when the document was read to its end."""
        if profile.document is None:
            return
        place = profile.document.made_at
        if len(self.stamps) == 1:
            self.made_at = read_moment(self.stamps[0], profile.document.read or profile.dates.read, zone)
            if self.made_at is None:
                self.notes.append(
                    f"{place} is not a moment, so the age of the export is not known: correct document.made_at or "
                    "document.read in the profile"
                )
        elif self.stamps:
            self.notes.append(
                f"{place} occurs more than once, with different values, so the age of the export is not known"
            )
        else:
            self.notes.append(
                f"{place} is missing or empty, so the age of the export is not known: correct document.made_at in "
                "the profile"
            )

    @property
    def problems(self) -> tuple[str, ...]:
        """The problems of the reading, in a few lines."""
        found = self.unattributable
        more = found.count - len(found.lines)
        counted = [f"{more} more records have no readable MALL order number"] if more else []
        mended = [
            f"line {first.line}{first.place}{f' ({first.count} places)' if first.count > 1 else ''}: {what}"
            for what, first in sorted(self._mended.items())
        ]
        return (*found.lines, *counted, *self.notes, *mended)
