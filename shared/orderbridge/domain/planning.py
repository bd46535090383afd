"""The rule at the heart of the product: the next legal step for one order, or the reason why there is none.

``plan`` is total: every combination of the shop's five states, the marketplace's eight statuses, confirmed or
not, MALL Delivery or not, with or without delivery date and tracking has one outcome. It reads nothing but its
arguments, so it may be asked as often as one likes, and again at the moment when a step is carried out.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from orderbridge.domain import delivery as dates
from orderbridge.domain.carriers import NoTracking, Tracking, tracking_of
from orderbridge.domain.orders import (
    Action,
    Actor,
    Decision,
    Hold,
    HoldCode,
    InStep,
    MarketplaceChange,
    MarketplaceView,
    OrderState,
    PlannedStep,
    ShopView,
)
from orderbridge.domain.statuses import FINAL, MarketplaceStatus, ShopStatus, allowed

if TYPE_CHECKING:
    from orderbridge.domain.rules import Rules


SHOWN_WITHIN = timedelta(hours=2)
"""How long the shop's export may take to show an order that the shop's import took."""
CONFIRM_WITHIN_VIEW = timedelta(minutes=5)
"""How old our knowledge of an order may be that is confirmed: what MALL did since would be confirmed unseen."""
SHOP_SETTLING = timedelta(minutes=30)
"""How long after an unclear answer of the shop's import its exports may tell what became of it."""
FAR_AHEAD = timedelta(days=3)
"""A delivery date that lies further ahead is taken for a slip: it is filled in once the parcel was taken over."""
BLOCKED_LOOK = timedelta(hours=1)
"""How often an order that MALL has blocked is read again, if the shop wants something of it."""


def plan(order: OrderState, rules: Rules, now: datetime) -> Decision:
    """The next step for `order` at `now` (UTC), or a hold, or "in step".

    The order of the questions is the rule: is the order readable, is the marketplace known, is anything
    possible at all, is it legal, is it complete, is it time.
    """
    desired = order.desired
    if order.parked:
        return parked_hold(order, order.parked)
    if desired is None or order.desired_since is None:
        return _not_in_the_export(order, rules, now)
    not_found = next((refusal for refusal in order.refusals if refusal.not_found), None)
    if not_found is not None:
        return Hold(HoldCode.NOT_AT_MARKETPLACE, not_found.text, Actor.CLERK)
    if order.observed is None or not order.observed_certain:
        return PlannedStep(Action.READ, _read_basis(order), _read_reason(order))
    decision = _decide(order, desired, order.desired_since, order.observed, rules, now)
    if isinstance(decision, Hold) and decision.code is HoldCode.MARKETPLACE_BLOCKED:
        return _blocked_until(order, decision, now)
    decision = _unless_refused(order, decision, now)
    return (
        decision
        if isinstance(decision, PlannedStep)
        else _or_confirm(order, order.observed, decision, rules, now)
    )


def _or_confirm(
    order: OrderState, observed: MarketplaceView, decision: Hold | InStep, rules: Rules, now: datetime
) -> Decision:
    """`decision`, or first the word to MALL that its last change was seen.

    MALL takes that word for whatever it holds by then, a customer's cancellation among it: so it rests on a fresh view.
    """
    confirm = _confirm(order, observed, rules)
    if confirm is None:
        return decision
    if order.refused(confirm.action, confirm.basis) is not None:
        return _unless_refused(order, confirm, now) if isinstance(decision, InStep) else decision
    seen_at = order.observed_at
    if seen_at is not None and now > seen_at + CONFIRM_WITHIN_VIEW:
        why = f"to be read before it is confirmed: {confirm.reason}"
        return PlannedStep(Action.READ, f"seen at {seen_at.isoformat()}", why)
    return replace(confirm, beside=decision if isinstance(decision, Hold) else None)


def _unless_refused(order: OrderState, decision: Decision, now: datetime) -> Decision:
    """`decision`, or why it is not carried out again."""
    if isinstance(decision, PlannedStep) and decision.action.in_shop and order.shop_doubt_at is not None:
        return _doubtful(order, decision.action, order.shop_doubt_at, now)
    refusal = order.refused(decision.action, decision.basis) if isinstance(decision, PlannedStep) else None
    if not isinstance(decision, PlannedStep) or refusal is None:
        return decision
    if decision.action.in_shop:
        what, todo = _IN_SHOP[decision.action]
        return Hold(
            HoldCode.IMPORT_REFUSED,
            f"the shop did not take {what}: {refusal.text}. {todo}, or remove the cause and "
            f"{how_to_process_again(order)}",
            Actor.CLERK,
        )
    return Hold(
        HoldCode.REFUSED,
        f"MALL refused {decision.action.value}: {refusal.text}. Check the order in the partner portal, then "
        f"change it in the shop or {how_to_process_again(order)}",
        Actor.CLERK,
    )


_IN_SHOP = {
    Action.CREATE_IN_SHOP: ("this order", "Enter it in the shop by hand, with MALL's number"),
    Action.CANCEL_IN_SHOP: (
        "the cancellation",
        "Do not send the parcel; cancel the order in the shop by hand",
    ),
}


def _not_in_the_export(order: OrderState, rules: Rules, now: datetime) -> Decision:
    """An order that only the marketplace has shown so far.

    With ``import: create`` an open one is written into the shop, once the export has been read since the order
    was first listed and did not have it (see ``progress.Gate``); after the shop took it, it is confirmed (MALL: orders
    are to be confirmed within 24 hours).
    """
    waiting = InStep("the shop's export has not shown this order yet")
    observed = order.observed
    if rules.import_mode != "create" or order.listed_at is None:
        return waiting
    not_found = next((refusal for refusal in order.refusals if refusal.not_found), None)
    if not_found is not None:
        return Hold(HoldCode.NOT_AT_MARKETPLACE, not_found.text, Actor.CLERK)
    if observed is None or not order.observed_certain:
        return PlannedStep(Action.READ, _read_basis(order), _read_reason(order))
    if order.created_in_shop_at is not None and not _wanted_again(order, order.created_in_shop_at):
        return _taken_by_the_shop(order, order.created_in_shop_at, observed, rules, now)
    if observed.status is not MarketplaceStatus.OPEN:
        return _or_confirm(order, observed, waiting, rules, now)
    reason = kept_out(order, observed, rules)
    if reason:
        return InStep(reason)
    not_before = max(order.listed_at, order.import_asked_at or order.listed_at)
    step = PlannedStep(Action.CREATE_IN_SHOP, "open", "open at MALL, not in the shop's export", not_before)
    return _unless_refused(order, step, now)


def _wanted_again(order: OrderState, taken_at: datetime) -> bool:
    """Whether a person asked for an order anew that the shop took and did not show for long."""
    return order.import_asked_at is not None and order.import_asked_at >= taken_at + SHOWN_WITHIN


def _taken_by_the_shop(
    order: OrderState, taken_at: datetime, observed: MarketplaceView, rules: Rules, now: datetime
) -> Decision:
    """An order that the shop's import took and its export has not shown yet.

    An import may say yes and lose the order afterwards. MALL counts on it by then: so people are told.
    """
    if observed.status is MarketplaceStatus.CANCELLED:
        return Hold(
            HoldCode.MARKETPLACE_CLOSED,
            "MALL holds cancelled, and the shop took the order but has not shown it yet: look for it in the shop, "
            "do not send the parcel, cancel the order there",
            Actor.CLERK,
        )
    if now < taken_at + SHOWN_WITHIN or observed.status in FINAL:
        shown = InStep("the shop took the order; its export has not shown it yet")
        return _or_confirm(order, observed, shown, rules, now)
    what, todo = _IN_SHOP[Action.CREATE_IN_SHOP]
    missing = Hold(
        HoldCode.IMPORT_REFUSED,
        f"the shop took {what}, and its exports have not shown it since. Look in the shop; where it is missing: "
        f"{todo}, or {how_to_process_again(order)}",
        Actor.CLERK,
    )
    return _or_confirm(order, observed, missing, rules, now)


def _doubtful(order: OrderState, action: Action, doubt_at: datetime, now: datetime) -> Hold:
    """Nothing is written a second time by itself: an import may work in the background, an export may lag for hours."""
    what, todo = _IN_SHOP[action]
    until = doubt_at + SHOP_SETTLING
    if now < until:
        text = f"the answer of the shop's import to {what} was not clear: the shop's next exports may tell"
        return Hold(HoldCode.IMPORT_UNCLEAR, text, Actor.NOBODY, until)
    return Hold(
        HoldCode.IMPORT_REFUSED,
        f"the answer of the shop's import to {what} was not clear, and its exports have not shown it since. Look in "
        f"the shop; where it is missing: {todo}, or {how_to_process_again(order)}",
        Actor.CLERK,
    )


def kept_out(order: OrderState, observed: MarketplaceView, rules: Rules) -> str:
    """Why an open order is not written into the shop; empty if it is."""
    if observed.confirmed and order.created_in_shop_at is None:
        return "confirmed at MALL by somebody else: not written into the shop, it may come by other means"
    if order.test and not rules.test_orders:
        return "a test order: the setting test_orders keeps it out of the shop"
    if _opened_too_early(observed, rules):
        return "opened at MALL before import_opened_from: not written into the shop"
    return ""


def _would_be_created(order: OrderState, observed: MarketplaceView, rules: Rules) -> bool:
    """Whether an order was ours to bring into the shop; what another importer brought is its to confirm."""
    return not (order.test and not rules.test_orders) and not _opened_too_early(observed, rules)


def _opened_too_early(observed: MarketplaceView, rules: Rules) -> bool:
    return rules.import_opened_from is not None and opened_before(rules.import_opened_from, observed, rules)


def opened_before(day: date, observed: MarketplaceView, rules: Rules) -> bool:
    """Whether the order was opened before `day` (the shop's); False if the marketplace does not say when."""
    if observed.opened_at is None:
        return False
    return observed.opened_at.astimezone(ZoneInfo(rules.shop_zone)).date() < day


def _confirm(order: OrderState, observed: MarketplaceView, rules: Rules) -> PlannedStep | None:
    """The word to the marketplace that a change of its side was taken over, where it waits for one.

    An open order is confirmed by itself only where we brought it into the shop (``import: create``); otherwise its
    confirmation rides along with its first status, as ever. With ``off`` nothing of MALL's side is acknowledged.
    """
    if observed.confirmed or not order.observed_certain or observed.status is MarketplaceStatus.BLOCKED:
        return None
    if rules.import_mode == "off":
        return None
    in_the_shop = order.desired is not None or order.created_in_shop_at is not None
    ours = in_the_shop or (observed.status in FINAL and _would_be_created(order, observed, rules))
    if rules.import_mode == "create" and ours:
        reason = order.acknowledge or "the shop has the order"
    elif in_the_shop and order.acknowledge:
        reason = order.acknowledge
    else:
        return None
    return PlannedStep(Action.CONFIRM, f"confirm {observed.status.value}", reason)


def how_to_process_again(order: OrderState) -> str:
    """What a person does for the order to be looked at afresh, whatever it waits for."""
    return f"have it processed again with POST /orders/{order.mall_order_id}/retry"


def parked_hold(order: OrderState, what: str) -> Hold:
    """The hold of an order one of whose messages failed too often."""
    return Hold(
        HoldCode.PARKED,
        f"parked after repeated failures ({what}): find the cause in the log, then {how_to_process_again(order)}",
        Actor.INTEGRATOR,
    )


def change_for(order: OrderState, step: PlannedStep, rules: Rules, now: datetime) -> MarketplaceChange:
    """The content of the PUT that carries `step` out at `now`. `step` must come from ``plan`` on this `order`.

    ``confirmed: true`` rides along with the first status of an unconfirmed order, and never a second time
    (MALL: confirmed).
    """
    observed, desired = order.observed, order.desired
    if step.action is Action.CONFIRM:
        return MarketplaceChange(None, confirm=True)
    if observed is None or desired is None or step.action is Action.READ or step.action.in_shop:
        msg = f"order {order.label}: step {step.action.value} has no content to send"
        raise ValueError(msg)
    tracking: Tracking | NoTracking = NoTracking("", missing=True)
    if step.action in {Action.SHIPPED, Action.TRACKING} and not observed.marketplace_delivery:
        tracking = _tracking(desired, rules)
    delivered_at = None
    if step.action is Action.DELIVERED and desired.delivery is not None:
        delivered_at = dates.delivered_moment(
            desired.delivery, observed.shipped_at, now, ZoneInfo(rules.shop_zone)
        )
    return MarketplaceChange(
        status=step.action.target,
        confirm=step.action.target is not None and not observed.confirmed,
        tracking_number=tracking.number if isinstance(tracking, Tracking) else "",
        tracking_url=tracking.url if isinstance(tracking, Tracking) else "",
        delivered_at=delivered_at,
    )


def _blocked_until(order: OrderState, hold: Hold, now: datetime) -> Decision:
    """Only MALL opens a blocked order, and no PUT can find out: so it is read again, once an hour."""
    if order.observed_at is None:
        return hold
    until = order.observed_at + BLOCKED_LOOK
    if now >= until:
        return PlannedStep(
            Action.READ, f"blocked at {order.observed_at.isoformat()}", "MALL had blocked the order"
        )
    return replace(hold, until=until)


def _read_basis(order: OrderState) -> str:
    if order.unanswered is not None:
        return f"doubt about step {order.unanswered.number}"
    return "first" if order.observed is None else "doubt"


def _read_reason(order: OrderState) -> str:
    if order.unanswered is not None:
        return f"the answer to step {order.unanswered.number} ({order.unanswered.action.value}) was not clear"
    return "first seen in the shop" if order.observed is None else "what MALL holds is in doubt"


def _decide(
    order: OrderState,
    desired: ShopView,
    desired_since: datetime,
    observed: MarketplaceView,
    rules: Rules,
    now: datetime,
) -> Decision:
    status = desired.status
    unreadable = _unreadable(order, desired)
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
    return None if reopened_from(order) is None else _reopened(order, observed)


def _unreadable(order: OrderState, desired: ShopView) -> Hold | None:
    if desired.problems:
        return Hold(HoldCode.BAD_RECORD, "; ".join(desired.problems), Actor.CLERK)
    if order.rival is not None:
        return Hold(
            HoldCode.TWO_ORDERS,
            f"MALL number {order.mall_order_id} stands in orders {order.code} and {order.rival.code} of the shop: if "
            f"{order.code} is right, remove the number from {order.rival.code} and save {order.code} once more; if "
            f"{order.rival.code} is right, {how_to_process_again(order)}",
            Actor.CLERK,
        )
    return None


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
    """After Delivered nothing is ever sent (seed)."""
    if status is ShopStatus.CANCELED:
        return Hold(
            HoldCode.AFTER_DELIVERED,
            "canceled in the shop after Delivered: the status at MALL stays Delivered; if the customer withdrew, "
            "ask MALL's Operations for a return document and issue the credit note",
            Actor.CLERK,
        )
    if observed.marketplace_delivery and status is not ShopStatus.SETTLED:
        return InStep(f"{status.value} in the shop, delivered at MALL by MALL Delivery")
    if status is not ShopStatus.SETTLED:
        return Hold(
            HoldCode.AFTER_DELIVERED,
            f"the shop says {desired.status_name!r} but MALL holds Delivered, which is final: set the order back "
            "to settled in the shop; if Delivered was a mistake, tell MALL's Operations",
            Actor.CLERK,
        )
    if order.sent_delivery and desired.delivery_problem:
        return Hold(
            HoldCode.BAD_DELIVERY_DATE,
            f"{desired.delivery_problem}; Delivered had been sent for {order.sent_delivery}: correct the date in the "
            "shop",
            Actor.CLERK,
        )
    if order.sent_delivery and str(desired.delivery or "") != order.sent_delivery:
        return Hold(
            HoldCode.AFTER_DELIVERED,
            f"the delivery date was changed after Delivered had been sent (sent for {order.sent_delivery}, now "
            f"{desired.delivery or 'empty'}): MALL's date stays; if it is wrong, tell MALL's Operations",
            Actor.CLERK,
        )
    by = " by MALL Delivery" if observed.marketplace_delivery else ""
    return InStep(f"settled in the shop, delivered at MALL{by}")


def reopened_from(order: OrderState) -> MarketplaceStatus | None:
    """The final status that the marketplace once held, although it now holds one that is not final; else None.

    MALL knows no way out of a final status, so one of its two answers is wrong.
    """
    if order.observed is None or order.observed.status in FINAL:
        return None
    if order.sent_delivery:
        return MarketplaceStatus.DELIVERED
    return next((passed.status for passed in reversed(order.passed) if passed.status in FINAL), None)


def _reopened(order: OrderState, observed: MarketplaceView) -> Hold:
    once = reopened_from(order)
    return Hold(
        HoldCode.REOPENED,
        f"MALL had {once.value if once else 'a final status'}, which is final, and now shows {observed.status.value}: "
        "nothing is sent; tell MALL's Operations",
        Actor.CLERK,
    )


def _may_be_returned(order: OrderState, desired: ShopView, observed: MarketplaceView, rules: Rules) -> bool:
    """Whether a person's request for Returned still stands: shipped, no delivery date, not MALL Delivery."""
    if order.return_request is None or not rules.push_returned or observed.marketplace_delivery:
        return False
    undelivered = desired.delivery is None and not desired.delivery_problem
    back = desired.status is ShopStatus.CANCELED or (desired.status is ShopStatus.SETTLED and undelivered)
    return back and observed.status is MarketplaceStatus.SHIPPED


def _return(order: OrderState, rules: Rules) -> PlannedStep:
    """Returned is final as Delivered is, so it waits out the undo window too."""
    request = order.return_request
    if request is None:  # pragma: no cover - excluded by _may_be_returned, said again for the type checker
        msg = f"order {order.label}: nobody asked for Returned"
        raise ValueError(msg)
    return PlannedStep(
        Action.RETURNED,
        f"asked {request.at.isoformat()}",
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
        return InStep(f"canceled in the shop, {held.value} at MALL: the sale has ended on both sides")
    if (
        held is MarketplaceStatus.CANCELLED
        and rules.import_mode == "create"
        and status is not ShopStatus.SETTLED
        and order.canceled_in_shop_at is None
        and not _cancelled_by_us(order)
        and desired.code
        and order.observed is not None
        and not _opened_too_early(order.observed, rules)
    ):
        # The clerk may have handed the parcel over since: the shop is read once more before it is written to.
        known_since = next((p.at for p in order.passed if p.status is held), order.observed_at)
        return PlannedStep(
            Action.CANCEL_IN_SHOP, "cancelled", "cancelled by MALL or the customer", known_since
        )
    cancelled = "do not send the parcel; cancel the order in the shop"
    if status is ShopStatus.SETTLED:
        cancelled = (
            "if the parcel is still on your premises, keep it and cancel the order in the shop; if it is on its way, "
            "have it brought back, or settle with MALL's Operations what is right"
        )
    advice = {
        MarketplaceStatus.CANCELLED: cancelled,
        MarketplaceStatus.RETURNED: "the parcel came back; close the order in the shop",
        MarketplaceStatus.LOST: "the parcel was lost; settle the loss with MALL and close the order in the shop",
    }[held]
    return Hold(
        HoldCode.MARKETPLACE_CLOSED, f"MALL holds {held.value}, which is final: {advice}", Actor.CLERK
    )


def _cancelled_by_us(order: OrderState) -> bool:
    return any(passed.status is MarketplaceStatus.CANCELLED and passed.by_us for passed in order.passed)


def _cancel(desired: ShopView, desired_since: datetime, observed: MarketplaceView, rules: Rules) -> Decision:
    """Cancelled is possible at the latest in Shipping (seed)."""
    if observed.status is MarketplaceStatus.BLOCKED:
        return _blocked("cancelled")
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
        "canceled",
        "canceled in the shop",
        desired_since + timedelta(seconds=rules.undo_window_seconds),
    )


def _reach(target: MarketplaceStatus, status: ShopStatus, observed: MarketplaceView) -> Decision:
    """Pending wants Open, being handled wants Shipping (seed)."""
    if observed.status is target:
        return InStep(f"{status.value} in the shop, {target.value} at MALL")
    if observed.marketplace_delivery and observed.status is MarketplaceStatus.SHIPPED:
        return InStep(f"{status.value} in the shop, shipped at MALL by MALL Delivery")
    if observed.status is MarketplaceStatus.BLOCKED:
        if target is MarketplaceStatus.OPEN:
            return InStep("pending in the shop, blocked at MALL: MALL opens the order")
        return _blocked(target.value)
    if observed.status is MarketplaceStatus.OPEN:
        return PlannedStep(Action.SHIPPING, "handled", "being handled in the shop")
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
    """Settled wants Shipped, and with a delivery date Delivered (seed), by the shortest legal way."""
    if observed.status is MarketplaceStatus.BLOCKED:
        return _blocked("shipped")
    if observed.marketplace_delivery:
        return _settle_marketplace_delivery(observed, rules)
    tracking = _tracking(desired, rules)
    if observed.status is not MarketplaceStatus.SHIPPED:
        return _ship(desired, desired_since, tracking, rules, now)
    delivered: Decision
    if desired.delivery is None and not desired.delivery_problem:
        delivered = InStep(
            "settled in the shop, shipped at MALL; Delivered follows when the delivery date is filled in"
        )
    else:
        delivered = _deliver(desired, desired_since, observed, rules, now)
    if isinstance(tracking, NoTracking) or tracking == Tracking(
        observed.tracking_number, observed.tracking_url
    ):
        return delivered
    correction = PlannedStep(Action.TRACKING, tracking.basis(), "tracking was added or changed in the shop")
    if order.refused(correction.action, correction.basis) and not isinstance(delivered, InStep):
        return delivered  # a tracking number that MALL does not want must not keep Delivered back
    return correction


def _settle_marketplace_delivery(observed: MarketplaceView, rules: Rules) -> Decision:
    if observed.status is MarketplaceStatus.OPEN:
        return PlannedStep(
            Action.SHIPPING, "handled", "settled in the shop; MALL Delivery must not skip Shipping"
        )
    if observed.status is MarketplaceStatus.SHIPPING and rules.push_shipped_for_marketplace_delivery:
        return PlannedStep(Action.SHIPPED, "marketplace_delivery", "settled in the shop")
    return Hold(
        HoldCode.MARKETPLACE_DELIVERY,
        f"MALL delivers this order itself: what follows {observed.status.value} is set by MALL",
        Actor.NOBODY,
    )


def _ship(
    desired: ShopView,
    desired_since: datetime,
    tracking: Tracking | NoTracking,
    rules: Rules,
    now: datetime,
) -> Decision:
    """Shipped carries a tracking number and address (MALL: Shipped); without them a setting decides."""
    if isinstance(tracking, Tracking):
        return PlannedStep(Action.SHIPPED, tracking.basis(), f"settled in the shop{_with_date(desired)}")
    waits = rules.missing_tracking_wait_seconds
    until = None if waits is None else desired_since + timedelta(seconds=waits)
    if rules.missing_tracking == "hold" and (until is None or now < until):
        code = HoldCode.MISSING_TRACKING if tracking.missing else HoldCode.BAD_TRACKING
        return Hold(code, f"Shipped waits for tracking: {tracking.reason}", Actor.CLERK, until)
    return PlannedStep(
        Action.SHIPPED, "no tracking", f"settled in the shop; sent without tracking: {tracking.reason}"
    )


def _with_date(desired: ShopView) -> str:
    return " with a delivery date" if desired.delivery is not None else ""


def _deliver(
    desired: ShopView, desired_since: datetime, observed: MarketplaceView, rules: Rules, now: datetime
) -> Decision:
    zone = ZoneInfo(rules.shop_zone)
    delivery = desired.delivery
    if delivery is None:
        return Hold(
            HoldCode.BAD_DELIVERY_DATE,
            f"Delivered waits: {desired.delivery_problem}",
            Actor.CLERK,
        )
    if dates.before_order(delivery, desired.created, observed.opened_at, zone):
        return Hold(
            HoldCode.DELIVERY_BEFORE_ORDER,
            f"delivery date {delivery} lies before the order existed: correct it in the shop",
            Actor.CLERK,
        )
    possible_from = dates.possible_from(delivery, desired_since, zone)
    if possible_from is not None and now < possible_from:
        slip = possible_from - now > FAR_AHEAD
        advice = "correct it in the shop if it is a slip; otherwise " if slip else ""
        return Hold(
            HoldCode.FUTURE_DELIVERY_DATE,
            f"delivery date {delivery} is in the future: {advice}Delivered is sent when it is past",
            Actor.CLERK if slip else Actor.NOBODY,
            possible_from,
        )
    window_ends = desired_since + timedelta(seconds=rules.undo_window_seconds)
    return PlannedStep(
        Action.DELIVERED,
        str(delivery),
        f"settled in the shop with delivery date {delivery}",
        window_ends if possible_from is None else max(window_ends, possible_from),
    )


def _tracking(desired: ShopView, rules: Rules) -> Tracking | NoTracking:
    return tracking_of(desired.tracking_number, desired.carrier, desired.tracking_url, rules.all_carriers)


def is_legal(step: PlannedStep, observed: MarketplaceView) -> bool:
    """Whether the marketplace's own table allows `step` from what it is known to hold.

    The last gate before a PUT: ``plan`` only makes legal steps, and this does not trust it.
    """
    target = step.action.target
    if step.action is Action.CONFIRM:
        return not observed.confirmed and observed.status is not MarketplaceStatus.BLOCKED
    if target is None:
        return step.action is Action.READ or observed.status is MarketplaceStatus.SHIPPED
    return allowed(observed.status, target, marketplace_delivery=observed.marketplace_delivery)
