"""One attempt at a step: claims it, and records what the call returned.

Each ``after_…`` function takes an order and the step that was claimed, and returns the order's next value. It can be
applied again to a freshly loaded order, when another writer was faster. ``failure_policy`` says which of them follows
from which result.
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
"""How long a claimed step belongs to its sender (R9.13). Longer than the sending function may run."""
SHOP_LEASE = timedelta(minutes=4)
"""The same for a step in the shop, which reads the order at MALL and writes to the shop's import (R9.13)."""
SETTLING = timedelta(seconds=30)
"""How long after a PUT that ran out of time the order is not read (R9.2)."""
EARLY = timedelta(seconds=1)
"""How much a message may arrive before its step is due: a queue's visibility counts whole seconds."""
NO_ANSWER_FAILURES = 6
"""How many failures in a row are shown as a hold (R9.11). They take about four minutes. The tries go on."""


def due_step(order: OrderState, number: int, now: datetime) -> Step | None:
    """The order's open step, if it has this `number`, is planned and is due at `now`; None otherwise."""
    step = order.work.step
    if step is None or step.number != number or step.state is not StepState.PLANNED:
        return None
    due = step.due_at()
    return step if due is None or due <= now + EARLY else None


def claim(
    order: OrderState, step: Step, now: datetime, change: MarketplaceChange | None = None
) -> tuple[OrderState, Step]:
    """The order and `step`, claimed for one attempt; `change` is the content of its PUT (None: it is no PUT).

    The call is counted (R12.1). Saving the order decides who sends, because only one save can succeed (R9.13).
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
    """How long `step` belongs to its sender after the claim."""
    return SHOP_LEASE if step.action.in_shop else LEASE


def attempt_of(step: Step, started_at: datetime, sent: dict[str, str | bool]) -> Attempt:
    """The record of the attempt that `step` was claimed for, before the call; `sent` is the body of the PUT."""
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
    """`attempt` with the result of its call. The failure policy decides `accepted`, not the adapter."""
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
    """`order` after MALL was read: what it holds, and the result of a step that was in doubt (R9.2, R9.3).

    Also returns the step records to write. A refusal stands only if MALL holds the same as before it refused.
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
        # The read's own failures end here. Failures of an earlier write stay.
        order = replace(order, work=replace(order.work, failures=0, last_failure_at=None))
    if before is not None and has_moved(before, view):
        order = replace(order, work=replace(order.work, refusals=()))
    return order, records


def completed(
    view: MarketplaceView, before: MarketplaceView | None, accepted_tracking: Tracking | None = None
) -> MarketplaceView:
    """`view` with known values for fields that this answer lacks: details may lack fields, lists always do.

    `accepted_tracking` is the tracking that MALL accepted since `before`.
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
    """The change of MALL's side that waits for a confirmation; None: none does (R8.6)."""
    if changed:
        return marketplace_change(None)
    same = before is not None and view.status is before.status
    return None if ours or same or is_new_order(before, view) else marketplace_change(view.status)


def is_new_order(before: MarketplaceView | None, view: MarketplaceView) -> bool:
    """Whether `view` is an order's beginning: open, or blocked and never confirmed. It is no change to confirm."""
    unconfirmed = before is None or not before.confirmed
    return view.status is MarketplaceStatus.OPEN or (unconfirmed and view.status is MarketplaceStatus.BLOCKED)


def marketplace_change(status: MarketplaceStatus | None) -> Reason:
    """A change of MALL's side: to `status`, or (None) of something else."""
    return because(ChangeReason.OTHER) if status is None else because(ChangeReason.STATUS, status=status)


def _resolve(order: OrderState, seen: Evidence, view: MarketplaceView, records: list[Step]) -> OrderState:
    """`order` with the result of the step in doubt; appends the step's record to `records` (R9.6)."""
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
    """The refusals that still count after `done` took effect. Only its own refusal ends.

    A refusal of a status that MALL no longer allows ends too.
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
    """`order` after MALL, which held `held`, accepted `change`; also the step records to write.

    What MALL holds now follows from both and is not read, with two exceptions. If a list raised a doubt during the
    call, the doubt stays. And a plain confirmation accepts whatever MALL held at that moment (see ``confirmed_at``,
    R8.5).
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
    """The delivery date that MALL last accepted from us, after it accepted `done`."""
    return (
        done.payload.delivery
        if isinstance(done.payload, DeliveredPayload)
        else order.marketplace.sent_delivery_date
    )


def _set_by_us(order: OrderState, step: Step, at: datetime) -> OrderState:
    """`order` with the status that `step` set added to its history, and the acceptance counted (R12.5)."""
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
    """`order` after the shop's import accepted the document; also the step records to write."""
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
    order: OrderState, step: Step, answer: Reason, now: datetime, *, not_found: bool = False
) -> tuple[OrderState, list[Step]]:
    """`order` after the shop's import refused the document; it is not written again by itself (R7.7).

    `not_found`: nothing was written, because MALL does not know the order. Also returns the step records to write.
    """
    refused = step.close(StepState.REFUSED, answer, now)
    return _with_refusal(order, Refusal(step.action, step.payload, answer, not_found), now), [refused]


def _with_refusal(order: OrderState, refusal: Refusal, now: datetime) -> OrderState:
    """`order` without its step, which was refused. It is looked at again at once."""
    work = replace(
        order.work,
        step=None,
        failures=0,
        last_failure_at=None,
        refusals=(*order.work.refusals, refusal),
        recheck_at=now,
    )
    return replace(order, work=work)


def after_no_answer_from_shop(
    order: OrderState, step: Step, what: Reason, now: datetime
) -> tuple[OrderState, list[Step]]:
    """`order` after an unclear answer of the shop's import; the export must show the result (R7.5).

    If the export showed it during the call, there is no doubt. Also returns the step records to write.
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
    order: OrderState, step: Step, answer: Reason, now: datetime, *, not_found: bool = False
) -> tuple[OrderState, list[Step]]:
    """`order` after a refusal. The refusal is recorded, and MALL is read before it counts (R9.3).

    `not_found`: MALL does not know the order, so there is nothing to read. The order is held until the shop's record
    changes or a person asks (R1.25). Also returns the step records to write.
    """
    refused = step.close(StepState.REFUSED, answer, now)
    order = _with_refusal(order, Refusal(step.action, step.payload, answer, not_found), now)
    return (
        replace(
            order,
            work=replace(order.work, unanswered=None if not_found else refused),
            marketplace=replace(order.marketplace, observed_certain=False),
        ),
        [refused],
    )


def after_no_answer(
    order: OrderState, step: Step, what: Reason, now: datetime, *, still_running: bool
) -> tuple[OrderState, list[Step]]:
    """`order` after a PUT with an unknown effect: MALL is read before anything else is sent (R9.2).

    `still_running`: MALL may still be working on the PUT, so the read waits for ``SETTLING``. Also returns the step
    records to write.
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
    """`order` after a call that cannot have had an effect, and the moment of the next try (R9.10).

    `by_shop`: the shop's import failed, not MALL. `jitter` is in [0, 1).
    """
    failures = order.work.failures + 1
    retry_at = now + backoff.delay(failures, jitter)
    order = bounds.without_call(order, step.action, now)
    order = replace(order, work=replace(order.work, failures=failures, last_failure_at=now))
    return postponed(_with_no_answer_hold(order, what, now, by_shop=by_shop), step, retry_at), retry_at


def _with_no_answer_hold(
    order: OrderState, what: Reason, now: datetime, *, by_shop: bool = False
) -> OrderState:
    """`order` with the hold ``no_answer``, if enough failures followed each other (R9.11). The tries go on."""
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
    """`order` with `step` planned for `until` or later, to be sent with a new message."""
    step = replace(step, state=StepState.PLANNED, claimed_at=None, retry_at=until, queued_at=None)
    return replace(
        order, work=replace(order.work, step=step, recheck_at=max(until, step.not_before or until))
    )


def postponed_by_outage(
    order: OrderState, step: Step, outage: Outage, now: datetime, jitter: float
) -> OrderState:
    """`order` with `step` postponed until MALL answers again; a long outage is shown as a hold (R9.11, R9.12)."""
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
