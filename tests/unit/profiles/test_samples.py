"""Samples that are no exports, or were made to do harm, end with one line."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from orderbridge.errors import ExportProblemError
from orderbridge_cli.profiles import sample as samples
from orderbridge_cli.profiles.sample import UnusableSampleError, opened
from orderbridge_cli.profiles.suggest import suggest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ZONE = ZoneInfo("Europe/Prague")
BOMB = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><a><order><x>&c;</x></order></a>'


def refused(document: bytes) -> str:
    """The one line that a person gets."""
    with (
        pytest.raises((UnusableSampleError, ExportProblemError)) as caught,
        opened(None, io.BytesIO(document)) as file,
    ):
        suggest(file, ZONE)
    line = str(caught.value)
    assert "\n" not in line
    assert len(line) < 300
    return line


@pytest.mark.parametrize(
    ("document", "line"),
    [
        (b"", "empty"),
        (b" \r\n ", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"<!doctype html><html><body>Log in</body></html>", "web page"),
        (b"PK\x03\x04" + b"x" * 100, "spreadsheet"),
        (b"\x1f\x8b\x08" + b"x" * 100, "packed"),
        (b'{"orders": []}', "JSON"),
        ("číslo;stav\n1;2\n".encode("utf-16"), "UTF-16"),
        (b"just a sentence\nand another one\n", "neither XML nor a table"),
        (b"a;b;a\n1;2;3\n", "same name"),
        (b"order number;state\n", "no order"),
        (BOMB, "export.xml.document_type"),
        (b"<a><order><b></order></a>", "line 1, mismatched tag"),
        (b"<a>" * 60, "nested"),
        (b"<a " + b"x" * 1_200_000, "does not end"),
        (
            b"<a><order " + b" ".join(b'a%d="1"' % n for n in range(5000)) + b"/><order a='1' b='2'/></a>",
            "places",
        ),
        (b"<a>" + b"".join(b"<b%d/>" % n for n in range(30_000)) + b"</a>", "kinds of elements"),
        (
            ";".join(f"column {chr(97 + n % 26)}x{'y' * (n % 7)}{n}" for n in range(3000)).encode()
            + b"\n1\n",
            "columns",
        ),
        (b"a;" * 1_000_000 + b"\n1;2\n", ""),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_export_is_said_in_one_line(document: bytes, line: str) -> None:
    assert line in refused(document)


def test_a_huge_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    huge = tmp_path / "export.xml"
    with huge.open("wb") as file:
        file.truncate(200 * 1024 * 1024)
    with pytest.raises(UnusableSampleError, match="more than 100 MB"), opened(huge):
        pass


def test_an_endless_stream_is_refused_at_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(samples, "MAX_SAMPLE", 1_000_000)

    class Endless(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            return b"x" * size

    with pytest.raises(UnusableSampleError), opened(None, Endless()):  # type: ignore[arg-type] # reads are all it needs
        pass


def large_table(orders: int) -> str:
    rows = (f"{n};completed;{4810000000 + n};2026-11-{n % 28 + 1:02d}\n" for n in range(1, orders + 1))
    return "order_number;order_status;mall_order_id;delivered_at\n" + "".join(rows)


def large_tree(orders: int) -> str:
    records = (
        f'<order number="{n}" status="completed" mall_id="{4810000000 + n}" delivered="2026-11-{n % 28 + 1:02d}"/>'
        for n in range(1, orders + 1)
    )
    return f"<orders>{''.join(records)}</orders>"


@pytest.mark.parametrize("document", [large_table, large_tree])
def test_only_the_first_records_of_a_large_sample_are_surveyed_and_all_are_read(
    document: Callable[[int], str],
) -> None:
    found = suggest(io.BytesIO(document(20_000).encode()), ZONE, shown=3)
    assert not found.survey.complete
    assert found.survey.records == 3_000
    assert "has more records" in found.text
    assert (found.report.records, len(found.report.shown)) == (20_000, 3)
    assert found.is_complete
