"""The messages between the functions. All JSON; every one names its shop; none holds personal data.

Repeating any of them at will is harmless: a message only says "look at this order", and the decision is made
from the stored state.
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

    A fetch that began at `requested_at` or later has answered it; None: only one that it starts itself does.
    `by_person`: somebody waits for it, so it is not put off for a shop that hangs, nor dropped for one that is being
    fetched. `rounds`: so many fetches in a row left changes over and asked for the next one at once.
    """

    requested_at: datetime | None = None
    by_person: bool = False
    rounds: int = 0


class ReturnsRequest(_Message):
    """Look for parcels of one shop that are long under way."""


class ShopUpdate(_Message):
    """What the shop's export says of an order, as seen at `seen_at` (UTC, the start of the fetch).

    It is sent when that has changed, and when a step waits for it to be said once more. `content_at` (UTC): the content
    was made at that moment or later. `shown_before_at` (UTC): content of that moment or later showed the order as it
    was before this; None if no such content is known. `bulk`: it is one of so many changed orders that MALL's list of
    orders under way is read before those that are new to us.
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

    `content_at` as in ``ShopUpdate``. `whole`: it is a list of all orders; otherwise of those that are new or
    changed, so the order has not changed.
    """

    kind: Literal["not_in_export"] = "not_in_export"
    mall_order_id: int
    seen_at: datetime
    content_at: datetime
    whole: bool


class Recheck(_Message):
    """Look at this order again.

    `requested_at` (UTC) is when this message was sent; where it is later, MALL is not to be read before. `reason`
    makes the message distinguishable for the queue's deduplication: equal ones within five minutes count as one.
    `reread`: read the marketplace anew. That is a person's word, which ends a parking and refusals, unless a flow
    asks of its own accord (`by_flow`; a message that does not say so is a person's). `none_waits`: no message about
    any step was under way when this was sent.
    """

    kind: Literal["recheck"] = "recheck"
    mall_order_id: int
    reason: str
    requested_at: datetime
    reread: bool = False
    by_flow: bool = False
    none_waits: bool = False


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
    (UTC): a list that was read later than that has answered the request already, and none is read for it before.
    `hints` are the order numbers that a webhook named; None: nobody named any, the list is read in any case.
    """

    what: Literal["unconfirmed", "reconcile"]
    requested_at: datetime
    hints: tuple[int, ...] | None = None


class AlarmRequest(_Message):
    """Tell the shop's people what is due. `mall_order_id` None: about the shop itself (it was stopped).

    `requested_at` (UTC) is when this message was sent: what became due since an earlier one is asked for anew.
    """

    mall_order_id: int | None = None
    requested_at: datetime


class DigestRequest(_Message):
    """Put together the daily digest of one shop. `day` (the shop's zone, ISO) makes a repeat recognisable."""

    day: str


# Told apart by what only one of them has: a day, or a moment.
ALARM_MESSAGE: TypeAdapter[AlarmRequest | DigestRequest] = TypeAdapter(
    AlarmRequest | DigestRequest, config=ConfigDict(hide_input_in_errors=True, defer_build=True)
)


class StepDispatch(_Message):
    """Carry out step number `step` of this order, if it still is the order's step.

    `dispatch_id` tells the dispatches of one step apart.
    """

    mall_order_id: int
    step: int
    dispatch_id: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """About how many messages wait in the queues or are being worked on: `changes` to orders, `steps` of both kinds."""

    changes: int
    steps: int
