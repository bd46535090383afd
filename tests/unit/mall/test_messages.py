"""What of an answer is told to people, and how long it asks to wait."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orderbridge.adapters.mall.answers import from_error
from orderbridge.adapters.mall.transport import TransportError
from orderbridge.domain.failure_policy import Call, CameBack
from orderbridge.ports import MarketplaceAnswer
from tests.unit.mall.judging import DETAIL, KEY, NOW, error, judged, read, received

# --- texts ----------------------------------------------------------------------------------------------


def test_the_message_and_the_error_codes_are_shown_on_one_line() -> None:
    body = error(
        400,
        message="Wrong\n status",
        errorCodes=[
            {"message": "Wrong\n status", "errorCode": "E1", "errorAttributes": {"name": "Jan Novák"}},
            {"message": "Too late", "errorCode": 17},
            {"message": "Last"},
            "Jan Novák",
            "E_2",
        ],
    )
    assert (
        judged(received(body, 400), Call.WRITE).message
        == "Wrong status; [E1]; Too late [17]; Last; [?]; [E_2]"
    )


def test_a_message_shows_no_secret_and_no_person_but_the_order() -> None:
    order = 777_123_456
    body = error(400, message=f"{order}: {KEY} jan@example.cz +420 777 123 457 /v1/orders?client_id=zz9")
    shown = judged(received(body, 400), order=order).message
    assert shown == "777123456: *** <e-mail> <phone> /v1/orders?client_id=***"


def test_a_message_is_cut() -> None:
    assert len(judged(received(error(500, message="long " * 1000), 500)).message) == 300


@pytest.mark.parametrize("came_back", CameBack)
def test_no_answer(came_back: CameBack) -> None:
    assert from_error(TransportError(came_back, "x")) == MarketplaceAnswer(came_back, message="x")


def test_nothing_of_the_customer_is_in_the_answer() -> None:
    answer = repr(read(DETAIL))
    assert not [word for word in ("Novák", "jan@", "777123456") if word in answer]


# --- waiting --------------------------------------------------------------------------------------------

LATER = (NOW + timedelta(seconds=90)).strftime("%a, %d %b %Y %H:%M:%S GMT")
DAY = 86400.0
HOURLY = "2875, 5750;w=86400, 2875;w=3600, 17250;w=60"


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({}, None),
        ({"Retry-After": "120"}, 120.0),
        ({"Retry-After": " 1.5 "}, 1.5),
        ({"Retry-After": "0"}, 0.0),
        ({"Retry-After": LATER}, 90.0),
        ({"Retry-After": "Fri, 20 Nov 2026 12:00:00 GMT"}, None),
        ({"Retry-After": "Fri, 20 Nov 2099 12:00:00 GMT"}, None),
        ({"Retry-After": "Sun, 22 Nov 2026 12:00:01 GMT"}, None),
        ({"Retry-After": "Sun, 22 Nov 2026 12:00:00 GMT"}, DAY),
        ({"Retry-After": "Thu, 01 Jan 1970 00:00:00 GMT"}, None),
        ({"Retry-After": "86400"}, DAY),
        ({"Retry-After": "86401"}, None),
        ({"Retry-After": "99999999999999999999"}, None),
        ({"Retry-After": "1795248000"}, None),  # seconds since 1970
        ({"Retry-After": "1795248000000"}, None),  # milliseconds since 1970
        ({"Retry-After": "1795248000.25"}, None),
        ({"Retry-After": "-1795248000"}, None),
        ({"Retry-After": "1e5"}, None),
        ({"Retry-After": "1_000"}, None),
        ({"Retry-After": "1795248000", "X-RateLimit-Reset": "30"}, 30.0),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": "inf"}, None),
        ({"Retry-After": "nan"}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "Fri, 99 Foo 2026 99:99:99 GMT"}, None),
        ({"Retry-After": ", , ::"}, None),
        ({"X-RateLimit-Reset": "30"}, 30.0),
        ({"X-RateLimit-Reset": "1795248000"}, None),
        ({"X-RateLimit-Reset": "1795248000000"}, None),
        ({"X-RateLimit-Reset": "nan"}, None),
        ({"X-RateLimit-Reset": "3600000"}, None),  # an hour in milliseconds
        ({"X-RateLimit-Reset": "60000", "X-RateLimit-Limit": HOURLY}, None),  # a minute in milliseconds
        ({"Retry-After": "60000", "X-RateLimit-Limit": HOURLY}, None),
        ({"X-RateLimit-Reset": "3600", "X-RateLimit-Limit": HOURLY}, 3600.0),
        ({"X-RateLimit-Reset": "3601", "X-RateLimit-Limit": HOURLY}, None),
        ({"X-RateLimit-Reset": "60000", "X-RateLimit-Limit": "5750, 5750;w=86400, 2875;w=3600"}, 60_000.0),
        ({"X-RateLimit-Reset": "60000", "X-RateLimit-Limit": "10, 5750;w=86400, 2875;w=3600"}, 60_000.0),
        ({"X-RateLimit-Reset": "60000", "X-RateLimit-Limit": "10, 10;w=0"}, 60_000.0),
        ({"X-RateLimit-Reset": "n/a"}, None),
        ({"X-RateLimit-Reset": "-1"}, None),
        ({"Retry-After": "soon", "X-RateLimit-Reset": "30"}, 30.0),
        ({"Retry-After": "7", "X-RateLimit-Reset": "30"}, 7.0),
        ({"X-RateLimit-Limit": "2875", "X-RateLimit-Remaining": "x"}, None),
    ],
)
def test_how_long_a_limited_call_waits(headers: dict[str, str], wait: float | None) -> None:
    for body, status in ((error(429, "LIMITED"), 429), (error(429, "LIMITED"), 200), (b"", 429)):
        answer = judged(received(body, status, headers=headers))
        assert answer.came_back is CameBack.LIMITED
        assert answer.retry_after == wait


def test_the_reset_of_the_limit_says_nothing_about_other_failures() -> None:
    headers = {"X-RateLimit-Reset": "30"}
    assert judged(received(b"", 503, headers=headers)).retry_after is None
    assert judged(received(b"", 503, headers={"Retry-After": "9"})).retry_after == 9.0
    assert read(DETAIL).retry_after is None


@settings(deadline=None)
@given(st.text(max_size=40), st.text(max_size=40))
def test_no_header_makes_it_fail(retry_after: str, reset: str) -> None:
    headers = {"Retry-After": retry_after, "X-RateLimit-Reset": reset}
    wait = judged(received(b"", 429, headers=headers)).retry_after
    assert wait is None or 0 <= wait <= DAY
