"""Mends those faults of an XML document that need no guessing, before the parser gets it.

Mending changes no markup, so records and lines keep their places. The parser refuses all other faults.
"""

from __future__ import annotations

import re
from html.entities import name2codepoint
from typing import IO, TYPE_CHECKING

from orderbridge.domain.codes.exports import NoteReason

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orderbridge.adapters.fastcentrik.reading.report import ReadingReport

LOST = "\x7f"
"""Replaces a character that XML does not allow. XML and every encoding have it, and no shop uses it."""

_BLANKS = rb"[ \t\r\n]"
_BEGINNINGS = (
    (b"\xff\xfe", re.compile(rb"(?:\xff\xfe|" + _BLANKS + rb"\0)+")),
    (b"\xfe\xff", re.compile(rb"(?:\xfe\xff|\0" + _BLANKS + rb")+")),
    (b"\xef\xbb\xbf", re.compile(rb"(?:\xef\xbb\xbf|" + _BLANKS + rb")+")),
)
_DECLARATION = re.compile(rb"\0?<\0?\?")
_CONTROL = re.compile(rb"[\x01-\x08\x0b\x0c\x0e-\x1f]")
_ALL_CONTROLS = bytes([*range(1, 9), 11, 12, *range(14, 32)])
_WITHOUT_CONTROLS = bytes.maketrans(_ALL_CONTROLS, LOST.encode() * len(_ALL_CONTROLS))
_OPENING = re.compile(rb"<!\[CDATA\[|<!--|<\?")
_CLOSING = {b"<![CDATA[": b"]]>", b"<!--": b"-->", b"<?": b"?>"}
_REFERENCE = re.compile(rb"&(?:([A-Za-z][A-Za-z0-9]{1,31})|#(?:x([0-9A-Fa-f]{1,8})|([0-9]{1,9})));")
_MAX_REFERENCE = 40
_MAX_OPENING = 9
_XMLS_OWN = frozenset({"amp", "lt", "gt", "quot", "apos"})


class MendedDocument:
    """A mended document, from where `document` stands. `report` gets what was mended.

    Guarantees: markup, comments and CDATA sections are unchanged but for control characters; documents in UTF-16 are
    unchanged. A NUL is never mended, because it means that the file is broken. Memory is constant.
    """

    def __init__(self, document: IO[bytes], report: ReadingReport) -> None:
        self._document = document
        self._report = report
        self._begun = False
        self._wide = False
        self._line = 1
        self._closing = b""
        self._rest = b""
        self._told: dict[NoteReason, int] = {}
        self.lines_left_out = 0

    def read(self, size: int) -> bytes:
        """The next bytes, about `size` of them; none at the end."""
        while chunk := self._document.read(size):
            if not self._begun:
                chunk = self._beginning(chunk)
            if mended := chunk if self._wide else self._mended(chunk):
                return mended
        rest, self._rest = self._rest, b""
        return rest if self._closing else self._text(rest)

    def _beginning(self, chunk: bytes) -> bytes:
        """Drops blanks, and all byte order marks but one, at the beginning."""
        self._begun = True
        mark, pattern = next((one for one in _BEGINNINGS if chunk.startswith(one[0])), _BEGINNINGS[-1])
        self._wide = mark != _BEGINNINGS[-1][0] or b"\0" in chunk[:4]
        match = pattern.match(chunk)
        if match is None:
            return chunk
        before, rest = match.group(), chunk[match.end() :]
        kept = mark if mark in before else b""
        if before != kept and (_DECLARATION.match(rest) or before.rfind(mark) > 0):
            self._report.mended(NoteReason.MENDED_BEGINNING, 1)
        self.lines_left_out = before.count(b"\n")
        self._line += self.lines_left_out
        return kept + rest

    def _mended(self, chunk: bytes) -> bytes:
        """The rest of earlier chunks, and `chunk` up to a place that splits no reference and no markup."""
        if found := _CONTROL.search(chunk):
            line = self._line + self._rest.count(b"\n") + chunk.count(b"\n", 0, found.start())
            self._report.mended(NoteReason.MENDED_CONTROLS, line, count=len(_CONTROL.findall(chunk)))
            chunk = chunk.translate(_WITHOUT_CONTROLS)
        return b"".join(self._pieces(self._rest + chunk))

    def _pieces(self, data: bytes) -> Iterator[bytes]:
        at = cut = 0
        while True:
            if self._closing:
                end = data.find(self._closing, at)
                if end < 0:
                    cut = max(at, len(data) - len(b"]]"))
                    break
                end += len(self._closing)
                yield self._passed(data[at:end])
                at, self._closing = end, b""
            opening = _OPENING.search(data, at)
            if opening is None:
                cut = max(data.rfind(b"&", -_MAX_REFERENCE), data.rfind(b"<", -_MAX_OPENING))
                cut = cut if cut >= at else len(data)
                break
            yield self._text(data[at : opening.start()])
            yield opening.group()
            at, self._closing = opening.end(), _CLOSING[opening.group()]
        self._rest = data[cut:]
        piece = data[at:cut]
        yield self._passed(piece) if self._closing else self._text(piece)

    def _passed(self, piece: bytes) -> bytes:
        self._line += piece.count(b"\n")
        return piece

    def _text(self, piece: bytes) -> bytes:
        """A piece outside comments, CDATA sections and instructions, with its references mended."""
        if b"&" in piece:
            piece = _REFERENCE.sub(self._reference, piece)
        return self._passed(piece)

    def _reference(self, match: re.Match[bytes]) -> bytes:
        name, hexadecimal, decimal = (found.decode() if found else "" for found in match.groups())
        if name:
            if name in _XMLS_OWN or name not in name2codepoint:
                return match.group()
            self._tell(NoteReason.MENDED_HTML, match)
            return b"&#%d;" % name2codepoint[name]
        if _is_allowed(int(hexadecimal, 16) if hexadecimal else int(decimal)):
            return match.group()
        self._tell(NoteReason.MENDED_CONTROLS, match)
        return LOST.encode()

    def _tell(self, what: NoteReason, match: re.Match[bytes]) -> None:
        # Only the first of a kind gets its line counted: a chunk can hold ten thousand references.
        if what not in self._told:
            self._told[what] = self._line + match.string.count(b"\n", 0, match.start())
        self._report.mended(what, self._told[what])


def _is_allowed(code: int) -> bool:
    """Whether XML allows the character."""
    return code in {9, 10, 13} or 32 <= code < 0xD800 or 0xE000 <= code < 0xFFFE or 0x10000 <= code < 0x110000  # noqa: PLR2004
