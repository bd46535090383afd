"""Time in the stand-ins: a clock that is passed in, and the wire format of local times.

Inside, every moment is an aware datetime in UTC. On the wire, both services write `YYYY-MM-DD HH:MM:SS`
without a zone; which zone is meant is the caller's to say.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

Clock = Callable[[], datetime]
"""Returns the present moment as an aware datetime."""

PRAGUE = ZoneInfo("Europe/Prague")

_WIRE = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}", re.ASCII)


def system_clock() -> datetime:
    """The machine's clock, in UTC."""
    return datetime.now(UTC)


def wire_time(moment: datetime, zone: ZoneInfo) -> str:
    """`YYYY-MM-DD HH:MM:SS` as the clocks in `zone` show it."""
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")


def read_wire_time(text: str, zone: ZoneInfo) -> datetime | None:
    """The moment in UTC that `YYYY-MM-DD HH:MM:SS` names in `zone`; None for anything else."""
    if not _WIRE.fullmatch(text):
        return None
    try:
        local = datetime.fromisoformat(text)
    except ValueError:
        return None
    return local.replace(tzinfo=zone).astimezone(UTC)


def read_any_time(text: str, zone: ZoneInfo) -> datetime | None:
    """Like `read_wire_time`, but also takes ISO 8601; without an offset it is local time in `zone`."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
