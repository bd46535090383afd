"""Limits for one order: calls a day, and acceptances of the same step without effect (R12.1 to R12.5).

They end two kinds of loops. In a fast loop each answer asks for the next call, so answered calls are counted by the
day. In a slow loop MALL accepts a step and holds the old status at the next reading, so acceptances are counted per
step. Beyond a limit the order is held. A call without an answer does not count: ``backoff`` limits those.
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
"""How many answered PUTs an order may have in a day (R12.1). An ordinary order has three to six in its life. The rest
is for corrections of tracking and for changes by the customer."""
READS_PER_DAY = 48
"""How many answered reads an order may have in a day (R12.1): one an hour while it is blocked, and as many for
doubts."""
HINT_READS_PER_DAY = 24
"""After how many reads in a day a webhook's hint causes no further read (R12.2). The rest is for doubts."""
EXTRA_PUTS = 3
"""How many PUTs a person's request allows when the day's are used up (R12.4)."""
EXTRA_READS = 6
"""How many reads a person's request allows when the day's are used up (R12.4): one before and one after each PUT."""
ALLOWANCES_PER_DAY = 10
"""How often in a day a person's request allows further calls (R12.4). A program may ask without end."""
MAX_STATUS_ACCEPTANCES = 2
"""After how many acceptances without effect a status is not sent again by itself (R12.5)."""
MAX_CONFIRM_ACCEPTANCES = 5
"""The same for confirmations (R12.5). MALL asks for a new one after each change of its side, so a few are ordinary."""


def with_call(order: OrderState, action: Action, now: datetime) -> OrderState:
    """`order` with one more call for `action`, which is about to be made."""
    return _add_calls(order, action, now, 1)


def without_call(order: OrderState, action: Action, now: datetime) -> OrderState:
    """`order` without the call for `action` that was counted and got no answer (R12.3)."""
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
    """Whether a webhook's hint causes no further read of `order` today (R12.2)."""
    return _today(order, now).reads >= HINT_READS_PER_DAY


def with_acceptance(order: OrderState, action: Action, payload: StepPayload | None) -> OrderState:
    """`order` with one more acceptance of this step. Tracking is not counted, for it differs each time."""
    if action.target is None and action is not Action.CONFIRM:
        return order
    updated = Accepted(action, _counted_payload(action, payload), accepted_times(order, action, payload) + 1)
    others = tuple(one for one in order.work.accepted if _step_key(one) != _step_key(updated))
    return replace(order, work=replace(order.work, accepted=(*others, updated)))


def accepted_times(order: OrderState, action: Action, payload: StepPayload | None) -> int:
    """How often MALL accepted this step. A status counts whatever its payload is."""
    kind = (action, key_of(_counted_payload(action, payload)))
    return next((one.times for one in order.work.accepted if _step_key(one) == kind), 0)


def _counted_payload(action: Action, payload: StepPayload | None) -> StepPayload | None:
    return None if action.target is not None else payload


def _step_key(accepted: Accepted) -> tuple[Action, str]:
    return accepted.action, key_of(accepted.payload)


def with_extra_calls(order: OrderState, requested_at: datetime) -> OrderState:
    """`order` after a person's request at `requested_at`: each used-up limit allows a few more calls (R12.4).

    Limits that are not reached stay. After ``ALLOWANCES_PER_DAY`` requests nothing changes.
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
    """How often `action` may be accepted without effect (R12.5)."""
    return MAX_CONFIRM_ACCEPTANCES if action is Action.CONFIRM else MAX_STATUS_ACCEPTANCES


def no_effect_hold(order: OrderState, planned: PlannedStep, observed: MarketplaceView) -> Hold | None:
    """The hold instead of `planned`, if MALL accepted it too often without effect (R12.5); None: it may be sent."""
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
    """`decision`, or a hold if its call would exceed the day's limit (R12.1)."""
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
