"""Updates what is derived from an order: status history, returns, escalations, alarms.

``follow_up`` runs after each decision. It has no influence on what is sent to either side.
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
"""When an order with an unsent alarm is rechecked: the message that requests the alarm may be lost."""
ALARMS_KEPT = 20
"""How many alarms of an order are kept, the newest (R12.9). Due alarms, and those whose occasion exists, are kept
always."""


def follow_up(order: OrderState, rules: Rules, now: datetime) -> OrderState:
    """`order` with everything that follows from its state at `now` (UTC).

    Total and idempotent: a second call at the same moment changes nothing. `recheck_at` may become earlier, when time
    alone changes something; it never becomes later.
    """
    order = _with_status_changes(order, now)
    order = flagged(order, rules, now)
    order = escalated(order, rules, now)
    order = _with_alarms(order, rules, now)
    return _with_recheck(order, rules, now)


def unsent(order: OrderState) -> tuple[Alarm, ...]:
    """The alarms that were not sent yet, oldest first."""
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
    """`order` with one unsent alarm postponed until `until` (R6.18), and a recheck at that moment or earlier."""
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
    """`order` with a status recorded that MALL came to hold without us. ``attempts`` records what we set.

    A cancellation that waits to be confirmed is the other side's, even if MALL accepted ours as well (R6.22).
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
    # An order waits to be confirmed from its beginning, so that does not show who set Blocked or Open.
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
    """The moment that MALL gives for its present status; None: it gives none."""
    return {
        MarketplaceStatus.OPEN: observed.opened_at,
        MarketplaceStatus.SHIPPED: observed.shipped_at,
        MarketplaceStatus.DELIVERED: observed.delivered_at,
    }.get(observed.status)


def _with_alarms(order: OrderState, rules: Rules, now: datetime) -> OrderState:
    """`order` with an alarm for each new occasion."""
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
