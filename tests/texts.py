"""What people read of a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from orderbridge.domain.cases.ready_texts import ready_text
from orderbridge.domain.rules import Rules
from orderbridge.texts import Language, render
from orderbridge.texts.ready_texts import render_ready_text

if TYPE_CHECKING:
    from orderbridge.domain.cases.records import Escalation
    from orderbridge.domain.orders import OrderState
    from orderbridge.domain.reasons import Reason


def said(reason: Reason, language: str = "en") -> str:
    """The text of `reason`; moments in the zone of a shop that has set none."""
    return render(reason, Language(language), ZoneInfo("Europe/Prague"))


def written(order: OrderState, escalation: Escalation, language: str = "en") -> str:
    """The ready text of `escalation`, for a shop that has set nothing."""
    text = ready_text(order, escalation, Rules())
    return render_ready_text(text, Language(language), ZoneInfo("Europe/Prague"))
