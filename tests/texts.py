"""What people read of a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from orderbridge.texts import API, Language, render

if TYPE_CHECKING:
    from orderbridge.domain.reasons import Reason


def said(reason: Reason, language: str = "en") -> str:
    """The text of `reason`; moments in the zone of a shop that has set none."""
    return render(reason, Language(language), ZoneInfo("Europe/Prague"), API)
