"""The plan: the next legal step for one order, or the reason why there is none (R1.18).

``plan`` is total (R1.19): each combination of the shop's states, the marketplace's statuses, confirmed or not, MALL
Delivery or not, with or without delivery date and tracking has one outcome. It depends on its arguments only.
So it is asked again right before a step is sent (R1.21).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from orderbridge.domain import bounds, pairing, undo
from orderbridge.domain.actions import Action
from orderbridge.domain.codes.orders import ChangeReason, HoldReason, InSyncReason, StepReason
from orderbridge.domain.export_content import MAX_LIST_WAIT
from orderbridge.domain.freshness import SHOP_SETTLING, SHOWN_WITHIN, is_known_since
from orderbridge.domain.holds import Actor, Hold, HoldCode, InSync
from orderbridge.domain.pairing import opened_too_early
from orderbridge.domain.payloads import ConfirmPayload, ReadCause, ReadPayload
from orderbridge.domain.reasons import because
from orderbridge.domain.statuses import DONE_IN_SHOP, FINAL, MarketplaceStatus
from orderbridge.domain.steps import Decision, PlannedStep

if TYPE_CHECKING:
    from orderbridge.domain.orders import OrderState
    from orderbridge.domain.reasons import Reason
    from orderbridge.domain.rules import Rules
    from orderbridge.domain.views import MarketplaceView, ShopView


SHOWN_AT_LATEST = timedelta(hours=6)
"""How long an order waits for the shop's export after a write before it counts as not shown in any case (R7.5,
R7.6)."""
CONFIRM_WITHIN_VIEW = timedelta(minutes=5)
"""How old the view may be that a confirmation rests on (R8.4). An older view could confirm an unknown change."""
BULK_RECHECK = timedelta(minutes=30)
"""How often an order of a bulk change is rechecked while it waits (R8.12). A list that shows it wakes it at once."""
BLOCKED_RECHECK = timedelta(hours=1)
"""How often an order that MALL has blocked is read again, if the shop wants a step for it (R1.14)."""


def plan(order: OrderState, rules: Rules, now: datetime) -> Decision:
    """The decision on `order` at `now` (UTC): the next step, a hold, or that both sides are in sync.

    The questions come in this order (R1.18): is the order parked, does the shop show it, does MALL know it, is its
    status certain, what does the pairing want, did a person take it back, was it refused or without effect, does a
    change wait for its confirmation, are the day's calls used up.
    """
    return bounds.within_daily_limits(order, _plan(order, rules, now), now)


def _plan(order: OrderState, rules: Rules, now: datetime) -> Decision:
    """The decision without the day's limits."""
    desired = order.shop_side.desired
    if order.work.parked is not None:
        return parked_hold(order, order.work.parked)
    if desired is None or order.shop_side.desired_since is None:
        return _not_in_the_export(order, rules, now)
    not_found = next((refusal for refusal in order.work.refusals if refusal.not_found), None)
    if not_found is not None:
        reason = because(HoldReason.NOT_AT_MARKETPLACE, said=not_found.reason)
        return Hold(HoldCode.NOT_AT_MARKETPLACE, reason, Actor.CLERK)
    if (
        order.marketplace.observed is None
        and (unread := _part_of_a_bulk_change(order, desired, now)) is not None
    ):
        return unread
    if order.marketplace.observed is None or not order.marketplace.observed_certain:
        return PlannedStep(Action.READ, _read_payload(order), _read_reason(order))
    return _with_both_sides(
        order, desired, order.shop_side.desired_since, order.marketplace.observed, rules, now
    )


def _with_both_sides(
    order: OrderState,
    desired: ShopView,
    desired_since: datetime,
    observed: MarketplaceView,
    rules: Rules,
    now: datetime,
) -> Decision:
    """The decision on an order that the shop shows and whose status at MALL is certain.

    While a person's undo is in force, nothing is sent to MALL, not even a confirmation (R2.16).
    """
    decision = pairing.decide(order, desired, desired_since, observed, rules, now)
    if isinstance(decision, Hold) and decision.code is HoldCode.MARKETPLACE_BLOCKED:
        return _blocked_until(order, decision, now)
    if (undone := undo.in_force(order)) is not None:
        return undo.hold(order, undone) if isinstance(decision, PlannedStep) else decision
    decision = _unless_without_effect(order, observed, _unless_refused(order, decision, now))
    if isinstance(decision, Hold) and decision.code is HoldCode.NO_EFFECT:
        return decision  # MALL does not show what it accepted, so its changes are not confirmed either
    return (
        decision if isinstance(decision, PlannedStep) else _or_confirm(order, observed, decision, rules, now)
    )


def _part_of_a_bulk_change(order: OrderState, desired: ShopView, now: datetime) -> InSync | None:
    """Why an order of a bulk change is not read at MALL (yet); None: it is read (R8.12).

    One list replaces a thousand reads. An order that is done in the shop and is on no list of orders under way is
    final: nothing can be sent for it. An order that the shop still works on is read in any case, because its number may
    be wrong.
    """
    if order.shop_side.bulk_change_at is None or order.marketplace.listed_at is not None:
        return None
    unlisted_at = order.marketplace.unlisted_at
    if unlisted_at is not None:
        if desired.status not in DONE_IN_SHOP:
            return None
        return InSync(because(InSyncReason.NOT_LISTED, listed_at=unlisted_at))
    if now >= order.shop_side.bulk_change_at + MAX_LIST_WAIT:
        return None
    first_recheck = order.shop_side.bulk_change_at + BULK_RECHECK
    return InSync(
        because(InSyncReason.BULK_CHANGE),
        first_recheck if now < first_recheck else now + BULK_RECHECK,
    )


def _or_confirm(
    order: OrderState, observed: MarketplaceView, decision: Hold | InSync, rules: Rules, now: datetime
) -> Decision:
    """`decision`, or first the confirmation of MALL's last change (R8.3).

    MALL applies a confirmation to whatever it holds at that moment, even to a customer's cancellation. So the view must
    be fresh (R8.4).
    """
    confirm = _confirm(order, observed, rules)
    if confirm is None:
        return decision
    confirmation = _unless_without_effect(order, observed, _unless_refused(order, confirm, now))
    if not isinstance(confirmation, PlannedStep):
        return confirmation if isinstance(decision, InSync) else decision
    seen_at = order.marketplace.observed_at
    if seen_at is not None and now > seen_at + CONFIRM_WITHIN_VIEW:
        why = because(StepReason.READ_BEFORE_CONFIRM, change=confirm.reason)
        return PlannedStep(Action.READ, ReadPayload(ReadCause.STALE_VIEW, observed_at=seen_at), why)
    return replace(confirm, beside=decision if isinstance(decision, Hold) else None)


def _unless_without_effect(order: OrderState, observed: MarketplaceView, decision: Decision) -> Decision:
    """`decision`, or the hold if MALL accepted it before without effect (R12.5)."""
    if not isinstance(decision, PlannedStep):
        return decision
    return bounds.no_effect_hold(order, decision, observed) or decision


def _unless_refused(order: OrderState, decision: Decision, now: datetime) -> Decision:
    """`decision`, or the hold if the same step was refused or its write into the shop is unclear (R9.3, R7.5, R7.7)."""
    if (
        isinstance(decision, PlannedStep)
        and decision.action.in_shop
        and order.shop_side.import_unclear_at is not None
    ):
        return _unclear_import(order, decision.action, order.shop_side.import_unclear_at, now)
    refusal = order.refused(decision.action, decision.payload) if isinstance(decision, PlannedStep) else None
    if not isinstance(decision, PlannedStep) or refusal is None:
        return decision
    if decision.action.in_shop:
        creating = decision.action is Action.CREATE_IN_SHOP
        code = HoldReason.CREATE_REFUSED if creating else HoldReason.CANCEL_REFUSED
        reason = because(code, said=refusal.reason, order=order.mall_order_id)
        return Hold(HoldCode.IMPORT_REFUSED, reason, Actor.CLERK)
    reason = because(
        HoldReason.REFUSED, action=decision.action, said=refusal.reason, order=order.mall_order_id
    )
    return Hold(HoldCode.REFUSED, reason, Actor.CLERK)


def _not_in_the_export(order: OrderState, rules: Rules, now: datetime) -> Decision:
    """The decision on an order that the shop's export has not shown.

    With ``import: create`` an open order is written into the shop, after an export made since it was listed did not
    have it (R7.4). Once the shop accepted it, it is confirmed (R8.3).
    """
    waiting = InSync(because(InSyncReason.NOT_IN_EXPORT))
    observed = order.marketplace.observed
    if (conflict := pairing.two_orders(order)) is not None:
        return conflict
    if rules.import_mode != "create" or order.marketplace.listed_at is None:
        return waiting
    not_found = next((refusal for refusal in order.work.refusals if refusal.not_found), None)
    if not_found is not None:
        reason = because(HoldReason.NOT_AT_MARKETPLACE_NOR_SHOP, said=not_found.reason)
        return Hold(HoldCode.NOT_AT_MARKETPLACE, reason, Actor.CLERK)
    if observed is None or not order.marketplace.observed_certain:
        return PlannedStep(Action.READ, _read_payload(order), _read_reason(order))
    if order.shop_side.imported_at is not None and not _requested_again(order, order.shop_side.imported_at):
        return _accepted_by_the_shop(order, order.shop_side.imported_at, observed, rules, now)
    if observed.status is not MarketplaceStatus.OPEN:
        return _or_confirm(order, observed, waiting, rules, now)
    excluded = kept_out(order, observed, rules)
    if excluded is not None:
        return InSync(excluded)
    not_before = max(
        order.marketplace.listed_at, order.shop_side.import_requested_at or order.marketplace.listed_at
    )
    step = PlannedStep(Action.CREATE_IN_SHOP, None, because(StepReason.CREATE_IN_SHOP), not_before)
    return _unless_refused(order, step, now)


def _requested_again(order: OrderState, taken_at: datetime) -> bool:
    """Whether a person asked to write the order again, after the shop accepted it and did not show it (R7.6)."""
    return (
        order.shop_side.import_requested_at is not None
        and order.shop_side.import_requested_at >= taken_at + SHOWN_WITHIN
    )


def _accepted_by_the_shop(
    order: OrderState, taken_at: datetime, observed: MarketplaceView, rules: Rules, now: datetime
) -> Decision:
    """The decision on an order that the shop's import accepted and its export has not shown (R7.6).

    The import may lose an order that it accepted, and MALL expects it to be shipped. So it is held after a while.
    """
    if observed.status is MarketplaceStatus.CANCELLED:
        return Hold(HoldCode.MARKETPLACE_CLOSED, because(HoldReason.CANCELLED_NOT_SHOWN), Actor.CLERK)
    overdue = is_known_since(order, taken_at + SHOWN_WITHIN) or now >= taken_at + SHOWN_AT_LATEST
    if not overdue or observed.status in FINAL:
        shown = InSync(because(InSyncReason.TAKEN_BY_SHOP))
        return _or_confirm(order, observed, shown, rules, now)
    reason = because(HoldReason.CREATE_NOT_SHOWN, order=order.mall_order_id)
    missing = Hold(HoldCode.IMPORT_REFUSED, reason, Actor.CLERK)
    return _or_confirm(order, observed, missing, rules, now)


def _unclear_import(order: OrderState, action: Action, doubt_at: datetime, now: datetime) -> Hold:
    """The hold after an unclear answer of the import (R7.5). Nothing is written again by itself: exports may be old."""
    creating = action is Action.CREATE_IN_SHOP
    until = doubt_at + SHOWN_AT_LATEST
    if now < until and not is_known_since(order, doubt_at + SHOP_SETTLING):
        unclear = HoldReason.CREATE_UNCLEAR if creating else HoldReason.CANCEL_UNCLEAR
        return Hold(HoldCode.IMPORT_UNCLEAR, because(unclear), Actor.NOBODY, until)
    code = HoldReason.CREATE_NOT_CLEAR if creating else HoldReason.CANCEL_NOT_CLEAR
    return Hold(HoldCode.IMPORT_REFUSED, because(code, order=order.mall_order_id), Actor.CLERK)


def kept_out(order: OrderState, observed: MarketplaceView, rules: Rules) -> Reason | None:
    """Why an open order is not written into the shop; None: it is written (R7.9, R7.10)."""
    if observed.confirmed and order.shop_side.imported_at is None:
        return because(InSyncReason.CONFIRMED_ELSEWHERE)
    if order.marketplace.test and not rules.test_orders:
        return because(InSyncReason.TEST_ORDER)
    if opened_too_early(_with_opened_at(order, observed), rules):
        return because(InSyncReason.OPENED_TOO_EARLY)
    return None


def _would_be_created(order: OrderState, observed: MarketplaceView, rules: Rules) -> bool:
    """Whether we write this order into the shop. An order of another importer is confirmed by that importer."""
    return not (order.marketplace.test and not rules.test_orders) and not opened_too_early(
        _with_opened_at(order, observed), rules
    )


def _with_opened_at(order: OrderState, observed: MarketplaceView) -> MarketplaceView:
    """`observed` with the moment of its opening. Where MALL gives none, it is when we first saw it open (R8.13)."""
    seen_open = next(
        (p.at for p in order.marketplace.status_changes if p.status is MarketplaceStatus.OPEN), None
    )
    return replace(observed, opened_at=observed.opened_at or seen_open)


def _confirm(order: OrderState, observed: MarketplaceView, rules: Rules) -> PlannedStep | None:
    """The confirmation that a change of MALL's side was taken over; None: none is due (R8.3).

    An open order is confirmed by itself only if we wrote it into the shop (``import: create``). Otherwise its first
    status carries the confirmation (R8.1). With ``off`` nothing is confirmed. After a Delivered of ours nothing is sent
    (R2.2).
    """
    if (
        observed.confirmed
        or not order.marketplace.observed_certain
        or observed.status is MarketplaceStatus.BLOCKED
    ):
        return None
    if (
        rules.import_mode == "off" or order.marketplace.sent_delivery_date is not None
    ):  # after Delivered nothing is ever sent
        return None
    in_the_shop = order.shop_side.desired is not None or order.shop_side.imported_at is not None
    ours = in_the_shop or (observed.status in FINAL and _would_be_created(order, observed, rules))
    if rules.import_mode == "create" and ours:
        reason = order.marketplace.change_to_confirm or because(ChangeReason.IN_SHOP)
    elif in_the_shop and order.marketplace.change_to_confirm is not None:
        reason = order.marketplace.change_to_confirm
    else:
        return None
    return PlannedStep(Action.CONFIRM, ConfirmPayload(observed.status), reason)


def parked_hold(order: OrderState, what: Reason) -> Hold:
    """The hold of an order whose message `what` failed too often (R12.6)."""
    reason = because(HoldReason.PARKED, what=what, order=order.mall_order_id)
    return Hold(HoldCode.PARKED, reason, Actor.INTEGRATOR)


def _blocked_until(order: OrderState, hold: Hold, now: datetime) -> Decision:
    """The hold of a blocked order, or its hourly read (R1.14). Only MALL opens it, and no PUT can show that it did."""
    if order.marketplace.observed_at is None:
        return hold
    until = order.marketplace.observed_at + BLOCKED_RECHECK
    if now >= until:
        blocked = ReadPayload(ReadCause.BLOCKED, observed_at=order.marketplace.observed_at)
        return PlannedStep(Action.READ, blocked, because(StepReason.READ_BLOCKED))
    return replace(hold, until=until)


def _read_payload(order: OrderState) -> ReadPayload:
    if order.work.unanswered is not None:
        return ReadPayload(ReadCause.UNCLEAR_ANSWER, order.work.unanswered.number)
    return ReadPayload(ReadCause.FIRST if order.marketplace.observed is None else ReadCause.DOUBT)


def _read_reason(order: OrderState) -> Reason:
    doubtful = order.work.unanswered
    if doubtful is not None:
        return because(StepReason.READ_UNCLEAR_STEP, step=doubtful.number, action=doubtful.action)
    return because(StepReason.READ_FIRST if order.marketplace.observed is None else StepReason.READ_DOUBT)
