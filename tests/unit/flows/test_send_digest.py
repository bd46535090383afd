"""The daily digest: when it is sent, and what is noted of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from orderbridge.domain.codes.api import SettingReason
from orderbridge.domain.failure_policy import CallResult
from orderbridge.domain.reasons import because
from orderbridge.domain.shops import Pause, ShopNotices
from orderbridge.domain.statuses import MarketplaceStatus as M
from orderbridge.domain.statuses import ShopStatus as S
from orderbridge.flows import send_alarms as flow
from orderbridge.flows.common import stored_orders
from orderbridge.flows.send_alarms import request_digests, send_digest
from orderbridge.messages import DigestRequest, Recheck
from tests.fakes import NOON, Fault
from tests.orders import changed
from tests.reasons import DRIFT
from tests.unit.flows.in_memory_product import SHOP, InMemoryProduct
from tests.unit.flows.sequences import TODAY, new_product, ship, switch

if TYPE_CHECKING:
    from collections.abc import Callable

    Begin = Callable[[], tuple["InMemoryProduct", Callable[[], object]]]
from tests.unit.flows.mails import too_late_cancelled

DAYS = timedelta(days=1)
BROKEN = because(SettingReason.NOT_JSON)


def digest(product: InMemoryProduct) -> bool:
    """The day's digest, as the schedule has it made."""
    day = product.clock.now().astimezone(ZoneInfo(product.rules.shop_zone)).date()
    return send_digest(product, DigestRequest(shop=SHOP, day=day.isoformat()))


class TestDigest:
    def test_each_shop_that_is_on_gets_one_request_with_its_own_day(self) -> None:
        product = new_product()
        for shop, zone in (("east", "Pacific/Kiritimati"), ("off", "UTC"), ("broken", "UTC")):
            product.add_shop(shop)
            settings = product.shops.records[shop].settings.model_copy(
                update={"rules": replace(product.rules, shop_zone=zone)}
            )
            product.shops.records[shop] = replace(
                product.shops.records[shop],
                settings=settings,
                settings_problem=BROKEN if shop == "broken" else None,
                pause=Pause(product.clock.now()) if shop == "off" else None,
            )
        assert request_digests(product) == 2
        assert product.queues.take_alarms() == [
            DigestRequest(shop=SHOP, day="2026-11-20"),
            DigestRequest(shop="east", day="2026-11-21"),
        ]

    def test_nothing_to_look_at_is_not_mailed(self) -> None:
        product = new_product(undo=0)
        ship(product)
        assert digest(product) is False
        assert product.alarms.published == []
        assert product.notices.get(SHOP).digest_day == "2026-11-20"

    def test_what_is_new_is_mailed_once_and_an_unchanged_list_is_not_repeated(self) -> None:
        product = too_late_cancelled()
        assert digest(product) is True
        assert digest(product) is False  # the same day again
        for _ in range(5):
            product.clock.advance(DAYS)
            assert digest(product) is False
            assert product.notices.get(SHOP).digest_items

    def test_what_is_settled_and_comes_back_is_new_again(self) -> None:
        product = too_late_cancelled()
        assert digest(product) is True
        before = product.notices.get(SHOP).digest_items
        product.clerk(1, S.SETTLED)
        product.clock.advance(DAYS)
        product.tick()
        assert digest(product) is False
        assert product.notices.get(SHOP).digest_items == ()
        product.clerk(1, S.CANCELED)
        product.clock.advance(DAYS)
        product.tick()
        assert digest(product) is True
        assert product.notices.get(SHOP).digest_items != before

    def test_a_digest_that_is_not_accepted_is_sent_by_the_repeat(self) -> None:
        product = too_late_cancelled()
        product.alarms.fail_with = RuntimeError("not taken")
        with pytest.raises(RuntimeError):
            digest(product)
        product.alarms.fail_with = None
        assert digest(product) is True

    def test_an_earlier_day_that_comes_late_changes_nothing(self) -> None:
        product = too_late_cancelled()
        digest(product)
        before = product.notices.get(SHOP)
        assert send_digest(product, DigestRequest(shop=SHOP, day="2026-11-19")) is False
        assert product.notices.get(SHOP) == before

    def test_a_shop_that_is_gone_or_off_gets_none(self) -> None:
        product = too_late_cancelled()
        request = DigestRequest(shop=SHOP, day="2026-11-20")
        switch(product, on=False)
        assert send_digest(product, request) is False
        product.shops.remove(SHOP)
        assert send_digest(product, request) is False
        assert product.alarms.published == []

    def test_it_keeps_what_was_noted_of_a_stop(self) -> None:
        product = too_late_cancelled()
        product.notices.put(SHOP, ShopNotices(notified_stop=NOON))
        assert digest(product) is True
        assert product.notices.get(SHOP).notified_stop == NOON

    def test_a_shop_with_more_matters_than_are_remembered_gets_it_daily_and_no_more(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(flow, "MAX_REMEMBERED_ITEMS", 2)
        product = new_product(undo=0)
        for number in range(1, 4):
            ship(product, number)
            product.clerk(number, S.CANCELED)
            product.tick()
        for day in range(1, 4):
            assert digest(product) is True
            assert digest(product) is False
            assert len(product.notices.get(SHOP).digest_items) == 2
            assert len(product.alarms.published) == day
            product.clock.advance(DAYS)

    def test_returns_escalations_deadlines_and_old_holds_are_in_it_each_once(self) -> None:
        product = too_late_cancelled()  # 1: a return, held as well
        product.mall.hold(2)
        product.clerk(2, S.PENDING)  # 2: open, to be confirmed within a day
        product.mall.hold(3)
        product.clerk(3, None)  # 3: an unknown state in the shop
        ship(product, 4)
        product.clerk(4, S.PENDING)  # 4: the shop asks for the impossible
        product.tick()
        product.mall.hold(6)
        product.clerk(6, S.HANDLED)
        product.tick()
        order = product.order(6)
        product.ledger.save(changed(order, drift=DRIFT))  # 6: escalated, and not held
        ship(product, 5)
        product.clerk(5, S.SETTLED, delivery=TODAY)  # 5: Delivered cannot be set
        product.queues.request_rechecks(
            [Recheck(shop=SHOP, mall_order_id=6, requested_at=NOON, reason="test")]
        )
        product.mall.outage = Fault(CallResult.SERVER_ERROR)
        product.clock.set(datetime(2026, 11, 22, 12, 0, tzinfo=UTC))
        product.tick()
        assert product.order(6).work.hold is None
        assert digest(product) is True
        ((_, subject, text),) = [one for one in product.alarms.published if "k reseni" in one[1]]
        for number in range(1, 7):
            assert f"Objednávka {number}" in text, text
        assert SHOP in subject
        keys = product.notices.get(SHOP).digest_items
        assert len(keys) == len(set(keys))
        assert "není úplný" not in text

    @pytest.mark.parametrize("held", [M.BLOCKED, M.OPEN, M.SHIPPING, M.SHIPPED])
    def test_what_is_gone_from_the_export_is_found_at_every_status(self, held: M) -> None:
        product = new_product(undo=0)
        product.mall.hold(1, held, confirmed=True)
        product.clerk(1, {M.SHIPPING: S.HANDLED, M.SHIPPED: S.SETTLED}.get(held, S.PENDING))
        product.tick()
        assert digest(product) is False
        order = product.order(1)
        product.ledger.save(changed(order, missing_since=product.clock.now()))
        product.clock.advance(DAYS)
        assert digest(product) is True
        assert "zmizely z exportu e-shopu" in product.alarms.published[-1][2]

    def test_what_is_forgotten_in_shipping_is_found_though_nothing_holds_it(self) -> None:
        product = new_product(undo=0)
        product.mall.hold(1)
        product.clerk(1, S.HANDLED)
        product.tick()
        product.clock.advance(3 * DAYS)
        assert digest(product) is False
        product.clock.advance(DAYS)
        assert digest(product) is True
        assert "Dlouho ve stavu Shipping" in product.alarms.published[-1][2]
        product.clock.advance(DAYS)
        assert digest(product) is False, "told once"

    def test_a_list_that_is_too_long_is_cut_and_it_says_so(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(stored_orders, "PAGE", 2)
        monkeypatch.setattr(flow, "MAX_PER_LIST", 3)
        product = new_product(undo=0)
        for number in range(1, 6):
            ship(product, number)
            product.clerk(number, S.CANCELED)
            product.tick()
        assert digest(product) is True
        ((_, _, text),) = product.alarms.published
        assert "Přehled není úplný: vratek je víc než 3," in text
        assert "Přehled není úplný: pozdržených objednávek je víc než 3," in text
        assert len(product.notices.get(SHOP).digest_items) == 3

    def test_a_delivery_that_is_reported_too_late_is_found_though_nothing_holds_it(self) -> None:
        product = new_product(undo=3 * 24 * 3600)
        ship(product)
        product.clerk(1, S.SETTLED, delivery=TODAY)
        product.tick()
        product.clock.advance(timedelta(days=2))
        order = product.order(1)
        assert (order.work.hold, order.cases.return_flag, order.cases.escalations) == (None, None, ())
        assert digest(product) is True
        assert "Stav Delivered měl být v MALL nastaven do" in product.alarms.published[-1][2]
