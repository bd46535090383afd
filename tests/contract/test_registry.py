"""The program that registers shops and operators, on the stand-in."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from orderbridge.adapters.aws.ledger import DynamoLedger
from orderbridge.adapters.aws.secrets import SsmSecrets
from orderbridge.adapters.aws.shops import DynamoShops
from orderbridge.adapters.fastcentrik.profile.load import SHIPPED, shipped_names
from orderbridge.bootstrap import Services
from orderbridge.domain.shops import ShopSecrets
from orderbridge.registry.__main__ import main
from orderbridge.settings import ShopSettings
from tests.contract.conftest import make_table
from tests.contract.samples import ORDER
from tests.fakes import NOON, ManualClock
from tests.orders import changed

if TYPE_CHECKING:
    from pathlib import Path

    from orderbridge.bootstrap import Services
    from tests.contract.conftest import Aws
from tests.contract.registering import NOBODY, TOML, alarm, put

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


def test_a_restored_table_is_prepared_before_it_is_taken_into_the_stack(
    registry: Services, aws: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    restored = f"{aws.table}-restored"
    make_table(aws.dynamodb, restored)
    DynamoShops(aws.dynamodb, restored).put(ShopSettings(shop="demo"), NOON, {})
    ledger = DynamoLedger(aws.dynamodb, restored)
    ledger.save(changed(ORDER, observed_certain=True))
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
