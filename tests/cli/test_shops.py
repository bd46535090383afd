"""Shops on the command line: connected, changed, listed, removed, and a table that was restored."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from orderbridge.adapters.aws.ledger import DynamoLedger
from orderbridge.adapters.aws.secrets import SsmSecrets
from orderbridge.adapters.aws.shops import DynamoShops
from orderbridge.adapters.fastcentrik.profile.load import SHIPPED, shipped_names
from orderbridge.bootstrap import Services, open_stack
from orderbridge.domain.shops import ShopSecrets
from orderbridge.settings import ShopSettings
from tests.contract.conftest import make_table
from tests.contract.samples import ORDER
from tests.fakes import NOON, ManualClock
from tests.orders import changed

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.registering import Cli
    from tests.contract.conftest import Aws
from tests.cli.registering import NOBODY, TOML, add

INSIDE = {
    "export_url": TOML.replace("https://shop.test/", "http://127.0.0.1:8080/"),
    "import_url": f'{TOML}import_url = "http://172.17.0.1:8080/import"',
    "marketplace_api_url": f'{TOML}marketplace_api_url = "http://localhost:8080/v1"',
}


@pytest.mark.parametrize("key", INSIDE)
def test_a_stand_in_beside_it_is_for_a_local_stack_alone(
    cli: Cli, services: Services, tmp_path: Path, key: str
) -> None:
    on_aws = services.with_settings(REQUIRE_TLS="true")
    refused = add(cli, tmp_path / "shop.toml", INSIDE[key], on_aws)
    assert refused.code == 2
    assert f"The value of {key} is no usable address" in refused.err
    assert add(cli, tmp_path / "shop.toml", INSIDE[key]).code == 0


@pytest.mark.parametrize(
    "odd", ["https://shop.test\\\\@evil.test/x", "https://me:hush@shop.test/x", "https://[::1]/x"]
)
def test_an_address_that_is_written_oddly_is_not_stored(
    cli: Cli, services: Services, tmp_path: Path, odd: str
) -> None:
    text = TOML.replace("https://shop.test/export?key=hush", odd)
    stack = services.with_settings(REQUIRE_TLS="true" if "::1" in odd else "false")
    ended = add(cli, tmp_path / "shop.toml", text, stack)
    assert ended.code == 2
    assert "The value of export_url is no usable address. Use the https address" in ended.err
    assert "hush" not in ended.err


@pytest.mark.parametrize(("said", "code"), [("false", 0), ("true", 2), (None, 2)])
def test_the_stacks_own_parameter_says_whether_it_is_local(
    cli: Cli, aws: Aws, tmp_path: Path, said: str | None, code: int
) -> None:
    described = {
        "Outputs": [
            {"OutputKey": "TableName", "OutputValue": aws.table},
            {"OutputKey": "SecretsPrefix", "OutputValue": aws.prefix},
        ],
        "Parameters": [] if said is None else [{"ParameterKey": "RequireTls", "ParameterValue": said}],
    }
    stack = SimpleNamespace(describe_stacks=lambda **_: {"Stacks": [described]})
    clients = {"cloudformation": stack, "dynamodb": aws.dynamodb, "ssm": aws.ssm}
    opened = open_stack("test", clients.__getitem__)
    assert add(cli, tmp_path / "shop.toml", INSIDE["export_url"], opened).code == code


def test_a_shop_is_connected_from_toml_and_shown_without_its_secrets(
    cli: Cli, services: Services, tmp_path: Path
) -> None:
    added = add(cli, tmp_path / "shop.toml", f'{TOML}marketplace_api_url = "https://mall.test/v1/"')
    assert added.code == 0
    record = services.shops.get("demo")
    assert record is not None
    assert (record.settings.profile, record.settings.rules.undo_window_seconds) == ("czech", 60)
    assert record.registered_at == NOON
    secrets = ShopSecrets("https://shop.test/export?key=hush", "client-hush", "", "https://mall.test/v1")
    assert services.secrets.of("demo") == secrets
    assert added.out.splitlines() == [
        "Shop demo is connected and paused: nothing is sent for it yet.",
        f"demo: {NOBODY}",
        "Next: orderbridge doctor demo",
    ]
    listed = cli("shop", "list")
    assert (listed.code, f"demo: {NOBODY}" in listed.out.splitlines()) == (1, True)
    assert re.search(r"(?m)^ ?demo .* never", listed.out)
    shown = cli("shop", "show", "demo")
    assert "undo_window_seconds" in shown.out
    everything = [added, listed, shown, cli("shop", "list", "--json"), cli("shop", "show", "demo", "--json")]
    assert not [one for one in everything if "hush" in one.out + one.err]


def test_a_shop_is_connected_from_json_and_changed(cli: Cli, services: Services, tmp_path: Path) -> None:
    values: dict[str, Any] = {
        "shop": "demo",
        "secrets": {"export_url": "https://a.test/x", "client_id": "one"},
    }
    assert add(cli, tmp_path / "shop.json", json.dumps(values)).code == 0
    values["language"] = "sk"
    values["secrets"]["client_id"] = "two"
    changed_ = add(cli, tmp_path / "shop.json", json.dumps(values))
    assert (changed_.code, changed_.out.splitlines()[0]) == (0, "Shop demo has its new settings.")
    record = services.shops.get("demo")
    assert record is not None
    assert record.settings.language == "sk"
    assert services.secrets.of("demo").client_id == "two"


def test_whoever_keeps_a_shops_secrets_hears_of_new_ones(
    cli: Cli, services: Services, aws: Aws, tmp_path: Path
) -> None:
    """Though the settings stay as they are."""
    values: dict[str, Any] = {
        "shop": "demo",
        "secrets": {"export_url": "https://a.test/x", "client_id": "one"},
    }
    keeper = SsmSecrets(aws.ssm, aws.prefix, services.clock)
    for client_id in ("one", "two"):
        values["secrets"]["client_id"] = client_id
        assert add(cli, tmp_path / "shop.json", json.dumps(values)).code == 0
        record = services.shops.get("demo")
        assert record is not None
        assert keeper.of("demo", record.secrets_at).client_id == client_id
        assert isinstance(services.clock, ManualClock)
        services.clock.advance(timedelta(minutes=1))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("shop = ", "not valid TOML"),
        ('shop = "demo"', "Missing secrets: export_url, client_id. Give them with --secrets FILE"),
        ('shop = "demo"\nsecrets = "hush"', "secrets is no group of keys with values"),
        (
            TOML.replace('"demo"', '"My Shop"'),
            "The settings of the shop “My Shop” cannot be used. The value of shop",
        ),
        (TOML.replace("profile", "profil"), "There is no key profil."),
        (
            TOML.replace("export_url", "exporturl"),
            "Unknown secret. Allowed are: export_url, client_id, import_url, marketplace_api_url.",
        ),
        (
            TOML.replace("https://shop.test/export?key=", ""),
            "The value of export_url is no usable address. Use the https address",
        ),
        (TOML.replace("= 60", "= -1"), "The value of undo_window_seconds is -1."),
        (
            f'{TOML}marketplace_api_url = "http://hush.example"',
            "The value of marketplace_api_url is no usable address",
        ),
        (f'marketplace_api_url = "https://a.test"\n{TOML}', "There is no key marketplace_api_url."),
        (f'import = "create"\n{TOML}', "Missing secrets: import_url. Give them with --secrets FILE"),
        (f'import = "make"\n{TOML}', "Use one of create, link, off."),
    ],
)
def test_a_wrong_file_changes_nothing_and_is_one_line(
    cli: Cli, services: Services, tmp_path: Path, text: str, problem: str
) -> None:
    ended = add(cli, tmp_path / "shop.toml", text)
    assert ended.code == 2
    assert problem in ended.err
    assert ended.err.count("\n") == 1
    assert "hush" not in ended.err + ended.out
    assert services.shops.all() == []


ORDERS = (SHIPPED / "orders.toml").read_text("utf-8")
UNREADABLE = ORDERS.replace('code = "CODE"\n', "", 1)
UNWRITABLE = ORDERS.replace('date = "YYYY-MM-DD HH:mm:ss"\n', "", 1)


@pytest.mark.parametrize(
    ("mode", "settings", "problem"),
    [
        (
            "link",
            {"profile": "nope"},
            f"There is no profile “nope”. Allowed are {', '.join(shipped_names())}",
        ),
        (
            "off",
            {"profile_text": UNREADABLE},
            "The profile profile_text cannot be used. The key fields.code is missing.",
        ),
        (
            "create",
            {"profile_text": UNREADABLE},
            "The profile profile_text cannot be used. The key fields.code is missing.",
        ),
        (
            "create",
            {"profile_text": UNWRITABLE},
            "The profile profile_text cannot be used. The key import.date is missing.",
        ),
        (
            "create",
            {"profile_text": ORDERS.partition("\n[import]\n")[0]},
            "The table [import] is missing",
        ),
        ("link", {"profile_text": UNWRITABLE}, ""),
        ("create", {"profile_text": ORDERS}, ""),
    ],
)
def test_a_shop_is_registered_only_with_a_profile_that_it_can_use(
    cli: Cli,
    services: Services,
    tmp_path: Path,
    mode: str,
    settings: dict[str, str],
    problem: str,
) -> None:
    secrets = dict.fromkeys(("export_url", "import_url"), "https://a.test/hush") | {"client_id": "hush"}
    values = {"shop": "demo", "import": mode, **settings, "secrets": secrets}
    ended = add(cli, tmp_path / "shop.json", json.dumps(values))
    assert ended.code == (2 if problem else 0)
    assert problem in ended.err
    assert ended.err.count("\n") == (1 if problem else 0)
    assert "hush" not in ended.err + ended.out
    assert [record.shop for record in services.shops.all()] == ([] if problem else ["demo"])


def test_only_what_the_file_says_is_stored(cli: Cli, services: Services, tmp_path: Path, aws: Aws) -> None:
    values = {
        "import": "create",
        "ignore_created_before": "2026-11-20",
        "shop": "demo",
        "secrets": {"export_url": "https://a.test/x", "import_url": "https://a.test/i", "client_id": "one"},
    }
    assert add(cli, tmp_path / "shop.json", json.dumps(values)).code == 0
    (item,) = [one for one in aws.dynamodb.scan(TableName=aws.table)["Items"] if "settings" in one]
    assert json.loads(item["settings"]["S"]) == {
        "shop": "demo",
        "ignore_created_before": "2026-11-20",
        "import": "create",
    }
    record = services.shops.get("demo")
    assert record is not None
    assert record.settings.rules.import_opened_from == date(2026, 11, 20)


def test_a_shop_with_a_broken_record_is_listed_and_connected_anew(cli: Cli, tmp_path: Path, aws: Aws) -> None:
    add(cli, tmp_path / "shop.toml")
    aws.dynamodb.update_item(
        TableName=aws.table,
        Key={"pk": {"S": "SHOPS"}, "sk": {"S": "demo"}},
        UpdateExpression="SET registered_at = :until",
        ExpressionAttributeValues={":until": {"S": "tomorrow"}},
    )
    broken = "Times in the record of the shop demo cannot be read (registered_at)."
    listed = cli("shop", "list")
    assert (listed.code, broken in listed.out) == (1, True)
    add(cli, tmp_path / "shop.toml")
    assert "cannot be read" not in cli("shop", "list").out


def test_a_missing_file_is_one_line(cli: Cli) -> None:
    ended = cli("shop", "add", "/no/such.toml")
    assert (ended.code, ended.err) == (
        2,
        "orderbridge: /no/such.toml cannot be read (FileNotFoundError).\n",
    )


def test_a_removed_shop_has_no_secrets_left(cli: Cli, services: Services, tmp_path: Path, aws: Aws) -> None:
    add(cli, tmp_path / "shop.toml")
    assert cli("webhook", "add", "demo").code == 0
    assert cli("shop", "remove", "demo", "--yes").code == 0
    assert services.shops.get("demo") is None
    for part in ("shops", "webhooks"):
        with pytest.raises(aws.ssm.exceptions.ParameterNotFound):
            aws.ssm.get_parameter(Name=f"{aws.prefix}/{part}/demo")


def test_a_removed_shop_is_in_nobodys_filter(cli: Cli, tmp_path: Path, aws: Aws) -> None:
    add(cli, tmp_path / "demo.toml")
    add(cli, tmp_path / "other.toml", TOML.replace('"demo"', '"other"'))
    aws.sns.subscribe(TopicArn=aws.topic, Protocol="email", Endpoint="all@shop.test")
    for shop, email in (("demo", "both"), ("other", "both"), ("demo", "one"), ("other", "another")):
        cli("alarm", "add", shop, f"{email}@shop.test")
    assert cli("shop", "remove", "demo", "--yes").code == 0
    left = {one["email"]: one["shops"] for one in cli("alarm", "list", "--json").json["readers"]}
    assert left == {
        "all@shop.test": ["*"],
        "another@shop.test": ["other"],
        "both@shop.test": ["other"],
    }


def test_a_removal_that_stopped_half_way_goes_on_with_a_repeat(
    cli: Cli, services: Services, tmp_path: Path
) -> None:
    """The record goes first: then no function reads the secrets any more."""
    add(cli, tmp_path / "demo.toml")
    cli("webhook", "add", "demo")
    services.shops.remove("demo")
    assert cli("shop", "remove", "demo", "--yes").code == 0
    assert services.webhooks.digest_of("demo") is None


@pytest.mark.parametrize("mode", ["create", "link", "off"])
def test_a_shop_with_an_import_address_may_have_any_kind_of_import(
    cli: Cli, services: Services, tmp_path: Path, mode: str
) -> None:
    text = f'import = "{mode}"\n{TOML}import_url = "https://shop.test/import?key=hush"\n'
    assert add(cli, tmp_path / "shop.toml", text).code == 0
    record = services.shops.get("demo")
    assert record is not None
    assert record.settings.rules.import_mode == mode
    assert services.secrets.of("demo").import_url == "https://shop.test/import?key=hush"


def test_a_restored_table_is_prepared_before_it_is_taken_into_the_stack(
    cli: Cli, services: Services, aws: Aws
) -> None:
    restored = f"{aws.table}-restored"
    make_table(aws.dynamodb, restored)
    DynamoShops(aws.dynamodb, restored).put(ShopSettings(shop="demo"), NOON, {})
    ledger = DynamoLedger(aws.dynamodb, restored)
    ledger.save(changed(ORDER, observed_certain=True))
    ended = cli("restored", "--table", restored)
    assert (ended.code, ended.out) == (
        0,
        (
            "1 order is read at MALL before anything is sent for it.\n"
            f"Next: make deploy ARGS='--parameter-overrides ExistingTable={restored}'\n"
        ),
    )
    order = ledger.load("demo", ORDER.mall_order_id)
    assert order is not None
    assert (order.marketplace.observed_certain, order.work.recheck_at) == (False, services.clock.now())


def test_the_table_that_is_being_worked_on_is_not_put_in_doubt(cli: Cli, aws: Aws) -> None:
    ended = cli("restored", "--table", aws.table)
    assert (ended.code, ended.err.count("\n")) == (2, 1)
    assert f"The stack works on table {aws.table}" in ended.err


def test_the_budget_of_a_shop_that_is_not_there_is_wrong_use(cli: Cli, tmp_path: Path) -> None:
    assert cli("budget").out == "No shops yet.\n"
    add(cli, tmp_path / "shop.toml")
    assert "demo: " in cli("budget", "--shop", "demo").out
    ended = cli("budget", "--shop", "nope")
    assert (ended.code, ended.out) == (2, "")
