"""Facts: the typed values that a text for people is made of, and the codes that say which facts belong together.

The rules give a code and facts, never a sentence. ``reasons`` holds them together, ``texts`` makes a sentence of them.
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
"""Characters of a text from outside that are kept. The rest is cut off, with an ellipsis."""


@dataclass(frozen=True, slots=True)
class ShopText:
    """A text from the shop, from MALL or from a person. It is shown in quotation marks, on one line, cut."""

    text: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", cut(clean(self.text), MAX_TEXT))


@dataclass(frozen=True, slots=True)
class Term:
    """A technical name: a setting, a place in a profile, a carrier's name of our table. It is shown as it is."""

    name: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", cut(clean(self.name), MAX_TEXT))


class Kind(StrEnum):
    """The type of a fact. Its value is the tag in stored records and never changes."""

    STATUS = "status"
    """``MarketplaceStatus``."""
    SHOP_STATUS = "shop_status"
    """``ShopStatus``."""
    ACTION = "action"
    """``Action``: what a step does."""
    NUMBER = "number"
    """``int`` that changes no other word: an order number, a limit."""
    COUNT = "count"
    """``int`` that decides the plural form of the text. A code has one at most."""
    AMOUNT = "amount"
    """``Decimal``, finite: money, two decimal places."""
    MOMENT = "moment"
    """Aware ``datetime`` in UTC. It is shown in the shop's zone."""
    SHOP_DATE = "shop_date"
    """``ShopDate``: a date as the clerk wrote it."""
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
    """Another ``Reason``: a whole sentence of its own within the text."""
    REASONS = "reasons"
    """Tuple of ``Reason``: several sentences."""


class Code(StrEnum):
    """Base of the code tables. A member is ``NAME = "family.subject", {fact: its kind}, {facts texts may leave out}``.

    Every fact of the table belongs to every reason of that code. Where a fact may lack, there are two codes.
    """

    _value_: str
    facts: Mapping[str, Kind]
    may_be_unnamed: frozenset[str]

    def __new__(
        cls, value: str, facts: Mapping[str, Kind] | None = None, may_be_unnamed: Collection[str] = ()
    ) -> Self:
        """A member: the code itself, with what the table says of it."""
        code = str.__new__(cls, value)
        code._value_ = value
        code.facts = MappingProxyType(dict(facts or {}))
        code.may_be_unnamed = frozenset(may_be_unnamed)
        return code

    @property
    def counted(self) -> str | None:
        """The name of the fact that decides the plural form; None: the text has one form only."""
        return next((name for name, kind in self.facts.items() if kind is Kind.COUNT), None)
