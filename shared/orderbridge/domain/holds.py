"""Why nothing is sent for an order: a hold, or both sides agree."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from orderbridge.domain.reasons import Reason


class Actor(StrEnum):
    """Who must act before the order can go on."""

    NOBODY = "nobody"
    CLERK = "clerk"
    INTEGRATOR = "integrator"
    MARKETPLACE = "marketplace"


class HoldCode(StrEnum):
    """Why nothing is being sent for an order."""

    UNKNOWN_SHOP_STATUS = "unknown_shop_status"
    BAD_RECORD = "bad_record"
    TWO_ORDERS = "two_orders"
    PARTIALLY_SETTLED = "partially_settled"
    MARKETPLACE_BLOCKED = "marketplace_blocked"
    MARKETPLACE_CLOSED = "marketplace_closed"
    MARKETPLACE_DELIVERY = "marketplace_delivery"
    STEP_BACK = "step_back"
    CANCEL_TOO_LATE = "cancel_too_late"
    AFTER_DELIVERED = "after_delivered"
    MISSING_TRACKING = "missing_tracking"
    BAD_TRACKING = "bad_tracking"
    BAD_DELIVERY_DATE = "bad_delivery_date"
    FUTURE_DELIVERY_DATE = "future_delivery_date"
    DELIVERY_BEFORE_ORDER = "delivery_before_order"
    REFUSED = "refused"
    NOT_AT_MARKETPLACE = "not_at_marketplace"
    NO_ANSWER = "no_answer"
    PARKED = "parked"
    IMPORT_REFUSED = "import_refused"
    IMPORT_UNCLEAR = "import_unclear"
    REOPENED = "reopened"
    NOT_IN_EXPORT = "not_in_export"
    NO_EFFECT = "no_effect"
    """The marketplace accepted a step more than once, and did not keep to it."""
    CALLS_SPENT = "calls_spent"
    """So many calls were made for the order today that something must be going round in a circle."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Why nothing is being sent."""

    code: HoldCode
    """The kind of hold."""
    reason: Reason
    """What happened, and what a person must do."""
    actor: Actor
    """Who must act."""
    until: datetime | None = None
    """When it ends by itself; None: with the next change of either side."""


@dataclass(frozen=True, slots=True)
class InSync:
    """Both sides agree, as far as is known: nothing is to be sent."""

    reason: Reason
    """Why nothing is to be sent."""
    until: datetime | None = None
    """When the order is checked again."""
