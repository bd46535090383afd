"""Cuts an XML document into records, with a streaming parser that refuses document types and entities."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, NoReturn
from xml.parsers import expat

from orderbridge.adapters.fastcentrik.reading.mending import MendedDocument
from orderbridge.adapters.fastcentrik.reading.record import CHUNK, MAX_RECORD, MAX_REPEATED, Record, kept
from orderbridge.adapters.fastcentrik.reading.report import MAX_STAMP, at_line
from orderbridge.adapters.fastcentrik.shop_text import shown
from orderbridge.domain.codes.exports import ExportReason
from orderbridge.domain.facts import ShopText, Term
from orderbridge.domain.reasons import because
from orderbridge.errors import ExportProblemError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orderbridge.adapters.fastcentrik.profile.schema import Profile
    from orderbridge.adapters.fastcentrik.reading.report import ReadingReport
    from orderbridge.domain.reasons import Reason

MAX_DEPTH = 50
"""Depth of nested elements."""

MAX_NAMES = 2000
"""Different names of elements and attributes. The parser keeps all of them in memory."""

MAX_NAME = 1000
"""Characters of such a name."""

_ENCODINGS = {"utf-8-sig": "utf-8", "declared": None}


def xml_records(document: IO[bytes], profile: Profile, report: ReadingReport) -> Iterator[Record]:
    """The records from where `document` stands to its end. Memory holds one chunk and the records in it.

    Some faults are mended: see ``mending``. Raises ExportProblemError for a document that is not well-formed, ends
    early, has another root, declares a document type or entities, is nested or sized absurdly, or has elements but no
    record among them.
    """
    if profile.xml is None:
        raise ValueError("not an XML profile")
    parser = safe_parser(profile.encoding)
    mended = MendedDocument(document, report)
    reader = _Reader(parser, profile, mended, _Stamp(profile, report))
    fed = 0
    while chunk := mended.read(CHUNK):
        fed += len(chunk)
        _feed(parser, chunk, profile, reader)
        reader.refuse_endless(fed)
        yield from reader.take()
    _feed(parser, None, profile, reader)
    yield from reader.take()
    reader.end_of_document()


def safe_parser(encoding: str) -> expat.XMLParserType:
    """A parser of documents in a profile's `encoding`, without handlers. A document type raises ExportProblemError.

    Attributes come as a list of names and values, names with their prefixes.
    """
    # No namespace separator: with one the parser would write the namespace, however long, before every name.
    parser = expat.ParserCreate(_ENCODINGS.get(encoding, encoding))
    parser.buffer_text = parser.ordered_attributes = True
    parser.StartDoctypeDeclHandler = _refuse_document_type
    return parser


def _refuse_document_type(name: str, *_: object) -> NoReturn:
    """Only a document type can declare entities, with which a few lines make gigabytes or read files."""
    # An HTML page with a comment or a declaration before it gets here.
    is_page = name.lower() == "html"
    raise ExportProblemError(because(ExportReason.WEB_PAGE if is_page else ExportReason.XML_DOCUMENT_TYPE))


def _feed(parser: expat.XMLParserType, chunk: bytes | None, profile: Profile, reader: _Reader) -> None:
    """Feeds `chunk`, or ends the document; turns every error of the parser into ExportProblemError."""
    try:
        parser.Parse(chunk or b"", chunk is None)
    except expat.ExpatError as error:
        problem = _broken(error, profile, reader)
    except (LookupError, ValueError):
        problem = because(ExportReason.XML_ENCODING)
    else:
        return
    raise ExportProblemError(problem)


def _broken(error: expat.ExpatError, profile: Profile, reader: _Reader) -> Reason:
    # The parser's message can quote the document, so only its reason is used.
    said = Term(expat.ErrorString(error.code))
    encoding = Term(profile.encoding)
    return reader.at(because(ExportReason.XML_BROKEN, column=error.offset + 1, said=said, encoding=encoding))


class _Node:
    """An element that holds a wanted value, or is above such elements."""

    __slots__ = ("attributes", "children", "path")

    def __init__(self) -> None:
        self.path: str | None = None
        self.attributes: dict[str, str] = {}
        self.children: dict[str, _Node] = {}


def _tree_of(paths: frozenset[str], record_name: str) -> _Node:
    """The wanted places as a tree. Attributes of the record itself are written ``@id`` or ``RECORD@id``."""
    root = _Node()
    for path in paths:
        elements, _, attribute = path.partition("@")
        node = root
        if attribute and elements == record_name:
            elements = ""
        for name in elements.split("/") if elements else ():
            node = node.children.setdefault(name, _Node())
        if attribute:
            node.attributes[attribute] = path
        else:
            node.path = path
    return root


class _Stamp:
    """Finds the document's time stamp outside the records, and adds it to the report."""

    def __init__(self, profile: Profile, report: ReadingReport) -> None:
        self._report = report
        self._path: list[str] | None = None
        self._attribute = ""
        self._text: str | None = None
        if profile.document is not None and profile.xml is not None:
            self._path = profile.document.elements(profile.xml.record)
            self._attribute = profile.document.made_at.partition("@")[2]

    def leads_to(self, place: list[str]) -> bool:
        """Whether `place` is the element of the time stamp, or above it."""
        return self._path is not None and self._path[: len(place)] == place

    def start(self, place: list[str], attributes: list[str]) -> None:
        """An element outside the records begins."""
        if place != self._path:
            return
        if not self._attribute:
            self._text = ""
        for name, value in zip(attributes[::2], attributes[1::2], strict=True):
            if local_name(name) == self._attribute:
                self._report.stamped(value)

    def data(self, text: str) -> None:
        """A piece of text outside the records."""
        if self._text is not None and len(self._text) < MAX_STAMP:
            self._text += text

    def end(self, place: list[str]) -> None:
        """An element outside the records ends."""
        if self._text is not None and place == self._path:
            self._report.stamped(self._text)
            self._text = None


class _Reader:
    """The parser's handlers. Keeps only the wanted values of the present record.

    expat calls the three handlers directly, millions of times per document.
    """

    def __init__(
        self, parser: expat.XMLParserType, profile: Profile, document: MendedDocument, stamp: _Stamp
    ) -> None:
        self._parser = parser
        self._document = document
        self._stamp = stamp
        self._record_path = profile.xml.record.split("/") if profile.xml else []
        self._tree = _tree_of(profile.paths, self._record_path[-1])
        self._code = profile.fields.code
        self._names: dict[str, str] = {}
        self._ready: list[Record] = []
        self._records = 0
        self._unknown_numbers = 0
        self._depth = 0
        self._above: list[str] = []
        # Within a record: the present element, those above it, and the depth at which an unwanted element began.
        self._node: _Node | None = None
        self._pieces: list[str] = []
        self._stack: list[tuple[_Node | None, list[str]]] = []
        self._unwanted = 0
        self._values: dict[str, str] = {}
        self._repeated: dict[str, dict[str, None]] = {}
        self._line = 0
        self._begins_at = 0
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._data

    @property
    def line(self) -> int:
        """The document's line where the parser stands."""
        return self._parser.CurrentLineNumber + self._document.lines_left_out

    def at(self, why: Reason) -> Reason:
        """`why`, where the parser stands: with the order, within a record whose code was already read."""
        code = self._values.get(self._code, "") if self._node is not None else ""
        return at_line(self.line, why, shown(code, 40))

    def take(self) -> list[Record]:
        """The complete records, each once."""
        ready, self._ready = self._ready, []
        return ready

    def refuse_endless(self, fed: int) -> None:
        """Raises ExportProblemError for a record or a tag without end. `fed` is the number of bytes so far."""
        # The parser keeps a tag or comment in memory until it ends.
        if fed - max(self._parser.CurrentByteIndex, 0) > MAX_RECORD + CHUNK:
            raise ExportProblemError(self.at(because(ExportReason.XML_ENDLESS_TAG)))
        if self._node is not None and fed - self._begins_at > MAX_RECORD + CHUNK:
            raise ExportProblemError(self.at(because(ExportReason.ENDLESS_ORDER, limit=MAX_RECORD)))

    def end_of_document(self) -> None:
        """Raises ExportProblemError if there were elements but no record: it is an error report or another format."""
        if self._unknown_numbers and not self._records:
            path = Term("/".join(self._record_path))
            raise ExportProblemError(because(ExportReason.XML_NO_RECORD, path=path))

    def _start(self, full_name: str, attributes: list[str]) -> None:
        name = self._names.get(full_name) or self._new_name(full_name)
        if attributes:
            for other in attributes[::2]:
                if other not in self._names:
                    self._new_name(other)
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise ExportProblemError(self.at(because(ExportReason.XML_DEPTH, limit=MAX_DEPTH)))
        node = self._node
        if node is None:
            self._start_outside(name, attributes)
        elif not self._unwanted:
            child = node.children.get(name)
            if child is None:
                self._unwanted = self._depth
            else:
                self._enter(child, attributes)

    def _start_outside(self, name: str, attributes: list[str]) -> None:
        place = [*self._above, name]
        if self._depth == 1 and name != self._record_path[0]:
            self._refuse_root(name)
        if place == self._record_path:
            self._records += 1
            self._line = self.line
            self._begins_at = self._parser.CurrentByteIndex
            self._values, self._repeated = {}, {}
            self._enter(self._tree, attributes)
            return
        self._stamp.start(place, attributes)
        if place != self._record_path[: self._depth] and not self._stamp.leads_to(place):
            self._unknown_numbers += 1
        self._above.append(name)

    def _refuse_root(self, name: str) -> None:
        if name.lower() in {"html", "head", "body"}:
            raise ExportProblemError(because(ExportReason.WEB_PAGE))
        found, expected = ShopText(shown(name, 60)), Term(self._record_path[0])
        raise ExportProblemError(because(ExportReason.XML_ROOT, found=found, expected=expected))

    def _enter(self, node: _Node, attributes: list[str]) -> None:
        self._stack.append((self._node, self._pieces))
        self._node = node
        self._pieces = []
        if node.attributes:
            for name, value in zip(attributes[::2], attributes[1::2], strict=True):
                path = node.attributes.get(local_name(name))
                if path is not None:
                    self._keep(path, value)

    def _data(self, text: str) -> None:
        node = self._node
        if node is None:
            self._stamp.data(text)
        elif node.path is not None and not self._unwanted:
            self._pieces.append(text)

    def _end(self, _name: str) -> None:
        self._depth -= 1
        node = self._node
        if node is None:
            self._stamp.end(self._above)
            self._above.pop()
        elif self._unwanted:
            if self._depth < self._unwanted:
                self._unwanted = 0
        else:
            if node.path is not None:
                self._keep(node.path, "".join(self._pieces))
            self._node, self._pieces = self._stack.pop()
            if self._node is None:
                self._ready.append(Record(self._values, self._line, self._repeated))

    def _keep(self, path: str, text: str) -> None:
        value = kept(text)
        first = self._values.setdefault(path, value) if value else value
        if value != first:
            others = self._repeated.setdefault(path, {first: None})
            if len(others) < MAX_REPEATED:
                others[value] = None

    def _new_name(self, full_name: str) -> str:
        if len(self._names) >= MAX_NAMES:
            raise ExportProblemError(self.at(because(ExportReason.XML_NAMES, limit=MAX_NAMES)))
        if len(full_name) > MAX_NAME:
            raise ExportProblemError(self.at(because(ExportReason.XML_NAME, limit=MAX_NAME)))
        return self._names.setdefault(full_name, local_name(full_name))


def local_name(name: str) -> str:
    """A name without its prefix, as profiles write it. Empty for a declaration of a prefix."""
    if ":" not in name:
        return name if name != "xmlns" else ""
    prefix, _, local = name.rpartition(":")
    return local if prefix != "xmlns" else ""
