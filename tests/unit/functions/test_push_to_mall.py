"""push_to_mall beside what its batches show: what it loads, and that it counts a step as failed only if it was."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from orderbridge.domain.statuses import ShopStatus
from tests.unit.functions import template
from tests.unit.functions.stage import ORDER, failed

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from orderbridge.domain.answers import MarketplaceAnswer
    from tests.unit.functions.stage import Stage

PROGRAM = """
import sys
sys.path[:0] = sys.argv[1:]
import app
print(*sorted(name for name in sys.modules if name.startswith("orderbridge.")))
"""
THE_SHOPS_SIDE = {
    "orderbridge.adapters.fastcentrik",
    "orderbridge.domain.whole_order",
    "orderbridge.flows.import_orders",
    "orderbridge.flows.read_lists",
}


def test_it_loads_nothing_of_the_shops_side() -> None:
    folders = [template.ROOT / "functions" / "push_to_mall", template.ROOT / "shared"]
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM, *map(str, folders)], capture_output=True, text=True, check=True
    )
    loaded = set(ended.stdout.split())
    assert "orderbridge.flows.carry_out" in loaded
    assert loaded & THE_SHOPS_SIDE == set()


def test_a_claim_that_was_taken_over_is_no_failed_step(
    stage: Callable[[str], Stage], monkeypatch: pytest.MonkeyPatch
) -> None:
    push = stage("push_to_mall")
    world = push.world
    world.mall.hold(ORDER)
    world.clerk(ORDER, ShopStatus.HANDLED)
    world.fetch()
    world.map_all()
    read = world.mall.read

    def taken_over(number: int) -> MarketplaceAnswer:
        world.ledger.save(replace(world.order(number), step=None))
        return read(number)

    monkeypatch.setattr(world.mall, "read", taken_over)
    assert failed(push.play("read")) == []
    assert push.figures() == {"StepsAccepted": 0, "StepsFailed": 0, "StepsWithoutAnswer": 0}
    assert [(line["level"], line["outcome"]) for line in push.log()] == [("INFO", "stale")]
