"""The facts of the ready text of an escalation: for MALL's Operations, or for the person who can help (R6.5, R6.6).

They hold no personal data: numbers, statuses, dates, tracking, titles and numbers of items.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from orderbridge.domain.cases import matters, states
from orderbridge.domain.cases.escalations import credit_note
from orderbridge.domain.cases.matters import Matter
from orderbridge.domain.cases.records import WRONG_FINALS, Cause
from orderbridge.domain.payloads import tracking_in

if TYPE_CHECKING:
    from datetime import date

    from orderbridge.domain.carriers import Tracking
    from orderbridge.domain.cases.records import Escalation, Item
    from orderbridge.domain.orders import OrderState
    from orderbridge.domain.reasons import Reason
    from orderbridge.domain.rules import Rules

_FOR_THE_CLERK = frozenset({Matter.NOT_IMPORTED, Matter.NOT_CANCELED, Matter.NEVER_IN_THE_SHOP})
"""Matters that the clerk solves in the shop."""


class Reader(StrEnum):
    """Who a ready text is for. The value is the name of its template."""

    OPERATIONS = "operations"
    """MALL's Operations: the text is sent through the partner portal."""
    ACCOUNTING = "accounting"
    """The shop's accounting, once a return number was entered."""
    INTEGRATOR = "integrator"
    CLERK = "clerk"


FOR_THE_READER = frozenset({Reader.INTEGRATOR, Reader.CLERK})
"""Readers who act on the text themselves. The other texts are passed on, in the shop's language (R11.2)."""


@dataclass(frozen=True, slots=True)
class ReadyText:
    """The facts of one ready text. A template shows what its reader needs."""

    reader: Reader
    """Who it is for."""
    shop: str
    """The shop's name."""
    order: int
    """The order's number."""
    matter: Matter
    """What it is about."""
    happened: Reason
    """What happened."""
    request: Reason | None
    """What MALL's Operations are asked to do; None: they cannot help."""
    held: Reason
    """What the marketplace holds."""
    shop_says: Reason
    """What the shop shows."""
    right_status: Reason | None
    """The right status; None: no status is wrong, or it is asked which one is right."""
    wrong_final: bool
    """Whether the portal's form asks for the right final status."""
    asks_for_return: bool
    """Whether a return document is requested, which needs the items and the reason."""
    whole_order: bool
    """Whether it is about the whole order, not some `items`."""
    items: tuple[Item, ...]
    """The items; for a whole order, those that are known."""
    tracking: Tracking | None = None
    """The tracking of the step that MALL refused."""
    return_number: str = ""
    """The return number from MALL's Operations; empty: there is none yet."""
    credit_note_by: date | None = None
    """The day (the shop's zone) by which the credit note is due (R6.7)."""
    parked: Reason | None = None
    """The message that failed too often."""


def ready_text(order: OrderState, escalation: Escalation, rules: Rules) -> ReadyText:
    """The ready text of `escalation`.

    Once a return number was entered, it is for the shop's accounting: the content of the credit note, and its deadline.
    """
    matter, note = matters.matter_of(order, escalation), credit_note(order, escalation)
    observed = order.marketplace.observed
    refusal = matters.refusal_of(order, escalation)
    return ReadyText(
        _reader(matter, has_return_number=note is not None),
        order.shop,
        order.mall_order_id,
        matter,
        matters.happened(order, escalation),
        matters.request(order, escalation),
        escalation.held,
        escalation.shop_says,
        right_status=None if matter in matters.ASK_FOR_NO_STATUS else escalation.right_status,
        wrong_final=escalation.cause in WRONG_FINALS and escalation.right_status != states.NOT_TO_TELL,
        asks_for_return=escalation.cause is Cause.WRONG_DELIVERED,
        whole_order=note is None or note.whole_order,
        items=note.items if note is not None else observed.items if observed is not None else (),
        tracking=tracking_in(refusal.payload) if refusal is not None else None,
        return_number="" if note is None else note.return_number,
        credit_note_by=None if note is None else note.due_at.astimezone(ZoneInfo(rules.shop_zone)).date(),
        parked=order.work.parked,
    )


def _reader(matter: Matter, *, has_return_number: bool) -> Reader:
    if has_return_number:
        return Reader.ACCOUNTING
    if matter is Matter.DEAD_LETTER:
        return Reader.INTEGRATOR
    return Reader.CLERK if matter in _FOR_THE_CLERK else Reader.OPERATIONS
