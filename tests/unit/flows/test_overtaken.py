"""Somebody else writes the order at the very moment when its step is claimed: nothing is sent twice, nothing waits."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from orderbridge.domain.rules import Rules
from orderbridge.domain.statuses import MarketplaceStatus as M
from orderbridge.domain.statuses import ShopStatus as S
from tests.orders import changed
from tests.unit.flows.in_memory_product import InMemoryProduct

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pytest

    from orderbridge.domain.orders import OrderState
    from orderbridge.domain.steps import Attempt, Step

AT_ONCE = timedelta(seconds=5)


def overtake_the_first_claim(product: InMemoryProduct, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another write of the order comes right before the first save of an attempt."""
    save = product.ledger.save

    def overtaken(
        order: OrderState, steps: Sequence[Step] = (), attempts: Sequence[Attempt] = ()
    ) -> OrderState:
        if attempts:
            monkeypatch.setattr(product.ledger, "save", save)
            save(changed(order, step=product.order(order.mall_order_id).work.step))
        return save(order, steps, attempts)

    monkeypatch.setattr(product.ledger, "save", overtaken)


def test_a_step_at_mall_goes_out_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    product = InMemoryProduct()
    product.mall.hold(1)
    product.clerk(1, S.PENDING)
    product.tick()
    product.clerk(1, S.HANDLED)
    product.fetch()
    product.map_all()
    overtake_the_first_claim(product, monkeypatch)
    before = product.clock.now()
    product.settle()
    assert product.held(1) is M.SHIPPING
    assert product.statuses_sent(1) == ["shipping"]
    assert product.clock.now() - before < AT_ONCE


def test_a_step_in_the_shop_goes_out_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    product = InMemoryProduct(rules=Rules(undo_window_seconds=0, import_mode="create"), lists=True)
    product.mall.hold(1)
    product.tick()
    overtake_the_first_claim(product, monkeypatch)
    for _ in range(3):
        product.clock.advance(timedelta(seconds=20))
        product.tick()
    created = product.order(1).shop_side.imported_at
    assert created is not None
    assert product.imports.documents == 1
    assert created - product.history(1).steps[0].planned_at < timedelta(seconds=50)
