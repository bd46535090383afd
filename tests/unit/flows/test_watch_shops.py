"""When whoever runs the product is told of shops: when something changed, or where much is wrong."""

from __future__ import annotations

from datetime import timedelta

import pytest

from orderbridge.flows.common.watch_shops import NOTICE_LASTS, ShopsReport, watch_shops
from orderbridge.settings import ShopSettings
from tests.fakes import KEY_REFUSED
from tests.unit.flows.in_memory_product import SHOP, InMemoryProduct

PATIENCE = timedelta(minutes=30)
MINUTE = timedelta(minutes=1)


class Watched:
    """So many shops, looked at once a minute; those in `broken` are not fetched any more."""

    def __init__(self, shops: int) -> None:
        self.product = InMemoryProduct()
        self.clock, self.shops = self.product.clock, self.product.shops
        self.shops.remove(SHOP)
        self.names = [f"shop-{number:04d}" for number in range(shops)]
        self.broken: set[str] = set()
        for name in self.names:
            self.shops.put(ShopSettings(shop=name), self.clock.now())

    def minute(self) -> ShopsReport:
        self.clock.advance(MINUTE)
        now = self.clock.now()
        for name in self.names:
            if name not in self.broken:
                self.shops.record_fetch(name, now, None)
        return watch_shops(self.product, patience=PATIENCE)

    def after(self, minutes: int) -> ShopsReport:
        return [self.minute() for _ in range(minutes)][-1]

    def stop(self, name: str) -> None:
        now = self.clock.now()
        self.shops.stop(name, KEY_REFUSED, now, now + MINUTE)


def test_operators_are_notified_of_one_broken_shop_of_many_once_and_of_the_next_one_again() -> None:
    watched = Watched(1000)
    watched.broken = {"shop-0007"}
    told = [watched.minute().without_fetch for _ in range(90)]
    minutes = int(NOTICE_LASTS / MINUTE)
    assert [bool(names) for names in told] == [False] * 29 + [True] * minutes + [False] * (61 - minutes)
    assert {name for names in told for name in names} == {"shop-0007"}
    watched.broken.add("shop-0123")
    told = [watched.minute().without_fetch for _ in range(60)]
    assert {name for names in told for name in names} == {"shop-0123"}


def test_operators_are_notified_of_many_broken_shops_as_long_as_they_are() -> None:
    watched = Watched(100)
    watched.broken = set(watched.names[:25])
    assert watched.after(120).without_fetch == tuple(watched.names[:25])
    watched.broken.pop()
    assert watched.minute().without_fetch == ()


@pytest.mark.parametrize("shops", [1, 2, 4])
def test_of_few_shops_each_is_many(shops: int) -> None:
    watched = Watched(shops)
    watched.broken = {watched.names[0]}
    assert watched.after(24 * 60).without_fetch == (watched.names[0],)


def test_operators_are_notified_of_a_stopped_shop_of_many_once_and_of_many_as_long_as_they_are() -> None:
    watched = Watched(40)
    watched.stop("shop-0003")
    told = [watched.minute() for _ in range(60)]
    assert [report.stopped for report in told] == [1] * 60
    assert [bool(report.refused) for report in told] == [True] * 14 + [False] * 46
    for name in watched.names[10:20]:
        watched.stop(name)
    assert watched.after(60).refused == ("shop-0003", *watched.names[10:20])


def test_shops_that_are_off_count_neither_way() -> None:
    watched = Watched(4)
    for name in watched.names[1:]:
        assert watched.shops.pause(name, "me", watched.clock.now())
    watched.broken = set(watched.names[1:])
    report = watched.after(40)
    assert (report.shops, report.without_fetch, report.refused) == (1, (), ())
