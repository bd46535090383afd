"""How much time this invocation of a function has left.

At its time-out Lambda kills a function: nothing is recorded, and its messages come back after their visibility
time-out. So work that waits for others ends earlier, with time left to record the result.
"""

from __future__ import annotations

import functools
import math
import signal
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from aws_lambda_powertools.utilities.typing import LambdaContext

_Handler = TypeVar("_Handler", bound="Callable[[dict[str, Any], LambdaContext], Any]")

MARGIN = 20.0
"""Seconds kept before Lambda's time-out, for recording the result: nearly the longest that one call of AWS takes."""
_GRACE = 1.0

_ends_at = math.inf


def invocation_ends_in(milliseconds: float) -> None:
    """Sets the end of this invocation, from ``context.get_remaining_time_in_millis()`` at its start."""
    global _ends_at  # noqa: PLW0603 - a process has one invocation at a time
    _ends_at = time.monotonic() + milliseconds / 1000 - MARGIN


def seconds_left() -> float:
    """Seconds left for waiting on others; 0 or less if none, infinite outside a function."""
    return _ends_at - time.monotonic()


def ends_with_invocation(handler: _Handler) -> _Handler:
    """Wraps a function's handler so that ``seconds_left`` knows the end of each invocation."""

    @functools.wraps(handler)
    def handle(event: dict[str, Any], context: LambdaContext) -> Any:  # noqa: ANN401 - whatever the handler answers
        invocation_ends_in(context.get_remaining_time_in_millis())
        try:
            return handler(event, context)
        finally:
            invocation_ends_in(math.inf)

    return handle  # type: ignore[return-value] # it takes and gives what the handler does


class OutOfTimeError(BaseException):
    """The time is over and the work was interrupted. A BaseException, so that no ``except Exception`` catches it."""


@contextmanager
def cut_in_time() -> Iterator[None]:
    """Interrupts the work within by OutOfTimeError, a moment after ``seconds_left`` is 0.

    Waits for the network end by themselves before that. This is for work on outside input that takes too long without
    waiting. Use it only for work that may be interrupted anywhere and repeated. Outside a function, and in a thread, it
    does nothing.
    """
    left = seconds_left()
    if math.isinf(left) or threading.current_thread() is not threading.main_thread():
        yield
        return
    working = True

    def over(*_: object) -> None:
        if working:
            raise OutOfTimeError

    handler = signal.signal(signal.SIGALRM, over)
    timer = signal.setitimer(signal.ITIMER_REAL, max(left, 0.0) + _GRACE)
    try:
        yield
    finally:
        working = False
        signal.setitimer(signal.ITIMER_REAL, *timer)
        signal.signal(signal.SIGALRM, handler)
