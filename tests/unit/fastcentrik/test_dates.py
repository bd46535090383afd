"""The vocabulary of date forms."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderbridge.adapters.fastcentrik.dates import DateForm, read_date, write_date
from orderbridge.domain.moments import ShopDate

PRAGUE = ZoneInfo("Europe/Prague")
DAYS = {DateForm.ISO_DAY, DateForm.CZECH_DAY}
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31, 23, 59, 59))  # noqa: DTZ001 - a clock's reading


@given(MOMENTS, st.sampled_from(DateForm))
def test_what_is_written_is_read_back_to_the_precision_of_the_form(moment: datetime, form: DateForm) -> None:
    clock = None if form in DAYS else moment.time().replace(microsecond=0)
    if clock is not None and not form.endswith("ss"):
        clock = clock.replace(second=0)
    assert read_date(write_date(moment, form), [form], PRAGUE) == ShopDate(moment.date(), clock)


@given(MOMENTS, st.sampled_from(DateForm))
def test_no_text_fits_forms_that_disagree(moment: datetime, form: DateForm) -> None:
    text = write_date(moment, form)
    assert len({str(found) for other in DateForm if (found := read_date(text, [other], PRAGUE))}) == 1


@given(st.text(max_size=60))
def test_any_text_is_a_date_or_none(text: str) -> None:
    read_date(text, DateForm, PRAGUE)


@given(
    st.from_regex(
        r"[0-9]{1,4}[.-] ?[0-9]{1,2}[.-] ?[0-9]{1,4}([T ][0-9]{1,2}:[0-9]{2}(:[0-9]{2})?Z?)?", fullmatch=True
    )
)
def test_whatever_is_read_has_an_end_in_utc(text: str) -> None:
    found = read_date(text, DateForm, PRAGUE)
    if found is not None:
        assert found.earliest(PRAGUE) <= found.end(PRAGUE)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.2.2026", ShopDate(date(2026, 2, 1))),
        ("01.02.2026", ShopDate(date(2026, 2, 1))),
        ("1. 2. 2026", ShopDate(date(2026, 2, 1))),
        ("21.11.2026 8:05", ShopDate(date(2026, 11, 21), time(8, 5))),
        ("21.11.2026 08:05:09", ShopDate(date(2026, 11, 21), time(8, 5, 9))),
        ("2026-11-21", ShopDate(date(2026, 11, 21))),
        ("2026-11-21 14:05", ShopDate(date(2026, 11, 21), time(14, 5))),
        ("2026-11-21T14:05:07", ShopDate(date(2026, 11, 21), time(14, 5, 7))),
        ("2026-11-21T14:05:07.123", ShopDate(date(2026, 11, 21), time(14, 5, 7))),
        ("2026-11-21T14:05:07Z", ShopDate(date(2026, 11, 21), time(15, 5, 7))),
        ("2026-06-30T23:30:00+00:00", ShopDate(date(2026, 7, 1), time(1, 30))),
        ("2024-02-29", ShopDate(date(2024, 2, 29))),
    ],
)
def test_forms_as_they_occur(text: str, expected: ShopDate) -> None:
    assert read_date(text, DateForm, PRAGUE) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "31.2.2026",
        "29.2.2026",
        "včera",
        "0000-00-00",
        "1.1.0001",
        "9999-12-31",
        "2100-01-01",
        "21.11.26",
        "11/21/2026",
        "2026-11-21 24:00",
        "2026-11-21 14:60",
        "2026-1-2",
        "20261121",
        "\u0662026-11-21",
        "2026-11-21T14:05:07+99:00",
        "2026-11-21 " * 20,
    ],
)
def test_what_no_calendar_has_is_no_date(text: str) -> None:
    assert read_date(text, DateForm, PRAGUE) is None


def test_a_form_that_the_profile_does_not_name_is_not_read() -> None:
    assert read_date("2026-11-21", [DateForm.CZECH_DAY], PRAGUE) is None
    assert read_date("5.11.2026 8:00", [DateForm.CZECH_DAY], PRAGUE) is None


def test_a_moment_is_written_as_its_own_clock_shows_it() -> None:
    moment = datetime(2026, 7, 1, 6, 5, 9, tzinfo=UTC).astimezone(PRAGUE)
    assert write_date(moment, DateForm.CZECH_SECONDS) == "1.7.2026 8:05:09"
    assert write_date(moment, DateForm.ISO_T_MINUTES) == "2026-07-01T08:05"
