"""What holds for every test."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from deployment.texts import compile_changed

if TYPE_CHECKING:
    from collections.abc import Iterator

# `make pytest` does that as well; whoever runs pytest alone gets the texts as they are written now, too.
compile_changed()

# A shell ignores Ctrl-C for what it starts in the background, and every process that a test starts inherits that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Machines that run the tests are shared and slow: how long an example takes says nothing about the product.
settings.register_profile("default", deadline=None, suppress_health_check=[HealthCheck.too_slow])
# Where a failure stops a change, the same change must give the same verdict twice.
settings.register_profile("ci", settings.get_profile("default"), derandomize=True)
# `make check` tries a few examples of each property, `make test` a hundred.
settings.register_profile("quick", settings.get_profile("ci"), max_examples=10)
settings.load_profile("ci" if os.environ.get("CI") else "default")


@pytest.fixture
def little_work() -> Iterator[None]:
    """The test fails when it has taken ten seconds of the processor.

    They do not pass while the machine does something else, as those of a time limit do.
    """

    def over(*_: object) -> None:
        pytest.fail("ten seconds of work are over")

    before = signal.signal(signal.SIGVTALRM, over)
    signal.setitimer(signal.ITIMER_VIRTUAL, 10)
    yield
    signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    signal.signal(signal.SIGVTALRM, before)
