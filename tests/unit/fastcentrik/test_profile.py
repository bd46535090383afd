"""Profiles: what is accepted, and the reason that says what is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from orderbridge.adapters.fastcentrik.profile.load import (
    parse_profile,
    reading_profile,
    shipped_names,
    shipped_profile,
    writing_profile,
)
from orderbridge.adapters.fastcentrik.reading.exports import FastCentrikExports
from orderbridge.domain.codes.profiles import ProfileReason
from orderbridge.domain.facts import ShopText, Term
from orderbridge.domain.reasons import because
from orderbridge.domain.statuses import ShopStatus
from orderbridge.errors import ExportProblemError
from orderbridge.settings import ShopSettings
from tests.unit.fastcentrik.documents import PROFILES, problems_of, profile_problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from orderbridge.adapters.fastcentrik.profile.schema import Profile

ORDERS = PROFILES["orders"]


MISSING_CODE = (
    r"^profile\.unusable\(source=profile_text, problems=profile\.missing\.place\(key=fields\.code\)\)$"
)


@pytest.mark.parametrize("name", shipped_names())
def test_the_shipped_profiles_are_valid(name: str) -> None:
    assert shipped_profile(name).fields.code


def test_a_profile_is_parsed_once() -> None:
    assert shipped_profile("orders") is shipped_profile("orders")
    assert parse_profile(ORDERS, "x") is parse_profile(ORDERS, "x")


@pytest.mark.parametrize(
    ("name", "old", "new", "expected"),
    [
        ("orders", 'format = "xml"', 'format = "docx"', "profile.value(key=format)"),
        (
            "orders",
            'encoding = "declared"',
            'encoding = "latin1"',
            "profile.value(key=encoding)",
        ),
        (
            "orders",
            'format = "xml"',
            'formt = "xml"',
            "profile.unknown_key(key=formt, allowed=format encoding xml csv fields ",
        ),
        (
            "orders",
            'carrier = "CARRIER"',
            'carier = "C"',
            "profile.unknown_key(key=fields.carier, allowed=code status delivery_date ",
        ),
        (
            "orders",
            'record = "ORDERS/ORDER"',
            'recrd = "A/B"',
            "profile.unknown_key(key=xml.recrd, allowed=record)",
        ),
        (
            "orders",
            'record = "ORDERS/ORDER"',
            'record = "ORDERS"',
            "profile.record_path(key=xml.record)",
        ),
        ("orders", 'code = "CODE"', "", "profile.missing.place(key=fields.code)"),
        ("orders", 'format = "xml"', "", "profile.missing.choice(key=format, allowed=xml csv)"),
        ("orders", 'code = "CODE"', 'code = "A//B"', "profile.path(key=fields.code)"),
        ("orders", 'code = "CODE"', "code = 7", "profile.value(key=fields.code)"),
        ("orders", 'path = "SHOP_REMARK"', "path = []", "profile.value(key=mall_order_id.path)"),
        (
            "orders",
            'path = "SHOP_REMARK"',
            'path = ["A", "B@"]',
            "profile.path(key=mall_order_id.path)",
        ),
        (
            "orders",
            '"YYYY-MM-DD HH:mm:ss", ',
            '"%Y-%m-%d", ',
            "profile.value(key=dates.read.0)",
        ),
        ("orders", 'decimal_mark = "."', 'decimal_mark = "x"', "profile.value(key=numbers.decimal_mark)"),
        ("orders", "[numbers]", "[csv]\n[numbers]", "profile.xml_needed"),
        (
            "orders",
            "[numbers]",
            '[states]\n"hotovo" = "done"\n[numbers]',
            "profile.value(key=states.hotovo)",
        ),
        (
            "orders",
            "[numbers]",
            '[changed_since]\nparameter = "a b"\nform = "d.M.yyyy"\n[numbers]',
            "profile.value(key=changed_since.parameter)",
        ),
        ("orders", "[numbers]", "[numbers", "profile.not_toml"),
        ("csv", 'delimiter = ";"', 'delimiter = ";;"', "profile.value(key=csv.delimiter)"),
        ("csv", 'delimiter = ";"', "delimiter = '\"'", "profile.csv_quote(key=csv.quote)"),
        (
            "csv",
            'encoding = "utf-8-sig"',
            'encoding = "declared"',
            "profile.csv_encoding(key=encoding, allowed=utf-8 utf-8-sig windows-1250 iso-8859-2)",
        ),
        ("csv", "header = true", "header = false", "profile.column_number(key=fields.code)"),
        ("csv", "[csv]", '[xml]\nrecord = "A/B"\n[csv]', "profile.not_with_csv(key=xml)"),
    ],
)
def test_an_error_names_the_file_the_key_and_what_is_allowed(
    name: str, old: str, new: str, expected: str
) -> None:
    assert old in PROFILES[name]
    problem = profile_problem(PROFILES[name].replace(old, new))
    misspelt = expected.startswith(
        "profile.unknown_key"
    )  # then the key that was meant may be missing as well
    assert expected in problem if misspelt else problem == expected


def test_a_value_that_is_not_allowed_comes_with_what_is_said_of_it() -> None:
    with pytest.raises(ExportProblemError) as caught:
        parse_profile(ORDERS.replace('format = "xml"', 'format = "docx"'), "mine")
    said = ShopText("Input should be 'xml' or 'csv'")
    assert problems_of(caught.value.reason) == (because(ProfileReason.VALUE, key=Term("format"), said=said),)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("MALL [0-9]+", "profile.pattern.groups(key=mall_order_id.pattern, groups=0)"),
        ("(a)(b)", "profile.pattern.groups(key=mall_order_id.pattern, groups=2)"),
        ("(", "profile.pattern(key=mall_order_id.pattern, "),
        ("(a{9999999999})", "profile.pattern(key=mall_order_id.pattern, "),
        ("(" * 5000, "profile.pattern(key=mall_order_id.pattern, "),
    ],
)
def test_the_pattern_has_exactly_one_group(pattern: str, expected: str) -> None:
    lines = [
        f"pattern = '{pattern}'" if line.startswith("pattern = ") else line for line in ORDERS.splitlines()
    ]
    text = "\n".join(lines)
    assert profile_problem(text).startswith(expected)


def test_several_errors_are_told_together() -> None:
    text = ORDERS.replace('code = "CODE"', "").replace('format = "xml"', 'format = "docx"')
    with pytest.raises(ExportProblemError) as caught:
        parse_profile(text, "mine")
    codes = [problem.code for problem in problems_of(caught.value.reason)]
    assert codes == [ProfileReason.VALUE, ProfileReason.MISSING_PLACE]


def test_of_many_errors_the_rest_is_counted() -> None:
    text = ORDERS + "\n[states]\n" + "".join(f'"{number}" = "x"\n' for number in range(100))
    with pytest.raises(ExportProblemError) as caught:
        parse_profile(text, "mine")
    *described, more = problems_of(caught.value.reason)
    assert len(described) == 5
    assert more == because(ProfileReason.MORE, problems=95)


def test_nesting_without_end_is_a_problem_of_the_profile() -> None:
    assert profile_problem(f"format = {'[' * 100_000}") == "profile.too_deep"


def test_a_number_without_end_is_a_problem_of_the_profile() -> None:
    assert profile_problem(f"format = {'9' * 100_000}") == "profile.not_toml"


@pytest.mark.parametrize("profile_for", [reading_profile, writing_profile])
def test_an_unknown_profile_names_those_that_exist(profile_for: Callable[[ShopSettings], Profile]) -> None:
    allowed = tuple(map(Term, shipped_names()))
    assert "orders" in shipped_names()
    for name in ("nope", "../profiles/orders"):
        with pytest.raises(ExportProblemError) as caught:
            profile_for(ShopSettings(shop="demo", profile=name))
        assert caught.value.reason == because(ProfileReason.UNKNOWN, name=ShopText(name), allowed=allowed)


def test_profile_text_replaces_the_shipped_profile() -> None:
    text = ORDERS + '\n[states]\n"expedováno" = "settled"\n'
    settings = ShopSettings(shop="demo", profile="nope", profile_text=text)
    for profile_for in (reading_profile, writing_profile):
        assert profile_for(settings).states == {"expedováno": ShopStatus.SETTLED}
        with pytest.raises(ExportProblemError, match=MISSING_CODE):
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
        digests = {self.digest(profile=name) for name in shipped_names()}
        digests.add(self.digest(ORDERS.replace('"CARRIER"', '"DOPRAVCE"')))
        digests.add(self.digest(ORDERS + '\n[states]\n"hotovo" = "settled"\n'))
        assert len(digests) == len(shipped_names()) + 2

    def test_is_the_same_in_every_process(self) -> None:
        assert self.digest(profile="csv") == shipped_profile("csv").digest
        assert len(self.digest()) == 64

    def test_a_broken_profile_has_none(self) -> None:
        with pytest.raises(ExportProblemError, match=r"key=format\)"):
            self.digest(ORDERS.replace('format = "xml"', 'format = "docx"'))
