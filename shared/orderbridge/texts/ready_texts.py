"""The ready text that settles an escalation: one template for each kind of reader (R6.5).

A ready text is passed on, so whoever it is for decides what it names, not where it was read: the clerk has the page,
the integrator the command line. The texts for MALL's Operations and for the accounting name no control.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from orderbridge.domain.cases.ready_texts import Reader
from orderbridge.texts.controls import PAGE, command_line
from orderbridge.texts.templates import render_template

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from orderbridge.domain.cases.ready_texts import ReadyText
    from orderbridge.texts.languages import Language


def render_ready_text(text: ReadyText, language: Language, zone: ZoneInfo) -> str:
    """`text` for its reader, in several lines; times in `zone`."""
    edge = command_line(text.shop) if text.reader is Reader.INTEGRATOR else PAGE
    return render_template(f"ready_{text.reader.value}", language, zone, edge, text=text)
