"""What is read of an order, in each of the three formats."""

from __future__ import annotations

from datetime import date, time
from typing import TYPE_CHECKING

import pytest

from orderbridge.adapters.fastcentrik.profile.load import parse_profile
from orderbridge.adapters.fastcentrik.reading.report import Unattributable
from orderbridge.domain.codes.exports import ExportedReason, MallNumberReason, NoteReason
from orderbridge.domain.dates import ShopDate
from orderbridge.domain.facts import ShopText, Term
from orderbridge.domain.reasons import because
from orderbridge.domain.statuses import ShopStatus
from orderbridge.domain.views import ExportedOrder, ShopView
from tests.texts import said
from tests.unit.fastcentrik.documents import (
    changed,
    code_of,
    csv_document,
    csv_line,
    czech,
    numbers,
    one,
    read,
    xml,
    xml_order,
)

if TYPE_CHECKING:
    from orderbridge.domain.reasons import Reason

INVISIBLE = (
    "\xad",
    "\u061c",
    "\u200b",
    "\u200f",
    "\u202e",
    "\u2060",
    "\u2066",
    "\u3164",
    "\ufeff",
    "\U000e0041",
)
"""They show as nothing, or turn around what stands beside them."""

MOMENT = ShopDate(date(2026, 11, 21), time(14, 5))
CREATED = ShopDate(date(2026, 11, 20), time(8, 15))


CZECH_UTF8 = changed("czech", 'encoding = "windows-1250"', 'encoding = "utf-8"')


def twice(path: str) -> Reason:
    return because(ExportedReason.TWICE, path=Term(path))


def too_long(path: str, limit: int) -> Reason:
    return because(ExportedReason.TOO_LONG, path=Term(path), limit=limit)


def created_problem(value: str) -> Reason:
    return because(ExportedReason.CREATED, path=Term("DATE"), value=ShopText(value))


def delivery_problem(value: str) -> Reason:
    return because(ExportedReason.DELIVERY, value=ShopText(value), form=Term("d.M.yyyy"))


class TestTheThreeFormats:
    def test_orders(self) -> None:
        assert one(xml(xml_order(delivery="2026-11-21 14:05:00"))) == ExportedOrder(
            123456,
            ShopView(
                code="2026000123",
                status=ShopStatus.SETTLED,
                status_name="vyřízená",
                delivery=MOMENT,
                tracking_number="DR1234567890C",
                carrier="Zásilkovna",
                created=CREATED,
            ),
        )

    def test_czech(self) -> None:
        assert one(czech(), "czech") == ExportedOrder(
            123456,
            ShopView(
                code="2026000123",
                status=ShopStatus.HANDLED,
                status_name="Vyřizuje se",
                delivery=MOMENT,
                tracking_number="DR1",
                carrier="Česká pošta",
                created=CREATED,
            ),
        )

    def test_csv(self) -> None:
        assert one(csv_document(csv_line(DATUM_DORUCENI="21.11.2026 14:05")), "csv") == ExportedOrder(
            123456,
            ShopView(
                code="2026000123",
                status=ShopStatus.SETTLED,
                status_name="vyřízená",
                delivery=MOMENT,
                tracking_number="DR1",
                carrier="PPL",
                created=CREATED,
            ),
        )

    @pytest.mark.parametrize(
        ("document", "profile"),
        [(xml(), "orders"), (b"<ORDERS/>", "orders"), (b"<Objednavky/>", "czech"), (csv_document(), "csv")],
    )
    def test_a_header_and_no_order_is_an_empty_export(self, document: bytes, profile: str) -> None:
        assert read(document, profile) == []


class TestTheMallNumber:
    @pytest.mark.parametrize(
        "remark",
        [
            "MALL Partner: 123456",
            "MALL 123456",
            "MALL č. 123456",
            "mall č.123456",
            "MALL.CZ objednávka č.: 123456",
            "MALL obj. 123456",
            "Mall partner #123456, volat předem",
            "z MALL: 123456.",
            "MALL 123456 (znovu: MALL 123456)",
            "  MALL\n  Partner:\t123456  ",
            "MALL 000123456",
            "z MALLu: 123456",
            "MALL SK 123456",
        ],
    )
    def test_in_a_remark(self, remark: str) -> None:
        assert one(xml(xml_order(remark=remark))).mall_order_id == 123456

    @pytest.mark.parametrize(
        "remark", ["", "zákazník volal", "SMALL 123456", "MALLER 1234567", "Mallorca 2026"]
    )
    def test_orders_without_it_are_not_ours(self, remark: str) -> None:
        unattributable = Unattributable()
        assert read(xml(xml_order(remark=remark)), "orders", unattributable) == []
        assert unattributable.count == 0

    def test_the_customers_own_remark_does_not_count(self) -> None:
        assert "<REMARK>MALL 9</REMARK>" in xml_order()
        assert read(xml(xml_order(remark=""))) == []

    @pytest.mark.parametrize("number", ["9223372036854775808", "9" * 5000])
    def test_an_impossible_number_is_told_and_stops_nothing(self, number: str) -> None:
        unattributable = Unattributable()
        document = xml(xml_order(remark=f"MALL {number}"), xml_order(remark="MALL 1234567"))
        assert numbers(read(document, "orders", unattributable)) == [1234567]
        assert unattributable.described == [
            because(
                NoteReason.NO_NUMBER_ORDER,
                line=3,
                order=ShopText("2026000123"),
                path=Term("SHOP_REMARK"),
                why=because(MallNumberReason.NOT_A_NUMBER, max=2**63 - 1),
            )
        ]

    @pytest.mark.parametrize("number", ["abc", "12 34", "-5", "1.5", "٣", "²", "12345678901234567890"])
    def test_a_field_of_its_own_must_hold_a_number(self, number: str) -> None:
        unattributable = Unattributable()
        assert (
            read(
                czech(mall=number, encoding="utf-8").replace(b"windows-1250", b"utf-8"),
                CZECH_UTF8,
                unattributable,
            )
            == []
        )
        assert unattributable.count == 1
        (note,) = unattributable.described
        assert note.fact("path") == Term("CisloObjednavkyMall")
        assert note.fact("why") == because(MallNumberReason.NOT_A_NUMBER, max=2**63 - 1)

    def test_an_empty_field_is_not_ours(self) -> None:
        unattributable = Unattributable()
        assert read(czech(mall=" "), "czech", unattributable) == []
        assert unattributable.count == 0

    def test_the_largest_number(self) -> None:
        assert one(czech(mall=str(2**63 - 1)), "czech").mall_order_id == 2**63 - 1

    def test_many_unreadable_numbers_are_counted_not_collected(self) -> None:
        unattributable = Unattributable()
        read(xml(*[xml_order(remark="MALL 0")] * 500), "orders", unattributable)
        assert (unattributable.count, len(unattributable.described)) == (500, 5)

    def test_the_first_place_with_a_number_counts(self) -> None:
        profile = changed("orders", 'path = "SHOP_REMARK"', 'path = ["REFERER", "SHOP_REMARK"]')
        assert one(xml(xml_order()), profile).mall_order_id == 123456


class TestStates:
    @pytest.mark.parametrize(
        ("name", "status"),
        [
            ("nevyřízená", ShopStatus.PENDING),
            ("  ČÁSTEČNĚ   vyřízená ", ShopStatus.PARTIALLY_SETTLED),
            ("Vybavuje sa", ShopStatus.HANDLED),
            ("completed", ShopStatus.SETTLED),
            ("stornovano", ShopStatus.CANCELED),
        ],
    )
    def test_names_of_every_shop(self, name: str, status: ShopStatus) -> None:
        assert one(xml(xml_order(status=name))).view.status is status

    @pytest.mark.parametrize("name", ["", "odesláno dopravci", "vyřízená?"])
    def test_an_unknown_name_is_kept_and_not_guessed(self, name: str) -> None:
        view = one(xml(xml_order(status=name))).view
        assert (view.status, view.status_name) == (None, name)

    def test_an_unknown_name_is_shortened_and_shows_no_contact(self) -> None:
        assert len(one(xml(xml_order(status="x" * 500))).view.status_name) == 60
        assert "jana" not in one(xml(xml_order(status="jana@example.invalid"))).view.status_name

    def test_a_profiles_own_name(self) -> None:
        profile = changed("orders", "[numbers]", '[states]\n"Odesláno" = "settled"\n[numbers]')
        assert one(xml(xml_order(status="odeslano")), profile).view.status is ShopStatus.SETTLED


class TestOneBadOrder:
    def test_stops_no_other(self) -> None:
        document = xml(
            xml_order(remark="MALL 100001"),
            xml_order(remark="MALL 100002", code=""),
            xml_order(remark="MALL 100003", created="nikdy"),
            xml_order(remark="MALL 100004", delivery="31.2.2026"),
            xml_order(remark="MALL 100005"),
        )
        orders = read(document)
        assert numbers(orders) == [100001, 100002, 100003, 100004, 100005]
        assert [len(order.view.all_problems()) for order in orders] == [0, 1, 1, 1, 0]
        assert orders[1].view.problems == (because(ExportedReason.NO_CODE, path=Term("CODE")),)
        assert orders[2].view.created_problem == created_problem("nikdy")
        assert orders[3].view.delivery is None

    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("31.2.2026", "31.2.2026"),
            ("včera", "včera"),
            ("2026-13-45 08:00", "2026-13-45 08:00"),
            ("Jana Vymyšlená", "***"),
            ("Vymyšlená", "***"),
            ("jana@example.invalid", "***"),
            ("+420 601 000 111", "***"),
            ("601000111", "***"),
            ("u paní vymyšlené", "***"),
        ],
    )
    def test_an_impossible_delivery_date_says_what_to_do(self, text: str, shown: str) -> None:
        view = one(xml(xml_order(delivery=text))).view
        assert view.delivery is None
        assert view.delivery_problem == delivery_problem(shown)

    def test_a_long_delivery_date_is_shortened(self) -> None:
        view = one(xml(xml_order(delivery="1.1." * 100))).view
        assert view.delivery_problem is not None
        value = view.delivery_problem.fact("value")
        assert isinstance(value, ShopText)
        assert len(value.text) <= 40

    @pytest.mark.parametrize("text", ["", "   ", "0000-00-00", "0000-00-00 00:00:00"])
    def test_no_delivery_date(self, text: str) -> None:
        view = one(xml(xml_order(delivery=text))).view
        assert (view.delivery, view.delivery_problem) == (None, None)

    @pytest.mark.parametrize(
        ("changes", "problem"),
        [
            ({"code": "1" * 101}, too_long("CODE", 100)),
            ({"more": "<CODE>2</CODE>"}, twice("CODE")),
            ({"code": ""}, because(ExportedReason.NO_CODE, path=Term("CODE"))),
            ({"more": "<STATUS>stornováno</STATUS>"}, twice("STATUS")),
        ],
    )
    def test_an_order_or_a_state_that_is_not_sure_is_a_problem(
        self, changes: dict[str, str], problem: Reason
    ) -> None:
        assert one(xml(xml_order(**changes))).view.problems == (problem,)

    @pytest.mark.parametrize(
        ("changes", "detail", "problem"),
        [
            ({"tracking": "1" * 1001}, "tracking_problem", too_long("PACKAGE_NUMBER", 1000)),
            (
                {"more": "<PACKAGE_URL>https://x.invalid/" + "a" * 2000 + "</PACKAGE_URL>"},
                "tracking_url_problem",
                too_long("PACKAGE_URL", 2000),
            ),
            (
                {"more": "<PACKAGE_URL>https://x.invalid/?m=a@b.cz</PACKAGE_URL>"},
                "tracking_url_problem",
                because(ExportedReason.PERSONAL_ADDRESS, path=Term("PACKAGE_URL")),
            ),
            (
                {"more": "<PACKAGE_URL>https://a.cz</PACKAGE_URL><PACKAGE_URL>https://b.cz</PACKAGE_URL>"},
                "tracking_url_problem",
                twice("PACKAGE_URL"),
            ),
            ({"carrier": "PPL " * 26}, "carrier_problem", too_long("CARRIER", 100)),
            ({"more": "<CARRIER>DPD</CARRIER>"}, "carrier_problem", twice("CARRIER")),
            ({"created": "loni"}, "created_problem", created_problem("loni")),
            ({"more": "<DATE>2026-11-22</DATE>"}, "created_problem", twice("DATE")),
            ({"delivery": "brzy"}, "delivery_problem", delivery_problem("brzy")),
            (
                {"delivery": "2026-11-21", "more": "<DELIVERY_DATE>2026-11-22</DELIVERY_DATE>"},
                "delivery_problem",
                because(ExportedReason.DELIVERY_TWICE),
            ),
        ],
    )
    def test_an_unreadable_detail_is_a_problem_of_this_detail_alone(
        self, changes: dict[str, str], detail: str, problem: Reason
    ) -> None:
        view = one(xml(xml_order(**changes))).view
        assert view.all_problems() == (problem,)
        assert getattr(view, detail) == problem
        assert view.problems == ()

    def test_several_parcels_are_one_list_wherever_they_stand(self) -> None:
        more = "".join(f"<PACKAGE_NUMBER>{number}</PACKAGE_NUMBER>" for number in (222, 333, 222))
        view = one(xml(xml_order(tracking="111", more=more))).view
        assert (view.tracking_number, view.all_problems()) == ("111, 222, 333", ())

    def test_white_space_within_a_value_is_one_blank(self) -> None:
        view = one(xml(xml_order(code="A&#9;1", tracking="DR&#160;1\n"))).view
        assert (view.code, view.tracking_number) == ("A 1", "DR 1")

    def test_two_delivery_dates_are_none(self) -> None:
        more = "<DELIVERY_DATE>2026-11-22</DELIVERY_DATE>"
        view = one(xml(xml_order(delivery="2026-11-21", more=more))).view
        assert view.delivery is None
        assert view.delivery_problem

    def test_two_mall_numbers_in_two_elements(self) -> None:
        unattributable = Unattributable()
        document = xml(xml_order(more="<SHOP_REMARK>MALL 77</SHOP_REMARK>"))
        assert read(document, "orders", unattributable) == []
        assert unattributable.count == 1

    def test_no_problem_shows_the_customer(self) -> None:
        document = xml(
            xml_order(code="", created="Jana Vymyšlená", delivery="jana@example.invalid", tracking="\t" * 9)
        )
        view = one(document).view
        assert "Vymyš" not in repr(view)
        assert "example" not in repr(view)


class TestPlacesInXml:
    def test_attributes_nested_elements_and_namespaces(self) -> None:
        profile = changed("orders", 'code = "CODE"', 'code = "ORDER@number"')
        profile = profile.model_copy(
            update={
                "fields": profile.fields.model_copy(
                    update={"carrier": "SHIP/WAY@name", "tracking_number": "SHIP/NO"}
                )
            }
        )
        document = (
            b'<ORDERS xmlns="urn:x"><ORDER number=" 77 "><STATUS>done</STATUS><NO>wrong</NO>'
            b'<SHIP><WAY name="PPL"><NO>wrong</NO></WAY><NO> <![CDATA[A&B]]>-1</NO></SHIP>'
            b"<SHOP_REMARK>MALL <!-- x -->500005</SHOP_REMARK></ORDER></ORDERS>"
        )
        order = one(document, profile)
        assert (order.view.code, order.view.carrier, order.view.tracking_number) == ("77", "PPL", "A&B-1")
        assert order.mall_order_id == 500005

    def test_records_further_down(self) -> None:
        profile = changed("orders", 'record = "ORDERS/ORDER"', 'record = "EXPORT/ORDERS/ORDER"')
        document = b"<EXPORT><INFO><ORDER/></INFO>" + xml(xml_order(), declaration="") + b"</EXPORT>"
        assert numbers(read(document, profile)) == [123456]

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "windows-1250", "iso-8859-2"])
    def test_the_declared_encoding(self, encoding: str) -> None:
        name = "utf-8" if encoding == "utf-8-sig" else encoding
        text = xml(xml_order(), declaration=f'<?xml version="1.0" encoding="{name}"?>').decode()
        assert one(text.encode(encoding)).view.status_name == "vyřízená"

    def test_the_profiles_encoding_wins_over_the_declaration(self) -> None:
        assert one(czech().replace(b"windows-1250", b"utf-8"), "czech").view.carrier == "Česká pošta"


class TestPlacesInCsv:
    def test_quotes_line_ends_and_delimiters_in_texts(self) -> None:
        remark = '"prosím ""volat""; zvonek\r\nodpoledne"'
        document = csv_document(
            csv_line(POZNAMKA=remark), "\r\n", csv_line(CISLO_OBJEDNAVKY_MALL="600006", CISLO_OBJEDNAVKY="78")
        )
        assert numbers(read(document, "csv")) == [123456, 600006]

    def test_columns_may_come_in_any_order_and_more_may_be_there(self) -> None:
        header = (
            "NOVY;CISLO_OBJEDNAVKY_MALL;STAV;DATUM_DORUCENI;DATUM;CISLO_ZASILKY;DOPRAVCE;CISLO_OBJEDNAVKY"
        )
        document = f"{header}\n;500005;done;;;;;77\n"
        assert one(document.encode(), "csv").view.code == "77"

    @pytest.mark.parametrize("odd", ["\uffff", "\ufffe", "\x1b", "\x9f", *INVISIBLE])
    def test_a_character_that_no_message_may_hold_is_dropped(self, odd: str) -> None:
        line = csv_line(
            CISLO_OBJEDNAVKY=f"7{odd}7",
            CISLO_ZASILKY=f"DR{odd}1",
            DOPRAVCE=f"PP{odd}L",
            STAV=f"v{odd}lna",
            DATUM=f"x{odd}x",
            DATUM_DORUCENI=f"y{odd}y",
        )
        view = one(csv_document(line), "csv").view
        assert (view.code, view.tracking_number) == ("77", "DR1")
        problems = (said(problem) for problem in view.all_problems())
        assert odd not in "".join((view.carrier, view.status_name, view.tracking_url, *problems))

    def test_a_code_of_nothing_else_is_none(self) -> None:
        view = one(csv_document(csv_line(CISLO_OBJEDNAVKY="\uffff")), "csv").view
        assert view.code == ""
        assert view.problems == (because(ExportedReason.NO_CODE, path=Term("CISLO_OBJEDNAVKY")),)

    def test_without_a_header_columns_are_numbered(self) -> None:
        text = (
            'format = "csv"\nencoding = "windows-1250"\n[csv]\ndelimiter = ","\nheader = false\n'
            '[fields]\ncode = "1"\nstatus = "2"\ndelivery_date = "4"\n[mall_order_id]\npath = "3"\n'
            '[dates]\nread = ["d.M.yyyy"]\n'
        )
        orders = read(
            "77,vyřízená,5,21.11.2026\n78,stornováno,6,\n".encode("cp1250"), parse_profile(text, "test")
        )
        assert [(o.view.code, o.mall_order_id, str(o.view.delivery)) for o in orders] == [
            ("77", 5, "2026-11-21"),
            ("78", 6, "None"),
        ]

    def test_iso_8859_2(self) -> None:
        # š, ť and ž have other bytes there than in windows-1250.
        document = (
            csv_document(csv_line(DOPRAVCE="Ťažká pošta Žaškov")).decode("utf-8-sig").encode("iso-8859-2")
        )
        order = one(document, changed("csv", '"utf-8-sig"', '"iso-8859-2"'))
        assert (order.view.carrier, order.view.status) == ("Ťažká pošta Žaškov", ShopStatus.SETTLED)

    def test_plain_line_ends(self) -> None:
        assert numbers(read(csv_document(csv_line()).replace(b"\r\n", b"\n"), "csv")) == [123456]

    def test_header_without_bom(self) -> None:
        assert numbers(read(csv_document(csv_line()).removeprefix(b"\xef\xbb\xbf"), "csv")) == [123456]


@pytest.mark.parametrize("sign", ["@", "%40", "%2540", "%252540", "&amp;#64;", "&amp;commat;", "\uff20"])
def test_a_tracking_address_with_an_e_mail_address_is_told_and_not_kept(sign: str) -> None:
    url = f"<PACKAGE_URL>https://t.example/?to=novak{sign}example.cz</PACKAGE_URL>"
    (order,) = read(xml(xml_order(tracking=f"novak{sign}example.cz", more=url)))
    assert order.view.tracking_url == ""
    assert code_of(order.view.tracking_url_problem) is ExportedReason.PERSONAL_ADDRESS
    assert "novak" not in repr(order)


def test_an_e_mail_address_typed_into_a_field_is_not_kept() -> None:
    document = xml(xml_order(tracking="jan.novak@example.cz", remark="MALL 700007"))
    (order,) = read(document, "orders")
    assert "novak" not in repr(order)
