"""What is written into the shop: whole, adding up, in the profile's encoding, and read back by the same profile."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orderbridge.adapters.fastcentrik.profile.dates import DateForm, read_date, write_date
from orderbridge.adapters.fastcentrik.profile.load import (
    SHIPPED,
    parse_profile,
    shipped_names,
    shipped_profile,
)
from orderbridge.adapters.fastcentrik.writing import preview
from orderbridge.adapters.fastcentrik.writing.import_codec import cancellation, new_order
from orderbridge.domain.order_detail import Customer, OrderDetailItem
from orderbridge.domain.statuses import ShopStatus
from tests.unit.fastcentrik.documents import PRAGUE, read
from tests.unit.fastcentrik.whole_orders import CUSTOMER, NASTY, ORDERS, TEXTS, whole_order

if TYPE_CHECKING:
    from orderbridge.adapters.fastcentrik.profile.schema import Profile
    from orderbridge.domain.order_detail import OrderDetail

NAMES = shipped_names()


def rewritten(name: str, *changes: tuple[str, str]) -> Profile:
    """A shipped profile with pieces of its text replaced."""
    text = (SHIPPED / f"{name}.toml").read_text("utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return parse_profile(text, "rewritten")


# Column by column, in an encoding that lacks most letters; without a header, so by number; with attributes.
OWN = {
    "csv in windows-1250": rewritten("csv", ('encoding = "utf-8-sig"', 'encoding = "windows-1250"')),
    "csv with odd signs": rewritten(
        "csv", ('delimiter = ";"', 'delimiter = ","'), ("quote = '\"'", 'quote = "\'"')
    ),
    "xml with attributes": rewritten(
        "orders",
        ('code = "CODE"', 'code = "@code"'),
        ('CODE = "{code}"\nSTATUS', '"@code" = "{code}"\nSTATUS'),
        ('"ORDERS/ORDER"', '"EXPORT/ORDERS/ORDER"'),
        ('"CUSTOMER/EMAIL"', '"CUSTOMER@email"'),
    ),
    "csv without a header": parse_profile(
        """
        format = "csv"
        encoding = "windows-1250"
        [csv]
        header = false
        [fields]
        code = "1"
        status = "3"
        created = "2"
        delivery_date = "5"
        [mall_order_id]
        path = "7"
        [dates]
        read = ["d.M.yyyy H:mm:ss"]
        [numbers]
        decimal_mark = ","
        [import]
        date = "d.M.yyyy H:mm:ss"
        [import.fields]
        3 = "{status}"
        2 = "{created}"
        7 = "{mall_order_id}"
        9 = ["{name}", "{delivery_price} {cash_on_delivery_price} {discount}"]
        [import.items]
        path = "8"
        line = "{code}*{pieces}*{unit_price}"
        between = " / "
        [import.cancel]
        1 = "{code}"
        3 = "{status}"
        """,
        "without a header",
    ),
}
PROFILES = {name: shipped_profile(name) for name in NAMES} | OWN


def written(order: OrderDetail, profile: Profile | str = "orders") -> bytes:
    chosen = shipped_profile(profile) if isinstance(profile, str) else profile
    return new_order(order, chosen, PRAGUE).body


def xml(order: OrderDetail, profile: Profile | str = "orders") -> ET.Element:
    record = ET.fromstring(written(order, profile))[0]  # noqa: S314 - written here
    assert isinstance(record, ET.Element)
    return record


def table(order: OrderDetail, profile: Profile | str = "csv") -> dict[str, str]:
    text = written(order, profile).decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(text, newline=""), delimiter=";", strict=True)
    return row


class TestReadBack:
    @pytest.mark.parametrize("name", PROFILES)
    @given(order=ORDERS)
    @settings(max_examples=80, deadline=None)
    def test_any_order_comes_back_as_itself(self, name: str, order: OrderDetail) -> None:
        profile = PROFILES[name]
        (found,) = read(written(order, profile), profile)
        assert found.mall_order_id == order.mall_order_id
        assert (found.view.status, found.view.delivery, found.view.delivery_problem) == (
            ShopStatus.PENDING,
            None,
            None,
        )
        assert order.opened_at is not None
        form = DateForm.ISO_SECONDS if profile.import_part is None else profile.import_part.date
        expected = read_date(write_date(order.opened_at.astimezone(PRAGUE), form), [form], PRAGUE)
        assert found.view.created == expected
        assert (found.view.tracking_number, found.view.tracking_url) == ("", "")

    @pytest.mark.parametrize("name", PROFILES)
    @given(code=TEXTS.filter(bool))
    @settings(max_examples=80, deadline=None)
    def test_a_cancellation_names_the_very_code_or_is_not_written(self, name: str, code: str) -> None:
        profile = PROFILES[name]
        document = cancellation(code, profile)
        if document is None:
            return
        status_place, code_place = profile.fields.status, profile.fields.code
        if profile.format == "xml":
            (record,) = ET.fromstring(document.body).iter("ORDER" if name != "czech" else "Objednavka")  # noqa: S314
            status = record.findtext(status_place)
            found = record.get("code") if code_place == "@code" else record.findtext(code_place)
        else:
            encoding = profile.encoding
            rows = csv.reader(
                io.StringIO(document.body.decode(encoding), newline=""),
                delimiter=profile.csv_part.delimiter,
                quotechar=profile.csv_part.quote,
                strict=True,
            )
            *head, row = rows
            columns = head[0] if head else [str(number) for number in range(1, len(row) + 1)]
            values = dict(zip(columns, row, strict=True))
            status, found = values[status_place], values[code_place]
        assert (status, found) == ("stornováno", code)

    def test_what_is_read_does_not_depend_on_what_is_written(self) -> None:
        """Pinned: a digest that changes makes every order of every shop be looked at again."""
        assert {name: shipped_profile(name).digest for name in NAMES} == {
            "orders": "e900457bcef882f40ab3944ef31bf63f72f91dca24b413b3939641e9e484d573",
            "czech": "fb7fc1dbe2b1e2a10a6c60646745321f0fdb5c669b331fc340a1d2c65e65d147",
            "csv": "bb7dca1d95b8482b12acaf714ace910b1f2842aab9363b6ea50f72e540f49c35",
        }
        for name in NAMES:
            text = (SHIPPED / f"{name}.toml").read_text("utf-8").partition("\n[import]\n")[0]
            assert parse_profile(text, "reading").digest == shipped_profile(name).digest


class TestContent:
    def test_everything_of_an_order_is_there(self) -> None:
        record = xml(whole_order(cash_on_delivery=Decimal("528.4995"), test=True))
        texts = {element.tag: element.text for element in record if len(element) == 0}
        assert texts == {
            "DATE": "2026-11-20 08:15:30",
            "STATUS": "nevyřízená",
            "CURRENCY": "CZK",
            "CARRIER": "Kurýr na adresu",
            "PAYMENT": "Dobírka",
            "CASH_ON_DELIVERY": "528.4995",
            "REMARK": "Výdejní místo: Smyšlenov 7, TEST",
            "SHOP_REMARK": "MALL Partner: 123456",
        }
        for kind in ("BILLING_ADDRESS", "SHIPPING_ADDRESS"):
            address = {element.tag: element.text for element in record.findall(f"CUSTOMER/{kind}/*")}
            assert address == {
                "NAME": CUSTOMER.name,
                "COMPANY": CUSTOMER.company,
                "STREET": CUSTOMER.street,
                "CITY": CUSTOMER.city,
                "ZIP": CUSTOMER.zip,
                "COUNTRY": "CZ",
            }
        assert record.findtext("CUSTOMER/EMAIL") == CUSTOMER.email
        assert record.findtext("CUSTOMER/PHONE") == CUSTOMER.phone
        lines = [[part.text for part in item] for item in record.findall("ORDER_ITEMS/ITEM")]
        assert lines == [
            ["ZBOZI-1", "Zboží č. 1", "2", "199.50", "21"],
            ["ZBOZI-2", "Hrnek <2> & lžička", "0.5", "9.999", "0"],
            ["DOPRAVA", "Doprava: Kurýr na adresu", "1", "99.00"],
            ["DOBIRKA", "Dobírka", "1", "39.00"],
            ["SLEVA", "Sleva", "1", "-12.50"],
        ]
        assert record.findtext("TOTAL_PRICE/WITH_VAT") == "529.4995"
        assert record.findtext("TOTAL_PRICE/PAID") == "0"

    def test_what_an_order_has_not_is_not_written(self) -> None:
        bare = whole_order(
            customer=Customer(company="Zkouška"),
            cash_on_delivery_price=Decimal(0),
            delivery_price=Decimal(0),
            discount=Decimal(0),
            branch="",
            currency="",
            opened_at=None,
        )
        record = xml(bare)
        assert [element.tag for element in record] == [
            *("STATUS", "CARRIER", "PAYMENT", "SHOP_REMARK", "CUSTOMER", "TOTAL_PRICE", "ORDER_ITEMS"),
        ]
        assert record.findtext("CUSTOMER/BILLING_ADDRESS/NAME") == "Zkouška"
        assert len(record.findall("ORDER_ITEMS/ITEM")) == 2
        assert record.findtext("TOTAL_PRICE/PAID") == "1"
        assert (table(bare)["POZNAMKA"], table(bare)["DATUM"]) == ("", "")

    def test_the_date_is_the_shops_own(self) -> None:
        summer = whole_order(opened_at=datetime(2026, 7, 1, 22, 30, tzinfo=UTC))
        assert xml(summer).findtext("DATE") == "2026-07-02 00:30:00"
        assert xml(summer, "czech").findtext("DatumVytvoreni") == "2.7.2026 0:30"
        view = replace(whole_order().view, opened_at=datetime(2026, 1, 5, 6, 7, tzinfo=UTC))
        assert table(whole_order(opened_at=None, view=view))["DATUM"] == "5.1.2026 7:07"

    def test_numbers_have_the_profiles_decimal_mark(self) -> None:
        record = xml(whole_order(), "czech")
        assert record.findtext("CenaDopravy") == "99,00"
        assert record.findtext("Sleva") == "12,50"
        assert record.findtext("CelkovaCena") == "529,4995"
        assert [item.findtext("CenaZaKus") for item in record.findall("Polozky/Polozka")] == [
            "199,50",
            "9,999",
        ]
        assert [item.findtext("Pocet") for item in record.findall("Polozky/Polozka")] == ["2", "0,5"]

    @pytest.mark.parametrize(
        ("value", "text"),
        [
            ("1E+3", "1000.00"),
            ("0E-9", "0.00"),
            ("-0", "0.00"),
            ("1.10", "1.10"),
            ("1.1000", "1.10"),
            ("5E-7", "0.0000005"),
        ],
    )
    def test_no_number_is_written_with_an_exponent(self, value: str, text: str) -> None:
        order = whole_order(items=(OrderDetailItem("A", "A", Decimal(1), Decimal(value)),))
        assert xml(order).findtext("ORDER_ITEMS/ITEM/UNIT_PRICE_WITH_VAT") == text

    @given(order=ORDERS)
    @settings(max_examples=50, deadline=None)
    def test_the_lines_add_up_to_what_the_customer_pays(self, order: OrderDetail) -> None:
        record = xml(order)
        lines = [
            Decimal(item.findtext("AMOUNT") or "") * Decimal(item.findtext("UNIT_PRICE_WITH_VAT") or "")
            for item in record.findall("ORDER_ITEMS/ITEM")
        ]
        assert sum(lines) == order.total == Decimal(record.findtext("TOTAL_PRICE/WITH_VAT") or "")

    def test_a_csv_order_is_one_row_with_its_lines_in_a_cell(self) -> None:
        order = whole_order(
            items=(
                OrderDetailItem("A|1", 'Hrnek "duhový"; | velký', Decimal(1), Decimal(100)),
                OrderDetailItem("B", "Lžička", Decimal(3), Decimal(10), Decimal(21)),
            )
        )
        assert table(order)["POLOZKY"].split("\n") == [
            'A 1 | 1 | 100,00 | | Hrnek "duhový"; velký',
            "B | 3 | 10,00 | 21 | Lžička",
        ]
        row = written(order, OWN["csv without a header"]).decode("cp1250")
        assert row.count("\r\n") == 1
        assert "A|1*1*100,00 / B*3*10,00" in row

    def test_the_trial_shows_both_documents_and_sends_nothing(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        for name in NAMES:
            assert preview.main([str(SHIPPED / f"{name}.toml")]) == 0
            shown = capsys.readouterr().out
            assert "Zkušební" in shown
            assert "stornováno" in shown
        assert preview.main(["nope"]) == 2
        assert f"Allowed are {', '.join(shipped_names())}" in capsys.readouterr().err


class TestNames:
    PROFILE = rewritten(
        "orders",
        (
            '\ncash_on_delivery = "Dobírka"',
            '\ncash_on_delivery = "Dobírka"\n"Platba kartou" = "Kartou online"\n[import.carriers]\n"Kurýr" = "PPL"',
        ),
    )

    def payment(self, **order: Any) -> str | None:  # noqa: ANN401 - its fields
        return xml(whole_order(**order), self.PROFILE).findtext("PAYMENT")

    def test_the_marketplaces_names_become_the_shops(self) -> None:
        assert self.payment(payment="PLATBA  KARTOU") == "Kartou online"
        assert self.payment(payment="Splátky") == "Platba předem"
        assert xml(whole_order(delivery_method="kuryr"), self.PROFILE).findtext("CARRIER") == "PPL"
        assert xml(whole_order(delivery_method="Box"), self.PROFILE).findtext("CARRIER") == "Box"

    @pytest.mark.parametrize(
        "payment", ["A", "B", "", "Splátky", "paid", "CASH_ON_DELIVERY", "Platba kartou"]
    )
    def test_the_amount_to_collect_decides_not_the_type(self, payment: str) -> None:
        assert self.payment(payment=payment, cash_on_delivery=Decimal("0.01")) == "Dobírka"
        paid = "Kartou online" if payment == "Platba kartou" else "Platba předem"
        assert self.payment(payment=payment, cash_on_delivery=Decimal(0)) == paid

    @pytest.mark.parametrize(
        ("payments", "payment", "paid", "collected"),
        [
            ('A = { paid = "Kartou", cash_on_delivery = "Na účet" }', "a", "Kartou", "Na účet"),
            ('A = { paid = "Kartou", cash_on_delivery = "Na účet" }', "B", "Předem", "Dobírka"),
            ('A = { paid = "Kartou" }', "A", "Kartou", "Dobírka"),
            ('A = { cash_on_delivery = "Na účet" }', "A", "Předem", "Na účet"),
            ('A = "Kartou"', "A", "Kartou", "Dobírka"),
        ],
    )
    def test_a_type_may_have_one_name_for_each_case(
        self, payments: str, payment: str, paid: str, collected: str
    ) -> None:
        lines = f'paid = "Předem"\ncash_on_delivery = "Dobírka"\n{payments}'
        profile = rewritten("orders", ('paid = "Platba předem"\ncash_on_delivery = "Dobírka"', lines))
        for amount, name in ((Decimal(0), paid), (Decimal(5), collected)):
            document = xml(whole_order(payment=payment, cash_on_delivery=amount), profile)
            assert document.findtext("PAYMENT") == name

    def test_without_names_of_the_cases_a_type_has_its_own_or_stands_as_it_is(self) -> None:
        profile = rewritten(
            "orders", ('paid = "Platba předem"\ncash_on_delivery = "Dobírka"', 'COD = "Dobírka"')
        )
        for amount in (Decimal(0), Decimal(5)):
            assert (
                xml(whole_order(payment="COD", cash_on_delivery=amount), profile).findtext("PAYMENT")
                == "Dobírka"
            )
            assert xml(whole_order(payment="A", cash_on_delivery=amount), profile).findtext("PAYMENT") == "A"

    def test_a_slovak_shop_names_its_states(self) -> None:
        slovak = rewritten("orders", ("nevyřízená", "Nevybavená"), ("stornováno", "Stornovaná"))
        assert xml(whole_order(), slovak).findtext("STATUS") == "Nevybavená"
        document = cancellation("1", slovak)
        assert document is not None
        assert "<STATUS>Stornovaná</STATUS>" in document.body.decode()


class TestCharacters:
    def test_a_letter_that_xml_lacks_is_a_character_reference(self) -> None:
        order = whole_order(customer=replace(CUSTOMER, name="Zoë Łŏ 🎉"))
        assert "Zoë Ł&#335; &#127881;".encode("cp1250") in written(order, "czech")
        assert xml(order, "czech").findtext("Zakaznik/Jmeno") == "Zoë Łŏ 🎉"

    def test_a_letter_that_csv_lacks_is_its_base_letter(self) -> None:
        order = whole_order(
            customer=replace(CUSTOMER, name="Zoë ŏ ø 🎉 \N{FULLWIDTH SEMICOLON}\N{FULLWIDTH QUOTATION MARK}x")
        )
        row = written(order, OWN["csv in windows-1250"]).decode("cp1250")
        assert '"Zoë o ? ? ;""x"' in row

    @pytest.mark.parametrize("name", NAMES)
    def test_control_characters_are_dropped_and_lines_joined(self, name: str) -> None:
        order = whole_order(customer=replace(CUSTOMER, name="A\x00\x08\ud800\uffffB\r\n\tC\x85D\x7f"))
        text = written(order, name).decode(shipped_profile(name).encoding if name == "czech" else "utf-8")
        assert "AB C D" in text

    @given(name=NASTY)
    def test_markup_in_a_name_is_text(self, name: str) -> None:
        order = whole_order(customer=replace(CUSTOMER, name=name + "x"))
        assert [element.tag for element in xml(order)] == [element.tag for element in xml(whole_order())]

    @pytest.mark.parametrize("code", ["", " 1", "1\n2", "1\x00", "1  2"])
    def test_a_code_that_a_document_cannot_hold_is_not_written(self, code: str) -> None:
        assert cancellation(code, shipped_profile("orders")) is None

    def test_a_code_that_the_encoding_cannot_hold_is_not_written(self) -> None:
        assert cancellation("ŏ1", OWN["csv in windows-1250"]) is None
        document = cancellation("ŏ1", shipped_profile("czech"))
        assert document is not None
        assert b"<CisloObjednavky>&#335;1<" in document.body


@given(order=ORDERS, name=st.sampled_from(sorted(PROFILES)))
@settings(max_examples=30, deadline=None)
def test_no_repr_shows_a_document(order: OrderDetail, name: str) -> None:
    shown = repr(new_order(order, PROFILES[name], PRAGUE))
    assert shown.startswith("ImportDocument(content_type=")
    assert len(shown) < 80
