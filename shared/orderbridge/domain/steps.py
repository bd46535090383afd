"""Steps: what is planned and carried out for an order, and the results."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Self

from orderbridge.domain.actions import Action
from orderbridge.domain.dates import ShopDate
from orderbridge.domain.holds import Hold, InSync
from orderbridge.domain.payloads import StepPayload, key_of
from orderbridge.domain.reasons import Reason
from orderbridge.domain.statuses import MarketplaceStatus, ShopStatus


@dataclass(frozen=True, slots=True)
class MarketplaceChange:
    """The content of one PUT."""

    status: MarketplaceStatus | None
    """The status to set; None: only tracking or `confirm` changes."""
    confirm: bool = False
    """Whether it confirms MALL's last change (R8.1)."""
    tracking_number: str = ""
    """The parcel's number."""
    tracking_url: str = ""
    """Where the customer can follow the parcel."""
    delivered_at: datetime | None = None
    """When the customer got the parcel (UTC)."""


class StepState(StrEnum):
    """Where a step stands. PLANNED and SENDING are open; the others are final."""

    PLANNED = "planned"
    """Recorded and not sent. It may wait for its time or for the next try."""
    SENDING = "sending"
    """Claimed by one sender. A call may be under way; if the sender died, its effect is not known (R9.13)."""
    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNANSWERED = "unanswered"
    """Sent, and the answer was lost. MALL is read before anything else is sent (R9.2)."""
    WITHDRAWN = "withdrawn"
    """Never sent, because the shop or MALL changed before."""

    @property
    def open(self) -> bool:
        """Whether the step still has to be carried out."""
        return self in {StepState.PLANNED, StepState.SENDING}


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do at MALL or in the shop. Its record is the order's transition record. Moments are UTC.

    While it is open it is part of the order's record. Once it is closed it has its own.
    """

    number: int
    """Counts the order's steps, from 1."""
    action: Action
    """What is done."""
    payload: StepPayload | None
    """The part of the order that the step rests on. Another key means another step; None: the action says
    everything."""
    reason: Reason
    """Why it is done."""
    planned_at: datetime
    """When it was recorded."""
    not_before: datetime | None = None
    """The end of the undo window (R2.3), or the moment that a write into the shop waits for; None: it waits for
    nothing."""
    queued_at: datetime | None = None
    """When its message was last handed to the queue."""
    state: StepState = StepState.PLANNED
    """Where it stands."""
    attempts: int = 0
    """How many attempts have begun."""
    claimed_at: datetime | None = None
    """When the present sender claimed it."""
    retry_at: datetime | None = None
    """When it is tried again after a failed attempt."""
    closed_at: datetime | None = None
    """When it ended."""
    result: Reason | None = None
    """How it ended."""
    sent: MarketplaceChange | None = None
    """What the last attempt sent to MALL; None: it was no PUT. After a lost answer it shows whether a change is ours
    (R9.6)."""

    def same_as(self, planned: PlannedStep) -> bool:
        """Whether the plan still asks for exactly this step."""
        return (self.action, key_of(self.payload), self.not_before) == (
            planned.action,
            key_of(planned.payload),
            planned.not_before,
        )

    def due_at(self) -> datetime | None:
        """The moment from which the step may be sent; None: now."""
        return max((m for m in (self.not_before, self.retry_at) if m is not None), default=None)

    def close(self, state: StepState, result: Reason, now: datetime) -> Self:
        """The step at its end."""
        return replace(self, state=state, result=result, closed_at=now, claimed_at=None, retry_at=None)


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """What the plan asks for, before it is recorded under a number."""

    action: Action
    """What is done."""
    payload: StepPayload | None
    """What the step rests on."""
    reason: Reason
    """Why it is done."""
    not_before: datetime | None = None
    """The step is not sent before this moment (UTC); None: it waits for nothing."""
    beside: Hold | None = None
    """The hold that goes on although this step (a confirmation) is sent; None: there is none."""


class AttemptResult(StrEnum):
    """How one attempt ended. NO_ANSWER_RECORDED stays if the sender died during the call."""

    NO_ANSWER_RECORDED = "no_answer_recorded"
    ACCEPTED = "accepted"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try at a step, redacted: when it began, what was sent, what the call returned and how long it took."""

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
    """How it ended."""
    call_result: str = ""
    """The kind of answer (``CallResult`` or ``ImportOutcome``)."""
    http_status: int | None = None
    """The answer's HTTP status."""
    reason: Reason | None = None
    """What the answer said, or why there is none."""
    duration_ms: int | None = None
    """How long the call took, in whole milliseconds."""


Decision = PlannedStep | Hold | InSync
"""What a plan can be."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A step that was refused. The same step is not sent again by itself (R9.3, R7.7)."""

    action: Action
    """What was refused."""
    payload: StepPayload | None
    """The payload of the refused step."""
    reason: Reason
    """What MALL, or the shop, answered."""
    not_found: bool = False
    """Whether the reason is that MALL does not know the order (R1.25)."""


@dataclass(frozen=True, slots=True)
class UndoneStep:
    """A step that a person took back, and the part of the shop's record that had led to it (see ``undo``)."""

    number: int
    """The step's number."""
    action: Action
    """What it would have done."""
    at: datetime
    """When it was taken back (UTC)."""
    by: str
    """Who took it back."""
    status: ShopStatus | None
    """The shop's state."""
    delivery: ShopDate | None = None
    """The delivery date; None: there was none, or it does not lead to such a step."""
    tracking_number: str = ""
    """The tracking number as the clerk typed it; empty: there was none, or it does not lead to such a step."""
    carrier: str = ""
    """The same for the carrier."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """How many times MALL has accepted a step (R12.5)."""

    action: Action
    """What was accepted."""
    payload: StepPayload | None
    """The step's payload; None: any payload of this action counts."""
    times: int
    """How often."""


@dataclass(frozen=True, slots=True)
class Calls:
    """The answered calls of one order on one day (R12.1)."""

    day: date
    """The day in UTC."""
    puts: int = 0
    """How many PUTs."""
    reads: int = 0
    """How many reads."""
    allowances: int = 0
    """How many requests of a person allowed further calls that day (R12.4)."""


@dataclass(frozen=True, slots=True)
class Place:
    """The place of one order's next step in a switch-on."""

    number: int
    """The number among the steps of its kind, from 0."""
    irreversible: bool
    """The kind of the step that it is for."""
    begun_at: datetime
    """``SwitchOn.begun_at`` of the switch-on that it belongs to."""
    step: int | None = None
    """The number of the step that was sent in it; None: it is free."""
