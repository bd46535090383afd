"""Finds the parcel numbers in a text that a clerk entered (R3.2, R3.5 to R3.8).

A wrong number belongs to another customer's parcel. So no number is guessed, or joined from parts that may be two.
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
"""A number that MALL accepts, 3 to 40 characters long (R3.2)."""
_WHOLE = re.compile(r"(?=(?:\D*\d){6})[0-9A-Za-z_-]{6,40}")
"""A token that is a number on its own. Several of them in a row are several parcels."""
_GENERAL = re.compile(r"(?=(?:\D*\d){10}|(?=.*[A-Za-z])(?:\D*\d){6})([0-9A-Za-z_-]{8,40})")
"""The form of an unknown carrier's numbers. It is longer than telephone numbers and dates."""
_TELEPHONE = re.compile(r"(?:00)?(?:420|421|386|385)\d{8,9}")
"""What may be a telephone number (R3.7)."""
_MIN_NAME = 3
"""The shortest carrier's name that is split from a number, in characters."""
_MAX_GROUP = 5
"""The longest group of a number that carriers print in groups, in characters (R3.6)."""

_LIST = re.compile(r"[,;\n|]|\s[/+&]\s|\s(?:a|i|and|und)\s", re.IGNORECASE)
"""What separates the parts of a list."""
_BETWEEN = re.compile(r"[\s:()\[\]{}<>\"'`=#„“”‚‘’]+|(?<=[^\W\d_])\.(?=\d)")  # noqa: RUF001 - quotes as typed
"""What separates tokens."""
_QUANTITY = re.compile(
    r"(?<!\w)(?:\d{1,3}\s?(?:ks|kus\w*|kg|g|bal\w*|pcs?|kos|kom)|\d{1,3}x)(?!\w)\.?", re.IGNORECASE
)
"""A number of pieces or a weight, which is no parcel number."""
_DECIMAL = re.compile(r"(?<=\d{6})[.,]0{1,2}(?![\w.,])")
"""The decimals that a spreadsheet adds to a number."""
_SHORTENED = re.compile(r"\d[.,]\d*E\+?\d|\dE\+\d", re.IGNORECASE)
"""A number that a spreadsheet has shortened (R3.8)."""


@dataclass(frozen=True, slots=True)
class NoNumber:
    """Why a text gives no number."""

    reason: Reason
    """Why."""
    missing: bool
    """True: the shop has no number yet."""


def numbers_in(
    text: str, forms: Sequence[re.Pattern[str]], carriers_words: Collection[str] = ()
) -> tuple[str, ...] | NoNumber:
    """The parcel numbers in `text`, each once, in their order; never an empty tuple.

    `forms` are the forms of the carriers that may have the parcel; empty: the carriers are not known. `carriers_words`
    are the folded words of their names, which may stand before a number, even without a blank. The first rule that
    finds a number counts:

    * a text that consists of numbers only, each in one piece or in its carrier's groups, separated as a list;
    * every token with a carrier's form (the general form if `forms` is empty), between other words;
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
    """Whether `number`, as found by ``numbers_in``, has this form."""
    return form.fullmatch(number) is not None


def _visible(text: str) -> str:
    """`text` without invisible characters, and with single blanks."""
    characters = (
        " " if character.isspace() else "" if unicodedata.category(character) in {"Cf", "Cc"} else character
        for character in text
    )
    return " ".join("".join(characters).split())


def _tokens(piece: str) -> list[str]:
    """The words and numbers of `piece`, without punctuation at their ends."""
    tokens = (token.strip("-_.!?…–—") for token in _BETWEEN.split(piece))
    return [token for token in tokens if token]


def _split_names(
    tokens: Sequence[str], forms: Sequence[re.Pattern[str]], carriers_words: Collection[str]
) -> Iterator[str]:
    """`tokens`, with a carrier's name split from the number that follows it without a blank.

    Only for carriers with a known form, which shows that the name is no part of the number.
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
    """The numbers, if every piece is exactly one; none otherwise."""
    numbers = [_single_number(piece, forms) for piece in pieces]
    return tuple(number for number in numbers if number) if all(numbers) else ()


def _single_number(piece: Sequence[str], forms: Sequence[re.Pattern[str]]) -> str:
    """The number that `piece` is; empty: it is none."""
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
    """The numbers with a carrier's form, or with the general form, between other words (R3.5)."""

    def numbers() -> Iterator[str]:
        for piece in pieces:
            bare = [token for token in piece if fold(token) not in carriers_words]
            grouped = _grouped(bare, forms)
            yield from [grouped] if grouped else (_by_form(token, forms or (_GENERAL,)) for token in piece)

    found = (number for number in numbers() if number)
    # Between words, what may be a telephone number is not sent (R3.7).
    return tuple(number for number in found if forms or not _TELEPHONE.fullmatch(number))


def _grouped(tokens: Sequence[str], forms: Sequence[re.Pattern[str]]) -> str:
    """The number that consists of the groups `tokens` (R3.6); empty: they are none. Two long groups are two numbers.

    Without a carrier's form only digits are joined: letters would be a word.
    """
    if len(tokens) < 2 or sum(len(token) > _MAX_GROUP for token in tokens) > 1:  # noqa: PLR2004 - a group and more
        return ""
    with_digits = [token for token in tokens if not token.isalpha()]
    if len(with_digits) > 1 and any(_by_form(token, forms) for token in with_digits):
        return ""
    number = "".join(tokens)
    return _by_form(number, forms) or ("" if forms or not number.isdigit() else _by_form(number, (_GENERAL,)))


def _whole_numbers(pieces: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """The tokens, if all of them are whole numbers and there are several."""
    tokens = [token for piece in pieces for token in piece]
    return tuple(tokens) if len(tokens) > 1 and all(map(_WHOLE.fullmatch, tokens)) else ()


def _by_form(token: str, forms: Sequence[re.Pattern[str]]) -> str:
    """The number in `token` by the first of `forms` that fits; empty: none fits."""
    for form in forms:
        found = form.fullmatch(token)
        if found:
            return str(found[1])
    return ""


def _unique(numbers: Sequence[str]) -> tuple[str, ...]:
    """`numbers` without repeats, whatever their case."""
    unique: dict[str, str] = {}
    for number in numbers:
        unique.setdefault(number.upper(), number)
    return tuple(unique.values())
