"""Parcels that come back, or look as if they did: which order is on the list of returns, and why.

The list closes by itself what the two sides settle, and never asks twice for the same: an occasion that a person
resolved stays resolved. Nothing here sends anything; Returned goes out only when a person asked (``request_returned``).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from orderbridge.domain.actions import Action
from orderbridge.domain.cases.records import Cause, Resolution, ReturnFlag, ReturnKind, ReturnRequest
from orderbridge.domain.corrections import reopened_from
from orderbridge.domain.dates import for_people
from orderbridge.domain.statuses import MarketplaceStatus, ShopStatus

if TYPE_CHECKING:
    from orderbridge.domain.orders import OrderState
    from orderbridge.domain.rules import Rules

PAST_FLAGS = 20
"""So many closed flags of an order are remembered, the newest."""
MAX_NOTE = 500
"""Characters of a person's note."""


@dataclass(frozen=True, slots=True)
class _Occasion:
    kind: ReturnKind
    basis: str
    text: str
    since: datetime


def flag_of(order: OrderState, rules: Rules, now: datetime) -> ReturnFlag | None:
    """The flag of `order` at `now` (UTC), or None. A flag of the same kind and basis is the same flag again.

    While it is not certain what the marketplace holds, the flag stays as it is.
    """
    if order.marketplace.observed is None or not order.marketplace.observed_certain:
        return order.cases.return_flag
    occasion = _occasion(order, rules, now)
    if occasion is None:
        return None
    known = (order.cases.return_flag, *reversed(order.cases.past_return_flags))
    same = next(
        (f for f in known if f is not None and (f.kind, f.basis) == (occasion.kind, occasion.basis)), None
    )
    if same is None:
        return ReturnFlag(occasion.kind, occasion.basis, occasion.text, occasion.since, now)
    return replace(same, text=occasion.text) if same.open else same


def flagged(order: OrderState, rules: Rules, now: datetime) -> OrderState:
    """`order` with its flag as it is at `now`; a flag that ended is kept among the past ones.

    A request for Returned falls when the shop's word no longer fits it.
    """
    flag, before = flag_of(order, rules, now), order.cases.return_flag
    past = order.cases.past_return_flags
    if before is not None and (flag is None or (flag.kind, flag.basis) != (before.kind, before.basis)):
        past = (*_without(past, before), before)
    if flag is not None:
        past = _without(past, flag)
    order = replace(order, cases=replace(order.cases, return_flag=flag, past_return_flags=past[-PAST_FLAGS:]))
    if order.cases.return_request is None or _request_stands(order, order.cases.return_request, rules, now):
        return order
    # A step that rests on it must be taken back: a look at once, not when the step is due.
    waiting = order.work.step is not None and order.work.step.action is Action.RETURNED
    return replace(
        order,
        cases=replace(order.cases, return_request=None),
        work=replace(order.work, recheck_at=now if waiting else order.work.recheck_at),
    )


def _without(flags: tuple[ReturnFlag, ...], flag: ReturnFlag) -> tuple[ReturnFlag, ...]:
    return tuple(f for f in flags if (f.kind, f.basis) != (flag.kind, flag.basis))


def overdue_at(order: OrderState, rules: Rules) -> datetime | None:
    """The moment (UTC) from which `order` counts as overdue; None if it has no such moment.

    Shipped at the marketplace, without a delivery date in the shop and settled there (with MALL Delivery: not
    canceled), and the moment of Shipped is known.
    """
    observed, desired = order.marketplace.observed, order.shop_side.desired
    if observed is None or desired is None or observed.status is not MarketplaceStatus.SHIPPED:
        return None
    if desired.delivery is not None or desired.delivery_problem:
        return None
    # MALL Delivery ships by itself: what the shop says meanwhile, but for canceled, tells nothing of the parcel.
    under_way = observed.marketplace_delivery and desired.status is not ShopStatus.CANCELED
    if desired.status is not ShopStatus.SETTLED and not under_way:
        return None
    shipped_at = order.shipped_at
    return None if shipped_at is None else shipped_at + timedelta(days=rules.overdue_days)


def resolve(order: OrderState, resolution: Resolution) -> OrderState:
    """`order` with its open flag settled by a person's word.

    Raises ValueError (one line) if there is no open flag, or if the note is not usable.
    """
    flag = order.cases.return_flag
    if flag is None or not flag.open:
        msg = (
            f"order {order.mall_order_id} has no open entry on the list of returns: nothing is to be resolved"
        )
        raise ValueError(msg)
    resolution = replace(resolution, note=checked_note(resolution.note))
    settled = replace(order, cases=replace(order.cases, return_flag=replace(flag, resolved=resolution)))
    if order.cases.return_request is None:
        return settled
    # A person's newer word: Returned is not sent any more, and its step is taken back at once.
    return replace(
        settled,
        cases=replace(settled.cases, return_request=None),
        work=replace(settled.work, recheck_at=resolution.at),
    )


def checked_note(note: str) -> str:
    """`note` without outer white space. Raises ValueError (one line) if it is empty or too long."""
    note = note.strip()
    if not 0 < len(note) <= MAX_NOTE:
        msg = f"the note has {len(note)} characters: say in 1 to {MAX_NOTE} how the matter was settled"
        raise ValueError(msg)
    return note


def request_returned(order: OrderState, rules: Rules, by: str, now: datetime) -> OrderState:
    """`order` with a person's request that Returned be set over the API, and to be looked at at once.

    Asking again while the step of the first request waits changes nothing. Raises ValueError: why not, and what to
    do instead, in one line.
    """
    problem = _why_not_returned(order, rules)
    if problem:
        raise ValueError(problem)
    waiting = order.work.step is not None and order.work.step.action is Action.RETURNED
    if order.cases.return_request is not None and waiting:
        return order
    return replace(
        order,
        cases=replace(order.cases, return_request=ReturnRequest(now, by)),
        work=replace(order.work, recheck_at=now),
    )


def _why_not_returned(order: OrderState, rules: Rules) -> str:
    observed, flag = order.marketplace.observed, order.cases.return_flag
    if observed is not None and observed.marketplace_delivery:
        return (
            "MALL Delivery carries this parcel: MALL sets Returned by itself after the parcel was collected, "
            "nothing is to be set"
        )
    if observed is None or observed.status is not MarketplaceStatus.SHIPPED:
        held = "an unknown status" if observed is None else observed.status.value
        return f"MALL holds {held}: Returned can only follow shipped; if MALL's status is wrong, tell MALL's Operations"
    if not rules.push_returned:
        return (
            "the setting push_returned is off: set Returned in the partner portal by hand, or have the setting "
            "switched on"
        )
    if flag is None or not flag.open or flag.kind not in {ReturnKind.UNCLAIMED, ReturnKind.OVERDUE}:
        return (
            "the order has no open entry (unclaimed or overdue) on the list of returns: cancel it in the shop if the "
            "parcel came back, or set Returned in the partner portal by hand"
        )
    return ""


def _request_stands(order: OrderState, request: ReturnRequest, rules: Rules, now: datetime) -> bool:
    """Whether the shop has not taken back what `request` rests on.

    Canceling the order agrees with it. Any other change of state or delivery date after it is newer than the request.
    """
    if order.marketplace.observed is None or not order.marketplace.observed_certain:
        return True
    occasion = _occasion(order, rules, now)
    if occasion is None or occasion.kind not in {ReturnKind.UNCLAIMED, ReturnKind.OVERDUE}:
        return False
    unchanged = order.shop_side.desired_since is None or order.shop_side.desired_since <= request.at
    return occasion.kind is ReturnKind.UNCLAIMED or unchanged


def _occasion(order: OrderState, rules: Rules, now: datetime) -> _Occasion | None:
    """What puts `order` on the list, the most certain first: ready to be collected, canceled, overdue."""
    observed, desired = order.marketplace.observed, order.shop_side.desired
    if observed is None:
        return None
    canceled = desired is not None and desired.status is ShopStatus.CANCELED
    if observed.status is MarketplaceStatus.DELIVERED:
        return _withdrawal(order, rules, now) if canceled and not _was_never_delivered(order) else None
    if observed.status is not MarketplaceStatus.SHIPPED or reopened_from(order) is not None:
        return None
    if observed.ready_to_return:
        return _ready_to_return(order, now)
    # What MALL Delivery carries is MALL's to report: a date in the shop says nothing of it.
    if canceled and desired is not None and (desired.delivery is None or observed.marketplace_delivery):
        return _unclaimed(order, rules, now)
    overdue = overdue_at(order, rules)
    if overdue is not None and overdue <= now:
        return _overdue(order, overdue - timedelta(days=rules.overdue_days), rules)
    return None


def _was_never_delivered(order: OrderState) -> bool:
    """Whether people have it that Delivered was a mistake: then canceling the order is no withdrawal."""
    wrong = (e for e in order.cases.escalations if e.cause is Cause.WRONG_DELIVERED)
    return any(e.open or e.return_document is not None for e in wrong)


def _ready_to_return(order: OrderState, now: datetime) -> _Occasion:
    where = (
        order.marketplace.observed.collect_at if order.marketplace.observed else ""
    ) or "the place that the partner portal names"
    return _Occasion(
        ReturnKind.READY_TO_RETURN,
        "ready to return",
        f"the parcel was not delivered and waits to be collected at {where}: collect it; MALL sets Returned by itself "
        "after that, nothing is to be set",
        order.marketplace.observed_at or now,
    )


def _unclaimed(order: OrderState, rules: Rules, now: datetime) -> _Occasion:
    since = order.shop_side.desired_since or now
    begin = (
        f"canceled in the shop on {for_people(since, ZoneInfo(rules.shop_zone))}, while MALL holds Shipped"
    )
    if order.marketplace.observed is not None and order.marketplace.observed.marketplace_delivery:
        todo = (
            "MALL Delivery brings the parcel back: MALL sets Returned by itself when it was collected, nothing is to "
            "be set; if the customer took it after all, settle the order again in the shop"
        )
    else:
        todo = (
            f"{_set_returned(order, rules, 'when the parcel is back')}; if the customer took it after all, settle the "
            "order again in the shop and fill in the delivery date"
        )
    return _Occasion(ReturnKind.UNCLAIMED, _wanted_since(order), f"{begin}: {todo}", since)


def _overdue(order: OrderState, shipped_at: datetime, rules: Rules) -> _Occasion:
    begin = f"shipped on {for_people(shipped_at, ZoneInfo(rules.shop_zone))}, more than {rules.overdue_days} days ago"
    if order.marketplace.observed is not None and order.marketplace.observed.marketplace_delivery:
        text = (
            f"{begin}, and MALL Delivery has not reported its end: ask MALL's Operations where the parcel is; what "
            "follows shipped is set by MALL"
        )
    else:
        text = (
            f"{begin}, without a delivery date: ask the carrier, then fill in the delivery date in the shop, or it "
            f"is a return: {_set_returned(order, rules, 'when the parcel is back')}"
        )
    # Not the moment of Shipped: ours and MALL's differ by seconds, and the same parcel would be another occasion.
    return _Occasion(ReturnKind.OVERDUE, _wanted_since(order), text, shipped_at)


def _withdrawal(order: OrderState, rules: Rules, now: datetime) -> _Occasion:
    since = order.shop_side.desired_since or now
    return _Occasion(
        ReturnKind.WITHDRAWAL,
        _wanted_since(order),
        f"canceled in the shop on {for_people(since, ZoneInfo(rules.shop_zone))}, while MALL holds Delivered: for "
        "information only, the status at MALL stays Delivered. If the customer withdrew from the contract, ask MALL's "
        "Operations for a return document and issue the credit note",
        since,
    )


def _set_returned(order: OrderState, rules: Rules, when: str) -> str:
    by_hand = f"set Returned in the partner portal by hand {when}"
    over_api = f", or have it set with POST /returns/{order.mall_order_id}/returned"
    return by_hand + (over_api if rules.push_returned else "")


def _wanted_since(order: OrderState) -> str:
    """The shop's present word as an occasion: another state or delivery date is another one."""
    status = (
        order.shop_side.desired.status.value
        if order.shop_side.desired and order.shop_side.desired.status
        else "unknown"
    )
    return (
        f"{status} {order.shop_side.desired_since.isoformat() if order.shop_side.desired_since else 'once'}"
    )
