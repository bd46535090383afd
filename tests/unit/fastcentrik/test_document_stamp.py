"""When the content of a document was made, as the document itself says."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from orderbridge.domain.codes.exports import NoteReason
from orderbridge.domain.facts import Term
from orderbridge.domain.reasons import because
from orderbridge.errors import ExportProblemError
from tests.unit.fastcentrik.documents import changed, csv_document, numbers, read, reading_of, xml_order

BEFORE = "[numbers]"


def stamped(place: str, more: str = "") -> str:
    return f'[document]\nmade_at = "{place}"\n{more}\n{BEFORE}'


def document(root: str = "", head: str = "", tail: str = "") -> bytes:
    return f"<ORDERS{root}>{head}{xml_order()}{tail}</ORDERS>".encode()


ATTRIBUTE = changed("orders", BEFORE, stamped("@generated"))
ELEMENT = changed("orders", BEFORE, stamped("HEAD/CREATED"))
BELOW = changed("orders", BEFORE, stamped("HEAD@at"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-20 08:15:30", datetime(2026, 11, 20, 7, 15, 30, tzinfo=UTC)),
        ("2026-11-20T08:15:30+01:00", datetime(2026, 11, 20, 7, 15, 30, tzinfo=UTC)),
        ("2026-11-20T07:15:30.123Z", datetime(2026, 11, 20, 7, 15, 30, tzinfo=UTC)),
        (" 20.11.2026\n 8:15 ", datetime(2026, 11, 20, 7, 15, tzinfo=UTC)),
        ("2026-11-20 00:00:00", datetime(2026, 11, 19, 23, 0, tzinfo=UTC)),
        # The clock shows this hour twice: without an offset the earlier is meant, so no content looks too new.
        ("2026-10-25 02:30:00", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        ("2026-10-25T01:30:00Z", datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),
    ],
)
def test_the_moment_is_read_where_the_profile_says(text: str, expected: datetime) -> None:
    for profile, content in (
        (ATTRIBUTE, document(root=f' generated="{text}"')),
        (ELEMENT, document(head=f"<HEAD><CREATED>{text}</CREATED></HEAD>")),
        (ELEMENT, document(tail=f"<HEAD><X/><CREATED>{text}</CREATED></HEAD>")),
        (BELOW, document(head=f'<HEAD at="{text}"><CREATED>no</CREATED></HEAD>')),
    ):
        report = reading_of(content, profile)
        assert (report.made_at, report.problems) == (expected, ())


def test_a_form_of_its_own() -> None:
    profile = changed("orders", BEFORE, stamped("@at", 'read = ["d.M.yyyy H:mm:ss"]'))
    assert reading_of(document(root=' at="20.11.2026 8:15:30"'), profile).made_at is not None
    assert reading_of(document(root=' at="2026-11-20 08:15:30"'), profile).made_at is None


@pytest.mark.parametrize(
    ("head", "code"),
    [
        ("", NoteReason.STAMP_MISSING),
        ("<HEAD><CREATED> </CREATED></HEAD>", NoteReason.STAMP_MISSING),
        ("<HEAD><CREATED>včera u Jany</CREATED></HEAD>", NoteReason.STAMP_NO_MOMENT),
        ("<HEAD><CREATED>2026-11-20</CREATED></HEAD>", NoteReason.STAMP_NO_MOMENT),
        (f"<HEAD><CREATED>{'2026 ' * 10_000}</CREATED></HEAD>", NoteReason.STAMP_NO_MOMENT),
        (
            "<HEAD><CREATED>2026-11-20 08:15</CREATED><CREATED>2026-11-20 08:16</CREATED></HEAD>",
            NoteReason.STAMP_TWICE,
        ),
    ],
)
def test_a_moment_that_cannot_be_read_is_told_and_stops_no_order(head: str, code: NoteReason) -> None:
    report = reading_of(document(head=head), ELEMENT)
    assert report.made_at is None
    assert report.problems == (because(code, path=Term("HEAD/CREATED")),)
    assert numbers(read(document(head=head), ELEMENT)) == [123456]


def test_only_the_place_from_the_root_on_counts() -> None:
    inside = f"<ORDERS>{xml_order(more='<HEAD><CREATED>2026-11-20 08:15</CREATED></HEAD>')}</ORDERS>".encode()
    assert reading_of(inside, ELEMENT).made_at is None


def test_a_list_without_orders_may_say_when_it_was_made() -> None:
    empty = b"<ORDERS><HEAD><CREATED>2026-11-20 08:15</CREATED></HEAD></ORDERS>"
    assert reading_of(empty, ELEMENT).made_at == datetime(2026, 11, 20, 7, 15, tzinfo=UTC)


def test_a_profile_that_names_no_place_asks_for_none() -> None:
    for content, profile in ((document(), "orders"), (csv_document(), "csv")):
        report = reading_of(content, profile)
        assert (report.made_at, report.problems) == (None, ())


@pytest.mark.parametrize("place", ["A//B", "ORDER/CODE", "ORDER@id", "ORDER"])
def test_the_place_must_not_be_an_orders(place: str) -> None:
    with pytest.raises(ExportProblemError, match=r"profile\.made_at\(key=document\.made_at\)"):
        changed("orders", BEFORE, stamped(place))


def test_a_table_has_no_place_for_it() -> None:
    with pytest.raises(ExportProblemError, match=r"profile\.not_with_csv\(key=document\)"):
        changed("csv", BEFORE, stamped("DATUM"))
