"""Cuts a CSV document into records. Decoding is strict, and every line has the columns of the first."""

from __future__ import annotations

import codecs
import csv
import re
from itertools import chain
from typing import IO, TYPE_CHECKING

from orderbridge.adapters.fastcentrik.reading.record import CHUNK, MAX_RECORD, Record, kept
from orderbridge.adapters.fastcentrik.reading.report import at_line
from orderbridge.adapters.fastcentrik.shop_text import shown
from orderbridge.domain.codes.exports import ExportReason, NoteReason
from orderbridge.domain.facts import ShopText, Term
from orderbridge.domain.reasons import because
from orderbridge.errors import ExportProblemError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from orderbridge.adapters.fastcentrik.profile.schema import CsvPart, Profile
    from orderbridge.adapters.fastcentrik.reading.report import ReadingReport
    from orderbridge.domain.reasons import Reason

_END_OF_FILE = "\x1a"
"""Old programs write it after the last line."""
_BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"
_MAX_COLUMN = 60


def csv_records(document: IO[bytes], profile: Profile, report: ReadingReport) -> Iterator[Record]:
    """The records from where `document` stands to its end. Memory holds one chunk and one record.

    A first line ``sep=;``, as spreadsheets use it, is not a record. A delimiter after the last column is ignored if
    every row has one.

    Raises ExportProblemError for bytes that the encoding does not have, NUL characters, columns that are
    missing or doubled, a line with more or fewer columns than the first, a quote that never ends, a record
    of absurd size, and (unless the profile allows it) a last line that is not ended.
    """
    rows = csv_rows(document, profile)
    first = next(rows, None)
    if first is None:
        raise ExportProblemError(because(ExportReason.EMPTY))
    if profile.csv_part.header:
        names = [name.strip() for name in first[1]]
        yield from _records(rows, _columns(names, profile), names, report)
    else:
        names = [str(number) for number in range(1, len(first[1]) + 1)]
        yield from _records(chain([first], rows), _columns(names, profile), names, report)


def csv_rows(document: IO[bytes], profile: Profile) -> Iterator[tuple[int, list[str]]]:
    """The rows from where `document` stands, the header too, each with the number of its first line.

    Blank rows and a first line ``sep=;`` are left out. Raises ExportProblemError for what cannot be decoded or cut into
    rows; the number of columns is not checked.
    """
    return _behind_separator(_rows(_Lines(document, profile), profile.csv_part), profile.csv_part)


def _records(
    rows: Iterator[tuple[int, list[str]]],
    columns: dict[str, int],
    names: Sequence[str],
    report: ReadingReport,
) -> Iterator[Record]:
    """The records of `rows`. All have the same number of cells: that of `names`, or that of the first row."""
    width, behind = len(names), False
    for number, (line, row) in enumerate(rows):
        if number == 0:
            width = _width(row, names)
            behind = width > len(names)
            if behind:
                report.mended(NoteReason.MENDED_DELIMITER, line)
        if len(row) != width or (behind and row[-1]):
            raise ExportProblemError(_torn(line, len(row), width))
        yield _record(row, columns, line)


def _width(row: Sequence[str], names: Sequence[str]) -> int:
    """The number of cells per row, from the first `row`: a delimiter at the end may add a cell without a name."""
    named = len(names)
    while named and not names[named - 1]:
        named -= 1
    ends_with_delimiter = len(row) == len(names) + 1 and not row[-1]
    return len(row) if len(row) == named or ends_with_delimiter else len(names)


def _torn(line: int, columns: int, expected: int) -> Reason:
    return at_line(line, because(ExportReason.CSV_TORN, columns=columns, expected=expected))


def _behind_separator(
    rows: Iterator[tuple[int, list[str]]], part: CsvPart
) -> Iterator[tuple[int, list[str]]]:
    """The rows without a first one ``sep=;``. Raises ExportProblemError if it names another delimiter."""
    first = next(rows, None)
    if first is None:
        return
    line, row = first
    named = re.fullmatch(r"sep=(.?)", row[0].strip(), re.IGNORECASE) if row else None
    if named is None or any(row[1:]):
        yield first
    elif named[1] not in {"", part.delimiter}:
        raise ExportProblemError(at_line(line, because(ExportReason.CSV_DELIMITER)))
    yield from rows


def _rows(lines: _Lines, part: CsvPart) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not blank, each with the number of its first line."""
    reader = csv.reader(lines, delimiter=part.delimiter, quotechar=part.quote, strict=True)
    while True:
        start = reader.line_num + 1
        lines.new_record()
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            # The reason never quotes the document.
            problem = at_line(start, because(ExportReason.CSV_BROKEN, said=Term(shown(str(error), 60))))
        else:
            if len(row) > 1 or any(cell.strip() for cell in row):
                yield start, row
            continue
        raise ExportProblemError(problem)


def _columns(names: Sequence[str], profile: Profile) -> dict[str, int]:
    """Column → index, of the columns in the profile."""
    columns: dict[str, int] = {}
    missing = tuple(map(Term, sorted(profile.paths.difference(names))))
    if missing:
        raise ExportProblemError(because(ExportReason.CSV_COLUMNS_MISSING, columns=missing))
    for index, name in enumerate(names):
        if name in columns:
            column = ShopText(shown(name, _MAX_COLUMN))
            raise ExportProblemError(because(ExportReason.CSV_COLUMN_TWICE, column=column))
        if name in profile.paths:
            columns[name] = index
    return columns


def _record(row: Sequence[str], columns: dict[str, int], line: int) -> Record:
    values = {name: kept(row[index]) for name, index in columns.items()}
    return Record({name: value for name, value in values.items() if value}, line)


class _Lines:
    """The document's lines, strictly decoded, with line ends. None is longer than MAX_RECORD."""

    def __init__(self, document: IO[bytes], profile: Profile) -> None:
        self._document = document
        self._encoding = profile.encoding
        self._must_end = profile.csv_part.last_line_ends
        self._number = 0
        self._in_record = 0
        self._lines = self._split()

    def new_record(self) -> None:
        """The next line begins a record."""
        self._in_record = 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self._number += 1
        if "\0" in line:
            problem = because(ExportReason.CSV_NUL, encoding=Term(self._encoding))
            raise ExportProblemError(at_line(self._number, problem))
        self._in_record += len(line)
        if self._in_record > MAX_RECORD:
            raise ExportProblemError(self._endless())
        return line

    def _endless(self) -> Reason:
        return at_line(self._number, because(ExportReason.CSV_ENDLESS, limit=MAX_RECORD))

    def _split(self) -> Iterator[str]:
        rest = ""
        for text in self._texts():
            *whole, rest = (rest + text).split("\n")
            for line in whole:
                yield line + "\n"
            if len(rest) > MAX_RECORD:
                raise ExportProblemError(self._endless())
        if rest == _END_OF_FILE:
            return
        if rest and self._must_end:
            raise ExportProblemError(because(ExportReason.CSV_LAST_LINE))
        if rest:
            yield rest

    def _texts(self) -> Iterator[str]:
        decoder = codecs.getincrementaldecoder(self._encoding)("strict")
        read = 0
        first = True
        while True:
            chunk = self._document.read(CHUNK)
            read += len(chunk)
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                offset = read - len(error.object) + error.start
            else:
                yield text.lstrip(_BOM) if first else text
                first = first and not text
                if not chunk:
                    return
                continue
            encoding = Term(self._encoding)
            raise ExportProblemError(because(ExportReason.CSV_ENCODING, byte=offset, encoding=encoding))
