"""Finds MALL's order number. Its values look like many other numbers, so names and checks of values decide together.

A wrong place would move other orders of MALL. So a place is stated only if it is called MALL's, or if the sample itself
says that its orders are MALL's; everything else is left open.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from orderbridge.adapters.fastcentrik.profile.load import shipped_profile
from orderbridge.adapters.fastcentrik.profile.schema import MallOrderId
from orderbridge.adapters.fastcentrik.reading.mall_numbers import NumberReader
from orderbridge_cli.language import n, t
from orderbridge_cli.profiles.findings import Candidate, Finding, filled, seen_numbers
from orderbridge_cli.profiles.names import (
    ADDRESS,
    EXTERNAL,
    INTERNAL,
    ITEM,
    MONEY,
    NOTE,
    PAPER,
    PARCEL,
    PARTY,
    PAYMENT,
    SOURCE,
    TYPED_BY_CUSTOMER,
    Name,
    name_of,
)

if TYPE_CHECKING:
    from orderbridge_cli.profiles.findings import Rows
    from orderbridge_cli.profiles.survey import Column, Survey

KEY = "mall_order_id.path"
_NOT_THE_ORDER = (
    *(*ITEM, *PARTY, *MONEY, *PAPER, *PAYMENT, *PARCEL, *NOTE, *ADDRESS),
    *(
        "stav",
        "status",
        "state",
        "datum",
        "date",
        "doprav",
        "delivery",
        "provi",
        "commis",
        "kateg",
        "categ",
        "kupon",
    ),
    *(
        "shopid",
        "obchodid",
        "partnerid",
        "idpartner",
        "purchase",
        "nakup",
        "kosik",
        "basket",
        "cart",
        "typ",
        "type",
    ),
    *(
        "vrat",
        "return",
        "reklam",
        "claim",
        "transak",
        "transact",
        "import",
        "export",
        "batch",
        "davk",
        "seller",
    ),
    *("merchant", "vendor", "listing", "nabidk", "offer", "log", "job"),
)
_DIGITS = range(6, 13)
"""How many digits MALL's numbers are known to have."""
_MALL_WORD = re.compile(r"(?<![^\W_])mall(?:em|u|\.(?:cz|sk))?(?![^\W\d_])")
_EAN, _ICO = 13, 8
_FEW = 3


@dataclass(frozen=True, slots=True)
class MallFound:
    """Where MALL's number is."""

    finding: Finding
    pattern: str | None = None
    """The pattern for a free text; None: the number stands alone."""
    perhaps_in_text: bool = False
    """Whether an open place is a free text, which needs the pattern too."""


@cache
def remark_pattern() -> str:
    """The shipped pattern for MALL's number in a remark."""
    return shipped_profile("orders").mall_order_id.pattern or ""


@cache
def _reader(*, in_text: bool) -> NumberReader:
    return NumberReader(MallOrderId(path=("x",), pattern=remark_pattern() if in_text else None))


def find_mall(survey: Survey, rows: Rows, code: str | None) -> MallFound:
    """The place of MALL's number. `code` is the place of the shop's own number, if it is known."""
    own = survey.column(code) if code else None
    named = [column for column in survey.columns if _is_named(name_of(column.place))]
    external = [
        c for c in survey.columns if _is_external(name_of(c.place)) and c is not own and c not in named
    ]
    fitting = [column for column in named if _why_not(column, rows, own) is None]
    texts = [c for c in survey.columns if c not in fitting and c is not own and _in_text(c)]
    if len(fitting) == 1:
        return _alone(fitting[0], survey, [*named, *external, *texts], rows, own)
    if len(fitting) > 1:
        said = t("Several places are called MALL's and hold numbers that fit.")
        candidates = [
            Candidate(c.place, t("numbers such as {values}", values=seen_numbers(c))) for c in fitting
        ]
        return MallFound(Finding(KEY, None, (said,), tuple(candidates), needed=True))
    safe = [column for column in texts if _is_safe_text(name_of(column.place))]
    if len(safe) == 1 and _text_problem(safe[0], rows) is None:
        return _text(safe[0], survey, [*named, *external, *texts], rows, own)
    proven = [c for c in external if _why_not(c, rows, own) is None and _source_of(c, survey) is not None]
    unnamed = [c for c in survey.columns if c not in external and c is not own and _could_be(c, rows, own)]
    if len(proven) == 1 and not texts and not unnamed:
        return _external(proven[0], survey, [*named, *external], rows, own)
    return _open(survey, rows, own, [*named, *external], texts)


def _alone(
    column: Column, survey: Survey, all_named: list[Column], rows: Rows, own: Column | None
) -> MallFound:
    said = t(
        "A value {filled}, all of them numbers: {values}.",
        filled=filled(column, survey.records),
        values=seen_numbers(column),
    )
    others = _losers(column, all_named, rows, own)
    return MallFound(Finding(KEY, column.place, (said,), others, needed=True))


def _external(
    column: Column, survey: Survey, all_named: list[Column], rows: Rows, own: Column | None
) -> MallFound:
    source = _source_of(column, survey)
    said = t(
        "A value {filled} ({values}), and where it stands {source} says MALL.",
        filled=filled(column, survey.records),
        values=seen_numbers(column),
        source=source.place if source else "",
    )
    return MallFound(Finding(KEY, column.place, (said,), _losers(column, all_named, rows, own), needed=True))


def _text(
    column: Column, survey: Survey, all_named: list[Column], rows: Rows, own: Column | None
) -> MallFound:
    numbers = sum(_number_in(value) is not None for value in column.values.values())
    said = t(
        "MALL's name and number in {numbers} of {records} records. Make sure that customers cannot write there.",
        numbers=numbers,
        records=survey.records,
    )
    finding = Finding(KEY, column.place, (said,), _losers(column, all_named, rows, own), needed=True)
    return MallFound(finding, remark_pattern())


def _losers(taken: Column, columns: list[Column], rows: Rows, own: Column | None) -> tuple[Candidate, ...]:
    others = {column.place: column for column in columns if column is not taken}
    return tuple(
        Candidate(place, _why_not(column, rows, own) or t("it is not called MALL's order"))
        for place, column in others.items()
    )


def _open(
    survey: Survey, rows: Rows, own: Column | None, named: list[Column], texts: list[Column]
) -> MallFound:
    candidates: dict[str, str] = {}
    for column in texts:
        candidates[column.place] = _text_problem(column, rows) or t(
            "a text with MALL's numbers, but customers may be able to write there"
        )
    for column in named:
        if not any(map(_field_number, column.values.values())):
            continue
        candidates.setdefault(
            column.place,
            _why_not(column, rows, own) or t("numbers of another marketplace may stand there: ask the shop"),
        )
    if not candidates:
        why = t("numbers that could be MALL's by their form; the name does not say so")
        plain = [c for c in survey.columns if c is not own and _could_be(c, rows, own)]
        candidates = dict.fromkeys((column.place for column in plain[:5]), why)
    said = (
        t("It is not certain where MALL's number is.")
        if candidates
        else t(
            "No place holds MALL's number. Without it no order is MALL's: have the import write it somewhere."
        )
    )
    found = tuple(Candidate(place, why) for place, why in candidates.items())
    return MallFound(Finding(KEY, None, (said,), found, needed=True), perhaps_in_text=bool(texts))


def _is_named(name: Name) -> bool:
    return name.mall and not name.concerns(_NOT_THE_ORDER) and not name.says(EXTERNAL)


def _is_external(name: Name) -> bool:
    return (name.concerns(EXTERNAL) or name.mall) and not name.concerns(_NOT_THE_ORDER)


def _could_be(column: Column, rows: Rows, own: Column | None) -> bool:
    name = name_of(column.place)
    return not name.concerns(_NOT_THE_ORDER) and _why_not(column, rows, own) is None


def _is_safe_text(name: Name) -> bool:
    """Whether only the shop and its import write in a text of this name."""
    if name.concerns(TYPED_BY_CUSTOMER) or name.within(PARTY):
        return False
    return name.says((*INTERNAL, *SOURCE, "extern")) or (name.mall and not name.says(NOTE))


def _why_not(column: Column, rows: Rows, own: Column | None) -> str | None:
    """Why the values cannot be MALL's numbers; None: they can."""
    values = list(column.values.values())
    if not values:
        return t("empty in the sample")
    if column.repeated:
        return t("several values in one order")
    numbers = [_field_number(value) for value in values]
    if None in numbers:
        return n("one value is no whole number", "{number} values are no whole numbers", numbers.count(None))
    lengths = {len(str(number)) for number in numbers}
    if not lengths <= set(_DIGITS):
        return t(
            "numbers of {shortest} to {longest} digits; MALL's have 6 to 12",
            shortest=min(lengths),
            longest=max(lengths),
        )
    if _looks_like_others(values):
        return t("all of them are valid as EAN or company numbers, or look like telephone numbers")
    if not rows.is_constant(column) or not rows.is_unique(column):
        return t("different orders share a number, or one order has several")
    if own is not None and all(own.values.get(record) == value for record, value in column.values.items()):
        return t("the same as the shop's own number in every order")
    return None


def _field_number(value: str) -> int | None:
    found = _reader(in_text=False).read(value)
    return found.numbers[0] if found.problem is None and len(found.numbers) == 1 else None


def _number_in(value: str) -> int | None:
    found = _reader(in_text=True).read(value)
    return found.numbers[0] if found.problem is None and len(found.numbers) == 1 else None


def _in_text(column: Column) -> bool:
    """Whether a text names MALL with a number."""
    return any(_MALL_WORD.search(value.casefold()) and _number_in(value) for value in column.values.values())


def _text_problem(column: Column, rows: Rows) -> str | None:
    if column.repeated:
        return t("several texts in one order")
    if not rows.is_constant(column):
        return t("the rows of one order have different texts")
    found = {record: number for record, value in column.values.items() if (number := _number_in(value))}
    owners: dict[int, int] = {}
    if any(
        owners.setdefault(number, rows.order_of(record)) != rows.order_of(record)
        for record, number in found.items()
    ):
        return t("different orders share a number")
    return None


def _source_of(column: Column, survey: Survey) -> Column | None:
    """The column that says MALL wherever `column` has a number, and only there; None: there is none."""
    filled_in = set(column.values)
    for source in survey.columns:
        if source is column or not name_of(source.place).concerns(SOURCE):
            continue
        mall = {record for record, value in source.values.items() if _MALL_WORD.search(value.casefold())}
        if filled_in and filled_in == mall:
            return source
    return None


def _looks_like_others(values: list[str]) -> bool:
    digits = ["".join(filter(str.isdigit, value)) for value in values]
    if all(re.fullmatch(r"(?:00)?(?:42[01])?[67][0-9]{8}", number) for number in digits):
        return True
    if len(set(digits)) < _FEW:
        return False
    return all(map(_is_ean, digits)) or all(map(_is_ico, digits))


def _is_ean(digits: str) -> bool:
    if len(digits) != _EAN:
        return False
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return total % 10 == 0


def _is_ico(digits: str) -> bool:
    """Whether the check digit is that of a Czech or Slovak company's number."""
    if len(digits) != _ICO:
        return False
    total = sum(int(digit) * (8 - place) for place, digit in enumerate(digits[:7]))
    return int(digits[7]) == (11 - total % 11) % 10
