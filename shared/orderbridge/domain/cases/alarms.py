"""Alarms: the shop's people are notified at once of a parcel to stop, a change by MALL, or an escalation.

``Alarm.key`` identifies the occasion, whatever the text says. Each occasion is notified once (R6.20).
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from orderbridge.domain.actions import Action
from orderbridge.domain.attempts import NO_ANSWER_FAILURES
from orderbridge.domain.cases.matters import happened, what_to_do
from orderbridge.domain.cases.records import Alarm, AlarmKind
from orderbridge.domain.cases.states import NOT_IN_SHOP, at_marketplace, in_shop
from orderbridge.domain.codes.cases import HappenedReason, TodoReason
from orderbridge.domain.corrections import cancelled_by_us
from orderbridge.domain.reasons import because
from orderbridge.domain.statuses import BEGUN_IN_SHOP, FINAL, MarketplaceStatus, ShopStatus

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from orderbridge.domain.cases.records import Escalation
    from orderbridge.domain.orders import OrderState
    from orderbridge.domain.rules import Rules

WRITTEN_WITHIN = timedelta(minutes=15)
"""How long a cancellation may wait to be written into the shop before people are asked to stop the parcel (R6.15)."""


def standing_alarms(order: OrderState, rules: Rules, now: datetime) -> Iterator[Alarm]:
    """An alarm for each occasion that exists at `now` (UTC), whether it was raised before or not."""
    if (stop := parcel_to_stop(order, rules, now)) is not None:
        yield stop
    if _was_changed(order):
        yield _changed(order, now)
    for escalation in order.cases.escalations:
        if escalation.open:
            yield _escalated(order, escalation, now)


def parcel_to_stop(order: OrderState, rules: Rules, now: datetime) -> Alarm | None:
    """The alarm to stop the parcel at `now` (UTC), whether it was raised before or not; None: there is none to stop."""
    return _stop_the_parcel(order, now) if _must_stop_the_parcel(order, rules, now) else None


def cancelled_at(order: OrderState) -> datetime | None:
    """When MALL came to hold Cancelled (UTC); None: it does not, as far as is recorded."""
    return next(
        (p.at for p in reversed(order.marketplace.status_changes) if p.status is MarketplaceStatus.CANCELLED),
        None,
    )


def to_be_written_by(order: OrderState) -> datetime | None:
    """Until when a cancellation may wait to be written into the shop (UTC); None: MALL holds no cancellation."""
    known = cancelled_at(order)
    return None if known is None else known + WRITTEN_WITHIN


def _must_stop_the_parcel(order: OrderState, rules: Rules, now: datetime) -> bool:
    """Whether MALL or the customer cancelled an order that the shop may ship (R6.15).

    A pending order needs no alarm if we write the cancellation into the shop in time. An order that the shop accepted
    and has not shown cannot be cancelled there, and may be packed.
    """
    desired, observed = order.shop_side.desired, order.marketplace.observed
    if observed is None or observed.status is not MarketplaceStatus.CANCELLED:
        return False
    if cancelled_by_us(order):
        return False
    if desired is None:
        return order.shop_side.imported_at is not None
    not_notified = desired.status is ShopStatus.PENDING and not _writes_it_into_the_shop(order, rules, now)
    # An unknown state may mean that the parcel has left.
    return desired.status is None or desired.status in BEGUN_IN_SHOP or not_notified


def _writes_it_into_the_shop(order: OrderState, rules: Rules, now: datetime) -> bool:
    """Whether we have written the cancellation into the shop, or are about to."""
    # A read of MALL delays the write by seconds.
    writing = order.work.step is not None and order.work.step.action in {Action.CANCEL_IN_SHOP, Action.READ}
    written_by = to_be_written_by(order)
    soon = (
        writing and order.work.failures < NO_ANSWER_FAILURES and written_by is not None and now < written_by
    )
    return rules.import_mode == "create" and (order.shop_side.canceled_at is not None or soon)


def _stop_the_parcel(order: OrderState, now: datetime) -> Alarm:
    desired = order.shop_side.desired
    return Alarm(
        key=_stop_key(order),
        kind=AlarmKind.STOP_THE_PARCEL,
        happened=because(HappenedReason.STOP_THE_PARCEL),
        todo=because(_how_to_stop(order)),
        raised_at=now,
        held=at_marketplace(MarketplaceStatus.CANCELLED),
        shop_says=NOT_IN_SHOP if desired is None else in_shop(desired.status),
    )


def _stop_key(order: OrderState) -> str:
    """The key of this alarm (R6.16). It changes when the shop works on the order again: people are notified again."""
    cancelled_at = next(
        p.at for p in reversed(order.marketplace.status_changes) if p.status is MarketplaceStatus.CANCELLED
    )
    desired = order.shop_side.desired
    status = desired.status if desired is not None else None
    shown = (status.value if status else "unknown") if desired else "not shown"
    since = order.shop_side.status_since if status in BEGUN_IN_SHOP else None
    parts = (AlarmKind.STOP_THE_PARCEL, cancelled_at.isoformat(), shown, since.isoformat() if since else "")
    return " ".join(parts).strip()


def _how_to_stop(order: OrderState) -> TodoReason:
    """What a person does to stop the parcel."""
    desired = order.shop_side.desired
    if desired is None:
        return TodoReason.LOOK_FOR_THE_ORDER
    if desired.status is ShopStatus.PENDING:
        return TodoReason.DO_NOT_PACK
    return TodoReason.GET_IT_BACK if desired.status is ShopStatus.SETTLED else TodoReason.STOP_PACKING


def _was_changed(order: OrderState) -> bool:
    """Whether MALL's side changed something else than the status of an order that the shop has (R6.17).

    MALL Delivery's own moves do not count.
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


def _changed(order: OrderState, now: datetime) -> Alarm:
    changed_at = order.marketplace.detail_changed_at or now
    return Alarm(
        key=f"{AlarmKind.CHANGED.value} {changed_at.isoformat()}",
        kind=AlarmKind.CHANGED,
        happened=because(HappenedReason.CHANGED),
        todo=because(TodoReason.COMPARE),
        raised_at=now,
    )


def _escalated(order: OrderState, escalation: Escalation, now: datetime) -> Alarm:
    """The alarm of the last opening. It leaves out ``Escalation.what``, which may repeat texts of either side."""
    cause, opened_at = escalation.cause.value, escalation.opened_at.isoformat()
    return Alarm(
        key=f"{AlarmKind.ESCALATION.value} {cause} {opened_at}",
        kind=AlarmKind.ESCALATION,
        happened=happened(order, escalation),
        todo=what_to_do(order, escalation),
        raised_at=now,
        held=escalation.held,
        shop_says=escalation.shop_says,
    )
