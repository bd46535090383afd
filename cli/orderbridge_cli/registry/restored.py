"""Prepares a table that was restored from a backup: it is older than what MALL and the shops hold."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from orderbridge.domain.lists import UNKNOWN_STATUS
from orderbridge.domain.statuses import FINAL, MarketplaceStatus
from orderbridge.domain.updates import with_reread
from orderbridge.flows.common.stored_orders import every_page, until_saved

if TYPE_CHECKING:
    from datetime import datetime

    from orderbridge.ports import Ledger, Ports


@dataclass(frozen=True, slots=True)
class RestoreReport:
    """Result: number of orders that must be read at MALL first, and the unreadable ones as ``shop/number``."""

    orders: int
    unreadable: tuple[str, ...]


def require_rereads(ports: Ports, *, now: datetime) -> RestoreReport:
    """Marks every order without a final status as uncertain, so that MALL is read before anything is sent for it.

    The table lacks what was sent after the backup; without this, it would be sent again. Every shop also gets a
    reconciliation, which finds the orders that the table lacks. Idempotent, not atomic: where it fails half-way, run it
    again.
    """
    doubted, unreadable = 0, []
    for record in ports.shops.all():
        checkpoint = ports.feed_checkpoints.get(record.shop)
        ports.feed_checkpoints.put(record.shop, replace(checkpoint, reconcile_again_at=now))
        for status in (UNKNOWN_STATUS, *(one.value for one in MarketplaceStatus if one not in FINAL)):
            for page in every_page(ports.ledger, record.shop, status=status):
                unreadable += [f"{record.shop}/{number}" for number in page.unreadable]
                for order in page.orders:
                    _require_reread(ports.ledger, record.shop, order.mall_order_id, now)
                doubted += len(page.orders)
    return RestoreReport(doubted, tuple(unreadable))


def _require_reread(ledger: Ledger, shop: str, mall_order_id: int, now: datetime) -> None:
    def load_and_save() -> None:
        order = ledger.load(shop, mall_order_id)
        if order is not None:
            marked = with_reread(order)
            ledger.save(replace(marked, work=replace(marked.work, recheck_at=now), updated_at=now))

    until_saved(load_and_save)
