"""What stands around and between the orders: mended where nothing is guessed, told, and named where it cannot be."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orderbridge.adapters.fastcentrik.reading.mending import MendedDocument
from orderbridge.adapters.fastcentrik.reading.report import ReadingReport
from orderbridge.domain.codes.exports import MallNumberReason, NoteReason
from orderbridge.domain.facts import ShopText, Term
from orderbridge.domain.reasons import because
from orderbridge.errors import ExportProblemError
from tests.texts import said
from tests.unit.fastcentrik.documents import (
    CSV_HEADER,
    changed,
    csv_document,
    csv_line,
    czech,
    numbers,
    one,
    read,
    reading_of,
    xml,
    xml_order,
)

BOM = b"\xef\xbb\xbf"
BEGINNING = because(NoteReason.MENDED_BEGINNING)


def refused(document: bytes, profile: str = "orders") -> str:
    with pytest.raises(ExportProblemError) as caught:
        read(document, profile)
    return str(caught.value)


class TestTheBeginning:
    @pytest.mark.parametrize(
        "before", [b"\n", b" ", b"\r\n\r\n", BOM + BOM, BOM + b"\n", b" \n" + BOM, BOM + b" " + BOM]
    )
    def test_blanks_and_marks_before_the_declaration(self, before: bytes) -> None:
        document = before + xml(xml_order())
        assert one(document) == one(xml(xml_order()))
        assert reading_of(document).problems == (BEGINNING,)

    @pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
    def test_in_utf_16_too(self, encoding: str) -> None:
        mark = "\ufeff"
        text = xml(xml_order(), declaration='<?xml version="1.0" encoding="utf-16"?>').decode()
        for before in (mark + mark, mark + " \n"):
            document = (before + text).encode(encoding)
            assert one(document).view.status_name == "vyřízená"
            assert reading_of(document).problems == (BEGINNING,)
        assert reading_of((mark + text).encode(encoding)).problems == ()

    def test_in_another_encoding(self) -> None:
        assert one(b"\r\n" + czech(), "czech").view.carrier == "Česká pošta"

    @pytest.mark.parametrize("before", [b"", BOM, b"\n", BOM + b"\n"])
    def test_what_xml_allows_is_not_told(self, before: bytes) -> None:
        document = before + (xml(xml_order(), declaration="") if b"\n" in before else xml(xml_order()))
        assert reading_of(document).problems == ()

    def test_lines_are_counted_from_the_first(self) -> None:
        document = b"\n\n" + xml(xml_order(), xml_order(code="A1", remark="MALL"))
        note = reading_of(document).problems[0]
        assert (note.code, note.fact("line")) == (NoteReason.NO_NUMBER_ORDER, 6)
        assert note.fact("order") == ShopText("A1")
        assert refused(document[:-20]).startswith("export.at_line.order(line=6, why=export.xml.broken(")

    def test_a_web_page_behind_blanks_and_marks_is_one(self) -> None:
        assert refused(BOM + b"\n" + BOM + b"\n <!DOCTYPE html><html>") == "export.web_page"
        assert refused(BOM + b"\n" + BOM) == "export.empty"


class TestCharacters:
    @pytest.mark.parametrize(
        "bad", ["\x01", "\x0b", "\x1f", "&#0;", "&#x1F;", "&#xFFFF;", "&#xD800;", "&#11;"]
    )
    def test_that_xml_does_not_allow_stop_nothing_in_a_text_that_nobody_reads(self, bad: str) -> None:
        more = f"<NOTE a='{bad}'>Jana{bad}<![CDATA[{bad if '&' not in bad else ''}]]></NOTE>"
        document = xml(xml_order(), xml_order(remark="MALL 234567", more=more))
        assert numbers(read(document)) == [123456, 234567]
        (note,) = reading_of(document).problems
        assert (note.code, note.fact("line")) == (NoteReason.MENDED_CONTROLS, 4)

    def test_in_a_value_that_is_read_are_told_with_line_and_order(self) -> None:
        document = xml(xml_order(code="A1", tracking="DR\x1d1"))
        assert one(document).view.tracking_number == "DR1"
        note = because(
            NoteReason.LOST_ORDER, line=3, places=1, path=Term("PACKAGE_NUMBER"), order=ShopText("A1")
        )
        assert note in reading_of(document).problems

    def test_in_malls_number_make_it_unreadable(self) -> None:
        for bad in ("\x1f", "&#x1F;"):
            document = xml(xml_order(remark=f"MALL 123456{bad}789"))
            assert read(document) == []
            note = because(
                NoteReason.NO_NUMBER_ORDER,
                line=3,
                order=ShopText("2026000123"),
                path=Term("SHOP_REMARK"),
                why=because(MallNumberReason.UNCLEAR),
            )
            assert reading_of(document).problems[0] == note

    @pytest.mark.parametrize("name", ["nbsp", "ndash", "eacute", "hellip", "euro", "scaron"])
    def test_that_html_has_names_for(self, name: str) -> None:
        more = f"<NOTE title='&{name};'>a&{name};b</NOTE>"
        document = xml(xml_order(remark="MALL&nbsp;123456", more=more))
        assert one(document).mall_order_id == 123456
        assert reading_of(document).problems == (because(NoteReason.MENDED_HTML, line=3, places=3),)

    def test_xmls_own_names_are_left_alone(self) -> None:
        document = xml(xml_order(carrier="A &amp; B &lt;C&gt; &quot;&apos; &#268;"))
        assert one(document).view.carrier == "A & B <C> \"' Č"
        assert reading_of(document).problems == ()

    def test_comments_and_cdata_are_left_alone(self) -> None:
        more = "<!-- &nbsp; --><NOTE><![CDATA[&nbsp; <!-- ]]></NOTE><?php &nbsp; ?>"
        document = xml(xml_order(carrier="<![CDATA[A&nbsp;B]]>", more=more))
        assert one(document).view.carrier == "A&nbsp;B"
        assert reading_of(document).problems == ()

    @pytest.mark.parametrize(
        ("bad", "what"),
        [
            ("&Jana;", "undefined entity"),
            ("Jana & spol.", "not well-formed"),
            ("a < b", "not well-formed"),
            ("\0", "not well"),
        ],
    )
    def test_what_cannot_be_mended_is_refused_with_line_and_order(self, bad: str, what: str) -> None:
        with pytest.raises(ExportProblemError) as caught:
            read(xml(xml_order(), xml_order(code="A1", carrier=bad)))
        reason = caught.value.reason
        assert (reason.fact("line"), reason.fact("order")) == (4, ShopText("A1"))
        assert f"said={what}" in str(caught.value)
        assert "Jana" not in said(reason)

    def test_a_name_of_an_order_that_is_over_is_not_told(self) -> None:
        assert refused(xml(xml_order()) + b"<ORDERS/>").startswith("export.at_line(")

    @given(st.integers(1, 70), st.data())
    @settings(max_examples=200, deadline=None)
    def test_where_the_document_is_cut_into_pieces_does_not_count(
        self, size: int, data: st.DataObject
    ) -> None:
        parts = st.sampled_from(
            [
                b"&nbsp;",
                b"&amp;",
                b"&#0;",
                b"&",
                b"<",
                b"<![CDATA[",
                b"]]>",
                b"]",
                b"<!--",
                b"-->",
                b"<?",
                b"?>",
                b"\x01",
                b"a\n",
            ]
        )
        document = b"<" + b"".join(data.draw(st.lists(parts, max_size=30)))
        results = []
        for piece in (size, 10_000):
            report = ReadingReport()
            mended = MendedDocument(io.BytesIO(document), report)
            results.append((b"".join(iter(lambda m=mended, p=piece: m.read(p), b"")), report.problems))  # type: ignore[misc]
        assert results[0] == results[1]


class TestTables:
    def test_the_delimiter_in_the_first_line(self) -> None:
        for first in ("sep=;", "SEP=;", '"sep=;"', "sep=;;;;;;"):
            document = csv_document(csv_line(), header=f"{first}\r\n{CSV_HEADER}")
            assert one(document, "csv") == one(csv_document(csv_line()), "csv")
            assert reading_of(document, "csv").problems == ()

    def test_another_delimiter_in_the_first_line(self) -> None:
        line = refused(csv_document(header=f"sep=,\r\n{CSV_HEADER}"), "csv")
        assert line == "export.at_line(line=1, why=export.csv.delimiter)"

    def test_lines_are_counted_from_the_first(self) -> None:
        document = csv_document(csv_line(CISLO_OBJEDNAVKY_MALL="MALL"), header=f"sep=;\r\n{CSV_HEADER}")
        (note,) = reading_of(document, "csv").problems
        assert (note.fact("line"), note.fact("path")) == (3, Term("CISLO_OBJEDNAVKY_MALL"))

    @pytest.mark.parametrize("ends", [(";", ";"), (";", ""), (";;", ";;"), (";;", "")])
    def test_a_delimiter_behind_the_header(self, ends: tuple[str, str]) -> None:
        header, row = ends
        line = csv_line().replace("\r\n", f"{row}\r\n")
        document = csv_document(line, line, header=CSV_HEADER + header)
        assert read(document, "csv") == read(csv_document(csv_line(), csv_line()), "csv")
        assert reading_of(document, "csv").problems == ()

    def test_a_delimiter_behind_every_row_is_told(self) -> None:
        line = csv_line().replace("\r\n", ";\r\n")
        document = csv_document(line, line)
        assert len(read(document, "csv")) == 2
        assert reading_of(document, "csv").problems == (because(NoteReason.MENDED_DELIMITER, line=2),)

    @pytest.mark.parametrize(
        "lines",
        [
            (csv_line(), csv_line(CENA_CELKEM=";")),
            (csv_line(CENA_CELKEM=";"), csv_line()),
            (csv_line(JMENO="Jana;Vymyšlená"), csv_line()),
            (csv_line(), csv_line(JMENO="Jana;Vymyšlená", CENA_CELKEM="")),
            (csv_line(CENA_CELKEM=";"), csv_line(JMENO="Jana;Vymyšlená")),
            (csv_line(CENA_CELKEM="1;2"),),
            (csv_line(CENA_CELKEM=";;"),),
        ],
    )
    def test_rows_that_disagree_are_refused(self, lines: tuple[str, ...]) -> None:
        assert "why=export.csv.torn(" in refused(csv_document(*lines), "csv")

    def test_two_marks_and_blank_lines_before_the_header(self) -> None:
        for before in ("\ufeff", "\ufeff\ufeff", "\r\n", "  \r\n"):
            document = (before + csv_document(csv_line()).decode("utf-8-sig")).encode("utf-8-sig")
            assert len(read(document, "csv")) == 1
            plain = changed("csv", '"utf-8-sig"', '"utf-8"')
            assert len(read(document, plain)) == 1

    def test_a_mark_of_the_files_end(self) -> None:
        assert len(read(csv_document(csv_line()) + b"\x1a", "csv")) == 1
