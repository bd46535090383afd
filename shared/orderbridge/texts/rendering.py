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
from orderbridge.texts.catalogues import catalogue, name_id
from orderbridge.texts.languages import Language

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from orderbridge.domain.reasons import Fact

NOTHING = "–"
"""Shown for an empty text or list."""

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_QUOTATION_MARKS = {
    Language.CZECH: ("„", "“"),
    Language.SLOVAK: ("„", "“"),
    Language.ENGLISH: ("“", "”"),
}


def render(reason: Reason, language: Language, zone: ZoneInfo) -> str:
    """`reason` as one line, with times in `zone`. A code without a text, or an unknown code, is shown itself."""
    code, texts = reason.code, catalogue(language)
    if not isinstance(code, Code):
        return clean(code)
    count = None if code.counted is None else reason.fact(code.counted)
    text = texts.ngettext(code, code, count) if isinstance(count, int) else texts.gettext(code)
    return text.format_map({name: fact_text(fact, language, zone) for name, fact in reason.facts})


def explained(reason: Reason, language: Language, zone: ZoneInfo) -> dict[str, object]:
    """`reason` as the API shows it: code, facts and text."""
    return {"facts": {}, **reason.stored(), "text": render(reason, language, zone)}


def fact_text(fact: Fact, language: Language, zone: ZoneInfo) -> str:
    """One fact as a text in `language`; times in `zone`."""
    match fact:
        case Reason():
            return render(fact, language, zone)
        case tuple():
            separator = " " if any(isinstance(one, Reason) for one in fact) else ", "
            return separator.join(fact_text(one, language, zone) for one in fact) or NOTHING
        case ShopText(text):
            return quoted(text, language)
        case Term(name):
            return name or NOTHING
        case ShopStatus() | MarketplaceStatus() | Action():
            name = catalogue(language).gettext(name_id(fact))
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
