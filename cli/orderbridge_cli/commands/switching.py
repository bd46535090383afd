"""``orderbridge shop pause`` and ``orderbridge shop resume``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from orderbridge_cli.frame import Exit, Outcome, PersonMustActError, Session, Yes, command, said
from orderbridge_cli.language import t
from orderbridge_cli.on_record import Why, check_why

if TYPE_CHECKING:
    from orderbridge.domain.shops import ShopRecord
    from orderbridge.domain.switch_on import Difference

Shop = Annotated[str, typer.Argument(help=t("The shop's name."), metavar="SHOP")]
WithPreview = Annotated[
    bool,
    typer.Option(
        "--preview", help=t("Look at what would be sent first, though the shop was switched on before.")
    ),
]


def add_to(shop: typer.Typer) -> None:
    """Adds the commands to the group ``shop``."""
    command(
        shop,
        "pause",
        t("Pauses a shop: its export is not read, and nothing is sent. What it wanted is remembered."),
        example="orderbridge shop pause my-shop",
    )(pause)
    command(
        shop,
        "resume",
        t("Switches a shop on. The first time it shows what would be sent, and asks."),
        example="orderbridge shop resume my-shop",
    )(resume)


def pause(session: Session, shop: Shop, *, why: Why = "") -> Outcome:
    """At once, without a question: pausing takes nothing away."""
    from orderbridge.flows.switching import pause_shop
    from orderbridge_cli.registry import check_registered

    check_why(why)
    check_registered(session.services, shop)
    new = pause_shop(session.services, shop, session.person, session.now(), why)
    line = (
        t("Shop {shop} is paused: nothing is sent from now on.", shop=shop)
        if new
        else t("Shop {shop} was paused already.", shop=shop)
    )
    follow = f"orderbridge shop resume {shop}"
    return said(
        {"shop": shop, "paused": True, "changed": new, "next": follow},
        line,
        t("To go on: {next}", next=follow),
    )


def resume(
    session: Session, shop: Shop, *, preview: WithPreview = False, yes: Yes = False, why: Why = ""
) -> Outcome:
    """One write at the end, so an interruption before it leaves the shop paused."""
    from orderbridge.flows.switching import resume_shop
    from orderbridge_cli.asking import zone_in
    from orderbridge_cli.registry import check_registered
    from orderbridge_cli.switching import going_on, switch_on_data

    check_why(why)
    record = check_registered(session.services, shop)
    if record.pause is None:
        return said(
            {"shop": shop, "running": True, "changed": False, "difference": None, "switch_on": None},
            t("Shop {shop} runs already.", shop=shop),
        )
    difference = _preview(session, record) if preview or record.never_ran else None
    if difference is not None and not session.ask(t("Switch shop {shop} on?", shop=shop), yes=yes):
        return _left_paused(shop)
    resumption = resume_shop(session.services, record, session.person, session.now(), difference, why)
    if not resumption.done:
        raise PersonMustActError(
            t(
                "Somebody else changed shop {shop} meanwhile. Look at it: orderbridge shop show {shop}",
                shop=shop,
            )
        )
    return said(
        {
            "shop": shop,
            "running": True,
            "changed": True,
            "difference": None
            if difference is None
            else {"reversible": difference.reversible, "irreversible": difference.irreversible},
            "switch_on": switch_on_data(resumption.switch_on),
        },
        *going_on(resumption.switch_on, shop, zone_in(record)),
    )


def _preview(session: Session, record: ShopRecord) -> Difference:
    """Shows what would be sent if the shop were switched on now, and how fast. Writes nothing."""
    from orderbridge_cli.asking import zone_in
    from orderbridge_cli.preview_view import PreviewText
    from orderbridge_cli.previewing import make_preview
    from orderbridge_cli.switching import difference_of, pace

    zone = zone_in(record)
    made = make_preview(session, record.shop, zone)
    PreviewText(made, session.language, zone).show_summary(session.err)
    difference = difference_of(made.rows)
    session.tell(t("Order by order: {command}", command=f"orderbridge preview {record.shop}"))
    session.tell(pace(record.settings, difference, session.now()))
    return difference


def _left_paused(shop: str) -> Outcome:
    return said(
        {"shop": shop, "running": False, "changed": False, "difference": None, "switch_on": None},
        t("Shop {shop} stays paused.", shop=shop),
        exit_code=Exit.PERSON_MUST_ACT,
    )
