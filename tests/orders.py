"""One order factory for all tests, and what they need to make one order out of another."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

from orderbridge.domain.cases.records import Cause, Escalation, Item
from orderbridge.domain.cases.states import NOT_AT_MARKETPLACE, NOT_IN_SHOP, NOT_TO_TELL
from orderbridge.domain.dates import ShopDate
from orderbridge.domain.orders import OrderState
from orderbridge.domain.statuses import MarketplaceStatus, ShopStatus
from orderbridge.domain.views import MarketplaceView, ShopView
from tests.reasons import ANY

if TYPE_CHECKING:
    from collections.abc import Mapping

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
AN_HOUR_AGO = NOW - timedelta(hours=1)
CREATED = ShopDate(NOW.date() - timedelta(days=5))
SHIPPED_AT = NOW - timedelta(days=2)
ITEMS = (Item("Konvice  nerez", "2"), Item("Hrnek", "1"))
PARTS = ("shop_side", "marketplace", "work", "cases")

DELIVERIES: Mapping[str, ShopDate | None] = {
    "none": None,
    "past day": ShopDate(NOW.date() - timedelta(days=1)),
    "past time": ShopDate(NOW.date() - timedelta(days=1), time(14, 5)),
    "today": ShopDate(NOW.date()),
    "tomorrow": ShopDate(NOW.date() + timedelta(days=1)),
    "before the order": ShopDate(NOW.date() - timedelta(days=9)),
}
TRACKINGS: Mapping[str, tuple[str, str]] = {
    "none": ("", ""),
    "good": ("DR123", "PPL"),
    "spaced": ("\N{ZERO WIDTH SPACE} DR123 ", "PPL - na adresu"),
    "bad characters": ("DR/123", "PPL"),
    "unknown carrier": ("DR123", "Pošťák Pat"),
}


def shop_view(
    status: ShopStatus | None = ShopStatus.SETTLED, delivery: str = "none", tracking: str = "good"
) -> ShopView:
    """What the shop shows; None: a state that the profile does not know."""
    number, carrier = TRACKINGS[tracking]
    return ShopView(
        code="2026001",
        status=status,
        status_name=status.value if status else "rozbitá",
        delivery=DELIVERIES[delivery],
        tracking_number=number,
        carrier=carrier,
        created=CREATED,
    )


def marketplace_view(
    status: MarketplaceStatus, *, confirmed: bool = True, marketplace_delivery: bool = False
) -> MarketplaceView:
    """What MALL holds, with everything that an order of this status has."""
    shipped = status in {MarketplaceStatus.SHIPPED, MarketplaceStatus.DELIVERED, MarketplaceStatus.RETURNED}
    return MarketplaceView(
        status,
        confirmed,
        marketplace_delivery,
        tracking_number="DR123" if shipped else "",
        tracking_url="https://www.ppl.cz/vyhledat-zasilku?shipmentId=DR123" if shipped else "",
        opened_at=NOW - timedelta(days=4),
        shipped_at=SHIPPED_AT if shipped else None,
        items=ITEMS,
    )


def an_order(
    shown: ShopStatus | ShopView | None = None,
    held: MarketplaceStatus | MarketplaceView | None = None,
    *,
    since: datetime = AN_HOUR_AGO,
    delivery: str = "none",
    tracking: str = "good",
    marketplace_delivery: bool = False,
    **values: object,
) -> OrderState:
    """An order that the shop shows and MALL holds so; None: that side is not known to have it.

    A status stands for what an order of this status has: `delivery` and `tracking` are names in the tables above,
    `marketplace_delivery` says who delivers. The shop shows it `since` then. `values` are fields of the order or of
    its parts.
    """
    if isinstance(shown, ShopStatus):
        shown = shop_view(shown, delivery, tracking)
    if isinstance(held, MarketplaceStatus):
        held = marketplace_view(held, marketplace_delivery=marketplace_delivery)
    order = OrderState("demo", 123456)
    if shown is not None:
        order = changed(order, desired=shown, desired_since=since, status_since=since, seen_at=since)
    if held is not None:
        order = changed(order, observed=held, observed_certain=True)
    return changed(order, **values)


def changed(order: OrderState, **values: object) -> OrderState:
    """`order` with these values, each in the part that has a field of this name."""
    on_top = dict(values)
    for name in PARTS:
        part = getattr(order, name)
        own = {field.name: on_top.pop(field.name) for field in fields(part) if field.name in on_top}
        if own:
            order = replace(order, **{name: replace(part, **own)})
    return replace(order, **on_top)  # type: ignore[arg-type]


def with_observed(order: OrderState, **values: object) -> OrderState:
    """`order` with these values in the view of MALL's side."""
    assert order.marketplace.observed is not None
    return changed(order, observed=replace(order.marketplace.observed, **values))  # type: ignore[arg-type]


def an_escalation(cause: Cause, opened_at: datetime) -> Escalation:
    """An open one; what it says is of no matter."""
    return Escalation(cause, ANY, NOT_AT_MARKETPLACE, NOT_IN_SHOP, NOT_TO_TELL, opened_at)
