"""Follow-up of an order that is written outside ``map_state``."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from orderbridge.domain.cases.follow_up import follow_up, unsent

if TYPE_CHECKING:
    from datetime import datetime

    from orderbridge.domain.orders import OrderState
    from orderbridge.domain.shops import ShopRecord


def with_follow_up(order: OrderState, record: ShopRecord, now: datetime) -> OrderState:
    """`order` with the alarms, escalations and flags of its present state, as ``map_state`` would write it.

    If an alarm is due, the order becomes due too. ``map_state`` then sends the alarm, even if the caller dies right
    after its write.
    """
    if not record.runs:
        return order
    after = follow_up(order, record.settings.rules, now)
    return replace(after, work=replace(after.work, recheck_at=now)) if unsent(after) else after
