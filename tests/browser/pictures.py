"""What `make screenshots` runs in place of the tests: the fixtures are theirs. pytest does not collect it by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.screenshots import take

if TYPE_CHECKING:
    from tests.browser.clerk import Clerks
    from tests.browser.scene import Scene


@pytest.mark.timeout(600)
def test_pictures(clerks: Clerks, scene: Scene) -> None:
    for path in take(clerks, scene):
        print(f"{path.name}: {path.stat().st_size} bytes")
