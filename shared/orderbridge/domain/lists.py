"""The lists of orders that people read: which orders are on one, and in which order.

They are sorted by the last change of what a list shows of an order. A claim, an attempt, a wait or a recheck changes an
order's record, but nothing that a list shows. Then the order keeps its place, and no index of the table is written.
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
"""The status on the lists of an order that was never read at MALL."""
ANY_HOLD = "any"
"""The filter for every held order, whatever its code."""
Matter = Literal["return", "escalation"]
"""What may be open about an order: an entry on the list of returns, or an escalation."""

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""The moment of an order that was never on a list."""


@dataclass(frozen=True, slots=True)
class Period:
    """A period in UTC."""

    since: datetime | None = None
    """Its start (included); None: it has none."""
    before: datetime | None = None
    """Its end (not included); None: it has none."""

    def covers(self, moment: datetime) -> bool:
        """Whether `moment` is in the period."""
        begun = self.since is None or self.since <= moment
        return begun and (self.before is None or moment < self.before)


ALWAYS = Period()
"""The period without start and end."""


@dataclass(frozen=True, slots=True)
class Listing:
    """One of a shop's lists: the orders that match all filters. None: the filter is off."""

    shop: str
    """The shop's name."""
    status: str | None = None
    """MALL's status, or ``UNKNOWN_STATUS``."""
    hold: str | None = None
    """The code of the hold, or ``ANY_HOLD``."""
    matter: Matter | None = None
    """What is open about the order."""
    changed: Period = ALWAYS
    """When the order's entry on the lists last changed."""
    oldest_first: bool = False
    """Whether the order comes first whose entry has not changed for longest."""

    def has(self, order: OrderState) -> bool:
        """Whether `order`, as stored, is on the list."""
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
    oldest_first: bool = False,
) -> Listing:
    """The requested list, `limit` orders at a time.

    Raises ValueError (one line) for an unknown hold or matter, a matter together with a status or a hold, a period that
    ends before it begins, and a `limit` below 1.
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
        shop,
        None if status is None else str(status),
        None if hold is None else str(hold),
        matter,
        period,
        oldest_first,
    )


@dataclass(frozen=True, slots=True)
class OrderPage:
    """One page of a list."""

    orders: tuple[OrderState, ...]
    """The orders, newest change first."""
    cursor: str | None = None
    """Opaque: asks for the next page; None: this is the last page."""
    unreadable: tuple[int, ...] = ()
    """MALL's numbers of orders on this page whose records cannot be read."""


def changed_at(order: OrderState) -> datetime:
    """When that which the lists show of `order` last changed (UTC)."""
    since = order.list_entry.since if order.list_entry is not None else None
    return since or _NEVER


def status_of(order: OrderState) -> str:
    """MALL's status, or ``UNKNOWN_STATUS``."""
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
    """`order`, about to be saved, with its place on the lists. The place changes only if what they show changed."""
    digest = _digest_of(order)
    if order.list_entry is not None and order.list_entry.digest == digest:
        return order
    return replace(order, list_entry=ListEntry(digest, order.updated_at))


def _digest_of(order: OrderState) -> str:
    """A digest of what the lists show: both sides' states, the hold, and what is open for people."""
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
