"""What is kept about an order beside the two sides and the step between: returns, escalations, alarms, history.

Values without rules; the rules are in ``returns``, ``escalations`` and ``follow_up``. All moments are aware, UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from orderbridge.domain.statuses import MarketplaceStatus

ITSELF = "orderbridge"
"""Who did what came about by itself."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What the lists tell of an order, as a digest (`face`), and since when."""

    face: str
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Item:
    """One line of an order, as the marketplace lists it. `pieces` is a decimal number as text."""

    title: str
    pieces: str


@dataclass(frozen=True, slots=True)
class Passed:
    """A status that the marketplace came to hold.

    `by_us`: we set it. `by_them`: the marketplace waited for a word that it was seen, so MALL or the customer brought
    it about (MALL: confirmed). Neither: by hand, or not known. `wanted_at` is when the shop was first seen to want it
    (None: the shop never did). `taken_back`: it was final and wrong, and the order goes on (see ``corrections``).
    """

    status: MarketplaceStatus
    at: datetime
    by_us: bool
    wanted_at: datetime | None = None
    by_them: bool = False
    taken_back: bool = False


class ReturnKind(StrEnum):
    """Why a parcel is on the list of returns."""

    UNCLAIMED = "unclaimed"
    """Canceled in the shop after Shipped: the parcel is coming back (seed)."""
    OVERDUE = "overdue"
    """Shipped long ago, no delivery date."""
    READY_TO_RETURN = "ready_to_return"
    """MALL Delivery has the parcel ready to be collected (MALL: ready_to_return)."""
    WITHDRAWAL = "withdrawal"
    """Canceled in the shop after Delivered: the status stays Delivered (seed). Information only."""


@dataclass(frozen=True, slots=True)
class Resolution:
    """A person's word that a matter is settled. `note` is what the person wrote."""

    at: datetime
    by: str
    note: str


@dataclass(frozen=True, slots=True)
class ReturnFlag:
    """One parcel on the list of returns.

    `basis` tells one occasion from the next: the same kind on the same basis is flagged once, also after a person
    resolved it. `since` is when the matter began (not when it was noticed), `opened_at` when it was flagged.
    """

    kind: ReturnKind
    basis: str
    text: str
    since: datetime
    opened_at: datetime
    resolved: Resolution | None = None

    @property
    def open(self) -> bool:
        """Whether somebody still has to look at it."""
        return self.resolved is None


@dataclass(frozen=True, slots=True)
class ReturnRequest:
    """A person asked that Returned be set over the API for this one order."""

    at: datetime
    by: str


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
    NO_REST = "no_rest"
    """So many calls were made for the order in a day that they were stopped."""
    NOT_IMPORTED = "not_imported"
    """The shop did not take an order that MALL holds in Open, or did not take its cancellation."""


@dataclass(frozen=True, slots=True)
class EscalationEvent:
    """One entry of an escalation's history: ``opened``, ``closed``, ``reopened``, ``return number entered``."""

    at: datetime
    what: str
    by: str = ITSELF
    note: str = ""

    @property
    def by_person(self) -> bool:
        """Whether a person did it."""
        return self.by != ITSELF


@dataclass(frozen=True, slots=True)
class ReturnDocument:
    """What MALL's Operations sent for a wrong Delivered (MALL: return number ``47xxxxxxxx``).

    `items` empty: the whole order.
    """

    number: str
    entered_at: datetime
    by: str
    items: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True)
class Escalation:
    """One matter for MALL's Operations (or the integrator): one per order and cause, reopened rather than repeated.

    `what` is what happened; `held`, `shop_says` and `right_status` name the sides' states in words that fit any
    language. All four are kept up to date while it is open. `opened_at` is the last opening; earlier ones stand in the
    `history`. `closed_at` None: open. `closed_by_person`: it stays closed although its cause still stands on the
    same facts.
    """

    cause: Cause
    what: str
    held: str
    shop_says: str
    right_status: str
    opened_at: datetime
    closed_at: datetime | None = None
    closed_by_person: bool = False
    return_document: ReturnDocument | None = None
    history: tuple[EscalationEvent, ...] = ()

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
    """One message to the shop's people. `key` names the occasion: one alarm per key, ever.

    `sent_at` None: it is due, but not before `told_from` where the shop's people got too many messages. `subject` and
    `text` hold no personal data.
    """

    key: str
    kind: AlarmKind
    subject: str
    text: str
    raised_at: datetime
    sent_at: datetime | None = None
    told_from: datetime | None = None
