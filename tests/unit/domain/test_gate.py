"""Which look may hand a final step on: one behind all news of a fetch that began after the step's window."""

from __future__ import annotations

from datetime import timedelta

import pytest

from orderbridge.domain.orders import Action, Step
from orderbridge.domain.progress import Gate
from tests.unit.domain.strategies import NOW

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("began", "asked", "comes", "passes"),
    [
        (1, 5, 6, True),
        (1, 5, 60, False),  # it waited behind a message that failed: that news is on its way to be parked
        (1, 2, 3, False),  # asked for before all news were sent, or just then by another clock
        (-1, 5, 6, False),  # the fetch began before the window was over
    ],
)
def test_the_first_prompt_look_behind_the_news_passes(
    began: int,
    asked: int,
    comes: int,
    passes: bool,  # noqa: FBT001
) -> None:
    """Seconds from the end of the undo window; all news were handed over after two."""
    step = Step(1, Action.DELIVERED, "2026-11-20", "", NOW, not_before=NOW)
    gate = Gate(NOW + began * SECOND, NOW + asked * SECOND, NOW + 2 * SECOND)
    assert gate.lets_through(step, NOW + comes * SECOND) is passes
