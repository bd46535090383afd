"""One attempt at a step: claiming it, and taking in whatever came back.

Every function maps an order to its next value, and can be made again on a freshly loaded order when somebody else
was faster. Which of them follows from what came back is said in ``failure_policy``.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from orderbridge.domain import backoff
from orderbridge.domain.orders import (
    Action,
    Actor,
    Attempt,
    AttemptResult,
    Hold,
    HoldCode,
    MarketplaceChange,
    MarketplaceView,
    OrderState,
    Refusal,
    Step,
    StepState,
)
from orderbridge.domain.records import Passed
from orderbridge.domain.statuses import MarketplaceStatus

LEASE = timedelta(seconds=90)
"""How long a claimed step belongs to its sender. Longer than the sending function may run."""
SHOP_LEASE = timedelta(minutes=4)
"""The same for a step that is carried out in the shop: a read at the marketplace and a document for the shop."""
SETTLING = timedelta(seconds=30)
"""How long a PUT that ran out of time is left alone before the marketplace is read."""
NO_ANSWER_FAILURES = 6
"""So many failures in a row are shown as a hold, though the tries go on: about four minutes."""


def claim(order: OrderState, step: Step, now: datetime) -> OrderState:
    """`order` with `step` claimed for one attempt. Saving it decides who may send: only one save can win."""
    return replace(
        order,
        step=replace(
            step, state=StepState.SENDING, claimed_at=now, attempts=step.attempts + 1, retry_at=None
        ),
        look_at=now + lease(step),
    )


def lease(step: Step) -> timedelta:
    """How long `step` belongs to its sender once it is claimed."""
    return SHOP_LEASE if step.action.in_shop else LEASE


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
    view = completed(view, before, order.unanswered)
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
        acknowledge="" if view.confirmed else order.acknowledge or _news(before, view, doubtful),
        changed_at=now if _changed(before, view, doubtful) else order.changed_at,
    )
    if doubtful is None:
        order = replace(order, failures=0, last_failure_at=None)
    else:
        order = _resolve(order, doubtful, view, records)
    if before is not None and _moved(before, view):
        order = replace(order, refusals=())
    return order, records


def completed(
    view: MarketplaceView, before: MarketplaceView | None, doubtful: Step | None = None
) -> MarketplaceView:
    """`view` with what we know and the answer leaves out: MALL's detail may lack fields, its lists have fewer."""
    if before is not None:
        view = replace(view, opened_at=view.opened_at or before.opened_at, items=view.items or before.items)
    if before is not None and view.status is before.status:
        view = replace(
            view,
            ready_to_return=view.ready_to_return or before.ready_to_return,
            collect_at=view.collect_at or before.collect_at,
            delivered_at=view.delivered_at or before.delivered_at,
        )
    if before is not None and view.shipped_at is None and view.status is not MarketplaceStatus.OPEN:
        view = replace(view, shipped_at=before.shipped_at)
    if before is not None and view.status is before.status and not view.tracking_number:
        view = replace(view, tracking_number=before.tracking_number, tracking_url=before.tracking_url)
    took_tracking = doubtful is not None and doubtful.action is Action.SHIPPED and _holds(view, doubtful)
    if doubtful is not None and took_tracking and not view.tracking_number and "|" in doubtful.basis:
        number, _, url = doubtful.basis.partition("|")
        view = replace(view, tracking_number=number, tracking_url=url)
    if before is not None and view.tracking_number == before.tracking_number and not view.tracking_url:
        view = replace(view, tracking_url=before.tracking_url)
    return view


def _news(before: MarketplaceView | None, view: MarketplaceView, doubtful: Step | None) -> str:
    """What the marketplace's side did, where it waits for a word that it was seen."""
    if _changed(before, view, doubtful):
        return by_marketplace(None)
    ours = doubtful is not None and _holds(view, doubtful)
    same = before is not None and view.status is before.status
    return "" if ours or same or view.status is MarketplaceStatus.OPEN else by_marketplace(view.status)


def _changed(before: MarketplaceView | None, view: MarketplaceView, doubtful: Step | None) -> bool:
    """Whether the marketplace's side changed something else than the status of a confirmed order."""
    if before is None or (doubtful is not None and _holds(view, doubtful)):
        return False
    return before.confirmed and not view.confirmed and view.status is before.status


def by_marketplace(status: MarketplaceStatus | None) -> str:
    """A change of the marketplace's side in words; None: something else than the status."""
    return f"{status.value if status else 'changed'} by MALL or the customer"


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
    order = _set_by_us(order, doubtful, doubtful.closed_at or doubtful.planned_at)
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
    if step.action is Action.CONFIRM:
        return view.confirmed
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
            _set_by_us(order, step, now),
            acknowledge="" if view.confirmed else order.acknowledge,
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


def _set_by_us(order: OrderState, step: Step, at: datetime) -> OrderState:
    """`order` with the status that `step` brought about in its history."""
    target = step.action.target
    if target is None or (order.passed and order.passed[-1].status is target):
        return order
    request = order.return_request if target is MarketplaceStatus.RETURNED else None
    wanted_at = order.desired_since if request is None else request.at
    return replace(order, passed=(*order.passed, Passed(target, at, by_us=True, wanted_at=wanted_at)))


def after_taken_by_shop(order: OrderState, now: datetime) -> tuple[OrderState, list[Step]]:
    """`order` once the shop's import took what was written."""
    step = order.step
    if step is None:
        return order, []
    creating = step.action is Action.CREATE_IN_SHOP
    return (
        replace(
            order,
            step=None,
            created_in_shop_at=now if creating else order.created_in_shop_at,
            canceled_in_shop_at=order.canceled_in_shop_at if creating else now,
            shop_doubt_at=None,
            failures=0,
            last_failure_at=None,
            look_at=now,
        ),
        [step.close(StepState.ACCEPTED, "the shop took it", now)],
    )


def after_refused_by_shop(
    order: OrderState, message: str, now: datetime, *, not_found: bool = False
) -> tuple[OrderState, list[Step]]:
    """`order` after the shop's import said no: nothing was written, and the same is not written again by itself.

    `not_found`: it did not come to that, because the marketplace does not know the order.
    """
    step = order.step
    if step is None:
        return order, []
    return (
        replace(
            order,
            step=None,
            failures=0,
            last_failure_at=None,
            refusals=(*order.refusals, Refusal(step.action, step.basis, message, not_found)),
            look_at=now,
        ),
        [step.close(StepState.REFUSED, message, now)],
    )


def after_shop_silence(order: OrderState, what: str, now: datetime) -> tuple[OrderState, list[Step]]:
    """`order` after the shop was written to without a clear answer: its export has to tell what became of it."""
    step = order.step
    if step is None:
        return order, []
    lost = step.close(StepState.UNANSWERED, what, now)
    silent = replace(order, shop_doubt_at=now, failures=order.failures + 1, last_failure_at=now, look_at=now)
    return replace(_unheard(silent, what, now, by_shop=True), step=None), [lost]


def after_refused(
    order: OrderState, message: str, now: datetime, *, not_found: bool = False
) -> tuple[OrderState, list[Step]]:
    """`order` after a refusal: remembered, but not believed before the marketplace was read.

    `not_found`: the marketplace does not know the order, so there is nothing to read. It is held until the shop's
    record changes or a person asks.
    """
    step = order.step
    if step is None:
        return order, []
    refused = step.close(StepState.REFUSED, message, now)
    return (
        replace(
            order,
            step=None,
            unanswered=None if not_found else refused,
            observed_certain=False,
            failures=0,
            last_failure_at=None,
            refusals=(*order.refusals, Refusal(step.action, step.basis, message, not_found)),
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


def after_failure(
    order: OrderState, what: str, now: datetime, jitter: float, *, by_shop: bool = False
) -> tuple[OrderState, datetime]:
    """`order` after a call that cannot have had an effect, and the moment of the next try.

    `by_shop`: it was the shop's import that failed, not the marketplace.
    """
    failures = order.failures + 1
    retry_at = now + backoff.delay(failures, jitter)
    order = replace(order, failures=failures, last_failure_at=now)
    return postponed(_unheard(order, what, now, by_shop=by_shop), retry_at), retry_at


def _unheard(order: OrderState, what: str, now: datetime, *, by_shop: bool = False) -> OrderState:
    """`order` with a hold that shows it, if the marketplace or the shop failed it for a while. The tries go on."""
    if order.failures < NO_ANSWER_FAILURES:
        return order
    known = order.hold is not None and order.hold.code is HoldCode.NO_ANSWER
    whom, actor = ("the shop's import", Actor.INTEGRATOR) if by_shop else ("MALL", Actor.MARKETPLACE)
    text = f"no usable answer from {whom} {order.failures} times in a row (last: {what}); the tries go on by themselves"
    return replace(
        order,
        hold=Hold(HoldCode.NO_ANSWER, text, actor),
        hold_since=order.hold_since if known else now,
    )


def postponed(order: OrderState, until: datetime) -> OrderState:
    """`order` with its step back in the queue of time: not before `until`."""
    if order.step is None:
        return order
    step = replace(order.step, state=StepState.PLANNED, claimed_at=None, retry_at=until)
    if step.action is Action.CREATE_IN_SHOP:
        step = replace(step, cleared_at=None)  # somebody may enter the order meanwhile
    return replace(order, step=step, look_at=max(until, step.not_before or until))
