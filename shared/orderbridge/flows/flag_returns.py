"""Finds overdue parcels: nothing changes for them, so no message would cause a recheck (R5.11)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from orderbridge.domain.cases.returns import flag_of
from orderbridge.domain.lists import Period
from orderbridge.domain.statuses import MarketplaceStatus
from orderbridge.domain.updates import with_reread
from orderbridge.flows.common.call_budget import reserved_until
from orderbridge.flows.common.stored_orders import FirstOrders, every_page
from orderbridge.messages import Recheck

if TYPE_CHECKING:
    from datetime import datetime

    from orderbridge.domain.orders import OrderState
    from orderbridge.domain.rules import Rules
    from orderbridge.domain.shops import ShopRecord
    from orderbridge.ports import Ledger, Ports

RECHECKS_AT_ONCE = 200
"""Number of rechecks that are requested together, before more orders are read. What was sent stays sent."""
MAX_ORDERS = 100_000
"""Maximum number of a shop's shipped orders that are read at a time, the latest changed first: about two minutes."""
MAX_RECHECKS = 5_000
"""Maximum number of rechecks at a time. The next run finds the others, because these orders have changed by then."""
MAX_READS = 100
"""Maximum number of these rechecks that read MALL, because steps need the shop's daily calls too (R5.11)."""
BETWEEN_READS = timedelta(hours=23)
"""Minimum time between two reads of an order: a day, less what a tick may come early."""


@dataclass(frozen=True, slots=True)
class ReturnsReport:
    """Number of rechecks that were requested for a shop. `cut`: a limit left some out."""

    shop: str
    rechecks: int
    cut: bool = False


def request_returns(ports: Ports) -> int:
    """The tick: requests a search for every running shop, one message each. Returns how many.

    At least once. Two searches of one shop at the same time are harmless (see ``flag_returns``).
    """
    names = [record.shop for record in ports.shops.all() if _takes_part(record)]
    ports.queues.request_returns(names)
    return len(names)


def flag_returns(ports: Ports, shop: str) -> ReturnsReport | None:
    """Requests a recheck of the shop's shipped orders whose return flag is out of date (R5.2 to R5.4).

    None: the shop is not registered or does not run. Where nothing is due, nothing is sent, and a shop without shipped
    orders costs one Query. An overdue order of MALL Delivery is read at MALL once a day, because only its detail says
    that the parcel can be collected (R5.11). While few calls are left, none is read; a later run finds the order again
    (R9.9).

    At least once: a repeated recheck is harmless. If the process dies, the requested rechecks stay, and the next run
    requests the others.
    """
    record = ports.shops.get(shop)
    if record is None or not _takes_part(record):
        return None
    now = ports.clock.now()
    rechecks: list[Recheck] = []
    sent = reads = 0
    shipped, enough = _shipped(ports.ledger, shop, now), False
    for order in shipped:
        enough = sent + len(rechecks) >= MAX_RECHECKS
        if enough:
            break
        may_read = record.stop is None and reads < MAX_READS and reserved_until(record, now) is None
        reread = may_read and _is_worth_reading(order, record.settings.rules, now)
        if reread or flag_of(order, record.settings.rules, now) != order.cases.return_flag:
            reads += reread
            rechecks.append(_recheck(order, now, reread=reread))
        if len(rechecks) == RECHECKS_AT_ONCE:
            ports.queues.request_rechecks(rechecks)
            sent, rechecks = sent + len(rechecks), []
    ports.queues.request_rechecks(rechecks)
    return ReturnsReport(shop, sent + len(rechecks), cut=enough or shipped.cut)


def _takes_part(record: ShopRecord) -> bool:
    return record.runs


def _recheck(order: OrderState, now: datetime, *, reread: bool) -> Recheck:
    return Recheck(
        shop=order.shop,
        mall_order_id=order.mall_order_id,
        requested_at=now,
        reason=f"overdue:{now.date().isoformat()}",
        reread=reread,
        by_flow=True,
    )


def _shipped(ledger: Ledger, shop: str, now: datetime) -> FirstOrders:
    """The shop's shipped orders that were not changed for a day, the latest first, read page by page."""
    changed = Period(before=now - BETWEEN_READS)
    pages = every_page(ledger, shop, status=MarketplaceStatus.SHIPPED, changed=changed)
    return FirstOrders(pages, MAX_ORDERS)


def _is_worth_reading(order: OrderState, rules: Rules, now: datetime) -> bool:
    """Whether MALL is read for `order`: it is overdue, MALL delivers it, and its record was not written for a day."""
    observed = order.marketplace.observed
    if order.updated_at is not None and order.updated_at >= now - BETWEEN_READS:
        return False
    if observed is None or not observed.marketplace_delivery or observed.ready_to_return:
        return False
    if (
        order.shop_side.desired is None
        or order.work.step is not None
        or not order.marketplace.observed_certain
    ):
        return False  # the shop does not have it, or it is read anyway
    if with_reread(order).marketplace.observed_certain:
        return False  # it waits for a person and is not read before
    return (order.shipped_at or now) <= now - timedelta(days=rules.overdue_days)
