"""Shops as the command line shows them: from the same facts as the HTTP API's health, and never with a secret."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orderbridge_cli.asking import ask, moment, zone_of
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
    for one in shops:
        one["alarm_readers"] = _readers(session, one["shop"])

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
    from orderbridge.flows.api.shops import health
    from orderbridge_cli.registry import check_registered

    record = check_registered(session.services, shop)
    one = next(one for one in ask(session, health)["shops"] if one["shop"] == shop)
    settings = record.settings.model_dump(mode="json")
    text = settings.pop("profile_text")
    settings["profile"] = t("own profile") if text else settings["profile"]
    readers = _readers(session, shop)
    data = {**one, "settings": settings, "alarm_readers": readers}
    zone = zone_of(session, shop)

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
                    (t("Alarms go to"), ", ".join(readers or []) or t("nobody")),
                ]
            )
        )
        _print_problems(console, data)
        console.print(f"\n{t('Settings')}")
        rules = settings.pop("rules")
        console.print(facts((f"  {key}", _written(value)) for key, value in {**settings, **rules}.items()))

    return Outcome(data, view, _exit([data]))


def _print_problems(console: Console, one: Json) -> None:
    for problem in one["problems"]:
        console.print(f"{one['shop']}: {problem['text']}")
    if one["alarm_readers"] == []:
        follow = f"orderbridge alarm add {one['shop']} ADDRESS"
        console.print(t("{shop}: nobody gets this shop's alarms: {next}", shop=one["shop"], next=follow))


def _exit(shops: list[Json]) -> Exit:
    well = all(one["ok"] and one["alarm_readers"] != [] for one in shops)
    return Exit.DONE if well else Exit.PERSON_MUST_ACT


def _written(value: object) -> str:
    import json

    return json.dumps(value, ensure_ascii=False)


def _readers(session: Session, shop: str) -> list[str] | None:
    """The confirmed addresses that get the shop's alarms; None where that cannot be seen."""
    from botocore.exceptions import BotoCoreError, ClientError

    from orderbridge.domain.persons import EVERY_SHOP

    try:
        listeners = session.services.listeners
        if listeners is None:
            return None
        heard = [one for one in listeners.all() if one.arn and {shop, EVERY_SHOP} & set(one.shops)]
        if heard or not listeners.heard() & {shop, EVERY_SHOP}:
            return [one.email for one in heard]
    except (ClientError, BotoCoreError):
        return None
    return [t("a subscription that is no e-mail address")]
