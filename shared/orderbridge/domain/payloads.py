"""What a step carries besides its action: the part of the order that the step rests on.

The `key` of a payload tells one step from another: for one action, equal keys mean the same step. The key is derived
and is never stored or parsed. A step whose action says everything (Shipping, Cancelled, both writes into the shop, and
Shipped of a parcel that MALL Delivery carries) has no payload.

A record stores the fields alone. Each kind has one field that it needs and that no other kind has; that field tells
which kind was stored.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from orderbridge.domain.carriers import Tracking
from orderbridge.domain.dates import ShopDate
from orderbridge.domain.statuses import MarketplaceStatus


class ReadCause(StrEnum):
    """Why the marketplace is read."""

    FIRST = "first"
    """The order was never read."""
    DOUBT = "doubt"
    """What the marketplace holds is in doubt."""
    UNCLEAR_ANSWER = "doubt about step"
    """The answer to a step was not clear."""
    STALE_VIEW = "seen at"
    """The last view is too old to confirm a change."""
    BLOCKED = "blocked at"
    """The marketplace had blocked the order."""


@dataclass(frozen=True, slots=True)
class ReadPayload:
    """Why a read is due. `doubtful_step` is the step in doubt, `observed_at` the moment of the view in question."""

    cause: ReadCause
    doubtful_step: int | None = None
    observed_at: datetime | None = None

    @property
    def key(self) -> str:
        """The cause and what it is about."""
        step = "" if self.doubtful_step is None else f" {self.doubtful_step}"
        moment = "" if self.observed_at is None else f" {_text_of(self.observed_at)}"
        return f"{self.cause.value}{step}{moment}"


@dataclass(frozen=True, slots=True)
class TrackingPayload:
    """The tracking that Shipped or a correction of tracking sends. None: Shipped goes out without."""

    tracking: Tracking | None

    @property
    def key(self) -> str:
        """The number and the address. No number has a ``|`` in it."""
        return "no tracking" if self.tracking is None else f"{self.tracking.number}|{self.tracking.url}"


@dataclass(frozen=True, slots=True)
class DeliveredPayload:
    """The delivery date that the shop gives."""

    delivery: ShopDate

    @property
    def key(self) -> str:
        """The date in ISO form."""
        return str(self.delivery)


@dataclass(frozen=True, slots=True)
class ReturnedPayload:
    """When a person asked for Returned."""

    requested_at: datetime

    @property
    def key(self) -> str:
        """The moment in ISO form."""
        return _text_of(self.requested_at)


@dataclass(frozen=True, slots=True)
class ConfirmPayload:
    """The status that is confirmed."""

    status: MarketplaceStatus

    @property
    def key(self) -> str:
        """The status."""
        return self.status.value


StepPayload = ReadPayload | TrackingPayload | DeliveredPayload | ReturnedPayload | ConfirmPayload


def key_of(payload: StepPayload | None) -> str:
    """The key of `payload`; empty where there is none."""
    return "" if payload is None else payload.key


def tracking_in(payload: StepPayload | None) -> Tracking | None:
    """The tracking that a step with `payload` sends; None if it sends none."""
    return payload.tracking if isinstance(payload, TrackingPayload) else None


def _text_of(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()
