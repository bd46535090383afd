"""Makes a sentence of a code and its facts, each written as its type and the language require (R11.4)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from orderbridge.domain.actions import Action
from orderbridge.domain.dates import ShopDate
from orderbridge.domain.facts import Code, ShopText, Term
from orderbridge.domain.plain_text import clean
from orderbridge.domain.reasons import Reason
from orderbridge.domain.statuses import MarketplaceStatus, ShopStatus
from orderbridge.texts.catalogues import catalogue, name_of
from orderbridge.texts.controls import OF_SHOP, Control, Door
from orderbridge.texts.languages import Language

if TYPE_CHECKING:
    from collections.abc import Mapping
    from zoneinfo import ZoneInfo

    from orderbridge.domain.reasons import Fact
    from orderbridge.texts.controls import Edge

NOTHING = "–"
"""Shown for an empty text or list."""

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_QUOTATION_MARKS = {
    Language.CZECH: ("„", "“"),
    Language.SLOVAK: ("„", "“"),
    Language.ENGLISH: ("“", "”"),
}


def render(reason: Reason, language: Language, zone: ZoneInfo, edge: Edge) -> str:
    """`reason` as one line, with times in `zone` and controls in the words of `edge`.

    A code without a text, or an unknown code, is shown itself.
    """
    code, texts = reason.code, catalogue(language)
    if not isinstance(code, Code):
        return clean(code)
    count = None if code.counted is None else reason.fact(code.counted)
    text = texts.ngettext(code, code, count) if isinstance(count, int) else texts.gettext(code)
    facts = {name: fact_text(fact, language, zone, edge) for name, fact in reason.facts}
    return text.format_map(_WithControls(facts, language, edge))


class _WithControls(dict[str, str]):
    """The facts of a text by name. A name that is no fact's is a control's."""

    def __init__(self, facts: Mapping[str, str], language: Language, edge: Edge) -> None:
        super().__init__(facts)
        self._language, self._edge = language, edge

    def __missing__(self, name: str) -> str:
        return control_text(Control(name), self, self._language, self._edge)


def control_text(control: Control, facts: Mapping[str, str], language: Language, edge: Edge) -> str:
    """`control` in the words of `edge`, with what they name of `facts` (R11.7)."""
    if control.has_page_name and edge.door is Door.PAGE:
        return quoted(name_of(control, language), language)
    if control.has_page_name and edge.door is Door.API:
        return control.path.format(**{name: facts.get(name, f"{{{name}}}") for name in control.parameters})
    given = {name: facts.get(name, name.upper()) for name in control.parameters}
    return control.command.format(**given, **{OF_SHOP: f" --shop {edge.shop}" if edge.shop else ""})


def explained(reason: Reason, language: Language, zone: ZoneInfo, edge: Edge) -> dict[str, object]:
    """`reason` as the API shows it: code, facts and text. The text is for whoever reads at `edge`."""
    return {"facts": {}, **reason.stored(), "text": render(reason, language, zone, edge)}


def fact_text(fact: Fact, language: Language, zone: ZoneInfo, edge: Edge) -> str:
    """One fact as a text in `language`; times in `zone`."""
    match fact:
        case Reason():
            return render(fact, language, zone, edge)
        case tuple():
            separator = " " if any(isinstance(one, Reason) for one in fact) else ", "
            return separator.join(fact_text(one, language, zone, edge) for one in fact) or NOTHING
        case ShopText(text):
            return quoted(text, language)
        case Term(name):
            return name or NOTHING
        case ShopStatus() | MarketplaceStatus() | Action():
            name = name_of(fact, language)
            return quoted(name, language) if isinstance(fact, ShopStatus) else name
        case Decimal():
            return _amount(fact, language)
        case int():
            return str(fact)
        case _:
            return date_text(fact, language, zone)


def quoted(text: str, language: Language) -> str:
    """`text` in the quotation marks of `language`. Marks inside it are replaced, so that none ends the quotation."""
    if not text:
        return NOTHING
    opening, closing = _QUOTATION_MARKS[language]
    for mark in "„“”":
        text = text.replace(mark, '"')
    return f"{opening}{text}{closing}"


def date_text(when: datetime | date | ShopDate, language: Language, zone: ZoneInfo) -> str:
    """``26. 11. 2026 14:05`` or ``26 Nov 2026 14:05``, in whole minutes; a datetime is shown in `zone`."""
    if isinstance(when, ShopDate):
        day = day_text(when.day, language)
        return day if when.time is None else f"{day} {when.time:%H:%M}"
    if not isinstance(when, datetime):
        return day_text(when, language)
    try:
        local = when.astimezone(zone)
    except OverflowError:  # the first or the last day of the calendar
        local = when
    return f"{day_text(local, language)} {local:%H:%M}"


def day_text(day: date, language: Language) -> str:
    """``26. 11. 2026`` or ``26 Nov 2026``."""
    if language is Language.ENGLISH:
        return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
    return f"{day.day}. {day.month}. {day.year}"


def _amount(amount: Decimal, language: Language) -> str:
    text = f"{amount:.2f}"
    return text if language is Language.ENGLISH else text.replace(".", ",")
