"""``orderbridge doctor``: what is wrong with a shop, and the next thing to do."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orderbridge_cli.errors import WrongUseError
from orderbridge_cli.frame import Outcome, Session, command
from orderbridge_cli.language import t

if TYPE_CHECKING:
    from orderbridge.bootstrap import Services
    from orderbridge_cli.doctor.export import Tools
    from orderbridge_cli.doctor.findings import Report

MAX_WATCH = 3600
"""Seconds that a watch may last."""


def add(app: typer.Typer) -> None:
    """Adds the command to `app`."""

    @command(
        app,
        "doctor",
        t(
            "Examines a shop from its export to its mails and says the next thing to do. Writes nothing anywhere."
        ),
        example="orderbridge doctor my-shop",
    )
    def doctor(
        session: Session,
        shop: Annotated[str, typer.Argument(metavar="SHOP", help=t("The shop's name."))] = "",
        file: Annotated[
            Path | None,
            typer.Option("--file", metavar="FILE", help=t("A shop's file, before the shop is added.")),
        ] = None,
        secrets: Annotated[
            str,
            typer.Option(
                "--secrets",
                metavar="FILE",
                help=t("With --file: a file with the secrets; - reads it from stdin."),
            ),
        ] = "",
        watch: Annotated[
            int,
            typer.Option(
                "--watch",
                metavar="SECONDS",
                min=0,
                max=MAX_WATCH,
                help=t("Fetch the export once more after so many seconds, to see whether it changes."),
            ),
        ] = 0,
    ) -> Outcome:
        from orderbridge_cli.doctor.export import Tools
        from orderbridge_cli.doctor.view import show

        if bool(shop) == (file is not None):
            raise WrongUseError(t("Name a shop, or a file with --file FILE."))
        with session.progress(t("Reading the export's records")) as advance:
            tools = Tools(on_records=advance, watch=watch)
            report = (
                _of_shop(session, shop, tools) if file is None else _of_file(session, file, secrets, tools)
            )
        return Outcome(report.data(), lambda out: show(report, out), report.exit_code)


def _of_shop(session: Session, shop: str, tools: Tools) -> Report:
    from orderbridge_cli.doctor.run import diagnose

    record = session.services.shops.get(shop)
    if record is None:
        raise WrongUseError(
            t("Shop {shop} is not on record: see orderbridge shop list, or use --file FILE.", shop=shop)
        )
    return diagnose(session.services, record, session.language, tools)


def _of_file(session: Session, file: Path, secrets: str, tools: Tools) -> Report:
    from orderbridge.settings import shop_settings
    from orderbridge_cli.doctor.run import diagnose_file
    from orderbridge_cli.registry import read_shop_file
    from orderbridge_cli.secret_values import completed

    settings, inside = read_shop_file(file)
    checked = shop_settings(settings)
    imports = checked.rules.import_mode == "create"
    values = completed(session, checked.shop, inside, secrets, with_import=imports, with_stored=False)
    return diagnose_file(_services_or_none(session), (settings, values), session.language, tools)


def _services_or_none(session: Session) -> Services:
    """The stack's services; those of no stack where none is named."""
    from orderbridge.bootstrap import Services

    try:
        return session.services
    except WrongUseError:
        if session.options.stack or os.environ.get("ORDERBRIDGE_STACK"):
            raise
        return Services({})
