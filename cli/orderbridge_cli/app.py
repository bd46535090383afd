"""The command line as a whole: its groups and commands, and what happens to arguments that make no sense."""

from __future__ import annotations

import gettext
import os
import sys
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
    # Typer's own words ("Usage", "Options") go through the standard library's domain.
    gettext.bindtextdomain(language.DOMAIN, language.LOCALE)
    gettext.textdomain(language.DOMAIN)
    os.environ["LANGUAGE"] = language.code()
    import typer

    usage_error: Any = typer.BadParameter.__bases__[0]  # Typer exports no name of it
    try:
        code = build()(given, prog_name="orderbridge", standalone_mode=False)
    except usage_error as error:
        return _wrong_use(error, "--json" in given)
    except (typer.Abort, KeyboardInterrupt):
        sys.stderr.write("\n")
        return Exit.PERSON_MUST_ACT
    except BrokenPipeError:
        # Whoever read the output has enough, as `head` has. Python would complain once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.DONE
    return int(code or 0)


def _wrong_use(error: Exception, as_json: bool) -> int:  # noqa: FBT001 - there is one caller
    from orderbridge_cli.frame import failed
    from orderbridge_cli.language import t

    name = type(error).__name__
    about = getattr(getattr(error, "param", None), "name", "") or ""
    about = getattr(error, "param_hint", None) or about
    given = str(getattr(error, "option_name", "") or "")
    message = " ".join(str(getattr(error, "message", "") or error).split())
    match name:
        case "NoSuchOption":
            line = t("There is no option {name}: see --help.", name=given)
        case "MissingParameter":
            line = t("{name} is missing: see --help.", name=str(about).upper().replace("_", "-"))
        case "BadParameter":
            line = t("{name}: {problem}: see --help.", name=about, problem=message)
        case "NoArgsIsHelpError":
            sys.stdout.write(f"{message}\n")
            return Exit.WRONG_USE
        case _:
            line = t("{problem} See --help.", problem=message)
    return failed(line, "wrong_use", Exit.WRONG_USE, as_json=as_json)
