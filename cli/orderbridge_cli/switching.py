"""Switching a shop on and off: what a preview means for it, and how that is told. Knows nothing of Typer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from orderbridge_cli.language import n, t

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from zoneinfo import ZoneInfo

    from orderbridge.domain.actions import Action
    from orderbridge.domain.shops import ShopRecord
    from orderbridge.domain.switch_on import Difference, SwitchOn

    Json = dict[str, Any]

MOST_NAMED = 50
"""Irreversible steps that are named one by one before the question. The preview itself names all of them."""


class PlannedStep(Protocol):
    """A step that would be sent."""

    @property
    def action(self) -> Action:
        """What would be done."""
        ...


class PlannedOrder(Protocol):
    """What would happen with one order."""

    @property
    def mall_order_id(self) -> int:
        """MALL's number of the order."""
        ...

    @property
    def steps(self) -> Sequence[PlannedStep]:
        """What would be sent, in this order."""
        ...


@dataclass(frozen=True, slots=True)
class FirstDifference:
    """What a preview found that would be sent to MALL. `irreversible` names order and step, one by one."""

    difference: Difference
    counts: dict[str, int]
    irreversible: tuple[tuple[int, str], ...]


def first_difference(orders: Iterable[PlannedOrder]) -> FirstDifference:
    """The steps of a preview's `orders` that a switch-on holds apart (R14.2). Others are not slowed down."""
    from orderbridge.domain.switch_on import IRREVERSIBLE, REVERSIBLE, Difference

    counts: dict[str, int] = {}
    final: list[tuple[int, str]] = []
    reversible = 0
    for order in orders:
        for step in order.steps:
            if step.action in REVERSIBLE:
                reversible += 1
            elif step.action in IRREVERSIBLE:
                final.append((order.mall_order_id, step.action.value))
            else:
                continue
            counts[step.action.value] = counts.get(step.action.value, 0) + 1
    return FirstDifference(Difference(reversible, len(final)), counts, tuple(final))


def difference_lines(found: FirstDifference) -> list[str]:
    """What would be sent, for the person who is asked."""
    if not found.difference.steps:
        return [t("Nothing differs: nothing would be sent now.")]
    parts = ", ".join(f"{action.capitalize()} {count}" for action, count in found.counts.items())
    steps = found.difference.steps
    lines = [
        n("{number} step would be sent: {parts}", "{number} steps would be sent: {parts}", steps, parts=parts)
    ]
    if found.irreversible:
        lines.append(t("These cannot be taken back:"))
        lines += [f"  {number}  {action.capitalize()}" for number, action in found.irreversible[:MOST_NAMED]]
        more = len(found.irreversible) - MOST_NAMED
        if more > 0:
            lines.append(t("  … and {number} more: see orderbridge preview", number=more))
    return lines


def pace_line(record: ShopRecord, found: FirstDifference) -> str:
    """Whether the difference goes out in steps, and how long that takes."""
    from orderbridge.domain.switch_on import begun, goes_in_steps

    settings = record.settings
    if not goes_in_steps(found.difference, settings.switch_on_limit):
        return t("That is not more than {limit}: it is sent at once.", limit=settings.switch_on_limit)
    begins = begun(found.difference, settings.switch_on_per_hour, _any_moment())
    hours = -(-(begins.ends_at - begins.begun_at).total_seconds() // 3600)
    return n(
        "It goes out in steps, {per_hour} an hour at most, final ones last; that takes {number} hour or less.",
        "It goes out in steps, {per_hour} an hour at most, final ones last; that takes about {number} hours.",
        int(hours),
        per_hour=settings.switch_on_per_hour,
    )


def _any_moment() -> Any:  # noqa: ANN401 - only the distance of two moments matters
    from datetime import UTC, datetime

    return datetime(2026, 1, 1, tzinfo=UTC)


def going_on(switch_on: SwitchOn | None, shop: str, zone: ZoneInfo) -> list[str]:
    """What happens from now on, and how it is stopped."""
    from orderbridge_cli.asking import moment

    stop = t("To stop it: {command}", command=f"orderbridge shop pause {shop}")
    if switch_on is None:
        return [t("Shop {shop} runs: its export is read within minutes.", shop=shop), stop]
    until = moment(switch_on.ends_at.isoformat(), zone)
    return [
        t(
            "Shop {shop} is being switched on: {per_hour} steps an hour at most, the last one about {until}.",
            shop=shop,
            per_hour=switch_on.per_hour,
            until=until,
        ),
        stop,
    ]


def switch_on_data(switch_on: SwitchOn | None) -> Json | None:
    """A switch-on for programs."""
    if switch_on is None:
        return None
    return {
        "per_hour": switch_on.per_hour,
        "steps": switch_on.total,
        "ends_at": switch_on.ends_at.isoformat(timespec="seconds"),
    }
