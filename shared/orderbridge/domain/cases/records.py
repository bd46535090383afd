"""Records about an order beside its two sides and its step: returns, escalations, alarms, status history.

Values without rules. The rules are in ``returns``, ``escalations`` and ``follow_up``. All moments are aware and UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from orderbridge.domain.reasons import Reason
from orderbridge.domain.statuses import MarketplaceStatus

ITSELF = "orderbridge"
"""The author of everything that happened without a person."""


@dataclass(frozen=True, slots=True)
class ListEntry:
    """The order's place on the lists."""

    digest: str
    """A digest of what the lists show of the order."""
    since: datetime | None
    """When that last changed."""


@dataclass(frozen=True, slots=True)
class Item:
    """One line of an order, as the marketplace lists it."""

    title: str
    """The product's name."""
    pieces: str
    """How many, as a decimal number in text."""


@dataclass(frozen=True, slots=True)
class StatusChange:
    """A status that MALL came to hold. Neither `by_us` nor `by_them`: set by hand, or not known by whom (R6.22)."""

    status: MarketplaceStatus
    """The status."""
    at: datetime
    """When the marketplace came to hold it."""
    by_us: bool
    """Whether we set it."""
    wanted_at: datetime | None = None
    """When the shop was first seen to want it; None: it did not."""
    by_them: bool = False
    """Whether MALL or the customer set it: MALL waited for a confirmation (R8.6)."""
    reverted: bool = False
    """Whether it was final and wrong, and the order goes on (see ``corrections``)."""


class ReturnKind(StrEnum):
    """Why a parcel is on the list of returns (R5.6)."""

    UNCLAIMED = "unclaimed"
    """Canceled in the shop after Shipped: the parcel is coming back (R5.2)."""
    OVERDUE = "overdue"
    """Shipped long ago, without a delivery date (R5.3)."""
    READY_TO_RETURN = "ready_to_return"
    """MALL Delivery has the parcel ready to be collected (R5.4)."""
    WITHDRAWAL = "withdrawal"
    """Canceled in the shop after Delivered: the status stays Delivered (R2.8, R5.5). Information only."""


@dataclass(frozen=True, slots=True)
class Resolution:
    """A person's statement that a matter is settled."""

    at: datetime
    """When it was made."""
    by: str
    """Who made it."""
    note: str
    """What the person wrote."""


@dataclass(frozen=True, slots=True)
class ReturnFlag:
    """One parcel on the list of returns."""

    kind: ReturnKind
    """Why it is on the list."""
    basis: str
    """Identifies the occasion: the same kind with the same basis is listed once, even after it was resolved (R5.7)."""
    reason: Reason
    """What happened, and what to do."""
    since: datetime
    """When the matter began."""
    opened_at: datetime
    """When it was put on the list."""
    resolved: Resolution | None = None
    """Who resolved it; None: it is open."""

    @property
    def open(self) -> bool:
        """Whether a person still has to act."""
        return self.resolved is None


@dataclass(frozen=True, slots=True)
class ReturnRequest:
    """A person's request to set Returned over the API (R5.9)."""

    at: datetime
    """When it was made."""
    by: str
    """Who made it."""


class Cause(StrEnum):
    """Why an order was escalated (see the table of holds in docs/rules.md)."""

    REFUSED = "refused"
    """MALL refused a step, and reading did not explain why (R9.3)."""
    IMPOSSIBLE = "impossible"
    """The shop wants a move that the transition table does not allow (R1.13)."""
    WRONG_DELIVERED = "wrong_delivered"
    """MALL holds Delivered, and the shop shows that the parcel is not delivered (R2.9)."""
    WRONG_DELIVERY_DATE = "wrong_delivery_date"
    """The delivery date was changed after Delivered was sent (R2.10)."""
    WRONG_FINAL = "wrong_final"
    """MALL holds another final status, and the shop shows that the parcel is on its way or delivered (R6.8)."""
    NOT_AT_MARKETPLACE = "not_at_marketplace"
    """MALL does not know the order (R1.25)."""
    DEAD_LETTER = "dead_letter"
    """A message about the order failed too often (R12.6)."""
    DRIFT = "drift"
    """The two sides differ, and neither can be taken over safely (R6.9, R2.13)."""
    NO_EFFECT = "no_effect"
    """MALL accepted the same step more than once and does not hold its status (R12.5)."""
    CALLS_SPENT = "calls_spent"
    """The order reached its limit of calls for a day (R12.1)."""
    NOT_IMPORTED = "not_imported"
    """The shop did not accept an order that MALL holds in Open, or did not accept its cancellation (R6.10, R7.7)."""


WRONG_FINALS = frozenset({Cause.WRONG_DELIVERED, Cause.WRONG_DELIVERY_DATE, Cause.WRONG_FINAL})
"""Causes with a wrong final status or delivery date. MALL's form has a question of its own for them (R6.5)."""


class EventKind(StrEnum):
    """What can happen to an escalation."""

    OPENED = "opened"
    CLOSED = "closed"
    REOPENED = "reopened"
    RETURN_NUMBER_ENTERED = "return_number_entered"


@dataclass(frozen=True, slots=True)
class EscalationEvent:
    """One entry of an escalation's history."""

    at: datetime
    """When it happened."""
    what: EventKind
    """What happened."""
    by: str = ITSELF
    """Who did it."""
    note: str = ""
    """What the person wrote; empty: nothing."""
    reason: Reason | None = None
    """Further facts about the event; None: there are none."""

    @property
    def by_person(self) -> bool:
        """Whether a person did it."""
        return self.by != ITSELF


@dataclass(frozen=True, slots=True)
class ReturnDocument:
    """What MALL's Operations sent for a wrong Delivered."""

    number: str
    """The return number, ``47xxxxxxxx`` (R6.6)."""
    entered_at: datetime
    """When it was entered."""
    by: str
    """Who entered it."""
    items: tuple[Item, ...] = ()
    """What comes back; empty: the whole order."""


@dataclass(frozen=True, slots=True)
class Escalation:
    """One problem for MALL's Operations or the integrator; one per order and cause, reopened if it returns (R6.2).

    `what` and the three states after it (``StateReason``) are updated while it is open.
    """

    cause: Cause
    """Why the order was escalated."""
    what: Reason
    """What happened."""
    held: Reason
    """What the marketplace holds."""
    shop_says: Reason
    """What the shop shows."""
    right_status: Reason
    """What the marketplace, or the shop, should hold."""
    opened_at: datetime
    """When it was last opened. Earlier openings are in `history`."""
    closed_at: datetime | None = None
    """When it was closed; None: it is open."""
    closed_by_person: bool = False
    """Whether a person closed it. Then it stays closed while the same facts stand (R6.3)."""
    return_document: ReturnDocument | None = None
    """What MALL's Operations sent."""
    history: tuple[EscalationEvent, ...] = ()
    """What happened to the escalation, oldest first."""

    @property
    def open(self) -> bool:
        """Whether a person still has to act."""
        return self.closed_at is None


class AlarmKind(StrEnum):
    """What the shop's people are notified of at once."""

    STOP_THE_PARCEL = "stop_the_parcel"
    """The order was cancelled, and its parcel may be on its way (R6.15)."""
    ESCALATION = "escalation"
    """An escalation was opened (R6.1)."""
    CHANGED = "changed"
    """MALL or the customer changed something of an order that the shop has (R6.17)."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """One message to the shop's people, as facts. The sender renders it. Holds no personal data."""

    key: str
    """Identifies the occasion. There is one alarm per key, ever (R6.20)."""
    kind: AlarmKind
    """What it is about."""
    happened: Reason
    """What happened (``HappenedReason``)."""
    todo: Reason
    """What to do (``TodoReason``)."""
    raised_at: datetime
    """When the alarm was raised."""
    held: Reason | None = None
    """What MALL holds; None: the message does not say."""
    shop_says: Reason | None = None
    """What the shop shows; None: the message does not say."""
    sent_at: datetime | None = None
    """When it was sent; None: it is due."""
    send_from: datetime | None = None
    """It is not sent before this moment, because the shop's people got too many messages (R6.18)."""
