"""What MALL and its customers do: open orders come into the shop once, changes are taken over and confirmed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from orderbridge.domain.actions import Action
from orderbridge.domain.answers import ImportAnswer, ImportOutcome
from orderbridge.domain.codes.answers import AnswerReason
from orderbridge.domain.codes.orders import HoldReason, InSyncReason
from orderbridge.domain.dates import ShopDate
from orderbridge.domain.facts import ShopText
from orderbridge.domain.failure_policy import Call, CallResult
from orderbridge.domain.holds import Actor, HoldCode
from orderbridge.domain.order_detail import Customer, OrderDetailItem
from orderbridge.domain.reasons import because
from orderbridge.domain.statuses import MarketplaceStatus as M
from orderbridge.domain.statuses import ShopStatus as S
from orderbridge.domain.steps import StepState
from orderbridge.flows.api.orders import retry_order
from orderbridge.flows.common.carry_out import StepOutcome
from tests.fake_services import Fault, ShopFault
from tests.fakes import KEY_REFUSED
from tests.reasons import codes_in
from tests.texts import said
from tests.unit.flows.in_memory_product import SHOP, InMemoryProduct
from tests.unit.flows.sequences import MINUTES, TODAY, importing, linking, stops

if TYPE_CHECKING:
    from orderbridge.domain.order_detail import OrderDetail
    from orderbridge.domain.shops import ShopSecrets
    from orderbridge.settings import ShopSettings


def confirms(product: InMemoryProduct, number: int) -> int:
    return sum(change.confirm for change in product.mall.writes(number))


# --- orders that come in ----------------------------------------------------------------------------------


def test_an_open_order_comes_into_the_shop_once_and_is_confirmed() -> None:
    product = importing()
    product.mall.hold(1)
    product.ticks(10 * MINUTES)
    assert product.imports.written == [(SHOP, "create", "1")]
    assert product.held(1) is M.OPEN
    assert product.mall.orders[1].confirmed
    assert confirms(product, 1) == 1
    assert [step.action for step in product.history(1).steps] == [Action.CREATE_IN_SHOP, Action.CONFIRM]
    product.ticks(60 * MINUTES, 5 * MINUTES)
    assert product.imports.documents == 1


def test_the_whole_life_with_import_takes_five_calls_of_its_own() -> None:
    product = importing()
    product.mall.hold(1)
    product.ticks(10 * MINUTES)
    for status in (S.HANDLED, S.SETTLED):
        product.clerk(1, status)
        product.tick()
    product.clerk(1, S.SETTLED, delivery=TODAY)
    product.ticks(5 * MINUTES)
    assert product.held(1) is M.DELIVERED
    assert product.statuses_sent(1) == ["tracking", "shipping", "shipped", "delivered"]
    assert len(product.mall.calls) == 5, "the whole order, confirmed, shipping, shipped, delivered"


def test_an_order_is_not_written_before_the_export_was_read_since_it_was_listed() -> None:
    product = importing()
    product.mall.hold(1)
    product.read_list()
    product.settle()
    product.clock.advance(30 * MINUTES)
    product.exports.at(SHOP).fails = True
    product.ticks(60 * MINUTES, 5 * MINUTES)
    assert product.imports.documents == 0
    product.exports.at(SHOP).fails = False
    product.ticks(5 * MINUTES)
    assert product.imports.documents == 1


def test_an_order_that_the_shop_has_already_is_only_linked() -> None:
    product = importing()
    product.mall.hold(1)
    product.clerk(1, S.PENDING)
    product.ticks(10 * MINUTES)
    assert product.imports.documents == 0
    assert product.mall.orders[1].confirmed, "the shop has it, so it is confirmed"


@pytest.mark.parametrize("status", [M.BLOCKED, M.SHIPPING, M.SHIPPED, M.CANCELLED, M.LOST, M.RETURNED])
def test_only_open_orders_come_in(status: M) -> None:
    product = importing()
    product.mall.hold(1, status)
    product.ticks(10 * MINUTES)
    assert product.imports.documents == 0


def test_a_blocked_order_comes_in_once_mall_opens_it() -> None:
    product = importing()
    product.mall.hold(1, M.BLOCKED)
    product.ticks(10 * MINUTES)
    product.mall.changes(1, status=M.OPEN, opened_at=product.clock.now())
    product.ticks(10 * MINUTES)
    assert product.imports.written == [(SHOP, "create", "1")]


@pytest.mark.parametrize(("setting", "documents"), [(False, 0), (True, 1)])
def test_test_orders_come_in_only_if_the_setting_says_so(setting: bool, documents: int) -> None:  # noqa: FBT001
    product = importing(test_orders=setting)
    product.mall.tests.add(1)
    product.mall.hold(1)
    product.ticks(10 * MINUTES)
    assert product.imports.documents == documents


def test_an_order_opened_before_the_day_of_the_switch_is_left_alone() -> None:
    product = importing(import_opened_from=date(2026, 11, 21))
    product.mall.hold(1)
    product.ticks(10 * MINUTES)
    assert product.imports.documents == 0
    assert product.order(1).work.explanation == because(InSyncReason.OPENED_TOO_EARLY)


def test_an_order_that_somebody_else_confirmed_meanwhile_is_not_written() -> None:
    product = importing()
    product.mall.hold(1)
    product.read_list()
    product.settle()
    product.mall.hold(1, confirmed=True)
    product.ticks(10 * MINUTES)
    assert product.imports.documents == 0


def test_an_order_cancelled_just_before_it_is_written_is_not_written() -> None:
    product = importing()
    product.mall.hold(1)
    product.read_list()
    product.settle()
    product.mall.changes(1, status=M.CANCELLED)
    product.ticks(10 * MINUTES)
    assert product.imports.documents == 0
    assert product.mall.orders[1].confirmed, "the cancellation was acknowledged"


@pytest.mark.parametrize("mode", ["link", "off"])
def test_nothing_is_written_into_a_shop_that_did_not_ask_for_it(mode: str) -> None:
    product = linking(mode)
    product.mall.hold(1)
    product.ticks(60 * MINUTES, 5 * MINUTES)
    product.clerk(1, S.HANDLED)
    product.tick()
    product.mall.changes(1, status=M.CANCELLED)
    product.ticks(60 * MINUTES, 5 * MINUTES)
    assert product.imports.documents == 0
    assert product.held(1) is M.CANCELLED


def test_link_is_the_default_and_leaves_confirming_to_the_first_status() -> None:
    product = InMemoryProduct()
    assert product.shops.records[SHOP].settings.rules.import_mode == "link"
    product.lists = True
    product.mall.hold(1)
    product.clerk(1, S.PENDING)
    product.ticks(10 * MINUTES)
    assert product.mall.writes(1) == []
    product.clerk(1, S.HANDLED)
    product.tick()
    assert [(change.status, change.confirm) for change in product.mall.writes(1)] == [(M.SHIPPING, True)]
    assert len(product.mall.calls) == 2, "one read, one PUT, as without any list"


# --- what the shop's import does --------------------------------------------------------------------------


def test_after_an_unclear_answer_the_export_tells() -> None:
    product = importing()
    product.imports.faults.append(ShopFault(ImportOutcome.UNCLEAR, effect=True))
    product.mall.hold(1)
    product.ticks(60 * MINUTES)
    assert product.imports.written == [(SHOP, "create", "1")]
    assert product.mall.orders[1].confirmed
    assert product.imports.documents == 1
    assert product.alarms.published == []


def test_what_the_export_does_not_show_after_an_unclear_answer_is_for_a_person() -> None:
    """An import may work in the background for hours: a second document would be a second order."""
    product = importing()
    product.imports.faults.append(ShopFault(ImportOutcome.UNCLEAR))
    product.mall.hold(1)
    product.ticks(10 * MINUTES)
    hold = product.order(1).work.hold
    assert hold is not None
    assert hold.code is HoldCode.IMPORT_UNCLEAR
    product.ticks(timedelta(hours=20), 10 * MINUTES)
    hold = product.order(1).work.hold
    assert hold is not None
    assert hold.code is HoldCode.IMPORT_REFUSED
    assert product.imports.documents == 1
    assert len(product.alarms.published) == 1
    assert confirms(product, 1) == 0
    retry_order(product, SHOP, "1")
    product.ticks(10 * MINUTES)
    assert product.imports.written == [(SHOP, "create", "1")]
    assert confirms(product, 1) == 1


@pytest.mark.parametrize("effect", [True, False])
def test_a_writer_that_died_counts_as_an_unclear_answer(effect: bool) -> None:  # noqa: FBT001
    product = importing()
    product.mall.hold(1)
    product.read_list()
    product.settle()
    original = product.imports.create

    def die(settings: ShopSettings, secrets: ShopSecrets, order: OrderDetail) -> ImportAnswer:
        if effect:
            original(settings, secrets, order)
        raise RuntimeError("killed")

    product.imports.create = die  # type: ignore[method-assign]
    with pytest.raises(RuntimeError):
        product.ticks(5 * MINUTES)
    product.imports.create = original  # type: ignore[method-assign]
    step = product.order(1).work.step
    assert step is not None
    assert step.state is StepState.SENDING
    product.queues.take_shop_sends()
    product.ticks(60 * MINUTES)
    assert product.imports.documents == (1 if effect else 0)
    assert confirms(product, 1) == (1 if effect else 0)
    assert len(product.alarms.published) == (0 if effect else 1)


def test_an_order_that_the_shop_refuses_is_not_confirmed_and_is_told_at_once() -> None:
    product = importing()
    product.imports.faults.append(ShopFault(ImportOutcome.REFUSED, message="unknown goods"))
    product.mall.hold(1)
    product.ticks(10 * MINUTES)
    order = product.order(1)
    assert order.work.hold is not None
    assert order.work.hold.code is HoldCode.IMPORT_REFUSED
    assert "unknown goods" in said(order.work.hold.reason)
    assert not product.mall.orders[1].confirmed
    assert len(product.alarms.published) == 1
    product.ticks(120 * MINUTES, 10 * MINUTES)
    assert product.imports.documents == 1, "the same document would be refused again"
    assert len(product.alarms.published) == 1


def test_an_order_that_cannot_get_into_the_shop_is_told_well_before_the_day_is_over() -> None:
    product = importing()
    product.imports.outage = ShopFault(ImportOutcome.NOT_SENT, message="no connection")
    product.mall.hold(1)
    product.ticks(timedelta(hours=5), 5 * MINUTES)
    subjects = [subject for _, subject, _ in product.alarms.published]
    assert subjects == ["Objednavka MALL 1: e-shop ji neprevzal"]
    assert confirms(product, 1) == 0
    product.imports.outage = None
    product.ticks(60 * MINUTES, 5 * MINUTES)
    assert product.imports.written == [(SHOP, "create", "1")]
    assert confirms(product, 1) == 1
    assert all(not one.open for one in product.order(1).cases.escalations)


def test_an_order_that_was_listed_late_is_told_before_its_own_day_is_over() -> None:
    """MALL counts from when it opened the order, not from when we heard of it."""
    product = importing()
    product.imports.outage = ShopFault(ImportOutcome.NOT_SENT, message="no connection")
    product.mall.hold(1)
    product.mall.changes(1, opened_at=product.clock.now() - timedelta(hours=19))
    product.ticks(130 * MINUTES, 5 * MINUTES)
    assert [subject for _, subject, _ in product.alarms.published] == [
        "Objednavka MALL 1: e-shop ji neprevzal"
    ]


@pytest.mark.parametrize(
    ("lacks", "lacking"),
    [
        ({"items": ()}, AnswerReason.NO_LINES),
        ({"items": (OrderDetailItem("A", "A", Decimal(1)),)}, AnswerReason.NO_PRICE),
        ({"customer": Customer(email="a@example.com")}, AnswerReason.NO_CUSTOMER),
    ],
)
def test_half_an_order_is_not_written_and_not_blamed_on_the_shop(
    lacks: dict[str, object], lacking: AnswerReason
) -> None:
    product = importing()
    product.mall.hold(1)
    product.mall.lacks = lacks
    product.ticks(timedelta(hours=1), 5 * MINUTES)
    hold = product.order(1).work.hold
    assert hold is not None
    assert (hold.code, hold.actor) == (HoldCode.NO_ANSWER, Actor.MARKETPLACE)
    assert codes_in(hold.reason) == ["hold.no_answer.marketplace", "answer.http", lacking.value]
    assert product.imports.documents == 0


def test_an_order_that_mall_does_not_give_is_not_blamed_on_the_shop() -> None:
    product = importing()
    product.mall.hold(1)
    product.read_list()
    product.settle()
    product.mall.outage = Fault(CallResult.SERVER_ERROR)
    product.ticks(60 * MINUTES)
    hold = product.order(1).work.hold
    assert hold is not None
    assert hold.code is HoldCode.NO_ANSWER
    assert hold.reason.code is HoldReason.NO_ANSWER
    assert product.written[-1].without_answer
    product.mall.outage = None
    product.lists = False
    del product.mall.orders[1]
    product.ticks(60 * MINUTES)
    hold = product.order(1).work.hold
    assert hold is not None
    assert hold.code is HoldCode.NOT_AT_MARKETPLACE
    assert product.written[-1].outcome is StepOutcome.NOT_THERE
    assert product.imports.documents == 0


def test_a_refused_order_is_written_once_a_person_asks_again() -> None:
    product = importing()
    product.imports.faults.append(ShopFault(ImportOutcome.REFUSED))
    product.mall.hold(1)
    product.ticks(10 * MINUTES)
    retry_order(product, SHOP, "1")
    product.ticks(10 * MINUTES)
    assert product.imports.written == [(SHOP, "create", "1")]
    assert product.mall.orders[1].confirmed


# --- what MALL or the customer changes ---------------------------------------------------------------------


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
        product.shops.pause(SHOP, now + timedelta(hours=9))
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


def test_writing_waits_while_the_shop_is_stopped() -> None:
    product = importing()
    product.mall.hold(1)
    product.read_list()
    product.settle()
    product.shops.stop(SHOP, KEY_REFUSED, product.clock.now(), product.clock.now() + timedelta(hours=2))
    product.lists = False
    product.ticks(60 * MINUTES, 5 * MINUTES)
    assert product.imports.documents == 0
    assert all(result.outcome is StepOutcome.POSTPONED for result in product.written)
    product.lists = True
    product.ticks(timedelta(hours=3), 5 * MINUTES)
    assert product.imports.written == [(SHOP, "create", "1")]


def test_an_export_of_changes_only_is_enough_to_link() -> None:
    product = importing()
    product.exports.at(SHOP).etag = "1"
    product.mall.hold(1)
    product.ticks(10 * MINUTES)
    assert product.imports.written == [(SHOP, "create", "1")]


# --- whose order it is ------------------------------------------------------------------------------------


def somebody_elses(product: InMemoryProduct, created: ShopDate | None = None) -> None:
    """Another order of the shop has MALL's number in words of its customer, and the clerk has delivered it."""
    product.clerk(1, S.SETTLED, code="X9", delivery=TODAY, created=created)


def test_an_order_that_was_written_into_the_shop_counts_under_its_own_code_alone() -> None:
    product = importing()
    product.mall.hold(1)
    product.imports.meanwhile = lambda: somebody_elses(product)  # before any export has shown ours
    product.ticks(60 * MINUTES, 5 * MINUTES)
    assert product.imports.written == [(SHOP, "create", "1")]
    order = product.order(1)
    assert (order.shop_side.code, order.shop_side.desired) == ("C1", None)
    assert order.work.hold is not None
    assert order.work.hold.code is HoldCode.TWO_ORDERS
    assert product.statuses_sent(1) == ["tracking"], "the confirmation"
    product.clerk(1, S.HANDLED)
    product.ticks(10 * MINUTES)
    assert product.held(1) is M.SHIPPING
    somebody_elses(product)
    product.ticks(60 * MINUTES, 5 * MINUTES)
    assert product.held(1) is M.SHIPPING


@pytest.mark.parametrize(("days", "taken"), [(-2, False), (-1, True), (0, True), (3, True)])
def test_an_order_older_than_malls_is_not_the_one_that_was_written(days: int, *, taken: bool) -> None:
    """Where the shop's answer names no code: a day's difference may be a zone's."""
    product = importing()
    product.imports.tells_codes = False
    product.mall.hold(1)
    created = ShopDate(TODAY.day + timedelta(days=days), None)
    product.imports.meanwhile = lambda: somebody_elses(product, created=created)
    product.ticks(60 * MINUTES, 5 * MINUTES)
    assert product.imports.written == [(SHOP, "create", "1")]
    assert (product.held(1) is not M.OPEN) == taken
    if not taken:
        hold = product.order(1).work.hold
        assert hold is not None
        assert hold.code is HoldCode.BAD_RECORD
        assert hold.reason.code is HoldReason.OLDER_THAN_OURS
        assert hold.reason.fact("code") == ShopText("X9")


def test_what_people_enter_for_an_order_that_the_shop_lost_counts() -> None:
    product = importing()
    product.mall.hold(1)
    product.imports.meanwhile = product.exports.at(SHOP).records.clear
    product.ticks(7 * 60 * MINUTES, 5 * MINUTES)
    hold = product.order(1).work.hold
    assert hold is not None
    assert hold.code is HoldCode.IMPORT_REFUSED
    product.clerk(1, S.HANDLED, code="BY-HAND")
    product.ticks(10 * MINUTES)
    assert product.held(1) is M.SHIPPING


def test_a_person_decides_which_order_it_is() -> None:
    """The shop's answer may have named another code than its export."""
    product = importing()
    product.mall.hold(1)
    product.imports.meanwhile = lambda: product.clerk(1, S.HANDLED, code="INTERNAL-7")
    product.ticks(30 * MINUTES, 5 * MINUTES)
    assert product.held(1) is M.OPEN
    retry_order(product, SHOP, "1")
    product.ticks(10 * MINUTES)
    assert product.order(1).shop_side.code == "INTERNAL-7"
    assert product.held(1) is M.SHIPPING
