"""What MALL says of the calls that are left: taken from every answer, and only where it makes sense."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orderbridge.adapters.mall.limits import MAX_CALLS, budget
from orderbridge.adapters.mall.lists import ListPage, page_from, whole_list
from orderbridge.adapters.mall.order_detail import order_detail_from
from orderbridge.domain.answers import MarketplaceAnswer
from orderbridge.domain.failure_policy import Call, CallResult
from orderbridge.domain.shops import Budget
from orderbridge.domain.views import ListedOrder
from tests.unit.mall.judging import DETAIL, NOW, OK, ORDER, asked, error, judged, received

NAMES = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")
DAY = 24 * 60 * 60


def headers(limit: object, remaining: object, reset: object) -> dict[str, str]:
    return dict(zip(NAMES, (str(limit), str(remaining), str(reset)), strict=True))


SAID = headers(2875, 17, 60)
HEARD = Budget(2875, 17, NOW + timedelta(seconds=61))


@pytest.mark.parametrize("call", Call)
@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"result": OK, "data": DETAIL}, 200),
        (b"", 200),
        (b"<html>", 200),
        (error(400), 400),
        (error(404), 404),
        (b"", 401),
        (b"", 500),
    ],
)
def test_every_answer_tells(body: object, status: int, call: Call) -> None:
    assert judged(received(body, status, headers=SAID), call).budget == HEARD
    assert judged(received(body, status), call).budget is None


def test_an_order_for_the_shop_and_a_page_of_a_list_tell_as_well() -> None:
    whole = received({"result": OK, "data": DETAIL}, headers=SAID)
    assert order_detail_from(whole, asked(), ORDER).answer.budget == HEARD
    page = received({"result": OK, "data": [DETAIL]}, headers=SAID)
    assert page_from(page, asked(order=None)).answer.budget == HEARD


@pytest.mark.parametrize(("body", "status"), [(b"", 429), (error(429, "LIMITED"), 200)])
def test_a_refusal_for_the_limit_says_how_long_it_lasts_instead(body: object, status: int) -> None:
    answer = judged(received(body, status, headers=headers(2875, 0, 60)))
    assert (answer.call_result, answer.retry_after, answer.budget) == (CallResult.LIMITED, 60, None)


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        (headers(2875, 2874, 3600), (2875, 2874, 3601)),
        (headers(" 2875", "0 ", " 0 "), (2875, 0, 1)),
        (headers(1, 1, DAY), (1, 1, DAY + 1)),
        (headers(2875, 2876, 60), None),  # more than all
        (headers(0, 0, 60), None),  # a key that may do nothing is refused otherwise
        (headers(MAX_CALLS + 1, 5, 60), None),
        (headers(2875, -1, 60), None),
        (headers(2875, 5, -1), None),
        (headers(2875, 5, DAY + 1), None),
        (headers(2875, 5, 1_795_248_000), None),  # a moment instead of seconds
        (headers(2875, 5, 1_795_248_000_000), None),  # and one in milliseconds
        (headers("2875, 5750;w=86400, 2875;w=3600", 5, 3600), (2875, 5, 3601)),
        (headers("2875, 5750;w=86400, 2875;w=3600", 5, 60_000), None),  # a minute in milliseconds
        (headers("5750, 5750;w=86400, 2875;w=3600", 5, 60_000), (5750, 5, 60_001)),
        (headers(2875, 5.5, 60), None),
        (headers(2875, "5, 6", 60), None),
        (headers(2875, "٣", 60), None),
        (headers(2875, "²", 60), None),
        (headers("many;w=often, ;;name=", "-", "soon"), None),
        ({name: SAID[name] for name in NAMES[:2]}, None),
        ({name: SAID[name] for name in NAMES[1:]}, None),
        ({NAMES[0]: "2875", NAMES[2]: "60"}, None),
        ({}, None),
    ],
)
def test_what_makes_no_sense_is_as_good_as_absent(
    said: dict[str, str], heard: tuple[int, int, int] | None
) -> None:
    expected = None if heard is None else Budget(*heard[:2], NOW + timedelta(seconds=heard[2]))
    assert budget(said, NOW) == expected


values = st.text(st.characters(codec=None), max_size=12) | st.integers(-(10**20), 10**20).map(str)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(NAMES), values))
def test_no_header_makes_it_fail(said: dict[str, str]) -> None:
    answer = judged(received({"result": OK, "data": DETAIL}, headers=said))
    assert answer.call_result is CallResult.OK
    heard = answer.budget
    if heard is not None:
        assert 0 <= heard.remaining <= heard.limit <= MAX_CALLS
        assert NOW < heard.resets_at <= NOW + timedelta(seconds=DAY + 1)


def test_no_page_is_asked_for_when_no_call_is_left() -> None:
    asked_for: list[int] = []

    def page_of(number: int) -> ListPage:
        asked_for.append(number)
        left = Budget(100, 3 - number, NOW)
        answer = MarketplaceAnswer(CallResult.OK, http_status=200, budget=left)
        return ListPage(answer, (ListedOrder(number, None),), pages=5)

    found = whole_list(page_of, lambda: True, 1)
    assert (found.calls, asked_for, found.orders) == (3, [1, 2, 3], ())
    assert found.answer == MarketplaceAnswer(CallResult.LIMITED, budget=Budget(100, 0, NOW))
