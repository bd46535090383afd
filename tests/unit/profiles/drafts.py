"""Drafts from the samples, and from exports of a few lines."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from orderbridge_cli.profiles.sample import opened
from orderbridge_cli.profiles.suggest import suggest

if TYPE_CHECKING:
    from orderbridge_cli.profiles.suggest import Suggestion

ZONE = ZoneInfo("Europe/Prague")
SAMPLES = Path(__file__).parents[2] / "samples" / "exports"
ORDER = "cislo_objednavky;stav;mall_id;doruceno\n"
"""The head of a table, for ``row``."""


def row(number: int, mall: str, delivered: str = "", status: str = "vyřízená") -> str:
    """One row of the table."""
    return f"{number};{status};{mall};{delivered}\n"


def drafted(name: str) -> Suggestion:
    """The draft from a sample."""
    with opened(SAMPLES / name) as sample:
        return suggest(sample, ZONE)


def of(document: bytes) -> Suggestion:
    """The draft from a document."""
    return suggest(io.BytesIO(document), ZONE)


def stated(found: Suggestion) -> dict[str, str]:
    """Key → place, of what the draft states."""
    return {one.key: one.place for one in found.findings if one.place is not None}
