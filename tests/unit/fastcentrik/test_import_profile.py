"""``[import]`` in a profile: it must fit the rest, and what does not is told with its key."""

from __future__ import annotations

import pytest

from orderbridge.adapters.fastcentrik.profile.load import (
    parse_profile,
    reading_profile,
    shipped_profile,
    writing_profile,
)
from orderbridge.adapters.fastcentrik.reading.exports import FastCentrikExports
from orderbridge.adapters.fastcentrik.writing.imports import FastCentrikImports
from orderbridge.domain.facts import Term
from orderbridge.domain.shops import ShopSecrets
from orderbridge.errors import ExportProblemError
from orderbridge.settings import ShopSettings
from tests.unit.fastcentrik.documents import PROFILES, profile_problem

READS, WRITES = (
    PROFILES["orders"].partition("\n[import]\n")[0] + "\n",
    "[import]\n" + PROFILES["orders"].partition("\n[import]\n")[2],
)


def problem_of(name: str, old: str, new: str) -> str:
    assert old in PROFILES[name]
    return profile_problem(PROFILES[name].replace(old, new))


@pytest.mark.parametrize("name", PROFILES)
def test_every_shipped_profile_writes(name: str) -> None:
    assert shipped_profile(name).import_part is not None


@pytest.mark.parametrize("name", PROFILES)
def test_a_profile_may_only_read(name: str) -> None:
    assert parse_profile(PROFILES[name].partition("\n[import]\n")[0], "mine").import_part is None


@pytest.mark.parametrize(
    ("name", "old", "new", "expected"),
    [
        (
            "orders",
            "[import]",
            "[imports]",
            "profile.unknown_key(key=imports, allowed=format encoding xml csv fields ",
        ),
        ("orders", "[import]", "[import_part]", "profile.unknown_key(key=import_part, allowed="),
        (
            "orders",
            'refused_pattern = "',
            'refusd = "',
            "profile.unknown_key(key=import.refusd, allowed=encoding date states ",
        ),
        (
            "orders",
            "[import.cancel]",
            "[import.cancl]",
            "profile.missing.table(key=import.cancel, keys={code} {status})",
        ),
        (
            "orders",
            'date = "YYYY-MM-DD HH:mm:ss"\n',
            "",
            "profile.missing.choice(key=import.date, allowed=YYYY-MM-DD ",
        ),
        (
            "orders",
            "delivery_price = {",
            "delivery_price = { titl = 'x',",
            "profile.unknown_key(key=import.items.delivery_price.titl, ",
        ),
        ("orders", 'path = "ORDER_ITEMS/ITEM"', "", "profile.missing.place(key=import.items.path)"),
        ("orders", '"<ERROR>"', '"("', "profile.pattern(key=import.refused_pattern, "),
        ("orders", '"<CODE>"', '"("', "profile.pattern(key=import.taken_pattern, "),
        (
            "orders",
            "([^<>]{1,100})",
            "x",
            "profile.pattern.groups(key=import.code_pattern, groups=0)",
        ),
        ("orders", "([^<>]{1,100})", "(", "profile.pattern(key=import.code_pattern, "),
        (
            "orders",
            'paid = "Platba předem"',
            "paid = {}",
            "profile.import.payment_name(key=import.payments.paid)",
        ),
        ("orders", 'paid = "Platba předem"', "A = {}", "profile.import.payment(key=import.payments.A)"),
        (
            "orders",
            'paid = "Platba předem"',
            "A = { sent = 'x' }",
            "profile.unknown_key(key=import.payments.A.sent, allowed=name paid ",
        ),
        # Sources.
        (
            "orders",
            '"{currency}"',
            '"{curency}"',
            "profile.import.sources(key=import.fields.CURRENCY, allowed=branch carrier cash_on",
        ),
        ("orders", '"{currency}"', '"{currency"', "profile.import.sources(key=import.fields.CURRENCY, "),
        (
            "orders",
            '"{title}"',
            '"{name}"',
            "profile.import.sources(key=import.items.fields.NAME, allowed=code pieces title ",
        ),
        (
            "orders",
            '"Doprava: {carrier}"',
            '"{title}"',
            "profile.import.sources(key=import.items.delivery_price.title, allowed=branch ",
        ),
        (
            "orders",
            'CODE = "{code}"\nSTATUS',
            'CODE = "{mall_order_id}"\nSTATUS',
            "profile.import.sources(key=import.cancel.CODE, allowed=code status)",
        ),
        # Places.
        (
            "orders",
            'CURRENCY = "',
            '"CURR ENCY" = "',
            "profile.import.place(key=import.fields.CURR ENCY, encoding=utf-8)",
        ),
        ("orders", 'CURRENCY = "', '"1CURRENCY" = "', "profile.import.place(key=import.fields.1CURRENCY, "),
        ("orders", 'CURRENCY = "', '"A//B" = "', "profile.import.place(key=import.fields.A//B, "),
        ("orders", 'CURRENCY = "', '"A><B" = "', "profile.import.place(key=import.fields.A><B, "),
        ("orders", '"ORDER_ITEMS/ITEM"', '"ORDER_ITEMS@x"', "profile.import.place(key=import.items.path, "),
        (
            "orders",
            '"ORDER_ITEMS/ITEM"',
            '"CUSTOMER"',
            "profile.import.items_path(key=import.items.path, path=CUSTOMER)",
        ),
        (
            "orders",
            '"ORDER_ITEMS/ITEM"',
            '"SHOP_REMARK"',
            "profile.import.items_path(key=import.items.path, path=SHOP_REMARK)",
        ),
        (
            "orders",
            'AMOUNT = "{pieces}"',
            "",
            "profile.import.items_lack(key=import.items, sources={pieces})",
        ),
        (
            "orders",
            "[import.items.fields]",
            'line = "{code}"\n[import.items.fields]',
            "profile.import.items_xml(key=import.items)",
        ),
        # MALL's number.
        (
            "orders",
            'SHOP_REMARK = "MALL',
            'REMARK_2 = "MALL',
            "profile.import.no_number(places=SHOP_REMARK)",
        ),
        (
            "orders",
            '"MALL Partner: {mall_order_id}"',
            '"{mall_order_id}"',
            "profile.import.number(key=import.fields.SHOP_REMARK)",
        ),
        (
            "orders",
            '"MALL Partner: {mall_order_id}"',
            '"MALL {mall_order_id} {name}"',
            "profile.import.number(key=import.fields.SHOP_REMARK)",
        ),
        (
            "orders",
            '"MALL Partner: {mall_order_id}"',
            '["MALL {mall_order_id}", "x"]',
            "profile.import.number(key=import.fields.SHOP_REMARK)",
        ),
        (
            "orders",
            '"MALL Partner: {mall_order_id}"',
            '"MALL 654321, MALL {mall_order_id}"',
            "profile.import.number(key=import.fields.SHOP_REMARK)",
        ),
        (
            "orders",
            '"MALL Partner: {mall_order_id}"',
            '"MALL {mall_order_id}-1"',
            "profile.import.number(key=import.fields.SHOP_REMARK)",
        ),
        # The state.
        (
            "orders",
            'pending = "nev',
            'pending = "vy',
            "profile.import.state(key=import.states.pending, state=pending, ",
        ),
        (
            "orders",
            'canceled = "stornováno"',
            'canceled = "zrušeno"',
            "profile.import.state(key=import.states.canceled, state=canceled, ",
        ),
        (
            "orders",
            'STATUS = "{status}"\nCURR',
            'STATUS = "{status}!"\nCURR',
            "profile.import.read_back(key=import.fields.STATUS, source={status})",
        ),
        (
            "orders",
            'STATUS = "{status}"\nCURR',
            "CURR",
            "profile.import.read_back(key=import.fields.STATUS, source={status})",
        ),
        (
            "orders",
            'CODE = "{code}"\nSTATUS',
            "STATUS",
            "profile.import.read_back(key=import.cancel.CODE, source={code})",
        ),
        # The date, and what MALL is told as a fact.
        (
            "orders",
            '"{created}"',
            '"{ship_by}"',
            "profile.import.read_back(key=import.fields.DATE, source={created})",
        ),
        ("orders", 'CURRENCY = "', 'DELIVERY_DATE = "', "profile.import.must_be_empty(path=DELIVERY_DATE)"),
        ("orders", 'CURRENCY = "', 'PACKAGE_NUMBER = "', "profile.import.must_be_empty(path=PACKAGE_NUMBER)"),
        (
            "orders",
            "[import.cancel]",
            '[import.cancel]\nPACKAGE_URL = "{code}"',
            "profile.import.must_be_empty(path=PACKAGE_URL)",
        ),
        # Amounts.
        (
            "orders",
            'discount = { code = "SLEVA", title = "Sleva" }',
            "",
            "profile.import.amount(amount=discount)",
        ),
        (
            "orders",
            'CURRENCY = "{currency}"',
            'PRICE = "{delivery_price}"',
            "profile.import.amount(amount=delivery_price)",
        ),
        # Other formats.
        (
            "csv",
            'line = "{code}',
            'fields = { A = "{code}" }\n#',
            "profile.import.items_csv(key=import.items)",
        ),
        (
            "csv",
            'path = "POLOZKY"',
            'path = "JMENO"',
            "profile.import.items_path(key=import.items.path, path=JMENO)",
        ),
        ("csv", "header = true", "header = false", "profile.column_number(key=fields.code)"),
        ("csv", "MENA = ", '" MENA" = ', "profile.import.column(key=import.fields. MENA, "),
        (
            "csv",
            "[import]\n",
            '[import]\nencoding = "declared"\n',
            "profile.value(key=import.encoding)",
        ),
        (
            "czech",
            'Mena = "',
            '"Mŏna" = "',
            "profile.import.place(key=import.fields.Mŏna, encoding=windows-1250)",
        ),
    ],
)
def test_what_does_not_fit_is_named(name: str, old: str, new: str, expected: str) -> None:
    assert expected in problem_of(name, old, new)


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("csv", "MENA = ", '"ŏ" = '),
        ("csv", "[import]\n", '[import]\nencoding = "windows-1250"\n'),
        ("czech", 'Mena = "', '"Měna" = "'),
    ],
)
def test_names_that_the_encoding_can_write_fit(name: str, old: str, new: str) -> None:
    assert old in PROFILES[name]
    assert parse_profile(PROFILES[name].replace(old, new), "mine.toml").import_part is not None


def test_the_date_is_written_in_a_form_that_is_read() -> None:
    problem = problem_of("czech", 'date = "d.M.yyyy H:mm"\n', 'date = "YYYY-MM-DD"\n')
    assert problem.startswith("profile.import.date(key=import.date, allowed=d.M.yyyy H:mm ")


def test_a_states_name_must_survive_a_csv_document() -> None:
    text = PROFILES["csv"].replace(
        "[import]\n", '[states]\n"ŏpen" = "pending"\n[import]\nencoding = "windows-1250"\n'
    )
    with pytest.raises(
        ExportProblemError, match=r"key=import\.states\.pending, state=pending, encoding=windows-1250"
    ):
        parse_profile(text.replace('pending = "nevyřízená"', 'pending = "ŏpen"'), "mine.toml")


def test_what_is_written_does_not_change_the_digest() -> None:
    other = (
        PROFILES["orders"].replace('pending = "nevyřízená"', 'pending = "Nevybavená"').replace("DOPRAVA", "D")
    )
    assert parse_profile(other, "mine").digest == shipped_profile("orders").digest


def with_text(text: str) -> ShopSettings:
    return ShopSettings(shop="demo", profile_text=text)


@pytest.mark.parametrize(
    ("broken", "expected"),
    [
        (
            '[import]\nenkoding = "utf-8"',
            "profile.unknown_key(key=import.enkoding, allowed=encoding date states ",
        ),
        ("[import]\n[import.items]", "profile.missing.choice(key=import.date, "),
        (WRITES.replace("nevyřízená", "vyřízená"), "profile.import.state(key=import.states.pending, "),
        ("", "profile.no_import"),
    ],
)
def test_what_is_wrong_with_import_decides_nothing_about_reading(broken: str, expected: str) -> None:
    settings = with_text(READS + broken)
    profile = reading_profile(settings)
    assert profile == parse_profile(READS, "mine.toml")
    assert FastCentrikExports().profile_digest(settings) == shipped_profile("orders").digest
    with pytest.raises(ExportProblemError) as caught:
        writing_profile(settings)
    assert caught.value.reason.fact("source") == Term("profile_text")
    assert expected in str(caught.value)
    problem = FastCentrikImports().problem(settings, ShopSecrets("", "", "https://shop.test/import"))
    assert problem is not None
    assert problem.fact("problem") == caught.value.reason


def test_import_that_is_no_table_decides_nothing_about_reading_either() -> None:
    settings = with_text(f"import = 5\n{READS}")
    assert reading_profile(settings) == parse_profile(READS, "mine.toml")
    with pytest.raises(ExportProblemError, match=r"profile\.value\(key=import\)"):
        writing_profile(settings)


def test_what_is_wrong_elsewhere_stops_both() -> None:
    settings = with_text(PROFILES["orders"].replace('code = "CODE"\n', ""))
    for profile_for in (reading_profile, writing_profile):
        with pytest.raises(ExportProblemError, match=r"profile\.missing\.place\(key=fields\.code\)"):
            profile_for(settings)
