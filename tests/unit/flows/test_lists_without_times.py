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
from tests.unit.flows.sequences import MINUTES, importing, linking
from tests.unit.flows.world import SHOP, InMemoryProduct

HOURS = timedelta(hours=1)
UNDER_WAY = (M.OPEN, M.SHIPPING, M.SHIPPED)


def timeless(mode: str = "link", **rules: object) -> InMemoryProduct:
    """A world whose MALL gives no time stamps at all, connected and reconciled."""
    world = importing(**rules) if mode == "create" else linking(mode, **rules)
    world.mall.stamps = False
    rechecks(world)
    return world


def rechecks(world: InMemoryProduct) -> None:
    """The unconfirmed list is read, then the night's reconciliation comes."""
    world.clock.advance(HOURS)
    world.read_list()
    world.clock.advance(HOURS)
    world.read_list("reconcile")
    world.settle()


def drifts(world: InMemoryProduct, number: int = 1) -> list[str]:
    return [one.cause.value for one in world.order(number).cases.escalations if one.open]


# --- drift ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("confirmed", [True, False])
@pytest.mark.parametrize("status", UNDER_WAY)
@pytest.mark.parametrize("mode", ["link", "create"])
def test_what_the_shop_never_shows_is_drift_a_day_after_we_first_saw_it(
    mode: str, status: M, *, confirmed: bool
) -> None:
    world = timeless(mode)
    world.exports.at(SHOP).fails = True
    world.mall.hold(1, status, confirmed=confirmed)
    rechecks(world)
    world.clock.advance(20 * HOURS)
    rechecks(world)
    assert world.order(1).cases.drift is None, "a day has not passed yet"
    rechecks(world)
    comes_in = mode == "create" and status is M.OPEN and not confirmed
    never_shown = because(DriftReason.NEVER_SHOWN, held=status)
    assert world.order(1).cases.drift == (None if comes_in else never_shown)
    assert ("drift" in drifts(world)) is not comes_in


@pytest.mark.parametrize("confirmed", [True, False])
@pytest.mark.parametrize("status", UNDER_WAY)
def test_what_was_there_when_we_first_looked_is_no_drift(status: M, *, confirmed: bool) -> None:
    world = linking()
    world.mall.stamps = False
    world.mall.hold(1, status, confirmed=confirmed)
    for _ in range(3):
        rechecks(world)
        world.clock.advance(22 * HOURS)
    assert (world.order(1).cases.drift, drifts(world)) == (None, [])


def test_an_order_that_came_in_before_the_first_reconciliation_is_ours() -> None:
    world = linking()
    world.mall.stamps = False
    world.read_list()
    world.clock.advance(HOURS)
    world.mall.hold(1)
    world.read_list()
    world.settle()
    world.mall.changes(1, status=M.SHIPPING, confirmed=True)
    rechecks(world)
    world.clock.advance(24 * HOURS)
    rechecks(world)
    assert drifts(world) == ["drift"]


def test_an_order_that_gets_its_time_stamp_later_counts_from_that() -> None:
    world = timeless()
    world.mall.hold(1, M.SHIPPING, confirmed=True)
    world.mall.changes(1, opened_at=world.clock.now() - timedelta(days=30), confirmed=True)
    rechecks(world)
    world.mall.stamps = True
    world.clock.advance(30 * HOURS)
    rechecks(world)
    assert drifts(world) == [], "it was opened before the shop was connected"


def test_a_list_of_orders_under_way_that_names_others_finds_no_drift_in_them() -> None:
    world = timeless()
    world.mall.ignores_filters = True
    for number, status in enumerate(M, 1):
        world.mall.hold(number, status, confirmed=True)
    rechecks(world)
    world.clock.advance(30 * HOURS)
    rechecks(world)
    found = {status for number, status in enumerate(M, 1) if drifts(world, number)}
    assert found == set(UNDER_WAY)


# --- being late -----------------------------------------------------------------------------------------


def test_being_late_counts_from_when_we_first_saw_the_order_open() -> None:
    world = timeless()
    world.mall.lists_blocked = True
    world.mall.hold(1, M.BLOCKED)
    rechecks(world)
    world.clock.advance(30 * HOURS)
    world.mall.changes(1, status=M.OPEN)
    world.read_list()
    world.settle()
    (deadline,) = deadlines_of(world.order(1), world.rules, world.clock.now())
    assert (deadline.due_at, deadline.missed) == (world.clock.now() + timedelta(days=1), False)


def test_an_order_that_we_knew_before_the_day_of_the_switch_is_left_alone() -> None:
    world = timeless("create", import_opened_from=date(2026, 11, 22))
    world.mall.hold(1)
    world.ticks(10 * MINUTES)
    world.clock.advance(48 * HOURS)
    world.mall.hold(2)
    world.ticks(10 * MINUTES)
    assert [what for _, *what in world.imports.written] == [["create", "2"]]
    assert world.order(1).work.explanation == because(InSyncReason.OPENED_TOO_EARLY)


# --- blocked orders among the unconfirmed ---------------------------------------------------------------


@pytest.mark.parametrize("stamps", [True, False])
@pytest.mark.parametrize("mode", ["link", "create"])
def test_a_blocked_order_is_neither_brought_in_nor_confirmed(mode: str, *, stamps: bool) -> None:
    world = timeless(mode)
    world.mall.stamps, world.mall.lists_blocked = stamps, True
    world.mall.hold(1, M.BLOCKED)
    world.ticks(30 * HOURS, HOURS)
    order = world.order(1)
    assert (world.imports.documents, world.mall.calls, order.marketplace.change_to_confirm) == (0, [], None)
    assert order.marketplace.observed is not None
    assert order.marketplace.observed.status is M.BLOCKED
    assert (order.work.hold, order.cases.escalations, order.cases.alarms) == (None, (), ())


@pytest.mark.parametrize("read_first", [True, False])
def test_once_it_opens_it_is_confirmed_like_any_other(*, read_first: bool) -> None:
    """In ``link`` that is with its first status: opening is no change that somebody must have seen."""
    world = timeless()
    world.mall.lists_blocked = not read_first
    world.mall.hold(1, M.BLOCKED)
    world.clerk(1, S.PENDING)
    world.ticks(3 * HOURS, HOURS)
    world.mall.changes(1, status=M.OPEN)
    world.ticks(3 * HOURS, HOURS)
    assert (world.held(1), world.mall.orders[1].confirmed) == (M.OPEN, False)
    world.clerk(1, S.HANDLED)
    world.ticks(HOURS, 15 * MINUTES)
    assert (world.held(1), world.mall.orders[1].confirmed) == (M.SHIPPING, True)
    assert len(world.mall.writes(1)) == 1


def test_once_it_opens_it_comes_into_the_shop_and_is_not_late() -> None:
    world = timeless("create", not_imported_alarm_seconds=4 * 3600)
    world.mall.lists_blocked = True
    world.mall.hold(1, M.BLOCKED)
    world.ticks(30 * HOURS, HOURS)
    world.mall.changes(1, status=M.OPEN)
    world.ticks(10 * MINUTES)
    assert world.imports.documents == 1
    assert world.mall.orders[1].confirmed
    assert world.alarms.published == []


def test_an_order_that_mall_blocks_after_it_was_confirmed_is_confirmed_anew() -> None:
    world = timeless()
    world.mall.lists_blocked = True
    world.mall.hold(1, confirmed=True)
    world.clerk(1, S.PENDING)
    world.ticks(HOURS, 15 * MINUTES)
    world.mall.changes(1, status=M.BLOCKED)
    world.ticks(2 * HOURS, 15 * MINUTES)
    assert not world.mall.orders[1].confirmed, "blocked orders are not confirmed"
    world.mall.changes(1, status=M.OPEN)
    world.ticks(HOURS, 15 * MINUTES)
    assert world.mall.orders[1].confirmed


def test_nothing_is_sent_for_a_blocked_order_that_the_clerk_handles() -> None:
    world = timeless()
    world.mall.lists_blocked = True
    world.mall.hold(1, M.BLOCKED)
    world.clerk(1, S.SETTLED)
    world.ticks(5 * HOURS, HOURS)
    order = world.order(1)
    assert order.work.hold is not None
    assert order.work.hold.code is HoldCode.MARKETPLACE_BLOCKED
    assert world.mall.writes() == []


@pytest.mark.parametrize("end", [M.CANCELLED, M.OPEN])
@pytest.mark.parametrize("mode", ["link", "create"])
def test_a_blocked_order_that_no_list_names_any_more_is_read_once_a_night(mode: str, end: M) -> None:
    world = timeless(mode)
    world.mall.hold(1, M.BLOCKED)
    world.clerk(1, S.PENDING)
    world.ticks(HOURS, 15 * MINUTES)
    world.mall.changes(1, status=end, confirmed=True)
    for _ in range(2):
        rechecks(world)
        world.ticks(HOURS, 15 * MINUTES)
    observed = world.order(1).marketplace.observed
    assert observed is not None
    assert observed.status is end
    reads = [step for step in world.history(1).steps if step.action is Action.READ]
    assert len(reads) <= 3
