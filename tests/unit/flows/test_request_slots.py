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
from tests.unit.flows.sequences import MINUTES, linking, new_world, ship
from tests.unit.flows.world import SHOP, InMemoryProduct

if TYPE_CHECKING:
    from orderbridge.flows.read_lists import ListReport
    from orderbridge.messages import ListRequest

SECOND = timedelta(seconds=1)


def lists_read(world: InMemoryProduct) -> list[ListReport]:
    return [read_list(world, request) for request in world.queues.take_lists()]


def reads(world: InMemoryProduct) -> int:
    return sum(call.call is Call.READ for call in world.mall.calls)


class GoingClock(ManualClock):
    """Goes on while it is asked, as real ones do."""

    def now(self) -> datetime:
        return self.advance(seconds=0.001)


class TestSync:
    def test_a_first_request_is_carried_out_at_once_though_time_goes_on_meanwhile(self) -> None:
        world = new_world()
        world.clock = GoingClock()
        for ask in (sync, reconcile):
            assert "done_at" not in ApiClient(world).ask(ask)
        ((_, delay),) = world.queues.fetch_requests
        assert delay == 0 * SECOND

    def test_three_hundred_at_once_are_a_fetch_now_and_one_behind_it(self) -> None:
        world = new_world()
        answers = [ApiClient(world).ask(sync) for _ in range(300)]
        assert world.queues.take_fetches() == [SHOP, SHOP]
        assert [delay for _, delay in world.queues.fetch_requests] == [0 * SECOND, 5 * SECOND]
        assert [one.requested_at - NOON for one in world.queues.take_lists()] == [0 * SECOND, 5 * SECOND]
        assert "done_at" not in answers[0]
        assert answers[1]["done_at"] == "2026-11-20T12:00:05+00:00"
        assert answers[1]["result"]["code"] == "requested.later"
        assert answers[1]["result"]["facts"]["at"] == {"moment": "2026-11-20T12:00:05+00:00"}
        assert {answer["done_at"] for answer in answers[1:]} == {"2026-11-20T12:00:05+00:00"}
        assert answers[2]["result"]["code"] == "requested.already"

    def test_an_hour_of_them_is_a_fetch_a_minute(self) -> None:
        world = new_world()
        for _ in range(1_800):
            ApiClient(world).ask(sync)
            world.clock.advance(2 * SECOND)
        assert len(world.queues.take_fetches()) == len(world.queues.take_lists()) == 60 + 10

    def test_malls_list_is_read_when_it_was_said_to_be(self) -> None:
        world = linking()
        ApiClient(world).ask(sync)
        ApiClient(world).ask(sync)
        first, second = world.queues.take_lists()
        assert read_list(world, first).outcome is ListOutcome.READ
        waiting = read_list(world, second)
        assert (waiting.outcome, waiting.retry_in) == (ListOutcome.POSTPONED, 5 * SECOND)
        world.clock.advance(5 * SECOND)
        assert read_list(world, second).outcome is ListOutcome.READ
        assert read_list(world, second).outcome is ListOutcome.ANSWERED

    def test_a_request_that_no_queue_takes_is_nobodys_promise(self) -> None:
        world = new_world()
        world.queues.fail_with = RuntimeError("no queue")
        with pytest.raises(RuntimeError, match="no queue"):
            ApiClient(world).ask(sync)
        world.queues.fail_with = None
        world.clock.advance(SECOND)
        answer = ApiClient(world).ask(sync)
        assert world.queues.take_fetches() == [SHOP]
        assert answer["done_at"] == "2026-11-20T12:00:05+00:00"


class TestReconcile:
    def test_one_that_waits_for_minutes_follows_a_later_reading_of_the_list(self) -> None:
        world = linking()
        waiting: list[ListRequest] = []
        for _ in range(60):
            ApiClient(world).ask(reconcile)
            waiting = [
                one for one in (*waiting, *world.queues.take_lists()) if read_list(world, one).retry_in
            ]
            world.clock.advance(SECOND)
        assert world.mall.lists == 3, "the burst"
        asked = ApiClient(world).ask(reconcile)
        due = world.feed_checkpoints.get(SHOP).reconcile_again_at
        assert due is not None
        assert asked["done_at"] == due.isoformat()
        assert due <= NOON + 6 * MINUTES
        world.read_list()
        assert lists_read(world) == []
        world.clock.set(due + SECOND)
        world.read_list()
        (report,) = lists_read(world)
        assert (report.what, report.outcome) == ("reconcile", ListOutcome.READ)

    def test_an_hour_of_them_is_one_in_five_minutes(self) -> None:
        world = linking()
        for _ in range(720):
            ApiClient(world).ask(reconcile)
            world.clock.advance(5 * SECOND)
        assert len(world.queues.take_lists()) == 12 + 3


class TestRetry:
    def held(self) -> InMemoryProduct:
        """An order on which both sides agree."""
        world = new_world(0)
        ship(world)
        world.clock.advance(MINUTES)
        return world

    def test_three_hundred_in_a_minute_read_the_order_a_few_times(self) -> None:
        world = self.held()
        before = reads(world)
        for _ in range(300):
            ApiClient(world).ask(retry, 1)
            world.tick()
            world.clock.advance(SECOND / 5)
        assert 1 <= reads(world) - before <= 3

    def test_the_last_wish_is_read_after_it_was_made(self) -> None:
        world = self.held()
        for _ in range(4):
            ApiClient(world).ask(retry, 1)
            world.settle()
            world.clock.advance(6 * SECOND)
        asked = ApiClient(world).ask(retry, 1)
        made, before = world.clock.now(), reads(world)
        world.settle()
        assert reads(world) == before
        world.ticks(2 * MINUTES)
        assert reads(world) == before + 1
        seen = world.order(1).marketplace.observed_at
        assert seen is not None
        assert seen > made
        assert seen.isoformat() >= asked["done_at"]

    def test_orders_do_not_wait_for_each_other(self) -> None:
        world = self.held()
        ship(world, 2)
        before = reads(world)
        for number in (1, 2):
            assert "done_at" not in ApiClient(world).ask(retry, number)
        world.settle()
        assert reads(world) == before + 2

    def test_a_number_that_is_nobodys_leaves_nothing_behind(self) -> None:
        world = self.held()
        with pytest.raises(NotFoundError):
            ApiClient(world).ask(retry, 77)
        assert world.slots.taken == {}


class TestReserve:
    def few_calls_left(self, *, held: bool = False) -> InMemoryProduct:
        world = new_world(0)
        ship(world)
        if held:
            world.clerk(1, S.HANDLED)
            world.ticks(3 * MINUTES)
            assert world.order(1).work.hold is not None
        world.clock.advance(MINUTES)
        now = world.clock.now()
        world.shops.note_budget(SHOP, Budget(1_000, 50, now + timedelta(hours=3)), now)
        return world

    @pytest.mark.parametrize("held", [False, True])
    def test_a_look_that_a_person_wants_waits(self, *, held: bool) -> None:
        world = self.few_calls_left(held=held)
        before = reads(world)
        ApiClient(world).ask(retry, 1)
        world.ticks(timedelta(hours=2), 5 * MINUTES)
        assert reads(world) == before
        world.ticks(timedelta(hours=1) + 2 * RESERVE_RECHECK, 5 * MINUTES)
        assert reads(world) == before + 1

    def test_what_is_to_be_sent_waits_for_no_look(self) -> None:
        """The person's wish must not make late what would have gone out without it."""
        world = self.few_calls_left()
        ApiClient(world).ask(retry, 1)
        world.tick()
        world.clerk(1, S.CANCELED)
        world.clerk(2, S.HANDLED)
        world.mall.hold(2)
        ApiClient(world).ask(retry, 1)
        world.ticks(5 * MINUTES)
        assert world.held(2) is M.SHIPPING

    def test_a_refused_step_goes_out_again(self) -> None:
        world = new_world(0)
        world.mall.hold(1)
        world.mall.fail_next(CallResult.BAD_REQUEST, call=Call.WRITE)
        world.clerk(1, S.HANDLED)
        world.ticks(10 * MINUTES)
        hold = world.order(1).work.hold
        assert hold is not None
        assert hold.code is HoldCode.REFUSED
        now = world.clock.now()
        world.shops.note_budget(SHOP, Budget(1_000, 50, now + timedelta(hours=3)), now)
        ApiClient(world).ask(retry, 1)
        world.ticks(5 * MINUTES)
        assert world.held(1) is M.SHIPPING

    def test_a_change_at_mall_is_looked_at_whoever_asked_before(self) -> None:
        world = linking()
        ship(world)
        now = world.clock.advance(MINUTES)
        world.shops.note_budget(SHOP, Budget(1_000, 50, now + timedelta(hours=12)), now)
        ApiClient(world).ask(retry, 1)
        world.settle()
        before = reads(world)
        world.mall.changes(1, status=M.RETURNED)
        world.clock.advance(2 * timedelta(hours=1))
        world.read_list()
        world.ticks(5 * MINUTES)
        assert reads(world) == before + 1
