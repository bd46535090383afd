"""Reconciliation: compares MALL's orders under way with ours, every night and on request (R8.9)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from orderbridge.domain.codes.orders import DriftReason
from orderbridge.domain.pairing import opened_before
from orderbridge.domain.reasons import because
from orderbridge.domain.statuses import UNDER_WAY, MarketplaceStatus
from orderbridge.flows.common.stored_orders import every_order
from orderbridge.flows.lists.compare import agrees, message, with_records
from orderbridge.messages import ListingUpdate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orderbridge.domain.answers import ListAnswer
    from orderbridge.domain.checkpoints import FeedCheckpoint
    from orderbridge.domain.orders import OrderState
    from orderbridge.domain.reasons import Reason
    from orderbridge.domain.shops import ShopRecord
    from orderbridge.domain.views import ListedOrder, MarketplaceView
    from orderbridge.ports import Ledger, Ports

MAX_READS = 200
"""Maximum number of our orders missing from MALL's list that are read after a reconciliation. The others are read the
next day (R8.9)."""
MISSING_AFTER = timedelta(days=1)
"""How long an order at MALL may be missing from the shop before a reconciliation reports drift (R6.9)."""
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def reconcile(
    ports: Ports, record: ShopRecord, found: ListAnswer, checkpoint: FeedCheckpoint, now: datetime
) -> tuple[int, int]:
    """Compares MALL's list `found` of orders under way with ours, and sends an update for every difference.

    `checkpoint`: since when MALL's lists are read. Returns the number of updates, and the number of orders missing from
    the list that are left for the next time.

    A difference that is ahead of our record is taken over; one that is behind it or missing is read (R8.8). An order
    that the shop has not shown for a day is drift (R6.9). With ``import: off`` nothing is corrected: the list only says
    which orders of a bulk change to read (R8.12). At least once: if sending fails, the error is raised, and the next
    reconciliation finds the same differences.
    """
    shop = record.shop
    under_way = {order.mall_order_id: order for order in _under_way(ports.ledger, shop)}
    listed = {one.mall_order_id: one for one in found.orders}
    both = [(number, order) for number, order in under_way.items() if number in listed]
    others = with_records(ports.ledger, shop, listed.keys() - under_way.keys())
    updates: list[ListingUpdate] = []
    for number, order in (*both, *others):
        drift = _drift(record, order, listed[number], checkpoint, now)
        if order is None or order.cases.drift != drift or not agrees(order, listed[number], None):
            compared = message(shop, listed[number], now)
            updates.append(compared.model_copy(update={"drift": drift, "compared": True}))
    if record.settings.rules.import_mode == "off":
        ports.queues.send_listing_updates(updates)
        return len(updates), 0
    tests = record.settings.rules.test_orders
    ours = (*under_way.values(), *_blocked(ports.ledger, record))
    missing = [o for o in ours if o.mall_order_id not in listed and _may_be_read(o, now, tests=tests)]
    # The longest unread first, so that each is read in turn (R8.9).
    missing.sort(key=lambda order: (order.marketplace.observed_at or _LONG_AGO, order.mall_order_id))
    updates += [
        ListingUpdate(shop=shop, mall_order_id=order.mall_order_id, seen_at=now)
        for order in missing[:MAX_READS]
    ]
    ports.queues.send_listing_updates(updates)
    return len(updates), max(0, len(missing) - MAX_READS)


def _may_be_read(order: OrderState, now: datetime, *, tests: bool) -> bool:
    """Whether a read can give anything new about an order that the list lacks. `tests`: the list includes test orders.

    An order that MALL does not know waits for people (R1.25).
    """
    just_read = order.marketplace.observed_at is not None and order.marketplace.observed_at >= now
    left_out = order.marketplace.test and not tests
    return not (just_read or left_out or any(refusal.not_found for refusal in order.work.refusals))


def _blocked(ledger: Ledger, record: ShopRecord) -> Iterator[OrderState]:
    """Orders that are blocked at MALL in our records, that matter to the shop, and that have no recheck planned.

    The list of orders under way leaves blocked orders out, so only a read shows their status.
    """
    creating = record.settings.rules.import_mode == "create"
    for order in every_order(ledger, record.shop, status=MarketplaceStatus.BLOCKED.value):
        if order.work.recheck_at is None and (creating or order.shop_side.desired is not None):
            yield order


def _under_way(ledger: Ledger, shop: str) -> Iterator[OrderState]:
    """Our orders under way, test orders and orders from lists that were not read included."""
    for status in UNDER_WAY:
        yield from every_order(ledger, shop, status=status.value)


def _drift(
    record: ShopRecord, order: OrderState | None, one: ListedOrder, checkpoint: FeedCheckpoint, now: datetime
) -> Reason | None:
    """Why an order under way at MALL should be in the shop and is not. None: no drift (R6.9).

    Orders from before the shop was connected do not count, nor do those that are being written into the shop.
    """
    view = one.view
    if record.settings.rules.import_mode == "off":
        return None
    if (
        view is None
        or view.status not in UNDER_WAY
        or (order is not None and order.shop_side.desired is not None)
    ):
        return None
    opened = _opened_at(order, view, checkpoint)
    first_day = record.settings.ignore_created_before
    if opened is None or now - opened < MISSING_AFTER:
        return None
    if record.registered_at is not None and opened < record.registered_at:
        return None
    if first_day is not None and opened_before(
        first_day, replace(view, opened_at=opened), record.settings.rules
    ):
        return None
    creating = record.settings.rules.import_mode == "create"
    if creating and view.status is MarketplaceStatus.OPEN and not view.confirmed:
        return None
    return because(DriftReason.NEVER_SHOWN, held=view.status)


def _opened_at(
    order: OrderState | None, view: MarketplaceView, checkpoint: FeedCheckpoint
) -> datetime | None:
    """When MALL opened the order; otherwise when we first saw it (R8.13). None: it may be older than our records.

    An order of the first reconciliation existed before it. The exception is an order that the unconfirmed list, after
    not showing it at first, listed as open before that reconciliation.
    """
    stated = view.opened_at or (
        order.marketplace.observed.opened_at if order is not None and order.marketplace.observed else None
    )
    if stated is not None or order is None or not order.marketplace.status_changes:
        return stated
    first, began, complete = (
        order.marketplace.status_changes[0],
        checkpoint.first_read_at,
        checkpoint.first_reconciled_at,
    )
    if complete is None or first.at > complete:
        return first.at
    came_in = first.status is MarketplaceStatus.OPEN and began is not None and began < first.at < complete
    return first.at if came_in else None
