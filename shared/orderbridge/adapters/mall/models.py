"""MALL's documented answers as types, but for an order's detail: see ``detail``.

Unknown keys are ignored, missing ones are absent (None or empty). Validate with ``context={"zone": …}``; moments
come out in UTC. What tells of the customer does not show in the repr.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from orderbridge.adapters.mall.fields import Flag, Moment, Number, Objects, OneObject, Text, Whole
from orderbridge.domain.orders import MarketplaceView
from orderbridge.domain.statuses import MarketplaceStatus


class UnknownStatusError(ValueError):
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
    error_attributes: Any = Field(default=None, alias="errorAttributes", repr=False)


class Paging(Answer):
    """On lists only. `page` counts from 1."""

    pages: Whole = None
    size: Whole = None
    page: Whole = None


class Envelope(Answer):
    """What every answer that is not empty comes in."""

    result: Annotated[Result | None, OneObject] = None
    data: Any = Field(default=None, repr=False)
    paging: Annotated[Paging | None, OneObject] = None
    error_codes: Annotated[tuple[ErrorCode, ...], Objects] = Field(default=(), alias="errorCodes")


class BasicOrder(Answer):
    """An order as lists with ``filter=basic`` show it."""

    id: Whole = None
    customer_id: Whole = Field(default=None, repr=False)
    customer: Text = Field(default="", repr=False)
    external_id: Text = ""
    purchase_id: Whole = None
    cod: Number = None
    payment_type: Text = ""
    ship_date: Text = ""
    delivered_at: Moment = None
    status: Text = ""
    confirmed: Flag = None
    test: Flag = None
    mdp: Flag = None
    mdp_classic: Flag = None
    mdp_spectrum: Flag = None
    tracking_number: Text = ""
    tracking_url: Text = ""
    blocked_since: Moment = Field(default=None, alias="blocked")
    open_since: Moment = Field(default=None, alias="open")
    shipping_since: Moment = Field(default=None, alias="shipping")
    shipped_since: Moment = Field(default=None, alias="shipped")
    delivered_since: Moment = Field(default=None, alias="delivered")
    returned_since: Moment = Field(default=None, alias="returned")
    cancelled_since: Moment = Field(default=None, alias="cancelled")
    lost_since: Moment = Field(default=None, alias="lost")

    @property
    def marketplace_delivery(self) -> bool:
        """Whether MALL delivers it. Its two kinds decide only where `mdp` itself is absent."""
        return bool(self.mdp_classic or self.mdp_spectrum) if self.mdp is None else self.mdp

    def view(self) -> MarketplaceView:
        """What the domain needs of it; no personal data. `confirmed` counts as not set where it is absent.

        Raises UnknownStatusError with one line that names the status.
        """
        try:
            status = MarketplaceStatus(self.status.lower())
        except ValueError:
            named = f"names the unknown status {self.status!r}" if self.status else "names no status"
            raise UnknownStatusError(f"MALL's answer {named}") from None
        return MarketplaceView(
            status=status,
            confirmed=bool(self.confirmed),
            marketplace_delivery=self.marketplace_delivery,
            tracking_number=self.tracking_number,
            tracking_url=self.tracking_url,
            opened_at=self.open_since,
            shipped_at=self.shipped_since,
            delivered_at=self.delivered_at or self.delivered_since,
        )
