"""Every kind of order that the rules can meet."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from itertools import product
from typing import TYPE_CHECKING

from orderbridge.domain.moments import ShopDate
from orderbridge.domain.orders import MarketplaceView, OrderState, ShopView
from orderbridge.domain.rules import Rules
from orderbridge.domain.statuses import MarketplaceStatus, ShopStatus

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
CREATED = ShopDate(NOW.date() - timedelta(days=5))
SHIPPED_AT = NOW - timedelta(days=2)

DELIVERIES: dict[str, ShopDate | None] = {
    "none": None,
    "past day": ShopDate(NOW.date() - timedelta(days=1)),
    "past time": ShopDate(NOW.date() - timedelta(days=1), time(14, 5)),
    "today": ShopDate(NOW.date()),
    "tomorrow": ShopDate(NOW.date() + timedelta(days=1)),
    "before the order": ShopDate(NOW.date() - timedelta(days=9)),
}
TRACKINGS = {
    "none": ("", ""),
    "good": ("DR123", "PPL"),
    "spaced": (" DR 123 ", "PPL - na adresu"),
    "bad characters": ("DR/123", "PPL"),
    "unknown carrier": ("DR123", "Pošťák Pat"),
}


def shop_view(
    status: ShopStatus | None = ShopStatus.SETTLED, delivery: str = "none", tracking: str = "good"
) -> ShopView:
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
    shipped = status in {MarketplaceStatus.SHIPPED, MarketplaceStatus.DELIVERED, MarketplaceStatus.RETURNED}
    return MarketplaceView(
        status,
        confirmed,
        marketplace_delivery,
        tracking_number="DR123" if shipped else "",
        tracking_url="https://www.ppl.cz/vyhledat-zasilku?shipmentId=DR123" if shipped else "",
        opened_at=NOW - timedelta(days=4),
        shipped_at=SHIPPED_AT if shipped else None,
    )


def order(
    desired: ShopView, observed: MarketplaceView | None, since: datetime = NOW - timedelta(hours=1)
) -> OrderState:
    return OrderState(
        "demo",
        123456,
        desired=desired,
        desired_since=since,
        seen_at=since,
        observed=observed,
        observed_certain=observed is not None,
    )


def every_order() -> Iterator[OrderState]:
    """Five shop states × eight marketplace statuses × confirmed × MALL Delivery × delivery date × tracking."""
    for shop, held, confirmed, mdp, delivery, tracking in product(
        ShopStatus, MarketplaceStatus, (True, False), (True, False), DELIVERIES, TRACKINGS
    ):
        yield order(
            shop_view(shop, delivery, tracking),
            marketplace_view(held, confirmed=confirmed, marketplace_delivery=mdp),
        )


def every_rules() -> Iterator[Rules]:
    for partially, missing, push in product(("hold", "shipping"), ("hold", "send"), (True, False)):
        yield Rules(
            partially_settled=partially,  # type: ignore[arg-type]
            missing_tracking=missing,  # type: ignore[arg-type]
            push_shipped_for_marketplace_delivery=push,
        )
