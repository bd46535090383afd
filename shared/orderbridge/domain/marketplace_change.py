"""The content of a step's PUT, and whether the transition table allows it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from orderbridge.domain import delivery as dates
from orderbridge.domain.actions import Action
from orderbridge.domain.carriers import NoTracking, Tracking
from orderbridge.domain.pairing import wanted_tracking
from orderbridge.domain.statuses import MarketplaceStatus, allowed
from orderbridge.domain.steps import MarketplaceChange, PlannedStep

if TYPE_CHECKING:
    from datetime import datetime

    from orderbridge.domain.orders import OrderState
    from orderbridge.domain.rules import Rules
    from orderbridge.domain.views import MarketplaceView


def change_for(order: OrderState, step: PlannedStep, rules: Rules, now: datetime) -> MarketplaceChange:
    """The content of the PUT for `step` at `now` (UTC). `step` must come from ``plan`` on this `order`.

    The first status of an unconfirmed order carries ``confirmed: true``, and no later one does (R8.1, R8.2). Raises
    ValueError for a step that sends nothing to MALL.
    """
    observed, desired = order.marketplace.observed, order.shop_side.desired
    if step.action is Action.CONFIRM:
        return MarketplaceChange(None, confirm=True)
    if observed is None or desired is None or step.action is Action.READ or step.action.in_shop:
        msg = f"order {order.label}: step {step.action.value} has no content to send"
        raise ValueError(msg)
    tracking: Tracking | NoTracking | None = None
    if step.action in {Action.SHIPPED, Action.TRACKING} and not observed.marketplace_delivery:
        tracking = wanted_tracking(desired, rules)
    delivered_at = None
    if step.action is Action.DELIVERED and desired.delivery is not None:
        delivered_at = dates.delivered_moment(desired.delivery, order, now, ZoneInfo(rules.shop_zone))
    return MarketplaceChange(
        status=step.action.target,
        confirm=step.action.target is not None and not observed.confirmed,
        tracking_number=tracking.number if isinstance(tracking, Tracking) else "",
        tracking_url=tracking.url if isinstance(tracking, Tracking) else "",
        delivered_at=delivered_at,
    )


def is_legal(step: PlannedStep, observed: MarketplaceView) -> bool:
    """Whether the transition table allows `step`, given what MALL holds (R1.5).

    This is the last check before a PUT. ``plan`` makes legal steps only, but the check does not rely on it.
    """
    target = step.action.target
    if step.action is Action.CONFIRM:
        return not observed.confirmed and observed.status is not MarketplaceStatus.BLOCKED
    if target is None:
        return step.action is Action.READ or observed.status is MarketplaceStatus.SHIPPED
    return allowed(observed.status, target, marketplace_delivery=observed.marketplace_delivery)
