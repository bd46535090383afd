"""Secrets that the program for shops makes: addresses of webhooks, tokens of operators."""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING

from orderbridge.registry.__main__ import main

from orderbridge.adapters.aws.operators import token_digest
from orderbridge.adapters.aws.table import OPERATORS_PK, item_of, values_of

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from orderbridge.bootstrap import Services
    from tests.contract.conftest import Aws
from tests.contract.registering import TOML, put


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
