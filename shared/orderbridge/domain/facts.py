"""Facts: the typed values in the texts for people, and the codes that define which facts belong together (R11.1).

The rules give a code and facts. ``reasons`` combines them, and ``texts`` makes a sentence of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Self

from orderbridge.domain.plain_text import clean, cut

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

MAX_TEXT = 300
"""How many characters of a text from outside are kept. A longer text ends in an ellipsis."""


@dataclass(frozen=True, slots=True)
class ShopText:
    """A text from the shop, from MALL or from a person. It is shown in quotation marks, on one line."""

    text: str
    """The cleaned text."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", cut(clean(self.text), MAX_TEXT))


@dataclass(frozen=True, slots=True)
class Term:
    """A technical name, for example a setting, a place in a profile or a built-in carrier. It is shown unchanged."""

    name: str
    """The cleaned name."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", cut(clean(self.name), MAX_TEXT))


class Kind(StrEnum):
    """The type of a fact. The value is its tag in stored records."""

    STATUS = "status"
    """``MarketplaceStatus``."""
    SHOP_STATUS = "shop_status"
    """``ShopStatus``."""
    ACTION = "action"
    """``Action``: what a step does."""
    NUMBER = "number"
    """``int`` that does not change other words, for example an order number or a limit."""
    COUNT = "count"
    """``int`` that decides the plural form of the text. A code has at most one."""
    AMOUNT = "amount"
    """``Decimal``, finite: money, two decimal places."""
    MOMENT = "moment"
    """Aware ``datetime`` in UTC. It is shown in the shop's zone (R11.4)."""
    SHOP_DATE = "shop_date"
    """``ShopDate``: a date that the clerk entered."""
    DAY = "day"
    """``date``."""
    TEXT = "text"
    """``ShopText``."""
    TEXTS = "texts"
    """Tuple of ``ShopText``."""
    TERM = "term"
    """``Term``."""
    TERMS = "terms"
    """Tuple of ``Term``."""
    REASON = "reason"
    """Another ``Reason``: a sentence of its own within the text."""
    REASONS = "reasons"
    """Tuple of ``Reason``: several sentences."""


class Code(StrEnum):
    """Base of the code tables. A member is ``NAME = "family.subject", {fact: kind}, {facts that texts may leave out}``.

    A reason has exactly the facts of its code. Where a fact can be missing, there are two codes.
    """

    _value_: str
    facts: Mapping[str, Kind]
    """The facts of the code, with their kinds."""
    may_be_unnamed: frozenset[str]
    """The facts that a text need not name."""

    def __new__(
        cls, value: str, facts: Mapping[str, Kind] | None = None, may_be_unnamed: Collection[str] = ()
    ) -> Self:
        """A member: the code, with the facts that the table gives."""
        code = str.__new__(cls, value)
        code._value_ = value
        code.facts = MappingProxyType(dict(facts or {}))
        code.may_be_unnamed = frozenset(may_be_unnamed)
        return code

    @property
    def counted(self) -> str | None:
        """The name of the fact that decides the plural form; None: the text has one form."""
        return next((name for name, kind in self.facts.items() if kind is Kind.COUNT), None)
