"""Escalations: problems that no retry solves, and that a person must bring to MALL's Operations or to the integrator.

There is one per order and cause; it opens and closes by itself (R6.1, R6.2). The causes are derived from the order's
hold and state. While these cannot show the cause (MALL's status is in doubt, the shop's record cannot be read, the
order is parked), nothing is closed (R6.4). What a person closed stays closed while the same facts stand (R6.3).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from orderbridge.domain.actions import Action
from orderbridge.domain.cases import states
from orderbridge.domain.cases.matters import is_not_in_shop
from orderbridge.domain.cases.records import (
    Cause,
    Escalation,
    EscalationEvent,
    EventKind,
    Item,
    ReturnDocument,
)
from orderbridge.domain.cases.returns import checked_note
from orderbridge.domain.codes.cases import CaseProblem, EscalationReason, EventReason
from orderbridge.domain.corrections import cancelled_by_us, paired_status, reopened_from
from orderbridge.domain.facts import Term
from orderbridge.domain.holds import HoldCode
from orderbridge.domain.planning import plan
from orderbridge.domain.reasons import because
from orderbridge.domain.statuses import FINAL, PAIRED_IN_SHOP, MarketplaceStatus, ShopStatus
from orderbridge.domain.steps import PlannedStep
from orderbridge.errors import WrongValueError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from orderbridge.domain.orders import OrderState
    from orderbridge.domain.reasons import Reason
    from orderbridge.domain.rules import Rules

CREDIT_NOTE_WITHIN = timedelta(days=14)
"""How long after the return number MALL waits for the credit note (R6.7)."""
CONFIRM_WITHIN = timedelta(hours=24)
"""How long MALL waits for an open order to be confirmed or cancelled (R6.11)."""
FIRST_TRY = timedelta(minutes=15)
"""How long an order has at least to get into the shop before people are notified (R6.10)."""
MAX_HISTORY = 50
"""How many entries of an escalation's history are kept, the newest (R12.9)."""

_RETURN_NUMBER = re.compile(r"47[0-9]{8}")
"""The form of a return number (R6.6)."""
_PIECES = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?")
"""The form of a number of pieces."""
CAUSES: Mapping[HoldCode, tuple[Cause, ...]] = {
    HoldCode.REFUSED: (Cause.REFUSED,),
    HoldCode.STEP_BACK: (Cause.IMPOSSIBLE,),
    HoldCode.AFTER_DELIVERED: (Cause.WRONG_DELIVERED, Cause.WRONG_DELIVERY_DATE),
    HoldCode.MARKETPLACE_CLOSED: (Cause.WRONG_FINAL,),
    HoldCode.NOT_AT_MARKETPLACE: (Cause.NOT_AT_MARKETPLACE,),
    HoldCode.PARKED: (Cause.DEAD_LETTER,),
    HoldCode.IMPORT_REFUSED: (Cause.NOT_IMPORTED,),
    HoldCode.REOPENED: (Cause.DRIFT,),
    HoldCode.NO_EFFECT: (Cause.NO_EFFECT,),
    HoldCode.CALLS_SPENT: (Cause.CALLS_SPENT,),
}
"""Hold → the causes that it can show. ``_causes_of_hold`` says which of them apply."""
_HIDES: Mapping[HoldCode, Collection[Cause]] = {
    **dict.fromkeys(
        (
            HoldCode.PARKED,
            HoldCode.NOT_AT_MARKETPLACE,
            HoldCode.NO_ANSWER,
            HoldCode.BAD_RECORD,
            HoldCode.TWO_ORDERS,
            HoldCode.UNKNOWN_SHOP_STATUS,
            HoldCode.CALLS_SPENT,
        ),
        frozenset(Cause),
    ),
    HoldCode.BAD_DELIVERY_DATE: {Cause.WRONG_DELIVERED, Cause.WRONG_DELIVERY_DATE},
    HoldCode.IMPORT_UNCLEAR: {Cause.NOT_IMPORTED},
}
"""Hold → the causes that may exist behind it, because it ends the plan before they could show. With an unreadable
delivery date the state is still known. With an unclear import only that write is in doubt."""


@dataclass(frozen=True, slots=True)
class CreditNote:
    """What a credit note for a wrong Delivered must contain (R6.6)."""

    mall_order_id: int
    """MALL's number of the order."""
    return_number: str
    """The return number from MALL's Operations."""
    items: tuple[Item, ...]
    """The returned items. For a whole order, the items that are known; it may be empty then."""
    whole_order: bool
    """Whether the whole order is returned."""
    due_at: datetime
    """By when MALL wants it (UTC, R6.7)."""


def escalated(order: OrderState, rules: Rules, now: datetime) -> OrderState:
    """`order` with its escalations as its state at `now` (UTC) requires.

    Idempotent: the same state opens, reopens and closes nothing further.
    """
    known = {escalation.cause: escalation for escalation in order.cases.escalations}
    standing = causes_of(order, rules, now)
    result = dict(known)
    for cause in Cause:
        before = known.get(cause)
        if cause in standing:
            result[cause] = _with_standing_cause(before, _facts(order, cause, now), now)
        elif before is not None and _is_gone(order, before, rules):
            result[cause] = _with_cause_gone(before, now)
        elif before is not None and before.open:
            result[cause] = _with_hidden_cause(order, before)
    return replace(order, cases=replace(order.cases, escalations=tuple(result.values())))


def causes_of(order: OrderState, rules: Rules, now: datetime) -> frozenset[Cause]:
    """The causes that exist at `now` (UTC)."""
    causes = set(_causes_of_hold(order))
    if order.work.parked is not None:
        causes.add(Cause.DEAD_LETTER)
    if (
        order.cases.drift is not None
        and order.marketplace.observed is not None
        and order.marketplace.observed.status not in FINAL
    ):
        causes.add(Cause.DRIFT)
    missed_at = not_imported_at(order, rules, now)
    if missed_at is not None and now >= missed_at:
        causes.add(Cause.NOT_IMPORTED)
    return frozenset(causes)


def _causes_of_hold(order: OrderState) -> tuple[Cause, ...]:
    """The causes that the order's hold shows."""
    hold = order.work.hold
    if hold is None or (hold.code is HoldCode.NOT_AT_MARKETPLACE and left_the_shop(order)):
        return ()
    causes = CAUSES.get(hold.code, ())
    if hold.code is HoldCode.AFTER_DELIVERED:
        return tuple(cause for cause in causes if cause is _after_delivered(order))
    if hold.code is HoldCode.MARKETPLACE_CLOSED and not _is_wrong_final(order):
        return ()
    return causes


def _after_delivered(order: OrderState) -> Cause | None:
    """The cause of a hold after Delivered; None: a withdrawal, which is no error (R2.8).

    A removed date means "not delivered", another date means "delivered at another time".
    """
    desired = order.shop_side.desired
    if desired is None or desired.status is ShopStatus.CANCELED:
        return None
    dated = desired.delivery is not None or desired.delivery_problem is not None
    return (
        Cause.WRONG_DELIVERY_DATE if desired.status is ShopStatus.SETTLED and dated else Cause.WRONG_DELIVERED
    )


def left_the_shop(order: OrderState) -> bool:
    """Whether a number that MALL never knew is gone from the shop: somebody corrected it there."""
    return order.marketplace.observed is None and order.shop_side.missing_since is not None


def _is_wrong_final(order: OrderState) -> bool:
    """Whether MALL's final status is wrong by what the shop shows (R6.8).

    If we set Cancelled, any state but canceled shows that it was wrong. Returned without a delivery date is the
    ordinary end of a parcel that was not collected. Lost is MALL's own finding.
    """
    desired, observed = order.shop_side.desired, order.marketplace.observed
    if desired is None or desired.status is None or observed is None:
        return False
    if observed.status is MarketplaceStatus.CANCELLED and cancelled_by_us(order):
        return desired.status is not ShopStatus.CANCELED
    if desired.status is not ShopStatus.SETTLED:
        return False
    if observed.status is MarketplaceStatus.RETURNED:
        return desired.delivery is not None or desired.delivery_problem is not None
    return observed.status is MarketplaceStatus.CANCELLED


def not_imported_at(order: OrderState, rules: Rules, now: datetime) -> datetime | None:
    """When people are notified that `order` is not in the shop (R6.10, UTC); None: it is, or is not to be written.

    The setting counts from when a list first showed the order. MALL's 24 hours count from Open, and the last part of
    them, as long as the setting, is left to people.
    """
    observed = order.marketplace.observed
    if (
        order.shop_side.desired is not None
        or order.shop_side.imported_at is not None
        or rules.import_mode != "create"
    ):
        return None
    if (
        observed is None
        or observed.status is not MarketplaceStatus.OPEN
        or order.marketplace.listed_at is None
    ):
        return None
    decision = plan(replace(order, marketplace=replace(order.marketplace, observed_certain=True)), rules, now)
    wanted = isinstance(decision, PlannedStep) and decision.action is Action.CREATE_IN_SHOP
    if not wanted:
        return None
    wait = timedelta(seconds=rules.not_imported_alarm_seconds)
    missed_at = order.marketplace.listed_at + wait
    if observed.opened_at is not None:
        latest = observed.opened_at + CONFIRM_WITHIN - wait
        missed_at = min(missed_at, max(latest, order.marketplace.listed_at + FIRST_TRY))
    return missed_at


def _is_gone(order: OrderState, escalation: Escalation, rules: Rules) -> bool:
    """Whether the cause of `escalation`, which does not show now, is certainly gone (R6.4)."""
    step = order.work.step
    if escalation.cause is Cause.DEAD_LETTER:
        return order.marketplace.observed_certain or step is None
    if escalation.cause is Cause.NOT_IMPORTED and rules.import_mode != "create":
        return True
    if (
        escalation.cause is Cause.DRIFT
        and order.shop_side.desired is None
        and order.marketplace.listed_at is not None
    ):
        return True  # the order ended at MALL, and the shop never had it
    if escalation.cause is Cause.NOT_AT_MARKETPLACE and left_the_shop(order):
        return True
    hidden = order.work.hold is not None and escalation.cause in _HIDES.get(order.work.hold.code, ())
    if escalation.cause is Cause.DRIFT and reopened_from(order) is None:
        hidden = False  # the shop shows the order, although its record cannot be read
    if order.work.parked is not None or not order.marketplace.observed_certain or hidden:
        return False
    if escalation.cause is Cause.WRONG_DELIVERED and escalation.open:
        canceled = (
            order.shop_side.desired is not None and order.shop_side.desired.status is ShopStatus.CANCELED
        )
        # The credit note stays due, whatever the shop shows. Canceling does not correct a wrong Delivered.
        if escalation.return_document is not None or canceled:
            return False
    if step is None:
        return True
    # The same step may fail again, and a confirmation does not remove the cause.
    repeating = escalation.cause in {Cause.REFUSED, Cause.NO_EFFECT, Cause.CALLS_SPENT} or (
        escalation.cause is Cause.NOT_IMPORTED and step.action.in_shop
    )
    return not repeating and step.action is not Action.CONFIRM


def _with_standing_cause(before: Escalation | None, facts: Escalation, now: datetime) -> Escalation:
    """The escalation whose cause exists; `facts` is what it would be if it opened now for the first time."""
    if before is None:
        return facts
    fresh = replace(
        before, what=facts.what, held=facts.held, shop_says=facts.shop_says, right_status=facts.right_status
    )
    if before.open or (before.closed_by_person and fresh == before):
        return fresh
    return replace(
        fresh,
        opened_at=now,
        closed_at=None,
        closed_by_person=False,
        return_document=None,
        history=_with_event(before, EscalationEvent(now, EventKind.REOPENED)),
    )


def _with_hidden_cause(order: OrderState, before: Escalation) -> Escalation:
    """The open escalation whose cause does not show but may exist. What the two sides say is updated."""
    if order.shop_side.desired is None or is_not_in_shop(before):
        return before  # once the shop shows the order, it is another matter
    return replace(before, held=_held(order, before.cause), shop_says=_shop_says(order))


def _with_cause_gone(before: Escalation, now: datetime) -> Escalation:
    """The escalation whose cause is gone, now closed.

    If the cause returns, it is another occasion. So it counts as closed by itself, even if a person had closed it.
    """
    if not before.open:
        return replace(before, closed_by_person=False)
    event = EscalationEvent(now, EventKind.CLOSED, reason=because(EventReason.CAUSE_GONE))
    history = _with_event(before, event)
    return replace(before, closed_at=now, closed_by_person=False, history=history)


def _with_event(escalation: Escalation, event: EscalationEvent) -> tuple[EscalationEvent, ...]:
    return (*escalation.history, event)[-MAX_HISTORY:]


def _facts(order: OrderState, cause: Cause, now: datetime) -> Escalation:
    """The escalation as it opens now."""
    return Escalation(
        cause,
        what=_what(order, cause, now),
        held=_held(order, cause),
        shop_says=_shop_says(order),
        right_status=_right_status(order, cause),
        opened_at=now,
        history=(EscalationEvent(now, EventKind.OPENED),),
    )


def _what(order: OrderState, cause: Cause, now: datetime) -> Reason:
    """What happened."""
    if cause is Cause.DEAD_LETTER and order.work.parked is not None:
        return because(EscalationReason.DEAD_LETTER, parked=order.work.parked)
    if cause is Cause.DRIFT and order.cases.drift is not None:
        return order.cases.drift
    hold = order.work.hold
    if hold is not None and (cause is not Cause.NOT_IMPORTED or hold.code is HoldCode.IMPORT_REFUSED):
        return hold.reason
    return because(EscalationReason.NOT_IN_THE_SHOP, listed_at=order.marketplace.listed_at or now)


def _held(order: OrderState, cause: Cause) -> Reason:
    """What MALL holds."""
    if cause is Cause.NOT_AT_MARKETPLACE or order.marketplace.observed is None:
        return states.NOT_AT_MARKETPLACE
    view = order.marketplace.observed
    return states.at_marketplace(
        view.status, view.delivered_at if view.status is MarketplaceStatus.DELIVERED else None
    )


def _shop_says(order: OrderState) -> Reason:
    """What the shop shows."""
    desired = order.shop_side.desired
    return states.NOT_IN_SHOP if desired is None else states.in_shop(desired.status, desired.delivery)


def _right_status(order: OrderState, cause: Cause) -> Reason:
    """The status that the pairing gives (R1); for an order that must get into the shop, the state there."""
    desired, observed = order.shop_side.desired, order.marketplace.observed
    if cause is Cause.NOT_IMPORTED:
        cancelled = observed is not None and observed.status is MarketplaceStatus.CANCELLED
        return states.in_shop(ShopStatus.CANCELED if cancelled else ShopStatus.PENDING)
    if cause is Cause.DRIFT and desired is None and observed is not None:
        return states.in_shop(PAIRED_IN_SHOP.get(observed.status))
    if cause is Cause.DRIFT and reopened_from(order) is MarketplaceStatus.DELIVERED:
        return states.at_marketplace(MarketplaceStatus.DELIVERED)
    if cause is Cause.REFUSED and order.cases.return_request is not None:
        return states.at_marketplace(MarketplaceStatus.RETURNED)
    right = paired_status(desired)
    if desired is None or right is None:
        return states.NOT_TO_TELL
    if right is MarketplaceStatus.DELIVERED and desired.delivery is not None:
        return states.at_marketplace_dated(right, desired.delivery)
    return states.at_marketplace(right)


def close(order: OrderState, cause: Cause, by: str, note: str, now: datetime) -> OrderState:
    """`order` with the escalation of `cause` closed by the person `by`.

    Raises WrongValueError if it is not open, or if the note cannot be used (R12.9).
    """
    escalation = _open(order, cause)
    event = EscalationEvent(now, EventKind.CLOSED, by, checked_note(note))
    closed = replace(escalation, closed_at=now, closed_by_person=True, history=_with_event(escalation, event))
    return _with(order, closed)


def enter_return_number(order: OrderState, cause: Cause, document: ReturnDocument) -> OrderState:
    """`order` with the return number from MALL's Operations (R6.6).

    The same number with the same items changes nothing. Another number replaces it as a correction, and the 14 days
    still count from the first (R6.7). A reopened escalation has no number. Raises WrongValueError if there is no
    escalation for it, or if it is no return number.
    """
    if cause is not Cause.WRONG_DELIVERED:
        right, given = Term(Cause.WRONG_DELIVERED.value), Term(cause.value)
        raise WrongValueError(because(CaseProblem.RETURN_NUMBER_ELSEWHERE, cause=right, given=given))
    escalation = _open(order, cause)
    before, at = escalation.return_document, document.entered_at
    number = document.number.strip()
    if _RETURN_NUMBER.fullmatch(number) is None:
        raise WrongValueError(because(CaseProblem.RETURN_NUMBER_FORM))
    document = replace(document, number=number, items=tuple(_checked(item) for item in document.items))
    entered = because(EventReason.RETURN_NUMBER, number=Term(number))
    if before is not None:
        if (before.number, before.items) == (number, document.items):
            return order
        document = replace(document, entered_at=before.entered_at)
        entered = (
            because(EventReason.RETURN_NUMBER_OTHER_ITEMS, number=Term(number))
            if before.number == number
            else because(EventReason.RETURN_NUMBER_REPLACED, number=Term(number), before=Term(before.number))
        )
    event = EscalationEvent(at, EventKind.RETURN_NUMBER_ENTERED, document.by, reason=entered)
    history = _with_event(escalation, event)
    return _with(order, replace(escalation, return_document=document, history=history))


def credit_note(order: OrderState, escalation: Escalation) -> CreditNote | None:
    """What the credit note must contain; None: no return number was entered yet."""
    document = escalation.return_document
    if document is None:
        return None
    known = order.marketplace.observed.items if order.marketplace.observed is not None else ()
    return CreditNote(
        order.mall_order_id,
        document.number,
        document.items or known,
        whole_order=not document.items,
        due_at=document.entered_at + CREDIT_NOTE_WITHIN,
    )


def _open(order: OrderState, cause: Cause) -> Escalation:
    """The open escalation of `cause`. Raises WrongValueError if there is none."""
    found = next((e for e in order.cases.escalations if e.cause == cause and e.open), None)
    if found is None:
        number, name = order.mall_order_id, Term(cause.value)
        raise WrongValueError(because(CaseProblem.NO_OPEN_ESCALATION, order=number, cause=name))
    return found


def _with(order: OrderState, changed: Escalation) -> OrderState:
    escalations = tuple(changed if e.cause is changed.cause else e for e in order.cases.escalations)
    return replace(order, cases=replace(order.cases, escalations=escalations))


def _checked(item: Item) -> Item:
    """`item` without outer white space. Raises WrongValueError for an empty title or no positive number of pieces."""
    item = Item(item.title.strip(), item.pieces.strip())
    if not item.title or _PIECES.fullmatch(item.pieces) is None or not Decimal(item.pieces):
        raise WrongValueError(because(CaseProblem.ITEMS))
    return item
