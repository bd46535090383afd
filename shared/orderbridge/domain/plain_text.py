"""Texts from outside as a message, a record or a document can hold them: one line, no character that breaks it."""

from __future__ import annotations

import re

_FORBIDDEN = re.compile(
    r"[^\s\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
    r"|[\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    r"\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
"""Control characters (but white space), halves of surrogate pairs and the two that no XML document and no message of
SQS may hold; and what shows as nothing or turns around what stands beside it (Unicode: Default_Ignorable_Code_Point,
and marks of annotations): with it two texts look the same, or one looks like another."""


def clean(text: str) -> str:
    """`text` on one line, white space as single blanks and none around it, without forbidden characters."""
    return " ".join(_FORBIDDEN.sub("", text).split())


def cut(text: str, length: int) -> str:
    """`text` with at most `length` characters; an ellipsis says that it went on."""
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"
