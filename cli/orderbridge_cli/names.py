"""Names of the product's codes as people read them. Programs get the codes themselves (``--json``)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orderbridge_cli.language import language, t

if TYPE_CHECKING:
    from collections.abc import Mapping


def status(code: str | None) -> str:
    """A status of MALL, as MALL's portal names it."""
    from orderbridge.domain.statuses import MarketplaceStatus

    if code is None or code not in {*MarketplaceStatus}:
        return t("not known")
    return _of_catalogue(MarketplaceStatus(code))


def action(code: str) -> str:
    """What a step does."""
    from orderbridge.domain.actions import Action

    return _of_catalogue(Action(code)) if code in {*Action} else code


def _of_catalogue(value: object) -> str:
    from typing import cast

    from orderbridge.texts.catalogues import Named, name_of

    return name_of(cast("Named", value), language())


def hold(code: str) -> str:
    """Why an order is held, in a few words that hold for every order with this code."""
    from zoneinfo import ZoneInfo

    from orderbridge.domain.codes.cases import HoldSummary
    from orderbridge.domain.reasons import because
    from orderbridge.texts import command_line, render

    found = HoldSummary.__members__.get(code.upper())
    return code if found is None else render(because(found), language(), ZoneInfo("UTC"), command_line())


def returned(kind: str) -> str:
    """Why a parcel is on the list of returns."""
    return _named(
        kind,
        {
            "unclaimed": t("cancelled after Shipped"),
            "overdue": t("shipped long ago"),
            "ready_to_return": t("ready to be collected"),
            "withdrawal": t("cancelled after Delivered"),
        },
    )


def cause(code: str) -> str:
    """Why an order was escalated."""
    return _named(
        code,
        {
            "refused": t("MALL refuses"),
            "impossible": t("impossible change"),
            "wrong_delivered": t("Delivered is wrong"),
            "wrong_delivery_date": t("the delivery date is wrong"),
            "wrong_final": t("the final status is wrong"),
            "not_at_marketplace": t("MALL does not know it"),
            "dead_letter": t("failed too often"),
            "drift": t("the two sides differ"),
            "no_effect": t("accepted without effect"),
            "calls_spent": t("too many calls"),
            "not_imported": t("not in the shop"),
        },
    )


def actor(code: str) -> str:
    """Who must act for an order that is held."""
    return _named(
        code,
        {
            "nobody": t("Nobody has to act."),
            "clerk": t("The shop's people must act."),
            "integrator": t("Whoever looks after orderbridge must act."),
            "marketplace": t("MALL must act."),
        },
    )


def role(code: str) -> str:
    """What a token allows."""
    return _named(code, {"viewer": t("viewer"), "operator": t("operator")})


def attempt(result: str) -> str:
    """How an attempt ended."""
    return _named(
        result,
        {
            "accepted": t("accepted"),
            "failed": t("failed"),
            "no_answer_recorded": t("no answer is on record"),
        },
    )


def _named(code: str, names: Mapping[str, str]) -> str:
    return names.get(code, code)
