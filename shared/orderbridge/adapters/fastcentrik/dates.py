"""The forms in which shops write dates: a small vocabulary of its own, read and written."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from enum import StrEnum
from typing import TYPE_CHECKING

from orderbridge.domain.moments import ShopDate

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import tzinfo
    from zoneinfo import ZoneInfo


class DateForm(StrEnum):
    """A form of a date. One-letter parts (``d``, ``M``, ``H``) take one digit or two."""

    ISO_DAY = "YYYY-MM-DD"
    ISO_MINUTES = "YYYY-MM-DD HH:mm"
    ISO_SECONDS = "YYYY-MM-DD HH:mm:ss"
    ISO_T_MINUTES = "YYYY-MM-DDTHH:mm"
    ISO_T_SECONDS = "YYYY-MM-DDTHH:mm:ss"
    CZECH_DAY = "d.M.yyyy"
    CZECH_MINUTES = "d.M.yyyy H:mm"
    CZECH_SECONDS = "d.M.yyyy H:mm:ss"


YEARS = range(2000, 2100)
"""Years that a date of an order can have. Others are slips or a database's idea of "empty"."""

_LONGEST = 40
_ISO = r"(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)"
_CZECH = r"(?P<day>\d{1,2})\. ?(?P<month>\d{1,2})\. ?(?P<year>\d{4})"
_MINUTES = r"(?P<hour>\d\d):(?P<minute>\d\d)"
_SHORT_MINUTES = r"(?P<hour>\d{1,2}):(?P<minute>\d\d)"
_SECONDS = r":(?P<second>\d\d)"
_OFFSET = r"(?P<offset>Z|[+-]\d\d:?\d\d)?"
_PATTERNS = {
    form: re.compile(pattern, re.ASCII)
    for form, pattern in {
        DateForm.ISO_DAY: _ISO,
        DateForm.ISO_MINUTES: f"{_ISO} {_MINUTES}",
        DateForm.ISO_SECONDS: f"{_ISO} {_MINUTES}{_SECONDS}",
        DateForm.ISO_T_MINUTES: f"{_ISO}T{_MINUTES}{_OFFSET}",
        DateForm.ISO_T_SECONDS: rf"{_ISO}T{_MINUTES}{_SECONDS}(?:\.\d{{1,9}})?{_OFFSET}",
        DateForm.CZECH_DAY: _CZECH,
        DateForm.CZECH_MINUTES: f"{_CZECH} {_SHORT_MINUTES}",
        DateForm.CZECH_SECONDS: f"{_CZECH} {_SHORT_MINUTES}{_SECONDS}",
    }.items()
}


def read_date(text: str, forms: Iterable[DateForm], zone: ZoneInfo) -> ShopDate | None:
    """The date that `text` stands for in one of `forms`; None if it is none, or one that no calendar has.

    A day without a time keeps none. Parts of a second are dropped. Where a ``T`` form names an offset, the
    moment is converted to the clock in `zone`; otherwise the shop's own clock is meant.
    """
    match = _match(text, forms)
    return _shop_date(match, zone) if match else None


def read_moment(text: str, forms: Iterable[DateForm], zone: ZoneInfo) -> datetime | None:
    """The moment (UTC) that `text` stands for in one of `forms`; None if it is none, or a day without a time.

    Midnight is a moment here. Without an offset the shop's own clock is meant; the hour that it shows twice is the
    first of the two.
    """
    match = _match(text, forms)
    read = _clock_of(match) if match else None
    if read is None:
        return None
    day, clock, offset = read
    return None if clock is None else datetime.combine(day, clock, offset or zone).astimezone(UTC)


def _match(text: str, forms: Iterable[DateForm]) -> re.Match[str] | None:
    if len(text) > _LONGEST:
        return None
    return next((match for form in forms if (match := _PATTERNS[form].fullmatch(text))), None)


def _clock_of(match: re.Match[str]) -> tuple[date, time | None, tzinfo | None] | None:
    """Day, time and offset as they are written; None for what no calendar has."""
    parts = match.groupdict()
    try:
        day = date(int(parts["year"]), int(parts["month"]), int(parts["day"]))
        if day.year not in YEARS:
            return None
        if parts.get("hour") is None:
            return day, None, None
        clock = time(int(parts["hour"]), int(parts["minute"]), int(parts.get("second") or 0))
        offset = parts.get("offset")
        return day, clock, time.fromisoformat(f"00:00{offset}").tzinfo if offset else None
    except ValueError:
        return None


def _shop_date(match: re.Match[str], zone: ZoneInfo) -> ShopDate | None:
    read = _clock_of(match)
    if read is None:
        return None
    day, clock, offset = read
    if clock is not None and offset is not None:
        moment = datetime.combine(day, clock, offset).astimezone(zone)
        day, clock = moment.date(), moment.time()
    return ShopDate(day, clock) if day.year in YEARS else None


def write_date(moment: datetime, form: DateForm) -> str:
    """`moment` as its own clock shows it, in `form`; what the form has no place for is cut off."""
    day = (
        f"{moment.day}.{moment.month}.{moment.year:04d}"
        if form.startswith("d")
        else f"{moment.year:04d}-{moment.month:02d}-{moment.day:02d}"
    )
    if form in {DateForm.ISO_DAY, DateForm.CZECH_DAY}:
        return day
    hour = str(moment.hour) if form.startswith("d") else f"{moment.hour:02d}"
    clock = f"{hour}:{moment.minute:02d}" + (f":{moment.second:02d}" if form.endswith("ss") else "")
    return f"{day}{'T' if 'T' in form else ' '}{clock}"
