"""The ready text that settles an escalation: one template for each kind of reader (R6.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orderbridge.texts.templates import render_template

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from orderbridge.domain.cases.ready_texts import ReadyText
    from orderbridge.texts.languages import Language


def render_ready_text(text: ReadyText, language: Language, zone: ZoneInfo) -> str:
    """`text` for its reader, in several lines; times in `zone`."""
    return render_template(f"ready_{text.reader.value}", language, zone, text=text)
