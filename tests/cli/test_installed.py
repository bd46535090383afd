"""The command line as a distribution: what it needs, and that an installed one works."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from typing import TYPE_CHECKING

import pytest

from tests.cli.process import ROOT

if TYPE_CHECKING:
    from pathlib import Path

NAME = re.compile(r"[a-z0-9-]+")


def names(lines: list[str]) -> set[str]:
    return {found[0] for line in lines if (found := NAME.match(line))}


def test_it_needs_what_the_core_layer_and_the_command_line_need() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [
        line
        for file in ("shared/requirements.in", "requirements/cli.in")
        for line in (ROOT / file).read_text("utf-8").splitlines()
    ]
    assert names(project["dependencies"]) == names(wanted)
    assert project["scripts"] == {"orderbridge": "orderbridge_cli.app:main"}


@pytest.mark.slow
def test_an_installed_one_works(tmp_path: Path) -> None:
    """Made without a network, with the packages that the tests run with, from a copy: building writes into it."""
    source, place = tmp_path / "source", tmp_path / "venv"
    source.mkdir()
    for part in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / part, source / part)
    for part in ("shared", "cli", "deployment"):
        shutil.copytree(ROOT / part, source / part, ignore=shutil.ignore_patterns("*.mo", "__pycache__"))
    subprocess.run([sys.executable, "-m", "venv", str(place)], check=True, timeout=100)
    present = {**os.environ, "PYTHONPATH": sysconfig.get_path("purelib")}
    install = (
        "-m",
        "pip",
        "install",
        "--no-deps",
        "--no-build-isolation",
        "--no-index",
        "--quiet",
        str(source),
    )
    subprocess.run(
        [str(place / "bin" / "python"), *install], check=True, env=present, timeout=200, cwd=tmp_path
    )
    for language, word in (("en", "Lists the shops and how they are doing."), ("cs", "")):
        command = [str(place / "bin" / "orderbridge"), "shop", "--lang", language, "--help"]
        done = subprocess.run(
            command, env=present, cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60
        )
        assert word in done.stdout
        assert done.stderr == ""
    installed = next((place / "lib").glob("python*/site-packages"))
    for catalogue in (
        "orderbridge/texts/locale/cs/LC_MESSAGES/orderbridge.mo",
        "orderbridge_cli/locale/cs/LC_MESSAGES/cli.mo",
    ):
        assert (installed / catalogue).exists()
