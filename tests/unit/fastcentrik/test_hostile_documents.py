"""Small documents that would cost much: the work grows as the document does, and little of it is kept."""

from __future__ import annotations

import gc
import tracemalloc

import pytest

from orderbridge.adapters.fastcentrik.server import is_html
from orderbridge.domain.codes.exports import ExportedReason
from orderbridge.errors import ExportProblemError
from tests.unit.fastcentrik.documents import (
    code_of,
    one,
    read,
    reading_of,
    xml,
    xml_order,
)

pytestmark = pytest.mark.usefixtures("little_work")


@pytest.mark.parametrize("between", [b"", b" ", b"\n\n"])
def test_comments_before_something_else_than_html_cost_little(between: bytes) -> None:
    assert not is_html((b"<!-- -->" + between) * 200 + b"<ORDERS/>")
    assert not is_html((b"<!-- -->" + between) * 22 + b"<x")


def test_a_page_behind_comments_is_a_page() -> None:
    assert is_html(b'<?xml version="1.0"?>\n<!-- a --> <!-- b --><!doctype html>')
    assert is_html(b"<!-- <ORDERS> --><html>")
    assert not is_html(b"<!-- <html> --><ORDERS>")
    assert not is_html(b"<!-- --" + b"<html>")


def test_a_long_namespace_is_not_written_again_for_every_element() -> None:
    inner = "<s:a/>" * 300_000 + xml_order()
    document = f'<ORDERS xmlns:s="{"u" * 60_000}" xmlns="{"v" * 60_000}">{inner}</ORDERS>'

    assert one(document.encode()).view.code == "2026000123"


def test_a_prefix_counts_for_nothing_and_its_declaration_is_no_attribute() -> None:
    document = xml(xml_order()).replace(b"<ORDERS", b'<p:ORDERS xmlns:p="u" xmlns="v"', 1)
    document = document.replace(b"</ORDERS>", b"</p:ORDERS>").replace(b"<CODE>", b"<q:CODE xmlns:q='w'>")

    assert one(document.replace(b"</CODE>", b"</q:CODE>")).view.code == "2026000123"


def test_a_name_of_absurd_length_is_refused() -> None:
    with pytest.raises(ExportProblemError, match=r"export\.xml\.name\(limit=1000\)"):
        read(xml(f"<{'n' * 1001}/>", xml_order()))


@pytest.mark.parametrize(
    "state", ["\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM}" * 300_000, "a" + "\u0301\u0323" * 150_000]
)
def test_a_state_of_absurd_length_is_unknown_without_being_folded(state: str) -> None:
    assert one(xml(xml_order(status=state))).view.status is None


def test_a_reference_to_no_character_stops_no_reading() -> None:
    remark = f"&amp;#{'9' * 5000}; MALL 10085339302"

    assert [order.mall_order_id for order in read(xml(xml_order(remark=remark)))] == [10085339302]


@pytest.mark.slow
def test_names_of_characters_are_counted_once_however_many_there_are() -> None:
    document = xml(*["<ORDER>" + "\n&nbsp;" * 100_000 + "</ORDER>"] * 10, xml_order())

    (told,) = reading_of(document).problems

    assert told.fact("places") == 1_000_000


def test_nothing_of_a_shop_is_kept_for_the_next_one() -> None:
    documents = [xml(xml_order(status=f"{number}" + "x" * 300_000)) for number in range(40)]
    read(documents[0])
    gc.collect()
    tracemalloc.start()
    try:
        for document in documents:
            read(document)
        gc.collect()
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert kept < 1_000_000


def test_a_value_is_cut_before_anything_looks_at_it() -> None:
    order = one(xml(xml_order(tracking="1 " * 50_000)))

    assert order.view.tracking_number == ""
    assert code_of(order.view.tracking_problem) is ExportedReason.TOO_LONG


def test_parcels_in_very_many_places_are_no_list_of_parcels() -> None:
    more = "".join(f"<PACKAGE_NUMBER>{number:09d}</PACKAGE_NUMBER>" for number in range(20_000))

    view = one(xml(xml_order(more=more))).view

    assert view.tracking_number == ""
    assert code_of(view.tracking_problem) is ExportedReason.TOO_LONG
