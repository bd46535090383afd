"""What stands in a sample: every column or element of its records, with the values of the first records."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING

from orderbridge.adapters.fastcentrik.profile.load import parse_profile
from orderbridge.adapters.fastcentrik.reading.csv_codec import csv_rows
from orderbridge.adapters.fastcentrik.reading.record import CHUNK
from orderbridge_cli.language import t
from orderbridge_cli.profiles.sample import UnusableSampleError
from orderbridge_cli.profiles.toml import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from orderbridge.adapters.fastcentrik.profile.schema import CsvPart
    from orderbridge_cli.profiles.sample import Encoding

MAX_RECORDS = 3_000
"""Records of a sample that are surveyed."""
MAX_CELLS = 400_000
"""Values that are kept, of all columns together."""
MAX_COLUMNS = 2_000
"""Columns of a table."""
MAX_PLACE = 200
"""Characters of a place in a profile."""
_MAX_VALUE = 300
_HEAD = 4 * CHUNK
_DELIMITERS = ";,\t|"
_SNIFFED = 50
_ROOM = 2


@dataclass(slots=True)
class Column:
    """One place of the records: a column, an element or an attribute."""

    place: str
    values: dict[int, str] = field(default_factory=dict)
    """Index of the record → its text, stripped and shortened; records without one are left out."""
    repeated: set[int] = field(default_factory=set)
    """The records in which the place has several different texts."""

    def add(self, record: int, text: str) -> int:
        """Keeps `text`, if it is not blank. Returns how many values were added."""
        text = " ".join(text[: 2 * _MAX_VALUE].split())[:_MAX_VALUE]
        if not text:
            return 0
        first = self.values.get(record)
        if first is None:
            self.values[record] = text
            return 1
        if first != text:
            self.repeated.add(record)
        return 0

    @property
    def distinct(self) -> list[str]:
        """Its different values, the most frequent ones first."""
        return [value for value, _ in Counter(self.values.values()).most_common()]


@dataclass(slots=True)
class Survey:
    """What stands in the records of a sample."""

    columns: list[Column] = field(default_factory=list)
    records: int = 0
    complete: bool = True
    """False: the sample has more records than were surveyed."""

    def column(self, place: str) -> Column | None:
        """The column at `place`; None: there is none."""
        return next((column for column in self.columns if column.place == place), None)


@dataclass(frozen=True, slots=True)
class TableForm:
    """How a table is cut, as ``[csv]`` says it."""

    delimiter: str | None
    """None: it is not certain."""
    quote: str
    header: bool
    last_line_ends: bool
    evidence: tuple[str, ...]
    read_with: str
    """The delimiter to look at the sample with, even if it is not certain."""


def table_form(document: IO[bytes], encoding: Encoding) -> TableForm:
    """The delimiter, quote and header of a table, from its beginning, and whether its last line ends."""
    document.seek(0)
    text = document.read(_HEAD).decode("utf-8-sig" if encoding == "utf-8" else encoding, "replace")
    size = document.seek(0, 2)
    document.seek(max(0, size - 1))
    ends = document.read(1) in {b"\n", b"\x1a"}
    lines = text.splitlines(keepends=True)
    lines = lines[:-1] if size > _HEAD else lines
    named = lines[0].strip().lower() if lines else ""
    if named.startswith("sep=") and len(named) == len("sep=;"):
        lines = lines[1:]
    quote = _quote_of(lines)
    widths = {sign: _width(lines, sign, quote) for sign in _DELIMITERS}
    fitting = sorted((width, sign) for sign, width in widths.items() if width >= _ROOM)
    if not fitting:
        raise UnusableSampleError(
            t(
                "The sample is neither XML nor a table: no delimiter (; , tab |) cuts its lines into equal columns."
            )
        )
    width, sign = fitting[-1]
    sure = len(fitting) == 1 or width >= _ROOM * fitting[-2][0]
    said = t("Each of the first lines has {number} columns with it.", number=width)
    rows = _rows(lines, sign, quote)
    return TableForm(sign if sure else None, quote, _is_header(rows), ends, (said,), sign)


def _quote_of(lines: Sequence[str]) -> str:
    double, single = (
        sum(
            line.count(sign + mark) + line.count(mark + sign)
            for line in lines[:_SNIFFED]
            for sign in _DELIMITERS
        )
        for mark in "\"'"
    )
    return "'" if single > 0 and double == 0 else '"'


def _rows(lines: Sequence[str], delimiter: str, quote: str) -> list[list[str]]:
    rows: list[list[str]] = []
    try:
        for row in csv.reader(lines, delimiter=delimiter, quotechar=quote):
            if row:
                rows.append(row)
            if len(rows) >= _SNIFFED:
                break
    except csv.Error:
        return []
    return rows


def _width(lines: Sequence[str], delimiter: str, quote: str) -> int:
    """The number of columns, if nearly every row has as many; 0: they differ."""
    widths = Counter(map(len, _rows(lines, delimiter, quote)))
    if not widths:
        return 0
    width, rows = widths.most_common(1)[0]
    # A delimiter behind the last column may stand in the rows only, or a last row may be cut off.
    return width if rows >= sum(widths.values()) - _ROOM else 0


def _is_header(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row names columns: texts of more letters than digits."""
    names = [cell.strip() for cell in rows[0] if cell.strip()] if rows else []

    def is_name(cell: str) -> bool:
        return sum(map(str.isalpha, cell)) > sum(map(str.isdigit, cell)) and "@" not in cell

    return bool(names) and all(map(is_name, names))


def csv_survey(document: IO[bytes], encoding: Encoding, part: CsvPart) -> Survey:
    """The columns of a table, cut by the product's own reader.

    Raises UnusableSampleError for too many columns, or a name that two of them have; ExportProblemError for what the
    product cannot cut into rows.
    """
    document.seek(0)
    rows = csv_rows(document, parse_profile(_only_cut(encoding, part), "sample"))
    first = next(rows, None)
    if first is None:
        raise UnusableSampleError(t("The sample is empty."))
    names = [name.strip() for name in first[1]]
    if not part.header:
        names = [str(number) for number in range(1, len(names) + 1)]
        rows = _again(first, rows)
    if len(names) > MAX_COLUMNS:
        raise UnusableSampleError(t("The sample has more than {limit} columns.", limit=MAX_COLUMNS))
    return _survey_of(rows, names)


def _again(
    first: tuple[int, list[str]], rows: Iterator[tuple[int, list[str]]]
) -> Iterator[tuple[int, list[str]]]:
    yield first
    yield from rows


def _survey_of(rows: Iterator[tuple[int, list[str]]], names: Sequence[str]) -> Survey:
    survey = Survey([Column(name) for name in names])
    kept = 0
    for _, row in rows:
        if survey.records >= MAX_RECORDS or kept >= MAX_CELLS:
            survey.complete = False
            break
        for column, cell in zip(survey.columns, row, strict=False):
            kept += column.add(survey.records, cell)
        survey.records += 1
    survey.columns = [column for column in survey.columns if 0 < len(column.place) <= MAX_PLACE]
    return survey


def _only_cut(encoding: Encoding, part: CsvPart) -> str:
    """A profile that says how a table is cut; its places are not used."""
    return "\n".join(
        (
            f'format = "csv"\nencoding = "{encoding}"\n[csv]\ndelimiter = {quoted(part.delimiter)}',
            f"quote = {quoted(part.quote)}\nheader = true\nlast_line_ends = {str(part.last_line_ends).lower()}",
            '[fields]\ncode = "1"\nstatus = "1"\ndelivery_date = "1"\n[mall_order_id]\npath = "1"',
            '[dates]\nread = ["YYYY-MM-DD"]',
        )
    )


def twice_named(survey: Survey) -> list[str]:
    """Names that several columns have, which the product refuses."""
    return [name for name, count in Counter(column.place for column in survey.columns).items() if count > 1]
