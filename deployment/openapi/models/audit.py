"""The audit trail."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from deployment.openapi.models.common import (
    Code,
    Counter,
    Model,
    Moment,
    Natural,
    OrderNumber,
    Page,
    ShopName,
)
from orderbridge.domain.actions import Action


class AuditRow(Model):
    """A step, an attempt, or an order whose record cannot be read. Every row has every key."""

    kind: Literal["step", "attempt", "unreadable"]
    """What it is about."""
    shop: ShopName
    """The shop."""
    at: Moment | None
    """When the step was recorded, or the attempt began; null: the order cannot be read."""
    mall_order_id: OrderNumber | None
    """MALL's number of the order."""
    order_code: str | None
    """The shop's number of the order; null: not known."""
    step: Counter | None
    """The step's number within its order; null: the order cannot be read."""
    attempt: Counter | None
    """The attempt's number within its step; null: the row is no attempt's."""
    action: Action | None
    """What the step does; null: the order cannot be read."""
    state: str | None
    """How the step stands, or the attempt's result; null: the order cannot be read."""
    reason_code: Code | None
    """Why the step is done, what the attempt was answered, or why the order cannot be read; null: not known."""
    reason_text: str | None
    """The same as a text."""
    result_code: Code | None
    """How the step ended; null: it has not, or the row is no step's."""
    result_text: str | None
    """The same as a text."""
    not_before: Moment | None
    """The moment before which the step was not sent; null: none, or the row is no step's."""
    closed_at: Moment | None
    """When the step ended; null: it has not, or the row is no step's."""
    sent: str | None
    """The body of the call as JSON, without key and personal data; null: the row is no attempt's."""
    call_result: str | None
    """The kind of answer; null: there was none yet, or the row is no attempt's."""
    http_status: Annotated[int, Field(ge=100, le=999)] | None
    """The answer's HTTP status; null: there was none, or the row is no attempt's."""
    duration_ms: Natural | None
    """How long the call took, in milliseconds; null: not known, or the row is no attempt's."""


class AuditPage(Page):
    """One page of the audit trail."""

    rows: list[AuditRow]
    """Order by order: each step, with its attempts."""
