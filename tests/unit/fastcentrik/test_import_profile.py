"""``[import]`` in a profile: it must fit the rest, and what does not is told with its key."""

from __future__ import annotations

import pytest

from orderbridge.adapters.fastcentrik.profile.load import (
    SHIPPED,
    parse_profile,
    reading_profile,
    shipped_names,
    shipped_profile,
    writing_profile,
)
from orderbridge.adapters.fastcentrik.reading.exports import FastCentrikExports
from orderbridge.adapters.fastcentrik.writing.imports import FastCentrikImports
from orderbridge.domain.facts import Term
from orderbridge.domain.shops import ShopSecrets
from orderbridge.errors import ExportProblemError
from orderbridge.settings import ShopSettings
from tests.unit.fastcentrik.documents import problems_of

TEXTS = {name: (SHIPPED / f"{name}.toml").read_text("utf-8") for name in shipped_names()}
READS, WRITES = (
    TEXTS["orders"].partition("\n[import]\n")[0] + "\n",
    "[import]\n" + TEXTS["orders"].partition("\n[import]\n")[2],
)


def problem_of(name: str, old: str, new: str) -> str:
    assert old in TEXTS[name]
    with pytest.raises(ExportProblemError) as caught:
        parse_profile(TEXTS[name].replace(old, new), "mine.toml")
    assert caught.value.__context__ is None
    assert caught.value.reason.fact("source") == Term("mine.toml")
    return " ".join(problem.log_line for problem in problems_of(caught.value.reason))


@pytest.mark.parametrize("name", TEXTS)
def test_every_shipped_profile_writes(name: str) -> None:
    assert shipped_profile(name).import_part is not None


@pytest.mark.parametrize("name", TEXTS)
def test_a_profile_may_only_read(name: str) -> None:
    assert parse_profile(TEXTS[name].partition("\n[import]\n")[0], "mine").import_part is None


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("[import]", "[imports]", "profile.unknown_key(key=imports, allowed=format encoding xml csv fields "),
        ("[import]", "[import_part]", "profile.unknown_key(key=import_part, allowed="),
        (
            'refused_pattern = "',
            'refusd = "',
            "profile.unknown_key(key=import.refusd, allowed=encoding date states ",
        ),
        (
            "[import.cancel]",
            "[import.cancl]",
            "profile.missing.table(key=import.cancel, keys={code} {status})",
        ),
        ('date = "YYYY-MM-DD HH:mm:ss"\n', "", "profile.missing.choice(key=import.date, allowed=YYYY-MM-DD "),
        (
            "delivery_price = {",
            "delivery_price = { titl = 'x',",
            "profile.unknown_key(key=import.items.delivery_price.titl, ",
        ),
        ('path = "ORDER_ITEMS/ITEM"', "", "profile.missing.place(key=import.items.path)"),
        ('"<ERROR>"', '"("', "profile.pattern(key=import.refused_pattern, "),
        ('"<CODE>"', '"("', "profile.pattern(key=import.taken_pattern, "),
        (
            "([^<>]{1,100})",
            "x",
            "profile.pattern.groups(key=import.code_pattern, groups=0)",
        ),
        ("([^<>]{1,100})", "(", "profile.pattern(key=import.code_pattern, "),
        ('paid = "Platba předem"', "paid = {}", "profile.import.payment_name(key=import.payments.paid)"),
        ('paid = "Platba předem"', "A = {}", "profile.import.payment(key=import.payments.A)"),
        (
            'paid = "Platba předem"',
            "A = { sent = 'x' }",
            "profile.unknown_key(key=import.payments.A.sent, allowed=name paid ",
        ),
        # Sources.
        (
            '"{currency}"',
            '"{curency}"',
            "profile.import.sources(key=import.fields.CURRENCY, allowed=branch carrier cash_on",
        ),
        ('"{currency}"', '"{currency"', "profile.import.sources(key=import.fields.CURRENCY, "),
        (
            '"{title}"',
            '"{name}"',
            "profile.import.sources(key=import.items.fields.NAME, allowed=code pieces title ",
        ),
        (
            '"Doprava: {carrier}"',
            '"{title}"',
            "profile.import.sources(key=import.items.delivery_price.title, allowed=branch ",
        ),
        (
            'CODE = "{code}"\nSTATUS',
            'CODE = "{mall_order_id}"\nSTATUS',
            "profile.import.sources(key=import.cancel.CODE, allowed=code status)",
        ),
        # Places.
        (
            'CURRENCY = "',
            '"CURR ENCY" = "',
            "profile.import.place(key=import.fields.CURR ENCY, encoding=utf-8)",
        ),
        ('CURRENCY = "', '"1CURRENCY" = "', "profile.import.place(key=import.fields.1CURRENCY, "),
        ('CURRENCY = "', '"A//B" = "', "profile.import.place(key=import.fields.A//B, "),
        ('CURRENCY = "', '"A><B" = "', "profile.import.place(key=import.fields.A><B, "),
        ('"ORDER_ITEMS/ITEM"', '"ORDER_ITEMS@x"', "profile.import.place(key=import.items.path, "),
        (
            '"ORDER_ITEMS/ITEM"',
            '"CUSTOMER"',
            "profile.import.items_path(key=import.items.path, path=CUSTOMER)",
        ),
        (
            '"ORDER_ITEMS/ITEM"',
            '"SHOP_REMARK"',
            "profile.import.items_path(key=import.items.path, path=SHOP_REMARK)",
        ),
        ('AMOUNT = "{pieces}"', "", "profile.import.items_lack(key=import.items, sources={pieces})"),
        (
            "[import.items.fields]",
            'line = "{code}"\n[import.items.fields]',
            "profile.import.items_xml(key=import.items)",
        ),
        # MALL's number.
        (
            'SHOP_REMARK = "MALL',
            'REMARK_2 = "MALL',
            "profile.import.no_number(places=SHOP_REMARK)",
        ),
        (
            '"MALL Partner: {mall_order_id}"',
            '"{mall_order_id}"',
            "profile.import.number(key=import.fields.SHOP_REMARK)",
        ),
        (
            '"MALL Partner: {mall_order_id}"',
            '"MALL {mall_order_id} {name}"',
            "profile.import.number(key=import.fields.SHOP_REMARK)",
        ),
        (
            '"MALL Partner: {mall_order_id}"',
            '["MALL {mall_order_id}", "x"]',
            "profile.import.number(key=import.fields.SHOP_REMARK)",
        ),
        (
            '"MALL Partner: {mall_order_id}"',
            '"MALL 654321, MALL {mall_order_id}"',
            "profile.import.number(key=import.fields.SHOP_REMARK)",
        ),
        (
            '"MALL Partner: {mall_order_id}"',
            '"MALL {mall_order_id}-1"',
            "profile.import.number(key=import.fields.SHOP_REMARK)",
        ),
        # The state.
        (
            'pending = "nev',
            'pending = "vy',
            "profile.import.state(key=import.states.pending, state=pending, ",
        ),
        (
            'canceled = "stornováno"',
            'canceled = "zrušeno"',
            "profile.import.state(key=import.states.canceled, state=canceled, ",
        ),
        (
            'STATUS = "{status}"\nCURR',
            'STATUS = "{status}!"\nCURR',
            "profile.import.read_back(key=import.fields.STATUS, source={status})",
        ),
        (
            'STATUS = "{status}"\nCURR',
            "CURR",
            "profile.import.read_back(key=import.fields.STATUS, source={status})",
        ),
        (
            'CODE = "{code}"\nSTATUS',
            "STATUS",
            "profile.import.read_back(key=import.cancel.CODE, source={code})",
        ),
        # The date, and what MALL is told as a fact.
        ('"{created}"', '"{ship_by}"', "profile.import.read_back(key=import.fields.DATE, source={created})"),
        ('CURRENCY = "', 'DELIVERY_DATE = "', "profile.import.must_be_empty(path=DELIVERY_DATE)"),
        ('CURRENCY = "', 'PACKAGE_NUMBER = "', "profile.import.must_be_empty(path=PACKAGE_NUMBER)"),
        (
            "[import.cancel]",
            '[import.cancel]\nPACKAGE_URL = "{code}"',
            "profile.import.must_be_empty(path=PACKAGE_URL)",
        ),
        # Amounts.
        (
            'discount = { code = "SLEVA", title = "Sleva" }',
            "",
            "profile.import.amount(amount=discount)",
        ),
        (
            'CURRENCY = "{currency}"',
            'PRICE = "{delivery_price}"',
            "profile.import.amount(amount=delivery_price)",
        ),
    ],
)
def test_what_does_not_fit_is_named(old: str, new: str, expected: str) -> None:
    assert expected in problem_of("orders", old, new)


def test_the_date_is_written_in_a_form_that_is_read() -> None:
    problem = problem_of("czech", 'date = "d.M.yyyy H:mm"\n', 'date = "YYYY-MM-DD"\n')
    assert problem.startswith("profile.import.date(key=import.date, allowed=d.M.yyyy H:mm ")


@pytest.mark.parametrize(
    ("name", "old", "new", "expected"),
    [
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
        ("csv", "MENA = ", '"ŏ" = ', ""),
        ("csv", "MENA = ", '" MENA" = ', "profile.import.column(key=import.fields. MENA, "),
        ("csv", "[import]\n", '[import]\nencoding = "windows-1250"\n', ""),
        (
            "csv",
            "[import]\n",
            '[import]\nencoding = "declared"\n',
            "profile.value(key=import.encoding)",
        ),
        ("czech", 'Mena = "', '"Měna" = "', ""),
        (
            "czech",
            'Mena = "',
            '"Mŏna" = "',
            "profile.import.place(key=import.fields.Mŏna, encoding=windows-1250)",
        ),
    ],
)
def test_other_formats(name: str, old: str, new: str, expected: str) -> None:
    if expected:
        assert problem_of(name, old, new).startswith(expected)
    else:
        assert parse_profile(TEXTS[name].replace(old, new), "mine.toml").import_part is not None


def test_a_states_name_must_survive_a_csv_document() -> None:
    text = TEXTS["csv"].replace(
        "[import]\n", '[states]\n"ŏpen" = "pending"\n[import]\nencoding = "windows-1250"\n'
    )
    with pytest.raises(
        ExportProblemError, match=r"key=import\.states\.pending, state=pending, encoding=windows-1250"
    ):
        parse_profile(text.replace('pending = "nevyřízená"', 'pending = "ŏpen"'), "mine.toml")


def test_what_is_written_does_not_change_the_digest() -> None:
    other = (
        TEXTS["orders"].replace('pending = "nevyřízená"', 'pending = "Nevybavená"').replace("DOPRAVA", "D")
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
    settings = with_text(TEXTS["orders"].replace('code = "CODE"\n', ""))
    for profile_for in (reading_profile, writing_profile):
        with pytest.raises(ExportProblemError, match=r"profile\.missing\.place\(key=fields\.code\)"):
            profile_for(settings)
