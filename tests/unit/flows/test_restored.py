"""A table that was restored from a backup: it knows less than MALL does, and nothing is sent twice for that."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from orderbridge.domain.dates import ShopDate
from orderbridge.domain.failure_policy import Call
from orderbridge.domain.statuses import MarketplaceStatus as M
from orderbridge.domain.statuses import ShopStatus as S
from orderbridge_cli.registry.restored import require_rereads
from tests.fakes import FakeExportCheckpoints, FakeFeedCheckpoints
from tests.unit.flows.in_memory_product import InMemoryProduct
from tests.unit.flows.sequences import MINUTES

TODAY = ShopDate(date(2026, 11, 20))


def restored(product: InMemoryProduct) -> None:
    """The table is the backup's from now on; what is beside it belongs to the other one."""
    product.export_checkpoints = FakeExportCheckpoints()
    require_rereads(product, now=product.clock.now())


@pytest.mark.parametrize("after", [[S.SETTLED], [S.CANCELED], [S.SETTLED, S.SETTLED]])
def test_what_was_sent_after_the_backup_is_read_and_not_sent_again(after: list[S]) -> None:
    product = InMemoryProduct()
    product.lists = True
    product.mall.hold(1)
    product.clerk(1, S.HANDLED)
    product.ticks(10 * MINUTES)
    backup = dict(product.ledger.stored), dict(product.feed_checkpoints.stored)
    for at, status in enumerate(after):
        product.clerk(1, status, delivery=TODAY if at else None)
        product.ticks(10 * MINUTES)
    held, sent = product.held(1), product.statuses_sent(1)
    assert held in {M.SHIPPED, M.CANCELLED, M.DELIVERED}
    product.ledger.stored, product.feed_checkpoints.stored = backup
    restored(product)
    before = len(product.mall.calls)
    product.ticks(timedelta(hours=2))
    assert (product.held(1), product.statuses_sent(1)) == (held, sent)
    assert {call.call for call in product.mall.calls[before:]} == {Call.READ}
    assert product.order(1).work.hold is None


def test_an_order_that_the_table_lacks_comes_back_from_both_sides() -> None:
    product = InMemoryProduct()
    product.lists = True
    product.tick()
    backup = dict(product.ledger.stored)
    product.mall.hold(1)
    product.clerk(1, S.HANDLED)
    product.ticks(10 * MINUTES)
    product.ledger.stored, product.feed_checkpoints = backup, FakeFeedCheckpoints()
    restored(product)
    product.ticks(timedelta(hours=2))
    assert product.statuses_sent(1) == ["shipping"]
    assert product.order(1).work.hold is None


def test_every_shop_owes_a_reconciliation_and_what_cannot_be_read_is_named() -> None:
    product = InMemoryProduct()
    for number in (1, 2, 3):
        product.mall.hold(number)
        product.clerk(number, S.HANDLED)
    product.tick()
    product.mall.hold(3, M.DELIVERED)
    product.ledger.unreadable.add(("demo", 2))
    found = require_rereads(product, now=product.clock.now())
    assert (found.orders, found.unreadable) == (2, ("demo/2",))
    assert product.feed_checkpoints.get("demo").reconcile_again_at == product.clock.now()
    assert [product.order(number).marketplace.observed_certain for number in (1, 3)] == [False, False]
