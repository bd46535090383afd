"""Places in a shop's switch-on: whether a step of the first difference may be sent now, or waits (R14)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from orderbridge.domain.steps import Place
from orderbridge.domain.switch_on import IRREVERSIBLE, is_paced, usable_place

if TYPE_CHECKING:
    from orderbridge.domain.orders import OrderState
    from orderbridge.domain.shops import ShopRecord
    from orderbridge.domain.steps import Step
    from orderbridge.ports import Ports

NO_PLACE_RECHECK = timedelta(minutes=1)
"""When a step is looked at again whose switch-on was replaced a moment ago."""


def with_place(
    ports: Ports, order: OrderState, step: Step, shop: ShopRecord, now: datetime
) -> tuple[OrderState, datetime | None]:
    """`order` with the place of `step`, and until when (UTC) the step waits for it; None: it may be sent now.

    Costs one request when a step of the first difference has no usable place yet (two when places were left empty), and
    none otherwise: no request for a step that is not slowed down. The caller saves the order, with the postponement or
    with the claim. If it does not, the place stays empty.
    """
    switch_on = shop.switch_on
    if switch_on is None or not is_paced(switch_on, order, step, now):
        return order, None
    place = usable_place(switch_on, order, step, now)
    if place is None:
        irreversible = step.action in IRREVERSIBLE
        lowest = switch_on.lowest(now, irreversible=irreversible)
        number = ports.shops.take_place(order.shop, switch_on.begun_at, lowest, irreversible=irreversible)
        if number is None:
            return order, now + NO_PLACE_RECHECK
        place = Place(number, irreversible, switch_on.begun_at)
    moment = switch_on.moment_of(place)
    waits = now < moment
    place = replace(place, step=None if waits else step.number)
    return replace(order, work=replace(order.work, place=place)), moment if waits else None
