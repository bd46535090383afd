"""What the flows do with the ledger again and again: go through a list, and write an order that others write too."""

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
TRIES = 6
"""How often a change is made anew because somebody else wrote the order meanwhile."""

T = TypeVar("T")


class Filters(TypedDict, total=False):
    """Which list: the filters of ``Ledger.orders``."""

    status: str | None
    hold: HoldCode | str | None
    matter: Matter | None
    changed: Period | None


def every_page(ledger: Ledger, shop: str, **filters: Unpack[Filters]) -> Iterator[OrderPage]:
    """The pages of one of the shop's lists, the latest change first; each is read when it is asked for.

    An order that changes meanwhile moves to the front: it may not come at all, but comes at most once.
    """
    cursor = None
    while True:
        page = ledger.orders(shop, **filters, limit=PAGE, cursor=cursor)
        yield page
        cursor = page.cursor
        if cursor is None:
            return


def every_order(ledger: Ledger, shop: str, **filters: Unpack[Filters]) -> Iterator[OrderState]:
    """The orders of ``every_page``, without those that cannot be read."""
    for page in every_page(ledger, shop, **filters):
        yield from page.orders


class FirstOrders:
    """The first orders of one of the shop's lists, no more than `most`, and only as long as there is `time`.

    Gone through once. After that, `cut` says whether there are more, and `unreadable` has the numbers of those that
    were left out because their records cannot be read.
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
    """What `once` returns: it loads an order, decides and saves, and is called anew when somebody else was faster.

    Raises VersionConflictError if that happens ``TRIES`` times in a row.
    """
    for _ in range(TRIES - 1):
        with suppress(VersionConflictError):
            return operation()
    return operation()
