"""What waits for the shop's people today."""

from __future__ import annotations

from typing import Literal

from deployment.openapi.models.common import (
    Counter,
    Explanation,
    Model,
    Moment,
    Natural,
    OrderNumber,
    ShopName,
)
from deployment.openapi.models.escalations import EscalationEntry
from deployment.openapi.models.returns import ReturnEntry
from orderbridge.domain.actions import Action
from orderbridge.domain.cases.deadlines import DeadlineKind
from orderbridge.domain.holds import Actor, HoldCode
from orderbridge.domain.statuses import MarketplaceStatus, ShopStatus


class TodayEntry(Model):
    """What every entry has."""

    mall_order_id: OrderNumber
    """MALL's number of the order."""
    code: str | None
    """The shop's number of the order; null: the shop does not have it."""
    shop_status: ShopStatus | None
    """The state in the shop; null: not in the shop, or a state that the profile does not know."""
    status: MarketplaceStatus | Literal["unknown"]
    """The status at MALL; `unknown`: MALL was not read yet."""
    since: Moment
    """Since when it waits."""
    age_seconds: Natural
    """How long that is."""
    tracking_url: str | None
    """Where the parcel can be followed."""
    reason: Explanation | None
    """What happened; null: nothing was decided yet."""


class ParcelToStop(TodayEntry):
    """A parcel of an order that was cancelled."""

    what_to_do: Explanation
    """What to do."""


class UndoWindow(TodayEntry):
    """A step that can still be taken back."""

    step: Counter
    """The step's number."""
    action: Action
    """What it does."""
    due_at: Moment | None
    """When it is sent; null: at once."""
    waits_for_export: bool
    """Whether the window is over, and the step waits for an export that confirms it."""


class TodayDeadline(TodayEntry):
    """What MALL expects, and until when."""

    kind: DeadlineKind
    """What MALL expects."""
    due_at: Moment
    """Until when."""
    missed: bool
    """Whether that is past."""
    why: Explanation | None
    """Why it is not met yet: the hold's reason, or what comes next."""


class TodayReturn(ReturnEntry):
    """A parcel that came back or looks as if it did."""

    age_seconds: Natural
    """How long it has waited."""


class TodayEscalation(EscalationEntry):
    """An error that no retry can mend. Its reason is what happened."""

    shop_status: ShopStatus | None
    """The state in the shop; null: not in the shop, or a state that the profile does not know."""
    status: MarketplaceStatus | Literal["unknown"]
    """The status at MALL; `unknown`: MALL was not read yet."""
    since: Moment
    """Since when it waits."""
    age_seconds: Natural
    """How long that is."""
    tracking_url: str | None
    """Where the parcel can be followed."""
    reason: Explanation
    """What happened."""


class HeldOrder(TodayEntry):
    """An order that waits."""

    who_must_act: Actor
    """Who can end the hold."""
    until: Moment | None
    """When the order goes on by itself; null: not before somebody acts."""


class HoldGroup(Model):
    """The orders under one hold, those that have waited longest first."""

    code: HoldCode
    """What they wait for."""
    what_to_do: Explanation
    """What to do."""
    orders: list[HeldOrder]
    """The orders."""


class SentToday(Model):
    """How many statuses of ours MALL accepted."""

    shipping: Natural
    """Shipping."""
    shipped: Natural
    """Shipped."""
    delivered: Natural
    """Delivered."""
    cancelled: Natural
    """Cancelled."""
    returned: Natural
    """Returned."""


class HappenedToday(Model):
    """What happened since midnight."""

    since: Moment
    """Midnight in the shop's zone."""
    complete: bool
    """Whether every order was counted: otherwise the counts are too low."""
    sent: SentToday
    """How many statuses of ours MALL accepted."""
    created_in_shop: Natural
    """How many orders were created in the shop."""
    cancelled_by_others: Natural
    """How many orders MALL or the customer cancelled."""


class Today(Model):
    """What waits for the shop's people. Each list has the most urgent entry first."""

    shop: ShopName
    """The shop."""
    at: Moment
    """When this was found."""
    headline: Explanation
    """All of it in one sentence."""
    stop_parcels: list[ParcelToStop]
    """Parcels of orders that were cancelled."""
    undo_windows: list[UndoWindow]
    """Steps that can still be taken back."""
    deadlines: list[TodayDeadline]
    """Deadlines that no step is about to meet."""
    returns: list[TodayReturn]
    """Parcels that came back or look as if they did."""
    escalations: list[TodayEscalation]
    """Errors that no retry can mend."""
    holds: list[HoldGroup]
    """Orders that wait, by what to do."""
    happened_today: HappenedToday
    """What happened since midnight."""
    cut: list[Literal["holds", "returns", "escalations", "deadlines", "undo_windows"]]
    """The lists that have more entries than are shown."""
    unreadable: list[OrderNumber]
    """Orders that may belong to a list, and whose records cannot be read."""
