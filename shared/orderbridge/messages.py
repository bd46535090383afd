"""The messages between the functions. All are JSON, name their shop, and hold no personal data.

Any of them may be repeated: a message only says "recheck this order", and the decision is made from the stored state.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from orderbridge.domain.reasons import Reason
from orderbridge.domain.views import MarketplaceView, ShopView


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True, defer_build=True)

    shop: str


class FetchRequest(_Message):
    """Fetch the export of one shop.

    A fetch that began at `requested_at` or later answers it; None: only the fetch that it starts itself does.
    `by_person`: somebody waits for it, so it is not delayed for a shop that hangs, and not dropped for a shop that is
    being fetched. `rounds`: how many fetches in a row left changes over and requested the next one.
    """

    requested_at: datetime | None = None
    by_person: bool = False
    rounds: int = 0


class ReturnsRequest(_Message):
    """Find the parcels of one shop that are long under way."""


class ShopUpdate(_Message):
    """What the shop's export says of an order, as seen at `seen_at` (UTC, the start of the fetch).

    It is sent when the order has changed, and when a step waits for a confirmation by the export. `content_at` (UTC):
    the content was made at that moment or later. `shown_before_at` (UTC): content of that moment or later showed the
    order as it was before; None if no such content is known. `bulk`: it is part of a bulk change, so an order that is
    new to us waits for MALL's list of orders under way (R8.12).
    """

    kind: Literal["shop_update"] = "shop_update"
    mall_order_id: int
    seen_at: datetime
    content_at: datetime
    shown_before_at: datetime | None = None
    bulk: bool = False
    view: ShopView


class NotInExport(_Message):
    """The shop's export, as seen at `seen_at` (UTC, the start of the fetch), does not have an order.

    `content_at` as in ``ShopUpdate``. `whole`: the export lists all orders. Otherwise it lists new and changed ones, so
    the order has not changed.
    """

    kind: Literal["not_in_export"] = "not_in_export"
    mall_order_id: int
    seen_at: datetime
    content_at: datetime
    whole: bool


class Recheck(_Message):
    """Recheck this order: plan it anew.

    `requested_at` (UTC) is when this message was sent; if it lies ahead, MALL is not read before. `reason` sets
    messages apart for the queue's deduplication: equal ones within five minutes count as one. `reread`: read the
    marketplace anew. A person's request also ends a parking and refusals; a flow's request (`by_flow`) does not.
    `queues_empty`: no message about any step was under way when this was sent.
    """

    kind: Literal["recheck"] = "recheck"
    mall_order_id: int
    reason: str
    requested_at: datetime
    reread: bool = False
    by_flow: bool = False
    queues_empty: bool = False


class ListingUpdate(_Message):
    """What one of MALL's lists says of an order, as seen at `seen_at` (UTC, the start of the call).

    `view` None: the list named the number only. Holds no items and no personal data. `drift` is what a reconciliation
    found of an order that the shop does not show; None: nothing, if `compared`, else it was not the question.
    """

    kind: Literal["listing_update"] = "listing_update"
    mall_order_id: int
    seen_at: datetime
    view: MarketplaceView | None = None
    test: bool = False
    drift: Reason | None = None
    compared: bool = False


OrderUpdate = Annotated[ShopUpdate | NotInExport | Recheck | ListingUpdate, Field(discriminator="kind")]
ORDER_UPDATE: TypeAdapter[ShopUpdate | NotInExport | Recheck | ListingUpdate] = TypeAdapter(
    OrderUpdate, config=ConfigDict(hide_input_in_errors=True, defer_build=True)
)


class ListRequest(_Message):
    """Read one of MALL's lists for a shop.

    ``unconfirmed``: the feed of MALL-side changes. ``reconcile``: all orders that are under way. `requested_at`
    (UTC): a list that was read after it answers the request, and no list is read for it before. `hints` are the order
    numbers that a webhook named; None: no webhook, the list is read in any case.
    """

    what: Literal["unconfirmed", "reconcile"]
    requested_at: datetime
    hints: tuple[int, ...] | None = None


class AlarmRequest(_Message):
    """Send the shop's people the alarms that are due. `mall_order_id` None: the notice that the shop was stopped.

    `requested_at` (UTC) is when this message was sent: an alarm that became due after it has a request of its own.
    """

    mall_order_id: int | None = None
    requested_at: datetime


class DigestRequest(_Message):
    """Send the daily digest of one shop. `day` (the shop's zone, ISO) shows that a message is a repeat."""

    day: str


# Pydantic tells the two apart by their fields: only one has `day`, only the other `requested_at`.
ALARM_MESSAGE: TypeAdapter[AlarmRequest | DigestRequest] = TypeAdapter(
    AlarmRequest | DigestRequest, config=ConfigDict(hide_input_in_errors=True, defer_build=True)
)


class StepDispatch(_Message):
    """Carry out step number `step` of this order, if it still is the order's step.

    `dispatch_id` is different for each dispatch of a step.
    """

    mall_order_id: int
    step: int
    dispatch_id: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """About how many messages wait in the queues or are being worked on: `changes` to orders, `steps` of both kinds."""

    changes: int
    steps: int
