"""One attempt at a step: claiming it, and taking in whatever came back.

Every ``after_…`` maps an order and the step it was claimed for to the order's next value, and can be made again on a
freshly loaded order when somebody else was faster. Which of them follows from what came back is said in
``failure_policy``.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from orderbridge.domain import backoff, bounds
from orderbridge.domain.actions import Action
from orderbridge.domain.carriers import Tracking
from orderbridge.domain.cases.records import StatusChange
from orderbridge.domain.codes.answers import AnswerReason
from orderbridge.domain.codes.orders import ChangeReason, HoldReason, ResultReason
from orderbridge.domain.evidence import Evidence, evidence, has_changed, has_moved
from orderbridge.domain.holds import Actor, Hold, HoldCode
from orderbridge.domain.payloads import DeliveredPayload
from orderbridge.domain.reasons import because
from orderbridge.domain.statuses import MarketplaceStatus, ShopStatus, allowed
from orderbridge.domain.steps import Attempt, AttemptResult, MarketplaceChange, Refusal, Step, StepState

if TYPE_CHECKING:
    from orderbridge.domain.dates import ShopDate
    from orderbridge.domain.orders import OrderState
    from orderbridge.domain.outage import Outage
    from orderbridge.domain.reasons import Reason
    from orderbridge.domain.views import MarketplaceView

LEASE = timedelta(seconds=90)
"""How long a claimed step belongs to its sender. Longer than the sending function may run."""
SHOP_LEASE = timedelta(minutes=4)
"""The same for a step that is carried out in the shop: a read at the marketplace and a document for the shop."""
SETTLING = timedelta(seconds=30)
"""How long a PUT that ran out of time is left alone before the marketplace is read."""
EARLY = timedelta(seconds=1)
"""A message may come back this much early: visibility counts whole seconds."""
NO_ANSWER_FAILURES = 6
"""So many failures in a row are shown as a hold, though the tries go on: about four minutes."""


def due_step(order: OrderState, number: int, now: datetime) -> Step | None:
    """The order's present step, if it has this `number`, waits to be carried out and its time has come."""
    step = order.work.step
    if step is None or step.number != number or step.state is not StepState.PLANNED:
        return None
    due = step.due_at()
    return step if due is None or due <= now + EARLY else None


def claim(
    order: OrderState, step: Step, now: datetime, change: MarketplaceChange | None = None
) -> tuple[OrderState, Step]:
    """Both with `step` claimed for one attempt, and its call counted. `change` is what it says to the marketplace.

    Saving the order decides who may send: only one save can win.
    """
    claimed = replace(
        step,
        state=StepState.SENDING,
        claimed_at=now,
        attempts=step.attempts + 1,
        retry_at=None,
        sent=change,
    )
    order = bounds.with_call(order, step.action, now)
    return replace(order, work=replace(order.work, step=claimed, recheck_at=now + lease(step))), claimed


def lease(step: Step) -> timedelta:
    """How long `step` belongs to its sender once it is claimed."""
    return SHOP_LEASE if step.action.in_shop else LEASE


def attempt_of(step: Step, started_at: datetime, sent: dict[str, str | bool]) -> Attempt:
    """The record of the attempt that `step` was claimed for, before anything came back."""
    return Attempt(
        step=step.number, number=step.attempts, action=step.action, started_at=started_at, sent=sent
    )


def answered(
    attempt: Attempt,
    call_result: str,
    http_status: int | None,
    reason: Reason | None,
    duration_ms: int,
    *,
    accepted: bool,
) -> Attempt:
    """`attempt` with what came back. Whether that was acceptance is the policy's word, not the adapter's."""
    return replace(
        attempt,
        result=AttemptResult.ACCEPTED if accepted else AttemptResult.FAILED,
        call_result=call_result,
        http_status=http_status,
        reason=reason,
        duration_ms=duration_ms,
    )


def after_read(
    order: OrderState, step: Step, view: MarketplaceView, now: datetime
) -> tuple[OrderState, list[Step]]:
    """`order` once the marketplace was read: what is known, and what became of a step that was in doubt.

    A refusal stands only if the marketplace holds what we thought it held when it refused.
    """
    before, doubtful, answer = order.marketplace.observed, order.work.unanswered, view
    seen = None if doubtful is None else evidence(doubtful, before, answer)
    view = completed(view, before, seen.tracking if seen else None)
    records = [step.close(StepState.ACCEPTED, because(ResultReason.HELD, held=view.status), now)]
    ours = seen is not None and seen.ours
    changed = has_changed(before, view, doubtful if ours else None)
    order = replace(
        order,
        marketplace=replace(
            order.marketplace,
            observed=view,
            observed_certain=True,
            observed_at=now,
            test=order.marketplace.test or view.test,
            change_to_confirm=None
            if view.confirmed
            else order.marketplace.change_to_confirm
            or _change_to_confirm(before, view, ours=ours, changed=changed),
            detail_changed_at=now if changed else order.marketplace.detail_changed_at,
        ),
        work=replace(order.work, step=None, unanswered=None, read_after=None, recheck_at=now),
    )
    if seen is not None:
        order = _resolve(order, seen, view, records)
    elif order.work.last_failure_at is None or order.work.last_failure_at >= step.planned_at:
        # Its own failures end here; those of what was to be written before it do not.
        order = replace(order, work=replace(order.work, failures=0, last_failure_at=None))
    if before is not None and has_moved(before, view):
        order = replace(order, work=replace(order.work, refusals=()))
    return order, records


def completed(
    view: MarketplaceView, before: MarketplaceView | None, accepted_tracking: Tracking | None = None
) -> MarketplaceView:
    """`view` with what we know and the answer leaves out: MALL's detail may lack fields, its lists have fewer.

    `accepted_tracking` is the tracking that MALL is known to have accepted_tracking since `before`.
    """
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
    if accepted_tracking is not None and not (view.tracking_number and view.tracking_url):
        view = replace(
            view,
            tracking_number=view.tracking_number or accepted_tracking.number,
            tracking_url=view.tracking_url or accepted_tracking.url,
        )
    if before is not None and view.tracking_number == before.tracking_number and not view.tracking_url:
        view = replace(view, tracking_url=before.tracking_url)
    return view


def _change_to_confirm(
    before: MarketplaceView | None, view: MarketplaceView, *, ours: bool, changed: bool
) -> Reason | None:
    """What the marketplace's side changed, where it waits for a confirmation."""
    if changed:
        return marketplace_change(None)
    same = before is not None and view.status is before.status
    return None if ours or same or is_new_order(before, view) else marketplace_change(view.status)


def is_new_order(before: MarketplaceView | None, view: MarketplaceView) -> bool:
    """Whether an order just begins: open, or blocked before it was ever confirmed. That is no change to confirm."""
    unconfirmed = before is None or not before.confirmed
    return view.status is MarketplaceStatus.OPEN or (unconfirmed and view.status is MarketplaceStatus.BLOCKED)


def marketplace_change(status: MarketplaceStatus | None) -> Reason:
    """A change of the marketplace's side; None: of something else than the status."""
    return because(ChangeReason.OTHER) if status is None else because(ChangeReason.STATUS, status=status)


def _resolve(order: OrderState, seen: Evidence, view: MarketplaceView, records: list[Step]) -> OrderState:
    doubtful = seen.doubtful
    answer = doubtful.result or because(AnswerReason.NONE)
    if not seen.holds:
        result = because(ResultReason.NO_EFFECT, answer=answer, held=view.status)
        records.append(replace(doubtful, result=result))
        return order
    order = replace(
        order,
        work=replace(
            order.work,
            refusals=_still_refused(order, doubtful.action, view),
            failures=0,
            last_failure_at=None,
        ),
    )
    if seen.tracking is not None:
        order = replace(order, marketplace=replace(order.marketplace, sent_tracking=seen.tracking))
    if not seen.ours:
        result = because(ResultReason.BY_SOMEBODY_ELSE, answer=answer, held=view.status)
        records.append(replace(doubtful, result=result))
        return order
    result = because(ResultReason.SEEN_BY_READING)
    records.append(replace(doubtful, state=StepState.ACCEPTED, result=result))
    order = _set_by_us(order, doubtful, doubtful.closed_at or doubtful.planned_at)
    return replace(
        order, marketplace=replace(order.marketplace, sent_delivery_date=_sent_delivery(order, doubtful))
    )


def _still_refused(order: OrderState, done: Action, view: MarketplaceView) -> tuple[Refusal, ...]:
    """The refusals that count on after `done` came about: success of one step forgives nothing of another.

    One of a status that cannot be asked for any more has had its day.
    """
    return tuple(
        refusal
        for refusal in order.work.refusals
        if refusal.action is not done
        and (
            refusal.action.target is None
            or allowed(view.status, refusal.action.target, marketplace_delivery=False)
        )
    )


def after_accepted(
    order: OrderState, step: Step, held: MarketplaceView, change: MarketplaceChange, now: datetime
) -> tuple[OrderState, list[Step]]:
    """`order` once the marketplace, which `held` this, accepted `change`: what it holds now need not be asked.

    But for two cases. A doubt that one of its lists raised during the call stands. And it took a mere confirmation for
    whatever it held by then: see `confirmed_at`.
    """
    status = change.status or held.status
    view = replace(
        held,
        status=status,
        confirmed=held.confirmed or change.confirm,
        tracking_number=change.tracking_number or held.tracking_number,
        tracking_url=change.tracking_url or held.tracking_url,
        shipped_at=now.replace(microsecond=0) if step.action is Action.SHIPPED else held.shipped_at,
        delivered_at=change.delivered_at or held.delivered_at,
    )
    done = step.close(StepState.ACCEPTED, because(ResultReason.HELD, held=status), now)
    confirming = step.action is Action.CONFIRM
    tracking = Tracking(change.tracking_number, change.tracking_url)
    state = _set_by_us(order, step, now)
    return (
        replace(
            state,
            marketplace=replace(
                state.marketplace,
                change_to_confirm=None
                if view.confirmed and order.marketplace.observed_certain
                else order.marketplace.change_to_confirm,
                confirmed_at=now
                if confirming and status is MarketplaceStatus.OPEN
                else order.marketplace.confirmed_at,
                observed=view,
                observed_at=now,
                sent_delivery_date=_sent_delivery(order, step),
                sent_tracking=tracking if change.tracking_number else order.marketplace.sent_tracking,
            ),
            work=replace(
                state.work,
                step=None,
                refusals=_still_refused(order, step.action, view),
                failures=0,
                last_failure_at=None,
                recheck_at=now,
            ),
        ),
        [done],
    )


def _sent_delivery(order: OrderState, done: Step) -> ShopDate | None:
    """The delivery date that the marketplace took from us last, once it accepted `done`."""
    return (
        done.payload.delivery
        if isinstance(done.payload, DeliveredPayload)
        else order.marketplace.sent_delivery_date
    )


def _set_by_us(order: OrderState, step: Step, at: datetime) -> OrderState:
    """`order` with what `step` brought about in its history, and counted."""
    target = step.action.target
    order = bounds.with_acceptance(order, step.action, step.payload)
    if target is None or (
        order.marketplace.status_changes and order.marketplace.status_changes[-1].status is target
    ):
        return order
    request = order.cases.return_request if target is MarketplaceStatus.RETURNED else None
    wanted_at = order.wanted_since(target) if request is None else request.at
    return replace(
        order,
        marketplace=replace(
            order.marketplace,
            status_changes=(
                *order.marketplace.status_changes,
                StatusChange(target, at, by_us=True, wanted_at=wanted_at),
            ),
        ),
    )


def after_accepted_by_shop(order: OrderState, step: Step, now: datetime) -> tuple[OrderState, list[Step]]:
    """`order` once the shop's import took what was written."""
    creating = step.action is Action.CREATE_IN_SHOP
    return (
        replace(
            order,
            work=replace(order.work, step=None, failures=0, last_failure_at=None, recheck_at=now),
            shop_side=replace(
                order.shop_side,
                imported_at=now if creating else order.shop_side.imported_at,
                canceled_at=order.shop_side.canceled_at if creating else now,
                import_unclear_at=None,
            ),
        ),
        [step.close(StepState.ACCEPTED, because(ResultReason.TAKEN_BY_SHOP), now)],
    )


def after_refused_by_shop(
    order: OrderState, step: Step, said: Reason, now: datetime, *, not_found: bool = False
) -> tuple[OrderState, list[Step]]:
    """`order` after the shop's import said no: nothing was written, and the same is not written again by itself.

    `not_found`: it did not come to that, because the marketplace does not know the order.
    """
    return (
        replace(
            order,
            work=replace(
                order.work,
                step=None,
                failures=0,
                last_failure_at=None,
                refusals=(*order.work.refusals, Refusal(step.action, step.payload, said, not_found)),
                recheck_at=now,
            ),
        ),
        [step.close(StepState.REFUSED, said, now)],
    )


def after_no_answer_from_shop(
    order: OrderState, step: Step, what: Reason, now: datetime
) -> tuple[OrderState, list[Step]]:
    """`order` after the shop was written to without a clear answer: its export has to tell what became of it.

    Unless it has told already, during the call.
    """
    lost = step.close(StepState.UNANSWERED, what, now)
    shown = order.shop_side.desired is not None
    if step.action is Action.CANCEL_IN_SHOP and order.shop_side.desired is not None:
        shown = order.shop_side.desired.status is ShopStatus.CANCELED
    waiting = replace(
        order,
        shop_side=replace(order.shop_side, import_unclear_at=None if shown else now),
        work=replace(order.work, failures=order.work.failures + 1, last_failure_at=now, recheck_at=now),
    )
    state = _with_no_answer_hold(waiting, what, now, by_shop=True)
    return replace(state, work=replace(state.work, step=None)), [lost]


def after_refused(
    order: OrderState, step: Step, said: Reason, now: datetime, *, not_found: bool = False
) -> tuple[OrderState, list[Step]]:
    """`order` after a refusal: remembered, but not believed before the marketplace was read.

    `not_found`: the marketplace does not know the order, so there is nothing to read. It is held until the shop's
    record changes or a person asks.
    """
    refused = step.close(StepState.REFUSED, said, now)
    return (
        replace(
            order,
            work=replace(
                order.work,
                step=None,
                unanswered=None if not_found else refused,
                failures=0,
                last_failure_at=None,
                refusals=(*order.work.refusals, Refusal(step.action, step.payload, said, not_found)),
                recheck_at=now,
            ),
            marketplace=replace(order.marketplace, observed_certain=False),
        ),
        [refused],
    )


def after_no_answer(
    order: OrderState, step: Step, what: Reason, now: datetime, *, still_running: bool
) -> tuple[OrderState, list[Step]]:
    """`order` after a PUT whose effect is not known: nothing is sent before the marketplace was read.

    `still_running`: the marketplace may be at it even now, so a read at once could come too soon.
    """
    lost = step.close(StepState.UNANSWERED, what, now)
    state = bounds.without_call(order, step.action, now)
    order = replace(
        state,
        work=replace(
            state.work,
            step=None,
            unanswered=lost,
            failures=order.work.failures + 1,
            last_failure_at=now,
            read_after=now + SETTLING if still_running else None,
            recheck_at=now,
        ),
        marketplace=replace(state.marketplace, observed_certain=False),
    )
    return _with_no_answer_hold(order, what, now), [lost]


def after_failure(
    order: OrderState, step: Step, what: Reason, now: datetime, jitter: float, *, by_shop: bool = False
) -> tuple[OrderState, datetime]:
    """`order` after a call that cannot have had an effect, and the moment of the next try.

    `by_shop`: it was the shop's import that failed, not the marketplace.
    """
    failures = order.work.failures + 1
    retry_at = now + backoff.delay(failures, jitter)
    order = bounds.without_call(order, step.action, now)
    order = replace(order, work=replace(order.work, failures=failures, last_failure_at=now))
    return postponed(_with_no_answer_hold(order, what, now, by_shop=by_shop), step, retry_at), retry_at


def _with_no_answer_hold(
    order: OrderState, what: Reason, now: datetime, *, by_shop: bool = False
) -> OrderState:
    """`order` with a hold that shows it, if the marketplace or the shop failed it for a while. The tries go on."""
    if order.work.failures < NO_ANSWER_FAILURES:
        return order
    known = order.work.hold is not None and order.work.hold.code is HoldCode.NO_ANSWER
    code, actor = (
        (HoldReason.NO_ANSWER_SHOP, Actor.INTEGRATOR)
        if by_shop
        else (HoldReason.NO_ANSWER, Actor.MARKETPLACE)
    )
    reason = because(code, failures=order.work.failures, last=what)
    return replace(
        order,
        work=replace(
            order.work,
            hold=Hold(HoldCode.NO_ANSWER, reason, actor),
            hold_since=order.work.hold_since if known else now,
        ),
    )


def postponed(order: OrderState, step: Step, until: datetime) -> OrderState:
    """`order` with `step` back in the queue of time: not before `until`, with a message of its own."""
    step = replace(step, state=StepState.PLANNED, claimed_at=None, retry_at=until, queued_at=None)
    return replace(
        order, work=replace(order.work, step=step, recheck_at=max(until, step.not_before or until))
    )


def postponed_by_outage(
    order: OrderState, step: Step, outage: Outage, now: datetime, jitter: float
) -> OrderState:
    """`order` whose `step` waits for the marketplace to answer again. A silence that lasts is shown as a hold."""
    order = postponed(order, step, outage.next_recheck(now, jitter))
    if not outage.is_shown(now):
        return order
    known = order.work.hold is not None and order.work.hold.code is HoldCode.NO_ANSWER
    reason = because(HoldReason.NO_ANSWER_SINCE, since=outage.since)
    return replace(
        order,
        work=replace(
            order.work,
            hold=Hold(HoldCode.NO_ANSWER, reason, Actor.MARKETPLACE),
            hold_since=order.work.hold_since if known else now,
        ),
    )
