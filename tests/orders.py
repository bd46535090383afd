"""What the tests need to make one order out of another."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING

from orderbridge.domain.cases.records import Cause, Escalation
from orderbridge.domain.cases.states import NOT_AT_MARKETPLACE, NOT_IN_SHOP, NOT_TO_TELL
from tests.reasons import ANY

if TYPE_CHECKING:
    from datetime import datetime

    from orderbridge.domain.orders import OrderState

PARTS = ("shop_side", "marketplace", "work", "cases")


def changed(order: OrderState, **values: object) -> OrderState:
    """`order` with these values, each in the part that has a field of this name."""
    on_top = dict(values)
    for name in PARTS:
        part = getattr(order, name)
        own = {field.name: on_top.pop(field.name) for field in fields(part) if field.name in on_top}
        order = replace(order, **{name: replace(part, **own)})
    return replace(order, **on_top)  # type: ignore[arg-type]


def an_escalation(cause: Cause, opened_at: datetime) -> Escalation:
    """An open one; what it says is of no matter."""
    return Escalation(cause, ANY, NOT_AT_MARKETPLACE, NOT_IN_SHOP, NOT_TO_TELL, opened_at)
