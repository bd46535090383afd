"""Waiting for a condition of the local stack, with a limit."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

from local.stack.processes import StackError

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

WAIT_SECONDS = 90.0
"""Maximum time to wait for a condition, in seconds. Most need less than one."""
POLL_SECONDS = 0.25
"""Seconds between two checks of a condition."""


def eventually(condition: Callable[[], T], what: str, within: float = WAIT_SECONDS) -> T:
    """Waits until `condition` returns a true value, and returns it. `within` is in seconds.

    Raises:
        StackError: the time is over; the message has `what` and the last value.
    """
    end = time.monotonic() + within
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() >= end:
            msg = f"not within {within:.0f} s: {what}; last seen: {value!r}"
            raise StackError(msg)
        time.sleep(POLL_SECONDS)
