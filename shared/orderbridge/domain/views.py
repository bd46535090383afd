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

    Each ``…_problem`` is for a clerk: why this detail could not be read. It stops only the steps that need it.
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
    """As the clerk wrote it. Several numbers, from whatever elements, are separated by commas."""
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
    """Why it is not sure which order this is, or what state it is in. They stop every step."""

    def all_problems(self) -> tuple[Reason, ...]:
        """Everything about what could not be read, whatever it stops."""
        details = (
            self.delivery_problem,
            self.tracking_problem,
            self.tracking_url_problem,
            self.carrier_problem,
            self.created_problem,
        )
        return (*self.problems, *(problem for problem in details if problem is not None))

    def considered(self, created_from: date | None) -> Self | None:
        """The view of an order that counts where orders from before `created_from` do not; None: it does not count.

        One whose creation date cannot be read may be of either kind: leaving it out would be a sale that nobody ever
        hears of, acting on it would touch a past that is closed. So it counts, and nothing is done but to tell.
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
    """What the marketplace is known to hold of an order: from its last answer, and from what it accepted since."""

    status: MarketplaceStatus
    """The order's status."""
    confirmed: bool
    """False: the marketplace waits for a confirmation that its last change was seen."""
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
    """Whether the parcel waits to be collected by the shop. Known only after the order itself was read."""
    collect_at: str = ""
    """Where it waits. Known only after the order itself was read."""
    test: bool = False
    """Whether this answer said that it is a test order; what counts is ``MarketplaceSide.test``."""


@dataclass(frozen=True, slots=True)
class ListedOrder:
    """An order on one of the marketplace's lists."""

    mall_order_id: int
    """The marketplace's number of the order."""
    view: MarketplaceView | None
    """What the list shows of it; None: the number only."""
    test: bool = False
    """Whether it is a test order."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A reading of the shop's export."""

    seen_at: datetime
    """When the fetch began."""
    content_at: datetime
    """The content was made at this moment or later."""
