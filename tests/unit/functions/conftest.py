"""``new_harness``: makes the harness of one function."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.functions.function_harness import FunctionHarness

if TYPE_CHECKING:
    from tests.unit.functions.function_harness import NewHarness


@pytest.fixture
def new_harness(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> NewHarness:
    return lambda function: FunctionHarness(function, monkeypatch, capsys)
