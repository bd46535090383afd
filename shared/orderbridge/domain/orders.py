"""An order as the product knows it: what the shop wants, what the marketplace is known to hold, the step between.

All moments are timezone-aware and UTC unless a name says otherwise. Everything here is a value: a change
makes a new one.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Self

from orderbridge.domain.carriers import Tracking
from orderbridge.domain.cases.records import (
    Alarm,
    Escalation,
    Item,
    ListEntry,
    ReturnFlag,
    ReturnRequest,
    StatusChange,
)
from orderbridge.domain.dates import ShopDate
from orderbridge.domain.payloads import StepPayload, key_of
from orderbridge.domain.statuses import MarketplaceStatus, ShopStatus

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class ShopView:
    """One order as the shop's export shows it. Holds no personal data.

    Each ``…_problem`` is a line for a clerk: why this detail could not be read. It stops only the steps that need it.
    """

    code: str
    """The shop's own number of the order."""
    status: ShopStatus | None
    """One of the five states; None: `status_name` is none of them."""
    status_name: str
    """The state's name as the export writes it."""
    delivery: ShopDate | None = None
    """When the customer got the parcel."""
    delivery_problem: str = ""
    """Why `delivery` could not be read."""
    tracking_number: str = ""
    """As the clerk wrote it. Several numbers, from whatever elements, are separated by commas."""
    tracking_problem: str = ""
    """Why `tracking_number` could not be read."""
    tracking_url: str = ""
    """Where the customer can follow the parcel, if the export says so."""
    tracking_url_problem: str = ""
    """Why `tracking_url` could not be read."""
    carrier: str = ""
    """The carrier's name as the shop writes it."""
    carrier_problem: str = ""
    """Why `carrier` could not be read."""
    created: ShopDate | None = None
    """When the order was placed."""
    created_problem: str = ""
    """Why `created` could not be read."""
    problems: tuple[str, ...] = ()
    """Why it is not sure which order this is, or what state it is in. They stop every step."""

    def all_problems(self) -> tuple[str, ...]:
        """Every line about what could not be read, whatever it stops."""
        details = (
            self.delivery_problem,
            self.tracking_problem,
            self.tracking_url_problem,
            self.carrier_problem,
            self.created_problem,
        )
        return (*self.problems, *filter(None, details))

    def considered(self, created_from: date | None) -> Self | None:
        """The view of an order that counts where orders from before `created_from` do not; None: it does not count.

        One whose creation date cannot be read may be of either kind: leaving it out would be a sale that nobody ever
        hears of, acting on it would touch a past that is closed. So it counts, and nothing is done but to tell.
        """
        if created_from is None:
            return self
        if self.created_problem:
            told = f"{self.created_problem}; only orders from {created_from} on are looked at (ignore_created_before)"
            return replace(self, created_problem="", problems=(*self.problems, told))
        return None if self.created is not None and self.created.day < created_from else self


@dataclass(frozen=True, slots=True)
class ExportedOrder:
    """A record of the export that carries a MALL order number."""

    mall_order_id: int
    """The marketplace's number of the order."""
    view: ShopView
    """What the record shows."""


@dataclass(frozen=True, slots=True)
class MarketplaceView:
    """What the marketplace is known to hold of an order: from its last answer, and from what it accepted since."""

    status: MarketplaceStatus
    """The order's status."""
    confirmed: bool
    """False: the marketplace waits for a confirmation that its last change was seen."""
    marketplace_delivery: bool = False
    """Whether the marketplace delivers the parcel itself (MALL Delivery)."""
    tracking_number: str = ""
    """The parcel's number."""
    tracking_url: str = ""
    """Where the customer can follow the parcel."""
    opened_at: datetime | None = None
    """When the order came to Open."""
    shipped_at: datetime | None = None
    """When the order came to Shipped."""
    delivered_at: datetime | None = None
    """When the customer got the parcel."""
    items: tuple[Item, ...] = ()
    """The order's lines. Known only after the order itself was read."""
    ready_to_return: bool = False
    """Whether the parcel waits to be collected by the shop. Known only after the order itself was read."""
    collect_at: str = ""
    """Where it waits. Known only after the order itself was read."""
    test: bool = False
    """Whether this answer said that it is a test order; what counts is ``MarketplaceSide.test``."""


@dataclass(frozen=True, slots=True)
class ListedOrder:
    """An order on one of the marketplace's lists."""

    mall_order_id: int
    """The marketplace's number of the order."""
    view: MarketplaceView | None
    """What the list shows of it; None: the number only."""
    test: bool = False
    """Whether it is a test order."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A reading of the shop's export."""

    seen_at: datetime
    """When the fetch began."""
    content_at: datetime
    """The content was made at this moment or later."""


class Action(StrEnum):
    """What a step does.

    READ is one GET at the marketplace, the ``…_IN_SHOP`` are one POST to the shop's import (creating reads the order
    first), everything else is one PUT at the marketplace.
    """

    READ = "read"
    SHIPPING = "shipping"
    SHIPPED = "shipped"
    TRACKING = "tracking"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    RETURNED = "returned"
    CONFIRM = "confirm"
    """Tells the marketplace that its last change was seen; no status changes."""
    CREATE_IN_SHOP = "create_in_shop"
    CANCEL_IN_SHOP = "cancel_in_shop"

    @property
    def target(self) -> MarketplaceStatus | None:
        """The status that the marketplace holds afterwards; None where the step changes no status."""
        return MarketplaceStatus(self.value) if self in _STATUS_ACTIONS else None

    @property
    def in_shop(self) -> bool:
        """Whether the step is carried out in the shop instead of at the marketplace."""
        return self in {Action.CREATE_IN_SHOP, Action.CANCEL_IN_SHOP}

    @property
    def calls_marketplace(self) -> bool:
        """Whether the step needs a call to the marketplace; a new order is read there before the shop gets it."""
        return self is not Action.CANCEL_IN_SHOP


_STATUS_ACTIONS = frozenset(
    {Action.SHIPPING, Action.SHIPPED, Action.DELIVERED, Action.CANCELLED, Action.RETURNED}
)


@dataclass(frozen=True, slots=True)
class MarketplaceChange:
    """The content of one PUT in the domain's words."""

    status: MarketplaceStatus | None
    """The status to set; None: only tracking or `confirm` changes."""
    confirm: bool = False
    """Whether it confirms that the marketplace's last change was seen."""
    tracking_number: str = ""
    """The parcel's number."""
    tracking_url: str = ""
    """Where the customer can follow the parcel."""
    delivered_at: datetime | None = None
    """When the customer got the parcel."""


class StepState(StrEnum):
    """Where a step stands. PLANNED and SENDING are open; the others are final."""

    PLANNED = "planned"
    """Recorded, not sent (it may be waiting for its time or for the next try)."""
    SENDING = "sending"
    """Claimed by one sender: a call may be under way, and if the sender died its effect is not known."""
    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNANSWERED = "unanswered"
    """Sent, and the answer was lost: the marketplace is read before anything else is sent."""
    WITHDRAWN = "withdrawn"
    """Never took effect, because the shop or the marketplace changed before it was sent."""

    @property
    def open(self) -> bool:
        """Whether the step still is to be carried out."""
        return self in {StepState.PLANNED, StepState.SENDING}


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do at the marketplace; its record is the order's transition record.

    While it is open it is a part of the order's own record; once it is closed it has one of its own.
    """

    number: int
    """Counts the order's steps, from 1."""
    action: Action
    """What is done."""
    payload: StepPayload | None
    """What the step rests on. A payload with another key is another step; None: the action says everything."""
    reason: str
    """Why it is done."""
    planned_at: datetime
    """When it was recorded."""
    not_before: datetime | None = None
    """The end of the undo window."""
    queued_at: datetime | None = None
    """When it was last handed to the queue."""
    state: StepState = StepState.PLANNED
    """Where it stands."""
    attempts: int = 0
    """How many attempts were begun."""
    claimed_at: datetime | None = None
    """When the present sender claimed it."""
    retry_at: datetime | None = None
    """When it is tried again after a failed attempt."""
    closed_at: datetime | None = None
    """When it came to its end."""
    result: str = ""
    """What came of it."""
    sent: MarketplaceChange | None = None
    """What the last attempt sent to the marketplace; None: it was no PUT. Where the answer was lost, this tells our
    change from somebody else's."""

    def same_as(self, planned: PlannedStep) -> bool:
        """Whether the plan still asks for this very step."""
        return (self.action, key_of(self.payload), self.not_before) == (
            planned.action,
            key_of(planned.payload),
            planned.not_before,
        )

    def due_at(self) -> datetime | None:
        """The moment from which the step may be sent; None means now."""
        return max((m for m in (self.not_before, self.retry_at) if m is not None), default=None)

    def close(self, state: StepState, result: str, now: datetime) -> Self:
        """The step at its end."""
        return replace(self, state=state, result=result, closed_at=now, claimed_at=None, retry_at=None)


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """What the plan asks for, before it is recorded under a number."""

    action: Action
    """What is done."""
    payload: StepPayload | None
    """What the step rests on."""
    reason: str
    """Why it is done."""
    not_before: datetime | None = None
    """The end of the undo window."""
    beside: Hold | None = None
    """Why nothing else is sent for the order, where the step (a confirmation) does not end that."""


class AttemptResult(StrEnum):
    """What came of one attempt. NO_ANSWER_RECORDED stays when the sender died before it could say more."""

    NO_ANSWER_RECORDED = "no_answer_recorded"
    ACCEPTED = "accepted"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try at a step: when, what was sent, what came back and how long it took. Redacted."""

    step: int
    """The step's number."""
    number: int
    """Counts the step's attempts, from 1."""
    action: Action
    """What was tried."""
    started_at: datetime
    """When the attempt began."""
    sent: dict[str, str | bool]
    """The body of the PUT, without key and personal data; empty for a read."""
    result: AttemptResult = AttemptResult.NO_ANSWER_RECORDED
    """What came of it."""
    call_result: str = ""
    """The kind of answer that came back."""
    http_status: int | None = None
    """The answer's HTTP status."""
    message: str = ""
    """What the answer said."""
    duration_ms: int | None = None
    """How long the call took."""


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
    text: str
    """What happened, and what a person must do."""
    actor: Actor
    """Who must act."""
    until: datetime | None = None
    """When it ends by itself; None: with the next change of either side."""


@dataclass(frozen=True, slots=True)
class InSync:
    """Both sides agree, as far as is known: nothing is to be sent."""

    text: str
    """Why nothing is to be sent."""
    until: datetime | None = None
    """When the order is checked again."""


Decision = PlannedStep | Hold | InSync


@dataclass(frozen=True, slots=True)
class Refusal:
    """A step that the marketplace refused for good: the same step is not sent again by itself."""

    action: Action
    """What was refused."""
    payload: StepPayload | None
    """The payload of the refused step."""
    text: str
    """What the marketplace said."""
    not_found: bool = False
    """Whether the marketplace does not know the order."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """How many times the marketplace has accepted a step."""

    action: Action
    """What was accepted."""
    payload: StepPayload | None
    """The step's payload; None where any content counts alike."""
    times: int
    """How often."""


@dataclass(frozen=True, slots=True)
class Calls:
    """The calls of one order that the marketplace answered on one day."""

    day: date
    """The day in UTC."""
    puts: int = 0
    """Changes that were sent."""
    reads: int = 0
    """Readings of the order."""
    allowances: int = 0
    """How many times a person's request made room for more calls that day."""


@dataclass(frozen=True, slots=True)
class ShopSide:
    """What the shop shows of an order, and what became of our own writing into the shop."""

    code: str = ""
    """The shop's number of the order that this MALL number belongs to."""
    conflicting_view: ShopView | None = None
    """Another order of the shop with the same MALL number: nothing is sent until a person decided."""
    desired: ShopView | None = None
    """The order as the export last showed it: what the shop wants."""
    desired_since: datetime | None = None
    """When the present state and delivery date were first seen."""
    status_since: datetime | None = None
    """When the present state was first seen."""
    delivery_since: datetime | None = None
    """When the present delivery date was first seen."""
    delivery_entered_after: datetime | None = None
    """Export content of this moment lacked the present delivery date; None: no such content is known."""
    seen_at: datetime | None = None
    """When the order was last seen in the shop."""
    content_at: datetime | None = None
    """The newest export content that told about the order was made at this moment."""
    missing_since: datetime | None = None
    """When a list of all orders first lacked it."""
    unchanged_in: Reading | None = None
    """The first list of changes that left it out: when that was taken in, and of what content."""
    bulk_change_at: datetime | None = None
    """When the shop was seen to want this in a bulk change, before the marketplace was known to hold the order."""
    imported_at: datetime | None = None
    """When the shop's import took the order from us."""
    canceled_at: datetime | None = None
    """When the shop's import took the cancellation from us, or the shop was first seen to have it."""
    import_unclear_at: datetime | None = None
    """When the shop was written to without a clear answer."""
    import_requested_at: datetime | None = None
    """When a person last asked to write the order into the shop."""


@dataclass(frozen=True, slots=True)
class MarketplaceSide:
    """What the marketplace holds of an order, and what it was told."""

    observed: MarketplaceView | None = None
    """The order as the marketplace is known to hold it."""
    observed_at: datetime | None = None
    """When that was observed."""
    observed_certain: bool = False
    """False before the first reading and after a lost answer: the order is read before anything is sent."""
    status_changes: tuple[StatusChange, ...] = ()
    """The statuses that the marketplace came to hold, in their order."""
    listed_at: datetime | None = None
    """When one of the marketplace's lists first showed the order."""
    unlisted_at: datetime | None = None
    """When a list of all orders under way, read after a bulk change in the shop, lacked the order."""
    test: bool = False
    """Whether it is a test order."""
    change_to_confirm: str = ""
    """The change of the marketplace's side that still has to be confirmed."""
    detail_changed_at: datetime | None = None
    """When a change was last seen that left the status as it was."""
    confirmed_at: datetime | None = None
    """When the marketplace accepted our confirmation of an open order, without another reading."""
    sent_delivery_date: ShopDate | None = None
    """The shop's delivery date that Delivered was sent for."""
    sent_tracking: Tracking | None = None
    """The tracking that the marketplace last accepted from us, whatever it shows since."""


@dataclass(frozen=True, slots=True)
class Work:
    """The step under way, why nothing is sent, and what came of earlier steps."""

    step: Step | None = None
    """The open step."""
    last_step_number: int = 0
    """The number of the newest step."""
    explanation: str = ""
    """Why the order stands as it does."""
    hold: Hold | None = None
    """Why nothing is being sent; None: nothing holds it."""
    hold_since: datetime | None = None
    """When a hold with this code began."""
    parked: str = ""
    """The message about the order that failed too often: nothing is sent until a person repeats it."""
    recheck_at: datetime | None = None
    """When the order is checked again though neither side changes."""
    reread_requested_at: datetime | None = None
    """When a person last asked for a fresh reading; None once a list showed a change."""
    read_after: datetime | None = None
    """When a reading can tell what became of a PUT that ran out of time, or a person wants one."""
    unanswered: Step | None = None
    """The step whose answer was lost."""
    refusals: tuple[Refusal, ...] = ()
    """Steps that were refused for good."""
    failures: int = 0
    """How many attempts in a row failed."""
    last_failure_at: datetime | None = None
    """When the last of them failed."""
    accepted: tuple[Accepted, ...] = ()
    """How often the marketplace accepted each step (see ``bounds``)."""
    calls: Calls | None = None
    """The calls of the last day that had any (see ``bounds``)."""


@dataclass(frozen=True, slots=True)
class Cases:
    """What is open for people, and what was. Kept by ``follow_up``."""

    drift: str = ""
    """How the two sides' lists differ, where taking over either side is not safe."""
    return_request: ReturnRequest | None = None
    """A person's request to set Returned."""
    return_flag: ReturnFlag | None = None
    """The order's place on the list of returns."""
    past_return_flags: tuple[ReturnFlag, ...] = ()
    """Closed flags, the newest ones."""
    escalations: tuple[Escalation, ...] = ()
    """One per cause."""
    alarms: tuple[Alarm, ...] = ()
    """Messages to the shop's people: due and sent ones."""


@dataclass(frozen=True, slots=True)
class OrderState:
    """Everything that is known of one order."""

    shop: str
    """The shop's name."""
    mall_order_id: int
    """The marketplace's number of the order."""
    version: int = 0
    """Counts the writes; 0: not stored yet."""
    created_at: datetime | None = None
    """When the order was first heard of."""
    updated_at: datetime | None = None
    """The last write."""
    shop_side: ShopSide = field(default_factory=ShopSide)
    """What the shop shows."""
    marketplace: MarketplaceSide = field(default_factory=MarketplaceSide)
    """What the marketplace holds."""
    work: Work = field(default_factory=Work)
    """The step under way and what came of earlier ones."""
    cases: Cases = field(default_factory=Cases)
    """What is open for people."""
    list_entry: ListEntry | None = field(default=None, compare=False)
    """The order's place on the lists. Kept by the ledger (see ``lists``)."""

    def wanted_since(self, status: MarketplaceStatus) -> datetime | None:
        """When the shop was first seen to want `status`: its state says so, for Delivered its delivery date too."""
        shop = self.shop_side
        return shop.desired_since if status is MarketplaceStatus.DELIVERED else shop.status_since

    @property
    def shipped_at(self) -> datetime | None:
        """When the marketplace came to hold Shipped: its own moment, else the last that we noted."""
        marketplace = self.marketplace
        if marketplace.observed is not None and marketplace.observed.shipped_at is not None:
            return marketplace.observed.shipped_at
        noted = (p.at for p in reversed(marketplace.status_changes) if p.status is MarketplaceStatus.SHIPPED)
        return next(noted, None)

    def refused(self, action: Action, payload: StepPayload | None) -> Refusal | None:
        """The refusal of this very step, if the marketplace refused it."""
        step = (action, key_of(payload))
        return next((r for r in self.work.refusals if (r.action, key_of(r.payload)) == step), None)

    @property
    def label(self) -> str:
        """Short name for logs and errors."""
        return f"{self.shop}/{self.mall_order_id}"


@dataclass(frozen=True, slots=True)
class OrderHistory:
    """One order with what is on record beside it."""

    order: OrderState
    """The order itself."""
    steps: tuple[Step, ...] = ()
    """All its steps, oldest first."""
    attempts: tuple[Attempt, ...] = ()
    """Their attempts, oldest first."""
    dead_letters: tuple[DeadLetter, ...] = ()
    """Messages about the order that failed too often, oldest first."""

    @classmethod
    def of(
        cls,
        order: OrderState,
        steps: Iterable[Step],
        attempts: Iterable[Attempt],
        letters: Iterable[DeadLetter],
    ) -> OrderHistory:
        """`order` with what is on record beside it, in whatever order. Its open step is the order's own."""
        numbered = {step.number: step for step in steps}
        if order.work.step is not None:
            numbered[order.work.step.number] = order.work.step
        return cls(
            order,
            steps=tuple(numbered[number] for number in sorted(numbered)),
            attempts=tuple(sorted(attempts, key=lambda attempt: (attempt.step, attempt.number))),
            dead_letters=tuple(sorted(letters, key=lambda letter: (letter.parked_at, letter.message_id))),
        )


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that failed too often: parked in the table, to be repeated at will."""

    shop: str
    """The shop's name."""
    mall_order_id: int
    """The marketplace's number of the order that the message is about."""
    message_id: str
    """The queue's name for the message."""
    queue: str
    """Where it came from, and goes when it is repeated."""
    body: str
    """The message itself."""
    parked_at: datetime
    """When it was parked."""
    receives: int = 0
    """How many times it was taken from the queue."""
