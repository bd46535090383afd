"""Secrets that the command line makes: addresses of webhooks, tokens of operators."""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING

from orderbridge.adapters.aws.operators import token_digest
from orderbridge.adapters.aws.table import OPERATORS_PK, item_of, values_of
from orderbridge.domain.lists import Period

if TYPE_CHECKING:
    from pathlib import Path

    from orderbridge.bootstrap import Services
    from tests.cli.registering import Cli
    from tests.contract.conftest import Aws
from tests.cli.registering import add


def test_a_webhooks_address_is_shown_once_and_only_its_digest_is_kept(
    cli: Cli, services: Services, tmp_path: Path, aws: Aws
) -> None:
    add(cli, tmp_path / "shop.toml")
    ended = cli("webhook", "add", "demo")
    assert ended.code == 0
    address = ended.out.splitlines()[-1]
    before, secret = address.rsplit("/", 1)
    assert before == "https://api.test/live/webhook/demo"
    assert re.fullmatch(r"[A-Za-z0-9_-]{43,}", secret)
    stored = aws.ssm.get_parameter(Name=f"{aws.prefix}/webhooks/demo", WithDecryption=True)["Parameter"]
    assert stored["Value"] == hashlib.sha256(secret.encode()).hexdigest()
    assert services.webhooks.digest_of("demo") == stored["Value"]
    assert cli("webhook", "list", "--json").json == {"webhooks": [{"shop": "demo", "webhook": True}]}
    assert secret not in cli("webhook", "list").out


def test_a_new_webhook_replaces_the_old_one_and_a_removed_one_is_gone(
    cli: Cli, services: Services, tmp_path: Path
) -> None:
    add(cli, tmp_path / "shop.toml")
    first, first_digest = (
        cli("webhook", "add", "demo", "--json").json["webhook"],
        services.webhooks.digest_of("demo"),
    )
    assert cli("webhook", "add", "demo", "--json").json["webhook"] != first
    assert services.webhooks.digest_of("demo") not in {first_digest, None}
    assert cli("webhook", "remove", "demo", "--yes").code == 0
    assert cli("webhook", "remove", "demo", "--yes").code == 0
    assert services.webhooks.digest_of("demo") is None


def test_without_the_apis_address_the_path_is_all_that_is_shown(
    cli: Cli, services: Services, tmp_path: Path
) -> None:
    add(cli, tmp_path / "shop.toml")
    ended = cli("webhook", "add", "demo", stack=services.with_settings(API_URL=""))
    assert ended.code == 0
    assert ended.out.splitlines()[-1].startswith("/webhook/demo/")
    assert "https:" not in ended.out


def test_an_unknown_shop_gets_no_webhook(cli: Cli, services: Services) -> None:
    ended = cli("webhook", "add", "demi")
    assert (ended.code, ended.err) == (2, "orderbridge: There is no shop demi: see orderbridge shop list.\n")
    assert services.webhooks.digest_of("demi") is None


def test_an_operators_token_is_shown_once_and_only_its_digest_is_kept(cli: Cli, aws: Aws) -> None:
    ended = cli("operator", "add", "ops")
    assert ended.code == 0
    token = ended.out.splitlines()[-1]
    assert cli("operator", "add", "--shop", "demo", "till").code == 0
    found = {one["operator"]: one["shops"] for one in cli("operator", "list", "--json").json["operators"]}
    assert found == {"ops": ["*"], "till": ["demo"]}
    key = item_of({"pk": OPERATORS_PK, "sk": token_digest(token)})
    stored = aws.dynamodb.get_item(TableName=aws.table, Key=key)["Item"]
    expected = {
        "pk": OPERATORS_PK,
        "sk": token_digest(token),
        "name": "ops",
        "role": "operator",
        "shops": ["*"],
    }
    assert values_of(stored) | expected == values_of(stored)
    assert token not in json.dumps(aws.dynamodb.scan(TableName=aws.table)["Items"])
    assert len(token) >= 43
    assert token not in cli("operator", "list").out


def test_an_operators_name_is_taken_once_and_can_be_removed(cli: Cli, services: Services) -> None:
    assert cli("operator", "add", "jana.novak@shop.test").code == 0
    taken = cli("operator", "add", "jana.novak@shop.test")
    assert (taken.code, taken.err) == (
        2,
        "orderbridge: There is an operator of that name: remove it first, or use another name.\n",
    )
    assert cli("operator", "remove", "jana.novak@shop.test", "--yes").code == 0
    gone = cli("operator", "remove", "jana.novak@shop.test", "--yes")
    assert (gone.code, "novak" in gone.err) == (2, False)
    assert services.operators.all() == ()


def test_an_operators_name_that_is_too_long_is_not_stored(cli: Cli, services: Services) -> None:
    ended = cli("operator", "add", "n" * 61)
    assert (ended.code, ended.err) == (2, "orderbridge: An operator's name has 1 to 60 characters.\n")
    assert services.operators.all() == ()


def test_a_viewers_token_says_so(cli: Cli, services: Services) -> None:
    assert cli("operator", "add", "tablet", "--role", "viewer").code == 0
    assert [one.role.value for one in services.operators.all()] == ["viewer"]
    assert cli("operator", "list", "--json").json["operators"][0]["role"] == "viewer"
    refused = cli("operator", "add", "other", "--role", "boss")
    assert (refused.code, refused.err) == (2, "orderbridge: The role is viewer or operator.\n")


def test_an_operator_signs_in_once_by_a_link_and_only_the_codes_digest_is_kept(
    cli: Cli, services: Services, aws: Aws
) -> None:
    token = cli("operator", "add", "jana", "--json").json["token"]
    made = cli("operator", "sign-in", "jana", "--why", "a new phone", "--json").json
    assert made["link"] == f"https://api.test/live/console/sign-in#code={made['code']}"
    assert re.fullmatch(r"(?:[A-Z2-9]{4}-){3}[A-Z2-9]{4}", made["code"])
    plain = made["code"].replace("-", "")
    assert plain not in json.dumps(aws.dynamodb.scan(TableName=aws.table)["Items"])
    digest, now = hashlib.sha256(plain.encode()).hexdigest(), services.clock.now()
    assert services.console_store.take_code(digest, now) == token_digest(token)
    assert services.console_store.take_code(digest, now) is None
    page = services.actions.latest("*", Period(None, None), 9)
    assert ("person.sign_in_made", "a new phone") in [(one.what.code, one.why) for one in page.actions]
    assert cli("operator", "sign-in", "nobody").code == 2
