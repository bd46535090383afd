"""MALL, with each shop's key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from orderbridge.domain.answers import ListAnswer, MarketplaceAnswer, OrderDetailAnswer
    from orderbridge.domain.shops import ShopSecrets
    from orderbridge.domain.steps import MarketplaceChange
    from orderbridge.settings import ShopSettings


class Marketplace(Protocol):
    """The orders of one shop at MALL. Nothing that MALL does raises an error."""

    def read(self, mall_order_id: int) -> MarketplaceAnswer:
        """One order as MALL holds it. One GET, never repeated by itself."""
        ...

    def wording(self, change: MarketplaceChange) -> dict[str, str | bool]:
        """The body of the PUT that ``write`` would send for `change`, for the record."""
        ...

    def write(self, mall_order_id: int, change: MarketplaceChange) -> MarketplaceAnswer:
        """Sends one PUT, never repeated by itself."""
        ...

    def unconfirmed(self, *, test: bool) -> ListAnswer:
        """All orders whose last change is not confirmed (R8.6); with test orders if `test`. One call per page."""
        ...

    def under_way(self, *, test: bool) -> ListAnswer:
        """All orders that are open, shipping or shipped (R8.9); with test orders if `test`. One call per page."""
        ...

    def order_detail(self, mall_order_id: int) -> OrderDetailAnswer:
        """One order with customer, addresses, items and prices (R7.3). One GET, never repeated by itself."""
        ...


class Marketplaces(Protocol):
    """MALL, as each shop reaches it with its own key."""

    def of(self, settings: ShopSettings, secrets: ShopSecrets) -> Marketplace:
        """MALL for one shop. Makes no call."""
        ...
