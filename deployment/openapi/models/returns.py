"""Parcels that came back or look as if they did."""

from __future__ import annotations

from typing import Literal

from deployment.openapi.models.common import Explanation, Model, Moment, OrderNumber, OrderPage, ShopName
from orderbridge.domain.cases.records import ReturnKind
from orderbridge.domain.statuses import MarketplaceStatus, ShopStatus


class Resolution(Model):
    """A person's statement that an entry is settled."""

    at: Moment
    """When it was made."""
    by: str
    """Who made it."""
    note: str
    """What the person wrote."""


class ReturnRequest(Model):
    """A person's request to set Returned at MALL."""

    at: Moment
    """When it was made."""
    by: str
    """Who made it."""


class Return(Model):
    """One parcel on the list of returns."""

    kind: ReturnKind
    """Why it is on the list."""
    state: Literal["open", "resolved"]
    """Whether somebody still has to act."""
    reason: Explanation
    """What happened, and what to do."""
    since: Moment
    """When the matter began."""
    flagged_at: Moment
    """When it was put on the list."""
    resolved: Resolution | None
    """Who settled it; null: it is open."""


class ReturnEntry(Return):
    """One parcel on the list of returns, with its order."""

    mall_order_id: OrderNumber
    """MALL's number of the order."""
    code: str | None
    """The shop's number of the order; null: the shop does not have it."""
    shop_status: ShopStatus | None
    """The state in the shop; null: not in the shop, or a state that the profile does not know."""
    status: MarketplaceStatus | Literal["unknown"]
    """The status at MALL; `unknown`: MALL was not read yet."""
    mall_delivery: bool | None
    """Whether MALL Delivery carries the parcel; null: MALL was not read yet."""
    tracking_number: str | None
    """The parcel's number."""
    tracking_url: str | None
    """Where the parcel can be followed."""
    collect_at: str | None
    """Where the parcel waits for the shop."""
    return_request: ReturnRequest | None
    """A person's request to set Returned; null: there is none."""
    why: Explanation | None
    """Why nothing is sent to MALL now, or what is sent next; null: nothing was decided yet."""


class ReturnList(OrderPage):
    """One page of the list of returns."""

    returns: list[ReturnEntry]
    """The entries."""


class ReturnAnswer(ReturnEntry):
    """The entry after the request."""

    shop: ShopName
    """The shop."""


class ReturnRequested(ReturnAnswer):
    """The entry after Returned was requested."""

    requested_at: Moment
    """When the request was taken."""
