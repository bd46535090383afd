"""How the shops are doing as a whole, for whoever runs the product; have the people of stopped ones told.

Of many shops some are always broken, so an alarm that is on as long as any is would be on for ever, and hide the next
one. A shop is told of when its trouble is new, and as long as it lasts where a good part of all shops is in trouble.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from orderbridge.messages import AlarmRequest

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from orderbridge.domain.shops import ShopRecord
    from orderbridge.ports import Ports

NOTICE_LASTS = timedelta(minutes=15)
"""So long trouble is new: some ticks may fail, or be late, and it is told all the same."""
WIDESPREAD_SHARE = 4
"""One shop in so many is many: with up to as many shops, each."""


@dataclass(frozen=True, slots=True)
class ShopsReport:
    """Seconds are whole; 0 when there is no shop.

    `without_fetch` and `refused` are the shops to be told of: their export was not read, their key is refused.
    `records` are all that were looked at, so that nobody has to ask for them again.
    """

    shops: int
    stopped: int
    oldest_success_seconds: int
    without_fetch: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    records: tuple[ShopRecord, ...] = ()


def watch_shops(ports: Ports, *, patience: timedelta) -> ShopsReport:
    """What a tick reports. `patience`: so old the last good fetch of a shop's export may be. One request."""
    now = ports.clock.now()
    records = [record for record in ports.shops.all() if record.settings.enabled or record.settings_problem]
    unfetched = {record.shop: _since_success(record, now) for record in records}
    late = {shop: age - patience for shop, age in unfetched.items() if age >= patience}
    stopped = {record.shop: now - record.stop.since for record in records if record.stop is not None}
    return ShopsReport(
        len(records),
        len(stopped),
        int(max(unfetched.values(), default=timedelta()).total_seconds()),
        _to_notify(late, len(records)),
        _to_notify(stopped, len(records)),
        tuple(records),
    )


def _to_notify(trouble: dict[str, timedelta], total: int) -> tuple[str, ...]:
    """The shops whose trouble (by how long it lasts) is news; all of them, where they are many."""
    many = len(trouble) * WIDESPREAD_SHARE >= total
    return tuple(shop for shop, lasts in trouble.items() if many or lasts < NOTICE_LASTS)


def _since_success(record: ShopRecord, now: datetime) -> timedelta:
    """Since the last good fetch, or since there can be one: a shop that is new or was changed gets its time."""
    since = [
        at for at in (record.last_success_at, record.registered_at, record.settings_at) if at is not None
    ]
    return max(timedelta(), now - max(since)) if since else timedelta()


def notify_stopped_shops(ports: Ports, records: Iterable[ShopRecord]) -> int:
    """Asks ``send_alarms`` to tell the people of every stopped shop that does not know yet; returns how many.

    Costs a read of the table per stopped shop and nothing else. At least once: until the telling is noted, every tick
    asks again, and ``send_alarms`` tells one stop only once.
    """
    now = ports.clock.now()
    requests: Sequence[AlarmRequest] = [
        AlarmRequest(shop=record.shop, requested_at=now)
        for record in records
        if record.stop is not None
        and record.settings.enabled
        and not ports.notices.get(record.shop).was_notified_of(record.stop)
    ]
    if requests:
        ports.queues.request_alarms(requests)
    return len(requests)
