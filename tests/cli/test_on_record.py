"""Every action of a person at the command line is on record, with who, when, what and why (R13.3)."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING

import pytest

from orderbridge.domain.lists import Period
from orderbridge.domain.persons import EVERY_SHOP
from tests.cli.registering import add

if TYPE_CHECKING:
    from pathlib import Path

    from orderbridge.bootstrap import Services
    from tests.cli.registering import Cli

ADDRESS = "clerk@shop.test"
ACTIONS = {
    "operator add": (("operator", "add", "jana"), EVERY_SHOP, "person.operator_added"),
    "operator remove": (("operator", "remove", "ota", "--yes"), EVERY_SHOP, "person.operator_removed"),
    "webhook add": (("webhook", "add", "demo"), "demo", "person.webhook_added"),
    "webhook remove": (("webhook", "remove", "demo", "--yes"), "demo", "person.webhook_removed"),
    "alarm add": (("alarm", "add", "demo", ADDRESS), "demo", "person.alarm_reader_added"),
    "alarm remove": (
        ("alarm", "remove", "demo", "old@shop.test", "--yes"),
        "demo",
        "person.alarm_reader_removed",
    ),
    "shop rotate-key": (("shop", "rotate-key", "demo", "--secrets", "SECRETS"), "demo", "person.key_rotated"),
    "shop remove": (("shop", "remove", "demo", "--yes"), "demo", "person.shop_removed"),
    "sync": (("sync",), "demo", "person.sync"),
    "reconcile": (("reconcile",), "demo", "person.reconcile"),
}


def recorded(services: Services, shop: str) -> list[tuple[str, str, str]]:
    found = services.actions.latest(shop, Period(), 50).actions
    return [(str(one.what.code), one.by, one.why) for one in found]


@pytest.mark.parametrize("name", ACTIONS)
def test_an_action_is_on_record(cli: Cli, services: Services, tmp_path: Path, name: str) -> None:
    arguments, shop, code = ACTIONS[name]
    add(cli, tmp_path / "shop.toml")
    cli("operator", "add", "ota")
    cli("alarm", "add", "demo", "old@shop.test")
    secrets = tmp_path / "secrets.toml"
    secrets.write_text('client_id = "hush"', encoding="utf-8")
    ended = cli(
        *(str(secrets) if one == "SECRETS" else one for one in arguments), "--why", "asked by the shop"
    )
    assert ended.code == 0, ended.err
    assert (code, getpass.getuser(), "asked by the shop") in recorded(services, shop)
    actions = services.actions.latest(shop, Period(), 50).actions
    assert "hush" not in str(actions)
    assert "@" not in str(actions)


def test_a_shop_is_added_and_changed_on_record(cli: Cli, services: Services, tmp_path: Path) -> None:
    for _ in range(2):
        add(cli, tmp_path / "shop.toml")
    assert sorted(code for code, _, _ in recorded(services, "demo")) == [
        "person.shop_added",
        "person.shop_changed",
    ]


@pytest.mark.parametrize(
    "arguments",
    [
        ("shop", "remove", "demi", "--yes"),
        ("webhook", "add", "demi"),
        ("operator", "remove", "demi", "--yes"),
    ],
)
def test_what_is_refused_leaves_no_record(cli: Cli, services: Services, arguments: tuple[str, ...]) -> None:
    assert cli(*arguments).code == 2
    assert recorded(services, "demi") == recorded(services, EVERY_SHOP) == []


def test_too_many_words_are_wrong_use(cli: Cli, services: Services) -> None:
    assert cli("operator", "add", "jana", "--why", "w" * 2001).code == 2
    assert services.operators.all() == ()
