"""A marketplace that does not answer: nobody calls it for a while, then one call finds out (a circuit breaker).

One silent address is one trouble, however many orders and shops it meets. Without this each of them would find out for
itself, again and again: every call waits for its time-out and counts against the day's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

ORDERS_WITHOUT_ANSWER = 3
"""After calls for so many different orders without an answer in between the address counts as silent. Different ones:
an order that MALL always fails on must not stop the others."""
FIRST_PAUSE = timedelta(seconds=30)
MAX_PAUSE = timedelta(minutes=2)
"""How long nobody calls at most; then one call does. So long MALL may be back without being noticed."""
MAX_WAIT = timedelta(minutes=5)
"""How long an order that waits for MALL sleeps at most. It decides how soon all are out once MALL is back."""
PROBE_TIME = timedelta(seconds=60)
"""How long one call has the address to itself. Longer than a call may take, see ``adapters/mall/transport.py``."""
SHOWN_AFTER = timedelta(minutes=4)
"""A silence that lasts so long is shown at the orders that wait for its end."""


@dataclass(frozen=True, slots=True)
class Outage:
    """An address that left calls unanswered, the first of them at `since`, and has answered none that began later.

    `callers` are who called: orders by their labels, lists by their shop's name. No call is made before `probe_at`, and
    then one at a time.
    """

    since: datetime
    probe_at: datetime
    callers: frozenset[str]

    @property
    def is_silent(self) -> bool:
        """Whether the address counts as silent. Below that it is an order's own trouble."""
        return len(self.callers) >= ORDERS_WITHOUT_ANSWER

    def is_shown(self, now: datetime) -> bool:
        """Whether it has lasted so long that people are to see it."""
        return self.is_silent and now >= self.since + SHOWN_AFTER

    def next_recheck(self, now: datetime, jitter: float) -> datetime:
        """When an order that waits for the address is looked at again: spread, and sooner after a short silence."""
        wait = min(MAX_WAIT, now - self.since) * (0.5 + 0.5 * jitter)
        return max(now + wait, self.probe_at + timedelta(seconds=20) * jitter)


def pause_until(outage: Outage | None, now: datetime) -> datetime:
    """Until when nobody is to call after a call at `now` that was not answered; `outage` is what was known before."""
    lasted = timedelta() if outage is None else now - outage.since
    return now + min(MAX_PAUSE, max(FIRST_PAUSE, lasted))
