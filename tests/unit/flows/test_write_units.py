"""What an order's life costs in write units of the table (``python -m tests.bench writes`` prints it step by step)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.bench.writes import check, created, linked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.bench.writes import Cost


@pytest.mark.parametrize(("life", "most"), [(linked, 141), (created, 178)])
def test_a_whole_life_is_cheap(life: Callable[[], Iterator[Cost]], most: int) -> None:
    assert sum(cost.units for cost in life()) <= most


@pytest.mark.parametrize(("name", "life"), [("link", linked), ("create", created)])
def test_the_costs_are_computed_from_what_is_written(name: str, life: Callable[[], Iterator[Cost]]) -> None:
    check(name, list(life()))
