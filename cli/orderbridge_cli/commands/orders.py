"""What people look at and decide about orders: the same use cases as the HTTP API, with the caller's AWS rights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from orderbridge_cli import names
from orderbridge_cli.asking import ask, moment, tell_unreadable, zone_of
from orderbridge_cli.frame import Exit, Outcome, Session, WrongUseError, command, said
from orderbridge_cli.language import decimal, n, t
from orderbridge_cli.on_record import Why
from orderbridge_cli.output import facts, table

if TYPE_CHECKING:
    from rich.console import Console

Order = Annotated[str, typer.Argument(metavar="ORDER", help=t("MALL's order number."))]
ShopOption = Annotated[
    str, typer.Option("--shop", metavar="SHOP", help=t("The shop; not needed where there is only one."))
]
Limit = Annotated[int, typer.Option("--limit", help=t("Entries on a page, 200 at most."))]
Cursor = Annotated[str, typer.Option("--cursor", help=t("Where the page before ended."))]


def add(app: typer.Typer) -> None:
    """Adds the commands to `app`."""
    for name, text, example, function in (
        ("sync", t("Reads the shop's export and MALL's list now."), "orderbridge sync --shop my-shop", sync),
        (
            "reconcile",
            t("Compares all orders under way with MALL now."),
            "orderbridge reconcile --shop my-shop",
            reconcile,
        ),
        ("orders", t("Lists orders, the latest change first."), "orderbridge orders --hold any", orders),
        ("explain", t("Tells the whole story of one order."), "orderbridge explain 4810000001", explain),
        (
            "retry",
            t("Looks at an order again, or at all orders under one hold."),
            "orderbridge retry 4810000001",
            retry,
        ),
        (
            "returns",
            t("Lists parcels that came back, or look as if they did."),
            "orderbridge returns",
            returns,
        ),
        (
            "escalations",
            t("Lists what no retry can put right, with the text for MALL's Operations."),
            "orderbridge escalations",
            escalations,
        ),
        ("figures", t("Shows the shop's figures as MALL counts them."), "orderbridge figures", figures),
        ("budget", t("Shows how many calls MALL leaves to the shop."), "orderbridge budget", budget),
    ):
        command(app, name, text, example=example)(function)


def sync(session: Session, shop: ShopOption = "", why: Why = "") -> Outcome:
    """Does not wait for it."""
    from orderbridge.flows.api import shops

    return _requested(ask(session, shops.sync, shop=shop, body={"why": why}))


def reconcile(session: Session, shop: ShopOption = "", why: Why = "") -> Outcome:
    """Does not wait for it."""
    from orderbridge.flows.api import shops

    return _requested(ask(session, shops.reconcile, shop=shop, body={"why": why}))


def _requested(answer: dict[str, Any]) -> Outcome:
    line = str(answer["result"]["text"])
    if str(answer["result"]["code"]).startswith("requested.fetch"):
        line = t("Asked for. What came of it: {next}", next=f"orderbridge shop show {answer['shop']}")
    return said(answer, line)


def orders(
    session: Session,
    shop: ShopOption = "",
    status: Annotated[str, typer.Option("--status", help=t("MALL's status, or unknown."))] = "",
    hold: Annotated[str, typer.Option("--hold", help=t("A hold's code, or any."))] = "",
    search: Annotated[
        str, typer.Option("--search", metavar="NUMBER", help=t("MALL's number, the shop's, or the parcel's."))
    ] = "",
    limit: Limit = 50,
    cursor: Cursor = "",
) -> Outcome:
    """One page."""
    from orderbridge.flows.api.orders import list_orders

    found = ask(
        session,
        list_orders,
        shop=shop,
        query={"status": status, "hold": hold, "search": search, "limit": limit, "cursor": cursor},
    )
    head = (t("Order"), t("In the shop"), t("At MALL"), t("Why"))
    rows = [
        (one["mall_order_id"], one["shop_status_name"] or "–", names.status(one["status"]), _why(one))
        for one in found["orders"]
    ]
    return _page(found, head, rows, t("No such orders."))


def _why(one: dict[str, Any]) -> str:
    told = (one["hold"] or {}).get("reason") or one["why"]
    return str(told["text"]) if told else ""


def _page(found: dict[str, Any], head: tuple[str, ...], rows: list[tuple[Any, ...]], nothing: str) -> Outcome:
    def view(console: Console) -> None:
        console.print(table(head, rows) if rows else nothing)
        _tell_rest(console, found)

    return Outcome(found, view, Exit.PERSON_MUST_ACT if found["unreadable"] else Exit.DONE)


def _tell_rest(console: Console, found: dict[str, Any]) -> None:
    """What is not on the page: orders that cannot be read, and the next page."""
    tell_unreadable(console, found["unreadable"])
    if found["next_cursor"]:
        console.print(t("More: add --cursor {cursor}", cursor=found["next_cursor"]))


def explain(session: Session, order: Order, shop: ShopOption = "") -> Outcome:
    """Both sides, the time line, why nothing is sent, what to do. A person must act where the order is held for him."""
    from orderbridge.flows.api.orders import order_detail
    from orderbridge_cli.story import must_act, tell

    found = ask(session, order_detail, shop=shop, path={"mall_order_id": order})
    zone = zone_of(session, found["shop"])
    exit_code = Exit.PERSON_MUST_ACT if must_act(found) else Exit.DONE
    return Outcome(found, lambda console: tell(console, found, zone), exit_code)


def retry(
    session: Session,
    order: Annotated[str, typer.Argument(metavar="ORDER", help=t("MALL's order number."))] = "",
    hold: Annotated[str, typer.Option("--hold", metavar="CODE", help=t("All orders under this hold."))] = "",
    shop: ShopOption = "",
    limit: Limit = 50,
    why: Why = "",
) -> Outcome:
    """Either one order, or a page of those under a hold."""
    from orderbridge.flows.api import orders as one_order
    from orderbridge.flows.api import retries

    if bool(order) == bool(hold):
        raise WrongUseError(t("Give either an order number or --hold CODE."))
    if order:
        return _requested(
            ask(session, one_order.retry, shop=shop, path={"mall_order_id": order}, body={"why": why})
        )
    query = {"hold": hold, "limit": limit}
    found = ask(session, retries.retry_orders, shop=shop, query=query, body={"why": why})
    count = len(found["orders"])

    def view(console: Console) -> None:
        console.print(n("{number} order is looked at again.", "{number} orders are looked at again.", count))
        if found["more"]:
            console.print(t("There are more: repeat the command."))

    return Outcome(found, view)


def returns(
    session: Session,
    shop: ShopOption = "",
    kind: Annotated[str, typer.Option("--kind", help=t("Only this kind."))] = "",
    state: Annotated[str, typer.Option("--state", help="open, resolved, all")] = "open",
    limit: Limit = 50,
    cursor: Cursor = "",
) -> Outcome:
    """One page."""
    from orderbridge.flows.api.returns import list_returns

    found = ask(
        session,
        list_returns,
        shop=shop,
        query={"kind": kind, "state": state, "limit": limit, "cursor": cursor},
    )
    zone = zone_of(session, found["shop"])
    rows = [
        (one["mall_order_id"], names.returned(one["kind"]), moment(one["since"], zone), one["reason"]["text"])
        for one in found["returns"]
    ]
    head = (t("Order"), t("Kind"), t("Since"), t("What happened, and what to do"))
    return _page(found, head, rows, t("No returns are open."))


def escalations(
    session: Session,
    shop: ShopOption = "",
    cause: Annotated[str, typer.Option("--cause", help=t("Only this cause."))] = "",
    state: Annotated[str, typer.Option("--state", help="open, closed, all")] = "open",
    limit: Limit = 50,
    cursor: Cursor = "",
) -> Outcome:
    """One page, each with its ready text."""
    from orderbridge.flows.api.escalations import list_escalations

    found = ask(
        session,
        list_escalations,
        shop=shop,
        query={"cause": cause, "state": state, "limit": limit, "cursor": cursor},
    )
    rows = found["escalations"]

    def view(console: Console) -> None:
        if not rows:
            console.print(t("No escalations are open."))
        for one in rows:
            console.print(
                facts(
                    [
                        (t("Order"), f"{one['mall_order_id']}: {names.cause(one['cause'])} ({one['cause']})"),
                        (t("What happened"), one["what_happened"]["text"]),
                        (t("What to do"), one["what_to_do"]["text"]),
                    ]
                )
            )
            console.print(f"\n{one['ready_text']['text']}\n")
        _tell_rest(console, found)

    waits = bool(found["unreadable"]) or any(one["state"] == "open" for one in rows)
    return Outcome(found, view, Exit.PERSON_MUST_ACT if waits else Exit.DONE)


def figures(
    session: Session,
    shop: ShopOption = "",
    first: Annotated[str, typer.Option("--from", metavar="DAY", help=t("First day, as 2026-11-01."))] = "",
    last: Annotated[str, typer.Option("--to", metavar="DAY", help=t("Last day."))] = "",
) -> Outcome:
    """Counted as MALL measures its partners."""
    from orderbridge.flows.api.figures import show_figures

    found = ask(session, show_figures, shop=shop, query={"from": first, "to": last})
    return Outcome(found, lambda console: console.print(_figures(found)))


FIGURES = ("cancel_rate", "status_errors", "tracking_rate", "late_delivered")


def _figures(found: dict[str, Any]) -> Any:  # noqa: ANN401 - Rich is imported by what prints
    names = {
        "cancel_rate": t("Cancelled by the shop"),
        "status_errors": t("Wrong statuses"),
        "tracking_rate": t("With a tracking number"),
        "late_delivered": t("Delivered set late"),
    }
    rows = [(names[key], *_figure(found[key])) for key in FIGURES]
    return table((t("Figure"), t("Value"), t("Orders"), t("Limit"), t("Counted are")), rows)


def _figure(one: dict[str, Any]) -> tuple[object, ...]:
    return (
        _share(one["value"]),
        f"{one['count']} / {one['total']}",
        _share(one["limit"]),
        one["counts"]["text"],
    )


def _share(value: float | str | None) -> str:
    return "–" if value is None else decimal(f"{value} %")


def budget(session: Session, shop: ShopOption = "") -> Outcome:
    """As MALL said with its last answers."""
    from orderbridge.flows.api.shops import health
    from orderbridge_cli.registry import check_registered

    if shop:
        check_registered(session.services, shop)
    shops = [one for one in ask(session, health)["shops"] if shop in {"", one["shop"]}]
    found = [{"shop": one["shop"], "mall_calls": one["mall_calls"]} for one in shops]

    def view(console: Console) -> None:
        if not found:
            console.print(t("No shops yet."))
        for one in found:
            calls = one["mall_calls"]
            line = t("{shop}: MALL has not said yet how many calls are left.", shop=one["shop"])
            if calls:
                line = t(
                    "{shop}: {remaining} of {limit} calls are left until {until}.",
                    shop=one["shop"],
                    remaining=calls["remaining"],
                    limit=calls["limit"],
                    until=moment(calls["resets_at"], zone_of(session, one["shop"])),
                )
            console.print(line)

    return Outcome({"shops": found}, view)
