"""What waits for the shop's people today, and taking a step back before it is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from orderbridge_cli.asking import ask, moment, tell_unreadable, zone_of
from orderbridge_cli.commands.orders import Order, ShopOption
from orderbridge_cli.frame import Exit, Outcome, Session, Yes, command, declined, said
from orderbridge_cli.language import n, t
from orderbridge_cli.names import action
from orderbridge_cli.output import safe, table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from zoneinfo import ZoneInfo

    from rich.console import Console

    Json = dict[str, Any]
    Row = tuple[object, ...]

Step = Annotated[
    int, typer.Option("--step", metavar="NUMBER", help=t("The step's number, as today and explain show it."))
]
WhyUndone = Annotated[
    str, typer.Option("--why", metavar="TEXT", help=t("Why it is not to be sent; it goes on record."))
]


def add(app: typer.Typer) -> None:
    """Adds the commands to `app`."""
    command(
        app,
        "today",
        t("Lists what waits for the shop's people today, the most urgent first."),
        example="orderbridge today my-shop",
    )(today)
    command(
        app,
        "undo",
        t("Takes a step back before it is sent; the order waits until it is put right in the shop."),
        example='orderbridge undo 4810000001 --step 4 --why "delivery date was a slip"',
    )(undo)


def today(
    session: Session,
    shop: Annotated[
        str, typer.Argument(metavar="[SHOP]", help=t("The shop; not needed where there is only one."))
    ] = "",
) -> Outcome:
    """A person must act where something waits. An open undo window alone waits for nobody."""
    from orderbridge.flows.api.today import today as waiting

    found = ask(session, waiting, shop=shop)
    zone = zone_of(session, found["shop"])
    waits = [name for name, _ in _PARTS if name != "undo_windows" and found[name]]
    exit_code = Exit.PERSON_MUST_ACT if waits or found["unreadable"] else Exit.DONE
    return Outcome(found, lambda console: _tell(console, found, zone), exit_code)


def undo(
    session: Session,
    order: Order,
    step: Step,
    why: WhyUndone,
    shop: ShopOption = "",
    *,
    yes: Yes = False,
) -> Outcome:
    """Asks first: the order then waits for a person."""
    from orderbridge.flows.api.undo import undo_step

    question = t(
        "Take step {step} of order {order} back? The order then waits for you.", step=step, order=order
    )
    if not session.ask(question, yes=yes):
        return declined({"mall_order_id": order, "undone": False})
    found = ask(session, undo_step, shop=shop, path={"mall_order_id": order}, body={"step": step, "why": why})
    return said(found, safe(found["result"]["text"]))


def _tell(console: Console, found: Json, zone: ZoneInfo) -> None:
    console.print(safe(found["headline"]["text"]))
    for name, head in _PARTS:
        rows = list(_rows(name, found, zone))
        if rows:
            console.print()
            console.print(table((t("Order"), t("In the shop"), t("Since"), head()), rows))
    if found["cut"]:
        console.print(t("There are more than these."))
    tell_unreadable(console, found["unreadable"])
    console.print()
    console.print(_happened(found["happened_today"]))


_PARTS: tuple[tuple[str, Callable[[], str]], ...] = (
    ("stop_parcels", lambda: t("Stop the parcel")),
    ("undo_windows", lambda: t("Is about to be sent")),
    ("deadlines", lambda: t("Deadline")),
    ("returns", lambda: t("Return")),
    ("escalations", lambda: t("Escalation")),
    ("holds", lambda: t("Held")),
)
"""The lists of the answer, in order of haste, each with the head of what it says."""


def _rows(name: str, found: Json, zone: ZoneInfo) -> Iterator[Row]:
    """Order, the shop's number, since when, and what it is about."""
    entries = [(one, _said(name, one, zone)) for one in found[name] if name != "holds"]
    if name == "holds":
        entries = [
            (one, f"{group['what_to_do']['text']} {one['reason']['text']}")
            for group in found["holds"]
            for one in group["orders"]
        ]
    for one, about in entries:
        yield one["mall_order_id"], one["code"] or "–", moment(one["since"], zone), about


def _said(name: str, one: Json, zone: ZoneInfo) -> str:
    if name == "undo_windows":
        what, due = action(one["action"]), moment(one["due_at"], zone)
        return t("Step {step}: {what}, from {due} on", step=one["step"], what=what, due=due)
    told = one["reason"]["text"]
    return f"{told} {one['what_to_do']['text']}" if "what_to_do" in one else str(told)


def _happened(found: Json) -> str:
    sent = sum(found["sent"].values())
    return n("Sent to MALL today: {number} status.", "Sent to MALL today: {number} statuses.", sent)
