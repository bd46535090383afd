"""The command line as a whole: its groups and commands, and what happens to arguments that make no sense."""

from __future__ import annotations

import gettext
import os
import sys
from io import TextIOWrapper
from typing import TYPE_CHECKING, Any

from orderbridge_cli import language
from orderbridge_cli.errors import Exit

if TYPE_CHECKING:
    from collections.abc import Sequence

    import typer


def build() -> typer.Typer:
    """The Typer application, in the language in use."""
    from orderbridge_cli import commands

    return commands.build()


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line with `arguments` (those of the process by default). Returns the exit code."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    language.choose(given, os.environ)
    # Typer's own words ("Options", "Commands") go through the standard library's domain.
    gettext.bindtextdomain(language.DOMAIN, language.LOCALE)
    gettext.textdomain(language.DOMAIN)
    os.environ["LANGUAGE"] = language.code()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a terminal of an older encoding lacks some of our signs
            stream.reconfigure(errors="replace")
    try:
        code = _run(given)
        sys.stdout.flush()
    except (BrokenPipeError, SystemExit):  # Typer makes the second of the first, and nothing else does
        # Whoever read the output has enough, as `head` has. Python would complain once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.DONE
    return code


def _run(given: list[str]) -> int:
    import typer

    from orderbridge_cli.frame import failed, stopped

    usage_error: Any = typer.BadParameter.__bases__[0]  # Typer exports no name of it
    as_json = "--json" in given
    try:
        return int(build()(given, prog_name="orderbridge", standalone_mode=False) or 0)
    except usage_error as error:
        if type(error).__name__ == "NoArgsIsHelpError":
            sys.stdout.write(f"{error}\n")
            return Exit.WRONG_USE
        return failed(_wrong_use(error), "wrong_use", Exit.WRONG_USE, as_json=as_json)
    except (typer.Abort, KeyboardInterrupt):
        return stopped(as_json=as_json)


def _wrong_use(error: Any) -> str:  # noqa: ANN401 - Typer exports no names of the kinds
    """What is wrong with the arguments. A value is not repeated: it could be a secret in the wrong place."""
    from orderbridge_cli.language import t

    parameter = getattr(error, "param", None)
    about = "" if parameter is None else str(parameter.metavar or parameter.name).strip("[]").upper()
    if parameter is not None and parameter.opts and parameter.opts[0].startswith("-"):
        about = parameter.opts[0]
    match type(error).__name__:
        case "NoSuchOption":
            return t("There is no option {name}: see --help.", name=error.option_name)
        case "MissingParameter":
            return t("{name} is missing: see --help.", name=about)
        case "BadOptionUsage":
            return t("The option {name} is written wrongly: see --help.", name=error.option_name)
        case "BadParameter" if getattr(parameter, "callback", None) is not None:
            return t("{name}: {problem}: see --help.", name=about, problem=error.message)
        case "BadParameter":
            return t("The value of {name} is not allowed: see --help.", name=about)
        case _ if error.ctx is not None and hasattr(error.ctx.command, "commands"):
            return t("There is no such command: see --help.")
        case _:
            return t("There are too many arguments: see --help.")
