"""A shop's texts, made fit for messages and records: short, on one line, without personal data."""

from __future__ import annotations

import re

from orderbridge.adapters.texts import clean
from orderbridge.redaction import redact, redact_line

MASK = "***"

_NOT_LETTERS = re.compile(r"[\W\d_]+")
_DATE_LIKE = re.compile(r"\b\d{1,4}[./-] ?\d{1,2}[./-] ?\d{1,4}\b|\b(?:[AP]M|UTC|GMT)\b")


_REMEMBERED = 500
_MAX_REMEMBERED = 200


def shown(text: str, longest: int) -> str:
    """A name that the shop chose (a state's, a carrier's): at most `longest` characters, contacts masked."""
    return redact_line(clean(text), limit=longest)


class ShownNames:
    """``shown`` with a bounded cache, for one document, which repeats few names."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, int], str] = {}

    def __call__(self, text: str, longest: int) -> str:
        """See ``shown``."""
        known = self._known.get((text, longest))
        if known is not None:
            return known
        found = shown(text, longest)
        if len(text) <= _MAX_REMEMBERED and len(self._known) < _REMEMBERED:
            self._known[text, longest] = found
        return found


def shown_date(text: str, longest: int) -> str:
    """A text in a date's place. It is masked as a whole if it could be a person's name or contact."""
    rest = _DATE_LIKE.sub(" ", text)
    words = [word for word in _NOT_LETTERS.split(rest) if len(word) > 1]
    named = len(words) > 1 or any(word[0].isupper() for word in words)
    return MASK if named or redact(text) != text else redact_line(clean(text), limit=longest)
