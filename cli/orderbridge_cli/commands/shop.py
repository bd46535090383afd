"""``orderbridge shop``: connects shops, shows them, changes and removes them."""

from __future__ import annotations

import typer

from orderbridge_cli.frame import Outcome, Session, command, group
from orderbridge_cli.language import t


def add(app: typer.Typer) -> None:
    """Adds the commands to `app`."""
    shop = group(app, "shop", t("Connect, show, pause and remove shops."))

    @command(shop, "list", t("Lists the shops and how they are doing."), example="orderbridge shop list")
    def list_shops(session: Session) -> Outcome:
        records = session.services.shops.all()
        names = [record.shop for record in records]
        return Outcome({"shops": names}, lambda out: out.print("\n".join(names)))
