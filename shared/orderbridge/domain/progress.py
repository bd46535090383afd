"""How an order moves on: taking news in, and recording what the plan says.

Every function maps an order to its next value; the flows load, save and send. So each move can be made again on
a freshly loaded order when somebody else was faster, and a crash between two moves leaves a valid order behind.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from orderbridge.domain import backoff
from orderbridge.domain.attempts import LEASE, NO_ANSWER_FAILURES
from orderbridge.domain.orders import (
    Action,
    Hold,
    HoldCode,
    InStep,
    OrderState,
    PlannedStep,
    ShopView,
    Step,
    StepState,
)
from orderbridge.domain.planning import parked_hold, plan

if TYPE_CHECKING:
    from orderbridge.domain.rules import Rules

CLEARED_LOOK = timedelta(seconds=15)
"""How soon a final step is looked at again once the shop is known: time for news, or their parking, to arrive."""
LONGEST_UNSEEN_SHOP_LOOK = timedelta(minutes=15)
"""How seldom a final step asks whether the shop was read, when its export has been broken for long."""
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

    A change made by a person in the shop also ends a refusal: what MALL refused may be sent again. Another order of
    the shop under the same MALL number changes nothing but that it is known as the rival.
    """
    if order.seen_at is not None and seen_at < order.seen_at:
        return order
    if order.code and view.code != order.code:
        return replace(order, rival=view, seen_at=seen_at)
    known = order.desired
    if known == view and order.desired_since is not None:
        return replace(order, rival=None, seen_at=seen_at)
    wants_the_same = known is not None and (known.status, known.delivery, known.delivery_problem) == (
        view.status,
        view.delivery,
        view.delivery_problem,
    )
    since = order.desired_since if wants_the_same and order.desired_since is not None else seen_at
    return replace(
        order,
        code=order.code or ("" if view.problems else view.code),
        rival=None,
        desired=view,
        desired_since=since,
        seen_at=seen_at,
        refusals=(),
    )


def asked_again(order: OrderState) -> OrderState:
    """`order` after a person asked for a fresh look: nothing is taken for granted any more.

    If the person was shown that two orders of the shop carry this MALL number, this is the word for the rival.
    """
    if order.rival is not None and order.hold is not None and order.hold.code is HoldCode.TWO_ORDERS:
        order = replace(
            order, code=order.rival.code, desired=order.rival, desired_since=order.seen_at, rival=None
        )
    step = order.step
    if step is not None and step.state is StepState.PLANNED:
        # What may be running at MALL yet is not read sooner for being asked for.
        step = replace(step, retry_at=order.read_after if step.action is Action.READ else None)
    return replace(
        order,
        step=step,
        parked="",
        refusals=(),
        observed_certain=False,
        failures=0,
        last_failure_at=None,
        look_at=None,
    )


def advance(
    order: OrderState,
    rules: Rules,
    now: datetime,
    jitter: float,
    shop_known_at: datetime | None,
    asked_at: datetime | None,
) -> Progress:
    """Plans `order` and records the answer. A step being sent is left to its sender until its lease ends.

    A recorded step that the plan no longer asks for is withdrawn: newer news always wins over a step not sent.
    A final step whose undo window is over is handed on only if the shop was seen after that (`shop_known_at` is
    the start of the last fetch all of whose changes were handed over): a correction made within the window is in
    that export, however late it is read. And because that correction may still be on its way to this order, the step
    goes out only with a look that was asked for (`asked_at`) after that was known: it stands behind the news.
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
        return _keep(order, step, closed, now, Gate(shop_known_at, asked_at))
    if step is not None:
        closed.append(step.close(StepState.WITHDRAWN, _why_withdrawn(decision), now))
        order = replace(order, step=None)
    if isinstance(decision, PlannedStep):
        return _record(order, decision, closed, now, jitter, Gate(shop_known_at, asked_at))
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


@dataclass(frozen=True, slots=True)
class Gate:
    """What is known when an order is looked at: how fresh the shop is, and when the look was asked for."""

    shop_known_at: datetime | None
    asked_at: datetime | None

    def guards(self, order: OrderState, step: Step) -> bool:
        """Whether `step` is a final one with an undo window."""
        since = order.desired_since
        return step.not_before is not None and since is not None and step.not_before > since

    def shop_is_known(self, step: Step) -> bool:
        """Whether the shop was read since the window of `step` ended."""
        known, window_ends = self.shop_known_at, step.not_before
        return window_ends is None or (known is not None and known >= window_ends)

    def lets_through(self, step: Step) -> bool:
        """Whether this look stands behind all news of the fetch that cleared `step`."""
        return step.cleared_at is not None and self.asked_at is not None and self.asked_at > step.cleared_at


def _keep(order: OrderState, step: Step, closed: list[Step], now: datetime, gate: Gate) -> Progress:
    due = step.due_at()
    if due is not None and due > now:
        return Progress(
            replace(order, look_at=order.look_at if _later(order.look_at, due) else due), tuple(closed)
        )
    if order.look_at is not None and order.look_at > now:
        return Progress(order, tuple(closed))  # its message is under way, or it was looked at a moment ago
    order, step, send = _at_the_gate(order, step, now, gate)
    return Progress(replace(order, step=step), tuple(closed), send=step if send else None)


def _at_the_gate(order: OrderState, step: Step, now: datetime, gate: Gate) -> tuple[OrderState, Step, bool]:
    """Whether `step`, whose time has come, may go out now; if not, when to look again."""
    if not gate.guards(order, step) or gate.lets_through(step):
        return replace(order, look_at=now + LOST_MESSAGE_AFTER), step, True
    if step.cleared_at is not None or gate.shop_is_known(step):
        step = replace(step, cleared_at=step.cleared_at or now)
        return replace(order, look_at=now + CLEARED_LOOK), step, False
    waiting = now - (step.not_before or now)
    look_in = min(max(CLEARED_LOOK, waiting / 4), LONGEST_UNSEEN_SHOP_LOOK)
    return replace(order, look_at=now + look_in), step, False


def _later(look_at: datetime | None, due: datetime) -> bool:
    return look_at is not None and due <= look_at <= due + LOST_MESSAGE_AFTER


def _record(
    order: OrderState,
    planned: PlannedStep,
    closed: list[Step],
    now: datetime,
    jitter: float,
    gate: Gate,
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
    if due is not None and due > now:
        order, send = replace(order, look_at=due), False
    else:
        order, step, send = _at_the_gate(order, step, now, gate)
    unheard = order.hold if order.hold is not None and order.hold.code is HoldCode.NO_ANSWER else None
    unheard = unheard if order.failures >= NO_ANSWER_FAILURES else None
    order = replace(
        order,
        step=step,
        last_step_number=step.number,
        hold=unheard,
        hold_since=order.hold_since if unheard else None,
        explanation=planned.reason,
    )
    return Progress(order, (*closed, step), send=step if send else None)


def _why_withdrawn(decision: PlannedStep | Hold | InStep) -> str:
    if isinstance(decision, PlannedStep):
        return f"withdrawn before it was sent: {decision.reason} asks for {decision.action.value}"
    return f"withdrawn before it was sent: {decision.text}"
