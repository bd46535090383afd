"""Every command of the application, and what its help says. ``python -m tests.cli.help_pages LANG`` prints it as JSON.

Help is made when the commands are imported, so each language needs a process of its own.
"""

from __future__ import annotations

import json
import sys
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orderbridge_cli import language

if TYPE_CHECKING:
    from collections.abc import Iterator


def commands(found: Any = None, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:  # noqa: ANN401 - Typer exports no name
    """Path and command of the application, its groups and their commands."""
    import typer.main  # noqa: PLC0415 - as late as the commands themselves

    from orderbridge_cli.app import build  # noqa: PLC0415 - after the language was chosen

    command = typer.main.get_command(build()) if found is None else found
    yield path, command
    for name, inner in getattr(command, "commands", {}).items():
        yield from commands(inner, (*path, name))


def pages(code: str, locale: Path | None = None) -> dict[str, tuple[int, str, str]]:
    """Command → exit code, stdout and stderr of its help."""
    from orderbridge_cli.app import main  # noqa: PLC0415 - after the catalogues were chosen

    if locale is not None:
        language.LOCALE = locale
    language.choose(["--lang", code], {})
    found = {}
    for path, _ in list(commands()):
        out, err = StringIO(), StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            exit_code = main([*path, "--lang", code, "--help"])
        found[" ".join(path)] = (exit_code, out.getvalue(), err.getvalue())
    return found


if __name__ == "__main__":
    print(json.dumps(pages(sys.argv[1], Path(sys.argv[2]) if sys.argv[2:] else None)))
