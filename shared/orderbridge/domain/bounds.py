"""What no order may use up, whatever either side says: a day's calls, and the same step accepted in vain.

Two circles are possible. A fast one: an answer asks for the next call, that one for the next. So the calls of an order
that were answered are with_call by the day. And a slow one: the marketplace accepts a step, and holds the old status at
the next reading, night after night. So it is with_call how often it accepted each step. Beyond either bound the order is
held and a person is told. A call without an answer is not with_call: the waits of ``backoff`` bound those.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

from orderbridge.domain.actions import Action
from orderbridge.domain.codes.orders import HoldReason
from orderbridge.domain.holds import Actor, Hold, HoldCode
from orderbridge.domain.payloads import key_of
from orderbridge.domain.reasons import because
from orderbridge.domain.steps import Accepted, Calls, Decision, PlannedStep

if TYPE_CHECKING:
    from orderbridge.domain.holds import InSync
    from orderbridge.domain.orders import OrderState
    from orderbridge.domain.payloads import StepPayload
    from orderbridge.domain.views import MarketplaceView

PUTS_PER_DAY = 12
"""PUTs of one order that are answered in a day. A whole life takes three, with every confirmation and correction five
or six; the rest is for a clerk who corrects tracking and for changes by the customer."""
READS_PER_DAY = 48
"""Reads of one order in a day. A blocked one is read every hour; as many again for doubts."""
HINT_READS_PER_DAY = 24
"""After so many reads, a hint alone causes no other: whoever sends hints must not use up the reads that doubts need."""
EXTRA_PUTS = 3
"""PUTs that a person's request makes room for when the day's are used up: the next status and what comes of it."""
EXTRA_READS = 6
"""The same for reads: one per PUT, and as many again for what they show."""
ALLOWANCES_PER_DAY = 10
"""How often a person's request makes room in a day. A program may ask without end."""
MAX_STATUS_ACCEPTANCES = 2
"""After a status was accepted so often, and is still to be set, it is not sent again by itself."""
MAX_CONFIRM_ACCEPTANCES = 5
"""The same for confirmations. MALL asks for a new one after each change of its side, so a few are ordinary."""


def with_call(order: OrderState, action: Action, now: datetime) -> OrderState:
    """`order` with one more call for `action`, which is about to be made."""
    return _add_calls(order, action, now, 1)


def without_call(order: OrderState, action: Action, now: datetime) -> OrderState:
    """`order` without the call for `action` that was with_call and has not been answered."""
    return _add_calls(order, action, now, -1)


def _add_calls(order: OrderState, action: Action, now: datetime, count: int) -> OrderState:
    calls = _today(order, now)
    if action is Action.CANCEL_IN_SHOP:
        return order
    if action in {Action.READ, Action.CREATE_IN_SHOP}:
        return replace(
            order, work=replace(order.work, calls=replace(calls, reads=max(0, calls.reads + count)))
        )
    return replace(order, work=replace(order.work, calls=replace(calls, puts=max(0, calls.puts + count))))


def _today(order: OrderState, now: datetime) -> Calls:
    day = now.astimezone(UTC).date()
    return order.work.calls if order.work.calls is not None and order.work.calls.day == day else Calls(day)


def are_hint_reads_spent(order: OrderState, now: datetime) -> bool:
    """Whether `order` was read so often today that a mere hint is no reason to read it once more."""
    return _today(order, now).reads >= HINT_READS_PER_DAY


def with_acceptance(order: OrderState, action: Action, payload: StepPayload | None) -> OrderState:
    """`order` with one more acceptance of this step. What is accepted as often as it changes is not with_call."""
    if action.target is None and action is not Action.CONFIRM:
        return order
    updated = Accepted(action, _counted_payload(action, payload), accepted_times(order, action, payload) + 1)
    others = tuple(one for one in order.work.accepted if _step_key(one) != _step_key(updated))
    return replace(order, work=replace(order.work, accepted=(*others, updated)))


def accepted_times(order: OrderState, action: Action, payload: StepPayload | None) -> int:
    """How often the marketplace accepted this step. A status counts whatever went with it."""
    kind = (action, key_of(_counted_payload(action, payload)))
    return next((one.times for one in order.work.accepted if _step_key(one) == kind), 0)


def _counted_payload(action: Action, payload: StepPayload | None) -> StepPayload | None:
    return None if action.target is not None else payload


def _step_key(accepted: Accepted) -> tuple[Action, str]:
    return accepted.action, key_of(accepted.payload)


def with_extra_calls(order: OrderState, requested_at: datetime) -> OrderState:
    """`order` after a person asked for another try at `requested_at`: each bound leaves room for a few calls again.

    Nothing is gained by asking where there is room already, and nothing more after ``ALLOWANCES_PER_DAY``.
    """
    accepted = tuple(
        replace(one, times=min(one.times, _max_acceptances(one.action) - 1)) for one in order.work.accepted
    )
    order = replace(order, work=replace(order.work, accepted=accepted))
    calls = _today(order, requested_at)
    extended = replace(
        calls,
        puts=min(calls.puts, PUTS_PER_DAY - EXTRA_PUTS),
        reads=min(calls.reads, READS_PER_DAY - EXTRA_READS),
        allowances=calls.allowances + 1,
    )
    used_up = calls.puts >= PUTS_PER_DAY or calls.reads >= READS_PER_DAY
    return (
        replace(order, work=replace(order.work, calls=extended))
        if used_up and calls.allowances < ALLOWANCES_PER_DAY
        else order
    )


def _max_acceptances(action: Action) -> int:
    return MAX_CONFIRM_ACCEPTANCES if action is Action.CONFIRM else MAX_STATUS_ACCEPTANCES


def no_effect_hold(order: OrderState, planned: PlannedStep, observed: MarketplaceView) -> Hold | None:
    """Why `planned` is not sent again, if the marketplace has accepted it too often without keeping to it."""
    times = accepted_times(order, planned.action, planned.payload)
    if times < _max_acceptances(planned.action):
        return None
    if planned.action is Action.CONFIRM:
        reason = because(HoldReason.NO_EFFECT_CONFIRMATION, times=times, order=order.mall_order_id)
    else:
        reason = because(
            HoldReason.NO_EFFECT,
            action=planned.action,
            times=times,
            held=observed.status,
            order=order.mall_order_id,
        )
    return Hold(HoldCode.NO_EFFECT, reason, Actor.CLERK)


def within_daily_limits(order: OrderState, decision: Decision, now: datetime) -> PlannedStep | Hold | InSync:
    """`decision`, or the hold instead of a call too many."""
    if not isinstance(decision, PlannedStep) or decision.action is Action.CANCEL_IN_SHOP:
        return decision
    calls = _today(order, now)
    reading = decision.action in {Action.READ, Action.CREATE_IN_SHOP}
    made, most = (calls.reads, READS_PER_DAY) if reading else (calls.puts, PUTS_PER_DAY)
    if made < most:
        return decision
    if calls.allowances < ALLOWANCES_PER_DAY:
        code = HoldReason.READS_SPENT if reading else HoldReason.PUTS_SPENT
        reason = because(code, times=made, next=decision.reason, order=order.mall_order_id)
    else:
        code = HoldReason.READS_USED_UP if reading else HoldReason.PUTS_USED_UP
        reason = because(code, times=made, next=decision.reason)
    tomorrow = datetime.combine(calls.day + timedelta(days=1), time(), UTC)
    return Hold(HoldCode.CALLS_SPENT, reason, Actor.CLERK, tomorrow)
