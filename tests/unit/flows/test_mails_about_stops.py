"""Mails to the people of a stopped shop."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from orderbridge.domain.codes.edges import StopReason
from orderbridge.domain.failure_policy import CallResult
from orderbridge.domain.reasons import because
from orderbridge.domain.shops import ShopNotices
from orderbridge.domain.statuses import ShopStatus as S
from orderbridge.flows.common.watch_shops import notify_stopped_shops
from orderbridge.flows.send_alarms import send_alarm
from orderbridge.messages import AlarmRequest
from tests.fakes import KEY_REFUSED, NOON, Fault
from tests.unit.flows.in_memory_product import SHOP, InMemoryProduct
from tests.unit.flows.sequences import new_product, switch

if TYPE_CHECKING:
    from collections.abc import Callable

    Begin = Callable[[], tuple["InMemoryProduct", Callable[[], object]]]
from tests.unit.flows.mails import ABOUT_SHOP, asked, stopped


def told(product: InMemoryProduct) -> int:
    return notify_stopped_shops(product, product.shops.all())


class TestStoppedShops:
    def test_a_stop_is_mailed_once_with_what_to_do(self) -> None:
        product = stopped()
        assert told(product) == 1
        assert asked(product) == [ABOUT_SHOP.model_copy(update={"requested_at": product.clock.now()})]
        assert send_alarm(product, ABOUT_SHOP) == 1
        ((shop, subject, text),) = product.alarms.published
        assert shop == SHOP
        assert "klic e-shopu neplati" in subject
        assert "20. 11. 2026 13:00" in text  # the shop's zone
        assert "401" in text
        assert "client_id" in text
        assert send_alarm(product, ABOUT_SHOP) == 0
        for _ in range(10):
            product.clock.advance(seconds=60)
            assert told(product) == 0
        assert len(product.alarms.published) == 1

    def test_it_is_requested_until_it_is_sent(self) -> None:
        product = stopped()
        for _ in range(3):
            product.clock.advance(seconds=60)
            assert told(product) == 1
        requests = asked(product)
        assert [send_alarm(product, request) for request in requests] == [1, 0, 0]
        assert len(product.alarms.published) == 1

    def test_a_message_that_is_not_accepted_is_requested_again(self) -> None:
        product = stopped()
        product.alarms.fail_with = RuntimeError("not taken")
        with pytest.raises(RuntimeError):
            send_alarm(product, ABOUT_SHOP)
        product.alarms.fail_with = None
        assert told(product) == 1
        assert send_alarm(product, ABOUT_SHOP) == 1

    def test_the_next_stop_is_mailed_again(self) -> None:
        product = stopped()
        send_alarm(product, ABOUT_SHOP)
        product.mall.outage = None
        product.ticks(timedelta(minutes=10))
        assert product.shops.records[SHOP].stop is None
        assert told(product) == 0
        product.mall.outage = Fault(CallResult.UNAUTHORIZED, http_status=401)
        product.clerk(1, S.SETTLED)
        product.ticks(timedelta(minutes=2))
        assert told(product) == 1
        assert send_alarm(product, ABOUT_SHOP) == 1

    @pytest.mark.parametrize(("statuses", "mails"), [([403] * 12, 4), ([401, 403] * 6, 12)])
    def test_what_stops_the_shop_again_and_again_is_mailed_now_and_then(
        self, statuses: list[int], mails: int
    ) -> None:
        """One order that MALL forbids, while every other one is taken and ends the stop."""
        product = new_product()
        for status in statuses:
            now = product.clock.advance(timedelta(hours=1))
            why = because(StopReason.KEY_REFUSED, http_status=status)
            product.shops.stop(SHOP, why, now, now + timedelta(minutes=5))
            if told(product):
                send_alarm(product, ABOUT_SHOP)
            product.shops.end_stop(SHOP)
        assert len(product.alarms.published) == mails

    def test_a_stop_that_ended_meanwhile_is_mailed_no_more(self) -> None:
        product = stopped()
        told(product)
        product.shops.end_stop(SHOP)
        assert send_alarm(product, ABOUT_SHOP) == 0
        product.shops.remove(SHOP)
        assert send_alarm(product, ABOUT_SHOP) == 0

    def test_only_stopped_shops_cost_a_reading(self, monkeypatch: pytest.MonkeyPatch) -> None:
        product = stopped()
        product.add_shop("well")
        read = []
        get = product.notices.get

        def spied(shop: str) -> ShopNotices:
            read.append(shop)
            return get(shop)

        monkeypatch.setattr(product.notices, "get", spied)
        told(product)
        assert read == [SHOP]

    def test_a_shop_that_is_switched_off_is_left_alone(self) -> None:
        product = stopped()
        switch(product, on=False)
        assert told(product) == 0

    def test_a_mail_about_a_stop_keeps_what_was_noted_of_the_digest(self) -> None:
        product = stopped()
        product.notices.put(SHOP, ShopNotices(digest_day="2026-11-20", digest_items=("a",)))
        send_alarm(product, ABOUT_SHOP)
        noted = product.notices.get(SHOP)
        assert (noted.notified_stop, noted.digest_day, noted.digest_items) == (NOON, "2026-11-20", ("a",))

    def test_its_subject_is_not_too_long_with_the_longest_name(self) -> None:
        shop = "s" * 40
        product = new_product()
        product.add_shop(shop)
        product.shops.stop(shop, KEY_REFUSED, NOON, NOON)
        assert send_alarm(product, AlarmRequest(shop=shop, requested_at=NOON)) == 1
