"""How a command ends when it cannot do what it was asked for. Each error is one line that says what to do."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes of every command."""

    DONE = 0
    """The command did what it says."""
    PERSON_MUST_ACT = 1
    """It worked, and a person must act now; or it was stopped."""
    WRONG_USE = 2
    """The arguments, a file or a name are wrong. Nothing was changed."""
    UNREACHABLE = 3
    """AWS, the shop or MALL could not be reached, or does not let the caller in."""


class CommandError(Exception):
    """The command ends with `exit_code`. The text is one line in the person's language; `code` is for programs."""

    exit_code = Exit.PERSON_MUST_ACT

    def __init__(self, line: str, code: str = "") -> None:
        super().__init__(line)
        self.code = code or self.exit_code.name.lower()


class PersonMustActError(CommandError):
    """A person must do something before the command can do its work."""


class WrongUseError(CommandError):
    """What the person gave is wrong."""

    exit_code = Exit.WRONG_USE


class UnreachableError(CommandError):
    """Something that the command needs cannot be reached."""

    exit_code = Exit.UNREACHABLE
