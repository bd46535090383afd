"""Documents that are broken, foreign or meant to do harm: refused as a whole, with a reason that quotes nothing."""

from __future__ import annotations

import io
import tracemalloc
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orderbridge.adapters.fastcentrik.profile.load import shipped_profile
from orderbridge.adapters.fastcentrik.reading.orders import read_orders
from orderbridge.adapters.fastcentrik.reading.record import CHUNK
from orderbridge.adapters.fastcentrik.reading.report import ReadingReport
from orderbridge.domain.codes.exports import ExportReason
from orderbridge.domain.facts import ShopText, Term
from orderbridge.domain.reasons import because
from orderbridge.errors import ExportProblemError
from tests.texts import said
from tests.unit.fastcentrik.documents import (
    CSV_HEADER,
    PRAGUE,
    changed,
    csv_document,
    csv_line,
    czech,
    numbers,
    read,
    xml,
    xml_order,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orderbridge.adapters.fastcentrik.profile.schema import Profile
    from orderbridge.domain.views import ExportedOrder

OTHER_ENCODING = "export.other_encoding(written_as=utf-8, read_as=cp1250)"
LOGIN = b'<!DOCTYPE html>\n<html lang="cs"><head><title>Login</title></head><body></body></html>'


def refused(document: bytes, profile: Profile | str = "orders") -> str:
    """Why `document` is refused: codes and facts, without texts from the document."""
    with pytest.raises(ExportProblemError) as caught:
        read(document, profile)
    assert caught.value.__context__ is None
    assert caught.value.__cause__ is None
    assert len(said(caught.value.reason)) < 400
    for personal in ("Jana", "Vymyšlen", "example.invalid", "601000111"):
        assert personal not in repr(caught.value.reason)
    return str(caught.value)


class TestForeign:
    @pytest.mark.parametrize("profile", ["orders", "czech", "csv"])
    @pytest.mark.parametrize(
        "page",
        [
            LOGIN,
            b"\xef\xbb\xbf  \n" + LOGIN,
            b"<!-- maintenance -->" + LOGIN,
            b'<?xml version="1.0"?>\n<html xmlns="http://www.w3.org/1999/xhtml"><head/></html>',
            b"<HTML><BODY>login</BODY></HTML>",
            LOGIN.decode().encode("utf-16"),
        ],
    )
    def test_a_web_page_is_called_one(self, page: bytes, profile: str) -> None:
        assert refused(page, profile) == "export.web_page"

    def test_html_behind_a_long_comment(self) -> None:
        assert refused(b"<!--" + b"x" * 5000 + b"-->" + LOGIN) == "export.web_page"
        assert refused(b"<!--" + b"x" * 5000 + b"--><html></html>") == "export.web_page"

    def test_another_root(self) -> None:
        with pytest.raises(ExportProblemError) as caught:
            read(b"<Objednavky><ORDER/></Objednavky>")
        reason = because(ExportReason.XML_ROOT, found=ShopText("Objednavky"), expected=Term("ORDERS"))
        assert caught.value.reason == reason

    def test_a_root_with_a_long_or_personal_name_is_not_repeated(self) -> None:
        assert (
            refused(b"<" + b"x" * 5000 + b"/>") == "export.at_line(line=1, why=export.xml.name(limit=1000))"
        )

    def test_elements_but_no_record(self) -> None:
        assert refused(b"<ORDERS><ERROR>Jana</ERROR></ORDERS>") == "export.xml.no_record(path=ORDERS/ORDER)"

    @pytest.mark.parametrize("document", [b"", b" \r\n ", b"\xef\xbb\xbf"])
    @pytest.mark.parametrize("profile", ["orders", "czech", "csv"])
    def test_nothing(self, document: bytes, profile: str) -> None:
        assert refused(document, profile) == "export.empty"

    @pytest.mark.parametrize("document", [b'{"error": "Jana"}', b"Jana", b"\x89PNG\r\n\x1a\n", b"PK\x03\x04"])
    def test_something_else(self, document: bytes) -> None:
        assert refused(document).startswith("export.at_line(line=1, why=export.xml.broken(column=")

    def test_another_table(self) -> None:
        line = refused(b"ID;JMENO\r\n1;Jana\r\n", "csv")
        assert line.startswith("export.csv.columns_missing(columns=CISLO_OBJEDNAVKY CISLO_OBJEDNAVKY_MALL ")


class TestXml:
    def test_cut_off(self) -> None:
        line = refused(xml(xml_order())[:-40])
        assert line.startswith("export.at_line.order(line=3, why=export.xml.broken(column=")

    def test_a_second_root(self) -> None:
        assert "junk after document element" in refused(xml(xml_order()) + b"<ORDERS/>")

    def test_entities(self) -> None:
        bomb = b'<!DOCTYPE ORDERS [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><ORDERS><ORDER>&b;</ORDER></ORDERS>'
        assert refused(bomb) == "export.xml.document_type"
        external = (
            b'<!DOCTYPE ORDERS [<!ENTITY e SYSTEM "file:///etc/passwd">]><ORDERS><ORDER>&e;</ORDER></ORDERS>'
        )
        assert refused(external) == "export.xml.document_type"
        elsewhere = b'<!DOCTYPE ORDERS SYSTEM "http://127.0.0.1:9/x.dtd"><ORDERS/>'
        assert refused(elsewhere) == "export.xml.document_type"
        assert "undefined entity" in refused(b"<ORDERS><ORDER><CODE>&Jana;</CODE></ORDER></ORDERS>")

    @pytest.mark.parametrize(
        "encoding", ["utf-7", "utf-32", "base64", "idna", "nope", "gbk", "cp037", "x" * 50]
    )
    def test_unknown_encodings(self, encoding: str) -> None:
        line = refused(b'<?xml version="1.0" encoding="' + encoding.encode() + b'"?><ORDERS/>')
        assert line == "export.xml.encoding" or "encoding" in line

    def test_undecodable_bytes(self) -> None:
        assert refused(xml(xml_order()).decode().encode("cp1250")).startswith("export.at_line.order(line=3, ")
        assert refused(czech().replace(b"kartou", b"kart\x81u"), "czech").startswith(
            "export.at_line.order(line=2, "
        )

    @pytest.mark.parametrize("document", [czech(encoding="utf-8"), b"\xef\xbb\xbf" + czech(encoding="utf-8")])
    def test_utf8_that_is_read_as_windows_1250(self, document: bytes) -> None:
        line = refused(document, "czech")
        assert line == OTHER_ENCODING or line.startswith("export.at_line(line=1, ")

    def test_windows_1250_that_is_read_as_latin_1(self) -> None:
        document = xml(xml_order(), declaration='<?xml version="1.0" encoding="iso-8859-1"?>')
        assert refused(document.decode().encode("cp1250")).startswith(
            "export.other_encoding(written_as=cp1250, "
        )

    def test_lost_letters(self) -> None:
        assert refused(xml(xml_order(status="vy\ufffd\ufffdzená"))) == "export.lost_letters"
        second = xml(xml_order(remark="MALL 1"), xml_order(remark="", status="vy\ufffd"))
        assert refused(second) == "export.lost_letters"

    def test_too_deep(self) -> None:
        assert "why=export.xml.depth(limit=50)" in refused(b"<ORDERS><ORDER>" + b"<A>" * 100)
        assert "why=export.xml.depth(limit=50)" in refused(b"<ORDERS>" + b"<A>" * 100)

    def test_fifty_deep_is_read(self) -> None:
        deep = "<A>" * 48 + "</A>" * 48
        assert numbers(read(xml(xml_order(more=deep)))) == [123456]

    def test_too_many_names(self) -> None:
        names = b"".join(b"<A%d/>" % number for number in range(3000))
        assert "why=export.xml.names(limit=2000)" in refused(
            b"<ORDERS><ORDER>" + names + b"</ORDER></ORDERS>"
        )
        attributes = b"".join(b'<A b%d=""/>' % number for number in range(3000))
        assert "why=export.xml.names(limit=2000)" in refused(b"<ORDERS>" + attributes + b"</ORDERS>")


class TestCsv:
    def test_undecodable_bytes_are_told_by_position(self) -> None:
        document = csv_document(csv_line(), csv_line())
        broken = document.replace("dobírka".encode(), b"dob\xedrka", 1)
        assert refused(broken, "csv").startswith(
            f"export.csv.encoding(byte={broken.index(b'dob') + 3}, encoding=utf-8-sig)"
        )

    def test_position_far_into_the_document(self) -> None:
        lines = csv_line() * 3000
        document = csv_document(lines) + b"\xff\r\n"
        assert f"(byte={len(document) - 3}, " in refused(document, "csv")

    def test_half_a_letter_at_the_end(self) -> None:
        assert "(byte=" in refused(csv_document(csv_line()) + b"\xc5", "csv")

    def test_wrong_number_of_columns(self) -> None:
        line = refused(csv_document(csv_line(), "1;2;3\r\n"), "csv")
        assert line == "export.at_line(line=3, why=export.csv.torn(columns=3, expected=13))"
        line = refused(csv_document(csv_line(JMENO="Jana;Vymyšlená")), "csv")
        assert "export.csv.torn(columns=14, expected=13)" in line

    def test_doubled_columns(self) -> None:
        with pytest.raises(ExportProblemError) as caught:
            read(csv_document(header=CSV_HEADER + ";STAV"), "csv")
        assert caught.value.reason == because(ExportReason.CSV_COLUMN_TWICE, column=ShopText("STAV"))

    def test_nul(self) -> None:
        assert refused(csv_document(csv_line(JMENO="\0")), "csv").startswith(
            "export.at_line(line=2, why=export.csv.nul("
        )
        assert "export.csv.nul(" in refused(f"{CSV_HEADER}\r\n".encode("utf-16-le"), "csv")

    @pytest.mark.parametrize("remark", ['"MALL 5', '"MALL 5"x'])
    def test_quotes_that_do_not_pair(self, remark: str) -> None:
        line = refused(csv_document(csv_line(POZNAMKA=remark), csv_line()), "csv")
        assert "why=export.csv.broken(" in line

    def test_cut_off_within_the_last_line(self) -> None:
        document = csv_document(csv_line(), csv_line())
        assert refused(document[:-2], "csv") == "export.csv.last_line"
        allowing = changed("csv", "last_line_ends = true", "last_line_ends = false")
        assert len(read(document[:-2], allowing)) == 2

    def test_windows_1250_that_is_read_as_utf8_and_the_reverse(self) -> None:
        document = csv_document(csv_line()).decode("utf-8-sig")
        assert refused(document.encode("cp1250"), "csv").startswith("export.csv.encoding(byte=")
        reverse = changed("csv", '"utf-8-sig"', '"windows-1250"')
        assert refused(document.encode(), reverse) == OTHER_ENCODING


class _Endless(io.RawIOBase):
    """A document that begins with `head`, goes on with `piece` for ever, and counts what was read of it."""

    def __init__(self, head: bytes, piece: bytes) -> None:
        self._start = head
        self._piece = piece
        self.taken = 0

    def seek(self, offset: int, _whence: int = 0) -> int:
        self.taken = offset
        return offset

    def read(self, size: int = -1) -> bytes:
        at, self.taken = self.taken, self.taken + size
        head = self._start[at : at + size]
        skip = max(at - len(self._start), 0) % len(self._piece)
        return head + (self._piece * (size // len(self._piece) + 2))[skip : skip + size - len(head)]


@pytest.mark.parametrize(
    ("profile", "head", "piece"),
    [
        ("orders", b"<ORDERS><ORDER><CODE>", b"x"),
        ("orders", b"<ORDERS><ORDER><OTHER>", b"x"),
        ("orders", b'<ORDERS><ORDER id="', b"x"),
        ("orders", b"<ORDERS><ORDER><", b"x"),
        ("orders", b"<ORDERS><ORDER>", b"<A>x</A>"),
        ("orders", b"<ORDERS><!--", b"x"),
        ("orders", b"<ORDERS><?pi ", b"x"),
        ("orders", b"<ORDERS><ORDER>", b"<A>"),
        ("czech", b"<Objednavky><Objednavka><![CDATA[", b"x"),
        ("csv", b"", b"x"),
        ("csv", CSV_HEADER.encode() + b'\r\n"', b"x"),
        ("csv", CSV_HEADER.encode() + b'\r\n"', b"x\r\n"),
        ("csv", CSV_HEADER.encode() + b"\r\n", b'"a\r\n";'),
        ("csv", CSV_HEADER.encode() + b"\r\n", b";"),
    ],
)
def test_something_endless_is_refused_in_bounded_memory(profile: str, head: bytes, piece: bytes) -> None:
    document = _Endless(head, piece)
    shipped_profile(profile)
    tracemalloc.start()
    try:
        with pytest.raises(ExportProblemError):
            list(read_orders(document, shipped_profile(profile), PRAGUE, ReadingReport()))  # type: ignore[arg-type]
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert document.taken < 10_000_000
    assert peak < 24_000_000


def test_endless_records_are_read_in_constant_memory() -> None:
    document = _Endless(b"<ORDERS>", xml_order().encode())
    orders = read_orders(document, shipped_profile("orders"), PRAGUE, ReadingReport())  # type: ignore[arg-type]
    for _ in range(500):
        next(orders)
    tracemalloc.start()
    for _ in range(5_000):
        next(orders)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert document.taken > 3_000_000
    assert peak < 12 * CHUNK


VALID = {
    "orders": xml(*[xml_order(code=f"{n}", remark=f"MALL {n}", delivery="2026-11-21") for n in range(1, 4)]),
    "czech": czech(),
    "csv": csv_document(
        *[csv_line(CISLO_OBJEDNAVKY=f"{n}", CISLO_OBJEDNAVKY_MALL=f"{n}") for n in range(1, 4)]
    ),
}
WHOLE = {profile: read(document, profile) for profile, document in VALID.items()}
NAMES = st.sampled_from(sorted(VALID))


def until_broken(document: bytes, profile: str) -> Iterator[ExportedOrder]:
    """The orders up to the end, or to the point where the document proves broken."""
    try:
        yield from read_orders(io.BytesIO(document), shipped_profile(profile), PRAGUE, ReadingReport())
    except ExportProblemError as problem:
        assert "\n" not in str(problem)  # noqa: PT017 - raising is allowed, not expected


@given(NAMES, st.data())
@settings(max_examples=400, deadline=None)
def test_a_cut_document_gives_a_beginning_of_its_orders(profile: str, data: st.DataObject) -> None:
    document = VALID[profile]
    cut = document[: data.draw(st.integers(0, len(document)))]
    found = list(until_broken(cut, profile))
    assert found == WHOLE[profile][: len(found)]


@pytest.mark.parametrize("profile", ["orders", "czech"])
def test_every_cut_of_an_xml_document_is_refused(profile: str) -> None:
    document = VALID[profile].rstrip()
    for length in range(len(document) - 1, 0, -13):
        refused(document[:length], profile)


def test_a_cut_csv_document_is_refused_unless_whole_lines_are_left() -> None:
    document = VALID["csv"]
    for length in range(3, len(document)):
        if not document[:length].endswith(b"\n"):
            refused(document[:length], "csv")


@given(NAMES, st.data())
@settings(max_examples=600, deadline=None)
def test_changed_bytes_never_raise_anything_else(profile: str, data: st.DataObject) -> None:
    document = bytearray(VALID[profile])
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(document) - 1))
        if data.draw(st.booleans()):
            document[at] = data.draw(st.integers(0, 255))
        else:
            document[at:at] = data.draw(
                st.sampled_from([b"<", b">", b"&", b'"', b";", b"\0", b"\xff", b"\n", b"]]>", b"<!--"])
            )
    list(until_broken(bytes(document), profile))


@given(NAMES, st.binary(max_size=400))
@settings(max_examples=300, deadline=None)
def test_any_bytes_never_raise_anything_else(profile: str, document: bytes) -> None:
    list(until_broken(document, profile))
