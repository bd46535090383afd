"""Lists that say no more than they must: no time stamps, and blocked orders among the unconfirmed ones."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from orderbridge.domain.actions import Action
from orderbridge.domain.cases.deadlines import deadlines_of
from orderbridge.domain.codes.orders import DriftReason, InSyncReason
from orderbridge.domain.holds import HoldCode
from orderbridge.domain.reasons import because
from orderbridge.domain.statuses import MarketplaceStatus as M
from orderbridge.domain.statuses import ShopStatus as S
from tests.unit.flows.in_memory_product import SHOP, InMemoryProduct
from tests.unit.flows.sequences import MINUTES, importing, linking

HOURS = timedelta(hours=1)
UNDER_WAY = (M.OPEN, M.SHIPPING, M.SHIPPED)


def timeless(mode: str = "link", **rules: object) -> InMemoryProduct:
    """A deployment whose MALL gives no time stamps at all, connected and reconciled."""
    product = importing(**rules) if mode == "create" else linking(mode, **rules)
    product.mall.stamps = False
    rechecks(product)
    return product


def rechecks(product: InMemoryProduct) -> None:
    """The unconfirmed list is read, then the night's reconciliation comes."""
    product.clock.advance(HOURS)
    product.read_list()
    product.clock.advance(HOURS)
    product.read_list("reconcile")
    product.settle()


def drifts(product: InMemoryProduct, number: int = 1) -> list[str]:
    return [one.cause.value for one in product.order(number).cases.escalations if one.open]


# --- drift ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("confirmed", [True, False])
@pytest.mark.parametrize("status", UNDER_WAY)
@pytest.mark.parametrize("mode", ["link", "create"])
def test_what_the_shop_never_shows_is_drift_a_day_after_we_first_saw_it(
    mode: str, status: M, *, confirmed: bool
) -> None:
    product = timeless(mode)
    product.exports.at(SHOP).fails = True
    product.mall.hold(1, status, confirmed=confirmed)
    rechecks(product)
    product.clock.advance(20 * HOURS)
    rechecks(product)
    assert product.order(1).cases.drift is None, "a day has not passed yet"
    rechecks(product)
    comes_in = mode == "create" and status is M.OPEN and not confirmed
    never_shown = because(DriftReason.NEVER_SHOWN, held=status)
    assert product.order(1).cases.drift == (None if comes_in else never_shown)
    assert ("drift" in drifts(product)) is not comes_in


@pytest.mark.parametrize("confirmed", [True, False])
@pytest.mark.parametrize("status", UNDER_WAY)
def test_what_was_there_when_we_first_looked_is_no_drift(status: M, *, confirmed: bool) -> None:
    product = linking()
    product.mall.stamps = False
    product.mall.hold(1, status, confirmed=confirmed)
    for _ in range(3):
        rechecks(product)
        product.clock.advance(22 * HOURS)
    assert (product.order(1).cases.drift, drifts(product)) == (None, [])


def test_an_order_that_came_in_before_the_first_reconciliation_is_ours() -> None:
    product = linking()
    product.mall.stamps = False
    product.read_list()
    product.clock.advance(HOURS)
    product.mall.hold(1)
    product.read_list()
    product.settle()
    product.mall.changes(1, status=M.SHIPPING, confirmed=True)
    rechecks(product)
    product.clock.advance(24 * HOURS)
    rechecks(product)
    assert drifts(product) == ["drift"]


def test_an_order_that_gets_its_time_stamp_later_counts_from_that() -> None:
    product = timeless()
    product.mall.hold(1, M.SHIPPING, confirmed=True)
    product.mall.changes(1, opened_at=product.clock.now() - timedelta(days=30), confirmed=True)
    rechecks(product)
    product.mall.stamps = True
    product.clock.advance(30 * HOURS)
    rechecks(product)
    assert drifts(product) == [], "it was opened before the shop was connected"


def test_a_list_of_orders_under_way_that_names_others_finds_no_drift_in_them() -> None:
    product = timeless()
    product.mall.ignores_filters = True
    for number, status in enumerate(M, 1):
        product.mall.hold(number, status, confirmed=True)
    rechecks(product)
    product.clock.advance(30 * HOURS)
    rechecks(product)
    found = {status for number, status in enumerate(M, 1) if drifts(product, number)}
    assert found == set(UNDER_WAY)


# --- being late -----------------------------------------------------------------------------------------


def test_being_late_counts_from_when_we_first_saw_the_order_open() -> None:
    product = timeless()
    product.mall.lists_blocked = True
    product.mall.hold(1, M.BLOCKED)
    rechecks(product)
    product.clock.advance(30 * HOURS)
    product.mall.changes(1, status=M.OPEN)
    product.read_list()
    product.settle()
    (deadline,) = deadlines_of(product.order(1), product.rules, product.clock.now())
    assert (deadline.due_at, deadline.missed) == (product.clock.now() + timedelta(days=1), False)


def test_an_order_that_we_knew_before_the_day_of_the_switch_is_left_alone() -> None:
    product = timeless("create", import_opened_from=date(2026, 11, 22))
    product.mall.hold(1)
    product.ticks(10 * MINUTES)
    product.clock.advance(48 * HOURS)
    product.mall.hold(2)
    product.ticks(10 * MINUTES)
    assert [what for _, *what in product.imports.written] == [["create", "2"]]
    assert product.order(1).work.explanation == because(InSyncReason.OPENED_TOO_EARLY)


# --- blocked orders among the unconfirmed ---------------------------------------------------------------


@pytest.mark.parametrize("stamps", [True, False])
@pytest.mark.parametrize("mode", ["link", "create"])
def test_a_blocked_order_is_neither_brought_in_nor_confirmed(mode: str, *, stamps: bool) -> None:
    product = timeless(mode)
    product.mall.stamps, product.mall.lists_blocked = stamps, True
    product.mall.hold(1, M.BLOCKED)
    product.ticks(30 * HOURS, HOURS)
    order = product.order(1)
    assert (product.imports.documents, product.mall.calls, order.marketplace.change_to_confirm) == (
        0,
        [],
        None,
    )
    assert order.marketplace.observed is not None
    assert order.marketplace.observed.status is M.BLOCKED
    assert (order.work.hold, order.cases.escalations, order.cases.alarms) == (None, (), ())


@pytest.mark.parametrize("read_first", [True, False])
def test_once_it_opens_it_is_confirmed_like_any_other(*, read_first: bool) -> None:
    """In ``link`` that is with its first status: opening is no change that somebody must have seen."""
    product = timeless()
    product.mall.lists_blocked = not read_first
    product.mall.hold(1, M.BLOCKED)
    product.clerk(1, S.PENDING)
    product.ticks(3 * HOURS, HOURS)
    product.mall.changes(1, status=M.OPEN)
    product.ticks(3 * HOURS, HOURS)
    assert (product.held(1), product.mall.orders[1].confirmed) == (M.OPEN, False)
    product.clerk(1, S.HANDLED)
    product.ticks(HOURS, 15 * MINUTES)
    assert (product.held(1), product.mall.orders[1].confirmed) == (M.SHIPPING, True)
    assert len(product.mall.writes(1)) == 1


def test_once_it_opens_it_comes_into_the_shop_and_is_not_late() -> None:
    product = timeless("create", not_imported_alarm_seconds=4 * 3600)
    product.mall.lists_blocked = True
    product.mall.hold(1, M.BLOCKED)
    product.ticks(30 * HOURS, HOURS)
    product.mall.changes(1, status=M.OPEN)
    product.ticks(10 * MINUTES)
    assert product.imports.documents == 1
    assert product.mall.orders[1].confirmed
    assert product.alarms.published == []


def test_an_order_that_mall_blocks_after_it_was_confirmed_is_confirmed_anew() -> None:
    product = timeless()
    product.mall.lists_blocked = True
    product.mall.hold(1, confirmed=True)
    product.clerk(1, S.PENDING)
    product.ticks(HOURS, 15 * MINUTES)
    product.mall.changes(1, status=M.BLOCKED)
    product.ticks(2 * HOURS, 15 * MINUTES)
    assert not product.mall.orders[1].confirmed, "blocked orders are not confirmed"
    product.mall.changes(1, status=M.OPEN)
    product.ticks(HOURS, 15 * MINUTES)
    assert product.mall.orders[1].confirmed


def test_nothing_is_sent_for_a_blocked_order_that_the_clerk_handles() -> None:
    product = timeless()
    product.mall.lists_blocked = True
    product.mall.hold(1, M.BLOCKED)
    product.clerk(1, S.SETTLED)
    product.ticks(5 * HOURS, HOURS)
    order = product.order(1)
    assert order.work.hold is not None
    assert order.work.hold.code is HoldCode.MARKETPLACE_BLOCKED
    assert product.mall.writes() == []


@pytest.mark.parametrize("end", [M.CANCELLED, M.OPEN])
@pytest.mark.parametrize("mode", ["link", "create"])
def test_a_blocked_order_that_no_list_names_any_more_is_read_once_a_night(mode: str, end: M) -> None:
    product = timeless(mode)
    product.mall.hold(1, M.BLOCKED)
    product.clerk(1, S.PENDING)
    product.ticks(HOURS, 15 * MINUTES)
    product.mall.changes(1, status=end, confirmed=True)
    for _ in range(2):
        rechecks(product)
        product.ticks(HOURS, 15 * MINUTES)
    observed = product.order(1).marketplace.observed
    assert observed is not None
    assert observed.status is end
    reads = [step for step in product.history(1).steps if step.action is Action.READ]
    assert len(reads) <= 3
