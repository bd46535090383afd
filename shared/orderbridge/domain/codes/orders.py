"""What the rules say about one order: why nothing is sent, why a step is planned, and how it ended."""

from __future__ import annotations

from orderbridge.domain.facts import Code, Kind


class RecordReason(Code):
    """Why an order of the shop does not count (R10.13)."""

    AGE_NOT_KNOWN = "record.age_not_known", {"problem": Kind.REASON, "created_from": Kind.DAY}


class HoldReason(Code):
    """Why nothing is sent. The second part of the code is the ``HoldCode``; further parts are its cases."""

    UNKNOWN_SHOP_STATUS = "hold.unknown_shop_status", {"name": Kind.TEXT}
    BAD_RECORD = "hold.bad_record", {"problems": Kind.REASONS}
    OLDER_THAN_OURS = (
        "hold.bad_record.older_than_ours",
        {"code": Kind.TEXT, "created": Kind.DAY, "order": Kind.NUMBER, "opened": Kind.DAY},
    )
    NO_BEGINNING = "hold.bad_record.no_beginning", {"problem": Kind.REASON}
    TWO_ORDERS = "hold.two_orders", {"order": Kind.NUMBER, "code": Kind.TEXT, "other": Kind.TEXT}
    PARTIALLY_SETTLED = "hold.partially_settled"
    MARKETPLACE_BLOCKED = "hold.marketplace_blocked", {"wanted": Kind.STATUS}
    RETURNED = "hold.marketplace_closed.returned"
    LOST = "hold.marketplace_closed.lost"
    CANCELLED = "hold.marketplace_closed.cancelled"
    CANCELLED_SETTLED = "hold.marketplace_closed.cancelled.settled"
    CANCELLED_NOT_SHOWN = "hold.marketplace_closed.cancelled.not_shown"
    CANCELLED_BY_US = "hold.marketplace_closed.cancelled_by_us"
    MARKETPLACE_DELIVERY = "hold.marketplace_delivery", {"held": Kind.STATUS}
    STEP_BACK = (
        "hold.step_back",
        {"shop": Kind.SHOP_STATUS, "held": Kind.STATUS, "wanted": Kind.SHOP_STATUS},
    )
    CANCEL_TOO_LATE = "hold.cancel_too_late"
    CANCEL_TOO_LATE_DELIVERED = "hold.cancel_too_late.with_delivery_date", {"delivery": Kind.SHOP_DATE}
    CANCEL_TOO_LATE_MARKETPLACE_DELIVERY = "hold.cancel_too_late.marketplace_delivery"
    AFTER_DELIVERED_CANCELED = "hold.after_delivered.canceled"
    AFTER_DELIVERED_SET_BACK = "hold.after_delivered.set_back", {"shop": Kind.SHOP_STATUS}
    AFTER_DELIVERED_DATE_CHANGED = (
        "hold.after_delivered.date_changed",
        {"sent": Kind.SHOP_DATE, "now": Kind.SHOP_DATE},
    )
    AFTER_DELIVERED_DATE_REMOVED = "hold.after_delivered.date_removed", {"sent": Kind.SHOP_DATE}
    MISSING_TRACKING = "hold.missing_tracking", {"why": Kind.REASON}
    MISSING_TRACKING_UNTIL = "hold.missing_tracking.until", {"why": Kind.REASON, "until": Kind.MOMENT}
    BAD_TRACKING = "hold.bad_tracking", {"why": Kind.REASON}
    BAD_TRACKING_UNTIL = "hold.bad_tracking.until", {"why": Kind.REASON, "until": Kind.MOMENT}
    BAD_DELIVERY_DATE = "hold.bad_delivery_date", {"problem": Kind.REASON}
    BAD_DELIVERY_DATE_AFTER_DELIVERED = (
        "hold.bad_delivery_date.after_delivered",
        {"problem": Kind.REASON, "sent": Kind.SHOP_DATE},
    )
    FUTURE_DELIVERY_DATE = (
        "hold.future_delivery_date",
        {"delivery": Kind.SHOP_DATE, "possible_from": Kind.MOMENT},
    )
    FUTURE_DELIVERY_DATE_SLIP = (
        "hold.future_delivery_date.slip",
        {"delivery": Kind.SHOP_DATE, "possible_from": Kind.MOMENT},
    )
    TYPED_EARLY = (
        "hold.future_delivery_date.typed_early",
        {"delivery": Kind.SHOP_DATE, "possible_from": Kind.MOMENT},
    )
    DELIVERY_BEFORE_ORDER = "hold.delivery_before_order", {"delivery": Kind.SHOP_DATE}
    REFUSED = "hold.refused", {"action": Kind.ACTION, "said": Kind.REASON, "order": Kind.NUMBER}
    NOT_AT_MARKETPLACE = "hold.not_at_marketplace", {"said": Kind.REASON}
    NOT_AT_MARKETPLACE_NOR_SHOP = "hold.not_at_marketplace.nor_in_shop", {"said": Kind.REASON}
    NO_ANSWER = "hold.no_answer.marketplace", {"failures": Kind.COUNT, "last": Kind.REASON}
    NO_ANSWER_SHOP = "hold.no_answer.shop", {"failures": Kind.COUNT, "last": Kind.REASON}
    NO_ANSWER_SINCE = "hold.no_answer.silence", {"since": Kind.MOMENT}
    PARKED = "hold.parked", {"what": Kind.REASON, "order": Kind.NUMBER}
    CREATE_REFUSED = "hold.import_refused.create", {"said": Kind.REASON, "order": Kind.NUMBER}
    CREATE_NOT_SHOWN = "hold.import_refused.create.not_shown", {"order": Kind.NUMBER}
    CREATE_NOT_CLEAR = "hold.import_refused.create.not_clear", {"order": Kind.NUMBER}
    CANCEL_REFUSED = "hold.import_refused.cancel", {"said": Kind.REASON, "order": Kind.NUMBER}
    CANCEL_NOT_CLEAR = "hold.import_refused.cancel.not_clear", {"order": Kind.NUMBER}
    CREATE_UNCLEAR = "hold.import_unclear.create"
    CANCEL_UNCLEAR = "hold.import_unclear.cancel"
    REOPENED = "hold.reopened", {"once": Kind.STATUS, "held": Kind.STATUS, "order": Kind.NUMBER}
    REOPENED_DELIVERED = "hold.reopened.delivered", {"held": Kind.STATUS}
    NOT_IN_EXPORT_MISSING = "hold.not_in_export.missing", {"action": Kind.ACTION, "needed": Kind.MOMENT}
    NOT_IN_EXPORT_OLD = "hold.not_in_export.old_content", {"action": Kind.ACTION, "needed": Kind.MOMENT}
    NO_EFFECT = (
        "hold.no_effect",
        {"action": Kind.ACTION, "times": Kind.NUMBER, "held": Kind.STATUS, "order": Kind.NUMBER},
    )
    NO_EFFECT_CONFIRMATION = "hold.no_effect.confirmation", {"times": Kind.NUMBER, "order": Kind.NUMBER}
    UNDONE = (
        "hold.undone_by_person",
        {"action": Kind.ACTION, "by": Kind.TEXT, "at": Kind.MOMENT, "order": Kind.NUMBER},
    )
    UNDONE_DATED = (
        "hold.undone_by_person.dated",
        {"action": Kind.ACTION, "by": Kind.TEXT, "at": Kind.MOMENT, "order": Kind.NUMBER},
    )
    UNDONE_WITH_TRACKING = (
        "hold.undone_by_person.with_tracking",
        {"action": Kind.ACTION, "by": Kind.TEXT, "at": Kind.MOMENT, "order": Kind.NUMBER},
    )
    READS_SPENT = (
        "hold.calls_spent.read",
        {"times": Kind.NUMBER, "next": Kind.REASON, "order": Kind.NUMBER},
    )
    READS_USED_UP = "hold.calls_spent.read.used_up", {"times": Kind.NUMBER, "next": Kind.REASON}
    PUTS_SPENT = (
        "hold.calls_spent.written",
        {"times": Kind.NUMBER, "next": Kind.REASON, "order": Kind.NUMBER},
    )
    PUTS_USED_UP = "hold.calls_spent.written.used_up", {"times": Kind.NUMBER, "next": Kind.REASON}


class StepReason(Code):
    """Why a step is planned."""

    READ_FIRST = "step.read.first"
    READ_DOUBT = "step.read.doubt"
    READ_UNCLEAR_STEP = "step.read.unclear_step", {"step": Kind.NUMBER, "action": Kind.ACTION}
    READ_BLOCKED = "step.read.blocked"
    READ_BEFORE_CONFIRM = "step.read.before_confirm", {"change": Kind.REASON}
    SHIPPING = "step.shipping"
    SHIPPING_MARKETPLACE_DELIVERY = "step.shipping.marketplace_delivery"
    SHIPPED = "step.shipped"
    SHIPPED_NOTED = "step.shipped.noted", {"notes": Kind.REASONS}
    SHIPPED_WITH_DATE = "step.shipped.with_date", {"delivery": Kind.SHOP_DATE}
    SHIPPED_WITH_DATE_NOTED = (
        "step.shipped.with_date.noted",
        {"delivery": Kind.SHOP_DATE, "notes": Kind.REASONS},
    )
    SHIPPED_WITHOUT_TRACKING = "step.shipped.without_tracking", {"why": Kind.REASON}
    SHIPPED_MARKETPLACE_DELIVERY = "step.shipped.marketplace_delivery"
    TRACKING = "step.tracking"
    DELIVERED = "step.delivered", {"delivery": Kind.SHOP_DATE}
    CANCELLED = "step.cancelled"
    RETURNED = "step.returned", {"by": Kind.TEXT}
    CREATE_IN_SHOP = "step.create_in_shop"
    CANCEL_IN_SHOP = "step.cancel_in_shop"


class ChangeReason(Code):
    """A change at MALL, or in the shop, that is confirmed to MALL (R8.3)."""

    STATUS = "change.status", {"status": Kind.STATUS}
    OTHER = "change.other"
    IN_SHOP = "change.in_shop"


class InSyncReason(Code):
    """Why nothing is sent although nothing is wrong."""

    AGREE = "in_sync.agree", {"shop": Kind.SHOP_STATUS, "held": Kind.STATUS}
    BLOCKED = "in_sync.blocked"
    SHIPPED = "in_sync.shipped"
    SHIPPED_MARKETPLACE_DELIVERY = "in_sync.shipped.marketplace_delivery", {"shop": Kind.SHOP_STATUS}
    DELIVERED = "in_sync.delivered"
    DELIVERED_MARKETPLACE_DELIVERY = "in_sync.delivered.marketplace_delivery", {"shop": Kind.SHOP_STATUS}
    ENDED = "in_sync.ended", {"held": Kind.STATUS}
    NOT_LISTED = "in_sync.not_listed", {"listed_at": Kind.MOMENT}
    BULK_CHANGE = "in_sync.bulk_change"
    NOT_IN_EXPORT = "in_sync.not_in_export"
    TAKEN_BY_SHOP = "in_sync.taken_by_shop"
    CONFIRMED_ELSEWHERE = "in_sync.kept_out.confirmed_elsewhere"
    TEST_ORDER = "in_sync.kept_out.test_order"
    OPENED_TOO_EARLY = "in_sync.kept_out.opened_too_early"


class ExplanationReason(Code):
    """Why nothing is decided for an order at all."""

    SHOP_OFF = "explanation.shop_off"
    NOT_REGISTERED = "explanation.not_registered"


class ParkedReason(Code):
    """Why an order was parked (R12.6)."""

    MESSAGE = "parked.message", {"message": Kind.TERM, "queue": Kind.TERM}


class DriftReason(Code):
    """How the two sides differ (R6.9)."""

    NEVER_SHOWN = "drift.never_shown", {"held": Kind.STATUS}


class ResultReason(Code):
    """How a step or an attempt ended."""

    HELD = "result.held", {"held": Kind.STATUS}
    SEEN_BY_READING = "result.seen_by_reading"
    NO_EFFECT = "result.no_effect", {"answer": Kind.REASON, "held": Kind.STATUS}
    BY_SOMEBODY_ELSE = "result.by_somebody_else", {"answer": Kind.REASON, "held": Kind.STATUS}
    TAKEN_BY_SHOP = "result.taken_by_shop"
    NOT_WRITTEN = "result.not_written", {"held": Kind.STATUS}
    SENDER_STOPPED = "result.sender_stopped"
    WRITER_STOPPED = "result.writer_stopped"
    WITHDRAWN_PARKED = "result.withdrawn.parked", {"what": Kind.REASON}
    WITHDRAWN_OTHER_STEP = "result.withdrawn.other_step", {"action": Kind.ACTION, "why": Kind.REASON}
    WITHDRAWN = "result.withdrawn.nothing_to_send", {"why": Kind.REASON}
    WITHDRAWN_BY_PERSON = "result.withdrawn.by_person", {"by": Kind.TEXT, "at": Kind.MOMENT}


class UndoProblem(Code):
    """Why a step cannot be taken back (any more), and what is possible then (R2.17)."""

    BEING_SENT = "undo.being_sent", {"action": Kind.ACTION, "step": Kind.NUMBER}
    SENT = "undo.sent", {"action": Kind.ACTION, "step": Kind.NUMBER}
    SENT_FINAL = "undo.sent.final", {"action": Kind.ACTION, "step": Kind.NUMBER}
    UNANSWERED = "undo.unanswered", {"action": Kind.ACTION, "step": Kind.NUMBER}
    REFUSED = "undo.refused", {"action": Kind.ACTION, "step": Kind.NUMBER}
    WITHDRAWN = "undo.withdrawn", {"action": Kind.ACTION, "step": Kind.NUMBER}
    ENDED = "undo.ended", {"action": Kind.ACTION, "step": Kind.NUMBER}
    NOT_OF_THE_SHOP = "undo.not_of_the_shop", {"action": Kind.ACTION, "step": Kind.NUMBER}
    NO_SUCH_STEP = "undo.no_such_step", {"step": Kind.NUMBER, "order": Kind.NUMBER}


class NextReason(Code):
    """When the planned step is sent."""

    SENDING = "next.sending", {"action": Kind.ACTION, "why": Kind.REASON}
    WHEN_SHOWN = "next.when_shown", {"action": Kind.ACTION, "needed": Kind.MOMENT, "why": Kind.REASON}
    SOON = "next.soon", {"action": Kind.ACTION, "why": Kind.REASON}
    SOON_AGAIN = "next.soon.again", {"action": Kind.ACTION, "failures": Kind.COUNT, "why": Kind.REASON}
    SWITCH_ON = (
        "next.switch_on",
        {"action": Kind.ACTION, "place": Kind.NUMBER, "due": Kind.MOMENT, "why": Kind.REASON},
    )
    SWITCH_ON_FINAL = (
        "next.switch_on.final",
        {"action": Kind.ACTION, "place": Kind.NUMBER, "due": Kind.MOMENT, "why": Kind.REASON},
    )
    NOT_BEFORE = "next.not_before", {"action": Kind.ACTION, "due": Kind.MOMENT, "why": Kind.REASON}
    NOT_BEFORE_AGAIN = (
        "next.not_before.again",
        {"action": Kind.ACTION, "due": Kind.MOMENT, "failures": Kind.COUNT, "why": Kind.REASON},
    )
