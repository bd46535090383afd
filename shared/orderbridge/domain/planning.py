"""The rule at the heart of the product: the next legal step for one order, or the reason why there is none.

``plan`` is total: every combination of the shop's states, the marketplace's statuses, confirmed or
not, MALL Delivery or not, with or without delivery date and tracking has one outcome. It reads nothing but its
arguments, so it may be asked as often as one likes, and again at the moment when a step is carried out.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from orderbridge.domain import bounds, pairing
from orderbridge.domain.actions import Action
from orderbridge.domain.codes.orders import ChangeReason, HoldReason, InSyncReason, StepReason
from orderbridge.domain.export_content import LISTS_FIRST
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
"""How long an order waits to be told about by the shop's export before it counts as not shown all the same."""
CONFIRM_WITHIN_VIEW = timedelta(minutes=5)
"""How old our knowledge of an order may be that is confirmed: what MALL did since would be confirmed unseen."""
BULK_RECHECK = timedelta(minutes=30)
"""How often an order of a bulk change is checked while it waits. What the list shows wakes it at once."""
BLOCKED_RECHECK = timedelta(hours=1)
"""How often an order that MALL has blocked is read again, if the shop wants something of it."""


def plan(order: OrderState, rules: Rules, now: datetime) -> Decision:
    """The next step for `order` at `now` (UTC), or a hold, or that both sides agree.

    The order of the questions is the rule: is the order parked, does the shop show it, does the marketplace know it, is
    its status there known, what does the pairing ask for (``pairing``), was that refused or accepted in vain, is a
    change to be confirmed, has the order called too often today.
    """
    return bounds.within_the_day(order, _plan(order, rules, now), now)


def _plan(order: OrderState, rules: Rules, now: datetime) -> Decision:
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
    decision = pairing.decide(
        order, desired, order.shop_side.desired_since, order.marketplace.observed, rules, now
    )
    if isinstance(decision, Hold) and decision.code is HoldCode.MARKETPLACE_BLOCKED:
        return _blocked_until(order, decision, now)
    decision = _unless_in_vain(order, order.marketplace.observed, _unless_refused(order, decision, now))
    if isinstance(decision, Hold) and decision.code is HoldCode.NO_EFFECT:
        return decision  # what MALL shows is not what it accepted: nothing of it is confirmed either
    return (
        decision
        if isinstance(decision, PlannedStep)
        else _or_confirm(order, order.marketplace.observed, decision, rules, now)
    )


def _part_of_a_bulk_change(order: OrderState, desired: ShopView, now: datetime) -> InSync | None:
    """Why an order of a bulk change is not read at the marketplace (yet); None if it is.

    One list tells of a thousand orders what a read tells of one. What is done in the shop and on no list of orders
    under way is final: nothing can be sent for it. What the shop still works on is read all the same: its number may be
    wrong.
    """
    if order.shop_side.bulk_change_at is None or order.marketplace.listed_at is not None:
        return None
    unlisted_at = order.marketplace.unlisted_at
    if unlisted_at is not None:
        if desired.status not in DONE_IN_SHOP:
            return None
        return InSync(because(InSyncReason.NOT_LISTED, listed_at=unlisted_at))
    if now >= order.shop_side.bulk_change_at + LISTS_FIRST:
        return None
    first_recheck = order.shop_side.bulk_change_at + BULK_RECHECK
    return InSync(
        because(InSyncReason.BULK_CHANGE),
        first_recheck if now < first_recheck else now + BULK_RECHECK,
    )


def _or_confirm(
    order: OrderState, observed: MarketplaceView, decision: Hold | InSync, rules: Rules, now: datetime
) -> Decision:
    """`decision`, or first the confirmation to MALL that its last change was seen.

    MALL takes a confirmation for whatever it holds by then, even a customer's cancellation. So the view must be
    fresh.
    """
    confirm = _confirm(order, observed, rules)
    if confirm is None:
        return decision
    kept_back = _unless_in_vain(order, observed, _unless_refused(order, confirm, now))
    if not isinstance(kept_back, PlannedStep):
        return kept_back if isinstance(decision, InSync) else decision
    seen_at = order.marketplace.observed_at
    if seen_at is not None and now > seen_at + CONFIRM_WITHIN_VIEW:
        why = because(StepReason.READ_BEFORE_CONFIRM, change=confirm.reason)
        return PlannedStep(Action.READ, ReadPayload(ReadCause.STALE_VIEW, observed_at=seen_at), why)
    return replace(confirm, beside=decision if isinstance(decision, Hold) else None)


def _unless_in_vain(order: OrderState, observed: MarketplaceView, decision: Decision) -> Decision:
    """`decision`, or why it is not carried out once more: MALL took it before, and did not keep to it."""
    if not isinstance(decision, PlannedStep):
        return decision
    return bounds.in_vain(order, decision, observed) or decision


def _unless_refused(order: OrderState, decision: Decision, now: datetime) -> Decision:
    """`decision`, or why it is not carried out again."""
    if (
        isinstance(decision, PlannedStep)
        and decision.action.in_shop
        and order.shop_side.import_unclear_at is not None
    ):
        return _doubtful(order, decision.action, order.shop_side.import_unclear_at, now)
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
    """An order that only the marketplace has shown so far.

    With ``import: create`` an open one is written into the shop, once the export has been read since the order
    was first listed and did not have it (see ``sighting``); after the shop took it, it is confirmed
    (R8.3).
    """
    waiting = InSync(because(InSyncReason.NOT_IN_EXPORT))
    observed = order.marketplace.observed
    if (foreign := pairing.two_orders(order)) is not None:
        return foreign
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
    kept = kept_out(order, observed, rules)
    if kept is not None:
        return InSync(kept)
    not_before = max(
        order.marketplace.listed_at, order.shop_side.import_requested_at or order.marketplace.listed_at
    )
    step = PlannedStep(Action.CREATE_IN_SHOP, None, because(StepReason.CREATE_IN_SHOP), not_before)
    return _unless_refused(order, step, now)


def _requested_again(order: OrderState, taken_at: datetime) -> bool:
    """Whether a person asked for an order anew that the shop took and did not show for long."""
    return (
        order.shop_side.import_requested_at is not None
        and order.shop_side.import_requested_at >= taken_at + SHOWN_WITHIN
    )


def _accepted_by_the_shop(
    order: OrderState, taken_at: datetime, observed: MarketplaceView, rules: Rules, now: datetime
) -> Decision:
    """An order that the shop's import took and its export has not shown yet.

    An import may say yes and lose the order afterwards. MALL counts on it by then: so people are told.
    """
    if observed.status is MarketplaceStatus.CANCELLED:
        return Hold(HoldCode.MARKETPLACE_CLOSED, because(HoldReason.CANCELLED_NOT_SHOWN), Actor.CLERK)
    told = is_known_since(order, taken_at + SHOWN_WITHIN) or now >= taken_at + SHOWN_AT_LATEST
    if not told or observed.status in FINAL:
        shown = InSync(because(InSyncReason.TAKEN_BY_SHOP))
        return _or_confirm(order, observed, shown, rules, now)
    reason = because(HoldReason.CREATE_NOT_SHOWN, order=order.mall_order_id)
    missing = Hold(HoldCode.IMPORT_REFUSED, reason, Actor.CLERK)
    return _or_confirm(order, observed, missing, rules, now)


def _doubtful(order: OrderState, action: Action, doubt_at: datetime, now: datetime) -> Hold:
    """The hold after an unclear answer of the import. Nothing is written twice by itself: exports may lag for hours."""
    creating = action is Action.CREATE_IN_SHOP
    until = doubt_at + SHOWN_AT_LATEST
    if now < until and not is_known_since(order, doubt_at + SHOP_SETTLING):
        unclear = HoldReason.CREATE_UNCLEAR if creating else HoldReason.CANCEL_UNCLEAR
        return Hold(HoldCode.IMPORT_UNCLEAR, because(unclear), Actor.NOBODY, until)
    code = HoldReason.CREATE_NOT_CLEAR if creating else HoldReason.CANCEL_NOT_CLEAR
    return Hold(HoldCode.IMPORT_REFUSED, because(code, order=order.mall_order_id), Actor.CLERK)


def kept_out(order: OrderState, observed: MarketplaceView, rules: Rules) -> Reason | None:
    """Why an open order is not written into the shop; None if it is."""
    if observed.confirmed and order.shop_side.imported_at is None:
        return because(InSyncReason.CONFIRMED_ELSEWHERE)
    if order.marketplace.test and not rules.test_orders:
        return because(InSyncReason.TEST_ORDER)
    if opened_too_early(_dated(order, observed), rules):
        return because(InSyncReason.OPENED_TOO_EARLY)
    return None


def _would_be_created(order: OrderState, observed: MarketplaceView, rules: Rules) -> bool:
    """Whether an order was ours to bring into the shop; what another importer brought is its to confirm."""
    return not (order.marketplace.test and not rules.test_orders) and not opened_too_early(
        _dated(order, observed), rules
    )


def _dated(order: OrderState, observed: MarketplaceView) -> MarketplaceView:
    """`observed` with the moment of its opening; where MALL does not say it, when it was first seen open."""
    seen_open = next(
        (p.at for p in order.marketplace.status_changes if p.status is MarketplaceStatus.OPEN), None
    )
    return replace(observed, opened_at=observed.opened_at or seen_open)


def _confirm(order: OrderState, observed: MarketplaceView, rules: Rules) -> PlannedStep | None:
    """The confirmation to the marketplace that a change of its side was taken over, where it waits for one.

    An open order is confirmed by itself only where we brought it into the shop (``import: create``); otherwise its
    confirmation rides along with its first status, as ever. With ``off`` nothing of MALL's side is acknowledged.
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
    """The hold of an order one of whose messages failed too often."""
    reason = because(HoldReason.PARKED, what=what, order=order.mall_order_id)
    return Hold(HoldCode.PARKED, reason, Actor.INTEGRATOR)


def _blocked_until(order: OrderState, hold: Hold, now: datetime) -> Decision:
    """Only MALL opens a blocked order, and no PUT can find out: so it is read again, once an hour."""
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
