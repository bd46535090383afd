"""A terminal at which commands are typed: real processes, real prompts, and what a person would see."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pexpect

from local.stack.aws import ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

COLUMNS, LINES = 110, 60
SECONDS = 120
"""Maximum time until a command asks or ends, in seconds."""
NOT_SHOWN = "(typed, not shown)"
"""What a transcript shows where a secret was typed."""
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|[\x00-\x08\x0b-\x1f\x7f]")


_NOT_TAKEN = ("AWS_", "LC_", "ORDERBRIDGE_", "PYTHON", "PYTEST")
"""Beginnings of names in the environment that would change what a command does or shows."""


class WalkthroughError(Exception):
    """A command did not end as the walkthrough says."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What is typed when `prompt` (a part of a line) is shown."""

    prompt: str
    text: str
    secret: bool = False


class Terminal:
    """Types commands in `folder`, as a person would. Raises WalkthroughError where one ends otherwise than expected."""

    def __init__(self, folder: Path, hidden: Sequence[str]) -> None:
        """`hidden`: texts that must never be shown."""
        self._folder = folder
        self._hidden = hidden
        bin_folder = os.path.dirname(sys.executable)  # noqa: PTH120 - the path as it is, not what it links to
        kept = {key: value for key, value in os.environ.items() if not key.startswith(_NOT_TAKEN)}
        self._environment = {
            **kept,
            "PATH": f"{bin_folder}{os.pathsep}/usr/bin{os.pathsep}/bin",
            "PYTHONPATH": os.pathsep.join(str(ROOT / part) for part in ("shared", "cli", ".")),
            "TERM": "dumb",  # no colour, no moving bars: a transcript is text
            "LANG": "C.UTF-8",
        }

    def type(self, command: str, *answers: Answer, code: int = 0, shown: str = "") -> str:
        """Runs `command` and answers its prompts. Returns the transcript, which begins with the command.

        `shown`: the command as the reader types it, where it differs.
        """
        child: pexpect.spawn[str] = pexpect.spawn(
            "/bin/sh",
            ["-c", command],
            cwd=str(self._folder),
            env=self._environment,
            dimensions=(LINES, COLUMNS),
            encoding="utf-8",
            timeout=SECONDS,
        )
        seen = ""
        try:
            for answer in answers:
                child.expect_exact(answer.prompt)
                seen += f"{child.before}{child.after}"
                child.expect_exact([": ", "] "])
                seen += f"{child.before}{child.after}"
                child.sendline(answer.text)
                if answer.secret:
                    seen += NOT_SHOWN
            child.expect(pexpect.EOF)
        except (pexpect.TIMEOUT, pexpect.EOF) as error:
            message = f"{command}: no prompt as expected ({type(error).__name__}); seen: {seen}{child.before}"
            raise WalkthroughError(message) from None
        seen += child.before or ""
        child.close()
        if child.exitstatus != code:
            message = f"{command}: ended with {child.exitstatus} in place of {code}: {seen}"
            raise WalkthroughError(message)
        text = _CONTROL.sub("", seen)
        if found := [one for one in self._hidden if one in text]:
            message = f"{command}: {len(found)} secrets were shown"
            raise WalkthroughError(message)
        lines = [line.rstrip() for line in text.replace("\r", "").splitlines()]
        return "\n".join([f"$ {shown or command}", *lines]).rstrip() + "\n"
