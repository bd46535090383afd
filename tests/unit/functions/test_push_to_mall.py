"""push_to_mall beside what its batches show: it counts a step as failed only if it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orderbridge.domain.statuses import ShopStatus
from tests.orders import changed
from tests.unit.functions.function_harness import ORDER, failed

if TYPE_CHECKING:
    import pytest

    from orderbridge.domain.answers import MarketplaceAnswer
    from tests.unit.functions.function_harness import NewHarness


def test_a_claim_that_was_taken_over_is_no_failed_step(
    new_harness: NewHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    push = new_harness("push_to_mall")
    product = push.product
    product.mall.hold(ORDER)
    product.clerk(ORDER, ShopStatus.HANDLED)
    product.fetch()
    product.map_all()
    read = product.mall.read

    def taken_over(number: int) -> MarketplaceAnswer:
        order = product.order(number)
        product.ledger.save(changed(order, step=None))
        return read(number)

    monkeypatch.setattr(product.mall, "read", taken_over)
    assert failed(push.play("read")) == []
    assert push.figures() == {"StepsAccepted": 0, "StepsFailed": 0, "StepsWithoutAnswer": 0}
    assert [(line["level"], line["outcome"]) for line in push.log()] == [("INFO", "stale")]
