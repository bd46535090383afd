"""What follows from an order that is written elsewhere than in ``map_state``."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from orderbridge.domain.cases.follow_up import follow_up, unsent

if TYPE_CHECKING:
    from datetime import datetime

    from orderbridge.domain.orders import OrderState
    from orderbridge.domain.shops import ShopRecord


def with_follow_up(order: OrderState, record: ShopRecord, now: datetime) -> OrderState:
    """`order` with what follows from its present state, as ``map_state`` would write it down.

    An alarm that is due with that makes the order due as well: ``map_state`` sends it on its way, so that it is told
    also if whoever writes `order` dies right after.
    """
    if record.settings_problem or not record.settings.enabled:
        return order
    after = follow_up(order, record.settings.rules, now)
    return replace(after, work=replace(after.work, recheck_at=now)) if unsent(after) else after
