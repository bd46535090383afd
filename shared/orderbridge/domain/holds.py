"""Why nothing is sent for an order: a hold, or both sides are in sync."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from orderbridge.domain.reasons import Reason


class Actor(StrEnum):
    """Who must act before the order goes on."""

    NOBODY = "nobody"
    CLERK = "clerk"
    INTEGRATOR = "integrator"
    MARKETPLACE = "marketplace"


class HoldCode(StrEnum):
    """Why nothing is sent for an order. The table of holds in docs/rules.md has the rule of each."""

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
    """MALL accepted a step more than once and does not hold its status (R12.5)."""
    UNDONE_BY_PERSON = "undone_by_person"
    """A person took the step back that the shop's record asks for (R2.16)."""
    CALLS_SPENT = "calls_spent"
    """The order reached its limit of calls for the day (R12.1). Something probably repeats itself."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Why nothing is sent."""

    code: HoldCode
    """The kind of hold."""
    reason: Reason
    """What happened, and what a person must do."""
    actor: Actor
    """Who must act."""
    until: datetime | None = None
    """When the hold ends by itself (UTC); None: with the next change of either side."""


@dataclass(frozen=True, slots=True)
class InSync:
    """Both sides agree, as far as is known. Nothing is sent."""

    reason: Reason
    """Why nothing is sent."""
    until: datetime | None = None
    """When the order is rechecked (UTC); None: with the next change of either side."""
