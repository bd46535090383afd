"""A wrong final status, from the mistake to MALL's correction and on: what is sent, held, told and accepted."""

from __future__ import annotations

from datetime import timedelta

import pytest

from orderbridge.domain.actions import Action
from orderbridge.domain.cases.records import Cause
from orderbridge.domain.codes.cases import TodoReason
from orderbridge.domain.codes.orders import HoldReason
from orderbridge.domain.holds import HoldCode
from orderbridge.domain.reasons import Reason, because
from orderbridge.domain.statuses import MarketplaceStatus as M
from orderbridge.domain.statuses import ShopStatus as S
from orderbridge.flows.api.escalations import close_escalation
from orderbridge.flows.api.figures import show_figures
from orderbridge.flows.api.orders import order_detail, retry_order
from tests.texts import said
from tests.unit.flows.api_client import ApiClient
from tests.unit.flows.in_memory_product import SHOP, InMemoryProduct
from tests.unit.flows.sequences import MINUTES, TODAY, importing, new_product, ship, stops

HOUR = timedelta(hours=1)


def canceled_by_mistake(then: S | None = S.SETTLED, **rules: object) -> InMemoryProduct:
    """Handled, canceled, sent; then the clerk goes on with the order as `reaction`."""
    product = new_product(undo=0, **rules)
    product.lists = True
    product.mall.hold(1)
    for status in (S.HANDLED, S.CANCELED):
        product.clerk(1, status)
        product.ticks(5 * MINUTES)
    assert product.held(1) is M.CANCELLED
    if then is not None:
        product.clerk(1, then)
        product.ticks(5 * MINUTES)
    return product


def corrected(product: InMemoryProduct, status: M, *, confirmed: bool = False) -> None:
    """MALL's Operations set `status`, and the product hears of it."""
    product.mall.changes(1, status=status, confirmed=confirmed)
    product.clock.advance(HOUR)
    product.read_list("reconcile")
    product.ticks(15 * MINUTES, 5 * MINUTES)


def hold(product: InMemoryProduct) -> HoldCode | None:
    held = product.order(1).work.hold
    return None if held is None else held.code


def why_held(product: InMemoryProduct) -> Reason | None:
    held = product.order(1).work.hold
    return None if held is None else held.reason


def open_causes(product: InMemoryProduct) -> set[Cause]:
    return {escalation.cause for escalation in product.order(1).cases.escalations if escalation.open}


def retry(product: InMemoryProduct) -> None:
    retry_order(product, SHOP, "1")
    product.settle()
    product.ticks(5 * MINUTES)


class TestOurOwnWrongCancelled:
    @pytest.mark.parametrize(
        ("then", "right"),
        [
            (S.PENDING, "Open"),
            (S.HANDLED, "Shipping"),
            (S.PARTIALLY_SETTLED, "Shipping"),
            (S.SETTLED, "Shipped"),
        ],
    )
    def test_it_is_escalated_at_once_with_the_text_for_operations(self, then: S, right: str) -> None:
        product = canceled_by_mistake(then)
        assert open_causes(product) == {Cause.WRONG_FINAL}
        (entry,) = ApiClient(product).ask(order_detail, 1)["escalations"]
        assert (entry["mall_holds"]["text"], entry["right_status"]["text"]) == ("Cancelled", right)
        assert entry["what_to_do"]["code"] == TodoReason.CANCELLED_BY_US
        assert entry["ready_text"]["for"] == "operations"
        assert f"chybně zadaný konečný stav → {right}" in entry["ready_text"]["text"]
        assert "omylem nastaven stav Cancelled" in entry["ready_text"]["text"]
        assert [subject for _, subject, _ in product.alarms.published] == [
            "Objednavka MALL 1: zrusena omylem"
        ]
        assert why_held(product) == because(HoldReason.CANCELLED_BY_US)

    def test_it_closes_when_the_clerk_cancels_again_and_was_a_slip(self) -> None:
        product = canceled_by_mistake(S.HANDLED)
        product.clerk(1, S.CANCELED)
        product.ticks(5 * MINUTES)
        assert open_causes(product) == set()
        assert hold(product) is None

    @pytest.mark.parametrize("then", [S.PENDING, S.HANDLED])
    def test_a_customers_cancellation_is_no_status_of_ours(self, then: S) -> None:
        product = new_product(undo=0)
        product.lists = True
        product.mall.hold(1)
        product.clerk(1, then)
        product.ticks(5 * MINUTES)
        product.mall.changes(1, status=M.CANCELLED)
        product.ticks(5 * MINUTES)
        assert open_causes(product) == set()
        assert len(stops(product)) == 1


class TestCorrection:
    def test_what_an_open_escalation_asked_for_is_accepted_by_itself(self) -> None:
        product = canceled_by_mistake()
        corrected(product, M.SHIPPED)
        assert hold(product) is None
        assert open_causes(product) == set()
        product.clerk(1, S.SETTLED, delivery=TODAY)
        product.ticks(5 * MINUTES)
        assert product.held(1) is M.DELIVERED
        assert product.statuses_sent(1)[-2:] == ["tracking", "delivered"]

    @pytest.mark.parametrize("hidden", ["a date typed meanwhile", "set to Delivered"])
    def test_the_shop_that_says_delivered_is_met_by_shipped_and_by_delivered(self, hidden: str) -> None:
        product = canceled_by_mistake()
        product.clerk(1, S.SETTLED, delivery=TODAY)
        product.ticks(5 * MINUTES)
        corrected(product, M.SHIPPED if hidden == "a date typed meanwhile" else M.DELIVERED)
        assert product.held(1) is M.DELIVERED
        assert hold(product) is None
        assert open_causes(product) == set()

    def test_a_correction_to_shipping_goes_on_from_there(self) -> None:
        product = canceled_by_mistake(S.HANDLED)
        corrected(product, M.SHIPPING, confirmed=True)
        assert hold(product) is None
        product.clerk(1, S.SETTLED)
        product.ticks(5 * MINUTES)
        assert product.statuses_sent(1) == ["shipping", "cancelled", "shipped"]

    def test_another_status_waits_for_a_person_whose_retry_accepts_it(self) -> None:
        product = canceled_by_mistake()
        corrected(product, M.SHIPPING)
        sent = product.statuses_sent(1)
        assert hold(product) is HoldCode.REOPENED
        reopened = because(HoldReason.REOPENED, once=M.CANCELLED, held=M.SHIPPING, order=1)
        assert why_held(product) == reopened
        (entry,) = (
            e for e in ApiClient(product).ask(order_detail, 1)["escalations"] if e["cause"] == "drift"
        )
        assert entry["right_status"]["text"] == "Shipped"
        assert entry["what_to_do"]["code"] == TodoReason.DRIFT
        assert product.statuses_sent(1) == sent
        retry(product)
        assert hold(product) is None
        assert open_causes(product) == set()
        assert product.held(1) is M.SHIPPED
        passed = ApiClient(product).ask(order_detail, 1)["passed"]
        assert [entry["status"] for entry in passed if entry["reverted"]] == ["cancelled"]

    def test_where_the_shop_agrees_only_later_a_person_accepts(self) -> None:
        product = canceled_by_mistake(then=None)
        corrected(product, M.SHIPPED, confirmed=True)
        assert hold(product) is HoldCode.REOPENED
        product.clerk(1, S.SETTLED, delivery=TODAY)
        product.ticks(10 * MINUTES)
        assert hold(product) is HoldCode.REOPENED
        assert product.held(1) is M.SHIPPED
        drift = next(e for e in product.order(1).cases.escalations if e.cause is Cause.DRIFT)
        assert [event.what for event in drift.history] == ["opened"]
        retry(product)
        assert product.held(1) is M.DELIVERED

    def test_a_second_word_of_operations_may_be_the_one_that_was_asked_for(self) -> None:
        product = canceled_by_mistake()
        corrected(product, M.OPEN)
        assert hold(product) is HoldCode.REOPENED
        corrected(product, M.SHIPPED)
        assert hold(product) is None

    def test_a_reading_that_no_person_requested_accepts_nothing(self) -> None:
        product = canceled_by_mistake()
        corrected(product, M.SHIPPING)
        product.ticks(timedelta(days=2), HOUR)
        assert hold(product) is HoldCode.REOPENED

    def test_closing_the_escalation_is_no_acceptance(self) -> None:
        product = canceled_by_mistake()
        corrected(product, M.SHIPPING)
        ApiClient(product).ask(close_escalation, 1, "drift", {"note": "asked Operations"})
        product.ticks(HOUR, 10 * MINUTES)
        assert hold(product) is HoldCode.REOPENED

    def test_it_counts_as_a_wrong_status_and_no_more_as_a_cancellation(self) -> None:
        product = canceled_by_mistake()
        before = ApiClient(product).ask(show_figures)
        assert before["cancel_rate"]["count"] == 1
        corrected(product, M.SHIPPED)
        after = ApiClient(product).ask(show_figures)
        assert after["status_errors"]["count"] == 1
        assert after["cancel_rate"]["count"] == 0


class TestAfterACorrection:
    @pytest.mark.parametrize("accepted", [True, False])
    def test_the_customers_own_cancellation_stops_the_parcel(self, *, accepted: bool) -> None:
        product = canceled_by_mistake()
        corrected(product, M.SHIPPED if accepted else M.SHIPPING)
        assert (hold(product) is None) is accepted
        assert stops(product) == []
        corrected(product, M.CANCELLED)
        product.ticks(5 * MINUTES)
        assert len(stops(product)) == 1
        assert ApiClient(product).ask(show_figures)["cancel_rate"]["count"] == 0

    def test_it_is_written_into_the_shop_where_ours_was_not(self) -> None:
        product = importing()
        product.mall.hold(1)
        product.ticks(10 * MINUTES)
        for status, note in ((S.HANDLED, ""), (S.CANCELED, ""), (S.CANCELED, "DR2"), (S.HANDLED, "")):
            product.clerk(1, status, tracking_number=note)
            product.ticks(10 * MINUTES)
        assert product.order(1).shop_side.canceled_at is not None, "the shop has shown our Cancelled"
        corrected(product, M.SHIPPING)
        assert hold(product) is None
        product.mall.changes(1, status=M.CANCELLED)
        product.ticks(10 * MINUTES)
        assert [what for _, what, _ in product.imports.written] == ["create", "cancel"]
        (step,) = (s for s in product.history(1).steps if s.action is Action.CANCEL_IN_SHOP)
        assert step.not_before == product.order(1).marketplace.status_changes[-1].at, (
            "read behind this cancellation, not the first"
        )
        assert len(stops(product)) == 1

    def test_our_next_cancelled_is_sent_once_more(self) -> None:
        product = canceled_by_mistake(S.HANDLED)
        corrected(product, M.SHIPPING)
        product.clerk(1, S.CANCELED)
        product.ticks(5 * MINUTES)
        assert product.statuses_sent(1).count("cancelled") == 2
        assert stops(product) == []
        product.clerk(1, S.SETTLED)
        product.ticks(5 * MINUTES)
        assert open_causes(product) == {Cause.WRONG_FINAL}


class TestDelivered:
    """Cannot be undone (R2.14): whoever says otherwise, nothing more is sent."""

    @pytest.mark.parametrize("back", [M.OPEN, M.SHIPPING, M.SHIPPED])
    @pytest.mark.parametrize("shop", [S.SETTLED, S.HANDLED, S.CANCELED])
    def test_nothing_is_ever_sent_after_it(self, back: M, shop: S) -> None:
        product = new_product(undo=0)
        product.lists = True
        ship(product)
        product.clerk(1, S.SETTLED, delivery=TODAY)
        product.ticks(5 * MINUTES)
        assert product.held(1) is M.DELIVERED
        product.clerk(1, shop)
        product.ticks(5 * MINUTES)
        sent = product.statuses_sent(1)
        corrected(product, back, confirmed=True)
        for _ in range(2):
            retry(product)
            assert hold(product) is HoldCode.REOPENED
            reason = why_held(product)
            assert reason is not None
            assert reason.code is HoldReason.REOPENED_DELIVERED
            assert "retry" not in said(reason)
        assert product.statuses_sent(1) == sent
        assert Cause.DRIFT in open_causes(product)

    def test_not_even_behind_a_final_status_that_was_accepted(self) -> None:
        """Delivered by MALL's own doing, then Cancelled, then Shipped: the last one is not all that counts."""
        product = new_product(undo=0)
        product.lists = True
        ship(product)
        for status in (M.DELIVERED, M.CANCELLED, M.SHIPPED):
            corrected(product, status)
        passed = [entry.status for entry in product.order(1).marketplace.status_changes]
        assert passed == [M.OPEN, M.SHIPPED, M.DELIVERED, M.CANCELLED, M.SHIPPED]
        sent = product.statuses_sent(1)
        retry(product)
        product.clerk(1, S.SETTLED, delivery=TODAY)
        product.ticks(5 * MINUTES)
        assert hold(product) is HoldCode.REOPENED
        assert product.statuses_sent(1) == sent


@pytest.mark.parametrize("heard_first", ["the shop", "MALL"])
def test_a_customers_cancellation_that_the_clerk_repeats_is_the_customers(heard_first: str) -> None:
    product = new_product(undo=900)
    product.lists = True
    product.mall.hold(1)
    product.clerk(1, S.HANDLED)
    product.ticks(5 * MINUTES)
    product.mall.changes(1, status=M.CANCELLED)
    if heard_first == "MALL":
        product.tick()
    product.clerk(1, S.CANCELED)
    product.lists = False
    product.ticks(5 * MINUTES)
    product.lists = True
    product.ticks(30 * MINUTES)
    assert product.statuses_sent(1).count("cancelled") == 0
    assert product.order(1).marketplace.observed == product.mall.orders[1]
    assert ApiClient(product).ask(show_figures)["cancel_rate"]["count"] == 0
