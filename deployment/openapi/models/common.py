"""What several answers have: explanations, facts, and the forms of values."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from orderbridge.domain.actions import Action
from orderbridge.domain.statuses import MarketplaceStatus, ShopStatus
from orderbridge.settings import SHOP_PATTERN


class Model(BaseModel):
    """A part of an answer. Strict: a key that is not here, or a value of another type, is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True)


CODE_PATTERN = r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+)+$"

ShopName = Annotated[str, Field(pattern=SHOP_PATTERN)]
OrderNumber = Annotated[int, Field(ge=1, le=2**63 - 1)]
Code = Annotated[str, Field(pattern=CODE_PATTERN)]
Moment = AwareDatetime
Natural = Annotated[int, Field(ge=0)]
Counter = Annotated[int, Field(ge=1)]
ShopDay = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2})?$")]


class StatusFact(Model):
    """A status at MALL."""

    status: MarketplaceStatus
    """The status."""


class ShopStatusFact(Model):
    """A state in the shop."""

    shop_status: ShopStatus
    """The state."""


class ActionFact(Model):
    """What a step does."""

    action: Action
    """The action."""


class NumberFact(Model):
    """A whole number."""

    number: Annotated[str, Field(pattern=r"^-?\d+$")]
    """The number, in decimal digits."""


class CountFact(Model):
    """How many there are of something."""

    count: Annotated[str, Field(pattern=r"^-?\d+$")]
    """The number, in decimal digits."""


class AmountFact(Model):
    """An amount of money."""

    amount: Annotated[str, Field(pattern=r"^-?\d+(\.\d+)?$")]
    """The amount, as a decimal number."""


class MomentFact(Model):
    """A moment."""

    moment: Moment
    """The moment (UTC)."""


class ShopDateFact(Model):
    """A date that a clerk entered."""

    shop_date: ShopDay
    """The day, perhaps with a time, in the shop's zone."""


class DayFact(Model):
    """A day."""

    day: dt.date
    """The day."""


class TextFact(Model):
    """A text from the shop, from MALL or from a person."""

    text: str
    """The text, on one line."""


class TextsFact(Model):
    """Texts from the shop, from MALL or from persons."""

    texts: list[str]
    """The texts, each on one line."""


class TermFact(Model):
    """A technical name, such as a setting."""

    term: str
    """The name."""


class TermsFact(Model):
    """Technical names."""

    terms: list[str]
    """The names."""


class ReasonFact(Model):
    """Another reason."""

    reason: Reason
    """The reason."""


class ReasonsFact(Model):
    """Several other reasons."""

    reasons: list[Reason]
    """The reasons."""


Fact = (
    StatusFact
    | ShopStatusFact
    | ActionFact
    | NumberFact
    | CountFact
    | AmountFact
    | MomentFact
    | ShopDateFact
    | DayFact
    | TextFact
    | TextsFact
    | TermFact
    | TermsFact
    | ReasonFact
    | ReasonsFact
)
"""One fact: an object with one key, the kind of the fact. A test compares these with ``Kind``."""


class Reason(Model):
    """A code and its facts, within the facts of another one."""

    code: Code
    """Stays the same in every language and version."""
    facts: Annotated[dict[str, Fact], Field(default_factory=dict)]
    """Name of each fact → the fact. Left out where the code has none."""


class Explanation(Model):
    """Why something is so: for programs a code and its facts, for people a text made of both."""

    code: Code
    """Stays the same in every language and version. More codes may come."""
    facts: dict[str, Fact]
    """Name of each fact → the fact. A code always has the same facts."""
    text: str
    """Whole sentences in the caller's language (`Accept-Language`). They may be improved at any time."""


class Page(Model):
    """What every page of a list has."""

    shop: ShopName
    """The shop that the list is of."""
    next_cursor: str | None
    """Asks for the next page, as `cursor`; null: this is the last page."""


class OrderPage(Page):
    """What every page of a list of orders has."""

    unreadable: list[OrderNumber]
    """Orders that may belong on the page, and whose records cannot be read."""


class Requested(Model):
    """What was requested, and when it is done."""

    shop: ShopName
    """The shop that it is about."""
    requested_at: Moment
    """When the request was taken."""
    result: Explanation
    """What follows from the request."""
    done_at: Moment | None = None
    """When it is done, where that is not at once: the same was requested often."""
