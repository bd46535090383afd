"""Sequences that once led to a second order in the shop, a lost cancellation, endless reads or silence."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal

import pytest

from orderbridge.domain.actions import Action
from orderbridge.domain.answers import ImportOutcome
from orderbridge.domain.cases.records import Cause, Resolution
from orderbridge.domain.cases.returns import request_returned, resolve
from orderbridge.domain.codes.exports import ExportedReason
from orderbridge.domain.facts import Term
from orderbridge.domain.failure_policy import Call, CallResult
from orderbridge.domain.holds import HoldCode
from orderbridge.domain.reasons import because
from orderbridge.domain.rules import Rules
from orderbridge.domain.statuses import MarketplaceStatus as M
from orderbridge.domain.statuses import ShopStatus as S
from orderbridge.flows.api.orders import retry_order
from orderbridge.settings import shop_settings
from tests.fake_services import Fault, ShopFault
from tests.unit.flows.sequences import MINUTES
from tests.unit.flows.world import SHOP, InMemoryProduct

if TYPE_CHECKING:
    from orderbridge.domain.holds import Hold

HOUR = timedelta(hours=1)
Mode = Literal["create", "link"]


def new_world(mode: Mode = "create", **rules: object) -> InMemoryProduct:
    world = InMemoryProduct(rules=Rules(undo_window_seconds=0, import_mode=mode, **rules))  # type: ignore[arg-type]
    world.lists = True
    world.tick()
    return world


def change_rules(world: InMemoryProduct, **rules: object) -> None:
    settings = world.shops.records[SHOP].settings
    world.clock.advance(seconds=1)
    changed = replace(settings.rules, **rules)  # type: ignore[arg-type]
    world.shops.put(settings.model_copy(update={"rules": changed}), world.clock.now())


def retry(world: InMemoryProduct, number: int = 1) -> None:
    retry_order(world, SHOP, str(number))


def hold_of(world: InMemoryProduct, number: int = 1) -> Hold:
    hold = world.order(number).work.hold
    assert hold is not None
    return hold


def reads(world: InMemoryProduct) -> int:
    return sum(call.call is Call.READ for call in world.mall.calls)


def refuse_the_order(world: InMemoryProduct) -> None:
    world.imports.faults.append(ShopFault(ImportOutcome.REFUSED))
    world.mall.hold(1)
    world.ticks(10 * MINUTES)
    assert hold_of(world).code is HoldCode.IMPORT_REFUSED


def test_a_retry_is_not_written_before_the_export_was_read_again() -> None:
    """The hold says "enter it by hand": what a person entered since must be seen first."""
    world = new_world()
    refuse_the_order(world)
    world.exports.at(SHOP).fails = True
    retry(world)
    world.ticks(10 * MINUTES)
    assert world.imports.documents == 1


def test_after_hours_without_the_import_the_export_is_read_again_first() -> None:
    world = new_world()
    world.imports.outage = ShopFault(ImportOutcome.NOT_SENT)
    world.mall.hold(1)
    world.ticks(5 * HOUR, 5 * MINUTES)
    world.exports.at(SHOP).fails = True
    world.ticks(2 * HOUR, 5 * MINUTES)
    world.imports.outage = None
    world.ticks(5 * HOUR, 5 * MINUTES)
    assert world.imports.written == []
    world.exports.at(SHOP).fails = False
    world.ticks(2 * HOUR, 5 * MINUTES)
    assert world.imports.written == [(SHOP, "create", "1")]


@pytest.mark.parametrize("how", ["link first", "opened from"])
def test_orders_listed_before_the_settings_were_changed_come_in(how: str) -> None:
    world = new_world("link") if how == "link first" else new_world(import_opened_from=date(2026, 11, 25))
    world.mall.hold(1)
    world.ticks(10 * HOUR, 15 * MINUTES)
    change_rules(world, import_mode="create", import_opened_from=None)
    world.ticks(HOUR, 5 * MINUTES)
    assert world.imports.written == [(SHOP, "create", "1")]
    assert world.alarms.published == [], "it is not late: nobody asked for it before"


def test_orders_that_the_shop_is_not_asked_about_are_not_written_into_it() -> None:
    values = {"shop": SHOP, "import": "create", "ignore_created_before": "2026-11-20"}
    assert shop_settings(values).rules.import_opened_from == date(2026, 11, 20)
    values |= {"rules": {"import_opened_from": "2026-11-25"}}  # type: ignore[dict-item]
    assert shop_settings(values).rules.import_opened_from == date(2026, 11, 25)


def test_a_parcel_handed_over_unseen_is_not_canceled_over() -> None:
    world = new_world()
    world.mall.hold(1)
    world.ticks(10 * MINUTES)
    world.clerk(1, S.HANDLED)
    world.tick()
    world.exports.at(SHOP).fails = True
    world.clerk(1, S.SETTLED)
    world.mall.changes(1, status=M.CANCELLED)
    world.ticks(10 * MINUTES)
    world.exports.at(SHOP).fails = False
    world.ticks(10 * MINUTES)
    assert [what for _, what, _ in world.imports.written] == ["create"]
    assert world.exports.at(SHOP).records[1].view.status is S.SETTLED


def test_old_cancellations_are_not_written_after_a_switch_to_create() -> None:
    world = new_world("link")
    world.mall.hold(1)
    world.clerk(1, S.HANDLED)
    world.tick()
    world.mall.changes(1, status=M.CANCELLED)
    world.ticks(timedelta(days=20), 6 * HOUR)
    change_rules(world, import_mode="create", import_opened_from=world.clock.now().date())
    world.ticks(30 * MINUTES)
    assert world.imports.written == []


@pytest.mark.parametrize("how", ["outage", "unclear", "two orders", "bad record"])
def test_a_cancellation_that_cannot_be_written_is_told(how: str) -> None:
    world = new_world()
    world.mall.hold(1)
    world.ticks(10 * MINUTES)
    record = world.exports.at(SHOP).records[1]
    match how:
        case "outage":
            world.imports.outage = ShopFault(ImportOutcome.NOT_SENT)
        case "unclear":
            world.imports.outage = ShopFault(ImportOutcome.UNCLEAR)
        case "two orders":
            world.exports.show(SHOP, replace(record, view=replace(record.view, code="B")))
        case _:
            bad = because(ExportedReason.NO_CODE, path=Term("CODE"))
            world.exports.show(SHOP, replace(record, view=replace(record.view, problems=(bad,))))
    world.ticks(3 * MINUTES)
    world.mall.changes(1, status=M.CANCELLED)
    world.ticks(3 * HOUR, 5 * MINUTES)
    assert any("Zastavte zasilku" in subject for _, subject, _ in world.alarms.published)


def test_returned_is_not_sent_after_the_entry_was_settled() -> None:
    world = InMemoryProduct(rules=Rules(undo_window_seconds=900, push_returned=True))
    world.mall.hold(1)
    world.clerk(1, S.SETTLED)
    world.ticks(3 * MINUTES)
    world.clerk(1, S.CANCELED)
    world.ticks(30 * MINUTES)
    world.ledger.save(request_returned(world.order(1), world.rules, "eva", world.clock.now()))
    world.ticks(3 * MINUTES)
    step = world.order(1).work.step
    assert step is not None
    assert step.action is Action.RETURNED
    mistake = Resolution(world.clock.now(), "eva", "a mistake, the customer has it")
    world.ledger.save(resolve(world.order(1), mistake))
    world.ticks(60 * MINUTES)
    assert world.held(1) is M.SHIPPED


def test_an_order_that_mall_does_not_know_any_more_is_not_read_for_ever() -> None:
    world = new_world(import_opened_from=date(2026, 11, 25))
    world.mall.hold(1)
    world.ticks(3 * MINUTES)
    del world.mall.orders[1]
    world.clock.advance(HOUR)
    world.read_list("reconcile")
    world.ticks(5 * HOUR, 15 * MINUTES)
    assert reads(world) < 3


@pytest.mark.parametrize("mode", ["create", "link"])
def test_an_order_that_mall_lists_after_all_goes_on(mode: Mode) -> None:
    world = new_world(mode)
    world.clerk(1, S.HANDLED)
    world.ticks(10 * MINUTES)
    assert hold_of(world).code is HoldCode.NOT_AT_MARKETPLACE
    world.mall.now = world.clock.now()
    world.mall.hold(1)
    world.ticks(HOUR, 5 * MINUTES)
    assert world.held(1) is M.SHIPPING


def test_a_list_of_bare_numbers_brings_orders_in_too() -> None:
    world = new_world()
    world.mall.bare_lists = True
    world.mall.hold(1)
    world.ticks(HOUR, 5 * MINUTES)
    assert world.imports.written == [(SHOP, "create", "1")]


@pytest.mark.parametrize("status", [M.CANCELLED, M.RETURNED, M.LOST, M.DELIVERED])
def test_what_mall_changed_before_the_shop_showed_the_order_is_acknowledged(status: M) -> None:
    world = new_world("link")
    world.mall.hold(1)
    world.tick()
    world.clock.advance(5 * MINUTES)
    world.mall.changes(1, status=status)
    world.tick()
    world.clock.advance(5 * MINUTES)
    world.clerk(1, S.PENDING)
    world.ticks(HOUR, 5 * MINUTES)
    assert world.mall.orders[1].confirmed


@pytest.mark.parametrize("mode", ["create", "link"])
def test_a_change_that_leaves_the_status_is_told_once_and_acknowledged(mode: Mode) -> None:
    world = new_world(mode)
    world.mall.hold(1)
    world.clerk(1, S.HANDLED)
    world.ticks(10 * MINUTES)
    assert world.mall.orders[1].confirmed
    world.mall.changes(1)
    world.ticks(24 * HOUR, 15 * MINUTES)
    assert world.mall.orders[1].confirmed
    assert [subject for _, subject, _ in world.alarms.published] == [
        "Objednavku MALL 1 zmenil MALL nebo zakaznik"
    ]
    (confirmed,) = [result for result in world.pushed if result.action is Action.CONFIRM][-1:]
    assert confirmed.seen_for is None, "no click of the shop waited for it"


@pytest.mark.parametrize("outcome", [ImportOutcome.NOT_SENT, ImportOutcome.UNCLEAR])
def test_an_import_that_stays_away_does_not_use_up_the_calls_of_the_day(outcome: ImportOutcome) -> None:
    world = new_world()
    world.imports.outage = ShopFault(outcome)
    world.mall.hold(1)
    world.ticks(24 * HOUR, 2 * MINUTES)
    assert reads(world) < 40


@pytest.mark.parametrize("end", [M.DELIVERED, M.CANCELLED])
@pytest.mark.parametrize("mode", ["create", "link"])
def test_drift_closes_when_the_order_has_ended(mode: Mode, end: M) -> None:
    world = new_world(mode)
    world.lists = False
    world.clock.advance(HOUR)
    world.mall.now = world.clock.now()
    world.mall.hold(1, M.SHIPPING, confirmed=True)
    world.clock.advance(30 * HOUR)
    world.read_list("reconcile")
    world.settle()
    assert [one.cause for one in world.order(1).cases.escalations if one.open] == [Cause.DRIFT]
    world.mall.changes(1, status=end, confirmed=True)
    for _ in range(3):
        world.clock.advance(24 * HOUR)
        world.read_list("reconcile")
        world.ticks(10 * MINUTES, 5 * MINUTES)
    assert [one.cause for one in world.order(1).cases.escalations if one.open] == []


def test_a_blocked_order_is_held_for_days_although_it_is_looked_at() -> None:
    world = new_world("link")
    world.mall.hold(1, M.BLOCKED)
    world.clerk(1, S.HANDLED)
    world.tick()
    world.ticks(timedelta(days=3), 15 * MINUTES)
    since = world.order(1).work.hold_since
    assert since is not None
    assert world.clock.now() - since > timedelta(days=2)


def test_a_refused_status_does_not_keep_an_order_unconfirmed() -> None:
    world = new_world()
    world.mall.hold(1)
    world.clerk(1, S.HANDLED)
    world.mall.faults.append(Fault(CallResult.BAD_REQUEST, call=Call.WRITE))
    world.ticks(5 * HOUR, 5 * MINUTES)
    assert world.mall.orders[1].confirmed
