"""Orders living their lives through every flow, on fakes: what the shop does, what MALL gets."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from orderbridge.domain.dates import ShopDate
from orderbridge.domain.failure_policy import Call, CallResult
from orderbridge.domain.holds import HoldCode
from orderbridge.domain.rules import Rules
from orderbridge.domain.statuses import MarketplaceStatus, ShopStatus
from orderbridge.domain.steps import StepState
from orderbridge.errors import ForeignMessageError
from orderbridge.flows.api import orders as api_orders
from orderbridge.flows.retry_transitions import park_dead_letter
from tests.fakes import NOON, Fault
from tests.some_reasons import codes_in
from tests.texts import said
from tests.unit.flows.world import SHOP, InMemoryProduct

S, M = ShopStatus, MarketplaceStatus
TODAY = ShopDate(date(2026, 11, 20))


def reads(world: InMemoryProduct, number: int = 1) -> int:
    return sum(c.call is Call.READ and c.mall_order_id == number for c in world.mall.calls)


def test_straight_through_with_four_calls() -> None:
    world = InMemoryProduct()
    world.mall.hold(1)
    for status in (S.PENDING, S.HANDLED, S.SETTLED):
        world.clerk(1, status)
        world.tick()
        world.clock.advance(timedelta(minutes=5))
    world.clerk(1, S.SETTLED, delivery=TODAY)
    world.tick()
    assert world.statuses_sent(1) == ["shipping", "shipped", "delivered"]
    assert [change.confirm for change in world.mall.writes(1)] == [True, False, False]
    assert len(world.mall.calls) == 4
    assert world.order(1).work.recheck_at is None


def test_a_jump_becomes_shipped_then_delivered() -> None:
    world = InMemoryProduct()
    world.mall.hold(1)
    world.clerk(1, S.SETTLED, delivery=TODAY, created=TODAY)
    world.tick()
    assert world.statuses_sent(1) == ["shipped", "delivered"]
    shipped, delivered = world.mall.writes(1)
    assert shipped.tracking_url
    assert delivered.delivered_at is not None
    assert world.order(1).marketplace.observed is not None


def test_a_correction_within_the_undo_window_withdraws() -> None:
    world = InMemoryProduct(Rules(undo_window_seconds=900))
    world.mall.hold(1)
    world.clerk(1, S.CANCELED)
    world.tick()
    world.clock.advance(timedelta(minutes=10))
    world.clerk(1, S.HANDLED)
    world.ticks(timedelta(minutes=30))
    assert world.statuses_sent(1) == ["shipping"]
    withdrawn = [s for s in world.history(1).steps if s.state is StepState.WITHDRAWN]
    assert [s.action.value for s in withdrawn] == ["cancelled"]


def test_cancelled_is_sent_when_the_undo_window_is_over() -> None:
    world = InMemoryProduct(Rules(undo_window_seconds=900))
    world.mall.hold(1)
    world.clerk(1, S.CANCELED)
    world.tick()
    world.ticks(timedelta(minutes=14))
    assert world.statuses_sent(1) == []
    world.ticks(timedelta(minutes=3))
    assert world.statuses_sent(1) == ["cancelled"]


@pytest.mark.parametrize("effect", [True, False])
@pytest.mark.parametrize(
    "call_result",
    [CallResult.TIMEOUT, CallResult.CONNECTION_LOST, CallResult.BROKEN_BODY, CallResult.SERVER_ERROR],
)
def test_after_a_lost_answer_the_order_is_read_before_anything_is_sent(
    call_result: CallResult, *, effect: bool
) -> None:
    world = InMemoryProduct()
    world.mall.hold(1)
    world.clerk(1, S.HANDLED)
    world.mall.fail_next(call_result, effect=effect, call=Call.WRITE)
    world.tick()
    world.ticks(timedelta(minutes=2))
    calls = [c.call for c in world.mall.calls]
    assert calls[:3] == [Call.READ, Call.WRITE, Call.READ]
    assert world.statuses_sent(1) == ["shipping"]
    assert len(calls) == (3 if effect else 4)
    states = [s.state for s in world.history(1).steps if s.action.value == "shipping"]
    assert states == ([StepState.ACCEPTED] if effect else [StepState.UNANSWERED, StepState.ACCEPTED])


def test_mall_away_for_hours_loses_nothing_and_is_not_hammered() -> None:
    world = InMemoryProduct()
    for number in (1, 2, 3):
        world.mall.hold(number)
        world.clerk(number, S.HANDLED)
    world.mall.outage = Fault(CallResult.SERVER_ERROR)
    world.tick()
    world.ticks(timedelta(hours=3))
    assert len(world.mall.calls) < 3 * 30
    world.mall.outage = None
    world.ticks(timedelta(minutes=20))
    for number in (1, 2, 3):
        assert world.statuses_sent(number) == ["shipping"]


def test_writes_failing_while_reads_work_back_off_too() -> None:
    world = InMemoryProduct()
    world.mall.hold(1)
    world.clerk(1, S.HANDLED)
    world.mall.outage = Fault(CallResult.SERVER_ERROR, call=Call.WRITE)
    world.tick()
    world.ticks(timedelta(hours=2))
    assert len(world.mall.calls) < 60
    world.mall.outage = None
    world.ticks(timedelta(minutes=20))
    assert world.statuses_sent(1) == ["shipping"]


def test_a_refusal_is_held_with_its_reason_until_the_shop_changes_something() -> None:
    world = InMemoryProduct()
    world.mall.hold(1)
    world.clerk(1, S.HANDLED)
    world.mall.outage = Fault(CallResult.UNPROCESSABLE, call=Call.WRITE, message="not today")
    world.tick()
    world.ticks(timedelta(hours=1))
    hold = world.order(1).work.hold
    assert hold is not None
    assert hold.code is HoldCode.REFUSED
    assert "not today" in said(hold.reason)
    assert len(world.mall.calls) == 3
    world.mall.outage = None
    world.clerk(1, S.SETTLED)
    world.tick()
    assert world.statuses_sent(1) == ["shipped"]


@pytest.mark.parametrize(
    "answer", [CallResult.BAD_REQUEST, CallResult.FORBIDDEN, CallResult.CONFLICT, CallResult.UNPROCESSABLE]
)
def test_a_refusal_because_mall_already_holds_it_is_no_refusal(answer: CallResult) -> None:
    world = InMemoryProduct()
    world.mall.same_status_answer = answer
    world.mall.hold(1, confirmed=True)
    world.clerk(1, S.PENDING)
    world.tick()
    world.mall.hold(1, M.SHIPPING, confirmed=True)
    world.clerk(1, S.HANDLED)
    world.tick()
    assert world.order(1).work.hold is None
    assert world.order(1).marketplace.observed is not None
    assert world.held(1) is M.SHIPPING


def test_confirmed_by_somebody_else_is_noticed_and_not_sent_twice() -> None:
    world = InMemoryProduct()
    world.mall.hold(1)
    world.clerk(1, S.PENDING)
    world.tick()
    world.mall.orders[1] = replace(world.mall.orders[1], confirmed=True)
    world.clerk(1, S.HANDLED)
    world.tick()
    assert [change.confirm for change in world.mall.writes(1)] == [False]
    assert world.statuses_sent(1) == ["shipping"]


def test_a_revoked_key_stops_one_shop_and_loses_nothing() -> None:
    world = InMemoryProduct()
    world.add_shop("other")
    for number in (1, 2):
        world.mall.hold(number)
        world.clerk(number, S.HANDLED)
    world.marketplaces.at("other").hold(7)
    world.clerk(7, S.HANDLED, shop="other")
    world.mall.outage = Fault(CallResult.UNAUTHORIZED)
    world.tick()
    world.ticks(timedelta(hours=1))
    assert [c.status for c in world.marketplaces.at("other").writes(7)] == [M.SHIPPING]
    assert sum(result.newly_stopped for result in world.pushed) == 1
    assert len(world.mall.calls) < 40
    stop = world.shops.records[SHOP].stop
    assert stop is not None
    assert stop.since == NOON
    world.mall.outage = None
    world.ticks(timedelta(minutes=15))
    assert world.shops.records[SHOP].stop is None
    assert world.statuses_sent(1) == ["shipping"]
    assert world.statuses_sent(2) == ["shipping"]


def test_403_on_a_write_stops_the_shop_only_if_reading_is_forbidden_too() -> None:
    world = InMemoryProduct()
    world.mall.hold(1)
    world.clerk(1, S.HANDLED)
    world.mall.outage = Fault(CallResult.FORBIDDEN)
    world.tick()
    assert world.shops.records[SHOP].stop is not None
    world.mall.outage = None
    world.ticks(timedelta(minutes=15))
    assert world.statuses_sent(1) == ["shipping"]


@pytest.mark.parametrize("retry_after", [None, 30.0, 7200.0])
def test_a_429_pauses_the_shop_and_is_never_lost(retry_after: float | None) -> None:
    world = InMemoryProduct()
    for number in (1, 2):
        world.mall.hold(number)
        world.clerk(number, S.HANDLED)
    world.mall.faults.append(Fault(CallResult.LIMITED, retry_after=retry_after))
    started = world.clock.now()
    world.tick()
    wait = timedelta(seconds=retry_after or 60)
    if wait > timedelta(minutes=5):
        world.ticks(wait - timedelta(minutes=5))
        assert len(world.mall.calls) == 1
    world.ticks(timedelta(minutes=10))
    assert world.clock.now() - started >= wait
    assert world.statuses_sent(1) == ["shipping"]
    assert world.statuses_sent(2) == ["shipping"]


@pytest.mark.parametrize("senseless", [1_795_248_000.0, 86_401.0, -5.0, float("nan"), float("inf")])
def test_a_429_with_a_senseless_wait_pauses_as_one_without(senseless: float) -> None:
    world = InMemoryProduct()
    world.mall.hold(1)
    world.clerk(1, S.HANDLED)
    world.mall.faults.append(Fault(CallResult.LIMITED, retry_after=senseless))
    world.tick()
    world.ticks(timedelta(minutes=5))
    assert world.statuses_sent(1) == ["shipping"]


@pytest.mark.parametrize("effect", [False, True])
def test_a_success_that_names_an_error_is_no_acceptance(*, effect: bool) -> None:
    world = InMemoryProduct()
    world.mall.hold(1)
    world.clerk(1, S.HANDLED)
    world.mall.faults.append(
        Fault(CallResult.REJECTED, effect=effect, call=Call.WRITE, message="No such move")
    )
    world.ticks(timedelta(hours=3), timedelta(minutes=5))
    order = world.order(1)
    assert len([call for call in world.mall.calls if call.call is Call.WRITE]) == 1, "it is not sent again"
    if effect:
        assert (world.held(1), order.work.hold) == (M.SHIPPING, None)
    else:
        assert order.work.hold is not None
        assert order.work.hold.code is HoldCode.REFUSED
        assert "No such move" in said(order.work.hold.reason)
        assert [one.cause.value for one in order.cases.escalations if one.open] == ["refused"]


def test_a_read_that_names_an_error_is_tried_again_and_said() -> None:
    world = InMemoryProduct()
    world.mall.hold(1)
    world.clerk(1, S.HANDLED)
    world.mall.outage = Fault(CallResult.REJECTED, call=Call.READ)
    world.ticks(timedelta(hours=1))
    hold = world.order(1).work.hold
    assert hold is not None
    assert hold.code is HoldCode.NO_ANSWER
    world.mall.outage = None
    world.ticks(timedelta(hours=1), timedelta(minutes=5))
    assert world.statuses_sent(1) == ["shipping"]


def test_an_order_that_mall_does_not_know_is_held() -> None:
    world = InMemoryProduct()
    world.clerk(1, S.HANDLED)
    world.tick()
    world.ticks(timedelta(hours=1))
    hold = world.order(1).work.hold
    assert hold is not None
    assert hold.code is HoldCode.NOT_AT_MARKETPLACE
    assert len(world.mall.calls) == 1
    world.mall.hold(1)
    api_orders.retry_order(world, SHOP, "1")
    world.settle()
    assert world.statuses_sent(1) == ["shipping"]


@pytest.mark.parametrize("refused", [False, True])
def test_a_day_that_ended_before_shipped_is_sent_as_it_was_filled_in(*, refused: bool) -> None:
    """The clerk hands the parcel over, and tells of it only when it has arrived."""
    world = InMemoryProduct()
    world.mall.now = NOON - timedelta(days=3)
    world.mall.hold(1)
    world.clerk(1, S.SETTLED)
    world.tick()
    if refused:
        fault = Fault(CallResult.BAD_REQUEST, call=Call.WRITE, message="delivered_at is before shipped")
        world.mall.faults.append(fault)
    world.clerk(1, S.SETTLED, delivery=ShopDate(date(2026, 11, 19)))
    world.ticks(timedelta(minutes=5))
    (sent,) = [c.change for c in world.mall.calls if c.change and c.change.delivered_at]
    assert sent.delivered_at == NOON - timedelta(days=1, hours=1), "noon in Prague"
    hold = world.order(1).work.hold
    assert (hold is not None) is refused
    if hold is not None:
        assert hold.code is HoldCode.REFUSED
        assert "delivered_at is before shipped" in said(hold.reason)


def test_a_number_that_was_wrong_in_one_order_is_right_in_another_that_shows_it_later() -> None:
    world = InMemoryProduct()
    world.clerk(1, S.SETTLED, code="A")
    world.tick()
    hold = world.order(1).work.hold
    assert hold is not None
    assert hold.code is HoldCode.NOT_AT_MARKETPLACE
    world.clock.advance(timedelta(hours=1))
    world.mall.hold(1)
    world.clerk(1, S.HANDLED, code="B")
    world.tick()
    order = world.order(1)
    assert (order.shop_side.code, order.work.hold, order.shop_side.conflicting_view) == ("B", None, None)
    assert world.statuses_sent(1) == ["shipping"]
    assert [e.open for e in order.cases.escalations] == [False]
    assert order.shop_side.status_since == world.clock.now(), (
        "the other order's state is no clock for this one"
    )
    world.clock.advance(timedelta(hours=1))
    world.clerk(1, S.SETTLED, code="A")
    world.tick()
    assert world.statuses_sent(1) == ["shipping"], "the first one may come back, as the rival"
    second = world.order(1).work.hold
    assert second is not None
    assert second.code is HoldCode.TWO_ORDERS


def test_a_number_that_is_wrong_in_both_orders_is_held_for_both() -> None:
    world = InMemoryProduct()
    for code in ("A", "B"):
        world.clerk(1, S.HANDLED, code=code)
        world.ticks(timedelta(hours=1), timedelta(minutes=10))
        hold = world.order(1).work.hold
        assert hold is not None
        assert hold.code is HoldCode.NOT_AT_MARKETPLACE
    assert reads(world) == 2


def test_a_sender_that_dies_after_sending_is_found_and_read_back() -> None:
    world = InMemoryProduct()
    world.mall.hold(1)
    world.clerk(1, S.HANDLED)
    world.fetch()
    world.map_all()
    world.push_all()
    world.map_all()
    (send,) = world.queues.take_sends()
    saves = world.ledger.saves

    class Died(BaseException):
        pass

    real = world.mall.write

    def write_and_die(*arguments: object) -> object:
        real(*arguments)  # type: ignore[arg-type]
        raise Died

    world.mall.write = write_and_die  # type: ignore[assignment, method-assign]
    with pytest.raises(Died):
        world.push(send)
    world.mall.write = real  # type: ignore[method-assign]
    assert world.ledger.saves == saves + 1
    world.push(send)  # the queue repeats the message: the claim stands
    assert world.statuses_sent(1) == ["shipping"]
    world.ticks(timedelta(minutes=5))
    assert world.statuses_sent(1) == ["shipping"]
    assert world.order(1).work.hold is None
    assert [c.call for c in world.mall.calls].count(Call.WRITE) == 1


def test_lost_messages_are_found_by_the_record() -> None:
    world = InMemoryProduct()
    world.mall.hold(1)
    world.clerk(1, S.HANDLED)
    world.fetch()
    world.map_all()
    world.queues.take_sends()
    world.ticks(timedelta(minutes=7))
    assert world.statuses_sent(1) == ["shipping"]


def test_messages_repeated_and_out_of_order_change_nothing() -> None:
    world = InMemoryProduct()
    world.mall.hold(1)
    seen = []
    for status in (S.PENDING, S.HANDLED, S.SETTLED):
        world.clerk(1, status)
        world.fetch()
        seen += world.queues.changes
        world.settle()
        world.clock.advance(timedelta(minutes=6))
    for change in reversed(seen):
        world.queues.changes.append(change)
        world.settle()
    assert world.statuses_sent(1) == ["shipping", "shipped"]
    assert world.order(1).work.hold is None


def test_newer_news_wins_over_a_step_not_sent() -> None:
    world = InMemoryProduct()
    world.mall.hold(1)
    world.clerk(1, S.HANDLED)
    world.fetch()
    world.map_all()
    world.push_all()
    world.map_all()
    stale = list(world.queues.take_sends())
    world.clock.advance(timedelta(minutes=1))
    world.clerk(1, S.SETTLED)
    world.fetch()
    world.map_all()
    for send in stale:
        world.push(send)
    world.settle()
    assert world.statuses_sent(1) == ["shipped"]


def test_one_mall_number_in_two_orders_is_held_and_heals() -> None:
    world = InMemoryProduct()
    world.mall.hold(1)
    world.clerk(1, S.HANDLED)
    twin = replace(
        world.exports.at(SHOP).records[1], view=replace(world.exports.at(SHOP).records[1].view, code="C2")
    )
    world.exports.at(SHOP).records[2] = twin
    world.tick()
    hold = world.order(1).work.hold
    assert hold is not None
    assert codes_in(hold.reason) == ["hold.bad_record", "exported.same_number"]
    assert world.statuses_sent(1) == []
    del world.exports.at(SHOP).records[2]
    world.clock.advance(timedelta(minutes=6))
    world.tick()
    assert world.statuses_sent(1) == ["shipping"]


def test_dead_letters_are_parked_and_repeated_at_will() -> None:
    world = InMemoryProduct()
    world.mall.hold(1)
    world.clerk(1, S.HANDLED)
    world.fetch()
    (shop_updates,) = world.queues.take_changes()
    park_dead_letter(world, "m1", "changes", shop_updates.model_dump_json(), 5)
    park_dead_letter(world, "m1", "changes", shop_updates.model_dump_json(), 6)
    world.ticks(timedelta(minutes=10))
    hold = world.order(1).work.hold
    assert hold is not None
    assert hold.code is HoldCode.PARKED
    assert len(world.history(1).dead_letters) == 1
    api_orders.retry_order(world, SHOP, "1")
    world.settle()
    assert world.statuses_sent(1) == ["shipping"]


def test_a_dead_letter_that_is_not_ours_stays_in_its_queue() -> None:
    world = InMemoryProduct()
    with pytest.raises(ForeignMessageError):
        park_dead_letter(world, "m1", "changes", "{}", 5)


def test_a_switched_off_shop_sends_nothing_and_goes_on_later() -> None:
    world = InMemoryProduct()
    world.mall.hold(1)
    world.clerk(1, S.HANDLED)
    world.fetch()
    record = world.shops.records[SHOP]
    off = record.settings.model_copy(update={"enabled": False})
    world.shops.records[SHOP] = replace(record, settings=off)
    world.settle()
    world.ticks(timedelta(minutes=10))
    assert world.mall.calls == []
    world.shops.records[SHOP] = record
    world.ticks(timedelta(hours=2), timedelta(minutes=10))
    assert world.statuses_sent(1) == ["shipping"]
