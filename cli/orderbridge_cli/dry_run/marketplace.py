"""MALL and the shop's import in a dry run: questions are answered from MALL's lists, and writes are only remembered."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from orderbridge.domain.answers import (
    ImportAnswer,
    ImportOutcome,
    ListAnswer,
    MarketplaceAnswer,
    OrderDetailAnswer,
)
from orderbridge.domain.failure_policy import CallResult
from orderbridge.domain.order_detail import Customer, OrderDetail, OrderDetailItem
from orderbridge.domain.statuses import MarketplaceStatus

if TYPE_CHECKING:
    from collections.abc import Callable

    from orderbridge.domain.reasons import Reason
    from orderbridge.domain.shops import ShopSecrets
    from orderbridge.domain.steps import MarketplaceChange
    from orderbridge.domain.views import MarketplaceView
    from orderbridge.ports import Clock, Imports, Marketplace, Marketplaces
    from orderbridge.settings import ShopSettings
    from orderbridge_cli.dry_run.calls import MallLists

_OK = 200


class NotListedError(Exception):
    """MALL's lists do not say what MALL holds of an order, so it would be read first. No call was made."""


class DryMarketplaces:
    """Every port of a dry run's one shop: it wraps the real marketplace, and shares what it remembers.

    `hidden` says which orders are done: the lists no longer show them to the flows that compare whole lists.
    """

    def __init__(self, base: Marketplaces, clock: Clock, hidden: Callable[[int], bool]) -> None:
        self._base, self._clock, self._hidden = base, clock, hidden
        self._held: dict[int, MarketplaceView] = {}
        self.lists: MallLists | None = None
        """MALL's lists, set by the runner before the flows start."""

    def of(self, settings: ShopSettings, secrets: ShopSecrets) -> DryMarketplace:
        """MALL for one shop. Makes no call."""
        return DryMarketplace(self._base.of(settings, secrets), self)

    def held(self, mall_order_id: int) -> MarketplaceView:
        """What MALL holds after the dry run's own writes. Raises NotListedError."""
        listed = None if self.lists is None else self.lists.view(mall_order_id)
        view = self._held.get(mall_order_id, listed)
        if view is None:
            raise NotListedError
        return view

    def change(self, mall_order_id: int, change: MarketplaceChange) -> None:
        """Remembers a PUT that MALL would have accepted. An order that no list shows stays unknown."""
        listed = None if self.lists is None else self.lists.view(mall_order_id)
        held = self._held.get(mall_order_id, listed)
        if held is None:
            return
        shipped = change.status is MarketplaceStatus.SHIPPED
        self._held[mall_order_id] = replace(
            held,
            status=change.status or held.status,
            confirmed=held.confirmed or change.confirm,
            tracking_number=change.tracking_number or held.tracking_number,
            tracking_url=change.tracking_url or held.tracking_url,
            shipped_at=self._clock.now() if shipped else held.shipped_at,
            delivered_at=change.delivered_at or held.delivered_at,
        )

    def forget(self, mall_order_id: int) -> None:
        """Drops what was remembered of an order."""
        self._held.pop(mall_order_id, None)

    def listed(self, name: str, *, test: bool) -> ListAnswer:
        """The list `name`, without the orders that are done; with test orders if `test`. Reads the lists if needed."""
        if self.lists is None:
            return ListAnswer(MarketplaceAnswer(CallResult.OK, _OK))
        self.lists.read()
        found = self.lists.answer(name)
        orders = (one for one in found.orders if not self._hidden(one.mall_order_id))
        return replace(found, calls=0, orders=tuple(one for one in orders if test or not one.test))


class DryMarketplace:
    """One shop's orders at MALL. ``wording`` is the real one; it makes no call."""

    def __init__(self, real: Marketplace, shared: DryMarketplaces) -> None:
        self._real, self._shared = real, shared

    def read(self, mall_order_id: int) -> MarketplaceAnswer:
        """The order as MALL's lists show it. Raises NotListedError, which ends the order's dry run."""
        return MarketplaceAnswer(CallResult.OK, _OK, view=self._shared.held(mall_order_id))

    def wording(self, change: MarketplaceChange) -> dict[str, str | bool]:
        """The body of the PUT."""
        return self._real.wording(change)

    def write(self, mall_order_id: int, change: MarketplaceChange) -> MarketplaceAnswer:
        """Remembers the change and accepts it."""
        self._shared.change(mall_order_id, change)
        return MarketplaceAnswer(CallResult.OK, _OK)

    def unconfirmed(self, *, test: bool) -> ListAnswer:
        """MALL's list of unconfirmed orders, without the orders that are done."""
        return self._shared.listed("unconfirmed", test=test)

    def under_way(self, *, test: bool) -> ListAnswer:
        """MALL's list of orders under way, without the orders that are done."""
        return self._shared.listed("under_way", test=test)

    def order_detail(self, mall_order_id: int) -> OrderDetailAnswer:
        """A stand-in for the whole order, which is not read: its status is MALL's, its content is nobody's.

        So a dry run cannot say whether the order's sum is right (R7.12) or a part of it is missing (R7.13).
        """
        answer = self.read(mall_order_id)
        if (
            answer.view is None
        ):  # pragma: no cover - `read` has a view or raises; repeated for the type checker
            raise NotListedError
        nobody, nothing = Customer(name="–"), OrderDetailItem("–", "–", Decimal(1), Decimal(0))
        return OrderDetailAnswer(
            answer, OrderDetail(mall_order_id, answer.view, answer.view.test, nobody, (nothing,))
        )


class DryImports:
    """The shop's import: every document counts as taken. ``problem`` is the real one; it makes no request."""

    def __init__(self, base: Imports) -> None:
        self._base = base

    def problem(self, settings: ShopSettings, secrets: ShopSecrets) -> Reason | None:
        """Why nothing can be written into the shop; None: it can be tried."""
        return self._base.problem(settings, secrets)

    def create(self, settings: ShopSettings, secrets: ShopSecrets, order: OrderDetail) -> ImportAnswer:  # noqa: ARG002
        """Sends nothing."""
        return ImportAnswer(ImportOutcome.TAKEN, _OK)

    def cancel(self, settings: ShopSettings, secrets: ShopSecrets, code: str) -> ImportAnswer:  # noqa: ARG002
        """Sends nothing."""
        return ImportAnswer(ImportOutcome.TAKEN, _OK)
