"""A shop's record, for the suites."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orderbridge.domain.rules import Rules
from orderbridge.settings import ShopSettings

if TYPE_CHECKING:
    from typing import Any, TypeAlias

    from orderbridge.adapters.aws.shops import DynamoShops
    from orderbridge.domain.shops import ShopRecord
    from tests.fakes import FakeShops

    Json: TypeAlias = Any


SETTINGS = ShopSettings(
    shop="demo",
    profile="czech",
    rules=Rules(undo_window_seconds=0, carriers={"Můj kurýr": "https://x.test/{number}"}),
)


def record(shops: FakeShops | DynamoShops) -> ShopRecord:
    found = shops.get("demo")
    assert found is not None
    return found
