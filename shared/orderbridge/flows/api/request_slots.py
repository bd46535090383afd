"""Spacing of requests by people: a few run at once, the others are merged and delayed, none is lost (R9.16).

People do not know of each other's requests, and a program may send them in a loop. A fetch costs the shop's server a
download. A list or a recheck costs one of the key's daily calls, which all orders of the shop share.
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
"""Fetches of one shop. A loop costs one download and one list a minute: a quarter of MALL's smallest usual limit."""
RECONCILIATIONS = Spacing(gap=timedelta(seconds=5), burst=3, refill=timedelta(minutes=5))
"""Reconciliations of one shop. Each costs one call per thousand orders, and up to 200 reads after it."""
RECHECKS = Spacing(gap=timedelta(seconds=5), burst=3, refill=timedelta(minutes=1))
"""Rechecks of one order. ``domain/bounds.py`` also limits the order's calls in a day."""


@contextmanager
def slot_for(ports: Ports, what: str, shop: str, spacing: Spacing, now: datetime) -> Iterator[Slot]:
    """The slot of a request that is made at `now` (UTC), as a context manager.

    If the block raises, a new slot is released, so that later requests do not rest on it. If the process dies instead,
    the slot stays taken. Requests until its time are then merged into work that is not done, and the schedules do it
    later.
    """
    slot = ports.slots.take(shop, what, now, spacing)
    try:
        yield slot
    except Exception:
        if slot.new:
            ports.slots.release(shop, what, slot, now)
        raise


def when_done(what: Reason, slot: Slot, now: datetime, request: ApiRequest, record: ShopRecord) -> Json:
    """The part of an answer that says what was requested (`what`), and when it is done unless at once.

    While the shop is paused nothing is read, so nobody knows when.
    """
    if record.pause is not None:
        return {"result": explained_for(because(RequestedReason.PAUSED, what=what), request, record)}
    if slot.new and slot.at <= now:
        return {"result": explained_for(what, request, record)}
    code = RequestedReason.LATER if slot.new else RequestedReason.ALREADY
    return {
        "result": explained_for(because(code, what=what, at=slot.at), request, record),
        "done_at": iso(slot.at),
    }
