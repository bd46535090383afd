"""The lists of orders that people read: which orders are on one, and in which order they stand there.

They stand by the last change of what a list tells of them. A claim, an attempt, a wait or a look changes an order's
record, and nothing that a list is read for. So the order keeps its place, and the table's indexes are not written anew.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal, get_args

from orderbridge.domain.cases.records import ListEntry
from orderbridge.domain.holds import HoldCode

if TYPE_CHECKING:
    from orderbridge.domain.orders import OrderState

UNKNOWN_STATUS = "unknown"
"""The status, on the lists, of an order that was never read at the marketplace."""
ANY_HOLD = "any"
"""Every held order, whatever the code."""
Matter = Literal["return", "escalation"]
"""What may be open about an order: a flag on the list of returns, or an escalation."""

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Period:
    """From `since` (included) to `before` (not included), UTC; None is open."""

    since: datetime | None = None
    before: datetime | None = None

    def covers(self, moment: datetime) -> bool:
        """Whether `moment` is in the period."""
        begun = self.since is None or self.since <= moment
        return begun and (self.before is None or moment < self.before)


ALWAYS = Period()


@dataclass(frozen=True, slots=True)
class Listing:
    """One of a shop's lists: the orders that have all of it. None: whatever the order has."""

    shop: str
    status: str | None = None
    hold: str | None = None
    matter: Matter | None = None
    changed: Period = ALWAYS

    def has(self, order: OrderState) -> bool:
        """Whether `order`, as it is on record, is on the list."""
        return (
            order.shop == self.shop
            and (self.status is None or status_of(order) == self.status)
            and (
                self.hold is None
                or (order.work.hold is not None and self.hold in {ANY_HOLD, order.work.hold.code})
            )
            and (self.matter != "return" or has_open_return(order))
            and (self.matter != "escalation" or has_open_escalation(order))
            and self.changed.covers(changed_at(order))
        )


def listing(
    shop: str,
    *,
    status: str | None,
    hold: HoldCode | str | None,
    matter: Matter | None,
    changed: Period | None,
    limit: int,
) -> Listing:
    """The list that is asked for, `limit` orders at a time.

    Raises ValueError (one line) for an unknown hold or matter, a matter beside a status or a hold, a period that ends
    before it begins, and a `limit` below 1.
    """
    if limit < 1:
        raise ValueError(f"limit is {limit}: use 1 or more")
    if hold is not None and hold != ANY_HOLD and hold not in set(HoldCode):
        raise ValueError(f"hold: unknown code: use {ANY_HOLD}, {', '.join(sorted(HoldCode))}")
    if matter is not None and matter not in get_args(Matter):
        raise ValueError(f"matter: unknown: use {', '.join(get_args(Matter))}")
    if matter is not None and (status is not None or hold is not None):
        raise ValueError(f"matter: {matter} goes with no status and no hold: leave them out")
    period = changed or ALWAYS
    if period.since is not None and period.before is not None and period.before < period.since:
        since, before = period.since.isoformat(), period.before.isoformat()
        raise ValueError(f"changed: the period ends ({before}) before it begins ({since})")
    return Listing(
        shop, None if status is None else str(status), None if hold is None else str(hold), matter, period
    )


@dataclass(frozen=True, slots=True)
class OrderPage:
    """One page of orders, newest change first. `cursor` is opaque; None on the last page.

    `unreadable` are MALL's numbers of the orders that belong on the page as well and whose records cannot be read.
    """

    orders: tuple[OrderState, ...]
    cursor: str | None = None
    unreadable: tuple[int, ...] = ()


def changed_at(order: OrderState) -> datetime:
    """When what the lists tell of `order` changed last."""
    since = order.list_entry.since if order.list_entry is not None else None
    return since or _NEVER


def status_of(order: OrderState) -> str:
    """The marketplace's status, as far as it is known."""
    return (
        order.marketplace.observed.status.value if order.marketplace.observed is not None else UNKNOWN_STATUS
    )


def has_open_return(order: OrderState) -> bool:
    """Whether `order` is on the list of returns."""
    return order.cases.return_flag is not None and order.cases.return_flag.open


def has_open_escalation(order: OrderState) -> bool:
    """Whether `order` is on the list of escalations."""
    return any(escalation.open for escalation in order.cases.escalations)


def with_list_entry(order: OrderState) -> OrderState:
    """`order`, about to be saved, with its place: a new one (`updated_at`) exactly if a list tells something new."""
    digest = _digest_of(order)
    if order.list_entry is not None and order.list_entry.digest == digest:
        return order
    return replace(order, list_entry=ListEntry(digest, order.updated_at))


def _digest_of(order: OrderState) -> str:
    """A digest of what the lists are read for: both sides' states, the hold, what is open for people."""
    desired, observed, flag = order.shop_side.desired, order.marketplace.observed, order.cases.return_flag
    shown = (
        desired and (desired.code, desired.status, desired.status_name, desired.delivery),
        observed and observed.status,
        order.work.hold and order.work.hold.code,
        flag and (flag.kind, flag.basis, flag.open),
        [(one.cause, one.open, len(one.history)) for one in order.cases.escalations],
        order.cases.return_request is not None,
        len(order.marketplace.status_changes),
        order.marketplace.test,
    )
    return hashlib.sha256(repr(shown).encode()).hexdigest()[:16]
