"""What an escalation is about, where the cause alone does not say it, and what people are asked to do.

A new matter is a member of ``Matter``, and one with the same name in ``HappenedReason``, ``TodoReason`` and
``SubjectReason``. If MALL's Operations can help, ``OperationsRequest`` has one too.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from orderbridge.domain.actions import Action
from orderbridge.domain.cases.records import Cause
from orderbridge.domain.codes.cases import HappenedReason, OperationsRequest, StateReason, TodoReason
from orderbridge.domain.corrections import cancelled_by_us, reopened_from
from orderbridge.domain.reasons import because
from orderbridge.domain.statuses import PAIRED_IN_SHOP, MarketplaceStatus

if TYPE_CHECKING:
    from orderbridge.domain.cases.records import Escalation
    from orderbridge.domain.orders import OrderState
    from orderbridge.domain.reasons import Reason
    from orderbridge.domain.statuses import ShopStatus
    from orderbridge.domain.steps import Refusal


class Matter(StrEnum):
    """What an escalation is about: its cause, or a special case of the cause with its own texts."""

    REFUSED = "refused"
    TRACKING_REFUSED = "tracking_refused"
    CONFIRMATION_REFUSED = "confirmation_refused"
    IMPOSSIBLE = "impossible"
    WRONG_DELIVERED = "wrong_delivered"
    WRONG_DELIVERY_DATE = "wrong_delivery_date"
    WRONG_FINAL = "wrong_final"
    CANCELLED_BY_US = "cancelled_by_us"
    NOT_AT_MARKETPLACE = "not_at_marketplace"
    DEAD_LETTER = "dead_letter"
    DRIFT = "drift"
    DELIVERED_UNDONE = "delivered_undone"
    NEVER_IN_THE_SHOP = "never_in_the_shop"
    NO_EFFECT = "no_effect"
    CALLS_SPENT = "calls_spent"
    NOT_IMPORTED = "not_imported"
    NOT_CANCELED = "not_canceled"


_OF_ACTION = {
    Action.TRACKING: Matter.TRACKING_REFUSED,
    Action.CONFIRM: Matter.CONFIRMATION_REFUSED,
}
"""Refused action → the matter, if it is not that of a status."""
ASK_FOR_NO_STATUS = frozenset({*_OF_ACTION.values(), Matter.DRIFT, Matter.DELIVERED_UNDONE})
"""Matters in which no right status is named: none is wrong, or MALL's Operations are asked which one is right."""


def matter_of(order: OrderState, escalation: Escalation) -> Matter:
    """The matter of `escalation`."""
    cause = escalation.cause
    if cause is Cause.DRIFT and is_not_in_shop(escalation):
        return Matter.NEVER_IN_THE_SHOP
    if cause is Cause.DRIFT and reopened_from(order) is MarketplaceStatus.DELIVERED:
        return Matter.DELIVERED_UNDONE
    if cause is Cause.WRONG_FINAL and cancelled_by_us(order):
        return Matter.CANCELLED_BY_US
    if cause is Cause.NOT_IMPORTED and _is_to_be_canceled(order):
        return Matter.NOT_CANCELED
    refusal = refusal_of(order, escalation)
    if refusal is not None and refusal.action in _OF_ACTION:
        return _OF_ACTION[refusal.action]
    return Matter(cause.value)


def _is_to_be_canceled(order: OrderState) -> bool:
    """Whether MALL holds Cancelled and the shop has the order."""
    observed = order.marketplace.observed
    cancelled = observed is not None and observed.status is MarketplaceStatus.CANCELLED
    return cancelled and order.shop_side.desired is not None


def is_not_in_shop(escalation: Escalation) -> bool:
    """Whether the shop had not shown the order when `escalation` was last updated."""
    return escalation.shop_says.code is StateReason.NOT_IN_SHOP


def refusal_of(order: OrderState, escalation: Escalation) -> Refusal | None:
    """The last refusal by MALL, if `escalation` is about one and it is still known; None otherwise.

    A refused confirmation comes after the others: it can be tried beside a refused step, which then holds the order.
    """
    if escalation.cause is not Cause.REFUSED:
        return None
    refusals = [r for r in order.work.refusals if not r.not_found and not r.action.in_shop]
    return max(reversed(refusals), key=lambda r: r.action is not Action.CONFIRM, default=None)


def happened(order: OrderState, escalation: Escalation) -> Reason:
    """What happened, in one sentence. It repeats no text of either side."""
    matter, refusal = matter_of(order, escalation), refusal_of(order, escalation)
    if matter is Matter.REFUSED and refusal is not None:
        return because(HappenedReason.REFUSED_ACTION, action=refusal.action)
    return because(HappenedReason[matter.name])


def request(order: OrderState, escalation: Escalation) -> Reason | None:
    """What MALL's Operations are asked to do; None: they cannot help."""
    name = matter_of(order, escalation).name
    return because(OperationsRequest[name]) if name in OperationsRequest.__members__ else None


def what_to_do(order: OrderState, escalation: Escalation) -> Reason:
    """What a person does next about `escalation`."""
    if escalation.return_document is not None:
        return because(TodoReason.CREDIT_NOTE)
    matter = matter_of(order, escalation)
    wanted = _paired_in_shop(escalation)
    if matter is Matter.IMPOSSIBLE and wanted is not None:
        return because(TodoReason.IMPOSSIBLE_SET_FORWARD, wanted=wanted)
    code = TodoReason[matter.name]
    return because(code, order=order.mall_order_id) if "order" in code.facts else because(code)


def _paired_in_shop(escalation: Escalation) -> ShopStatus | None:
    """The state in the shop that pairs with what MALL held at `escalation`'s last update; None: it has none."""
    held = escalation.held.fact("status")
    return PAIRED_IN_SHOP.get(held) if isinstance(held, MarketplaceStatus) else None
