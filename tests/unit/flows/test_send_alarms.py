"""What the shop's people are told: at once, once a day, and nothing twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from orderbridge.domain.cases.follow_up import unsent
from orderbridge.domain.cases.records import AlarmKind
from orderbridge.domain.codes.cases import HappenedReason
from orderbridge.domain.reasons import because
from orderbridge.domain.statuses import MarketplaceStatus as M
from orderbridge.domain.statuses import ShopStatus as S
from orderbridge.errors import VersionConflictError
from orderbridge.flows.send_alarms import send_alarm, send_digest
from orderbridge.messages import AlarmRequest, DigestRequest
from tests.fakes import NOON, FakeNotices
from tests.orders import changed
from tests.reasons import ANY
from tests.unit.flows.in_memory_product import SHOP, InMemoryProduct
from tests.unit.flows.sequences import new_product

if TYPE_CHECKING:
    from collections.abc import Callable

    from orderbridge.domain.orders import OrderState
    from orderbridge.domain.shops import ShopNotices

    Begin = Callable[[], tuple["InMemoryProduct", Callable[[], object]]]
from tests.unit.flows.mails import ABOUT_SHOP, asked, stopped, too_late_cancelled

ABOUT_ORDER = AlarmRequest(shop=SHOP, mall_order_id=1, requested_at=NOON)


def subjects(product: InMemoryProduct) -> list[str]:
    return [subject for _, subject, _ in product.alarms.published]


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
