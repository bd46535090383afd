"""The marketplace, as each shop reaches it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from orderbridge.domain.answers import ListAnswer, MarketplaceAnswer, OrderDetailAnswer
    from orderbridge.domain.shops import ShopSecrets
    from orderbridge.domain.steps import MarketplaceChange
    from orderbridge.settings import ShopSettings


class Marketplace(Protocol):
    """The orders of one shop at the marketplace. Never raises for anything the marketplace does."""

    def read(self, mall_order_id: int) -> MarketplaceAnswer:
        """One order as the marketplace holds it. One call, never repeated by itself."""
        ...

    def wording(self, change: MarketplaceChange) -> dict[str, str | bool]:
        """The body of the PUT that ``write`` would send for `change`, for the record."""
        ...

    def write(self, mall_order_id: int, change: MarketplaceChange) -> MarketplaceAnswer:
        """One PUT, never repeated by itself."""
        ...

    def unconfirmed(self, *, test: bool) -> ListAnswer:
        """Every order whose last change was not confirmed; with test orders if `test`. One call per page."""
        ...

    def under_way(self, *, test: bool) -> ListAnswer:
        """Every order that is open, shipping or shipped; with test orders if `test`. One call per page."""
        ...

    def order_detail(self, mall_order_id: int) -> OrderDetailAnswer:
        """One order with customer, addresses, items and prices. One call, never repeated by itself."""
        ...


class Marketplaces(Protocol):
    """The marketplace as each shop reaches it, with its own key."""

    def of(self, settings: ShopSettings, secrets: ShopSecrets) -> Marketplace:
        """The marketplace for one shop. No call is made yet."""
        ...
