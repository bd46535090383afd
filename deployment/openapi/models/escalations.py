"""What no retry can mend."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from deployment.openapi.models.common import Explanation, Model, Moment, OrderNumber, OrderPage, ShopName
from orderbridge.domain.cases.ready_texts import Reader
from orderbridge.domain.cases.records import Cause, EventKind
from orderbridge.texts import Language


class Item(Model):
    """One line of an order."""

    title: str
    """The product's name."""
    pieces: str
    """How many, as a decimal number."""


class ReadyText(Model):
    """A text that is ready to be sent, or to be acted on."""

    for_: Annotated[Reader, Field(alias="for")]
    """Who the text is for."""
    language: Language
    """The language of the text."""
    text: str
    """The text, of several lines."""


class CreditNote(Model):
    """What the credit note must contain."""

    mall_order_id: OrderNumber
    """MALL's number of the order."""
    return_number: str
    """The return number from MALL's Operations."""
    whole_order: bool
    """Whether everything of the order is returned."""
    items: list[Item]
    """What is returned."""
    due_at: Moment
    """When the credit note must be with MALL."""


class EscalationEvent(Model):
    """What happened to an escalation."""

    at: Moment
    """When it happened."""
    what: EventKind
    """What happened."""
    by: str
    """Who did it; `orderbridge`: nobody asked for it."""
    note: str | None
    """The person's note; null: there is none."""
    reason: Explanation | None
    """Why it happened; null: a person did it."""


class Escalation(Model):
    """An error that no retry can mend, with everything that is needed to settle it."""

    cause: Cause
    """Why the order was escalated. An order has at most one escalation of a cause."""
    state: Literal["open", "closed"]
    """Whether somebody still has to act."""
    what_happened: Explanation
    """What happened."""
    mall_holds: Explanation
    """What MALL holds."""
    shop_says: Explanation
    """What the shop says."""
    right_status: Explanation
    """What would be right."""
    what_to_do: Explanation
    """What to do."""
    ready_text: ReadyText
    """A text for whoever must act."""
    opened_at: Moment
    """When it was opened, the last time."""
    closed_at: Moment | None
    """When it was closed; null: it is open."""
    return_number: str | None
    """The return number from MALL's Operations; null: none was entered."""
    credit_note: CreditNote | None
    """What the credit note must contain; null: no return number was entered."""
    history: list[EscalationEvent]
    """What happened to it, oldest first."""


class EscalationEntry(Escalation):
    """An escalation, with its order."""

    mall_order_id: OrderNumber
    """MALL's number of the order."""
    code: str | None
    """The shop's number of the order; null: the shop does not have it."""


class EscalationList(OrderPage):
    """One page of the list of escalations."""

    escalations: list[EscalationEntry]
    """The escalations. An order with two of them has two entries."""


class EscalationAnswer(EscalationEntry):
    """The escalation after the request."""

    shop: ShopName
    """The shop."""
