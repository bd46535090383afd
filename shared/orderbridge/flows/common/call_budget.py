"""What every call to MALL has in common, for a step or for a list: may the shop send now, and what if MALL says no."""

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
"""How long a stopped shop sends nothing before its steps may try the key again."""
DEFAULT_LIMIT_WAIT = timedelta(seconds=60)
"""How long a shop pauses after a 429 that does not say how long."""
MAX_LIMIT_WAIT = timedelta(days=1)
"""MALL's longest window: nothing that it says of its limits reaches further."""
RESERVE_SHARE = 10
"""One call in so many is kept for what is urgent."""
MIN_RESERVE = 10
"""At least so many calls are."""
RESERVE_RECHECK = timedelta(minutes=15)
"""How often a step that leaves the reserve alone is looked at. Not longer: it may be in the way of Delivered by then,
whose own undo window is as long by default."""


def closed_until(shop: ShopRecord, now: datetime, *, calls_mall: bool = True) -> datetime | None:
    """Until when nothing may be sent for `shop`; None: it may.

    A refused key or a limit of MALL's holds back nothing that needs no call to it (`calls_mall` False). Where MALL has
    said that no call is left, it is not asked before it leaves some again.
    """
    if not shop.settings.enabled or shop.settings_problem:
        return now + timedelta(hours=1)
    if not calls_mall:
        return None
    if shop.stop is not None and now < shop.stop.probe_at:
        return shop.stop.probe_at
    used_up = shop.budget is not None and shop.budget.remaining == 0
    ends = (shop.paused_until, reserved_until(shop, now) if used_up else None)
    return max((end for end in ends if end is not None and now < end), default=None)


def reserved_until(shop: ShopRecord, now: datetime) -> datetime | None:
    """Until when the few calls that are left are for what is urgent; None: enough are left, as far as is known.

    Urgent are the statuses, the confirmations, the orders that are to be written into the shop, and readings without
    which none of these can be sent. Everything else is made up for later.
    """
    budget = shop.budget
    return budget.resets_at if budget is not None and now < budget.resets_at else None


def can_wait_for_reserve(order: OrderState, step: Step, rules: Rules, now: datetime) -> bool:
    """Whether `step` can wait while few calls are left.

    Corrected tracking can, but not in the way of Delivered; so can the hourly look at an order that MALL has blocked,
    the first one at an order that the shop showed among a crowd, and the look that a person asked for, unless something
    urgent is to be sent after it.
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
    """Whether the order is read for no other reason than that a person asked for it."""
    read_since = (
        order.marketplace.observed_at is not None
        and order.work.reread_requested_at is not None
        and order.work.reread_requested_at <= order.marketplace.observed_at
    )
    return order.work.reread_requested_at is not None and order.work.unanswered is None and not read_since


def _urgent_step_follows(order: OrderState, rules: Rules, now: datetime) -> bool:
    """Whether something urgent is sent if the marketplace holds what we think it does."""
    next_step = plan(
        replace(order, marketplace=replace(order.marketplace, observed_certain=True)), rules, now
    )
    return isinstance(next_step, PlannedStep) and next_step.action is not Action.TRACKING


def is_in_outage(shop: ShopRecord, now: datetime) -> bool:
    """Whether the shop's marketplace does not answer, and it is not yet time to find out whether it does again."""
    return shop.outage is not None and shop.outage.closes and now < shop.outage.probe_at


def may_call(ports: Ports, shop: ShopRecord, now: datetime) -> bool:
    """Whether the shop's marketplace may be called now. No request while it answers.

    After a silence one call finds out, for all orders and shops with this address; True claims that call.
    """
    outage = shop.outage
    if outage is None or not outage.closes:
        return True
    if now < outage.probe_at:
        return False
    return ports.shops.claim_probe(shop.marketplace, outage, now + PROBE_TIME)


def note_answer(ports: Ports, shop: ShopRecord, caller: str, now: datetime, *, answered: bool) -> None:
    """Notes whether the marketplace answered the call for `caller`. No request while it answers."""
    marketplace, outage = shop.marketplace, shop.outage
    if not answered:
        known = outage is not None and outage.closes
        ports.shops.note_outage(marketplace, "" if known else caller, now, pause_until(outage, now))
    elif outage is not None:
        ports.shops.end_outage(marketplace)


def reserve_reached(budget: Budget) -> bool:
    """Whether what is left is to be kept for what is urgent."""
    return budget.remaining <= max(budget.limit // RESERVE_SHARE, MIN_RESERVE)


def note_budget(ports: Ports, shop: ShopRecord, budget: Budget | None, now: datetime) -> None:
    """Notes what an answer said of the calls that are left, if they are few, or no longer as few as in `shop`.

    No request while enough are left. Noted for this shop alone; another one with the same key hears it with its own
    next answer, because MALL counts per key.
    """
    if budget is None:
        return
    if reserve_reached(budget):
        ports.shops.note_budget(shop.shop, budget, now)
    elif reserved_until(shop, now) is not None:
        ports.shops.note_budget(shop.shop, None, now)


def limit_wait(retry_after: float | None) -> timedelta:
    """How long the shop pauses after a 429. What is no length of time within a day counts as unsaid."""
    if retry_after is None or not 0 <= retry_after <= MAX_LIMIT_WAIT.total_seconds():
        return DEFAULT_LIMIT_WAIT
    return timedelta(seconds=max(1.0, retry_after))


def note_stop(ports: Ports, shop: str, reason: Reason, now: datetime) -> bool:
    """Stops the shop; its secrets are read anew at the next try. True if it was not stopped before."""
    ports.secrets.forget(shop)
    return ports.shops.stop(shop, reason, now, now + PROBE_AFTER)
