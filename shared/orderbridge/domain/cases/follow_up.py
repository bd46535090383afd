"""Derived records: status history, returns, escalations, alarms.

``follow_up`` runs after every decision. It decides nothing about what is sent to either side.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from orderbridge.domain.actions import Action
from orderbridge.domain.cases.alarms import standing_alarms, to_be_written_by
from orderbridge.domain.cases.escalations import escalated, not_imported_at
from orderbridge.domain.cases.records import StatusChange
from orderbridge.domain.cases.returns import flagged, overdue_at
from orderbridge.domain.corrections import present_status_change, with_correction
from orderbridge.domain.planning import SHOWN_AT_LATEST
from orderbridge.domain.statuses import AT_THE_BEGINNING, MarketplaceStatus

if TYPE_CHECKING:
    from collections.abc import Collection

    from orderbridge.domain.cases.records import Alarm
    from orderbridge.domain.orders import OrderState
    from orderbridge.domain.rules import Rules
    from orderbridge.domain.views import MarketplaceView

UNSENT_ALARM_RECHECK = timedelta(minutes=5)
"""When an order with an unsent alarm is looked at again, in case the request to send it never arrived."""
ALARMS_KEPT = 20
"""Alarms of an order that are kept, the newest; those that are due, or whose occasion stands, in any case."""


def follow_up(order: OrderState, rules: Rules, now: datetime) -> OrderState:
    """`order` with everything that follows from its state at `now` (UTC).

    Total, and idempotent: following up again at the same moment changes nothing. Raises the same alarm once, ever.
    `recheck_at` is only ever brought forward, to the next moment at which time alone changes something of this.
    """
    order = _with_status_changes(order, now)
    order = flagged(order, rules, now)
    order = escalated(order, rules, now)
    order = _with_alarms(order, rules, now)
    return _with_recheck(order, rules, now)


def unsent(order: OrderState) -> tuple[Alarm, ...]:
    """The alarms that the shop's people have not been told yet, oldest first."""
    return tuple(alarm for alarm in order.cases.alarms if alarm.sent_at is None)


def alarms_sent(order: OrderState, keys: Collection[str], now: datetime) -> OrderState:
    """`order` with the alarms of `keys` marked as sent. Marking them again changes nothing."""
    return replace(
        order,
        cases=replace(
            order.cases,
            alarms=tuple(
                replace(alarm, sent_at=now) if alarm.sent_at is None and alarm.key in keys else alarm
                for alarm in order.cases.alarms
            ),
        ),
    )


def with_alarm_postponed(order: OrderState, key: str, until: datetime) -> OrderState:
    """`order` with one unsent alarm put off; it is looked at again then, if not sooner."""
    alarms = (
        replace(alarm, send_from=until) if alarm.key == key and alarm.sent_at is None else alarm
        for alarm in order.cases.alarms
    )
    recheck_at = until if order.work.recheck_at is None else min(order.work.recheck_at, until)
    return replace(
        order,
        cases=replace(order.cases, alarms=tuple(alarms)),
        work=replace(order.work, recheck_at=recheck_at),
    )


def _with_status_changes(order: OrderState, now: datetime) -> OrderState:
    """What we set ourselves was noted when it was accepted (``attempts``); the rest came about without us.

    A cancellation that MALL wants to have confirmed is the other side's, although MALL may have accepted ours on top.
    """
    observed = order.marketplace.observed
    last = present_status_change(order)
    if observed is not None and last is not None:
        unconfirmed = observed.status is MarketplaceStatus.CANCELLED and not observed.confirmed
        theirs = replace(last, by_us=False, by_them=True)
        return (
            replace(
                order,
                marketplace=replace(
                    order.marketplace, status_changes=(*order.marketplace.status_changes[:-1], theirs)
                ),
            )
            if unconfirmed and last.by_us
            else order
        )
    if observed is None:
        return order
    order = with_correction(order)
    at = _changed_at(observed) or order.marketplace.observed_at or now
    # An order that waits to be confirmed from its beginning says nothing of who opened it.
    by_them = not observed.confirmed and observed.status not in AT_THE_BEGINNING
    return replace(
        order,
        marketplace=replace(
            order.marketplace,
            status_changes=(
                *order.marketplace.status_changes,
                StatusChange(observed.status, at, by_us=False, by_them=by_them),
            ),
        ),
    )


def _changed_at(observed: MarketplaceView) -> datetime | None:
    """The marketplace's own moment of its present status, where it says it."""
    return {
        MarketplaceStatus.OPEN: observed.opened_at,
        MarketplaceStatus.SHIPPED: observed.shipped_at,
        MarketplaceStatus.DELIVERED: observed.delivered_at,
    }.get(observed.status)


def _with_alarms(order: OrderState, rules: Rules, now: datetime) -> OrderState:
    standing = {alarm.key: alarm for alarm in standing_alarms(order, rules, now)}
    known = {alarm.key for alarm in order.cases.alarms}
    alarms = (*order.cases.alarms, *(alarm for key, alarm in standing.items() if key not in known))
    if len(alarms) > ALARMS_KEPT:
        newest = {alarm.key for alarm in alarms[-ALARMS_KEPT:]}
        alarms = tuple(a for a in alarms if a.key in newest or a.key in standing or a.sent_at is None)
    return replace(order, cases=replace(order.cases, alarms=alarms))


def _with_recheck(order: OrderState, rules: Rules, now: datetime) -> OrderState:
    """`order` with `recheck_at` not later than the next moment at which time alone changes something."""
    moments = [overdue_at(order, rules)]
    moments.append(not_imported_at(order, rules, now))
    if order.work.step is not None and order.work.step.action is Action.CANCEL_IN_SHOP:
        moments.append(to_be_written_by(order))
    if order.shop_side.desired is None and order.shop_side.imported_at is not None:
        moments.append(order.shop_side.imported_at + SHOWN_AT_LATEST)
    for alarm in unsent(order):
        postponed = alarm.send_from is not None and alarm.send_from > now
        moments.append(alarm.send_from if postponed else now + UNSENT_ALARM_RECHECK)
    soonest = min((moment for moment in moments if moment is not None and moment > now), default=None)
    if soonest is None or (order.work.recheck_at is not None and order.work.recheck_at <= soonest):
        return order
    return replace(order, work=replace(order.work, recheck_at=soonest))
