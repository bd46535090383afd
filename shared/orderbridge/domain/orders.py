"""An order as the product knows it: what the shop wants, what MALL is known to hold, and the step under way.

All moments are aware and UTC unless a name says otherwise. Everything here is immutable: a change makes a new value.
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
from orderbridge.domain.persons import PersonAction
from orderbridge.domain.reasons import Reason
from orderbridge.domain.statuses import MarketplaceStatus
from orderbridge.domain.steps import Accepted, Attempt, Calls, Place, Refusal, Step, UndoneStep
from orderbridge.domain.views import MarketplaceView, Reading, ShopView

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class ShopSide:
    """What the shop shows of an order, and the results of our own writes into the shop."""

    code: str = ""
    """The shop's number of the order with this MALL number."""
    conflicting_view: ShopView | None = None
    """Another order of the shop with the same MALL number. Nothing is sent until a person decides (R1.22)."""
    desired: ShopView | None = None
    """The order as the export last showed it: what the shop wants."""
    desired_since: datetime | None = None
    """When the present state and delivery date were first seen."""
    details_since: datetime | None = None
    """When the present other details were first seen; None: together with state and delivery date."""
    status_since: datetime | None = None
    """When the present state was first seen."""
    delivery_since: datetime | None = None
    """When the present delivery date was first seen."""
    delivery_entered_after: datetime | None = None
    """Export content of this moment lacked the present delivery date (R4.7); None: no such content is known."""
    seen_at: datetime | None = None
    """When the order was last seen in the shop."""
    content_at: datetime | None = None
    """When the newest content was made that showed the order, or said that it has not changed (R2.5)."""
    missing_since: datetime | None = None
    """When a list of all orders first lacked it (R10.6)."""
    unchanged_in: Reading | None = None
    """The first list of changes that lacked the order: when it was processed, and when its content was made (R10.8)."""
    bulk_change_at: datetime | None = None
    """When a bulk change showed the order, before MALL was known to hold it (R8.12)."""
    imported_at: datetime | None = None
    """When the shop's import accepted the order from us."""
    canceled_at: datetime | None = None
    """When the shop's import accepted the cancellation from us, or the shop first showed it (R7.14)."""
    import_unclear_at: datetime | None = None
    """When a write into the shop got no clear answer (R7.5)."""
    import_requested_at: datetime | None = None
    """When a person last asked to write the order into the shop."""

    @property
    def changed_at(self) -> datetime | None:
        """When the shop was first seen to show the order just as it does now; None: it never showed it."""
        return self.details_since or self.desired_since


@dataclass(frozen=True, slots=True)
class MarketplaceSide:
    """What MALL holds of an order, and what it accepted from us."""

    observed: MarketplaceView | None = None
    """The order as MALL is known to hold it."""
    observed_at: datetime | None = None
    """When that was observed."""
    observed_certain: bool = False
    """False before the first reading and after a lost answer: the order is read before anything is sent (R9.2)."""
    status_changes: tuple[StatusChange, ...] = ()
    """The statuses that MALL came to hold, oldest first."""
    listed_at: datetime | None = None
    """When one of MALL's lists first showed the order."""
    unlisted_at: datetime | None = None
    """When a list of all orders under way, read after a bulk change in the shop, lacked the order (R8.12)."""
    test: bool = False
    """Whether it is a test order."""
    change_to_confirm: Reason | None = None
    """The change of MALL's side that still has to be confirmed (R8.6)."""
    detail_changed_at: datetime | None = None
    """When a change was last seen that left the status as it was (R6.17)."""
    confirmed_at: datetime | None = None
    """When MALL accepted our confirmation of an open order, which was not read since (R8.5)."""
    sent_delivery_date: ShopDate | None = None
    """The shop's delivery date that Delivered was sent for (R2.10)."""
    sent_tracking: Tracking | None = None
    """The tracking that MALL last accepted from us, whatever it shows since (R3.16)."""


@dataclass(frozen=True, slots=True)
class Work:
    """The step under way, why nothing is sent, and the results of earlier steps."""

    step: Step | None = None
    """The open step."""
    last_step_number: int = 0
    """The number of the newest step."""
    explanation: Reason | None = None
    """Why the order is as it is (G9)."""
    hold: Hold | None = None
    """Why nothing is sent; None: the order is not held."""
    hold_since: datetime | None = None
    """When a hold with this code began."""
    parked: Reason | None = None
    """The message about the order that failed too often: nothing is sent until a person repeats it (R12.6)."""
    recheck_at: datetime | None = None
    """When the order is rechecked although neither side changes."""
    reread_requested_at: datetime | None = None
    """When a person last asked for a fresh reading; None once a list showed a change."""
    read_after: datetime | None = None
    """The order is not read before this moment: a PUT may still be running (R9.2), or a person asked for a read
    then."""
    unanswered: Step | None = None
    """The step whose answer was lost."""
    refusals: tuple[Refusal, ...] = ()
    """Steps that were refused and are not sent again by themselves (R9.3)."""
    undone: UndoneStep | None = None
    """The step that a person took back: it is not sent again while the shop shows what had led to it (R2.16)."""
    failures: int = 0
    """How many attempts in a row failed."""
    last_failure_at: datetime | None = None
    """When the last of them failed."""
    accepted: tuple[Accepted, ...] = ()
    """How often the marketplace accepted each step (see ``bounds``)."""
    calls: Calls | None = None
    """The calls of the last day that had any (see ``bounds``)."""
    place: Place | None = None
    """The order's place in the shop's switch-on (R14.2); None: it never had one."""


@dataclass(frozen=True, slots=True)
class Cases:
    """What is open for people, and what was. Maintained by ``follow_up``."""

    drift: Reason | None = None
    """How the two sides differ, where neither can be taken over safely (R6.9)."""
    return_request: ReturnRequest | None = None
    """A person's request to set Returned (R5.9)."""
    return_flag: ReturnFlag | None = None
    """The order's place on the list of returns."""
    past_return_flags: tuple[ReturnFlag, ...] = ()
    """Closed flags, the newest ones."""
    escalations: tuple[Escalation, ...] = ()
    """At most one per cause (R6.2)."""
    alarms: tuple[Alarm, ...] = ()
    """Messages to the shop's people, due and sent."""


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
    """When the order became known."""
    updated_at: datetime | None = None
    """When it was last written."""
    shop_side: ShopSide = field(default_factory=ShopSide)
    """What the shop shows."""
    marketplace: MarketplaceSide = field(default_factory=MarketplaceSide)
    """What the marketplace holds."""
    work: Work = field(default_factory=Work)
    """The step under way and what came of earlier ones."""
    cases: Cases = field(default_factory=Cases)
    """What is open for people."""
    list_entry: ListEntry | None = field(default=None, compare=False)
    """The order's place on the lists. Maintained by the ledger (see ``lists``)."""

    def wanted_since(self, status: MarketplaceStatus) -> datetime | None:
        """When the shop was first seen to want `status`. For Delivered the delivery date counts too."""
        shop = self.shop_side
        return shop.desired_since if status is MarketplaceStatus.DELIVERED else shop.status_since

    @property
    def shipped_at(self) -> datetime | None:
        """When MALL came to hold Shipped: its own moment, else the last one that we recorded."""
        marketplace = self.marketplace
        if marketplace.observed is not None and marketplace.observed.shipped_at is not None:
            return marketplace.observed.shipped_at
        noted = (p.at for p in reversed(marketplace.status_changes) if p.status is MarketplaceStatus.SHIPPED)
        return next(noted, None)

    def refused(self, action: Action, payload: StepPayload | None) -> Refusal | None:
        """The refusal of exactly this step; None: it was not refused."""
        step = (action, key_of(payload))
        return next((r for r in self.work.refusals if (r.action, key_of(r.payload)) == step), None)

    @property
    def label(self) -> str:
        """A short name for logs and errors."""
        return f"{self.shop}/{self.mall_order_id}"


@dataclass(frozen=True, slots=True)
class OrderHistory:
    """One order with all records about it."""

    order: OrderState
    """The order itself."""
    steps: tuple[Step, ...] = ()
    """All its steps, oldest first."""
    attempts: tuple[Attempt, ...] = ()
    """Their attempts, oldest first."""
    dead_letters: tuple[DeadLetter, ...] = ()
    """Messages about the order that failed too often, oldest first."""
    actions: tuple[PersonAction, ...] = ()
    """What persons asked for about the order, oldest first."""

    @classmethod
    def of(
        cls,
        order: OrderState,
        steps: Iterable[Step],
        attempts: Iterable[Attempt],
        letters: Iterable[DeadLetter],
        actions: Iterable[PersonAction] = (),
    ) -> OrderHistory:
        """`order` with its records, given in any order. The open step is taken from the order."""
        numbered = {step.number: step for step in steps}
        if order.work.step is not None:
            numbered[order.work.step.number] = order.work.step
        return cls(
            order,
            steps=tuple(numbered[number] for number in sorted(numbered)),
            attempts=tuple(sorted(attempts, key=lambda attempt: (attempt.step, attempt.number))),
            dead_letters=tuple(sorted(letters, key=lambda letter: (letter.parked_at, letter.message_id))),
            actions=tuple(sorted(actions, key=lambda action: action.at)),
        )


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that failed too often. It is stored, and a person can repeat it (R12.6)."""

    shop: str
    """The shop's name."""
    mall_order_id: int
    """The marketplace's number of the order that the message is about."""
    message_id: str
    """The queue's identifier of the message."""
    queue: str
    """The queue that it came from. It returns there when it is repeated."""
    body: str
    """The message itself."""
    parked_at: datetime
    """When it was parked."""
    receives: int = 0
    """How many times it was taken from the queue."""
