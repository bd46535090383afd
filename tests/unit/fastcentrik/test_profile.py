"""Profiles: what is accepted, and the one line that says what is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from orderbridge.adapters.fastcentrik.profile.load import (
    SHIPPED,
    parse_profile,
    reading_profile,
    shipped_profile,
    writing_profile,
)
from orderbridge.adapters.fastcentrik.reading.exports import FastCentrikExports
from orderbridge.domain.statuses import ShopStatus
from orderbridge.errors import ExportProblemError
from orderbridge.settings import ShopSettings

if TYPE_CHECKING:
    from collections.abc import Callable

    from orderbridge.adapters.fastcentrik.profile.schema import Profile

ORDERS = (SHIPPED / "orders.toml").read_text("utf-8")
CSV = (SHIPPED / "csv.toml").read_text("utf-8")


def problem_of(text: str) -> str:
    with pytest.raises(ExportProblemError) as caught:
        parse_profile(text, "profiles/mine.toml")
    assert caught.value.__context__ is None
    line = str(caught.value)
    assert "\n" not in line
    assert line.startswith("profiles/mine.toml: ")
    return line


@pytest.mark.parametrize("name", ["orders", "czech", "csv"])
def test_the_shipped_profiles_are_valid(name: str) -> None:
    assert shipped_profile(name).fields.code


def test_a_profile_is_parsed_once() -> None:
    assert shipped_profile("orders") is shipped_profile("orders")
    assert parse_profile(ORDERS, "x") is parse_profile(ORDERS, "x")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('format = "xml"', 'format = "json"', "format: Input should be 'xml' or 'csv'"),
        (
            'encoding = "declared"',
            'encoding = "latin1"',
            "encoding: Input should be 'utf-8', 'utf-8-sig', 'windows-1250'",
        ),
        (
            'format = "xml"',
            'formt = "xml"',
            "formt: unknown key; allowed: format, encoding, xml, csv, fields,",
        ),
        (
            'carrier = "CARRIER"',
            'carier = "C"',
            "fields.carier: unknown key; allowed: code, status, delivery_date,",
        ),
        ('record = "ORDERS/ORDER"', 'recrd = "A/B"', "xml.recrd: unknown key; allowed: record"),
        (
            'record = "ORDERS/ORDER"',
            'record = "ORDERS"',
            "xml.record: allowed is a path of element names from the root",
        ),
        ('code = "CODE"', "", "fields.code: missing; allowed is the place of the value"),
        ('format = "xml"', "", "format: missing; allowed is xml or csv"),
        ('code = "CODE"', 'code = "A//B"', "fields.code: allowed is a path within the record such as CODE"),
        ('code = "CODE"', "code = 7", "fields.code: Input should be a valid string"),
        ('path = "SHOP_REMARK"', "path = []", "mall_order_id.path: "),
        (
            'path = "SHOP_REMARK"',
            'path = ["A", "B@"]',
            "mall_order_id.path: allowed is a path within the record",
        ),
        (
            '"YYYY-MM-DD HH:mm:ss", ',
            '"%Y-%m-%d", ',
            "dates.read.0: Input should be 'YYYY-MM-DD', 'YYYY-MM-DD HH:mm'",
        ),
        ('decimal_mark = "."', 'decimal_mark = "x"', "numbers.decimal_mark: Input should be '.' or ','"),
        ("[numbers]", "[csv]\n[numbers]", "xml: needed, and [csv] is not allowed"),
        (
            "[numbers]",
            '[states]\n"hotovo" = "done"\n[numbers]',
            "states.hotovo: Input should be 'pending', 'partially",
        ),
        (
            "[numbers]",
            '[changed_since]\nparameter = "a b"\nform = "d.M.yyyy"\n[numbers]',
            "changed_since.parameter: ",
        ),
        ("[numbers]", "[numbers", "not TOML: "),
    ],
)
def test_an_error_names_the_file_the_key_and_what_is_allowed(old: str, new: str, expected: str) -> None:
    assert old in ORDERS
    assert f"{expected}" in problem_of(ORDERS.replace(old, new))


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("MALL [0-9]+", "has 0 groups; allowed is exactly one"),
        ("(a)(b)", "has 2 groups"),
        ("(", "is not a regular expression"),
        ("(a{9999999999})", "is not a regular expression"),
        ("(" * 5000, "is not a regular expression"),
    ],
)
def test_the_pattern_has_exactly_one_group(pattern: str, expected: str) -> None:
    lines = [
        f"pattern = '{pattern}'" if line.startswith("pattern = ") else line for line in ORDERS.splitlines()
    ]
    text = "\n".join(lines)
    assert f"mall_order_id.pattern: {expected}" in problem_of(text)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('delimiter = ";"', 'delimiter = ";;"', "csv.delimiter: "),
        ('delimiter = ";"', "delimiter = '\"'", "csv.quote: allowed is any character but the delimiter"),
        (
            'encoding = "utf-8-sig"',
            'encoding = "declared"',
            "encoding: a CSV file declares none; allowed: utf-8,",
        ),
        ("header = true", "header = false", "with header = false allowed is the column's number, from 1"),
        ("[csv]", '[xml]\nrecord = "A/B"\n[csv]', 'xml: not allowed with format = "csv"'),
    ],
)
def test_csv_errors(old: str, new: str, expected: str) -> None:
    assert old in CSV
    assert expected in problem_of(CSV.replace(old, new))


def test_several_errors_are_one_line() -> None:
    line = problem_of(ORDERS.replace('code = "CODE"', "").replace('format = "xml"', 'format = "json"'))
    assert "fields.code: missing" in line
    assert "format: Input" in line


def test_nesting_without_end_is_a_problem_of_the_profile() -> None:
    assert "nested too deeply" in problem_of(f"format = {'[' * 100_000}")


@pytest.mark.parametrize("profile_for", [reading_profile, writing_profile])
def test_an_unknown_profile_names_those_that_exist(profile_for: Callable[[ShopSettings], Profile]) -> None:
    with pytest.raises(
        ExportProblemError, match="'nope': allowed are csv, czech, orders, or a whole profile"
    ):
        profile_for(ShopSettings(shop="demo", profile="nope"))
    with pytest.raises(ExportProblemError, match="allowed are"):
        profile_for(ShopSettings(shop="demo", profile="../profiles/orders"))


def test_profile_text_replaces_the_shipped_profile() -> None:
    text = ORDERS + '\n[states]\n"expedováno" = "settled"\n'
    settings = ShopSettings(shop="demo", profile="nope", profile_text=text)
    for profile_for in (reading_profile, writing_profile):
        assert profile_for(settings).states == {"expedováno": ShopStatus.SETTLED}
        with pytest.raises(ExportProblemError, match=r"^profile_text of shop demo: fields.code: missing"):
            profile_for(ShopSettings(shop="demo", profile_text=ORDERS.replace('code = "CODE"', "")))


class TestDigest:
    def digest(self, text: str = "", profile: str = "orders") -> str:
        return FastCentrikExports().profile_digest(
            ShopSettings(shop="demo", profile=profile, profile_text=text)
        )

    def test_depends_on_what_is_read_not_on_how_it_is_written(self) -> None:
        reordered = "# a comment\n" + ORDERS.replace(
            'status = "STATUS"\ncreated = "DATE"', 'created = "DATE"\nstatus = "STATUS"'
        )
        assert reordered != ORDERS
        assert self.digest(reordered) == self.digest()

    def test_differs_between_profiles_and_for_every_change(self) -> None:
        digests = {self.digest(profile=name) for name in ("orders", "czech", "csv")}
        digests.add(self.digest(ORDERS.replace('"CARRIER"', '"DOPRAVCE"')))
        digests.add(self.digest(ORDERS + '\n[states]\n"hotovo" = "settled"\n'))
        assert len(digests) == 5

    def test_is_the_same_in_every_process(self) -> None:
        assert self.digest(profile="csv") == shipped_profile("csv").digest
        assert len(self.digest()) == 64

    def test_a_broken_profile_has_none(self) -> None:
        with pytest.raises(ExportProblemError, match="format"):
            self.digest(ORDERS.replace('format = "xml"', 'format = "json"'))
