"""What was answered when a stack was deployed, so that the next deployment asks nothing.

One file per stack in the git-ignored folder ``.deploy``: staging beside production are two files. It holds no secret:
the account's number, the region, the name of a profile, and values of the template's parameters, which have none.
"""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "# Written by `make deploy`, and read by it: nothing here is secret. Delete it to be asked again.\n"


class UnreadableAnswersError(ValueError):
    """The file is not what `write` makes. The text names it and what to do."""


@dataclass(slots=True)
class Answers:
    """The answers of one stack. An empty text is an answer that was not given yet."""

    stack: str
    account: str = ""
    region: str = ""
    profile: str = ""
    parameters: dict[str, str] = field(default_factory=dict)
    """Values of the template's parameters as they were given for the first deployment."""


def known_stacks(folder: Path) -> list[str]:
    """Names of the stacks that there are answers of, sorted."""
    return sorted(path.stem for path in folder.glob("*.toml"))


def read(folder: Path, stack: str) -> Answers:
    """The answers of `stack`; without a file none were given.

    Raises:
        UnreadableAnswersError: the file cannot be read.
    """
    path = folder / f"{stack}.toml"
    if not path.exists():
        return Answers(stack)
    try:
        kept = tomllib.loads(path.read_text("utf-8"))
        texts = {name: _text(kept.get(name, "")) for name in ("account", "region", "profile")}
        parameters = {name: _text(value) for name, value in dict(kept.get("parameters", {})).items()}
    except (OSError, ValueError, TypeError) as problem:
        raise UnreadableAnswersError(f"{path} cannot be read ({problem}): mend or delete it") from None
    return Answers(stack, parameters=parameters, **texts)


def write(folder: Path, answers: Answers) -> Path:
    """Keeps the answers, whole or not at all. Returns the file."""
    folder.mkdir(exist_ok=True)
    # A JSON text is a TOML text.
    lines = [
        f"{name} = {json.dumps(getattr(answers, name))}"
        for name in ("account", "region", "profile")
        if getattr(answers, name)
    ]
    if answers.parameters:
        lines += ["", "[parameters]"]
        lines += [f"{name} = {json.dumps(value)}" for name, value in sorted(answers.parameters.items())]
    path = folder / f"{answers.stack}.toml"
    draft = path.with_suffix(".draft")
    draft.write_text(HEAD + "\n".join(lines) + "\n", "utf-8")
    return draft.replace(path)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value
