"""Common uses of the ledger: go through a list, and change an order that others write too."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, TypedDict, TypeVar

from orderbridge.errors import VersionConflictError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Unpack

    from orderbridge.domain.holds import HoldCode
    from orderbridge.domain.lists import Matter, OrderPage, Period
    from orderbridge.domain.orders import OrderState
    from orderbridge.ports import Ledger

PAGE = 200
"""Number of orders that one read of a list returns."""
TRIES = 6
"""Maximum number of tries to make a change while other writers change the same order."""

T = TypeVar("T")


class Filters(TypedDict, total=False):
    """The filters of ``Ledger.orders``: which list is read."""

    status: str | None
    hold: HoldCode | str | None
    matter: Matter | None
    changed: Period | None


def every_page(ledger: Ledger, shop: str, **filters: Unpack[Filters]) -> Iterator[OrderPage]:
    """The pages of one of the shop's lists, the latest change first. Each page is read when the caller gets to it.

    An order that changes meanwhile moves to the front. It may be missed, but never comes twice.
    """
    cursor = None
    while True:
        page = ledger.orders(shop, **filters, limit=PAGE, cursor=cursor)
        yield page
        cursor = page.cursor
        if cursor is None:
            return


def every_order(ledger: Ledger, shop: str, **filters: Unpack[Filters]) -> Iterator[OrderState]:
    """The orders of ``every_page``, without those whose records cannot be read."""
    for page in every_page(ledger, shop, **filters):
        yield from page.orders


class FirstOrders:
    """The first `limit` orders of one of the shop's lists, as long as `has_time` is true.

    It can be iterated once. After that, `cut` says whether there are more, and `unreadable` has the numbers of orders
    that were left out because their records cannot be read.
    """

    def __init__(
        self, pages: Iterator[OrderPage], limit: int, has_time: Callable[[], bool] = lambda: True
    ) -> None:
        self.cut = False
        self.unreadable: list[int] = []
        self._pages = pages
        self._left = limit
        self._time = has_time

    def __iter__(self) -> Iterator[OrderState]:
        for page in self._pages:
            self.unreadable += page.unreadable
            yield from page.orders[: self._left]
            self._left -= len(page.orders)
            if self._left < 0 or (page.cursor is not None and not (self._left and self._time())):
                self.cut = True
                return


def until_saved(operation: Callable[[], T]) -> T:
    """Runs `operation`, which loads, changes and saves an order, until no version conflict occurs; returns its result.

    Raises VersionConflictError after ``TRIES`` conflicts in a row; nothing is written then.
    """
    for _ in range(TRIES - 1):
        with suppress(VersionConflictError):
            return operation()
    return operation()
