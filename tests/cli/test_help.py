"""Help: of every command, with an example, in each language, the same with and without a terminal."""

from __future__ import annotations

import json
import subprocess
import sys
from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo

from tests.cli.help_pages import commands
from tests.cli.process import ROOT, Shell

if TYPE_CHECKING:
    from pathlib import Path

Pages = dict[str, tuple[int, str, str]]


def pages(code: str, *locale: str) -> Pages:
    path = f"{ROOT / 'shared'}:{ROOT / 'cli'}:{ROOT}"
    command = [sys.executable, "-m", "tests.cli.help_pages", code, *locale]
    done = subprocess.run(
        command, capture_output=True, check=True, env={"PYTHONPATH": path, "LC_ALL": "C.UTF-8"}, cwd=ROOT
    )
    found: Pages = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def english() -> Pages:
    return pages("en")


def test_every_command_has_help_and_every_command_that_does_something_an_example(english: Pages) -> None:
    assert [name for name, (code, _, err) in english.items() if (code, err) != (0, "")] == []
    doing = {" ".join(path) for path, command in commands() if not hasattr(command, "commands")}
    assert doing
    missing = [name for name in doing if f"Example: orderbridge {name}" not in english[name][1]]
    assert missing == []


def test_every_command_has_the_common_options(english: Pages) -> None:
    doing = {" ".join(path) for path, command in commands() if not hasattr(command, "commands")}
    common = ("--stack", "--region", "--profile", "--json", "--lang", "--help")
    assert [(name, one) for name in doing for one in common if one not in english[name][1]] == []


def test_help_has_no_control_characters(english: Pages) -> None:
    odd = [name for name, (_, out, _) in english.items() if not out.replace("\n", "").isprintable()]
    assert odd == []


def test_every_option_and_argument_says_what_it_is(english: Pages) -> None:
    silent = [
        f"{' '.join(path)} {one.name}"
        for path, command in commands()
        for one in command.params
        if not one.help
    ]
    assert silent == []
    assert english


@pytest.mark.parametrize("code", ["cs", "sk"])
def test_help_is_in_the_persons_language(tmp_path: Path, code: str) -> None:
    """With a catalogue of the test's own: that the product's are complete is shown elsewhere."""
    catalogue = Catalog(locale=code)
    words = {
        "Usage:": "Pouzitie:",
        "Options": "Volby",
        "Lists the operators.": "Vypise ludi.",
        "Example:": "Priklad:",
    }
    for sentence, translated in words.items():
        catalogue.add(sentence, translated)
    body = BytesIO()
    write_mo(body, catalogue)
    folder = tmp_path / code / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "cli.mo").write_bytes(body.getvalue())
    _, page, _ = pages(code, str(tmp_path))["operator list"]
    assert [word for word in words.values() if word not in page] == []
    assert "Usage" not in page


def test_the_locale_of_the_terminal_counts_where_no_language_is_named(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    in_czech = shell.run("operator", "list", "--help", LC_ALL="cs_CZ.UTF-8").out
    assert in_czech == shell.run("operator", "list", "--help", "--lang", "cs").out


def test_the_secrets_of_a_shop_are_no_argument_of_any_command() -> None:
    named = {
        option
        for _, command in commands()
        for one in command.params
        for option in (one.name or "", *one.opts)
    }
    assert {"--stack", "--json"} <= named
    assert not [
        one for one in named if any(word in one for word in ("client", "key", "url", "token", "password"))
    ]


@pytest.mark.parametrize("arguments", [("--help",), ("shop", "add", "--help"), ("preview", "--help")])
def test_help_loads_nothing_that_only_the_commands_need(arguments: tuple[str, ...]) -> None:
    """That is what makes it quick; ``tests/bench`` measures the time itself."""
    program = (
        "import sys; from orderbridge_cli.app import main; "
        f"code = main({arguments!r}); print(code, *sorted(sys.modules), file=sys.stderr)"
    )
    path = f"{ROOT / 'shared'}:{ROOT / 'cli'}"
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        check=True,
        text=True,
        env={"PYTHONPATH": path, "LC_ALL": "C.UTF-8"},
    )
    code, *loaded = done.stderr.split()
    assert code == "0"
    assert "orderbridge_cli.commands.preview" in loaded
    slow = ("boto3", "botocore", "requests", "jinja2", "orderbridge.adapters", "orderbridge.bootstrap")
    assert [name for name in loaded if name.startswith((*slow, "orderbridge.flows"))] == []
