"""MALL's documented answers as types. Of an order's detail only what the sync needs; for the rest see ``detail``.

Unknown keys are ignored; missing ones are None or empty. Validate with ``context={"zone": …}``; moments become UTC.
Personal data is not in the repr.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from orderbridge.adapters.mall import kept
from orderbridge.adapters.mall.fields import (
    Flag,
    Id,
    LastObjects,
    Moment,
    Number,
    Objects,
    OneObject,
    Reasons,
    Text,
    TheObject,
    Whole,
)
from orderbridge.domain.cases.records import Item
from orderbridge.domain.statuses import MarketplaceStatus
from orderbridge.domain.views import MarketplaceView
from orderbridge.errors import OrderbridgeError

if TYPE_CHECKING:
    from decimal import Decimal

_EARLIEST = datetime.min.replace(tzinfo=UTC)
_WORD = re.compile(r"[a-z_]{1,30}")


class UnknownStatusError(OrderbridgeError, ValueError):
    """MALL names no status, or one that is not among its eight. `shown`: it is a word that may be a status.

    The text names only such a word.
    """

    def __init__(self, status: str) -> None:
        self.status = status or None
        self.shown = _WORD.fullmatch(status) is not None
        named = "an unknown status" if status else "no status"
        super().__init__(f"MALL's answer names {named}" + (f": {status}" if self.shown else ""))


class Answer(BaseModel):
    """The base of all of them."""

    # Building a validator takes longer than a read, so each is built when it is first used.
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True, defer_build=True)


class Result(Answer):
    """MALL's result of the call. `status` is ``OK``, ``ERROR`` or ``LIMITED``."""

    code: Whole = None
    status: Text = ""
    message: Text = Field(default="", repr=False)


class ErrorCode(Answer):
    """A reason for a refusal. MALL publishes no list of codes, so they are shown and decide nothing."""

    message: Text = Field(default="", repr=False)
    error_code: Text = Field(default="", alias="errorCode")


class Paging(Answer):
    """In lists only. `pages` is the number of pages."""

    pages: Whole = None


class Envelope(Answer):
    """The envelope of every answer that is not empty."""

    result: Annotated[Result | None, TheObject] = None
    data: Any = Field(default=None, repr=False)
    paging: Annotated[Paging | None, OneObject] = None
    error_codes: Annotated[tuple[ErrorCode, ...], Reasons] = Field(default=(), alias="errorCodes")


class Branches(Answer):
    """The chosen pick-up branch, and the one MALL may have replaced it with: see ``BasicOrder.branch``."""

    branch_id: Text = ""
    secondary_branch_id: Text = ""
    overridden: Flag = None


class BranchStatus(Answer):
    """An event of the parcel on its way to a pick-up branch."""

    name: Text = ""
    date: Moment = None


class ItemLine(Answer):
    """A line of the order, without its price. `id` is the partner's own."""

    id: Text = ""
    title: Text = ""
    quantity: Number = None


class BasicOrder(Answer):
    """The fields for ``MarketplaceView``, from a list with ``filter=basic`` or from the order's detail."""

    id: Id = None
    delivered_at: Moment = None
    status: Text = ""
    confirmed: Flag = None
    test: Flag = None
    mdp: Flag = None
    mdp_classic: Flag = None
    mdp_spectrum: Flag = None
    tracking_number: Text = ""
    tracking_url: Text = ""
    open_since: Moment = Field(default=None, alias="open")
    shipped_since: Moment = Field(default=None, alias="shipped")
    delivered_since: Moment = Field(default=None, alias="delivered")
    # Only the detail has these. Another class would cost milliseconds in every process that reads an order.
    items: Annotated[tuple[ItemLine, ...], Objects] = ()
    ready_to_return: Flag = None
    branch_id: Text = ""
    branches: Annotated[Branches | None, OneObject] = None
    ulozenka_status_history: Annotated[tuple[BranchStatus, ...], LastObjects] = ()

    @property
    def marketplace_delivery(self) -> bool:
        """Whether MALL delivers the order. The two kinds of MDP decide only if `mdp` is absent."""
        return bool(self.mdp_classic or self.mdp_spectrum) if self.mdp is None else self.mdp

    @property
    def branch(self) -> str:
        """The id of the pick-up branch; empty if the parcel goes to the address.

        The order's own `branch_id` counts first. `branches` may hold an outdated choice, so it counts only if the order
        names none: then the replacement if MALL has replaced the branch, else the chosen one.
        """
        said = [self.branch_id]
        if self.branches is not None:
            other = self.branches.secondary_branch_id if self.branches.overridden else ""
            said += [other, self.branches.branch_id]
        return next((branch for branch in said if branch not in {"", "0"}), "")

    @property
    def collect_at(self) -> str:
        """Where the parcel waits, as far as MALL says: the branch and the parcel's newest status."""
        words = [step for step in self.ulozenka_status_history if step.name]
        # Among events of the same moment, or without a date, the last is the newest.
        newest = max(reversed(words), key=lambda step: step.date or _EARLIEST, default=None)
        return kept.place(self.branch, newest.name if newest else "")

    def known_status(self) -> MarketplaceStatus:
        """The status. Raises UnknownStatusError."""
        try:
            return MarketplaceStatus(self.status.lower())
        except ValueError:
            raise UnknownStatusError(self.status) from None

    def view(self) -> MarketplaceView:
        """The order for the domain, with texts as ``kept`` keeps them. Without `confirmed` it is not confirmed.

        Raises UnknownStatusError.
        """
        tracking_number, tracking_url = kept.tracking(self.tracking_number, self.tracking_url)
        return MarketplaceView(
            status=self.known_status(),
            confirmed=bool(self.confirmed),
            marketplace_delivery=self.marketplace_delivery,
            tracking_number=tracking_number,
            tracking_url=tracking_url,
            opened_at=self.open_since,
            shipped_at=self.shipped_since,
            delivered_at=self.delivered_at or self.delivered_since,
            items=tuple(
                Item(kept.title(item.title or item.id), pieces_text(item.quantity))
                for item in self.items[: kept.MAX_ITEMS]
            ),
            ready_to_return=bool(self.ready_to_return),
            collect_at=self.collect_at,
            test=bool(self.test),
        )


def pieces_text(quantity: Decimal | None) -> str:
    """A line's pieces without an exponent or trailing zeros: ``2``, ``0.5``; ``1`` if MALL does not say."""
    return "1" if quantity is None else format(quantity.normalize(), "f")
