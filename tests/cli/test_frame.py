"""What holds for every command: help, wrong use, JSON, exit codes, languages."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Ended


def test_an_empty_registry_is_listed(cli: Callable[..., Ended]) -> None:
    assert cli("shop", "list", "--json").json == {"shops": []}


def test_wrong_use_is_one_line_and_says_what_to_do(cli: Callable[..., Ended]) -> None:
    ended = cli("shop", "lst")
    assert (ended.code, ended.out, ended.err.count("\n")) == (2, "", 1)
    assert "see --help" in ended.err
