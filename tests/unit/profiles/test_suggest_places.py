"""Which column holds what: a name alone decides nothing, and what could be two things is left open."""

from __future__ import annotations

import tomllib

import pytest

from tests.unit.profiles.drafts import ORDER, of, row, stated


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
