"""What a profile reads of a sample, what it does not read, and what is wrong with it."""

from __future__ import annotations

import io
from pathlib import Path
from zoneinfo import ZoneInfo

from orderbridge.adapters.fastcentrik.profile.load import SHIPPED
from orderbridge.domain.codes.exports import ExportedReason, ExportReason, NoteReason
from orderbridge.domain.codes.profiles import ProfileReason
from orderbridge.domain.statuses import ShopStatus
from orderbridge_cli.profiles.check import CheckReport, check
from tests.unit.fastcentrik.documents import csv_document, csv_line, czech, xml, xml_order

ZONE = ZoneInfo("Europe/Prague")
SAMPLES = Path(__file__).parents[2] / "samples" / "exports"


def shipped(name: str) -> str:
    return (SHIPPED / f"{name}.toml").read_text("utf-8")


def checked(name: str, document: bytes, shown: int = 20) -> CheckReport:
    return check(shipped(name), f"{name}.toml", io.BytesIO(document), ZONE, shown=shown)


def test_each_record_is_shown_with_its_line() -> None:
    report = checked("orders", xml(xml_order(), xml_order(remark="osobní odběr", code="2")))
    assert report.fits
    assert (report.records, report.orders) == (2, 1)
    first, second = report.shown
    assert (first.line, first.mall_order_id) == (3, 123456)
    assert first.view is not None
    assert first.view.status is ShopStatus.SETTLED
    assert (second.line, second.mall_order_id, second.view) == (4, None, None)


def test_what_the_profile_does_not_name_is_counted() -> None:
    report = checked("orders", xml(xml_order(), xml_order(remark="MALL 654321", code="2")))
    unread = {one.place: one.records for one in report.unread}
    assert unread["CUSTOMER/EMAIL"] == 2
    assert unread["ORDER_ITEMS/ITEM/CODE"] == 2
    assert not {"CODE", "STATUS", "SHOP_REMARK", "REFERER"} & unread.keys()
    assert report.surveyed == 2


def test_columns_that_a_table_has_and_the_profile_does_not_name() -> None:
    unread = {one.place for one in checked("csv", csv_document(csv_line())).unread}
    assert {"JMENO", "EMAIL", "TELEFON", "CENA_CELKEM", "PLATBA", "POZNAMKA"} == unread


def test_an_unknown_state_and_an_unknown_carrier_are_counted_by_name() -> None:
    lines = (
        csv_line(STAV="Odesláno", DOPRAVCE="Povoz"),
        csv_line(STAV="Odesláno", CISLO_OBJEDNAVKY_MALL="654321"),
    )
    report = checked("csv", csv_document(*lines))
    assert not report.fits
    assert report.unknown_states == {"Odesláno": 2}
    assert report.unknown_carriers == {"Povoz": 1}


def test_a_kind_of_problem_is_told_once_with_its_first_line() -> None:
    lines = (csv_line(DATUM_DORUCENI="brzy", CISLO_OBJEDNAVKY_MALL=f"{123456 + n}") for n in range(3))
    report = checked("csv", csv_document(*lines))
    assert [(one.reason.code, one.line, one.count) for one in report.problems] == [
        (ExportedReason.DELIVERY, 2, 3)
    ]
    assert not report.fits


def test_two_orders_with_one_number_are_told_and_equal_rows_are_not() -> None:
    assert checked("csv", csv_document(csv_line(), csv_line())).fits
    report = checked("csv", csv_document(csv_line(), csv_line(CISLO_OBJEDNAVKY="7")))
    assert [one.reason.code for one in report.problems] == [ExportedReason.SAME_NUMBER]


def test_a_number_that_cannot_be_read_is_told() -> None:
    report = checked("orders", xml(xml_order(), xml_order(remark="MALL Partner: bude doplněno", code="2")))
    assert [note.code for note in report.notes] == [NoteReason.NO_NUMBER_ORDER]
    assert not report.fits


def test_a_sample_without_an_order_of_malls_does_not_fit() -> None:
    report = checked("orders", xml(xml_order(remark="")))
    assert (report.refused, report.records, report.orders, report.fits) == (None, 1, 0, False)


def test_another_document_is_refused_with_the_readers_own_reason() -> None:
    report = checked("orders", czech())
    assert report.refused is not None
    assert report.refused.code is ExportReason.XML_ROOT
    assert not report.fits


def test_a_document_that_breaks_is_shown_up_to_there() -> None:
    report = checked("csv", csv_document(csv_line(), "1;2\r\n"))
    assert report.refused is not None
    assert len(report.shown) == 1


def test_a_profile_alone_is_checked() -> None:
    assert check(shipped("czech"), "czech.toml", None, ZONE).fits
    report = check(shipped("czech").replace("status =", "state ="), "czech.toml", None, ZONE)
    assert report.refused is not None
    assert report.refused.code is ProfileReason.UNUSABLE
    assert not report.fits


def test_progress_counts_records() -> None:
    done: list[int] = []
    lines = (csv_line(CISLO_OBJEDNAVKY_MALL=f"{123456 + n}") for n in range(450))
    check(shipped("csv"), "csv", io.BytesIO(csv_document(*lines)), ZONE, advance=done.append)
    assert sum(done) == 400
