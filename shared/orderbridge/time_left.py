"""How long this invocation of a function may still work.

Lambda ends a function at its time-out without a word: nothing is recorded, and its messages come back after their
visibility. So work that waits for others ends before that, by itself, with time to write down what became of it.
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
"""Seconds before Lambda's own end: AWS answers in milliseconds, and this is nearly all that one call of it can take."""
_GRACE = 1.0

_ends_at = math.inf


def invocation_ends_in(milliseconds: float) -> None:
    """Called at the start of an invocation with what Lambda gives it (``context.get_remaining_time_in_millis()``)."""
    global _ends_at  # noqa: PLW0603 - an invocation is the process's, like its environment
    _ends_at = time.monotonic() + milliseconds / 1000 - MARGIN


def seconds_left() -> float:
    """Seconds that may be spent on waiting for others, 0 or less if none; endless outside a function."""
    return _ends_at - time.monotonic()


def ends_with_invocation(handler: _Handler) -> _Handler:
    """A handler of a function during which ``seconds_left`` tells how much of Lambda's time is left."""

    @functools.wraps(handler)
    def handle(event: dict[str, Any], context: LambdaContext) -> Any:  # noqa: ANN401 - whatever the handler answers
        invocation_ends_in(context.get_remaining_time_in_millis())
        try:
            return handler(event, context)
        finally:
            invocation_ends_in(math.inf)

    return handle  # type: ignore[return-value] # it takes and gives what the handler does


class OutOfTimeError(BaseException):
    """Work was cut where it stood. Not an Exception: nothing on the way may take it for a failure of its own."""


@contextmanager
def cut_in_time() -> Iterator[None]:
    """Raises OutOfTimeError in the midst of the work within, a moment after ``seconds_left`` is 0.

    Waiting for the network ends by itself before that and says how far it came. This is for what is left: work on
    something that came from outside and takes for ever. So it is for work only that may be cut anywhere and repeated.
    Outside a function, and in a thread, it does nothing.
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
