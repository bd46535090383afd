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
from tests.fakes import KEY_REFUSED, Fault, ShopFault
from tests.unit.flows.in_memory_product import SHOP, InMemoryProduct
from tests.unit.flows.sequences import MINUTES, importing, linking, switch

if TYPE_CHECKING:
    from orderbridge.domain.views import MarketplaceView


def test_a_list_that_did_not_change_is_handed_over_once() -> None:
    product = linking()
    for number in range(1, 30):
        product.mall.hold(number)
    assert product.read_list().handed_over == 29
    product.settle()
    product.clock.advance(15 * MINUTES)
    assert product.read_list().handed_over == 0
    assert product.queues.changes == []


def test_a_list_of_bare_numbers_works_as_well() -> None:
    product = linking()
    product.mall.bare_lists = True
    product.mall.hold(1)
    product.clerk(1, S.HANDLED)
    product.tick()
    product.clock.advance(5 * MINUTES)
    product.mall.changes(1, status=M.CANCELLED)
    product.ticks(5 * MINUTES)
    order = product.order(1)
    assert order.marketplace.observed is not None
    assert order.marketplace.observed.status is M.CANCELLED


def test_requests_are_merged_into_the_next_reading() -> None:
    product = linking()
    product.mall.hold(1)
    requests = [
        ListRequest(shop=SHOP, what="unconfirmed", requested_at=product.clock.now(), hints=(1, 2, number))
        for number in range(100)
    ]
    product.clock.advance(seconds=1)
    outcomes = [read_list(product, request).outcome for request in requests]
    assert outcomes == [ListOutcome.READ] + [ListOutcome.ANSWERED] * 99
    assert product.mall.lists == 1


def test_numbers_that_are_not_ours_cost_no_call_after_the_first_reading() -> None:
    product = linking()
    product.read_list(hints=(777, 778))
    for _ in range(5):
        product.clock.advance(BETWEEN_HINTS)
        assert product.read_list(hints=(778, 777)).outcome is ListOutcome.NOT_OURS
    assert (product.mall.lists, product.mall.calls) == (1, [])
    product.clock.advance(UNKNOWN_NUMBERS_FOR)
    assert product.read_list(hints=(777,)).outcome is ListOutcome.READ


def test_hints_in_a_row_wait_for_each_other() -> None:
    product = linking()
    assert product.read_list(hints=(1,)).outcome is ListOutcome.READ
    product.clock.advance(seconds=5)
    report = product.read_list(hints=(2,))
    assert report.outcome is ListOutcome.POSTPONED
    assert report.retry_in == BETWEEN_HINTS - timedelta(seconds=5)


def test_a_hint_about_an_order_of_ours_that_is_not_listed_reads_the_order() -> None:
    product = linking()
    product.mall.hold(1)
    product.clerk(1, S.HANDLED)
    product.tick()
    calls = len(product.mall.calls)
    product.read_list(hints=(1,))
    product.settle()
    assert len(product.mall.calls) == calls, "the echo of our own PUT"
    product.clock.advance(10 * MINUTES)
    product.mall.changes(1, status=M.CANCELLED, confirmed=True)
    product.read_list(hints=(1,))
    product.settle()
    order = product.order(1)
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
    product = linking()
    product.mall.hold(1)
    product.mall.list_fault = Fault(call_result)
    report = product.read_list()
    assert (report.outcome, report.handed_over) == (ListOutcome.FAILED, 0)
    record = product.shops.records[SHOP]
    assert (record.stop is not None, record.limited_until is not None) == (stopped, paused)
    product.mall.list_fault = None
    product.clock.advance(10 * MINUTES)
    assert product.read_list().handed_over == 1
    assert product.shops.records[SHOP].stop is None


def test_a_shop_that_is_off_is_not_read() -> None:
    product = linking()
    switch(product, on=False)
    assert product.read_list().outcome is ListOutcome.OFF
    assert linking("off").read_list().outcome is ListOutcome.OFF
    assert product.mall.lists == 0


def test_a_reconciliation_takes_over_what_was_missed_with_one_call() -> None:
    product = linking()
    for number in range(1, 6):
        product.mall.hold(number, confirmed=True)
        product.clerk(number, S.SETTLED)
    product.tick()
    calls = len(product.mall.calls)
    product.mall.changes(2, status=M.DELIVERED, confirmed=True)
    product.mall.changes(4, status=M.LOST, confirmed=True)
    product.clock.advance(timedelta(hours=12))
    report = product.read_list("reconcile")
    product.settle()
    assert (report.calls, report.orders, report.handed_over) == (1, 3, 2)
    assert len(product.mall.calls) == calls + 2, "the two that MALL's list lacks were read"
    views = [product.order(number).marketplace.observed for number in range(1, 6)]
    assert [view and view.status for view in views] == [M.SHIPPED, M.DELIVERED, M.SHIPPED, M.LOST, M.SHIPPED]
    product.clock.advance(timedelta(days=1))
    assert product.read_list("reconcile").handed_over == 0


def test_a_reconciliation_reports_what_the_shop_never_showed() -> None:
    product = linking()
    product.clock.advance(timedelta(hours=1))
    product.mall.now = product.clock.now()
    product.mall.hold(1, M.SHIPPING, confirmed=True)
    product.clock.advance(timedelta(hours=30))
    product.read_list("reconcile")
    product.settle()
    order = product.order(1)
    assert order.cases.drift == because(DriftReason.NEVER_SHOWN, held=M.SHIPPING)
    assert [one.cause.value for one in order.cases.escalations if one.open] == ["drift"]
    product.clerk(1, S.HANDLED)
    product.tick()
    assert all(not one.open for one in product.order(1).cases.escalations)


def test_an_order_from_before_the_shop_was_connected_is_no_drift() -> None:
    product = linking()
    product.mall.hold(1, M.SHIPPING, confirmed=True)
    product.mall.changes(1, opened_at=product.clock.now() - timedelta(days=9), confirmed=True)
    product.clock.advance(timedelta(days=3))
    product.read_list("reconcile")
    product.settle()
    assert product.order(1).cases.drift is None


@pytest.mark.parametrize("tests", [True, False])
@pytest.mark.parametrize("what", ["reconcile", "unconfirmed"])
def test_test_orders_that_a_list_lacks_are_read_where_the_list_has_test_orders(
    what: Literal["reconcile", "unconfirmed"],
    *,
    tests: bool,
) -> None:
    product = linking(test_orders=tests)
    product.mall.tests.add(1)
    product.mall.hold(1, confirmed=what == "reconcile")
    product.clerk(1, S.PENDING)
    product.tick()
    calls = len(product.mall.calls)
    product.mall.changes(1, status=M.CANCELLED, confirmed=True)
    product.clock.advance(2 * OFF_THE_LIST_FOR)
    product.read_list(what)
    product.settle()
    assert len(product.mall.calls) == calls + tests


@pytest.mark.parametrize(
    "call_result", [CallResult.SERVER_ERROR, CallResult.LIMITED, CallResult.UNAUTHORIZED]
)
def test_a_reconciliation_that_failed_is_made_up_for_once_mall_answers_again(call_result: CallResult) -> None:
    product = linking()
    product.mall.list_fault = Fault(call_result)
    assert product.read_list("reconcile").outcome is ListOutcome.FAILED
    product.mall.list_fault = None
    product.clock.advance(15 * MINUTES)
    product.read_list()
    assert product.queues.take_lists() == [], "not at every reading"
    product.clock.advance(RECONCILE_AGAIN)
    product.read_list()
    (request,) = product.queues.take_lists()
    assert (request.what, read_list(product, request).outcome) == ("reconcile", ListOutcome.READ)
    product.clock.advance(2 * RECONCILE_AGAIN)
    product.read_list()
    assert product.queues.take_lists() == [], "nothing is owed any more"


def test_a_reconciliation_is_made_up_for_after_a_stop_even_if_its_first_message_was_lost() -> None:
    product = linking()
    product.shops.stop(SHOP, KEY_REFUSED, product.clock.now(), product.clock.now() + 10 * MINUTES)
    assert product.read_list("reconcile").outcome is ListOutcome.POSTPONED
    for _ in range(2):
        product.clock.advance(RECONCILE_AGAIN)
        product.read_list()
        (request,) = product.queues.take_lists()
        assert request.what == "reconcile"


def test_every_order_that_the_list_lacks_has_its_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that MALL does not know any more, after a change of key for example, must not take all the places."""
    monkeypatch.setattr(reconcile, "MAX_READS", 2)
    product = linking()
    for number in range(1, 9):
        product.mall.hold(number, confirmed=True)
        product.clerk(number, S.SETTLED)
    product.tick()
    for number in range(1, 4):
        del product.mall.orders[number]
        product.clerk(number, S.SETTLED, tracking_number="DR2")
    product.tick()
    for number in range(4, 9):
        product.mall.changes(number, status=M.DELIVERED, confirmed=True)
    problems = []
    for _ in range(3):
        product.clock.advance(timedelta(days=1))
        problems.append(product.read_list("reconcile").problem)
        product.settle()
    ended = [number for number in range(1, 9) if view_of(product, number).status is M.DELIVERED]
    assert ended == [4, 5, 6, 7, 8]
    left = "more orders that MALL's list lacks are read the next time"
    assert problems == [f"3 {left}", f"1 {left}", ""]


def test_hints_do_not_call_mall_once_each_while_its_list_fails() -> None:
    product = linking()
    product.mall.list_fault = Fault(CallResult.SERVER_ERROR)
    outcomes = []
    for number in range(10):
        outcomes.append(product.read_list(hints=(number,)))
        product.clock.advance(seconds=1)
    assert [one.outcome for one in outcomes] == [ListOutcome.FAILED] + [ListOutcome.POSTPONED] * 9
    assert all(one.retry_in is None for one in outcomes), "the next tick reads the list whole"
    product.clock.advance(HINTS_REST)
    product.mall.list_fault = None
    assert product.read_list(hints=(10,)).outcome is ListOutcome.READ
    product.clock.advance(BETWEEN_HINTS)
    assert product.read_list(hints=(11,)).outcome is ListOutcome.READ


def test_an_order_that_mall_did_not_find_once_is_read_again_while_its_list_names_it() -> None:
    product = linking()
    product.mall.hold(1)
    product.mall.faults.append(Fault(CallResult.NOT_FOUND))
    product.clerk(1, S.HANDLED)
    product.tick()
    assert hold_of(product, 1) is HoldCode.NOT_AT_MARKETPLACE
    product.lists = True
    product.ticks(30 * MINUTES, 15 * MINUTES)
    assert hold_of(product, 1) is HoldCode.NOT_AT_MARKETPLACE, "not at every reading"
    product.ticks(60 * MINUTES, 15 * MINUTES)
    assert (product.held(1), hold_of(product, 1)) == (M.SHIPPING, None)


def test_what_somebody_else_confirmed_comes_to_be_known_before_its_deadline_is_near() -> None:
    """The shop's own module confirms at MALL: no deadline runs any more, and nothing is confirmed a second time."""
    product = linking()
    product.mall.hold(1)
    product.clerk(1, S.PENDING)
    product.tick()
    calls = len(product.mall.calls)
    product.mall.changes(1, confirmed=True)
    product.ticks(OFF_THE_LIST_FOR + 15 * MINUTES, 15 * MINUTES)
    assert view_of(product, 1).confirmed
    assert len(product.mall.calls) == calls + 1
    product.ticks(OFF_THE_LIST_FOR * 2, 15 * MINUTES)
    assert len(product.mall.calls) == calls + 1, "once"
    product.clerk(1, S.HANDLED)
    product.tick()
    (change,) = product.mall.writes(1)
    assert (change.status, change.confirm) == (M.SHIPPING, False)


@pytest.mark.parametrize("mode", ["link", "create"])
def test_a_changed_setting_ends_the_holds_that_it_made(mode: Literal["link", "create"]) -> None:
    """With ``create`` the shop refused the order; once somebody else brings the orders, nobody has to act."""
    product = importing()
    product.imports.faults.append(ShopFault(ImportOutcome.REFUSED))
    product.mall.hold(1)
    product.ticks(10 * MINUTES)
    assert hold_of(product, 1) is HoldCode.IMPORT_REFUSED
    settings = product.shops.records[SHOP].settings
    rules = replace(settings.rules, import_mode=mode)
    product.shops.put(settings.model_copy(update={"rules": rules}), product.clock.now())
    product.ticks(20 * MINUTES, 10 * MINUTES)
    assert (hold_of(product, 1) is None) is (mode == "link")


def view_of(product: InMemoryProduct, number: int) -> MarketplaceView:
    view = product.order(number).marketplace.observed
    assert view is not None
    return view


def hold_of(product: InMemoryProduct, number: int) -> HoldCode | None:
    hold = product.order(number).work.hold
    return None if hold is None else hold.code
