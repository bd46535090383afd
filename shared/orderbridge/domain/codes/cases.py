"""What waits for people: escalations, returns, alarms, deadlines, the digest, the figures (R5, R6)."""

from __future__ import annotations

from orderbridge.domain.facts import Code, Kind

_ORDER = {"order": Kind.NUMBER}
"""The facts of a code that names one order."""
_SINCE = {"order": Kind.NUMBER, "since": Kind.MOMENT}
"""The facts of a code that names one order, and since when."""


class StateReason(Code):
    """What a side shows, or should show, of an order. Texts put it behind a colon; it is no sentence."""

    AT_MARKETPLACE = "state.marketplace", {"status": Kind.STATUS}
    AT_MARKETPLACE_SINCE = "state.marketplace.since", {"status": Kind.STATUS, "at": Kind.MOMENT}
    AT_MARKETPLACE_DATED = "state.marketplace.dated", {"status": Kind.STATUS, "delivery": Kind.SHOP_DATE}
    NOT_AT_MARKETPLACE = "state.marketplace.none"
    IN_SHOP = "state.shop", {"status": Kind.SHOP_STATUS}
    IN_SHOP_DATED = "state.shop.dated", {"status": Kind.SHOP_STATUS, "delivery": Kind.SHOP_DATE}
    UNKNOWN_IN_SHOP = "state.shop.unknown"
    UNKNOWN_IN_SHOP_DATED = "state.shop.unknown.dated", {"delivery": Kind.SHOP_DATE}
    NOT_IN_SHOP = "state.shop.none"
    NOT_TO_TELL = "state.not_to_tell"


class EscalationReason(Code):
    """What happened, if an escalation knows more than the order's hold."""

    NOT_IN_THE_SHOP = "escalation.not_in_the_shop", {"listed_at": Kind.MOMENT}
    DEAD_LETTER = "escalation.dead_letter", {"parked": Kind.REASON}


class HappenedReason(Code):
    """What happened, in one sentence without texts of either side. One for each ``Matter``, and for other alarms."""

    REFUSED = "happened.refused"
    REFUSED_ACTION = "happened.refused.action", {"action": Kind.ACTION}
    TRACKING_REFUSED = "happened.tracking_refused"
    CONFIRMATION_REFUSED = "happened.confirmation_refused"
    IMPOSSIBLE = "happened.impossible"
    WRONG_DELIVERED = "happened.wrong_delivered"
    WRONG_DELIVERY_DATE = "happened.wrong_delivery_date"
    WRONG_FINAL = "happened.wrong_final"
    CANCELLED_BY_US = "happened.cancelled_by_us"
    NOT_AT_MARKETPLACE = "happened.not_at_marketplace"
    DEAD_LETTER = "happened.dead_letter"
    DRIFT = "happened.drift"
    DELIVERED_UNDONE = "happened.delivered_undone"
    NEVER_IN_THE_SHOP = "happened.never_in_the_shop"
    NO_EFFECT = "happened.no_effect"
    CALLS_SPENT = "happened.calls_spent"
    NOT_IMPORTED = "happened.not_imported"
    NOT_CANCELED = "happened.not_canceled"
    STOP_THE_PARCEL = "happened.stop_the_parcel"
    CHANGED = "happened.changed"


class OperationsRequest(Code):
    """What the ready text asks MALL's Operations to do (R6.5). One for each ``Matter`` in which they can help."""

    REFUSED = "request.refused"
    TRACKING_REFUSED = "request.tracking_refused"
    CONFIRMATION_REFUSED = "request.confirmation_refused"
    IMPOSSIBLE = "request.impossible"
    WRONG_DELIVERED = "request.wrong_delivered"
    WRONG_DELIVERY_DATE = "request.wrong_delivery_date"
    WRONG_FINAL = "request.wrong_final"
    CANCELLED_BY_US = "request.cancelled_by_us"
    NOT_AT_MARKETPLACE = "request.not_at_marketplace"
    DRIFT = "request.drift"
    DELIVERED_UNDONE = "request.delivered_undone"
    NO_EFFECT = "request.no_effect"
    CALLS_SPENT = "request.calls_spent"


class TodoReason(Code):
    """What a person does first. One for each ``Matter``, and for what follows from it or from another alarm."""

    REFUSED = "todo.refused"
    TRACKING_REFUSED = "todo.tracking_refused"
    CONFIRMATION_REFUSED = "todo.confirmation_refused"
    IMPOSSIBLE = "todo.impossible"
    IMPOSSIBLE_SET_FORWARD = "todo.impossible.set_forward", {"wanted": Kind.SHOP_STATUS}
    WRONG_DELIVERED = "todo.wrong_delivered"
    WRONG_DELIVERY_DATE = "todo.wrong_delivery_date"
    WRONG_FINAL = "todo.wrong_final"
    CANCELLED_BY_US = "todo.cancelled_by_us"
    NOT_AT_MARKETPLACE = "todo.not_at_marketplace"
    DEAD_LETTER = "todo.dead_letter", _ORDER
    DRIFT = "todo.drift", _ORDER
    DELIVERED_UNDONE = "todo.delivered_undone"
    NEVER_IN_THE_SHOP = "todo.never_in_the_shop"
    NO_EFFECT = "todo.no_effect"
    CALLS_SPENT = "todo.calls_spent"
    NOT_IMPORTED = "todo.not_imported"
    NOT_CANCELED = "todo.not_canceled"
    CREDIT_NOTE = "todo.credit_note"
    LOOK_FOR_THE_ORDER = "todo.look_for_the_order"
    DO_NOT_PACK = "todo.do_not_pack"
    STOP_PACKING = "todo.stop_packing"
    GET_IT_BACK = "todo.get_it_back"
    COMPARE = "todo.compare"


class SubjectReason(Code):
    """The subject line of a mail: short, and no sentence. One for each ``Matter``, and for each other mail."""

    REFUSED = "subject.refused", _ORDER
    TRACKING_REFUSED = "subject.tracking_refused", _ORDER
    CONFIRMATION_REFUSED = "subject.confirmation_refused", _ORDER
    IMPOSSIBLE = "subject.impossible", _ORDER
    WRONG_DELIVERED = "subject.wrong_delivered", _ORDER
    WRONG_DELIVERY_DATE = "subject.wrong_delivery_date", _ORDER
    WRONG_FINAL = "subject.wrong_final", _ORDER
    CANCELLED_BY_US = "subject.cancelled_by_us", _ORDER
    NOT_AT_MARKETPLACE = "subject.not_at_marketplace", _ORDER
    DEAD_LETTER = "subject.dead_letter", _ORDER
    DRIFT = "subject.drift", _ORDER
    DELIVERED_UNDONE = "subject.delivered_undone", _ORDER
    NEVER_IN_THE_SHOP = "subject.never_in_the_shop", _ORDER
    NO_EFFECT = "subject.no_effect", _ORDER
    CALLS_SPENT = "subject.calls_spent", _ORDER
    NOT_IMPORTED = "subject.not_imported", _ORDER
    NOT_CANCELED = "subject.not_canceled", _ORDER
    STOP_THE_PARCEL = "subject.stop_the_parcel", _ORDER
    CHANGED = "subject.changed", _ORDER
    OTHER = "subject.other", _ORDER
    """For an alarm that another version of this program raised."""
    SUMMARY = "subject.summary", {"shop": Kind.TERM, "messages": Kind.COUNT}
    SUMMARY_WITH_PARCELS = (
        "subject.summary_with_parcels",
        {"shop": Kind.TERM, "parcels": Kind.COUNT, "messages": Kind.NUMBER},
    )
    DIGEST = "subject.digest", {"shop": Kind.TERM, "items": Kind.COUNT, "new": Kind.NUMBER}


class EventReason(Code):
    """A fact about an event in an escalation's history."""

    CAUSE_GONE = "event.cause_gone"
    RETURN_NUMBER = "event.return_number", {"number": Kind.TERM}
    RETURN_NUMBER_OTHER_ITEMS = "event.return_number.other_items", {"number": Kind.TERM}
    RETURN_NUMBER_REPLACED = "event.return_number.replaced", {"number": Kind.TERM, "before": Kind.TERM}


class ReturnReason(Code):
    """Why a parcel is on the list of returns (R5). The second part of the code is the ``ReturnKind``."""

    READY_TO_RETURN = "return.ready_to_return", {"collect_at": Kind.TEXT}
    READY_TO_RETURN_SOMEWHERE = "return.ready_to_return.place_not_known"
    UNCLAIMED = "return.unclaimed", {"since": Kind.MOMENT}
    UNCLAIMED_OVER_API = "return.unclaimed.over_api", {"since": Kind.MOMENT, **_ORDER}
    UNCLAIMED_MARKETPLACE_DELIVERY = "return.unclaimed.marketplace_delivery", {"since": Kind.MOMENT}
    OVERDUE = "return.overdue", {"shipped_at": Kind.MOMENT, "days": Kind.COUNT}
    OVERDUE_OVER_API = "return.overdue.over_api", {"shipped_at": Kind.MOMENT, "days": Kind.COUNT, **_ORDER}
    OVERDUE_MARKETPLACE_DELIVERY = (
        "return.overdue.marketplace_delivery",
        {"shipped_at": Kind.MOMENT, "days": Kind.COUNT},
    )
    WITHDRAWAL = "return.withdrawal", {"since": Kind.MOMENT}


class DeadlineReason(Code):
    """What MALL expects and by when, or that the deadline was missed (R6.11)."""

    CONFIRM = "deadline.confirm", {"due_at": Kind.MOMENT}
    CONFIRM_MISSED = "deadline.confirm.missed", {"due_at": Kind.MOMENT}
    DELIVERED = "deadline.delivered", {"due_at": Kind.MOMENT}
    DELIVERED_MISSED = "deadline.delivered.missed", {"due_at": Kind.MOMENT}
    CREDIT_NOTE = "deadline.credit_note", {"return_number": Kind.TERM, "due_at": Kind.MOMENT}
    CREDIT_NOTE_MISSED = "deadline.credit_note.missed", {"return_number": Kind.TERM, "due_at": Kind.MOMENT}


class DigestReason(Code):
    """A line of the daily digest (R6.13), or a remark about the digest."""

    ESCALATION = "digest.escalation", {**_SINCE, "happened": Kind.REASON}
    DEADLINE = "digest.deadline", {**_ORDER, "deadline": Kind.REASON}
    MISSING = "digest.missing", {**_SINCE, "held": Kind.STATUS}
    FORGOTTEN = "digest.forgotten", _SINCE
    RETURN_UNCLAIMED = "digest.return.unclaimed", _SINCE
    RETURN_OVERDUE = "digest.return.overdue", _SINCE
    RETURN_READY_TO_RETURN = "digest.return.ready_to_return", _SINCE
    RETURN_WITHDRAWAL = "digest.return.withdrawal", _SINCE
    HELD_CLERK = "digest.held.clerk", {**_SINCE, "why": Kind.REASON}
    HELD_INTEGRATOR = "digest.held.integrator", {**_SINCE, "why": Kind.REASON}
    HELD_MARKETPLACE = "digest.held.marketplace", {**_SINCE, "why": Kind.REASON}
    NEW_ITEMS = "digest.new_items", {"shop": Kind.TERM, "new": Kind.COUNT}
    MORE = "digest.more", {"more": Kind.COUNT}
    CUT_RETURNS = "digest.cut.returns", {"limit": Kind.NUMBER}
    CUT_ESCALATIONS = "digest.cut.escalations", {"limit": Kind.NUMBER}
    CUT_HELD = "digest.cut.held", {"limit": Kind.NUMBER}
    CUT_STATUS = "digest.cut.status", {"limit": Kind.NUMBER, "status": Kind.STATUS}
    UNREADABLE = "digest.unreadable", {"orders": Kind.COUNT}


class HoldSummary(Code):
    """Why an order is held, for mails, without texts from outside (R11.6). One for each ``HoldCode``, by its name.

    A write into the shop has a second one, for a cancellation.
    """

    UNKNOWN_SHOP_STATUS = "held.unknown_shop_status"
    BAD_RECORD = "held.bad_record"
    TWO_ORDERS = "held.two_orders"
    PARTIALLY_SETTLED = "held.partially_settled"
    MARKETPLACE_BLOCKED = "held.marketplace_blocked"
    MARKETPLACE_CLOSED = "held.marketplace_closed"
    MARKETPLACE_DELIVERY = "held.marketplace_delivery"
    STEP_BACK = "held.step_back"
    CANCEL_TOO_LATE = "held.cancel_too_late"
    AFTER_DELIVERED = "held.after_delivered"
    MISSING_TRACKING = "held.missing_tracking"
    BAD_TRACKING = "held.bad_tracking"
    BAD_DELIVERY_DATE = "held.bad_delivery_date"
    FUTURE_DELIVERY_DATE = "held.future_delivery_date"
    DELIVERY_BEFORE_ORDER = "held.delivery_before_order"
    REFUSED = "held.refused"
    NOT_AT_MARKETPLACE = "held.not_at_marketplace"
    NO_ANSWER = "held.no_answer"
    PARKED = "held.parked"
    IMPORT_REFUSED = "held.import_refused"
    IMPORT_REFUSED_CANCELLATION = "held.import_refused.cancellation"
    IMPORT_UNCLEAR = "held.import_unclear"
    IMPORT_UNCLEAR_CANCELLATION = "held.import_unclear.cancellation"
    REOPENED = "held.reopened"
    NOT_IN_EXPORT = "held.not_in_export"
    NO_EFFECT = "held.no_effect"
    UNDONE_BY_PERSON = "held.undone_by_person"
    CALLS_SPENT = "held.calls_spent"


class HoldTodo(Code):
    """What a person does about a hold, as the heading of its orders. One for each ``HoldCode``, by its name."""

    UNKNOWN_SHOP_STATUS = "do.unknown_shop_status"
    BAD_RECORD = "do.bad_record"
    TWO_ORDERS = "do.two_orders"
    PARTIALLY_SETTLED = "do.partially_settled"
    MARKETPLACE_BLOCKED = "do.marketplace_blocked"
    MARKETPLACE_CLOSED = "do.marketplace_closed"
    MARKETPLACE_DELIVERY = "do.marketplace_delivery"
    STEP_BACK = "do.step_back"
    CANCEL_TOO_LATE = "do.cancel_too_late"
    AFTER_DELIVERED = "do.after_delivered"
    MISSING_TRACKING = "do.missing_tracking"
    BAD_TRACKING = "do.bad_tracking"
    BAD_DELIVERY_DATE = "do.bad_delivery_date"
    FUTURE_DELIVERY_DATE = "do.future_delivery_date"
    DELIVERY_BEFORE_ORDER = "do.delivery_before_order"
    REFUSED = "do.refused"
    NOT_AT_MARKETPLACE = "do.not_at_marketplace"
    NO_ANSWER = "do.no_answer"
    PARKED = "do.parked"
    IMPORT_REFUSED = "do.import_refused"
    IMPORT_UNCLEAR = "do.import_unclear"
    REOPENED = "do.reopened"
    NOT_IN_EXPORT = "do.not_in_export"
    NO_EFFECT = "do.no_effect"
    UNDONE_BY_PERSON = "do.undone_by_person"
    CALLS_SPENT = "do.calls_spent"


class TodayReason(Code):
    """What the list of today says as a whole."""

    NOTHING = "today.nothing", {"sent": Kind.COUNT}
    MATTERS = "today.matters", {"matters": Kind.COUNT}


class FigureReason(Code):
    """What a figure counts."""

    CANCEL_RATE = "figure.cancel_rate"
    STATUS_ERRORS = "figure.status_errors"
    TRACKING_RATE = "figure.tracking_rate"
    LATE_DELIVERED = "figure.late_delivered"


class CaseProblem(Code):
    """Why a person's request about a case is not carried out, and what to do instead."""

    NO_OPEN_RETURN = "case.no_open_return", _ORDER
    NO_OPEN_ESCALATION = "case.no_open_escalation", {**_ORDER, "cause": Kind.TERM}
    NOTE = "case.note", {"length": Kind.NUMBER, "limit": Kind.NUMBER}
    RETURNED_BY_MARKETPLACE = "case.returned.marketplace_delivery"
    RETURNED_TOO_SOON = "case.returned.not_shipped", {"held": Kind.STATUS}
    RETURNED_STATUS_UNKNOWN = "case.returned.status_unknown"
    RETURNED_SWITCHED_OFF = "case.returned.switched_off"
    RETURNED_NO_ENTRY = "case.returned.no_entry"
    RETURN_NUMBER_ELSEWHERE = "case.return_number.elsewhere", {"cause": Kind.TERM, "given": Kind.TERM}
    RETURN_NUMBER_FORM = "case.return_number.form"
    ITEMS = "case.items"
