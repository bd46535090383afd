"""Exports that lack an order: what that says of it, and what it does not."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from orderbridge.domain.codes.orders import HoldReason
from orderbridge.domain.dates import ShopDate
from orderbridge.domain.holds import Actor, HoldCode
from orderbridge.domain.statuses import MarketplaceStatus as M
from orderbridge.domain.statuses import ShopStatus as S
from orderbridge.flows import fetch_changes as flow
from orderbridge.flows.api import shops as api_shops
from orderbridge.flows.retry_transitions import park_dead_letter
from tests.unit.flows.api_client import ApiClient
from tests.unit.flows.in_memory_product import SHOP, InMemoryProduct
from tests.unit.flows.sequences import HOURS, MINUTES, TICK, canceled_and_left_out, new_product, ship

if TYPE_CHECKING:
    import pytest


class TestAListThatLacksOrders:
    def test_a_valid_list_without_the_order_is_no_sight_of_it(self) -> None:
        product = new_product()
        product.mall.hold(1)
        product.clerk(1, S.HANDLED)
        product.tick()
        product.clerk(1, S.CANCELED)
        product.tick()
        product.ticks(10 * MINUTES)
        served = product.exports.at(SHOP)
        product.clerk(1, S.HANDLED)
        hidden = served.records.pop(1)
        product.ticks(10 * MINUTES)
        assert product.held(1) is M.SHIPPING
        served.records[1] = hidden
        product.ticks(HOURS)
        assert product.held(1) is M.SHIPPING

    def test_a_step_that_waits_too_long_to_be_shown_is_told(self) -> None:
        product = new_product()
        product.mall.hold(1)
        product.clerk(1, S.HANDLED)
        product.tick()
        product.clerk(1, S.CANCELED)
        product.tick()
        gone = product.exports.at(SHOP).records.pop(1)
        product.ticks(7 * HOURS, 10 * MINUTES)
        hold = product.order(1).work.hold
        assert hold is not None
        assert hold.code is HoldCode.NOT_IN_EXPORT
        assert (hold.reason.code, hold.actor) == (HoldReason.NOT_IN_EXPORT_MISSING, Actor.CLERK)
        assert product.order(1).shop_side.missing_since is not None
        product.exports.at(SHOP).records[1] = gone
        product.ticks(10 * MINUTES)
        assert product.held(1) is M.CANCELLED
        assert product.order(1).work.hold is None

    def test_a_list_that_lost_much_of_what_it_had_is_not_believed(self) -> None:
        """Also where it shows the order: it may be an old copy, or cut anywhere."""
        product = new_product()
        product.mall.hold(1)
        for number in range(1, 31):
            product.clerk(number, S.PENDING)
        product.clerk(1, S.HANDLED)
        product.tick()
        product.clerk(1, S.CANCELED)
        product.tick()
        served = product.exports.at(SHOP)
        lost = {number: served.records.pop(number) for number in range(10, 31)}
        product.ticks(50 * MINUTES, TICK)
        assert product.held(1) is M.SHIPPING
        shown = ApiClient(product).ask(api_shops.health)["shops"][0]
        (short,) = [one for one in shown["problems"] if one["code"] == "health.content_short"]
        assert short["facts"]["orders"] == {"number": "30"}
        served.records.update(lost)
        product.ticks(10 * MINUTES)
        assert product.held(1) is M.CANCELLED

    def test_a_list_that_stays_short_is_the_shops_list(self) -> None:
        product = new_product()
        product.mall.hold(1)
        for number in range(1, 31):
            product.clerk(number, S.PENDING)
        product.clerk(1, S.CANCELED)
        product.tick()
        for number in range(10, 31):
            del product.exports.at(SHOP).records[number]
        product.ticks(timedelta(hours=2, minutes=10), TICK)
        assert product.held(1) is M.CANCELLED

    def test_an_order_under_way_that_is_gone_is_found_within_a_day(self) -> None:
        product = new_product()
        ship(product)
        product.clerk(2, S.PENDING)
        gone = product.exports.at(SHOP).records.pop(1)
        product.ticks(25 * HOURS, 30 * MINUTES)
        assert product.order(1).shop_side.missing_since is not None
        product.exports.at(SHOP).records[1] = gone
        product.ticks(10 * MINUTES)
        assert product.order(1).shop_side.missing_since is None


class TestAListOfChanges:
    def test_what_it_lacks_has_not_changed(self) -> None:
        product = canceled_and_left_out()
        product.ticks(14 * MINUTES)
        assert product.held(1) is M.OPEN
        product.ticks(30 * MINUTES)
        assert product.held(1) is M.CANCELLED

    def test_a_correction_that_could_not_be_taken_in_is_parked_before_its_absence_counts(self) -> None:
        product = canceled_and_left_out()
        product.clock.advance(10 * MINUTES)
        product.clerk(1, S.HANDLED)
        product.fetch()
        (dead,) = product.queues.take_changes()
        product.exports.at(SHOP).records.clear()
        product.ticks(9 * MINUTES)
        park_dead_letter(product, "m", "changes", dead.model_dump_json(), 5)
        product.ticks(HOURS)
        assert product.held(1) is M.OPEN


class TestAnOrderThatIsGoneForGood:
    def _gone(self, product: InMemoryProduct, number: int) -> None:
        product.mall.hold(number)
        product.clerk(number, S.HANDLED)
        product.tick()
        product.clerk(number, S.CANCELED)
        product.ticks(TICK, TICK)
        del product.exports.at(SHOP).records[number]

    def test_is_told_once_and_not_with_every_fetch(self) -> None:
        product = new_product()
        self._gone(product, 1)
        product.ticks(30 * HOURS, 10 * MINUTES)
        product.clock.advance(TICK)
        product.fetch()
        assert product.queues.take_changes() == []
        hold = product.order(1).work.hold
        assert hold is not None
        assert hold.code is HoldCode.NOT_IN_EXPORT

    def test_does_not_stand_before_others(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(flow, "MAX_AWAITED", 1)
        product = new_product()
        self._gone(product, 1)
        product.ticks(HOURS, TICK)
        product.mall.hold(2)
        product.clerk(2, S.CANCELED)
        product.ticks(HOURS, TICK)
        assert product.held(2) is M.CANCELLED

    def test_that_comes_back_goes_on(self) -> None:
        product = new_product()
        self._gone(product, 1)
        product.ticks(HOURS, TICK)
        product.clerk(1, S.CANCELED)
        product.ticks(10 * MINUTES, TICK)
        assert product.held(1) is M.CANCELLED

    def test_too_old_to_be_rechecked_any_more_is_gone_too(self) -> None:
        product = new_product()
        product.mall.hold(1)
        old = ShopDate(date(2026, 11, 10))
        product.clerk(1, S.HANDLED, created=old)
        product.tick()
        product.clerk(1, S.CANCELED, created=old)
        product.ticks(TICK, TICK)
        settings = product.shops.records[SHOP].settings
        later = settings.model_copy(update={"ignore_created_before": date(2026, 11, 15)})
        product.shops.put(later, product.clock.now())
        product.ticks(HOURS, TICK)
        assert product.order(1).shop_side.missing_since is not None
