"""What reading a document finds beside its orders: its time stamp, and problems without an order."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from orderbridge.adapters.fastcentrik.profile.dates import read_moment
from orderbridge.domain.codes.exports import ExportReason, NoteReason
from orderbridge.domain.facts import ShopText, Term
from orderbridge.domain.reasons import because

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from orderbridge.adapters.fastcentrik.profile.schema import Profile
    from orderbridge.domain.reasons import Fact, Reason

MAX_DESCRIBED = 5
"""Unattributable records that are described. The others are counted."""

MAX_STAMP = 100
"""Characters of the document's time stamp that are read."""


def at_line(line: int, why: Reason, order: str = "") -> Reason:
    """`why` with its place in the document. `order` is the order's code, made fit to be shown; empty: unknown."""
    if order:
        return because(ExportReason.AT_ORDER, line=line, order=ShopText(order), why=why)
    return because(ExportReason.AT_LINE, line=line, why=why)


@dataclass(slots=True)
class Unattributable:
    """Records of MALL orders with an unreadable number. They belong to no known order, so they are listed here."""

    count: int = 0
    described: list[Reason] = field(default_factory=list)

    def add(self, note: Reason) -> None:
        """Adds a record. `note` has its place and its problem, not its text."""
        self.count += 1
        if len(self.described) < MAX_DESCRIBED:
            self.described.append(note)


@dataclass(slots=True)
class _Mended:
    """The first place of a kind of mending, and the number of places."""

    line: int
    place: Mapping[str, Fact]
    count: int = 0

    def note(self, code: NoteReason) -> Reason:
        """The note of this kind. Not every kind tells where, and how many places there are."""
        facts: dict[str, Fact] = {"line": self.line, "places": self.count, **self.place}
        return because(code, **{name: facts[name] for name in code.facts})


@dataclass(slots=True)
class ReadingReport:
    """The report on one reading of a document. Complete when the document was read to its end."""

    unattributable: Unattributable = field(default_factory=Unattributable)
    stamps: list[str] = field(default_factory=list)
    """The different texts at the place of the document's time stamp."""
    made_at: datetime | None = None
    """The document's time stamp (UTC). None if the profile has no place for it, or if it is unreadable."""
    notes: list[Reason] = field(default_factory=list)
    """Problems of the time stamp."""
    _mended: dict[NoteReason, _Mended] = field(default_factory=dict)

    def mended(self, what: NoteReason, line: int, count: int = 1, **place: Fact) -> None:
        """Adds `count` mended places of the kind `what`, the first at `line` (and `place`: facts of that code)."""
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
        path = Term(profile.document.made_at)
        if len(self.stamps) == 1:
            self.made_at = read_moment(self.stamps[0], profile.document.read or profile.dates.read, zone)
            if self.made_at is None:
                self.notes.append(because(NoteReason.STAMP_NO_MOMENT, path=path))
        elif self.stamps:
            self.notes.append(because(NoteReason.STAMP_TWICE, path=path))
        else:
            self.notes.append(because(NoteReason.STAMP_MISSING, path=path))

    @property
    def problems(self) -> tuple[Reason, ...]:
        """The problems of the reading: a few, however many places there are."""
        found = self.unattributable
        more = found.count - len(found.described)
        counted = [because(NoteReason.MORE_NO_NUMBER, records=more)] if more else []
        mended = [first.note(code) for code, first in sorted(self._mended.items())]
        return (*found.described, *counted, *self.notes, *mended)
