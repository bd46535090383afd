"""The list of returns: parcels that come back, or may do so (R5).

An entry closes by itself when either side settles it. An occasion that a person resolved is not listed again (R5.7).
Nothing here sends anything: Returned is sent only after a person's request (``request_returned``, R5.9).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from orderbridge.domain.actions import Action
from orderbridge.domain.cases.records import Cause, Resolution, ReturnFlag, ReturnKind, ReturnRequest
from orderbridge.domain.codes.cases import CaseProblem, ReturnReason
from orderbridge.domain.corrections import reopened_from
from orderbridge.domain.facts import ShopText
from orderbridge.domain.reasons import Reason, because
from orderbridge.domain.statuses import MarketplaceStatus, ShopStatus
from orderbridge.errors import WrongValueError

if TYPE_CHECKING:
    from orderbridge.domain.orders import OrderState
    from orderbridge.domain.rules import Rules

PAST_FLAGS = 20
"""How many closed flags of an order are kept, the newest (R12.9)."""
MAX_NOTE = 500
"""How many characters a person's note may have (R12.9)."""


@dataclass(frozen=True, slots=True)
class _Occasion:
    """Why an order belongs on the list. The fields are those of ``ReturnFlag``."""

    kind: ReturnKind
    """Why it is on the list."""
    basis: str
    """Identifies the occasion."""
    reason: Reason
    """What happened, and what to do."""
    since: datetime
    """When the matter began (UTC)."""


def flag_of(order: OrderState, rules: Rules, now: datetime) -> ReturnFlag | None:
    """The flag of `order` at `now` (UTC); None: it has none. The same kind and basis is the same flag.

    While MALL's status is not certain, the flag stays as it is (R5.8).
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
        return ReturnFlag(occasion.kind, occasion.basis, occasion.reason, occasion.since, now)
    return replace(same, reason=occasion.reason) if same.open else same


def flagged(order: OrderState, rules: Rules, now: datetime) -> OrderState:
    """`order` with its flag at `now` (UTC). A flag that ended is kept among the past ones.

    A request for Returned ends when the shop's state no longer agrees with it (R5.10).
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
    # A step that rests on the request must be withdrawn: recheck at once, not when the step is due.
    waiting = order.work.step is not None and order.work.step.action is Action.RETURNED
    return replace(
        order,
        cases=replace(order.cases, return_request=None),
        work=replace(order.work, recheck_at=now if waiting else order.work.recheck_at),
    )


def _without(flags: tuple[ReturnFlag, ...], flag: ReturnFlag) -> tuple[ReturnFlag, ...]:
    """`flags` without the one with the kind and basis of `flag`."""
    return tuple(f for f in flags if (f.kind, f.basis) != (flag.kind, flag.basis))


def overdue_at(order: OrderState, rules: Rules) -> datetime | None:
    """The moment (UTC) from which `order` is overdue (R5.3); None: it has none."""
    observed, desired = order.marketplace.observed, order.shop_side.desired
    if observed is None or desired is None or observed.status is not MarketplaceStatus.SHIPPED:
        return None
    if desired.delivery is not None or desired.delivery_problem is not None:
        return None
    # With MALL Delivery only canceled in the shop says something about the parcel.
    under_way = observed.marketplace_delivery and desired.status is not ShopStatus.CANCELED
    if desired.status is not ShopStatus.SETTLED and not under_way:
        return None
    shipped_at = order.shipped_at
    return None if shipped_at is None else shipped_at + timedelta(days=rules.overdue_days)


def resolve(order: OrderState, resolution: Resolution) -> OrderState:
    """`order` with its open flag resolved by a person.

    Raises WrongValueError if there is no open flag, or if the note cannot be used (R12.9).
    """
    flag = order.cases.return_flag
    if flag is None or not flag.open:
        raise WrongValueError(because(CaseProblem.NO_OPEN_RETURN, order=order.mall_order_id))
    resolution = replace(resolution, note=checked_note(resolution.note))
    settled = replace(order, cases=replace(order.cases, return_flag=replace(flag, resolved=resolution)))
    if order.cases.return_request is None:
        return settled
    # The resolution is newer than the request: Returned is no longer sent, and its step is withdrawn at once.
    return replace(
        settled,
        cases=replace(settled.cases, return_request=None),
        work=replace(settled.work, recheck_at=resolution.at),
    )


def checked_note(note: str) -> str:
    """`note` without outer white space. Raises WrongValueError if it is empty or too long (R12.9)."""
    note = note.strip()
    if not 0 < len(note) <= MAX_NOTE:
        raise WrongValueError(because(CaseProblem.NOTE, length=len(note), limit=MAX_NOTE))
    return note


def request_returned(order: OrderState, rules: Rules, by: str, now: datetime) -> OrderState:
    """`order` with the request of the person `by` to set Returned; it is rechecked at once (R5.9).

    A second request changes nothing while the step of the first waits. Raises WrongValueError, which says why Returned
    cannot be requested and what to do instead.
    """
    problem = _why_not_returned(order, rules)
    if problem is not None:
        raise WrongValueError(problem)
    waiting = order.work.step is not None and order.work.step.action is Action.RETURNED
    if order.cases.return_request is not None and waiting:
        return order
    return replace(
        order,
        cases=replace(order.cases, return_request=ReturnRequest(now, by)),
        work=replace(order.work, recheck_at=now),
    )


def _why_not_returned(order: OrderState, rules: Rules) -> Reason | None:
    """Why Returned cannot be requested; None: it can."""
    observed, flag = order.marketplace.observed, order.cases.return_flag
    if observed is None:
        return because(CaseProblem.RETURNED_STATUS_UNKNOWN)
    if observed.marketplace_delivery:
        return because(CaseProblem.RETURNED_BY_MARKETPLACE)
    if observed.status is not MarketplaceStatus.SHIPPED:
        return because(CaseProblem.RETURNED_TOO_SOON, held=observed.status)
    if not rules.push_returned:
        return because(CaseProblem.RETURNED_SWITCHED_OFF)
    if flag is None or not flag.open or flag.kind not in {ReturnKind.UNCLAIMED, ReturnKind.OVERDUE}:
        return because(CaseProblem.RETURNED_NO_ENTRY)
    return None


def _request_stands(order: OrderState, request: ReturnRequest, rules: Rules, now: datetime) -> bool:
    """Whether the shop still agrees with `request` (R5.10).

    Canceling the order agrees with it. Any other later change of state or delivery date ends it.
    """
    if order.marketplace.observed is None or not order.marketplace.observed_certain:
        return True
    occasion = _occasion(order, rules, now)
    if occasion is None or occasion.kind not in {ReturnKind.UNCLAIMED, ReturnKind.OVERDUE}:
        return False
    unchanged = order.shop_side.desired_since is None or order.shop_side.desired_since <= request.at
    return occasion.kind is ReturnKind.UNCLAIMED or unchanged


def _occasion(order: OrderState, rules: Rules, now: datetime) -> _Occasion | None:
    """Why `order` belongs on the list, the most certain kind first (R5.6); None: it does not belong there."""
    observed, desired = order.marketplace.observed, order.shop_side.desired
    if observed is None:
        return None
    canceled = desired is not None and desired.status is ShopStatus.CANCELED
    if observed.status is MarketplaceStatus.DELIVERED:
        return _withdrawal(order, now) if canceled and not _was_never_delivered(order) else None
    if observed.status is not MarketplaceStatus.SHIPPED or reopened_from(order) is not None:
        return None
    if observed.ready_to_return:
        return _ready_to_return(order, now)
    # With MALL Delivery a delivery date in the shop does not count: MALL reports the delivery.
    if canceled and desired is not None and (desired.delivery is None or observed.marketplace_delivery):
        return _unclaimed(order, rules, now)
    overdue = overdue_at(order, rules)
    if overdue is not None and overdue <= now:
        return _overdue(order, overdue - timedelta(days=rules.overdue_days), rules)
    return None


def _was_never_delivered(order: OrderState) -> bool:
    """Whether an escalation says that Delivered was a mistake. Then canceling the order is no withdrawal (R5.5)."""
    wrong = (e for e in order.cases.escalations if e.cause is Cause.WRONG_DELIVERED)
    return any(e.open or e.return_document is not None for e in wrong)


def _ready_to_return(order: OrderState, now: datetime) -> _Occasion:
    where = order.marketplace.observed.collect_at if order.marketplace.observed else ""
    reason = (
        because(ReturnReason.READY_TO_RETURN, collect_at=ShopText(where))
        if where
        else because(ReturnReason.READY_TO_RETURN_SOMEWHERE)
    )
    since = order.marketplace.observed_at or now
    return _Occasion(ReturnKind.READY_TO_RETURN, "ready to return", reason, since)


def _unclaimed(order: OrderState, rules: Rules, now: datetime) -> _Occasion:
    since = order.shop_side.desired_since or now
    if _is_marketplace_delivery(order):
        reason = because(ReturnReason.UNCLAIMED_MARKETPLACE_DELIVERY, since=since)
    elif rules.push_returned:
        reason = because(ReturnReason.UNCLAIMED_OVER_API, since=since, order=order.mall_order_id)
    else:
        reason = because(ReturnReason.UNCLAIMED, since=since)
    return _Occasion(ReturnKind.UNCLAIMED, _wanted_since(order), reason, since)


def _overdue(order: OrderState, shipped_at: datetime, rules: Rules) -> _Occasion:
    days = rules.overdue_days
    if _is_marketplace_delivery(order):
        reason = because(ReturnReason.OVERDUE_MARKETPLACE_DELIVERY, shipped_at=shipped_at, days=days)
    elif rules.push_returned:
        number = order.mall_order_id
        reason = because(ReturnReason.OVERDUE_OVER_API, shipped_at=shipped_at, days=days, order=number)
    else:
        reason = because(ReturnReason.OVERDUE, shipped_at=shipped_at, days=days)
    # The basis is not the moment of Shipped: ours and MALL's differ by seconds, and would be two occasions.
    return _Occasion(ReturnKind.OVERDUE, _wanted_since(order), reason, shipped_at)


def _withdrawal(order: OrderState, now: datetime) -> _Occasion:
    since = order.shop_side.desired_since or now
    reason = because(ReturnReason.WITHDRAWAL, since=since)
    return _Occasion(ReturnKind.WITHDRAWAL, _wanted_since(order), reason, since)


def _is_marketplace_delivery(order: OrderState) -> bool:
    return order.marketplace.observed is not None and order.marketplace.observed.marketplace_delivery


def _wanted_since(order: OrderState) -> str:
    """The basis of an occasion: the shop's state and since when. Another state or delivery date is another occasion."""
    status = (
        order.shop_side.desired.status.value
        if order.shop_side.desired and order.shop_side.desired.status
        else "unknown"
    )
    return (
        f"{status} {order.shop_side.desired_since.isoformat() if order.shop_side.desired_since else 'once'}"
    )
