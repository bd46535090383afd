"""What a person decides about one order: returns, escalations, and a table that was restored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from orderbridge_cli.asking import ask, tell_unreadable
from orderbridge_cli.commands.orders import Order, ShopOption
from orderbridge_cli.frame import Exit, Outcome, Session, Yes, command, declined, said
from orderbridge_cli.language import n, t
from orderbridge_cli.on_record import Why

if TYPE_CHECKING:
    from rich.console import Console

Note = Annotated[str, typer.Option("--note", help=t("How it was settled; it goes on record."))]
Cause = Annotated[str, typer.Argument(metavar="CAUSE", help=t("As the list of escalations names it."))]


def add(app: typer.Typer) -> None:
    """Adds the commands to `app`."""
    command(
        app,
        "resolve-return",
        t("Takes a parcel off the list of returns, because it is settled."),
        example='orderbridge resolve-return 4810000001 --note "set in the portal"',
    )(resolve_return)
    command(
        app,
        "request-returned",
        t("Has Returned set at MALL, because the parcel is back. It cannot be undone after the undo window."),
        example="orderbridge request-returned 4810000001",
    )(request_returned)
    command(
        app,
        "close-escalation",
        t("Closes an escalation that is settled."),
        example='orderbridge close-escalation 4810000001 wrong_delivered --note "credit note sent"',
    )(close_escalation)
    command(
        app,
        "return-number",
        t("Enters the return number that MALL's Operations sent."),
        example="orderbridge return-number 4810000001 wrong_delivered 4700000001",
    )(return_number)
    command(
        app,
        "restored",
        t("Prepares a table that was restored from a backup, before it is used."),
        example="orderbridge restored --table orders-restored",
    )(restored)


def resolve_return(session: Session, order: Order, note: Note, shop: ShopOption = "") -> Outcome:
    """Goes on record with who and why."""
    from orderbridge.flows.api import returns

    found = ask(
        session, returns.resolve_return, shop=shop, path={"mall_order_id": order}, body={"note": note}
    )
    return said(found, t("Order {order} is off the list of returns.", order=order))


def request_returned(
    session: Session, order: Order, shop: ShopOption = "", why: Why = "", *, yes: Yes = False
) -> Outcome:
    """Asks first: it is final."""
    from orderbridge.flows.api import returns

    if not session.ask(t("Have Returned set at MALL for order {order}? It is final.", order=order), yes=yes):
        return declined({"mall_order_id": order, "requested": False})
    found = ask(
        session, returns.request_returned, shop=shop, path={"mall_order_id": order}, body={"why": why}
    )
    return said(found, t("Returned is sent for order {order} after the undo window.", order=order))


def close_escalation(
    session: Session, order: Order, cause: Cause, note: Note, shop: ShopOption = ""
) -> Outcome:
    """Goes on record with who and why."""
    from orderbridge.flows.api import escalations

    path = {"mall_order_id": order, "cause": cause}
    found = ask(session, escalations.close_escalation, shop=shop, path=path, body={"note": note})
    return said(found, t("The escalation of order {order} is closed.", order=order))


def return_number(
    session: Session,
    order: Order,
    cause: Cause,
    number: Annotated[str, typer.Argument(metavar="NUMBER", help=t("The number of the return."))],
    shop: ShopOption = "",
) -> Outcome:
    """The answer has everything for the credit note."""
    from orderbridge.flows.api import escalations

    path = {"mall_order_id": order, "cause": cause}
    body = {"return_number": number}
    found = ask(session, escalations.enter_return_number, shop=shop, path=path, body=body)
    return said(found, str(found["what_to_do"]["text"]))


def restored(
    session: Session,
    table: Annotated[str, typer.Option("--table", metavar="NAME", help=t("The restored table."))],
) -> Outcome:
    """Nothing is sent for an order before MALL was read again."""
    from orderbridge_cli.errors import WrongUseError
    from orderbridge_cli.registry.restored import require_rereads

    stack = session.services
    if table == stack.table:
        raise WrongUseError(t("The stack works on table {table}: name the restored one.", table=table))
    found = require_rereads(stack.with_settings(TABLE_NAME=table), now=stack.clock.now())
    data = {"table": table, "orders": found.orders, "unreadable": list(found.unreadable)}

    def view(console: Console) -> None:
        console.print(
            n(
                "{number} order is read at MALL before anything is sent for it.",
                "{number} orders are read at MALL before anything is sent for them.",
                found.orders,
            )
        )
        tell_unreadable(console, found.unreadable)
        console.print(
            t("Next: {next}", next=f"make deploy ARGS='--parameter-overrides ExistingTable={table}'")
        )

    return Outcome(data, view, Exit.PERSON_MUST_ACT if found.unreadable else Exit.DONE)
