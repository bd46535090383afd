"""Health of all shops together, for the people who run the product; and requests to notify stopped shops.

Of many shops some are always broken. An alarm that stays on while any shop is broken would never end, and would hide
the next problem. So a shop counts while its problem is new, or while a large share of all shops has the problem.
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
"""How long a problem is new. It spans several ticks, so that a failed or late tick does not hide it."""
WIDESPREAD_SHARE = 4
"""A problem is widespread when one shop in this many has it. With no more shops than this, a single one is enough."""


@dataclass(frozen=True, slots=True)
class ShopsReport:
    """The state of all shops. Seconds are whole numbers; 0 where there is no shop.

    `oldest_success_seconds`: age of the oldest last good fetch. `without_fetch`: shops to report because their export
    was not read. `refused`: shops to report because they are stopped. `records`: all shops that were checked, for
    further use.
    """

    shops: int
    stopped: int
    oldest_success_seconds: int
    without_fetch: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    records: tuple[ShopRecord, ...] = ()


def watch_shops(ports: Ports, *, patience: timedelta) -> ShopsReport:
    """The report of one tick. `patience`: maximum age of a shop's last good fetch. Costs one request."""
    now = ports.clock.now()
    records = [record for record in ports.shops.all() if record.pause is None]
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
    """The shops whose problem is new (`trouble`: shop → its duration); all of them where it is widespread."""
    many = len(trouble) * WIDESPREAD_SHARE >= total
    return tuple(shop for shop, lasts in trouble.items() if many or lasts < NOTICE_LASTS)


def _since_success(record: ShopRecord, now: datetime) -> timedelta:
    """Time since the last good fetch, or since the shop was set up or resumed, if that is later."""
    since = [at for at in (record.last_success_at, record.set_up_at) if at is not None]
    return max(timedelta(), now - max(since)) if since else timedelta()


def notify_stopped_shops(ports: Ports, records: Iterable[ShopRecord]) -> int:
    """Requests an alarm for every stopped shop whose people were not notified of the stop (R6.19). Returns how many.

    Costs one read of the table per stopped shop. At least once: every tick requests it again until the alarm is noted,
    and ``send_alarms`` sends one alarm per stop.
    """
    now = ports.clock.now()
    requests: Sequence[AlarmRequest] = [
        AlarmRequest(shop=record.shop, requested_at=now)
        for record in records
        if record.stop is not None
        and record.runs
        and not ports.notices.get(record.shop).was_notified_of(record.stop)
    ]
    if requests:
        ports.queues.request_alarms(requests)
    return len(requests)
