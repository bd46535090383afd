"""Orders as the HTTP API shows them: plain data, ready for JSON. Moments are ISO texts, UTC."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from orderbridge.domain.cases.deadlines import deadlines_of
from orderbridge.domain.cases.escalations import credit_note, ready_text
from orderbridge.domain.dates import day_for_people
from orderbridge.domain.freshness import is_known_since, required_content_time
from orderbridge.domain.operations_texts import what_to_do
from orderbridge.domain.steps import StepState

if TYPE_CHECKING:
    from datetime import datetime

    from orderbridge.domain.cases.records import Escalation, Item, ReturnFlag
    from orderbridge.domain.orders import OrderHistory, OrderState
    from orderbridge.domain.rules import Rules
    from orderbridge.domain.steps import Attempt, Step
    from orderbridge.domain.views import MarketplaceView, ShopView
    from orderbridge.flows.api.request import Json


def summary(order: OrderState, zone: ZoneInfo, now: datetime) -> Json:
    """One line of a list of orders."""
    desired, observed = order.shop_side.desired, order.marketplace.observed
    return {
        "mall_order_id": order.mall_order_id,
        "code": desired.code if desired else None,
        "shop_status": desired.status.value if desired and desired.status else None,
        "shop_status_name": desired.status_name if desired else None,
        "status": observed.status.value if observed else "unknown",
        "hold": _hold(order),
        "why": why(order, zone, now),
        "next_step": None if order.work.step is None else _next_step(order.work.step),
        "updated_at": iso(order.list_entry.since if order.list_entry else None),
    }


def why(order: OrderState, zone: ZoneInfo, now: datetime) -> str:
    """In one line: why nothing is being sent, or what is about to be sent and when (the shop's time)."""
    step = order.work.step
    if step is None:
        return order.work.explanation
    if step.state is StepState.SENDING:
        return f"{step.action.value} is being sent: {step.reason}"
    due = step.due_at()
    needed = required_content_time(order, step)
    if needed is not None and needed <= now and not is_known_since(order, needed):
        shown = f"when the shop's export made after {_for_people(needed, zone)} has shown the order"
        return f"{step.action.value} will be sent {shown}: {step.reason}"
    at = "as soon as it is its turn" if due is None else f"not before {_for_people(due, zone)}"
    tries = (
        f" (try {step.attempts + 1}, {order.work.failures} failures in a row)" if order.work.failures else ""
    )
    return f"{step.action.value} will be sent {at}{tries}: {step.reason}"


def _hold(order: OrderState) -> Json | None:
    hold = order.work.hold
    if hold is None:
        return None
    return {
        "code": hold.code.value,
        "text": hold.text,
        "who_must_act": hold.actor.value,
        "since": iso(order.work.hold_since),
        "until": iso(hold.until),
    }


def _next_step(step: Step) -> Json:
    return {
        "number": step.number,
        "action": step.action.value,
        "state": step.state.value,
        "due_at": iso(step.due_at()),
    }


def detail(history: OrderHistory, rules: Rules, now: datetime) -> Json:
    """Everything about one order: both sides, what was written where, every step with every attempt."""
    order = history.order
    return {
        **summary(order, ZoneInfo(rules.shop_zone), now),
        "shop": order.shop,
        "test": order.marketplace.test,
        "in_the_shop": None
        if order.shop_side.desired is None
        else _in_the_shop(order, order.shop_side.desired),
        "at_mall": None
        if order.marketplace.observed is None
        else _at_mall(order, order.marketplace.observed),
        "written_into_the_shop": {
            "created_at": iso(order.shop_side.imported_at),
            "canceled_at": iso(order.shop_side.canceled_at),
            "not_clear_since": iso(order.shop_side.import_unclear_at),
        },
        "return": None if order.cases.return_flag is None else returned(order.cases.return_flag),
        "past_returns": [returned(flag) for flag in order.cases.past_return_flags],
        "return_request": _return_request(order),
        "escalations": [escalated(order, escalation, rules) for escalation in order.cases.escalations],
        "drift": order.cases.drift or None,
        "deadlines": [
            {
                "kind": deadline.kind.value,
                "due_at": iso(deadline.due_at),
                "missed": deadline.missed,
                "text": deadline.text,
            }
            for deadline in deadlines_of(order, rules, now)
        ],
        "passed": [
            {
                "status": passed.status.value,
                "at": iso(passed.at),
                "by_us": passed.by_us,
                "wanted_at": iso(passed.wanted_at),
                "by_mall": passed.by_them,
                "reverted": passed.reverted,
            }
            for passed in order.marketplace.status_changes
        ],
        "alarms": [
            {
                "subject": alarm.subject,
                "raised_at": iso(alarm.raised_at),
                "sent_at": iso(alarm.sent_at),
            }
            for alarm in order.cases.alarms
        ],
        "steps": [_step(step, history.attempts) for step in history.steps],
        "dead_letters": [
            {
                "message_id": letter.message_id,
                "queue": letter.queue,
                "parked_at": iso(letter.parked_at),
                "receives": letter.receives,
            }
            for letter in history.dead_letters
        ],
    }


def _in_the_shop(order: OrderState, desired: ShopView) -> Json:
    return {
        "code": desired.code,
        "status": desired.status.value if desired.status else None,
        "status_name": desired.status_name,
        "delivery_date": str(desired.delivery) if desired.delivery else None,
        "tracking_number": desired.tracking_number or None,
        "carrier": desired.carrier or None,
        "problems": list(desired.all_problems()),
        "since": iso(order.shop_side.desired_since),
        "seen_at": iso(order.shop_side.seen_at),
        "missing_since": iso(order.shop_side.missing_since),
    }


def _at_mall(order: OrderState, observed: MarketplaceView) -> Json:
    return {
        "status": observed.status.value,
        "confirmed": observed.confirmed,
        "to_be_confirmed": order.marketplace.change_to_confirm or None,
        "mall_delivery": observed.marketplace_delivery,
        "tracking_number": observed.tracking_number or None,
        "tracking_url": observed.tracking_url or None,
        "opened_at": iso(observed.opened_at),
        "shipped_at": iso(observed.shipped_at),
        "delivered_at": iso(observed.delivered_at),
        "ready_to_return": observed.ready_to_return,
        "collect_at": observed.collect_at or None,
        "items": [_item(item) for item in observed.items],
        "certain": order.marketplace.observed_certain,
        "known_since": iso(order.marketplace.observed_at),
        "listed_since": iso(order.marketplace.listed_at),
    }


def on_the_list_of_returns(order: OrderState, flag: ReturnFlag, zone: ZoneInfo, now: datetime) -> Json:
    """One line of the list of returns."""
    desired, observed = order.shop_side.desired, order.marketplace.observed
    return {
        "mall_order_id": order.mall_order_id,
        "code": desired.code if desired else None,
        **returned(flag),
        "shop_status": desired.status.value if desired and desired.status else None,
        "status": observed.status.value if observed else "unknown",
        "mall_delivery": observed.marketplace_delivery if observed else None,
        "tracking_number": (observed.tracking_number if observed else "") or None,
        "tracking_url": (observed.tracking_url if observed else "") or None,
        "collect_at": (observed.collect_at if observed else "") or None,
        "return_request": _return_request(order),
        "why": why(order, zone, now),
    }


def returned(flag: ReturnFlag) -> Json:
    """A parcel's entry on the list of returns, without its order."""
    resolved = flag.resolved
    return {
        "kind": flag.kind.value,
        "state": "open" if flag.open else "resolved",
        "text": flag.text,
        "since": iso(flag.since),
        "flagged_at": iso(flag.opened_at),
        "resolved": None
        if resolved is None
        else {"at": iso(resolved.at), "by": resolved.by, "note": resolved.note},
    }


def _return_request(order: OrderState) -> Json | None:
    request = order.cases.return_request
    return None if request is None else {"at": iso(request.at), "by": request.by}


def on_the_list_of_escalations(order: OrderState, escalation: Escalation, rules: Rules) -> Json:
    """One line of the list of escalations."""
    return {
        "mall_order_id": order.mall_order_id,
        "code": order.shop_side.desired.code if order.shop_side.desired else None,
        **escalated(order, escalation, rules),
    }


def escalated(order: OrderState, escalation: Escalation, rules: Rules) -> Json:
    """One escalation with everything that is needed to settle it."""
    text, note, document = (
        ready_text(order, escalation, rules),
        credit_note(order, escalation),
        escalation.return_document,
    )
    return {
        "cause": escalation.cause.value,
        "state": "open" if escalation.open else "closed",
        "what_happened": escalation.what,
        "mall_holds": escalation.held,
        "shop_says": escalation.shop_says,
        "right_status": escalation.right_status,
        "what_to_do": what_to_do(order, escalation),
        "ready_text": {"cs": text.cs, "en": text.en},
        "opened_at": iso(escalation.opened_at),
        "closed_at": iso(escalation.closed_at),
        "return_number": None if document is None else document.number,
        "credit_note": None
        if note is None
        else {
            "mall_order_id": note.mall_order_id,
            "return_number": note.return_number,
            "whole_order": note.whole_order,
            "items": [_item(item) for item in note.items],
            "due_at": iso(note.due_at),
        },
        "history": [
            {"at": iso(event.at), "what": event.what, "by": event.by, "note": event.note or None}
            for event in escalation.history
        ],
    }


def _item(item: Item) -> Json:
    return {"title": item.title, "pieces": item.pieces}


def _step(step: Step, attempts: tuple[Attempt, ...]) -> Json:
    return {
        "number": step.number,
        "action": step.action.value,
        "state": step.state.value,
        "reason": step.reason,
        "result": step.result or None,
        "planned_at": iso(step.planned_at),
        "not_before": iso(step.not_before),
        "closed_at": iso(step.closed_at),
        "attempts": [_attempt(attempt) for attempt in attempts if attempt.step == step.number],
    }


def _attempt(attempt: Attempt) -> Json:
    return {
        "number": attempt.number,
        "started_at": iso(attempt.started_at),
        "sent": attempt.sent,
        "result": attempt.result.value,
        "call_result": attempt.call_result or None,
        "http_status": attempt.http_status,
        "message": attempt.message or None,
        "duration_ms": attempt.duration_ms,
    }


def iso(moment: datetime | None) -> str | None:
    """ISO form in whole seconds; None stays None."""
    return None if moment is None else moment.isoformat(timespec="seconds")


def _for_people(moment: datetime, zone: ZoneInfo) -> str:
    """To the second: an undo window can be short."""
    return f"{day_for_people(moment, zone)} {moment.astimezone(zone):%H:%M:%S}"
