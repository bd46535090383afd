"""MALL's limit of calls: per key and group of paths, in windows of a day, an hour and a minute.

`PUT …/limits` takes `{"day": 5750, "hour": 2875, "minute": 17250}`, each a size or `{"limit": n, "remaining":
n, "reset_seconds": n}`; `remaining` and `reset_seconds` beside them stand for every window that does not say
its own. What is not named keeps its size; `{}` brings the defaults back. Every PUT starts all windows anew.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from sandbox.http import Json, checked

Window = Literal["day", "hour", "minute"]
SECONDS: dict[Window, int] = {"day": 86_400, "hour": 3_600, "minute": 60}
DEFAULT_SIZES: dict[Window, int] = {"day": 575_000, "hour": 287_500, "minute": 1_725_000}
"""A hundred times what the documentation shows: a test that wants to reach a limit sets it."""

DOMAIN = "other"
"""What MALL calls the group of the orders' paths in the names of its windows."""


class WindowSetting(BaseModel):
    """One window: how many calls, how many of them are left now, and in how many seconds it starts anew."""

    model_config = ConfigDict(extra="forbid")

    limit: int | None = Field(None, ge=0)
    remaining: int | None = Field(None, ge=0)
    reset_seconds: int | None = Field(None, ge=1)


class LimitSetting(BaseModel):
    """The body of `PUT …/limits`; see the module."""

    model_config = ConfigDict(extra="forbid")

    day: int | WindowSetting | None = None
    hour: int | WindowSetting | None = None
    minute: int | WindowSetting | None = None
    remaining: int | None = Field(None, ge=0)
    reset_seconds: int | None = Field(None, ge=1)


@dataclass(slots=True)
class _Counter:
    limit: int
    used: int
    ends_at: datetime

    @property
    def remaining(self) -> int:
        return max(0, self.limit - self.used)


@dataclass(frozen=True, slots=True)
class _Start:
    """How a window begins that was set to less than its size: until `ends_at`, with `used` calls gone."""

    used: int
    ends_at: datetime


class Limits:
    """The counters of all keys. Not guarded: the caller holds the side's lock."""

    def __init__(self) -> None:
        self._sizes = dict(DEFAULT_SIZES)
        self._starts: dict[Window, _Start] = {}
        self._counters: dict[tuple[str, str, Window], _Counter] = {}

    def change(self, data: Json, now: datetime) -> None:
        """Carries `PUT …/limits` out; ControlError (400) if the body is not as the module says."""
        setting = checked(LimitSetting, data, "limits")
        if not data:
            self._sizes = dict(DEFAULT_SIZES)
        self._counters.clear()
        self._starts.clear()
        for window, seconds in SECONDS.items():
            given = getattr(setting, window)
            own = WindowSetting(limit=given) if isinstance(given, int) else given or WindowSetting()
            if own.limit is not None:
                self._sizes[window] = own.limit
            remaining = setting.remaining if own.remaining is None else own.remaining
            reset = own.reset_seconds or setting.reset_seconds
            if remaining is not None or reset is not None:
                size = self._sizes[window]
                used = 0 if remaining is None else max(0, size - remaining)
                self._starts[window] = _Start(used, now + timedelta(seconds=reset or seconds))

    def take(self, client_id: str, group: str, now: datetime) -> bool:
        """Counts one call, unless a window is used up: then False, and nothing is counted."""
        counters = self._of(client_id, group, now)
        if any(counter.remaining == 0 for counter in counters.values()):
            return False
        for counter in counters.values():
            counter.used += 1
        return True

    def headers(self, client_id: str, group: str, now: datetime) -> dict[str, str]:
        """The headers as recorded; `X-RateLimit-Reset` is in seconds from now, the windows' names echo the key."""
        counters = self._of(client_id, group, now)
        tightest = min(counters.values(), key=lambda counter: (counter.remaining, counter.ends_at))
        policies = ", ".join(
            f'{counter.limit};w={SECONDS[window]};name="partner:{client_id}|domain:{DOMAIN}|unit:{window[0]}"'
            for window, counter in counters.items()
        )
        return {
            "X-RateLimit-Limit": f"{tightest.limit}, {policies}",
            "X-RateLimit-Remaining": str(tightest.remaining),
            "X-RateLimit-Reset": str(math.ceil((tightest.ends_at - now).total_seconds())),
        }

    def describe(self, now: datetime) -> Json:
        """Sizes and what is left: `{day, hour, minute, counters: [{client_id, group, day, hour, minute}]}`."""
        pairs = sorted({(client_id, group) for client_id, group, _ in self._counters})
        return {
            "day": self._sizes["day"],
            "hour": self._sizes["hour"],
            "minute": self._sizes["minute"],
            "counters": [
                {
                    "client_id": client_id,
                    "group": group,
                    **{
                        window: counter.remaining
                        for window, counter in self._of(client_id, group, now).items()
                    },
                }
                for client_id, group in pairs
            ],
        }

    def _of(self, client_id: str, group: str, now: datetime) -> dict[Window, _Counter]:
        found: dict[Window, _Counter] = {}
        for window, seconds in SECONDS.items():
            counter = self._counters.get((client_id, group, window))
            if counter is None or now >= counter.ends_at:
                start = self._starts.get(window)
                if start is None or now >= start.ends_at:
                    start = _Start(0, now + timedelta(seconds=seconds))
                counter = _Counter(self._sizes[window], start.used, start.ends_at)
                self._counters[client_id, group, window] = counter
            found[window] = counter
        return found
