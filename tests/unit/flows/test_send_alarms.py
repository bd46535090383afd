"""What the shop's people are told: at once, once a day, and nothing twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from orderbridge.domain.cases.follow_up import unsent
from orderbridge.domain.cases.records import AlarmKind
from orderbridge.domain.codes.api import SettingReason
from orderbridge.domain.codes.cases import HappenedReason
from orderbridge.domain.codes.edges import StopReason
from orderbridge.domain.failure_policy import CallResult
from orderbridge.domain.reasons import because
from orderbridge.domain.shops import ShopNotices
from orderbridge.domain.statuses import MarketplaceStatus as M
from orderbridge.domain.statuses import ShopStatus as S
from orderbridge.errors import VersionConflictError
from orderbridge.flows import send_alarms as flow
from orderbridge.flows.common import stored_orders
from orderbridge.flows.common.watch_shops import notify_stopped_shops
from orderbridge.flows.send_alarms import request_digests, send_alarm, send_digest
from orderbridge.messages import AlarmRequest, DigestRequest, Recheck
from tests.fakes import KEY_REFUSED, NOON, FakeNotices, Fault
from tests.orders import changed
from tests.reasons import ANY, DRIFT
from tests.unit.flows.in_memory_product import SHOP, InMemoryProduct
from tests.unit.flows.sequences import TODAY, new_product, ship, switch

if TYPE_CHECKING:
    from collections.abc import Callable

    from orderbridge.domain.orders import OrderState

    Begin = Callable[[], tuple["InMemoryProduct", Callable[[], object]]]

DAYS = timedelta(days=1)
ABOUT_ORDER = AlarmRequest(shop=SHOP, mall_order_id=1, requested_at=NOON)
BROKEN = because(SettingReason.NOT_JSON)
ABOUT_SHOP = AlarmRequest(shop=SHOP, requested_at=NOON)


def subjects(product: InMemoryProduct) -> list[str]:
    return [subject for _, subject, _ in product.alarms.published]


def asked(product: InMemoryProduct) -> list[AlarmRequest]:
    """The requests for alarms that were sent since the last time."""
    return [request for request in product.queues.take_alarms() if isinstance(request, AlarmRequest)]


def cancelled_while_packing() -> InMemoryProduct:
    """MALL cancelled an order that the shop is packing; the alarm is due and was not sent yet."""
    product = new_product(undo=0)
    product.mall.hold(1)
    product.clerk(1, S.HANDLED)
    product.tick()
    product.mall.changes(1, status=M.CANCELLED)
    product.read_list()
    product.map_all()
    product.push_all()
    product.map_all()
    assert [alarm.kind for alarm in unsent(product.order(1))] == [AlarmKind.STOP_THE_PARCEL]
    return product


class TestOrders:
    def test_what_is_due_is_sent_once_and_marked(self) -> None:
        product = cancelled_while_packing()
        assert send_alarm(product, ABOUT_ORDER) == 1
        ((shop, subject, text),) = product.alarms.published
        assert shop == SHOP
        assert subject == "Zastavte zasilku: objednavka MALL 1 byla zrusena"
        assert "Co udělat: Přestaňte balit" in text
        assert [alarm.sent_at for alarm in product.order(1).cases.alarms] == [product.clock.now()]
        assert send_alarm(product, ABOUT_ORDER) == 0
        assert len(product.alarms.published) == 1

    def test_the_product_asks_for_it_by_itself(self) -> None:
        product = cancelled_while_packing()
        assert ABOUT_ORDER.model_copy(update={"requested_at": product.clock.now()}) in asked(product)

    def test_every_save_requests_the_alarm_until_it_is_sent_and_it_is_sent_once(self) -> None:
        product = cancelled_while_packing()
        for seconds in range(4):
            product.clerk(1, S.HANDLED, tracking_number=f"DR{seconds}")
            product.clock.advance(seconds=1)
            product.fetch()
            product.map_all()
        requests = asked(product)
        assert len(requests) >= 4
        assert [send_alarm(product, request) for request in requests] == [1] + [0] * (len(requests) - 1)

    def test_a_request_that_got_lost_is_made_again(self) -> None:
        product = cancelled_while_packing()
        product.queues.take_alarms()
        product.ticks(timedelta(minutes=10))
        assert subjects(product) == ["Zastavte zasilku: objednavka MALL 1 byla zrusena"]

    @pytest.mark.parametrize("conflicts", [1, 2, 5])
    def test_somebody_writing_the_order_meanwhile_makes_no_second_message(self, conflicts: int) -> None:
        product = cancelled_while_packing()
        product.ledger.fail_next_saves = conflicts
        assert send_alarm(product, ABOUT_ORDER) == 1
        assert len(product.alarms.published) == 1
        assert unsent(product.order(1)) == ()

    def test_what_somebody_wrote_meanwhile_stays(self, monkeypatch: pytest.MonkeyPatch) -> None:
        product = cancelled_while_packing()
        save = product.ledger.save

        def overtaken(order: OrderState) -> OrderState:
            monkeypatch.setattr(product.ledger, "save", save)
            state = product.order(1)
            save(changed(state, explanation=ANY))
            return save(order)

        monkeypatch.setattr(product.ledger, "save", overtaken)
        send_alarm(product, ABOUT_ORDER)
        assert product.order(1).work.explanation == ANY
        assert unsent(product.order(1)) == ()

    def test_repeated_version_conflicts_are_an_error_and_the_alarm_is_sent_again(self) -> None:
        product = cancelled_while_packing()
        product.ledger.fail_next_saves = 100
        with pytest.raises(VersionConflictError):
            send_alarm(product, ABOUT_ORDER)
        product.ledger.fail_next_saves = 0
        assert send_alarm(product, ABOUT_ORDER) == 1  # at least once
        assert len(product.alarms.published) == 2

    def test_what_is_not_accepted_stays_due_and_what_was_accepted_before_it_is_marked(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        product = cancelled_while_packing()
        order = product.order(1)
        second = replace(order.cases.alarms[0], key="another", happened=because(HappenedReason.CHANGED))
        product.ledger.save(changed(order, alarms=(*order.cases.alarms, second)))
        publish = product.alarms.publish

        def only_one(shop: str, subject: str, text: str) -> None:
            if product.alarms.published:
                raise RuntimeError("not taken")
            publish(shop, subject, text)

        monkeypatch.setattr(product.alarms, "publish", only_one)
        with pytest.raises(RuntimeError):
            send_alarm(product, ABOUT_ORDER)
        assert [alarm.key for alarm in unsent(product.order(1))] == ["another"]
        monkeypatch.setattr(product.alarms, "publish", publish)
        assert send_alarm(product, ABOUT_ORDER) == 1
        assert subjects(product)[1:] == ["Objednavku MALL 1 zmenil MALL nebo zakaznik"]

    def test_what_is_gone_is_sent_no_more(self) -> None:
        product = cancelled_while_packing()
        assert send_alarm(product, AlarmRequest(shop=SHOP, mall_order_id=99, requested_at=NOON)) == 0
        product.shops.remove(SHOP)
        assert send_alarm(product, ABOUT_ORDER) == 0
        assert product.alarms.published == []


def stopped() -> InMemoryProduct:
    product = new_product(undo=0)
    product.mall.hold(1)
    product.clerk(1, S.PENDING)
    product.tick()
    product.mall.outage = Fault(CallResult.UNAUTHORIZED, http_status=401)
    product.clerk(1, S.HANDLED)
    product.tick()
    assert product.shops.records[SHOP].stop is not None
    return product


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
        assert "MALL neprijima klic" in subject
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
            product.shops.resume(SHOP)
        assert len(product.alarms.published) == mails

    def test_a_stop_that_ended_meanwhile_is_mailed_no_more(self) -> None:
        product = stopped()
        told(product)
        product.shops.resume(SHOP)
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


def digest(product: InMemoryProduct) -> bool:
    """The day's digest, as the schedule has it made."""
    day = product.clock.now().astimezone(ZoneInfo(product.rules.shop_zone)).date()
    return send_digest(product, DigestRequest(shop=SHOP, day=day.isoformat()))


def too_late_cancelled() -> InMemoryProduct:
    """A parcel that is on its way, and its order is canceled in the shop: a return."""
    product = new_product(undo=0)
    ship(product)
    product.clerk(1, S.CANCELED)
    product.tick()
    return product


class FailingNotices(FakeNotices):
    """`fails` says of each of the next writes whether it fails."""

    def __init__(self, fails: list[bool]) -> None:
        super().__init__()
        self.fails = fails

    def put(self, shop: str, notices: ShopNotices) -> None:
        if self.fails and self.fails.pop(0):
            raise TimeoutError("the note was not taken")
        super().put(shop, notices)


def with_a_stop() -> tuple[InMemoryProduct, Callable[[], object]]:
    product = stopped()
    return product, lambda: send_alarm(product, ABOUT_SHOP)


def with_a_digest() -> tuple[InMemoryProduct, Callable[[], object]]:
    product = too_late_cancelled()
    return product, lambda: send_digest(product, DigestRequest(shop=SHOP, day="2026-11-20"))


@pytest.mark.parametrize("begin", [with_a_stop, with_a_digest])
class TestPublishedAndNoted:
    """What is told of a shop as a whole; the message that asks for it is delivered until it succeeds."""

    def test_where_no_note_is_taken_nothing_is_mailed(self, begin: Begin) -> None:
        product, deliver = begin()
        product.notices = FailingNotices([True] * 5)
        for _ in range(5):
            with pytest.raises(TimeoutError):
                deliver()
        assert product.alarms.published == []
        assert deliver()
        assert len(product.alarms.published) == 1

    def test_what_was_not_noted_is_mailed_once_more_and_not_a_third_time(self, begin: Begin) -> None:
        product, deliver = begin()
        product.notices = FailingNotices([False, True])
        with pytest.raises(TimeoutError):
            deliver()
        assert len(product.alarms.published) == 1
        product.notices.fails = [False, True]
        assert deliver()
        assert len(product.alarms.published) == 2
        assert not deliver()
        assert len(product.alarms.published) == 2

    def test_what_is_not_accepted_is_mailed_when_it_is_however_late(self, begin: Begin) -> None:
        product, deliver = begin()
        product.alarms.fail_with = RuntimeError("not taken")
        for _ in range(4):
            with pytest.raises(RuntimeError):
                deliver()
        product.alarms.fail_with = None
        assert deliver()
        assert not deliver()
        assert len(product.alarms.published) == 1


class TestDigest:
    def test_each_shop_that_is_on_gets_one_request_with_its_own_day(self) -> None:
        product = new_product()
        for shop, zone in (("east", "Pacific/Kiritimati"), ("off", "UTC"), ("broken", "UTC")):
            product.add_shop(shop)
            settings = product.shops.records[shop].settings.model_copy(
                update={"rules": replace(product.rules, shop_zone=zone), "enabled": shop != "off"}
            )
            product.shops.records[shop] = replace(
                product.shops.records[shop],
                settings=settings,
                settings_problem=BROKEN if shop == "broken" else None,
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
        monkeypatch.setattr(flow, "MAX_TOLD", 2)
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
        assert "Zmizely z exportu e-shopu" in product.alarms.published[-1][2]

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
