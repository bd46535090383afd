"""The store of orders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from orderbridge.domain.holds import HoldCode
    from orderbridge.domain.lists import Matter, OrderPage, Period
    from orderbridge.domain.orders import DeadLetter, OrderHistory, OrderState
    from orderbridge.domain.shops import ShopRecord
    from orderbridge.domain.steps import Attempt, Step


class Ledger(Protocol):
    """Stores orders, their steps and attempts.

    Each method that reads one order raises UnreadableOrderError if this version cannot read its record.
    """

    def load(self, shop: str, mall_order_id: int) -> OrderState | None:
        """The order, strongly consistent; None: it is not known."""
        ...

    def load_with_shop(self, shop: str, mall_order_id: int) -> tuple[OrderState | None, ShopRecord | None]:
        """The order and its shop in one request, strongly consistent; None: not known. The shop has its `outage`."""
        ...

    def save(
        self, order: OrderState, steps: Sequence[Step] = (), attempts: Sequence[Attempt] = ()
    ) -> OrderState:
        """Writes everything or nothing; returns `order` with its new version and its place on the lists.

        Raises VersionConflictError if the stored version is not `order.version`, or if the store was too busy to write.
        """
        ...

    def history(self, shop: str, mall_order_id: int) -> OrderHistory | None:
        """The order with all records about it, also the persons' actions; None: it is not known."""
        ...

    def orders(  # noqa: PLR0913 - one per filter
        self,
        shop: str,
        *,
        status: str | None = None,
        hold: HoldCode | str | None = None,
        matter: Matter | None = None,
        changed: Period | None = None,
        limit: int,
        cursor: str | None = None,
        oldest_first: bool = False,
        besides: Collection[int] = (),
    ) -> OrderPage:
        """A page of the shop's orders, newest change first, or (`oldest_first`) oldest change first.

        `status` is one of MALL's, or ``unknown``. `hold` is a code, or ``any`` for every held order. `matter` selects
        orders with an open one of this kind; it excludes `status` and `hold`. `changed` limits the last change of the
        order's entry on the lists (``OrderState.list_entry``), by which the page is sorted. `limit` is the page's size,
        and `cursor` that of the page before. Orders with a number in `besides`, which the caller has, are left out and
        not read, though they count for the `limit`. The page names orders that cannot be read. Raises CursorError for a
        cursor of another list.
        """
        ...

    def due(self, now: datetime, limit: int) -> list[tuple[str, int, datetime]]:
        """(shop, mall_order_id, recheck_at) of at most `limit` orders whose recheck is due at `now`, oldest first."""
        ...

    def awaiting_export(self, shop: str, until: datetime, limit: int) -> dict[int, datetime]:
        """Orders that wait for the shop's export (R2.5): MALL's number → when its content must be made or later.

        At most `limit` of them, with moments up to `until`, the earliest first. Eventually consistent.
        """
        ...

    def load_many(self, shop: str, numbers: Sequence[int]) -> OrderPage:
        """The orders with these `numbers`, in this order, each once. Those that are not known are left out.

        Eventually consistent. The page has no cursor, and names orders that cannot be read.
        """
        ...

    def find(self, shop: str, text: str, limit: int) -> OrderPage:
        """At most `limit` (1 to 99) orders that are found by `text` (see ``search``): MALL's number or another one.

        First the order with this MALL number, then the others, newest change first. Eventually consistent. The page has
        no cursor, and names orders that cannot be read.
        """
        ...

    def park(self, letter: DeadLetter) -> None:
        """Stores a dead letter beside its order (R12.6). A second time changes nothing."""
        ...
