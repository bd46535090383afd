"""What the tests need to make one order out of another."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
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
