"""How long this invocation of a function may still work.

Lambda ends a function at its time-out without a word: nothing is recorded, and its messages come back after their
visibility. So work that waits for others ends before that, by itself, with time to write down what became of it.
"""

from __future__ import annotations

import math
import time

MARGIN = 20.0
"""Seconds before Lambda's own end: AWS answers in milliseconds, and this is nearly all that one call of it can take."""

_ends_at = math.inf


def invocation_ends_in(milliseconds: float) -> None:
    """Called at the start of an invocation with what Lambda gives it (``context.get_remaining_time_in_millis()``)."""
    global _ends_at  # noqa: PLW0603 - an invocation is the process's, like its environment
    _ends_at = time.monotonic() + milliseconds / 1000 - MARGIN


def seconds_left() -> float:
    """Seconds that may be spent on waiting for others, 0 or less if none; endless outside a function."""
    return _ends_at - time.monotonic()
