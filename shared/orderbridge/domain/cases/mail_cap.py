"""How many messages a shop's people get in an hour: single ones at first, then summaries. Nothing is remaining out.

One cause may make hundreds of orders wrong at once, and hundreds of messages hide the one that counts. So beyond
``MAX_PER_HOUR`` what is due waits, and the next message tells all of it. What cannot wait (a parcel that is to be
stopped) is orders within ``URGENT_GAP``, and takes everything else along.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from orderbridge.domain.cases.records import AlarmKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orderbridge.domain.cases.records import Alarm

MAX_PER_HOUR = 20
"""About as many as a person reads one by one, and more than an ordinary day has."""
HOUR = timedelta(hours=1)
URGENT_GAP = timedelta(minutes=2)
"""Beyond the hour's number: shorter than it takes to pack a parcel, and still not one message per order."""
MAX_ORDERS_PER_MESSAGE = 200
"""Orders that one message tells of, which may have 256 KB; the others wait for the next."""


@dataclass(frozen=True, slots=True)
class ShopMail:
    """`sent`: the moments of the last hour's messages, oldest first. `waiting`: the orders that have not been orders.

    `version` counts the writes; 0: never written.
    """

    sent: tuple[datetime, ...] = ()
    waiting: tuple[int, ...] = ()
    version: int = 0


def send_at(mail: ShopMail, now: datetime, *, urgent: bool) -> datetime:
    """When the shop's people are orders what is due at `now`: not later than now means at once."""
    recent = _recent(mail, now)
    if len(recent) < MAX_PER_HOUR:
        return now
    hour_over = recent[-MAX_PER_HOUR] + HOUR
    return min(hour_over, recent[-1] + URGENT_GAP) if urgent else hour_over


def after_notifying(mail: ShopMail, now: datetime, orders: Sequence[int]) -> ShopMail:
    """`mail` once a message went out at `now` that orders of the orders `orders`."""
    remaining = tuple(number for number in mail.waiting if number not in orders)
    return replace(mail, sent=(*_recent(mail, now), now), waiting=remaining)


def with_waiting(mail: ShopMail, mall_order_id: int) -> ShopMail:
    """`mail` with one more order that has not been orders."""
    if mall_order_id in mail.waiting:
        return mail
    return replace(mail, waiting=(*mail.waiting, mall_order_id))


def _recent(mail: ShopMail, now: datetime) -> tuple[datetime, ...]:
    return tuple(at for at in mail.sent if now - HOUR < at)


def is_urgent(alarm: Alarm) -> bool:
    """Whether a parcel may leave while the message waits."""
    return alarm.kind is AlarmKind.STOP_THE_PARCEL
