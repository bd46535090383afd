"""The walkthrough still happens as its page tells: the same commands in the same order, each ending as it should."""

from __future__ import annotations

import re

import pytest

from local.stack.aws import ROOT
from local.walkthrough.play import play

pytestmark = [pytest.mark.stack, pytest.mark.timeout(600)]

NUMBER = re.compile(r"\b48100\d{5}\b")


def commands(page: str) -> list[str]:
    return [NUMBER.sub("ORDER", line) for line in page.splitlines() if line.startswith("$ ")]


def test_the_walkthrough_is_played_at_a_real_terminal() -> None:
    told = (ROOT / "docs" / "walkthrough.md").read_text("utf-8")
    before, _, after = told.partition("## The first status")
    told = before + after[after.index("\n## ") :]  # that scene waits for minutes
    assert commands(play(until_sent=False)) == commands(told)
