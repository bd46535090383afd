"""What follows from an order's state beside its next step: history, list of returns, escalations, alarms.

``follow_up`` runs after every decision. It decides nothing about what is sent to either side.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from orderbridge.domain import operations_texts as texts
from orderbridge.domain.actions import Action
from orderbridge.domain.attempts import NO_ANSWER_FAILURES
from orderbridge.domain.cases.escalations import escalated, not_imported_at
from orderbridge.domain.cases.records import Alarm, AlarmKind, Escalation, StatusChange
from orderbridge.domain.cases.returns import flagged, overdue_at
from orderbridge.domain.corrections import came_to_hold, cancelled_by_us, with_correction
from orderbridge.domain.planning import SHOWN_AT_LATEST
from orderbridge.domain.statuses import FINAL, MarketplaceStatus, ShopStatus

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from orderbridge.domain.orders import OrderState
    from orderbridge.domain.rules import Rules
    from orderbridge.domain.views import MarketplaceView

UNSENT_ALARM_RECHECK = timedelta(minutes=5)
"""When an order with an unsent alarm is looked at again, in case the request to send it never arrived."""
WRITTEN_WITHIN = timedelta(minutes=15)
"""How long a cancellation may wait to be written into the shop before people are told to stop the parcel."""
ALARMS_KEPT = 20
"""So many alarms of an order are kept, the newest; those that are due, or whose occasion stands, in any case."""

_FROM_THE_BEGINNING = frozenset({MarketplaceStatus.BLOCKED, MarketplaceStatus.OPEN})
_STARTED = frozenset({ShopStatus.HANDLED, ShopStatus.PARTIALLY_SETTLED, ShopStatus.SETTLED})


def follow_up(order: OrderState, rules: Rules, now: datetime) -> OrderState:
    """`order` with everything that follows from its state at `now` (UTC).

    Total, and idempotent: following up again at the same moment changes nothing. Raises the same alarm once, ever.
    `recheck_at` is only ever brought forward, to the next moment at which time alone changes something of this.
    """
    order = _with_passed(order, now)
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


def alarm_put_off(order: OrderState, key: str, until: datetime) -> OrderState:
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


def _with_passed(order: OrderState, now: datetime) -> OrderState:
    """What we set ourselves was noted when it was accepted (``attempts``); the rest came about without us.

    A cancellation that MALL wants to have confirmed is the other side's, although MALL may have accepted ours on top.
    """
    observed = order.marketplace.observed
    last = came_to_hold(order)
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
    at = _passed_at(observed) or order.marketplace.observed_at or now
    # An order that waits to be confirmed from its beginning says nothing of who opened it.
    by_them = not observed.confirmed and observed.status not in _FROM_THE_BEGINNING
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


def _passed_at(observed: MarketplaceView) -> datetime | None:
    """The marketplace's own moment of its present status, where it says it."""
    return {
        MarketplaceStatus.OPEN: observed.opened_at,
        MarketplaceStatus.SHIPPED: observed.shipped_at,
        MarketplaceStatus.DELIVERED: observed.delivered_at,
    }.get(observed.status)


def _with_alarms(order: OrderState, rules: Rules, now: datetime) -> OrderState:
    standing = {alarm.key: alarm for alarm in _standing_alarms(order, rules, now)}
    known = {alarm.key for alarm in order.cases.alarms}
    alarms = (*order.cases.alarms, *(alarm for key, alarm in standing.items() if key not in known))
    if len(alarms) > ALARMS_KEPT:
        newest = {alarm.key for alarm in alarms[-ALARMS_KEPT:]}
        alarms = tuple(a for a in alarms if a.key in newest or a.key in standing or a.sent_at is None)
    return replace(order, cases=replace(order.cases, alarms=alarms))


def _standing_alarms(order: OrderState, rules: Rules, now: datetime) -> Iterator[Alarm]:
    """An alarm for every occasion that stands, whether it was raised before or not."""
    if _must_stop_the_parcel(order, rules, now):
        yield _stop_the_parcel(order, now)
    if _was_changed(order):
        yield _changed_alarm(order, now)
    for escalation in order.cases.escalations:
        if escalation.open:
            yield _escalation_alarm(order, escalation, now)


def _must_stop_the_parcel(order: OrderState, rules: Rules, now: datetime) -> bool:
    """Cancelled by MALL or the customer while the shop is at work on the order, or nobody tells it to stop.

    Where we write the cancellation into the shop, a pending order needs no alarm: nobody has packed it. But one
    that the shop took and its export has not shown can be packed, and cannot be written to yet; nor does anybody hear
    of a cancellation whose writing waits for long, for whatever reason.
    """
    desired, observed = order.shop_side.desired, order.marketplace.observed
    if observed is None or observed.status is not MarketplaceStatus.CANCELLED:
        return False
    if cancelled_by_us(order):
        return False
    if desired is None:
        return order.shop_side.imported_at is not None
    unwarned = desired.status is ShopStatus.PENDING and not _writes_it_into_the_shop(order, rules, now)
    # A state that nobody knows may well be one of a parcel that has left.
    return desired.status is None or desired.status in _STARTED or unwarned


def _writes_it_into_the_shop(order: OrderState, rules: Rules, now: datetime) -> bool:
    """Whether the shop learns of the cancellation by our writing: it has, or it is about to."""
    # A look at MALL in between puts the writing off by seconds.
    writing = order.work.step is not None and order.work.step.action in {Action.CANCEL_IN_SHOP, Action.READ}
    told_by = _to_be_written_by(order)
    soon = writing and order.work.failures < NO_ANSWER_FAILURES and told_by is not None and now < told_by
    return rules.import_mode == "create" and (order.shop_side.canceled_at is not None or soon)


def _to_be_written_by(order: OrderState) -> datetime | None:
    """Until when a cancellation may wait to be written into the shop; None as long as none is known."""
    known = next(
        (p.at for p in reversed(order.marketplace.status_changes) if p.status is MarketplaceStatus.CANCELLED),
        None,
    )
    return None if known is None else known + WRITTEN_WITHIN


def _stop_the_parcel(order: OrderState, now: datetime) -> Alarm:
    cancelled_at = next(
        p.at for p in reversed(order.marketplace.status_changes) if p.status is MarketplaceStatus.CANCELLED
    )
    status = order.shop_side.desired.status if order.shop_side.desired is not None else None
    if order.shop_side.desired is None:
        todo = "Look for the order in the shop, do not pack it, and cancel it there."
    elif status is ShopStatus.PENDING:
        todo = "Do not pack the order. Cancel it in the shop."
    elif status is ShopStatus.SETTLED:
        todo = (
            "If the parcel is still on your premises, keep it; if the carrier has it, have it brought back. Then "
            "cancel the order in the shop."
        )
    else:
        todo = "Stop packing, and do not hand the parcel to the carrier. Cancel the order in the shop."
    # Whoever packs or ships it in spite of the first alarm, or takes it up again later, is told once more.
    told_of = (status.value if status else "unknown") if order.shop_side.desired else "not shown"
    since = order.shop_side.status_since if status in _STARTED else None
    return Alarm(
        key=" ".join(
            (
                AlarmKind.STOP_THE_PARCEL.value,
                cancelled_at.isoformat(),
                told_of,
                since.isoformat() if since else "",
            )
        ).strip(),
        kind=AlarmKind.STOP_THE_PARCEL,
        subject=f"Stop the parcel: MALL order {order.mall_order_id} was cancelled",
        text=_text(
            "What happened: MALL or the customer cancelled an order that the shop is working on.",
            f"Order: {order.mall_order_id}",
            f"MALL holds: {texts.status_name(MarketplaceStatus.CANCELLED)}, which is final",
            f"The shop says: {texts.shop_state(status)}",
            f"What to do: {todo}",
        ),
        raised_at=now,
    )


def _was_changed(order: OrderState) -> bool:
    """Whether MALL's side changed something else than the status of an order that the shop has.

    MALL Delivery's own moves are no such change.
    """
    observed = order.marketplace.observed
    if (
        order.marketplace.detail_changed_at is None
        or order.shop_side.desired is None
        or observed is None
        or observed.status in FINAL
    ):
        return False
    return not (observed.marketplace_delivery and observed.status is MarketplaceStatus.SHIPPED)


def _changed_alarm(order: OrderState, now: datetime) -> Alarm:
    changed_at = order.marketplace.detail_changed_at or now
    return Alarm(
        key=f"{AlarmKind.CHANGED.value} {changed_at.isoformat()}",
        kind=AlarmKind.CHANGED,
        subject=f"MALL order {order.mall_order_id} was changed by MALL or the customer",
        text=_text(
            "What happened: MALL or the customer changed something of an order that the shop has.",
            f"Order: {order.mall_order_id}",
            "What to do: MALL does not say what it was. Compare the order in the partner portal with the shop.",
        ),
        raised_at=now,
    )


def _escalation_alarm(order: OrderState, escalation: Escalation, now: datetime) -> Alarm:
    """The alarm of the last opening. Without `what`, which may quote the other side's words."""
    cause = escalation.cause
    return Alarm(
        key=f"{AlarmKind.ESCALATION.value} {cause.value} {escalation.opened_at.isoformat()}",
        kind=AlarmKind.ESCALATION,
        subject=f"MALL order {order.mall_order_id} needs you: {cause.value.replace('_', ' ')}",
        text=_text(
            f"What happened: {texts.happened(order, escalation).en}",
            f"Order: {order.mall_order_id}",
            f"MALL holds: {escalation.held}",
            f"The shop says: {escalation.shop_says}",
            f"What to do: {texts.what_to_do(order, escalation)}.",
            "The ready text is in GET /escalations; close it there when it is settled.",
        ),
        raised_at=now,
    )


def _text(*lines: str) -> str:
    return "\n".join(lines) + "\n"


def _with_recheck(order: OrderState, rules: Rules, now: datetime) -> OrderState:
    """`order` with `recheck_at` not later than the next moment at which time alone changes something."""
    moments = [overdue_at(order, rules)]
    moments.append(not_imported_at(order, rules, now))
    if order.work.step is not None and order.work.step.action is Action.CANCEL_IN_SHOP:
        moments.append(_to_be_written_by(order))
    if order.shop_side.desired is None and order.shop_side.imported_at is not None:
        moments.append(order.shop_side.imported_at + SHOWN_AT_LATEST)
    for alarm in unsent(order):
        put_off = alarm.send_from is not None and alarm.send_from > now
        moments.append(alarm.send_from if put_off else now + UNSENT_ALARM_RECHECK)
    soonest = min((moment for moment in moments if moment is not None and moment > now), default=None)
    if soonest is None or (order.work.recheck_at is not None and order.work.recheck_at <= soonest):
        return order
    return replace(order, work=replace(order.work, recheck_at=soonest))
