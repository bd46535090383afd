"""A shop that hangs takes less and less of everybody's time, and never more than one function's."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from orderbridge.domain.codes.exports import DownloadReason, ExportReason
from orderbridge.domain.reasons import because
from orderbridge.domain.statuses import ShopStatus as S
from orderbridge.errors import ExportProblemError
from orderbridge.flows.fetch_changes import (
    MAX_FETCH,
    MAX_ROUNDS,
    fetch_changes,
    give_up,
    request_fetches,
)
from tests.unit.flows.in_memory_product import SHOP, InMemoryProduct

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MINUTE = timedelta(minutes=1)
TICK = 5 * MINUTE


class Shop:
    """A deployment whose shop answers as told. `fetches` are the moments at which its export was asked for."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.product = InMemoryProduct()
        self.takes = timedelta(seconds=60)
        self.hangs = True
        self.meanwhile: Callable[[], object] = lambda: None
        self.fetches: list[int] = []
        self._begin = self.product.clock.now()
        self._real = self.product.exports.fetch
        monkeypatch.setattr(self.product.exports, "fetch", self._fetch)

    @contextmanager
    def _fetch(self, *asked: Any) -> Iterator[Any]:  # noqa: ANN401 - the fake's own
        self.fetches.append((self.product.clock.now() - self._begin) // MINUTE)
        self.meanwhile()
        self.product.clock.advance(self.takes)
        if self.hangs:
            raise ExportProblemError(because(DownloadReason.LATE, seconds=60))
        with self._real(*asked) as export:
            yield export

    def work(self) -> None:
        """What the queue holds is handled, one after the other."""
        requests, self.product.queues.fetch_requests = self.product.queues.fetch_requests, []
        for request, _delay in requests:
            fetch_changes(
                self.product,
                request.shop,
                requested_at=request.requested_at,
                by_person=request.by_person,
                rounds=request.rounds,
            )

    def tick(self) -> int:
        product = self.product
        return request_fetches(product)

    def ticks(self, count: int) -> None:
        start = self.product.clock.now()
        for number in range(1, count + 1):
            self.tick()
            self.work()
            self.product.clock.set(start + number * TICK)

    def ask(self) -> None:
        """Somebody calls POST /sync."""
        self.product.queues.request_fetch([SHOP], requested_at=self.product.clock.now(), by_person=True)


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch) -> Shop:
    return Shop(monkeypatch)


def test_a_shop_that_hangs_is_fetched_less_and_less_often(shop: Shop) -> None:
    shop.ticks(60)
    gaps = [later - earlier for earlier, later in zip(shop.fetches, shop.fetches[1:], strict=False)]
    assert gaps == [5, 10, 20, 40, 60, 60, 60]


def test_a_shop_that_answers_again_is_fetched_with_every_tick(shop: Shop) -> None:
    shop.ticks(12)
    shop.hangs = False
    shop.product.clock.advance(timedelta(hours=1))
    before = len(shop.fetches)
    shop.ticks(3)
    assert len(shop.fetches) == before + 3


def test_a_shop_that_fails_at_once_is_fetched_with_every_tick(shop: Shop) -> None:
    """It holds up nobody, and its repair is to be seen at once."""
    shop.takes = timedelta(seconds=5)
    shop.ticks(10)
    assert len(shop.fetches) == 10


def test_a_fetch_that_takes_its_process_along_counts_as_one_that_hung(shop: Shop) -> None:
    def killed() -> None:
        raise KeyboardInterrupt

    shop.meanwhile = killed
    for _ in range(4):
        shop.tick()
        try:
            shop.work()
        except KeyboardInterrupt:
            shop.product.clock.advance(2 * TICK)
    assert shop.fetches == [0, 10, 20]
    assert shop.product.shops.records[SHOP].hung_fetches == 3


def test_a_person_need_not_wait_for_a_shop_that_hangs(shop: Shop) -> None:
    shop.ticks(8)
    before = len(shop.fetches)
    assert shop.tick() == 0
    shop.ask()
    shop.work()
    assert len(shop.fetches) == before + 1


def test_a_shop_is_never_fetched_twice_at_once(shop: Shop) -> None:
    shop.hangs = False
    during: list[Any] = []

    def another() -> None:
        shop.meanwhile = lambda: None
        during.append(shop.product.fetch())

    shop.meanwhile = another
    shop.product.fetch()
    assert len(shop.fetches) == 1
    assert during == [None]
    shop.product.fetch()
    assert len(shop.fetches) == 2, "the shop is free again"


def test_what_a_person_asks_for_during_a_fetch_follows_after_it(shop: Shop) -> None:
    shop.hangs = False

    def ask_and_begin() -> None:
        shop.meanwhile = lambda: None
        shop.product.clock.advance(seconds=1)
        shop.ask()
        shop.work()

    shop.meanwhile = ask_and_begin
    shop.product.fetch()
    ((request, delay),) = shop.product.queues.fetch_requests
    assert request.by_person
    assert delay > timedelta()
    shop.work()
    assert len(shop.fetches) == 2


def test_messages_that_piled_up_are_answered_by_one_fetch(shop: Shop) -> None:
    shop.hangs = False
    for _ in range(300):
        shop.ask()
    shop.tick()
    shop.work()
    assert len(shop.fetches) == 1


def test_a_shop_is_free_again_when_its_function_died(shop: Shop) -> None:
    shop.hangs = False
    now = shop.product.clock.now()
    assert shop.product.shops.begin_fetch(SHOP, now, now + MAX_FETCH)
    shop.product.fetch()
    assert shop.fetches == []
    shop.product.clock.advance(MAX_FETCH + timedelta(seconds=1))
    shop.product.fetch()
    assert len(shop.fetches) == 1


def test_a_fault_of_ours_is_not_held_against_the_shop(shop: Shop) -> None:
    shop.hangs = False
    shop.product.clerk(1, S.HANDLED)
    shop.product.queues.fail_with = TimeoutError("the queue did not answer")
    with pytest.raises(TimeoutError):
        shop.product.fetch()
    record = shop.product.shops.records[SHOP]
    assert (record.hung_fetches, record.fetching_until) == (0, None)


def test_what_is_left_is_asked_for_when_the_shop_is_free(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orderbridge.flows.fetch_changes.MAX_UPDATES_PER_FETCH", 1)
    shop.hangs = False
    shop.product.clerk(1, S.HANDLED)
    shop.product.clerk(2, S.HANDLED)
    at_once: list[str] = []
    real = shop.product.queues.request_fetch

    def delivered_at_once(shops: list[str], **how: Any) -> None:  # noqa: ANN401 - the queue's own
        real(shops, **how)
        at_once.extend(shops)
        if len(at_once) < 3:
            shop.work()

    monkeypatch.setattr(shop.product.queues, "request_fetch", delivered_at_once)
    shop.product.fetch()
    assert [change.mall_order_id for change in shop.product.queues.take_changes()] == [1, 2]


def test_an_export_that_is_another_one_each_time_ends(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orderbridge.flows.fetch_changes.MAX_UPDATES_PER_FETCH", 1)
    shop.hangs = False

    def change() -> None:
        for number in (1, 2, 3):
            shop.product.clerk(number, S.HANDLED, tracking_number=f"DR{len(shop.fetches)}")

    shop.meanwhile = change
    shop.tick()
    for _ in range(10 * MAX_ROUNDS):
        shop.work()
    assert len(shop.fetches) == MAX_ROUNDS + 1


def test_a_fetch_that_was_cut_is_an_ordinary_problem(shop: Shop) -> None:
    product = shop.product
    began = product.clock.now()
    product.shops.begin_fetch(SHOP, began, began + MAX_FETCH)
    product.clock.advance(seconds=280)
    report = give_up(product, SHOP, began)
    assert report.problem == because(ExportReason.NOT_READ_TO_ITS_END, seconds=280)
    record = product.shops.records[SHOP]
    assert (record.fetch_problem, record.hung_fetches) == (report.problem, 1)
    assert record.fetching_until is None


def test_a_fetch_that_died_by_our_own_fault_is_repeated_by_its_message() -> None:
    product = InMemoryProduct()
    product.clerk(1, S.HANDLED)
    requested_at = product.clock.now()
    product.clock.advance(seconds=1)
    product.queues.fail_with = RuntimeError("the queue is away")
    with pytest.raises(RuntimeError):
        fetch_changes(product, SHOP, requested_at=requested_at, by_person=True)
    product.queues.fail_with = None
    product.clock.advance(seconds=30)
    report = fetch_changes(product, SHOP, requested_at=requested_at, by_person=True)
    assert report is not None
    assert report.shop_updates == 1
