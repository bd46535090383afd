"""A record of the export, as the codecs cut it out, and its limits."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

CHUNK = 64 * 1024
"""Bytes that are read from the document at a time."""
MAX_RECORD = 1_000_000
"""Characters that one order's record may have; more is not an order."""
LONGEST_VALUE = 20_000
"""Characters of one value that are looked at: twice what any place of it may have."""
MOST_REPEATED = 500
"""Different values of one place that are kept: so many, with commas, are longer than any list of parcels may be."""
# What goes on to messages and records must have an end. An order may have several parcels.
LONGEST_CODE = 100


@dataclass(frozen=True, slots=True)
class Record:
    """One record as a codec cut it out.

    `values` holds the stripped text of every wanted place that is not empty, at most LONGEST_VALUE characters of it;
    `line` is where the record begins; `repeated` are the wanted places that occur more than once with different values,
    with the first MOST_REPEATED of them.
    """

    values: Mapping[str, str]
    line: int
    repeated: Mapping[str, Collection[str]] = field(default_factory=dict)


def kept(text: str) -> str:
    """`text` as a record holds it: without outer blanks, and cut before anything else looks at it."""
    text = text.strip()
    return text if len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE]
