"""A final step rests on content of the export that was made after its undo window and shows this very order."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orderbridge.domain.dates import ShopDate
from orderbridge.domain.holds import HoldCode
from orderbridge.domain.rules import Rules
from orderbridge.domain.statuses import MarketplaceStatus as M
from orderbridge.domain.statuses import ShopStatus as S
from orderbridge.flows import fetch_changes as flow
from orderbridge.flows.api import shops as api_shops
from orderbridge.flows.common.export_reading import BULK_CHANGE
from orderbridge.flows.retry_transitions import park_dead_letter, retry_transitions
from orderbridge.settings import ShopSettings
from tests.unit.flows.api_client import ApiClient
from tests.unit.flows.in_memory_product import SHOP, InMemoryProduct
from tests.unit.flows.sequences import HOURS, MINUTES, TICK, TODAY, new_product, ship

if TYPE_CHECKING:
    from collections.abc import Callable

    from orderbridge.domain.views import ExportedOrder


class FileExport:
    """A shop that writes its export into a file every so often; what is changed in between shows with the next file.

    `tells`: how it says when the file was made: ``"stamp"`` in the document, ``"server"`` as Last-Modified, or not.
    """

    def __init__(self, product: InMemoryProduct, every: timedelta, tells: str = "") -> None:
        self.product, self.every, self.tells = product, every, tells
        self.shown = product.exports.at(SHOP)
        self.real: dict[int, ExportedOrder] = dict(self.shown.records)
        self.made_at = product.clock.now()
        self.serial = 0
        self._write()

    def clerk(self, number: int, status: S, **details: Any) -> None:  # noqa: ANN401 - as the product's
        """As ``InMemoryProduct.clerk``, but in the shop itself."""
        kept, self.shown.records = self.shown.records, dict(self.real)
        self.product.clerk(number, status, **details)
        self.real, self.shown.records = self.shown.records, kept

    def _write(self) -> None:
        self.made_at = self.product.clock.now()
        self.shown.records = dict(self.real)

    def pass_time(self, for_: timedelta, every: timedelta = TICK) -> None:
        end = self.product.clock.now() + for_
        while self.product.clock.now() < end:
            now = self.product.clock.advance(every)
            if now - self.made_at >= self.every:
                self._write()
            self.shown.stamp = self.made_at if self.tells == "stamp" else None
            self.shown.age = now - self.made_at if self.tells == "server" else None
            self.product.tick()


def file_product(
    every: timedelta, tells: str = "", interval: int | None = None
) -> tuple[InMemoryProduct, FileExport]:
    """A shop with an order in Shipping."""
    product = InMemoryProduct(rules=Rules(), export_interval=interval)
    product.mall.hold(1)
    product.clerk(1, S.HANDLED)
    file = FileExport(product, every, tells)
    product.tick()
    assert product.held(1) is M.SHIPPING
    return product, file


@pytest.mark.parametrize("every", [20 * MINUTES, 60 * MINUTES])
@pytest.mark.parametrize("tells", ["stamp", "server", ""])
def test_a_mistake_put_right_in_time_is_not_sent_however_seldom_the_file_is_made(
    every: timedelta, tells: str
) -> None:
    product, file = file_product(every, tells)
    file.clerk(1, S.CANCELED)
    while product.order(1).shop_side.desired != file.real[1].view:
        file.pass_time(TICK)
    file.pass_time(10 * MINUTES)  # the window is 15 minutes
    file.clerk(1, S.HANDLED)
    file.pass_time(6 * HOURS)
    assert product.held(1) is M.SHIPPING


@pytest.mark.parametrize("tells", ["stamp", "server", ""])
def test_what_stays_canceled_is_sent_with_the_first_file_after_the_window(tells: str) -> None:
    product, file = file_product(60 * MINUTES, tells)
    file.clerk(1, S.CANCELED)
    file.pass_time(60 * MINUTES)
    assert product.order(1).work.step is not None
    file.pass_time(55 * MINUTES)
    assert product.held(1) is M.SHIPPING
    file.pass_time(70 * MINUTES)
    assert product.held(1) is M.CANCELLED


@settings(max_examples=40, deadline=None)
@given(
    every=st.integers(1, 90),
    tells=st.sampled_from(["stamp", "server", ""]),
    canceled=st.integers(0, 90),
    back=st.integers(0, 14),
)
def test_no_file_sends_a_mistake_that_was_put_right_within_the_window(
    every: int, tells: str, canceled: int, back: int
) -> None:
    """Minutes. Without a word of the shop's the interval is taken for an hour, so that is the longest then."""
    if not tells:
        every = min(every, 60)
    product, file = file_product(every * MINUTES, tells)
    file.pass_time(canceled * MINUTES, MINUTES)
    file.clerk(1, S.CANCELED)
    file.pass_time(back * MINUTES, MINUTES)
    file.clerk(1, S.HANDLED)
    file.pass_time(4 * HOURS, TICK)
    assert product.held(1) is M.SHIPPING


def test_the_interval_is_learned_from_how_often_the_content_changes() -> None:
    product, file = file_product(3 * HOURS)
    for number in range(10, 20):
        file.clerk(number, S.PENDING)
        file.pass_time(3 * HOURS, 10 * MINUTES)
    file.clerk(1, S.CANCELED)
    while product.order(1).work.step is None:
        file.pass_time(TICK)
    file.clerk(1, S.HANDLED)
    file.pass_time(2 * HOURS)  # longer than an hour after the window, and still the old file
    assert product.held(1) is M.SHIPPING
    shown = ApiClient(product).ask(api_shops.health)["shops"][0]["export"]
    assert 3 * 3600 <= shown["interval_seconds"] <= 3 * 3600 + 1200


def test_the_setting_says_how_often_the_export_is_made() -> None:
    product, file = file_product(4 * HOURS, interval=4 * 3600)
    file.clerk(1, S.CANCELED)
    while product.order(1).work.step is None:
        file.pass_time(TICK)
    file.clerk(1, S.HANDLED)
    file.pass_time(5 * HOURS)
    assert product.held(1) is M.SHIPPING


def test_a_server_whose_last_modified_means_something_else_can_be_told_so() -> None:
    """It says when an order was last changed: on a quiet evening that is never after the window."""
    product, file = file_product(TICK, "server")
    file.clerk(1, S.CANCELED)
    while product.order(1).work.step is None:
        file.pass_time(TICK)
    file.every = timedelta(days=9)
    file.pass_time(2 * HOURS)
    assert product.held(1) is M.SHIPPING
    values = product.shops.records[SHOP].settings.model_dump() | {"trust_last_modified": False}
    product.shops.put(ShopSettings.model_validate(values), product.clock.now())
    file.pass_time(2 * HOURS)
    assert product.held(1) is M.CANCELLED


def test_an_export_that_is_made_for_each_request_is_of_the_moment_whatever_the_server_says() -> None:
    product, file = file_product(timedelta(days=9), "server", interval=0)
    file.clerk(1, S.CANCELED)
    file._write()
    file.pass_time(30 * MINUTES)
    assert product.held(1) is M.CANCELLED


def not_modified_for_ever() -> InMemoryProduct:
    """The clerk changed an order, and the server has said "not modified" for over an hour since."""
    product = new_product(undo=0)
    product.mall.hold(1)
    product.clerk(1, S.PENDING)
    product.exports.at(SHOP).etag = '"same for ever"'
    product.ticks(10 * MINUTES)
    product.clerk(1, S.HANDLED)
    product.ticks(70 * MINUTES, TICK)
    return product


class TestALyingServer:
    def test_the_same_stale_copy_for_ever_is_noticed_and_sends_nothing(self) -> None:
        product, file = file_product(20 * MINUTES, "server")
        file.clerk(1, S.CANCELED)
        while product.order(1).work.step is None:
            file.pass_time(TICK)
        file.every = timedelta(days=99)
        file.clerk(1, S.HANDLED)
        file.pass_time(timedelta(days=2), 30 * MINUTES)
        assert product.held(1) is M.SHIPPING
        shown = ApiClient(product).ask(api_shops.health)["shops"][0]
        assert "health.content_stuck" in [problem["code"] for problem in shown["problems"]]
        assert shown["export"]["content_age_seconds"] > 40 * 3600

    def test_not_modified_for_ever_is_found_out_within_the_hour(self) -> None:
        product = not_modified_for_ever()
        assert product.held(1) is M.SHIPPING
        shown = ApiClient(product).ask(api_shops.health)["shops"][0]
        assert "health.not_modified_untrue" in [problem["code"] for problem in shown["problems"]]

    def test_a_server_that_lied_is_not_asked_with_a_condition_for_a_day(self) -> None:
        product = not_modified_for_ever()
        product.clerk(1, S.SETTLED)
        product.ticks(10 * MINUTES, TICK)
        assert product.held(1) is M.SHIPPED


def test_a_recheck_in_front_of_the_correction_sends_nothing() -> None:
    """The correction's message dies and is not parked yet."""
    product = new_product()
    product.mall.hold(1)
    product.clerk(1, S.HANDLED)
    product.tick()
    product.clerk(1, S.CANCELED)
    product.tick()
    product.clock.advance(14 * MINUTES)
    product.clerk(1, S.HANDLED)
    product.clock.advance(2 * MINUTES)
    retry_transitions(product)
    product.fetch()
    *rechecks, dead = product.queues.take_changes()
    for recheck in rechecks:
        product.map(recheck)
    for _ in range(20):
        product.clock.advance(MINUTES)
        retry_transitions(product)
        product.settle()
    assert product.held(1) is M.SHIPPING
    product.ticks(HOURS)  # the next fetches show the order as it is, whatever became of the message
    assert product.held(1) is M.SHIPPING
    park_dead_letter(product, "m", "changes", dead.model_dump_json(), 5)
    product.ticks(HOURS)
    assert product.held(1) is M.SHIPPING


def _at(hour: int, minute: int = 0, day: int = 20) -> datetime:
    """A moment in Prague's winter."""
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC) - HOURS


class TestADateTypedAhead:
    def _product(self, start: datetime) -> InMemoryProduct:
        product = new_product()
        product.clock.set(start)
        product.mall.hold(1)
        return product

    def test_while_being_handled_and_settled_on_its_day(self) -> None:
        product = self._product(_at(17))
        product.clerk(1, S.HANDLED, delivery=ShopDate(date(2026, 11, 21)))
        product.tick()
        product.clock.set(_at(7, day=21))
        product.clerk(1, S.SETTLED, delivery=ShopDate(date(2026, 11, 21)))
        product.ticks(16 * HOURS, 15 * MINUTES)
        assert product.held(1) is M.SHIPPED
        product.ticks(3 * HOURS, 15 * MINUTES)
        assert product.held(1) is M.DELIVERED

    def test_with_an_export_that_is_broken_over_midnight(self) -> None:
        product = self._product(_at(16))
        ship(product)
        served = product.exports.at(SHOP)
        served.fails = True
        product.clerk(1, S.SETTLED, delivery=ShopDate(date(2026, 11, 21)))
        product.ticks(8 * HOURS + 5 * MINUTES, 15 * MINUTES)
        served.fails = False
        product.ticks(20 * HOURS, 15 * MINUTES)
        assert product.held(1) is M.SHIPPED
        product.ticks(6 * HOURS, 15 * MINUTES)
        assert product.held(1) is M.DELIVERED

    def test_missing_from_the_list_over_midnight(self) -> None:
        product = self._product(_at(16))
        ship(product)
        hidden = product.exports.at(SHOP).records.pop(1)
        product.ticks(9 * HOURS, 15 * MINUTES)
        view = replace(hidden.view, delivery=ShopDate(date(2026, 11, 21)))
        product.exports.show(SHOP, replace(hidden, view=view))
        product.ticks(20 * HOURS, 15 * MINUTES)
        assert product.held(1) is M.SHIPPED

    def test_typed_on_its_day_is_a_report(self) -> None:
        product = self._product(_at(9))
        ship(product)
        product.ticks(15 * MINUTES, TICK)
        product.clerk(1, S.SETTLED, delivery=TODAY)
        product.ticks(25 * MINUTES, TICK)
        assert product.held(1) is M.DELIVERED

    def test_of_an_order_that_was_created_on_that_day_is_a_report(self) -> None:
        product = self._product(_at(9))
        product.clerk(1, S.SETTLED, delivery=TODAY, created=TODAY)
        product.ticks(30 * MINUTES, TICK)
        assert product.held(1) is M.DELIVERED


class TestTheSameRecordTwice:
    def test_what_is_read_the_same_is_one_order(self) -> None:
        product = new_product(undo=0)
        product.mall.hold(1)
        product.clerk(1, S.HANDLED)
        served = product.exports.at(SHOP)
        served.twice = (served.records[1], served.records[1])
        report = product.fetch()
        assert report is not None
        assert (report.orders, report.shop_updates) == (1, 1)
        product.settle()
        assert product.held(1) is M.SHIPPING

    @pytest.mark.parametrize(
        "other",
        [
            lambda view: replace(view, code="C2"),
            lambda view: replace(view, tracking_number="DR2"),
        ],
        ids=["another order", "another content"],
    )
    def test_what_is_not_the_same_is_held(self, other: Callable[..., object]) -> None:
        product = new_product(undo=0)
        product.mall.hold(1)
        product.clerk(1, S.HANDLED)
        served = product.exports.at(SHOP)
        served.twice = (replace(served.records[1], view=other(served.records[1].view)),)  # type: ignore[arg-type]
        product.tick()
        hold = product.order(1).work.hold
        assert hold is not None
        assert hold.code is HoldCode.BAD_RECORD
        assert product.held(1) is M.OPEN


class TestWhatIsLeftForTheNextFetch:
    def test_is_no_older_content_that_lacked_the_date(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """All dates were seen for the first time in one export: none of them is known to be typed today."""
        monkeypatch.setattr(flow, "MAX_UPDATES_PER_FETCH", 2)
        product = new_product()
        for number in range(1, 5):
            product.mall.hold(number, M.SHIPPED)
            product.clerk(number, S.SETTLED, delivery=TODAY)
        for _ in range(3):
            product.fetch()
            product.clock.advance(seconds=5)
        product.ticks(HOURS, TICK)
        assert {product.held(number) for number in range(1, 5)} == {M.SHIPPED}


def test_the_hold_ends_with_the_export_confirmation_whatever_mall_does() -> None:
    product, file = file_product(12 * HOURS, "stamp")
    file.clerk(1, S.CANCELED)
    while product.order(1).work.step is None:
        file.pass_time(timedelta(minutes=30))
    file.pass_time(7 * HOURS, timedelta(minutes=30))
    assert product.order(1).work.hold is not None
    product.shops.note_limit(SHOP, product.clock.now() + 20 * HOURS)
    file.pass_time(6 * HOURS, timedelta(minutes=30))
    assert product.order(1).work.hold is None
    assert product.held(1) is M.SHIPPING


def test_orders_that_wait_are_no_bulk_change() -> None:
    """A new one beside them is read at once, and no list is asked for."""
    product = InMemoryProduct(rules=Rules(), export_interval=3600)
    for first in (1, 120):
        for number in range(first, first + 119):
            product.mall.hold(number)
            product.clerk(number, S.CANCELED)
        product.ticks(TICK, TICK)
    product.ticks(20 * MINUTES, TICK)
    assert len(product.ledger.awaiting_export(SHOP, product.clock.now(), 5000)) > BULK_CHANGE
    product.mall.hold(9000)
    product.clerk(9000, S.HANDLED)
    product.queues.take_lists()
    product.ticks(TICK, TICK)
    assert product.held(9000) is M.SHIPPING
    assert product.queues.take_lists() == []
