"""What MALL or the customer changes is taken over and confirmed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from orderbridge.domain.failure_policy import Call, CallResult
from orderbridge.domain.holds import HoldCode
from orderbridge.domain.statuses import MarketplaceStatus as M
from orderbridge.domain.statuses import ShopStatus as S
from tests.fakes import KEY_REFUSED, Fault
from tests.unit.flows.in_memory_product import SHOP
from tests.unit.flows.sequences import MINUTES, TODAY, importing, linking, stops


@pytest.mark.parametrize("started", [None, S.HANDLED, S.PARTIALLY_SETTLED])
def test_a_customers_cancellation_is_written_into_the_shop_and_acknowledged(started: S | None) -> None:
    product = importing()
    product.mall.hold(1)
    product.ticks(10 * MINUTES)
    if started:
        product.clerk(1, started)
        product.tick()
    product.mall.changes(1, status=M.CANCELLED)
    product.ticks(10 * MINUTES)
    assert product.imports.written[1:] == [(SHOP, "cancel", "C1")]
    assert product.exports.at(SHOP).records[1].view.status is S.CANCELED
    assert product.mall.orders[1].confirmed
    assert len(stops(product)) == (1 if started else 0)
    puts = len(product.mall.writes(1))
    product.ticks(60 * MINUTES, 5 * MINUTES)
    assert (len(product.imports.written), len(product.mall.writes(1))) == (2, puts), "its echo starts nothing"


def test_a_cancellation_that_cannot_be_written_soon_is_told() -> None:
    """While the export cannot be read nobody knows whether the clerk packs."""
    product = importing()
    product.mall.hold(1)
    product.ticks(10 * MINUTES)
    product.mall.changes(1, status=M.CANCELLED)
    product.exports.at(SHOP).fails = True
    product.ticks(10 * MINUTES)
    assert (stops(product), len(product.imports.written)) == ([], 1)
    product.ticks(10 * MINUTES)
    assert (len(stops(product)), len(product.imports.written)) == (1, 1)
    product.exports.at(SHOP).fails = False
    product.ticks(20 * MINUTES)
    assert (len(stops(product)), len(product.imports.written)) == (1, 2)


@pytest.mark.parametrize("trouble", ["key refused", "paused"])
def test_writing_a_cancellation_needs_nothing_of_mall(trouble: str) -> None:
    product = importing()
    product.mall.hold(1)
    product.ticks(10 * MINUTES)
    product.mall.changes(1, status=M.CANCELLED)
    now = product.clock.advance(MINUTES)
    product.read_list()
    if trouble == "key refused":
        product.shops.stop(SHOP, KEY_REFUSED, now, now + timedelta(hours=9))
    else:
        product.shops.note_limit(SHOP, now + timedelta(hours=9))
    product.ticks(10 * MINUTES)
    assert (stops(product), product.imports.written[1:]) == ([], [(SHOP, "cancel", "C1")])


def test_what_is_confirmed_late_is_read_first() -> None:
    """MALL takes a confirmation for whatever it holds by then, and would never name the cancellation again."""
    product = importing()
    product.mall.hold(1)
    product.mall.faults.append(Fault(CallResult.LIMITED, call=Call.WRITE, retry_after=7200))
    product.ticks(10 * MINUTES)
    assert not product.mall.orders[1].confirmed
    product.mall.changes(1, status=M.CANCELLED)
    product.lists = False
    product.ticks(timedelta(hours=3), 5 * MINUTES)
    observed = product.order(1).marketplace.observed
    assert observed is not None
    assert observed.status is M.CANCELLED
    assert product.imports.written[1:] == [(SHOP, "cancel", "C1")]


def test_a_parcel_that_has_left_is_stopped_by_a_person_not_by_us() -> None:
    product = importing()
    product.mall.hold(1)
    product.ticks(10 * MINUTES)
    product.clerk(1, S.SETTLED)
    product.tick()
    assert product.held(1) is M.SHIPPED
    product.mall.changes(1, status=M.CANCELLED)
    product.ticks(10 * MINUTES)
    assert len(product.imports.written) == 1
    assert product.order(1).work.hold is not None
    assert stops(product) == ["Zastavte zasilku: objednavka MALL 1 byla zrusena"]
    assert product.mall.orders[1].confirmed


def test_linked_orders_are_told_and_acknowledged_without_writing() -> None:
    product = linking()
    product.mall.hold(1)
    product.clerk(1, S.HANDLED)
    product.tick()
    product.mall.changes(1, status=M.CANCELLED)
    product.ticks(5 * MINUTES)
    assert product.order(1).marketplace.observed is not None
    assert product.order(1).work.hold is not None
    assert product.mall.orders[1].confirmed
    assert M.CANCELLED not in [change.status for change in product.mall.writes(1)]
    assert len([s for _, s, _ in product.alarms.published if "zastavte" in s.lower()]) == 1


def test_a_clerk_who_sets_a_cancelled_order_back_is_told_and_not_argued_with() -> None:
    product = importing()
    product.mall.hold(1)
    product.ticks(10 * MINUTES)
    product.mall.changes(1, status=M.CANCELLED)
    product.ticks(10 * MINUTES)
    for status in (S.HANDLED, S.PENDING, S.HANDLED):
        product.clerk(1, status)
        product.ticks(10 * MINUTES)
    assert [what for _, what, _ in product.imports.written] == ["create", "cancel"]
    hold = product.order(1).work.hold
    assert hold is not None
    assert hold.code is HoldCode.MARKETPLACE_CLOSED


def test_what_we_cancelled_ourselves_is_never_written_back() -> None:
    product = importing()
    product.mall.hold(1)
    product.ticks(10 * MINUTES)
    product.clerk(1, S.CANCELED)
    product.ticks(10 * MINUTES)
    assert product.held(1) is M.CANCELLED
    product.clerk(1, S.HANDLED)
    product.ticks(30 * MINUTES, 5 * MINUTES)
    assert len(product.imports.written) == 1


@pytest.mark.parametrize("status", [M.LOST, M.RETURNED, M.DELIVERED])
def test_what_mall_ends_is_taken_over_shown_and_never_fought(status: M) -> None:
    product = linking()
    product.mall.hold(1)
    product.clerk(1, S.SETTLED)
    product.tick()
    puts = len(product.mall.writes(1))
    product.mall.changes(1, status=status)
    product.ticks(5 * MINUTES)
    order = product.order(1)
    assert order.marketplace.observed is not None
    assert order.marketplace.observed.status is status
    later = product.mall.writes(1)[puts:]
    assert [(change.status, change.confirm) for change in later] == [(None, True)]
    product.clerk(1, S.HANDLED)
    product.ticks(30 * MINUTES, 5 * MINUTES)
    assert product.held(1) is status
    assert len(product.mall.writes(1)) == puts + 1


def test_mall_delivery_moves_its_orders_by_itself_and_nothing_is_held_against_it() -> None:
    product = linking()
    product.mall.hold(1)
    product.mall.orders[1] = replace(product.mall.orders[1], marketplace_delivery=True)
    product.clerk(1, S.HANDLED)
    product.tick()
    for status in (M.SHIPPED, M.DELIVERED):
        product.mall.changes(1, status=status)
        product.ticks(5 * MINUTES)
        assert product.order(1).work.hold is None
    assert [change.status for change in product.mall.writes(1)] == [M.SHIPPING, None, None]
    assert product.alarms.published == []


def test_an_order_that_mall_reopens_after_delivered_is_reported_and_nothing_is_sent() -> None:
    product = linking()
    product.mall.hold(1)
    product.clerk(1, S.SETTLED, delivery=TODAY, created=TODAY)
    product.ticks(5 * MINUTES)
    assert product.held(1) is M.DELIVERED
    writes = len(product.mall.writes(1))
    product.mall.changes(1, status=M.SHIPPED, confirmed=True)
    product.clock.advance(timedelta(hours=2))
    product.read_list("reconcile")
    product.settle()
    product.ticks(30 * MINUTES, 5 * MINUTES)
    hold = product.order(1).work.hold
    assert hold is not None
    assert hold.code is HoldCode.REOPENED
    assert len(product.mall.writes(1)) == writes


def test_a_list_a_moment_older_than_our_own_step_undoes_nothing() -> None:
    product = linking()
    product.mall.hold(1)
    product.clerk(1, S.HANDLED)
    product.fetch()
    before = product.clock.now()
    product.read_list()
    listed = product.queues.take_changes()
    product.queues.changes += [change for change in listed if change.kind == "shop_update"]
    product.clock.advance(seconds=1)
    product.settle()
    assert product.held(1) is M.SHIPPING
    product.queues.changes += [change for change in listed if change.kind == "listing_update"]
    product.settle()
    order = product.order(1)
    assert order.marketplace.observed is not None
    assert (order.marketplace.observed.status, product.statuses_sent(1)) == (M.SHIPPING, ["shipping"])
    assert before < product.clock.now()
