"""docs/cli.md has the commands that there are, with the options that they take and the keys that they print."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast

import pytest

from tests.cli.help_pages import commands
from tests.cli.process import ROOT
from tests.cli.registering import add
from tests.cli.test_explain import a_long_story

if TYPE_CHECKING:
    from pathlib import Path

    from orderbridge.bootstrap import Services
    from tests.cli.registering import Cli

COMMON = {"--stack", "--region", "--profile", "--lang", "--json", "--help"}
PAGE = (ROOT / "docs" / "cli.md").read_text("utf-8")
SECTIONS = dict(re.findall(r"(?ms)^### `orderbridge ([a-z -]+)`\n(.*?)(?=^##|\Z)", PAGE))
APPLICATION = {" ".join(path): command for path, command in commands() if not hasattr(command, "commands")}


def prose(name: str) -> str:
    """The section without its examples."""
    return re.sub(r"(?s)```.*?```", "", SECTIONS[name])


def test_the_page_has_the_commands_that_there_are() -> None:
    assert sorted(SECTIONS) == sorted(APPLICATION)


@pytest.mark.parametrize("name", APPLICATION)
def test_a_command_has_its_options_and_arguments_and_no_others(name: str) -> None:
    parameters = APPLICATION[name].params
    options = {one.opts[0] for one in parameters if one.opts[0].startswith("-")} - COMMON
    arguments = {str(one.metavar).strip("[]") for one in parameters if not one.opts[0].startswith("-")}
    text = prose(name)
    assert set(re.findall(r"`(--[a-z-]+)[^`]*`", text)) - COMMON == options
    assert arguments <= set(re.findall(r"`([A-Z]+)`", text))


@pytest.mark.parametrize("name", APPLICATION)
def test_a_command_has_an_example_and_says_what_json_has(name: str) -> None:
    assert re.search(rf"(?m)^\$ orderbridge {name}( |$)", SECTIONS[name])
    assert "`--json`: " in SECTIONS[name]


def test_examples_use_what_there_is() -> None:
    used = re.findall(r"(?m)^\$ orderbridge ([a-z -]+?)(?= [^a-z]| my-|$)", PAGE)
    assert len(used) > 30
    assert [
        one for one in used if not any(one == name or one.startswith(f"{name} ") for name in APPLICATION)
    ] == []


def keys(name: str) -> set[str]:
    line = prose(name).partition("`--json`: ")[2].partition("\n")[0]
    return set(re.findall(r"`([a-z_]+)`", re.sub(r"\([^)]*\)", "", line)))


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("shop list", ()),
        ("operator list", ()),
        ("webhook list", ()),
        ("alarm list", ()),
        ("profile list", ()),
        ("profile show", ("czech",)),
        ("budget", ()),
        ("orders", ()),
        ("returns", ()),
        ("escalations", ()),
        ("shop remove", ("demo", "--yes")),
    ],
)
def test_the_keys_are_those_of_the_page(cli: Cli, tmp_path: Path, name: str, more: tuple[str, ...]) -> None:
    add(cli, tmp_path / "shop.toml")
    cli("operator", "add", "jana")
    cli("alarm", "add", "demo", "clerk@shop.test")
    document: dict[str, Any] = cli(*name.split(), *more, "--json").json
    first = next(iter(document.values()))
    entry = set(first[0]) if len(document) == 1 and first and keys(name) > set(document) else set()
    assert set(document) | entry == keys(name)


def test_the_keys_of_a_long_story_are_the_apis(cli: Cli) -> None:
    found = cli("explain", "1", "--json", stack=cast("Services", a_long_story())).json
    assert {"in_the_shop", "at_mall", "steps", "actions", "why", "hold"} <= set(found)
