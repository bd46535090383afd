"""What a step of an order does."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from orderbridge.domain.statuses import MarketplaceStatus

if TYPE_CHECKING:
    pass


class Action(StrEnum):
    """What a step does.

    READ is one GET at the marketplace, the ``…_IN_SHOP`` are one POST to the shop's import (creating reads the order
    first), everything else is one PUT at the marketplace.
    """

    READ = "read"
    SHIPPING = "shipping"
    SHIPPED = "shipped"
    TRACKING = "tracking"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    RETURNED = "returned"
    CONFIRM = "confirm"
    """Tells the marketplace that its last change was seen; no status changes."""
    CREATE_IN_SHOP = "create_in_shop"
    CANCEL_IN_SHOP = "cancel_in_shop"

    @property
    def target(self) -> MarketplaceStatus | None:
        """The status that the marketplace holds afterwards; None where the step changes no status."""
        return MarketplaceStatus(self.value) if self in _STATUS_ACTIONS else None

    @property
    def in_shop(self) -> bool:
        """Whether the step is carried out in the shop instead of at the marketplace."""
        return self in {Action.CREATE_IN_SHOP, Action.CANCEL_IN_SHOP}

    @property
    def calls_marketplace(self) -> bool:
        """Whether the step needs a call to the marketplace; a new order is read there before the shop gets it."""
        return self is not Action.CANCEL_IN_SHOP


_STATUS_ACTIONS = frozenset(
    {Action.SHIPPING, Action.SHIPPED, Action.DELIVERED, Action.CANCELLED, Action.RETURNED}
)
