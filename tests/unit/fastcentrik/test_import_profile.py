"""``[import]`` in a profile: it must fit the rest, and what does not is one line that names the key."""

from __future__ import annotations

import pytest

from orderbridge.adapters.fastcentrik.profile.load import (
    SHIPPED,
    parse_profile,
    reading_profile,
    shipped_profile,
    writing_profile,
)
from orderbridge.adapters.fastcentrik.reading.exports import FastCentrikExports
from orderbridge.adapters.fastcentrik.writing.imports import FastCentrikImports
from orderbridge.domain.shops import ShopSecrets
from orderbridge.errors import ExportProblemError
from orderbridge.settings import ShopSettings

TEXTS = {name: (SHIPPED / f"{name}.toml").read_text("utf-8") for name in ("orders", "czech", "csv")}
READS, WRITES = (
    TEXTS["orders"].partition("\n[import]\n")[0] + "\n",
    "[import]\n" + TEXTS["orders"].partition("\n[import]\n")[2],
)


def problem_of(name: str, old: str, new: str) -> str:
    assert old in TEXTS[name]
    with pytest.raises(ExportProblemError) as caught:
        parse_profile(TEXTS[name].replace(old, new), "mine.toml")
    assert caught.value.__context__ is None
    line = str(caught.value)
    assert "\n" not in line
    assert line.startswith("mine.toml: ")
    return line.removeprefix("mine.toml: ")


@pytest.mark.parametrize("name", TEXTS)
def test_every_shipped_profile_writes(name: str) -> None:
    assert shipped_profile(name).import_part is not None


@pytest.mark.parametrize("name", TEXTS)
def test_a_profile_may_only_read(name: str) -> None:
    assert parse_profile(TEXTS[name].partition("\n[import]\n")[0], "mine").import_part is None


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("[import]", "[imports]", "imports: unknown key; allowed: format, encoding, xml, csv, fields,"),
        ("[import]", "[import_part]", "import_part: unknown key; allowed: "),
        ('refused_pattern = "', 'refusd = "', "import.refusd: unknown key; allowed: encoding, date, states,"),
        (
            "[import.cancel]",
            "[import.cancl]",
            "import.cancel: missing; allowed is a table of place = text with",
        ),
        ('date = "YYYY-MM-DD HH:mm:ss"\n', "", "import.date: missing; allowed is one of YYYY-MM-DD"),
        (
            "delivery_price = {",
            "delivery_price = { titl = 'x',",
            "import.items.delivery_price.titl: unknown key",
        ),
        ('path = "ORDER_ITEMS/ITEM"', "", "import.items.path: missing; allowed is the place of a line"),
        ('"<ERROR>"', '"("', "import.refused_pattern: is not a regular expression"),
        ('"<CODE>"', '"("', "import.taken_pattern: is not a regular expression"),
        (
            "([^<>]{1,100})",
            "x",
            "import.code_pattern: allowed is a regular expression with exactly one group",
        ),
        ("([^<>]{1,100})", "(", "import.code_pattern: is not a regular expression"),
        ('paid = "Platba předem"', "paid = {}", "import.payments.paid: allowed is a name"),
        ('paid = "Platba předem"', "A = {}", "import.payments.A: allowed is a name, or a table with paid"),
        (
            'paid = "Platba předem"',
            "A = { sent = 'x' }",
            "import.payments.A.sent: unknown key; allowed: name, paid",
        ),
        # Sources.
        (
            '"{currency}"',
            '"{curency}"',
            "import.fields.CURRENCY: allowed in braces are branch, carrier, cash_on",
        ),
        ('"{currency}"', '"{currency"', "import.fields.CURRENCY: allowed in braces are"),
        ('"{title}"', '"{name}"', "import.items.fields.NAME: allowed in braces are code, pieces, title"),
        (
            '"Doprava: {carrier}"',
            '"{title}"',
            "import.items.delivery_price.title: allowed in braces are branch",
        ),
        (
            'CODE = "{code}"\nSTATUS',
            'CODE = "{mall_order_id}"\nSTATUS',
            "import.cancel.CODE: allowed in braces are code, status",
        ),
        # Places.
        ('CURRENCY = "', '"CURR ENCY" = "', "import.fields.CURR ENCY: not a place that can be written"),
        ('CURRENCY = "', '"1CURRENCY" = "', "import.fields.1CURRENCY: not a place"),
        ('CURRENCY = "', '"A//B" = "', "import.fields.A//B: not a place"),
        ('CURRENCY = "', '"A><B" = "', "import.fields.A><B: not a place"),
        ('"ORDER_ITEMS/ITEM"', '"ORDER_ITEMS@x"', "import.items.path: not a place"),
        ('"ORDER_ITEMS/ITEM"', '"CUSTOMER"', "import.items.path: CUSTOMER is a place of the order itself"),
        ('"ORDER_ITEMS/ITEM"', '"SHOP_REMARK"', "import.items.path: SHOP_REMARK is a place of the order"),
        ('AMOUNT = "{pieces}"', "", "import.items: lacks {pieces}"),
        (
            "[import.items.fields]",
            'line = "{code}"\n[import.items.fields]',
            "import.items: with XML fields is needed",
        ),
        # MALL's number.
        (
            'SHOP_REMARK = "MALL',
            'REMARK_2 = "MALL',
            "import.fields: write {mall_order_id} where it is read (SHOP_REMARK)",
        ),
        (
            '"MALL Partner: {mall_order_id}"',
            '"{mall_order_id}"',
            "import.fields.SHOP_REMARK: allowed is one text",
        ),
        (
            '"MALL Partner: {mall_order_id}"',
            '"MALL {mall_order_id} {name}"',
            "import.fields.SHOP_REMARK: allowed is one",
        ),
        (
            '"MALL Partner: {mall_order_id}"',
            '["MALL {mall_order_id}", "x"]',
            "import.fields.SHOP_REMARK: allowed is one",
        ),
        (
            '"MALL Partner: {mall_order_id}"',
            '"MALL 654321, MALL {mall_order_id}"',
            "import.fields.SHOP_REMARK: allowed is one",
        ),
        (
            '"MALL Partner: {mall_order_id}"',
            '"MALL {mall_order_id}-1"',
            "import.fields.SHOP_REMARK: allowed is one",
        ),
        # The state.
        (
            'pending = "nev',
            'pending = "vy',
            "import.states.pending: allowed is a name that is read as pending",
        ),
        (
            'canceled = "stornováno"',
            'canceled = "zrušeno"',
            "import.states.canceled: allowed is a name that is",
        ),
        (
            'STATUS = "{status}"\nCURR',
            'STATUS = "{status}!"\nCURR',
            "import.fields.STATUS: allowed is {status}",
        ),
        ('STATUS = "{status}"\nCURR', "CURR", "import.fields.STATUS: allowed is {status}"),
        ('CODE = "{code}"\nSTATUS', "STATUS", "import.cancel.CODE: needed, as {code}"),
        # The date, and what MALL is told as a fact.
        ('"{created}"', '"{ship_by}"', "import.fields.DATE: allowed is {created}"),
        ('CURRENCY = "', 'DELIVERY_DATE = "', "import: DELIVERY_DATE must stay empty"),
        ('CURRENCY = "', 'PACKAGE_NUMBER = "', "import: PACKAGE_NUMBER must stay empty"),
        ("[import.cancel]", '[import.cancel]\nPACKAGE_URL = "{code}"', "import: PACKAGE_URL must stay empty"),
        # Amounts.
        (
            'discount = { code = "SLEVA", title = "Sleva" }',
            "",
            "import: discount is needed once, as {discount}",
        ),
        ('CURRENCY = "{currency}"', 'PRICE = "{delivery_price}"', "import: delivery_price is needed once"),
    ],
)
def test_what_does_not_fit_is_named(old: str, new: str, expected: str) -> None:
    assert expected in problem_of("orders", old, new)


def test_the_date_is_written_in_a_form_that_is_read() -> None:
    line = problem_of("czech", 'date = "d.M.yyyy H:mm"\n', 'date = "YYYY-MM-DD"\n')
    assert line.startswith("import.date: allowed is a form that is read: d.M.yyyy H:mm, ")


@pytest.mark.parametrize(
    ("name", "old", "new", "expected"),
    [
        ("csv", 'line = "{code}', 'fields = { A = "{code}" }\n#', "import.items: with CSV line is needed"),
        (
            "csv",
            'path = "POLOZKY"',
            'path = "JMENO"',
            "import.items.path: JMENO is a place of the order itself",
        ),
        ("csv", "header = true", "header = false", "fields.code: with header = false"),
        ("csv", "MENA = ", '"ŏ" = ', ""),
        ("csv", "MENA = ", '" MENA" = ', "import.fields. MENA: not a column's name"),
        ("csv", "[import]\n", '[import]\nencoding = "windows-1250"\n', ""),
        (
            "csv",
            "[import]\n",
            '[import]\nencoding = "declared"\n',
            "import.encoding: Input should be 'utf-8',",
        ),
        ("czech", 'Mena = "', '"Měna" = "', ""),
        (
            "czech",
            'Mena = "',
            '"Mŏna" = "',
            "import.fields.Mŏna: not a place that can be written in windows-1250",
        ),
    ],
)
def test_other_formats(name: str, old: str, new: str, expected: str) -> None:
    if expected:
        line = problem_of(name, old, new)
        assert line.startswith(expected), line
    else:
        assert parse_profile(TEXTS[name].replace(old, new), "mine.toml").import_part is not None


def test_a_states_name_must_survive_a_csv_document() -> None:
    text = TEXTS["csv"].replace(
        "[import]\n", '[states]\n"ŏpen" = "pending"\n[import]\nencoding = "windows-1250"\n'
    )
    with pytest.raises(ExportProblemError, match=r"import\.states\.pending: .* that windows-1250 has"):
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
        ('[import]\nenkoding = "utf-8"', "import.enkoding: unknown key; allowed: encoding, date, states,"),
        ("[import]\n[import.items]", "import.date: missing; allowed is one of"),
        (WRITES.replace("nevyřízená", "vyřízená"), "import.states.pending: allowed is a name that is read"),
        ("", "the table [import] is missing"),
    ],
)
def test_what_is_wrong_with_import_decides_nothing_about_reading(broken: str, expected: str) -> None:
    settings = with_text(READS + broken)
    profile = reading_profile(settings)
    assert profile == parse_profile(READS, "mine.toml")
    assert FastCentrikExports().profile_digest(settings) == shipped_profile("orders").digest
    with pytest.raises(ExportProblemError) as caught:
        writing_profile(settings)
    assert str(caught.value).startswith("profile_text of shop demo: ")
    assert expected in str(caught.value)
    problem = FastCentrikImports().problem(settings, ShopSecrets("", "", "https://shop.test/import"))
    assert problem == str(caught.value)


def test_import_that_is_no_table_decides_nothing_about_reading_either() -> None:
    settings = with_text(f"import = 5\n{READS}")
    assert reading_profile(settings) == parse_profile(READS, "mine.toml")
    with pytest.raises(ExportProblemError, match="demo: import: "):
        writing_profile(settings)


def test_what_is_wrong_elsewhere_stops_both() -> None:
    settings = with_text(TEXTS["orders"].replace('code = "CODE"\n', ""))
    for profile_for in (reading_profile, writing_profile):
        with pytest.raises(ExportProblemError, match=r"fields\.code: missing"):
            profile_for(settings)
