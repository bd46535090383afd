"""Compare MALL's orders under way with ours: once a night, and whenever a person asks. A part of ``read_lists``."""

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
"""So many of our orders that MALL's list lacks are read one by one after a reconciliation; the others the next day."""
MISSING_AFTER = timedelta(days=1)
"""How long an order at MALL may be missing from the shop before a reconciliation calls it drift."""
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def reconcile(
    ports: Ports, record: ShopRecord, found: ListAnswer, checkpoint: FeedCheckpoint, now: datetime
) -> tuple[int, int]:
    """Compares MALL's list of orders under way with ours, and hands over every difference. `looked`: since when we do.

    Returns how many, and how many orders that the list lacks had to be left for the next time.

    Taking over what MALL holds heals what is safe to heal: what lies ahead of our knowledge is taken over, what lies
    behind it or is missing is read. What the shop does not show after a day is handed over as drift. Where the setting
    ``import`` is off nothing is healed: the list only tells which orders of the shop need a first look.
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
    # The longest unread first: so every one has its turn.
    missing.sort(key=lambda order: (order.marketplace.observed_at or _LONG_AGO, order.mall_order_id))
    updates += [
        ListingUpdate(shop=shop, mall_order_id=order.mall_order_id, seen_at=now)
        for order in missing[:MAX_READS]
    ]
    ports.queues.send_listing_updates(updates)
    return len(updates), max(0, len(missing) - MAX_READS)


def _may_be_read(order: OrderState, now: datetime, *, tests: bool) -> bool:
    """Whether a read can tell anything new of an order that the list lacks; `tests`: the list has test orders too.

    One that MALL does not know waits for people.
    """
    just_read = order.marketplace.observed_at is not None and order.marketplace.observed_at >= now
    left_out = order.marketplace.test and not tests
    return not (just_read or left_out or any(refusal.not_found for refusal in order.work.refusals))


def _blocked(ledger: Ledger, record: ShopRecord) -> Iterator[OrderState]:
    """Orders that MALL has blocked, as far as we know, that matter to the shop and that nothing wakes.

    The list of orders under way leaves them out, so only a read tells what became of them.
    """
    creating = record.settings.rules.import_mode == "create"
    for order in every_order(ledger, record.shop, status=MarketplaceStatus.BLOCKED.value):
        if order.work.recheck_at is None and (creating or order.shop_side.desired is not None):
            yield order


def _under_way(ledger: Ledger, shop: str) -> Iterator[OrderState]:
    """Our orders under way, as far as we know; those with test orders' and unread lists' too."""
    for status in UNDER_WAY:
        yield from every_order(ledger, shop, status=status.value)


def _drift(
    record: ShopRecord, order: OrderState | None, one: ListedOrder, checkpoint: FeedCheckpoint, now: datetime
) -> Reason | None:
    """What is wrong with an order that MALL has under way and the shop does not show; None if nothing is.

    An order from before the shop was connected is none of our business, nor one that is on its way into the shop.
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
    """When MALL opened the order; where it does not say, when we first saw it. None: it may be older than we know.

    What the first reconciliation showed was there before, unless the unconfirmed list, which had not shown it at first,
    had it as open meanwhile.
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
