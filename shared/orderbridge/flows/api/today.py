"""What waits for the shop's people today, and what is about to happen, in order of haste (R6.25)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from orderbridge.domain import backoff
from orderbridge.domain.carriers import Tracking
from orderbridge.domain.cases.today import happened, today_of
from orderbridge.domain.codes.cases import TodayReason
from orderbridge.domain.dates import begin_of
from orderbridge.domain.lists import Period, changed_at
from orderbridge.domain.pairing import wanted_tracking
from orderbridge.domain.reasons import because
from orderbridge.domain.statuses import MarketplaceStatus
from orderbridge.flows.api.answers import zone_of
from orderbridge.flows.api.request import shop_of
from orderbridge.flows.api.views import deadline_view, escalations_entry, iso, reader_of, returns_entry, why

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Unpack

    from orderbridge.domain.cases.today import (
        Happened,
        HeldOrder,
        HoldGroup,
        OpenEscalation,
        OpenReturn,
        Parcel,
        RunningDeadline,
        UndoWindow,
    )
    from orderbridge.domain.lists import OrderPage
    from orderbridge.domain.orders import OrderState
    from orderbridge.domain.reasons import Reason
    from orderbridge.domain.rules import Rules
    from orderbridge.domain.shops import ShopRecord
    from orderbridge.flows.api.request import ApiRequest, Json
    from orderbridge.flows.api.views import Reader
    from orderbridge.flows.common.stored_orders import Filters
    from orderbridge.ports import Ledger, Ports

MAX_ORDERS = 99
"""Maximum number of orders that are read of each list: a page and the order after it fit into one BatchGetItem."""
MAX_PAGES_OF_TODAY = 3
"""Maximum number of pages of orders that changed today, for the counts of what happened."""
_LATEST = datetime(9999, 12, 31, tzinfo=UTC)
_UNDER_WAY = (MarketplaceStatus.SHIPPING, MarketplaceStatus.SHIPPED)
"""MALL's statuses of the orders that an irreversible step may wait for, but for Open, whose orders are read anyway."""
_BEFORE = timedelta(days=1)
"""How long before steps began to wait an order may have changed whose step waits: for its window, an export."""


def today(ports: Ports, request: ApiRequest) -> Json:
    """What waits for the people of one shop: parcels to stop, undo windows, deadlines, returns, escalations, holds.

    Each list has the most urgent entry first. ``cut`` names the lists of which ``MAX_ORDERS`` orders were read and more
    are there; ``unreadable`` has the numbers of orders whose records cannot be read: they may belong to any list, and
    the headline counts them. An undo window of an order that is missing from the shop's export is not listed, because
    no export can end it.

    While the shop is stopped or paused, the orders under way that changed since are read too: their steps wait, can
    still be taken back, and meet no deadline. So are, in a switch-on in steps, those that changed since it began: their
    steps wait for their places, for days where there are many.

    ``happened_today`` counts, since midnight in the shop's zone, what MALL accepted of us, by status. ``complete``
    false: more orders changed today than were read, so the counts are too low.

    Requests to the table: one for the shop, one per list (held, returns, escalations, open, waiting for the export) and
    one for each begun hundred of orders that changed today (and in the last quarter of an hour, though it was before
    midnight), three at most; and one more for each of these that has an order which was not read yet. So 7 where there
    is nothing, 17 at most; for a stopped or paused shop, and in a switch-on, up to four more.
    Eventually consistent, as all lists are.

    Raises BadRequestError or NotFoundError for the shop.
    """
    record, now = shop_of(ports.shops, request), ports.clock.now()
    rules, reader = record.settings.rules, reader_of(request, record)
    zone, waiting_since = zone_of(record), _steps_wait_since(record, now)
    lists = _Lists(ports.ledger, record.shop)
    listed = lists.orders(waiting_since)
    midnight = begin_of(now.astimezone(zone).date(), zone)
    done = _Done(ports.ledger, record.shop, midnight, min(midnight, now - backoff.MAX_DELAY), listed)
    known = done.with_open_steps() | listed
    found = today_of(known.values(), rules, now, sending=record.runs and record.stop is None)
    view = _View(reader, rules, now)
    sent = sum(done.counts.sent.values())
    unreadable = sorted(lists.unreadable | done.unreadable)
    matters = found.matters + len(unreadable)
    headline = (
        because(TodayReason.MATTERS, matters=matters) if matters else because(TodayReason.NOTHING, sent=sent)
    )
    return {
        "shop": record.shop,
        "at": iso(now),
        "headline": reader.explained(headline),
        "stop_parcels": [view.parcel(one) for one in found.parcels],
        "undo_windows": [view.window(one) for one in found.windows],
        "deadlines": [view.deadline(one) for one in found.deadlines],
        "returns": [view.open_return(one) for one in found.returns],
        "escalations": [view.escalation(one) for one in found.escalations],
        "holds": [view.group(one) for one in found.holds],
        "happened_today": done.view(),
        "cut": lists.cut,
        "unreadable": unreadable,
    }


def _steps_wait_since(record: ShopRecord, now: datetime) -> datetime | None:
    """Since when steps wait long (UTC), at the latest. None: they do not.

    The shop is stopped, paused, or switched on in steps, or its settings cannot be used.
    """
    moments = [one.since for one in (record.stop, record.pause) if one is not None]
    if record.settings_problem is not None and record.set_up_at is not None:
        moments.append(record.set_up_at)
    if record.switch_on is not None and not record.switch_on.is_over(now):
        moments.append(record.switch_on.begun_at)
    return min(moments, default=None)


class _Lists:
    """Reads the lists of orders about which something may wait."""

    def __init__(self, ledger: Ledger, shop: str) -> None:
        self.cut: list[str] = []
        self.unreadable: set[int] = set()
        self._ledger = ledger
        self._shop = shop
        self._found: dict[int, OrderState] = {}

    def orders(self, waiting_since: datetime | None) -> dict[int, OrderState]:
        """The orders of all lists by their number. `waiting_since`: see ``_steps_wait_since``.

        Delivered is due for an order that waits for the export or is held, and a parcel is stopped for one that is
        held: so the long list of shipped orders is not read, but for what changed since steps wait long. Of the open
        orders those come first that have waited longest.
        """
        self._read("holds", hold="any")
        self._read("returns", matter="return")
        self._read("escalations", matter="escalation")
        self._read("deadlines", oldest_first=True, status=MarketplaceStatus.OPEN)
        if waiting_since is not None:
            changed = Period(since=waiting_since - _BEFORE)
            for status in _UNDER_WAY:
                self._read("undo_windows", status=status, changed=changed)
        awaited = self._ledger.awaiting_export(self._shop, _LATEST, MAX_ORDERS)
        if len(awaited) == MAX_ORDERS:
            self._note_cut("undo_windows")
        self._take(self._ledger.load_many(self._shop, [one for one in awaited if one not in self._found]))
        return self._found

    def _read(self, name: str, *, oldest_first: bool = False, **filters: Unpack[Filters]) -> None:
        page = self._ledger.orders(
            self._shop, **filters, limit=MAX_ORDERS, oldest_first=oldest_first, besides=self._found
        )
        if page.cursor is not None:
            self._note_cut(name)
        self._take(page)

    def _note_cut(self, name: str) -> None:
        if name not in self.cut:
            self.cut.append(name)

    def _take(self, page: OrderPage) -> None:
        self._found |= {order.mall_order_id: order for order in page.orders}
        self.unreadable.update(page.unreadable)


class _Done:
    """What happened to the shop's orders since a moment (UTC), of which those that are `known` were read already.

    The orders are read that changed since `changed_since` (UTC): a step that waits for another try may have been tried
    before midnight.
    """

    def __init__(
        self,
        ledger: Ledger,
        shop: str,
        since: datetime,
        changed_since: datetime,
        known: Mapping[int, OrderState],
    ) -> None:
        self.unreadable: set[int] = set()
        self._since = since
        self._orders = dict(known)
        self._complete = False
        cursor: str | None = None
        for _ in range(MAX_PAGES_OF_TODAY):
            page = ledger.orders(
                shop,
                changed=Period(since=changed_since),
                limit=MAX_ORDERS,
                cursor=cursor,
                besides=self._orders,
            )
            self._orders |= {order.mall_order_id: order for order in page.orders}
            self.unreadable.update(page.unreadable)
            cursor = page.cursor
            # The latest change comes first: behind an older one, none of since is left.
            self._complete = cursor is None or any(changed_at(order) < since for order in page.orders)
            if cursor is None:
                break
        self.counts: Happened = happened(self._orders.values(), since)

    def with_open_steps(self) -> dict[int, OrderState]:
        """Those of the orders that have a step to carry out, by their number. It may wait for another try."""
        return {number: order for number, order in self._orders.items() if order.work.step is not None}

    def view(self) -> Json:
        """The counts as JSON."""
        sent = {status.value: self.counts.sent.get(status, 0) for status in _SENT}
        return {
            "since": iso(self._since),
            "complete": self._complete,
            "sent": sent,
            "created_in_shop": self.counts.created_in_shop,
            "cancelled_by_others": self.counts.cancelled_by_others,
        }


_SENT = (
    MarketplaceStatus.SHIPPING,
    MarketplaceStatus.SHIPPED,
    MarketplaceStatus.DELIVERED,
    MarketplaceStatus.CANCELLED,
    MarketplaceStatus.RETURNED,
)
"""The statuses that are counted: those that we can set."""


class _View:
    """Entries as JSON, for one reader."""

    def __init__(self, reader: Reader, rules: Rules, now: datetime) -> None:
        self._reader = reader
        self._rules = rules
        self._now = now

    def parcel(self, found: Parcel) -> Json:
        """A parcel to stop."""
        entry = self._entry(found.order, found.since, found.alarm.happened)
        return {**entry, "what_to_do": self._reader.explained(found.alarm.todo)}

    def window(self, found: UndoWindow) -> Json:
        """A step that is not sent yet."""
        order, step = found.order, found.step
        return {
            **self._entry(order, step.planned_at, why(order, self._now)),
            "step": step.number,
            "action": step.action.value,
            "due_at": iso(step.due_at()),
            "waits_for_export": found.waits_for_export,
        }

    def deadline(self, found: RunningDeadline) -> Json:
        """A deadline, and why it is not met yet. Its age counts from when the order was listed last changed."""
        order = found.order
        since = order.list_entry.since if order.list_entry is not None else None
        held = order.work.hold
        return {
            **self._entry(order, since or order.updated_at or self._now, found.deadline.reason),
            **deadline_view(found.deadline, self._reader),
            "why": self._reader.explained_if(why(order, self._now) if held is None else held.reason),
        }

    def open_return(self, found: OpenReturn) -> Json:
        """An entry of the list of returns."""
        order, flag = found.order, found.flag
        entry = returns_entry(order, flag, self._reader, self._now)
        return {**entry, **self._entry(order, flag.since, flag.reason)}

    def escalation(self, found: OpenEscalation) -> Json:
        """An escalation, with its text to copy. Its reason is what happened."""
        order, escalation = found.order, found.escalation
        entry = escalations_entry(order, escalation, self._rules, self._reader)
        return {**entry, **self._entry(order, escalation.opened_at, escalation.what)}

    def group(self, found: HoldGroup) -> Json:
        """The orders under one hold."""
        return {
            "code": found.code.value,
            "what_to_do": self._reader.explained(found.what_to_do),
            "orders": [self._held(one) for one in found.orders],
        }

    def _held(self, found: HeldOrder) -> Json:
        hold = found.hold
        return {
            **self._entry(found.order, found.since, hold.reason),
            "who_must_act": hold.actor.value,
            "until": iso(hold.until),
        }

    def _entry(self, order: OrderState, since: datetime, reason: Reason | None) -> Json:
        """What every entry has."""
        desired, observed = order.shop_side.desired, order.marketplace.observed
        return {
            "mall_order_id": order.mall_order_id,
            "code": desired.code if desired else None,
            "shop_status": desired.status.value if desired and desired.status else None,
            "status": observed.status.value if observed else "unknown",
            "since": iso(since),
            "age_seconds": max(0, int((self._now - since).total_seconds())),
            "tracking_url": self._tracking_url(order),
            "reason": self._reader.explained_if(reason),
        }

    def _tracking_url(self, order: OrderState) -> str | None:
        """The carrier's page of the parcel: as MALL shows it, else as the shop's record gives it."""
        desired, observed = order.shop_side.desired, order.marketplace.observed
        if observed is not None and observed.tracking_url:
            return observed.tracking_url
        tracking = None if desired is None else wanted_tracking(desired, self._rules)
        return tracking.url if isinstance(tracking, Tracking) else None
