"""The orders on record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from orderbridge.domain.holds import HoldCode
    from orderbridge.domain.lists import Matter, OrderPage, Period
    from orderbridge.domain.orders import DeadLetter, OrderHistory, OrderState
    from orderbridge.domain.shops import ShopRecord
    from orderbridge.domain.steps import Attempt, Step


class Ledger(Protocol):
    """Orders, their steps and attempts.

    Whatever reads one order raises UnreadableOrderError when this version cannot read its record.
    """

    def load(self, shop: str, mall_order_id: int) -> OrderState | None:
        """The order as it stands, strongly consistent; None if it is not known."""
        ...

    def load_with_shop(self, shop: str, mall_order_id: int) -> tuple[OrderState | None, ShopRecord | None]:
        """Both in one request, strongly consistent; the shop with the outage of its marketplace's address."""
        ...

    def save(
        self, order: OrderState, steps: Sequence[Step] = (), attempts: Sequence[Attempt] = ()
    ) -> OrderState:
        """Writes all of it or nothing, and returns `order` with its new version.

        The order also gets its entry on the lists (``domain.lists``). Raises VersionConflictError when the stored
        version is not `order.version`, or when the store was too busy to write.
        """
        ...

    def history(self, shop: str, mall_order_id: int) -> OrderHistory | None:
        """The order with everything on record about it; None if it is not known."""
        ...

    def orders(
        self,
        shop: str,
        *,
        status: str | None = None,
        hold: HoldCode | str | None = None,
        matter: Matter | None = None,
        changed: Period | None = None,
        limit: int,
        cursor: str | None = None,
    ) -> OrderPage:
        """A page of the shop's orders, newest change first.

        `status` is one of the marketplace's or "unknown"; `hold` a code, or "any" for every held order; `matter`
        every order with an open one of the kind (not together with `status` or `hold`). `changed` narrows any of them
        by the last change of the order's entry on the lists (``OrderState.list_entry``), which also sorts them. An
        order that cannot be read hides no other: the page names it. Raises CursorError for a cursor of another list.
        """
        ...

    def due(self, now: datetime, limit: int) -> list[tuple[str, int, datetime]]:
        """(shop, mall_order_id, recheck_at) of the orders whose recheck is due by `now`, oldest first."""
        ...

    def awaiting_export(self, shop: str, until: datetime, limit: int) -> dict[int, datetime]:
        """The orders that wait for a confirmation by the shop's export: MALL's number → how new its content must be.

        Only moments up to `until`, the earliest first, at most `limit`. Eventually consistent.
        """
        ...

    def park(self, letter: DeadLetter) -> None:
        """Stores a dead letter beside its order. Storing it twice is harmless: the first one stays."""
        ...
