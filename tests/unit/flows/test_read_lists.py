"""MALL's lists are compared with our records: as few calls as possible, nothing missed, hints merged."""

from __future__ import annotations

from datetime import timedelta

import pytest

from orderbridge.domain.failure_policy import CameBack
from orderbridge.domain.statuses import MarketplaceStatus as M
from orderbridge.domain.statuses import ShopStatus as S
from orderbridge.flows.read_lists import BETWEEN_HINTS, RECONCILE_AGAIN, STRANGERS_FOR, ListOutcome, read_list
from orderbridge.messages import ListRequest
from tests.fake_services import Fault
from tests.unit.flows.sequences import MINUTES, linking, switch
from tests.unit.flows.world import SHOP


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
    assert order.observed is not None
    assert order.observed.status is M.CANCELLED


def test_requests_are_merged_into_the_next_reading() -> None:
    world = linking()
    world.mall.hold(1)
    requests = [
        ListRequest(shop=SHOP, what="unconfirmed", asked_at=world.clock.now(), hints=(1, 2, number))
        for number in range(100)
    ]
    world.clock.advance(seconds=1)
    outcomes = [read_list(request, world).outcome for request in requests]
    assert outcomes == [ListOutcome.READ] + [ListOutcome.ANSWERED] * 99
    assert world.mall.lists == 1


def test_numbers_that_are_not_ours_cost_no_call_after_the_first_look() -> None:
    world = linking()
    world.read_list(hints=(777, 778))
    for _ in range(5):
        world.clock.advance(BETWEEN_HINTS)
        assert world.read_list(hints=(778, 777)).outcome is ListOutcome.NOT_OURS
    assert (world.mall.lists, world.mall.calls) == (1, [])
    world.clock.advance(STRANGERS_FOR)
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
    assert order.observed is not None
    assert order.observed.status is M.CANCELLED


@pytest.mark.parametrize(
    ("came_back", "stopped", "paused"),
    [
        (CameBack.UNAUTHORIZED, True, False),
        (CameBack.FORBIDDEN, False, False),
        (CameBack.LIMITED, False, True),
        (CameBack.SERVER_ERROR, False, False),
        (CameBack.BROKEN_BODY, False, False),
    ],
)
def test_a_list_that_fails_changes_nothing_but_what_the_answer_says_of_the_shop(
    came_back: CameBack,
    stopped: bool,  # noqa: FBT001
    paused: bool,  # noqa: FBT001
) -> None:
    world = linking()
    world.mall.hold(1)
    world.mall.list_fault = Fault(came_back)
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
    views = [world.order(number).observed for number in range(1, 6)]
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
    assert "never shown" in order.drift
    assert [one.cause.value for one in order.escalations if one.open] == ["drift"]
    world.clerk(1, S.HANDLED)
    world.tick()
    assert all(not one.open for one in world.order(1).escalations)


def test_an_order_from_before_the_shop_was_connected_is_no_drift() -> None:
    world = linking()
    world.mall.hold(1, M.SHIPPING, confirmed=True)
    world.mall.changes(1, opened_at=world.clock.now() - timedelta(days=9), confirmed=True)
    world.clock.advance(timedelta(days=3))
    world.read_list("reconcile")
    world.settle()
    assert world.order(1).drift == ""


@pytest.mark.parametrize("came_back", [CameBack.SERVER_ERROR, CameBack.LIMITED, CameBack.UNAUTHORIZED])
def test_a_reconciliation_that_failed_is_made_up_for_once_mall_answers_again(came_back: CameBack) -> None:
    world = linking()
    world.mall.list_fault = Fault(came_back)
    assert world.read_list("reconcile").outcome is ListOutcome.FAILED
    world.mall.list_fault = None
    world.clock.advance(15 * MINUTES)
    world.read_list()
    assert world.queues.take_lists() == [], "not at every reading"
    world.clock.advance(RECONCILE_AGAIN)
    world.read_list()
    (request,) = world.queues.take_lists()
    assert (request.what, read_list(request, world).outcome) == ("reconcile", ListOutcome.READ)
    world.clock.advance(2 * RECONCILE_AGAIN)
    world.read_list()
    assert world.queues.take_lists() == [], "nothing is owed any more"


def test_a_reconciliation_is_made_up_for_after_a_stop_even_if_its_first_message_was_lost() -> None:
    world = linking()
    world.shops.stop(SHOP, "test", world.clock.now(), world.clock.now() + 10 * MINUTES)
    assert world.read_list("reconcile").outcome is ListOutcome.POSTPONED
    for _ in range(2):
        world.clock.advance(RECONCILE_AGAIN)
        world.read_list()
        (request,) = world.queues.take_lists()
        assert request.what == "reconcile"
