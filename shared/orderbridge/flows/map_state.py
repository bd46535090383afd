"""Stores an update of an order, decides the next step or the hold, and sends the step on its way."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from orderbridge.domain.advance import Progress, advance
from orderbridge.domain.attempts import postponed_by_outage
from orderbridge.domain.cases.follow_up import follow_up, unsent
from orderbridge.domain.codes.orders import ExplanationReason
from orderbridge.domain.orders import OrderState
from orderbridge.domain.reasons import because
from orderbridge.domain.updates import (
    reread_requested,
    with_full_list_read,
    with_listing_update,
    with_not_in_export,
    with_reread,
    with_shop_update,
)
from orderbridge.domain.views import Reading
from orderbridge.errors import VersionConflictError
from orderbridge.flows.common.call_budget import is_in_outage
from orderbridge.messages import AlarmRequest, ListingUpdate, NotInExport, Recheck, ShopUpdate, StepDispatch

if TYPE_CHECKING:
    from datetime import datetime

    from orderbridge.domain.rules import Rules
    from orderbridge.domain.shops import ShopRecord
    from orderbridge.domain.steps import Step
    from orderbridge.ports import Ledger, Ports

TRIES = 4
"""Maximum number of tries to decide while other writers change the order."""
SHOP_OFF_RECHECK = timedelta(minutes=15)
"""How often an order of a shop that does not run is rechecked."""


@dataclass(frozen=True, slots=True)
class MapResult:
    """The result of one update.

    `order`: the stored order; None if it is not ours. `changed`: whether it was written. `sent`: the step that was
    handed on, if any.
    """

    order: OrderState | None
    changed: bool
    sent: Step | None = None


def map_state(ports: Ports, update: ShopUpdate | NotInExport | Recheck | ListingUpdate) -> MapResult:
    """Takes in one update of one order, decides what follows, and stores both.

    At least once: the same update again changes nothing. Atomic: order and steps are written in one transaction or not
    at all. If the process dies between that write and the message to the next function, the step is stored, and
    ``retry_transitions`` finds it when it is due (R1.20).

    Raises VersionConflictError after ``TRIES`` conflicts; the queue then repeats the message.
    """
    for tries_left in reversed(range(TRIES)):
        try:
            return _map_once(ports, update, ports.clock.now(), ports.chance.jitter())
        except VersionConflictError:
            if not tries_left:
                raise
    raise AssertionError  # pragma: no cover - the loop above always returns or raises


def _map_once(
    ports: Ports, update: ShopUpdate | NotInExport | Recheck | ListingUpdate, now: datetime, jitter: float
) -> MapResult:
    before, shop = ports.ledger.load_with_shop(update.shop, update.mall_order_id)
    if before is None and (shop is None or isinstance(update, Recheck | NotInExport)):
        return MapResult(None, changed=False)
    if shop is None:
        return _shop_is_gone(ports.ledger, before, now)
    order = before or OrderState(update.shop, update.mall_order_id, created_at=now)
    rules = shop.settings.rules
    order = with_full_list_read(_with_update(order, update, rules, now), shop.reconciled_at)
    if not shop.runs:
        return _store_only(ports.ledger, order, now)
    queues_empty = isinstance(update, Recheck) and update.queues_empty
    progress = advance(order, rules, now, jitter, queues_empty=queues_empty)
    progress = _unless_outage(progress, shop, now, jitter)
    after = follow_up(progress.order, rules, now)
    if after == before and not progress.steps and progress.send is None:
        return MapResult(after, changed=False)
    saved = ports.ledger.save(replace(after, updated_at=now), progress.steps)
    if progress.send is not None:
        ports.queues.send_step(
            StepDispatch(
                shop=order.shop,
                mall_order_id=order.mall_order_id,
                step=progress.send.number,
                dispatch_id=now.isoformat(),
            ),
            in_shop=progress.send.action.in_shop,
        )
    if unsent(saved):
        ports.queues.request_alarms(
            [AlarmRequest(shop=order.shop, mall_order_id=order.mall_order_id, requested_at=now)]
        )
    return MapResult(saved, changed=True, sent=progress.send)


def _unless_outage(progress: Progress, shop: ShopRecord, now: datetime, jitter: float) -> Progress:
    """`progress`, or the same without the dispatch of a step that MALL's outage would only send back (R9.12)."""
    step, outage = progress.send, shop.outage
    if step is None or outage is None or not (step.action.calls_marketplace and is_in_outage(shop, now)):
        return progress
    order = postponed_by_outage(progress.order, step, outage, now, jitter)
    waits = order.work.step or step
    steps = tuple(waits if one.number == step.number else one for one in progress.steps)
    return Progress(order, steps)


def _with_update(
    order: OrderState, update: ShopUpdate | NotInExport | Recheck | ListingUpdate, rules: Rules, now: datetime
) -> OrderState:
    """`order` with what the update says."""
    if isinstance(update, ShopUpdate):
        reading = Reading(update.seen_at, update.content_at)
        return with_shop_update(order, update.view, reading, update.shown_before_at, bulk=update.bulk)
    if isinstance(update, NotInExport):
        return with_not_in_export(order, Reading(update.seen_at, update.content_at), now, whole=update.whole)
    if isinstance(update, ListingUpdate):
        order = with_listing_update(order, update.view, update.seen_at, rules, test=update.test)
        return (
            order
            if not update.compared or order.shop_side.desired
            else replace(order, cases=replace(order.cases, drift=update.drift))
        )
    if not update.reread:
        return order
    return with_reread(order) if update.by_flow else reread_requested(order, update.requested_at)


def _store_only(ledger: Ledger, order: OrderState, now: datetime) -> MapResult:
    """For a shop that is paused, or whose settings are invalid: stores the update and decides later."""
    stored = replace(
        order,
        work=replace(
            order.work,
            explanation=because(ExplanationReason.SHOP_OFF),
            recheck_at=now + SHOP_OFF_RECHECK,
        ),
        updated_at=now,
    )
    return MapResult(ledger.save(stored), changed=True)


def _shop_is_gone(ledger: Ledger, order: OrderState | None, now: datetime) -> MapResult:
    """For a shop that was removed from the registry: its orders stay stored and are rechecked no more."""
    if order is None or order.work.recheck_at is None:
        return MapResult(order, changed=False)
    stored = replace(
        order,
        work=replace(order.work, explanation=because(ExplanationReason.NOT_REGISTERED), recheck_at=None),
        updated_at=now,
    )
    return MapResult(ledger.save(stored), changed=True)
