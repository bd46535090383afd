"""push_to_mall beside what its batches show: it counts a step as failed only if it was."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from orderbridge.domain.statuses import ShopStatus
from tests.unit.functions.stage import ORDER, failed

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from orderbridge.domain.answers import MarketplaceAnswer
    from tests.unit.functions.stage import FunctionHarness


def test_a_claim_that_was_taken_over_is_no_failed_step(
    stage: Callable[[str], FunctionHarness], monkeypatch: pytest.MonkeyPatch
) -> None:
    push = stage("push_to_mall")
    world = push.world
    world.mall.hold(ORDER)
    world.clerk(ORDER, ShopStatus.HANDLED)
    world.fetch()
    world.map_all()
    read = world.mall.read

    def taken_over(number: int) -> MarketplaceAnswer:
        order = world.order(number)
        world.ledger.save(replace(order, work=replace(order.work, step=None)))
        return read(number)

    monkeypatch.setattr(world.mall, "read", taken_over)
    assert failed(push.play("read")) == []
    assert push.figures() == {"StepsAccepted": 0, "StepsFailed": 0, "StepsWithoutAnswer": 0}
    assert [(line["level"], line["outcome"]) for line in push.log()] == [("INFO", "stale")]
