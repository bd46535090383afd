"""What persons asked for."""

from __future__ import annotations

from deployment.openapi.models.common import Explanation, Model, Moment, OrderNumber, Page


class PersonAction(Model):
    """What a person asked for. It says that something was requested, not that it was done."""

    at: Moment
    """When it was requested."""
    by: str | None
    """The operator's name, or that of the caller of the command line; null: the record of it cannot be read."""
    action: Explanation
    """What was requested."""
    mall_order_id: OrderNumber | None
    """MALL's number of the order that it is about; null: the whole shop."""
    why: str | None
    """The person's reason; null: none was given."""


class ActionList(Page):
    """One page of what persons asked for, newest first."""

    actions: list[PersonAction]
    """The actions."""
