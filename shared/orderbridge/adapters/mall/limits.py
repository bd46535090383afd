"""MALL's limits, from the headers of an answer."""

from __future__ import annotations

import re
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from orderbridge.domain.shops import Budget

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

MAX_WAIT = 24 * 60 * 60
"""Seconds. MALL's longest window is a day. A larger value is a moment, in other units, or a mistake."""
MAX_CALLS = 1_000_000_000
"""A larger limit is not taken for one."""
_DIGITS = re.compile(r"\d{1,18}", re.ASCII)
_SECONDS = re.compile(r"\d{1,18}(?:\.\d{0,9})?", re.ASCII)
_QUOTED = re.compile(r'"[^"]*"?')
_LIMIT = re.compile(r"\s*+(\d{1,18}+)\s*+(?:[,;]|$)", re.ASCII)
_WINDOW = re.compile(r"(\d{1,18})\s*;\s*w=(\d{1,9})(?!\d)", re.ASCII)


def without_names(limit: str) -> str:
    """The numbers of ``X-RateLimit-Limit``: the limit in force and the windows (``2875, 5750;w=86400, 2875;w=3600``).

    The names of the windows hold the key, so they are dropped. Empty if the header does not begin with a number.
    """
    bare = _QUOTED.sub("", limit)
    first = _LIMIT.match(bare)
    if first is None:
        return ""
    return ", ".join((first[1], *(f"{calls};w={seconds}" for calls, seconds in _WINDOW.findall(bare))))


def budget(headers: Mapping[str, str], now: datetime) -> Budget | None:
    """The calls that are left after an answer of `now`; None if the headers are missing or make no sense.

    They make sense as three whole numbers: a limit above 0, at most that many calls left, and a window that ends within
    its own length. MALL may cut off fractions, so a second is added to the window.
    """
    limit = _whole(headers.get("X-RateLimit-Limit", "").partition(",")[0], MAX_CALLS)
    remaining = _whole(headers.get("X-RateLimit-Remaining", ""), MAX_CALLS)
    resets_in = _whole(headers.get("X-RateLimit-Reset", ""), _longest_window(headers))
    if limit is None or remaining is None or resets_in is None or not remaining <= limit or not limit:
        return None
    return Budget(limit, remaining, now + timedelta(seconds=resets_in + 1))


def _whole(said: str, most: int) -> int | None:
    said = said.strip()
    value = int(said) if _DIGITS.fullmatch(said) else None
    return value if value is not None and value <= most else None


def _longest_window(headers: Mapping[str, str]) -> int:
    """Seconds that a limit can last: the window in force, or a day if MALL names none.

    The window in force has the number of calls that is first in the header. If no window has it, the longest counts.
    """
    said = headers.get("X-RateLimit-Limit", "")
    first = said.partition(",")[0].strip()
    windows = [(calls, int(seconds)) for calls, seconds in _WINDOW.findall(said) if int(seconds)]
    in_force = [seconds for calls, seconds in windows if calls == first]
    lengths = in_force or [seconds for _, seconds in windows]
    return min(max(lengths, default=MAX_WAIT), MAX_WAIT)


def retry_after(headers: Mapping[str, str], now: datetime, *, limited: bool) -> float | None:
    """Seconds (0 to 24 hours) until the next call is allowed; None if the answer does not say.

    ``Retry-After`` is seconds or an HTTP date. ``X-RateLimit-Reset``, seconds until the tightest window resets
    (R9.8), is in every answer, so it counts only if this answer is a refusal for the limit. A value that makes
    no sense is ignored, because it would pause the shop for a mistake in a header: a negative one, one in the past,
    not a number, or beyond MALL's longest window.
    """
    said = headers.get("Retry-After", "")
    longest = _longest_window(headers) if limited else MAX_WAIT
    wait = _seconds(said, longest)
    if wait is None:
        wait = _seconds_until(said, now, longest)
    if wait is None and limited:
        wait = _seconds(headers.get("X-RateLimit-Reset", ""), longest)
    return wait


def _seconds(said: str, most: int) -> float | None:
    said = said.strip()
    value = float(said) if _SECONDS.fullmatch(said) else None
    return value if value is not None and value <= most else None


def _seconds_until(said: str, now: datetime, most: int) -> float | None:
    try:
        moment = parsedate_to_datetime(said)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=now.tzinfo)
        wait = (moment - now).total_seconds()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return wait if 0 <= wait <= most else None
