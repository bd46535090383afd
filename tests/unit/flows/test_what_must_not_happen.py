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
from tests.fakes import FakeExport, Fault
from tests.texts import said
from tests.unit.flows.in_memory_product import SHOP

if TYPE_CHECKING:
    from orderbridge.domain.answers import MarketplaceAnswer
    from orderbridge.domain.checkpoints import Validators
    from orderbridge.domain.steps import MarketplaceChange
    from tests.fakes import ShopExport


from tests.unit.flows.sequences import MINUTES, TODAY, new_product, ship, switch


class TestRefusals:
    def test_a_revoked_key_that_answers_403_leaves_no_refusals_behind(self) -> None:
        product = new_product(undo=0)
        for number in (1, 2):
            product.mall.hold(number)
            product.clerk(number, S.PENDING)
        product.tick()
        for number in (1, 2):
            product.clerk(number, S.HANDLED)
        product.clock.advance(MINUTES)
        product.mall.outage = Fault(CallResult.FORBIDDEN)
        product.tick()
        product.mall.outage = None
        product.ticks(10 * MINUTES)
        assert [product.held(number) for number in (1, 2)] == [M.SHIPPING] * 2

    def test_two_refused_steps_do_not_take_turns(self) -> None:
        product = new_product(undo=0)
        ship(product)
        product.mall.outage = Fault(CallResult.FORBIDDEN, call=Call.WRITE)
        product.clerk(1, S.SETTLED, delivery=TODAY, tracking_number="DR2")
        product.ticks(60 * MINUTES)
        assert sum(c.call is Call.WRITE for c in product.mall.calls) == 3

    def test_refused_tracking_does_not_hide_a_date_to_come(self) -> None:
        product = new_product(undo=0)
        ship(product)
        product.mall.fail_next(CallResult.BAD_REQUEST, call=Call.WRITE)
        product.clerk(1, S.SETTLED, delivery=ShopDate(date(2026, 11, 22)), tracking_number="DR2")
        product.tick()
        product.ticks(timedelta(days=5), timedelta(hours=1))
        assert product.held(1) is M.DELIVERED

    def test_a_403_does_not_resume_a_stopped_shop(self, monkeypatch: pytest.MonkeyPatch) -> None:
        product = new_product(undo=0)
        for number in (1, 2, 3, 4):
            product.mall.hold(number)
            product.clerk(number, S.PENDING)
        product.tick()
        product.mall.outage = Fault(CallResult.FORBIDDEN)
        resumed: list[str] = []
        monkeypatch.setattr(product.shops, "resume", resumed.append)
        for number in (1, 2, 3, 4):
            product.clerk(number, S.HANDLED)
            product.clock.advance(seconds=20)
            product.tick()
        product.ticks(20 * MINUTES)
        assert resumed == []
        assert sum(result.newly_stopped for result in product.pushed) == 1


class TestNobodyIsForgotten:
    @pytest.mark.parametrize("first", [S.PENDING, S.HANDLED])
    def test_an_order_that_mall_opens_after_blocking_it(self, first: S) -> None:
        product = new_product()
        product.mall.hold(1, M.BLOCKED)
        product.clerk(1, first)
        product.tick()
        product.mall.orders[1] = replace(product.mall.orders[1], status=M.OPEN)
        product.clerk(1, S.HANDLED)
        product.ticks(timedelta(hours=3), 30 * MINUTES)
        assert product.held(1) is M.SHIPPING

    def test_changes_above_the_portion_of_a_shop_that_exports_changes_only(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(fetch, "MAX_UPDATES_PER_FETCH", 2)
        product = new_product()
        for number in range(1, 5):
            product.mall.hold(number)
            product.clerk(number, S.HANDLED)
        changed_at = product.clock.now()

        def changes_only(served: ShopExport, _: Validators) -> FakeExport:
            since = product.exports.fetches[-1][2]
            fresh = since is None or changed_at >= since - timedelta(hours=1)
            records = tuple(served.records.values()) if fresh else ()
            return FakeExport(records, document_digest=f"{hash(records):x}")

        monkeypatch.setattr(product.exports, "_export", changes_only)
        product.clock.advance(timedelta(hours=2))
        product.ticks(60 * MINUTES, 5 * MINUTES)
        assert [product.held(number) for number in range(1, 5)] == [M.SHIPPING] * 4

    def test_the_orders_of_a_shop_that_is_off_do_not_crowd_out_the_others(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(retry, "MAX_RECHECKS_PER_TICK", 3)
        product = new_product()
        for number in range(1, 4):
            product.mall.hold(number)
            product.clerk(number, S.CANCELED)
        product.tick()
        switch(product, on=False)
        product.add_shop("other")
        product.marketplaces.at("other").hold(9)
        product.clerk(9, S.CANCELED, shop="other")
        product.ticks(timedelta(hours=3), 7 * MINUTES)
        assert product.marketplaces.at("other").orders[9].status is M.CANCELLED

    def test_every_shop_has_its_share_of_a_tick_however_many_orders_wait_in_another(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(retry, "MAX_RECHECKS_PER_TICK", 3)
        monkeypatch.setattr(retry, "MIN_RECHECKS_PER_TICK", 3)
        product = new_product()
        for number in range(1, 9):
            product.mall.hold(number)
            product.clerk(number, S.CANCELED)
        product.tick()
        product.clock.advance(5 * MINUTES)
        product.add_shop("other")
        product.marketplaces.at("other").hold(9)
        product.clerk(9, S.CANCELED, shop="other")
        product.tick()
        product.clock.advance(60 * MINUTES)
        report = retry.retry_transitions(product)
        assert report.rechecks == 3
        considered = [(change.shop, change.mall_order_id) for change in product.queues.take_changes()]
        assert considered == [(SHOP, 1), ("other", 9), (SHOP, 2)]

    def test_nobody_rechecks_the_orders_of_a_shop_that_is_gone(self) -> None:
        product = new_product()
        product.mall.hold(1)
        product.clerk(1, S.CANCELED)
        product.tick()
        product.shops.remove(SHOP)
        product.ticks(60 * MINUTES)
        assert product.order(1).work.recheck_at is None
        assert product.held(1) is M.OPEN

    def test_a_shop_registered_anew_gets_all_its_orders_rechecked(self) -> None:
        product = new_product(undo=0)
        product.mall.hold(1)
        product.clerk(1, S.HANDLED)
        product.fetch()
        settings = product.shops.records[SHOP].settings
        product.shops.remove(SHOP)
        product.settle()
        product.clock.advance(seconds=1)
        product.shops.put(settings, product.clock.now())
        product.ticks(10 * MINUTES)
        assert product.held(1) is M.SHIPPING

    def test_changed_rules_reach_the_orders_that_wait_for_them(self) -> None:
        product = new_product(missing_tracking_wait_seconds=None)
        product.mall.hold(1)
        product.clerk(1, S.SETTLED, carrier="Náš kurýr")
        product.tick()
        hold = product.order(1).work.hold
        assert hold is not None
        assert hold.code is HoldCode.BAD_TRACKING
        settings = product.shops.records[SHOP].settings
        rules = replace(settings.rules, carriers={"Náš kurýr": "https://example.com/{number}"})
        product.clock.advance(seconds=1)
        product.shops.put(settings.model_copy(update={"rules": rules}), product.clock.now())
        product.ticks(10 * MINUTES)
        assert product.held(1) is M.SHIPPED

    def test_mall_that_gives_no_usable_answer_is_shown_and_tried_on(self) -> None:
        product = new_product(undo=0)
        product.mall.hold(1)
        product.clerk(1, S.HANDLED)
        product.mall.outage = Fault(CallResult.BROKEN_BODY, message="status 'frozen' is not known")
        product.ticks(60 * MINUTES)
        hold = product.order(1).work.hold
        assert hold is not None
        assert hold.code is HoldCode.NO_ANSWER
        assert "frozen" in said(hold.reason)
        assert any(result.without_answer for result in product.pushed)
        product.mall.outage = None
        product.ticks(30 * MINUTES)
        assert product.held(1) is M.SHIPPING
        assert product.order(1).work.hold is None

    def test_a_person_does_not_wait_for_the_back_off(self) -> None:
        product = new_product(undo=0)
        product.mall.hold(1)
        product.clerk(1, S.HANDLED)
        product.mall.outage = Fault(CallResult.SERVER_ERROR)
        product.ticks(timedelta(hours=3))
        product.mall.outage = None
        api_orders.retry_order(product, SHOP, "1")
        product.settle()
        assert product.held(1) is M.SHIPPING


def test_a_second_order_with_the_same_mall_number_in_a_later_export_is_held() -> None:
    product = new_product(undo=0)
    product.mall.hold(1)
    product.clerk(1, S.HANDLED, code="A")
    product.tick()
    product.clerk(1, S.CANCELED, code="B")
    product.ticks(10 * MINUTES)
    assert product.held(1) is M.SHIPPING
    hold = product.order(1).work.hold
    assert hold is not None
    assert hold.reason == because(HoldReason.TWO_ORDERS, order=1, code=ShopText("A"), other=ShopText("B"))
    assert hold.code is HoldCode.TWO_ORDERS
    api_orders.retry_order(product, SHOP, "1")
    product.settle()
    assert product.held(1) is M.CANCELLED


@pytest.mark.parametrize("impatient", [False, True])
def test_a_put_that_takes_effect_after_its_time_out_is_not_sent_twice(*, impatient: bool) -> None:
    product = new_product(undo=0)
    product.mall.hold(1, confirmed=True)
    product.mall.same_status_answer = CallResult.OK
    product.clerk(1, S.PENDING)
    product.tick()
    real, late, sent_at = product.mall.write, timedelta(seconds=16), []

    def slow(number: int, change: MarketplaceChange) -> MarketplaceAnswer:
        sent_at.append(product.clock.now())
        product.mall.fail_next(CallResult.TIMEOUT, call=Call.WRITE)
        return real(number, change)

    def read(number: int) -> MarketplaceAnswer:
        if sent_at and product.clock.now() >= sent_at[0] + late:
            product.mall.orders[number] = replace(product.mall.orders[number], status=M.SHIPPING)
        return real_read(number)

    real_read = product.mall.read
    product.mall.write = slow  # type: ignore[method-assign, assignment]
    product.mall.read = read  # type: ignore[method-assign, assignment]
    product.clerk(1, S.HANDLED)
    product.fetch()
    product.settle()
    if impatient:
        product.clock.advance(seconds=5)
        api_orders.retry_order(product, SHOP, "1")
        product.settle()
    product.ticks(10 * MINUTES)
    assert len(sent_at) == 1
    assert product.held(1) is M.SHIPPING


def test_a_detail_without_tracking_does_not_send_it_again() -> None:
    product = new_product(undo=0)
    ship(product)
    product.mall.orders[1] = replace(product.mall.orders[1], tracking_number="", tracking_url="")
    before = len(product.mall.writes(1))
    api_orders.retry_order(product, SHOP, "1")
    product.settle()
    assert product.statuses_sent(1)[before:] == []


def test_repeating_a_parked_order_does_not_decide_between_two_orders() -> None:
    product = new_product(undo=0)
    product.mall.hold(1)
    product.clerk(1, S.HANDLED, code="A")
    product.tick()
    product.clock.advance(6 * MINUTES)
    product.clerk(1, S.CANCELED, code="B")
    product.fetch()
    (shop_updates,) = product.queues.take_changes()
    park_dead_letter(product, "m", "changes", shop_updates.model_dump_json(), 5)
    product.clock.advance(6 * MINUTES)
    api_orders.retry_order(product, SHOP, "1")
    product.ticks(10 * MINUTES)
    assert product.held(1) is M.SHIPPING
    hold = product.order(1).work.hold
    assert hold is not None
    assert hold.code is HoldCode.TWO_ORDERS


def test_a_number_taken_away_from_the_wrong_order_frees_the_right_one() -> None:
    product = new_product(undo=0)
    product.mall.hold(1)
    served = product.exports.at(SHOP)
    product.clerk(1, S.HANDLED, code="A")
    record = served.records[1]
    conflicting_view = replace(record, view=replace(record.view, code="B"))
    served.records = {1: record, 2: conflicting_view}
    product.tick()
    assert product.held(1) is M.OPEN
    served.records = {2: conflicting_view}
    product.ticks(30 * MINUTES)
    assert product.held(1) is M.SHIPPING


def test_a_wish_of_the_wrong_order_is_gone_when_the_right_one_is_saved_again() -> None:
    product = new_product(undo=0)
    product.mall.hold(1)
    product.clerk(1, S.HANDLED, code="A")
    product.tick()
    product.clerk(1, S.CANCELED, code="B")
    product.tick()
    product.clerk(1, S.SETTLED, code="A")
    product.ticks(10 * MINUTES)
    assert product.held(1) is M.SHIPPED


def test_a_long_broken_export_does_not_keep_everybody_busy() -> None:
    product = new_product()
    ship(product)
    product.clerk(1, S.SETTLED, delivery=TODAY)
    product.tick()
    product.exports.at(SHOP).fails = True
    saves = product.ledger.saves
    product.ticks(timedelta(days=1))
    assert product.ledger.saves - saves < 150
    reason = why(product.order(1), product.clock.now())
    assert reason is not None
    assert reason.code is NextReason.WHEN_SHOWN


def test_a_dead_letter_seen_again_does_not_park_an_order_that_was_freed() -> None:
    product = new_product(undo=0)
    product.mall.hold(1)
    product.clerk(1, S.HANDLED)
    product.fetch()
    (shop_updates,) = product.queues.take_changes()
    body = shop_updates.model_dump_json()
    product.clock.advance(6 * MINUTES)
    park_dead_letter(product, "m1", "changes", body, 5)
    api_orders.retry_order(product, SHOP, "1")
    product.settle()
    park_dead_letter(product, "m1", "changes", body, 6)
    assert product.order(1).work.parked is None
    assert product.held(1) is M.SHIPPING
