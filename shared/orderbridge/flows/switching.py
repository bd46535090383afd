"""Switches a shop on and off: what the command line, the HTTP API and the clerks' page share (R14)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from orderbridge.domain.codes.persons import PersonReason
from orderbridge.domain.persons import PersonAction
from orderbridge.domain.reasons import because
from orderbridge.domain.switch_on import begun, goes_in_steps
from orderbridge.redaction import redact_words

if TYPE_CHECKING:
    from datetime import datetime

    from orderbridge.domain.shops import ShopRecord
    from orderbridge.domain.switch_on import Difference, SwitchOn
    from orderbridge.ports import Ports


@dataclass(frozen=True, slots=True)
class Resumption:
    """What came of a request to resume a shop.

    `done`: the shop runs since now. False: it ran already, or another person was faster; nothing was changed.
    `switch_on`: the switch-on in steps that goes on now; None: nothing waits.
    """

    done: bool
    switch_on: SwitchOn | None = None


def pause_shop(ports: Ports, shop: str, by: str, now: datetime, why: str = "") -> bool:
    """Pauses `shop` for the person `by` (R14.4). False: it is paused already, or not registered.

    The request is on record before its effect (R13.3), with `why`, which is redacted here (R13.2). The effect is one
    write, with who did it and when; if it fails, ask again. From then on no export is read and no step is sent. A call
    to MALL that is under way ends, and its answer is stored. What the shop wanted is remembered.
    """
    record = ports.shops.get(shop)
    if record is None or record.pause is not None:
        return False
    ports.actions.record(
        PersonAction(shop, now, by, because(PersonReason.SHOP_PAUSED), why=redact_words(why))
    )
    return ports.shops.pause(shop, by, now)


def resume_shop(
    ports: Ports,
    record: ShopRecord,
    by: str,
    now: datetime,
    difference: Difference | None = None,
    why: str = "",
) -> Resumption:
    """Ends the pause of the shop `record` for the person `by` (R14.1, R14.4).

    `difference` is what a preview has found; None: it was not looked for. One that is larger than the shop's setting
    begins a switch-on in steps. Otherwise a switch-on that the pause interrupted goes on, later by the length of the
    pause.

    The request is on record before its effect (R13.3), with `why`, which is redacted here (R13.2). The effect is one
    write, on the condition that the shop is still in the pause that `record` shows. So a person who looked at an
    older state changes nothing, and an interruption leaves the shop paused or running, never between.
    """
    pause = record.pause
    known = ports.shops.get(record.shop)
    if pause is None or known is None or known.pause != pause:
        return Resumption(done=False)
    ports.actions.record(
        PersonAction(record.shop, now, by, because(PersonReason.SHOP_RESUMED), why=redact_words(why))
    )
    switch_on = _next_switch_on(record, now, difference)
    if not ports.shops.resume(record.shop, pause, by, now, switch_on):
        return Resumption(done=False)
    return Resumption(done=True, switch_on=switch_on)


def _next_switch_on(record: ShopRecord, now: datetime, difference: Difference | None) -> SwitchOn | None:
    """The switch-on that goes on after the pause of `record`; None: none does."""
    settings, known = record.settings, record.switch_on
    if difference is not None and goes_in_steps(difference, settings.switch_on_limit):
        return begun(difference, settings.switch_on_per_hour, now)
    if known is None or record.pause is None or known.is_over(record.pause.since):
        return None
    return known.after_pause(now - record.pause.since)
