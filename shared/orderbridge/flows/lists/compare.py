"""Compares an entry of MALL's lists with our record, and makes the message about it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from orderbridge.domain.statuses import UNDER_WAY
from orderbridge.errors import UnreadableOrderError
from orderbridge.messages import ListingUpdate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from orderbridge.domain.orders import OrderState
    from orderbridge.domain.views import ListedOrder
    from orderbridge.ports import Ledger

BARE_NUMBERS_AGREE_FOR = timedelta(hours=6)
"""How long a read of an order counts as up to date while a list keeps giving its number without details."""


def with_records(
    ledger: Ledger, shop: str, numbers: Iterable[int]
) -> Iterator[tuple[int, OrderState | None]]:
    """Each of `numbers` with our record of the order, None without a record. Costs one read of the table each.

    A number whose record cannot be read is left out, so that it hides none of the others.
    """
    for number in numbers:
        try:
            order = ledger.load(shop, number)
        except UnreadableOrderError:
            continue
        yield number, order


def agrees(order: OrderState, entry: ListedOrder, unconfirmed_at: datetime | None) -> bool:
    """Whether our record already says what the list says (R8.7). `unconfirmed_at` None: the list of orders under way.

    An entry without details says only that the order is on the list. On the unconfirmed list it agrees for
    ``BARE_NUMBERS_AGREE_FOR`` after the last read.
    """
    observed, view = order.marketplace.observed, entry.view
    if observed is None:
        return False
    if view is None and unconfirmed_at is not None:
        read_at = order.marketplace.observed_at
        return (
            not observed.confirmed
            and read_at is not None
            and unconfirmed_at - read_at < BARE_NUMBERS_AGREE_FOR
        )
    if view is None:
        return observed.status in UNDER_WAY
    held = (observed.status, observed.confirmed, observed.marketplace_delivery)
    return held == (view.status, view.confirmed, view.marketplace_delivery)


def message(shop: str, entry: ListedOrder, now: datetime) -> ListingUpdate:
    """The update for an entry of the list."""
    return ListingUpdate(
        shop=shop, mall_order_id=entry.mall_order_id, seen_at=now, view=entry.view, test=entry.test
    )
