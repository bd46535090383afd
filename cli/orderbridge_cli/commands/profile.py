"""``orderbridge profile``: how a shop's export is written – shipped profiles, checks, and drafts from a sample."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated

import typer

from orderbridge_cli.frame import Exit, Outcome, PersonMustActError, Session, WrongUseError, command, group
from orderbridge_cli.language import t
from orderbridge_cli.output import table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

_STDIN = "-"
Shown = Annotated[
    int, typer.Option("--records", min=0, max=1000, help=t("Records that are shown one by one."))
]


def add(app: typer.Typer) -> None:
    """Adds the commands to `app`."""
    profile = group(app, "profile", t("How a shop's export is written: shipped profiles, checks, drafts."))
    command(profile, "list", t("Lists the shipped profiles."), example="orderbridge profile list")(
        list_profiles
    )
    command(
        profile,
        "show",
        t("Prints a shipped profile, to be changed into one of your own."),
        example="orderbridge profile show czech > my-profile.toml",
    )(show)
    command(
        profile,
        "check",
        t(
            "Checks a profile, and shows record by record what it reads of a sample, and what it does not read."
        ),
        example="orderbridge profile check my-profile.toml --sample export.xml",
    )(check_profile)
    command(
        profile,
        "suggest",
        t(
            "Drafts a profile for a sample of an export: what is certain, with the evidence; the rest as questions."
        ),
        example="orderbridge profile suggest export.xml --out my-profile.toml",
    )(suggest_profile)


def list_profiles(session: Session) -> Outcome:
    """The shipped profiles are examples, nobody's official format."""
    from orderbridge.adapters.fastcentrik.profile.load import shipped_names, shipped_profile

    del session
    profiles = [(name, shipped_profile(name)) for name in shipped_names()]
    data = [
        {
            "name": name,
            "format": profile.format,
            "encoding": profile.encoding,
            "record": profile.xml.record if profile.xml is not None else None,
            "mall_order_id": list(profile.mall_order_id.path),
        }
        for name, profile in profiles
    ]
    head = (t("Profile"), t("Format"), t("Encoding"), t("MALL's number"))
    rows = [
        (name, profile.format, profile.encoding, ", ".join(profile.mall_order_id.path))
        for name, profile in profiles
    ]
    return Outcome({"profiles": data}, lambda console: console.print(table(head, rows)))


def show(
    session: Session,
    name: Annotated[str, typer.Argument(metavar="NAME", help=t("A shipped profile."))],
) -> Outcome:
    """Prints the file as it is."""
    del session
    text = _shipped_text(name)
    return Outcome({"name": name, "text": text}, lambda _console: _write(text))


def check_profile(
    session: Session,
    file: Annotated[
        str, typer.Argument(metavar="FILE", help=t("The profile: a file, or a shipped one's name."))
    ],
    sample: Annotated[
        str,
        typer.Option("--sample", metavar="EXPORT", help=t("A file with an export; - reads it from stdin.")),
    ] = "",
    records: Shown = 20,
) -> Outcome:
    """Exit code 0: the profile fits. Nothing is stored anywhere."""
    from orderbridge_cli.profiles.check import check
    from orderbridge_cli.profiles.view import check_json, show_check

    path = Path(file)
    text = _read(path) if path.is_file() else _shipped_text(file)
    with _sample(sample) as document, session.progress(t("Records")) as advance:
        report = check(text, path.name, document, session.zone, shown=records, advance=advance)
    return Outcome(
        check_json(report, path.name, session.zone),
        lambda console: show_check(console, report, path.name, session.zone),
        Exit.DONE if report.fits else Exit.PERSON_MUST_ACT,
    )


def suggest_profile(
    session: Session,
    export: Annotated[
        str, typer.Argument(metavar="EXPORT", help=t("A file with an export; - reads it from stdin."))
    ],
    out: Annotated[
        str, typer.Option("--out", metavar="FILE", help=t("The file to write the draft to."))
    ] = "",
    records: Shown = 20,
) -> Outcome:
    """The draft goes to `out`, or to stdout; then what it reads goes to stderr, so that the draft can be redirected."""
    from orderbridge_cli.files import whole_file
    from orderbridge_cli.profiles.suggest import suggest
    from orderbridge_cli.profiles.view import show_suggestion, suggest_json

    target = Path(out) if out else None
    if target is not None and target.exists():
        raise WrongUseError(t("{file} exists: name another one with --out.", file=out))
    with _sample(export) as document, session.progress(t("Records")) as advance:
        if document is None:
            raise WrongUseError(t("Name a file with an export, or - for stdin."))
        found = suggest(document, session.zone, shown=records, advance=advance)
    if target is not None:
        with whole_file(target) as file:
            file.write(found.text.encode())

    def view(console: Console) -> None:
        if target is None:
            _write(found.text)
            show_suggestion(session.err, found, session.zone)
            return
        show_suggestion(console, found, session.zone)
        console.print(t("The draft is written to {file}.", file=out))

    data = {**suggest_json(found, session.zone), "file": out or None}
    return Outcome(data, view, Exit.DONE if found.is_complete else Exit.PERSON_MUST_ACT)


@contextmanager
def _sample(name: str) -> Iterator[IO[bytes] | None]:
    """The sample `name`, a file or ``-``; None for an empty name."""
    from orderbridge.errors import ExportProblemError
    from orderbridge.texts import command_line, render
    from orderbridge_cli.language import language
    from orderbridge_cli.profiles.sample import UnusableSampleError, opened

    if not name:
        yield None
        return
    path = None if name == _STDIN else Path(name)
    try:
        with opened(path, sys.stdin.buffer if path is None else None) as document:
            yield document
    except UnusableSampleError as error:
        raise PersonMustActError(str(error), "unusable_sample") from None
    except ExportProblemError as error:
        from zoneinfo import ZoneInfo

        line = render(error.reason, language(), ZoneInfo("Europe/Prague"), command_line())
        raise PersonMustActError(line, str(error.reason.code)) from None
    except OSError as error:
        raise WrongUseError(t("{file}: {problem}", file=name, problem=error.strerror or "")) from None


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError:
        raise WrongUseError(t("{file} is not written in UTF-8.", file=path.name)) from None
    except OSError as error:
        raise WrongUseError(t("{file}: {problem}", file=path.name, problem=error.strerror or "")) from None


def _shipped_text(name: str) -> str:
    from orderbridge.adapters.fastcentrik.profile.load import SHIPPED, shipped_names

    if name not in shipped_names():
        names = ", ".join(shipped_names())
        raise WrongUseError(
            t("There is no file and no shipped profile {name}. Shipped: {names}.", name=name, names=names)
        )
    return (SHIPPED / f"{name}.toml").read_text("utf-8")


def _write(text: str) -> None:
    """Prints a file's text unchanged: TOML for a file, with no width of a terminal."""
    sys.stdout.write(text if text.endswith("\n") else f"{text}\n")
