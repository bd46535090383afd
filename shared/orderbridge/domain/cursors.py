"""The outer form of a list's cursor: opaque to callers, and harmless whatever they make of it."""

from __future__ import annotations

import base64
import binascii
import json
from typing import TYPE_CHECKING

from orderbridge.errors import CursorError

if TYPE_CHECKING:
    from collections.abc import Sequence

_MAX_LENGTH = 1_000


def encoded(content: Sequence[str | bool | None]) -> str:
    """`content` as a cursor: URL-safe ASCII."""
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


def decoded(cursor: str) -> object:
    """The inverse of ``encoded``, unchecked. Raises CursorError."""
    if len(cursor) > _MAX_LENGTH or not cursor.isascii():
        raise CursorError
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        return json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        raise CursorError from None
