"""The pairing: which step the shop's state asks for, given what MALL holds, or why there is none (R1)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from orderbridge.domain import delivery as dates
from orderbridge.domain.actions import Action
from orderbridge.domain.carriers import NoTracking, Tracking, tracking_of
from orderbridge.domain.codes.orders import HoldReason, InSyncReason, StepReason
from orderbridge.domain.corrections import cancelled_by_us, present_status_change, reopened_from
from orderbridge.domain.facts import ShopText
from orderbridge.domain.holds import Actor, Hold, HoldCode, InSync
from orderbridge.domain.payloads import DeliveredPayload, ReturnedPayload, TrackingPayload
from orderbridge.domain.reasons import because
from orderbridge.domain.statuses import FINAL, PAIRED, PAIRED_IN_SHOP, MarketplaceStatus, ShopStatus
from orderbridge.domain.steps import Decision, PlannedStep

if TYPE_CHECKING:
    from orderbridge.domain.dates import ShopDate
    from orderbridge.domain.orders import OrderState
    from orderbridge.domain.reasons import Reason
    from orderbridge.domain.rules import Rules
    from orderbridge.domain.views import MarketplaceView, ShopView

FAR_AHEAD = timedelta(days=3)
"""How far ahead a delivery date may lie before it counts as a slip (R4.8). The clerk enters it after the delivery."""
_MAX_ZONE_DIFFERENCE = timedelta(days=1)
"""How far a day may be off because a time zone is set wrongly (R1.23)."""


def decide(
    order: OrderState,
    desired: ShopView,
    desired_since: datetime,
    observed: MarketplaceView,
    rules: Rules,
    now: datetime,
) -> Decision:
    """The decision on an order that the shop shows and whose status at MALL is certain; `now` is UTC.

    The questions come in this order: is the shop's record readable, is a step possible at all, is it legal, is it
    complete, is it due. `desired_since` is when the shop was first seen to want `desired`.
    """
    status = desired.status
    unreadable = _unreadable(order, desired) or _older_than_what_we_wrote(order, desired, observed, rules)
    if unreadable is not None or status is None:
        return unreadable or _unknown_status(desired)
    final = _when_final(order, desired, status, observed, rules)
    if final is not None:
        return final
    if _may_be_returned(order, desired, observed, rules):
        return _return(order, rules)
    if status is ShopStatus.PARTIALLY_SETTLED and rules.partially_settled == "hold":
        return Hold(HoldCode.PARTIALLY_SETTLED, because(HoldReason.PARTIALLY_SETTLED), Actor.CLERK)
    if status is ShopStatus.CANCELED:
        return _cancel(desired, desired_since, observed, rules)
    if status is ShopStatus.SETTLED:
        return _settle(desired, desired_since, observed, order, rules, now)
    return _reach(PAIRED[status], status, observed)


def _when_final(
    order: OrderState, desired: ShopView, status: ShopStatus, observed: MarketplaceView, rules: Rules
) -> Decision | None:
    """The decision if MALL holds a final status, or held one before; None otherwise (R2.1, R2.13)."""
    if observed.status is MarketplaceStatus.DELIVERED:
        return _after_delivered(order, desired, status, observed)
    if observed.status in FINAL:
        return _closed_at_marketplace(order, desired, status, observed.status, rules)
    once = reopened_from(order)
    return None if once is None else _reopened(order, once, observed)


def _unreadable(order: OrderState, desired: ShopView) -> Hold | None:
    """The hold if it is not sure which order of the shop this is, or what state it is in (R1.24); None: it is sure."""
    if desired.problems:
        return Hold(
            HoldCode.BAD_RECORD, because(HoldReason.BAD_RECORD, problems=desired.problems), Actor.CLERK
        )
    return two_orders(order)


def two_orders(order: OrderState) -> Hold | None:
    """The hold if the shop shows two orders with this MALL number (R1.22); None: it shows one."""
    if order.shop_side.conflicting_view is None:
        return None
    reason = because(
        HoldReason.TWO_ORDERS,
        order=order.mall_order_id,
        code=ShopText(order.shop_side.code),
        other=ShopText(order.shop_side.conflicting_view.code),
    )
    return Hold(HoldCode.TWO_ORDERS, reason, Actor.CLERK)


def _older_than_what_we_wrote(
    order: OrderState, desired: ShopView, observed: MarketplaceView, rules: Rules
) -> Hold | None:
    """The hold if the shop's order is older than MALL's, although we wrote it into the shop (R1.23); None: it is not.

    Then another order has the number, for example because its customer wrote the number into a remark.
    """
    opened_at = observed.opened_at
    if order.shop_side.imported_at is None or opened_at is None or desired.created is None:
        return None
    opened_on = opened_at.astimezone(ZoneInfo(rules.shop_zone)).date()
    if desired.created.day >= opened_on - _MAX_ZONE_DIFFERENCE:
        return None
    reason = because(
        HoldReason.OLDER_THAN_OURS,
        code=ShopText(desired.code),
        created=desired.created.day,
        order=order.mall_order_id,
        opened=opened_on,
    )
    return Hold(HoldCode.BAD_RECORD, reason, Actor.CLERK)


def _unknown_status(desired: ShopView) -> Hold:
    reason = because(HoldReason.UNKNOWN_SHOP_STATUS, name=ShopText(desired.status_name))
    return Hold(HoldCode.UNKNOWN_SHOP_STATUS, reason, Actor.CLERK)


def _after_delivered(
    order: OrderState, desired: ShopView, status: ShopStatus, observed: MarketplaceView
) -> Decision:
    """The decision after Delivered: no step ever (R2.2, R2.8 to R2.10)."""
    if status is ShopStatus.CANCELED:
        return Hold(HoldCode.AFTER_DELIVERED, because(HoldReason.AFTER_DELIVERED_CANCELED), Actor.CLERK)
    if observed.marketplace_delivery and status is not ShopStatus.SETTLED:
        return InSync(because(InSyncReason.DELIVERED_MARKETPLACE_DELIVERY, shop=status))
    if status is not ShopStatus.SETTLED:
        reason = because(HoldReason.AFTER_DELIVERED_SET_BACK, shop=status)
        return Hold(HoldCode.AFTER_DELIVERED, reason, Actor.CLERK)
    sent_for = order.marketplace.sent_delivery_date
    if sent_for is not None and desired.delivery_problem is not None:
        reason = because(
            HoldReason.BAD_DELIVERY_DATE_AFTER_DELIVERED, problem=desired.delivery_problem, sent=sent_for
        )
        return Hold(HoldCode.BAD_DELIVERY_DATE, reason, Actor.CLERK)
    if sent_for is not None and desired.delivery != sent_for:
        return Hold(HoldCode.AFTER_DELIVERED, _date_changed(sent_for, desired.delivery), Actor.CLERK)
    if observed.marketplace_delivery:
        return InSync(because(InSyncReason.DELIVERED_MARKETPLACE_DELIVERY, shop=status))
    return InSync(because(InSyncReason.DELIVERED))


def _date_changed(sent: ShopDate, now: ShopDate | None) -> Reason:
    if now is None:
        return because(HoldReason.AFTER_DELIVERED_DATE_REMOVED, sent=sent)
    return because(HoldReason.AFTER_DELIVERED_DATE_CHANGED, sent=sent, now=now)


def _reopened(order: OrderState, once: MarketplaceStatus, observed: MarketplaceView) -> Hold:
    if once is MarketplaceStatus.DELIVERED:
        reason = because(HoldReason.REOPENED_DELIVERED, held=observed.status)
    else:
        reason = because(HoldReason.REOPENED, once=once, held=observed.status, order=order.mall_order_id)
    return Hold(HoldCode.REOPENED, reason, Actor.CLERK)


def _may_be_returned(order: OrderState, desired: ShopView, observed: MarketplaceView, rules: Rules) -> bool:
    """Whether a person's request for Returned still stands (R5.9, R5.10): shipped, not delivered, not MALL Delivery."""
    if order.cases.return_request is None or not rules.push_returned or observed.marketplace_delivery:
        return False
    undelivered = desired.delivery is None and desired.delivery_problem is None
    coming_back = desired.status is ShopStatus.CANCELED or (
        desired.status is ShopStatus.SETTLED and undelivered
    )
    return coming_back and observed.status is MarketplaceStatus.SHIPPED


def _return(order: OrderState, rules: Rules) -> PlannedStep:
    """The step Returned. It is final, so it waits out the undo window (R2.12)."""
    request = order.cases.return_request
    if request is None:  # pragma: no cover - excluded by _may_be_returned, repeated for the type checker
        msg = f"order {order.label}: there is no request for Returned"
        raise ValueError(msg)
    return PlannedStep(
        Action.RETURNED,
        ReturnedPayload(request.at),
        because(StepReason.RETURNED, by=ShopText(request.by)),
        request.at + timedelta(seconds=rules.undo_window_seconds),
    )


def _closed_at_marketplace(
    order: OrderState, desired: ShopView, status: ShopStatus, held: MarketplaceStatus, rules: Rules
) -> Decision:
    """The decision if MALL holds Returned, Lost or Cancelled (R2.11).

    With ``import: create`` a cancellation is written into the shop once per order (R7.14). Not if the order is settled:
    the parcel has left, and a person must stop it.
    """
    if status is ShopStatus.CANCELED:
        return InSync(because(InSyncReason.ENDED, held=held))
    if (
        held is MarketplaceStatus.CANCELLED
        and rules.import_mode == "create"
        and status is not ShopStatus.SETTLED
        and order.shop_side.canceled_at is None
        and not cancelled_by_us(order)
        and desired.code
        and order.marketplace.observed is not None
        and not opened_too_early(order.marketplace.observed, rules)
    ):
        # The clerk may have handed the parcel over since. So an export must show the order before the write.
        known = present_status_change(order)
        known_since = order.marketplace.observed_at if known is None else known.at
        return PlannedStep(Action.CANCEL_IN_SHOP, None, because(StepReason.CANCEL_IN_SHOP), known_since)
    code = {
        MarketplaceStatus.CANCELLED: _after_cancelled(order, status),
        MarketplaceStatus.RETURNED: HoldReason.RETURNED,
        MarketplaceStatus.LOST: HoldReason.LOST,
    }[held]
    return Hold(HoldCode.MARKETPLACE_CLOSED, because(code), Actor.CLERK)


def _after_cancelled(order: OrderState, status: ShopStatus) -> HoldReason:
    """Why an order is held that MALL holds as Cancelled and that goes on in the shop."""
    if cancelled_by_us(order):
        return HoldReason.CANCELLED_BY_US
    return HoldReason.CANCELLED_SETTLED if status is ShopStatus.SETTLED else HoldReason.CANCELLED


def opened_too_early(observed: MarketplaceView, rules: Rules) -> bool:
    """Whether the order was opened before the day from which orders are written into the shop (R7.10)."""
    return rules.import_opened_from is not None and opened_before(rules.import_opened_from, observed, rules)


def opened_before(day: date, observed: MarketplaceView, rules: Rules) -> bool:
    """Whether the order was opened before `day` (in the shop's zone); False if MALL does not say when."""
    if observed.opened_at is None:
        return False
    return observed.opened_at.astimezone(ZoneInfo(rules.shop_zone)).date() < day


def _cancel(desired: ShopView, desired_since: datetime, observed: MarketplaceView, rules: Rules) -> Decision:
    """The decision on an order that is canceled in the shop. Cancelled is possible until Shipping (R1.10)."""
    if observed.status is MarketplaceStatus.BLOCKED:
        return _blocked(MarketplaceStatus.CANCELLED)
    if observed.status is MarketplaceStatus.SHIPPED and observed.marketplace_delivery:
        reason = because(HoldReason.CANCEL_TOO_LATE_MARKETPLACE_DELIVERY)
        return Hold(HoldCode.CANCEL_TOO_LATE, reason, Actor.NOBODY)
    if observed.status is MarketplaceStatus.SHIPPED and desired.delivery is not None:
        reason = because(HoldReason.CANCEL_TOO_LATE_DELIVERED, delivery=desired.delivery)
        return Hold(HoldCode.CANCEL_TOO_LATE, reason, Actor.CLERK)
    if observed.status is MarketplaceStatus.SHIPPED:
        return Hold(HoldCode.CANCEL_TOO_LATE, because(HoldReason.CANCEL_TOO_LATE), Actor.CLERK)
    return PlannedStep(
        Action.CANCELLED,
        None,
        because(StepReason.CANCELLED),
        desired_since + timedelta(seconds=rules.undo_window_seconds),
    )


def _reach(target: MarketplaceStatus, status: ShopStatus, observed: MarketplaceView) -> Decision:
    """The decision on an order that is pending (wants Open) or being handled (wants Shipping) (R1.6, R1.7)."""
    if observed.status is target:
        return InSync(because(InSyncReason.AGREE, shop=status, held=target))
    if observed.marketplace_delivery and observed.status is MarketplaceStatus.SHIPPED:
        return InSync(because(InSyncReason.SHIPPED_MARKETPLACE_DELIVERY, shop=status))
    if observed.status is MarketplaceStatus.BLOCKED:
        if target is MarketplaceStatus.OPEN:
            return InSync(because(InSyncReason.BLOCKED))
        return _blocked(target)
    if observed.status is MarketplaceStatus.OPEN:
        return PlannedStep(Action.SHIPPING, None, because(StepReason.SHIPPING))
    wanted = PAIRED_IN_SHOP[observed.status]
    reason = because(HoldReason.STEP_BACK, shop=status, held=observed.status, wanted=wanted)
    return Hold(HoldCode.STEP_BACK, reason, Actor.CLERK)


def _blocked(wanted: MarketplaceStatus) -> Hold:
    reason = because(HoldReason.MARKETPLACE_BLOCKED, wanted=wanted)
    return Hold(HoldCode.MARKETPLACE_BLOCKED, reason, Actor.MARKETPLACE)


def _settle(
    desired: ShopView,
    desired_since: datetime,
    observed: MarketplaceView,
    order: OrderState,
    rules: Rules,
    now: datetime,
) -> Decision:
    """The decision on a settled order: Shipped, or with a delivery date Delivered (R1.8, R1.9, R1.12)."""
    if observed.status is MarketplaceStatus.BLOCKED:
        return _blocked(MarketplaceStatus.SHIPPED)
    if observed.marketplace_delivery:
        return _settle_marketplace_delivery(observed, rules)
    tracking = wanted_tracking(desired, rules)
    if observed.status is not MarketplaceStatus.SHIPPED:
        return _ship(
            desired, order.wanted_since(MarketplaceStatus.SHIPPED) or desired_since, tracking, rules, now
        )
    delivered: Decision
    if desired.delivery is None and desired.delivery_problem is None:
        delivered = InSync(because(InSyncReason.SHIPPED))
    else:
        delivered = _deliver(desired, desired_since, order, rules, now)
    if isinstance(tracking, NoTracking) or _has_tracking(order, observed, tracking):
        return delivered
    correction = PlannedStep(
        Action.TRACKING, TrackingPayload(tracking.without_notes()), because(StepReason.TRACKING)
    )
    if order.refused(correction.action, correction.payload) and not isinstance(delivered, InSync):
        return delivered  # a tracking number that MALL refuses must not delay Delivered
    return correction


def _has_tracking(order: OrderState, observed: MarketplaceView, tracking: Tracking) -> bool:
    """Whether MALL shows `tracking`, or accepted it from us last and shows it in another form (R3.16)."""
    shown = Tracking(observed.tracking_number, observed.tracking_url)
    return tracking in {shown, order.marketplace.sent_tracking}


def _settle_marketplace_delivery(observed: MarketplaceView, rules: Rules) -> Decision:
    """The decision on a settled order of MALL Delivery (R1.15, R1.16)."""
    if observed.status is MarketplaceStatus.OPEN:
        return PlannedStep(Action.SHIPPING, None, because(StepReason.SHIPPING_MARKETPLACE_DELIVERY))
    if observed.status is MarketplaceStatus.SHIPPING and rules.push_shipped_for_marketplace_delivery:
        return PlannedStep(Action.SHIPPED, None, because(StepReason.SHIPPED_MARKETPLACE_DELIVERY))
    reason = because(HoldReason.MARKETPLACE_DELIVERY, held=observed.status)
    return Hold(HoldCode.MARKETPLACE_DELIVERY, reason, Actor.NOBODY)


def _ship(
    desired: ShopView,
    settled_since: datetime,
    tracking: Tracking | NoTracking,
    rules: Rules,
    now: datetime,
) -> Decision:
    """The step Shipped with number and address (R3.1); without them the setting decides (R3.3, R3.4).

    The wait begins when the order was settled. A delivery date that is entered meanwhile does not start it again.
    """
    if isinstance(tracking, Tracking):
        payload = TrackingPayload(tracking.without_notes())
        return PlannedStep(Action.SHIPPED, payload, _why_shipped(desired.delivery, tracking.notes))
    waits = rules.missing_tracking_wait_seconds
    until = None if waits is None else settled_since + timedelta(seconds=waits)
    if rules.missing_tracking == "hold" and (until is None or now < until):
        return _wait_for_tracking(tracking, until)
    reason = because(StepReason.SHIPPED_WITHOUT_TRACKING, why=tracking.reason)
    return PlannedStep(Action.SHIPPED, TrackingPayload(None), reason)


def _wait_for_tracking(tracking: NoTracking, until: datetime | None) -> Hold:
    """The hold until the clerk corrects the tracking, at most until `until` (R3.3, R3.4)."""
    hold, forever, limited = (
        (HoldCode.MISSING_TRACKING, HoldReason.MISSING_TRACKING, HoldReason.MISSING_TRACKING_UNTIL)
        if tracking.missing
        else (HoldCode.BAD_TRACKING, HoldReason.BAD_TRACKING, HoldReason.BAD_TRACKING_UNTIL)
    )
    if until is None:
        return Hold(hold, because(forever, why=tracking.reason), Actor.CLERK)
    return Hold(hold, because(limited, why=tracking.reason, until=until), Actor.CLERK, until)


def _why_shipped(delivery: ShopDate | None, notes: tuple[Reason, ...]) -> Reason:
    if delivery is None:
        return because(StepReason.SHIPPED_NOTED, notes=notes) if notes else because(StepReason.SHIPPED)
    if notes:
        return because(StepReason.SHIPPED_WITH_DATE_NOTED, delivery=delivery, notes=notes)
    return because(StepReason.SHIPPED_WITH_DATE, delivery=delivery)


def _deliver(
    desired: ShopView, desired_since: datetime, order: OrderState, rules: Rules, now: datetime
) -> Decision:
    """The decision on a shipped order with a delivery date, readable or not (R4.6 to R4.10, R2.3)."""
    zone = ZoneInfo(rules.shop_zone)
    delivery = desired.delivery
    if delivery is None:
        return _no_usable_date(desired)
    if (
        desired.created_problem is not None
        and order.marketplace.observed is not None
        and order.marketplace.observed.opened_at is None
    ):
        reason = because(HoldReason.NO_BEGINNING, problem=desired.created_problem)
        return Hold(HoldCode.BAD_RECORD, reason, Actor.CLERK)
    if dates.before_order(delivery, order, zone):
        reason = because(HoldReason.DELIVERY_BEFORE_ORDER, delivery=delivery)
        return Hold(HoldCode.DELIVERY_BEFORE_ORDER, reason, Actor.CLERK)
    possible_from = dates.possible_from(
        delivery,
        order.shop_side.delivery_since or desired_since,
        order.shop_side.delivery_entered_after,
        desired.created,
        zone,
    )
    if possible_from is not None and now < possible_from:
        slip = possible_from - now > FAR_AHEAD
        if slip:
            code = HoldReason.FUTURE_DELIVERY_DATE_SLIP
        elif now < delivery.earliest(zone):
            code = HoldReason.FUTURE_DELIVERY_DATE
        else:
            code = HoldReason.TYPED_EARLY
        return Hold(
            HoldCode.FUTURE_DELIVERY_DATE,
            because(code, delivery=delivery, possible_from=possible_from),
            Actor.CLERK if slip else Actor.NOBODY,
            possible_from,
        )
    window_ends = desired_since + timedelta(seconds=rules.undo_window_seconds)
    return PlannedStep(
        Action.DELIVERED,
        DeliveredPayload(delivery),
        because(StepReason.DELIVERED, delivery=delivery),
        window_ends if possible_from is None else max(window_ends, possible_from),
    )


def _no_usable_date(desired: ShopView) -> Hold:
    problem = desired.delivery_problem
    if problem is None:  # pragma: no cover - excluded by _settle, repeated for the type checker
        msg = f"order {desired.code} has no delivery date"
        raise ValueError(msg)
    return Hold(
        HoldCode.BAD_DELIVERY_DATE, because(HoldReason.BAD_DELIVERY_DATE, problem=problem), Actor.CLERK
    )


def wanted_tracking(desired: ShopView, rules: Rules) -> Tracking | NoTracking:
    """The tracking for Shipped, or why the shop's record gives none."""
    return tracking_of(desired, rules)
