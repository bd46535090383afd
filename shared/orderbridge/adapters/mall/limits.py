"""What MALL says about its limits, in the headers of an answer."""

from __future__ import annotations

import math
import re
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from orderbridge.ports import Budget

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

LONGEST_WAIT = 24 * 60 * 60.0
"""Seconds. MALL's longest window is a day: a longer wait than that is a mistake."""
MOST_CALLS = 1_000_000_000
"""A limit beyond this is none."""
_DIGITS = re.compile(r"\d{1,18}", re.ASCII)


def budget(headers: Mapping[str, str], now: datetime) -> Budget | None:
    """What an answer of `now` says of the calls that are left, or None if it does not say or makes no sense.

    It makes sense as three whole numbers: a limit that is one, at most that many calls left, and a window that ends
    within a day. The seconds may have been cut off, so a window counts as a second longer.
    """
    limit = _whole(headers.get("X-RateLimit-Limit", ""), MOST_CALLS)
    remaining = _whole(headers.get("X-RateLimit-Remaining", ""), MOST_CALLS)
    resets_in = _whole(headers.get("X-RateLimit-Reset", ""), int(LONGEST_WAIT))
    if limit is None or remaining is None or resets_in is None or not remaining <= limit or not limit:
        return None
    return Budget(limit, remaining, now + timedelta(seconds=resets_in + 1))


def _whole(said: str, most: int) -> int | None:
    said = said.strip()
    value = int(said) if _DIGITS.fullmatch(said) else None
    return value if value is not None and value <= most else None


def retry_after(headers: Mapping[str, str], now: datetime, *, limited: bool) -> float | None:
    """Seconds (0 to 24 hours) until another call is welcome, or None if the answer does not say.

    ``Retry-After`` is seconds or an HTTP date. ``X-RateLimit-Reset``, seconds until the tightest window
    resets (MALL: limits), comes with every answer, so it only counts if this one is a refusal for the limit.
    A value that makes no sense (negative, in the past, not a number) is as good as absent.
    """
    said = headers.get("Retry-After", "")
    wait = _seconds(said)
    if wait is None:
        wait = _seconds_until(said, now)
    if wait is None and limited:
        wait = _seconds(headers.get("X-RateLimit-Reset", ""))
    return wait


def _seconds(said: str) -> float | None:
    try:
        value = float(said)
    except ValueError:
        return None
    return min(value, LONGEST_WAIT) if math.isfinite(value) and value >= 0 else None


def _seconds_until(said: str, now: datetime) -> float | None:
    try:
        moment = parsedate_to_datetime(said)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=now.tzinfo)
        return _seconds(str((moment - now).total_seconds()))
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
