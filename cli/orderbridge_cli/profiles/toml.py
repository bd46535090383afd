"""Writes texts from a sample into TOML, where they can neither end a string nor a comment."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from orderbridge.domain.plain_text import clean

if TYPE_CHECKING:
    from collections.abc import Iterable

WIDTH = 110
_MAX_COMMENT = 600
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\t": "\\t", "\n": "\\n", "\r": "\\r"}


def quoted(text: str) -> str:
    """`text` as a basic string of TOML."""
    return '"' + "".join(_ESCAPES.get(sign) or _sign(sign) for sign in text) + '"'


def _sign(sign: str) -> str:
    return sign if sign.isprintable() else f"\\U{ord(sign):08X}"


def comment(text: str) -> list[str]:
    """`text` as lines of a comment: printable characters only, so that it ends nowhere else."""
    line = "".join(sign if sign.isprintable() else " " for sign in clean(text))[:_MAX_COMMENT]
    return textwrap.wrap(line, WIDTH, initial_indent="# ", subsequent_indent="# ", break_on_hyphens=False)


def comments(texts: Iterable[str]) -> list[str]:
    """Several texts, each a comment that begins on a line of its own."""
    return [line for text in texts for line in comment(text)]
