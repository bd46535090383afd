"""``orderbridge shop``: connects shops, shows them, gives them new secrets and removes them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from orderbridge_cli.commands import switching
from orderbridge_cli.frame import Outcome, Session, WrongUseError, Yes, command, declined, group, said
from orderbridge_cli.language import t
from orderbridge_cli.on_record import Why, recording

Shop = Annotated[str, typer.Argument(help=t("The shop's name."), metavar="SHOP")]
SecretsFile = Annotated[
    str,
    typer.Option(
        "--secrets", metavar="FILE", help=t("TOML or JSON file with the secrets; - reads it from stdin.")
    ),
]


def add(app: typer.Typer) -> None:
    """Adds the commands to `app`."""
    shop = group(app, "shop", t("Connect, show, pause, resume and remove shops."))
    command(
        shop,
        "init",
        t("Asks what it needs and writes a commented settings file; it connects nothing yet."),
        example="orderbridge shop init --out shop.toml",
    )(init)
    command(
        shop,
        "add",
        t("Connects a shop, or gives it changed settings. A new shop is paused: nothing is sent for it."),
        example="orderbridge shop add shop.toml",
    )(add_shop)
    command(shop, "list", t("Lists the shops and how they are doing."), example="orderbridge shop list")(
        list_shops
    )
    command(
        shop,
        "show",
        t("Shows a shop: settings, state, calls left at MALL, problems. Never a secret."),
        example="orderbridge shop show my-shop",
    )(show)
    command(
        shop,
        "rotate-key",
        t("Gives a shop a new MALL key, or new addresses. Asks for them without showing them."),
        example="orderbridge shop rotate-key my-shop",
    )(rotate)
    command(
        shop,
        "remove",
        t("Removes a shop with its secrets, webhook and alarm readers. Its orders stay on record."),
        example="orderbridge shop remove my-shop",
    )(remove)
    switching.add_to(shop)


def init(
    session: Session,
    out: Annotated[Path, typer.Option("--out", help=t("The file to write."))] = Path("shop.toml"),
    shop: Annotated[str, typer.Option("--shop", metavar="NAME", help=t("The shop's name."))] = "",
    profile: Annotated[
        str,
        typer.Option(
            "--export-profile",
            metavar="NAME|FILE",
            help=t("How the export is written: a shipped profile, or a file with one."),
        ),
    ] = "",
    shop_language: Annotated[
        str,
        typer.Option("--shop-lang", metavar="cs|sk|en", help=t("What the shop's people read.")),
    ] = "",
    import_mode: Annotated[
        str,
        typer.Option(
            "--import", metavar="link|create|off", help=t("Where MALL's orders in the shop come from.")
        ),
    ] = "",
    before: Annotated[
        str,
        typer.Option(
            "--ignore-before", metavar="DAY", help=t("Orders placed before this day are left alone.")
        ),
    ] = "",
) -> Outcome:
    """Writes the file only when every answer is there; an interrupted run leaves nothing."""
    from orderbridge_cli.shop_file import Given, answers, write

    if out.exists():
        raise WrongUseError(t("{file} exists: name another one with --out.", file=out))
    given = answers(session, Given(shop, shop_language, profile, import_mode, before))
    write(out, given)
    follow = f"orderbridge shop add {out}"
    return said(
        {"file": str(out), "shop": given.shop, "next": follow},
        t("{file} is written: read it, change what you need, then: {next}", file=out, next=follow),
    )


def add_shop(
    session: Session,
    file: Annotated[Path, typer.Argument(metavar="FILE", help=t("The settings: TOML or JSON."))],
    secrets: SecretsFile = "",
    why: Why = "",
) -> Outcome:
    """Secrets come from the file's own part, from ``--secrets``, or are asked for."""
    from orderbridge.domain.codes.persons import PersonReason
    from orderbridge.settings import shop_settings
    from orderbridge_cli.registry import read_shop_file, register_shop
    from orderbridge_cli.secret_values import completed
    from orderbridge_cli.shop_view import alarms_unread, readers

    stack = session.services
    settings, inside = read_shop_file(file)
    checked = shop_settings(settings)
    known = stack.shops.get(checked.shop) is not None
    values = completed(
        session, checked.shop, inside, secrets, with_import=checked.rules.import_mode == "create"
    )
    what = PersonReason.SHOP_CHANGED if known else PersonReason.SHOP_ADDED
    before = recording(session, checked.shop, what, why)
    register_shop(stack, settings, values, by=session.person, before=before)
    follow = f"orderbridge doctor {checked.shop}"
    found = readers(session, checked.shop)[checked.shop]
    return said(
        {"shop": checked.shop, "added": not known, "alarm_readers": found, "next": follow},
        t("Shop {shop} has its new settings.", shop=checked.shop)
        if known
        else t("Shop {shop} is connected and paused: nothing is sent for it yet.", shop=checked.shop),
        f"{checked.shop}: {unread}" if (unread := alarms_unread(checked.shop, found)) else "",
        t("Next: {next}", next=follow),
    )


def list_shops(session: Session) -> Outcome:
    """One line per shop."""
    from orderbridge_cli.shop_view import listed

    return listed(session)


def show(session: Session, shop: Shop) -> Outcome:
    """Settings, state, budget, problems."""
    from orderbridge_cli.shop_view import shown

    return shown(session, shop)


def rotate(
    session: Session,
    shop: Shop,
    secrets: SecretsFile = "",
    why: Why = "",
) -> Outcome:
    """Only what is given changes."""
    from orderbridge.domain.codes.persons import PersonReason
    from orderbridge_cli.registry import check_registered, rotate_key
    from orderbridge_cli.secret_values import changed

    check_registered(session.services, shop)
    values: dict[str, Any] = changed(session, secrets)
    if not values:
        raise WrongUseError(t("Nothing was given, so nothing was changed."))
    rotate_key(session.services, shop, values, recording(session, shop, PersonReason.KEY_ROTATED, why))
    names = sorted(values)
    return said(
        {"shop": shop, "changed": names},
        t(
            "Shop {shop} has new secrets: {names}. They are used from now on.",
            shop=shop,
            names=", ".join(names),
        ),
    )


def remove(session: Session, shop: Shop, why: Why = "", *, yes: Yes = False) -> Outcome:
    """Asks first: a removed shop sends nothing more."""
    from orderbridge.domain.codes.persons import PersonReason
    from orderbridge_cli.registry import check_removable, remove_shop

    check_removable(session.services, shop)
    question = t("Remove shop {shop}? Nothing more is sent for it; its orders stay on record.", shop=shop)
    if not session.ask(question, yes=yes):
        return declined({"shop": shop, "removed": False})
    recording(session, shop, PersonReason.SHOP_REMOVED, why)()
    remove_shop(session.services, shop)
    return said({"shop": shop, "removed": True}, t("Shop {shop} is removed.", shop=shop))
