"""MALL's documented answers as types; of an order's detail only what keeping it in step needs: see ``detail``.

Unknown keys are ignored, missing ones are absent (None or empty). Validate with ``context={"zone": …}``; moments
come out in UTC. What tells of the customer does not show in the repr.
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
from orderbridge.domain.orders import MarketplaceView
from orderbridge.domain.records import Item
from orderbridge.domain.statuses import MarketplaceStatus
from orderbridge.errors import OrderbridgeError

if TYPE_CHECKING:
    from decimal import Decimal

_EARLIEST = datetime.min.replace(tzinfo=UTC)
_WORD = re.compile(r"[a-z_]{1,30}")


class UnknownStatusError(OrderbridgeError, ValueError):
    """MALL names a status that is not one of the eight, or none."""


class Answer(BaseModel):
    """What all of them have in common."""

    # Building a model's validator takes longer than a read: only those that are used pay for it.
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True, defer_build=True)


class Result(Answer):
    """What MALL says about the call itself. `status` is ``OK``, ``ERROR`` or ``LIMITED``."""

    code: Whole = None
    status: Text = ""
    message: Text = Field(default="", repr=False)


class ErrorCode(Answer):
    """One reason for a refusal. There is no public list of codes: they are shown, never decided upon."""

    message: Text = Field(default="", repr=False)
    error_code: Text = Field(default="", alias="errorCode")


class Paging(Answer):
    """On lists only. `pages` is how many there are."""

    pages: Whole = None


class Envelope(Answer):
    """What every answer that is not empty comes in."""

    result: Annotated[Result | None, TheObject] = None
    data: Any = Field(default=None, repr=False)
    paging: Annotated[Paging | None, OneObject] = None
    error_codes: Annotated[tuple[ErrorCode, ...], Reasons] = Field(default=(), alias="errorCodes")


class Branches(Answer):
    """The pick-up branch, as it was chosen and as MALL may have changed it: see ``BasicOrder.branch``."""

    branch_id: Text = ""
    secondary_branch_id: Text = ""
    overridden: Flag = None


class BranchStatus(Answer):
    """A step of the parcel on its way to a pick-up branch."""

    name: Text = ""
    date: Moment = None


class ItemLine(Answer):
    """One line of the order, without its price. `id` is the partner's own."""

    id: Text = ""
    title: Text = ""
    quantity: Number = None


class BasicOrder(Answer):
    """What ``MarketplaceView`` holds: of an order as lists with ``filter=basic`` show it, and of its detail."""

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
    # Only the detail has these. A class of its own would cost every process that reads an order milliseconds.
    items: Annotated[tuple[ItemLine, ...], Objects] = ()
    ready_to_return: Flag = None
    branch_id: Text = ""
    branches: Annotated[Branches | None, OneObject] = None
    ulozenka_status_history: Annotated[tuple[BranchStatus, ...], LastObjects] = ()

    @property
    def marketplace_delivery(self) -> bool:
        """Whether MALL delivers it. Its two kinds decide only where `mdp` itself is absent."""
        return bool(self.mdp_classic or self.mdp_spectrum) if self.mdp is None else self.mdp

    @property
    def branch(self) -> str:
        """The id of the delivery point where the parcel waits; empty where it goes to the address.

        The order's own `branch_id` is it. What `branches` says beside it may be the one that was chosen first, so it
        only stands in where the order itself names none: the other one if MALL has put that in its place.
        """
        said = [self.branch_id]
        if self.branches is not None:
            other = self.branches.secondary_branch_id if self.branches.overridden else ""
            said += [other, self.branches.branch_id]
        return next((branch for branch in said if branch not in {"", "0"}), "")

    @property
    def collect_at(self) -> str:
        """Where the parcel waits, as far as MALL tells: the branch, and its newest word about the parcel."""
        words = [step for step in self.ulozenka_status_history if step.name]
        # Of several that came at once, or without a date, the last one is the newest.
        newest = max(reversed(words), key=lambda step: step.date or _EARLIEST, default=None)
        return kept.place(self.branch, newest.name if newest else "")

    def known_status(self) -> MarketplaceStatus:
        """The status. Raises UnknownStatusError with one line that names it, if it looks like the name of a status."""
        try:
            return MarketplaceStatus(self.status.lower())
        except ValueError:
            shown = (
                f"the unknown status {self.status!r}" if _WORD.fullmatch(self.status) else "an unknown status"
            )
            said = f"MALL's answer names {shown if self.status else 'no status'}"
            raise UnknownStatusError(said) from None

    def view(self) -> MarketplaceView:
        """What the domain needs of it, as ``kept`` keeps it. `confirmed` counts as not set where it is absent.

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
                for item in self.items[: kept.MOST_ITEMS]
            ),
            ready_to_return=bool(self.ready_to_return),
            collect_at=self.collect_at,
            test=bool(self.test),
        )


def pieces_text(quantity: Decimal | None) -> str:
    """The pieces of a line without an exponent or trailing zeros: ``2``, ``0.5``; one where MALL does not say."""
    return "1" if quantity is None else format(quantity.normalize(), "f")
