"""A final status that MALL takes back, and whether that is accepted (R2.13, R2.14).

No partner leaves a final status, but MALL's Operations correct a wrong one on request. So an order that leaves a final
status was corrected, or an answer of MALL's is wrong. It goes on if an open escalation asked for exactly this status,
or if a person accepts it. After Delivered it never goes on.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from orderbridge.domain.cases.records import Cause, StatusChange
from orderbridge.domain.statuses import FINAL, PAIRED, MarketplaceStatus, ShopStatus

if TYPE_CHECKING:
    from orderbridge.domain.orders import OrderState
    from orderbridge.domain.views import ShopView

_CORRECTION_CAUSES = frozenset({Cause.WRONG_FINAL, Cause.DRIFT})
"""The escalations that ask MALL's Operations to replace a final status."""


def paired_status(desired: ShopView | None) -> MarketplaceStatus | None:
    """The status that the pairing gives to the shop's state and date (R1.6 to R1.10); None: the state is not known."""
    if desired is None or desired.status is None:
        return None
    if desired.status is ShopStatus.SETTLED and desired.delivery is not None:
        return MarketplaceStatus.DELIVERED
    return PAIRED[desired.status]


def present_status_change(order: OrderState) -> StatusChange | None:
    """How MALL came to hold its present status; None: that is not recorded yet."""
    last = order.marketplace.status_changes[-1] if order.marketplace.status_changes else None
    if (
        last is None
        or order.marketplace.observed is None
        or last.status is not order.marketplace.observed.status
    ):
        return None
    return last


def cancelled_by_us(order: OrderState) -> bool:
    """Whether MALL holds Cancelled because we set it. An earlier cancellation that was taken back does not count."""
    last = present_status_change(order)
    return last is not None and last.status is MarketplaceStatus.CANCELLED and last.by_us


def reopened_from(order: OrderState) -> MarketplaceStatus | None:
    """The final status that MALL held before and took back, if that is not accepted; None otherwise (R2.13)."""
    if order.marketplace.observed is None or order.marketplace.observed.status in FINAL:
        return None
    once = _last_final(order)
    return None if once is None or _is_requested_correction(order, once) else once


def with_correction(order: OrderState) -> OrderState:
    """`order` with a correction accepted that an open escalation asked for. Call it when the status is first seen."""
    if (
        order.marketplace.observed is None
        or order.marketplace.observed.status in FINAL
        or reopened_from(order) is not None
    ):
        return order
    return order if _last_final(order) is None else accepted(order)


def accepted(order: OrderState) -> OrderState:
    """`order` with its former final statuses marked as taken back. It goes on from what MALL holds now.

    A later cancellation is a new one, which is written into the shop again. After Delivered nothing changes (R2.14).
    """
    if _last_final(order) is MarketplaceStatus.DELIVERED:
        return order
    changes = tuple(
        replace(p, reverted=p.reverted or p.status in FINAL) for p in order.marketplace.status_changes
    )
    return replace(
        order,
        marketplace=replace(order.marketplace, status_changes=changes),
        shop_side=replace(order.shop_side, canceled_at=None),
    )


def _last_final(order: OrderState) -> MarketplaceStatus | None:
    """The last final status that was not taken back; Delivered, if the order ever had it; None: there is none."""
    finals = [p.status for p in order.marketplace.status_changes if p.status in FINAL and not p.reverted]
    if order.marketplace.sent_delivery_date is not None or MarketplaceStatus.DELIVERED in finals:
        return MarketplaceStatus.DELIVERED
    return finals[-1] if finals else None


def _is_requested_correction(order: OrderState, once: MarketplaceStatus) -> bool:
    """Whether MALL's status is new and is what an open escalation asks for. Shipped counts on the way to Delivered.

    If the shop agrees with the status only later, a person must accept it.
    """
    if (
        order.marketplace.observed is None
        or once is MarketplaceStatus.DELIVERED
        or present_status_change(order) is not None
    ):
        return False
    right, held = paired_status(order.shop_side.desired), order.marketplace.observed.status
    on_the_way = right is MarketplaceStatus.DELIVERED and held is MarketplaceStatus.SHIPPED
    requested = any(e.open and e.cause in _CORRECTION_CAUSES for e in order.cases.escalations)
    return requested and (held is right or on_the_way)
