"""A person takes a step back before it is sent, and releases it again (R2.15 to R2.18)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

from pydantic import BeforeValidator, Field

from orderbridge.domain import undo
from orderbridge.domain.actions import Action
from orderbridge.domain.codes.api import RequestedReason
from orderbridge.domain.codes.orders import UndoProblem
from orderbridge.domain.codes.persons import PersonReason
from orderbridge.domain.reasons import because
from orderbridge.errors import ConflictError, NotFoundError, WrongValueError
from orderbridge.flows.api.actions import WhyBody, record_action
from orderbridge.flows.api.answers import explained_for
from orderbridge.flows.api.request import body_of, order_number, shop_of, unknown_order, whole_number
from orderbridge.flows.api.stored import change_with_steps
from orderbridge.flows.api.views import iso, reader_of, summary
from orderbridge.flows.common.stored_orders import until_saved
from orderbridge.messages import Recheck

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from orderbridge.domain.orders import OrderState
    from orderbridge.domain.steps import Step
    from orderbridge.flows.api.request import ApiRequest, Json
    from orderbridge.ports import Ports


class UndoBody(WhyBody):
    """Body of a request to take a step back."""

    step: Annotated[int, Field(ge=1, lt=100_000), BeforeValidator(whole_number)]
    """The step's number: so nobody takes back another step than the one that was shown."""


def undo_step(ports: Ports, request: ApiRequest) -> Json:
    """A person takes a step back that is planned and not sent yet (R2.15): it is withdrawn, and the order is held.

    Atomic, as in ``change_with_steps``: of this and a sender, whoever saves the order first wins. A sender that was
    first has the request refused; after this, a message about the step is about no step of the order. Repeating the
    request changes nothing. The request is on record before (R13.3); only if a sender is faster in that very moment,
    the record of a refused request stays.

    The order is due when it is stored, before ``map_state`` gets a message: if the process dies in between,
    ``retry_transitions`` finds it.

    Raises ConflictError, which says what is possible instead, if the step is being sent, was sent or was closed
    otherwise, is none that can be taken back (R2.17), or was taken back before and the order has gone on since;
    NotFoundError for an unknown shop, order or step; BadRequestError for a wrong body.
    """
    record, number = shop_of(ports.shops, request), order_number(request.path["mall_order_id"])
    body = body_of(request, UndoBody)
    found: dict[int, Step] = {}

    def take_back(order: OrderState, now: datetime) -> tuple[OrderState, Sequence[Step]]:
        step = found[body.step] = _step_of(ports, order, body.step)
        if undo.was_undone(step):
            if (ended := undo.ended(order, step)) is not None:
                raise ConflictError(ended)
            return order, ()
        try:
            after, closed = undo.undone(order, step, request.by, now)
        except WrongValueError as problem:
            raise ConflictError(problem.reason) from None
        return after, (closed,)

    def on_record() -> None:
        what = because(PersonReason.UNDO, step=body.step, action=found[body.step].action)
        record_action(ports, request, record.shop, what, number, body.why)

    order = change_with_steps(ports, record, number, take_back, on_record)
    now = ports.clock.now()
    recheck = Recheck(
        shop=record.shop, mall_order_id=number, requested_at=now, reason=f"undone:{now.isoformat()}"
    )
    ports.queues.request_rechecks([recheck])
    action = found[body.step].action
    result = (
        because(RequestedReason.UNDONE_RETURNED)
        if action is Action.RETURNED
        else because(RequestedReason.UNDONE, action=action)
    )
    return {
        **summary(order, reader_of(request, record), now),
        "shop": record.shop,
        "requested_at": iso(now),
        "step": body.step,
        "action": action.value,
        "result": explained_for(result, request, record),
    }


def _step_of(ports: Ports, order: OrderState, number: int) -> Step:
    """The order's step with this `number`, open or closed. Raises NotFoundError if there is none."""
    if order.work.step is not None and order.work.step.number == number:
        return order.work.step
    history = ports.ledger.history(order.shop, order.mall_order_id)
    found = next((step for step in history.steps if step.number == number), None) if history else None
    if found is None:
        what = because(UndoProblem.NO_SUCH_STEP, step=number, order=order.mall_order_id)
        raise NotFoundError(what)
    return found


def release(ports: Ports, shop: str, mall_order_id: int) -> None:
    """A person decided that the undone step was right (R2.18). The order is due at once. Atomic, and harmless again.

    It is done here and not by the message that asks for the recheck: such a message may be older than the undo.
    """

    def load_and_save() -> None:
        order, now = ports.ledger.load(shop, mall_order_id), ports.clock.now()
        if order is None:
            raise unknown_order(shop, mall_order_id)
        if order.work.undone is not None:
            ports.ledger.save(replace(undo.released(order, now), updated_at=now))

    until_saved(load_and_save)
