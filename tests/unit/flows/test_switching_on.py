"""A shop with many old orders is switched on: one list tells of them all, and today's orders do not wait for them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

import pytest

from orderbridge.domain.codes.answers import AnswerReason
from orderbridge.domain.codes.orders import InSyncReason
from orderbridge.domain.export_content import MAX_LIST_WAIT
from orderbridge.domain.failure_policy import Call, CallResult
from orderbridge.domain.holds import HoldCode
from orderbridge.domain.planning import BULK_RECHECK
from orderbridge.domain.reasons import because
from orderbridge.domain.rules import Rules
from orderbridge.domain.statuses import MarketplaceStatus as M
from orderbridge.domain.statuses import ShopStatus as S
from orderbridge.flows.common import export_reading
from orderbridge.flows.common.export_reading import BULK_CHANGE
from orderbridge.flows.read_lists import read_list, request_lists
from orderbridge.flows.retry_transitions import retry_transitions
from tests.fakes import Fault
from tests.unit.flows.in_memory_product import InMemoryProduct
from tests.unit.flows.sequences import MINUTES, linking
from tests.unit.flows.switching_on import switching_on
from tests.unit.flows.test_reserve import LIMIT, LOW, counted

if TYPE_CHECKING:
    from orderbridge.domain.answers import ListAnswer

Mode = Literal["off", "link", "create"]
MODES: tuple[Mode, ...] = ("off", "link", "create")
OLD = range(1, 9)
TODAY = 50


@pytest.fixture(autouse=True)
def a_crowd_is_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_reading, "BULK_CHANGE", 3)


def with_old_orders(mode: Mode = "link") -> InMemoryProduct:
    """A shop with old orders, and one of today's that it has packed, is about to be fetched for the first time."""
    product = linking(mode)
    product.lists = False
    for number in OLD:
        product.mall.hold(number, M.DELIVERED, confirmed=True)
        product.clerk(number, S.SETTLED)
    product.mall.hold(TODAY)
    product.clerk(TODAY, S.HANDLED)
    return product


def lists(product: InMemoryProduct) -> list[str]:
    """Reads the lists that were asked for."""
    asked = product.queues.take_lists()
    for request in asked:
        read_list(product, request)
    return [request.what for request in asked]


def feed(product: InMemoryProduct) -> list[str]:
    """The tick of the lists."""
    request_lists(product, "unconfirmed")
    return lists(product)


def switched_on(mode: Mode = "link") -> InMemoryProduct:
    product = with_old_orders(mode)
    product.fetch()
    assert lists(product) == ["reconcile"]
    product.settle()
    return product


def read(product: InMemoryProduct) -> list[int]:
    """The orders that were read at MALL one by one."""
    return [call.mall_order_id for call in product.mall.calls if call.call is Call.READ]


def due(product: InMemoryProduct) -> None:
    retry_transitions(product)
    product.settle()


@pytest.mark.parametrize("mode", MODES)
def test_one_list_tells_of_all_old_orders_and_todays_goes_out(mode: Mode) -> None:
    product = switched_on(mode)
    assert set(read(product)) <= {TODAY}
    assert product.mall.lists == 1
    assert product.held(TODAY) is M.SHIPPING
    order = product.order(1)
    assert (order.work.step, order.work.hold, order.work.recheck_at) == (None, None, None)
    assert order.work.explanation is not None
    assert order.work.explanation.code is InSyncReason.NOT_LISTED


@pytest.mark.parametrize("mode", MODES)
def test_the_old_orders_wait_for_the_list_and_no_longer(mode: Mode) -> None:
    product = with_old_orders(mode)
    product.fetch()
    product.settle()
    assert read(product) == []
    lists(product)
    product.settle()
    assert product.held(TODAY) is M.SHIPPING
    product.clock.advance(BULK_RECHECK)
    due(product)
    assert product.order(1).work.recheck_at is None
    assert set(read(product)) <= {TODAY}


def test_an_old_order_is_read_once_the_shop_changes_it() -> None:
    product = switched_on()
    product.clerk(1, S.CANCELED)
    product.tick()
    assert 1 in read(product)
    assert product.order(1).marketplace.observed is not None


def test_what_a_list_shows_later_counts() -> None:
    product = switched_on()
    product.mall.orders[2] = product.mall.orders[TODAY]
    product.mall.changes(2, status=M.OPEN)
    product.read_list()
    product.settle()
    assert product.held(2) is M.SHIPPED


def test_the_message_of_a_listed_order_may_come_after_the_list_counts() -> None:
    product = with_old_orders()
    product.fetch()
    shop_updates = product.queues.take_changes()
    lists(product)
    listed = product.queues.take_changes()
    for message in (*shop_updates, *listed):
        product.map(message)
    product.settle()
    assert product.held(TODAY) is M.SHIPPING


def test_a_list_that_names_numbers_only_has_its_orders_read() -> None:
    product = with_old_orders()
    product.mall.bare_lists = True
    product.fetch()
    lists(product)
    product.settle()
    assert read(product) == [TODAY]
    assert product.held(TODAY) is M.SHIPPING


def test_a_number_that_mall_does_not_know_is_told_while_the_shop_works_on_the_order() -> None:
    product = with_old_orders()
    product.clerk(77, S.HANDLED)
    product.fetch()
    lists(product)
    product.settle()
    hold = product.order(77).work.hold
    assert hold is not None
    assert hold.code is HoldCode.NOT_AT_MARKETPLACE


def test_a_list_from_before_the_bulk_change_says_nothing_of_it() -> None:
    product = with_old_orders()
    product.read_list("reconcile")
    product.clock.advance(MINUTES)
    product.mall.hold(TODAY + 1)
    product.clerk(TODAY + 1, S.SETTLED)
    product.fetch()
    product.settle()
    assert product.order(TODAY + 1).marketplace.unlisted_at is None
    lists(product)
    product.settle()
    assert product.held(TODAY + 1) is M.SHIPPED


def test_a_few_orders_are_read_at_once_without_a_list() -> None:
    product = linking()
    product.mall.hold(1)
    product.clerk(1, S.HANDLED)
    product.fetch()
    product.settle()
    assert product.queues.take_lists() == []
    assert product.held(1) is M.SHIPPING


def test_an_order_that_comes_after_the_bulk_change_is_read_at_once() -> None:
    product = switched_on()
    product.clock.advance(MINUTES)
    product.mall.hold(60)
    product.clerk(60, S.SETTLED)
    product.fetch()
    product.settle()
    assert product.held(60) is M.SHIPPED


@pytest.mark.parametrize("mode", MODES)
def test_a_list_that_does_not_come_is_asked_for_again(mode: Mode) -> None:
    product = with_old_orders(mode)
    product.mall.list_fault = Fault(CallResult.SERVER_ERROR)
    product.fetch()
    lists(product)
    product.settle()
    assert read(product) == []
    product.clock.advance(15 * MINUTES)
    product.mall.list_fault = None
    assert "reconcile" in feed(product)
    product.settle()
    assert product.held(TODAY) is M.SHIPPING
    product.clock.advance(15 * MINUTES)
    assert "reconcile" not in feed(product)


def test_without_a_list_for_a_day_they_are_read_and_leave_the_reserve_alone() -> None:
    product = with_old_orders()
    product.mall.list_fault = Fault(CallResult.FORBIDDEN)
    product.fetch()
    lists(product)
    product.settle()
    product.clock.advance(MAX_LIST_WAIT)
    product.mall.hold(61)
    product.clerk(61, S.SETTLED)
    window = counted(product, LOW)
    product.fetch()
    product.settle()
    assert product.held(61) is M.SHIPPED
    calls = len(product.mall.calls)
    due(product)
    assert len(product.mall.calls) == calls
    window.leave(LIMIT)
    product.ticks(2 * 60 * MINUTES, every=15 * MINUTES)
    assert set(read(product)) >= {*OLD, TODAY}
    assert product.held(TODAY) is M.SHIPPING


def test_with_import_off_the_list_decides_first_readings_and_nothing_else() -> None:
    product = with_old_orders("off")
    product.mall.hold(80, M.SHIPPED)
    product.fetch()
    lists(product)
    product.settle()
    product.ticks(timedelta(days=3), every=timedelta(hours=6))
    assert product.order(80).cases.drift is None
    assert product.order(80).work.step is None
    assert [change for change in product.mall.writes() if change.status is None] == []
    assert feed(product) == []
    assert product.read_list("reconcile").calls == 0


def test_a_bulk_change_of_known_orders_is_not_judged_by_a_list() -> None:
    product = switched_on()
    for number in (*OLD, TODAY):
        product.clerk(number, S.CANCELED)
    product.fetch()
    lists(product)
    product.settle()
    assert product.held(TODAY) is M.CANCELLED


def test_todays_orders_wait_no_longer_than_without_old_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_reading, "BULK_CHANGE", 100)
    with_old = switching_on(old=600, today=10, calls_a_day=200)
    without = switching_on(old=0, today=10, calls_a_day=200)
    assert with_old.median_wait <= without.median_wait + timedelta(seconds=1)
    assert with_old.longest_wait <= without.longest_wait + MINUTES
    assert with_old.calls == without.calls
    assert with_old.list_calls <= 3


@pytest.mark.parametrize("mode", ["off", "link"])
def test_a_list_that_never_comes_whole_is_asked_for_no_longer_than_somebody_waits(
    mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    product = InMemoryProduct(rules=Rules(import_mode=mode))  # type: ignore[arg-type]
    for number in range(1, BULK_CHANGE + 2):
        product.mall.hold(number)
        product.clerk(number, S.SETTLED)
    real, calls = product.mall.under_way, []

    def with_a_note(*, test: bool = False) -> ListAnswer:
        calls.append(product.clock.now())
        found = real(test=test)
        return replace(found, answer=replace(found.answer, reason=because(AnswerReason.LEFT_OUT, entries=1)))

    monkeypatch.setattr(product.mall, "under_way", with_a_note)
    product.tick()
    for _ in range(3 * 24):
        product.clock.advance(timedelta(hours=1))
        request_lists(product, "unconfirmed")
        for request in product.queues.take_lists():
            read_list(product, request)
        product.settle()
    assert calls[-1] - calls[0] <= timedelta(hours=25)
