"""What people ask for in a loop costs little, and every one of their wishes is carried out after it was made."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from orderbridge.domain.failure_policy import Call, CallResult
from orderbridge.domain.holds import HoldCode
from orderbridge.domain.shops import Budget
from orderbridge.domain.statuses import MarketplaceStatus as M
from orderbridge.domain.statuses import ShopStatus as S
from orderbridge.errors import NotFoundError
from orderbridge.flows.api.orders import retry
from orderbridge.flows.api.shops import reconcile, sync
from orderbridge.flows.common.call_budget import RESERVE_RECHECK
from orderbridge.flows.read_lists import ListOutcome, read_list
from tests.fakes import NOON, ManualClock
from tests.unit.flows.api_client import ApiClient
from tests.unit.flows.in_memory_product import SHOP, InMemoryProduct
from tests.unit.flows.sequences import MINUTES, linking, new_product, ship

if TYPE_CHECKING:
    from orderbridge.flows.read_lists import ListReport
    from orderbridge.messages import ListRequest

SECOND = timedelta(seconds=1)


def lists_read(product: InMemoryProduct) -> list[ListReport]:
    return [read_list(product, request) for request in product.queues.take_lists()]


def reads(product: InMemoryProduct) -> int:
    return sum(call.call is Call.READ for call in product.mall.calls)


class GoingClock(ManualClock):
    """Goes on while it is asked, as real ones do."""

    def now(self) -> datetime:
        return self.advance(seconds=0.001)


class TestSync:
    def test_a_first_request_is_carried_out_at_once_though_time_goes_on_meanwhile(self) -> None:
        product = new_product()
        product.clock = GoingClock()
        for ask in (sync, reconcile):
            assert "done_at" not in ApiClient(product).ask(ask)
        ((_, delay),) = product.queues.fetch_requests
        assert delay == 0 * SECOND

    def test_three_hundred_at_once_are_a_fetch_now_and_one_behind_it(self) -> None:
        product = new_product()
        answers = [ApiClient(product).ask(sync) for _ in range(300)]
        assert product.queues.take_fetches() == [SHOP, SHOP]
        assert [delay for _, delay in product.queues.fetch_requests] == [0 * SECOND, 5 * SECOND]
        assert [one.requested_at - NOON for one in product.queues.take_lists()] == [0 * SECOND, 5 * SECOND]
        assert "done_at" not in answers[0]
        assert answers[1]["done_at"] == "2026-11-20T12:00:05+00:00"
        assert answers[1]["result"]["code"] == "requested.later"
        assert answers[1]["result"]["facts"]["at"] == {"moment": "2026-11-20T12:00:05+00:00"}
        assert {answer["done_at"] for answer in answers[1:]} == {"2026-11-20T12:00:05+00:00"}
        assert answers[2]["result"]["code"] == "requested.already"

    def test_an_hour_of_them_is_a_fetch_a_minute(self) -> None:
        product = new_product()
        for _ in range(1_800):
            ApiClient(product).ask(sync)
            product.clock.advance(2 * SECOND)
        assert len(product.queues.take_fetches()) == len(product.queues.take_lists()) == 60 + 10

    def test_malls_list_is_read_when_it_was_said_to_be(self) -> None:
        product = linking()
        ApiClient(product).ask(sync)
        ApiClient(product).ask(sync)
        first, second = product.queues.take_lists()
        assert read_list(product, first).outcome is ListOutcome.READ
        waiting = read_list(product, second)
        assert (waiting.outcome, waiting.retry_in) == (ListOutcome.POSTPONED, 5 * SECOND)
        product.clock.advance(5 * SECOND)
        assert read_list(product, second).outcome is ListOutcome.READ
        assert read_list(product, second).outcome is ListOutcome.ANSWERED

    def test_a_reading_that_began_early_answers_no_later_request(self) -> None:
        """A message comes back a moment before its time. What people ask in that moment, it may have missed."""
        product = linking()
        ApiClient(product).ask(sync)
        ApiClient(product).ask(sync)
        _, second = product.queues.take_lists()
        product.clock.advance(4.2 * SECOND)
        assert read_list(product, second).outcome is ListOutcome.READ
        product.mall.hold(7)
        product.clock.advance(SECOND / 2)
        answer = ApiClient(product).ask(sync)
        (third,) = product.queues.take_lists()
        assert answer["done_at"] == third.requested_at.isoformat() == "2026-11-20T12:00:10+00:00"
        product.clock.set(third.requested_at)
        report = read_list(product, third)
        assert (report.outcome, report.handed_over) == (ListOutcome.READ, 1)

    def test_a_request_that_no_queue_takes_is_nobodys_promise(self) -> None:
        product = new_product()
        product.queues.fail_with = RuntimeError("no queue")
        with pytest.raises(RuntimeError, match="no queue"):
            ApiClient(product).ask(sync)
        product.queues.fail_with = None
        product.clock.advance(SECOND)
        answer = ApiClient(product).ask(sync)
        assert product.queues.take_fetches() == [SHOP]
        assert answer["done_at"] == "2026-11-20T12:00:05+00:00"


class TestReconcile:
    def test_one_that_waits_for_minutes_follows_a_later_reading_of_the_list(self) -> None:
        product = linking()
        waiting: list[ListRequest] = []
        for _ in range(60):
            ApiClient(product).ask(reconcile)
            waiting = [
                one for one in (*waiting, *product.queues.take_lists()) if read_list(product, one).retry_in
            ]
            product.clock.advance(SECOND)
        assert product.mall.lists == 3, "the burst"
        asked = ApiClient(product).ask(reconcile)
        due = product.feed_checkpoints.get(SHOP).reconcile_again_at
        assert due is not None
        assert asked["done_at"] == due.isoformat()
        assert due <= NOON + 6 * MINUTES
        product.read_list()
        assert lists_read(product) == []
        product.clock.set(due + SECOND)
        product.read_list()
        (report,) = lists_read(product)
        assert (report.what, report.outcome) == ("reconcile", ListOutcome.READ)

    def test_an_hour_of_them_is_one_in_five_minutes(self) -> None:
        product = linking()
        for _ in range(720):
            ApiClient(product).ask(reconcile)
            product.clock.advance(5 * SECOND)
        assert len(product.queues.take_lists()) == 12 + 3


class TestRetry:
    def held(self) -> InMemoryProduct:
        """An order on which both sides agree."""
        product = new_product(0)
        ship(product)
        product.clock.advance(MINUTES)
        return product

    def test_three_hundred_in_a_minute_read_the_order_a_few_times(self) -> None:
        product = self.held()
        before = reads(product)
        for _ in range(300):
            ApiClient(product).ask(retry, 1)
            product.tick()
            product.clock.advance(SECOND / 5)
        assert 1 <= reads(product) - before <= 3

    def test_the_last_wish_is_read_after_it_was_made(self) -> None:
        product = self.held()
        for _ in range(4):
            ApiClient(product).ask(retry, 1)
            product.settle()
            product.clock.advance(6 * SECOND)
        asked = ApiClient(product).ask(retry, 1)
        made, before = product.clock.now(), reads(product)
        product.settle()
        assert reads(product) == before
        product.ticks(2 * MINUTES)
        assert reads(product) == before + 1
        seen = product.order(1).marketplace.observed_at
        assert seen is not None
        assert seen > made
        assert seen.isoformat() >= asked["done_at"]

    def test_orders_do_not_wait_for_each_other(self) -> None:
        product = self.held()
        ship(product, 2)
        before = reads(product)
        for number in (1, 2):
            assert "done_at" not in ApiClient(product).ask(retry, number)
        product.settle()
        assert reads(product) == before + 2

    def test_a_number_that_is_nobodys_leaves_nothing_behind(self) -> None:
        product = self.held()
        with pytest.raises(NotFoundError):
            ApiClient(product).ask(retry, 77)
        assert product.slots.taken == {}


class TestReserve:
    def few_calls_left(self, *, held: bool = False) -> InMemoryProduct:
        product = new_product(0)
        ship(product)
        if held:
            product.clerk(1, S.HANDLED)
            product.ticks(3 * MINUTES)
            assert product.order(1).work.hold is not None
        product.clock.advance(MINUTES)
        now = product.clock.now()
        product.shops.note_budget(SHOP, Budget(1_000, 50, now + timedelta(hours=3)), now)
        return product

    @pytest.mark.parametrize("held", [False, True])
    def test_a_recheck_that_a_person_wants_waits(self, *, held: bool) -> None:
        product = self.few_calls_left(held=held)
        before = reads(product)
        ApiClient(product).ask(retry, 1)
        product.ticks(timedelta(hours=2), 5 * MINUTES)
        assert reads(product) == before
        product.ticks(timedelta(hours=1) + 2 * RESERVE_RECHECK, 5 * MINUTES)
        assert reads(product) == before + 1

    def test_what_is_to_be_sent_waits_for_no_recheck(self) -> None:
        """The person's wish must not make late what would have gone out without it."""
        product = self.few_calls_left()
        ApiClient(product).ask(retry, 1)
        product.tick()
        product.clerk(1, S.CANCELED)
        product.clerk(2, S.HANDLED)
        product.mall.hold(2)
        ApiClient(product).ask(retry, 1)
        product.ticks(5 * MINUTES)
        assert product.held(2) is M.SHIPPING

    def test_a_refused_step_goes_out_again(self) -> None:
        product = new_product(0)
        product.mall.hold(1)
        product.mall.fail_next(CallResult.BAD_REQUEST, call=Call.WRITE)
        product.clerk(1, S.HANDLED)
        product.ticks(10 * MINUTES)
        hold = product.order(1).work.hold
        assert hold is not None
        assert hold.code is HoldCode.REFUSED
        now = product.clock.now()
        product.shops.note_budget(SHOP, Budget(1_000, 50, now + timedelta(hours=3)), now)
        ApiClient(product).ask(retry, 1)
        product.ticks(5 * MINUTES)
        assert product.held(1) is M.SHIPPING

    def test_a_change_at_mall_is_rechecked_whoever_asked_before(self) -> None:
        product = linking()
        ship(product)
        now = product.clock.advance(MINUTES)
        product.shops.note_budget(SHOP, Budget(1_000, 50, now + timedelta(hours=12)), now)
        ApiClient(product).ask(retry, 1)
        product.settle()
        before = reads(product)
        product.mall.changes(1, status=M.RETURNED)
        product.clock.advance(2 * timedelta(hours=1))
        product.read_list()
        product.ticks(5 * MINUTES)
        assert reads(product) == before + 1
