"""``stage``: makes the stage for one function."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.functions.stage import FunctionHarness

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def stage(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[str], FunctionHarness]:
    return lambda function: FunctionHarness(function, monkeypatch, capsys)
