"""What MALL expects by when: confirm an open order, report a delivery, send a credit note."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from orderbridge.domain.cases.escalations import CONFIRM_WITHIN, credit_note
from orderbridge.domain.dates import for_people
from orderbridge.domain.statuses import MarketplaceStatus, ShopStatus

if TYPE_CHECKING:
    from orderbridge.domain.orders import OrderState
    from orderbridge.domain.rules import Rules

DELIVERED_WITHIN = timedelta(hours=24)
"""How long after the delivery MALL waits for Delivered."""


class DeadlineKind(StrEnum):
    """What is awaited."""

    CONFIRM = "confirm"
    DELIVERED = "delivered"
    CREDIT_NOTE = "credit_note"


@dataclass(frozen=True, slots=True)
class Deadline:
    """One thing that MALL expects by `due_at` (UTC). `missed`: that is over, and it has not happened."""

    kind: DeadlineKind
    due_at: datetime
    missed: bool
    text: str


def deadlines_of(order: OrderState, rules: Rules, now: datetime) -> tuple[Deadline, ...]:
    """The deadlines that run, or were missed, at `now` (UTC). None for what is done, or not the partner's to do."""
    zone = ZoneInfo(rules.shop_zone)
    found = []
    for kind, due_at, what in (
        *_confirm(order),
        *_delivered(order, zone, now),
        *_credit_notes(order),
    ):
        missed = due_at < now
        text = f"{what} {'was due on' if missed else 'is due on'} {for_people(due_at, zone)}"
        found.append(Deadline(kind, due_at, missed, text))
    return tuple(found)


_Found = tuple[tuple[DeadlineKind, datetime, str], ...]


def _confirm(order: OrderState) -> _Found:
    observed = order.marketplace.observed
    if (
        observed is None
        or observed.status is not MarketplaceStatus.OPEN
        or observed.confirmed
        or order.marketplace.test
    ):
        return ()
    # Where MALL does not say it: since we know of it. A list may have shown it as blocked before.
    seen_open = (
        p.at for p in reversed(order.marketplace.status_changes) if p.status is MarketplaceStatus.OPEN
    )
    opened_at = observed.opened_at or next(seen_open, order.marketplace.listed_at or order.created_at)
    if opened_at is None:
        return ()
    return ((DeadlineKind.CONFIRM, opened_at + CONFIRM_WITHIN, "confirming or cancelling the open order"),)


def _delivered(order: OrderState, zone: ZoneInfo, now: datetime) -> _Found:
    """Counted from the end of the clerk's date, or from its time: it cannot have been earlier that it was known."""
    desired, observed = order.shop_side.desired, order.marketplace.observed
    if desired is None or desired.status is not ShopStatus.SETTLED or desired.delivery is None:
        return ()
    if observed is None or observed.status is not MarketplaceStatus.SHIPPED or observed.marketplace_delivery:
        return ()
    delivered_at = desired.delivery.end(zone)
    if delivered_at > now:
        return ()
    return ((DeadlineKind.DELIVERED, delivered_at + DELIVERED_WITHIN, "setting Delivered at MALL"),)


def _credit_notes(order: OrderState) -> _Found:
    notes = (credit_note(order, escalation) for escalation in order.cases.escalations if escalation.open)
    return tuple(
        (DeadlineKind.CREDIT_NOTE, note.due_at, f"the credit note for return {note.return_number}")
        for note in notes
        if note is not None
    )
