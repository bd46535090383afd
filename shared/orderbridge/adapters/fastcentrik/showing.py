"""What of a shop's own text may stand in a message or a record: short, on one line, without personal data."""

from __future__ import annotations

import re
from functools import lru_cache

from orderbridge.adapters.texts import clean
from orderbridge.redaction import redact, redact_line

MASK = "***"

_NOT_LETTERS = re.compile(r"[\W\d_]+")
_DATE_LIKE = re.compile(r"\b\d{1,4}[./-] ?\d{1,2}[./-] ?\d{1,4}\b|\b(?:[AP]M|UTC|GMT)\b")


@lru_cache(maxsize=512)
def shown(text: str, longest: int) -> str:
    """A name that the shop chose (a state's, a carrier's): at most `longest` characters, contacts masked."""
    return redact_line(clean(text), limit=longest)


def shown_date(text: str, longest: int) -> str:
    """What stands where a date should: masked as a whole as soon as it could be a person's name or contact."""
    rest = _DATE_LIKE.sub(" ", text)
    words = [word for word in _NOT_LETTERS.split(rest) if len(word) > 1]
    named = len(words) > 1 or any(word[0].isupper() for word in words)
    return MASK if named or redact(text) != text else redact_line(clean(text), limit=longest)
