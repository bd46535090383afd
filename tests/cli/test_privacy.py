"""No secret and nothing of a customer is in what the command line prints, on whatever way (G7)."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest
import requests

from orderbridge.adapters.aws.ledger import DynamoLedger
from sandbox import PERSONAL_MARKERS, start_sandbox
from tests.cli.clinic import Clinic, Guard
from tests.cli.help_pages import commands
from tests.contract.conftest import aws, moto_clients  # noqa: F401 - fixtures
from tests.contract.samples import ORDER
from tests.fakes import NOON

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from orderbridge.bootstrap import Services
    from sandbox import Sandbox
    from tests.cli.registering import Cli
    from tests.contract.conftest import Aws, Clients

NUMBER = str(ORDER.mall_order_id)
READING: dict[str, tuple[tuple[str, ...], ...]] = {
    "doctor": (("demo",), ("--file", "SHOP_FILE", "--secrets", "SECRETS")),
    "orders": ((), ("--hold", "any"), ("--hold", "hush")),
    "today": ((), ("demo",)),
    "explain": ((NUMBER,), ("77",)),
    "returns": ((),),
    "escalations": ((),),
    "figures": ((),),
    "budget": ((),),
    "export": (("demo", "--from", "2026-11-01", "--to", "2026-11-30"),),
    "shop list": ((),),
    "shop show": (("demo",), ("other",)),
    "profile list": ((),),
    "profile show": (("orders",), ("other",)),
    "profile check": (("PROFILE",), ("PROFILE", "--sample", "EXPORT")),
    "profile suggest": (("EXPORT",), ("SECRETS",)),
    "operator list": ((),),
    "webhook list": ((),),
    "alarm list": ((),),
}
"""The commands that read, with their arguments."""
CHANGING = {
    *(
        "sync",
        "reconcile",
        "retry",
        "undo",
        "resolve-return",
        "request-returned",
        "close-escalation",
        "return-number",
    ),
    *("restored", "shop init", "shop add", "shop rotate-key", "shop remove", "shop pause", "shop resume"),
    *(
        "operator add",
        "operator sign-in",
        "operator remove",
        "webhook add",
        "webhook remove",
        "alarm add",
        "alarm remove",
    ),
}
"""The commands that change something. Those that know secrets have tests of their own."""
ELSEWHERE = {"preview"}
"""Commands whose own tests look for marks."""


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with start_sandbox(clock=lambda: NOON) as running:
        yield running


@pytest.fixture
def clinic(sandbox: Sandbox, moto_clients: Clients, aws: Aws) -> Clinic:  # noqa: ARG001, F811 - it must run first
    found = Clinic(sandbox, aws, Guard())
    found.imports = True
    settings: Any = {"import": "create"}
    found.healthy(**settings)
    DynamoLedger(aws.dynamodb, aws.table).save(ORDER)
    return found


@pytest.fixture
def services(clinic: Clinic) -> Services:
    """They refuse every write, so this shows beside that none of these commands writes."""
    return clinic.services


@pytest.fixture
def files(clinic: Clinic, tmp_path: Path) -> dict[str, str]:
    """Placeholder of an argument → a file whose content is secret or personal."""
    with requests.Session() as http:
        http.trust_env = False
        export = http.get(clinic.secrets["export_url"], timeout=10).text
    assert [marker for marker in PERSONAL_MARKERS if marker not in export] == []
    contents = {
        "EXPORT": export,
        "PROFILE": clinic.profile("orders"),
        "SHOP_FILE": 'shop = "demo"\n',
        "SECRETS": "".join(f'{name} = "{value}"\n' for name, value in clinic.secrets.items()),
    }
    found = {name: tmp_path / f"{name.lower()}.toml" for name in contents}
    for name, path in found.items():
        path.write_text(contents[name], encoding="utf-8")
    return {name: str(path) for name, path in found.items()}


def test_every_command_is_looked_at() -> None:
    there = {" ".join(path) for path, command in commands() if not hasattr(command, "commands")}
    assert there - set(READING) - CHANGING - ELSEWHERE == set()


@pytest.mark.parametrize("name", READING)
def test_what_is_printed_has_no_mark(cli: Cli, clinic: Clinic, files: dict[str, str], name: str) -> None:
    digest = clinic.setup.webhooks.digest_of("demo")
    marks = [*PERSONAL_MARKERS, *clinic.secrets.values(), *([digest] if digest else [])]
    marks.remove(clinic.secrets["marketplace_api_url"])  # it says where, and is no secret
    for arguments, more in itertools.product(READING[name], ((), ("--json",), ("--lang", "cs"))):
        if name == "export" and more == ("--json",):
            continue
        ended = cli(*name.split(), *(files.get(one, one) for one in arguments), *more)
        printed = ended.out + ended.err
        assert printed
        assert "unexpected" not in printed.casefold(), printed
        assert [mark for mark in marks if mark in printed] == []
