"""A shop's own figures over a period, computed the way MALL measures its partners (MALL: help pages).

From our records alone: MALL may count an order that we never saw, or not count one that it put right by hand. An order
belongs to the period in which it passed Open. Test orders are left out everywhere. Rates are in per cent.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time
from math import ceil
from statistics import median
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from orderbridge.domain.deadlines import DELIVERED_WITHIN
from orderbridge.domain.moments import ShopDate
from orderbridge.domain.records import Cause
from orderbridge.domain.statuses import FINAL, MarketplaceStatus, ShopStatus

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from orderbridge.domain.orders import OrderState
    from orderbridge.domain.records import Passed
    from orderbridge.domain.rules import Rules

CANCEL_LIMIT = 1.5
"""At most so many per cent (MALL: cancel rate)."""
OTHER_CANCEL_LIMIT = 3.0
"""The same on another version of the page."""
ERRORS_LIMIT = 0.5
"""At most so many per cent (MALL: status errors)."""
TRACKING_LIMIT = 90.0
"""At least so many per cent (MALL: tracking)."""
ORDERS_SHOWN = 50
"""Order numbers behind a figure that are shown."""
SLOWEST_SHOWN = 10
"""Orders shown that waited longest for a status."""

_WRONG_DELIVERED = frozenset({Cause.WRONG_DELIVERED, Cause.WRONG_DELIVERY_DATE})
_TRACKED = frozenset({MarketplaceStatus.SHIPPED, MarketplaceStatus.DELIVERED, MarketplaceStatus.RETURNED})
_MAY_NEVER_HAVE_OPENED = frozenset({MarketplaceStatus.BLOCKED, MarketplaceStatus.CANCELLED})


@dataclass(frozen=True, slots=True)
class Figure:
    """One rate. `value` is ``100 × count / total``; it and `ok` are None where there is nothing to measure.

    `limit` is MALL's, `other_limit` what another of its pages says; None: MALL has none of its own. `orders` are the
    orders to look at (what keeps the rate from being perfect), newest first, bounded.
    """

    value: float | None
    limit: float | None
    ok: bool | None
    count: int
    total: int
    orders: tuple[int, ...]
    other_limit: float | None = None


@dataclass(frozen=True, slots=True)
class Wait:
    """How long one order waited for a status, in seconds."""

    mall_order_id: int
    seconds: float


@dataclass(frozen=True, slots=True)
class ClickToStatus:
    """Seconds from when the shop was first seen to want a status until we had set it.

    For Delivered and Cancelled the undo window is part of it. `slowest` are the orders that waited longest, bounded.
    """

    status: MarketplaceStatus
    count: int
    median_seconds: float
    percentile_95_seconds: float
    longest_seconds: float
    slowest: tuple[Wait, ...]


@dataclass(frozen=True, slots=True)
class Figures:
    """All figures of the orders that passed Open from `since` on and before `before` (UTC).

    `tracking_rate` counts the orders that have both, and shows those that have not. `late_delivered` is part of
    `status_errors`. `click_to_status` has one entry per status that we set, in the order of an order's life.
    """

    since: datetime
    before: datetime
    orders: int
    cancel_rate: Figure
    status_errors: Figure
    tracking_rate: Figure
    late_delivered: Figure
    click_to_status: tuple[ClickToStatus, ...]


def figures(orders: Iterable[OrderState], rules: Rules, since: datetime, before: datetime) -> Figures:
    """The figures over those of `orders` that belong to the period. Depends on their order in nothing."""
    zone = ZoneInfo(rules.shop_zone)
    total = 0
    cancels, errors, tracked, delivered = (_Count() for _ in range(4))
    waits: dict[MarketplaceStatus, list[Wait]] = defaultdict(list)
    for order in orders:
        opened_at = _opened_at(order)
        if opened_at is None or order.test or not since <= opened_at < before:
            continue
        total += 1
        late = _is_late(order, zone)
        if not _cancelled_without_us(order):
            cancels.add(order, opened_at, hit=_was_cancelled(order))
        errors.add(order, opened_at, hit=late is True or _had_wrong_status(order))
        if _needs_tracking(order):
            tracked.add(order, opened_at, hit=not _has_tracking(order))
        if late is not None:
            delivered.add(order, opened_at, hit=late)
        for passed in order.passed:
            if passed.by_us and passed.wanted_at is not None:
                seconds = max(0.0, (passed.at - passed.wanted_at).total_seconds())
                waits[passed.status].append(Wait(order.mall_order_id, seconds))
    return Figures(
        since,
        before,
        total,
        cancel_rate=cancels.at_most(CANCEL_LIMIT, OTHER_CANCEL_LIMIT),
        status_errors=errors.at_most(ERRORS_LIMIT),
        tracking_rate=tracked.misses_at_least(TRACKING_LIMIT),
        late_delivered=delivered.at_most(None),
        click_to_status=tuple(_click(status, waits[status]) for status in MarketplaceStatus if waits[status]),
    )


class _Count:
    """Counts orders, and remembers those that were hit."""

    def __init__(self) -> None:
        self.total = 0
        self.hits: list[tuple[datetime, int]] = []

    def add(self, order: OrderState, opened_at: datetime, *, hit: bool) -> None:
        self.total += 1
        if hit:
            self.hits.append((opened_at, order.mall_order_id))

    def at_most(self, limit: float | None, other_limit: float | None = None) -> Figure:
        """The rate of the hits, which must not be above `limit`."""
        count, total = len(self.hits), self.total
        ok = None if limit is None or not total else 100 * count <= limit * total
        return Figure(_per_cent(count, total), limit, ok, count, total, self._newest(), other_limit)

    def misses_at_least(self, limit: float) -> Figure:
        """The rate of what was not hit, which must not be below `limit`."""
        count, total = self.total - len(self.hits), self.total
        ok = 100 * count >= limit * total if total else None
        return Figure(_per_cent(count, total), limit, ok, count, total, self._newest())

    def _newest(self) -> tuple[int, ...]:
        return tuple(number for _, number in sorted(self.hits, reverse=True)[:ORDERS_SHOWN])


def _per_cent(count: int, total: int) -> float | None:
    return 100 * count / total if total else None


def _opened_at(order: OrderState) -> datetime | None:
    """When the order passed Open, as far as we know; None if it is not known to have done so."""
    observed = order.observed
    if observed is None:
        return None
    if observed.opened_at is not None:
        return observed.opened_at
    passed = {entry.status for entry in order.passed} | {observed.status}
    return order.created_at if passed - _MAY_NEVER_HAVE_OPENED else None


def _cancellation(order: OrderState) -> Passed | None:
    return next((p for p in order.passed if p.status is MarketplaceStatus.CANCELLED), None)


def _was_cancelled(order: OrderState) -> bool:
    return _cancellation(order) is not None


def _cancelled_without_us(order: OrderState) -> bool:
    """Whether MALL or the customer cancelled the order: not set by us, and the shop had not wanted it before."""
    cancellation, desired = _cancellation(order), order.desired
    if cancellation is None or cancellation.by_us:
        return False
    wanted = (
        desired is not None
        and desired.status is ShopStatus.CANCELED
        and order.desired_since is not None
        and order.desired_since <= cancellation.at
    )
    return not wanted


def _had_wrong_status(order: OrderState) -> bool:
    """Whether a final status of ours was wrong. What MALL or the customer ended is not the partner's error."""
    causes = {escalation.cause for escalation in order.escalations}
    ended_by_us = any(p.by_us and p.status in FINAL for p in order.passed)
    return ended_by_us and not causes.isdisjoint(_WRONG_DELIVERED | {Cause.WRONG_FINAL})


def _needs_tracking(order: OrderState) -> bool:
    observed = order.observed
    return observed is not None and observed.status in _TRACKED and not observed.marketplace_delivery


def _has_tracking(order: OrderState) -> bool:
    observed = order.observed
    return observed is not None and bool(observed.tracking_number and observed.tracking_url)


def _is_late(order: OrderState, zone: ZoneInfo) -> bool | None:
    """Whether we set Delivered later than a day after the delivery that the shop gave; None if we did not set it."""
    ours = next((p for p in order.passed if p.status is MarketplaceStatus.DELIVERED and p.by_us), None)
    delivery = _shop_date(order.sent_delivery)
    if ours is None or delivery is None:
        return None
    return ours.at > delivery.end(zone) + DELIVERED_WITHIN


def _shop_date(text: str) -> ShopDate | None:
    """The date that ``str(ShopDate)`` made `text` of; None if it is not one."""
    day, _, at = text.partition("T")
    try:
        return ShopDate(date.fromisoformat(day), time.fromisoformat(at) if at else None)
    except ValueError:
        return None


def _click(status: MarketplaceStatus, waits: Sequence[Wait]) -> ClickToStatus:
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
