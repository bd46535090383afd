"""The vocabulary of date forms."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from orderbridge.adapters.fastcentrik.profile.dates import DateForm, read_date, write_date
from orderbridge.domain.dates import ShopDate
from orderbridge.errors import ExportProblemError
from tests.unit.fastcentrik.documents import changed, one, xml, xml_order

PRAGUE = ZoneInfo("Europe/Prague")
DAY_FIRST = [form for form in DateForm if not form.month_first]
MONTH_FIRST = [form for form in DateForm if form.month_first is not False]
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31, 23, 59, 59))  # noqa: DTZ001 - a clock's reading
FORMS = st.sampled_from(DateForm)


def expected(moment: datetime, form: DateForm) -> ShopDate:
    """`moment` to the precision of `form`; midnight is none."""
    clock = moment.time().replace(microsecond=0)
    if "ss" not in form:
        clock = clock.replace(second=0)
    return ShopDate(moment.date(), clock if "mm" in form and clock != time.min else None)


@given(MOMENTS, FORMS)
@example(datetime(2026, 11, 22, 12, 0), DateForm.AMERICAN_12_MINUTES)  # noqa: DTZ001
@example(datetime(2026, 11, 22, 0, 30), DateForm.AMERICAN_12_MINUTES)  # noqa: DTZ001
def test_what_is_written_is_read_back_to_the_precision_of_the_form(moment: datetime, form: DateForm) -> None:
    assert read_date(write_date(moment, form), [form], PRAGUE) == expected(moment, form)


@given(MOMENTS, FORMS)
def test_no_text_fits_forms_that_disagree(moment: datetime, form: DateForm) -> None:
    text = write_date(moment, form)
    forms = [other for other in DateForm if other.month_first in {None, form.month_first}]
    assert len({str(found) for other in forms if (found := read_date(text, [other], PRAGUE))}) == 1


class TestMidnight:
    """What a database, a date picker or a table program makes of a day is no time of day."""

    DAY = ShopDate(date(2026, 11, 22))
    TEXTS = pytest.mark.parametrize(
        "text",
        [
            "22.11.2026 0:00",
            "22.11.2026 00:00",
            "22.11.2026 0:00:00",
            "22. 11. 2026 0:00:00",
            "22.11.2026 0:00:00 +01:00",
            "22.11.2026 12:00:00 AM",
            "22.11.2026 12:00:00 dop.",
            "2026-11-22 00:00",
            "2026-11-22 00:00:00",
            "2026-11-22 00:00:00.0000000",
            "2026-11-22 00:00:00,000",
            "2026-11-22 00:00:00.0000000 +01:00",
            "2026-11-22 00:00:00+01",
            "2026-11-22 00:00:00 UTC",
            "2026-11-22T00:00",
            "2026-11-22T00:00:00.000",
            "2026-11-22T00:00:00Z",
            "2026-11-22T00:00:00+00:00",
            "2026-11-22T00:00:00.000+0100",
            "2026-11-22T00:00:00+02:00",
            "2026-11-22T00:00:00-05:00",
            "2026-11-21T23:00:00Z",
            "2026-11-21T23:00:00.000Z",
            "2026-11-21T23:00+00:00",
            "2026-11-22 12:00 am",
            "2026-11-22 12:00:00 a.m.",
            "22/11/2026 00:00:00",
            "22/11/2026 12:00:00 AM",
        ],
    )

    @TEXTS
    def test_is_a_day_without_a_time(self, text: str) -> None:
        assert read_date(text, DAY_FIRST, PRAGUE) == self.DAY

    def test_also_where_the_month_comes_first(self) -> None:
        for text in ("11/22/2026 0:00", "11/22/2026 12:00:00 AM", "11/22/2026 12:00 AM"):
            assert read_date(text, MONTH_FIRST, PRAGUE) == self.DAY

    def test_in_summer_too(self) -> None:
        for text in ("2026-06-30T22:00:00Z", "2026-07-01T00:00:00+02:00", "2026-07-01T00:00:00+01:00"):
            assert read_date(text, DateForm, PRAGUE) == ShopDate(date(2026, 7, 1))

    @TEXTS
    def test_is_a_time_where_the_profile_says_that_times_are_real(self, text: str) -> None:
        found = read_date(text, DAY_FIRST, PRAGUE, midnight="time")
        assert found is not None
        assert found.time is not None

    @pytest.mark.parametrize(
        ("text", "clock"),
        [
            ("22.11.2026 0:01", time(0, 1)),
            ("22.11.2026 12:00 AM", None),
            ("22.11.2026 12:00 PM", time(12, 0)),
            ("22.11.2026 12:30 AM", time(0, 30)),
            ("22.11.2026 11:59:59 odp.", time(23, 59, 59)),
            ("2026-11-22 00:00:01", time(0, 0, 1)),
            ("2026-11-21T23:00:01Z", time(0, 0, 1)),
            ("2026-11-22T01:00:00Z", time(2, 0)),
        ],
    )
    def test_and_nothing_but_midnight(self, text: str, clock: time | None) -> None:
        assert read_date(text, DateForm, PRAGUE) == ShopDate(date(2026, 11, 22), clock)

    @given(st.dates(date(2001, 1, 1), date(2098, 12, 31)), st.integers(-14 * 60, 14 * 60), FORMS)
    def test_with_any_offset_is_the_day_that_is_written(
        self, day: date, minutes: int, form: DateForm
    ) -> None:
        sign, minutes = ("-" if minutes < 0 else "+"), abs(minutes)
        text = write_date(datetime.combine(day, time.min), form)
        if "mm" in form:
            text += f"{sign}{minutes // 60:02d}:{minutes % 60:02d}"
        assert read_date(text, [form], PRAGUE) == ShopDate(day)


class TestDayAndMonth:
    """What comes first is said by the profile, never guessed from a date."""

    def test_the_form_says_what_comes_first(self) -> None:
        assert read_date("05/06/2026", [DateForm.BRITISH_DAY], PRAGUE) == ShopDate(date(2026, 6, 5))
        assert read_date("05/06/2026", [DateForm.AMERICAN_DAY], PRAGUE) == ShopDate(date(2026, 5, 6))

    def test_a_date_that_only_the_other_order_can_mean_is_none(self) -> None:
        assert read_date("22/11/2026 8:05", MONTH_FIRST, PRAGUE) is None
        assert read_date("11/22/2026 8:05", DAY_FIRST, PRAGUE) is None

    @pytest.mark.parametrize("text", ["13:00 PM", "0:30 AM", "00:00 AM", "12:60 AM", "25:00"])
    def test_an_hour_that_no_clock_shows(self, text: str) -> None:
        assert read_date(f"22.11.2026 {text}", DateForm, PRAGUE) is None

    def test_a_profile_may_not_name_both(self) -> None:
        both = '"d.M.yyyy", "dd/MM/yyyy HH:mm", "M/d/yyyy", '
        with pytest.raises(ExportProblemError, match=r"profile\.day_or_month\(key=dates\.read\)"):
            changed("orders", '"d.M.yyyy", ', both)
        one_kind = changed("orders", '"d.M.yyyy", ', '"d.M.yyyy", "dd/MM/yyyy HH:mm", ')
        assert one_kind.dates.read[-3] == DateForm.BRITISH_MINUTES


def test_the_profile_says_whether_midnight_is_a_time() -> None:
    day, moment = ShopDate(date(2026, 11, 22)), ShopDate(date(2026, 11, 22), time.min)
    document = xml(xml_order(created="2026-11-22 00:00:00", delivery="22.11.2026 0:00"))
    for profile, date_of_both in (
        ("orders", day),
        (changed("orders", "[dates]", '[dates]\nmidnight = "day"'), day),
        (changed("orders", "[dates]", '[dates]\nmidnight = "time"'), moment),
    ):
        view = one(document, profile).view
        assert (view.created, view.delivery) == (date_of_both, date_of_both)


@given(st.text(max_size=60))
def test_any_text_is_a_date_or_none(text: str) -> None:
    read_date(text, DateForm, PRAGUE)


@given(
    st.from_regex(
        r"[0-9]{1,4}[./-] ?[0-9]{1,2}[./-] ?[0-9]{1,4}"
        r"([T ][0-9]{1,2}:[0-9]{2}(:[0-9]{2}([.,][0-9]{1,3})?)?( [AP]M)?(Z| ?[+-][0-9]{2}:?[0-9]{0,2})?)?",
        fullmatch=True,
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
        ("2026-11-21 14:05:07.123456", ShopDate(date(2026, 11, 21), time(14, 5, 7))),
        ("21.11.2026 14:05:07,5", ShopDate(date(2026, 11, 21), time(14, 5, 7))),
        ("21.11.2026 2:05:07 PM", ShopDate(date(2026, 11, 21), time(14, 5, 7))),
        ("2026-11-21 02:05 PM", ShopDate(date(2026, 11, 21), time(14, 5))),
        ("21.11.2026 14:05:07 +00:00", ShopDate(date(2026, 11, 21), time(15, 5, 7))),
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
        "21/21/2026",
        "2026-11-21 24:00",
        "2026-11-21T14:05:07+1:00",
        "2026-11-21T14:05:07+01:75",
        "2026-11-21T14:05:07.",
        "2026-11-21T14:05:07.1234567890",
        "2026-11-21 14:05 CET",
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
