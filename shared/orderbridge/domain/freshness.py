"""What an order waits to be shown by the shop's export.

A final step, and whatever is written into the shop, rests on what the shop wants. So it goes out only once an export
whose content was made after its time has shown this very order (R2.5); nothing is inferred from silence.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from orderbridge.domain.steps import StepState

if TYPE_CHECKING:
    from orderbridge.domain.orders import OrderState
    from orderbridge.domain.steps import Step

SHOP_SETTLING = timedelta(minutes=30)
"""How long after an unclear answer of the shop's import its exports may tell what became of it."""
SHOWN_WITHIN = timedelta(hours=2)
"""How long the shop's export may take to show an order that the shop's import took."""


def required_content_time(order: OrderState, step: Step) -> datetime | None:
    """The moment after which the export's content must be made before `step` may go out; None: it needs none.

    For a final step that is the end of its undo window. A shop without one needs no second sighting. A write into the
    shop that the order's record puts off needs one of its own, because somebody may have entered the order by hand
    meanwhile; the message's own repeats, within a minute each, rest on the one before.
    """
    if step.action.in_shop:
        return step.due_at()
    since = order.shop_side.desired_since
    guarded = step.not_before is not None and since is not None and step.not_before > since
    return step.not_before if guarded else None


def is_known_since(order: OrderState, moment: datetime) -> bool:
    """Whether an export made at `moment` or later told about this order."""
    return order.shop_side.content_at is not None and order.shop_side.content_at >= moment


def awaited_content_time(order: OrderState) -> datetime | None:
    """The moment after which content of the export is awaited that tells about `order`; None: none is.

    Nor is it of an order that is missing from a whole list: if it comes back, that is a change, and told as one.
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
