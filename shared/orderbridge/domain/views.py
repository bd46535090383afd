"""One order as one side shows it: the shop's export, or the marketplace."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Self

from orderbridge.domain.cases.records import (
    Item,
)
from orderbridge.domain.codes.orders import RecordReason
from orderbridge.domain.dates import ShopDate
from orderbridge.domain.reasons import Reason, because
from orderbridge.domain.statuses import MarketplaceStatus, ShopStatus


@dataclass(frozen=True, slots=True)
class ShopView:
    """One order as the shop's export shows it. Holds no personal data.

    Each ``…_problem`` is for a clerk: why this field cannot be read. It stops only the steps that need the field
    (R1.24).
    """

    code: str
    """The shop's own number of the order."""
    status: ShopStatus | None
    """The state; None: `status_name` is no known one."""
    status_name: str
    """The state's name as the export writes it."""
    delivery: ShopDate | None = None
    """When the customer got the parcel."""
    delivery_problem: Reason | None = None
    """Why `delivery` could not be read."""
    tracking_number: str = ""
    """The text that the clerk entered. Several numbers are separated by commas."""
    tracking_problem: Reason | None = None
    """Why `tracking_number` could not be read."""
    tracking_url: str = ""
    """Where the customer can follow the parcel, if the export says so."""
    tracking_url_problem: Reason | None = None
    """Why `tracking_url` could not be read."""
    carrier: str = ""
    """The carrier's name as the shop writes it."""
    carrier_problem: Reason | None = None
    """Why `carrier` could not be read."""
    created: ShopDate | None = None
    """When the order was placed."""
    created_problem: Reason | None = None
    """Why `created` could not be read."""
    problems: tuple[Reason, ...] = ()
    """Why it is not sure which order this is, or what state it is in. They stop every step (R1.24)."""

    def all_problems(self) -> tuple[Reason, ...]:
        """All problems of the record, whatever they stop."""
        details = (
            self.delivery_problem,
            self.tracking_problem,
            self.tracking_url_problem,
            self.carrier_problem,
            self.created_problem,
        )
        return (*self.problems, *(problem for problem in details if problem is not None))

    def considered(self, created_from: date | None) -> Self | None:
        """The view, or None for an order created before `created_from` (R10.13). None there: every order counts.

        If the creation date cannot be read, the order may be old or new. It is held: leaving it out could lose a sale,
        and a step could touch an order that was settled long ago.
        """
        if created_from is None:
            return self
        if self.created_problem is not None:
            problem = because(
                RecordReason.AGE_NOT_KNOWN, problem=self.created_problem, created_from=created_from
            )
            return replace(self, created_problem=None, problems=(*self.problems, problem))
        return None if self.created is not None and self.created.day < created_from else self


@dataclass(frozen=True, slots=True)
class ExportedOrder:
    """A record of the export that carries a MALL order number."""

    mall_order_id: int
    """The marketplace's number of the order."""
    view: ShopView
    """What the record shows."""


@dataclass(frozen=True, slots=True)
class MarketplaceView:
    """What MALL is known to hold of an order: its last answer, and what it accepted since. Moments are UTC."""

    status: MarketplaceStatus
    """The order's status."""
    confirmed: bool
    """False: MALL waits for a confirmation of its last change (R8.6)."""
    marketplace_delivery: bool = False
    """Whether the marketplace delivers the parcel itself (MALL Delivery)."""
    tracking_number: str = ""
    """The parcel's number."""
    tracking_url: str = ""
    """Where the customer can follow the parcel."""
    opened_at: datetime | None = None
    """When the order came to Open."""
    shipped_at: datetime | None = None
    """When the order came to Shipped."""
    delivered_at: datetime | None = None
    """When the customer got the parcel."""
    items: tuple[Item, ...] = ()
    """The order's lines. Known only after the order itself was read."""
    ready_to_return: bool = False
    """Whether the parcel waits to be collected by the shop (R5.4). Known only after the order itself was read."""
    collect_at: str = ""
    """Where the parcel waits. Known only after the order itself was read."""
    test: bool = False
    """Whether this answer calls it a test order. ``MarketplaceSide.test`` is what counts."""


@dataclass(frozen=True, slots=True)
class ListedOrder:
    """An order on one of the marketplace's lists."""

    mall_order_id: int
    """The marketplace's number of the order."""
    view: MarketplaceView | None
    """What the list shows of it; None: the list gives the number only."""
    test: bool = False
    """Whether it is a test order."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One fetch of the shop's export. Moments are UTC."""

    seen_at: datetime
    """When the fetch began."""
    content_at: datetime
    """The content was made at this moment or later (R10.5)."""
