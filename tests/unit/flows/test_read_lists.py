"""MALL's lists are compared with our records: as few calls as possible, nothing missed, hints merged."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

import pytest

from orderbridge.domain.answers import ImportOutcome
from orderbridge.domain.codes.orders import DriftReason
from orderbridge.domain.failure_policy import CallResult
from orderbridge.domain.holds import HoldCode
from orderbridge.domain.reasons import because
from orderbridge.domain.statuses import MarketplaceStatus as M
from orderbridge.domain.statuses import ShopStatus as S
from orderbridge.flows.lists import reconcile
from orderbridge.flows.read_lists import (
    BETWEEN_HINTS,
    HINTS_REST,
    OFF_THE_LIST_FOR,
    RECONCILE_AGAIN,
    UNKNOWN_NUMBERS_FOR,
    ListOutcome,
    read_list,
)
from orderbridge.messages import ListRequest
from tests.fake_services import Fault, ShopFault
from tests.fakes import KEY_REFUSED
from tests.unit.flows.sequences import MINUTES, importing, linking, switch
from tests.unit.flows.world import SHOP, InMemoryProduct

if TYPE_CHECKING:
    from orderbridge.domain.views import MarketplaceView


def test_a_list_that_did_not_change_is_handed_over_once() -> None:
    world = linking()
    for number in range(1, 30):
        world.mall.hold(number)
    assert world.read_list().handed_over == 29
    world.settle()
    world.clock.advance(15 * MINUTES)
    assert world.read_list().handed_over == 0
    assert world.queues.changes == []


def test_a_list_of_bare_numbers_works_as_well() -> None:
    world = linking()
    world.mall.bare_lists = True
    world.mall.hold(1)
    world.clerk(1, S.HANDLED)
    world.tick()
    world.clock.advance(5 * MINUTES)
    world.mall.changes(1, status=M.CANCELLED)
    world.ticks(5 * MINUTES)
    order = world.order(1)
    assert order.marketplace.observed is not None
    assert order.marketplace.observed.status is M.CANCELLED


def test_requests_are_merged_into_the_next_reading() -> None:
    world = linking()
    world.mall.hold(1)
    requests = [
        ListRequest(shop=SHOP, what="unconfirmed", requested_at=world.clock.now(), hints=(1, 2, number))
        for number in range(100)
    ]
    world.clock.advance(seconds=1)
    outcomes = [read_list(world, request).outcome for request in requests]
    assert outcomes == [ListOutcome.READ] + [ListOutcome.ANSWERED] * 99
    assert world.mall.lists == 1


def test_numbers_that_are_not_ours_cost_no_call_after_the_first_look() -> None:
    world = linking()
    world.read_list(hints=(777, 778))
    for _ in range(5):
        world.clock.advance(BETWEEN_HINTS)
        assert world.read_list(hints=(778, 777)).outcome is ListOutcome.NOT_OURS
    assert (world.mall.lists, world.mall.calls) == (1, [])
    world.clock.advance(UNKNOWN_NUMBERS_FOR)
    assert world.read_list(hints=(777,)).outcome is ListOutcome.READ


def test_hints_in_a_row_wait_for_each_other() -> None:
    world = linking()
    assert world.read_list(hints=(1,)).outcome is ListOutcome.READ
    world.clock.advance(seconds=5)
    report = world.read_list(hints=(2,))
    assert report.outcome is ListOutcome.POSTPONED
    assert report.retry_in == BETWEEN_HINTS - timedelta(seconds=5)


def test_a_hint_about_an_order_of_ours_that_is_not_listed_reads_the_order() -> None:
    world = linking()
    world.mall.hold(1)
    world.clerk(1, S.HANDLED)
    world.tick()
    calls = len(world.mall.calls)
    world.read_list(hints=(1,))
    world.settle()
    assert len(world.mall.calls) == calls, "the echo of our own PUT"
    world.clock.advance(10 * MINUTES)
    world.mall.changes(1, status=M.CANCELLED, confirmed=True)
    world.read_list(hints=(1,))
    world.settle()
    order = world.order(1)
    assert order.marketplace.observed is not None
    assert order.marketplace.observed.status is M.CANCELLED


@pytest.mark.parametrize(
    ("call_result", "stopped", "paused"),
    [
        (CallResult.UNAUTHORIZED, True, False),
        (CallResult.FORBIDDEN, False, False),
        (CallResult.LIMITED, False, True),
        (CallResult.SERVER_ERROR, False, False),
        (CallResult.BROKEN_BODY, False, False),
    ],
)
def test_a_list_that_fails_changes_nothing_but_what_the_answer_says_of_the_shop(
    call_result: CallResult,
    stopped: bool,  # noqa: FBT001
    paused: bool,  # noqa: FBT001
) -> None:
    world = linking()
    world.mall.hold(1)
    world.mall.list_fault = Fault(call_result)
    report = world.read_list()
    assert (report.outcome, report.handed_over) == (ListOutcome.FAILED, 0)
    record = world.shops.records[SHOP]
    assert (record.stop is not None, record.paused_until is not None) == (stopped, paused)
    world.mall.list_fault = None
    world.clock.advance(10 * MINUTES)
    assert world.read_list().handed_over == 1
    assert world.shops.records[SHOP].stop is None


def test_a_shop_that_is_off_is_not_read() -> None:
    world = linking()
    switch(world, on=False)
    assert world.read_list().outcome is ListOutcome.OFF
    assert linking("off").read_list().outcome is ListOutcome.OFF
    assert world.mall.lists == 0


def test_a_reconciliation_takes_over_what_was_missed_with_one_call() -> None:
    world = linking()
    for number in range(1, 6):
        world.mall.hold(number, confirmed=True)
        world.clerk(number, S.SETTLED)
    world.tick()
    calls = len(world.mall.calls)
    world.mall.changes(2, status=M.DELIVERED, confirmed=True)
    world.mall.changes(4, status=M.LOST, confirmed=True)
    world.clock.advance(timedelta(hours=12))
    report = world.read_list("reconcile")
    world.settle()
    assert (report.calls, report.orders, report.handed_over) == (1, 3, 2)
    assert len(world.mall.calls) == calls + 2, "the two that MALL's list lacks were read"
    views = [world.order(number).marketplace.observed for number in range(1, 6)]
    assert [view and view.status for view in views] == [M.SHIPPED, M.DELIVERED, M.SHIPPED, M.LOST, M.SHIPPED]
    world.clock.advance(timedelta(days=1))
    assert world.read_list("reconcile").handed_over == 0


def test_a_reconciliation_reports_what_the_shop_never_showed() -> None:
    world = linking()
    world.clock.advance(timedelta(hours=1))
    world.mall.now = world.clock.now()
    world.mall.hold(1, M.SHIPPING, confirmed=True)
    world.clock.advance(timedelta(hours=30))
    world.read_list("reconcile")
    world.settle()
    order = world.order(1)
    assert order.cases.drift == because(DriftReason.NEVER_SHOWN, held=M.SHIPPING)
    assert [one.cause.value for one in order.cases.escalations if one.open] == ["drift"]
    world.clerk(1, S.HANDLED)
    world.tick()
    assert all(not one.open for one in world.order(1).cases.escalations)


def test_an_order_from_before_the_shop_was_connected_is_no_drift() -> None:
    world = linking()
    world.mall.hold(1, M.SHIPPING, confirmed=True)
    world.mall.changes(1, opened_at=world.clock.now() - timedelta(days=9), confirmed=True)
    world.clock.advance(timedelta(days=3))
    world.read_list("reconcile")
    world.settle()
    assert world.order(1).cases.drift is None


@pytest.mark.parametrize("tests", [True, False])
@pytest.mark.parametrize("what", ["reconcile", "unconfirmed"])
def test_test_orders_that_a_list_lacks_are_read_where_the_list_has_test_orders(
    what: Literal["reconcile", "unconfirmed"],
    *,
    tests: bool,
) -> None:
    world = linking(test_orders=tests)
    world.mall.tests.add(1)
    world.mall.hold(1, confirmed=what == "reconcile")
    world.clerk(1, S.PENDING)
    world.tick()
    calls = len(world.mall.calls)
    world.mall.changes(1, status=M.CANCELLED, confirmed=True)
    world.clock.advance(2 * OFF_THE_LIST_FOR)
    world.read_list(what)
    world.settle()
    assert len(world.mall.calls) == calls + tests


@pytest.mark.parametrize(
    "call_result", [CallResult.SERVER_ERROR, CallResult.LIMITED, CallResult.UNAUTHORIZED]
)
def test_a_reconciliation_that_failed_is_made_up_for_once_mall_answers_again(call_result: CallResult) -> None:
    world = linking()
    world.mall.list_fault = Fault(call_result)
    assert world.read_list("reconcile").outcome is ListOutcome.FAILED
    world.mall.list_fault = None
    world.clock.advance(15 * MINUTES)
    world.read_list()
    assert world.queues.take_lists() == [], "not at every reading"
    world.clock.advance(RECONCILE_AGAIN)
    world.read_list()
    (request,) = world.queues.take_lists()
    assert (request.what, read_list(world, request).outcome) == ("reconcile", ListOutcome.READ)
    world.clock.advance(2 * RECONCILE_AGAIN)
    world.read_list()
    assert world.queues.take_lists() == [], "nothing is owed any more"


def test_a_reconciliation_is_made_up_for_after_a_stop_even_if_its_first_message_was_lost() -> None:
    world = linking()
    world.shops.stop(SHOP, KEY_REFUSED, world.clock.now(), world.clock.now() + 10 * MINUTES)
    assert world.read_list("reconcile").outcome is ListOutcome.POSTPONED
    for _ in range(2):
        world.clock.advance(RECONCILE_AGAIN)
        world.read_list()
        (request,) = world.queues.take_lists()
        assert request.what == "reconcile"


def test_every_order_that_the_list_lacks_has_its_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that MALL does not know any more, after a change of key for example, must not take all the places."""
    monkeypatch.setattr(reconcile, "MAX_READS", 2)
    world = linking()
    for number in range(1, 9):
        world.mall.hold(number, confirmed=True)
        world.clerk(number, S.SETTLED)
    world.tick()
    for number in range(1, 4):
        del world.mall.orders[number]
        world.clerk(number, S.SETTLED, tracking_number="DR2")
    world.tick()
    for number in range(4, 9):
        world.mall.changes(number, status=M.DELIVERED, confirmed=True)
    problems = []
    for _ in range(3):
        world.clock.advance(timedelta(days=1))
        problems.append(world.read_list("reconcile").problem)
        world.settle()
    ended = [number for number in range(1, 9) if view_of(world, number).status is M.DELIVERED]
    assert ended == [4, 5, 6, 7, 8]
    left = "more orders that MALL's list lacks are read the next time"
    assert problems == [f"3 {left}", f"1 {left}", ""]


def test_hints_do_not_call_mall_once_each_while_its_list_fails() -> None:
    world = linking()
    world.mall.list_fault = Fault(CallResult.SERVER_ERROR)
    outcomes = []
    for number in range(10):
        outcomes.append(world.read_list(hints=(number,)))
        world.clock.advance(seconds=1)
    assert [one.outcome for one in outcomes] == [ListOutcome.FAILED] + [ListOutcome.POSTPONED] * 9
    assert all(one.retry_in is None for one in outcomes), "the next tick reads the list whole"
    world.clock.advance(HINTS_REST)
    world.mall.list_fault = None
    assert world.read_list(hints=(10,)).outcome is ListOutcome.READ
    world.clock.advance(BETWEEN_HINTS)
    assert world.read_list(hints=(11,)).outcome is ListOutcome.READ


def test_an_order_that_mall_did_not_find_once_is_looked_for_again_while_its_list_names_it() -> None:
    world = linking()
    world.mall.hold(1)
    world.mall.faults.append(Fault(CallResult.NOT_FOUND))
    world.clerk(1, S.HANDLED)
    world.tick()
    assert hold_of(world, 1) is HoldCode.NOT_AT_MARKETPLACE
    world.lists = True
    world.ticks(30 * MINUTES, 15 * MINUTES)
    assert hold_of(world, 1) is HoldCode.NOT_AT_MARKETPLACE, "not at every reading"
    world.ticks(60 * MINUTES, 15 * MINUTES)
    assert (world.held(1), hold_of(world, 1)) == (M.SHIPPING, None)


def test_what_somebody_else_confirmed_comes_to_be_known_before_its_deadline_is_near() -> None:
    """The shop's own module confirms at MALL: no deadline runs any more, and nothing is confirmed a second time."""
    world = linking()
    world.mall.hold(1)
    world.clerk(1, S.PENDING)
    world.tick()
    calls = len(world.mall.calls)
    world.mall.changes(1, confirmed=True)
    world.ticks(OFF_THE_LIST_FOR + 15 * MINUTES, 15 * MINUTES)
    assert view_of(world, 1).confirmed
    assert len(world.mall.calls) == calls + 1
    world.ticks(OFF_THE_LIST_FOR * 2, 15 * MINUTES)
    assert len(world.mall.calls) == calls + 1, "once"
    world.clerk(1, S.HANDLED)
    world.tick()
    (change,) = world.mall.writes(1)
    assert (change.status, change.confirm) == (M.SHIPPING, False)


@pytest.mark.parametrize("mode", ["link", "create"])
def test_a_changed_setting_ends_the_holds_that_it_made(mode: Literal["link", "create"]) -> None:
    """With ``create`` the shop refused the order; once somebody else brings the orders, nobody has to act."""
    world = importing()
    world.imports.faults.append(ShopFault(ImportOutcome.REFUSED))
    world.mall.hold(1)
    world.ticks(10 * MINUTES)
    assert hold_of(world, 1) is HoldCode.IMPORT_REFUSED
    settings = world.shops.records[SHOP].settings
    rules = replace(settings.rules, import_mode=mode)
    world.shops.put(settings.model_copy(update={"rules": rules}), world.clock.now())
    world.ticks(20 * MINUTES, 10 * MINUTES)
    assert (hold_of(world, 1) is None) is (mode == "link")


def view_of(world: InMemoryProduct, number: int) -> MarketplaceView:
    view = world.order(number).marketplace.observed
    assert view is not None
    return view


def hold_of(world: InMemoryProduct, number: int) -> HoldCode | None:
    hold = world.order(number).work.hold
    return None if hold is None else hold.code
