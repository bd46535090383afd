"""The forms of dates in documents: reading and writing them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Literal

from orderbridge.domain.dates import ShopDate

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import tzinfo
    from zoneinfo import ZoneInfo


class DateForm(StrEnum):
    """A form of a date. ``tt`` is AM or PM.

    With points or slashes, day, month and hour may have one digit or two. In every form, seconds may have a fraction,
    and a time may have an offset (``Z``, ``+01:00``).
    """

    ISO_DAY = "YYYY-MM-DD"
    ISO_MINUTES = "YYYY-MM-DD HH:mm"
    ISO_SECONDS = "YYYY-MM-DD HH:mm:ss"
    ISO_12_MINUTES = "YYYY-MM-DD hh:mm tt"
    ISO_12_SECONDS = "YYYY-MM-DD hh:mm:ss tt"
    ISO_T_MINUTES = "YYYY-MM-DDTHH:mm"
    ISO_T_SECONDS = "YYYY-MM-DDTHH:mm:ss"
    CZECH_DAY = "d.M.yyyy"
    CZECH_MINUTES = "d.M.yyyy H:mm"
    CZECH_SECONDS = "d.M.yyyy H:mm:ss"
    CZECH_12_MINUTES = "d.M.yyyy h:mm tt"
    CZECH_12_SECONDS = "d.M.yyyy h:mm:ss tt"
    BRITISH_DAY = "dd/MM/yyyy"
    BRITISH_MINUTES = "dd/MM/yyyy HH:mm"
    BRITISH_SECONDS = "dd/MM/yyyy HH:mm:ss"
    BRITISH_12_MINUTES = "dd/MM/yyyy hh:mm tt"
    BRITISH_12_SECONDS = "dd/MM/yyyy hh:mm:ss tt"
    AMERICAN_DAY = "M/d/yyyy"
    AMERICAN_MINUTES = "M/d/yyyy H:mm"
    AMERICAN_SECONDS = "M/d/yyyy H:mm:ss"
    AMERICAN_12_MINUTES = "M/d/yyyy h:mm tt"
    AMERICAN_12_SECONDS = "M/d/yyyy h:mm:ss tt"

    @property
    def month_first(self) -> bool | None:
        """Whether the month is before the day; None if the form is unambiguous."""
        return self.startswith("M") if "/" in self else None


YEARS = range(2000, 2100)
"""Years that a date of an order can have. Others are mistakes or a database's form of "empty"."""

Midnight = Literal["day", "time"]
"""What 0:00 means: only the day (databases and date pickers write days so), or the time."""

_MAX_LENGTH = 40
_NOON = 12
_DAYS = {
    "YYYY-MM-DD": r"(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)",
    "d.M.yyyy": r"(?P<day>\d{1,2})\. ?(?P<month>\d{1,2})\. ?(?P<year>\d{4})",
    "dd/MM/yyyy": r"(?P<day>\d{1,2})/(?P<month>\d{1,2})/(?P<year>\d{4})",
    "M/d/yyyy": r"(?P<month>\d{1,2})/(?P<day>\d{1,2})/(?P<year>\d{4})",
}
_MINUTE = r":(?P<minute>\d\d)"
_SECOND = r":(?P<second>\d\d)(?:[.,]\d{1,9})?"
# As English and Czech programs write it.
_HALF = r" ?(?P<half>[AP]\.?M\.?|dop\.|odp\.)"
_OFFSET = r"(?: ?(?P<offset>Z|UTC|GMT|[+-]\d\d(?::?[0-5]\d)?))?"


def _day_of(form: DateForm) -> str:
    """The part of `form` that is the day."""
    return next(day for day in _DAYS if form.startswith(day))


@cache
def _pattern(form: DateForm) -> re.Pattern[str]:
    """Compiled when first needed: a profile names few forms, and each costs time at a cold start."""
    day = _day_of(form)
    at = form.removeprefix(day)
    if not at:
        return re.compile(_DAYS[day], re.ASCII)
    hour = r"\d\d" if at[1:3] == "HH" and "-" in day else r"\d{1,2}"
    clock = f"(?P<hour>{hour}){_MINUTE}{_SECOND if 'ss' in at else ''}{_HALF if 'tt' in at else ''}"
    return re.compile(f"{_DAYS[day]}{at[0]}{clock}{_OFFSET}", re.ASCII | re.IGNORECASE)


def read_date(
    text: str, forms: Iterable[DateForm], zone: ZoneInfo, midnight: Midnight = "day"
) -> ShopDate | None:
    """The date that `text` means in one of `forms`; None if it is not a date of the calendar.

    A day without a time gets no time. Unless `midnight` is ``time``, a time of 0:00, as written or in `zone`, counts as
    no time. Parts of a second are dropped. A time with an offset is converted to the clock in `zone` (but a written
    0:00 stays the written day); without one it is on the shop's clock.
    """
    match = _match(text, forms)
    read = _clock_of(match) if match else None
    if read is None:
        return None
    day, clock, offset = read
    if clock is not None and offset is not None and not _only_day(clock, midnight):
        moment = datetime.combine(day, clock, offset).astimezone(zone)
        day, clock = moment.date(), moment.time()
    if day.year not in YEARS:
        return None
    return ShopDate(day, None if clock is None or _only_day(clock, midnight) else clock)


def _only_day(clock: time, midnight: Midnight) -> bool:
    return midnight == "day" and clock == time.min


def read_moment(text: str, forms: Iterable[DateForm], zone: ZoneInfo) -> datetime | None:
    """The moment (UTC) that `text` means in one of `forms`; None for a day without a time.

    Midnight is a moment here. Without an offset the time is on the shop's clock; in an hour that the clock shows twice,
    the first counts.
    """
    match = _match(text, forms)
    read = _clock_of(match) if match else None
    if read is None:
        return None
    day, clock, offset = read
    return None if clock is None else datetime.combine(day, clock, offset or zone).astimezone(UTC)


def _match(text: str, forms: Iterable[DateForm]) -> re.Match[str] | None:
    if len(text) > _MAX_LENGTH:
        return None
    return next((match for form in forms if (match := _pattern(form).fullmatch(text))), None)


def _clock_of(match: re.Match[str]) -> tuple[date, time | None, tzinfo | None] | None:
    """Day, time (whole seconds) and offset as written; None if the calendar has no such date."""
    parts = match.groupdict()
    try:
        day = date(int(parts["year"]), int(parts["month"]), int(parts["day"]))
        if day.year not in YEARS:
            return None
        if parts.get("hour") is None:
            return day, None, None
        clock = time(_hour(parts), int(parts["minute"]), int(parts.get("second") or 0))
        return day, clock, _offset(parts.get("offset"))
    except ValueError:
        return None


def _hour(parts: dict[str, str | None]) -> int:
    """The hour of 24. Raises ValueError for an hour that a 12-hour clock does not have."""
    hour, half = int(parts["hour"] or 0), (parts.get("half") or "").lower()
    if not half:
        return hour
    if not 1 <= hour <= _NOON:
        raise ValueError
    return hour % _NOON + (_NOON if half.startswith(("p", "o")) else 0)


def _offset(text: str | None) -> tzinfo | None:
    """Raises ValueError for an invalid offset."""
    if not text:
        return None
    return UTC if text[0] not in "+-" else time.fromisoformat(f"00:00{text}").tzinfo


def write_date(moment: datetime, form: DateForm) -> str:
    """`moment` in `form`, on its own clock. Parts that the form does not have are dropped."""
    day = _day_of(form)
    at = form.removeprefix(day)
    return _written_day(moment, day) + (at[0] + _written_clock(moment, at) if at else "")


def _written_day(moment: datetime, form: str) -> str:
    day, month, year = moment.day, moment.month, f"{moment.year:04d}"
    return {
        "YYYY-MM-DD": f"{year}-{month:02d}-{day:02d}",
        "d.M.yyyy": f"{day}.{month}.{year}",
        "dd/MM/yyyy": f"{day:02d}/{month:02d}/{year}",
        "M/d/yyyy": f"{month}/{day}/{year}",
    }[form]


def _written_clock(moment: datetime, form: str) -> str:
    hour = (moment.hour % _NOON or _NOON) if "tt" in form else moment.hour
    digits = 2 if form[1:3].lower() == "hh" else 1
    seconds = f":{moment.second:02d}" if "ss" in form else ""
    half = (" PM" if moment.hour >= _NOON else " AM") if "tt" in form else ""
    return f"{hour:0{digits}d}:{moment.minute:02d}{seconds}{half}"
