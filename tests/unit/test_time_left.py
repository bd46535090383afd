"""An invocation's own time."""

from __future__ import annotations

import math
import threading
from types import SimpleNamespace
from typing import Any

import pytest

from orderbridge.time_left import MARGIN, OutOfTimeError, cut_in_time, ends_with_invocation, seconds_left


def invocation(seconds: float, work: Any) -> Any:  # noqa: ANN401 - whatever is played
    """Runs `work` as a function that Lambda ends in so many seconds beyond the margin."""
    left = SimpleNamespace(get_remaining_time_in_millis=lambda: (MARGIN + seconds) * 1000)
    return ends_with_invocation(lambda _event, _context: work())({}, left)


def for_ever() -> None:
    with cut_in_time():
        while True:
            pass


def test_what_is_left_is_lambdas_time_less_a_margin() -> None:
    assert 90 < invocation(100, seconds_left) <= 100
    assert seconds_left() == math.inf


def test_work_without_an_end_is_cut() -> None:
    with pytest.raises(OutOfTimeError):
        invocation(-1, for_ever)
    assert seconds_left() == math.inf


def test_a_failure_in_the_middle_does_not_hide_the_cut() -> None:
    def stubborn() -> None:
        with cut_in_time():
            while True:
                try:
                    threading.Event().wait(30)
                except Exception:  # noqa: BLE001, S112 - such code is what this is about
                    continue

    with pytest.raises(OutOfTimeError):
        invocation(-1, stubborn)


def test_work_that_ends_is_left_alone() -> None:
    def work() -> str:
        with cut_in_time():
            return "done"

    assert invocation(100, work) == "done"


def test_outside_a_function_nothing_is_cut() -> None:
    with cut_in_time():
        assert seconds_left() == math.inf
