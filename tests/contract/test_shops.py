"""The contract of ``Shops``, over the fake and the real one."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orderbridge.adapters.aws import shops as shops_module
from orderbridge.adapters.aws.shops import DynamoShops
from orderbridge.domain.codes.api import SettingReason, SettingsReason
from orderbridge.domain.codes.edges import StopReason
from orderbridge.domain.codes.exports import ExportReason
from orderbridge.domain.export_content import ExportContent
from orderbridge.domain.facts import ShopText, Term
from orderbridge.domain.outage import Outage
from orderbridge.domain.reasons import because
from orderbridge.domain.rules import Rules
from orderbridge.domain.shops import Budget, ShopRecord, ShopStop
from orderbridge.flows.common.call_budget import closed_until, reserved_until
from orderbridge.settings import ShopSettings, shop_settings
from tests.fakes import KEY_REFUSED, NOON, FakeShops
from tests.texts import said

if TYPE_CHECKING:
    from typing import Any, TypeAlias

    from orderbridge.domain.reasons import Reason
    from tests.contract.conftest import Aws

    Json: TypeAlias = Any

PROBLEM = because(ExportReason.EMPTY)
FORBIDDEN = because(StopReason.KEY_REFUSED, http_status=403)
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
    demo.record_fetch("demo", NOON, None, caught_up=True)
    demo.stop("demo", KEY_REFUSED, NOON, NOON + MINUTE)
    before = record(demo)
    demo.put(ShopSettings(shop="demo", enabled=False), NOON + MINUTE)
    after = record(demo)
    assert after.settings == ShopSettings(shop="demo", enabled=False)
    assert (after.registered_at, after.last_success_at, after.stop) == (NOON, NOON, before.stop)


def test_a_failed_fetch_keeps_the_last_success(demo: FakeShops | DynamoShops) -> None:
    demo.record_fetch("demo", NOON, None, caught_up=True)
    demo.record_fetch("demo", NOON + MINUTE, PROBLEM)
    failed = record(demo)
    assert (failed.last_fetch_at, failed.last_success_at) == (NOON + MINUTE, NOON)
    assert failed.fetch_problem == PROBLEM
    demo.record_fetch("demo", NOON + 2 * MINUTE, None, caught_up=True)
    good = record(demo)
    assert (good.last_fetch_at, good.last_success_at, good.fetch_problem) == (
        NOON + 2 * MINUTE,
        NOON + 2 * MINUTE,
        None,
    )


def test_a_fetch_that_left_changes_over_does_not_count_as_knowing_the_shop(
    demo: FakeShops | DynamoShops,
) -> None:
    demo.record_fetch("demo", NOON, None, caught_up=True)
    demo.record_fetch("demo", NOON + 2 * MINUTE, None)
    demo.record_fetch("demo", NOON + 3 * MINUTE, PROBLEM, caught_up=True)
    known = record(demo)
    assert known.last_success_at == NOON + 2 * MINUTE
    assert known.caught_up_at == NOON


def test_of_several_fetches_one_has_the_shop(demo: FakeShops | DynamoShops) -> None:
    assert demo.begin_fetch("demo", NOON, NOON + 6 * MINUTE) is True
    assert demo.begin_fetch("demo", NOON + MINUTE, NOON + 7 * MINUTE) is False
    under_way = record(demo)
    assert (under_way.fetch_begun_at, under_way.fetching_until) == (NOON, NOON + 6 * MINUTE)
    assert under_way.hung_fetches == 1
    # The one that had it never came back.
    assert demo.begin_fetch("demo", NOON + 7 * MINUTE, NOON + 13 * MINUTE) is True
    assert record(demo).hung_fetches == 2


def test_the_end_of_a_fetch_frees_the_shop(demo: FakeShops | DynamoShops) -> None:
    demo.begin_fetch("demo", NOON, NOON + 6 * MINUTE)
    demo.record_fetch("demo", NOON, PROBLEM, hung=True)
    assert (record(demo).fetching_until, record(demo).hung_fetches) == (None, 1)
    assert demo.begin_fetch("demo", NOON + MINUTE, NOON + 7 * MINUTE) is True
    assert record(demo).hung_fetches == 2
    demo.record_fetch("demo", NOON, PROBLEM)
    assert (record(demo).fetching_until, record(demo).hung_fetches) == (None, 0)
    demo.begin_fetch("demo", NOON + MINUTE, NOON + 7 * MINUTE)
    demo.drop_fetch("demo", NOON)  # another one, which lost its lease
    assert record(demo).fetching_until == NOON + 7 * MINUTE
    demo.drop_fetch("demo", NOON + MINUTE)
    known = record(demo)
    assert (known.fetch_begun_at, known.fetching_until, known.hung_fetches) == (None, None, 0)


def test_no_fetch_of_a_shop_that_is_not_registered(shops: FakeShops | DynamoShops) -> None:
    assert shops.begin_fetch("demo", NOON, NOON + MINUTE) is False
    shops.drop_fetch("demo", NOON)
    assert shops.get("demo") is None


def test_only_the_first_stop_says_so_and_its_moment_stays(demo: FakeShops | DynamoShops) -> None:
    assert demo.stop("demo", KEY_REFUSED, NOON, NOON + MINUTE) is True
    assert demo.stop("demo", FORBIDDEN, NOON + MINUTE, NOON + 2 * MINUTE) is False
    assert record(demo).stop == ShopStop(FORBIDDEN, NOON, NOON + 2 * MINUTE)
    demo.resume("demo")
    assert record(demo).stop is None
    demo.resume("demo")
    assert demo.stop("demo", KEY_REFUSED, NOON + 3 * MINUTE, NOON + 4 * MINUTE) is True
    assert record(demo).stop == ShopStop(KEY_REFUSED, NOON + 3 * MINUTE, NOON + 4 * MINUTE)


def test_the_longest_pause_counts(demo: FakeShops | DynamoShops) -> None:
    demo.pause("demo", NOON + 2 * MINUTE)
    demo.pause("demo", NOON + MINUTE)
    assert record(demo).paused_until == NOON + 2 * MINUTE
    demo.pause("demo", NOON + 3 * MINUTE)
    assert record(demo).paused_until == NOON + 3 * MINUTE


def test_of_one_window_the_fewest_calls_left_count(demo: FakeShops | DynamoShops) -> None:
    ends = NOON + 10 * MINUTE
    for remaining, counts in ((12, 12), (9, 9), (11, 9), (100, 9), (9, 9), (0, 0), (3, 0)):
        demo.note_budget("demo", Budget(2875, remaining, ends), NOON + MINUTE)
        assert record(demo).budget == Budget(2875, counts, ends)
    assert reserved_until(record(demo), NOON) == closed_until(record(demo), NOON) == ends
    assert reserved_until(record(demo), ends) is closed_until(record(demo), ends) is None


def test_a_window_that_is_over_does_not_count(demo: FakeShops | DynamoShops) -> None:
    ends = NOON + MINUTE
    demo.note_budget("demo", Budget(100, 3, ends), NOON)
    later = Budget(100, 8, ends + MINUTE)
    demo.note_budget("demo", later, ends)
    assert record(demo).budget == later
    assert reserved_until(record(demo), ends) == ends + MINUTE
    assert closed_until(record(demo), ends) is None


def test_of_a_pause_and_a_window_without_calls_the_longer_one_counts(demo: FakeShops | DynamoShops) -> None:
    demo.note_budget("demo", Budget(100, 0, NOON + 2 * MINUTE), NOON)
    demo.pause("demo", NOON + MINUTE)
    assert closed_until(record(demo), NOON) == NOON + 2 * MINUTE
    demo.pause("demo", NOON + 3 * MINUTE)
    assert closed_until(record(demo), NOON) == NOON + 3 * MINUTE
    assert closed_until(record(demo), NOON, calls_mall=False) is None


def test_few_calls_are_forgotten_when_enough_are_left_again(demo: FakeShops | DynamoShops) -> None:
    before = record(demo)
    demo.note_budget("demo", None, NOON)
    demo.note_budget("demo", Budget(100, 0, NOON + MINUTE), NOON)
    assert record(demo) != before
    demo.note_budget("demo", None, NOON)
    assert record(demo) == before


def test_nothing_makes_a_ghost_of_a_removed_shop(demo: FakeShops | DynamoShops) -> None:
    demo.remove("demo")
    demo.remove("demo")
    demo.record_fetch("demo", NOON, None, caught_up=True)
    assert demo.stop("demo", KEY_REFUSED, NOON, NOON) is False
    demo.resume("demo")
    demo.pause("demo", NOON)
    demo.note_budget("demo", Budget(100, 0, NOON), NOON)
    demo.note_budget("demo", None, NOON)
    assert demo.get("demo") is None
    assert demo.all() == []


# --- the real one alone ---------------------------------------------------------------------------------


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
        ('{"shop": "demo", "enabled": "perhaps"}', SettingReason.NOT_TRUE_OR_FALSE),
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
    assert broken.settings.enabled is False
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
    monkeypatch.setattr(shops_module, "shop_settings", NextSettings.model_validate)
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
HELD_BACK = ["registered_at", "settings_at", "stopped_since", "stopped_probe_at", "paused_until"]
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
    assert broken.settings.enabled is False
    assert closed_until(broken, NOON) is not None
    shops.put(ShopSettings(shop="demo"), NOON)
    repaired = record(shops)
    assert repaired.settings_problem is None
    assert repaired.settings.enabled is True
    assert repaired.settings_at == NOON
    assert repaired.registered_at == (NOON if name == "registered_at" else datetime.fromisoformat(FAR))
    assert repaired.paused_until is None
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
    *("fetch_problem", "fetch_notes", "stopped_since", "stopped_reason", "stopped_probe_at", "paused_until"),
    *("budget_limit", "budget_remaining", "budget_resets_at"),
    "an_attribute_of_the_next_version",
]


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from(ATTRIBUTES), dynamodb_values(), min_size=1))
def test_whatever_one_item_holds_the_other_shops_are_read(aws: Aws, attributes: dict[str, Any]) -> None:
    shops = DynamoShops(aws.dynamodb, aws.table)
    shops.put(ShopSettings(shop="good"), NOON)
    put_item(aws, None, **({"settings": {"S": '{"shop": "demo"}'}} | attributes))
    other, good = shops.all()
    assert good == ShopRecord("good", ShopSettings(shop="good"), registered_at=NOON, settings_at=NOON)
    assert other == shops.get("demo")
    assert (other.settings_problem is None) is other.settings.enabled
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
    assert broken.settings.enabled is False
    assert broken.settings_problem is not None
    assert "setting.shop_name(key=shop)" in broken.settings_problem.log_line


CONTENT = ExportContent(
    digest="a" * 64, first_served_at=NOON, last_served_at=NOON + MINUTE, gaps=(300, 600), orders=7
)


def test_what_is_known_of_the_exports_content_is_kept_until_the_next_reading(
    demo: FakeShops | DynamoShops,
) -> None:
    assert record(demo).content == ExportContent()
    demo.record_fetch("demo", NOON, None, content=CONTENT)
    demo.record_fetch("demo", NOON + MINUTE, PROBLEM)
    assert record(demo).content == CONTENT


MARKETPLACE = "mall"


def outage(shops: FakeShops | DynamoShops) -> Outage:
    found = shops.outage(MARKETPLACE)
    assert found is not None
    return found


def test_an_outage_begins_with_its_first_call_and_names_every_caller_once(
    demo: FakeShops | DynamoShops,
) -> None:
    assert demo.outage(MARKETPLACE) is None
    demo.note_outage(MARKETPLACE, "demo/1", NOON, NOON + MINUTE)
    demo.note_outage(MARKETPLACE, "demo/2", NOON + MINUTE, NOON + 2 * MINUTE)
    demo.note_outage(MARKETPLACE, "demo/1", NOON + MINUTE, NOON + 3 * MINUTE)
    assert outage(demo) == Outage(NOON, NOON + 3 * MINUTE, frozenset({"demo/1", "demo/2"}))
    demo.note_outage(MARKETPLACE, "", NOON + MINUTE, NOON + 4 * MINUTE)
    assert outage(demo) == Outage(NOON, NOON + 4 * MINUTE, frozenset({"demo/1", "demo/2"}))


def test_of_two_that_saw_the_same_outage_one_may_call(demo: FakeShops | DynamoShops) -> None:
    demo.note_outage(MARKETPLACE, "demo/1", NOON, NOON)
    seen = outage(demo)
    assert demo.claim_probe(MARKETPLACE, seen, NOON + MINUTE)
    assert not demo.claim_probe(MARKETPLACE, seen, NOON + 2 * MINUTE)
    assert outage(demo).probe_at == NOON + MINUTE


def test_an_answer_ends_the_outage_of_one_address_alone(demo: FakeShops | DynamoShops) -> None:
    other = "https://other.test/v1"
    for address in (MARKETPLACE, other):
        demo.note_outage(address, "demo/1", NOON, NOON)
    seen = outage(demo)
    demo.end_outage(MARKETPLACE)
    demo.end_outage(MARKETPLACE)
    assert demo.outage(MARKETPLACE) is None
    assert demo.outage(other) == Outage(NOON, NOON, frozenset({"demo/1"}))
    assert not demo.claim_probe(MARKETPLACE, seen, NOON + MINUTE)
    assert demo.outage(MARKETPLACE) is None


def test_an_outage_is_no_shop(demo: FakeShops | DynamoShops) -> None:
    demo.note_outage(MARKETPLACE, "demo/1", NOON, NOON)
    assert [one.shop for one in demo.all()] == ["demo"]
