"""Texts of several lines: mails and ready texts, one Jinja2 template per language.

A template's values are facts, written as in a sentence. A plain text is put on one line, so that no value from outside
can start a line of its own. A control is a function of its facts: ``{{ do_retry(order=text.order) }}``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from orderbridge.domain.actions import Action
from orderbridge.domain.dates import ShopDate
from orderbridge.domain.facts import ShopText, Term
from orderbridge.domain.plain_text import clean
from orderbridge.domain.reasons import Reason
from orderbridge.domain.statuses import MarketplaceStatus, ShopStatus
from orderbridge.texts.controls import Control
from orderbridge.texts.rendering import control_text, fact_text

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from jinja2 import Environment
    from jinja2.runtime import Context

    from orderbridge.texts.controls import Edge
    from orderbridge.texts.languages import Language

TEMPLATES = Path(__file__).parent / "templates"

_VOICE = "voice"
"""The name under which a template's values have the ``_Voice``."""
_FACTS = (MarketplaceStatus, ShopStatus, Action, int, Decimal, date, ShopDate, ShopText, Term, Reason)
"""Types that are written as in a sentence; a ``datetime`` is a ``date``. A template loops over tuples itself."""


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail. `subject` is one line."""

    subject: str
    body: str


class _Voice(NamedTuple):
    """How the values of one text are written."""

    language: Language
    zone: ZoneInfo
    edge: Edge

    def text(self, value: object) -> object:
        """A template's value as text. A missing value is left to Jinja2, which refuses it."""
        if isinstance(value, _FACTS):
            return fact_text(value, self.language, self.zone, self.edge)
        if value is None:
            raise ValueError("a template shows a value that is None: ask for it with if")
        return clean(value) if isinstance(value, str) else value

    def control(self, control: Control, **facts: object) -> str:
        """The words for `control`, with those of its `facts` that they name."""
        given = {name: str(self.text(fact)) for name, fact in facts.items()}
        return control_text(control, given, self.language, self.edge)


def render_mail(name: str, language: Language, zone: ZoneInfo, edge: Edge, **values: object) -> Mail:
    """The mail of the template `name`: the first line is the subject, the rest the body."""
    subject, _, body = render_template(name, language, zone, edge, **values).partition("\n")
    return Mail(subject.strip(), body.strip() + "\n")


def render_template(name: str, language: Language, zone: ZoneInfo, edge: Edge, **values: object) -> str:
    """The template ``<language>/<name>.txt.j2`` with `values`; times in `zone`, controls in the words of `edge`.

    Raises a Jinja2 error where the template names a missing value, ValueError where it shows None.
    """
    voice = _Voice(language, zone, edge)
    controls = {control.value: partial(voice.control, control) for control in Control}
    template = _environment().get_template(f"{language.value}/{name}.txt.j2")
    return template.render({**controls, **values, _VOICE: voice})


@cache
def _environment() -> Environment:
    """The Jinja2 environment. Jinja2 is imported here, because most calls of most functions render no template."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context, select_autoescape

    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(default=False, default_for_string=False),
        undefined=StrictUndefined,
        finalize=pass_context(_as_text),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _as_text(context: Context, value: object) -> object:
    voice: _Voice = context[_VOICE]
    return voice.text(value)
