"""Finds MALL's order number in a text of a clerk or a program: one number, several, or none and why.

Nothing is guessed. A text that could mean another number gives none, and a second number is reported. The work is
bounded for every text: only its beginning is read, blanks are reduced to single ones first, and few numbers are read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from orderbridge.adapters.texts import unescaped
from orderbridge.domain.codes.exports import MallNumberReason
from orderbridge.domain.facts import Term
from orderbridge.domain.reasons import because

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from orderbridge.adapters.fastcentrik.profile.schema import MallOrderId
    from orderbridge.domain.reasons import Reason

MAX_TEXT = 2_000
"""Characters of a text that are searched, after white space was reduced to single blanks."""
MAX_NUMBERS = 10
"""Numbers in one text. More are a problem."""

_MAX_RAW = 5 * MAX_TEXT
_MAX_VALUE = 2**63 - 1
_MAX_DIGITS = len(str(_MAX_VALUE))
_COMPLETE = 8
"""Digits in a row that are a complete number: digits after a blank do not belong to it."""

_DASHES = {ord(dash): "-" for dash in "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"}
_UNSEEN = dict.fromkeys(
    [0xAD, 0xFEFF, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2065)]
)
# Something was lost there, so a number that runs into one of them is not certain.
_CONTROLS = dict.fromkeys([*range(9), *range(14, 32), 127], "\ufffd")
_AS_TYPED = _DASHES | _UNSEEN | _CONTROLS
_ODD = re.compile("[" + re.escape("".join(map(chr, _AS_TYPED))) + "]")
_TAG = re.compile(r"<[^<>]{0,200}>")

_DIGITS = re.compile(r"[0-9]+")
_BEFORE_DIGITS = re.compile(r"[^0-9]{0,20}")
_DATE = re.compile(
    r"[0-9]{1,2}([./-]) ?[0-9]{1,2}\1 ?(?:(?:19|20)?[0-9]{2})?(?![0-9])"
    r"|[0-9]{4}([./-])[0-9]{1,2}\2[0-9]{1,2}(?![0-9])"
    r"|[0-9]{1,2}:[0-9]{2}(?![0-9])"
)
_SCIENTIFIC = re.compile(
    r"[0-9]{1,3}(?:[.,][0-9]{1,20})? ?(?:e ?[+-]? ?[0-9]{1,3}(?!\w)|[x×*·] ?10(?![0-9]))", re.IGNORECASE
)
_SIGNS = " .,'’-"
"""Signs between groups of digits."""
_GROUPS = (3, 4)
"""Sizes of the groups in which people and programs write long numbers."""
_FEW = 2
"""Digits of a number that may be a quantity or a count of days."""
_MAX_PARTS = 12
_PART = re.compile(f"([{_SIGNS}])([0-9]{{1,7}})(?![0-9])")
_WHOLE = re.compile(r"[.,]0{1,6}(?![0-9])")
_UNIT = re.compile(
    r" ?(?:ks|kus\w{0,3}|pcs|x|kč|kc|czk|eur|kg|g|ml|cm|mm|bal\w{0,8}|krab\w{0,5}|hod\w{0,4}|min\w{0,4}|dn[íůyi]|den)"
    r"(?!\w)| ?[×%€]|,-",
    re.IGNORECASE,
)
_WORD = re.compile(r" ?[^\W\d_]")
_RUNS_ON = re.compile(r"[\w\ufffd]|[.,'’/-][0-9]")
_LISTED = re.compile(r"[,/][0-9]{6,}")
_PHONE = re.compile(r"(?:(?:00)?42[01])?[2-9][0-9]{8}")
_NEXT = re.compile(
    r"(?:[ ,;/|&()\[\]-]|\+ ?(?![0-9])|\+(?=[0-9]{8})){1,4}+"
    r"(?:(?:a|i|and|č(?:íslo|ísla)?|c(?:islo)?|no|nr|obj)(?![^\W\d_])\.?+[ .:#]{0,2}+){0,2}#?(?=[0-9])",
    re.IGNORECASE,
)

_NONE = because(MallNumberReason.NONE)
_SPREADSHEET = because(MallNumberReason.SPREADSHEET)
_UNCLEAR = because(MallNumberReason.UNCLEAR)
_MAYBE_PHONE = because(MallNumberReason.PHONE)
_NOT_A_NUMBER = because(MallNumberReason.NOT_A_NUMBER, max=_MAX_VALUE)


@dataclass(frozen=True, slots=True)
class Found:
    """The numbers in a text. Without a problem it names one order of MALL, or none.

    With a problem, `numbers` are those that it certainly names, and it is open which is right.
    """

    numbers: tuple[int, ...] = ()
    problem: Reason | None = None


@dataclass(frozen=True, slots=True)
class _Figure:
    """The digits at a place of a text, up to `end`: MALL's number, or a `problem`.

    `unclear`: they may be MALL's number in an unreadable form, and not a date, a quantity or the like.
    """

    end: int
    number: int | None = None
    digits: str = ""
    problem: Reason | None = None
    unclear: bool = False


class NumberReader:
    """Reads MALL's numbers by the rules of one profile."""

    def __init__(self, place: MallOrderId) -> None:
        self._pattern = re.compile(place.pattern) if place.pattern else None
        self._names = re.compile(place.names)
        self._shortest = place.shortest if place.pattern else 1
        self._too_short = because(MallNumberReason.TOO_SHORT, min=self._shortest)

    def read(self, value: str) -> Found:
        """The numbers in `value`, the text of one place."""
        text = _as_typed(value[:_MAX_RAW])
        if self._pattern is None:
            return self._field(text) if text else Found()
        return self._text(text[:MAX_TEXT], value, self._pattern)

    def _field(self, text: str) -> Found:
        """A field for the number alone. Spreadsheets may have protected it (``="123"``, ``'123``)."""
        text = text.removeprefix("=").strip("\"' ")
        numbers, end = [], 0
        for figure in self._figures(text, 0):
            if figure.number is None:
                return Found((), _SPREADSHEET if figure.problem == _SPREADSHEET else _NOT_A_NUMBER)
            numbers.append(figure.number)
            end = figure.end
        return _found(numbers) if end == len(text) else Found((), _NOT_A_NUMBER)

    def _text(self, text: str, value: str, pattern: re.Pattern[str]) -> Found:
        """A free text: the numbers that the pattern finds, and those listed after them."""
        numbers: list[int] = []
        problems: list[Reason | None] = []
        doubt = False
        for start in dict.fromkeys(_first_digit(text, match.start(1)) for match in pattern.finditer(text)):
            first, *others = self._figures(text, start)
            if first.number is None:
                problems.append(first.problem)
                doubt = doubt or first.unclear
                continue
            numbers.append(first.number)
            for other in others:
                if other.number is None:
                    alike = other.problem != _MAYBE_PHONE or len(other.digits) == len(first.digits)
                    doubt = doubt or (other.unclear and alike)
                elif _PHONE.fullmatch(other.digits):
                    # It may be a customer's phone number, which no record may hold.
                    doubt = True
                else:
                    numbers.append(other.number)
        if numbers:
            return _found(numbers, doubt=doubt)
        return Found((), problems[0] if problems else self._without_number(text, value))

    def _without_number(self, text: str, value: str) -> Reason | None:
        """The problem of a text in which the pattern finds nothing; None if it does not name MALL."""
        if self._names.search(text):
            return _NONE
        if len(value) > len(text) and self._names.search(value):
            return because(MallNumberReason.TOO_LATE, limit=MAX_TEXT)
        return None

    def _figures(self, text: str, start: int) -> Iterator[_Figure]:
        """The figure at `start` and those that are listed behind it, up to the first that is no number."""
        for _ in range(MAX_NUMBERS + 1):
            figure = self._figure(text, start)
            yield figure
            following = _NEXT.match(text, figure.end)
            if figure.number is None or following is None:
                return
            start = following.end()

    def _figure(self, text: str, start: int) -> _Figure:
        if text[:start].endswith("+") or _DATE.match(text, start):
            return _Figure(start, problem=_NONE)
        if _SCIENTIFIC.match(text, start):
            return _Figure(start, problem=_SPREADSHEET, unclear=True)
        match = _DIGITS.match(text, start)
        if match is None:
            return _Figure(start, problem=_NONE)
        parts, end = _parts(text, match)
        if len(parts) == 1 or _is_one(parts, text, end):
            return self._judged("".join(parts), text, end, grouped=len(parts) > 1)
        if len(parts[0]) >= max(self._shortest, _GROUPS[-1] + 1) and len(parts[1]) <= _FEW:
            # A quantity behind a whole number.
            return self._judged(parts[0], text, match.end(), grouped=False)
        return self._unclear("".join(parts), end)

    def _judged(self, digits: str, text: str, end: int, *, grouped: bool) -> _Figure:
        whole = None if grouped else _WHOLE.match(text, end)
        end = whole.end() if whole else end
        runs_on = _RUNS_ON.match(text, end) and not _LISTED.match(text, end)
        if runs_on or (len(digits) < _COMPLETE and _UNIT.match(text, end)):
            return self._unclear(digits, end)
        if self._pattern is not None and _is_phone(digits, grouped=grouped):
            return _Figure(end, digits=digits, problem=_MAYBE_PHONE, unclear=True)
        significant = digits.lstrip("0")
        if len(significant) < self._shortest:
            return _Figure(end, problem=self._too_short)
        number = int(significant) if len(significant) <= _MAX_DIGITS else 0
        if 0 < number <= _MAX_VALUE:
            return _Figure(end, number, digits)
        return _Figure(end, problem=_NOT_A_NUMBER, unclear=True)

    def _unclear(self, digits: str, end: int) -> _Figure:
        if len(digits) < self._shortest:
            return _Figure(end, problem=_NONE)
        return _Figure(end, digits=digits, problem=_UNCLEAR, unclear=True)


def _as_typed(value: str) -> str:
    """`value` as people see it: no markup, no invisible characters, single blanks, one kind of dash."""
    if "<" in value:
        value = _TAG.sub(" ", value)
    value = unescaped(value)
    if _ODD.search(value):
        value = value.translate(_AS_TYPED)
    return " ".join(value.split())


def _first_digit(text: str, at: int) -> int:
    """Where the digits at `at` begin, with the groups before that belong to them."""
    match = _BEFORE_DIGITS.match(text, at)
    at = match.end() if match else at
    while True:
        if _digit_at(text, at - 1):
            at -= 1
        elif at > 1 and text[at - 1] in _SIGNS and _digit_at(text, at - 2):
            at -= 2
        else:
            return at


def _digit_at(text: str, at: int) -> bool:
    return at >= 0 and "0" <= text[at] <= "9"


def _parts(text: str, first: re.Match[str]) -> tuple[list[str], int]:
    """Digits, the groups after them that the same sign joins, and where they end."""
    parts, end, sign = [first[0]], first.end(), ""
    while len(parts) < _MAX_PARTS and len(parts[0]) < _COMPLETE:
        match = _PART.match(text, end)
        if match is None or (sign and match[1] != sign):
            break
        sign = match[1]
        other_kind = _DATE.match(text, match.start(2)) or _SCIENTIFIC.match(text, match.start(2))
        if (sign == " " and other_kind) or (sign != " " and max(len(parts[0]), len(match[2])) > _GROUPS[-1]):
            break
        parts.append(match[2])
        end = match.end()
    return parts, end


def _is_one(parts: Sequence[str], text: str, end: int) -> bool:
    """Whether groups of digits, the last one ending at `end`, are certainly one number."""
    sizes = [len(part) for part in parts]
    from_left = sizes[0] in _GROUPS and set(sizes[:-1]) == {sizes[0]} and sizes[-1] <= sizes[0]
    from_right = sizes[-1] in _GROUPS and set(sizes[1:]) == {sizes[-1]} and sizes[0] <= sizes[-1]
    if not (from_left or from_right):
        return False
    blank = text[end - sizes[-1] - 1] == " "
    if _UNIT.match(text, end) or (not blank and len(parts) <= _FEW):
        return False
    # "100 853 393 2 boxes": the last group may count what follows, unless nobody counts like that ("02").
    counts = blank and sizes[-1] <= _FEW and not parts[-1].startswith("0")
    return not (counts and _WORD.match(text, end))


def _is_phone(digits: str, *, grouped: bool) -> bool:
    """Whether digits look like a phone number of Czechia or Slovakia.

    Digits in one piece at the place of MALL's number are MALL's, unless they begin with 00.
    """
    if not grouped:
        return digits.startswith("00") and _PHONE.fullmatch(digits) is not None
    return digits.startswith("0") or _PHONE.fullmatch(digits) is not None


def _found(numbers: Sequence[int], *, doubt: bool = False) -> Found:
    different = tuple(dict.fromkeys(numbers))
    if len(different) > MAX_NUMBERS:
        return Found((), because(MallNumberReason.TOO_MANY, limit=MAX_NUMBERS))
    if len(different) > 1:
        named = tuple(Term(str(number)) for number in different)
        return Found(different, because(MallNumberReason.SEVERAL, numbers=named))
    if doubt:
        return Found(different, because(MallNumberReason.PERHAPS_ANOTHER, order=different[0]))
    return Found(different)
