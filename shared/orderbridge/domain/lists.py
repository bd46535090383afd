"""Where an order stands on the lists that people read: by the last change of what a list tells of it.

A claim, an attempt, a wait or a look changes an order's record, and nothing that a list is read for. So the order keeps
its place, and the table's indexes are not written anew.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from orderbridge.domain.records import Shown

if TYPE_CHECKING:
    from orderbridge.domain.orders import OrderState


UNKNOWN_STATUS = "unknown"
"""Stands for the marketplace's status on the lists while no status is known."""


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


def with_place(order: OrderState) -> OrderState:
    """`order`, about to be saved, with its place: a new one (`updated_at`) exactly if a list tells something new."""
    face = _face(order)
    if order.list_entry is not None and order.list_entry.face == face:
        return order
    return replace(order, list_entry=Shown(face, order.updated_at))


def _face(order: OrderState) -> str:
    """A digest of what the lists are read for: both sides' states, the hold, what is open for people."""
    desired, observed, flag = order.shop_side.desired, order.marketplace.observed, order.cases.return_flag
    told = (
        desired and (desired.code, desired.status, desired.status_name, desired.delivery),
        observed and observed.status,
        order.work.hold and order.work.hold.code,
        flag and (flag.kind, flag.basis, flag.open),
        [(one.cause, one.open, len(one.history)) for one in order.cases.escalations],
        order.cases.return_request is not None,
        len(order.marketplace.status_changes),
        order.marketplace.test,
    )
    return hashlib.sha256(repr(told).encode()).hexdigest()[:16]
