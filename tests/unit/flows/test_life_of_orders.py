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
from orderbridge.flows.switching import pause_shop, resume_shop
from tests.fakes import NOON, Fault
from tests.reasons import codes_in
from tests.texts import said
from tests.unit.flows.in_memory_product import SHOP, InMemoryProduct
from tests.unit.flows.sequences import with_shipping_to_send

S, M = ShopStatus, MarketplaceStatus
TODAY = ShopDate(date(2026, 11, 20))


def reads(product: InMemoryProduct, number: int = 1) -> int:
    return sum(c.call is Call.READ and c.mall_order_id == number for c in product.mall.calls)


def test_straight_through_with_four_calls() -> None:
    product = InMemoryProduct()
    product.mall.hold(1)
    for status in (S.PENDING, S.HANDLED, S.SETTLED):
        product.clerk(1, status)
        product.tick()
        product.clock.advance(timedelta(minutes=5))
    product.clerk(1, S.SETTLED, delivery=TODAY)
    product.tick()
    assert product.statuses_sent(1) == ["shipping", "shipped", "delivered"]
    assert [change.confirm for change in product.mall.writes(1)] == [True, False, False]
    assert len(product.mall.calls) == 4
    assert product.order(1).work.recheck_at is None


def test_a_jump_becomes_shipped_then_delivered() -> None:
    product = InMemoryProduct()
    product.mall.hold(1)
    product.clerk(1, S.SETTLED, delivery=TODAY, created=TODAY)
    product.tick()
    assert product.statuses_sent(1) == ["shipped", "delivered"]
    shipped, delivered = product.mall.writes(1)
    assert shipped.tracking_url
    assert delivered.delivered_at is not None
    assert product.order(1).marketplace.observed is not None


def test_a_correction_within_the_undo_window_withdraws() -> None:
    product = InMemoryProduct(Rules(undo_window_seconds=900))
    product.mall.hold(1)
    product.clerk(1, S.CANCELED)
    product.tick()
    product.clock.advance(timedelta(minutes=10))
    product.clerk(1, S.HANDLED)
    product.ticks(timedelta(minutes=30))
    assert product.statuses_sent(1) == ["shipping"]
    withdrawn = [s for s in product.history(1).steps if s.state is StepState.WITHDRAWN]
    assert [s.action.value for s in withdrawn] == ["cancelled"]


def test_cancelled_is_sent_when_the_undo_window_is_over() -> None:
    product = InMemoryProduct(Rules(undo_window_seconds=900))
    product.mall.hold(1)
    product.clerk(1, S.CANCELED)
    product.tick()
    product.ticks(timedelta(minutes=14))
    assert product.statuses_sent(1) == []
    product.ticks(timedelta(minutes=3))
    assert product.statuses_sent(1) == ["cancelled"]


@pytest.mark.parametrize("effect", [True, False])
@pytest.mark.parametrize(
    "call_result",
    [CallResult.TIMEOUT, CallResult.CONNECTION_LOST, CallResult.BROKEN_BODY, CallResult.SERVER_ERROR],
)
def test_after_a_lost_answer_the_order_is_read_before_anything_is_sent(
    call_result: CallResult, *, effect: bool
) -> None:
    product = InMemoryProduct()
    product.mall.hold(1)
    product.clerk(1, S.HANDLED)
    product.mall.fail_next(call_result, effect=effect, call=Call.WRITE)
    product.tick()
    product.ticks(timedelta(minutes=2))
    calls = [c.call for c in product.mall.calls]
    assert calls[:3] == [Call.READ, Call.WRITE, Call.READ]
    assert product.statuses_sent(1) == ["shipping"]
    assert len(calls) == (3 if effect else 4)
    states = [s.state for s in product.history(1).steps if s.action.value == "shipping"]
    assert states == ([StepState.ACCEPTED] if effect else [StepState.UNANSWERED, StepState.ACCEPTED])


def test_mall_away_for_hours_loses_nothing_and_is_not_hammered() -> None:
    product = InMemoryProduct()
    for number in (1, 2, 3):
        product.mall.hold(number)
        product.clerk(number, S.HANDLED)
    product.mall.outage = Fault(CallResult.SERVER_ERROR)
    product.tick()
    product.ticks(timedelta(hours=3))
    assert len(product.mall.calls) < 3 * 30
    product.mall.outage = None
    product.ticks(timedelta(minutes=20))
    for number in (1, 2, 3):
        assert product.statuses_sent(number) == ["shipping"]


def test_writes_failing_while_reads_work_back_off_too() -> None:
    product = InMemoryProduct()
    product.mall.hold(1)
    product.clerk(1, S.HANDLED)
    product.mall.outage = Fault(CallResult.SERVER_ERROR, call=Call.WRITE)
    product.tick()
    product.ticks(timedelta(hours=2))
    assert len(product.mall.calls) < 60
    product.mall.outage = None
    product.ticks(timedelta(minutes=20))
    assert product.statuses_sent(1) == ["shipping"]


def test_a_refusal_is_held_with_its_reason_until_the_shop_changes_something() -> None:
    product = InMemoryProduct()
    product.mall.hold(1)
    product.clerk(1, S.HANDLED)
    product.mall.outage = Fault(CallResult.UNPROCESSABLE, call=Call.WRITE, message="not today")
    product.tick()
    product.ticks(timedelta(hours=1))
    hold = product.order(1).work.hold
    assert hold is not None
    assert hold.code is HoldCode.REFUSED
    assert "not today" in said(hold.reason)
    assert len(product.mall.calls) == 3
    product.mall.outage = None
    product.clerk(1, S.SETTLED)
    product.tick()
    assert product.statuses_sent(1) == ["shipped"]


@pytest.mark.parametrize(
    "answer", [CallResult.BAD_REQUEST, CallResult.FORBIDDEN, CallResult.CONFLICT, CallResult.UNPROCESSABLE]
)
def test_a_refusal_because_mall_already_holds_it_is_no_refusal(answer: CallResult) -> None:
    product = InMemoryProduct()
    product.mall.same_status_answer = answer
    product.mall.hold(1, confirmed=True)
    product.clerk(1, S.PENDING)
    product.tick()
    product.mall.hold(1, M.SHIPPING, confirmed=True)
    product.clerk(1, S.HANDLED)
    product.tick()
    assert product.order(1).work.hold is None
    assert product.order(1).marketplace.observed is not None
    assert product.held(1) is M.SHIPPING


def test_confirmed_by_somebody_else_is_noticed_and_not_sent_twice() -> None:
    product = InMemoryProduct()
    product.mall.hold(1)
    product.clerk(1, S.PENDING)
    product.tick()
    product.mall.orders[1] = replace(product.mall.orders[1], confirmed=True)
    product.clerk(1, S.HANDLED)
    product.tick()
    assert [change.confirm for change in product.mall.writes(1)] == [False]
    assert product.statuses_sent(1) == ["shipping"]


def test_a_revoked_key_stops_one_shop_and_loses_nothing() -> None:
    product = InMemoryProduct()
    product.add_shop("other")
    for number in (1, 2):
        product.mall.hold(number)
        product.clerk(number, S.HANDLED)
    product.marketplaces.at("other").hold(7)
    product.clerk(7, S.HANDLED, shop="other")
    product.mall.outage = Fault(CallResult.UNAUTHORIZED)
    product.tick()
    product.ticks(timedelta(hours=1))
    assert [c.status for c in product.marketplaces.at("other").writes(7)] == [M.SHIPPING]
    assert sum(result.newly_stopped for result in product.pushed) == 1
    assert len(product.mall.calls) < 40
    stop = product.shops.records[SHOP].stop
    assert stop is not None
    assert stop.since == NOON
    product.mall.outage = None
    product.ticks(timedelta(minutes=15))
    assert product.shops.records[SHOP].stop is None
    assert product.statuses_sent(1) == ["shipping"]
    assert product.statuses_sent(2) == ["shipping"]


def test_403_on_a_write_stops_the_shop_only_if_reading_is_forbidden_too() -> None:
    product = InMemoryProduct()
    product.mall.hold(1)
    product.clerk(1, S.HANDLED)
    product.mall.outage = Fault(CallResult.FORBIDDEN)
    product.tick()
    assert product.shops.records[SHOP].stop is not None
    product.mall.outage = None
    product.ticks(timedelta(minutes=15))
    assert product.statuses_sent(1) == ["shipping"]


@pytest.mark.parametrize("retry_after", [None, 30.0, 7200.0])
def test_a_429_pauses_the_shop_and_is_never_lost(retry_after: float | None) -> None:
    product = InMemoryProduct()
    for number in (1, 2):
        product.mall.hold(number)
        product.clerk(number, S.HANDLED)
    product.mall.faults.append(Fault(CallResult.LIMITED, retry_after=retry_after))
    started = product.clock.now()
    product.tick()
    wait = timedelta(seconds=retry_after or 60)
    if wait > timedelta(minutes=5):
        product.ticks(wait - timedelta(minutes=5))
        assert len(product.mall.calls) == 1
    product.ticks(timedelta(minutes=10))
    assert product.clock.now() - started >= wait
    assert product.statuses_sent(1) == ["shipping"]
    assert product.statuses_sent(2) == ["shipping"]


@pytest.mark.parametrize("senseless", [1_795_248_000.0, 86_401.0, -5.0, float("nan"), float("inf")])
def test_a_429_with_a_senseless_wait_pauses_as_one_without(senseless: float) -> None:
    product = InMemoryProduct()
    product.mall.hold(1)
    product.clerk(1, S.HANDLED)
    product.mall.faults.append(Fault(CallResult.LIMITED, retry_after=senseless))
    product.tick()
    product.ticks(timedelta(minutes=5))
    assert product.statuses_sent(1) == ["shipping"]


@pytest.mark.parametrize("effect", [False, True])
def test_a_success_that_names_an_error_is_no_acceptance(*, effect: bool) -> None:
    product = InMemoryProduct()
    product.mall.hold(1)
    product.clerk(1, S.HANDLED)
    product.mall.faults.append(
        Fault(CallResult.REJECTED, effect=effect, call=Call.WRITE, message="No such move")
    )
    product.ticks(timedelta(hours=3), timedelta(minutes=5))
    order = product.order(1)
    assert len([call for call in product.mall.calls if call.call is Call.WRITE]) == 1, "it is not sent again"
    if effect:
        assert (product.held(1), order.work.hold) == (M.SHIPPING, None)
    else:
        assert order.work.hold is not None
        assert order.work.hold.code is HoldCode.REFUSED
        assert "No such move" in said(order.work.hold.reason)
        assert [one.cause.value for one in order.cases.escalations if one.open] == ["refused"]


def test_a_read_that_names_an_error_is_tried_again_and_said() -> None:
    product = InMemoryProduct()
    product.mall.hold(1)
    product.clerk(1, S.HANDLED)
    product.mall.outage = Fault(CallResult.REJECTED, call=Call.READ)
    product.ticks(timedelta(hours=1))
    hold = product.order(1).work.hold
    assert hold is not None
    assert hold.code is HoldCode.NO_ANSWER
    product.mall.outage = None
    product.ticks(timedelta(hours=1), timedelta(minutes=5))
    assert product.statuses_sent(1) == ["shipping"]


def test_an_order_that_mall_does_not_know_is_held() -> None:
    product = InMemoryProduct()
    product.clerk(1, S.HANDLED)
    product.tick()
    product.ticks(timedelta(hours=1))
    hold = product.order(1).work.hold
    assert hold is not None
    assert hold.code is HoldCode.NOT_AT_MARKETPLACE
    assert len(product.mall.calls) == 1
    product.mall.hold(1)
    api_orders.retry_order(product, SHOP, "1")
    product.settle()
    assert product.statuses_sent(1) == ["shipping"]


@pytest.mark.parametrize("refused", [False, True])
def test_a_day_that_ended_before_shipped_is_sent_as_it_was_filled_in(*, refused: bool) -> None:
    """The clerk hands the parcel over, and tells of it only when it has arrived."""
    product = InMemoryProduct()
    product.mall.now = NOON - timedelta(days=3)
    product.mall.hold(1)
    product.clerk(1, S.SETTLED)
    product.tick()
    if refused:
        fault = Fault(CallResult.BAD_REQUEST, call=Call.WRITE, message="delivered_at is before shipped")
        product.mall.faults.append(fault)
    product.clerk(1, S.SETTLED, delivery=ShopDate(date(2026, 11, 19)))
    product.ticks(timedelta(minutes=5))
    (sent,) = [c.change for c in product.mall.calls if c.change and c.change.delivered_at]
    assert sent.delivered_at == NOON - timedelta(days=1, hours=1), "noon in Prague"
    hold = product.order(1).work.hold
    assert (hold is not None) is refused
    if hold is not None:
        assert hold.code is HoldCode.REFUSED
        assert "delivered_at is before shipped" in said(hold.reason)


def test_a_number_that_was_wrong_in_one_order_is_right_in_another_that_shows_it_later() -> None:
    product = InMemoryProduct()
    product.clerk(1, S.SETTLED, code="A")
    product.tick()
    hold = product.order(1).work.hold
    assert hold is not None
    assert hold.code is HoldCode.NOT_AT_MARKETPLACE
    product.clock.advance(timedelta(hours=1))
    product.mall.hold(1)
    product.clerk(1, S.HANDLED, code="B")
    product.tick()
    order = product.order(1)
    assert (order.shop_side.code, order.work.hold, order.shop_side.conflicting_view) == ("B", None, None)
    assert product.statuses_sent(1) == ["shipping"]
    assert [e.open for e in order.cases.escalations] == [False]
    assert order.shop_side.status_since == product.clock.now(), (
        "the other order's state is no clock for this one"
    )
    product.clock.advance(timedelta(hours=1))
    product.clerk(1, S.SETTLED, code="A")
    product.tick()
    assert product.statuses_sent(1) == ["shipping"], "the first one may come back, as the conflicting view"
    second = product.order(1).work.hold
    assert second is not None
    assert second.code is HoldCode.TWO_ORDERS


def test_a_number_that_is_wrong_in_both_orders_is_held_for_both() -> None:
    product = InMemoryProduct()
    for code in ("A", "B"):
        product.clerk(1, S.HANDLED, code=code)
        product.ticks(timedelta(hours=1), timedelta(minutes=10))
        hold = product.order(1).work.hold
        assert hold is not None
        assert hold.code is HoldCode.NOT_AT_MARKETPLACE
    assert reads(product) == 2


def test_a_sender_that_dies_after_sending_is_found_and_read_back() -> None:
    product = with_shipping_to_send()
    (send,) = product.queues.take_sends()
    saves = product.ledger.saves

    class Died(BaseException):
        pass

    real = product.mall.write

    def write_and_die(*arguments: object) -> object:
        real(*arguments)  # type: ignore[arg-type]
        raise Died

    product.mall.write = write_and_die  # type: ignore[assignment, method-assign]
    with pytest.raises(Died):
        product.push(send)
    product.mall.write = real  # type: ignore[method-assign]
    assert product.ledger.saves == saves + 1
    product.push(send)  # the queue repeats the message: the claim stands
    assert product.statuses_sent(1) == ["shipping"]
    product.ticks(timedelta(minutes=5))
    assert product.statuses_sent(1) == ["shipping"]
    assert product.order(1).work.hold is None
    assert [c.call for c in product.mall.calls].count(Call.WRITE) == 1


def test_lost_messages_are_found_by_the_record() -> None:
    product = InMemoryProduct()
    product.mall.hold(1)
    product.clerk(1, S.HANDLED)
    product.fetch()
    product.map_all()
    product.queues.take_sends()
    product.ticks(timedelta(minutes=7))
    assert product.statuses_sent(1) == ["shipping"]


def test_messages_repeated_and_out_of_order_change_nothing() -> None:
    product = InMemoryProduct()
    product.mall.hold(1)
    seen = []
    for status in (S.PENDING, S.HANDLED, S.SETTLED):
        product.clerk(1, status)
        product.fetch()
        seen += product.queues.changes
        product.settle()
        product.clock.advance(timedelta(minutes=6))
    for change in reversed(seen):
        product.queues.changes.append(change)
        product.settle()
    assert product.statuses_sent(1) == ["shipping", "shipped"]
    assert product.order(1).work.hold is None


def test_a_newer_update_wins_over_a_step_not_sent() -> None:
    product = with_shipping_to_send()
    stale = list(product.queues.take_sends())
    product.clock.advance(timedelta(minutes=1))
    product.clerk(1, S.SETTLED)
    product.fetch()
    product.map_all()
    for send in stale:
        product.push(send)
    product.settle()
    assert product.statuses_sent(1) == ["shipped"]


def test_one_mall_number_in_two_orders_is_held_and_heals() -> None:
    product = InMemoryProduct()
    product.mall.hold(1)
    product.clerk(1, S.HANDLED)
    twin = replace(
        product.exports.at(SHOP).records[1], view=replace(product.exports.at(SHOP).records[1].view, code="C2")
    )
    product.exports.at(SHOP).records[2] = twin
    product.tick()
    hold = product.order(1).work.hold
    assert hold is not None
    assert codes_in(hold.reason) == ["hold.bad_record", "exported.same_number"]
    assert product.statuses_sent(1) == []
    del product.exports.at(SHOP).records[2]
    product.clock.advance(timedelta(minutes=6))
    product.tick()
    assert product.statuses_sent(1) == ["shipping"]


def test_dead_letters_are_parked_and_repeated_at_will() -> None:
    product = InMemoryProduct()
    product.mall.hold(1)
    product.clerk(1, S.HANDLED)
    product.fetch()
    (shop_updates,) = product.queues.take_changes()
    park_dead_letter(product, "m1", "changes", shop_updates.model_dump_json(), 5)
    park_dead_letter(product, "m1", "changes", shop_updates.model_dump_json(), 6)
    product.ticks(timedelta(minutes=10))
    hold = product.order(1).work.hold
    assert hold is not None
    assert hold.code is HoldCode.PARKED
    assert len(product.history(1).dead_letters) == 1
    api_orders.retry_order(product, SHOP, "1")
    product.settle()
    assert product.statuses_sent(1) == ["shipping"]


def test_a_dead_letter_that_is_not_ours_stays_in_its_queue() -> None:
    product = InMemoryProduct()
    with pytest.raises(ForeignMessageError):
        park_dead_letter(product, "m1", "changes", "{}", 5)


def test_a_switched_off_shop_sends_nothing_and_goes_on_later() -> None:
    product = InMemoryProduct()
    product.mall.hold(1)
    product.clerk(1, S.HANDLED)
    product.fetch()
    pause_shop(product, SHOP, "marta", product.clock.now())
    product.settle()
    product.ticks(timedelta(minutes=10))
    assert product.mall.calls == []
    resume_shop(product, product.shops.records[SHOP], "marta", product.clock.now())
    product.ticks(timedelta(hours=2), timedelta(minutes=10))
    assert product.statuses_sent(1) == ["shipping"]
