"""`shop init`: its file has every setting with default and meaning, and `shop add` takes it."""

from __future__ import annotations

import re
import tomllib
from dataclasses import fields, replace
from typing import TYPE_CHECKING

import pytest

from orderbridge.adapters.fastcentrik.profile.load import SHIPPED
from orderbridge.domain.rules import Rules
from orderbridge.settings import ShopSettings, shop_settings
from orderbridge_cli.shop_file import Answers, meanings, write

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.registering import Cli

ANSWERS = Answers("demo", "sk", "csv", "", "create", "2026-11-01")
INIT = ("--shop", "demo", "--shop-lang", "sk", "--export-profile", "csv", "--import", "create")
SETTING = re.compile(r"(?m)^(?:# )?([a-z_]+) = ")


def settings_of_the_models() -> set[str]:
    own = {name for name in ShopSettings.model_fields if name != "rules"}
    rules = {f"rules.{one.name}" for one in fields(Rules) if one.name != "import_mode"}
    return own | rules | {"import"}


def test_every_setting_has_a_meaning_and_every_meaning_a_setting() -> None:
    assert set(meanings()) == settings_of_the_models()


def test_the_file_has_every_setting_once_with_its_meaning(tmp_path: Path) -> None:
    write(tmp_path / "shop.toml", ANSWERS)
    text = (tmp_path / "shop.toml").read_text("utf-8")
    before_secrets = text.partition("[secrets]")[0]
    names = {name.removeprefix("rules.") for name in settings_of_the_models()} - {"carriers"}
    assert sorted(SETTING.findall(before_secrets)) == sorted(names)
    assert [meaning for meaning in meanings().values() if f"# {meaning}" not in text] == []


def test_the_defaults_of_the_file_are_the_products(tmp_path: Path) -> None:
    """With every # before a setting taken away, the file means the same, but for the two that have no default."""
    write(tmp_path / "shop.toml", ANSWERS)
    text = (tmp_path / "shop.toml").read_text("utf-8").partition("# Carriers")[0]
    stated = shop_settings(tomllib.loads(text))
    all_stated = shop_settings(tomllib.loads(re.sub(r"(?m)^# ([a-z_]+ = )", r"\1", text)))
    rules = replace(all_stated.rules, import_opened_from=stated.rules.import_opened_from)
    update = {"export_interval_seconds": stated.export_interval_seconds, "rules": rules}
    assert all_stated.model_copy(update=update) == stated


@pytest.mark.parametrize("odd", ["", "'''", "''' \x7f"])
def test_a_profile_of_the_shops_own_comes_whole(tmp_path: Path, odd: str) -> None:
    profile = (SHIPPED / "orders.toml").read_text("utf-8") + (f"# {odd}\n" if odd else "")
    write(tmp_path / "shop.toml", Answers("demo", "cs", "orders", profile, "link", "2026-11-01"))
    stored = tomllib.loads((tmp_path / "shop.toml").read_text("utf-8"))
    assert stored["profile_text"].strip() == profile.strip()


def test_the_file_is_for_its_owners_eyes_and_is_not_written_over(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "shop.toml"
    ended = cli("shop", "init", "--out", str(path), *INIT, "--ignore-before", "2026-11-01", "--json")
    assert (ended.code, ended.json) == (
        0,
        {"file": str(path), "shop": "demo", "next": f"orderbridge shop add {path}"},
    )
    assert path.stat().st_mode & 0o777 == 0o600
    first = path.read_bytes()
    again = cli("shop", "init", "--out", str(path), *INIT, "--ignore-before", "2026-11-02")
    assert (again.code, path.read_bytes()) == (2, first)
    assert [one.name for one in tmp_path.iterdir()] == ["shop.toml"]


@pytest.mark.parametrize(
    ("option", "value"),
    [("--shop", "My Shop"), ("--import", "make"), ("--ignore-before", "soon"), ("--shop-lang", "de")],
)
def test_a_wrong_answer_writes_nothing(cli: Cli, tmp_path: Path, option: str, value: str) -> None:
    path = tmp_path / "shop.toml"
    ended = cli("shop", "init", "--out", str(path), *INIT, "--ignore-before", "2026-11-01", option, value)
    assert (ended.code, ended.err.count("\n")) == (2, 1)
    assert not list(tmp_path.iterdir())


def test_a_folder_that_does_not_exist_is_one_line(cli: Cli, tmp_path: Path) -> None:
    out = str(tmp_path / "none" / "shop.toml")
    ended = cli("shop", "init", "--out", out, *INIT, "--ignore-before", "2026-11-01")
    assert (ended.code, ended.err.count("\n")) == (2, 1)
    assert "shop.toml cannot be written: No such file or directory." in ended.err


def test_a_connected_shop_has_the_settings_of_its_file(cli: Cli, tmp_path: Path) -> None:
    path, secrets = tmp_path / "shop.toml", tmp_path / "secrets.json"
    assert cli("shop", "init", "--out", str(path), *INIT, "--ignore-before", "2026-11-01").code == 0
    secrets.write_text(
        '{"export_url": "https://a.test/hush", "import_url": "https://a.test/hush", "client_id": "hush"}'
    )
    assert cli("shop", "add", str(path), "--secrets", str(secrets)).code == 0
    shown = cli("shop", "show", "demo", "--json").json["settings"]
    assert (shown["language"], shown["profile"], shown["rules"]["import_mode"]) == ("sk", "csv", "create")
