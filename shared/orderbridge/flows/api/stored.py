"""How requests by people read and change stored orders."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from orderbridge.domain.lists import OrderPage
from orderbridge.errors import BadRequestError, CursorError, WrongValueError
from orderbridge.flows.api.request import page_size, unknown_order
from orderbridge.flows.common.stored_follow_up import with_follow_up
from orderbridge.flows.common.stored_orders import until_saved

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from orderbridge.domain.lists import Matter
    from orderbridge.domain.orders import OrderState
    from orderbridge.domain.shops import ShopRecord
    from orderbridge.domain.steps import Step
    from orderbridge.flows.api.request import ApiRequest
    from orderbridge.ports import Ledger, Ports

MAX_PAGES = 20
"""Maximum number of the ledger's pages that are read for one page of an answer."""


def filtered_orders(
    ledger: Ledger,
    request: ApiRequest,
    shop: str,
    matter: Matter | None,
    wanted: Callable[[OrderState], bool],
) -> OrderPage:
    """A page of the shop's orders that `wanted` selects, the latest change first.

    `matter`: the index that is read; None: all orders. The page may be shorter than the limit, even empty, and still
    have a cursor: the list goes on there. All orders whose records cannot be read are named, because `wanted` cannot
    judge them. Raises BadRequestError for a wrong limit or cursor.
    """
    size = page_size(request.query.get("limit"))
    cursor = request.query.get("cursor")
    found: list[OrderState] = []
    unreadable: list[int] = []
    for _ in range(MAX_PAGES):
        try:
            page = ledger.orders(shop, matter=matter, limit=size - len(found), cursor=cursor)
        except CursorError as problem:
            raise BadRequestError(problem.reason) from None
        unreadable += page.unreadable
        found += [order for order in page.orders if wanted(order)]
        cursor = page.cursor
        if cursor is None or len(found) == size:
            break
    return OrderPage(tuple(found), cursor, tuple(unreadable))


def change_order(
    ports: Ports,
    record: ShopRecord,
    mall_order_id: int,
    change: Callable[[OrderState, datetime], OrderState],
    on_record: Callable[[], None],
) -> OrderState:
    """``change_with_steps`` for a `change` that closes no step."""
    return change_with_steps(
        ports, record, mall_order_id, lambda order, now: (change(order, now), ()), on_record
    )


def change_with_steps(
    ports: Ports,
    record: ShopRecord,
    mall_order_id: int,
    change: Callable[[OrderState, datetime], tuple[OrderState, Sequence[Step]]],
    on_record: Callable[[], None],
) -> OrderState:
    """Makes a person's `change` to an order and returns the stored result.

    `change` gets the order and the time (UTC), and returns the changed order and the steps that the change closed.
    `on_record` puts the request on record (R13.3). It is called once, when the change is known to be allowed and before
    it is written. If the write then fails, the record stays.

    Atomic: written whole or not at all, and never over a newer version; after a conflict `change` runs again on the new
    one. The order is due at once where an alarm follows, so ``map_state`` continues even if this process dies.

    Raises NotFoundError for an unknown order, BadRequestError with the domain's reason where `change` raises
    WrongValueError, VersionConflictError after too many conflicts; the order is unchanged then.
    """
    recorded = False

    def load_and_save() -> OrderState:
        nonlocal recorded
        order = ports.ledger.load(record.shop, mall_order_id)
        if order is None:
            raise unknown_order(record.shop, mall_order_id)
        now = ports.clock.now()
        try:
            after, closed = change(order, now)
        except WrongValueError as problem:
            raise BadRequestError(problem.reason) from None
        if not recorded:
            on_record()
            recorded = True
        if after == order:
            return order
        return ports.ledger.save(replace(with_follow_up(after, record, now), updated_at=now), closed)

    return until_saved(load_and_save)
