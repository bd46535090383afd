"""Orders: the list, one order's story, and what follows from a retry."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from deployment.openapi.models.actions import PersonAction
from deployment.openapi.models.common import (
    Counter,
    Explanation,
    Model,
    Moment,
    Natural,
    OrderNumber,
    OrderPage,
    Requested,
    ShopDay,
    ShopName,
)
from deployment.openapi.models.escalations import Escalation, Item
from deployment.openapi.models.returns import Return, ReturnRequest
from orderbridge.domain.actions import Action
from orderbridge.domain.answers import ImportOutcome
from orderbridge.domain.cases.deadlines import DeadlineKind
from orderbridge.domain.cases.records import AlarmKind
from orderbridge.domain.failure_policy import CallResult
from orderbridge.domain.holds import Actor, HoldCode
from orderbridge.domain.statuses import MarketplaceStatus, ShopStatus
from orderbridge.domain.steps import AttemptResult, StepState


class Hold(Model):
    """Why an order waits."""

    code: HoldCode
    """What it waits for."""
    reason: Explanation
    """Why, and what to do."""
    who_must_act: Actor
    """Who can end the hold."""
    since: Moment | None
    """Since when the order waits."""
    until: Moment | None
    """When the order goes on by itself; null: not before somebody acts."""


class NextStep(Model):
    """The step that is carried out next."""

    number: Counter
    """The step's number."""
    action: Action
    """What it does."""
    state: StepState
    """Where it stands."""
    due_at: Moment | None
    """When it is sent; null: at once."""
    can_be_undone: bool
    """Whether it can still be taken back."""


class OrderSummary(Model):
    """One order of the list."""

    mall_order_id: OrderNumber
    """MALL's number of the order."""
    code: str | None
    """The shop's number of the order; null: the shop does not have it."""
    shop_status: ShopStatus | None
    """The state in the shop; null: not in the shop, or a state that the profile does not know."""
    shop_status_name: str | None
    """The state as the shop calls it."""
    status: MarketplaceStatus | Literal["unknown"]
    """The status at MALL; `unknown`: MALL was not read yet."""
    hold: Hold | None
    """Why the order waits; null: it does not."""
    why: Explanation | None
    """Why nothing is sent to MALL now, or what is sent next; null: nothing was decided yet."""
    next_step: NextStep | None
    """The step that is carried out next; null: none is recorded."""
    updated_at: Moment | None
    """When something of this last changed."""


class OrderList(OrderPage):
    """One page of the list of orders, the newest change first."""

    orders: list[OrderSummary]
    """The orders."""


class InTheShop(Model):
    """What the shop says."""

    code: str
    """The shop's number of the order."""
    status: ShopStatus | None
    """The state; null: one that the profile does not know."""
    status_name: str
    """The state as the shop calls it."""
    delivery_date: ShopDay | None
    """When the customer got the parcel, in the shop's zone."""
    tracking_number: str | None
    """The parcel's number."""
    carrier: str | None
    """The carrier as the shop calls it."""
    problems: list[Explanation]
    """What is wrong with the order in the shop's export."""
    since: Moment | None
    """Since when the shop says so."""
    seen_at: Moment | None
    """When the export last showed the order."""
    missing_since: Moment | None
    """Since when the export has not shown it; null: it shows it."""


class AtMall(Model):
    """What MALL holds."""

    status: MarketplaceStatus
    """The status."""
    confirmed: bool
    """Whether MALL's last change was confirmed."""
    to_be_confirmed: Explanation | None
    """The change of MALL's that must be confirmed; null: there is none."""
    mall_delivery: bool
    """Whether MALL Delivery carries the parcel."""
    tracking_number: str | None
    """The parcel's number."""
    tracking_url: str | None
    """Where the parcel can be followed."""
    opened_at: Moment | None
    """When the order came to Open."""
    shipped_at: Moment | None
    """When the parcel was sent."""
    delivered_at: Moment | None
    """When the customer got the parcel."""
    ready_to_return: bool
    """Whether the parcel waits for the shop."""
    collect_at: str | None
    """Where the parcel waits for the shop."""
    items: list[Item]
    """The order's lines, once the order itself was read."""
    certain: bool
    """Whether MALL certainly still holds this: no answer to a step is missing."""
    known_since: Moment | None
    """When MALL last said so."""
    listed_since: Moment | None
    """Since when the order is on MALL's lists."""


class WrittenIntoTheShop(Model):
    """What was written into the shop."""

    created_at: Moment | None
    """When the order was created in the shop; null: it was not, or not by orderbridge."""
    canceled_at: Moment | None
    """When the order was canceled in the shop."""
    not_clear_since: Moment | None
    """Since when it is not clear whether the shop took what was written."""


class Passed(Model):
    """A status that MALL came to hold."""

    status: MarketplaceStatus
    """The status."""
    at: Moment
    """When MALL came to hold it."""
    by_us: bool
    """Whether orderbridge set it."""
    wanted_at: Moment | None
    """When the shop was first seen to want it; null: it did not."""
    by_mall: bool
    """Whether MALL or the customer set it."""
    reverted: bool
    """Whether it was final and wrong, and the order goes on."""


class Deadline(Model):
    """What MALL expects, and until when."""

    kind: DeadlineKind
    """What MALL expects."""
    due_at: Moment
    """Until when."""
    missed: bool
    """Whether that is past."""
    reason: Explanation
    """What to do."""


class Alarm(Model):
    """A mail to the shop's people."""

    kind: AlarmKind
    """What it is about."""
    subject: Explanation
    """Its subject."""
    raised_at: Moment
    """When it was raised."""
    sent_at: Moment | None
    """When it was sent; null: it waits."""


class SentToShop(Model):
    """What was written into the shop, without personal data."""

    order: str | None = None
    """The new order's name in the shop's import."""
    code: str | None = None
    """The number of the shop's order that was written to."""
    status: ShopStatus
    """The state that was written."""


class SentToMall(Model):
    """The body of a request to MALL, without key and personal data. Empty for a read."""

    status: MarketplaceStatus | None = None
    """The status to set."""
    confirmed: bool | None = None
    """Confirms MALL's last change."""
    tracking_number: str | None = None
    """The parcel's number."""
    tracking_url: str | None = None
    """Where the customer can follow the parcel."""
    delivered_at: str | None = None
    """When the customer got the parcel, as MALL writes moments."""
    first_delivery_attempt: str | None = None
    """When the carrier first tried to hand the parcel over, as MALL writes moments."""


class Attempt(Model):
    """One try at a step."""

    number: Counter
    """Counts the step's attempts."""
    started_at: Moment
    """When it began."""
    sent: SentToShop | SentToMall
    """What was sent."""
    result: AttemptResult
    """How it ended."""
    call_result: CallResult | ImportOutcome | None
    """The kind of answer from MALL or from the shop's import; null: none was recorded."""
    http_status: int | None
    """The answer's HTTP status; null: no answer came."""
    reason: Explanation | None
    """What the answer said, or why there is none."""
    duration_ms: Natural | None
    """How long the call took, in milliseconds."""


class Step(Model):
    """One step at MALL or in the shop, with every attempt at it."""

    number: Counter
    """Counts the order's steps."""
    action: Action
    """What it does."""
    state: StepState
    """Where it stands."""
    reason: Explanation
    """Why it was planned."""
    result: Explanation | None
    """How it ended; null: it is open."""
    planned_at: Moment
    """When it was planned."""
    not_before: Moment | None
    """Until when it can be withdrawn (undo window); null: it has none."""
    closed_at: Moment | None
    """When it ended; null: it is open."""
    attempts: list[Attempt]
    """Every attempt, oldest first."""


class DeadLetter(Model):
    """A message about the order that failed too often."""

    message_id: str
    """The message's id."""
    queue: str
    """The queue that it was parked from."""
    parked_at: Moment
    """When it was parked."""
    receives: Natural
    """How often it was tried."""


class OrderDetail(OrderSummary):
    """One order's whole story."""

    shop: ShopName
    """The shop."""
    test: bool
    """Whether MALL calls it a test order."""
    in_the_shop: InTheShop | None
    """What the shop says; null: the shop does not have it."""
    at_mall: AtMall | None
    """What MALL holds; null: MALL was not read yet."""
    written_into_the_shop: WrittenIntoTheShop
    """What was written into the shop."""
    return_: Annotated[Return | None, Field(alias="return")]
    """Its entry on the list of returns; null: it is not on it."""
    past_returns: list[Return]
    """Earlier entries."""
    return_request: ReturnRequest | None
    """A person's request to set Returned; null: there is none."""
    escalations: list[Escalation]
    """Its escalations, closed ones too."""
    drift: Explanation | None
    """How MALL and the shop differ without a step that could mend it; null: they do not."""
    deadlines: list[Deadline]
    """What MALL expects."""
    passed: list[Passed]
    """The statuses that MALL came to hold, oldest first."""
    alarms: list[Alarm]
    """Mails to the shop's people."""
    steps: list[Step]
    """Every step, oldest first."""
    dead_letters: list[DeadLetter]
    """Messages about it that failed too often."""
    actions: list[PersonAction]
    """What persons asked for, oldest first."""


class RetryAnswer(Requested):
    """What follows from the retry of one order."""

    mall_order_id: OrderNumber
    """MALL's number of the order."""


class UndoAnswer(OrderSummary):
    """The order after a step was taken back."""

    shop: ShopName
    """The shop."""
    requested_at: Moment
    """When the request was taken."""
    step: Counter
    """The number of the step that was taken back."""
    action: Action
    """What it would have done."""
    result: Explanation
    """What follows from the request."""


class RetryHeldAnswer(Model):
    """The orders that are retried."""

    shop: ShopName
    """The shop."""
    hold: HoldCode
    """The hold."""
    requested_at: Moment
    """When the request was taken."""
    orders: list[OrderNumber]
    """The orders that are retried."""
    more: bool
    """Whether other orders are under the hold: ask again."""
    unreadable: list[OrderNumber]
    """Orders under the hold whose records cannot be read."""
