"""A correction that the clerk makes within the undo window is never overlooked, whatever goes wrong meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from orderbridge.domain.statuses import MarketplaceStatus as M
from orderbridge.domain.statuses import ShopStatus as S
from orderbridge.flows.retry_transitions import park_dead_letter, retry_transitions
from tests.unit.flows.in_memory_product import SHOP
from tests.unit.flows.sequences import MINUTES, TODAY, new_product, ship, switch, wake

if TYPE_CHECKING:
    from array import array

    from orderbridge.domain.checkpoints import ExportCheckpoint
    from tests.unit.flows.in_memory_product import InMemoryProduct


def corrected_in_time() -> InMemoryProduct:
    """A delivery date was entered by mistake, and taken away within the undo window; that was not fetched yet."""
    product = new_product()
    ship(product)
    product.clerk(1, S.SETTLED, delivery=TODAY)
    product.tick()
    product.clock.advance(10 * MINUTES)
    product.clerk(1, S.SETTLED, delivery=None)
    return product


class TestACorrectionInTimeIsNeverOverlooked:
    def test_made_in_time_and_not_fetched_yet(self) -> None:
        product = new_product()
        ship(product)
        product.clerk(1, S.SETTLED, delivery=TODAY)
        product.tick()
        product.ticks(10 * MINUTES, 5 * MINUTES)
        product.clerk(1, S.SETTLED, delivery=None)
        product.clock.advance(5 * MINUTES)
        wake(product)
        assert product.held(1) is M.SHIPPED
        product.ticks(60 * MINUTES)
        assert product.held(1) is M.SHIPPED

    def test_the_export_is_broken_meanwhile(self) -> None:
        product = new_product()
        ship(product)
        product.clerk(1, S.SETTLED, delivery=TODAY)
        product.tick()
        product.exports.at(SHOP).fails = True
        product.clerk(1, S.HANDLED)
        product.ticks(180 * MINUTES, 5 * MINUTES)
        assert product.held(1) is M.SHIPPED
        product.exports.at(SHOP).fails = False
        product.clerk(1, S.SETTLED, delivery=TODAY)
        product.ticks(60 * MINUTES)
        assert product.held(1) is M.DELIVERED

    def test_the_shop_is_off_meanwhile(self) -> None:
        product = new_product()
        ship(product)
        product.clerk(1, S.SETTLED, delivery=TODAY)
        product.tick()
        switch(product, on=False)
        product.clerk(1, S.SETTLED, delivery=None)
        product.clock.advance(300 * MINUTES)
        switch(product, on=True)
        wake(product)
        assert product.held(1) is M.SHIPPED
        product.ticks(60 * MINUTES)
        assert product.held(1) is M.SHIPPED

    def test_a_fetch_dies_between_the_update_and_the_checkpoint(self) -> None:
        product = new_product()
        ship(product)
        product.clerk(1, S.SETTLED, delivery=TODAY)
        real, puts = product.export_checkpoints.put, []

        def dies_at_the_second(
            shop: str, checkpoint: ExportCheckpoint, digests: array[int]
        ) -> ExportCheckpoint:
            puts.append(checkpoint)
            if len(puts) == 2:
                raise RuntimeError("killed")
            return real(shop, checkpoint, digests)

        product.export_checkpoints.put = dies_at_the_second  # type: ignore[method-assign]
        with pytest.raises(RuntimeError):
            product.fetch()
        product.export_checkpoints.put = real  # type: ignore[method-assign]
        product.settle()
        product.clerk(1, S.SETTLED, delivery=None)
        product.ticks(30 * MINUTES, 5 * MINUTES)
        desired = product.order(1).shop_side.desired
        assert desired is not None
        assert desired.delivery is None
        assert product.held(1) is M.SHIPPED

    def test_a_fetch_loses_the_race_for_the_position(self) -> None:
        product = new_product()
        ship(product)
        product.mall.hold(2)
        product.clerk(2, S.PENDING)
        real = product.export_checkpoints.put

        def overtaken(shop: str, checkpoint: ExportCheckpoint, digests: array[int]) -> ExportCheckpoint:
            product.export_checkpoints.put = real  # type: ignore[method-assign]
            product.clock.advance(seconds=5)
            product.clerk(1, S.SETTLED, delivery=TODAY)
            product.fetch()
            return real(shop, checkpoint, digests)

        product.export_checkpoints.put = overtaken  # type: ignore[method-assign]
        product.fetch()
        product.settle()
        product.clerk(1, S.SETTLED, delivery=None)
        product.ticks(30 * MINUTES, 5 * MINUTES)
        assert product.held(1) is M.SHIPPED

    def test_two_updates_pile_up_before_the_first_is_read(self) -> None:
        product = new_product()
        ship(product)
        product.clerk(1, S.SETTLED, delivery=TODAY)
        product.fetch()
        product.clock.advance(10 * MINUTES)
        product.clerk(1, S.SETTLED, delivery=None)
        product.clock.advance(6 * MINUTES)
        product.fetch()
        first, second = product.queues.take_changes()
        product.map(first)
        product.push_all()
        product.map(second)
        product.ticks(30 * MINUTES)
        assert product.held(1) is M.SHIPPED

    @pytest.mark.parametrize("rechecks", [1, 2])
    def test_rechecks_that_were_requested_before_the_fetch_do_not_count(self, rechecks: int) -> None:
        product = corrected_in_time()
        product.clock.advance(5 * MINUTES)
        for _ in range(rechecks):
            retry_transitions(product)
            product.clock.advance(MINUTES)
        product.fetch()
        *before, shop_update = product.queues.take_changes()
        assert len(before) == rechecks
        for recheck in before:
            product.map(recheck)
            product.clock.advance(MINUTES)
        product.push_all()
        product.map(shop_update)
        product.ticks(30 * MINUTES)
        assert product.held(1) is M.SHIPPED

    def test_the_correction_is_a_dead_letter(self) -> None:
        product = corrected_in_time()
        product.clock.advance(6 * MINUTES)
        product.fetch()
        (shop_updates,) = product.queues.take_changes()
        product.clock.advance(10 * MINUTES)
        product.fetch()
        wake(product)
        park_dead_letter(product, "m", "changes", shop_updates.model_dump_json(), 5)
        product.ticks(30 * MINUTES)
        assert product.held(1) is M.SHIPPED
