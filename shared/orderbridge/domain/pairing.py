"""The pairing: what the shop's state asks for beside what MALL holds, or why no step does that (docs/rules.md, R1)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from orderbridge.domain import delivery as dates
from orderbridge.domain.actions import Action
from orderbridge.domain.carriers import NoTracking, Tracking, tracking_of
from orderbridge.domain.corrections import came_to_hold, cancelled_by_us, reopened_from
from orderbridge.domain.holds import Actor, Hold, HoldCode, InSync
from orderbridge.domain.operations_texts import how_to_process_again
from orderbridge.domain.payloads import DeliveredPayload, ReturnedPayload, TrackingPayload
from orderbridge.domain.statuses import FINAL, MarketplaceStatus, ShopStatus
from orderbridge.domain.steps import Decision, PlannedStep

if TYPE_CHECKING:
    from orderbridge.domain.orders import OrderState
    from orderbridge.domain.rules import Rules
    from orderbridge.domain.views import MarketplaceView, ShopView

FAR_AHEAD = timedelta(days=3)
"""A delivery date that lies further ahead is taken for a slip: it is filled in once the parcel was taken over."""
_ZONES_DIFFER = timedelta(days=1)
"""So much a day may seem to be off where a zone is set wrongly."""


def decide(
    order: OrderState,
    desired: ShopView,
    desired_since: datetime,
    observed: MarketplaceView,
    rules: Rules,
    now: datetime,
) -> Decision:
    """The decision on an order that the shop shows and whose status at the marketplace is known; `now` is UTC.

    The order of the questions is the rule: is the shop's record readable, is anything possible at all, is it legal, is
    it complete, is it time.
    """
    status = desired.status
    unreadable = _unreadable(order, desired) or _older_than_what_we_wrote(order, desired, observed, rules)
    if unreadable is not None or status is None:
        return unreadable or _unknown_status(desired)
    ended = _ended(order, desired, status, observed, rules)
    if ended is not None:
        return ended
    if _may_be_returned(order, desired, observed, rules):
        return _return(order, rules)
    if status is ShopStatus.PARTIALLY_SETTLED and rules.partially_settled == "hold":
        return Hold(
            HoldCode.PARTIALLY_SETTLED,
            "MALL knows no partial status: settle or cancel the order in the shop when all of it is done",
            Actor.CLERK,
        )
    if status is ShopStatus.CANCELED:
        return _cancel(desired, desired_since, observed, rules)
    if status is ShopStatus.SETTLED:
        return _settle(desired, desired_since, observed, order, rules, now)
    target = MarketplaceStatus.OPEN if status is ShopStatus.PENDING else MarketplaceStatus.SHIPPING
    return _reach(target, status, observed)


def _ended(
    order: OrderState, desired: ShopView, status: ShopStatus, observed: MarketplaceView, rules: Rules
) -> Decision | None:
    """The decision where the marketplace holds, or once held, a final status; None otherwise."""
    if observed.status is MarketplaceStatus.DELIVERED:
        return _after_delivered(order, desired, status, observed)
    if observed.status in FINAL:
        return _closed_at_marketplace(order, desired, status, observed.status, rules)
    once = reopened_from(order)
    return None if once is None else _reopened(order, once, observed)


def _unreadable(order: OrderState, desired: ShopView) -> Hold | None:
    if desired.problems:
        return Hold(HoldCode.BAD_RECORD, "; ".join(desired.problems), Actor.CLERK)
    return two_orders(order)


def two_orders(order: OrderState) -> Hold | None:
    """The hold of an order under whose number the shop shows another one; None if it does not."""
    if order.shop_side.conflicting_view is None:
        return None
    code, other = order.shop_side.code, order.shop_side.conflicting_view.code
    return Hold(
        HoldCode.TWO_ORDERS,
        f"MALL number {order.mall_order_id} stands in orders {code} and {other} of the shop: if {code} is right, "
        f"remove the number from {other} and save {code} once more; if {other} is right, "
        f"{how_to_process_again(order)}",
        Actor.CLERK,
    )


def _older_than_what_we_wrote(
    order: OrderState, desired: ShopView, observed: MarketplaceView, rules: Rules
) -> Hold | None:
    """The hold of an order of the shop that cannot be the one that we wrote there: it is older than MALL's.

    Somebody else's order has the number then, such as one whose customer wrote it into a remark.
    """
    opened_at = observed.opened_at
    if order.shop_side.imported_at is None or opened_at is None or desired.created is None:
        return None
    opened_on = opened_at.astimezone(ZoneInfo(rules.shop_zone)).date()
    if desired.created.day >= opened_on - _ZONES_DIFFER:
        return None
    return Hold(
        HoldCode.BAD_RECORD,
        f"order {desired.code} of the shop is of {desired.created.day}, and MALL opened order {order.mall_order_id} on "
        f"{opened_on}: it cannot be the one that was written into the shop. Take MALL's number out of it",
        Actor.CLERK,
    )


def _unknown_status(desired: ShopView) -> Hold:
    return Hold(
        HoldCode.UNKNOWN_SHOP_STATUS,
        f"the shop's state {desired.status_name!r} is not known: set one of the five states, or have the state added "
        "to the profile",
        Actor.CLERK,
    )


def _after_delivered(
    order: OrderState, desired: ShopView, status: ShopStatus, observed: MarketplaceView
) -> Decision:
    """After Delivered nothing is ever sent (R2.2)."""
    if status is ShopStatus.CANCELED:
        return Hold(
            HoldCode.AFTER_DELIVERED,
            "canceled in the shop after Delivered: the status at MALL stays Delivered; if the customer withdrew, "
            "ask MALL's Operations for a return document and issue the credit note",
            Actor.CLERK,
        )
    if observed.marketplace_delivery and status is not ShopStatus.SETTLED:
        return InSync(f"{status.value} in the shop, delivered at MALL by MALL Delivery")
    if status is not ShopStatus.SETTLED:
        return Hold(
            HoldCode.AFTER_DELIVERED,
            f"the shop says {desired.status_name!r} but MALL holds Delivered, which is final: set the order back "
            "to settled in the shop; if Delivered was a mistake, tell MALL's Operations",
            Actor.CLERK,
        )
    sent_for = order.marketplace.sent_delivery_date
    if sent_for is not None and desired.delivery_problem:
        return Hold(
            HoldCode.BAD_DELIVERY_DATE,
            f"{desired.delivery_problem}; Delivered had been sent for {sent_for}: correct the date in the shop",
            Actor.CLERK,
        )
    if sent_for is not None and desired.delivery != sent_for:
        return Hold(
            HoldCode.AFTER_DELIVERED,
            f"the delivery date was changed after Delivered had been sent (sent for {sent_for}, now "
            f"{desired.delivery or 'empty'}): MALL's date stays; if it is wrong, tell MALL's Operations",
            Actor.CLERK,
        )
    by = " by MALL Delivery" if observed.marketplace_delivery else ""
    return InSync(f"settled in the shop, delivered at MALL{by}")


def _reopened(order: OrderState, once: MarketplaceStatus, observed: MarketplaceView) -> Hold:
    held = observed.status.value
    if once is MarketplaceStatus.DELIVERED:
        todo = (
            "Delivered cannot be undone, so nothing is sent for this order any more: settle with MALL's Operations "
            "what is right, and have them set it"
        )
    else:
        todo = (
            f"nothing is sent until a person says which word counts. If {held} is right, because MALL's Operations "
            f"corrected the order, {how_to_process_again(order)}: that accepts {held}, and the order goes on from "
            "there. If it is wrong, tell MALL's Operations"
        )
    return Hold(
        HoldCode.REOPENED,
        f"MALL had {once.value}, which is final, and now shows {held}: {todo}",
        Actor.CLERK,
    )


def _may_be_returned(order: OrderState, desired: ShopView, observed: MarketplaceView, rules: Rules) -> bool:
    """Whether a person's request for Returned still stands: shipped, no delivery date, not MALL Delivery."""
    if order.cases.return_request is None or not rules.push_returned or observed.marketplace_delivery:
        return False
    undelivered = desired.delivery is None and not desired.delivery_problem
    back = desired.status is ShopStatus.CANCELED or (desired.status is ShopStatus.SETTLED and undelivered)
    return back and observed.status is MarketplaceStatus.SHIPPED


def _return(order: OrderState, rules: Rules) -> PlannedStep:
    """Returned is final as Delivered is, so it waits out the undo window too."""
    request = order.cases.return_request
    if request is None:  # pragma: no cover - excluded by _may_be_returned, said again for the type checker
        msg = f"order {order.label}: nobody asked for Returned"
        raise ValueError(msg)
    return PlannedStep(
        Action.RETURNED,
        ReturnedPayload(request.at),
        f"{request.by} says that the parcel is back and asked for Returned",
        request.at + timedelta(seconds=rules.undo_window_seconds),
    )


def _closed_at_marketplace(
    order: OrderState, desired: ShopView, status: ShopStatus, held: MarketplaceStatus, rules: Rules
) -> Decision:
    """Final at the marketplace. With ``import: create`` a cancellation is written into the shop, once per order.

    Not once the parcel is out of the house (settled): then a person has to stop it and to decide.
    """
    if status is ShopStatus.CANCELED:
        return InSync(f"canceled in the shop, {held.value} at MALL: the sale has ended on both sides")
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
        # The clerk may have handed the parcel over since: the shop is read once more before it is written to.
        known = came_to_hold(order)
        known_since = order.marketplace.observed_at if known is None else known.at
        return PlannedStep(Action.CANCEL_IN_SHOP, None, "cancelled by MALL or the customer", known_since)
    advice = {
        MarketplaceStatus.CANCELLED: _after_cancelled(order, status),
        MarketplaceStatus.RETURNED: "the parcel came back; close the order in the shop",
        MarketplaceStatus.LOST: "the parcel was lost; settle the loss with MALL and close the order in the shop",
    }[held]
    return Hold(
        HoldCode.MARKETPLACE_CLOSED, f"MALL holds {held.value}, which is final: {advice}", Actor.CLERK
    )


def _after_cancelled(order: OrderState, status: ShopStatus) -> str:
    """What a person does about an order that the shop goes on with and the marketplace holds as Cancelled."""
    if cancelled_by_us(order):
        return (
            "it was set because the shop had canceled the order. If that was a mistake, send the ready text in GET "
            "/escalations to MALL's Operations, and do not hand the parcel over until MALL shows the right status; if "
            "the parcel is on its way, tell them at once. If Cancelled is right, cancel the order in the shop"
        )
    if status is ShopStatus.SETTLED:
        return (
            "if the parcel is still on your premises, keep it and cancel the order in the shop; if it is on its way, "
            "have it brought back, or settle with MALL's Operations what is right"
        )
    return "do not send the parcel; cancel the order in the shop"


def opened_too_early(observed: MarketplaceView, rules: Rules) -> bool:
    """Whether the order is from before the day from which on orders are written into the shop."""
    return rules.import_opened_from is not None and opened_before(rules.import_opened_from, observed, rules)


def opened_before(day: date, observed: MarketplaceView, rules: Rules) -> bool:
    """Whether the order was opened before `day` (the shop's); False if the marketplace does not say when."""
    if observed.opened_at is None:
        return False
    return observed.opened_at.astimezone(ZoneInfo(rules.shop_zone)).date() < day


def _cancel(desired: ShopView, desired_since: datetime, observed: MarketplaceView, rules: Rules) -> Decision:
    """Cancelled is possible at the latest in Shipping (R1.10)."""
    if observed.status is MarketplaceStatus.BLOCKED:
        return _blocked("cancelled")
    if observed.status is MarketplaceStatus.SHIPPED and observed.marketplace_delivery:
        return Hold(
            HoldCode.CANCEL_TOO_LATE,
            "canceled in the shop after Shipped: MALL takes Cancelled only up to Shipping. MALL Delivery carries the "
            "parcel, and MALL sets by itself what follows: Returned when it was collected, Delivered if the customer "
            "took it. Nothing is to be set; if the customer took it, settle the order again in the shop",
            Actor.NOBODY,
        )
    if observed.status is MarketplaceStatus.SHIPPED and desired.delivery is not None:
        return Hold(
            HoldCode.CANCEL_TOO_LATE,
            f"canceled in the shop, with delivery date {desired.delivery}, while MALL holds Shipped: if the customer "
            "had the parcel and withdrew, settle the order again until Delivered is set at MALL, then cancel it; if "
            "the parcel was never delivered, take the date out",
            Actor.CLERK,
        )
    if observed.status is MarketplaceStatus.SHIPPED:
        return Hold(
            HoldCode.CANCEL_TOO_LATE,
            "canceled in the shop after Shipped: MALL takes Cancelled only up to Shipping; if the parcel comes "
            "back, set Returned in the partner portal by hand, otherwise settle the order again",
            Actor.CLERK,
        )
    return PlannedStep(
        Action.CANCELLED,
        None,
        "canceled in the shop",
        desired_since + timedelta(seconds=rules.undo_window_seconds),
    )


def _reach(target: MarketplaceStatus, status: ShopStatus, observed: MarketplaceView) -> Decision:
    """Pending wants Open, being handled wants Shipping (R1.6, R1.7)."""
    if observed.status is target:
        return InSync(f"{status.value} in the shop, {target.value} at MALL")
    if observed.marketplace_delivery and observed.status is MarketplaceStatus.SHIPPED:
        return InSync(f"{status.value} in the shop, shipped at MALL by MALL Delivery")
    if observed.status is MarketplaceStatus.BLOCKED:
        if target is MarketplaceStatus.OPEN:
            return InSync("pending in the shop, blocked at MALL: MALL opens the order")
        return _blocked(target.value)
    if observed.status is MarketplaceStatus.OPEN:
        return PlannedStep(Action.SHIPPING, None, "being handled in the shop")
    return Hold(
        HoldCode.STEP_BACK,
        f"the shop says {status.value} but MALL already holds {observed.status.value}, and MALL knows no way "
        "back: set the order forward again in the shop; if MALL's status is wrong, tell MALL's Operations",
        Actor.CLERK,
    )


def _blocked(wanted: str) -> Hold:
    return Hold(
        HoldCode.MARKETPLACE_BLOCKED,
        f"MALL has blocked this order, so {wanted} cannot be set: wait until MALL opens it, do not send the parcel",
        Actor.MARKETPLACE,
    )


def _settle(
    desired: ShopView,
    desired_since: datetime,
    observed: MarketplaceView,
    order: OrderState,
    rules: Rules,
    now: datetime,
) -> Decision:
    """Settled wants Shipped, and with a delivery date Delivered, by the shortest legal way (R1.8, R1.9, R1.12)."""
    if observed.status is MarketplaceStatus.BLOCKED:
        return _blocked("shipped")
    if observed.marketplace_delivery:
        return _settle_marketplace_delivery(observed, rules)
    tracking = wanted_tracking(desired, rules)
    if observed.status is not MarketplaceStatus.SHIPPED:
        return _ship(
            desired, order.wanted_since(MarketplaceStatus.SHIPPED) or desired_since, tracking, rules, now
        )
    delivered: Decision
    if desired.delivery is None and not desired.delivery_problem:
        delivered = InSync(
            "settled in the shop, shipped at MALL; Delivered follows when the delivery date is filled in"
        )
    else:
        delivered = _deliver(desired, desired_since, order, rules, now)
    if isinstance(tracking, NoTracking) or _has_tracking(order, observed, tracking):
        return delivered
    correction = PlannedStep(
        Action.TRACKING, TrackingPayload(tracking.without_note()), "tracking was added or changed in the shop"
    )
    if order.refused(correction.action, correction.payload) and not isinstance(delivered, InSync):
        return delivered  # a tracking number that MALL does not want must not keep Delivered back
    return correction


def _has_tracking(order: OrderState, observed: MarketplaceView, tracking: Tracking) -> bool:
    """Whether MALL has `tracking`: it shows it, or took it from us as the last. It may show it in a form of its own."""
    shown = Tracking(observed.tracking_number, observed.tracking_url)
    return tracking in {shown, order.marketplace.sent_tracking}


def _settle_marketplace_delivery(observed: MarketplaceView, rules: Rules) -> Decision:
    if observed.status is MarketplaceStatus.OPEN:
        return PlannedStep(Action.SHIPPING, None, "settled in the shop; MALL Delivery must not skip Shipping")
    if observed.status is MarketplaceStatus.SHIPPING and rules.push_shipped_for_marketplace_delivery:
        return PlannedStep(Action.SHIPPED, None, "settled in the shop")
    return Hold(
        HoldCode.MARKETPLACE_DELIVERY,
        f"MALL delivers this order itself: what follows {observed.status.value} is set by MALL",
        Actor.NOBODY,
    )


def _ship(
    desired: ShopView,
    settled_since: datetime,
    tracking: Tracking | NoTracking,
    rules: Rules,
    now: datetime,
) -> Decision:
    """Shipped carries a tracking number and address (R3.1); without them a setting decides (R3.3).

    The wait begins when the order was settled: a delivery date that is filled in meanwhile does not start it anew.
    """
    if isinstance(tracking, Tracking):
        note = f" ({tracking.note})" if tracking.note else ""
        return PlannedStep(
            Action.SHIPPED,
            TrackingPayload(tracking.without_note()),
            f"settled in the shop{_with_date(desired)}{note}",
        )
    waits = rules.missing_tracking_wait_seconds
    until = None if waits is None else settled_since + timedelta(seconds=waits)
    if rules.missing_tracking == "hold" and (until is None or now < until):
        code = HoldCode.MISSING_TRACKING if tracking.missing else HoldCode.BAD_TRACKING
        return Hold(code, f"Shipped waits for tracking: {tracking.reason}", Actor.CLERK, until)
    return PlannedStep(
        Action.SHIPPED,
        TrackingPayload(None),
        f"settled in the shop; sent without tracking: {tracking.reason}",
    )


def _with_date(desired: ShopView) -> str:
    return " with a delivery date" if desired.delivery is not None else ""


def _deliver(
    desired: ShopView, desired_since: datetime, order: OrderState, rules: Rules, now: datetime
) -> Decision:
    zone = ZoneInfo(rules.shop_zone)
    delivery = desired.delivery
    if delivery is None:
        return Hold(
            HoldCode.BAD_DELIVERY_DATE,
            f"Delivered waits: {desired.delivery_problem}",
            Actor.CLERK,
        )
    if (
        desired.created_problem
        and order.marketplace.observed is not None
        and order.marketplace.observed.opened_at is None
    ):
        return Hold(
            HoldCode.BAD_RECORD,
            f"Delivered waits, because nothing tells when the order began: {desired.created_problem}",
            Actor.CLERK,
        )
    if dates.before_order(delivery, order, zone):
        return Hold(
            HoldCode.DELIVERY_BEFORE_ORDER,
            f"delivery date {delivery} lies before the order existed: correct it in the shop",
            Actor.CLERK,
        )
    possible_from = dates.possible_from(
        delivery,
        order.shop_side.delivery_since or desired_since,
        order.shop_side.delivery_entered_after,
        desired.created,
        zone,
    )
    if possible_from is not None and now < possible_from:
        slip = possible_from - now > FAR_AHEAD
        advice = "correct it in the shop if it is a slip; otherwise " if slip else ""
        ahead = "is in the future" if now < delivery.earliest(zone) else "may have been typed before its day"
        return Hold(
            HoldCode.FUTURE_DELIVERY_DATE,
            f"delivery date {delivery} {ahead}: {advice}Delivered is sent when it is past",
            Actor.CLERK if slip else Actor.NOBODY,
            possible_from,
        )
    window_ends = desired_since + timedelta(seconds=rules.undo_window_seconds)
    return PlannedStep(
        Action.DELIVERED,
        DeliveredPayload(delivery),
        f"settled in the shop with delivery date {delivery}",
        window_ends if possible_from is None else max(window_ends, possible_from),
    )


def wanted_tracking(desired: ShopView, rules: Rules) -> Tracking | NoTracking:
    """What Shipped is to carry, or what is missing or wrong about it in the shop."""
    return tracking_of(desired, rules)
