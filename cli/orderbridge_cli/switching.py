"""Switching a shop on and off: what a preview means for it, and how that is told. Knows nothing of Typer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orderbridge_cli.language import n, t

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from orderbridge.domain.switch_on import Difference, SwitchOn
    from orderbridge.settings import ShopSettings
    from orderbridge_cli.dry_run import PreviewRow

    Json = dict[str, Any]

_HOUR = 3600


def difference_of(rows: Iterable[PreviewRow]) -> Difference:
    """The steps of a preview's `rows` that a switch-on holds apart (R14.2). Others are not slowed down."""
    from orderbridge.domain.switch_on import IRREVERSIBLE, REVERSIBLE, Difference

    actions = [step.action for row in rows for step in row.steps]
    return Difference(
        sum(action in REVERSIBLE for action in actions), sum(action in IRREVERSIBLE for action in actions)
    )


def pace(settings: ShopSettings, difference: Difference, now: datetime) -> str:
    """Whether `difference` goes out in steps, and how long that takes."""
    from orderbridge.domain.switch_on import begun, goes_in_steps

    if not difference.steps:
        return t("Nothing differs at MALL, so nothing is sent there at first.")
    if not goes_in_steps(difference, settings.switch_on_limit):
        return n(
            "{number} step is not more than {limit} (switch_on_limit): it is sent at once.",
            "{number} steps are not more than {limit} (switch_on_limit): they are sent at once.",
            difference.steps,
            limit=settings.switch_on_limit,
        )
    lasts = begun(difference, settings.switch_on_per_hour, now).ends_at - now
    return n(
        "The steps go out one by one, {per_hour} an hour at most, final ones last. That takes up to {number} hour.",
        "The steps go out one by one, {per_hour} an hour at most, final ones last. That takes up to {number} hours.",
        -(-int(lasts.total_seconds()) // _HOUR),
        per_hour=settings.switch_on_per_hour,
    )


def going_on(switch_on: SwitchOn | None, shop: str, zone: ZoneInfo) -> list[str]:
    """What happens from now on, and how it is stopped."""
    from orderbridge_cli.asking import moment

    stop = t("To stop it: {command}", command=f"orderbridge shop pause {shop}")
    if switch_on is None:
        return [t("Shop {shop} runs: its export is read within minutes.", shop=shop), stop]
    line = t(
        "Shop {shop} is being switched on: {per_hour} steps an hour at most, the last one about {until}.",
        shop=shop,
        per_hour=switch_on.per_hour,
        until=moment(switch_on.ends_at, zone),
    )
    return [line, t("How far it is: {command}", command=f"orderbridge shop show {shop}"), stop]


def switch_on_data(switch_on: SwitchOn | None) -> Json | None:
    """A switch-on for programs."""
    if switch_on is None:
        return None
    return {
        "per_hour": switch_on.per_hour,
        "steps": switch_on.total,
        "ends_at": switch_on.ends_at.isoformat(timespec="seconds"),
    }
