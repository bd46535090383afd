"""How an order moves on: taking news in, recording the plan's answer, claiming a step, taking an answer in.

Every function maps an order to its next value; the flows load, save and send. So each move can be made again on
a freshly loaded order when somebody else was faster, and a crash between two moves leaves a valid order behind.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from orderbridge.domain import backoff
from orderbridge.domain.orders import (
    Action,
    Actor,
    Attempt,
    AttemptResult,
    Hold,
    HoldCode,
    InStep,
    MarketplaceChange,
    MarketplaceView,
    OrderState,
    PlannedStep,
    Refusal,
    ShopView,
    Step,
    StepState,
)
from orderbridge.domain.planning import parked_hold, plan
from orderbridge.domain.statuses import MarketplaceStatus

if TYPE_CHECKING:
    from orderbridge.domain.rules import Rules

LEASE = timedelta(seconds=90)
"""How long a claimed step belongs to its sender. Longer than the sending function may run."""
SETTLING = timedelta(seconds=30)
"""How long a PUT that ran out of time is left alone before the marketplace is read."""
UNSEEN_SHOP_LOOK = timedelta(seconds=15)
"""How soon a final step asks again whether the shop was read since its undo window ended."""
NO_ANSWER_FAILURES = 6
"""So many failures in a row are shown as a hold, though the tries go on: about four minutes."""
LOST_MESSAGE_AFTER = timedelta(minutes=5)
"""When a step that was handed to the queue is looked at again, in case its message never arrived."""


@dataclass(frozen=True, slots=True)
class Progress:
    """The next value of an order, the step records to write with it, and the step to hand to the queue."""

    order: OrderState
    steps: tuple[Step, ...] = ()
    send: Step | None = None


def with_news(order: OrderState, view: ShopView, seen_at: datetime) -> OrderState:
    """`order` as the shop showed it at `seen_at`. Older news than what is known changes nothing.

    A change made by a person in the shop also ends a refusal: what MALL refused may be sent again.
    """
    if order.seen_at is not None and seen_at < order.seen_at:
        return order
    known = order.desired
    if known == view and order.desired_since is not None:
        return replace(order, seen_at=seen_at)
    wants_the_same = known is not None and (known.status, known.delivery, known.delivery_problem) == (
        view.status,
        view.delivery,
        view.delivery_problem,
    )
    since = order.desired_since if wants_the_same and order.desired_since is not None else seen_at
    return replace(
        order, code=order.code or view.code, desired=view, desired_since=since, seen_at=seen_at, refusals=()
    )


def asked_again(order: OrderState) -> OrderState:
    """`order` after a person asked for a fresh look: nothing is taken for granted any more."""
    step = order.step
    if step is not None and step.state is StepState.PLANNED:
        step = replace(step, retry_at=None)
    return replace(
        order,
        code=order.desired.code if order.desired is not None else order.code,
        step=step,
        parked="",
        refusals=(),
        observed_certain=False,
        failures=0,
        last_failure_at=None,
        read_after=None,
        look_at=None,
    )


def advance(
    order: OrderState, rules: Rules, now: datetime, jitter: float, shop_known_at: datetime | None
) -> Progress:
    """Plans `order` and records the answer. A step being sent is left to its sender until its lease ends.

    A recorded step that the plan no longer asks for is withdrawn: newer news always wins over a step not sent.
    A final step whose undo window is over is handed on only if the shop was seen after that (`shop_known_at` is
    the start of the last fetch all of whose changes were handed over): a correction made within the window is in
    that export, however late it is read.
    """
    closed: list[Step] = []
    step = order.step
    if step is not None and step.state is StepState.SENDING:
        if step.claimed_at is not None and now < step.claimed_at + LEASE:
            return Progress(replace(order, look_at=step.claimed_at + LEASE))
        order, left_behind = _sender_died(order, step, now)
        closed.extend(left_behind)
        step = order.step
    decision = plan(order, rules, now)
    if isinstance(decision, PlannedStep) and step is not None and step.same_as(decision):
        return _keep(order, step, closed, now, shop_known_at)
    if step is not None:
        closed.append(step.close(StepState.WITHDRAWN, _why_withdrawn(decision), now))
        order = replace(order, step=None)
    if isinstance(decision, PlannedStep):
        return _record(order, decision, closed, now, jitter)
    if isinstance(decision, Hold):
        same = order.hold is not None and order.hold.code is decision.code
        order = replace(
            order,
            hold=decision,
            hold_since=order.hold_since if same else now,
            explanation=decision.text,
            look_at=decision.until,
        )
    else:
        order = replace(order, hold=None, hold_since=None, explanation=decision.text, look_at=None)
    return Progress(order, tuple(closed))


def parked(order: OrderState, what: str, now: datetime) -> Progress:
    """`order` taken out of the line: held until a person repeats it.

    A step not sent is withdrawn; a step being sent is left as it is, and what became of it is read when the
    order is repeated.
    """
    step = order.step
    closed: tuple[Step, ...] = ()
    if step is not None and step.state is StepState.PLANNED:
        closed = (step.close(StepState.WITHDRAWN, f"withdrawn before it was sent: parked ({what})", now),)
        order = replace(order, step=None)
    hold = parked_hold(what)
    return Progress(
        replace(order, parked=what, hold=hold, hold_since=now, explanation=hold.text, look_at=None), closed
    )


def _sender_died(order: OrderState, step: Step, now: datetime) -> tuple[OrderState, list[Step]]:
    if step.action is Action.READ:
        return replace(order, step=replace(step, state=StepState.PLANNED, claimed_at=None)), []
    lost = step.close(StepState.UNANSWERED, "the sender stopped before it could record an answer", now)
    order = replace(order, step=None, unanswered=lost, observed_certain=False)
    return replace(order, failures=order.failures + 1, last_failure_at=now), [lost]


def _keep(
    order: OrderState, step: Step, closed: list[Step], now: datetime, shop_known_at: datetime | None
) -> Progress:
    due = step.due_at()
    if due is not None and due > now:
        return Progress(
            replace(order, look_at=order.look_at if _later(order.look_at, due) else due), tuple(closed)
        )
    if order.look_at is not None and order.look_at > now:
        return Progress(order, tuple(closed))  # its message is under way, or it was looked at a moment ago
    if _may_be_corrected(order, step, shop_known_at):
        return Progress(replace(order, look_at=now + UNSEEN_SHOP_LOOK), tuple(closed))
    return Progress(replace(order, look_at=now + LOST_MESSAGE_AFTER), tuple(closed), send=step)


def _may_be_corrected(order: OrderState, step: Step, shop_known_at: datetime | None) -> bool:
    """Whether a correction made within the undo window may still be unread."""
    if step.not_before is None or order.desired_since is None or step.not_before <= order.desired_since:
        return False
    return shop_known_at is None or shop_known_at < step.not_before


def _later(look_at: datetime | None, due: datetime) -> bool:
    return look_at is not None and due <= look_at <= due + LOST_MESSAGE_AFTER


def _record(
    order: OrderState, planned: PlannedStep, closed: list[Step], now: datetime, jitter: float
) -> Progress:
    retry_at = order.read_after if planned.action is Action.READ else None
    if planned.action is not Action.READ and order.failures > 1 and order.last_failure_at is not None:
        retry_at = order.last_failure_at + backoff.delay(order.failures, jitter)
    step = Step(
        number=order.last_step_number + 1,
        action=planned.action,
        basis=planned.basis,
        reason=planned.reason,
        planned_at=now,
        not_before=planned.not_before,
        retry_at=retry_at,
    )
    due = step.due_at()
    waits = due is not None and due > now
    unheard = order.hold if order.hold is not None and order.hold.code is HoldCode.NO_ANSWER else None
    unheard = unheard if order.failures >= NO_ANSWER_FAILURES else None
    order = replace(
        order,
        step=step,
        last_step_number=step.number,
        hold=unheard,
        hold_since=order.hold_since if unheard else None,
        explanation=planned.reason,
        look_at=due if waits else now + LOST_MESSAGE_AFTER,
    )
    return Progress(order, (*closed, step), send=None if waits else step)


def _why_withdrawn(decision: PlannedStep | Hold | InStep) -> str:
    if isinstance(decision, PlannedStep):
        return f"withdrawn before it was sent: {decision.reason} asks for {decision.action.value}"
    return f"withdrawn before it was sent: {decision.text}"


def claim(order: OrderState, step: Step, now: datetime) -> OrderState:
    """`order` with `step` claimed for one attempt. Saving it decides who may send: only one save can win."""
    return replace(
        order,
        step=replace(
            step, state=StepState.SENDING, claimed_at=now, attempts=step.attempts + 1, retry_at=None
        ),
        look_at=now + LEASE,
    )


def attempt_of(step: Step, started_at: datetime, sent: dict[str, str | bool]) -> Attempt:
    """The record of the attempt that `step` was claimed for, before anything came back."""
    return Attempt(
        step=step.number, number=step.attempts, action=step.action, started_at=started_at, sent=sent
    )


def answered(
    attempt: Attempt, came_back: str, http_status: int | None, message: str, duration_ms: int
) -> Attempt:
    """`attempt` with what came back. Whether that was acceptance is the policy's word, not the adapter's."""
    return replace(
        attempt,
        result=AttemptResult.FAILED,
        came_back=came_back,
        http_status=http_status,
        message=message,
        duration_ms=duration_ms,
    )


def after_read(order: OrderState, view: MarketplaceView, now: datetime) -> tuple[OrderState, list[Step]]:
    """`order` once the marketplace was read: what is known, and what became of a step that was in doubt.

    A refusal stands only if the marketplace holds what we thought it held when it refused.
    """
    step = order.step
    if step is None:
        return order, []
    before = order.observed
    if before is not None and view.shipped_at is None and view.status is not MarketplaceStatus.OPEN:
        view = replace(view, shipped_at=before.shipped_at)
    records = [step.close(StepState.ACCEPTED, f"MALL holds {view.status.value}", now)]
    doubtful = order.unanswered
    order = replace(
        order,
        observed=view,
        observed_certain=True,
        observed_at=now,
        step=None,
        unanswered=None,
        read_after=None,
        look_at=now,
    )
    if doubtful is None:
        order = replace(order, failures=0, last_failure_at=None)
    else:
        order = _resolve(order, doubtful, view, records)
    if before is not None and _moved(before, view):
        order = replace(order, refusals=())
    return order, records


def _moved(before: MarketplaceView, view: MarketplaceView) -> bool:
    return (before.status, before.confirmed, before.marketplace_delivery) != (
        view.status,
        view.confirmed,
        view.marketplace_delivery,
    )


def _resolve(order: OrderState, doubtful: Step, view: MarketplaceView, records: list[Step]) -> OrderState:
    if not _holds(view, doubtful):
        result = f"{doubtful.result}; it did not take effect: MALL holds {view.status.value}"
        records.append(replace(doubtful, result=result))
        return order
    records.append(replace(doubtful, state=StepState.ACCEPTED, result="MALL holds it: seen by reading"))
    delivered = doubtful.action is Action.DELIVERED
    return replace(
        order,
        refusals=(),
        failures=0,
        last_failure_at=None,
        sent_delivery=doubtful.basis if delivered else order.sent_delivery,
    )


def _holds(view: MarketplaceView, step: Step) -> bool:
    if step.action is Action.TRACKING:
        return step.basis == f"{view.tracking_number}|{view.tracking_url}"
    return view.status is step.action.target


def after_accepted(
    order: OrderState, change: MarketplaceChange, now: datetime
) -> tuple[OrderState, list[Step]]:
    """`order` once the marketplace accepted `change`: it now holds what was sent, and need not be asked."""
    step, observed = order.step, order.observed
    if step is None or observed is None:
        return order, []
    status = change.status or observed.status
    view = replace(
        observed,
        status=status,
        confirmed=observed.confirmed or change.confirm,
        tracking_number=change.tracking_number or observed.tracking_number,
        tracking_url=change.tracking_url or observed.tracking_url,
        shipped_at=now.replace(microsecond=0) if step.action is Action.SHIPPED else observed.shipped_at,
        delivered_at=change.delivered_at or observed.delivered_at,
    )
    done = step.close(StepState.ACCEPTED, f"MALL holds {status.value}", now)
    return (
        replace(
            order,
            observed=view,
            observed_certain=True,
            observed_at=now,
            step=None,
            refusals=(),
            failures=0,
            last_failure_at=None,
            sent_delivery=step.basis if step.action is Action.DELIVERED else order.sent_delivery,
            look_at=now,
        ),
        [done],
    )


def after_refused(order: OrderState, message: str, now: datetime) -> tuple[OrderState, list[Step]]:
    """`order` after a refusal: remembered, but not believed before the marketplace was read."""
    step = order.step
    if step is None:
        return order, []
    refused = step.close(StepState.REFUSED, message, now)
    return (
        replace(
            order,
            step=None,
            unanswered=refused,
            observed_certain=False,
            refusals=(*order.refusals, Refusal(step.action, step.basis, message)),
            look_at=now,
        ),
        [refused],
    )


def after_not_found(order: OrderState, message: str, now: datetime) -> tuple[OrderState, list[Step]]:
    """`order` that the marketplace does not know: held until the shop's record changes or a person asks."""
    step = order.step
    if step is None:
        return order, []
    refused = step.close(StepState.REFUSED, message, now)
    return (
        replace(
            order,
            step=None,
            observed_certain=False,
            refusals=(*order.refusals, Refusal(step.action, step.basis, message, not_found=True)),
            look_at=now,
        ),
        [refused],
    )


def after_no_answer(
    order: OrderState, what: str, now: datetime, *, still_running: bool
) -> tuple[OrderState, list[Step]]:
    """`order` after a PUT whose effect is not known: nothing is sent before the marketplace was read.

    `still_running`: the marketplace may be at it even now, so a read at once could come too soon.
    """
    step = order.step
    if step is None:
        return order, []
    lost = step.close(StepState.UNANSWERED, what, now)
    order = replace(
        order,
        step=None,
        unanswered=lost,
        observed_certain=False,
        failures=order.failures + 1,
        last_failure_at=now,
        read_after=now + SETTLING if still_running else None,
        look_at=now,
    )
    return _unheard(order, what, now), [lost]


def after_failure(order: OrderState, what: str, now: datetime, jitter: float) -> tuple[OrderState, datetime]:
    """`order` after a call that cannot have had an effect, and the moment of the next try."""
    failures = order.failures + 1
    retry_at = now + backoff.delay(failures, jitter)
    order = replace(order, failures=failures, last_failure_at=now)
    return postponed(_unheard(order, what, now), retry_at), retry_at


def _unheard(order: OrderState, what: str, now: datetime) -> OrderState:
    """`order` with a hold that shows it, if the marketplace has failed it for a while. The tries go on."""
    if order.failures < NO_ANSWER_FAILURES:
        return order
    known = order.hold is not None and order.hold.code is HoldCode.NO_ANSWER
    text = f"no usable answer from MALL {order.failures} times in a row (last: {what}); the tries go on by themselves"
    return replace(
        order,
        hold=Hold(HoldCode.NO_ANSWER, text, Actor.MARKETPLACE),
        hold_since=order.hold_since if known else now,
    )


def postponed(order: OrderState, until: datetime) -> OrderState:
    """`order` with its step back in the queue of time: not before `until`."""
    if order.step is None:
        return order
    step = replace(order.step, state=StepState.PLANNED, claimed_at=None, retry_at=until)
    return replace(order, step=step, look_at=max(until, step.not_before or until))
