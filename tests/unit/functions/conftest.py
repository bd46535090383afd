"""``new_harness`` makes the harness of one function; ``clerk`` is signed in to the page of ``made``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.functions.console_client import Browser, add_operator
from tests.unit.functions.function_harness import FunctionHarness

if TYPE_CHECKING:
    from tests.unit.functions.function_harness import NewHarness


@pytest.fixture
def new_harness(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> NewHarness:
    return lambda function: FunctionHarness(function, monkeypatch, capsys)


@pytest.fixture
def made(new_harness: NewHarness) -> FunctionHarness:
    """The clerks' page with one operator. A module with a day of its own has another ``made``."""
    harness = new_harness("console")
    add_operator(harness)
    return harness


@pytest.fixture
def clerk(made: FunctionHarness) -> Browser:
    browser = Browser(made)
    assert browser.log_in().status == 303
    return browser
