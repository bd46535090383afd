"""Texts from outside as a document can hold them: no character in them breaks it, and none stops it."""

from __future__ import annotations

import re
import unicodedata

_FORBIDDEN = re.compile(r"[^\s\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Control characters (but white space), halves of surrogate pairs and the two that no XML document may hold."""


def clean(text: str) -> str:
    """`text` on one line, white space as single blanks and none around it, without forbidden characters."""
    return " ".join(_FORBIDDEN.sub("", text).split())


def spelled(text: str, encoding: str) -> str:
    """`text` with every letter that `encoding` lacks as its base letter (``ŏ`` → ``o``), or as ``?``."""
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
