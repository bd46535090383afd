"""A record of the export, and the limits of reading."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

CHUNK = 64 * 1024
"""Bytes of the document that are read at a time."""
MAX_RECORD = 1_000_000
"""Characters of one order's record."""
MAX_VALUE = 20_000
"""Characters of one value that are read: twice the longest allowed value."""
MAX_REPEATED = 500
"""Different values of one place that are kept. Joined, they exceed the longest allowed list of parcels."""
MAX_CODE = 100
"""Characters of an order's code in the shop."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record, as a codec cut it out of the document."""

    values: Mapping[str, str]
    """Place → text, stripped, at most MAX_VALUE characters. Empty places are left out."""
    line: int
    """Where the record begins."""
    repeated: Mapping[str, Collection[str]] = field(default_factory=dict)
    """Places that occur more than once with different values, with the first MAX_REPEATED values."""


def kept(text: str) -> str:
    """`text` for a record: stripped, and cut to MAX_VALUE."""
    text = text.strip()
    return text if len(text) <= MAX_VALUE else text[:MAX_VALUE]
