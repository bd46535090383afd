"""Drafts for foreign exports: the right place with its evidence, or the place left open – never a wrong one."""

from __future__ import annotations

import io
import tomllib
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from orderbridge.domain.statuses import ShopStatus
from orderbridge_cli.profiles.sample import opened
from orderbridge_cli.profiles.suggest import suggest

if TYPE_CHECKING:
    from orderbridge_cli.profiles.suggest import Suggestion

ZONE = ZoneInfo("Europe/Prague")
SAMPLES = Path(__file__).parents[2] / "samples" / "exports"
PERSONAL = (
    "ymyšlen",
    "ymyslen",
    "Smyšl",
    "Smyšlenov",
    "601000",
    "@example",
    "Neexistující",
    "9999",
    "27074358",
    "zvoňte",
)
"""What the samples hold about people, in pieces."""

COMPLETE: dict[str, dict[str, Any]] = {
    "nested-customers.xml": {
        "encoding": "declared",
        "record": "SHOP/ORDERS/ORDER",
        "code": "CODE",
        "status": "STATUS",
        "created": "DATE",
        "delivery_date": "SHIPPING/DELIVERED_AT",
        "tracking_number": "SHIPPING/PACKAGE_NUMBER",
        "carrier": "SHIPPING/NAME",
        "mall": "SHOP_REMARK",
        "orders": {4810000123: "pending", 4810000124: "handled", 4810000125: "settled"},
        "delivered": {4810000125: date(2026, 11, 14)},
    },
    "attributes.xml": {
        "encoding": "declared",
        "record": "export/orders/order",
        "code": "@number",
        "status": "@status",
        "created": "@created",
        "delivery_date": "shipment@delivered",
        "tracking_number": "shipment@tracking",
        "tracking_url": "shipment@url",
        "carrier": "shipment@carrier",
        "mall": "marketplace@order",
        "orders": {4810000401: "pending", 4810000402: "settled"},
        "delivered": {4810000402: date(2026, 11, 6)},
    },
    "own-numbers-alike.csv": {
        "encoding": "windows-1250",
        "code": "Číslo objednávky",
        "status": "Stav objednávky",
        "created": "Datum vytvoření",
        "delivery_date": "Datum doručení",
        "tracking_number": "Číslo zásilky",
        "carrier": "Způsob dopravy",
        "mall": "Číslo objednávky Mall",
        "orders": {4810000501: "pending", 4810000502: "settled", 4810000504: "handled"},
        "delivered": {4810000502: date(2026, 11, 16)},
    },
    "accounting.xml": {
        "encoding": "declared",
        "record": "dataPack/dataPackItem/order",
        "code": "orderHeader/number/numberRequested",
        "status": "orderHeader/stav",
        "created": "orderHeader/date",
        "delivery_date": "orderHeader/dateDelivered",
        "tracking_number": "orderHeader/parcel/number",
        "carrier": "orderHeader/carrier/ids",
        "mall": "orderHeader/intNote",
        "orders": {4810000601: "pending", 4810000602: "settled"},
        "delivered": {4810000602: date(2026, 11, 8)},
    },
    "slovak.csv": {
        "encoding": "iso-8859-2",
        "code": "Číslo objednávky",
        "status": "Stav",
        "created": "Vytvorená",
        "delivery_date": "Doručené dňa",
        "tracking_number": "Podacie číslo",
        "carrier": "Prepravca",
        "mall": "MALL ID",
        "orders": {4810000701: "pending", 4810000702: "settled", 4810000703: "handled"},
        "delivered": {4810000702: date(2026, 11, 17)},
    },
    "slashes-clear.csv": {
        "encoding": "utf-8",
        "code": "OrderNumber",
        "status": "OrderStatus",
        "created": "CreatedAt",
        "delivery_date": "DeliveredAt",
        "tracking_number": "TrackingCode",
        "carrier": "Carrier",
        "mall": "MallOrderNumber",
        "orders": {4810001201: "pending", 4810001202: "settled", 4810001203: "handled"},
        "delivered": {4810001202: date(2026, 11, 17)},
    },
    "walkthrough.xml": {
        "encoding": "declared",
        "record": "ObchodniData/Zakazky/Zakazka",
        "code": "@cislo",
        "status": "StavZakazky",
        "created": "Zalozeno",
        "delivery_date": "Preprava/Doruceno",
        "tracking_number": "Preprava/CisloZasilky",
        "carrier": "Preprava/Dopravce",
        "mall": "CisloMall",
        "orders": {
            4810002001: "pending",
            4810002002: "handled",
            4810002003: "settled",
            4810002004: "settled",
            4810002005: "canceled",
        },
        "delivered": {4810002004: date(2026, 11, 20)},
    },
}
OPEN = {
    "english-planned.csv": ("fields.delivery_date", "mall_order_id.path", "states"),
    "items-in-rows.csv": ("states",),
    "no-mall.csv": ("mall_order_id.path",),
    "two-dates.csv": ("fields.delivery_date",),
    "customers-note.xml": ("mall_order_id.path",),
    "slashes-unclear.csv": ("fields.created", "fields.delivery_date"),
    "several-marketplaces.csv": ("mall_order_id.path",),
    "shop-rows.csv": ("fields.delivery_date", "states"),
    "states-by-id.xml": ("fields.delivery_date", "mall_order_id.path", "states"),
    "papers.csv": ("fields.code", "fields.created", "fields.delivery_date", "mall_order_id.path", "states"),
}
FIELDS = ("code", "status", "created", "delivery_date", "tracking_number", "tracking_url", "carrier")


def drafted(name: str) -> Suggestion:
    with opened(SAMPLES / name) as sample:
        return suggest(sample, ZONE)


def of(document: bytes) -> Suggestion:
    return suggest(io.BytesIO(document), ZONE)


def stated(found: Suggestion) -> dict[str, str]:
    return {one.key: one.place for one in found.findings if one.place is not None}


def test_every_sample_is_judged_here() -> None:
    assert {path.name for path in SAMPLES.iterdir()} == COMPLETE.keys() | OPEN.keys()


@pytest.mark.parametrize("name", COMPLETE)
def test_a_complete_draft_has_the_right_places_and_reads_the_sample(name: str) -> None:
    expected, found = COMPLETE[name], drafted(name)
    assert found.open_keys == ()
    assert found.is_complete
    profile = tomllib.loads(found.text)
    assert profile["fields"] == {field: expected[field] for field in FIELDS if field in expected}
    assert profile["mall_order_id"]["path"] == expected["mall"]
    assert profile["encoding"] == expected["encoding"]
    assert profile.get("xml", {}).get("record") == expected.get("record")
    views = {one.mall_order_id: one.view for one in found.report.shown if one.view is not None}
    assert {number: view.status for number, view in views.items()} == {
        number: ShopStatus(status) for number, status in expected["orders"].items()
    }
    delivered = {number: view.delivery.day for number, view in views.items() if view.delivery is not None}
    assert delivered == expected["delivered"]


@pytest.mark.parametrize("name", OPEN)
def test_what_is_not_certain_is_left_open(name: str) -> None:
    found = drafted(name)
    assert found.open_keys == OPEN[name]
    assert not found.is_complete
    profile = tomllib.loads(found.text)
    for key in OPEN[name]:
        table, _, name_in_table = key.partition(".")
        assert name_in_table not in profile.get(table, {}) or key == "states"
        assert f'# {name_in_table} = "' in found.text or key == "states"


@pytest.mark.parametrize("name", [*COMPLETE, *OPEN])
def test_a_draft_names_no_customer(name: str) -> None:
    found = drafted(name)
    assert [piece for piece in PERSONAL if piece in found.text or piece in repr(found.report)] == []


@pytest.mark.parametrize(
    ("name", "places"),
    [
        (
            "shop-rows.csv",
            {
                "fields.code": "code",
                "fields.status": "statusName",
                "fields.created": "date",
                "fields.tracking_number": "packageNumber",
                "mall_order_id.path": "shopRemark",
            },
        ),
        (
            "states-by-id.xml",
            {
                "fields.code": "id_order",
                "fields.status": "current_state/name",
                "fields.created": "date_add",
                "fields.tracking_number": "shipping_number",
                "fields.carrier": "carrier/name",
            },
        ),
        (
            "papers.csv",
            {
                "fields.status": "Stav",
                "fields.tracking_url": "Sledovací odkaz",
                "fields.carrier": "Forma dopravy",
            },
        ),
    ],
)
def test_what_is_certain_is_stated_beside_what_is_open(name: str, places: dict[str, str]) -> None:
    assert stated(drafted(name)) == places


def test_orders_in_several_rows_are_one_order() -> None:
    found = drafted("items-in-rows.csv")
    assert stated(found)["fields.code"] == "order_number"
    assert "3 orders in 5 rows" in found.text
    assert not found.report.problems


def test_an_unknown_state_is_a_question_and_never_an_entry() -> None:
    found = drafted("items-in-rows.csv")
    assert '# "processing" = "?"' in found.text
    assert not tomllib.loads(found.text)["states"]


def test_a_customers_note_is_a_candidate_with_a_warning() -> None:
    text = drafted("customers-note.xml").text
    assert '# path = "zakaznik/poznamka"' in text
    assert "customers may be able to write there" in text
    assert "# pattern = '''" in text


def test_a_date_that_open_orders_have_is_a_planned_one() -> None:
    assert "may be a planned date" in drafted("english-planned.csv").text


def test_no_candidate_is_made_up_where_no_number_is_malls() -> None:
    text = drafted("no-mall.csv").text
    assert "No place holds MALL's number" in text
    assert '# path = "?"' in text


def test_both_orders_of_day_and_month_are_offered_where_neither_is_proven() -> None:
    text = drafted("slashes-unclear.csv").text
    assert '# read = ["dd/MM/yyyy"]' in text
    assert '# read = ["M/d/yyyy"]' in text


ORDER = "cislo_objednavky;stav;mall_id;doruceno\n"


def row(number: int, mall: str, delivered: str = "", status: str = "vyřízená") -> str:
    return f"{number};{status};{mall};{delivered}\n"


@pytest.mark.parametrize(
    ("values", "why"),
    [
        (["8590000000018", "8590000000025", "8590000000032"], "MALL's have 6 to 12"),
        (["27074358", "45317054", "26168685"], "valid as EAN or company numbers"),
        (["601000111", "601000112", "721000113"], "telephone"),
        (["99999", "99998", "99997"], "MALL's have 6 to 12"),
        (["4810000001", "4810000001", "4810000003"], "share a number"),
        (["9001", "9002", "9003"], "MALL's have 6 to 12"),
        (["MALL", "MALL", ""], ""),
        (["4,81E+09", "4810000002", "4810000003"], "no whole number"),
    ],
)
def test_numbers_that_are_something_else_are_not_malls_whatever_the_column_is_called(
    values: list[str], why: str
) -> None:
    rows = "".join(row(9001 + place, value) for place, value in enumerate(values))
    found = of(f"{ORDER}{rows}".encode())
    assert "mall_order_id.path" not in stated(found)
    assert why in found.text


def test_the_shops_own_numbers_in_both_columns_leave_it_open() -> None:
    found = of(f"{ORDER}{row(4810000001, '4810000001')}{row(4810000002, '4810000002')}".encode())
    assert "mall_order_id.path" not in stated(found)
    assert "the same as the shop's own number" in found.text


def test_two_columns_of_malls_leave_it_open() -> None:
    head = ORDER.replace("mall_id", "mall_id;cislo_mall")
    found = of(f"{head}1;vyřízená;4810000001;4810000011;\n2;vyřízená;4810000002;4810000012;\n".encode())
    assert "mall_order_id.path" not in stated(found)
    assert '# path = "mall_id"' in found.text
    assert '# path = "cislo_mall"' in found.text


def test_a_delivery_date_before_the_order_was_placed_is_another_date() -> None:
    head = "cislo_objednavky;stav;mall_id;doruceno;vytvoreno\n"
    found = of(f"{head}1;vyřízená;4810000001;13.10.2026;14.10.2026\n".encode())
    assert "fields.delivery_date" not in stated(found)
    assert "before the order was placed" in found.text


@pytest.mark.parametrize("dates", [("13/10/2026", "10/13/2026")])
def test_dates_that_contradict_each_other_are_left_open(dates: tuple[str, str]) -> None:
    rows = "".join(row(number, f"481000000{number}", when) for number, when in enumerate(dates, start=1))
    found = of(f"{ORDER}{rows}".encode())
    assert "fields.delivery_date" not in stated(found)
    assert not found.dates.forms


def test_what_a_database_writes_for_no_date_is_told_apart() -> None:
    rows = row(1, "4810000001", "2026-11-14 10:00:00") + row(
        2, "4810000002", "0000-00-00 00:00:00", "nevyřízená"
    )
    found = of(f"{ORDER}{rows}".encode())
    assert stated(found)["fields.delivery_date"] == "doruceno"
    assert tomllib.loads(found.text)["dates"]["empty"] == ["0000-00-00 00:00:00"]
    assert found.report.fits


def test_a_name_from_the_sample_ends_neither_text_nor_comment() -> None:
    name = 'stav"\\ obj'
    quoted = '"' + name.replace('"', '""') + '"'
    head = f"cislo_objednavky;{quoted};mall_id;doruceno\n"
    odd = row(1, "4810000001", "13.10.2026", "x\x85y")
    found = of(f"{head}{odd}".encode())
    assert tomllib.loads(found.text)["fields"]["status"] == name


def test_a_table_without_a_header_names_columns_by_number() -> None:
    rows = "".join(f"26{n};4810{n:06d};vyřízená;1{n}.11.2026\n" for n in range(1, 4))
    found = of(rows.encode())
    assert found.table is not None
    assert not found.table.header
    assert stated(found) == {"fields.status": "3"}


def test_only_the_first_row_of_an_order_may_be_filled() -> None:
    head = "cislo_objednavky;stav;mall_id;doruceno;item_name\n"
    rows = "1;vyřízená;4810000001;13.11.2026;a\n;;;;b\n2;nevyřízená;4810000002;;c\n;;;;d\n"
    found = of(f"{head}{rows}".encode())
    assert found.is_complete
    assert found.report.orders == 2


@pytest.mark.parametrize(
    ("encoding", "read_as"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("cp1250", "windows-1250"),
        ("iso-8859-2", "iso-8859-2"),
    ],
)
def test_the_encoding_is_told_by_the_letters(encoding: str, read_as: str) -> None:
    rows = row(1, "4810000001", "13.11.2026") + row(
        2, "4810000002", "", "částečně vyřízená – Šárka, ťuk, žes".replace("–", "-")
    )
    found = of(f"{ORDER}{rows}".encode(encoding))
    assert found.form.encoding == read_as


def test_an_encoding_that_nothing_proves_is_left_open() -> None:
    # The letter is ľ in one and ž in the other.
    found = of(
        f"{ORDER}{row(1, '4810000001', '13.11.2026', 'vybavená')}".encode("cp1250") + b"2;\xbe;4810000002;\n"
    )
    assert found.form.encoding is None
    assert "encoding" in found.open_keys
    assert '# encoding = "iso-8859-2"' in found.text


def test_a_lying_declaration_is_told() -> None:
    document = (SAMPLES / "walkthrough.xml").read_bytes().decode("cp1250").encode()
    found = of(document)
    assert found.form.encoding == "utf-8"
    assert "the bytes are UTF-8" in found.text
    assert found.is_complete


@pytest.mark.parametrize(
    "name",
    [
        *(
            "Nedoručeno",
            "Pokus o doručení",
            "Doručeno na pobočku",
            "Doručit do",
            "Datum doručení od",
            "Termín doručení",
        ),
        *(
            "Předáno k doručení",
            "Očekávané doručení",
            "Expected delivery",
            "Datum odeslání",
            "delivered_to_branch",
        ),
        *(
            "Doručení faktury",
            "Datum reklamace",
            "Datum platby",
            "Předpokládané doručení",
            "Out for delivery",
        ),
    ],
)
def test_a_date_of_something_else_is_no_day_of_delivery(name: str) -> None:
    found = of(f"{ORDER.replace('doruceno', name)}{row(1, '4810000001', '13.11.2026')}".encode())
    assert stated(found)["mall_order_id.path"] == "mall_id"
    assert "fields.delivery_date" not in stated(found)
    assert "fields.delivery_date" in found.open_keys


@pytest.mark.parametrize(
    "name",
    [
        *(
            "small_id",
            "Mallorca",
            "mall_item_id",
            "MALL zákazník",
            "mall_return_number",
            "mall_seller_id",
            "Mall dobropis",
        ),
        *(
            "Externí číslo",
            "partner_order",
            "Číslo zásilky MALL",
            "mall_import_id",
            "Poznámka",
            "číslo",
            "mall_purchase_id",
        ),
    ],
)
def test_another_number_is_not_malls(name: str) -> None:
    rows = f"{row(1, '4810000001', '13.11.2026')}{row(2, '4810000002', '14.11.2026')}"
    found = of(f"{ORDER.replace('mall_id', name)}{rows}".encode())
    assert stated(found)["fields.delivery_date"] == "doruceno"
    assert "mall_order_id.path" not in stated(found)
    assert "mall_order_id.path" in found.open_keys


@pytest.mark.parametrize(
    "name", ["Stav platby", "payment_status", "Předchozí stav objednávky", "Stav zásilky", "Mall status"]
)
def test_another_state_is_not_the_orders(name: str) -> None:
    rows = "".join(
        f"{n};{state};481000000{n};13.11.2026\n" for n, state in enumerate(("completed", "done"), start=1)
    )
    found = of(f"{ORDER.replace('stav', name)}{rows}".encode())
    assert "fields.status" not in stated(found)
    # Nothing shows that the orders with a date are delivered ones.
    assert "fields.delivery_date" not in stated(found)


def test_a_value_that_is_no_number_is_masked() -> None:
    head = ORDER.replace("cislo_objednavky", "reference")
    found = of(f"{head}Jana Vymyšlená 1;vyřízená;4810000001;13.11.2026\n".encode())
    assert stated(found)["fields.code"] == "reference"
    assert "Vymyšlená" not in found.text


def test_a_column_without_a_telling_name_is_no_state_for_words_that_mean_anything() -> None:
    rows = "".join(
        f"{n};{state};481000000{n};13.11.2026\n" for n, state in enumerate(("completed", "pending"), start=1)
    )
    found = of(f"{ORDER.replace('stav', 'sloupec')}{rows}".encode())
    assert "fields.status" not in stated(found)
    assert '# status = "sloupec"' in found.text


def test_a_number_that_returns_later_is_not_the_orders_own() -> None:
    rows = "".join(f"{code};vyřízená;481000000{n};13.11.2026\n" for n, code in enumerate((1, 2, 1), start=1))
    found = of(f"{ORDER}{rows}".encode())
    assert "fields.code" not in stated(found)
    assert "different orders have the same value" in found.text


ITEMS = "<polozky><polozka><kod>a</kod><kusu>1</kusu></polozka><polozka><kod>b</kod><kusu>2</kusu></polozka></polozky>"


@pytest.mark.parametrize(
    ("document", "record"),
    [
        (
            f"<objednavky><objednavka id='1'><stav>ok</stav>{ITEMS}</objednavka></objednavky>",
            "objednavky/objednavka",
        ),
        (f"<a><zaznam id='1'>{ITEMS}</zaznam><zaznam id='2'>{ITEMS}</zaznam></a>", "a/zaznam"),
        (
            (
                "<a><order id='1'><lines><rec x='1' y='1' z='1'/><rec x='1' y='2' z='2'/></lines></order>"
                "<order id='2' b='1'><lines><rec x='1' y='1' z='1'/><rec x='1' y='2' z='2'/></lines></order></a>"
            ),
            "a/order",
        ),
        ("<a><rec x='1' y='1'><rec2 x='1' y='2'/><rec2 x='1' y='2'/></rec><rec x='1'/></a>", "a/rec"),
        ("<a><b><c x='1' y='1'/><c x='2' y='2'/></b><d><e x='1' y='1'/><e x='2' y='2'/></d></a>", None),
        ("<a><b x='1' y='1'/></a>", None),
    ],
)
def test_the_element_of_an_order_is_found_or_left_open(document: str, record: str | None) -> None:
    found = of(document.encode())
    assert found.record is not None
    assert found.record.path == record
    assert ("xml.record" in found.open_keys) == (record is None)


def test_an_external_number_is_malls_only_if_nothing_else_could_be() -> None:
    head = "cislo_objednavky;stav;zdroj;externi_cislo;doruceno"
    one, other = "1;vyřízená;MALL;4810000001;13.11.2026", "2;nevyřízená;e-shop;;"
    found = of(f"{head}\n{one}\n{other}\n".encode())
    assert stated(found)["mall_order_id.path"] == "externi_cislo"
    assert "where it stands zdroj says MALL" in found.text
    found = of(f"{head};sloupec\n{one};4820000001\n{other};\n".encode())
    assert "mall_order_id.path" not in stated(found)
    found = of(f"{head}\n{one}\n2;nevyřízená;e-shop;4820000001;\n".encode())
    assert "mall_order_id.path" not in stated(found)


@pytest.mark.parametrize(
    ("name", "is_stated"),
    [("Interní poznámka", True), ("Zdroj", True), ("Poznámka", False), ("Interní poznámka zákazníka", False)],
)
def test_a_text_is_malls_place_only_where_customers_do_not_write(name: str, is_stated: bool) -> None:  # noqa: FBT001
    rows = row(1, "MALL č. 4810000001", "13.11.2026") + row(2, "", "", "nevyřízená")
    found = of(f"{ORDER.replace('mall_id', name)}{rows}".encode())
    assert ("mall_order_id.path" in stated(found)) == is_stated
    assert f'path = "{name}"' in found.text
    assert found.is_complete == is_stated
