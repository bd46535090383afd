"""The program that registers shops and operators, on the stand-in."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from orderbridge.adapters.aws.operators import SsmOperators, token_digest
from orderbridge.adapters.aws.secrets import SsmSecrets
from orderbridge.adapters.aws.shops import DynamoShops
from orderbridge.ports import ShopSecrets
from orderbridge.registry import Registry, main
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


@pytest.fixture
def registry(aws: Aws) -> Registry:
    clock = ManualClock()
    return Registry(
        DynamoShops(aws.dynamodb, aws.table),
        SsmSecrets(aws.ssm, aws.prefix, clock),
        SsmOperators(aws.ssm, aws.prefix),
        clock,
    )


def put(registry: Registry, path: Path, text: str) -> int:
    path.write_text(text, encoding="utf-8")
    return main(["put", "--stack", "test", "--file", str(path)], registry)


def test_a_shop_is_registered_from_toml(
    registry: Registry, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert put(registry, tmp_path / "shop.toml", TOML) == 0
    record = registry.shops.get("demo")
    assert record is not None
    assert (record.settings.profile, record.settings.rules.undo_window_seconds) == ("czech", 60)
    assert record.registered_at == NOON
    assert registry.secrets.of("demo") == ShopSecrets("https://shop.test/export?key=hush", "client-hush")
    assert main(["list", "--stack", "test"], registry) == 0
    shown = capsys.readouterr()
    assert shown.out == "shop demo is registered\ndemo: on; last good fetch: never\n"
    assert "hush" not in shown.out + shown.err


def test_a_shop_is_registered_from_json_and_changed(registry: Registry, tmp_path: Path) -> None:
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


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("shop = ", "not valid TOML"),
        ('shop = "demo"', "a part named secrets is missing"),
        (TOML.replace('"demo"', '"My Shop"'), "settings of shop My Shop: shop: String should match"),
        (TOML.replace("profile", "profil"), "profil: Extra inputs are not permitted"),
        (TOML.replace("export_url", "exporturl"), "secrets of shop demo: export_url: Field required"),
        (TOML.replace("https://shop.test/export?key=", ""), "export_url: String should match pattern"),
        (TOML.replace("= 60", "= -1"), "undo_window_seconds is -1"),
    ],
)
def test_a_wrong_file_changes_nothing_and_is_one_line(
    registry: Registry, tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, problem: str
) -> None:
    assert put(registry, tmp_path / "shop.toml", text) == 1
    shown = capsys.readouterr()
    assert problem in shown.err
    assert shown.err.count("\n") == 1
    assert "hush" not in shown.err + shown.out
    assert registry.shops.all() == []


def test_a_missing_file_is_one_line(registry: Registry, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["put", "--stack", "test", "--file", "/no/such.toml"], registry) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_a_removed_shop_has_no_secrets_left(registry: Registry, tmp_path: Path, aws: Aws) -> None:
    put(registry, tmp_path / "shop.toml", TOML)
    assert main(["remove", "--stack", "test", "demo"], registry) == 0
    assert registry.shops.get("demo") is None
    with pytest.raises(aws.ssm.exceptions.ParameterNotFound):
        aws.ssm.get_parameter(Name=f"{aws.prefix}/shops/demo")


def test_an_operators_token_is_shown_once_and_only_its_digest_is_kept(
    registry: Registry, aws: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["operator", "add", "--stack", "test", "ops"], registry) == 0
    token = capsys.readouterr().out.splitlines()[-1]
    assert main(["operator", "add", "--stack", "test", "--shop", "demo", "till"], registry) == 0
    assert main(["operator", "list", "--stack", "test"], registry) == 0
    assert capsys.readouterr().out.splitlines()[-2:] == ["ops: *", "till: demo"]
    stored = aws.ssm.get_parameter(Name=f"{aws.prefix}/operators", WithDecryption=True)["Parameter"]
    assert stored["Type"] == "SecureString"
    assert token not in stored["Value"]
    assert json.loads(stored["Value"])["operators"][0] == {
        "name": "ops",
        "token_sha256": token_digest(token),
        "shops": ["*"],
    }
    assert len(token) >= 43


def test_an_operators_name_is_taken_once_and_can_be_removed(
    registry: Registry, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["operator", "add", "--stack", "test", "ops"], registry) == 0
    assert main(["operator", "add", "--stack", "test", "ops"], registry) == 1
    assert "operator ops: exists already" in capsys.readouterr().err
    assert main(["operator", "remove", "--stack", "test", "ops"], registry) == 0
    assert main(["operator", "remove", "--stack", "test", "ops"], registry) == 1
    assert registry.operators.all() == ()
