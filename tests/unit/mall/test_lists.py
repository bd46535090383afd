"""A page of a list out of an answer, and a whole list out of pages, however the server counts them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orderbridge.adapters.mall.lists import MAX_PAGES, ListPage, page_from, whole_list
from orderbridge.domain.answers import ListAnswer, MarketplaceAnswer
from orderbridge.domain.codes.answers import AnswerReason
from orderbridge.domain.failure_policy import CallResult
from orderbridge.domain.reasons import Reason, because
from orderbridge.domain.statuses import MarketplaceStatus
from orderbridge.domain.views import ListedOrder, MarketplaceView
from tests.reasons import they_said
from tests.unit.mall.judging import DETAIL, OK, ORDER, VIEW, asked, error, json_values, known_keys, received

OPEN = MarketplaceView(MarketplaceStatus.OPEN, confirmed=False)


def page(body: object, status: int = 200, zone: str = "Europe/Prague") -> ListPage:
    return page_from(received(body, status), asked(zone=zone, order=None, duration_ms=12))


def listed(data: object, **more: object) -> ListPage:
    return page({"result": OK, "data": data, **more})


# --- a page ---------------------------------------------------------------------------------------------


def test_basic_objects() -> None:
    found = listed([{"id": 5, "status": "open", "test": True}, {"id": "6", "status": "OPEN", "test": "0"}])
    assert found.answer == MarketplaceAnswer(CallResult.OK, http_status=200, duration_ms=12)
    assert found.orders == (
        ListedOrder(5, replace(OPEN, test=True), test=True),
        ListedOrder(6, OPEN, test=False),
    )
    assert (found.left_out, found.pages) == (0, None)


def test_an_order_s_view_is_as_a_read_gives_it_without_what_only_the_detail_has() -> None:
    more = {"ready_to_return": True, "branch_id": 7}
    assert listed([DETAIL | more]).orders == (ListedOrder(ORDER, replace(VIEW, items=())),)
    utc = page({"result": OK, "data": [DETAIL]}, zone="UTC").orders[0].view
    assert utc is not None
    assert utc.opened_at == datetime(2026, 11, 20, 8, 0, tzinfo=UTC)


def test_bare_numbers() -> None:
    assert listed([5, "6", 7.0, str(2**63 - 1)]).orders == tuple(
        ListedOrder(number, None) for number in (5, 6, 7, 2**63 - 1)
    )


@pytest.mark.parametrize("status", [None, "", "sent", 7, [], {}])
def test_an_order_whose_status_cannot_be_read_stands_as_its_number(status: object) -> None:
    assert listed([{"id": 5, "status": status, "test": 1}]).orders == (ListedOrder(5, None, test=True),)


@pytest.mark.parametrize(
    "entry",
    [
        {},
        {"id": None},
        {"id": True},
        {"id": 0},
        {"id": -5},
        {"id": 2**63},
        {"id": "x"},
        None,
        True,
        [],
        [5],
        1.5,
    ],
)
def test_an_entry_without_a_usable_number_is_left_out(entry: object) -> None:
    found = listed([entry, 6])
    assert found.answer.call_result is CallResult.OK
    assert [order.mall_order_id for order in found.orders] == [6]
    assert found.left_out == 1


@pytest.mark.parametrize(
    "body", [{"result": OK}, {"result": OK, "data": None}, {"result": {"status": "ok"}, "data": []}]
)
def test_an_empty_list_is_a_good_answer(body: object) -> None:
    for found in (page(body), listed({})):
        assert (found.answer.call_result, found.orders) == (CallResult.OK, ())


def test_a_list_as_php_writes_it() -> None:
    first, second = {"id": 5, "status": "open"}, {"id": 6, "status": "open"}
    assert [order.mall_order_id for order in listed({"0": first, "2": second}).orders] == [5, 6]
    assert [order.mall_order_id for order in listed({"0": 5, "2": "6"}).orders] == [5, 6]


@pytest.mark.parametrize(
    "data", ["", "open", 0, 7, True, False, DETAIL, {"0": 5, "next": {"id": 6}}, {"error": "none"}]
)
def test_something_else_in_place_of_a_list_is_broken(data: object) -> None:
    found = listed(data)
    assert (found.answer.call_result, found.orders) == (CallResult.BROKEN_BODY, ())
    assert found.answer.reason == because(AnswerReason.NO_LIST)


@pytest.mark.parametrize(
    "body", [{}, {"data": []}, {"data": None}, {"result": {}}, {"result": [], "data": []}]
)
def test_an_answer_that_does_not_say_it_is_mall_s_is_no_empty_list(body: object) -> None:
    assert page(body).answer.call_result is CallResult.BROKEN_BODY


@pytest.mark.parametrize(
    ("body", "status", "call_result"),
    [
        (b"", 200, CallResult.EMPTY_BODY),
        ({"result": OK, "data": [], "errorCodes": [{"errorCode": "X"}]}, 200, CallResult.REJECTED),
        ({"result": OK, "data": [DETAIL], "errorCodes": ["X"]}, 200, CallResult.REJECTED),
        (b" ", 204, CallResult.EMPTY_BODY),
        (b"[]", 200, CallResult.BROKEN_BODY),
        (b"null", 200, CallResult.BROKEN_BODY),
        (b"<html>", 200, CallResult.BROKEN_BODY),
        (error(429, "LIMITED") | {"data": [5]}, 200, CallResult.LIMITED),
        (error(401) | {"data": [5]}, 200, CallResult.UNAUTHORIZED),
        ({"result": OK, "data": [5]}, 500, CallResult.SERVER_ERROR),
        (b"<h1>Not Found</h1>", 404, CallResult.UNEXPECTED),
        (b"", 302, CallResult.UNEXPECTED),
    ],
)
def test_a_page_fails_by_the_rules_of_a_read(body: object, status: int, call_result: CallResult) -> None:
    found = page(body, status)
    assert (found.answer.call_result, found.answer.http_status) == (call_result, status)
    assert (found.orders, found.answer.view) == ((), None)


@pytest.mark.parametrize("cut", ["late", "lost", "too large"])
def test_a_page_that_is_cut_says_nothing(cut: str) -> None:
    whole = received({"result": OK, "data": [5]}, cut=cut)
    found = page_from(whole, asked(order=None))
    assert found.answer.call_result is not CallResult.OK
    assert found.orders == ()


@pytest.mark.parametrize(
    ("paging", "pages"),
    [
        ({"pages": 3, "size": 1, "page": 1}, 3),
        ({"pages": "3"}, 3),
        ([{"pages": 3}], 3),
        ({"pages": "many"}, None),
        ({}, None),
        (None, None),
        ("3", None),
        ({"pages": -1}, -1),
    ],
)
def test_how_many_pages_there_are(paging: object, pages: int | None) -> None:
    assert listed([5], paging=paging).pages == pages


@settings(max_examples=40, deadline=None)
@given(st.lists(json_values | st.dictionaries(known_keys, json_values), max_size=5))
def test_no_list_makes_it_fail(data: list[Any]) -> None:
    found = listed(data)
    assert found.answer.call_result is CallResult.OK
    assert len(found.orders) + found.left_out == len(data)
    assert all(0 < order.mall_order_id < 2**63 for order in found.orders)


@settings(max_examples=60, deadline=None)
@given(
    json_values
    | st.fixed_dictionaries({}, optional=dict.fromkeys(["result", "data", "paging"], json_values)),
    st.integers(100, 999),
)
def test_no_document_makes_it_fail(body: object, status: int) -> None:
    found = page(body, status)
    assert found.orders == () or found.answer.call_result is CallResult.OK


# --- a whole list ---------------------------------------------------------------------------------------


class Server:
    """Gives `pages` one after the other, then the last one for ever; `asked_for` are the numbers it was asked for."""

    def __init__(self, *pages: ListPage) -> None:
        self.pages = pages
        self.asked_for: list[int] = []
        self.late_after = 1_000
        self.page_size = 1_000

    def __call__(self, number: int) -> ListPage:
        self.asked_for.append(number)
        return self.pages[min(number, len(self.pages)) - 1]

    def read(self) -> ListAnswer:
        answer = whole_list(self, lambda: len(self.asked_for) < self.late_after, self.page_size)
        assert self.asked_for == list(range(1, answer.calls + 1))
        return answer


def of(*numbers: int, pages: int | None = None, left_out: int = 0) -> ListPage:
    orders = tuple(ListedOrder(number, OPEN) for number in numbers)
    return ListPage(MarketplaceAnswer(CallResult.OK, http_status=200), orders, left_out, pages)


def not_whole(note: Reason) -> Reason:
    return because(AnswerReason.NOT_WHOLE, notes=(note,))


def numbers_of(answer: ListAnswer) -> list[int]:
    return [order.mall_order_id for order in answer.orders]


@pytest.mark.parametrize("pages", [None, 1, 0, -7])
def test_one_page_is_one_call(pages: int | None) -> None:
    answer = Server(of(1, 2, pages=pages)).read()
    assert (numbers_of(answer), answer.calls, answer.answer.reason) == ([1, 2], 1, None)


def test_an_empty_list_is_one_call() -> None:
    for pages in (None, 0, 1, 9):
        answer = Server(of(pages=pages)).read()
        assert (answer.answer.call_result, answer.orders, answer.calls) == (CallResult.OK, (), 1)


def test_pages_are_followed_as_they_say() -> None:
    answer = Server(of(1, 2, pages=3), of(3, 4, pages=3), of(5, pages=3)).read()
    assert (numbers_of(answer), answer.calls) == ([1, 2, 3, 4, 5], 3)


def test_a_list_that_is_not_whole_in_time_has_failed() -> None:
    server = Server(of(1, pages=3), of(2, pages=3), of(3, pages=3))
    server.late_after = 2
    answer = server.read()
    assert (answer.answer.call_result, answer.orders, answer.calls) == (CallResult.TIMEOUT, (), 2)


def test_the_latest_word_on_the_number_of_pages_counts() -> None:
    assert Server(of(1, pages=2), of(2, pages=3), of(3, pages=3)).read().calls == 3
    assert Server(of(1, pages=3), of(2, pages=2), of(3, pages=2)).read().calls == 2
    for nothing in (None, 0, -1):
        assert Server(of(1, pages=3), of(2, pages=nothing), of(3, pages=nothing)).read().calls == 3


def test_an_order_on_two_pages_is_taken_as_it_stood_first() -> None:
    moved = ListPage(
        MarketplaceAnswer(CallResult.OK), (ListedOrder(2, None, test=True), ListedOrder(3, None)), 0, 2
    )
    answer = Server(of(1, 2, pages=2), moved).read()
    assert answer.orders == (ListedOrder(1, OPEN), ListedOrder(2, OPEN), ListedOrder(3, None))


def not_counting(*pages: ListPage, page_size: int = 2) -> Server:
    """A server that does not say how many pages there are, and gives `page_size` entries on a full one."""
    server = Server(*pages)
    server.page_size = page_size
    return server


@pytest.mark.parametrize("pages", [None, 0, -7])
def test_without_a_number_of_pages_a_full_page_is_followed_by_the_next(pages: int | None) -> None:
    full, half, none = of(1, 2, pages=pages), of(3, pages=pages), of(pages=pages)
    for rest, calls in (((half,), 2), ((none,), 2), ((of(3, 4, pages=pages), half), 3)):
        answer = not_counting(full, *rest).read()
        assert (answer.calls, answer.answer.reason) == (calls, None)
        assert numbers_of(answer) == [1, 2, *(o.mall_order_id for page in rest for o in page.orders)][:4]


def test_entries_without_a_number_fill_a_page_too() -> None:
    answer = not_counting(of(1, left_out=1), of(2)).read()
    assert (numbers_of(answer), answer.calls) == ([1, 2], 2)


def test_the_same_full_page_for_ever_is_asked_for_twice() -> None:
    answer = not_counting(of(1, 2)).read()
    assert (numbers_of(answer), answer.calls, answer.answer.reason) == ([1, 2], 2, None)


def test_full_pages_without_end_are_ended() -> None:
    answer = not_counting(*(of(number) for number in range(1, 3 * MAX_PAGES)), page_size=1).read()
    assert (answer.calls, len(answer.orders)) == (MAX_PAGES, MAX_PAGES)
    assert answer.answer.reason == not_whole(because(AnswerReason.MORE_PAGES, read=MAX_PAGES))
    last = not_counting(*(of(n) for n in range(1, MAX_PAGES)), of(), page_size=1).read()
    assert (last.calls, last.answer.reason) == (MAX_PAGES, None)


def test_full_pages_that_are_not_whole_in_time_have_failed() -> None:
    server = not_counting(of(1), of(2), of(3), page_size=1)
    server.late_after = 2
    answer = server.read()
    assert (answer.answer.call_result, answer.orders, answer.calls) == (CallResult.TIMEOUT, (), 2)
    assert answer.answer.reason == because(AnswerReason.MORE_PAGES_LATE, read=2)


@pytest.mark.parametrize("fails_at", [1, 2, 3])
def test_a_page_that_fails_is_the_failure_of_the_list(fails_at: int) -> None:
    pages = [of(number, pages=3) for number in (1, 2, 3)]
    pages[fails_at - 1] = ListPage(
        MarketplaceAnswer(CallResult.LIMITED, 429, they_said("slow down"), retry_after=7.0)
    )
    answer = Server(*pages).read()
    assert answer == ListAnswer(pages[fails_at - 1].answer, (), fails_at)


def test_a_server_that_gives_the_same_page_for_ever_is_asked_twice() -> None:
    answer = Server(of(1, 2, pages=2**62)).read()
    assert (numbers_of(answer), answer.calls) == ([1, 2], 2)


def test_a_server_that_promises_more_and_gives_nothing_is_believed_no_further() -> None:
    answer = Server(of(1, pages=50), of(pages=50)).read()
    assert (numbers_of(answer), answer.calls) == ([1], 2)


def test_a_list_without_end_is_ended() -> None:
    server = Server(*(of(number, pages=number + 1) for number in range(1, 3 * MAX_PAGES)))
    answer = server.read()
    assert answer.calls == MAX_PAGES
    assert len(answer.orders) == MAX_PAGES
    assert answer.answer.call_result is CallResult.OK
    more = because(AnswerReason.MORE_OF_PAGES, read=MAX_PAGES, pages=MAX_PAGES + 1)
    assert answer.answer.reason == not_whole(more)


def test_the_longest_list_is_read_whole() -> None:
    answer = Server(*(of(number, pages=MAX_PAGES) for number in range(1, MAX_PAGES + 1))).read()
    assert (answer.calls, len(answer.orders), answer.answer.reason) == (MAX_PAGES, MAX_PAGES, None)


def test_what_was_left_out_is_said() -> None:
    answer = Server(of(1, pages=2, left_out=2), of(2, pages=2, left_out=1)).read()
    assert answer.answer.reason == not_whole(because(AnswerReason.LEFT_OUT, entries=3))


@given(
    st.lists(
        st.tuples(st.lists(st.integers(1, 9), max_size=3), st.none() | st.integers(-2, 200)),
        min_size=1,
        max_size=9,
    ),
    st.integers(1, 4),
)
def test_whatever_a_server_counts_the_list_ends(
    pages: list[tuple[list[int], int | None]], page_size: int
) -> None:
    answer = not_counting(
        *(of(*numbers, pages=count) for numbers, count in pages), page_size=page_size
    ).read()
    assert answer.calls <= len(pages) + 1
    assert len(set(numbers_of(answer))) == len(answer.orders)
    assert set(numbers_of(answer)) == {n for numbers, _ in pages[: answer.calls] for n in numbers}
