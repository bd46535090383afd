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
from tests.some_reasons import ANY, DRIFT
from tests.unit.flows.sequences import TODAY, new_world, ship, switch
from tests.unit.flows.world import SHOP, InMemoryProduct

if TYPE_CHECKING:
    from collections.abc import Callable

    from orderbridge.domain.orders import OrderState

    Begin = Callable[[], tuple["InMemoryProduct", Callable[[], object]]]

DAYS = timedelta(days=1)
ABOUT_ORDER = AlarmRequest(shop=SHOP, mall_order_id=1, requested_at=NOON)
BROKEN = because(SettingReason.NOT_JSON)
ABOUT_SHOP = AlarmRequest(shop=SHOP, requested_at=NOON)


def subjects(world: InMemoryProduct) -> list[str]:
    return [subject for _, subject, _ in world.alarms.published]


def asked(world: InMemoryProduct) -> list[AlarmRequest]:
    """The requests for alarms that were sent since the last time."""
    return [request for request in world.queues.take_alarms() if isinstance(request, AlarmRequest)]


def cancelled_while_packing() -> InMemoryProduct:
    """MALL cancelled an order that the shop is packing; the alarm is due and was not sent yet."""
    world = new_world(undo=0)
    world.mall.hold(1)
    world.clerk(1, S.HANDLED)
    world.tick()
    world.mall.changes(1, status=M.CANCELLED)
    world.read_list()
    world.map_all()
    world.push_all()
    world.map_all()
    assert [alarm.kind for alarm in unsent(world.order(1))] == [AlarmKind.STOP_THE_PARCEL]
    return world


class TestOrders:
    def test_what_is_due_is_told_once_and_marked(self) -> None:
        world = cancelled_while_packing()
        assert send_alarm(world, ABOUT_ORDER) == 1
        ((shop, subject, text),) = world.alarms.published
        assert shop == SHOP
        assert subject == "Zastavte zasilku: objednavka MALL 1 byla zrusena"
        assert "Co udělat: Přestaňte balit" in text
        assert [alarm.sent_at for alarm in world.order(1).cases.alarms] == [world.clock.now()]
        assert send_alarm(world, ABOUT_ORDER) == 0
        assert len(world.alarms.published) == 1

    def test_the_product_asks_for_it_by_itself(self) -> None:
        world = cancelled_while_packing()
        assert ABOUT_ORDER.model_copy(update={"requested_at": world.clock.now()}) in asked(world)

    def test_every_save_asks_until_it_is_told_and_it_is_told_once(self) -> None:
        world = cancelled_while_packing()
        for seconds in range(4):
            world.clerk(1, S.HANDLED, tracking_number=f"DR{seconds}")
            world.clock.advance(seconds=1)
            world.fetch()
            world.map_all()
        requests = asked(world)
        assert len(requests) >= 4
        assert [send_alarm(world, request) for request in requests] == [1] + [0] * (len(requests) - 1)

    def test_a_request_that_got_lost_is_made_again(self) -> None:
        world = cancelled_while_packing()
        world.queues.take_alarms()
        world.ticks(timedelta(minutes=10))
        assert subjects(world) == ["Zastavte zasilku: objednavka MALL 1 byla zrusena"]

    @pytest.mark.parametrize("conflicts", [1, 2, 5])
    def test_somebody_writing_the_order_meanwhile_makes_no_second_message(self, conflicts: int) -> None:
        world = cancelled_while_packing()
        world.ledger.fail_next_saves = conflicts
        assert send_alarm(world, ABOUT_ORDER) == 1
        assert len(world.alarms.published) == 1
        assert unsent(world.order(1)) == ()

    def test_what_somebody_wrote_meanwhile_stays(self, monkeypatch: pytest.MonkeyPatch) -> None:
        world = cancelled_while_packing()
        save = world.ledger.save

        def overtaken(order: OrderState) -> OrderState:
            monkeypatch.setattr(world.ledger, "save", save)
            state = world.order(1)
            save(replace(state, work=replace(state.work, explanation=ANY)))
            return save(order)

        monkeypatch.setattr(world.ledger, "save", overtaken)
        send_alarm(world, ABOUT_ORDER)
        assert world.order(1).work.explanation == ANY
        assert unsent(world.order(1)) == ()

    def test_an_order_fought_over_for_too_long_is_an_error_and_told_again(self) -> None:
        world = cancelled_while_packing()
        world.ledger.fail_next_saves = 100
        with pytest.raises(VersionConflictError):
            send_alarm(world, ABOUT_ORDER)
        world.ledger.fail_next_saves = 0
        assert send_alarm(world, ABOUT_ORDER) == 1  # at least once
        assert len(world.alarms.published) == 2

    def test_what_is_not_taken_stays_due_and_what_was_taken_before_it_is_marked(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        world = cancelled_while_packing()
        order = world.order(1)
        second = replace(order.cases.alarms[0], key="another", happened=because(HappenedReason.CHANGED))
        world.ledger.save(replace(order, cases=replace(order.cases, alarms=(*order.cases.alarms, second))))
        publish = world.alarms.publish

        def only_one(shop: str, subject: str, text: str) -> None:
            if world.alarms.published:
                raise RuntimeError("not taken")
            publish(shop, subject, text)

        monkeypatch.setattr(world.alarms, "publish", only_one)
        with pytest.raises(RuntimeError):
            send_alarm(world, ABOUT_ORDER)
        assert [alarm.key for alarm in unsent(world.order(1))] == ["another"]
        monkeypatch.setattr(world.alarms, "publish", publish)
        assert send_alarm(world, ABOUT_ORDER) == 1
        assert subjects(world)[1:] == ["Objednavku MALL 1 zmenil MALL nebo zakaznik"]

    def test_what_is_gone_is_told_no_more(self) -> None:
        world = cancelled_while_packing()
        assert send_alarm(world, AlarmRequest(shop=SHOP, mall_order_id=99, requested_at=NOON)) == 0
        world.shops.remove(SHOP)
        assert send_alarm(world, ABOUT_ORDER) == 0
        assert world.alarms.published == []


def stopped() -> InMemoryProduct:
    world = new_world(undo=0)
    world.mall.hold(1)
    world.clerk(1, S.PENDING)
    world.tick()
    world.mall.outage = Fault(CallResult.UNAUTHORIZED, http_status=401)
    world.clerk(1, S.HANDLED)
    world.tick()
    assert world.shops.records[SHOP].stop is not None
    return world


def told(world: InMemoryProduct) -> int:
    return notify_stopped_shops(world, world.shops.all())


class TestStoppedShops:
    def test_a_stop_is_told_once_with_what_to_do(self) -> None:
        world = stopped()
        assert told(world) == 1
        assert asked(world) == [ABOUT_SHOP.model_copy(update={"requested_at": world.clock.now()})]
        assert send_alarm(world, ABOUT_SHOP) == 1
        ((shop, subject, text),) = world.alarms.published
        assert shop == SHOP
        assert "klic e-shopu neplati" in subject
        assert "20. 11. 2026 13:00" in text  # the shop's zone
        assert "401" in text
        assert "client_id" in text
        assert send_alarm(world, ABOUT_SHOP) == 0
        for _ in range(10):
            world.clock.advance(seconds=60)
            assert told(world) == 0
        assert len(world.alarms.published) == 1

    def test_it_is_asked_for_until_it_is_told(self) -> None:
        world = stopped()
        for _ in range(3):
            world.clock.advance(seconds=60)
            assert told(world) == 1
        requests = asked(world)
        assert [send_alarm(world, request) for request in requests] == [1, 0, 0]
        assert len(world.alarms.published) == 1

    def test_a_message_that_is_not_taken_is_asked_for_again(self) -> None:
        world = stopped()
        world.alarms.fail_with = RuntimeError("not taken")
        with pytest.raises(RuntimeError):
            send_alarm(world, ABOUT_SHOP)
        world.alarms.fail_with = None
        assert told(world) == 1
        assert send_alarm(world, ABOUT_SHOP) == 1

    def test_the_next_stop_is_told_again(self) -> None:
        world = stopped()
        send_alarm(world, ABOUT_SHOP)
        world.mall.outage = None
        world.ticks(timedelta(minutes=10))
        assert world.shops.records[SHOP].stop is None
        assert told(world) == 0
        world.mall.outage = Fault(CallResult.UNAUTHORIZED, http_status=401)
        world.clerk(1, S.SETTLED)
        world.ticks(timedelta(minutes=2))
        assert told(world) == 1
        assert send_alarm(world, ABOUT_SHOP) == 1

    @pytest.mark.parametrize(("statuses", "mails"), [([403] * 12, 4), ([401, 403] * 6, 12)])
    def test_what_stops_the_shop_again_and_again_is_told_now_and_then(
        self, statuses: list[int], mails: int
    ) -> None:
        """One order that MALL forbids, while every other one is taken and ends the stop."""
        world = new_world()
        for status in statuses:
            now = world.clock.advance(timedelta(hours=1))
            why = because(StopReason.KEY_REFUSED, http_status=status)
            world.shops.stop(SHOP, why, now, now + timedelta(minutes=5))
            if told(world):
                send_alarm(world, ABOUT_SHOP)
            world.shops.resume(SHOP)
        assert len(world.alarms.published) == mails

    def test_a_stop_that_ended_meanwhile_is_told_no_more(self) -> None:
        world = stopped()
        told(world)
        world.shops.resume(SHOP)
        assert send_alarm(world, ABOUT_SHOP) == 0
        world.shops.remove(SHOP)
        assert send_alarm(world, ABOUT_SHOP) == 0

    def test_only_stopped_shops_cost_a_reading(self, monkeypatch: pytest.MonkeyPatch) -> None:
        world = stopped()
        world.add_shop("well")
        read = []
        get = world.notices.get

        def spied(shop: str) -> ShopNotices:
            read.append(shop)
            return get(shop)

        monkeypatch.setattr(world.notices, "get", spied)
        told(world)
        assert read == [SHOP]

    def test_a_shop_that_is_switched_off_is_left_alone(self) -> None:
        world = stopped()
        switch(world, on=False)
        assert told(world) == 0

    def test_telling_of_a_stop_keeps_what_was_noted_of_the_digest(self) -> None:
        world = stopped()
        world.notices.put(SHOP, ShopNotices(digest_day="2026-11-20", digest_items=("a",)))
        send_alarm(world, ABOUT_SHOP)
        noted = world.notices.get(SHOP)
        assert (noted.notified_stop, noted.digest_day, noted.digest_items) == (NOON, "2026-11-20", ("a",))

    def test_its_subject_is_not_too_long_with_the_longest_name(self) -> None:
        shop = "s" * 40
        world = new_world()
        world.add_shop(shop)
        world.shops.stop(shop, KEY_REFUSED, NOON, NOON)
        assert send_alarm(world, AlarmRequest(shop=shop, requested_at=NOON)) == 1


def digest(world: InMemoryProduct) -> bool:
    """The day's digest, as the schedule has it made."""
    day = world.clock.now().astimezone(ZoneInfo(world.rules.shop_zone)).date()
    return send_digest(world, DigestRequest(shop=SHOP, day=day.isoformat()))


def too_late_cancelled() -> InMemoryProduct:
    """A parcel that is on its way, and its order is canceled in the shop: a return."""
    world = new_world(undo=0)
    ship(world)
    world.clerk(1, S.CANCELED)
    world.tick()
    return world


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
    world = stopped()
    return world, lambda: send_alarm(world, ABOUT_SHOP)


def with_a_digest() -> tuple[InMemoryProduct, Callable[[], object]]:
    world = too_late_cancelled()
    return world, lambda: send_digest(world, DigestRequest(shop=SHOP, day="2026-11-20"))


@pytest.mark.parametrize("begin", [with_a_stop, with_a_digest])
class TestPublishedAndNoted:
    """What is told of a shop as a whole; the message that asks for it is delivered until it succeeds."""

    def test_where_no_note_is_taken_nothing_is_told(self, begin: Begin) -> None:
        world, deliver = begin()
        world.notices = FailingNotices([True] * 5)
        for _ in range(5):
            with pytest.raises(TimeoutError):
                deliver()
        assert world.alarms.published == []
        assert deliver()
        assert len(world.alarms.published) == 1

    def test_what_was_not_noted_is_told_once_more_and_not_a_third_time(self, begin: Begin) -> None:
        world, deliver = begin()
        world.notices = FailingNotices([False, True])
        with pytest.raises(TimeoutError):
            deliver()
        assert len(world.alarms.published) == 1
        world.notices.fails = [False, True]
        assert deliver()
        assert len(world.alarms.published) == 2
        assert not deliver()
        assert len(world.alarms.published) == 2

    def test_what_is_not_taken_is_told_when_it_is_however_late(self, begin: Begin) -> None:
        world, deliver = begin()
        world.alarms.fail_with = RuntimeError("not taken")
        for _ in range(4):
            with pytest.raises(RuntimeError):
                deliver()
        world.alarms.fail_with = None
        assert deliver()
        assert not deliver()
        assert len(world.alarms.published) == 1


class TestDigest:
    def test_each_shop_that_is_on_gets_one_request_with_its_own_day(self) -> None:
        world = new_world()
        for shop, zone in (("east", "Pacific/Kiritimati"), ("off", "UTC"), ("broken", "UTC")):
            world.add_shop(shop)
            settings = world.shops.records[shop].settings.model_copy(
                update={"rules": replace(world.rules, shop_zone=zone), "enabled": shop != "off"}
            )
            world.shops.records[shop] = replace(
                world.shops.records[shop],
                settings=settings,
                settings_problem=BROKEN if shop == "broken" else None,
            )
        assert request_digests(world) == 2
        assert world.queues.take_alarms() == [
            DigestRequest(shop=SHOP, day="2026-11-20"),
            DigestRequest(shop="east", day="2026-11-21"),
        ]

    def test_nothing_to_look_at_is_not_mailed(self) -> None:
        world = new_world(undo=0)
        ship(world)
        assert digest(world) is False
        assert world.alarms.published == []
        assert world.notices.get(SHOP).digest_day == "2026-11-20"

    def test_news_is_mailed_once_and_an_unchanged_list_is_not_repeated(self) -> None:
        world = too_late_cancelled()
        assert digest(world) is True
        assert digest(world) is False  # the same day again
        for _ in range(5):
            world.clock.advance(DAYS)
            assert digest(world) is False
            assert world.notices.get(SHOP).digest_items

    def test_what_is_settled_and_comes_back_is_news_again(self) -> None:
        world = too_late_cancelled()
        assert digest(world) is True
        before = world.notices.get(SHOP).digest_items
        world.clerk(1, S.SETTLED)
        world.clock.advance(DAYS)
        world.tick()
        assert digest(world) is False
        assert world.notices.get(SHOP).digest_items == ()
        world.clerk(1, S.CANCELED)
        world.clock.advance(DAYS)
        world.tick()
        assert digest(world) is True
        assert world.notices.get(SHOP).digest_items != before

    def test_a_digest_that_is_not_taken_is_sent_by_the_repeat(self) -> None:
        world = too_late_cancelled()
        world.alarms.fail_with = RuntimeError("not taken")
        with pytest.raises(RuntimeError):
            digest(world)
        world.alarms.fail_with = None
        assert digest(world) is True

    def test_an_earlier_day_that_comes_late_changes_nothing(self) -> None:
        world = too_late_cancelled()
        digest(world)
        before = world.notices.get(SHOP)
        assert send_digest(world, DigestRequest(shop=SHOP, day="2026-11-19")) is False
        assert world.notices.get(SHOP) == before

    def test_a_shop_that_is_gone_or_off_gets_none(self) -> None:
        world = too_late_cancelled()
        request = DigestRequest(shop=SHOP, day="2026-11-20")
        switch(world, on=False)
        assert send_digest(world, request) is False
        world.shops.remove(SHOP)
        assert send_digest(world, request) is False
        assert world.alarms.published == []

    def test_it_keeps_what_was_noted_of_a_stop(self) -> None:
        world = too_late_cancelled()
        world.notices.put(SHOP, ShopNotices(notified_stop=NOON))
        assert digest(world) is True
        assert world.notices.get(SHOP).notified_stop == NOON

    def test_a_shop_with_more_matters_than_are_remembered_gets_it_daily_and_no_more(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(flow, "MAX_TOLD", 2)
        world = new_world(undo=0)
        for number in range(1, 4):
            ship(world, number)
            world.clerk(number, S.CANCELED)
            world.tick()
        for day in range(1, 4):
            assert digest(world) is True
            assert digest(world) is False
            assert len(world.notices.get(SHOP).digest_items) == 2
            assert len(world.alarms.published) == day
            world.clock.advance(DAYS)

    def test_returns_escalations_deadlines_and_old_holds_are_in_it_each_once(self) -> None:
        world = too_late_cancelled()  # 1: a return, held as well
        world.mall.hold(2)
        world.clerk(2, S.PENDING)  # 2: open, to be confirmed within a day
        world.mall.hold(3)
        world.clerk(3, None)  # 3: an unknown state in the shop
        ship(world, 4)
        world.clerk(4, S.PENDING)  # 4: the shop asks for the impossible
        world.tick()
        world.mall.hold(6)
        world.clerk(6, S.HANDLED)
        world.tick()
        order = world.order(6)
        world.ledger.save(
            replace(order, cases=replace(order.cases, drift=DRIFT))
        )  # 6: escalated, and not held
        ship(world, 5)
        world.clerk(5, S.SETTLED, delivery=TODAY)  # 5: Delivered cannot be set
        world.queues.request_rechecks([Recheck(shop=SHOP, mall_order_id=6, requested_at=NOON, reason="test")])
        world.mall.outage = Fault(CallResult.SERVER_ERROR)
        world.clock.set(datetime(2026, 11, 22, 12, 0, tzinfo=UTC))
        world.tick()
        assert world.order(6).work.hold is None
        assert digest(world) is True
        ((_, subject, text),) = [one for one in world.alarms.published if "k reseni" in one[1]]
        for number in range(1, 7):
            assert f"Objednávka {number}" in text, text
        assert SHOP in subject
        keys = world.notices.get(SHOP).digest_items
        assert len(keys) == len(set(keys))
        assert "není úplný" not in text

    @pytest.mark.parametrize("held", [M.BLOCKED, M.OPEN, M.SHIPPING, M.SHIPPED])
    def test_what_is_gone_from_the_export_is_found_at_every_status(self, held: M) -> None:
        world = new_world(undo=0)
        world.mall.hold(1, held, confirmed=True)
        world.clerk(1, {M.SHIPPING: S.HANDLED, M.SHIPPED: S.SETTLED}.get(held, S.PENDING))
        world.tick()
        assert digest(world) is False
        order = world.order(1)
        world.ledger.save(replace(order, shop_side=replace(order.shop_side, missing_since=world.clock.now())))
        world.clock.advance(DAYS)
        assert digest(world) is True
        assert "zmizely z exportu e-shopu" in world.alarms.published[-1][2]

    def test_what_is_forgotten_in_shipping_is_found_though_nothing_holds_it(self) -> None:
        world = new_world(undo=0)
        world.mall.hold(1)
        world.clerk(1, S.HANDLED)
        world.tick()
        world.clock.advance(3 * DAYS)
        assert digest(world) is False
        world.clock.advance(DAYS)
        assert digest(world) is True
        assert "Dlouho ve stavu Shipping" in world.alarms.published[-1][2]
        world.clock.advance(DAYS)
        assert digest(world) is False, "told once"

    def test_a_list_that_is_too_long_is_cut_and_it_says_so(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(stored_orders, "PAGE", 2)
        monkeypatch.setattr(flow, "MAX_PER_LIST", 3)
        world = new_world(undo=0)
        for number in range(1, 6):
            ship(world, number)
            world.clerk(number, S.CANCELED)
            world.tick()
        assert digest(world) is True
        ((_, _, text),) = world.alarms.published
        assert "Přehled není úplný: vratek je víc než 3," in text
        assert "Přehled není úplný: pozdržených objednávek je víc než 3," in text
        assert len(world.notices.get(SHOP).digest_items) == 3

    def test_a_delivery_that_is_reported_too_late_is_found_though_nothing_holds_it(self) -> None:
        world = new_world(undo=3 * 24 * 3600)
        ship(world)
        world.clerk(1, S.SETTLED, delivery=TODAY)
        world.tick()
        world.clock.advance(timedelta(days=2))
        order = world.order(1)
        assert (order.work.hold, order.cases.return_flag, order.cases.escalations) == (None, None, ())
        assert digest(world) is True
        assert "Stav Delivered měl být v MALL nastaven do" in world.alarms.published[-1][2]
