"""The contract of ``Shops``, over the fake and the real one."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from orderbridge.adapters.aws.shops import DynamoShops
from orderbridge.domain.rules import Rules
from orderbridge.ports import ShopRecord, ShopStop
from orderbridge.settings import ShopSettings
from tests.fakes import NOON, FakeShops

if TYPE_CHECKING:
    from tests.contract.conftest import Aws

MINUTE = timedelta(minutes=1)
SETTINGS = ShopSettings(
    shop="demo",
    profile="czech",
    rules=Rules(undo_window_seconds=0, carriers={"Můj kurýr": "https://x.test/{number}"}),
)


@pytest.fixture
def shops(aws_or_none: Aws | None) -> FakeShops | DynamoShops:
    return FakeShops() if aws_or_none is None else DynamoShops(aws_or_none.dynamodb, aws_or_none.table)


@pytest.fixture
def demo(shops: FakeShops | DynamoShops) -> FakeShops | DynamoShops:
    shops.put(SETTINGS, NOON)
    return shops


def record(shops: FakeShops | DynamoShops) -> ShopRecord:
    found = shops.get("demo")
    assert found is not None
    return found


def test_a_registered_shop_is_found_by_name_and_in_the_list(demo: FakeShops | DynamoShops) -> None:
    demo.put(ShopSettings(shop="a-shop"), NOON + MINUTE)
    assert record(demo) == ShopRecord("demo", SETTINGS, registered_at=NOON, settings_at=NOON)
    assert demo.all() == [
        ShopRecord(
            "a-shop", ShopSettings(shop="a-shop"), registered_at=NOON + MINUTE, settings_at=NOON + MINUTE
        ),
        ShopRecord("demo", SETTINGS, registered_at=NOON, settings_at=NOON),
    ]


def test_an_unknown_shop_is_none(shops: FakeShops | DynamoShops) -> None:
    assert shops.get("demo") is None
    assert shops.all() == []


def test_new_settings_leave_how_the_shop_is_doing(demo: FakeShops | DynamoShops) -> None:
    demo.record_fetch("demo", NOON, "")
    demo.stop("demo", "401", NOON, NOON + MINUTE)
    before = record(demo)
    demo.put(ShopSettings(shop="demo", enabled=False), NOON + MINUTE)
    after = record(demo)
    assert after.settings == ShopSettings(shop="demo", enabled=False)
    assert (after.registered_at, after.last_success_at, after.stop) == (NOON, NOON, before.stop)


def test_a_failed_fetch_keeps_the_last_success(demo: FakeShops | DynamoShops) -> None:
    demo.record_fetch("demo", NOON, "")
    demo.record_fetch("demo", NOON + MINUTE, "the export is no XML")
    failed = record(demo)
    assert (failed.last_fetch_at, failed.last_success_at) == (NOON + MINUTE, NOON)
    assert failed.fetch_problem == "the export is no XML"
    demo.record_fetch("demo", NOON + 2 * MINUTE, "")
    good = record(demo)
    assert (good.last_fetch_at, good.last_success_at, good.fetch_problem) == (
        NOON + 2 * MINUTE,
        NOON + 2 * MINUTE,
        "",
    )


def test_only_the_first_stop_says_so_and_its_moment_stays(demo: FakeShops | DynamoShops) -> None:
    assert demo.stop("demo", "401", NOON, NOON + MINUTE) is True
    assert demo.stop("demo", "403", NOON + MINUTE, NOON + 2 * MINUTE) is False
    assert record(demo).stop == ShopStop("403", NOON, NOON + 2 * MINUTE)
    demo.resume("demo")
    assert record(demo).stop is None
    demo.resume("demo")
    assert demo.stop("demo", "401", NOON + 3 * MINUTE, NOON + 4 * MINUTE) is True
    assert record(demo).stop == ShopStop("401", NOON + 3 * MINUTE, NOON + 4 * MINUTE)


def test_the_longest_pause_counts(demo: FakeShops | DynamoShops) -> None:
    demo.pause("demo", NOON + 2 * MINUTE)
    demo.pause("demo", NOON + MINUTE)
    assert record(demo).paused_until == NOON + 2 * MINUTE
    demo.pause("demo", NOON + 3 * MINUTE)
    assert record(demo).paused_until == NOON + 3 * MINUTE


def test_nothing_makes_a_ghost_of_a_removed_shop(demo: FakeShops | DynamoShops) -> None:
    demo.remove("demo")
    demo.remove("demo")
    demo.record_fetch("demo", NOON, "")
    assert demo.stop("demo", "401", NOON, NOON) is False
    demo.resume("demo")
    demo.pause("demo", NOON)
    assert demo.get("demo") is None
    assert demo.all() == []


# --- the real one alone ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stored", "problem"),
    [
        ("{", "not JSON"),
        ("[]", "not an object with this shop's name"),
        ('{"shop": "other"}', "not an object with this shop's name"),
        ('{"shop": "demo", "flavour": "sweet"}', "flavour: Extra inputs are not permitted"),
        ('{"shop": "demo", "rules": {"undo_window_seconds": -1}}', "undo_window_seconds is -1: allowed are"),
        (None, "not JSON"),
    ],
)
def test_broken_settings_are_a_problem_of_their_shop_only(aws: Aws, stored: str | None, problem: str) -> None:
    shops = DynamoShops(aws.dynamodb, aws.table)
    shops.put(ShopSettings(shop="good"), NOON)
    item = {"pk": {"S": "SHOPS"}, "sk": {"S": "demo"}}
    aws.dynamodb.put_item(
        TableName=aws.table, Item={**item, **({} if stored is None else {"settings": {"S": stored}})}
    )
    broken, good = shops.all()
    assert good == ShopRecord("good", ShopSettings(shop="good"), registered_at=NOON, settings_at=NOON)
    assert broken.shop == broken.settings.shop == "demo"
    assert broken.settings.enabled is False
    assert problem in broken.settings_problem
    assert "\n" not in broken.settings_problem


def test_a_name_that_is_not_allowed_is_a_problem_too(aws: Aws) -> None:
    shops = DynamoShops(aws.dynamodb, aws.table)
    item = {"pk": {"S": "SHOPS"}, "sk": {"S": "My Shop"}, "settings": {"S": '{"shop": "My Shop"}'}}
    aws.dynamodb.put_item(TableName=aws.table, Item=item)
    (broken,) = shops.all()
    assert broken.settings.enabled is False
    assert "shop: String should match pattern" in broken.settings_problem
