"""What a function's module loads: what belongs to another function's work would only make its start longer."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.unit.functions import template

PROGRAM = """
import sys
sys.path[:0] = sys.argv[1:]
import app
print(*sorted(name for name in sys.modules if name.startswith("orderbridge.")))
"""
THE_SHOPS_SIDE = {"orderbridge.adapters.fastcentrik", "orderbridge.domain.order_detail"}
READING_LISTS = {"orderbridge.flows.read_lists", "orderbridge.flows.lists.reconcile"}
NEVER_LOADED = {
    "push_to_mall": {*THE_SHOPS_SIDE, *READING_LISTS, "orderbridge.flows.push_to_shop"},
    "push_to_shop": {*READING_LISTS, "orderbridge.flows.push_to_mall"},
    "read_lists": {*THE_SHOPS_SIDE, "orderbridge.flows.push_to_shop", "orderbridge.flows.common.carry_out"},
}


@pytest.mark.slow
@pytest.mark.parametrize("function", NEVER_LOADED)
def test_a_function_loads_nothing_of_another_ones_work(function: str) -> None:
    folders = [template.ROOT / "functions" / function, template.ROOT / "shared"]
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM, *map(str, folders)], capture_output=True, text=True, check=True
    )
    loaded = set(ended.stdout.split())
    assert f"orderbridge.flows.{function}" in loaded
    assert loaded & NEVER_LOADED[function] == set()
