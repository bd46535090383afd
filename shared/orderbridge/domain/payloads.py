"""The payload of a step: the part of the order that the step rests on, besides its action.

The `key` of a payload tells one step from another: for one action, equal keys mean the same step. The key is derived,
never stored or parsed. Shipping, Cancelled, both writes into the shop and Shipped with MALL Delivery have no payload.

A record stores the fields only. Each kind has one required field of its own, which shows which kind was stored.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from orderbridge.domain.carriers import Tracking
from orderbridge.domain.dates import ShopDate
from orderbridge.domain.statuses import MarketplaceStatus


class ReadCause(StrEnum):
    """Why MALL is read."""

    FIRST = "first"
    """The order was never read."""
    DOUBT = "doubt"
    """It is not certain what MALL holds."""
    UNCLEAR_ANSWER = "doubt about step"
    """The answer to a step was not clear."""
    STALE_VIEW = "seen at"
    """The last view is too old to confirm a change (R8.4)."""
    BLOCKED = "blocked at"
    """MALL had blocked the order (R1.14)."""


@dataclass(frozen=True, slots=True)
class ReadPayload:
    """Why a read is due."""

    cause: ReadCause
    """The cause."""
    doubtful_step: int | None = None
    """The number of the step in doubt; None: it is not about a step."""
    observed_at: datetime | None = None
    """When the view in question was observed (UTC); None: it is not about a view."""

    @property
    def key(self) -> str:
        """The cause, with the step or the moment."""
        step = "" if self.doubtful_step is None else f" {self.doubtful_step}"
        moment = "" if self.observed_at is None else f" {_text_of(self.observed_at)}"
        return f"{self.cause.value}{step}{moment}"


@dataclass(frozen=True, slots=True)
class TrackingPayload:
    """The tracking that Shipped or a correction of tracking sends."""

    tracking: Tracking | None
    """Number and address; None: Shipped is sent without tracking."""

    @property
    def key(self) -> str:
        """Number and address. No number contains ``|``."""
        return "no tracking" if self.tracking is None else f"{self.tracking.number}|{self.tracking.url}"


@dataclass(frozen=True, slots=True)
class DeliveredPayload:
    """The delivery date that Delivered rests on."""

    delivery: ShopDate
    """The date in the shop."""

    @property
    def key(self) -> str:
        """The date in ISO form."""
        return str(self.delivery)


@dataclass(frozen=True, slots=True)
class ReturnedPayload:
    """The request that Returned rests on."""

    requested_at: datetime
    """When a person asked for Returned (UTC)."""

    @property
    def key(self) -> str:
        """The moment in ISO form."""
        return _text_of(self.requested_at)


@dataclass(frozen=True, slots=True)
class ConfirmPayload:
    """The status that is confirmed."""

    status: MarketplaceStatus
    """The status."""

    @property
    def key(self) -> str:
        """The status."""
        return self.status.value


StepPayload = ReadPayload | TrackingPayload | DeliveredPayload | ReturnedPayload | ConfirmPayload
"""All kinds of payloads."""


def key_of(payload: StepPayload | None) -> str:
    """The key of `payload`; empty: there is no payload."""
    return "" if payload is None else payload.key


def tracking_in(payload: StepPayload | None) -> Tracking | None:
    """The tracking that a step with `payload` sends; None: it sends none."""
    return payload.tracking if isinstance(payload, TrackingPayload) else None


def _text_of(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()
