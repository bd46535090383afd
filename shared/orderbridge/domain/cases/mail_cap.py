"""How many messages a shop's people get in an hour: single ones first, then summaries (R6.18). Nothing is left out.

One cause can affect hundreds of orders at once, and hundreds of messages would hide the important one. So beyond
``MAX_PER_HOUR`` messages wait, and the next one is a summary. An urgent one (a parcel to stop) is sent within
``URGENT_GAP``, and includes everything that waits.
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
"""How many messages a shop gets in an hour before summaries begin (R6.18). An ordinary day has fewer."""
HOUR = timedelta(hours=1)
"""The length of the sliding window."""
URGENT_GAP = timedelta(minutes=2)
"""How long an urgent message waits at most beyond that number (R6.18). Packing a parcel takes longer."""
MAX_ORDERS_PER_MESSAGE = 200
"""How many orders one summary has at most (R6.18). A message may have 256 KB; further orders wait for the next one."""


@dataclass(frozen=True, slots=True)
class ShopMail:
    """The messages that a shop's people got lately."""

    sent: tuple[datetime, ...] = ()
    """When the messages of the last hour were sent (UTC), oldest first."""
    waiting: tuple[int, ...] = ()
    """The orders that wait to be in a message."""
    version: int = 0
    """Counts the writes; 0: not stored yet."""


def send_at(mail: ShopMail, now: datetime, *, urgent: bool) -> datetime:
    """When the message that is due at `now` is sent (UTC); `now` means at once."""
    recent = _recent(mail, now)
    if len(recent) < MAX_PER_HOUR:
        return now
    hour_over = recent[-MAX_PER_HOUR] + HOUR
    return min(hour_over, recent[-1] + URGENT_GAP) if urgent else hour_over


def after_notifying(mail: ShopMail, now: datetime, orders: Sequence[int]) -> ShopMail:
    """`mail` after a message about `orders` was sent at `now` (UTC)."""
    remaining = tuple(number for number in mail.waiting if number not in orders)
    return replace(mail, sent=(*_recent(mail, now), now), waiting=remaining)


def with_waiting(mail: ShopMail, mall_order_id: int) -> ShopMail:
    """`mail` with one more order that waits to be in a message."""
    if mall_order_id in mail.waiting:
        return mail
    return replace(mail, waiting=(*mail.waiting, mall_order_id))


def _recent(mail: ShopMail, now: datetime) -> tuple[datetime, ...]:
    """When the messages of the last hour were sent."""
    return tuple(at for at in mail.sent if now - HOUR < at)


def is_urgent(alarm: Alarm) -> bool:
    """Whether a parcel could leave while the message waits."""
    return alarm.kind is AlarmKind.STOP_THE_PARCEL
