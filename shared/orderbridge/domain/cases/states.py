"""What the two sides say about an order, as facts for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orderbridge.domain.codes.cases import StateReason
from orderbridge.domain.reasons import because

if TYPE_CHECKING:
    from datetime import datetime

    from orderbridge.domain.dates import ShopDate
    from orderbridge.domain.reasons import Reason
    from orderbridge.domain.statuses import MarketplaceStatus, ShopStatus

NOT_AT_MARKETPLACE = because(StateReason.NOT_AT_MARKETPLACE)
"""MALL does not know the order, or its status there is not known."""
NOT_IN_SHOP = because(StateReason.NOT_IN_SHOP)
"""The shop has not shown the order."""
NOT_TO_TELL = because(StateReason.NOT_TO_TELL)
"""The right status is not known."""


def at_marketplace(status: MarketplaceStatus, at: datetime | None = None) -> Reason:
    """MALL's status, with the moment since when (UTC) if `at` is given."""
    if at is None:
        return because(StateReason.AT_MARKETPLACE, status=status)
    return because(StateReason.AT_MARKETPLACE_SINCE, status=status, at=at)


def at_marketplace_dated(status: MarketplaceStatus, delivery: ShopDate) -> Reason:
    """MALL's status, with the delivery date that it should have."""
    return because(StateReason.AT_MARKETPLACE_DATED, status=status, delivery=delivery)


def in_shop(status: ShopStatus | None, delivery: ShopDate | None = None) -> Reason:
    """The shop's state and delivery date; `status` None: the state is unknown, and its name is not repeated (R11.6)."""
    if status is None:
        if delivery is None:
            return because(StateReason.UNKNOWN_IN_SHOP)
        return because(StateReason.UNKNOWN_IN_SHOP_DATED, delivery=delivery)
    if delivery is None:
        return because(StateReason.IN_SHOP, status=status)
    return because(StateReason.IN_SHOP_DATED, status=status, delivery=delivery)
