"""E-mail addresses in a value that is taken over, in every writing that an address on the web has."""

from __future__ import annotations

import html
from urllib.parse import unquote

from orderbridge.redaction import EMAIL, redact

_SIGNS = frozenset("@\N{FULLWIDTH COMMERCIAL AT}\N{SMALL COMMERCIAL AT}")
_MOST_LAYERS = 4
"""A sign that is escaped more often is escaped for nobody who reads it."""


def has_email(value: str) -> bool:
    """Whether `value` has the sign of an e-mail address (or of a user's name) in it, however it is escaped."""
    for _ in range(_MOST_LAYERS):
        if not _SIGNS.isdisjoint(value):
            return True
        plain = html.unescape(unquote(value))
        if plain == value:
            return False
        value = plain
    return True


def without_email(value: str) -> str:
    """`value` with e-mail addresses masked; masked as a whole where one is written so that its end cannot be told."""
    if not has_email(value):
        return value
    masked = redact(value)
    return EMAIL if has_email(masked) else masked
