"""The states of both sides, how shops write theirs, and the marketplace's transition table (docs/rules.md, R1)."""

from __future__ import annotations

import unicodedata
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class ShopStatus(StrEnum):
    """The states an order can have in the shop's administration (R1.1)."""

    PENDING = "pending"
    PARTIALLY_SETTLED = "partially_settled"
    HANDLED = "handled"
    SETTLED = "settled"
    CANCELED = "canceled"


class MarketplaceStatus(StrEnum):
    """The eight states an order can have at the marketplace (R1.4)."""

    BLOCKED = "blocked"
    OPEN = "open"
    SHIPPING = "shipping"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    RETURNED = "returned"
    CANCELLED = "cancelled"
    LOST = "lost"


FINAL = frozenset(
    {
        MarketplaceStatus.DELIVERED,
        MarketplaceStatus.RETURNED,
        MarketplaceStatus.CANCELLED,
        MarketplaceStatus.LOST,
    }
)
"""States that nobody leaves any more (R2.1)."""
AT_THE_BEGINNING = frozenset({MarketplaceStatus.BLOCKED, MarketplaceStatus.OPEN})
"""States in which nothing has been done for an order yet."""
UNDER_WAY = (MarketplaceStatus.OPEN, MarketplaceStatus.SHIPPING, MarketplaceStatus.SHIPPED)
"""States in which the partner has work with an order, in their order."""
MAY_NEVER_HAVE_OPENED = frozenset({MarketplaceStatus.BLOCKED, MarketplaceStatus.CANCELLED})
"""States that an order can have without ever having been Open."""
TRACKED = frozenset({MarketplaceStatus.SHIPPED, MarketplaceStatus.DELIVERED, MarketplaceStatus.RETURNED})
"""States in which MALL expects tracking (R6.24)."""

BEGUN_IN_SHOP = frozenset({ShopStatus.HANDLED, ShopStatus.PARTIALLY_SETTLED, ShopStatus.SETTLED})
"""States that say that the shop has begun to work on an order."""
DONE_IN_SHOP = frozenset({ShopStatus.SETTLED, ShopStatus.CANCELED})
"""States that say that the shop has no more work with an order."""

PAIRED: Mapping[ShopStatus, MarketplaceStatus] = {
    ShopStatus.PENDING: MarketplaceStatus.OPEN,
    ShopStatus.PARTIALLY_SETTLED: MarketplaceStatus.SHIPPING,
    ShopStatus.HANDLED: MarketplaceStatus.SHIPPING,
    ShopStatus.SETTLED: MarketplaceStatus.SHIPPED,
    ShopStatus.CANCELED: MarketplaceStatus.CANCELLED,
}
"""What the pairing makes of a state in the shop, without a delivery date (R1.6 to R1.10)."""
PAIRED_IN_SHOP: Mapping[MarketplaceStatus, ShopStatus] = {
    MarketplaceStatus.OPEN: ShopStatus.PENDING,
    MarketplaceStatus.SHIPPING: ShopStatus.HANDLED,
    MarketplaceStatus.SHIPPED: ShopStatus.SETTLED,
}
"""The state that an order under way should have in the shop."""

TRANSITIONS: Mapping[MarketplaceStatus, frozenset[MarketplaceStatus]] = {
    MarketplaceStatus.BLOCKED: frozenset(),
    MarketplaceStatus.OPEN: frozenset(
        {MarketplaceStatus.SHIPPING, MarketplaceStatus.SHIPPED, MarketplaceStatus.CANCELLED}
    ),
    MarketplaceStatus.SHIPPING: frozenset({MarketplaceStatus.SHIPPED, MarketplaceStatus.CANCELLED}),
    MarketplaceStatus.SHIPPED: frozenset({MarketplaceStatus.DELIVERED, MarketplaceStatus.RETURNED}),
    MarketplaceStatus.DELIVERED: frozenset(),
    MarketplaceStatus.RETURNED: frozenset(),
    MarketplaceStatus.CANCELLED: frozenset(),
    MarketplaceStatus.LOST: frozenset(),
}
"""The partner's moves. The whole of it: what is not here is never sent (R1.5)."""

MARKETPLACE_DELIVERY_TRANSITIONS: Mapping[MarketplaceStatus, frozenset[MarketplaceStatus]] = {
    **TRANSITIONS,
    MarketplaceStatus.OPEN: frozenset({MarketplaceStatus.SHIPPING, MarketplaceStatus.CANCELLED}),
    MarketplaceStatus.SHIPPED: frozenset(),
}
"""The partner's moves where the marketplace delivers: Shipping may not be skipped, and what comes after
Shipped is the marketplace's alone. Shipped itself is sent only if a setting allows it (R1.15, R1.16)."""


def allowed(source: MarketplaceStatus, target: MarketplaceStatus, *, marketplace_delivery: bool) -> bool:
    """Whether the marketplace's table lets a partner move an order from `source` to `target`."""
    table = MARKETPLACE_DELIVERY_TRANSITIONS if marketplace_delivery else TRANSITIONS
    return target in table[source]


_SHOP_STATUS_NAMES: Mapping[str, ShopStatus] = {
    "nevyrizena": ShopStatus.PENDING,
    "nevybavena": ShopStatus.PENDING,
    "pending": ShopStatus.PENDING,
    "castecne vyrizena": ShopStatus.PARTIALLY_SETTLED,
    "ciastocne vybavena": ShopStatus.PARTIALLY_SETTLED,
    "partially settled": ShopStatus.PARTIALLY_SETTLED,
    "vyrizuje se": ShopStatus.HANDLED,
    "vybavuje sa": ShopStatus.HANDLED,
    "handled with": ShopStatus.HANDLED,
    "being handled": ShopStatus.HANDLED,
    "in process": ShopStatus.HANDLED,
    "vyrizena": ShopStatus.SETTLED,
    "vybavena": ShopStatus.SETTLED,
    "settled": ShopStatus.SETTLED,
    "completed": ShopStatus.SETTLED,
    "done": ShopStatus.SETTLED,
    "stornovano": ShopStatus.CANCELED,
    "stornovana": ShopStatus.CANCELED,
    "cancelled": ShopStatus.CANCELED,
    "canceled": ShopStatus.CANCELED,
}
"""Folded names in Czech, Slovak and English, as they occur in the shops (R1.2)."""


def fold(name: str) -> str:
    """`name` without case, diacritics and outer white space; inner white space becomes one blank.

    Takes time linear in `name`.
    """
    folded = name.casefold()
    if not folded.isascii():
        # Letter by letter: in a whole text the marks of a letter are sorted, however many there are, to be dropped.
        folded = "".join(
            part
            for letter in folded
            for part in unicodedata.normalize("NFKD", letter)
            if not unicodedata.combining(part)
        )
    return " ".join(folded.split())


def shop_status(name: str, extra_names: Mapping[str, ShopStatus] | None = None) -> ShopStatus | None:
    """The state that `name` stands for, or None: an unknown name is never guessed (R1.3).

    `extra_names` are a profile's own names; they win over the common ones and are folded here too.
    """
    folded = fold(name)
    for extra, status in (extra_names or {}).items():
        if fold(extra) == folded:
            return status
    return _SHOP_STATUS_NAMES.get(folded)


PROGRESS = {
    MarketplaceStatus.BLOCKED: 0,
    MarketplaceStatus.OPEN: 1,
    MarketplaceStatus.SHIPPING: 2,
    MarketplaceStatus.SHIPPED: 3,
    MarketplaceStatus.DELIVERED: 4,
    MarketplaceStatus.RETURNED: 4,
    MarketplaceStatus.CANCELLED: 4,
    MarketplaceStatus.LOST: 4,
}
"""How far a status is on its way. MALL itself only goes forward, but for blocking an order anew."""
