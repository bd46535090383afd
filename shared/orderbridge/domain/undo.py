"""A person takes a planned step back: "do not send it, I will put the order right in the shop" (R2.15 to R2.18).

The step is withdrawn, and the order held. The undo ends with a change in the shop of what had led to the step, or when
a person releases it. Nothing else ends it: no message that was under way, no recheck, no other reading of the export.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from orderbridge.domain.actions import Action
from orderbridge.domain.codes.orders import HoldReason, ResultReason, UndoProblem
from orderbridge.domain.facts import ShopText
from orderbridge.domain.holds import Actor, Hold, HoldCode
from orderbridge.domain.reasons import because
from orderbridge.domain.statuses import FINAL
from orderbridge.domain.steps import Step, StepState, UndoneStep
from orderbridge.errors import WrongValueError

if TYPE_CHECKING:
    from datetime import datetime

    from orderbridge.domain.orders import OrderState
    from orderbridge.domain.reasons import Reason
    from orderbridge.domain.views import ShopView

_DATE_LEADS = frozenset({Action.SHIPPED, Action.TRACKING, Action.DELIVERED})
"""Steps whose undo another delivery date ends. For Shipped and its tracking a date says that the parcel has left."""
_TRACKING_LEADS = frozenset({Action.SHIPPED, Action.TRACKING})
"""Steps that send the tracking. Another number ends no undo of Delivered: it begins no new undo window (R2.4)."""
_HOLD_REASONS = {
    Action.DELIVERED: HoldReason.UNDONE_DATED,
    Action.SHIPPED: HoldReason.UNDONE_WITH_TRACKING,
    Action.TRACKING: HoldReason.UNDONE_WITH_TRACKING,
}
"""Undone action → the text that says which change ends the hold."""
_CLOSED = {
    StepState.SENDING: UndoProblem.BEING_SENT,
    StepState.UNANSWERED: UndoProblem.UNANSWERED,
    StepState.REFUSED: UndoProblem.REFUSED,
    StepState.WITHDRAWN: UndoProblem.WITHDRAWN,
}
"""State of a step → why it cannot be taken back."""


def problem(step: Step) -> Reason | None:
    """Why `step` cannot be taken back, and what is possible then (R2.17); None: it can be, if it is the open one.

    A step whose sender died counts as being sent: its effect is not known.
    """
    if step.action.target is None and step.action is not Action.TRACKING:
        code: UndoProblem | None = UndoProblem.NOT_OF_THE_SHOP
    elif step.state is StepState.ACCEPTED:
        code = UndoProblem.SENT_FINAL if step.action.target in FINAL else UndoProblem.SENT
    else:
        code = _CLOSED.get(step.state)
    return None if code is None else because(code, action=step.action, step=step.number)


def was_undone(step: Step) -> bool:
    """Whether a person took `step` back."""
    return step.result is not None and step.result.code is ResultReason.WITHDRAWN_BY_PERSON


def ended(order: OrderState, step: Step) -> Reason | None:
    """That the undo of `step` has ended: the shop shows something else, or a person decided that the step was right.

    Another step may wait. None: it has not ended.
    """
    mark = order.work.undone
    if step.action is Action.RETURNED:
        stands = order.cases.return_request is None
    else:
        stands = mark is not None and mark.number == step.number
    return None if stands else because(UndoProblem.ENDED, action=step.action, step=step.number)


def undone(order: OrderState, step: Step, by: str, now: datetime) -> tuple[OrderState, Step]:
    """`order` after `by` took its open `step` back at `now` (UTC), and the step's last record (R2.15).

    Returned rests on a person's request, so that request ends, and the order goes on as if it had not been made. Any
    other step leaves the hold ``undone_by_person``. The order is due at once: the plan may find more.

    Raises WrongValueError with the ``problem`` if the step cannot be taken back.
    """
    desired = order.shop_side.desired
    if (why_not := problem(step)) is not None:
        raise WrongValueError(why_not)
    result = because(ResultReason.WITHDRAWN_BY_PERSON, by=ShopText(by), at=now)
    closed = step.close(StepState.WITHDRAWN, result, now)
    order = replace(order, work=replace(order.work, step=None, recheck_at=now, explanation=result))
    if step.action is Action.RETURNED or desired is None:
        return replace(order, cases=replace(order.cases, return_request=None)), closed
    mark = _mark(step, desired, by, now)
    held = hold(order, mark)
    return (
        replace(
            order,
            work=replace(order.work, undone=mark, hold=held, hold_since=now, explanation=held.reason),
        ),
        closed,
    )


def released(order: OrderState, now: datetime) -> OrderState:
    """`order` after a person decided that the undone step was right (R2.18). It is due at once; the plan decides."""
    if order.work.undone is None:
        return order
    return replace(order, work=replace(order.work, undone=None, recheck_at=now))


def in_force(order: OrderState) -> UndoneStep | None:
    """The undone step that nothing may be sent for; None: there is none.

    What MALL holds finally no step can change, so the order then goes on as any other: its cancellation is confirmed
    and written into the shop.
    """
    observed = order.marketplace.observed
    return None if observed is not None and observed.status in FINAL else order.work.undone


def without_outdated(order: OrderState) -> OrderState:
    """`order` without its undo, if the shop no longer shows what had led to the undone step (R2.16)."""
    mark, desired = order.work.undone, order.shop_side.desired
    if mark is None or desired is None or mark == _shown(mark, desired):
        return order
    return replace(order, work=replace(order.work, undone=None))


def hold(order: OrderState, mark: UndoneStep) -> Hold:
    """The hold of an order whose step was undone."""
    code = _HOLD_REASONS.get(mark.action, HoldReason.UNDONE)
    reason = because(code, action=mark.action, by=ShopText(mark.by), at=mark.at, order=order.mall_order_id)
    return Hold(HoldCode.UNDONE_BY_PERSON, reason, Actor.CLERK)


def _mark(step: Step, desired: ShopView, by: str, now: datetime) -> UndoneStep:
    return _shown(UndoneStep(step.number, step.action, now, by, desired.status), desired)


def _shown(mark: UndoneStep, desired: ShopView) -> UndoneStep:
    """`mark` with what `desired` shows of the part that leads to such a step."""
    dated, tracked = mark.action in _DATE_LEADS, mark.action in _TRACKING_LEADS
    return replace(
        mark,
        status=desired.status,
        delivery=desired.delivery if dated else None,
        tracking_number=desired.tracking_number if tracked else "",
        carrier=desired.carrier if tracked else "",
    )
