"""Find the parcels that are long under way: nobody's news, so no message makes anybody look at them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from orderbridge.domain.returns import flag_of
from orderbridge.domain.statuses import MarketplaceStatus
from orderbridge.messages import Look
from orderbridge.ports import Period

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from orderbridge.domain.orders import OrderState
    from orderbridge.domain.rules import Rules
    from orderbridge.ports import Clock, Ledger, Queues, ShopRecord, Shops

PAGE = 200
MOST_ORDERS_PER_SHOP = 20_000
"""So many shipped orders of one shop are gone through per tick, the latest changed first."""
MOST_LOOKS_PER_SHOP = 500
"""So many looks are asked for per shop and tick: the next tick finds the others, because these have changed then."""
MOST_READS_PER_SHOP = 20
"""So many of them read the order at MALL: they share the shop's calls of the day with the steps."""
BETWEEN_READS = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ReturnsReport:
    """How many shops were gone through, how many looks were asked for, and in which shops a limit was reached."""

    shops: int
    looks: int
    cut: tuple[str, ...] = ()


def flag_returns(*, shops: Shops, ledger: Ledger, queues: Queues, clock: Clock) -> ReturnsReport:
    """The tick: asks ``map_state`` to look at the shipped orders whose place on the list of returns has changed.

    An order is asked for when the flag that it has is not the one that it should have by now, so a tick with nothing
    new sends nothing, and a shop without shipped orders costs one Query. An order that MALL delivers is read there
    once a day when it is overdue: only its detail says that the parcel waits to be collected. At least once: a look
    that is asked for twice finds nothing to do the second time.
    """
    records = [record for record in shops.all() if record.settings.enabled and not record.settings_problem]
    now = clock.now()
    asked, cut = 0, []
    for record in records:
        looks, limited = _looks(record, ledger, now)
        if looks:
            queues.ask_to_look(looks)
        asked += len(looks)
        if limited:
            cut.append(record.shop)
    return ReturnsReport(len(records), asked, tuple(cut))


def _looks(record: ShopRecord, ledger: Ledger, now: datetime) -> tuple[list[Look], bool]:
    """The looks to ask for, and whether a limit kept some back."""
    rules = record.settings.rules
    may_read = record.stop is None
    looks: list[Look] = []
    reads = 0
    for place, order in enumerate(_shipped(record.shop, ledger, now)):
        if place >= MOST_ORDERS_PER_SHOP or len(looks) >= MOST_LOOKS_PER_SHOP:
            return looks, True
        reread = may_read and reads < MOST_READS_PER_SHOP and _is_worth_reading(order, rules, now)
        if reread or flag_of(order, rules, now) != order.flag:
            reads += reread
            looks.append(
                Look(
                    shop=order.shop,
                    mall_order_id=order.mall_order_id,
                    asked_at=now,
                    reason=f"overdue:{now.date().isoformat()}",
                    reread=reread,
                )
            )
    return looks, False


def _shipped(shop: str, ledger: Ledger, now: datetime) -> Iterator[OrderState]:
    """The shop's shipped orders that have not changed for a day, the latest changed first; read page by page."""
    cursor = None
    while True:
        page = ledger.orders(
            shop,
            status=MarketplaceStatus.SHIPPED,
            changed=Period(before=now - BETWEEN_READS),
            limit=PAGE,
            cursor=cursor,
        )
        yield from page.orders
        cursor = page.cursor
        if cursor is None:
            return


def _is_worth_reading(order: OrderState, rules: Rules, now: datetime) -> bool:
    """Whether MALL is to be asked about `order`, which has not changed for a day: overdue, and MALL delivers it.

    A look that reads anew also counts as a person's word, so an order that waits for one is left alone.
    """
    observed = order.observed
    if observed is None or not observed.marketplace_delivery or observed.ready_to_return:
        return False
    if order.desired is None or order.rival is not None or order.parked:
        return False
    if not order.observed_certain or order.step is not None:
        return False  # it is read anyway
    shipped = (passed.at for passed in order.passed if passed.status is MarketplaceStatus.SHIPPED)
    since = observed.shipped_at or next(shipped, now)
    return since <= now - timedelta(days=rules.overdue_days)
