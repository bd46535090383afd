"""What MALL expects and by when: confirm an open order, report a delivery, send a credit note (R6.11)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from orderbridge.domain.cases.escalations import CONFIRM_WITHIN, credit_note
from orderbridge.domain.codes.cases import DeadlineReason
from orderbridge.domain.facts import Term
from orderbridge.domain.reasons import Reason, because
from orderbridge.domain.statuses import MarketplaceStatus, ShopStatus

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orderbridge.domain.orders import OrderState
    from orderbridge.domain.rules import Rules

DELIVERED_WITHIN = timedelta(hours=24)
"""How long after the delivery MALL waits for Delivered (R6.11)."""


class DeadlineKind(StrEnum):
    """What MALL expects."""

    CONFIRM = "confirm"
    DELIVERED = "delivered"
    CREDIT_NOTE = "credit_note"


@dataclass(frozen=True, slots=True)
class Deadline:
    """One thing that MALL expects."""

    kind: DeadlineKind
    """What it is."""
    due_at: datetime
    """By when (UTC)."""
    missed: bool
    """Whether that moment has passed."""
    reason: Reason
    """The deadline, as facts for people."""


def deadlines_of(order: OrderState, rules: Rules, now: datetime) -> tuple[Deadline, ...]:
    """The deadlines that run or were missed at `now` (UTC). What is done, or is not the partner's task, has none."""
    return (
        *_confirm(order, now),
        *_delivered(order, ZoneInfo(rules.shop_zone), now),
        *_credit_notes(order, now),
    )


def _confirm(order: OrderState, now: datetime) -> Iterator[Deadline]:
    """The deadline of an open, unconfirmed order. It counts from Open, else from when we knew the order (R8.13)."""
    observed = order.marketplace.observed
    if (
        observed is None
        or observed.status is not MarketplaceStatus.OPEN
        or observed.confirmed
        or order.marketplace.test
    ):
        return
    # Without a moment of MALL's, our own counts. A list may have shown the order as blocked before.
    seen_open = (
        p.at for p in reversed(order.marketplace.status_changes) if p.status is MarketplaceStatus.OPEN
    )
    opened_at = observed.opened_at or next(seen_open, order.marketplace.listed_at or order.created_at)
    if opened_at is not None:
        due_at = opened_at + CONFIRM_WITHIN
        code = DeadlineReason.CONFIRM_MISSED if due_at < now else DeadlineReason.CONFIRM
        yield Deadline(DeadlineKind.CONFIRM, due_at, due_at < now, because(code, due_at=due_at))


def _delivered(order: OrderState, zone: ZoneInfo, now: datetime) -> Iterator[Deadline]:
    """The deadline for Delivered. It counts from the end of the clerk's date, or from its time (R6.12)."""
    desired, observed = order.shop_side.desired, order.marketplace.observed
    if desired is None or desired.status is not ShopStatus.SETTLED or desired.delivery is None:
        return
    if observed is None or observed.status is not MarketplaceStatus.SHIPPED or observed.marketplace_delivery:
        return
    delivered_at = desired.delivery.end(zone)
    if delivered_at <= now:
        due_at = delivered_at + DELIVERED_WITHIN
        code = DeadlineReason.DELIVERED_MISSED if due_at < now else DeadlineReason.DELIVERED
        yield Deadline(DeadlineKind.DELIVERED, due_at, due_at < now, because(code, due_at=due_at))


def _credit_notes(order: OrderState, now: datetime) -> Iterator[Deadline]:
    """The deadlines of the credit notes (R6.7)."""
    for escalation in order.cases.escalations:
        note = credit_note(order, escalation) if escalation.open else None
        if note is not None:
            missed = note.due_at < now
            code = DeadlineReason.CREDIT_NOTE_MISSED if missed else DeadlineReason.CREDIT_NOTE
            reason = because(code, return_number=Term(note.return_number), due_at=note.due_at)
            yield Deadline(DeadlineKind.CREDIT_NOTE, note.due_at, missed, reason)
