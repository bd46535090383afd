"""``operator``, ``webhook`` and ``alarm``: who may use the stack, where MALL reports, and who gets alarms."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any

import typer

from orderbridge_cli import names
from orderbridge_cli.errors import PersonMustActError
from orderbridge_cli.frame import Outcome, Session, WrongUseError, Yes, command, declined, group, said
from orderbridge_cli.language import t
from orderbridge_cli.on_record import Why, recording
from orderbridge_cli.output import table

if TYPE_CHECKING:
    from rich.console import Console

    from orderbridge.adapters.aws.listeners import SnsListeners

Shop = Annotated[str, typer.Argument(metavar="SHOP", help=t("The shop's name."))]
Email = Annotated[str, typer.Argument(metavar="ADDRESS", help=t("An e-mail address."))]
Name = Annotated[str, typer.Argument(metavar="NAME", help=t("The person's or the tool's name."))]

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def add(app: typer.Typer) -> None:
    """Adds the commands to `app`."""
    operator = group(app, "operator", t("Who may use the clerks' page and the HTTP API."))
    command(
        operator,
        "add",
        t("Makes a token for a person or a tool. It is shown once: only its digest is stored."),
        example="orderbridge operator add jana --shop my-shop",
    )(operator_add)
    command(operator, "list", t("Lists the operators."), example="orderbridge operator list")(operator_list)
    command(
        operator,
        "sign-in",
        t("Prints a link that signs an operator in to the clerks' page once, without his token."),
        example="orderbridge operator sign-in jana",
    )(operator_sign_in)
    command(operator, "remove", t("Makes a token worthless."), example="orderbridge operator remove jana")(
        operator_remove
    )
    webhook = group(app, "webhook", t("Where MALL reports that orders changed."))
    command(
        webhook,
        "add",
        t("Makes an address for MALL's portal, in place of an older one. It is shown once."),
        example="orderbridge webhook add my-shop",
    )(webhook_add)
    command(
        webhook,
        "list",
        t("Lists the shops and whether they have a webhook."),
        example="orderbridge webhook list",
    )(webhook_list)
    command(
        webhook, "remove", t("Makes the address worthless."), example="orderbridge webhook remove my-shop"
    )(webhook_remove)
    alarm = group(app, "alarm", t("Who gets a shop's alarms by e-mail."))
    command(
        alarm,
        "add",
        t("Sends a shop's alarms to an address."),
        example="orderbridge alarm add my-shop clerk@example.com",
    )(alarm_add)
    command(alarm, "list", t("Lists the addresses and their shops."), example="orderbridge alarm list")(
        alarm_list
    )
    command(
        alarm,
        "remove",
        t("Sends a shop's alarms to an address no more."),
        example="orderbridge alarm remove my-shop clerk@example.com",
    )(alarm_remove)


def operator_add(
    session: Session,
    name: Name,
    shop: Annotated[
        list[str] | None,
        typer.Option("--shop", help=t("A shop that he may see; repeat it. Without it: every shop.")),
    ] = None,
    role: Annotated[
        str,
        typer.Option(
            "--role", metavar="viewer|operator", help=t("viewer: reads; operator: also asks for changes.")
        ),
    ] = "operator",
    why: Why = "",
) -> Outcome:
    """Prints the token once."""
    from orderbridge.domain.codes.persons import PersonReason
    from orderbridge.domain.facts import ShopText, Term
    from orderbridge.domain.persons import EVERY_SHOP, Role
    from orderbridge_cli.registry import add_operator

    if role not in {*Role}:
        raise WrongUseError(t("The role is viewer or operator."))
    added = {"operator": ShopText(name), "role": Term(role)}
    before = recording(session, EVERY_SHOP, PersonReason.OPERATOR_ADDED, why, **added)
    token = add_operator(session.services, name, shop or [], Role(role), before)
    return said(
        {"operator": name, "role": role, "shops": shop or ["*"], "token": token},
        t("Operator {name} is added. The token is shown only now:", name=name),
        token,
    )


def operator_list(session: Session) -> Outcome:
    """Names and shops; a token cannot be shown."""
    found: list[dict[str, Any]] = [
        {"operator": one.name, "role": one.role.value, "shops": list(one.shops)}
        for one in session.services.operators.all()
    ]
    rows = [(one["operator"], names.role(one["role"]), ", ".join(one["shops"])) for one in found]

    def view(console: Console) -> None:
        head = (t("Operator"), t("Role"), t("Shops"))
        console.print(table(head, rows) if rows else t("No operators yet."))

    return Outcome({"operators": found}, view)


def operator_sign_in(session: Session, name: Name, why: Why = "") -> Outcome:
    """Prints link and code once."""
    from orderbridge.domain.codes.persons import PersonReason
    from orderbridge.domain.facts import ShopText
    from orderbridge.domain.persons import EVERY_SHOP
    from orderbridge_cli.registry import one_time_sign_in

    before = recording(session, EVERY_SHOP, PersonReason.SIGN_IN_MADE, why, operator=ShopText(name))
    made = one_time_sign_in(session.services, name, before=before)
    return said(
        {"operator": name, "link": made.link, "code": made.code},
        t("This link signs {name} in once, within a quarter of an hour:", name=name),
        made.link,
        t("Or type the code on the page: {code}", code=made.code),
    )


def operator_remove(session: Session, name: Name, why: Why = "", *, yes: Yes = False) -> Outcome:
    """API Gateway may know the token for some minutes more."""
    from orderbridge.domain.codes.persons import PersonReason
    from orderbridge.domain.facts import ShopText
    from orderbridge.domain.persons import EVERY_SHOP
    from orderbridge_cli.registry import remove_operator

    removed = {"operator": ShopText(name)}
    before = recording(session, EVERY_SHOP, PersonReason.OPERATOR_REMOVED, why, **removed)

    if not session.ask(t("Remove operator {name}?", name=name), yes=yes):
        return declined({"operator": name, "removed": False})
    remove_operator(session.services, name, before)
    return said(
        {"operator": name, "removed": True},
        t(
            "Operator {name} is removed. The page is closed at once, the HTTP API after a minute"
            " (AuthorizationCacheSeconds).",
            name=name,
        ),
    )


def webhook_add(session: Session, shop: Shop, why: Why = "") -> Outcome:
    """Prints the address once."""
    from orderbridge.domain.codes.persons import PersonReason
    from orderbridge_cli.registry import add_webhook, check_registered

    stack = session.services
    check_registered(stack, shop)
    recording(session, shop, PersonReason.WEBHOOK_ADDED, why)()
    address = stack.api_url.rstrip("/") + add_webhook(stack, shop)
    return said(
        {"shop": shop, "webhook": address},
        t("Enter this address in MALL's portal. It is shown only now, and works within five minutes:"),
        address,
    )


def webhook_list(session: Session) -> Outcome:
    """The addresses themselves cannot be shown."""
    stack = session.services
    found = [
        {"shop": one.shop, "webhook": stack.webhooks.digest_of(one.shop) is not None}
        for one in stack.shops.all()
    ]

    def view(console: Console) -> None:
        rows = [(one["shop"], t("yes") if one["webhook"] else t("no")) for one in found]
        console.print(table((t("Shop"), t("Webhook")), rows) if rows else t("No shops yet."))

    return Outcome({"webhooks": found}, view)


def webhook_remove(session: Session, shop: Shop, why: Why = "", *, yes: Yes = False) -> Outcome:
    """Without it MALL's lists are read by schedule only."""
    from orderbridge.domain.codes.persons import PersonReason
    from orderbridge_cli.registry import check_registered

    check_registered(session.services, shop)
    if not session.ask(t("Remove the webhook of shop {shop}?", shop=shop), yes=yes):
        return declined({"shop": shop, "removed": False})
    recording(session, shop, PersonReason.WEBHOOK_REMOVED, why)()
    session.services.webhooks.remove(shop)
    return said(
        {"shop": shop, "removed": True},
        t("Shop {shop} has no webhook now; the old address works for five minutes at most.", shop=shop),
    )


def _listeners(session: Session) -> SnsListeners:
    found = session.services.listeners
    if found is None:
        raise PersonMustActError(t("The stack has no topic for alarms: deploy the present template."))
    return found


def alarm_add(session: Session, shop: Shop, email: Email, why: Why = "") -> Outcome:
    """A new address must open the link that AWS sends to it."""
    from orderbridge.domain.codes.persons import PersonReason
    from orderbridge_cli.registry import check_registered

    listeners = _listeners(session)
    check_registered(session.services, shop)
    if not _EMAIL.fullmatch(email):
        raise WrongUseError(t("That is not an e-mail address."))
    recording(session, shop, PersonReason.ALARM_READER_ADDED, why)()
    asked = listeners.add(email, shop)
    line = (
        t("AWS sends an e-mail there now (Subscription Confirmation). Alarms come once its link is open.")
        if asked
        else t("Alarms of shop {shop} go there; AWS takes up to 15 minutes to apply that.", shop=shop)
    )
    return said({"shop": shop, "must_confirm": asked}, line)


def alarm_list(session: Session) -> Outcome:
    """Who has not confirmed gets nothing."""
    readers = _listeners(session).all()
    found = [{"email": one.email, "confirmed": bool(one.arn), "shops": list(one.shops)} for one in readers]

    def view(console: Console) -> None:
        rows = [(one.email, t("yes") if one.arn else t("not yet"), ", ".join(one.shops)) for one in readers]
        head = (t("Address"), t("Confirmed"), t("Shops"))
        console.print(table(head, rows) if rows else t("Nobody gets alarms."))

    return Outcome({"readers": found}, view)


def alarm_remove(session: Session, shop: Shop, email: Email, why: Why = "", *, yes: Yes = False) -> Outcome:
    """The address keeps the alarms of its other shops."""
    from orderbridge.domain.codes.persons import PersonReason

    listeners = _listeners(session)
    if not session.ask(t("Send the alarms of shop {shop} there no more?", shop=shop), yes=yes):
        return declined({"shop": shop, "removed": False})
    recording(session, shop, PersonReason.ALARM_READER_REMOVED, why)()
    listeners.remove(email, shop)
    return said(
        {"shop": shop, "removed": True},
        t("Alarms of shop {shop} go there no more; AWS takes up to 15 minutes to apply that.", shop=shop),
    )
