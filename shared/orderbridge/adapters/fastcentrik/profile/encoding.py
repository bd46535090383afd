"""Spells texts in the letters of a document's encoding."""

from __future__ import annotations

import unicodedata


def spelled(text: str, encoding: str) -> str:
    """`text` with each letter that `encoding` lacks replaced by its base letter (``ŏ`` → ``o``), or by ``?``."""
    return text if _has(text, encoding) else "".join(_in(char, encoding) for char in text)


def _has(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _in(char: str, encoding: str) -> str:
    if _has(char, encoding):
        return char
    base = "".join(part for part in unicodedata.normalize("NFKD", char) if not unicodedata.combining(part))
    return base if base and _has(base, encoding) else "?"
