"""The program that registers shops and operators, on the stand-in."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from dataclasses import replace
from datetime import date, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import boto3
import pytest

from orderbridge.adapters.aws.ledger import DynamoLedger
from orderbridge.adapters.aws.operators import token_digest
from orderbridge.adapters.aws.secrets import SsmSecrets
from orderbridge.adapters.aws.shops import DynamoShops
from orderbridge.adapters.aws.table import OPERATORS_PK, item_of, values_of
from orderbridge.adapters.fastcentrik.profile.load import SHIPPED
from orderbridge.bootstrap import Services
from orderbridge.domain.shops import ShopSecrets
from orderbridge.registry.__main__ import main
from orderbridge.settings import ShopSettings
from tests.contract.conftest import make_table
from tests.contract.samples import ORDER
from tests.fakes import NOON, ManualClock

if TYPE_CHECKING:
    from pathlib import Path

    from tests.contract.conftest import Aws

TOML = """
shop = "demo"
profile = "czech"

[rules]
undo_window_seconds = 60

[secrets]
export_url = "https://shop.test/export?key=hush"
client_id = "client-hush"
"""


NOBODY = "nobody gets this shop's alarms: add somebody with alarm add"


@pytest.fixture
def registry(aws: Aws) -> Services:
    settings = {
        "TABLE_NAME": aws.table,
        "SECRETS_PREFIX": aws.prefix,
        "SHOP_ALARMS_TOPIC_ARN": aws.topic,
        "API_URL": "https://api.test/live",
    }
    clients = {"dynamodb": aws.dynamodb, "ssm": aws.ssm, "sns": aws.sns}
    return Services(settings, client=clients.__getitem__, clock=ManualClock())


def put(registry: Services, path: Path, text: str) -> int:
    path.write_text(text, encoding="utf-8")
    return main(["put", "--stack", "test", "--file", str(path)], registry)


INSIDE = {
    "export_url": TOML.replace("https://shop.test/", "http://127.0.0.1:8080/"),
    "import_url": f'{TOML}import_url = "http://172.17.0.1:8080/import"',
    "marketplace_api_url": f'{TOML}marketplace_api_url = "http://localhost:8080/v1"',
}


@pytest.mark.parametrize("key", INSIDE)
def test_a_stand_in_beside_it_is_for_a_local_stack_alone(
    registry: Services, tmp_path: Path, capsys: pytest.CaptureFixture[str], key: str
) -> None:
    assert put(registry, tmp_path / "shop.toml", INSIDE[key]) == 1
    assert f"The value of {key} is no usable address" in capsys.readouterr().err
    assert put(registry.with_settings(REQUIRE_TLS="false"), tmp_path / "shop.toml", INSIDE[key]) == 0


@pytest.mark.parametrize(
    "odd", ["https://shop.test\\\\@evil.test/x", "https://me:hush@shop.test/x", "https://[::1]/x"]
)
def test_an_address_that_is_written_oddly_is_not_stored(
    registry: Services, tmp_path: Path, capsys: pytest.CaptureFixture[str], odd: str
) -> None:
    text = TOML.replace("https://shop.test/export?key=hush", odd)
    assert (
        put(
            registry.with_settings(REQUIRE_TLS="true" if "::1" in odd else "false"),
            tmp_path / "shop.toml",
            text,
        )
        == 1
    )
    shown = capsys.readouterr().err
    assert "The value of export_url is no usable address. Use the https address" in shown
    assert "hush" not in shown


@pytest.mark.parametrize(("said", "code"), [("false", 0), ("true", 1), (None, 1)])
def test_the_stacks_own_parameter_says_whether_it_is_local(
    aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str | None, code: int
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
    monkeypatch.setattr(boto3, "client", lambda name, **_: clients[name])
    path = tmp_path / "shop.toml"
    path.write_text(INSIDE["export_url"], encoding="utf-8")
    assert main(["put", "--stack", "test", "--file", str(path)]) == code


def test_a_shop_is_registered_from_toml(
    registry: Services, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert put(registry, tmp_path / "shop.toml", f'{TOML}marketplace_api_url = "https://mall.test/v1/"') == 0
    record = registry.shops.get("demo")
    assert record is not None
    assert (record.settings.profile, record.settings.rules.undo_window_seconds) == ("czech", 60)
    assert record.registered_at == NOON
    secrets = ShopSecrets("https://shop.test/export?key=hush", "client-hush", "", "https://mall.test/v1")
    assert registry.secrets.of("demo") == secrets
    assert main(["list", "--stack", "test"], registry) == 0
    shown = capsys.readouterr()
    assert shown.out == (f"shop demo is registered\n{NOBODY}\ndemo: on; last good fetch: never; {NOBODY}\n")
    assert "hush" not in shown.out + shown.err


def test_a_shop_is_registered_from_json_and_changed(registry: Services, tmp_path: Path) -> None:
    values: dict[str, Any] = {
        "shop": "demo",
        "secrets": {"export_url": "https://a.test/x", "client_id": "one"},
    }
    assert put(registry, tmp_path / "shop.json", json.dumps(values)) == 0
    values["enabled"] = False
    values["secrets"]["client_id"] = "two"
    assert put(registry, tmp_path / "shop.json", json.dumps(values)) == 0
    record = registry.shops.get("demo")
    assert record is not None
    assert record.settings.enabled is False
    assert registry.secrets.of("demo").client_id == "two"


def test_whoever_keeps_a_shops_secrets_hears_of_new_ones(
    registry: Services, aws: Aws, tmp_path: Path
) -> None:
    """Though the settings stay as they are."""
    values: dict[str, Any] = {
        "shop": "demo",
        "secrets": {"export_url": "https://a.test/x", "client_id": "one"},
    }
    keeper = SsmSecrets(aws.ssm, aws.prefix, registry.clock)
    for client_id in ("one", "two"):
        values["secrets"]["client_id"] = client_id
        assert put(registry, tmp_path / "shop.json", json.dumps(values)) == 0
        record = registry.shops.get("demo")
        assert record is not None
        assert keeper.of("demo", record.secrets_at).client_id == client_id
        assert isinstance(registry.clock, ManualClock)
        registry.clock.advance(timedelta(minutes=1))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("shop = ", "not valid TOML"),
        ('shop = "demo"', "a part named secrets is missing"),
        (
            TOML.replace('"demo"', '"My Shop"'),
            "The settings of the shop “My Shop” cannot be used. The value of shop",
        ),
        (TOML.replace("profile", "profil"), "There is no key profil."),
        (
            TOML.replace("export_url", "exporturl"),
            "of the shop “demo” cannot be used. The value of export_url is missing.",
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
        (f'import = "create"\n{TOML}', "The value of import_url is missing, and import = create needs it."),
        (f'import = "make"\n{TOML}', "Use one of create, link, off."),
    ],
)
def test_a_wrong_file_changes_nothing_and_is_one_line(
    registry: Services, tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, problem: str
) -> None:
    assert put(registry, tmp_path / "shop.toml", text) == 1
    shown = capsys.readouterr()
    assert problem in shown.err
    assert shown.err.count("\n") == 1
    assert "hush" not in shown.err + shown.out
    assert registry.shops.all() == []


ORDERS = (SHIPPED / "orders.toml").read_text("utf-8")
UNREADABLE = ORDERS.replace('code = "CODE"\n', "", 1)
UNWRITABLE = ORDERS.replace('date = "YYYY-MM-DD HH:mm:ss"\n', "", 1)


@pytest.mark.parametrize(
    ("mode", "settings", "problem"),
    [
        ("link", {"profile": "nope"}, "There is no profile “nope”. Allowed are csv, czech, orders"),
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
    registry: Services,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    mode: str,
    settings: dict[str, str],
    problem: str,
) -> None:
    secrets = dict.fromkeys(("export_url", "import_url"), "https://a.test/hush") | {"client_id": "hush"}
    values = {"shop": "demo", "import": mode, **settings, "secrets": secrets}
    assert put(registry, tmp_path / "shop.json", json.dumps(values)) == (1 if problem else 0)
    shown = capsys.readouterr()
    assert problem in shown.err
    assert shown.err.count("\n") == (1 if problem else 0)
    assert "hush" not in shown.err + shown.out
    assert [record.shop for record in registry.shops.all()] == ([] if problem else ["demo"])


def test_only_what_the_file_says_is_stored(registry: Services, tmp_path: Path, aws: Aws) -> None:
    values = {
        "import": "create",
        "ignore_created_before": "2026-11-20",
        "shop": "demo",
        "secrets": {"export_url": "https://a.test/x", "import_url": "https://a.test/i", "client_id": "one"},
    }
    assert put(registry, tmp_path / "shop.json", json.dumps(values)) == 0
    (item,) = aws.dynamodb.scan(TableName=aws.table)["Items"]
    assert json.loads(item["settings"]["S"]) == {
        "shop": "demo",
        "ignore_created_before": "2026-11-20",
        "import": "create",
    }
    record = registry.shops.get("demo")
    assert record is not None
    assert record.settings.rules.import_opened_from == date(2026, 11, 20)


def test_a_shop_with_a_broken_record_is_listed_and_registered_anew(
    registry: Services, tmp_path: Path, aws: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    put(registry, tmp_path / "shop.toml", TOML)
    aws.dynamodb.update_item(
        TableName=aws.table,
        Key={"pk": {"S": "SHOPS"}, "sk": {"S": "demo"}},
        UpdateExpression="SET paused_until = :until",
        ExpressionAttributeValues={":until": {"S": "tomorrow"}},
    )
    capsys.readouterr()
    assert main(["list", "--stack", "test"], registry) == 0
    assert capsys.readouterr().out == (
        "demo: Times in the record of the shop demo cannot be read (paused_until). Register the shop again; "
        f"last good fetch: never; {NOBODY}\n"
    )
    put(registry, tmp_path / "shop.toml", TOML)
    capsys.readouterr()
    main(["list", "--stack", "test"], registry)
    assert capsys.readouterr().out.startswith("demo: on; ")


def test_the_program_is_started_by_its_name() -> None:
    command = [sys.executable, "-m", "orderbridge.registry", "put", "--stack", "test"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.endswith(
        "orderbridge.registry put: error: the following arguments are required: --file\n"
    )


def test_a_missing_file_is_one_line(registry: Services, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["put", "--stack", "test", "--file", "/no/such.toml"], registry) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_a_removed_shop_has_no_secrets_left(registry: Services, tmp_path: Path, aws: Aws) -> None:
    put(registry, tmp_path / "shop.toml", TOML)
    assert main(["webhook", "add", "--stack", "test", "--shop", "demo"], registry) == 0
    assert main(["remove", "--stack", "test", "demo"], registry) == 0
    assert registry.shops.get("demo") is None
    for part in ("shops", "webhooks"):
        with pytest.raises(aws.ssm.exceptions.ParameterNotFound):
            aws.ssm.get_parameter(Name=f"{aws.prefix}/{part}/demo")


def test_a_removed_shop_is_in_nobodys_filter(
    registry: Services, tmp_path: Path, aws: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    put(registry, tmp_path / "demo.toml", TOML)
    put(registry, tmp_path / "other.toml", TOML.replace('"demo"', '"other"'))
    aws.sns.subscribe(TopicArn=aws.topic, Protocol="email", Endpoint="all@shop.test")
    for shop, email in (("demo", "both"), ("other", "both"), ("demo", "one"), ("other", "another")):
        alarm(registry, "add", "--shop", shop, "--email", f"{email}@shop.test")
    for _ in range(2):
        assert main(["remove", "--stack", "test", "demo"], registry) == 0
        capsys.readouterr()
        alarm(registry, "list")
        assert capsys.readouterr().out == (
            "all@shop.test: *\nanother@shop.test: other\nboth@shop.test: other\n"
        )


@pytest.mark.parametrize("mode", ["create", "link", "off"])
def test_a_shop_with_an_import_address_may_have_any_kind_of_import(
    registry: Services, tmp_path: Path, mode: str
) -> None:
    text = f'import = "{mode}"\n{TOML}import_url = "https://shop.test/import?key=hush"\n'
    assert put(registry, tmp_path / "shop.toml", text) == 0
    record = registry.shops.get("demo")
    assert record is not None
    assert record.settings.rules.import_mode == mode
    assert registry.secrets.of("demo").import_url == "https://shop.test/import?key=hush"


def webhook(registry: Services, command: str, shop: str = "demo") -> int:
    return main(["webhook", command, "--stack", "test", "--shop", shop], registry)


def test_a_webhooks_address_is_shown_once_and_only_its_digest_is_kept(
    registry: Services, tmp_path: Path, aws: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    put(registry, tmp_path / "shop.toml", TOML)
    assert webhook(registry, "add") == 0
    path, address = capsys.readouterr().out.splitlines()[-2:]
    assert address == f"https://api.test/live{path}"
    before, secret = path.rsplit("/", 1)
    assert before == "/webhook/demo"
    assert re.fullmatch(r"[A-Za-z0-9_-]{43,}", secret)
    stored = aws.ssm.get_parameter(Name=f"{aws.prefix}/webhooks/demo", WithDecryption=True)["Parameter"]
    assert stored["Value"] == hashlib.sha256(secret.encode()).hexdigest()
    assert registry.webhooks.digest_of("demo") == stored["Value"]


def test_a_new_webhook_replaces_the_old_one_and_a_removed_one_is_gone(
    registry: Services, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(registry, tmp_path / "shop.toml", TOML)
    webhook(registry, "add")
    first, first_digest = capsys.readouterr().out.splitlines()[-1], registry.webhooks.digest_of("demo")
    webhook(registry, "add")
    assert capsys.readouterr().out.splitlines()[-1] != first
    assert registry.webhooks.digest_of("demo") not in {first_digest, None}
    assert webhook(registry, "remove") == 0
    assert webhook(registry, "remove") == 0
    assert registry.webhooks.digest_of("demo") is None


def test_without_the_apis_address_the_path_is_all_that_is_shown(
    registry: Services, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(registry, tmp_path / "shop.toml", TOML)
    capsys.readouterr()
    assert webhook(registry.with_settings(API_URL=""), "add") == 0
    shown = capsys.readouterr().out.splitlines()
    assert shown[-1].startswith("/webhook/demo/")
    assert "https:" not in "".join(shown)


def test_an_unknown_shop_gets_no_webhook(registry: Services, capsys: pytest.CaptureFixture[str]) -> None:
    assert webhook(registry, "add", "demi") == 1
    assert "shop demi: is not registered" in capsys.readouterr().err
    assert registry.webhooks.digest_of("demi") is None


def alarm(registry: Services, command: str, *more: str) -> int:
    return main(["alarm", command, "--stack", "test", *more], registry)


def test_an_address_gets_the_alarms_of_its_shops_until_it_is_removed(
    registry: Services, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(registry, tmp_path / "demo.toml", TOML)
    put(registry, tmp_path / "other.toml", TOML.replace('"demo"', '"other"'))
    address = ("--email", "operations@shop.test")
    capsys.readouterr()
    assert alarm(registry, "list") == 0
    assert capsys.readouterr().out == "nobody gets alarms\n"
    assert alarm(registry, "add", "--shop", "demo", *address) == 0
    assert "as soon as it has opened the link" in capsys.readouterr().out
    assert alarm(registry, "add", "--shop", "demo", *address) == 0
    assert alarm(registry, "add", "--shop", "other", *address) == 0
    capsys.readouterr()
    alarm(registry, "list")
    assert capsys.readouterr().out == "operations@shop.test: demo, other\n"
    assert alarm(registry, "remove", "--shop", "demo", *address) == 0
    assert alarm(registry, "remove", "--shop", "demo", *address) == 1
    assert capsys.readouterr().err.endswith("this address gets no alarms of shop demo: see alarm list\n")
    alarm(registry, "list")
    assert capsys.readouterr().out == "operations@shop.test: other\n"


def test_a_shop_whose_alarms_nobody_gets_is_shown_as_such(
    registry: Services, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(registry, tmp_path / "demo.toml", TOML)
    put(registry, tmp_path / "other.toml", TOML.replace('"demo"', '"other"'))
    alarm(registry, "add", "--shop", "demo", "--email", "operations@shop.test")
    capsys.readouterr()
    put(registry, tmp_path / "demo.toml", TOML)
    assert capsys.readouterr().out == "shop demo is registered\n"
    assert main(["list", "--stack", "test"], registry) == 0
    shown = capsys.readouterr().out.splitlines()
    assert [line.endswith(NOBODY) for line in shown] == [False, True]


@pytest.mark.parametrize("protocol", ["email", "https"])
def test_whoever_hears_of_every_shop_counts(
    registry: Services, tmp_path: Path, aws: Aws, capsys: pytest.CaptureFixture[str], protocol: str
) -> None:
    endpoint = {"email": "all@shop.test", "https": "https://pager.test/x"}[protocol]
    aws.sns.subscribe(TopicArn=aws.topic, Protocol=protocol, Endpoint=endpoint)
    put(registry, tmp_path / "demo.toml", TOML)
    assert capsys.readouterr().out == "shop demo is registered\n"


@pytest.mark.parametrize("topic", ["", "arn:aws:sns:eu-central-1:1:gone"])
def test_a_shop_is_registered_also_by_who_may_not_see_the_listeners(
    registry: Services, tmp_path: Path, capsys: pytest.CaptureFixture[str], topic: str
) -> None:
    blind = registry.with_settings(SHOP_ALARMS_TOPIC_ARN=topic)
    assert put(blind, tmp_path / "demo.toml", TOML) == 0
    assert "who gets this shop's alarms cannot be seen" in capsys.readouterr().out
    assert main(["remove", "--stack", "test", "demo"], registry.with_settings(SHOP_ALARMS_TOPIC_ARN="")) == 0


@pytest.mark.parametrize(
    ("shop", "email", "problem"),
    [
        ("demi", "operations@shop.test", "shop demi: is not registered"),
        ("demo", "operations", "email: not an e-mail address"),
        ("demo", "a@b@shop.test", "email: not an e-mail address"),
        ("demo", "Operations <a@shop.test>", "email: not an e-mail address"),
    ],
)
def test_a_wrong_shop_or_address_gets_no_alarms(
    registry: Services,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    shop: str,
    email: str,
    problem: str,
) -> None:
    put(registry, tmp_path / "shop.toml", TOML)
    assert alarm(registry, "add", "--shop", shop, "--email", email) == 1
    shown = capsys.readouterr().err
    assert problem in shown
    assert shown.count("\n") == 1
    assert "@" not in shown
    assert registry.listeners is not None
    assert registry.listeners.all() == ()


def filter_of(aws: Aws, arn: str, shops: list[str]) -> None:
    aws.sns.set_subscription_attributes(
        SubscriptionArn=arn, AttributeName="FilterPolicy", AttributeValue=json.dumps({"shop": shops})
    )


def test_an_address_hears_of_no_more_shops_than_sns_takes(
    registry: Services, tmp_path: Path, aws: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    put(registry, tmp_path / "shop.toml", TOML)
    address = ("--shop", "demo", "--email", "many@shop.test")
    arn = aws.sns.subscribe(TopicArn=aws.topic, Protocol="email", Endpoint="many@shop.test")[
        "SubscriptionArn"
    ]
    filter_of(aws, arn, [f"shop-{number}" for number in range(150)])
    capsys.readouterr()
    assert alarm(registry, "add", *address) == 1
    assert capsys.readouterr().err == (
        "orderbridge.registry: this address hears of 150 shops, and SNS takes 150 at most: use a second address, or "
        "the stack's parameter ShopAlarmEmail for one that hears of every shop\n"
    )
    filter_of(aws, arn, [f"shop-{number}" for number in range(149)])
    assert alarm(registry, "add", *address) == 0
    assert alarm(registry, "add", *address) == 0


@pytest.mark.parametrize("request_", ["subscribe", "set_subscription_attributes"])
def test_a_topic_that_takes_no_more_filters_is_a_line_of_its_own(
    registry: Services, tmp_path: Path, aws: Aws, capsys: pytest.CaptureFixture[str], request_: str
) -> None:
    put(registry, tmp_path / "shop.toml", TOML)
    put(registry, tmp_path / "other.toml", TOML.replace('"demo"', '"other"'))
    if request_ == "set_subscription_attributes":
        alarm(registry, "add", "--shop", "other", "--email", "operations@shop.test")
    capsys.readouterr()
    full = aws.sns.exceptions.FilterPolicyLimitExceededException(
        {"Error": {"Code": "FilterPolicyLimitExceeded", "Message": "operations@shop.test"}}, request_
    )
    with patch.object(aws.sns, request_, side_effect=full):
        assert alarm(registry, "add", "--shop", "demo", "--email", "operations@shop.test") == 1
    shown = capsys.readouterr().err
    assert "SNS takes no more filters for this topic (200, unless AWS raised the quota): remove an" in shown
    assert shown.count("\n") == 1
    assert "@" not in shown


def test_a_stack_without_the_topic_says_so(registry: Services, capsys: pytest.CaptureFixture[str]) -> None:
    assert alarm(registry.with_settings(SHOP_ALARMS_TOPIC_ARN=""), "list") == 1
    assert "stack test: has no output ShopAlarmsTopicArn" in capsys.readouterr().err


def test_an_operators_token_is_shown_once_and_only_its_digest_is_kept(
    registry: Services, aws: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["operator", "add", "--stack", "test", "ops"], registry) == 0
    token = capsys.readouterr().out.splitlines()[-1]
    assert main(["operator", "add", "--stack", "test", "--shop", "demo", "till"], registry) == 0
    assert main(["operator", "list", "--stack", "test"], registry) == 0
    assert capsys.readouterr().out.splitlines()[-2:] == ["ops: *", "till: demo"]
    key = item_of({"pk": OPERATORS_PK, "sk": token_digest(token)})
    stored = aws.dynamodb.get_item(TableName=aws.table, Key=key)["Item"]
    assert values_of(stored) == {"pk": OPERATORS_PK, "sk": token_digest(token), "name": "ops", "shops": ["*"]}
    assert token not in json.dumps(aws.dynamodb.scan(TableName=aws.table)["Items"])
    assert len(token) >= 43


def test_an_operators_name_is_taken_once_and_can_be_removed(
    registry: Services, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["operator", "add", "--stack", "test", "ops"], registry) == 0
    assert main(["operator", "add", "--stack", "test", "ops"], registry) == 1
    assert "operator ops: exists already" in capsys.readouterr().err
    assert main(["operator", "remove", "--stack", "test", "ops"], registry) == 0
    assert main(["operator", "remove", "--stack", "test", "ops"], registry) == 1
    assert registry.operators.all() == ()


def test_a_restored_table_is_prepared_before_it_is_taken_into_the_stack(
    registry: Services, aws: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    restored = f"{aws.table}-restored"
    make_table(aws.dynamodb, restored)
    DynamoShops(aws.dynamodb, restored).put(ShopSettings(shop="demo"), NOON, {})
    ledger = DynamoLedger(aws.dynamodb, restored)
    ledger.save(replace(ORDER, marketplace=replace(ORDER.marketplace, observed_certain=True)))
    assert main(["restored", "--stack", "test", "--table", restored], registry) == 0
    assert capsys.readouterr().out == (
        f"table {restored}: 1 orders are read at MALL before anything is sent for them\n"
        f"now deploy with ExistingTable={restored}\n"
    )
    order = ledger.load("demo", ORDER.mall_order_id)
    assert order is not None
    assert (order.marketplace.observed_certain, order.work.recheck_at) == (False, registry.clock.now())


def test_the_table_that_is_being_worked_on_is_not_put_in_doubt(
    registry: Services, aws: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["restored", "--stack", "test", "--table", aws.table], registry) == 1
    assert "is the one that the stack works on" in capsys.readouterr().err
