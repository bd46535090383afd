"""When the work that people ask for is done: a few requests at once, the others merged and spaced, none lost.

A person who asks does not know of the others who do, and a program asks in a loop. Each download costs the shop's
server, each list and each look one of the key's few calls a day, which all orders share.
"""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from orderbridge.domain.codes.api import RequestedReason
from orderbridge.domain.reasons import because
from orderbridge.domain.spacing import Slot, Spacing
from orderbridge.flows.api.answers import explained_for
from orderbridge.flows.api.views import iso

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from orderbridge.domain.reasons import Reason
    from orderbridge.domain.shops import ShopRecord
    from orderbridge.flows.api.request import ApiRequest, Json
    from orderbridge.ports import Ports

SYNCS = Spacing(gap=timedelta(seconds=5), burst=10, refill=timedelta(minutes=1))
"""Of a shop. A loop costs it a download and a list a minute: a quarter of MALL's smallest usual number of calls."""
RECONCILIATIONS = Spacing(gap=timedelta(seconds=5), burst=3, refill=timedelta(minutes=5))
"""Of a shop. Each is a call per thousand orders, and up to two hundred reads behind it."""
RECHECKS = Spacing(gap=timedelta(seconds=5), burst=3, refill=timedelta(minutes=1))
"""Of an order. How many calls it may cost in a day is bounded besides (``domain/bounds.py``)."""


@contextmanager
def slot_for(ports: Ports, what: str, shop: str, spacing: Spacing, now: datetime) -> Iterator[Slot]:
    """The slot of a request that is made at `now`; given back if it cannot be handed on, for others would rest on it.

    If this dies in between, who asked gets no answer, and requests up to the slot's moment rest on nothing: the
    schedules do the shop's work all the same.
    """
    slot = ports.slots.take(shop, what, now, spacing)
    try:
        yield slot
    except Exception:
        if slot.new:
            ports.slots.return_to_queue(shop, what, slot, now)
        raise


def when_done(what: Reason, slot: Slot, now: datetime, request: ApiRequest, record: ShopRecord) -> Json:
    """The part of an answer that says what happens: `what`, and when, if not at once."""
    if slot.new and slot.at <= now:
        return {"result": explained_for(what, request, record)}
    code = RequestedReason.LATER if slot.new else RequestedReason.ALREADY
    return {
        "result": explained_for(because(code, what=what, at=slot.at), request, record),
        "done_at": iso(slot.at),
    }
