"""An order as the product knows it: what the shop wants, what the marketplace is known to hold, the step between.

All moments are timezone-aware and UTC unless a name says otherwise. Everything here is a value: a change
makes a new one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from orderbridge.domain.actions import Action
from orderbridge.domain.carriers import Tracking
from orderbridge.domain.cases.records import (
    Alarm,
    Escalation,
    ListEntry,
    ReturnFlag,
    ReturnRequest,
    StatusChange,
)
from orderbridge.domain.dates import ShopDate
from orderbridge.domain.holds import Hold
from orderbridge.domain.payloads import StepPayload, key_of
from orderbridge.domain.reasons import Reason
from orderbridge.domain.statuses import MarketplaceStatus
from orderbridge.domain.steps import Accepted, Attempt, Calls, Refusal, Step
from orderbridge.domain.views import MarketplaceView, Reading, ShopView

if TYPE_CHECKING:
    from collections.abc import Iterable


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
    change_to_confirm: Reason | None = None
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
    explanation: Reason | None = None
    """Why the order stands as it does."""
    hold: Hold | None = None
    """Why nothing is being sent; None: nothing holds it."""
    hold_since: datetime | None = None
    """When a hold with this code began."""
    parked: Reason | None = None
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

    drift: Reason | None = None
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
