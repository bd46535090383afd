"""What waits for the shop's people today, and what is about to happen, in order of haste (R6.25)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from orderbridge.domain.actions import Action
from orderbridge.domain.cases.alarms import cancelled_at, parcel_to_stop
from orderbridge.domain.cases.deadlines import DeadlineKind, deadlines_of
from orderbridge.domain.cases.digest import covered_elsewhere
from orderbridge.domain.cases.escalations import left_the_shop
from orderbridge.domain.codes.cases import HoldTodo
from orderbridge.domain.freshness import is_known_since, required_content_time
from orderbridge.domain.holds import Actor, HoldCode
from orderbridge.domain.reasons import because
from orderbridge.domain.statuses import FINAL, MarketplaceStatus
from orderbridge.domain.steps import StepState

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from orderbridge.domain.cases.deadlines import Deadline
    from orderbridge.domain.cases.records import Alarm, Escalation, ReturnFlag
    from orderbridge.domain.holds import Hold
    from orderbridge.domain.orders import OrderState
    from orderbridge.domain.reasons import Reason
    from orderbridge.domain.rules import Rules
    from orderbridge.domain.steps import Step

_ACTORS = (Actor.CLERK, Actor.INTEGRATOR, Actor.MARKETPLACE)
"""Whose holds are listed, in this order. On the others nobody can act (R6.14)."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """A parcel to be stopped (R6.15)."""

    order: OrderState
    alarm: Alarm
    """What happened, and what to do."""
    since: datetime
    """When the order was cancelled (UTC)."""


@dataclass(frozen=True, slots=True)
class UndoWindow:
    """An irreversible step that is not sent yet (R2.3, R2.5): a person can still take it back (R2.15)."""

    order: OrderState
    step: Step
    waits_for_export: bool
    """Whether the window is over, and the step waits for an export that confirms it."""


@dataclass(frozen=True, slots=True)
class RunningDeadline:
    """A deadline that runs or was missed, and that no step of ours is about to meet (R6.11)."""

    order: OrderState
    deadline: Deadline


@dataclass(frozen=True, slots=True)
class OpenReturn:
    """A parcel on the list of returns."""

    order: OrderState
    flag: ReturnFlag


@dataclass(frozen=True, slots=True)
class OpenEscalation:
    """An open escalation."""

    order: OrderState
    escalation: Escalation


@dataclass(frozen=True, slots=True)
class HeldOrder:
    """A held order."""

    order: OrderState
    hold: Hold
    since: datetime
    """When the hold began (UTC)."""


@dataclass(frozen=True, slots=True)
class HoldGroup:
    """The orders under one hold, those that have waited longest first."""

    code: HoldCode
    what_to_do: Reason
    orders: tuple[HeldOrder, ...]


@dataclass(frozen=True, slots=True)
class Today:
    """All that waits, each list with the most urgent first."""

    parcels: tuple[Parcel, ...]
    """The last cancelled first: its parcel is the nearest."""
    windows: tuple[UndoWindow, ...]
    """The one that is sent next first."""
    deadlines: tuple[RunningDeadline, ...]
    """The one that ends next first."""
    returns: tuple[OpenReturn, ...]
    """The oldest first."""
    escalations: tuple[OpenEscalation, ...]
    """The oldest first."""
    holds: tuple[HoldGroup, ...]
    """Those of the clerk first."""

    @property
    def matters(self) -> int:
        """How many there are."""
        held = sum(len(group.orders) for group in self.holds)
        parts = (self.parcels, self.windows, self.deadlines, self.returns, self.escalations)
        return held + sum(map(len, parts))


@dataclass(frozen=True, slots=True)
class Happened:
    """What happened to some orders since a moment."""

    sent: Mapping[MarketplaceStatus, int]
    """Status → how many orders we set it for, as MALL accepted it."""
    created_in_shop: int
    """How many orders the shop took from us."""
    cancelled_by_others: int
    """How many MALL or the customer cancelled."""


def today_of(orders: Iterable[OrderState], rules: Rules, now: datetime, *, sending: bool = True) -> Today:
    """What waits about `orders` of a shop, each given once and in any order, at `now` (UTC).

    A matter that a hold and another list tell is told once, on the other list (R6.14). `sending` False: nothing is sent
    for the shop. Then steps wait after their undo window too, and none of them is about to meet a deadline.
    """
    known = tuple(orders)
    parcels = [parcel for order in known if (parcel := _parcel(order, rules, now)) is not None]
    windows = [window for order in known if (window := _window(order, now, sending=sending)) is not None]
    deadlines = [one for order in known for one in _deadlines(order, rules, now, sending=sending)]
    returns = [
        OpenReturn(order, order.cases.return_flag)
        for order in known
        if order.cases.return_flag is not None and order.cases.return_flag.open
    ]
    escalations = [
        OpenEscalation(order, one) for order in known for one in order.cases.escalations if one.open
    ]
    stopped = {parcel.order.mall_order_id for parcel in parcels}
    return Today(
        tuple(sorted(parcels, key=lambda one: one.since, reverse=True)),
        tuple(sorted(windows, key=lambda one: one.step.due_at() or now)),
        tuple(sorted(deadlines, key=lambda one: one.deadline.due_at)),
        tuple(sorted(returns, key=lambda one: one.flag.since)),
        tuple(sorted(escalations, key=lambda one: one.escalation.opened_at)),
        tuple(_groups(order for order in known if order.mall_order_id not in stopped)),
    )


def happened(orders: Iterable[OrderState], since: datetime) -> Happened:
    """What happened to `orders` since the moment `since` (UTC, included)."""
    sent: Counter[MarketplaceStatus] = Counter()
    created = cancelled = 0
    for order in orders:
        changes = [one for one in order.marketplace.status_changes if one.at >= since]
        sent.update(one.status for one in changes if one.by_us)
        cancelled += any(one.by_them and one.status is MarketplaceStatus.CANCELLED for one in changes)
        imported_at = order.shop_side.imported_at
        created += imported_at is not None and imported_at >= since
    return Happened(sent, created, cancelled)


def _parcel(order: OrderState, rules: Rules, now: datetime) -> Parcel | None:
    alarm = parcel_to_stop(order, rules, now)
    return None if alarm is None else Parcel(order, alarm, cancelled_at(order) or now)


def _window(order: OrderState, now: datetime, *, sending: bool) -> UndoWindow | None:
    """The irreversible step that `order` has open, while it waits: for its window, the export, or another try."""
    step = order.work.step
    if step is None or step.state is not StepState.PLANNED or step.action.target not in FINAL:
        return None
    if step.not_before is not None and step.not_before > now:
        return UndoWindow(order, step, waits_for_export=False)
    needed = required_content_time(order, step)
    if needed is not None and not is_known_since(order, needed):
        return UndoWindow(order, step, waits_for_export=True)
    waits = not sending or (step.retry_at is not None and step.retry_at > now)
    # A hold tells of a step that is tried in vain (R6.14).
    return UndoWindow(order, step, waits_for_export=False) if waits and order.work.hold is None else None


def _deadlines(order: OrderState, rules: Rules, now: datetime, *, sending: bool) -> Iterator[RunningDeadline]:
    for deadline in deadlines_of(order, rules, now):
        if deadline.missed or not sending or not _is_about_to_be_met(order, deadline):
            yield RunningDeadline(order, deadline)


def _is_about_to_be_met(order: OrderState, deadline: Deadline) -> bool:
    """Whether a step of an order that is not held will meet `deadline`: the first status confirms the order (R8.1)."""
    step = order.work.step
    if step is None or order.work.hold is not None:
        return False
    if deadline.kind is DeadlineKind.CONFIRM:
        return step.action.target is not None or step.action in {Action.CONFIRM, Action.CREATE_IN_SHOP}
    return deadline.kind is DeadlineKind.DELIVERED and step.action is Action.DELIVERED


def _groups(orders: Iterable[OrderState]) -> Iterator[HoldGroup]:
    """The held orders by their holds, without what another list tells."""
    held: dict[HoldCode, list[HeldOrder]] = {}
    for order in orders:
        hold, since = order.work.hold, order.work.hold_since
        if hold is None or since is None or hold.actor not in _ACTORS:
            continue
        if not covered_elsewhere(order, hold.code) and not left_the_shop(order):
            held.setdefault(hold.code, []).append(HeldOrder(order, hold, since))
    groups = [sorted(group, key=lambda one: one.since) for group in held.values()]
    groups.sort(key=lambda group: (min(_ACTORS.index(one.hold.actor) for one in group), group[0].since))
    for group in groups:
        code = group[0].hold.code
        yield HoldGroup(code, because(HoldTodo[code.name]), tuple(group))
