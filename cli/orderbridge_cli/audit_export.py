"""Writes the audit trail as CSV or as lines of JSON, row by row: what is written is never kept in memory."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Literal

from orderbridge_cli.files import guarded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    Value = str | int | None
    Row = Mapping[str, Value]

Format = Literal["csv", "jsonl"]
FORMATS: tuple[Format, ...] = ("csv", "jsonl")


@dataclass(slots=True)
class Written:
    """What was written so far."""

    rows: int = 0
    """How many rows."""
    unreadable: int = 0
    """How many of them are orders whose records cannot be read."""


def write_rows(
    rows: Iterable[Row],
    columns: Sequence[str],
    form: Format,
    out: BinaryIO,
    advance: Callable[[int], None] = lambda _done: None,
) -> Written:
    """Writes each row to `out` (UTF-8) as it comes; `advance` hears of each.

    CSV has one header, also without rows; lines end in CR LF, and a text that a spreadsheet may take for a formula
    begins with an apostrophe. JSON lines have every key, null where a row has no value.
    """
    line_of = _csv_line if form == "csv" else _json_line
    if form == "csv":
        out.write(_csv_line(columns, dict(zip(columns, columns, strict=True))))
    written = Written()
    for row in rows:
        out.write(line_of(columns, row))
        written.rows += 1
        written.unreadable += row["kind"] == "unreadable"
        advance(1)
    out.flush()
    return written


def _json_line(columns: Sequence[str], row: Row) -> bytes:
    return (json.dumps({name: row[name] for name in columns}, ensure_ascii=False) + "\n").encode()


def _csv_line(columns: Sequence[str], row: Row) -> bytes:
    line = io.StringIO(newline="")
    csv.writer(line).writerow([guarded(row[name]) for name in columns])
    return line.getvalue().encode()
