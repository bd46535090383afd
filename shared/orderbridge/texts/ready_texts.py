"""The text that settles an escalation, in words: one template for each reader."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orderbridge.texts.templates import render_template

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from orderbridge.domain.cases.ready_texts import ReadyText
    from orderbridge.texts.languages import Language


def render_ready_text(text: ReadyText, language: Language, zone: ZoneInfo) -> str:
    """`text` as its reader gets it; several lines."""
    return render_template(f"ready_{text.reader.value}", language, zone, text=text)
