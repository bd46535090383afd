"""A circuit breaker for a marketplace address that does not answer (R9.12).

No call is made for a pause, then one call tries. All orders and shops with the same address share the breaker. Without
it each order would wait for its own time-outs, and use up the day's calls.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

ORDERS_WITHOUT_ANSWER = 3
"""How many different callers in a row must get no answer before the address counts as silent (R9.12). Calls for one
order are not enough: MALL may fail on that order alone."""
FIRST_PAUSE = timedelta(seconds=30)
"""How long no call is made at first."""
MAX_PAUSE = timedelta(minutes=2)
"""How long no call is made at most. So long the end of the outage can stay unnoticed."""
MAX_WAIT = timedelta(minutes=5)
"""How long an order waits at most until its next recheck. It decides how soon all orders go out after the outage."""
PROBE_TIME = timedelta(seconds=60)
"""How long the one call has the address to itself. Longer than a call may take (see ``adapters/mall/transport.py``)."""
SHOWN_AFTER = timedelta(minutes=4)
"""How long an outage must last before waiting orders show it as a hold (R9.11)."""


@dataclass(frozen=True, slots=True)
class Outage:
    """An address that has answered no call since `since`. All moments are aware and UTC."""

    since: datetime
    """When the first unanswered call began."""
    probe_at: datetime
    """The next call may be made at this moment, and only one."""
    callers: frozenset[str]
    """Who got no answer: labels of orders, and shop names for lists."""

    @property
    def is_silent(self) -> bool:
        """Whether the address counts as silent. With fewer callers the failures are those of single orders."""
        return len(self.callers) >= ORDERS_WITHOUT_ANSWER

    def is_shown(self, now: datetime) -> bool:
        """Whether the outage is long enough to be shown as a hold at `now`."""
        return self.is_silent and now >= self.since + SHOWN_AFTER

    def next_recheck(self, now: datetime, jitter: float) -> datetime:
        """When an order that waits for the address is rechecked; `jitter` in [0, 1) spreads the orders.

        After a short outage the wait is short.
        """
        wait = min(MAX_WAIT, now - self.since) * (0.5 + 0.5 * jitter)
        return max(now + wait, self.probe_at + timedelta(seconds=20) * jitter)


def pause_until(outage: Outage | None, now: datetime) -> datetime:
    """Until when no call is made after an unanswered call at `now`; `outage` is what was known before it."""
    lasted = timedelta() if outage is None else now - outage.since
    return now + min(MAX_PAUSE, max(FIRST_PAUSE, lasted))
