"""Texts from outside, made fit for a message, a record or a document: allowed characters, limited length."""

from __future__ import annotations

import html
import re

from orderbridge.domain.plain_text import clean

__all__ = ["MAX_TRACKING_NUMBER", "MAX_TRACKING_URL", "clean", "unescaped"]

MAX_TRACKING_NUMBER = 200
MAX_TRACKING_URL = 2000
"""Characters. Both values go to messages and records, from the shop's export and from MALL."""

_NO_CHARACTER = re.compile(r"&#(?:0*+[0-9]{8}|x0*+[0-9a-f]{7})[0-9a-f]*+;?", re.IGNORECASE)
"""A reference to a number beyond all characters. Python's int() refuses numbers of some thousand digits."""


def unescaped(text: str) -> str:
    """`text` with HTML's references replaced by their characters; U+FFFD for a reference without a character."""
    return html.unescape(_NO_CHARACTER.sub("\N{REPLACEMENT CHARACTER}", text)) if "&" in text else text
