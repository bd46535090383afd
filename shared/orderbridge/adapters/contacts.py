"""E-mail addresses in a value, in every notation that the web uses."""

from __future__ import annotations

import html
from urllib.parse import unquote

from orderbridge.redaction import EMAIL, redact

_SIGNS = frozenset("@\N{FULLWIDTH COMMERCIAL AT}\N{SMALL COMMERCIAL AT}")
_MAX_LAYERS = 4
"""Layers of escapes that are undone."""


def has_email(value: str) -> bool:
    """Whether `value` has an at sign, of an e-mail address or a user's name, however it is escaped."""
    for _ in range(_MAX_LAYERS):
        if not _SIGNS.isdisjoint(value):
            return True
        plain = html.unescape(unquote(value))
        if plain == value:
            return False
        value = plain
    return True


def without_email(value: str) -> str:
    """`value` with e-mail addresses masked. If the end of an address is not clear, the whole value is masked."""
    if not has_email(value):
        return value
    masked = redact(value)
    return EMAIL if has_email(masked) else masked
