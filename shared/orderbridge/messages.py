"""The messages between the functions. Each is JSON, names its shop, and holds no personal data.

Every message may be delivered more than once. It says only which order to recheck. What is sent is decided from the
stored state (R1.21).
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
    """Request to fetch the export of one shop.

    A fetch that began at `requested_at` (UTC) or later has answered the request. None: only the fetch that this message
    starts answers it. `by_person`: a person requested it, so it is neither delayed for an export that hangs nor dropped
    while another fetch runs. `rounds`: number of fetches in a row that left changes over and requested the next one.
    """

    requested_at: datetime | None = None
    by_person: bool = False
    rounds: int = 0


class ReturnsRequest(_Message):
    """Request to find the overdue parcels of one shop (R5.11)."""


class ShopUpdate(_Message):
    """What the shop's export shows of one order. Sent when the order changed, or when a step waits for the export.

    `seen_at` (UTC): start of the fetch. `content_at` (UTC): the content was made then or later. `shown_before_at`
    (UTC): content of that time or later showed the order in its earlier state; None if no such content is known.
    `bulk`: the order is part of a bulk change, so an order that is new to us waits for MALL's list of orders under way
    (R8.12).
    """

    kind: Literal["shop_update"] = "shop_update"
    mall_order_id: int
    seen_at: datetime
    content_at: datetime
    shown_before_at: datetime | None = None
    bulk: bool = False
    view: ShopView


class NotInExport(_Message):
    """The shop's export lacks an order. Sent for an order that a step waits for, and by the daily roll call (R10.6).

    `seen_at` and `content_at` as in ``ShopUpdate``. `whole` True: the export lists all orders. False: it lists only new
    and changed orders, so the order has not changed (R10.8).
    """

    kind: Literal["not_in_export"] = "not_in_export"
    mall_order_id: int
    seen_at: datetime
    content_at: datetime
    whole: bool


class Recheck(_Message):
    """Request to plan one order again from its stored state (R1.21).

    `requested_at` (UTC): when the message was sent. If it lies in the future, MALL is not read before it. `reason`:
    part of the queue's deduplication key; equal messages within five minutes count as one. `reread`: read the order at
    MALL again. `by_flow`: a flow sent it; otherwise a person did, which also ends a parking and forgets refusals.
    `queues_empty`: the queues of steps were empty when this was sent (R9.15).
    """

    kind: Literal["recheck"] = "recheck"
    mall_order_id: int
    reason: str
    requested_at: datetime
    reread: bool = False
    by_flow: bool = False
    queues_empty: bool = False


class ListingUpdate(_Message):
    """What one of MALL's lists shows of one order. Holds no items and no personal data.

    `seen_at` (UTC): start of the call. `view` None: the list gives only the number. `test`: it is a test order.
    `compared`: a reconciliation sent it; then `drift` says what it found wrong, None if nothing. Otherwise `drift` has
    no meaning.
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
    """Request to read one of MALL's lists for a shop.

    `what`: ``unconfirmed`` is the feed of MALL-side changes (R8.7), ``reconcile`` lists all orders under way (R8.9).
    `requested_at` (UTC): a list that was read later has answered the request, and none is read before that time.
    `hints`: order numbers that a webhook gave (R8.11). None: not from a webhook, so the list is always read.
    """

    what: Literal["unconfirmed", "reconcile"]
    requested_at: datetime
    hints: tuple[int, ...] | None = None


class AlarmRequest(_Message):
    """Request to send the shop's people the alarms that are due.

    `mall_order_id` None: the alarm is that the shop was stopped. `requested_at` (UTC): when the message was sent. An
    alarm that becomes due later gets its own request.
    """

    mall_order_id: int | None = None
    requested_at: datetime


class DigestRequest(_Message):
    """Request to send the daily digest of one shop (R6.13).

    `day`: ISO date in the shop's zone. A repeated request has the same day.
    """

    day: str


# Pydantic distinguishes the two by their required fields: `day` or `requested_at`.
ALARM_MESSAGE: TypeAdapter[AlarmRequest | DigestRequest] = TypeAdapter(
    AlarmRequest | DigestRequest, config=ConfigDict(hide_input_in_errors=True, defer_build=True)
)


class StepDispatch(_Message):
    """Request to carry out step number `step` of one order, if it is still the order's current step.

    `dispatch_id` differs for each dispatch of the same step.
    """

    mall_order_id: int
    step: int
    dispatch_id: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """Approximate number of messages that wait or are being processed: `changes` to orders, `steps` of both kinds."""

    changes: int
    steps: int
