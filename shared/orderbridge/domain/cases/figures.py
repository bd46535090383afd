"""A shop's figures over a period, computed as MALL measures its partners (R6.21 to R6.24).

They rest on our records only. MALL may count an order that we never saw, or leave out one that it corrected by hand. An
order belongs to the period in which it passed Open. Test orders are left out. Rates are in per cent.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from math import ceil
from statistics import median
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from orderbridge.domain.cases.deadlines import DELIVERED_WITHIN
from orderbridge.domain.cases.records import WRONG_FINALS, EventKind
from orderbridge.domain.codes.cases import FigureReason
from orderbridge.domain.delivery import before_order
from orderbridge.domain.reasons import Reason, because
from orderbridge.domain.statuses import FINAL, MAY_NEVER_HAVE_OPENED, TRACKED, MarketplaceStatus, ShopStatus

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from orderbridge.domain.cases.records import Escalation
    from orderbridge.domain.dates import ShopDate
    from orderbridge.domain.orders import OrderState
    from orderbridge.domain.rules import Rules

CANCEL_LIMIT = 1.5
"""The highest cancel rate that MALL allows, in per cent (R6.21)."""
OTHER_CANCEL_LIMIT = 3.0
"""The same limit in another version of MALL's page."""
ERRORS_LIMIT = 0.5
"""The highest rate of status errors that MALL allows, in per cent (R6.23)."""
TRACKING_LIMIT = 90.0
"""The lowest tracking rate that MALL allows, in per cent (R6.24)."""
ORDERS_SHOWN = 50
"""How many order numbers are listed with a figure."""
SLOWEST_SHOWN = 10
"""How many orders are listed that waited longest for a status."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One rate."""

    value: float | None
    """``100 × count / total``; None: there is nothing to measure."""
    limit: float | None
    """MALL's limit in per cent; None: MALL has none."""
    ok: bool | None
    """Whether the limit is kept; None: there is no limit, or nothing to measure."""
    count: int
    """How many orders count."""
    total: int
    """How many orders they are compared with."""
    orders: tuple[int, ...]
    """The orders that make the rate worse, newest first; ``ORDERS_SHOWN`` at most."""
    counts: Reason
    """What is counted."""
    other_limit: float | None = None
    """The limit in another version of MALL's page; None: there is none."""


@dataclass(frozen=True, slots=True)
class Wait:
    """How long one order waited for a status."""

    mall_order_id: int
    """MALL's number of the order."""
    seconds: float
    """The time in seconds."""


@dataclass(frozen=True, slots=True)
class ClickToStatus:
    """How long orders waited, from when the shop was first seen to want a status until we set it.

    The time includes the undo window of Delivered and Cancelled, and the wait for a tracking number.
    """

    status: MarketplaceStatus
    """The status."""
    count: int
    """How many orders."""
    median_seconds: float
    """The median in seconds."""
    percentile_95_seconds: float
    """The 95th percentile in seconds."""
    longest_seconds: float
    """The longest time in seconds."""
    slowest: tuple[Wait, ...]
    """The orders that waited longest, the longest first; ``SLOWEST_SHOWN`` at most."""


@dataclass(frozen=True, slots=True)
class Figures:
    """All figures of the orders that passed Open in a period."""

    since: datetime
    """The start of the period (UTC, included)."""
    before: datetime
    """The end of the period (UTC, not included)."""
    orders: int
    """How many orders passed Open."""
    cancel_rate: Figure
    """Orders cancelled by the shop, of all orders of the period (R6.21)."""
    status_errors: Figure
    """Orders with a wrong final status or a late Delivered, of all orders of the period (R6.23)."""
    tracking_rate: Figure
    """Orders with number and address, of those that need them (R6.24); `orders` lists those without."""
    late_delivered: Figure
    """Orders with a late Delivered; part of `status_errors`. Fewer than MALL counts, if the shop's dates have no time
    (R6.12)."""
    click_to_status: tuple[ClickToStatus, ...]
    """One entry for each status that we set, in the order of an order's life."""


def figures(
    orders: Iterable[OrderState], rules: Rules, since: datetime, before: datetime, now: datetime
) -> Figures:
    """The figures at `now` (UTC) of those `orders`, in any order, that passed Open from `since` to `before`."""
    zone = ZoneInfo(rules.shop_zone)
    total = 0
    cancels, errors, tracked, delivered = (_Count() for _ in range(4))
    waits: dict[MarketplaceStatus, list[Wait]] = defaultdict(list)
    for order in orders:
        opened_at = _opened_at(order)
        if opened_at is None or order.marketplace.test or not since <= opened_at < before:
            continue
        total += 1
        late = _is_late(order, zone, now)
        cancels.add(order, opened_at, hit=_cancelled_by_the_shop(order))
        errors.add(order, opened_at, hit=late is True or _had_wrong_status(order))
        if _needs_tracking(order):
            tracked.add(order, opened_at, hit=not _has_tracking(order))
        if late is not None:
            delivered.add(order, opened_at, hit=late)
        for change in order.marketplace.status_changes:
            if change.by_us and change.wanted_at is not None:
                seconds = max(0.0, (change.at - change.wanted_at).total_seconds())
                waits[change.status].append(Wait(order.mall_order_id, seconds))
    return Figures(
        since,
        before,
        total,
        cancel_rate=cancels.at_most(CANCEL_LIMIT, FigureReason.CANCEL_RATE, OTHER_CANCEL_LIMIT),
        status_errors=errors.at_most(ERRORS_LIMIT, FigureReason.STATUS_ERRORS),
        tracking_rate=tracked.misses_at_least(TRACKING_LIMIT, FigureReason.TRACKING_RATE),
        late_delivered=delivered.at_most(None, FigureReason.LATE_DELIVERED),
        click_to_status=tuple(
            _click_to_status(status, waits[status]) for status in MarketplaceStatus if waits[status]
        ),
    )


class _Count:
    """Counts orders, and records those that make the rate worse (hits)."""

    def __init__(self) -> None:
        self.total = 0
        self.hits: list[tuple[datetime, int]] = []

    def add(self, order: OrderState, opened_at: datetime, *, hit: bool) -> None:
        self.total += 1
        if hit:
            self.hits.append((opened_at, order.mall_order_id))

    def at_most(self, limit: float | None, counts: FigureReason, other_limit: float | None = None) -> Figure:
        """The rate of hits, which must not exceed `limit`."""
        count, total = len(self.hits), self.total
        ok = None if limit is None or not total else 100 * count <= limit * total
        return Figure(
            _per_cent(count, total), limit, ok, count, total, self._newest(), because(counts), other_limit
        )

    def misses_at_least(self, limit: float, counts: FigureReason) -> Figure:
        """The rate of orders that are no hits, which must not be below `limit`."""
        count, total = self.total - len(self.hits), self.total
        ok = 100 * count >= limit * total if total else None
        return Figure(_per_cent(count, total), limit, ok, count, total, self._newest(), because(counts))

    def _newest(self) -> tuple[int, ...]:
        return tuple(number for _, number in sorted(self.hits, reverse=True)[:ORDERS_SHOWN])


def _per_cent(count: int, total: int) -> float | None:
    return 100 * count / total if total else None


def _opened_at(order: OrderState) -> datetime | None:
    """When the order passed Open, as far as we know; None: it is not known to have passed it."""
    observed = order.marketplace.observed
    if observed is None:
        return None
    if observed.opened_at is not None:
        return observed.opened_at
    statuses = {entry.status for entry in order.marketplace.status_changes} | {observed.status}
    return order.created_at if statuses - MAY_NEVER_HAVE_OPENED else None


def _cancelled_by_the_shop(order: OrderState) -> bool:
    """Whether the shop cancelled: we set it, or the shop wanted it before it was set by hand (R6.22).

    A cancellation by MALL or the customer is theirs, even if the clerk repeats it before we learn of it.
    """
    cancellation = order.marketplace.status_changes[-1] if order.marketplace.status_changes else None
    if cancellation is None or cancellation.status is not MarketplaceStatus.CANCELLED:
        return False
    if cancellation.by_us or cancellation.by_them:
        return cancellation.by_us
    desired, clicked_at = order.shop_side.desired, order.wanted_since(MarketplaceStatus.CANCELLED)
    canceled = desired is not None and desired.status is ShopStatus.CANCELED
    return canceled and clicked_at is not None and clicked_at <= cancellation.at


def _had_wrong_status(order: OrderState) -> bool:
    """Whether a final status of ours was wrong. A status set by MALL or the customer is not the partner's error."""
    ended_by_us = [p for p in order.marketplace.status_changes if p.by_us and p.status in FINAL]
    if any(ended.reverted for ended in ended_by_us):
        return True
    return bool(ended_by_us) and any(
        e.cause in WRONG_FINALS and _is_partners_error(e) for e in order.cases.escalations
    )


def _is_partners_error(escalation: Escalation) -> bool:
    """Whether the escalation is open, or was settled by people (R6.23).

    One that closed by itself was a slip in the shop that the clerk corrected; MALL's status was right.
    """
    settled = escalation.closed_by_person or any(
        e.by_person for e in escalation.history if e.what is EventKind.CLOSED
    )
    return escalation.open or settled or escalation.return_document is not None


def _needs_tracking(order: OrderState) -> bool:
    observed = order.marketplace.observed
    return observed is not None and observed.status in TRACKED and not observed.marketplace_delivery


def _has_tracking(order: OrderState) -> bool:
    observed = order.marketplace.observed
    return observed is not None and bool(observed.tracking_number and observed.tracking_url)


def _is_late(order: OrderState, zone: ZoneInfo, now: datetime) -> bool | None:
    """Whether Delivered was set too late, or is overdue and not set; None: this cannot be judged (R6.12, R6.23).

    A date without a time counts from the end of its day. A Delivered that somebody else set is not judged, nor are
    orders of MALL Delivery.
    """
    ours = next(
        (p for p in order.marketplace.status_changes if p.status is MarketplaceStatus.DELIVERED and p.by_us),
        None,
    )
    delivery = order.marketplace.sent_delivery_date if ours is not None else _not_reported(order, zone)
    if delivery is None:
        return None
    due_at = delivery.end(zone) + DELIVERED_WITHIN
    if ours is not None:
        return ours.at > due_at
    return True if now > due_at else None


def _not_reported(order: OrderState, zone: ZoneInfo) -> ShopDate | None:
    """The shop's delivery date while MALL holds Shipped; None: there is none, or it cannot be right."""
    desired, observed = order.shop_side.desired, order.marketplace.observed
    if desired is None or desired.status is not ShopStatus.SETTLED or desired.delivery is None:
        return None
    if observed is None or observed.status is not MarketplaceStatus.SHIPPED or observed.marketplace_delivery:
        return None
    return None if before_order(desired.delivery, order, zone) else desired.delivery


def _click_to_status(status: MarketplaceStatus, waits: Sequence[Wait]) -> ClickToStatus:
    ordered = sorted(waits, key=lambda wait: (wait.seconds, wait.mall_order_id))
    seconds = [wait.seconds for wait in ordered]
    return ClickToStatus(
        status,
        len(seconds),
        median_seconds=median(seconds),
        percentile_95_seconds=seconds[ceil(len(seconds) * 0.95) - 1],
        longest_seconds=seconds[-1],
        slowest=tuple(reversed(ordered[-SLOWEST_SHOWN:])),
    )
