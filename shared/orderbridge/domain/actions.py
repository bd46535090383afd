"""The kinds of steps."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from orderbridge.domain.statuses import MarketplaceStatus

if TYPE_CHECKING:
    pass


class Action(StrEnum):
    """What a step does.

    READ is one GET at MALL. The ``…_IN_SHOP`` actions are one POST to the shop's import (R7.16); CREATE_IN_SHOP reads
    the order at MALL first (R7.3). Every other action is one PUT at MALL.
    """

    READ = "read"
    SHIPPING = "shipping"
    SHIPPED = "shipped"
    TRACKING = "tracking"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    RETURNED = "returned"
    CONFIRM = "confirm"
    """Confirms MALL's last change (R8.6); no status changes."""
    CREATE_IN_SHOP = "create_in_shop"
    CANCEL_IN_SHOP = "cancel_in_shop"

    @property
    def target(self) -> MarketplaceStatus | None:
        """The status that MALL holds afterwards; None: the step changes no status."""
        return MarketplaceStatus(self.value) if self in _STATUS_ACTIONS else None

    @property
    def in_shop(self) -> bool:
        """Whether the step is carried out in the shop, not at MALL."""
        return self in {Action.CREATE_IN_SHOP, Action.CANCEL_IN_SHOP}

    @property
    def calls_marketplace(self) -> bool:
        """Whether the step needs a call to MALL. CREATE_IN_SHOP does: it reads the order first."""
        return self is not Action.CANCEL_IN_SHOP


_STATUS_ACTIONS = frozenset(
    {Action.SHIPPING, Action.SHIPPED, Action.DELIVERED, Action.CANCELLED, Action.RETURNED}
)
"""The actions that set a status. Each has the value of its status."""
