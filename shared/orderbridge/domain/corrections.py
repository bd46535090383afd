"""A final status that the marketplace takes back: whether its new word is believed.

Nobody leaves a final status, but MALL's Operations correct a wrong one when they are asked to
(R2.13). So an order that held one and holds it no more was corrected, or one of MALL's answers is wrong. It goes on
where an open escalation asked for just that, or where a person accepts it. Delivered is the exception: it cannot be
undone (R2.14), so no word of anybody makes an order go on after it.
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
"""The escalations whose text asks MALL's Operations to set the right status in place of a final one."""


def paired_status(desired: ShopView | None) -> MarketplaceStatus | None:
    """The status that the pairing makes of the shop's state (docs/rules.md); None where that cannot be read."""
    if desired is None or desired.status is None:
        return None
    if desired.status is ShopStatus.SETTLED and desired.delivery is not None:
        return MarketplaceStatus.DELIVERED
    return PAIRED[desired.status]


def present_status_change(order: OrderState) -> StatusChange | None:
    """How the marketplace came to hold its present status; None as long as that is not noted."""
    last = order.marketplace.status_changes[-1] if order.marketplace.status_changes else None
    if (
        last is None
        or order.marketplace.observed is None
        or last.status is not order.marketplace.observed.status
    ):
        return None
    return last


def cancelled_by_us(order: OrderState) -> bool:
    """Whether the marketplace holds Cancelled because we set it. One that was taken back before says nothing."""
    last = present_status_change(order)
    return last is not None and last.status is MarketplaceStatus.CANCELLED and last.by_us


def reopened_from(order: OrderState) -> MarketplaceStatus | None:
    """The final status that the marketplace once held, although it now holds one that is not final; else None.

    None also where the marketplace's new word is accepted.
    """
    if order.marketplace.observed is None or order.marketplace.observed.status in FINAL:
        return None
    once = _last_final(order)
    return None if once is None or _is_requested_correction(order, once) else once


def with_correction(order: OrderState) -> OrderState:
    """`order` with a correction noted that an open escalation asked for. To be noted when it is first seen."""
    if (
        order.marketplace.observed is None
        or order.marketplace.observed.status in FINAL
        or reopened_from(order) is not None
    ):
        return order
    return order if _last_final(order) is None else accepted(order)


def accepted(order: OrderState) -> OrderState:
    """`order` with the final statuses that it held before taken back: it goes on from what the marketplace holds now.

    Cancelling it later is another cancellation, which the shop has not been told of. After Delivered nothing changes.
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
    """The final status that the order had and that nobody took back: Delivered, if it ever was, else the last."""
    finals = [p.status for p in order.marketplace.status_changes if p.status in FINAL and not p.reverted]
    if order.marketplace.sent_delivery_date is not None or MarketplaceStatus.DELIVERED in finals:
        return MarketplaceStatus.DELIVERED
    return finals[-1] if finals else None


def _is_requested_correction(order: OrderState, once: MarketplaceStatus) -> bool:
    """Whether the marketplace's status is news, and what an open escalation asks for. Shipped leads to Delivered.

    What the shop comes to agree with only later is no answer to what it asked: that a person accepts.
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
