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
from tests.fakes import Fault, ShopFault
from tests.unit.flows.in_memory_product import SHOP, InMemoryProduct
from tests.unit.flows.sequences import MINUTES

if TYPE_CHECKING:
    from orderbridge.domain.holds import Hold

HOUR = timedelta(hours=1)
Mode = Literal["create", "link"]


def new_product(mode: Mode = "create", **rules: object) -> InMemoryProduct:
    product = InMemoryProduct(rules=Rules(undo_window_seconds=0, import_mode=mode, **rules))  # type: ignore[arg-type]
    product.lists = True
    product.tick()
    return product


def change_rules(product: InMemoryProduct, **rules: object) -> None:
    settings = product.shops.records[SHOP].settings
    product.clock.advance(seconds=1)
    changed = replace(settings.rules, **rules)  # type: ignore[arg-type]
    product.shops.put(settings.model_copy(update={"rules": changed}), product.clock.now())


def retry(product: InMemoryProduct, number: int = 1) -> None:
    retry_order(product, SHOP, str(number))


def hold_of(product: InMemoryProduct, number: int = 1) -> Hold:
    hold = product.order(number).work.hold
    assert hold is not None
    return hold


def reads(product: InMemoryProduct) -> int:
    return sum(call.call is Call.READ for call in product.mall.calls)


def refuse_the_order(product: InMemoryProduct) -> None:
    product.imports.faults.append(ShopFault(ImportOutcome.REFUSED))
    product.mall.hold(1)
    product.ticks(10 * MINUTES)
    assert hold_of(product).code is HoldCode.IMPORT_REFUSED


def test_a_retry_is_not_written_before_the_export_was_read_again() -> None:
    """The hold says "enter it by hand": what a person entered since must be seen first."""
    product = new_product()
    refuse_the_order(product)
    product.exports.at(SHOP).fails = True
    retry(product)
    product.ticks(10 * MINUTES)
    assert product.imports.documents == 1


def test_after_hours_without_the_import_the_export_is_read_again_first() -> None:
    product = new_product()
    product.imports.outage = ShopFault(ImportOutcome.NOT_SENT)
    product.mall.hold(1)
    product.ticks(5 * HOUR, 5 * MINUTES)
    product.exports.at(SHOP).fails = True
    product.ticks(2 * HOUR, 5 * MINUTES)
    product.imports.outage = None
    product.ticks(5 * HOUR, 5 * MINUTES)
    assert product.imports.written == []
    product.exports.at(SHOP).fails = False
    product.ticks(2 * HOUR, 5 * MINUTES)
    assert product.imports.written == [(SHOP, "create", "1")]


@pytest.mark.parametrize("how", ["link first", "opened from"])
def test_orders_listed_before_the_settings_were_changed_come_in(how: str) -> None:
    product = (
        new_product("link") if how == "link first" else new_product(import_opened_from=date(2026, 11, 25))
    )
    product.mall.hold(1)
    product.ticks(10 * HOUR, 15 * MINUTES)
    change_rules(product, import_mode="create", import_opened_from=None)
    product.ticks(HOUR, 5 * MINUTES)
    assert product.imports.written == [(SHOP, "create", "1")]
    assert product.alarms.published == [], "it is not late: nobody asked for it before"


def test_orders_that_the_shop_is_not_asked_about_are_not_written_into_it() -> None:
    values = {"shop": SHOP, "import": "create", "ignore_created_before": "2026-11-20"}
    assert shop_settings(values).rules.import_opened_from == date(2026, 11, 20)
    values |= {"rules": {"import_opened_from": "2026-11-25"}}  # type: ignore[dict-item]
    assert shop_settings(values).rules.import_opened_from == date(2026, 11, 25)


def test_a_parcel_handed_over_unseen_is_not_canceled_over() -> None:
    product = new_product()
    product.mall.hold(1)
    product.ticks(10 * MINUTES)
    product.clerk(1, S.HANDLED)
    product.tick()
    product.exports.at(SHOP).fails = True
    product.clerk(1, S.SETTLED)
    product.mall.changes(1, status=M.CANCELLED)
    product.ticks(10 * MINUTES)
    product.exports.at(SHOP).fails = False
    product.ticks(10 * MINUTES)
    assert [what for _, what, _ in product.imports.written] == ["create"]
    assert product.exports.at(SHOP).records[1].view.status is S.SETTLED


def test_old_cancellations_are_not_written_after_a_switch_to_create() -> None:
    product = new_product("link")
    product.mall.hold(1)
    product.clerk(1, S.HANDLED)
    product.tick()
    product.mall.changes(1, status=M.CANCELLED)
    product.ticks(timedelta(days=20), 6 * HOUR)
    change_rules(product, import_mode="create", import_opened_from=product.clock.now().date())
    product.ticks(30 * MINUTES)
    assert product.imports.written == []


@pytest.mark.parametrize("how", ["outage", "unclear", "two orders", "bad record"])
def test_a_cancellation_that_cannot_be_written_is_told(how: str) -> None:
    product = new_product()
    product.mall.hold(1)
    product.ticks(10 * MINUTES)
    record = product.exports.at(SHOP).records[1]
    match how:
        case "outage":
            product.imports.outage = ShopFault(ImportOutcome.NOT_SENT)
        case "unclear":
            product.imports.outage = ShopFault(ImportOutcome.UNCLEAR)
        case "two orders":
            product.exports.show(SHOP, replace(record, view=replace(record.view, code="B")))
        case _:
            bad = because(ExportedReason.NO_CODE, path=Term("CODE"))
            product.exports.show(SHOP, replace(record, view=replace(record.view, problems=(bad,))))
    product.ticks(3 * MINUTES)
    product.mall.changes(1, status=M.CANCELLED)
    product.ticks(3 * HOUR, 5 * MINUTES)
    assert any("Zastavte zasilku" in subject for _, subject, _ in product.alarms.published)


def test_returned_is_not_sent_after_the_entry_was_settled() -> None:
    product = InMemoryProduct(rules=Rules(undo_window_seconds=900, push_returned=True))
    product.mall.hold(1)
    product.clerk(1, S.SETTLED)
    product.ticks(3 * MINUTES)
    product.clerk(1, S.CANCELED)
    product.ticks(30 * MINUTES)
    product.ledger.save(request_returned(product.order(1), product.rules, "eva", product.clock.now()))
    product.ticks(3 * MINUTES)
    step = product.order(1).work.step
    assert step is not None
    assert step.action is Action.RETURNED
    mistake = Resolution(product.clock.now(), "eva", "a mistake, the customer has it")
    product.ledger.save(resolve(product.order(1), mistake))
    product.ticks(60 * MINUTES)
    assert product.held(1) is M.SHIPPED


def test_an_order_that_mall_does_not_know_any_more_is_not_read_for_ever() -> None:
    product = new_product(import_opened_from=date(2026, 11, 25))
    product.mall.hold(1)
    product.ticks(3 * MINUTES)
    del product.mall.orders[1]
    product.clock.advance(HOUR)
    product.read_list("reconcile")
    product.ticks(5 * HOUR, 15 * MINUTES)
    assert reads(product) < 3


@pytest.mark.parametrize("mode", ["create", "link"])
def test_an_order_that_mall_lists_after_all_goes_on(mode: Mode) -> None:
    product = new_product(mode)
    product.clerk(1, S.HANDLED)
    product.ticks(10 * MINUTES)
    assert hold_of(product).code is HoldCode.NOT_AT_MARKETPLACE
    product.mall.now = product.clock.now()
    product.mall.hold(1)
    product.ticks(HOUR, 5 * MINUTES)
    assert product.held(1) is M.SHIPPING


def test_a_list_of_bare_numbers_brings_orders_in_too() -> None:
    product = new_product()
    product.mall.bare_lists = True
    product.mall.hold(1)
    product.ticks(HOUR, 5 * MINUTES)
    assert product.imports.written == [(SHOP, "create", "1")]


@pytest.mark.parametrize("status", [M.CANCELLED, M.RETURNED, M.LOST, M.DELIVERED])
def test_what_mall_changed_before_the_shop_showed_the_order_is_acknowledged(status: M) -> None:
    product = new_product("link")
    product.mall.hold(1)
    product.tick()
    product.clock.advance(5 * MINUTES)
    product.mall.changes(1, status=status)
    product.tick()
    product.clock.advance(5 * MINUTES)
    product.clerk(1, S.PENDING)
    product.ticks(HOUR, 5 * MINUTES)
    assert product.mall.orders[1].confirmed


@pytest.mark.parametrize("mode", ["create", "link"])
def test_a_change_that_leaves_the_status_is_told_once_and_acknowledged(mode: Mode) -> None:
    product = new_product(mode)
    product.mall.hold(1)
    product.clerk(1, S.HANDLED)
    product.ticks(10 * MINUTES)
    assert product.mall.orders[1].confirmed
    product.mall.changes(1)
    product.ticks(24 * HOUR, 15 * MINUTES)
    assert product.mall.orders[1].confirmed
    assert [subject for _, subject, _ in product.alarms.published] == [
        "Objednavku MALL 1 zmenil MALL nebo zakaznik"
    ]
    (confirmed,) = [result for result in product.pushed if result.action is Action.CONFIRM][-1:]
    assert confirmed.seen_for is None, "no click of the shop waited for it"


@pytest.mark.parametrize("outcome", [ImportOutcome.NOT_SENT, ImportOutcome.UNCLEAR])
def test_an_import_that_stays_away_does_not_use_up_the_calls_of_the_day(outcome: ImportOutcome) -> None:
    product = new_product()
    product.imports.outage = ShopFault(outcome)
    product.mall.hold(1)
    product.ticks(24 * HOUR, 2 * MINUTES)
    assert reads(product) < 40


@pytest.mark.parametrize("end", [M.DELIVERED, M.CANCELLED])
@pytest.mark.parametrize("mode", ["create", "link"])
def test_drift_closes_when_the_order_has_ended(mode: Mode, end: M) -> None:
    product = new_product(mode)
    product.lists = False
    product.clock.advance(HOUR)
    product.mall.now = product.clock.now()
    product.mall.hold(1, M.SHIPPING, confirmed=True)
    product.clock.advance(30 * HOUR)
    product.read_list("reconcile")
    product.settle()
    assert [one.cause for one in product.order(1).cases.escalations if one.open] == [Cause.DRIFT]
    product.mall.changes(1, status=end, confirmed=True)
    for _ in range(3):
        product.clock.advance(24 * HOUR)
        product.read_list("reconcile")
        product.ticks(10 * MINUTES, 5 * MINUTES)
    assert [one.cause for one in product.order(1).cases.escalations if one.open] == []


def test_a_blocked_order_is_held_for_days_although_it_is_rechecked() -> None:
    product = new_product("link")
    product.mall.hold(1, M.BLOCKED)
    product.clerk(1, S.HANDLED)
    product.tick()
    product.ticks(timedelta(days=3), 15 * MINUTES)
    since = product.order(1).work.hold_since
    assert since is not None
    assert product.clock.now() - since > timedelta(days=2)


def test_a_refused_status_does_not_keep_an_order_unconfirmed() -> None:
    product = new_product()
    product.mall.hold(1)
    product.clerk(1, S.HANDLED)
    product.mall.faults.append(Fault(CallResult.BAD_REQUEST, call=Call.WRITE))
    product.ticks(5 * HOUR, 5 * MINUTES)
    assert product.mall.orders[1].confirmed
