"""The statuses of both sides, how shops write theirs, and MALL's transition table (R1)."""

from __future__ import annotations

import unicodedata
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class ShopStatus(StrEnum):
    """The states of an order in the shop's administration (R1.1)."""

    PENDING = "pending"
    PARTIALLY_SETTLED = "partially_settled"
    HANDLED = "handled"
    SETTLED = "settled"
    CANCELED = "canceled"


class MarketplaceStatus(StrEnum):
    """The eight statuses of an order at MALL (R1.4)."""

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
"""Statuses that a partner cannot leave (R2.1)."""
AT_THE_BEGINNING = frozenset({MarketplaceStatus.BLOCKED, MarketplaceStatus.OPEN})
"""Statuses in which nothing was done for the order yet."""
UNDER_WAY = (MarketplaceStatus.OPEN, MarketplaceStatus.SHIPPING, MarketplaceStatus.SHIPPED)
"""Statuses in which the partner has work with the order, in this order."""
MAY_NEVER_HAVE_OPENED = frozenset({MarketplaceStatus.BLOCKED, MarketplaceStatus.CANCELLED})
"""Statuses that do not show whether the order ever was Open."""
TRACKED = frozenset({MarketplaceStatus.SHIPPED, MarketplaceStatus.DELIVERED, MarketplaceStatus.RETURNED})
"""Statuses in which MALL expects tracking (R6.24)."""

BEGUN_IN_SHOP = frozenset({ShopStatus.HANDLED, ShopStatus.PARTIALLY_SETTLED, ShopStatus.SETTLED})
"""States in which the shop has begun to work on the order."""
DONE_IN_SHOP = frozenset({ShopStatus.SETTLED, ShopStatus.CANCELED})
"""States in which the shop has no more work with the order."""

PAIRED: Mapping[ShopStatus, MarketplaceStatus] = {
    ShopStatus.PENDING: MarketplaceStatus.OPEN,
    ShopStatus.PARTIALLY_SETTLED: MarketplaceStatus.SHIPPING,
    ShopStatus.HANDLED: MarketplaceStatus.SHIPPING,
    ShopStatus.SETTLED: MarketplaceStatus.SHIPPED,
    ShopStatus.CANCELED: MarketplaceStatus.CANCELLED,
}
"""State in the shop → status that the pairing wants, without a delivery date (R1.6 to R1.11)."""
PAIRED_IN_SHOP: Mapping[MarketplaceStatus, ShopStatus] = {
    MarketplaceStatus.OPEN: ShopStatus.PENDING,
    MarketplaceStatus.SHIPPING: ShopStatus.HANDLED,
    MarketplaceStatus.SHIPPED: ShopStatus.SETTLED,
}
"""Status of an order under way → the state that it should have in the shop."""

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
"""Status → the statuses that a partner may set next. Any other move is never sent (R1.5)."""

MARKETPLACE_DELIVERY_TRANSITIONS: Mapping[MarketplaceStatus, frozenset[MarketplaceStatus]] = {
    **TRANSITIONS,
    MarketplaceStatus.OPEN: frozenset({MarketplaceStatus.SHIPPING, MarketplaceStatus.CANCELLED}),
    MarketplaceStatus.SHIPPED: frozenset(),
}
"""The same with MALL Delivery: Shipping may not be skipped (R1.15), and the moves after Shipped are MALL's. Shipped
itself is sent only if a setting allows it (R1.16)."""


def allowed(source: MarketplaceStatus, target: MarketplaceStatus, *, marketplace_delivery: bool) -> bool:
    """Whether the transition table allows a partner to move an order from `source` to `target`."""
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
"""Folded Czech, Slovak and English name → state (R1.2)."""


def fold(name: str) -> str:
    """`name` in lower case, without diacritics and outer white space, with single blanks inside (R1.2).

    Takes time linear in the length of `name`.
    """
    folded = name.casefold()
    if not folded.isascii():
        # Letter by letter: in a whole text, normalising sorts all marks of a letter, which can be slow.
        folded = "".join(
            part
            for letter in folded
            for part in unicodedata.normalize("NFKD", letter)
            if not unicodedata.combining(part)
        )
    return " ".join(folded.split())


def shop_status(name: str, extra_names: Mapping[str, ShopStatus] | None = None) -> ShopStatus | None:
    """The state with this `name`; None: the name is unknown, and nothing is guessed (R1.3).

    `extra_names` are the profile's own names. They come first, and are folded here too.
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
"""How far a status is on the way of an order. MALL moves an order forward only, except when it blocks an open one."""
