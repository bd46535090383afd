"""Whatever a detail leaves out, adds or writes as text, it is read or refused, and nothing breaks."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orderbridge.domain.failure_policy import Call, CallResult
from tests.texts import said
from tests.unit.mall.judging import (
    DETAIL,
    NONSENSE,
    OK,
    ORDER,
    VIEW,
    json_values,
    judged,
    known_keys,
    read,
    received,
)

# --- tolerance (the order detail's open question) -------------------------------------------------------


def test_a_whole_detail() -> None:
    assert read(DETAIL).view == VIEW


def test_numbers_and_booleans_as_strings_mean_the_same() -> None:
    stringly = {
        key: str(value).lower() if isinstance(value, (bool, int)) else value for key, value in DETAIL.items()
    }
    assert stringly["confirmed"] == "true"
    assert read(stringly).view == VIEW


@pytest.mark.parametrize(
    ("value", "means"),
    [
        *[(yes, True) for yes in (True, 1, "1", "true", "True", "TRUE", " 1 ", 1.0)],
        *[
            (no, False)
            for no in cast("tuple[object, ...]", (False, 0, "0", "false", "", None, [], {}, "maybe", 2))
        ],
    ],
)
def test_confirmed_and_marketplace_delivery_in_every_form(value: object, means: bool) -> None:  # noqa: FBT001
    view = read({"id": ORDER, "status": "open", "confirmed": value, "mdp": value}).view
    assert view is not None
    assert (view.confirmed, view.marketplace_delivery) == (means, means)


@pytest.mark.parametrize(
    ("flags", "means"),
    [
        ({"mdp_classic": "1"}, True),
        ({"mdp_spectrum": True}, True),
        ({"mdp": "", "mdp_spectrum": True}, True),
        ({"mdp": False, "mdp_spectrum": True}, False),
        ({}, False),
    ],
)
def test_mdp_s_kinds_count_only_where_mdp_is_absent(flags: dict[str, object], means: bool) -> None:  # noqa: FBT001
    view = read({"id": ORDER, "status": "open", **flags}).view
    assert view is not None
    assert view.marketplace_delivery is means


def test_the_zone_of_the_times_is_a_setting() -> None:
    view = read(DETAIL, zone="UTC").view
    assert view is not None
    assert view.opened_at == datetime(2026, 11, 20, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-07-01 08:00:00", datetime(2026, 7, 1, 6, 0, tzinfo=UTC)),
        ("2026-07-01T08:00:00", datetime(2026, 7, 1, 6, 0, tzinfo=UTC)),
        ("2026-07-01T08:00:00+00:00", datetime(2026, 7, 1, 8, 0, tzinfo=UTC)),
        ("2026-07-01T08:00:00.250Z", datetime(2026, 7, 1, 8, 0, tzinfo=UTC)),
        ("2026-10-25 02:30:00", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        *[
            (bad, None)
            for bad in cast(
                "tuple[object, ...]",
                (
                    "",
                    None,
                    [],
                    1795248000,
                    "2026-11-20",
                    "0000-00-00 00:00:00",
                    "2026-13-01 00:00:00",
                    "2026-11-20 25:00:00",
                    "11/20/2026 10:00:00",
                    "0001-01-01 00:00:00",
                    "9999-12-31 23:59:59-01:00",
                    "9999-12-31 23:59:59",
                    "2100-01-01 01:00:00",
                    "1999-12-31 23:59:59Z",
                    "1970-01-01 00:00:00",
                    "soon",
                ),
            )
        ],
    ],
)
def test_times_that_make_no_sense_are_absent(text: object, moment: datetime | None) -> None:
    """Such as a far future one: a day added to it would be no date any more."""
    times = ("open", "shipped", "delivered_at", "delivered")
    answer = read({"id": ORDER, "status": "shipped", **dict.fromkeys(times, text)})
    assert answer.view is not None
    view = answer.view
    assert (view.opened_at, view.shipped_at, view.delivered_at) == (moment, moment, moment)


def test_a_delivery_that_makes_no_sense_gives_way_to_the_moment_of_the_status() -> None:
    view = read({**DETAIL, "delivered_at": "9999-12-31 23:59:59"}).view
    assert view is not None
    assert view.delivered_at == datetime(2026, 11, 21, 10, 0, 1, tzinfo=UTC)


@pytest.mark.parametrize("missing", [key for key in DETAIL if key != "status"])
def test_any_field_but_the_status_may_be_missing_or_nonsense(missing: str) -> None:
    without = {key: value for key, value in DETAIL.items() if key != missing}
    assert read(without).call_result is CallResult.OK
    for nonsense in () if missing == "id" else NONSENSE:
        assert read({**DETAIL, missing: nonsense, "brand_new": nonsense}).call_result is CallResult.OK


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(st.dictionaries(known_keys, json_values), st.sampled_from(Call))
def test_no_order_makes_it_fail(data: dict[str, object], call: Call) -> None:
    answer = judged(received({"result": OK, "data": data}), call)
    assert (answer.view is not None) == (call is Call.READ and answer.call_result is CallResult.OK)
    if answer.reason is not None:
        said(answer.reason).encode()


@settings(max_examples=40, deadline=None)
@given(
    json_values
    | st.fixed_dictionaries(
        {}, optional=dict.fromkeys(["result", "data", "paging", "errorCodes"], json_values)
    ),
    st.integers(100, 999),
    st.sampled_from(Call),
)
def test_no_document_makes_it_fail(body: object, status: int, call: Call) -> None:
    answer = judged(received(body, status), call)
    assert (answer.view is not None) == (call is Call.READ and answer.call_result is CallResult.OK)


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=200), st.sampled_from([200, 204, 404, 500]), st.sampled_from(Call))
def test_no_bytes_make_it_fail(body: bytes, status: int, call: Call) -> None:
    assert judged(received(body, status), call).call_result is not CallResult.OK
