"""``orderbridge preview``: what would be sent, order by order, without sending anything."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orderbridge_cli.asking import zone_of
from orderbridge_cli.frame import Exit, Outcome, Session, command
from orderbridge_cli.language import t

if TYPE_CHECKING:
    from rich.console import Console

SHOWN = 50
"""Orders in the table, unless another number is asked for."""


def add(app: typer.Typer) -> None:
    """Adds the command to `app`."""
    text = t(
        "Shows what would be sent, order by order, and what would be held. Writes nothing, neither here nor at MALL "
        "nor in the shop."
    )
    command(app, "preview", text, example="orderbridge preview my-shop --csv preview.csv")(preview)


def preview(
    session: Session,
    shop: Annotated[str, typer.Argument(metavar="SHOP", help=t("The shop's name."))],
    *,
    csv: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help=t("Write every order to this file too."))
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help=t("Show every order, also those without anything to do."))
    ] = False,
    limit: Annotated[int, typer.Option("--limit", min=0, help=t("Orders in the table."))] = SHOWN,
) -> Outcome:
    """Says the number of calls first. A person must act where an order would be held for him."""
    from orderbridge_cli.preview_view import PreviewText
    from orderbridge_cli.previewing import make_preview

    zone = zone_of(session, shop)
    made = make_preview(session, shop, zone)
    told = PreviewText(made, session.language, zone)
    if csv is not None:
        told.write_csv(csv)

    def view(console: Console) -> None:
        told.show_summary(console)
        told.show_table(console, limit=limit, everything=everything)
        if csv is not None:
            console.print(t("Every order is in {file}.", file=csv))

    data = told.data(everything=everything) if session.options.as_json else {}
    return Outcome(data, view, Exit.PERSON_MUST_ACT if made.counts.need_person else Exit.DONE)
