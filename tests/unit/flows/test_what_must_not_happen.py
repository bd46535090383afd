"""Sequences that once ended wrongly: a loop, a number in two orders, an order that nobody looks at any more."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from orderbridge.domain.codes.orders import HoldReason, NextReason
from orderbridge.domain.dates import ShopDate
from orderbridge.domain.facts import ShopText
from orderbridge.domain.failure_policy import Call, CallResult
from orderbridge.domain.holds import HoldCode
from orderbridge.domain.reasons import because
from orderbridge.domain.statuses import MarketplaceStatus as M
from orderbridge.domain.statuses import ShopStatus as S
from orderbridge.flows import fetch_changes as fetch
from orderbridge.flows import retry_transitions as retry
from orderbridge.flows.api import orders as api_orders
from orderbridge.flows.api.views import why
from orderbridge.flows.retry_transitions import park_dead_letter
from tests.fake_services import FakeExport
from tests.fakes import Fault
from tests.texts import said
from tests.unit.flows.world import SHOP

if TYPE_CHECKING:
    from orderbridge.domain.answers import MarketplaceAnswer
    from orderbridge.domain.checkpoints import Validators
    from orderbridge.domain.steps import MarketplaceChange
    from tests.fake_services import ShopExport


from tests.unit.flows.sequences import MINUTES, TODAY, new_world, ship, switch


class TestRefusals:
    def test_a_revoked_key_that_answers_403_leaves_no_refusals_behind(self) -> None:
        world = new_world(undo=0)
        for number in (1, 2):
            world.mall.hold(number)
            world.clerk(number, S.PENDING)
        world.tick()
        for number in (1, 2):
            world.clerk(number, S.HANDLED)
        world.clock.advance(MINUTES)
        world.mall.outage = Fault(CallResult.FORBIDDEN)
        world.tick()
        world.mall.outage = None
        world.ticks(10 * MINUTES)
        assert [world.held(number) for number in (1, 2)] == [M.SHIPPING] * 2

    def test_two_refused_steps_do_not_take_turns(self) -> None:
        world = new_world(undo=0)
        ship(world)
        world.mall.outage = Fault(CallResult.FORBIDDEN, call=Call.WRITE)
        world.clerk(1, S.SETTLED, delivery=TODAY, tracking_number="DR2")
        world.ticks(60 * MINUTES)
        assert sum(c.call is Call.WRITE for c in world.mall.calls) == 3

    def test_refused_tracking_does_not_hide_a_date_to_come(self) -> None:
        world = new_world(undo=0)
        ship(world)
        world.mall.fail_next(CallResult.BAD_REQUEST, call=Call.WRITE)
        world.clerk(1, S.SETTLED, delivery=ShopDate(date(2026, 11, 22)), tracking_number="DR2")
        world.tick()
        world.ticks(timedelta(days=5), timedelta(hours=1))
        assert world.held(1) is M.DELIVERED

    def test_a_403_does_not_resume_a_stopped_shop(self, monkeypatch: pytest.MonkeyPatch) -> None:
        world = new_world(undo=0)
        for number in (1, 2, 3, 4):
            world.mall.hold(number)
            world.clerk(number, S.PENDING)
        world.tick()
        world.mall.outage = Fault(CallResult.FORBIDDEN)
        resumed: list[str] = []
        monkeypatch.setattr(world.shops, "resume", resumed.append)
        for number in (1, 2, 3, 4):
            world.clerk(number, S.HANDLED)
            world.clock.advance(seconds=20)
            world.tick()
        world.ticks(20 * MINUTES)
        assert resumed == []
        assert sum(result.newly_stopped for result in world.pushed) == 1


class TestNobodyIsForgotten:
    @pytest.mark.parametrize("first", [S.PENDING, S.HANDLED])
    def test_an_order_that_mall_opens_after_blocking_it(self, first: S) -> None:
        world = new_world()
        world.mall.hold(1, M.BLOCKED)
        world.clerk(1, first)
        world.tick()
        world.mall.orders[1] = replace(world.mall.orders[1], status=M.OPEN)
        world.clerk(1, S.HANDLED)
        world.ticks(timedelta(hours=3), 30 * MINUTES)
        assert world.held(1) is M.SHIPPING

    def test_changes_above_the_portion_of_a_shop_that_exports_changes_only(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(fetch, "MAX_UPDATES_PER_FETCH", 2)
        world = new_world()
        for number in range(1, 5):
            world.mall.hold(number)
            world.clerk(number, S.HANDLED)
        changed_at = world.clock.now()

        def changes_only(served: ShopExport, _: Validators) -> FakeExport:
            since = world.exports.fetches[-1][2]
            fresh = since is None or changed_at >= since - timedelta(hours=1)
            records = tuple(served.records.values()) if fresh else ()
            return FakeExport(records, document_digest=f"{hash(records):x}")

        monkeypatch.setattr(world.exports, "_export", changes_only)
        world.clock.advance(timedelta(hours=2))
        world.ticks(60 * MINUTES, 5 * MINUTES)
        assert [world.held(number) for number in range(1, 5)] == [M.SHIPPING] * 4

    def test_the_orders_of_a_shop_that_is_off_do_not_crowd_out_the_others(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(retry, "MAX_RECHECKS_PER_TICK", 3)
        world = new_world()
        for number in range(1, 4):
            world.mall.hold(number)
            world.clerk(number, S.CANCELED)
        world.tick()
        switch(world, on=False)
        world.add_shop("other")
        world.marketplaces.at("other").hold(9)
        world.clerk(9, S.CANCELED, shop="other")
        world.ticks(timedelta(hours=3), 7 * MINUTES)
        assert world.marketplaces.at("other").orders[9].status is M.CANCELLED

    def test_every_shop_has_its_share_of_a_tick_however_many_orders_wait_in_another(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(retry, "MAX_RECHECKS_PER_TICK", 3)
        monkeypatch.setattr(retry, "MIN_RECHECKS_PER_TICK", 3)
        world = new_world()
        for number in range(1, 9):
            world.mall.hold(number)
            world.clerk(number, S.CANCELED)
        world.tick()
        world.clock.advance(5 * MINUTES)
        world.add_shop("other")
        world.marketplaces.at("other").hold(9)
        world.clerk(9, S.CANCELED, shop="other")
        world.tick()
        world.clock.advance(60 * MINUTES)
        report = retry.retry_transitions(world)
        assert report.rechecks == 3
        considered = [(change.shop, change.mall_order_id) for change in world.queues.take_changes()]
        assert considered == [(SHOP, 1), ("other", 9), (SHOP, 2)]

    def test_nobody_looks_at_the_orders_of_a_shop_that_is_gone(self) -> None:
        world = new_world()
        world.mall.hold(1)
        world.clerk(1, S.CANCELED)
        world.tick()
        world.shops.remove(SHOP)
        world.ticks(60 * MINUTES)
        assert world.order(1).work.recheck_at is None
        assert world.held(1) is M.OPEN

    def test_a_shop_registered_anew_gets_all_its_orders_looked_at(self) -> None:
        world = new_world(undo=0)
        world.mall.hold(1)
        world.clerk(1, S.HANDLED)
        world.fetch()
        settings = world.shops.records[SHOP].settings
        world.shops.remove(SHOP)
        world.settle()
        world.clock.advance(seconds=1)
        world.shops.put(settings, world.clock.now())
        world.ticks(10 * MINUTES)
        assert world.held(1) is M.SHIPPING

    def test_changed_rules_reach_the_orders_that_wait_for_them(self) -> None:
        world = new_world(missing_tracking_wait_seconds=None)
        world.mall.hold(1)
        world.clerk(1, S.SETTLED, carrier="Náš kurýr")
        world.tick()
        hold = world.order(1).work.hold
        assert hold is not None
        assert hold.code is HoldCode.BAD_TRACKING
        settings = world.shops.records[SHOP].settings
        rules = replace(settings.rules, carriers={"Náš kurýr": "https://example.com/{number}"})
        world.clock.advance(seconds=1)
        world.shops.put(settings.model_copy(update={"rules": rules}), world.clock.now())
        world.ticks(10 * MINUTES)
        assert world.held(1) is M.SHIPPED

    def test_mall_that_gives_no_usable_answer_is_shown_and_tried_on(self) -> None:
        world = new_world(undo=0)
        world.mall.hold(1)
        world.clerk(1, S.HANDLED)
        world.mall.outage = Fault(CallResult.BROKEN_BODY, message="status 'frozen' is not known")
        world.ticks(60 * MINUTES)
        hold = world.order(1).work.hold
        assert hold is not None
        assert hold.code is HoldCode.NO_ANSWER
        assert "frozen" in said(hold.reason)
        assert any(result.without_answer for result in world.pushed)
        world.mall.outage = None
        world.ticks(30 * MINUTES)
        assert world.held(1) is M.SHIPPING
        assert world.order(1).work.hold is None

    def test_a_person_does_not_wait_for_the_back_off(self) -> None:
        world = new_world(undo=0)
        world.mall.hold(1)
        world.clerk(1, S.HANDLED)
        world.mall.outage = Fault(CallResult.SERVER_ERROR)
        world.ticks(timedelta(hours=3))
        world.mall.outage = None
        api_orders.retry_order(world, SHOP, "1")
        world.settle()
        assert world.held(1) is M.SHIPPING


def test_a_second_order_with_the_same_mall_number_in_a_later_export_is_held() -> None:
    world = new_world(undo=0)
    world.mall.hold(1)
    world.clerk(1, S.HANDLED, code="A")
    world.tick()
    world.clerk(1, S.CANCELED, code="B")
    world.ticks(10 * MINUTES)
    assert world.held(1) is M.SHIPPING
    hold = world.order(1).work.hold
    assert hold is not None
    assert hold.reason == because(HoldReason.TWO_ORDERS, order=1, code=ShopText("A"), other=ShopText("B"))
    assert hold.code is HoldCode.TWO_ORDERS
    api_orders.retry_order(world, SHOP, "1")
    world.settle()
    assert world.held(1) is M.CANCELLED


@pytest.mark.parametrize("impatient", [False, True])
def test_a_put_that_takes_effect_after_its_time_out_is_not_sent_twice(*, impatient: bool) -> None:
    world = new_world(undo=0)
    world.mall.hold(1, confirmed=True)
    world.mall.same_status_answer = CallResult.OK
    world.clerk(1, S.PENDING)
    world.tick()
    real, late, sent_at = world.mall.write, timedelta(seconds=16), []

    def slow(number: int, change: MarketplaceChange) -> MarketplaceAnswer:
        sent_at.append(world.clock.now())
        world.mall.fail_next(CallResult.TIMEOUT, call=Call.WRITE)
        return real(number, change)

    def read(number: int) -> MarketplaceAnswer:
        if sent_at and world.clock.now() >= sent_at[0] + late:
            world.mall.orders[number] = replace(world.mall.orders[number], status=M.SHIPPING)
        return real_read(number)

    real_read = world.mall.read
    world.mall.write = slow  # type: ignore[method-assign, assignment]
    world.mall.read = read  # type: ignore[method-assign, assignment]
    world.clerk(1, S.HANDLED)
    world.fetch()
    world.settle()
    if impatient:
        world.clock.advance(seconds=5)
        api_orders.retry_order(world, SHOP, "1")
        world.settle()
    world.ticks(10 * MINUTES)
    assert len(sent_at) == 1
    assert world.held(1) is M.SHIPPING


def test_a_detail_without_tracking_does_not_send_it_again() -> None:
    world = new_world(undo=0)
    ship(world)
    world.mall.orders[1] = replace(world.mall.orders[1], tracking_number="", tracking_url="")
    before = len(world.mall.writes(1))
    api_orders.retry_order(world, SHOP, "1")
    world.settle()
    assert world.statuses_sent(1)[before:] == []


def test_repeating_a_parked_order_does_not_decide_between_two_orders() -> None:
    world = new_world(undo=0)
    world.mall.hold(1)
    world.clerk(1, S.HANDLED, code="A")
    world.tick()
    world.clock.advance(6 * MINUTES)
    world.clerk(1, S.CANCELED, code="B")
    world.fetch()
    (shop_updates,) = world.queues.take_changes()
    park_dead_letter(world, "m", "changes", shop_updates.model_dump_json(), 5)
    world.clock.advance(6 * MINUTES)
    api_orders.retry_order(world, SHOP, "1")
    world.ticks(10 * MINUTES)
    assert world.held(1) is M.SHIPPING
    hold = world.order(1).work.hold
    assert hold is not None
    assert hold.code is HoldCode.TWO_ORDERS


def test_a_number_taken_away_from_the_wrong_order_frees_the_right_one() -> None:
    world = new_world(undo=0)
    world.mall.hold(1)
    served = world.exports.at(SHOP)
    world.clerk(1, S.HANDLED, code="A")
    record = served.records[1]
    conflicting_view = replace(record, view=replace(record.view, code="B"))
    served.records = {1: record, 2: conflicting_view}
    world.tick()
    assert world.held(1) is M.OPEN
    served.records = {2: conflicting_view}
    world.ticks(30 * MINUTES)
    assert world.held(1) is M.SHIPPING


def test_a_wish_of_the_wrong_order_is_gone_when_the_right_one_is_saved_again() -> None:
    world = new_world(undo=0)
    world.mall.hold(1)
    world.clerk(1, S.HANDLED, code="A")
    world.tick()
    world.clerk(1, S.CANCELED, code="B")
    world.tick()
    world.clerk(1, S.SETTLED, code="A")
    world.ticks(10 * MINUTES)
    assert world.held(1) is M.SHIPPED


def test_a_long_broken_export_does_not_keep_everybody_busy() -> None:
    world = new_world()
    ship(world)
    world.clerk(1, S.SETTLED, delivery=TODAY)
    world.tick()
    world.exports.at(SHOP).fails = True
    saves = world.ledger.saves
    world.ticks(timedelta(days=1))
    assert world.ledger.saves - saves < 150
    reason = why(world.order(1), world.clock.now())
    assert reason is not None
    assert reason.code is NextReason.WHEN_SHOWN


def test_a_dead_letter_seen_again_does_not_park_an_order_that_was_freed() -> None:
    world = new_world(undo=0)
    world.mall.hold(1)
    world.clerk(1, S.HANDLED)
    world.fetch()
    (shop_updates,) = world.queues.take_changes()
    body = shop_updates.model_dump_json()
    world.clock.advance(6 * MINUTES)
    park_dead_letter(world, "m1", "changes", body, 5)
    api_orders.retry_order(world, SHOP, "1")
    world.settle()
    park_dead_letter(world, "m1", "changes", body, 6)
    assert world.order(1).work.parked is None
    assert world.held(1) is M.SHIPPING
