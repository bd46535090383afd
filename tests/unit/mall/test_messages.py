"""What of an answer is told to people, and how long it asks to wait."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from orderbridge.adapters.mall.answers import from_error
from orderbridge.adapters.mall.reasons import KEPT_WORDS
from orderbridge.adapters.mall.transport import TransportError
from orderbridge.domain.answers import MarketplaceAnswer
from orderbridge.domain.facts import MAX_TEXT
from orderbridge.domain.failure_policy import Call, CallResult
from orderbridge.domain.statuses import fold
from sandbox.people import invent_person
from tests.reasons import ANY, words_of
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
    shown = words_of(judged(received(body, 400), Call.WRITE).reason)
    assert shown == "Wrong status; [E1]; Too late [17]; Last; [?]; [E_2]"


def test_a_message_shows_no_secret_and_no_person_but_the_order() -> None:
    order = 777_123_456
    body = error(
        400, message=f"{order}: {KEY} jan@example.cz +420 777 123 457 /v1/orders?client_id=zz9 is wrong"
    )
    shown = words_of(judged(received(body, 400), order=order).reason)
    assert shown == "… is wrong"


def test_a_message_is_cut() -> None:
    shown = words_of(judged(received(error(500, message="long " * 100_000), 500)).reason)
    assert len(shown) == MAX_TEXT


@pytest.mark.parametrize(
    "reason",
    [
        "Tracking number missing",
        "Order is already cancelled, which is final.",
        "Status cannot be changed from open to delivered.",
        "Status of an unconfirmed order cannot be changed.",
        "tracking_number is required",
        "Field 'delivered_at' must not be in the future!",
        "Transition open -> delivered isn't allowed (trackingUrl is empty).",
        "API rate limit exceeded.",
        "Access denied: invalid client_id",
        "MALL Delivery: ask for a label first.",
        "Objednávka je již stornována, stav nelze změnit.",
        "Chybí číslo zásilky",
        "Neplatný stav objednávky",
        "Objednávka nebola nájdená",
    ],
)
def test_a_reason_stays_readable(reason: str) -> None:
    shown = words_of(judged(received(error(400, message=reason), 400), Call.WRITE).reason)
    assert shown == reason.replace("nájdená", "…")


PERSONAL = [
    *("Jan Novák", "NOVÁK JAN", "novák", "Nova\u0301k", "Jiřina Nováková-Svobodová", "N.O.V.Á.K", "O'Brien"),
    *("Dlouhá 12", "Nám. Míru 3/4", "110 00 Praha 1", "České Budějovice", "Acme s.r.o.", "Новак", "诺瓦克"),
    *(
        "123456-1234567890/0800",
        "2000145399/0800",
        "CZ65 0800 0000 1920 0014 5399",
        "SK3112000000198742637541",
    ),
    *(
        "jan@novak.cz",
        "jan%40novak.cz",
        "jan (at) novak.cz",
        "+420 777 123 456",
        "777123456",
        "7 7 7 1 2 3 4 5 6",
    ),
    *("1980-05-12", "805512/1234", "a\u200bb\u202eNovák", "J\u200ban", "\uff19\uff19\uff19"),
]


@pytest.mark.parametrize("personal", PERSONAL)
@pytest.mark.parametrize(
    "text", ["Order of {} cannot be changed", "{}", "{}: status is missing", "the order is not valid ({})"]
)
def test_nobodys_data_is_in_a_message(personal: str, text: str) -> None:
    envelope = error(
        400,
        message=text.format(personal),
        errorCodes=[{"message": text.format(personal), "errorCode": personal}, {"errorCode": "E1"}],
    )
    telling = {word for word in re.split(r"[\s()]", personal) if word and fold(word) not in KEPT_WORDS}
    for call, status in ((Call.WRITE, 400), (Call.READ, 422), (Call.WRITE, 200)):
        shown = words_of(judged(received(envelope, status), call).reason)
        assert shown.endswith("[E1]")
        assert "…" in shown
        assert "[?]" in shown
        assert not [word for word in telling if len(word) > 1 and word in shown]
        assert not re.search(r"\d", shown.removesuffix("[E1]"))


@settings(deadline=None)
@given(st.text(max_size=80))
@example("OdA")
def test_only_words_of_the_list_are_in_a_message(text: str) -> None:
    """The words are few enough to read them all. A name such as ``trackingNumber`` is two words."""
    shown = words_of(judged(received(error(400, message=text), 400), Call.WRITE).reason)
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", shown.replace("'", ""))
    words = {fold(word) for word in re.findall(r"[^\W\d_]+", apart)}
    assert words <= KEPT_WORDS
    assert not any(char.isnumeric() for char in shown)


NAMES = """
    jan nova novak novy maly mala velky dlouha kratka cerny cerna bily bila vesely kral moc
    may will mark bill grant rob art rich hope grace joy dean chase young king short wood
"""


def test_no_word_of_the_list_is_a_name() -> None:
    common = [*NAMES.split()]
    common += [fold(part) for seed in range(200) for part in invent_person(seed).name.split()]
    common += [fold(part) for seed in range(200) for part in invent_person(seed).city.split()]
    assert KEPT_WORDS & {*common} == set()


@pytest.mark.parametrize("call_result", CallResult)
def test_no_answer(call_result: CallResult) -> None:
    assert from_error(TransportError(call_result, ANY)) == MarketplaceAnswer(call_result, reason=ANY)


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
        assert answer.call_result is CallResult.LIMITED
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
