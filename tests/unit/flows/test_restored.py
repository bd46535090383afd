"""A table that was restored from a backup: it knows less than MALL does, and nothing is sent twice for that."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from orderbridge.domain.dates import ShopDate
from orderbridge.domain.failure_policy import Call
from orderbridge.domain.statuses import MarketplaceStatus as M
from orderbridge.domain.statuses import ShopStatus as S
from orderbridge.registry.restored import require_rereads
from tests.fakes import FakeListPositions, FakePositions
from tests.unit.flows.sequences import MINUTES
from tests.unit.flows.world import InMemoryProduct

TODAY = ShopDate(date(2026, 11, 20))


def restored(world: InMemoryProduct) -> None:
    """The table is the backup's from now on; what is beside it belongs to the other one."""
    world.export_checkpoints = FakePositions()
    require_rereads(world, now=world.clock.now())


@pytest.mark.parametrize("after", [[S.SETTLED], [S.CANCELED], [S.SETTLED, S.SETTLED]])
def test_what_was_sent_after_the_backup_is_read_and_not_sent_again(after: list[S]) -> None:
    world = InMemoryProduct()
    world.lists = True
    world.mall.hold(1)
    world.clerk(1, S.HANDLED)
    world.ticks(10 * MINUTES)
    backup = dict(world.ledger.stored), dict(world.feed_checkpoints.stored)
    for at, status in enumerate(after):
        world.clerk(1, status, delivery=TODAY if at else None)
        world.ticks(10 * MINUTES)
    held, sent = world.held(1), world.statuses_sent(1)
    assert held in {M.SHIPPED, M.CANCELLED, M.DELIVERED}
    world.ledger.stored, world.feed_checkpoints.stored = backup
    restored(world)
    before = len(world.mall.calls)
    world.ticks(timedelta(hours=2))
    assert (world.held(1), world.statuses_sent(1)) == (held, sent)
    assert {call.call for call in world.mall.calls[before:]} == {Call.READ}
    assert world.order(1).work.hold is None


def test_an_order_that_the_table_lacks_comes_back_from_both_sides() -> None:
    world = InMemoryProduct()
    world.lists = True
    world.tick()
    backup = dict(world.ledger.stored)
    world.mall.hold(1)
    world.clerk(1, S.HANDLED)
    world.ticks(10 * MINUTES)
    world.ledger.stored, world.feed_checkpoints = backup, FakeListPositions()
    restored(world)
    world.ticks(timedelta(hours=2))
    assert world.statuses_sent(1) == ["shipping"]
    assert world.order(1).work.hold is None


def test_every_shop_owes_a_reconciliation_and_what_cannot_be_read_is_named() -> None:
    world = InMemoryProduct()
    for number in (1, 2, 3):
        world.mall.hold(number)
        world.clerk(number, S.HANDLED)
    world.tick()
    world.mall.hold(3, M.DELIVERED)
    world.ledger.unreadable.add(("demo", 2))
    found = require_rereads(world, now=world.clock.now())
    assert (found.orders, found.unreadable) == (2, ("demo/2",))
    assert world.feed_checkpoints.get("demo").reconcile_again_at == world.clock.now()
    assert [world.order(number).marketplace.observed_certain for number in (1, 3)] == [False, False]
