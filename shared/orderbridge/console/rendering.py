"""HTML: Jinja2 with autoescape, the texts of the page in the reader's language, moments in the shop's zone.

The page's own texts are English sentences in the templates, ``t("…")`` and ``n("one", "many", count)``, and their Czech
and Slovak ones in ``locale/*/LC_MESSAGES/console.po`` (`make texts` takes new ones in). A text is never HTML: it is
escaped as whatever is written into it.
"""

from __future__ import annotations

import gettext
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from orderbridge.console import assets
from orderbridge.domain.cases.returns import MAX_NOTE
from orderbridge.domain.plain_text import clean
from orderbridge.redaction import MAX_WORDS
from orderbridge.texts.catalogues import catalogue, name_of
from orderbridge.texts.controls import Control
from orderbridge.texts.languages import Language
from orderbridge.texts.rendering import NOTHING, date_text, day_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from zoneinfo import ZoneInfo

FOLDER = Path(__file__).parent
TEMPLATES = FOLDER / "templates"
LOCALE = FOLDER / "locale"
DOMAIN = "console"
SOURCE = Language.ENGLISH
"""The language of the texts in the templates."""
HTTPS = "https://"
UNBROKEN = re.compile("e-shop", re.IGNORECASE)
"""A word of Czech and Slovak texts that no line ends within."""
_TAG = re.compile("(<[^<>]*>)")
_PLAIN = ("<title", "<textarea", "<option", "<style", "<script")
"""What has no elements within it."""


@cache
def translations(language: Language) -> gettext.NullTranslations:
    """The catalogue of `language`. Raises FileNotFoundError where it is not compiled."""
    if language is SOURCE:
        return gettext.NullTranslations()
    with (LOCALE / language.value / "LC_MESSAGES" / f"{DOMAIN}.mo").open("rb") as compiled:
        return gettext.GNUTranslations(compiled)


@cache
def _text(language: Language, text: str) -> Markup:
    """The text in `language`, escaped. Only the templates' own sentences come here, so the cache is small."""
    return escape(translations(language).gettext(text))


@cache
def environment() -> Environment:
    """The templates. One that names a missing value is an error."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=lambda value: NOTHING if value is None else _plain(value),
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.globals |= {"max_note": MAX_NOTE, "max_words": MAX_WORDS}
    made.filters["https"] = https_only
    made.filters["whole"] = escape  # a text of several lines stays as it is
    return made


def https_only(address: str | None) -> str | None:
    """`address` if it is one of https; None otherwise: no other is a link."""
    return address if address and address.startswith(HTTPS) and clean(address) == address else None


@dataclass(frozen=True, slots=True)
class Reading:
    """How one reader reads: the functions that templates call."""

    language: Language
    zone: ZoneInfo
    now: datetime
    home: str
    """The way to ``console`` from this page."""

    def functions(self) -> dict[str, Callable[..., object]]:
        """The functions by the name that templates use."""
        return {
            "t": self.t,
            "n": self.n,
            "moment": self.moment,
            "clock": self.clock,
            "age": self.age,
            "left": self.left,
            "day": self.day,
            "shop_date": self.shop_date,
            "name_of": self.name_of,
            "control": self.control,
            "to": self.to,
            "number": self.number,
        }

    def t(self, text: str, /, **facts: object) -> Markup:
        """The text with its facts, each on one line and without what changes the direction of writing."""
        found = _text(self.language, text)
        return found.format(**{name: _plain(fact) for name, fact in facts.items()}) if facts else found

    def n(self, one: str, many: str, count: int, /, **facts: object) -> Markup:
        """The text for `count`, which it may name."""
        found = translations(self.language).ngettext(one, many, count)
        return escape(found).format(
            **{name: _plain(fact) for name, fact in facts.items()}, count=self.number(count)
        )

    def number(self, value: float | None, digits: int = 0) -> str:
        """A number as the language writes it."""
        if value is None:
            return NOTHING
        text = f"{value:,.{digits}f}"
        if self.language is Language.ENGLISH:
            return text
        return text.replace(",", "\N{NO-BREAK SPACE}").replace(".", ",")

    def moment(self, iso: str | None) -> Markup | str:
        """A moment; of one of today only the time."""
        if not iso:
            return NOTHING
        at = datetime.fromisoformat(iso)
        local = at.astimezone(self.zone)
        whole = date_text(at, self.language, self.zone)
        shown = self.t("today {time}", time=f"{local:%H:%M}") if self._is_today(local) else whole
        return Markup('<time datetime="{}" title="{}">{}</time>').format(_utc(at), whole, shown)

    def clock(self, iso: str) -> str:
        """The time of a moment, to the second; with its day unless that is today."""
        local = datetime.fromisoformat(iso).astimezone(self.zone)
        shown = f"{local:%H:%M:%S}"
        return shown if self._is_today(local) else f"{self.day(local.date())} {shown}"

    def _is_today(self, local: datetime) -> bool:
        return local.date() == self.now.astimezone(self.zone).date()

    def day(self, iso: str | date) -> str:
        """A day; of a moment the one in the shop's zone."""
        if isinstance(iso, str) and "T" in iso:
            iso = datetime.fromisoformat(iso).astimezone(self.zone).date()
        return day_text(date.fromisoformat(iso) if isinstance(iso, str) else iso, self.language)

    def age(self, iso: str | None) -> Markup | str:
        """How long ago a moment was."""
        if not iso:
            return NOTHING
        at = datetime.fromisoformat(iso)
        whole = date_text(at, self.language, self.zone)
        shown = self._ago(max(0, int((self.now - at).total_seconds())))
        return Markup('<time class="age" datetime="{}" title="{}">{}</time>').format(_utc(at), whole, shown)

    def _ago(self, seconds: int) -> Markup:
        if seconds < 2 * 60:
            return self.t("{count} s ago", count=seconds)
        if seconds < 2 * 3600:
            return self.t("{count} min ago", count=seconds // 60)
        if seconds < 48 * 3600:
            return self.t("{count} h ago", count=seconds // 3600)
        return self.n("{count} day ago", "{count} days ago", seconds // 86400)

    def left(self, iso: str) -> Markup:
        """How long until a moment."""
        return self._span(datetime.fromisoformat(iso) - self.now)

    def _span(self, span: timedelta) -> Markup:
        seconds = max(0, int(span.total_seconds()))
        if seconds < 2 * 60:
            return self.t("{count} s", count=seconds)
        if seconds < 2 * 3600:
            return self.t("{count} min", count=seconds // 60)
        if seconds < 48 * 3600:
            return self.t("{count} h", count=seconds // 3600)
        return self.n("{count} day", "{count} days", seconds // 86400)

    def shop_date(self, iso: str | None) -> str:
        """A date as a clerk entered it in the shop, with its time if it has one."""
        if not iso:
            return NOTHING
        day, _, hour = iso.partition("T")
        return f"{self.day(day)} {hour[:5]}".strip()

    def name_of(self, kind: str, value: str | None) -> str:
        """The product's name of a status of MALL (``status``), one of the shop (``shop_status``) or an ``action``."""
        if not value:
            return NOTHING
        message = f"name.{kind}.{value}"
        found = catalogue(self.language).gettext(message)
        return value if found == message else found

    def control(self, placeholder: str) -> str:
        """The name of a button or of a page as the product's texts name it; `placeholder`: as in a text (``do_retry``).

        Raises ValueError for one that the page does not have.
        """
        control = Control(placeholder)
        if not control.has_page_name:
            raise ValueError(f"{placeholder} is no button and no page")
        return name_of(control, self.language)

    def to(self, *parts: object, **query: object) -> str:
        """The address of a page, relative to this one."""
        path = "/".join([self.home, *(quote(str(part), safe="") for part in parts)])
        asked = urlencode(
            {name.rstrip("_"): value for name, value in query.items() if value not in (None, "")}
        )
        return f"{path}?{asked}" if asked else path


def render(template: str, reading: Reading, **values: object) -> str:
    """The page of `template`."""
    files = {
        "css": assets.name_of("console.css"),
        "js": assets.name_of("console.js"),
        "icon": assets.name_of("icon.svg"),
    }
    page = (
        environment()
        .get_template(template)
        .render(
            **reading.functions(),
            lang=reading.language.value,
            languages=list(Language),
            files=files,
            now=_utc(reading.now),
            **values,
        )
    )
    return page if reading.language is SOURCE else unbroken(page)


def unbroken(page: str) -> str:
    """`page` with each ``e-shop`` of its running text in an element that keeps it on one line.

    The hyphen stays a usual one, so what is searched for and copied is what was written. Attributes, titles, options
    and texts to be copied stay as they are: no element may be in them. `page` is what the templates made: a ``<`` or
    ``>`` of a text is escaped in it.
    """
    parts = _TAG.split(page)
    inside_plain = False
    for at, part in enumerate(parts):
        if at % 2:
            inside_plain = part.startswith(_PLAIN)
        elif part and not inside_plain:
            parts[at] = UNBROKEN.sub(r'<span class="word">\g<0></span>', part)
    return "".join(parts)


def _plain(value: object) -> object:
    """`value`; a text is on one line and has no invisible characters. Markup is ours and stays as it is."""
    return clean(value) if type(value) is str else value


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
