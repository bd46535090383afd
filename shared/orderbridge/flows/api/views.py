"""Orders as the HTTP API shows them: plain data for JSON. Times are ISO texts in UTC."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from orderbridge.domain.cases.deadlines import deadlines_of
from orderbridge.domain.cases.escalations import credit_note
from orderbridge.domain.cases.matters import what_to_do
from orderbridge.domain.cases.ready_texts import FOR_THE_READER, ready_text
from orderbridge.domain.codes.orders import NextReason
from orderbridge.domain.freshness import is_known_since, required_content_time
from orderbridge.domain.reasons import because
from orderbridge.domain.steps import StepState
from orderbridge.domain.switch_on import waits_in
from orderbridge.domain.undo import problem as undo_problem
from orderbridge.flows.api.answers import language_for, zone_of
from orderbridge.texts import explained, language_of
from orderbridge.texts.mails import OrderAlarm
from orderbridge.texts.ready_texts import render_ready_text

if TYPE_CHECKING:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from orderbridge.domain.cases.deadlines import Deadline
    from orderbridge.domain.cases.ready_texts import ReadyText
    from orderbridge.domain.cases.records import Alarm, Escalation, EscalationEvent, Item, ReturnFlag
    from orderbridge.domain.orders import OrderHistory, OrderState
    from orderbridge.domain.persons import PersonAction
    from orderbridge.domain.reasons import Reason
    from orderbridge.domain.rules import Rules
    from orderbridge.domain.shops import ShopRecord
    from orderbridge.domain.steps import Attempt, Step
    from orderbridge.domain.views import MarketplaceView, ShopView
    from orderbridge.flows.api.request import ApiRequest, Json
    from orderbridge.texts import Edge, Language


@dataclass(frozen=True, slots=True)
class Reader:
    """The person who reads an answer."""

    language: Language
    """The language of texts."""
    shop_language: Language
    """The shop's language: that of texts which the shop sends to others."""
    zone: ZoneInfo
    """The time zone of times in texts."""
    edge: Edge
    """Where the person reads."""

    def explained(self, reason: Reason) -> Json:
        """`reason` as code, facts and text."""
        return explained(reason, self.language, self.zone, self.edge)

    def explained_if(self, reason: Reason | None) -> Json | None:
        """`reason` as code, facts and text; None stays None."""
        return None if reason is None else self.explained(reason)


def reader_of(request: ApiRequest, record: ShopRecord) -> Reader:
    """The reader of an answer about the shop `record`."""
    shop_language = language_of(record.settings.language)
    return Reader(language_for(request, record), shop_language, zone_of(record), request.edge)


def summary(order: OrderState, reader: Reader, now: datetime) -> Json:
    """One order as an entry of the list of orders."""
    desired, observed = order.shop_side.desired, order.marketplace.observed
    return {
        "mall_order_id": order.mall_order_id,
        "code": desired.code if desired else None,
        "shop_status": desired.status.value if desired and desired.status else None,
        "shop_status_name": desired.status_name if desired else None,
        "status": observed.status.value if observed else "unknown",
        "hold": _hold(order, reader),
        "why": reader.explained_if(why(order, now)),
        "next_step": None if order.work.step is None else _next_step(order.work.step),
        "updated_at": iso(order.list_entry.since if order.list_entry else None),
    }


def why(order: OrderState, now: datetime) -> Reason | None:
    """Why nothing is sent, or what is sent next and when (G9). None: nothing was decided yet."""
    step = order.work.step
    if step is None:
        return order.work.explanation
    if step.state is StepState.SENDING:
        return because(NextReason.SENDING, action=step.action, why=step.reason)
    due, failures = step.due_at(), order.work.failures
    needed = required_content_time(order, step)
    if needed is not None and needed <= now and not is_known_since(order, needed):
        return because(NextReason.WHEN_SHOWN, action=step.action, needed=needed, why=step.reason)
    if due is None:
        return (
            because(NextReason.SOON_AGAIN, action=step.action, failures=failures, why=step.reason)
            if failures
            else because(NextReason.SOON, action=step.action, why=step.reason)
        )
    waiting = waits_in(order, step, now)
    if waiting is not None:
        code = NextReason.SWITCH_ON_FINAL if waiting.irreversible else NextReason.SWITCH_ON
        return because(code, action=step.action, place=waiting.number + 1, due=due, why=step.reason)
    return (
        because(NextReason.NOT_BEFORE_AGAIN, action=step.action, due=due, failures=failures, why=step.reason)
        if failures
        else because(NextReason.NOT_BEFORE, action=step.action, due=due, why=step.reason)
    )


def _hold(order: OrderState, reader: Reader) -> Json | None:
    hold = order.work.hold
    if hold is None:
        return None
    return {
        "code": hold.code.value,
        "reason": reader.explained(hold.reason),
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
        "can_be_undone": undo_problem(step) is None,
    }


def detail(history: OrderHistory, rules: Rules, reader: Reader, now: datetime) -> Json:
    """Everything about one order: both sides, what was written into the shop, every step, what persons asked for."""
    order = history.order
    return {
        **summary(order, reader, now),
        "shop": order.shop,
        "test": order.marketplace.test,
        "in_the_shop": None
        if order.shop_side.desired is None
        else _in_the_shop(order, order.shop_side.desired, reader),
        "at_mall": None
        if order.marketplace.observed is None
        else _at_mall(order, order.marketplace.observed, reader),
        "written_into_the_shop": {
            "created_at": iso(order.shop_side.imported_at),
            "canceled_at": iso(order.shop_side.canceled_at),
            "not_clear_since": iso(order.shop_side.import_unclear_at),
        },
        "return": None
        if order.cases.return_flag is None
        else return_flag_view(order.cases.return_flag, reader),
        "past_returns": [return_flag_view(flag, reader) for flag in order.cases.past_return_flags],
        "return_request": _return_request(order),
        "escalations": [
            escalation_view(order, escalation, rules, reader) for escalation in order.cases.escalations
        ],
        "drift": reader.explained_if(order.cases.drift),
        "deadlines": [deadline_view(deadline, reader) for deadline in deadlines_of(order, rules, now)],
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
        "alarms": [_alarm(order, alarm, reader) for alarm in order.cases.alarms],
        "steps": [_step(step, history.attempts, reader) for step in history.steps],
        "dead_letters": [
            {
                "message_id": letter.message_id,
                "queue": letter.queue,
                "parked_at": iso(letter.parked_at),
                "receives": letter.receives,
            }
            for letter in history.dead_letters
        ],
        "actions": [action_view(action, reader) for action in history.actions],
    }


def _in_the_shop(order: OrderState, desired: ShopView, reader: Reader) -> Json:
    return {
        "code": desired.code,
        "status": desired.status.value if desired.status else None,
        "status_name": desired.status_name,
        "delivery_date": str(desired.delivery) if desired.delivery else None,
        "tracking_number": desired.tracking_number or None,
        "carrier": desired.carrier or None,
        "problems": [reader.explained(problem) for problem in desired.all_problems()],
        "since": iso(order.shop_side.desired_since),
        "seen_at": iso(order.shop_side.seen_at),
        "missing_since": iso(order.shop_side.missing_since),
    }


def _at_mall(order: OrderState, observed: MarketplaceView, reader: Reader) -> Json:
    return {
        "status": observed.status.value,
        "confirmed": observed.confirmed,
        "to_be_confirmed": reader.explained_if(order.marketplace.change_to_confirm),
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


def returns_entry(order: OrderState, flag: ReturnFlag, reader: Reader, now: datetime) -> Json:
    """One entry of the list of returns, with its order."""
    desired, observed = order.shop_side.desired, order.marketplace.observed
    return {
        "mall_order_id": order.mall_order_id,
        "code": desired.code if desired else None,
        **return_flag_view(flag, reader),
        "shop_status": desired.status.value if desired and desired.status else None,
        "status": observed.status.value if observed else "unknown",
        "mall_delivery": observed.marketplace_delivery if observed else None,
        "tracking_number": (observed.tracking_number if observed else "") or None,
        "tracking_url": (observed.tracking_url if observed else "") or None,
        "collect_at": (observed.collect_at if observed else "") or None,
        "return_request": _return_request(order),
        "why": reader.explained_if(why(order, now)),
    }


def return_flag_view(flag: ReturnFlag, reader: Reader) -> Json:
    """One return flag, without its order."""
    resolved = flag.resolved
    return {
        "kind": flag.kind.value,
        "state": "open" if flag.open else "resolved",
        "reason": reader.explained(flag.reason),
        "since": iso(flag.since),
        "flagged_at": iso(flag.opened_at),
        "resolved": None
        if resolved is None
        else {"at": iso(resolved.at), "by": resolved.by, "note": resolved.note},
    }


def _return_request(order: OrderState) -> Json | None:
    request = order.cases.return_request
    return None if request is None else {"at": iso(request.at), "by": request.by}


def escalations_entry(order: OrderState, escalation: Escalation, rules: Rules, reader: Reader) -> Json:
    """One entry of the list of escalations, with its order."""
    return {
        "mall_order_id": order.mall_order_id,
        "code": order.shop_side.desired.code if order.shop_side.desired else None,
        **escalation_view(order, escalation, rules, reader),
    }


def escalation_view(order: OrderState, escalation: Escalation, rules: Rules, reader: Reader) -> Json:
    """One escalation with everything that is needed to settle it, without its order."""
    note, document = credit_note(order, escalation), escalation.return_document
    return {
        "cause": escalation.cause.value,
        "state": "open" if escalation.open else "closed",
        "what_happened": reader.explained(escalation.what),
        "mall_holds": reader.explained(escalation.held),
        "shop_says": reader.explained(escalation.shop_says),
        "right_status": reader.explained(escalation.right_status),
        "what_to_do": reader.explained(what_to_do(order, escalation)),
        "ready_text": _ready_text(ready_text(order, escalation, rules), reader),
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
        "history": [_event(event, reader) for event in escalation.history],
    }


def _ready_text(text: ReadyText, reader: Reader) -> Json:
    """The ready text in its reader's language: texts that leave the shop are in the shop's language."""
    language = reader.language if text.reader in FOR_THE_READER else reader.shop_language
    return {
        "for": text.reader.value,
        "language": language.value,
        "text": render_ready_text(text, language, reader.zone),
    }


def _event(event: EscalationEvent, reader: Reader) -> Json:
    return {
        "at": iso(event.at),
        "what": event.what.value,
        "by": event.by,
        "note": event.note or None,
        "reason": reader.explained_if(event.reason),
    }


def deadline_view(deadline: Deadline, reader: Reader) -> Json:
    """One deadline, without its order."""
    return {
        "kind": deadline.kind.value,
        "due_at": iso(deadline.due_at),
        "missed": deadline.missed,
        "reason": reader.explained(deadline.reason),
    }


def _alarm(order: OrderState, alarm: Alarm, reader: Reader) -> Json:
    return {
        "kind": alarm.kind.value,
        "subject": reader.explained(OrderAlarm(order.mall_order_id, alarm).subject),
        "raised_at": iso(alarm.raised_at),
        "sent_at": iso(alarm.sent_at),
    }


def _item(item: Item) -> Json:
    return {"title": item.title, "pieces": item.pieces}


def _step(step: Step, attempts: tuple[Attempt, ...], reader: Reader) -> Json:
    return {
        "number": step.number,
        "action": step.action.value,
        "state": step.state.value,
        "reason": reader.explained(step.reason),
        "result": reader.explained_if(step.result),
        "planned_at": iso(step.planned_at),
        "not_before": iso(step.not_before),
        "closed_at": iso(step.closed_at),
        "attempts": [_attempt(attempt, reader) for attempt in attempts if attempt.step == step.number],
    }


def _attempt(attempt: Attempt, reader: Reader) -> Json:
    return {
        "number": attempt.number,
        "started_at": iso(attempt.started_at),
        "sent": attempt.sent,
        "result": attempt.result.value,
        "call_result": attempt.call_result or None,
        "http_status": attempt.http_status,
        "reason": reader.explained_if(attempt.reason),
        "duration_ms": attempt.duration_ms,
    }


def action_view(action: PersonAction, reader: Reader) -> Json:
    """One action of a person. ``by`` is null where the record of it cannot be read."""
    return {
        "at": iso(action.at),
        "by": action.by or None,
        "action": reader.explained(action.what),
        "mall_order_id": action.mall_order_id,
        "why": action.why or None,
    }


def iso(moment: datetime | None) -> str | None:
    """ISO text of `moment` in whole seconds; None stays None."""
    return None if moment is None else moment.isoformat(timespec="seconds")
