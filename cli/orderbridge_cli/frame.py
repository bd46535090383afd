"""The frame of every command: its common options, how its result is shown, and how its errors end."""

from __future__ import annotations

import inspect
import json
import os
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, get_type_hints

import typer

from orderbridge_cli import language
from orderbridge_cli.errors import CommandError, Exit, PersonMustActError, UnreachableError, WrongUseError
from orderbridge_cli.language import t
from orderbridge_cli.session import Options, Session
from orderbridge_cli.typer_words import Command, Group

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rich.console import Console

    Function = TypeVar("Function", bound="Callable[..., Outcome | None]")

__all__ = [
    "Exit",
    "Outcome",
    "PersonMustActError",
    "Session",
    "UnreachableError",
    "WrongUseError",
    "Yes",
    "command",
    "declined",
    "group",
]


def _nothing(_console: Console) -> None:
    """Prints nothing: what there was to print is printed."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command found or did."""

    data: Mapping[str, Any] = field(default_factory=dict)
    """The result for programs, as ``--json`` prints it. Its keys are stable (docs/cli.md)."""
    view: Callable[[Console], None] = _nothing
    """Prints the result for people."""
    exit_code: Exit = Exit.DONE
    """``PERSON_MUST_ACT`` where the result asks for that."""


def said(data: Mapping[str, Any], *lines: str, exit_code: Exit = Exit.DONE) -> Outcome:
    """A result that people read in a few lines. Empty ones are left out."""
    return Outcome(data, lambda console: console.print("\n".join(filter(None, lines))), exit_code)


Yes = Annotated[bool, typer.Option("--yes", help=t("Answer every question with yes."))]
"""The option of a command that asks before it acts."""


def _check_language(value: str) -> str:
    if value and value not in {"cs", "sk", "en"}:
        raise typer.BadParameter(t("use cs, sk or en"))
    return value


_COMMON = {
    "stack": (str, typer.Option("--stack", metavar="NAME", help=t("The deployed stack (or ORDERBRIDGE_STACK)."))),
    "region": (str, typer.Option("--region", metavar="REGION", help=t("The stack's AWS region."))),
    "aws_profile": (str, typer.Option("--profile", metavar="NAME", help=t("Profile of your AWS settings."))),
    "lang": (
        str,
        typer.Option("--lang", metavar="cs|sk|en", callback=_check_language, help=t("Language of texts.")),
    ),
    "as_json": (bool, typer.Option("--json", help=t("Print one JSON document with stable keys."))),
}  # fmt: skip


class Sessions:
    """Makes the session of a command. Tests put one here whose stack is open already."""

    made: Callable[[Options], Session] = Session


def group(parent: typer.Typer, name: str, text: str) -> typer.Typer:
    """A group of commands under `parent`, such as ``shop``."""
    made = typer.Typer(
        cls=Group, no_args_is_help=True, help=text, rich_markup_mode=None, add_completion=False
    )
    parent.add_typer(made, name=name, short_help=_first_sentence(text))
    takes_language(made)
    return made


def takes_language(app: typer.Typer) -> None:
    """Lets ``--lang`` stand before the command too: ``orderbridge --lang cs --help``."""

    @app.callback()
    def language_alone(lang: Annotated[str, _COMMON["lang"][1]] = "") -> None:
        """`language.choose` has read it; here it is checked."""
        del lang


def command(app: typer.Typer, name: str, text: str, *, example: str) -> Callable[[Function], Function]:
    """Adds a function to `app` as the command `name`; `text` and `example` are its help.

    The function takes the session first. It gets the common options (stack, region, profile, language, JSON) as parts
    of it. Whatever it raises that a person can act on becomes one line and an exit code.
    """

    def add(function: Function) -> Function:
        def run(**values: Any) -> None:  # noqa: ANN401 - as different as the commands' parameters
            common = {key: values.pop(key) for key in _COMMON}
            common.pop("lang")
            common["profile"] = common.pop("aws_profile")
            session = Sessions.made(Options(**common))
            raise typer.Exit(_finished(session, lambda: function(session, **values)))

        hints = get_type_hints(function, include_extras=True)
        own = [
            parameter.replace(annotation=hints[parameter.name], kind=inspect.Parameter.KEYWORD_ONLY)
            for parameter in list(inspect.signature(function).parameters.values())[1:]
        ]
        common = [
            inspect.Parameter(
                key,
                inspect.Parameter.KEYWORD_ONLY,
                default=False if kind is bool else "",
                annotation=Annotated[kind, option],
            )
            for key, (kind, option) in _COMMON.items()
        ]
        parameters = [*own, *common]
        run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined] # Typer reads it
        run.__annotations__ = {one.name: one.annotation for one in parameters}
        run.__name__ = function.__name__
        help_text = f"{text}\n\n{t('Example:')} {example}"
        app.command(name, cls=Command, help=help_text, short_help=_first_sentence(text))(run)
        return function

    return add


def _first_sentence(text: str) -> str:
    """What the list of commands says."""
    return f"{text.split('. ', 1)[0].rstrip('.')}."


def _finished(session: Session, work: Callable[[], Outcome | None]) -> int:
    """Runs the command and shows how it ended. Returns the exit code."""
    from orderbridge_cli.aws import explained

    try:
        with explained(session.options.stack, session.options.region):
            outcome = work() or Outcome()
    except CommandError as error:
        return failed(str(error), error.code, error.exit_code, as_json=session.options.as_json)
    except KeyboardInterrupt:
        return stopped(as_json=session.options.as_json)
    except BrokenPipeError:
        raise
    except Exception as error:
        if os.environ.get("ORDERBRIDGE_DEBUG"):
            raise
        line = t(
            "Something unexpected went wrong ({name}). Repeat the command; if it stays, report it with the output of "
            "the same command under ORDERBRIDGE_DEBUG=1.",
            name=type(error).__name__,
        )
        return failed(line, "unexpected", Exit.PERSON_MUST_ACT, as_json=session.options.as_json)
    if session.options.as_json:
        sys.stdout.write(json.dumps(outcome.data, ensure_ascii=False, indent=2) + "\n")
    else:
        outcome.view(session.out)
    return outcome.exit_code


def stopped(*, as_json: bool) -> int:
    """Says that the person stopped the command. Returns the exit code."""
    if sys.stderr.isatty():
        sys.stderr.write("\n")  # a question may stand on the line
    line = t("Stopped. What was begun is whole or undone; repeat the command to go on.")
    return failed(line, "interrupted", Exit.PERSON_MUST_ACT, as_json=as_json)


def declined(data: Mapping[str, Any]) -> Outcome:
    """The person answered no."""
    return said(data, t("Nothing was changed."), exit_code=Exit.PERSON_MUST_ACT)


def failed(line: str, code: str, exit_code: Exit, *, as_json: bool) -> int:
    """Prints an error: one line on stderr, and with `as_json` also a document on stdout. Returns the exit code."""
    if as_json:
        error = {"error": {"code": code, "text": line, "exit_code": int(exit_code)}}
        sys.stdout.write(json.dumps(error, ensure_ascii=False, indent=2) + "\n")
    sys.stderr.write(f"orderbridge: {line}\n")
    return exit_code


def language_of_commands() -> str:
    """The language in use, as ``--lang`` names it."""
    return language.code()
