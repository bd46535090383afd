"""A correction that the clerk makes within the undo window is never overlooked, whatever goes wrong meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from orderbridge.domain.statuses import MarketplaceStatus as M
from orderbridge.domain.statuses import ShopStatus as S
from orderbridge.flows.retry_transitions import park_dead_letter, retry_transitions
from tests.unit.flows.world import SHOP

if TYPE_CHECKING:
    from array import array

    from orderbridge.domain.checkpoints import ExportCheckpoint


from tests.unit.flows.sequences import MINUTES, TODAY, new_world, ship, switch, wake


class TestACorrectionInTimeIsNeverOverlooked:
    def test_made_in_time_and_not_fetched_yet(self) -> None:
        world = new_world()
        ship(world)
        world.clerk(1, S.SETTLED, delivery=TODAY)
        world.tick()
        world.ticks(10 * MINUTES, 5 * MINUTES)
        world.clerk(1, S.SETTLED, delivery=None)
        world.clock.advance(5 * MINUTES)
        wake(world)
        assert world.held(1) is M.SHIPPED
        world.ticks(60 * MINUTES)
        assert world.held(1) is M.SHIPPED

    def test_the_export_is_broken_meanwhile(self) -> None:
        world = new_world()
        ship(world)
        world.clerk(1, S.SETTLED, delivery=TODAY)
        world.tick()
        world.exports.at(SHOP).fails = True
        world.clerk(1, S.HANDLED)
        world.ticks(180 * MINUTES, 5 * MINUTES)
        assert world.held(1) is M.SHIPPED
        world.exports.at(SHOP).fails = False
        world.clerk(1, S.SETTLED, delivery=TODAY)
        world.ticks(60 * MINUTES)
        assert world.held(1) is M.DELIVERED

    def test_the_shop_is_off_meanwhile(self) -> None:
        world = new_world()
        ship(world)
        world.clerk(1, S.SETTLED, delivery=TODAY)
        world.tick()
        switch(world, on=False)
        world.clerk(1, S.SETTLED, delivery=None)
        world.clock.advance(300 * MINUTES)
        switch(world, on=True)
        wake(world)
        assert world.held(1) is M.SHIPPED
        world.ticks(60 * MINUTES)
        assert world.held(1) is M.SHIPPED

    def test_a_fetch_dies_between_the_news_and_the_position(self) -> None:
        world = new_world()
        ship(world)
        world.clerk(1, S.SETTLED, delivery=TODAY)
        real, puts = world.export_checkpoints.put, []

        def dies_at_the_second(
            shop: str, checkpoint: ExportCheckpoint, digests: array[int]
        ) -> ExportCheckpoint:
            puts.append(checkpoint)
            if len(puts) == 2:
                raise RuntimeError("killed")
            return real(shop, checkpoint, digests)

        world.export_checkpoints.put = dies_at_the_second  # type: ignore[method-assign]
        with pytest.raises(RuntimeError):
            world.fetch()
        world.export_checkpoints.put = real  # type: ignore[method-assign]
        world.settle()
        world.clerk(1, S.SETTLED, delivery=None)
        world.ticks(30 * MINUTES, 5 * MINUTES)
        desired = world.order(1).shop_side.desired
        assert desired is not None
        assert desired.delivery is None
        assert world.held(1) is M.SHIPPED

    def test_a_fetch_loses_the_race_for_the_position(self) -> None:
        world = new_world()
        ship(world)
        world.mall.hold(2)
        world.clerk(2, S.PENDING)
        real = world.export_checkpoints.put

        def overtaken(shop: str, checkpoint: ExportCheckpoint, digests: array[int]) -> ExportCheckpoint:
            world.export_checkpoints.put = real  # type: ignore[method-assign]
            world.clock.advance(seconds=5)
            world.clerk(1, S.SETTLED, delivery=TODAY)
            world.fetch()
            return real(shop, checkpoint, digests)

        world.export_checkpoints.put = overtaken  # type: ignore[method-assign]
        world.fetch()
        world.settle()
        world.clerk(1, S.SETTLED, delivery=None)
        world.ticks(30 * MINUTES, 5 * MINUTES)
        assert world.held(1) is M.SHIPPED

    def test_two_news_pile_up_before_the_first_is_read(self) -> None:
        world = new_world()
        ship(world)
        world.clerk(1, S.SETTLED, delivery=TODAY)
        world.fetch()
        world.clock.advance(10 * MINUTES)
        world.clerk(1, S.SETTLED, delivery=None)
        world.clock.advance(6 * MINUTES)
        world.fetch()
        first, second = world.queues.take_changes()
        world.map(first)
        world.push_all()
        world.map(second)
        world.ticks(30 * MINUTES)
        assert world.held(1) is M.SHIPPED

    def test_a_look_stands_before_the_news(self) -> None:
        world = new_world()
        ship(world)
        world.clerk(1, S.SETTLED, delivery=TODAY)
        world.tick()
        world.clock.advance(10 * MINUTES)
        world.clerk(1, S.SETTLED, delivery=None)
        world.clock.advance(5 * MINUTES)
        retry_transitions(world)
        world.clock.advance(seconds=5)
        world.fetch()
        recheck, shop_updates = world.queues.take_changes()
        world.map(recheck)
        world.push_all()
        world.map(shop_updates)
        world.ticks(30 * MINUTES)
        assert world.held(1) is M.SHIPPED

    def test_looks_that_were_asked_for_before_the_fetch_do_not_count(self) -> None:
        world = new_world()
        ship(world)
        world.clerk(1, S.SETTLED, delivery=TODAY)
        world.tick()
        world.clock.advance(10 * MINUTES)
        world.clerk(1, S.SETTLED, delivery=None)
        world.clock.advance(5 * MINUTES)
        for _ in range(2):
            retry_transitions(world)
            world.clock.advance(MINUTES)
        world.fetch()
        first, second, shop_updates = world.queues.take_changes()
        world.map(first)
        world.clock.advance(3 * MINUTES)
        world.map(second)
        world.push_all()
        world.map(shop_updates)
        world.ticks(30 * MINUTES)
        assert world.held(1) is M.SHIPPED

    def test_the_correction_is_a_dead_letter(self) -> None:
        world = new_world()
        ship(world)
        world.clerk(1, S.SETTLED, delivery=TODAY)
        world.tick()
        world.clock.advance(10 * MINUTES)
        world.clerk(1, S.SETTLED, delivery=None)
        world.clock.advance(6 * MINUTES)
        world.fetch()
        (shop_updates,) = world.queues.take_changes()
        world.clock.advance(10 * MINUTES)
        world.fetch()
        wake(world)
        park_dead_letter(world, "m", "changes", shop_updates.model_dump_json(), 5)
        world.ticks(30 * MINUTES)
        assert world.held(1) is M.SHIPPED
