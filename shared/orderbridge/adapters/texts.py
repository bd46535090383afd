"""Texts from outside, made fit for a message, a record or a document: allowed characters, limited length."""

from __future__ import annotations

import html
import re

LONGEST_TRACKING_NUMBER = 200
LONGEST_TRACKING_URL = 2000
"""Characters. Both values go to messages and records, from the shop's export and from MALL."""

_FORBIDDEN = re.compile(
    r"[^\s\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
    r"|[\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    r"\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
"""Control characters (but white space), halves of surrogate pairs, and the two characters that XML and SQS refuse.
Also invisible characters and those that reverse the text (Unicode: Default_Ignorable_Code_Point, and marks of
annotations): with them a text can look like another."""
_NO_CHARACTER = re.compile(r"&#(?:0*+[0-9]{8}|x0*+[0-9a-f]{7})[0-9a-f]*+;?", re.IGNORECASE)
"""A reference to a number beyond all characters. Python's int() refuses numbers of some thousand digits."""


def unescaped(text: str) -> str:
    """`text` with HTML's references replaced by their characters; U+FFFD for a reference without a character."""
    return html.unescape(_NO_CHARACTER.sub("\N{REPLACEMENT CHARACTER}", text)) if "&" in text else text


def clean(text: str) -> str:
    """`text` on one line: stripped, single blanks, without forbidden characters."""
    return " ".join(_FORBIDDEN.sub("", text).split())
