"""MALL does not answer: nobody calls it for a while, then one call finds out, and no message piles up."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest

from orderbridge.domain.advance import LOST_MESSAGE_AFTER, RESEND_AFTER
from orderbridge.domain.codes.orders import HoldReason
from orderbridge.domain.failure_policy import CallResult
from orderbridge.domain.holds import HoldCode
from orderbridge.domain.outage import FIRST_PAUSE, MAX_PAUSE, ORDERS_WITHOUT_ANSWER, Outage, pause_until
from orderbridge.domain.statuses import MarketplaceStatus as M
from orderbridge.domain.statuses import ShopStatus as S
from orderbridge.domain.steps import StepState
from orderbridge.flows.common.carry_out import StepOutcome
from orderbridge.flows.push_to_mall import push_to_mall
from orderbridge.flows.read_lists import ListOutcome
from orderbridge.flows.retry_transitions import (
    MAX_RECHECKS_PER_TICK,
    MIN_RECHECKS_PER_TICK,
    retry_transitions,
)
from orderbridge.messages import Recheck, StepDispatch, Waiting
from tests.fakes import NOON, Fault
from tests.texts import said
from tests.unit.flows.in_memory_product import SHOP, InMemoryProduct
from tests.unit.flows.outage import outage
from tests.unit.flows.sequences import MINUTES, linking, new_product, wake

ELSEWHERE = "https://elsewhere.test/v1"


def waiting_to_ship(
    *numbers: int, product: InMemoryProduct | None = None, shop: str = SHOP
) -> InMemoryProduct:
    """A deployment in which the steps of these orders are on their way to MALL, which does not answer."""
    product = product or new_product(0)
    mall = product.marketplaces.at(shop)
    for number in numbers:
        mall.hold(number)
        product.clerk(number, S.PENDING, shop)
    product.fetch(shop)
    product.settle()
    for number in numbers:
        product.clerk(number, S.SETTLED, shop)
    mall.outage = Fault(CallResult.TIMEOUT)
    product.fetch(shop)
    product.map_all()
    return product


def send_all(product: InMemoryProduct) -> list[StepOutcome]:
    """Carries out what is on its way, and nothing that follows from it."""
    return [push_to_mall(product, send).outcome for send in product.queues.take_sends()]


def outage_now(product: InMemoryProduct) -> Outage | None:
    return product.shops.outage(product.shops.records[SHOP].marketplace)


def silent(*numbers: int) -> InMemoryProduct:
    """A deployment in which MALL counts as silent; the orders behind the first few wait."""
    product = waiting_to_ship(*(numbers or range(1, ORDERS_WITHOUT_ANSWER + 2)))
    send_all(product)
    return product


# --- when nobody calls ----------------------------------------------------------------------------------


def test_after_a_few_calls_without_an_answer_no_other_is_made() -> None:
    product = waiting_to_ship(*range(1, 9))
    outcomes = send_all(product)
    lost, spared = (
        [StepOutcome.UNANSWERED] * ORDERS_WITHOUT_ANSWER,
        [StepOutcome.POSTPONED] * (8 - ORDERS_WITHOUT_ANSWER),
    )
    assert outcomes == lost + spared
    product.ticks(FIRST_PAUSE - timedelta(seconds=10), every=timedelta(seconds=5))
    assert sum(call.call_result is CallResult.TIMEOUT for call in product.mall.calls) == ORDERS_WITHOUT_ANSWER


def test_no_shop_with_the_same_address_calls_and_one_with_another_does() -> None:
    product = silent()
    product.add_shop("same")
    product.add_shop("another")
    product.shops.note_secrets("another", product.clock.now(), ELSEWHERE)
    for shop in ("same", "another"):
        product.marketplaces.at(shop).hold(70)
        product.clerk(70, S.SETTLED, shop)
        product.fetch(shop)
    product.settle()
    assert product.marketplaces.at("same").calls == []
    assert product.marketplaces.at("another").orders[70].status is M.SHIPPED


def test_an_order_that_mall_always_fails_on_stops_no_other() -> None:
    product = waiting_to_ship(1)
    product.mall.outage = Fault(CallResult.SERVER_ERROR, mall_order_id=1)
    product.ticks(60 * MINUTES)
    assert outage_now(product) is not None
    product.mall.hold(2)
    product.clerk(2, S.SETTLED)
    product.tick()
    assert product.held(2) is M.SHIPPED
    assert outage_now(product) is None


@pytest.mark.parametrize("call_result", [CallResult.NOT_FOUND, CallResult.BAD_REQUEST, CallResult.LIMITED])
def test_an_answer_that_is_no_success_is_no_outage(call_result: CallResult) -> None:
    product = waiting_to_ship(*range(1, 9))
    product.mall.outage = Fault(call_result)
    send_all(product)
    assert outage_now(product) is None


def test_while_mall_answers_nothing_is_written_down_about_it(monkeypatch: pytest.MonkeyPatch) -> None:
    product = new_product(0)
    for name in ("note_outage", "claim_probe", "end_outage"):
        monkeypatch.setattr(product.shops, name, None)
    product.mall.hold(1)
    product.clerk(1, S.SETTLED)
    product.tick()
    assert product.held(1) is M.SHIPPED


# --- finding out ----------------------------------------------------------------------------------------


def test_after_the_pause_one_call_finds_out_for_all() -> None:
    product = silent(*range(1, 21))
    calls = len(product.mall.calls)
    product.clock.advance(20 * MINUTES)
    retry_transitions(product)
    product.map_all()
    outcomes = send_all(product)
    assert len(outcomes) == 20
    assert len(product.mall.calls) == calls + 1
    assert outcomes.count(StepOutcome.POSTPONED) == 19


def test_an_answer_ends_it_and_all_are_out_within_minutes() -> None:
    product = silent(*range(1, 21))
    product.ticks(120 * MINUTES)
    product.mall.outage = None
    product.ticks(8 * MINUTES)
    assert {product.held(number) for number in range(1, 21)} == {M.SHIPPED}
    assert outage_now(product) is None
    assert all(product.order(number).work.hold is None for number in range(1, 21))


def test_who_may_find_out_and_dies_gives_the_others_their_turn() -> None:
    product = silent(1, 2, 3, 4)
    known = outage_now(product)
    assert known is not None
    product.clock.advance(10 * MINUTES)
    marketplace = product.shops.records[SHOP].marketplace
    product.shops.claim_probe(marketplace, known, product.clock.now() + MINUTES)
    product.mall.outage = None
    product.ticks(10 * MINUTES)
    assert product.held(4) is M.SHIPPED


def test_the_pause_grows_with_the_outage_and_stays_short() -> None:
    began = Outage(NOON, NOON, frozenset())
    assert pause_until(None, NOON) - NOON == FIRST_PAUSE
    assert pause_until(began, NOON + MINUTES) == NOON + 2 * MINUTES
    assert pause_until(began, NOON + 12 * 60 * MINUTES) - NOON == 12 * 60 * MINUTES + MAX_PAUSE


def test_a_list_neither_calls_nor_is_forgotten() -> None:
    product = linking()
    waiting_to_ship(*range(1, 5), product=product)
    send_all(product)
    assert product.read_list().outcome is ListOutcome.POSTPONED
    lists = product.mall.lists
    assert product.read_list("reconcile").outcome is ListOutcome.POSTPONED
    assert product.mall.lists == lists
    product.mall.outage = None
    product.clock.advance(2 * 60 * MINUTES)
    assert product.read_list().outcome is ListOutcome.READ
    assert outage_now(product) is None
    assert [request.what for request in product.queues.take_lists()] == ["reconcile"]


def test_lists_without_an_answer_count_as_calls_of_their_shop() -> None:
    product = linking()
    product.mall.list_fault = Fault(CallResult.TIMEOUT)
    for _ in range(5):
        assert product.read_list().outcome is ListOutcome.FAILED
        product.clock.advance(MINUTES)
    known = outage_now(product)
    assert known is not None
    assert known.callers == {SHOP}


# --- what people see ------------------------------------------------------------------------------------


def test_an_order_that_waits_says_so_after_a_while() -> None:
    product = silent(1, 2, 3, 4)
    assert product.order(4).work.hold is None
    product.ticks(20 * MINUTES)
    hold = product.order(4).work.hold
    assert hold is not None
    assert hold.code is HoldCode.NO_ANSWER
    assert hold.reason.code is HoldReason.NO_ANSWER_SINCE
    assert "has not answered since 20 Nov 2026" in said(hold.reason)


def test_an_outage_that_lasts_is_reported_though_no_order_fails_often() -> None:
    product = silent(*range(1, 21))
    product.pushed.clear()
    product.ticks(30 * MINUTES)
    assert any(result.without_answer for result in product.pushed)


# --- one message at most --------------------------------------------------------------------------------


def late(product: InMemoryProduct) -> list[StepDispatch]:
    """What is handed on after the time in which a message should have arrived."""
    product.clock.advance(LOST_MESSAGE_AFTER + MINUTES)
    before = list(product.queues.sends)
    retry_transitions(product)
    product.map_all()
    return [send for send in product.queues.sends if send not in before]


def test_a_step_whose_message_waits_in_the_queue_gets_no_second_one() -> None:
    product = waiting_to_ship(1, 2)
    for _ in range(50):
        assert late(product) == []


def test_a_lost_message_is_sent_again_once_the_queues_are_empty() -> None:
    product = waiting_to_ship(1, 2)
    product.queues.take_sends()
    assert sorted(send.mall_order_id for send in late(product)) == [1, 2]


def test_a_lost_message_is_sent_again_in_the_end_where_others_always_wait() -> None:
    product = waiting_to_ship(1, 2)
    product.queues.sends = [send for send in product.queues.sends if send.mall_order_id == 2]
    product.clock.advance(RESEND_AFTER)
    assert 1 in {send.mall_order_id for send in late(product)}


def test_asking_again_and_again_makes_no_second_message() -> None:
    product = waiting_to_ship(1)
    for number in range(20):
        product.clock.advance(seconds=1)
        asked = Recheck(
            shop=SHOP,
            mall_order_id=1,
            reason=f"asked {number}",
            requested_at=product.clock.now(),
            reread=True,
        )
        product.map(asked)
    assert len({send.step for send in product.queues.sends}) == len(product.queues.sends)


@pytest.mark.parametrize("call_result", [CallResult.NOT_CONNECTED, CallResult.LIMITED])
def test_a_message_that_waits_itself_is_the_only_one(call_result: CallResult) -> None:
    product = waiting_to_ship(1)
    product.mall.outage = Fault(call_result, retry_after=30)
    (send,) = product.queues.take_sends()
    result = push_to_mall(product, send)
    assert result.retry_in is not None
    step = product.order(1).work.step
    assert step is not None
    assert step.state is StepState.PLANNED
    product.clock.advance(result.retry_in + timedelta(seconds=1))
    wake(product)
    now = product.clock.now()
    product.map(Recheck(shop=SHOP, mall_order_id=1, reason="in between", requested_at=now))
    assert product.queues.take_sends() == []
    product.mall.outage = None
    assert push_to_mall(product, send).outcome is StepOutcome.ACCEPTED


def test_a_queue_that_is_behind_gets_few_rechecks_more(monkeypatch: pytest.MonkeyPatch) -> None:
    product = waiting_to_ship(*range(1, 151))
    product.queues.take_sends()
    product.clock.advance(LOST_MESSAGE_AFTER + MINUTES)
    for waiting, rechecks in ((0, 150), (MAX_RECHECKS_PER_TICK - 120, 120), (100_000, MIN_RECHECKS_PER_TICK)):
        monkeypatch.setattr(product.queues, "waiting", partial(Waiting, changes=waiting, steps=0))
        report = retry_transitions(product)
        assert report.rechecks == rechecks


@pytest.mark.slow
def test_an_hour_without_mall_costs_few_calls_and_all_are_out_minutes_after() -> None:
    seen = outage(shops=10, orders=50, away=timedelta(hours=1))
    assert seen.most_of_one == 1
    assert seen.most_waiting <= 10 * 50
    assert seen.calls <= 50
    assert seen.all_out <= timedelta(minutes=8)
    assert seen.calls_after <= 10 * 50 + seen.calls
