"""Registers shops and operators: a program for integrators, ``python -m orderbridge.registry --help``.

It prints no secret, with one exception: a new operator's token, once, because only its digest is kept.
"""

from __future__ import annotations

import argparse
import json
import secrets
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from orderbridge.adapters.aws.operators import EVERY_SHOP, Operator, SsmOperators, token_digest
from orderbridge.adapters.aws.secrets import SsmSecrets
from orderbridge.adapters.aws.shops import DynamoShops
from orderbridge.adapters.system import SystemClock
from orderbridge.ports import SecretsProblemError, ShopSecrets
from orderbridge.settings import problem_line, shop_settings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from orderbridge.ports import Clock, ShopRecord
    from orderbridge.settings import ShopSettings

_ADDRESS = r"^https?://[^\s/]+\S*$"


class _Shops(Protocol):
    def put(self, settings: ShopSettings, now: datetime) -> None: ...


class _Secrets(Protocol):
    def put(self, shop: str, secrets: ShopSecrets) -> None: ...


class _SecretValues(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    export_url: str = Field(pattern=_ADDRESS, repr=False)
    client_id: str = Field(min_length=1, repr=False)
    import_url: str = Field(default="", pattern=rf"^$|{_ADDRESS}", repr=False)


@dataclass(frozen=True, slots=True)
class Registry:
    """What the program works on: the table and the parameters of one deployment."""

    shops: DynamoShops
    secrets: SsmSecrets
    operators: SsmOperators
    clock: Clock


def register_shop(
    settings: Mapping[str, Any],
    secret_values: Mapping[str, Any],
    *,
    shops: _Shops,
    secrets: _Secrets,
    now: datetime,
) -> ShopSettings:
    """Registers a shop, or gives a registered one new settings and secrets. Repeating it is harmless.

    Raises ValueError with one line that names each wrong key, and no value of a secret; nothing is written
    then. The secrets are written first: a shop that is on the registry always has some.
    """
    checked = shop_settings(dict(settings))
    try:
        values = _SecretValues.model_validate(dict(secret_values))
    except ValidationError as error:
        raise ValueError(problem_line(error, f"secrets of shop {checked.shop}")) from None
    secrets.put(checked.shop, ShopSecrets(values.export_url, values.client_id, values.import_url))
    shops.put(checked, now)
    return checked


def read_shop_file(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Settings and secrets in a TOML or JSON file: the settings at its top, the secrets under ``secrets``.

    Raises ValueError with one line; the text of the file is never in it.
    """
    try:
        content = path.read_bytes().decode()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: cannot be read ({type(error).__name__})") from None
    values: object
    try:
        values = json.loads(content) if path.suffix == ".json" else tomllib.loads(content)
    except ValueError:
        kind = "JSON" if path.suffix == ".json" else "TOML"
        raise ValueError(
            f"{path}: not valid {kind}: correct it, or name it .toml or .json as it is"
        ) from None
    match values:
        case {"secrets": dict(secret_values), **settings}:
            return {str(key): value for key, value in settings.items()}, secret_values
        case _:
            raise ValueError(
                f"{path}: a part named secrets is missing: add export_url and client_id under it"
            )


def add_operator(operators: SsmOperators, name: str, shops: Sequence[str]) -> str:
    """Adds an operator and returns the token, which is kept nowhere. Raises ValueError if the name is taken."""
    present = operators.all()
    if any(operator.name == name for operator in present):
        raise ValueError(f"operator {name}: exists already: remove it first, or use another name")
    token = secrets.token_urlsafe(32)
    try:
        added = Operator(name=name, token_sha256=token_digest(token), shops=tuple(shops) or (EVERY_SHOP,))
    except ValidationError as error:
        raise ValueError(problem_line(error, "operator")) from None
    operators.put_all((*present, added))
    return token


def remove_operator(operators: SsmOperators, name: str) -> None:
    """The token stops working as soon as no cached authorization is left. Raises ValueError if unknown."""
    present = operators.all()
    left = tuple(operator for operator in present if operator.name != name)
    if len(left) == len(present):
        raise ValueError(f"operator {name}: does not exist: see the list of operators")
    operators.put_all(left)


def main(arguments: Sequence[str] | None = None, registry: Registry | None = None) -> int:
    """Runs the program. 0: done; 1: not done, with one line on stderr that says why."""
    asked = _parser().parse_args(arguments)
    try:
        lines = _run(asked, registry or _registry_of_stack(asked.stack))
    except (ValueError, SecretsProblemError) as error:
        return _fail(str(error))
    except ClientError as error:
        # only the code: a message of AWS can repeat what was sent
        return _fail(
            f"{error.operation_name}: {error.response['Error']['Code']}: check the account and its rights"
        )
    except BotoCoreError as error:
        return _fail(f"AWS cannot be used ({type(error).__name__}): check credentials, region and network")
    for line in lines:
        sys.stdout.write(f"{line}\n")
    return 0


def _fail(line: str) -> int:
    sys.stderr.write(f"orderbridge.registry: {line}\n")
    return 1


def _run(asked: argparse.Namespace, registry: Registry) -> list[str]:
    match asked.command:
        case "put":
            settings, secret_values = read_shop_file(asked.file)
            checked = register_shop(
                settings,
                secret_values,
                shops=registry.shops,
                secrets=registry.secrets,
                now=registry.clock.now(),
            )
            return [f"shop {checked.shop} is registered"]
        case "list":
            return [_shop_line(record) for record in registry.shops.all()] or ["no shops"]
        case "remove":
            # the record first: from now on nobody asks for the secrets
            registry.shops.remove(asked.shop)
            registry.secrets.remove(asked.shop)
            return [f"shop {asked.shop} is removed; its orders stay in the table"]
        case _:
            return _run_operator(asked, registry.operators)


def _run_operator(asked: argparse.Namespace, operators: SsmOperators) -> list[str]:
    match asked.operator_command:
        case "add":
            token = add_operator(operators, asked.name, asked.shop)
            return [f"operator {asked.name} is added; the token is shown only now:", token]
        case "remove":
            remove_operator(operators, asked.name)
            return [f"operator {asked.name} is removed"]
        case _:
            return [f"{one.name}: {', '.join(one.shops)}" for one in operators.all()] or ["no operators"]


def _shop_line(record: ShopRecord) -> str:
    state = "on" if record.settings.enabled else "off"
    if record.stop is not None:
        state = f"stopped since {record.stop.since:%Y-%m-%d %H:%M} UTC: {record.stop.reason}"
    if record.settings_problem:
        state = record.settings_problem
    fetched = f"{record.last_success_at:%Y-%m-%d %H:%M} UTC" if record.last_success_at else "never"
    return f"{record.shop}: {state}; last good fetch: {fetched}"


def _registry_of_stack(stack: str) -> Registry:
    """The deployment named `stack`: its outputs name the table and where the secrets are."""
    import boto3  # noqa: PLC0415 - only the program makes clients; imported elsewhere, the module makes none

    described = boto3.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    outputs = {
        output.get("OutputKey"): output.get("OutputValue", "") for output in described[0].get("Outputs", [])
    }
    table, prefix = outputs.get("TableName"), outputs.get("SecretsPrefix")
    if not table or not prefix:
        raise ValueError(f"stack {stack}: has no outputs TableName and SecretsPrefix: is it the right stack?")
    ssm = boto3.client("ssm")
    clock = SystemClock()
    return Registry(
        DynamoShops(boto3.client("dynamodb"), table),
        SsmSecrets(ssm, prefix, clock),
        SsmOperators(ssm, prefix),
        clock,
    )


def _parser() -> argparse.ArgumentParser:
    stack = argparse.ArgumentParser(add_help=False)
    stack.add_argument("--stack", required=True, metavar="NAME", help="the deployment's stack")
    parser = argparse.ArgumentParser(
        prog="orderbridge.registry", description="Registers shops and operators."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    put = commands.add_parser("put", parents=[stack], help="register a shop, or change it")
    put.add_argument(
        "--file", required=True, type=Path, help="settings, and secrets under `secrets`: .toml or .json"
    )
    commands.add_parser("list", parents=[stack], help="the shops and how they are doing")
    remove = commands.add_parser(
        "remove", parents=[stack], help="take a shop off the registry, with its secrets"
    )
    remove.add_argument("shop")
    operator = commands.add_parser("operator", help="who may use the HTTP API")
    operator_commands = operator.add_subparsers(dest="operator_command", required=True)
    add = operator_commands.add_parser("add", parents=[stack], help="make a token; it is shown once")
    add.add_argument("name")
    add.add_argument(
        "--shop", action="append", default=[], help="may see this shop; repeat it; default: every shop"
    )
    operator_commands.add_parser("list", parents=[stack], help="the operators' names")
    take_away = operator_commands.add_parser("remove", parents=[stack], help="make a token worthless")
    take_away.add_argument("name")
    return parser


if __name__ == "__main__":
    sys.exit(main())
