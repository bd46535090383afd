"""The daily digest: everything of a shop that waits for a person, and whether any of it is new (R6.13, R6.14)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from orderbridge.domain.cases.deadlines import DeadlineKind, deadlines_of
from orderbridge.domain.cases.escalations import CAUSES, left_the_shop
from orderbridge.domain.cases.matters import happened
from orderbridge.domain.cases.records import ReturnKind
from orderbridge.domain.codes.cases import DigestReason, HoldSummary
from orderbridge.domain.codes.orders import HoldReason
from orderbridge.domain.corrections import present_status_change
from orderbridge.domain.holds import Actor, HoldCode
from orderbridge.domain.reasons import Reason, because
from orderbridge.domain.statuses import FINAL, MarketplaceStatus

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from orderbridge.domain.orders import OrderState
    from orderbridge.domain.rules import Rules

OLD_HOLD = timedelta(days=1)
"""A hold must be older than this to be in the digest (R6.13)."""
NEAR = {
    DeadlineKind.CONFIRM: timedelta(days=1),
    DeadlineKind.DELIVERED: timedelta(days=1),
    DeadlineKind.CREDIT_NOTE: timedelta(days=3),
}
"""Kind of deadline → how long before its end it is in the digest (R6.13)."""
_RETURNS: Mapping[ReturnKind, DigestReason] = {
    ReturnKind.UNCLAIMED: DigestReason.RETURN_UNCLAIMED,
    ReturnKind.OVERDUE: DigestReason.RETURN_OVERDUE,
    ReturnKind.READY_TO_RETURN: DigestReason.RETURN_READY_TO_RETURN,
    ReturnKind.WITHDRAWAL: DigestReason.RETURN_WITHDRAWAL,
}
"""Kind of return → the line of the digest."""
_WAITS_FOR: Mapping[Actor, DigestReason] = {
    Actor.CLERK: DigestReason.HELD_CLERK,
    Actor.INTEGRATOR: DigestReason.HELD_INTEGRATOR,
    Actor.MARKETPLACE: DigestReason.HELD_MARKETPLACE,
}
"""Who must act on a hold → the line of the digest. A hold on which nobody acts has none (R6.14)."""
_CANCELLATIONS: Mapping[str, HoldSummary] = {
    HoldReason.CANCEL_REFUSED: HoldSummary.IMPORT_REFUSED_CANCELLATION,
    HoldReason.CANCEL_NOT_CLEAR: HoldSummary.IMPORT_REFUSED_CANCELLATION,
    HoldReason.CANCEL_UNCLEAR: HoldSummary.IMPORT_UNCLEAR_CANCELLATION,
}
"""Reason of a hold that is about a cancellation in the shop → its summary. The hold's code does not tell."""
_RETURN_HOLDS = frozenset({HoldCode.CANCEL_TOO_LATE, HoldCode.AFTER_DELIVERED})
"""Holds that the list of returns covers."""


class DigestSection(StrEnum):
    """The parts of a digest, in this order."""

    ESCALATIONS = "escalations"
    DEADLINES = "deadlines"
    MISSING = "missing"
    """Under way at MALL, and missing from the shop's export."""
    FORGOTTEN = "forgotten"
    """In Shipping for longer than ``forgotten_days``."""
    RETURNS = "returns"
    HOLDS = "holds"
    """Held for more than a day."""


@dataclass(frozen=True, slots=True)
class DigestItem:
    """One item of a digest."""

    key: str
    """16 hexadecimal digits that change when the item has something new, whatever its text is. Thousands fit into one
    record."""
    section: DigestSection
    """The part of the digest."""
    mall_order_id: int
    """MALL's number of the order."""
    reason: Reason
    """The item as facts for people. It names the order by its number only."""


@dataclass(frozen=True, slots=True)
class Digest:
    """Everything that waits for a person."""

    items: tuple[DigestItem, ...]
    """The items, by section and order number."""


def digest_of(orders: Iterable[OrderState], rules: Rules, now: datetime) -> Digest:
    """The digest of a shop's `orders`, in any order, at `now` (UTC).

    A problem that is both a hold and an escalation or a return is listed once. What a person settled is not listed
    (R6.14).
    """
    found: list[DigestItem] = []
    for order in orders:
        items = (
            *_escalations(order),
            *_deadlines(order, rules, now),
            *_missing(order),
            *_returns(order),
            *_holds(order, now),
        )
        # Any other item of the order already explains why it is still in Shipping.
        found.extend(items or _forgotten(order, rules, now))
    sections = list(DigestSection)
    found.sort(key=lambda item: (sections.index(item.section), item.mall_order_id, item.key))
    return Digest(tuple(found))


def has_new_items(digest: Digest, known: Collection[str]) -> bool:
    """Whether `digest` has an item whose key is not in `known`, the keys of the last digest."""
    return not frozenset(known).issuperset(item.key for item in digest.items)


def _escalations(order: OrderState) -> Iterator[DigestItem]:
    for escalation in order.cases.escalations:
        if escalation.open:
            since, number = escalation.opened_at, order.mall_order_id
            yield DigestItem(
                _key(order, "escalation", escalation.cause.value, since.isoformat()),
                DigestSection.ESCALATIONS,
                number,
                because(
                    DigestReason.ESCALATION, order=number, since=since, happened=happened(order, escalation)
                ),
            )


def _deadlines(order: OrderState, rules: Rules, now: datetime) -> Iterator[DigestItem]:
    for deadline in deadlines_of(order, rules, now):
        if deadline.missed or deadline.due_at <= now + NEAR[deadline.kind]:
            state = "missed" if deadline.missed else "near"
            yield DigestItem(
                _key(order, "deadline", deadline.kind.value, deadline.due_at.isoformat(), state),
                DigestSection.DEADLINES,
                order.mall_order_id,
                because(DigestReason.DEADLINE, order=order.mall_order_id, deadline=deadline.reason),
            )


def _missing(order: OrderState) -> Iterator[DigestItem]:
    """An order that the shop's list of all orders lacks and that MALL waits for."""
    observed, since = order.marketplace.observed, order.shop_side.missing_since
    if observed is None or observed.status in FINAL or since is None:
        return
    yield DigestItem(
        _key(order, "missing", since.isoformat()),
        DigestSection.MISSING,
        order.mall_order_id,
        because(DigestReason.MISSING, order=order.mall_order_id, since=since, held=observed.status),
    )


def _forgotten(order: OrderState, rules: Rules, now: datetime) -> Iterator[DigestItem]:
    """An order that has been in Shipping for longer than the shop allows (R6.13)."""
    shipping = present_status_change(order)
    if shipping is None or shipping.status is not MarketplaceStatus.SHIPPING:
        return
    if now - shipping.at <= timedelta(days=rules.forgotten_days):
        return
    yield DigestItem(
        _key(order, "forgotten", shipping.at.isoformat()),
        DigestSection.FORGOTTEN,
        order.mall_order_id,
        because(DigestReason.FORGOTTEN, order=order.mall_order_id, since=shipping.at),
    )


def _returns(order: OrderState) -> Iterator[DigestItem]:
    flag = order.cases.return_flag
    if flag is not None and flag.open:
        yield DigestItem(
            _key(order, "return", flag.kind.value, flag.basis),
            DigestSection.RETURNS,
            order.mall_order_id,
            because(_RETURNS[flag.kind], order=order.mall_order_id, since=flag.since),
        )


def _holds(order: OrderState, now: datetime) -> Iterator[DigestItem]:
    hold, since = order.work.hold, order.work.hold_since
    if hold is None or since is None or now - since <= OLD_HOLD or hold.actor not in _WAITS_FOR:
        return
    if covered_elsewhere(order, hold.code) or left_the_shop(order):
        return
    why = because(_CANCELLATIONS.get(hold.reason.code) or HoldSummary[hold.code.name])
    yield DigestItem(
        _key(order, "hold", hold.code.value, since.isoformat()),
        DigestSection.HOLDS,
        order.mall_order_id,
        because(_WAITS_FOR[hold.actor], order=order.mall_order_id, since=since, why=why),
    )


def _key(order: OrderState, *facts: str) -> str:
    """A digest of the order and of the facts that make the item new when they change."""
    return hashlib.sha256(" ".join((str(order.mall_order_id), *facts)).encode()).hexdigest()[:16]


def covered_elsewhere(order: OrderState, code: HoldCode) -> bool:
    """Whether a return or an escalation is about the same problem, or a person closed that escalation (R6.14)."""
    if code in _RETURN_HOLDS and order.cases.return_flag is not None:
        return True
    same = CAUSES.get(code, ())
    return any(e.cause in same and (e.open or e.closed_by_person) for e in order.cases.escalations)
