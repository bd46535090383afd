"""What the rules say of one order: why nothing is sent, why a step is, and what came of it."""

from __future__ import annotations

from orderbridge.domain.facts import Code, Kind


class RecordReason(Code):
    """Why the record of an order in the shop does not count. What the export shows is said in ``edges``."""

    AGE_NOT_KNOWN = "record.age_not_known", {"problem": Kind.REASON, "created_from": Kind.DAY}


class HoldReason(Code):
    """Why nothing is sent. The second part of the code is the ``HoldCode``; a third part tells cases of it apart."""

    UNKNOWN_SHOP_STATUS = "hold.unknown_shop_status", {"name": Kind.TEXT}
    BAD_RECORD = "hold.bad_record", {"problems": Kind.REASONS}
    TWO_ORDERS = "hold.two_orders", {"order": Kind.NUMBER, "code": Kind.TEXT, "other": Kind.TEXT}
    PARTIALLY_SETTLED = "hold.partially_settled"
    STEP_BACK = "hold.step_back", {"shop": Kind.SHOP_STATUS, "held": Kind.STATUS}
    CANCEL_TOO_LATE = "hold.cancel_too_late"
    CANCEL_TOO_LATE_MARKETPLACE_DELIVERY = "hold.cancel_too_late.marketplace_delivery"
    MISSING_TRACKING = "hold.missing_tracking", {"why": Kind.REASON}
    FUTURE_DELIVERY_DATE = (
        "hold.future_delivery_date",
        {"delivery": Kind.SHOP_DATE, "possible_from": Kind.MOMENT},
    )
    NO_ANSWER = "hold.no_answer.marketplace", {"failures": Kind.COUNT, "last": Kind.REASON}
    NO_EFFECT = (
        "hold.no_effect",
        {"action": Kind.ACTION, "times": Kind.NUMBER, "held": Kind.STATUS, "order": Kind.NUMBER},
    )


class StepReason(Code):
    """Why a step is planned."""

    DELIVERED = "step.delivered", {"delivery": Kind.SHOP_DATE}


class InSyncReason(Code):
    """Why nothing is to be sent although nothing is wrong."""

    AGREE = "in_sync.agree", {"shop": Kind.SHOP_STATUS, "held": Kind.STATUS}


class ResultReason(Code):
    """How a step ended."""

    HELD = "result.held", {"held": Kind.STATUS}


class TrackingReason(Code):
    """Why the shop's order gives no tracking that MALL takes."""

    NO_NUMBER = "tracking.no_number"
    SEVERAL_PARCELS = "tracking.several_parcels", {"numbers": Kind.TEXTS}
