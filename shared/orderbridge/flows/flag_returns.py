"""Find the parcels that are long under way: nobody's news, so no message makes anybody look at them."""

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
"""So many looks are sent before more orders are read: what is sent stays sent, whatever happens then."""
MAX_ORDERS = 100_000
"""So many shipped orders of a shop are gone through at a time, the latest changed first: about two minutes."""
MAX_RECHECKS = 5_000
"""So many looks are asked for at a time: the next time finds the others, because these have changed then."""
MAX_READS = 100
"""So many of them read the order at MALL: they share the shop's calls of the day with the steps."""
BETWEEN_READS = timedelta(hours=23)
"""A day, less what a tick may come early: the tick at the same hour of the next day finds what this one had read."""


@dataclass(frozen=True, slots=True)
class ReturnsReport:
    """How many looks were asked for in a shop, and whether a limit kept some back."""

    shop: str
    rechecks: int
    cut: bool = False


def request_returns(ports: Ports) -> int:
    """The tick: has every shop that is switched on gone through, one message each; returns how many.

    At least once; going through one shop twice at the same time is harmless (see ``flag_returns``).
    """
    names = [record.shop for record in ports.shops.all() if _takes_part(record)]
    ports.queues.request_returns(names)
    return len(names)


def flag_returns(ports: Ports, shop: str) -> ReturnsReport | None:
    """Asks ``map_state`` to look at the shop's shipped orders whose place on the list of returns has changed.

    None if the shop is gone or switched off. An order is asked for when the flag that it has is not the one that it
    should have by now, so where nothing is new nothing is sent, and a shop without shipped orders costs one Query. An
    order that MALL delivers is read there once a day when it is overdue: only its detail says that the parcel waits to
    be collected. While few calls to MALL are left, none is read: a later tick finds the order again. At least once: a
    look that is asked for twice finds nothing to do the second time; whatever dies in between, what was asked for until
    then stays so, and is not found again.
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
    return record.settings.enabled and not record.settings_problem


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
    """The shop's shipped orders of which nothing new was seen for a day, the latest first; read page by page."""
    changed = Period(before=now - BETWEEN_READS)
    pages = every_page(ledger, shop, status=MarketplaceStatus.SHIPPED, changed=changed)
    return FirstOrders(pages, MAX_ORDERS)


def _is_worth_reading(order: OrderState, rules: Rules, now: datetime) -> bool:
    """Whether MALL is to be asked about `order`: overdue, MALL delivers it, and no read or look wrote it for a day."""
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
        return False  # nobody asks, or it is read anyway
    if with_reread(order).marketplace.observed_certain:
        return False  # it waits for a person, and is not read until then
    return (order.shipped_at or now) <= now - timedelta(days=rules.overdue_days)
