"""Every regular expression that meets a text from outside: how often it can try the same text again."""

from __future__ import annotations

import importlib
import pkgutil
import re
from typing import TYPE_CHECKING

import pytest

import orderbridge
from orderbridge.adapters.fastcentrik.profile.dates import DateForm, _pattern
from orderbridge.adapters.fastcentrik.profile.load import (
    SHIPPED,
    parse_profile,
    shipped_names,
    shipped_profile,
)
from orderbridge.adapters.fastcentrik.profile.pattern_cost import LONG, MAX_WAYS, ways_of
from orderbridge.domain.carrier_table import CARRIERS, Country
from orderbridge.errors import ExportProblemError

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.usefixtures("little_work")

ENDLESS = (
    r"(a+)+b",
    r"(a*)*b",
    r"(\w+\s?)*:",
    r"(?:a|a)*b",
    r"(x+x+)+y",
    r"(?=(a+)+b)c",
    r"(?:(?:a|b?)+)+c",
    r"MALL\s*:?\s*([0-9]+)",
    r"MALL.*Partner.*([0-9]+)x",
    r"(?:<!--.*?-->\s*)*<html",
    "a?" * 20 + "a" * 20,
    "(?:a|ab|b)" * 20 + "c",
)
QUICK = (
    r"MALL ?([0-9]+)",
    r"MALL\s*+:?\s*+([0-9]+)",
    r"MALL.*?([0-9]{6,})",
    r"MALL[ :]*([0-9]+)",
    r"MALL\s{0,5}:?\s{0,5}([0-9]+)",
    r"(?:a|b)*c",
    r"(?:[^/]+/)*x",
    r"(?:<!--(?>.*?-->)\s*+)*+<html",
    r"(?>a+b?)+c",
)


def patterns() -> Iterator[tuple[str, re.Pattern[str] | re.Pattern[bytes]]]:
    """The expressions that the product's modules hold, by name."""
    for module in pkgutil.walk_packages(orderbridge.__path__, "orderbridge."):
        if module.name.endswith("__main__"):
            continue
        for name, value in vars(importlib.import_module(module.name)).items():
            parts = value if isinstance(value, tuple) else (value,)
            for part in parts:
                for one in part if isinstance(part, tuple) else (part,):
                    if isinstance(one, re.Pattern):
                        yield f"{module.name}.{name}", one


def text_of(pattern: re.Pattern[str] | re.Pattern[bytes]) -> str:
    text = pattern.pattern
    return text if isinstance(text, str) else text.decode("latin-1")


@pytest.mark.parametrize("pattern", ENDLESS)
def test_what_may_be_tried_in_too_many_ways_is_found(pattern: str) -> None:
    assert ways_of(pattern) > MAX_WAYS


@pytest.mark.parametrize("pattern", QUICK)
def test_what_is_quick_passes(pattern: str) -> None:
    assert ways_of(pattern) <= MAX_WAYS


def test_the_end_of_the_text_is_a_reason_to_try_again() -> None:
    assert ways_of(r"(?:a+)+") <= MAX_WAYS or ways_of(r"(?:a+)+", whole=True) > MAX_WAYS
    assert ways_of(r"(?:a+)+", whole=True) > MAX_WAYS


def test_looking_at_a_deep_expression_is_quick() -> None:
    assert ways_of("(?:" * 80 + "a" + ")?" * 80) >= 1


@pytest.mark.parametrize(("name", "pattern"), list(patterns()))
def test_no_expression_of_the_product_can_be_kept_busy(
    name: str, pattern: re.Pattern[str] | re.Pattern[bytes]
) -> None:
    assert ways_of(text_of(pattern), whole=True) <= MAX_WAYS, name


@pytest.mark.parametrize("form", DateForm)
def test_no_form_of_a_date_can_be_kept_busy(form: DateForm) -> None:
    assert ways_of(_pattern(form).pattern, whole=True) <= MAX_WAYS


@pytest.mark.parametrize("form", {c.page(country).form for c in CARRIERS for country in Country} - {""})
def test_no_form_of_a_parcel_number_can_be_kept_busy(form: str) -> None:
    assert ways_of(form, whole=True) <= MAX_WAYS


@pytest.mark.parametrize("name", shipped_names())
def test_no_expression_of_a_shipped_profile_can_be_kept_busy(name: str) -> None:
    profile = shipped_profile(name)
    assert profile.import_part is not None
    part = profile.import_part
    texts = (
        profile.mall_order_id.pattern,
        profile.mall_order_id.names,
        part.refused_pattern,
        part.taken_pattern,
        part.code_pattern,
    )

    assert all(ways_of(text) <= MAX_WAYS for text in texts if text)


@pytest.mark.parametrize(
    ("key", "old", "new"),
    [
        ("mall_order_id.pattern", "([0-9]{1,40})'''", "(?:a+)+([0-9]+)'''"),
        ("mall_order_id.names", "[dates]", ""),
        ("import.refused_pattern", 'refused_pattern = "<ERROR>"', 'refused_pattern = "(?:a|a)*b"'),
        ("import.taken_pattern", 'taken_pattern = "<CODE>"', 'taken_pattern = "(?:a+)+b"'),
        ("import.code_pattern", '"<CODE>([^<>]{1,100})</CODE>"', '"(?:a+)+(b)"'),
    ],
)
def test_a_profile_whose_expression_could_be_kept_busy_is_refused(key: str, old: str, new: str) -> None:
    text = (SHIPPED / "orders.toml").read_text("utf-8")
    assert old in text
    new = new or "names = '(a+)+b'\n[dates]"

    with pytest.raises(ExportProblemError, match=re.escape(f"profile.pattern.endless(key={key})")):
        parse_profile(text.replace(old, new), "own")


def test_a_profile_s_expression_of_absurd_length_is_refused() -> None:
    text = (SHIPPED / "orders.toml").read_text("utf-8")

    with pytest.raises(
        ExportProblemError, match=r"length\(key=mall_order_id\.names, length=1001, limit=1000\)"
    ):
        parse_profile(text.replace("[dates]", f'names = "{"a" * 1001}"\n[dates]'), "own")


@pytest.mark.parametrize("start", ["MALL", "MALL obj", "MALL č", "MALL.cz"])
def test_the_shipped_expression_is_done_with_a_hostile_text(start: str) -> None:
    pattern = shipped_profile("orders").mall_order_id.pattern or ""
    for between in (" ", "-", ":", " -", start, start + " "):
        assert not re.search(pattern, start + between * LONG + "x")
