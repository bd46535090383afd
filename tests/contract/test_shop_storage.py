"""Records of shops as they are stored: what an older or a newer version left, and what cannot be read."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orderbridge.adapters.aws import shop_records
from orderbridge.adapters.aws.shops import DynamoShops
from orderbridge.domain.codes.api import SettingReason, SettingsReason
from orderbridge.domain.facts import ShopText, Term
from orderbridge.domain.reasons import because
from orderbridge.domain.rules import Rules
from orderbridge.domain.shops import Budget, ShopRecord
from orderbridge.flows.common.call_budget import closed_until
from orderbridge.settings import ShopSettings, shop_settings
from tests.fakes import NOON
from tests.texts import said

if TYPE_CHECKING:
    from typing import Any, TypeAlias

    from orderbridge.domain.reasons import Reason
    from tests.contract.conftest import Aws

    Json: TypeAlias = Any
from tests.contract.shop_records import SETTINGS, record


def put_item(aws: Aws, stored: str | None = None, **attributes: Json) -> None:
    """The shop's item as somebody wrote it by hand."""
    item = {"pk": {"S": "SHOPS"}, "sk": {"S": "demo"}, **attributes}
    aws.dynamodb.put_item(
        TableName=aws.table, Item={**item, **({} if stored is None else {"settings": {"S": stored}})}
    )


def stored_settings(aws: Aws) -> Json:
    key = {"pk": {"S": "SHOPS"}, "sk": {"S": "demo"}}
    item = aws.dynamodb.get_item(TableName=aws.table, Key=key)["Item"]
    return json.loads(item["settings"]["S"])


@pytest.mark.parametrize(
    ("stored", "problem"),
    [
        ("{", SettingReason.NOT_JSON),
        ("[" * 100_000, SettingReason.NOT_JSON),
        (f'{{"shop": "demo", "max_export_bytes": {"9" * 5000}}}', SettingReason.NOT_JSON),
        ("[]", SettingReason.NOT_THIS_SHOP),
        ('{"shop": "other"}', SettingReason.NOT_THIS_SHOP),
        ('{"shop": "demo", "trust_last_modified": "perhaps"}', SettingReason.NOT_TRUE_OR_FALSE),
        ('{"shop": "demo", "rules": {"undo_window_seconds": -1}}', SettingReason.OUT_OF_RANGE),
        ('{"shop": "demo", "rules": {"shop_zone": "Europe"}}', SettingReason.ZONE),
        ('{"shop": "demo", "import": ["x"]}', SettingReason.NOT_ONE_OF),
        (
            '{"shop": "demo", "import": "link", "rules": {"import_mode": "create"}}',
            SettingReason.TWO_IMPORT_MODES,
        ),
        (None, SettingReason.NOT_JSON),
    ],
)
def test_broken_settings_are_a_problem_of_their_shop_only(
    aws: Aws, stored: str | None, problem: SettingReason
) -> None:
    shops = DynamoShops(aws.dynamodb, aws.table)
    shops.put(ShopSettings(shop="good"), NOON)
    put_item(aws, stored)
    broken, good = shops.all()
    assert good == ShopRecord("good", ShopSettings(shop="good"), registered_at=NOON, settings_at=NOON)
    assert broken.shop == broken.settings.shop == "demo"
    assert broken.runs is False
    found = broken.settings_problem
    assert found is not None
    assert (found.code, found.fact("shop")) == (SettingsReason.SETTINGS, ShopText("demo"))
    (one,) = cast("tuple[Reason, ...]", found.fact("problems"))
    assert one.code is problem


def test_settings_with_a_key_of_the_next_version_are_still_usable(aws: Aws) -> None:
    put_item(aws, '{"shop": "demo", "flavour": "sweet", "rules": {"spice": {"a": []}, "overdue_days": 3}}')
    (record,) = DynamoShops(aws.dynamodb, aws.table).all()
    assert record == ShopRecord("demo", ShopSettings(shop="demo", rules=Rules(overdue_days=3)))


def test_settings_in_which_every_rule_is_written_out_are_usable(aws: Aws) -> None:
    rules = Rules(
        import_mode="create", import_opened_from=date(2026, 11, 20), carriers={"A": "https://a.test/{number}"}
    )
    whole = ShopSettings(shop="demo", rules=rules, ignore_created_before=date(2026, 11, 20))
    stored = whole.model_dump_json(exclude_unset=True)
    assert set(json.loads(stored)["rules"]) == {field.name for field in fields(Rules)}
    put_item(aws, stored)
    (record,) = DynamoShops(aws.dynamodb, aws.table).all()
    assert record == ShopRecord("demo", whole)


@dataclass(frozen=True, slots=True)
class NextRules(Rules):
    """The next version's, with other defaults."""

    undo_window_seconds: int = 5
    overdue_days: int = 7


class NextSettings(ShopSettings):
    rules: NextRules = NextRules()


def test_only_what_was_given_is_stored_so_that_a_later_default_reaches_the_shop(
    aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    shops, default = DynamoShops(aws.dynamodb, aws.table), Rules().undo_window_seconds
    values = {"shop": "demo", "import": "create", "rules": {"undo_window_seconds": default}}
    shops.put(shop_settings(values), NOON, values)
    assert stored_settings(aws) == {
        "shop": "demo",
        "import": "create",
        "rules": {"undo_window_seconds": default},
    }
    monkeypatch.setattr(shop_records, "shop_settings", NextSettings.model_validate)
    assert asdict(record(shops).settings.rules) == asdict(
        NextRules(import_mode="create", undo_window_seconds=default)
    )
    shops.put(shop_settings({"shop": "demo"}), NOON, {"shop": "demo"})
    assert record(shops).settings.rules == NextRules()


def test_without_what_was_given_only_what_is_no_default_is_stored(aws: Aws) -> None:
    DynamoShops(aws.dynamodb, aws.table).put(SETTINGS, NOON)
    rules = {"undo_window_seconds": 0, "carriers": {"Můj kurýr": "https://x.test/{number}"}}
    assert stored_settings(aws) == {"shop": "demo", "profile": "czech", "rules": rules}


FAR = (NOON + timedelta(days=1)).isoformat()
HELD_BACK = [
    *("registered_at", "settings_at", "stopped_since", "stopped_probe_at", "limited_until"),
    *("paused_since", "switch_on_begun_at", "switch_on_since"),
]
BAD_MOMENTS: list[Any] = [
    {"S": "tomorrow"},
    {"S": ""},
    {"S": "2026-11-22"},
    {"S": "2026-11-22T12:00:00"},
    {"S": "9999-12-31T23:59:59-10:00"},
    {"S": "0001-01-01T00:00:00+10:00"},
    {"N": "1763812800"},
    {"BOOL": True},
    {"NULL": True},
    {"L": [{"S": FAR}]},
    {"M": {"S": {"S": FAR}}},
    {"B": b"x"},
]


@pytest.mark.parametrize("name", HELD_BACK)
@pytest.mark.parametrize("value", BAD_MOMENTS, ids=str)
def test_a_moment_that_holds_the_shop_back_and_cannot_be_read_keeps_it_from_being_sent_for(
    aws: Aws, name: str, value: Json
) -> None:
    shops = DynamoShops(aws.dynamodb, aws.table)
    shops.put(ShopSettings(shop="good"), NOON)
    moments = {"registered_at": {"S": FAR}, "stopped_since": {"S": FAR}, name: value}
    put_item(aws, '{"shop": "demo"}', **moments)
    broken, good = shops.all()
    assert good.settings_problem is None
    assert broken.settings_problem == because(
        SettingsReason.BROKEN_RECORD, shop=Term("demo"), attributes=(Term(name),)
    )
    assert broken.runs is False
    assert closed_until(broken, NOON) is not None
    shops.put(ShopSettings(shop="demo"), NOON)
    repaired = record(shops)
    assert repaired.settings_problem is None
    assert repaired.runs is (name != "paused_since" and not name.startswith("switch_on"))
    assert repaired.settings_at == NOON
    assert repaired.registered_at == (NOON if name == "registered_at" else datetime.fromisoformat(FAR))
    assert repaired.limited_until is None
    assert (repaired.stop is None) is (name == "stopped_since")


@pytest.mark.parametrize("name", ["last_fetch_at", "last_success_at", "caught_up_at"])
@pytest.mark.parametrize("value", BAD_MOMENTS, ids=str)
def test_a_moment_of_the_last_fetch_that_cannot_be_read_is_none(aws: Aws, name: str, value: Json) -> None:
    put_item(aws, '{"shop": "demo"}', **{name: value})
    shops = DynamoShops(aws.dynamodb, aws.table)
    assert shops.all() == [ShopRecord("demo", ShopSettings(shop="demo"))]
    shops.record_fetch("demo", NOON, None, caught_up=True)
    assert getattr(record(shops), name) == NOON


@pytest.mark.parametrize("name", ["budget_limit", "budget_remaining", "budget_resets_at"])
@pytest.mark.parametrize(
    "value", [{"S": "7"}, {"S": "soon"}, {"N": "-1"}, {"N": "1.5"}, {"N": "1E+30"}, {"NULL": True}], ids=str
)
def test_calls_left_that_cannot_be_read_are_not_known(aws: Aws, name: str, value: Json) -> None:
    noted = {"budget_limit": {"N": "100"}, "budget_remaining": {"N": "0"}, "budget_resets_at": {"S": FAR}}
    shops = DynamoShops(aws.dynamodb, aws.table)
    put_item(aws, '{"shop": "demo"}', **noted)
    assert record(shops).budget == Budget(100, 0, datetime.fromisoformat(FAR))
    put_item(aws, '{"shop": "demo"}', **{**noted, name: value})
    assert record(shops) == ShopRecord("demo", ShopSettings(shop="demo"))
    shops.note_budget("demo", None, NOON)
    assert record(shops).budget is None


def dynamodb_values() -> st.SearchStrategy[dict[str, Any]]:
    texts = st.text(max_size=8) | st.sampled_from(
        [FAR, "tomorrow", '{"shop": "demo"}', '{"shop": "demo", "rules": {"shop_zone": ""}}', "\n", "{}"]
    )
    simple = st.one_of(
        texts.map(lambda text: {"S": text}),
        st.integers(-(10**37), 10**37).map(lambda number: {"N": str(number)}),
        st.booleans().map(lambda flag: {"BOOL": flag}),
        st.just({"NULL": True}),
        st.binary(max_size=8).map(lambda octets: {"B": octets}),
        st.sets(st.text(min_size=1, max_size=8), min_size=1, max_size=3).map(
            lambda all_: {"SS": sorted(all_)}
        ),
    )
    return st.recursive(
        simple,
        lambda inner: (
            st.lists(inner, max_size=3).map(lambda values: {"L": values})
            | st.dictionaries(st.text(min_size=1, max_size=8), inner, max_size=3).map(
                lambda values: {"M": values}
            )
        ),
        max_leaves=4,
    )


ATTRIBUTES = [
    *("settings", "registered_at", "settings_at", "last_fetch_at", "last_success_at", "caught_up_at"),
    "export_content",
    *("fetch_problem", "fetch_notes", "stopped_since", "stopped_reason", "stopped_probe_at", "limited_until"),
    *("budget_limit", "budget_remaining", "budget_resets_at"),
    *("paused_since", "paused_by", "resumed_at", "resumed_by", "first_caught_up_at"),
    *("switch_on_begun_at", "switch_on_since", "switch_on_per_hour"),
    *("switch_on_reversible", "switch_on_irreversible"),
    *("switch_on_reversible_taken", "switch_on_irreversible_taken"),
    "an_attribute_of_the_next_version",
]


@pytest.mark.slow
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from(ATTRIBUTES), dynamodb_values(), min_size=1))
def test_whatever_one_item_holds_the_other_shops_are_read(aws: Aws, attributes: dict[str, Any]) -> None:
    shops = DynamoShops(aws.dynamodb, aws.table)
    shops.put(ShopSettings(shop="good"), NOON)
    put_item(aws, None, **({"settings": {"S": '{"shop": "demo"}'}} | attributes))
    other, good = shops.all()
    assert good == ShopRecord("good", ShopSettings(shop="good"), registered_at=NOON, settings_at=NOON)
    assert other == shops.get("demo")
    assert other.runs is (other.settings_problem is None and other.pause is None)
    if attributes.keys() & {*HELD_BACK, "settings"}:
        shops.put(ShopSettings(shop="demo"), NOON)
        assert record(shops).settings == ShopSettings(shop="demo")
        assert record(shops).settings_problem is None


def test_a_problem_is_short_and_can_be_stored_again(aws: Aws) -> None:
    shops = DynamoShops(aws.dynamodb, aws.table)
    rules = {"shop_zone": "\ud800\n" + "x" * 300_000}
    put_item(aws, json.dumps({"shop": "demo", "rules": rules}))
    problem = record(shops).settings_problem
    assert problem is not None
    assert len(said(problem)) < 600
    assert said(problem).isprintable()
    shops.record_fetch("demo", NOON, problem)
    assert record(shops).fetch_problem == problem


def test_a_name_that_is_not_allowed_is_a_problem_too(aws: Aws) -> None:
    shops = DynamoShops(aws.dynamodb, aws.table)
    item = {"pk": {"S": "SHOPS"}, "sk": {"S": "My Shop"}, "settings": {"S": '{"shop": "My Shop"}'}}
    aws.dynamodb.put_item(TableName=aws.table, Item=item)
    (broken,) = shops.all()
    assert broken.runs is False
    assert broken.settings_problem is not None
    assert "setting.shop_name(key=shop)" in broken.settings_problem.log_line
