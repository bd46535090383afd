"""MALL's number in what clerks, spreadsheets and other programs write."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from orderbridge.adapters.fastcentrik.profile.load import shipped_profile
from orderbridge.adapters.fastcentrik.reading.mall_numbers import Found, NumberReader
from orderbridge.adapters.fastcentrik.reading.report import Unattributable
from orderbridge.domain.codes.exports import ExportedReason, MallNumberReason, NoteReason
from orderbridge.domain.facts import ShopText, Term
from orderbridge.domain.reasons import because
from sandbox.fastcentrik.orders import Shop
from sandbox.fastcentrik.render import PROFILES
from sandbox.people import Person
from tests.fakes import NOON
from tests.unit.fastcentrik.documents import (
    changed,
    code_of,
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

if TYPE_CHECKING:
    from orderbridge.domain.reasons import Reason

TEXT = NumberReader(shipped_profile("orders").mall_order_id)
FIELD = NumberReader(shipped_profile("czech").mall_order_id)
NUMBER = 10085339302
OTHER = 10085339401
BLANKS = [" ", "\u00a0", "\u202f", "\u2009", "\u2007", "\t"]


def in_the_remark(why: Reason) -> Reason:
    """What an order shows whose number in the shop's remark is not certain."""
    return because(ExportedReason.MALL_NUMBER, path=Term("SHOP_REMARK"), why=why)


class TestGroupedDigits:
    @pytest.mark.parametrize(
        "digits",
        [
            *[f"100{blank}853{blank}393{blank}02" for blank in BLANKS],
            "10 085 339 302",
            "1008 5339 302",
            "100-853-393-02",
            "100\u2013853\u2013393\u201302",
            "100.853.393.02",
            "10.085.339.302",
            "10,085,339,302",
            "10'085'339'302",
            "10’085’339’302",
            "1008\u200b5339302",
            "100853\u00ad39302",
            "10085339302.0",
            "10085339302,00",
        ],
    )
    def test_are_one_number(self, digits: str) -> None:
        assert FIELD.read(digits) == Found((NUMBER,))
        for text in (
            "MALL {}",
            "MALL Partner: {}, volat",
            "obj. MALL č. {}.",
            "z MALLu {} volat předem",
            "({} MALL",
        ):
            if not text.startswith("("):
                assert TEXT.read(text.format(digits)) == Found((NUMBER,)), text

    @pytest.mark.parametrize(
        "after", [", 2 ks", " 3.12.2026", " 3. 12. 2026", " 14:30", "; +420 777 123 456", " (2 ks)"]
    )
    @pytest.mark.parametrize("digits", ["100 853 393 02", str(NUMBER)])
    def test_end_where_something_else_begins(self, digits: str, after: str) -> None:
        assert TEXT.read(f"MALL {digits}{after}") == Found((NUMBER,))

    @pytest.mark.parametrize(
        "text",
        [
            "MALL 100 853 393 2 ks",
            "MALL 100 853 393 2 krabice",
            "MALL 100 853 393 12 volat",
            "MALL 100 853 393 450 Kč",
            "MALL 100 853 393 02 777 123 456",
            "MALL 100 853 39 30 2",
            "MALL 100853 39302",
            "MALL 100853.39302",
            "MALL 10085339302-1",
            "MALL 10085339302/2026",
            "MALL 10085339302A",
            "MALL 100853\x1f39302",
            "MALL 0901 234 567",
            "MALL 100 853,50",
        ],
    )
    def test_that_may_mean_something_else_are_told_and_none(self, text: str) -> None:
        found = TEXT.read(text)
        assert found.numbers == ()
        assert code_of(found.problem) is MallNumberReason.UNCLEAR

    @pytest.mark.parametrize(
        "text", ["MALL 777 123 456", "MALL 090 123 456 7", "MALL 420 777 123 456", "MALL 00420777123456"]
    )
    def test_of_a_phone_number_are_none(self, text: str) -> None:
        found = TEXT.read(text)
        assert found.numbers == ()
        assert code_of(found.problem) is MallNumberReason.PHONE

    @given(
        st.integers(100_000, 2**63 - 1),
        st.sampled_from([3, 4]),
        st.sampled_from([*BLANKS, "-", "."]),
        st.booleans(),
    )
    def test_mean_their_number_or_none(self, number: int, size: int, sign: str, from_right: bool) -> None:  # noqa: FBT001
        digits = str(number)
        cut = len(digits) % size if from_right else 0
        parts = [digits[:cut], *[digits[at : at + size] for at in range(cut, len(digits), size)]]
        text = sign.join(part for part in parts if part)
        for found in (TEXT.read(f"MALL {text}"), FIELD.read(text)):
            assert found.numbers in {(number,), ()}
            assert found.numbers or found.problem


class TestNoNumber:
    @pytest.mark.parametrize(
        "digits",
        ["1,00853E+10", "1.00853E+10", "1,00853e10", "1E+10", "1,01E+010", "1,00853 E+10", "1,00853x10^10"],
    )
    def test_what_a_spreadsheet_shortened(self, digits: str) -> None:
        for found in (
            TEXT.read(f"MALL {digits}"),
            TEXT.read(f"MALL Partner: {digits}, volat"),
            FIELD.read(digits),
        ):
            assert found.numbers == ()
            assert code_of(found.problem) is MallNumberReason.SPREADSHEET

    @pytest.mark.parametrize(
        "text",
        [
            "MALL 3. 12. 2026",
            "MALL 3.12.2026",
            "MALL 03.12.2026 8:00",
            "MALL 3.12.",
            "MALL 3/12/2026",
            "MALL 2026-11-20",
            "MALL 2026/11/20",
            "MALL, tel. 777123456",
            "MALL +420777123456",
            "MALL",
            "přišlo z mall.cz",
            "MALL 5ks",
            "objednávka MALLu",
            "č. obj. 10085339302 (MALL)",
        ],
    )
    def test_is_told_of_a_text_that_names_mall(self, text: str) -> None:
        assert TEXT.read(text) == Found((), because(MallNumberReason.NONE))

    @pytest.mark.parametrize("text", ["MALL 0", "MALL 12345", "MALL č. 000012", "MALL 100, dárek"])
    def test_shorter_than_the_setting_is_told_in_a_text(self, text: str) -> None:
        found = TEXT.read(text)
        assert found.numbers == ()
        assert found.problem == because(MallNumberReason.TOO_SHORT, min=6)

    def test_the_setting(self) -> None:
        profile = changed("orders", 'path = "SHOP_REMARK"', 'path = "SHOP_REMARK"\nshortest = 3')
        assert numbers(read(xml(xml_order(remark="MALL 123")), profile)) == [123]
        assert read(xml(xml_order(remark="MALL 12")), profile) == []

    def test_a_field_of_its_own_takes_any_length(self) -> None:
        assert one(czech(mall="7"), "czech").mall_order_id == 7

    def test_is_told_with_the_place_of_the_record(self) -> None:
        document = xml(
            xml_order(), xml_order(code="A1", remark="MALL 3. 12. 2026"), xml_order(code="", remark="MALL")
        )
        report = reading_of(document)
        path, why = Term("SHOP_REMARK"), because(MallNumberReason.NONE)
        assert report.problems == (
            because(NoteReason.NO_NUMBER_ORDER, line=4, order=ShopText("A1"), path=path, why=why),
            because(NoteReason.NO_NUMBER, line=5, path=path, why=why),
        )
        table = csv_document(csv_line(CISLO_OBJEDNAVKY="A1", CISLO_OBJEDNAVKY_MALL="1,00853E+10"))
        assert reading_of(table, "csv").problems == (
            because(
                NoteReason.NO_NUMBER_ORDER,
                line=2,
                order=ShopText("A1"),
                path=Term("CISLO_OBJEDNAVKY_MALL"),
                why=because(MallNumberReason.SPREADSHEET),
            ),
        )

    def test_another_name_for_the_marketplace(self) -> None:
        profile = changed("orders", 'path = "SHOP_REMARK"', 'path = "SHOP_REMARK"\nnames = "mimovrste"')
        assert reading_of(xml(xml_order(remark="mimovrste")), profile).problems
        assert not reading_of(xml(xml_order(remark="MALL")), profile).problems

    def test_a_later_place_may_have_it(self) -> None:
        profile = changed("orders", 'path = "SHOP_REMARK"', 'path = ["REFERER", "SHOP_REMARK"]')
        document = xml(xml_order()).replace(b"<REFERER/>", b"<REFERER>MALL 1,00853E+10</REFERER>")
        unattributable = Unattributable()
        assert numbers(read(document, profile, unattributable)) == [123456]
        assert unattributable.count == 0


class TestSeveralNumbers:
    @pytest.mark.parametrize(
        "text",
        [
            f"MALL {NUMBER}, {OTHER}",
            f"MALL {NUMBER},{OTHER}",
            f"MALL {NUMBER} {OTHER}",
            f"MALL {NUMBER}/{OTHER}",
            f"MALL {NUMBER} a {OTHER}",
            f"MALL {NUMBER} + {OTHER}",
            f"MALL {NUMBER}; č. {OTHER}",
            f"MALL {NUMBER} ({OTHER})",
            f"MALL {NUMBER}\n{OTHER}",
            f"MALL {NUMBER}, MALL {OTHER}",
            f"MALL {NUMBER}, dárek k MALL {OTHER}",
            f"MALL 100 853 393 02, {OTHER}",
            "MALL 100 853 393 02, 100 853 394 01",
            f"MALL {NUMBER}, 2 ks; MALL {OTHER}, {NUMBER}",
        ],
    )
    def test_are_all_held_and_none_is_taken(self, text: str) -> None:
        orders = read(xml(xml_order(remark=text)))
        assert numbers(orders) == [NUMBER, OTHER]
        for order in orders:
            several = because(MallNumberReason.SEVERAL, numbers=(Term(str(NUMBER)), Term(str(OTHER))))
            assert order.view.problems == (in_the_remark(several),)

    def test_in_a_field_of_its_own_too(self) -> None:
        for text in (f"{NUMBER}, {OTHER}", f"{NUMBER} {OTHER}", f"{NUMBER}/{OTHER}"):
            assert FIELD.read(text).numbers == (NUMBER, OTHER)

    def test_the_same_twice_is_one(self) -> None:
        for text in (f"MALL {NUMBER}, {NUMBER}", f"MALL 100 853 393 02 (MALL {NUMBER})"):
            assert TEXT.read(text) == Found((NUMBER,))

    def test_what_may_be_a_phone_number_holds_the_order_and_is_not_shown(self) -> None:
        (order,) = read(xml(xml_order(remark=f"MALL {NUMBER}, 777123456")))
        assert order.mall_order_id == NUMBER
        assert order.view.problems == (
            in_the_remark(because(MallNumberReason.PERHAPS_ANOTHER, order=NUMBER)),
        )

    def test_a_number_that_cannot_be_read_holds_the_other(self) -> None:
        for text in (f"MALL {NUMBER}, MALL 1,00853E+10", f"MALL 1,00853E+10 MALL {NUMBER}"):
            found = TEXT.read(text)
            assert found.numbers == (NUMBER,)
            assert found.problem

    @pytest.mark.parametrize(
        "behind",
        [
            ", tel. 777123456",
            ", 777 123 456",
            " 110 00 Praha",
            ", 12 345,50 Kč",
            " VS 10085339401",
            ", MALL 3.12.2026",
        ],
    )
    def test_what_is_no_number_of_an_order_disturbs_nothing(self, behind: str) -> None:
        assert TEXT.read(f"MALL {NUMBER}{behind}") == Found((NUMBER,))

    def test_too_many_are_told_and_make_no_orders(self) -> None:
        found = TEXT.read("; ".join(f"MALL {NUMBER + more}" for more in range(50)))
        assert found == Found((), because(MallNumberReason.TOO_MANY, limit=10))


class TestBounds:
    @pytest.mark.parametrize(
        "text",
        [
            "MALL" + " " * 100_000 + "x",
            "MALL " * 20_000,
            "MALL č. : " * 10_000,
            "MALL " + "1 " * 50_000,
            "MALL " + "1." * 50_000,
            "MALL " + "123456, " * 10_000,
            "<" * 100_000,
            "&" * 100_000,
            "1" * 100_000,
        ],
    )
    def test_no_text_works_for_long(self, text: str) -> None:
        """A rule that takes the square or the cube of such a text does not come back before the test's time is over."""
        for reader in (TEXT, FIELD):
            assert isinstance(reader.read(text), Found)

    def test_a_name_behind_a_long_text_is_told(self) -> None:
        late = because(MallNumberReason.TOO_LATE, limit=2000)
        assert TEXT.read("x " * 5_000 + f"MALL {NUMBER}") == Found((), late)
        assert TEXT.read(" " * 5_000 + f"MALL {NUMBER}") == Found((NUMBER,))

    def test_markup_in_a_text(self) -> None:
        assert TEXT.read(f"<p>MALL&nbsp;<b>{NUMBER}</b></p>") == Found((NUMBER,))

    @given(st.text(max_size=80))
    def test_any_text_is_read_or_told(self, text: str) -> None:
        for reader in (TEXT, FIELD):
            for value in (text, f"MALL {text}"):
                found = reader.read(value)
                assert all(0 < number < 2**63 for number in found.numbers)
                assert len(found.numbers) < 2 or found.problem

    @given(st.from_regex(r"MALL ([0-9]{1,7}[ .,/-]{0,2}){1,8}( ks| Kč|:|E\+1)?", fullmatch=True))
    def test_whatever_is_taken_has_the_digits_of_the_text(self, text: str) -> None:
        found = TEXT.read(text)
        digits = "".join(char for char in text if char.isdecimal())
        assume(found.numbers)
        for number in found.numbers:
            assert str(number) in digits


WORDS = st.sampled_from(
    [
        "MALL 10085339302",
        "MALL Partner: 10085339302",
        "Objednávka MALL 10085339302",
        "10085339302",
        "prosím volat\nMALL Partner: 10085339302",
    ]
)


@pytest.mark.parametrize("profile", PROFILES)
@given(WORDS, st.sampled_from(["SMALL", "", "1"]))
def test_what_a_customer_writes_names_no_order_in_a_shipped_profile(
    profile: str, words: str, before: str
) -> None:
    """In his remark, name, address or company: it would move somebody else's order."""
    shop = Shop(lambda: NOON)
    person = Person(words, f"{before}a@example.invalid", words, words, words, words, "CZ")
    order = shop.create({"code": "1", "status": "vyřízená", "remark": f"{before} {words}"})
    brought = replace(order.content, billing=person, shipping=person, company=words)
    rendered = b"".join(PROFILES[profile].render([replace(order, brought=brought)]))
    found = read(rendered, "orders" if profile == "default" else profile)
    assert found == []
