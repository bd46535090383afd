"""The messages between the functions. All JSON; every one names its shop; none holds personal data.

Repeating any of them at will is harmless: a message only says "look at this order", and the decision is made
from the stored state.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from orderbridge.domain.orders import ShopView


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True, defer_build=True)

    shop: str


class FetchRequest(_Message):
    """Fetch the export of one shop now."""


class News(_Message):
    """What the shop's export says of an order, as seen at `seen_at` (UTC, the start of the fetch)."""

    kind: Literal["news"] = "news"
    mall_order_id: int
    seen_at: datetime
    view: ShopView


class Look(_Message):
    """Look at this order again.

    `asked_at` (UTC) is when this message was sent. `reason` makes the message distinguishable for the queue's
    deduplication: equal ones within five minutes count as one. `reread`: a person asks, so forget refusals and
    read the marketplace anew.
    """

    kind: Literal["look"] = "look"
    mall_order_id: int
    reason: str
    asked_at: datetime
    reread: bool = False


Change = Annotated[News | Look, Field(discriminator="kind")]
CHANGE: TypeAdapter[News | Look] = TypeAdapter(
    Change, config=ConfigDict(hide_input_in_errors=True, defer_build=True)
)


class Send(_Message):
    """Carry out step number `step` of this order, if it still is the order's step.

    `turn` tells the dispatches of one step apart.
    """

    mall_order_id: int
    step: int
    turn: str
