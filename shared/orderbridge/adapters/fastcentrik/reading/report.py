"""What a reading of a document finds out beside the orders in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from orderbridge.adapters.fastcentrik.profile.dates import read_moment

if TYPE_CHECKING:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from orderbridge.adapters.fastcentrik.profile.schema import Profile

MAX_DESCRIBED = 5
"""Unattributable records that are described one by one; the others are only counted."""

LONGEST_STAMP = 100
"""Characters of the document's own time stamp that are looked at."""


@dataclass(slots=True)
class Unattributable:
    """Records of MALL orders whose number cannot be read: nobody can be told by order, so they are listed here."""

    count: int = 0
    lines: list[str] = field(default_factory=list)

    def add(self, line: str) -> None:
        """Notes a record; `line` says where it is and what is wrong, without its text."""
        self.count += 1
        if len(self.lines) < MAX_DESCRIBED:
            self.lines.append(line)


@dataclass(slots=True)
class _Mended:
    """The first place of a kind, and how many there are."""

    line: int
    place: str
    count: int = 0


@dataclass(slots=True)
class ReadingReport:
    """One reading of one document. Complete once the document was read to its end.

    `stamps` are the different texts that stand where the profile has the document's own time stamp. `made_at` (UTC)
    is that moment; None if the profile names no place, or if it cannot be read, which is a line of `notes`.
    What was mended without guessing is told too, once for each kind.
    """

    unattributable: Unattributable = field(default_factory=Unattributable)
    stamps: list[str] = field(default_factory=list)
    made_at: datetime | None = None
    notes: list[str] = field(default_factory=list)
    _mended: dict[str, _Mended] = field(default_factory=dict)

    def mended(self, what: str, line: int, place: str = "", count: int = 1) -> None:
        """`what` was mended at `line` (and `place` in it), the first of `count` lines. The first of all is told."""
        known = self._mended.setdefault(what, _Mended(line, place))
        known.count += count
        if line < known.line:
            known.line, known.place = line, place

    def stamped(self, text: str) -> None:
        """Takes a text from the place of the document's time stamp."""
        text = " ".join(text[:LONGEST_STAMP].split())
        # Two different ones are too many already.
        if text and text not in self.stamps and len(self.stamps) <= 1:
            self.stamps.append(text)

    def end(self, profile: Profile, zone: ZoneInfo) -> None:
        """The document has been read to its end."""
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
        """What is to be told of the reading: a handful of lines."""
        found = self.unattributable
        more = found.count - len(found.lines)
        counted = [f"{more} more records have no readable MALL order number"] if more else []
        mended = [
            f"line {first.line}{first.place}{f' ({first.count} places)' if first.count > 1 else ''}: {what}"
            for what, first in sorted(self._mended.items())
        ]
        return (*found.lines, *counted, *self.notes, *mended)
