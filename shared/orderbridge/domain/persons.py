"""Persons who use the product: what their role allows (R13.1), and what they asked for (R13.3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from orderbridge.domain.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Collection

EVERY_SHOP = "*"
"""In place of a shop's name: every shop. No shop has this name."""


class Role(StrEnum):
    """What a person's token allows."""

    VIEWER = "viewer"
    """Reads everything about the shops of the token, and changes nothing."""
    OPERATOR = "operator"
    """Does what a viewer does, and asks for changes."""

    def includes(self, needed: Role) -> bool:
        """Whether this role allows what `needed` allows."""
        return self is Role.OPERATOR or needed is Role.VIEWER


def may_see(shops: Collection[str], shop: str) -> bool:
    """Whether a token for `shops`, which may be ``EVERY_SHOP``, shows `shop`."""
    return EVERY_SHOP in shops or shop in shops


def only_shop(shops: Collection[str]) -> str | None:
    """The one shop that a token for `shops` shows; None: it shows several."""
    return next(iter(shops)) if len(shops) == 1 and EVERY_SHOP not in shops else None


@dataclass(frozen=True, slots=True)
class PersonAction:
    """One action of a person. It is recorded before its effect, so it says what was requested (R13.3)."""

    shop: str
    """The shop's name; ``EVERY_SHOP``: it is about every shop."""
    at: datetime
    """When it was requested (UTC)."""
    by: str
    """The person's name: the operator's, or that of the caller of the command line."""
    what: Reason
    """What was requested: a code of ``PersonReason`` and its facts."""
    mall_order_id: int | None = None
    """The marketplace's number of the order that it is about; None: it is about no single order."""
    why: str = ""
    """The person's own words why: one line of at most 2,000 characters, redacted (G7)."""


@dataclass(frozen=True, slots=True)
class ActionPage:
    """One page of a shop's actions."""

    actions: tuple[PersonAction, ...]
    """The actions, newest first."""
    cursor: str | None = None
    """Opaque: asks for the next page; None: this is the last page."""
