"""Cleans texts from outside, so that messages, records and documents can hold them on one line."""

from __future__ import annotations

import re

_FORBIDDEN = re.compile(
    r"[^\s\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
    r"|[\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    r"\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
"""Three kinds of characters: control characters other than white space; halves of surrogate pairs and the two
characters that neither XML nor a message of SQS can hold; characters that are invisible or change the direction of
writing (Unicode: Default_Ignorable_Code_Point, and marks of annotations). The last kind can make different texts look
alike."""


def clean(text: str) -> str:
    """`text` on one line: single blanks for white space, none at the ends, and no forbidden characters."""
    return " ".join(_FORBIDDEN.sub("", text).split())


def cut(text: str, length: int) -> str:
    """`text` with at most `length` characters. An ellipsis shows that it was longer."""
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"
