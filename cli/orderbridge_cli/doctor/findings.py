"""What the doctor finds: findings by section, the exit code, and the one next thing to do.

As JSON (``Report.data``), with keys that stay:

======================== ==============================================================================
``shop``                 the shop's name
``checked_at``           when, in UTC
``exit_code``            0 nothing to do, 1 a person must act, 3 something could not be reached
``next``                 ``code`` of the finding that it comes from (or of the end), ``text``: what to do
``findings``             a list of objects with the keys below
``findings[].section``   ``record export profile orders mall webhook mail alarms deployment``
``findings[].code``      what was found, such as ``export.fetched``; stable
``findings[].level``     ``ok``, ``note``, ``warning``, ``problem``
``findings[].text``      the finding as a sentence, in the language asked for
``findings[].todo``      what to do about it; empty: nothing
``findings[].facts``     numbers and names of the finding, as its code has them; may be empty
``findings[].reached``   false: something could not be reached or read, so this is not known
======================== ==============================================================================
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from orderbridge_cli.errors import Exit

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


class Level(StrEnum):
    """How much a finding matters."""

    OK = "ok"
    """As it should be."""
    NOTE = "note"
    """Good to know; nothing must be done."""
    WARNING = "warning"
    """A person should act: orders will be held, or nobody will hear of them."""
    PROBLEM = "problem"
    """A person must act: the shop does not work like this."""


class Section(StrEnum):
    """The parts of the report, in its order."""

    RECORD = "record"
    EXPORT = "export"
    PROFILE = "profile"
    ORDERS = "orders"
    MALL = "mall"
    WEBHOOK = "webhook"
    MAIL = "mail"
    ALARMS = "alarms"
    DEPLOYMENT = "deployment"


_WEIGHT = (Level.PROBLEM, Level.WARNING)
_URGENT = (
    *(Section.RECORD, Section.DEPLOYMENT, Section.EXPORT, Section.PROFILE, Section.MALL),
    *(Section.ORDERS, Section.MAIL, Section.ALARMS, Section.WEBHOOK),
)
"""Which section's problem comes first: what stands in the way of the others."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that the doctor found. It holds no secret and no personal data."""

    section: Section
    code: str
    """Stable name, for programs."""
    level: Level
    text: str
    """One sentence or two, in the person's language."""
    todo: str = ""
    """What to do; empty: nothing."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """JSON values, with names that stay."""
    reached: bool = True
    """False: something could not be reached or read, so the answer is not known."""

    def data(self) -> dict[str, Any]:
        """The finding as JSON."""
        return {
            "section": self.section.value,
            "code": self.code,
            "level": self.level.value,
            "text": self.text,
            "todo": self.todo,
            "facts": dict(self.facts),
            "reached": self.reached,
        }


@dataclass(frozen=True, slots=True)
class Report:
    """All findings about one shop, and what comes next."""

    shop: str
    checked_at: datetime
    findings: tuple[Finding, ...]
    """In the order of the sections."""
    otherwise: tuple[str, str]
    """Code and text of the next thing to do where no finding asks for one."""

    @property
    def exit_code(self) -> Exit:
        """3 before 1: what could not be reached may hide more."""
        if not all(one.reached for one in self.findings):
            return Exit.UNREACHABLE
        return Exit.PERSON_MUST_ACT if any(one.level in _WEIGHT for one in self.findings) else Exit.DONE

    @property
    def next(self) -> tuple[str, str]:
        """The most important thing to do: its code and its text."""
        asked = [one for one in self.findings if one.todo and one.level in _WEIGHT]
        first = min(
            asked, key=lambda one: (_WEIGHT.index(one.level), _URGENT.index(one.section)), default=None
        )
        return self.otherwise if first is None else (first.code, first.todo)

    def of(self, section: Section) -> list[Finding]:
        """The findings of one section."""
        return [one for one in self.findings if one.section is section]

    def data(self) -> dict[str, Any]:
        """The report as JSON: see the module."""
        code, text = self.next
        return {
            "shop": self.shop,
            "checked_at": self.checked_at.isoformat(),
            "exit_code": int(self.exit_code),
            "next": {"code": code, "text": text},
            "findings": [one.data() for one in self.findings],
        }
