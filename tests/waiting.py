"""Time limits that bear a machine which stalls for seconds.

A limit that is not to be reached is far off. That costs nothing: what happens ends the wait. A limit that is to be
reached is short, and the other side never answers: a stall only makes it later. Where one of two limits is to be
reached first, the other is far off, or the test moves the clock.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from orderbridge.adapters.fastcentrik.server import TimeLimits
from orderbridge.adapters.mall import Timeouts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

FAR = 30.0
"""Seconds after which something has gone wrong for good."""
SOON = 0.2
"""Seconds of a limit that is to be reached."""
TOTAL = 2 * FAR
"""Seconds of a whole call, shops and MALL alike."""
SHOP_IN_TIME = TimeLimits(connect=FAR, read=FAR, total=TOTAL)
SHOP_SILENT = TimeLimits(connect=FAR, read=SOON, total=TOTAL)
"""For a server that takes the connection and then says nothing."""
MALL_IN_TIME = Timeouts(connect=FAR, answer=FAR)
MALL_SILENT = Timeouts(connect=FAR, answer=SOON)
"""For a server that takes the connection and then says nothing."""


class LastMoment:
    """A clock of a call with TOTAL seconds. It stands still until `begin`; from then on, SOON seconds are left.

    So nothing is late before the server has the request, however long that takes.
    """

    def __init__(self) -> None:
        self._began: float | None = None

    def begin(self) -> None:
        """From now on it runs."""
        self._began = time.monotonic()

    def __call__(self) -> float:
        return 0.0 if self._began is None else TOTAL - SOON + time.monotonic() - self._began


def eventually(true: Callable[[], object]) -> None:
    """Returns once it is true; fails if it does not become so."""
    end = time.monotonic() + FAR
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


@contextmanager
def started(command: Sequence[str], **options: Any) -> Iterator[subprocess.Popen[Any]]:  # noqa: ANN401 - Popen's
    """A process in a session of its own, which is over afterwards with all it started, also when the test fails."""
    with subprocess.Popen(command, start_new_session=True, **options) as process:
        try:
            yield process
        finally:
            # Until somebody has asked how it ended, its number is nobody else's.
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
