"""Surveys an XML sample: which element holds one order, and what stands in it.

Documents are read as the product reads them: streamed, mended, without document types, within its limits.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING
from xml.parsers import expat

from orderbridge.adapters.fastcentrik.reading.mending import MendedDocument
from orderbridge.adapters.fastcentrik.reading.record import CHUNK, MAX_RECORD
from orderbridge.adapters.fastcentrik.reading.report import ReadingReport
from orderbridge.adapters.fastcentrik.reading.xml_codec import MAX_DEPTH, MAX_NAMES, local_name, safe_parser
from orderbridge_cli.language import t
from orderbridge_cli.profiles.names import ITEM, Name, name_of
from orderbridge_cli.profiles.sample import UnusableSampleError
from orderbridge_cli.profiles.survey import MAX_CELLS, MAX_PLACE, MAX_RECORDS, Column, Survey

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from orderbridge_cli.profiles.sample import Encoding

MAX_STRUCTURE = 8 * 1024 * 1024
"""Bytes that are searched for the element of an order."""
MAX_PATHS = 20_000
"""Different paths of elements."""
_MAX_TEXT = 1_000
_ORDER = ("objednavka", "order", "zakazka", "obj", "purchase", "shoporder", "eshoporder", "prijataobjednavka")
_LEAST = 2
"""Scores closer than this leave it open which element is an order."""
_ENOUGH = 3


@dataclass(slots=True)
class _Element:
    """What is known of the elements with one path."""

    count: int = 0
    inside: set[str] = field(default_factory=set)
    """Names of elements and attributes in it."""
    siblings: int = 0
    """The most of them in one parent."""


@dataclass(frozen=True, slots=True)
class RecordPlace:
    """Which element holds one order."""

    path: str | None
    """None: it is not certain."""
    evidence: tuple[str, ...]
    others: tuple[str, ...]
    """Other elements that may be it, the likeliest first."""


def record_place(document: IO[bytes], encoding: Encoding) -> RecordPlace:
    """The element of an order in the first MAX_STRUCTURE bytes. Raises UnusableSampleError, ExportProblemError."""
    structure = _Structure()
    _parse(document, encoding, structure, MAX_STRUCTURE)
    scores = _scores(structure.elements)
    ranked = sorted(scores, key=lambda path: (-scores[path], len(path)))
    if not ranked or scores[ranked[0]] < _ENOUGH:
        said = t("No element repeats, and none is called an order.")
        return RecordPlace(None, (said,), tuple("/".join(path) for path in ranked[:3]))
    best, others = ranked[0], tuple("/".join(path) for path in ranked[1:4])
    found = structure.elements[best]
    said = t(
        "{count} elements, each with up to {inside} elements and attributes of its own.",
        count=found.count,
        inside=len(found.inside),
    )
    if len(ranked) > 1 and scores[best] - scores[ranked[1]] < _LEAST:
        return RecordPlace(None, (said,), ("/".join(best), *others))
    return RecordPlace("/".join(best), (said,), others)


def _scores(elements: Mapping[tuple[str, ...], _Element]) -> dict[tuple[str, ...], int]:
    """How much each element looks like an order: by its name, its repetition, and what is in it."""
    scores: dict[tuple[str, ...], int] = {}
    repeated = {path for path, element in elements.items() if element.siblings > 1 and element.inside}
    for path, element in elements.items():
        if len(path) < _LEAST or len(element.inside) < _LEAST:
            continue
        called = _called_order(name_of(path[-1]))
        within = any(path[:depth] in repeated for depth in range(1, len(path)))
        under_order = any(_called_order(name_of(name)) == 1 for name in path[1:-1])
        score = 4 * called + 3 * (path in repeated) + 1 * (element.count > 1)
        score -= 3 * (within and called < 1) + 4 * under_order
        if score > 0:
            scores[path] = score
    return scores


def _called_order(name: Name) -> int:
    """1: the element is called an order. -1: an item, or another part of one."""
    if name.says(ITEM):
        return -1
    return 1 if name.joined in _ORDER else 0


def xml_survey(document: IO[bytes], encoding: Encoding, record: str) -> Survey:
    """What stands in the elements at `record`. Raises UnusableSampleError, ExportProblemError."""
    reader = _Records(record.split("/"))
    _parse(document, encoding, reader, None)
    survey = reader.survey
    above = {place[:at] for place in reader.columns for at, sign in enumerate(place) if sign in "/@"}
    # An element that only holds others is no place of a value.
    survey.columns = [c for c in reader.columns.values() if c.values or c.place not in above]
    return survey


class _Walker:
    """Follows the elements of a document."""

    done = False
    """Nothing more is needed."""

    def __init__(self) -> None:
        self.path: list[str] = []

    def start(self, full_name: str, attributes: Sequence[str]) -> None:
        """An element begins."""
        self.path.append(local_name(full_name))
        if len(self.path) > MAX_DEPTH:
            raise UnusableSampleError(t("Elements are nested more than {limit} deep.", limit=MAX_DEPTH))
        self.begun(attributes)

    def end(self, _name: str) -> None:
        """An element ends."""
        self.ended()
        self.path.pop()

    def begun(self, attributes: Sequence[str]) -> None:
        """The element `path` has begun."""

    def ended(self) -> None:
        """The element `path` is ending."""

    def data(self, text: str) -> None:
        """A piece of text in the element `path`."""


def _parse(document: IO[bytes], encoding: Encoding, walker: _Walker, limit: int | None) -> None:
    """Walks through `document`: its first `limit` bytes, or until the walker is done."""
    document.seek(0)
    parser = safe_parser(encoding)
    parser.StartElementHandler, parser.EndElementHandler = walker.start, walker.end
    parser.CharacterDataHandler = walker.data
    mended = MendedDocument(document, ReadingReport())
    fed = 0
    try:
        while not walker.done and (limit is None or fed < limit) and (chunk := mended.read(CHUNK)):
            fed += len(chunk)
            parser.Parse(chunk, False)  # noqa: FBT003 - expat takes it by position
            if fed - max(parser.CurrentByteIndex, 0) > MAX_RECORD + CHUNK:
                raise UnusableSampleError(t("A tag or a text of the sample does not end."))
        if not walker.done and (limit is None or fed < limit):
            parser.Parse(b"", True)  # noqa: FBT003 - as above
    except expat.ExpatError as error:
        line = error.lineno + mended.lines_left_out
        said = expat.ErrorString(error.code)
        raise UnusableSampleError(
            t("The sample is no well-formed XML: line {line}, {said}.", line=line, said=said)
        ) from None
    except (LookupError, ValueError):
        raise UnusableSampleError(t("The encoding of the sample's XML declaration cannot be read.")) from None


class _Structure(_Walker):
    """Counts the elements of each path."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: dict[tuple[str, ...], _Element] = {}
        self._children: list[Counter[str]] = [Counter()]

    def begun(self, attributes: Sequence[str]) -> None:
        path = tuple(self.path)
        element = self.elements.setdefault(path, _Element())
        if len(self.elements) > MAX_PATHS:
            raise UnusableSampleError(
                t("The sample has more than {limit} kinds of elements.", limit=MAX_PATHS)
            )
        element.count += 1
        element.inside.update(f"@{name}" for name in attributes[:MAX_NAMES:2])
        siblings = self._children[-1]
        siblings[path[-1]] += 1
        element.siblings = max(element.siblings, siblings[path[-1]])
        if len(path) > 1:
            self.elements[path[:-1]].inside.add(path[-1])
        self._children.append(Counter())

    def ended(self) -> None:
        self._children.pop()


class _Records(_Walker):
    """Keeps what stands in the elements of one path."""

    def __init__(self, record: list[str]) -> None:
        super().__init__()
        self.survey = Survey()
        self.columns: dict[str, Column] = {}
        self._record = record
        self._pieces: list[str] = []
        self._kept = 0

    @property
    def _inside(self) -> bool:
        return self.path[: len(self._record)] == self._record

    def begun(self, attributes: Sequence[str]) -> None:
        if not self._inside:
            return
        place = "/".join(self.path[len(self._record) :])
        self._pieces.append("")
        for name, value in zip(attributes[::2], attributes[1::2], strict=True):
            if local := local_name(name):
                self._keep(f"{place}@{local}", value)

    def data(self, text: str) -> None:
        if self._pieces and len(self._pieces[-1]) < _MAX_TEXT:
            self._pieces[-1] += text[:_MAX_TEXT]

    def ended(self) -> None:
        if not self._inside:
            return
        text = self._pieces.pop()
        place = "/".join(self.path[len(self._record) :])
        if place:
            self._keep(place, text)
            return
        if self.done:  # the parser has the rest of its last piece
            return
        self.survey.records += 1
        if self.survey.records >= MAX_RECORDS or self._kept >= MAX_CELLS:
            self.done, self.survey.complete = True, False

    def _keep(self, place: str, text: str) -> None:
        if self.done or len(place) > MAX_PLACE:
            return
        column = self.columns.get(place)
        if column is None:
            if len(self.columns) >= MAX_NAMES:
                raise UnusableSampleError(
                    t("An order of the sample has more than {limit} places.", limit=MAX_NAMES)
                )
            column = self.columns[place] = Column(place)
        self._kept += column.add(self.survey.records, text)
