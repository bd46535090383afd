"""What carrying out a step has in common, whether MALL or the shop gets it: may it go now, and what if not."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from orderbridge.domain import attempts
from orderbridge.domain.backoff import SHORT_RETRIES
from orderbridge.domain.orders import OrderState, Step, StepState
from orderbridge.messages import Look

if TYPE_CHECKING:
    from orderbridge.messages import Send
    from orderbridge.ports import Ports, ShopRecord

PROBE_AFTER = timedelta(minutes=5)
"""How long a stopped shop sends nothing before its steps may try the key again."""
UNSAID_LIMIT_WAIT = timedelta(seconds=60)
"""How long a shop pauses after a 429 that does not say how long."""
LONGEST_SHORT_WAIT = timedelta(seconds=60)
"""A longer wait than this is left to the order's record instead of the message's visibility."""
EARLY = timedelta(seconds=1)
"""A message may come back this much early: visibility counts whole seconds."""
OVERTAKEN_WAIT = timedelta(seconds=1)
"""How soon a message comes back that lost its order to somebody else's write: the step may still be the right one."""
SAVES = 6
"""How often an answer is written down anew because news came in during the call."""


def is_due(step: Step | None, send: Send, now: datetime) -> bool:
    """Whether `send` names the order's present step and its time has come."""
    if step is None or step.number != send.step or step.state is not StepState.PLANNED:
        return False
    due = step.due_at()
    return due is None or due <= now + EARLY


def closed_until(shop: ShopRecord, now: datetime) -> datetime | None:
    """Until when nothing may be sent for `shop`; None: it may."""
    if not shop.settings.enabled or shop.settings_problem:
        return now + timedelta(hours=1)
    if shop.stop is not None and now < shop.stop.probe_at:
        return shop.stop.probe_at
    if shop.paused_until is not None and now < shop.paused_until:
        return shop.paused_until
    return None


def limit_wait(retry_after: float | None) -> timedelta:
    """How long the shop pauses after a 429."""
    return UNSAID_LIMIT_WAIT if retry_after is None else timedelta(seconds=max(1.0, retry_after))


def short(step: Step | None, wait: timedelta) -> timedelta | None:
    """`wait` if the message itself may wait that long, None if the order's record has to."""
    if step is None or step.attempts > SHORT_RETRIES or wait > LONGEST_SHORT_WAIT:
        return None
    return wait


def stop_before_any_call(order: OrderState, problem: str, now: datetime, ports: Ports) -> bool:
    """The shop's own secrets cannot be read: as good as a refused key. True if the shop was not stopped before."""
    spread = timedelta(seconds=60 * ports.chance.jitter())
    ports.ledger.save(replace(attempts.postponed(order, now + PROBE_AFTER + spread), updated_at=now))
    return note_stop(order.shop, problem, now, ports)


def note_stop(shop: str, reason: str, now: datetime, ports: Ports) -> bool:
    """Stops the shop; its secrets are read anew at the next try. True if it was not stopped before."""
    ports.secrets.forget(shop)
    return ports.shops.stop(shop, reason, now, now + PROBE_AFTER)


def look_again(ports: Ports, order: OrderState, reason: str) -> None:
    """Asks ``map_state`` for the next decision."""
    now = ports.clock.now()
    look = Look(shop=order.shop, mall_order_id=order.mall_order_id, asked_at=now, reason=reason)
    ports.queues.ask_to_look([look])
