"""What is kept about an order beside the two sides and the step between: returns, escalations, alarms, history.

Values without rules; the rules are in ``returns``, ``escalations`` and ``follow_up``. All moments are aware, UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from orderbridge.domain.reasons import Reason
from orderbridge.domain.statuses import MarketplaceStatus

ITSELF = "orderbridge"
"""Who did what came about by itself."""


@dataclass(frozen=True, slots=True)
class ListEntry:
    """What the lists tell of an order, and since when."""

    digest: str
    """A digest of what the lists tell."""
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
    """A status that the marketplace came to hold. Neither `by_us` nor `by_them`: by hand, or not known."""

    status: MarketplaceStatus
    """The status."""
    at: datetime
    """When the marketplace came to hold it."""
    by_us: bool
    """We set it."""
    wanted_at: datetime | None = None
    """When the shop was first seen to want it; None: it never did."""
    by_them: bool = False
    """MALL or the customer brought it about: the marketplace waited for a confirmation (R8.6)."""
    reverted: bool = False
    """It was final and wrong, and the order goes on (see ``corrections``)."""


class ReturnKind(StrEnum):
    """Why a parcel is on the list of returns."""

    UNCLAIMED = "unclaimed"
    """Canceled in the shop after Shipped: the parcel is coming back (R5.2)."""
    OVERDUE = "overdue"
    """Shipped long ago, no delivery date."""
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
    """Tells one occasion from the next: the same kind on the same basis is flagged once, also after it was resolved."""
    reason: Reason
    """What happened, and what to do."""
    since: datetime
    """When the matter began (not when it was noticed)."""
    opened_at: datetime
    """When it was flagged."""
    resolved: Resolution | None = None
    """Who settled it; None: it is open."""

    @property
    def open(self) -> bool:
        """Whether somebody still has to look at it."""
        return self.resolved is None


@dataclass(frozen=True, slots=True)
class ReturnRequest:
    """A person asked that Returned be set over the API for this one order."""

    at: datetime
    """When."""
    by: str
    """Who."""


class Cause(StrEnum):
    """Why an order was escalated: what no retry can mend."""

    REFUSED = "refused"
    """MALL refused a step, and reading did not explain it."""
    IMPOSSIBLE = "impossible"
    """The shop asks for what MALL's table does not allow."""
    WRONG_DELIVERED = "wrong_delivered"
    """MALL holds Delivered, and the shop says that it is not."""
    WRONG_DELIVERY_DATE = "wrong_delivery_date"
    """The delivery date was changed after Delivered had been sent."""
    WRONG_FINAL = "wrong_final"
    """MALL holds another final status, and the shop says that the parcel is on its way or delivered."""
    NOT_AT_MARKETPLACE = "not_at_marketplace"
    """MALL does not know the order."""
    DEAD_LETTER = "dead_letter"
    """A message about the order failed too often."""
    DRIFT = "drift"
    """The two lists differ, and taking over either side is not safe."""
    NO_EFFECT = "no_effect"
    """MALL accepted the same step more than once, and did not keep to it."""
    CALLS_SPENT = "calls_spent"
    """So many calls were made for the order in a day that they were stopped."""
    NOT_IMPORTED = "not_imported"
    """The shop did not take an order that MALL holds in Open, or did not take its cancellation."""


WRONG_FINALS = frozenset({Cause.WRONG_DELIVERED, Cause.WRONG_DELIVERY_DATE, Cause.WRONG_FINAL})
"""A final status, or what belongs to it, is wrong: the portal's form has a place of its own for it."""


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
    """What the person wrote."""
    reason: Reason | None = None
    """What there is to say about it beside that."""

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
    """One matter for MALL's Operations (or the integrator): one per order and cause, reopened rather than repeated.

    `what` and the three states after it (``StateReason``) are kept up to date while it is open.
    """

    cause: Cause
    """Why the order was escalated."""
    what: Reason
    """What happened."""
    held: Reason
    """What the marketplace holds."""
    shop_says: Reason
    """What the shop says."""
    right_status: Reason
    """What the marketplace, or the shop, should hold."""
    opened_at: datetime
    """The last opening; earlier ones stand in the `history`."""
    closed_at: datetime | None = None
    """When it was closed; None: it is open."""
    closed_by_person: bool = False
    """It stays closed while the same facts stand, because a person closed it."""
    return_document: ReturnDocument | None = None
    """What MALL's Operations sent."""
    history: tuple[EscalationEvent, ...] = ()
    """What happened to the escalation, oldest first."""

    @property
    def open(self) -> bool:
        """Whether it waits for somebody."""
        return self.closed_at is None


class AlarmKind(StrEnum):
    """What the shop is told at once."""

    STOP_THE_PARCEL = "stop_the_parcel"
    ESCALATION = "escalation"
    CHANGED = "changed"
    """MALL or the customer changed something of an order that the shop has."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """One message to the shop's people, as facts: it is put into words when it is sent. Holds no personal data."""

    key: str
    """Names the occasion: there is one alarm per key, ever."""
    kind: AlarmKind
    """What it is about."""
    happened: Reason
    """What happened (``HappenedReason``)."""
    todo: Reason
    """What to do (``TodoReason``)."""
    raised_at: datetime
    """When the occasion came up."""
    held: Reason | None = None
    """What the marketplace holds; None: it is not the question."""
    shop_says: Reason | None = None
    """What the shop says; None: it is not the question."""
    sent_at: datetime | None = None
    """When it was sent; None: it is due."""
    send_from: datetime | None = None
    """It is not sent before this moment, because the shop's people got too many messages."""
