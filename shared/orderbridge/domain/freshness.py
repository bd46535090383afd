"""Which step must wait until the shop's export has confirmed its order (R2.5, R7.4).

A final step, and every write into the shop, rests on what the shop wants. So it goes out only after an export has shown
the order in content that was made after the step's time. An order that was not shown is not confirmed.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from orderbridge.domain.steps import StepState

if TYPE_CHECKING:
    from orderbridge.domain.orders import OrderState
    from orderbridge.domain.steps import Step

SHOP_SETTLING = timedelta(minutes=30)
"""How long after an unclear answer of the shop's import its exports can show the result (R7.5)."""
SHOWN_WITHIN = timedelta(hours=2)
"""How long the shop's export may take to show an order that the import took (R7.6)."""


def required_content_time(order: OrderState, step: Step) -> datetime | None:
    """`step` goes out only after content made at this moment (UTC) or later showed its order; None: at once.

    For a final step it is the end of the undo window; without an undo window no further export is needed. A write into
    the shop that is postponed needs content made after its new time: somebody may have entered the order by hand. The
    message's own retries, each within a minute, rest on the same content.
    """
    if step.action.in_shop:
        return step.due_at()
    since = order.shop_side.desired_since
    guarded = step.not_before is not None and since is not None and step.not_before > since
    return step.not_before if guarded else None


def is_known_since(order: OrderState, moment: datetime) -> bool:
    """Whether content made at `moment` or later showed `order`, or said that it has not changed."""
    return order.shop_side.content_at is not None and order.shop_side.content_at >= moment


def awaited_content_time(order: OrderState) -> datetime | None:
    """The order waits to be shown in content made at this moment (UTC) or later; None: it waits for none.

    For an order that is missing from a list of all orders none is awaited. If it comes back, that is a change.
    """
    if order.shop_side.missing_since is not None:
        return None
    moments = []
    step = order.work.step
    if step is not None and step.state is StepState.PLANNED:
        moments.append(required_content_time(order, step))
    if order.shop_side.import_unclear_at is not None:
        moments.append(order.shop_side.import_unclear_at + SHOP_SETTLING)
    if order.shop_side.imported_at is not None and order.shop_side.desired is None:
        moments.append(order.shop_side.imported_at + SHOWN_WITHIN)
    return min((m for m in moments if m is not None and not is_known_since(order, m)), default=None)
