"""Advances an order: records the plan, and returns the step that is to be sent."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from orderbridge.domain import backoff
from orderbridge.domain.actions import Action
from orderbridge.domain.attempts import (
    NO_ANSWER_FAILURES,
    after_no_answer_from_shop,
    lease,
)
from orderbridge.domain.codes.orders import HoldReason, ResultReason
from orderbridge.domain.freshness import is_known_since, required_content_time
from orderbridge.domain.holds import Actor, Hold, HoldCode, InSync
from orderbridge.domain.planning import parked_hold, plan
from orderbridge.domain.reasons import because
from orderbridge.domain.steps import PlannedStep, Step, StepState

if TYPE_CHECKING:
    from orderbridge.domain.orders import OrderState
    from orderbridge.domain.reasons import Reason
    from orderbridge.domain.rules import Rules

UNSEEN_FOR = timedelta(hours=6)
"""How long a step waits for the shop's export to show its order before people are notified (R2.6)."""


LOST_MESSAGE_AFTER = timedelta(minutes=5)
"""When a step that was handed to the queue is rechecked (R9.15): its message may be lost."""


RESEND_AFTER = timedelta(hours=6)
"""After how long a step is handed to the queue again although other messages still wait there (R9.15)."""


@dataclass(frozen=True, slots=True)
class Progress:
    """The result of advancing an order."""

    order: OrderState
    """The order's next value."""
    steps: tuple[Step, ...] = ()
    """The step records to write with it."""
    send: Step | None = None
    """The step to hand to the queue; None: nothing is sent."""


def advance(
    order: OrderState,
    rules: Rules,
    now: datetime,
    jitter: float,
    *,
    queues_empty: bool = False,
) -> Progress:
    """Plans `order` and records the result (R1.20). A claimed step stays with its sender until its lease ends.

    * A recorded step that the plan no longer asks for is withdrawn.
    * A step whose message may still be under way is not handed to the queue again. `queues_empty` says that no message
      about a step was under way a moment ago, so a message that is overdue is lost (R9.15).
    * A step that needs a confirmation by the export is handed to the queue only after it (see ``freshness``, R2.5). So
      a correction made within the undo window withdraws the step, however late an export shows it (R2.7).

    `jitter` is in [0, 1).
    """
    closed: list[Step] = []
    step = order.work.step
    if step is not None and step.state is StepState.SENDING:
        if step.claimed_at is not None and now < step.claimed_at + lease(step):
            return Progress(
                replace(order, work=replace(order.work, recheck_at=step.claimed_at + lease(step)))
            )
        order, lost_steps = _sender_died(order, step, now)
        closed.extend(lost_steps)
        step = order.work.step
    decision = plan(order, rules, now)
    if isinstance(decision, PlannedStep) and decision.action is Action.CONFIRM:
        order = _with_hold(order, decision.beside, now)
    if isinstance(decision, PlannedStep) and step is not None and step.same_as(decision):
        return _keep(order, step, closed, now, queues_empty=queues_empty)
    if step is not None:
        closed.append(step.close(StepState.WITHDRAWN, _why_withdrawn(decision), now))
        order = replace(order, work=replace(order.work, step=None))
    if isinstance(decision, PlannedStep):
        return _record(order, decision, closed, now, jitter)
    if isinstance(decision, Hold):
        order = _with_hold(order, decision, now)
        order = replace(
            order, work=replace(order.work, explanation=decision.reason, recheck_at=decision.until)
        )
    else:
        order = _with_hold(order, None, now)
        order = replace(
            order, work=replace(order.work, explanation=decision.reason, recheck_at=decision.until)
        )
    return Progress(order, tuple(closed))


def _with_hold(order: OrderState, hold: Hold | None, now: datetime) -> OrderState:
    """`order` with `hold` (None: without one). ``hold_since`` stays while the code is the same."""
    same = hold is not None and order.work.hold is not None and order.work.hold.code is hold.code
    since = order.work.hold_since if same else now
    return replace(order, work=replace(order.work, hold=hold, hold_since=since if hold is not None else None))


def parked(order: OrderState, what: Reason, now: datetime) -> Progress:
    """`order` parked because of `what`: nothing is sent until a person repeats it (R12.6).

    A planned step is withdrawn. A claimed step stays as it is; its result is read when the order is repeated.
    """
    step = order.work.step
    closed: tuple[Step, ...] = ()
    if step is not None and step.state is StepState.PLANNED:
        closed = (step.close(StepState.WITHDRAWN, because(ResultReason.WITHDRAWN_PARKED, what=what), now),)
        order = replace(order, work=replace(order.work, step=None))
    hold = parked_hold(order, what)
    return Progress(
        replace(
            order,
            work=replace(
                order.work, parked=what, hold=hold, hold_since=now, explanation=hold.reason, recheck_at=None
            ),
        ),
        closed,
    )


def _sender_died(order: OrderState, step: Step, now: datetime) -> tuple[OrderState, list[Step]]:
    """`order` after the lease of `step` ended without a result; also the step records to write (R9.13)."""
    if step.action is Action.READ:
        return replace(
            order, work=replace(order.work, step=replace(step, state=StepState.PLANNED, claimed_at=None))
        ), []
    if step.action.in_shop:
        return after_no_answer_from_shop(order, step, because(ResultReason.WRITER_STOPPED), now)
    lost = step.close(StepState.UNANSWERED, because(ResultReason.SENDER_STOPPED), now)
    order = replace(
        order,
        work=replace(order.work, step=None, unanswered=lost),
        marketplace=replace(order.marketplace, observed_certain=False),
    )
    return replace(order, work=replace(order.work, failures=order.work.failures + 1, last_failure_at=now)), [
        lost
    ]


def _keep(
    order: OrderState, step: Step, closed: list[Step], now: datetime, *, queues_empty: bool = False
) -> Progress:
    """`order` with the same step: it waits for its time, for the export, or for its message, or it is sent now."""
    due = step.due_at()
    if due is not None and due > now:
        return Progress(
            replace(
                order,
                work=replace(
                    order.work,
                    recheck_at=order.work.recheck_at if _covers(order.work.recheck_at, due) else due,
                ),
            ),
            tuple(closed),
        )
    missing_content_time = _missing_content_time(order, step)
    if missing_content_time is not None:
        return Progress(_wait_for_export(order, step, missing_content_time, now), tuple(closed))
    if order.work.hold is not None and order.work.hold.code is HoldCode.NOT_IN_EXPORT:
        order = _with_hold(order, None, now)
        order = replace(order, work=replace(order.work, explanation=step.reason))
    if step.queued_at is not None and not _is_lost(order, step.queued_at, now, queues_empty=queues_empty):
        past = order.work.recheck_at is None or order.work.recheck_at <= now
        recheck_at = now + LOST_MESSAGE_AFTER if past else order.work.recheck_at
        return Progress(replace(order, work=replace(order.work, recheck_at=recheck_at)), tuple(closed))
    step = replace(step, queued_at=now)
    return Progress(
        replace(order, work=replace(order.work, step=step, recheck_at=now + LOST_MESSAGE_AFTER)),
        tuple(closed),
        send=step,
    )


def _is_lost(order: OrderState, queued_at: datetime, now: datetime, *, queues_empty: bool) -> bool:
    """Whether the message that was handed to the queue at `queued_at` will not arrive any more (R9.15).

    The step is recorded before its message is sent, so a crash in between loses the message. A queue loses none.
    """
    if order.work.recheck_at is not None and order.work.recheck_at > now:
        return False  # the message is under way, or waits after a short failure
    return queues_empty or now >= queued_at + RESEND_AFTER


def _covers(recheck_at: datetime | None, due: datetime) -> bool:
    """Whether `recheck_at` is at `due` or so soon after it that it can stay."""
    return recheck_at is not None and due <= recheck_at <= due + LOST_MESSAGE_AFTER


def _missing_content_time(order: OrderState, step: Step) -> datetime | None:
    """The required time of the export's content, if such content has not come yet; None: `step` can go out."""
    needed = required_content_time(order, step)
    return None if needed is None or is_known_since(order, needed) else needed


def _wait_for_export(order: OrderState, step: Step, needed: datetime, now: datetime) -> OrderState:
    """`order` while it waits for the export. The fetch sends a message when the export shows the order.

    The recheck is only for the hold ``not_in_export`` after ``UNSEEN_FOR`` (R2.6).
    """
    if now < needed + UNSEEN_FOR:
        return replace(order, work=replace(order.work, recheck_at=needed + UNSEEN_FOR))
    if order.shop_side.missing_since is not None:
        code, actor = HoldReason.NOT_IN_EXPORT_MISSING, Actor.CLERK
    else:
        code, actor = HoldReason.NOT_IN_EXPORT_OLD, Actor.INTEGRATOR
    hold = Hold(HoldCode.NOT_IN_EXPORT, because(code, action=step.action, needed=needed), actor)
    held = _with_hold(order, hold, now)
    return replace(held, work=replace(held.work, recheck_at=None))


def _record(
    order: OrderState,
    planned: PlannedStep,
    closed: list[Step],
    now: datetime,
    jitter: float,
) -> Progress:
    """`order` with `planned` recorded under the next number (R1.20)."""
    retry_at = order.work.read_after if planned.action is Action.READ else None
    if (
        planned.action is not Action.READ
        and order.work.failures > 1
        and order.work.last_failure_at is not None
    ):
        retry_at = order.work.last_failure_at + backoff.delay(order.work.failures, jitter)
    step = Step(
        number=order.work.last_step_number + 1,
        action=planned.action,
        payload=planned.payload,
        reason=planned.reason,
        planned_at=now,
        not_before=planned.not_before,
        retry_at=retry_at,
    )
    hold = order.work.hold
    without_answer = (
        hold is not None and hold.code is HoldCode.NO_ANSWER and order.work.failures >= NO_ANSWER_FAILURES
    )
    # A read or a confirmation ends no hold. The next plan decides.
    if not without_answer and planned.action not in {Action.READ, Action.CONFIRM}:
        hold = None
    order = replace(
        order,
        work=replace(
            order.work,
            step=step,
            last_step_number=step.number,
            hold=hold,
            hold_since=order.work.hold_since if hold else None,
            explanation=planned.reason,
            recheck_at=None,
        ),
    )
    return _keep(order, step, [*closed, step], now)


def _why_withdrawn(decision: PlannedStep | Hold | InSync) -> Reason:
    if isinstance(decision, PlannedStep):
        return because(ResultReason.WITHDRAWN_OTHER_STEP, action=decision.action, why=decision.reason)
    return because(ResultReason.WITHDRAWN, why=decision.reason)
