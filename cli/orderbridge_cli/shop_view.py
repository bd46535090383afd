"""Shops as the command line shows them: from the same facts as the HTTP API's health, and never with a secret."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orderbridge_cli.asking import ask, moment, zone_in
from orderbridge_cli.errors import Exit
from orderbridge_cli.frame import Outcome
from orderbridge_cli.language import n, t
from orderbridge_cli.output import facts, table

if TYPE_CHECKING:
    from collections.abc import Mapping
    from zoneinfo import ZoneInfo

    from rich.console import Console

    from orderbridge_cli.session import Session

    Json = dict[str, Any]


def listed(session: Session) -> Outcome:
    """One line per shop, with the number of its problems. A person must act where there is one."""
    from orderbridge.flows.api.shops import health

    shops = ask(session, health)["shops"] if session.services.shops.all() else []
    heard = readers(session, *(one["shop"] for one in shops))
    for one in shops:
        one["alarm_readers"] = heard[one["shop"]]

    def view(console: Console) -> None:
        if not shops:
            console.print(t("No shops yet. Begin with: orderbridge shop init"))
            return
        head = (t("Shop"), t("State"), t("Last good reading of the export"), t("Problems"))
        console.print(table(head, [_row(one, session.zone) for one in shops]))
        for one in shops:
            _print_problems(console, one)

    return Outcome({"shops": shops}, view, _exit(shops))


def _row(one: Json, zone: ZoneInfo) -> tuple[object, ...]:
    count = len(one["problems"])
    found = n("{number} problem", "{number} problems", count) if count else "–"
    return one["shop"], state_of(one), moment(one["last_success_at"], zone) or t("never"), found


def state_of(one: Mapping[str, Any]) -> str:
    """In a word: what the shop's record says about sending."""
    if one["stopped"]:
        return t("stopped")
    if one["paused"] is not None:
        return t("paused")
    if one["switch_on"] is not None and one["switch_on"]["left"]:
        return t("being switched on")
    return t("limit of calls reached") if one["limited_until"] else t("running")


def shown(session: Session, shop: str) -> Outcome:
    """Everything about one shop that is no secret."""
    from orderbridge.flows.api.shops import health, settings_view
    from orderbridge_cli.registry import check_registered

    record = check_registered(session.services, shop)
    one = next(one for one in ask(session, health)["shops"] if one["shop"] == shop)
    settings = settings_view(record)
    data: Json = {**one, "settings": settings, "alarm_readers": readers(session, shop)[shop]}
    zone = zone_in(record)

    def view(console: Console) -> None:
        calls = one["mall_calls"]
        left = t(
            "{remaining} of {limit}, until {until}",
            remaining=calls["remaining"],
            limit=calls["limit"],
            until=moment(calls["resets_at"], zone),
        ) if calls else t("not known yet")  # fmt: skip
        console.print(
            facts(
                [
                    (t("Shop"), shop),
                    (t("State"), state_of(one)),
                    ("", one["state"]["text"]),
                    (
                        t("Last good reading of the export"),
                        moment(one["last_success_at"], zone) or t("never"),
                    ),
                    (t("Orders in the export"), one["export"]["orders"]),
                    (t("Calls left at MALL"), left),
                    (t("Alarms go to"), _written_readers(data["alarm_readers"])),
                ]
            )
        )
        _print_problems(console, data)
        console.print(f"\n{t('Settings')}")
        shown = {**settings, "profile": settings["profile"] or t("own profile"), **settings["rules"]}
        del shown["rules"]
        console.print(facts((f"  {key}", _written(value)) for key, value in shown.items()))

    return Outcome(data, view, _exit([data]))


def _print_problems(console: Console, one: Json) -> None:
    for problem in one["problems"]:
        console.print(f"{one['shop']}: {problem['text']}")
    if line := alarms_unread(one["shop"], one["alarm_readers"]):
        console.print(f"{one['shop']}: {line}")


def alarms_unread(shop: str, found: list[str] | None) -> str:
    """What a person is told about the readers of a shop's alarms; empty: there are some.

    AWS accepts alarms that nobody reads, so nothing else would tell him.
    """
    if found is None:
        return t("who gets this shop's alarms cannot be seen: check the stack, and your rights in SNS")
    if found:
        return ""
    return t("nobody gets this shop's alarms: {next}", next=f"orderbridge alarm add {shop} ADDRESS")


def _written_readers(found: list[str] | None) -> str:
    if found is None:
        return t("cannot be seen")
    named = [t("a subscription that is no e-mail address") if one == OTHER else one for one in found]
    return ", ".join(named) or t("nobody")


def _exit(shops: list[Json]) -> Exit:
    well = all(one["ok"] and one["alarm_readers"] != [] for one in shops)
    return Exit.DONE if well else Exit.PERSON_MUST_ACT


def _written(value: object) -> str:
    import json

    return json.dumps(value, ensure_ascii=False)


OTHER = "other"
"""Stands among the readers for subscriptions that are no e-mail addresses."""


def readers(session: Session, *shops: str) -> dict[str, list[str] | None]:
    """Shop → the confirmed addresses that get its alarms, or ``OTHER``; None where that cannot be seen.

    As many requests for hundreds of shops as for one: one per hundred subscriptions, and one or two per subscription.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    from orderbridge.domain.persons import EVERY_SHOP

    try:
        listeners = session.services.listeners
        if listeners is None:
            return dict.fromkeys(shops)
        everybody = [one for one in listeners.all() if one.arn]
        found = {
            shop: [one.email for one in everybody if {shop, EVERY_SHOP} & set(one.shops)] for shop in shops
        }
        heard = frozenset[str]() if all(found.values()) else listeners.heard()
    except (ClientError, BotoCoreError):
        return dict.fromkeys(shops)
    return {shop: emails or ([OTHER] if heard & {shop, EVERY_SHOP} else []) for shop, emails in found.items()}
