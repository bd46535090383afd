"""Which parcel numbers stand in a text that a clerk wrote.

A wrong number is another customer's parcel, so none is ever guessed or put together of pieces that may be two.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from orderbridge.domain.codes.tracking import TrackingReason
from orderbridge.domain.reasons import because
from orderbridge.domain.statuses import fold

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from orderbridge.domain.reasons import Reason

_SENDABLE = re.compile(r"[0-9A-Za-z_-]{3,40}")
"""What the marketplace takes, in the length of a parcel number (R3.2)."""
_WHOLE = re.compile(r"(?=(?:\D*\d){6})[0-9A-Za-z_-]{6,40}")
"""What is a number by itself: several of them in a row are several parcels."""
_GENERAL = re.compile(r"(?=(?:\D*\d){10}|(?=.*[A-Za-z])(?:\D*\d){6})([0-9A-Za-z_-]{8,40})")
"""The form of a carrier that is not known: longer than telephone numbers and dates are."""
_TELEPHONE = re.compile(r"(?:00)?(?:420|421|386|385)\d{8,9}")
_MIN_NAME = 3
_MAX_GROUP = 5
"""Carriers print long numbers in groups of so many characters at most."""

_LIST = re.compile(r"[,;\n|]|\s[/+&]\s|\s(?:a|i|and|und)\s", re.IGNORECASE)
_BETWEEN = re.compile(r"[\s:()\[\]{}<>\"'`=#„“”‚‘’]+|(?<=[^\W\d_])\.(?=\d)")  # noqa: RUF001 - quotes as typed
_QUANTITY = re.compile(
    r"(?<!\w)(?:\d{1,3}\s?(?:ks|kus\w*|kg|g|bal\w*|pcs?|kos|kom)|\d{1,3}x)(?!\w)\.?", re.IGNORECASE
)
_DECIMAL = re.compile(r"(?<=\d{6})[.,]0{1,2}(?![\w.,])")
"""What a spreadsheet adds to a number that it took for an amount."""
_SHORTENED = re.compile(r"\d[.,]\d*E\+?\d|\dE\+\d", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class NoNumber:
    """Why there is no number: `missing` is True when the shop simply has none (yet)."""

    reason: Reason
    missing: bool


def numbers_in(
    text: str, forms: Sequence[re.Pattern[str]], carriers_words: Collection[str] = ()
) -> tuple[str, ...] | NoNumber:
    """The numbers of the parcels that `text` speaks of, each unique, in their order; never an empty tuple.

    `forms` are those of the carriers that may have the parcel, none if they are not known; `carriers_words` are the
    folded words of these carriers' names, which may stand before a number, also without a blank. The first rule that
    finds something counts:

    * a text of numbers only, each in one piece or in groups as its carrier prints it, separated as a list is;
    * whatever has a carrier's form (the general one if `forms` is empty), beside other words;
    * whole numbers separated by blanks.
    """
    text = _DECIMAL.sub("", _visible(text))
    if not text:
        return NoNumber(because(TrackingReason.NO_NUMBER), missing=True)
    if _SHORTENED.search(text):
        return NoNumber(because(TrackingReason.SHORTENED), missing=False)
    rest = _QUANTITY.sub(" ", text)
    if not any(character.isdigit() and character != "0" for character in rest):
        return NoNumber(because(TrackingReason.WORD), missing=True)
    pieces = [list(_split_names(_tokens(piece), forms, carriers_words)) for piece in _LIST.split(rest)]
    pieces = [piece for piece in pieces if piece]
    found = (
        (_numbers_only(pieces, forms) if rest == text else ())
        or _with_form(pieces, forms, carriers_words)
        or _whole_numbers(pieces)
    )
    return _unique(found) or NoNumber(because(TrackingReason.NOT_ALONE), missing=False)


def matches(form: re.Pattern[str], number: str) -> bool:
    """Whether `number`, as ``numbers_in`` found it, is one of this form."""
    return form.fullmatch(number) is not None


def _visible(text: str) -> str:
    """`text` without what nobody sees, and with single blanks."""
    characters = (
        " " if character.isspace() else "" if unicodedata.category(character) in {"Cf", "Cc"} else character
        for character in text
    )
    return " ".join("".join(characters).split())


def _tokens(piece: str) -> list[str]:
    tokens = (token.strip("-_.!?…–—") for token in _BETWEEN.split(piece))
    return [token for token in tokens if token]


def _split_names(
    tokens: Sequence[str], forms: Sequence[re.Pattern[str]], carriers_words: Collection[str]
) -> Iterator[str]:
    """`tokens`, where a carrier's name that a number follows without a blank is a token of its own.

    Only for carriers whose form is known: it tells that the name is no part of the number.
    """
    for token in tokens:
        folded = fold(token)
        names = [word for word in carriers_words if len(word) >= _MIN_NAME and folded.startswith(word)]
        length = max(map(len, names), default=0)
        rest = token[length:].lstrip("-_.")
        if not names or len(folded) != len(token) or not rest or not forms or _by_form(token, forms):
            yield token
        else:
            yield from (token[:length], rest)


def _numbers_only(pieces: Sequence[Sequence[str]], forms: Sequence[re.Pattern[str]]) -> tuple[str, ...]:
    """The numbers if every piece is one and nothing else, else none."""
    numbers = [_single_number(piece, forms) for piece in pieces]
    return tuple(number for number in numbers if number) if all(numbers) else ()


def _single_number(piece: Sequence[str], forms: Sequence[re.Pattern[str]]) -> str:
    if len(piece) > 1:
        return _grouped(piece, forms)
    token = piece[0]
    by_form = _by_form(token, forms)
    if by_form:
        return by_form
    usable = _SENDABLE.fullmatch(token) and any("1" <= character <= "9" for character in token)
    return token if usable else ""


def _with_form(
    pieces: Sequence[Sequence[str]], forms: Sequence[re.Pattern[str]], carriers_words: Collection[str]
) -> tuple[str, ...]:

    def numbers() -> Iterator[str]:
        for piece in pieces:
            bare = [token for token in piece if fold(token) not in carriers_words]
            grouped = _grouped(bare, forms)
            yield from [grouped] if grouped else (_by_form(token, forms or (_GENERAL,)) for token in piece)

    found = (number for number in numbers() if number)
    # Beside words, what may be somebody's telephone is told to nobody.
    return tuple(number for number in found if forms or not _TELEPHONE.fullmatch(number))


def _grouped(tokens: Sequence[str], forms: Sequence[re.Pattern[str]]) -> str:
    """The number that `tokens` are the groups of. Two long ones are two numbers, never one.

    Without a carrier's form only digits are put together: letters there are a word.
    """
    if len(tokens) < 2 or sum(len(token) > _MAX_GROUP for token in tokens) > 1:  # noqa: PLR2004 - a group and more
        return ""
    with_digits = [token for token in tokens if not token.isalpha()]
    if len(with_digits) > 1 and any(_by_form(token, forms) for token in with_digits):
        return ""
    number = "".join(tokens)
    return _by_form(number, forms) or ("" if forms or not number.isdigit() else _by_form(number, (_GENERAL,)))


def _whole_numbers(pieces: Sequence[Sequence[str]]) -> tuple[str, ...]:
    tokens = [token for piece in pieces for token in piece]
    return tuple(tokens) if len(tokens) > 1 and all(map(_WHOLE.fullmatch, tokens)) else ()


def _by_form(token: str, forms: Sequence[re.Pattern[str]]) -> str:
    for form in forms:
        found = form.fullmatch(token)
        if found:
            return str(found[1])
    return ""


def _unique(numbers: Sequence[str]) -> tuple[str, ...]:
    unique: dict[str, str] = {}
    for number in numbers:
        unique.setdefault(number.upper(), number)
    return tuple(unique.values())
