"""Opens a sample of an export from a file or a stream, and tells its format and encoding by its bytes.

Nothing here trusts the sample: it is limited in size, and read in pieces.
"""

from __future__ import annotations

import codecs
import re
from contextlib import contextmanager
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING, Literal

from orderbridge.adapters.fastcentrik.reading.record import CHUNK
from orderbridge.adapters.fastcentrik.server import HEAD, is_blank, is_html
from orderbridge.errors import OrderbridgeError
from orderbridge_cli.language import t

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from orderbridge.adapters.fastcentrik.profile.schema import Format

MAX_SAMPLE = 100 * 1024 * 1024
"""Bytes of a sample. A larger one is refused."""
_IN_MEMORY = 8 * 1024 * 1024
_MEGABYTE = 1024 * 1024

_UTF_8_MARK = codecs.BOM_UTF8
_UTF_16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_DECLARED = re.compile(rb"[ \t\r\n]*+<\?xml[^<>]{0,100}?encoding ?= ?[\"']([A-Za-z0-9._-]{1,40})")
_ONLY_WINDOWS = bytes(range(0x80, 0xA0))
_APART = b"\xa9\xab\xae\xb9\xbb"
"""Letters (Š Ť Ž š ť) in ISO 8859-2, and signs or a Polish letter (© « ® ą ») in Windows-1250."""
_WITHIN_WORD = re.compile(rb"[A-Za-z][" + _APART + rb"]|[" + _APART + rb"][a-z]")
_CARON = b"\xbe"
"""``ž`` in ISO 8859-2, ``ľ`` in Windows-1250: a letter in both."""

Encoding = Literal["utf-8", "utf-8-sig", "windows-1250", "iso-8859-2", "declared"]


class UnusableSampleError(OrderbridgeError):
    """The sample cannot be read at all. The text is one line for people, without the sample's content."""


@dataclass(frozen=True, slots=True)
class SampleForm:
    """The format and encoding of a sample."""

    format: Format
    encoding: Encoding | None
    """The encoding as a profile names it; None: it is not certain."""
    evidence: tuple[str, ...]
    """Why, in sentences for people."""
    read_as: Encoding
    """The encoding to look at the sample with, even if it is not certain."""


@contextmanager
def opened(path: Path | None, stream: IO[bytes] | None = None) -> Iterator[IO[bytes]]:
    """The sample in the file `path`, or what `stream` holds, as a file that can be read several times.

    Raises UnusableSampleError for what is too large, empty, packed, a web page or a spreadsheet's own file; OSError if
    the file cannot be read.
    """
    with SpooledTemporaryFile(max_size=_IN_MEMORY) as copy:
        if path is not None:
            with path.open("rb") as file:
                yield from _checked(file)
        elif stream is not None:
            size = 0
            while chunk := stream.read(CHUNK):
                size += len(chunk)
                copy.write(chunk)
                if size > MAX_SAMPLE:
                    break
            yield from _checked(copy)


def _checked(document: IO[bytes]) -> Iterator[IO[bytes]]:
    size = document.seek(0, 2)
    if size > MAX_SAMPLE:
        limit = MAX_SAMPLE // _MEGABYTE
        raise UnusableSampleError(
            t(
                "The sample has more than {limit} MB. Take a part of it that ends with a whole order.",
                limit=limit,
            )
        )
    document.seek(0)
    head = document.read(HEAD)
    document.seek(0)
    if is_blank(head) and size <= HEAD:
        raise UnusableSampleError(t("The sample is empty."))
    if is_html(head):
        raise UnusableSampleError(t("The sample is a web page, probably a login page, and no export."))
    if head.startswith((b"\x1f\x8b", b"PK\x03\x04", b"7z\xbc\xaf")):
        raise UnusableSampleError(
            t("The sample is a packed file or a spreadsheet's own file. Unpack it, or save it as CSV.")
        )
    if head.lstrip(_UTF_8_MARK + b" \t\r\n").startswith((b"{", b"[")):
        raise UnusableSampleError(t("The sample looks like JSON. Exports in XML and CSV are read."))
    yield document


def form_of(document: IO[bytes]) -> SampleForm:
    """The format and encoding of `document`, from all its bytes. Raises UnusableSampleError for a CSV in UTF-16."""
    document.seek(0)
    head = document.read(HEAD)
    wide = head.startswith(_UTF_16_MARKS) or b"\0" in head[:4]
    is_xml = head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").startswith(b"<")
    if wide and not is_xml:
        raise UnusableSampleError(
            t("The sample is a table in UTF-16. Ask for UTF-8, or save it as CSV UTF-8.")
        )
    if wide:
        return SampleForm("xml", "declared", (t("XML in UTF-16, which shows by itself."),), "declared")
    is_utf8, is_ascii, legacy = _bytes_of(document)
    document.seek(0)
    if is_xml:
        return _xml_form(head, legacy, is_utf8=is_utf8, is_ascii=is_ascii)
    if is_utf8:
        return _utf8_table(head, is_ascii=is_ascii)
    return SampleForm("csv", legacy.encoding, legacy.evidence, legacy.read_as)


def _utf8_table(head: bytes, *, is_ascii: bool) -> SampleForm:
    if head.startswith(_UTF_8_MARK):
        return SampleForm("csv", "utf-8-sig", (t("UTF-8 with a byte order mark."),), "utf-8-sig")
    if is_ascii:
        said = t(
            "No letter with an accent in the sample. An export in another encoding is refused, not misread."
        )
        return SampleForm("csv", "utf-8", (said,), "utf-8")
    return SampleForm("csv", "utf-8", (t("All bytes are UTF-8."),), "utf-8")


def _xml_form(head: bytes, legacy: SampleForm, *, is_utf8: bool, is_ascii: bool) -> SampleForm:
    found = _DECLARED.match(head.removeprefix(_UTF_8_MARK))
    name = found[1].decode().lower() if found else ""
    if is_ascii or (is_utf8 and name in {"", "utf-8", "utf8"}):
        said = t("The declaration says {encoding}, and the bytes agree.", encoding=name or "UTF-8")
        return SampleForm("xml", "declared", (said,), "declared")
    if is_utf8:
        said = t("The declaration says {encoding}, but the bytes are UTF-8.", encoding=name)
        return SampleForm("xml", "utf-8", (said,), "utf-8")
    if name in {"", "utf-8", "utf8"}:
        said = t("The declaration says {encoding}, but the bytes are not UTF-8.", encoding=name or "UTF-8")
        return SampleForm("xml", legacy.encoding, (said, *legacy.evidence), legacy.read_as)
    try:
        codecs.lookup(name)
    except LookupError:
        said = t("The declaration names the unknown encoding {encoding}.", encoding=name)
        return SampleForm("xml", legacy.encoding, (said, *legacy.evidence), legacy.read_as)
    said = t("The declaration says {encoding}, and the bytes agree.", encoding=name)
    return SampleForm("xml", "declared", (said,), "declared")


def _bytes_of(document: IO[bytes]) -> tuple[bool, bool, SampleForm]:
    """Whether all bytes are UTF-8, whether they are ASCII, and the older encoding that they may be in."""
    document.seek(0)
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    is_utf8, is_ascii, windows, iso, caron = True, True, 0, 0, 0
    while True:
        chunk = document.read(CHUNK)
        if is_utf8:
            try:
                decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError:
                is_utf8 = False
        if not chunk:
            break
        if not chunk.isascii():
            is_ascii = False
            windows += len(chunk) - len(chunk.translate(None, _ONLY_WINDOWS))
            iso += sum(1 for _ in _WITHIN_WORD.finditer(chunk))
            caron += chunk.count(_CARON)
    return is_utf8, is_ascii, _older(windows, iso, caron)


def _older(windows: int, iso: int, caron: int) -> SampleForm:
    """Windows-1250 or ISO 8859-2, by the letters that only one of them has."""
    if windows and not iso:
        said = t("Not UTF-8; {number} letters that only Windows-1250 has.", number=windows)
        return SampleForm("csv", "windows-1250", (said,), "windows-1250")
    if iso and not windows:
        said = t("Not UTF-8; {number} letters as ISO 8859-2 writes them.", number=iso)
        return SampleForm("csv", "iso-8859-2", (said,), "iso-8859-2")
    if not (windows or iso or caron):
        said = t("Not UTF-8; all letters are the same in Windows-1250 and ISO 8859-2.")
        return SampleForm("csv", "windows-1250", (said,), "windows-1250")
    said = t("Not UTF-8; it may be Windows-1250 or ISO 8859-2. Look at š, ť, ž and ľ in both.")
    return SampleForm("csv", None, (said,), "windows-1250")
