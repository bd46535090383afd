"""Steps: what is planned and carried out for an order, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Self

from orderbridge.domain.actions import Action
from orderbridge.domain.holds import Hold, InSync
from orderbridge.domain.payloads import StepPayload, key_of
from orderbridge.domain.reasons import Reason
from orderbridge.domain.statuses import MarketplaceStatus


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
    reason: Reason
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
    result: Reason | None = None
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
    reason: Reason | None = None
    """What the answer said, or why there is none."""
    duration_ms: int | None = None
    """How long the call took."""


Decision = PlannedStep | Hold | InSync


@dataclass(frozen=True, slots=True)
class Refusal:
    """A step that the marketplace refused for good: the same step is not sent again by itself."""

    action: Action
    """What was refused."""
    payload: StepPayload | None
    """The payload of the refused step."""
    reason: Reason
    """What the marketplace, or the shop, said."""
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
