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
from orderbridge.domain.moments import ShopDate
from orderbridge.domain.payloads import StepPayload, key_of
from orderbridge.domain.records import Alarm, Escalation, Item, Passed, ReturnFlag, ReturnRequest, Shown
from orderbridge.domain.statuses import MarketplaceStatus, ShopStatus

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class ShopView:
    """One order as the shop's export shows it. Holds no personal data.

    `status` is None when `status_name` is not one of the five. `problems` say why it is not sure which order this is or
    what state it is in: they stop everything. The ``…_problem`` say why one detail could not be read; each stops only
    the steps that need it. All are lines for a clerk. `tracking_number` is as the clerk wrote it; several of them, in
    whatever elements, are separated by commas.
    """

    code: str
    status: ShopStatus | None
    status_name: str
    delivery: ShopDate | None = None
    delivery_problem: str = ""
    tracking_number: str = ""
    tracking_problem: str = ""
    tracking_url: str = ""
    tracking_url_problem: str = ""
    carrier: str = ""
    carrier_problem: str = ""
    created: ShopDate | None = None
    created_problem: str = ""
    problems: tuple[str, ...] = ()

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

    def looked_at(self, created_from: date | None) -> Self | None:
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
    view: ShopView


@dataclass(frozen=True, slots=True)
class MarketplaceView:
    """What the marketplace is known to hold of an order: from its last answer, and from what it accepted since.

    `confirmed` False means that the marketplace waits for a word that its last change was seen. `items`,
    `ready_to_return` and `collect_at` (where the parcel waits) are known only after the order itself was read. `test`:
    this very answer said that it is a test order; ``OrderState.test`` is what counts.
    """

    status: MarketplaceStatus
    confirmed: bool
    marketplace_delivery: bool = False
    tracking_number: str = ""
    tracking_url: str = ""
    opened_at: datetime | None = None
    shipped_at: datetime | None = None
    delivered_at: datetime | None = None
    items: tuple[Item, ...] = ()
    ready_to_return: bool = False
    collect_at: str = ""
    test: bool = False


@dataclass(frozen=True, slots=True)
class ListedOrder:
    """An order on one of the marketplace's lists. `view` None: the list named the number only."""

    mall_order_id: int
    view: MarketplaceView | None
    test: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """A reading of the shop's export: the fetch began at `seen_at`, the content was made at `content_at` or later."""

    seen_at: datetime
    content_at: datetime


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
    """The content of one PUT in the domain's words. `status` None: only tracking or `confirm` changes."""

    status: MarketplaceStatus | None
    confirm: bool = False
    tracking_number: str = ""
    tracking_url: str = ""
    delivered_at: datetime | None = None


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

    `payload` is what the step rests on: a payload with another key is another step (None: the action says everything).
    `not_before` is the end of the undo window. `queued_at` is when it was last handed on to be carried out. `retry_at`
    is set after a failed attempt. `sent` is what the last attempt said to the marketplace (None: it was no PUT): where
    its answer was lost, that tells our doing from somebody else's.
    """

    number: int
    action: Action
    payload: StepPayload | None
    reason: str
    planned_at: datetime
    not_before: datetime | None = None
    queued_at: datetime | None = None
    state: StepState = StepState.PLANNED
    attempts: int = 0
    claimed_at: datetime | None = None
    retry_at: datetime | None = None
    closed_at: datetime | None = None
    result: str = ""
    sent: MarketplaceChange | None = None

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
    """What the plan asks for, before it is recorded under a number.

    `beside` is why nothing else is sent for the order, where the step (a confirmation) does not end that.
    """

    action: Action
    payload: StepPayload | None
    reason: str
    not_before: datetime | None = None
    beside: Hold | None = None


class AttemptResult(StrEnum):
    """What came of one attempt. NO_ANSWER_RECORDED stays when the sender died before it could say more."""

    NO_ANSWER_RECORDED = "no_answer_recorded"
    ACCEPTED = "accepted"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try at a step: when, what was sent, what came back and how long it took. Redacted.

    `sent` is the body of the PUT (no key, no personal data) or empty for a read.
    """

    step: int
    number: int
    action: Action
    started_at: datetime
    sent: dict[str, str | bool]
    result: AttemptResult = AttemptResult.NO_ANSWER_RECORDED
    came_back: str = ""
    http_status: int | None = None
    message: str = ""
    duration_ms: int | None = None


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
    """Why nothing is being sent, what a person must do, and until when it holds by itself (None: until news)."""

    code: HoldCode
    text: str
    actor: Actor
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class InStep:
    """Both sides agree, as far as is known: nothing is to be sent. `until`: that is looked at again by then."""

    text: str
    until: datetime | None = None


Decision = PlannedStep | Hold | InStep


@dataclass(frozen=True, slots=True)
class Refusal:
    """A step that the marketplace refused for good: the same step is not sent again by itself."""

    action: Action
    payload: StepPayload | None
    text: str
    not_found: bool = False


@dataclass(frozen=True, slots=True)
class Accepted:
    """How many times the marketplace has accepted a step. `payload` is None where any content counts alike."""

    action: Action
    payload: StepPayload | None
    times: int


@dataclass(frozen=True, slots=True)
class Calls:
    """The calls of one order that the marketplace answered on `day` (UTC).

    `allowances` is how many times that day a person's word made room for more of them.
    """

    day: date
    puts: int = 0
    reads: int = 0
    allowances: int = 0


@dataclass(frozen=True, slots=True)
class OrderState:
    """Everything known of one order. `version` counts the writes; 0 is an order not stored yet.

    `desired_since` is when the present status and delivery date were first seen in the shop, `status_since` when the
    present status alone was, `seen_at` when the shop was last seen at all. `delivery_since` is when the present
    delivery date was first seen, `delivery_typed_after` the content of the export before that, which did not have it
    (None: no such content is known). `shop_known_at`: the export's content of that moment told about the order.
    `missing_since` is when a whole list first lacked it, `unchanged_in` the first list of changes that left it
    out: when that was taken in, and of what content. `observed_certain` is False before the first
    read and after a lost answer. `look_at` is when the order must be looked at again even if nobody asks. `code` is the
    shop's order that this MALL number belongs to, `rival` another order of the shop that shows up with the same number:
    nothing is sent until a person decided. `read_after` is when a read can tell what became of a PUT that ran out of
    time, or a person wants one. `asked_at` is when a person last asked for a look (None once a list showed a change).
    `confirmed_at` is when MALL took our word for an open order without looking at it again. `sent_delivery` is the
    delivery date with which the marketplace accepted Delivered from us, `sent_tracking` the tracking that it last
    accepted from us, whatever it shows since; `accepted` and `calls` are counted for ``bounds``.

    `crowd_at` is when the shop was seen to want this, in a crowd of orders and before the marketplace was known to hold
    this one, `unlisted_at` when a list of all orders under way was read after that which lacked it.

    `listed_at` is when one of the marketplace's lists first showed the order, `test` whether it is a test order there.
    `acknowledge` says which change of the marketplace's side still has to be confirmed, `changed_at` when one was
    last seen that left the status as it was. `created_in_shop_at` and `canceled_in_shop_at` are when the shop took
    what we wrote into it, `shop_doubt_at` when it was written to without a clear answer, `import_asked_at` when a
    person last asked to write it. The rest is kept by ``follow_up``: `passed` (statuses in their order), the `flag` on
    the list of returns (`past_flags`: closed ones, the newest), `escalations` (one per cause) and `alarms`.
    `updated_at` is the last write, `shown` the order's place on the lists; it is kept by the ledger (``lists``).
    """

    shop: str
    mall_order_id: int
    version: int = 0
    code: str = ""
    rival: ShopView | None = None
    desired: ShopView | None = None
    desired_since: datetime | None = None
    status_since: datetime | None = None
    delivery_since: datetime | None = None
    seen_at: datetime | None = None
    delivery_typed_after: datetime | None = None
    shop_known_at: datetime | None = None
    missing_since: datetime | None = None
    unchanged_in: Reading | None = None
    observed: MarketplaceView | None = None
    observed_certain: bool = False
    observed_at: datetime | None = None
    step: Step | None = None
    last_step_number: int = 0
    hold: Hold | None = None
    hold_since: datetime | None = None
    explanation: str = ""
    refusals: tuple[Refusal, ...] = ()
    unanswered: Step | None = None
    read_after: datetime | None = None
    asked_at: datetime | None = None
    failures: int = 0
    last_failure_at: datetime | None = None
    sent_delivery: ShopDate | None = None
    sent_tracking: Tracking | None = None
    accepted: tuple[Accepted, ...] = ()
    calls: Calls | None = None
    parked: str = ""
    look_at: datetime | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    crowd_at: datetime | None = None
    unlisted_at: datetime | None = None
    listed_at: datetime | None = None
    test: bool = False
    acknowledge: str = ""
    confirmed_at: datetime | None = None
    changed_at: datetime | None = None
    created_in_shop_at: datetime | None = None
    canceled_in_shop_at: datetime | None = None
    shop_doubt_at: datetime | None = None
    import_asked_at: datetime | None = None
    drift: str = ""
    return_request: ReturnRequest | None = None
    passed: tuple[Passed, ...] = ()
    flag: ReturnFlag | None = None
    past_flags: tuple[ReturnFlag, ...] = ()
    escalations: tuple[Escalation, ...] = ()
    alarms: tuple[Alarm, ...] = ()
    shown: Shown | None = field(default=None, compare=False)

    def wanted_since(self, status: MarketplaceStatus) -> datetime | None:
        """When the shop was first seen to want `status`: its state says so, for Delivered its delivery date too."""
        return self.desired_since if status is MarketplaceStatus.DELIVERED else self.status_since

    @property
    def shipped_at(self) -> datetime | None:
        """When the marketplace came to hold Shipped: its own moment, else the last that we noted."""
        if self.observed is not None and self.observed.shipped_at is not None:
            return self.observed.shipped_at
        noted = (p.at for p in reversed(self.passed) if p.status is MarketplaceStatus.SHIPPED)
        return next(noted, None)

    def refused(self, action: Action, payload: StepPayload | None) -> Refusal | None:
        """The refusal of this very step, if the marketplace refused it."""
        step = (action, key_of(payload))
        return next((r for r in self.refusals if (r.action, key_of(r.payload)) == step), None)

    @property
    def label(self) -> str:
        """Short name for logs and errors."""
        return f"{self.shop}/{self.mall_order_id}"


@dataclass(frozen=True, slots=True)
class OrderHistory:
    """One order with all its steps (oldest first) and their attempts (oldest first)."""

    order: OrderState
    steps: tuple[Step, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    dead_letters: tuple[DeadLetter, ...] = ()

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
        if order.step is not None:
            numbered[order.step.number] = order.step
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
    mall_order_id: int
    message_id: str
    queue: str
    body: str
    parked_at: datetime
    receives: int = field(default=0)
