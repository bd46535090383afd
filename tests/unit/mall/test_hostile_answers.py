"""Answers that would cost much: what is in them is counted before it is made."""

from __future__ import annotations

import tracemalloc
from typing import TYPE_CHECKING

import pytest

from orderbridge.adapters.mall.answers import from_received
from orderbridge.adapters.mall.fields import MAX_OBJECTS, MAX_REASONS
from orderbridge.adapters.mall.lists import MAX_ENTRIES, page_from
from orderbridge.adapters.mall.order_detail import order_detail_from
from orderbridge.domain.codes.answers import AnswerReason
from orderbridge.domain.facts import Term
from orderbridge.domain.failure_policy import CallResult
from orderbridge.domain.reasons import because
from tests.reasons import codes_in, words_of
from tests.unit.mall.judging import DETAIL, OK, ORDER, asked, error, judged, read, received

if TYPE_CHECKING:
    from collections.abc import Callable

MILLION = 1_000_000
AN_ANSWER = b'{"result":{"code":200,"status":"OK"},"data":%s}'


def memory_of(work: Callable[[], object]) -> int:
    """Bytes that `work` took at its peak."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("entry", [b"10085339", b"{}", b"[]", b'""', b'{"id":7,"status":"open"}'])
def test_a_page_of_a_million_entries_is_refused_before_one_of_them_is_made(entry: bytes) -> None:
    answer = received(AN_ANSWER % (b"[" + b",".join([entry] * MILLION) + b"]"))

    page = page_from(answer, asked(order=None))
    took = memory_of(lambda: page_from(answer, asked(order=None)))

    assert page.answer.call_result is CallResult.BROKEN_BODY
    assert codes_in(page.answer.reason) == ["answer.too_much"]
    assert not page.orders
    assert took < MILLION


def test_a_page_may_have_more_entries_than_were_asked_for_but_not_any_number() -> None:
    fits = page_from(received({"result": OK, "data": list(range(1, MAX_ENTRIES + 1))}), asked(order=None))
    more = page_from(received({"result": OK, "data": list(range(1, MAX_ENTRIES + 2))}), asked(order=None))

    assert len(fits.orders) == MAX_ENTRIES
    assert more.answer.call_result is CallResult.BROKEN_BODY
    assert more.orders == ()


def test_a_page_of_a_thousand_whole_orders_is_read() -> None:
    data = [DETAIL | {"id": number, "items": DETAIL["items"] * 5} for number in range(1, 1001)]

    assert len(page_from(received({"result": OK, "data": data}), asked(order=None)).orders) == 1000


@pytest.mark.parametrize("name", ["items", "ulozenka_status_history", "branches"])
def test_of_an_order_s_lists_no_more_is_made_than_an_order_has(name: str) -> None:
    answer = received({"result": OK, "data": DETAIL | {name: [{}] * 90_000}})

    took = memory_of(lambda: from_received(answer, asked()))

    assert from_received(answer, asked()).call_result is CallResult.OK
    # The JSON itself takes 7 MB.
    assert took < 12 * MILLION


def test_of_a_long_history_the_newest_word_counts() -> None:
    step = {"name": "old", "date": "2026-11-20 08:00:00"}
    newest = {"name": "ready at pickup", "date": "2026-11-21 08:00:00"}
    view = read(DETAIL | {"ulozenka_status_history": [step] * (2 * MAX_OBJECTS) + [newest]}).view

    assert view is not None
    assert view.collect_at == "ready at pickup"


def test_an_order_of_more_lines_than_are_read_is_not_written_into_the_shop_in_part() -> None:
    data = DETAIL | {"items": DETAIL["items"] * (MAX_OBJECTS + 1)}

    answer = order_detail_from(received({"result": OK, "data": data}), asked(), ORDER)

    assert answer.order is None
    assert answer.answer.call_result is CallResult.BROKEN_BODY
    assert answer.answer.reason == because(AnswerReason.UNREADABLE, places=(Term("items"),))


@pytest.mark.parametrize("number", ["1." + "1" * 1000, "9" * 4000, int("9" * 4000), "1e999999999"])
def test_a_number_of_absurd_length_is_none(number: object) -> None:
    answer = order_detail_from(received({"result": OK, "data": DETAIL | {"cod": number}}), asked(), ORDER)

    assert answer.answer.call_result is CallResult.BROKEN_BODY


def test_a_number_beyond_what_python_reads_is_no_answer() -> None:
    assert judged(received(AN_ANSWER % (b"9" * 5000))).call_result is CallResult.BROKEN_BODY


def test_of_many_reasons_the_first_are_told() -> None:
    codes = [f"E{number}" for number in range(10 * MAX_REASONS)]

    answer = judged(received(error(400, errorCodes=codes), 400))

    assert "E1]" in words_of(answer.reason)
    assert f"E{MAX_REASONS}]" not in words_of(answer.reason)
