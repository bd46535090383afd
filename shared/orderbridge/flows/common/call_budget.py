"""Rules for every call to MALL: whether the shop may call now, and what follows from a limit, a stop or an outage."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from orderbridge.domain.actions import Action
from orderbridge.domain.outage import PROBE_TIME, pause_until
from orderbridge.domain.planning import plan
from orderbridge.domain.statuses import MarketplaceStatus
from orderbridge.domain.steps import PlannedStep, Step

if TYPE_CHECKING:
    from orderbridge.domain.orders import OrderState
    from orderbridge.domain.reasons import Reason
    from orderbridge.domain.rules import Rules
    from orderbridge.domain.shops import Budget, ShopRecord
    from orderbridge.ports import Ports

PROBE_AFTER = timedelta(minutes=5)
"""How long a stopped shop sends nothing before one of its steps may try the key again (R9.7)."""
NOT_RUNNING_RECHECK = timedelta(minutes=15)
"""How often a step of a shop is looked at that is paused, or whose settings cannot be used."""
DEFAULT_LIMIT_WAIT = timedelta(seconds=60)
"""How long a shop pauses after a 429 that names no duration (R9.8)."""
MAX_LIMIT_WAIT = timedelta(days=1)
"""Maximum length of a pause after a 429: MALL's longest window (R9.8)."""
RESERVE_SHARE = 10
"""The part of the calls that is reserved for urgent steps: one in this many (R9.9)."""
MIN_RESERVE = 10
"""Minimum number of calls in the reserve (R9.9)."""
RESERVE_RECHECK = timedelta(minutes=15)
"""How often a step that waits for calls is rechecked. It is not longer than the default undo window of Delivered,
because the step may be in Delivered's way by then."""


def closed_until(shop: ShopRecord, now: datetime, *, calls_mall: bool = True) -> datetime | None:
    """Until when (UTC) nothing may be sent for `shop`. None: it may send now.

    `calls_mall` False: the step needs no call to MALL, so a stop, a pause and used-up calls do not matter. With 0 calls
    left MALL is not called before the window ends (R9.9).
    """
    if not shop.runs:
        return now + NOT_RUNNING_RECHECK
    if not calls_mall:
        return None
    if shop.stop is not None and now < shop.stop.probe_at:
        return shop.stop.probe_at
    used_up = shop.budget is not None and shop.budget.remaining == 0
    ends = (shop.limited_until, reserved_until(shop, now) if used_up else None)
    return max((end for end in ends if end is not None and now < end), default=None)


def reserved_until(shop: ShopRecord, now: datetime) -> datetime | None:
    """Until when (UTC) the remaining calls are reserved for urgent steps (R9.9). None: enough are left.

    What is not known counts as enough. Urgent are statuses, confirmations, orders to be written into the shop, and the
    reads that these need. Everything else is done later.
    """
    budget = shop.budget
    return budget.resets_at if budget is not None and now < budget.resets_at else None


def can_wait_for_reserve(order: OrderState, step: Step, rules: Rules, now: datetime) -> bool:
    """Whether `step` can wait while few calls are left (R9.9).

    These can: corrected tracking that Delivered does not wait for; the hourly read of a blocked order; the first read
    of an order from a bulk change; a read that a person requested and that no urgent step follows.
    """
    if step.action is Action.TRACKING:
        return order.shop_side.desired is None or order.shop_side.desired.delivery is None
    if step.action is not Action.READ:
        return False
    if order.marketplace.observed is None:
        return order.shop_side.bulk_change_at is not None
    if order.marketplace.observed.status is MarketplaceStatus.BLOCKED and order.marketplace.observed_certain:
        return True
    return _is_requested_by_person(order) and not _urgent_step_follows(order, rules, now)


def _is_requested_by_person(order: OrderState) -> bool:
    """Whether a person's request is the only reason to read the order."""
    read_since = (
        order.marketplace.observed_at is not None
        and order.work.reread_requested_at is not None
        and order.work.reread_requested_at <= order.marketplace.observed_at
    )
    return order.work.reread_requested_at is not None and order.work.unanswered is None and not read_since


def _urgent_step_follows(order: OrderState, rules: Rules, now: datetime) -> bool:
    """Whether an urgent step is planned if MALL still holds what our record says."""
    next_step = plan(
        replace(order, marketplace=replace(order.marketplace, observed_certain=True)), rules, now
    )
    return isinstance(next_step, PlannedStep) and next_step.action is not Action.TRACKING


def is_in_outage(shop: ShopRecord, now: datetime) -> bool:
    """Whether the shop's marketplace does not answer and the next probe is not due yet (R9.12)."""
    return shop.outage is not None and shop.outage.is_silent and now < shop.outage.probe_at


def may_call(ports: Ports, shop: ShopRecord, now: datetime) -> bool:
    """Whether the shop's marketplace may be called now (R9.12). Costs no request while the marketplace answers.

    During an outage one call probes the address, for all orders and shops that use it. True then claims that probe:
    another caller gets False until its time is over.
    """
    outage = shop.outage
    if outage is None or not outage.is_silent:
        return True
    if now < outage.probe_at:
        return False
    return ports.shops.claim_probe(shop.marketplace, outage, now + PROBE_TIME)


def note_answer(ports: Ports, shop: ShopRecord, caller: str, now: datetime, *, answered: bool) -> None:
    """Stores whether the marketplace answered the call for `caller` (R9.12). Costs no request while it answers."""
    marketplace, outage = shop.marketplace, shop.outage
    if not answered:
        known = outage is not None and outage.is_silent
        ports.shops.note_outage(marketplace, "" if known else caller, now, pause_until(outage, now))
    elif outage is not None:
        ports.shops.end_outage(marketplace)


def reserve_reached(budget: Budget) -> bool:
    """Whether the remaining calls are only for urgent steps from now on (R9.9)."""
    return budget.remaining <= max(budget.limit // RESERVE_SHARE, MIN_RESERVE)


def note_budget(ports: Ports, shop: ShopRecord, budget: Budget | None, now: datetime) -> None:
    """Stores the remaining calls from an answer if they are few, and clears them once they are no longer few.

    Costs no request while enough are left. It is stored for this shop only. MALL counts per key, so another shop with
    the same key gets the numbers with its own next answer.
    """
    if budget is None:
        return
    if reserve_reached(budget):
        ports.shops.note_budget(shop.shop, budget, now)
    elif reserved_until(shop, now) is not None:
        ports.shops.note_budget(shop.shop, None, now)


def limit_wait(retry_after: float | None) -> timedelta:
    """How long the shop pauses after a 429 (R9.8). `retry_after`: seconds from the answer, None if it names none.

    A value below 0 or above ``MAX_LIMIT_WAIT`` counts as none; the pause is one second at least.
    """
    if retry_after is None or not 0 <= retry_after <= MAX_LIMIT_WAIT.total_seconds():
        return DEFAULT_LIMIT_WAIT
    return timedelta(seconds=max(1.0, retry_after))


def note_stop(ports: Ports, shop: str, reason: Reason, now: datetime) -> bool:
    """Stops the shop (R9.7); its secrets are read again at the next try. Returns whether it was not stopped before."""
    ports.secrets.forget(shop)
    return ports.shops.stop(shop, reason, now, now + PROBE_AFTER)
