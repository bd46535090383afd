"""Carries out one stored step at MALL or in the shop: claim it, call once, store the answer (R9.13).

``push_to_mall`` and ``push_to_shop`` say what is sent and how the answer changes the order.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from orderbridge.domain import attempts, bounds
from orderbridge.domain.advance import LOST_MESSAGE_AFTER
from orderbridge.domain.backoff import SHORT_RETRIES
from orderbridge.domain.codes.edges import StopReason
from orderbridge.domain.failure_policy import Policy, Reaction
from orderbridge.domain.planning import plan
from orderbridge.domain.reasons import because
from orderbridge.domain.steps import Attempt, MarketplaceChange, PlannedStep, Step
from orderbridge.errors import SecretsProblemError, VersionConflictError
from orderbridge.flows.common.call_budget import (
    PROBE_AFTER,
    RESERVE_RECHECK,
    can_wait_for_reserve,
    closed_until,
    limit_wait,
    may_call,
    note_answer,
    note_budget,
    note_stop,
    reserved_until,
)
from orderbridge.flows.common.places import with_place
from orderbridge.messages import Recheck

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from orderbridge.domain.actions import Action
    from orderbridge.domain.answers import MarketplaceAnswer
    from orderbridge.domain.orders import OrderState
    from orderbridge.domain.reasons import Reason
    from orderbridge.domain.shops import Budget, ShopRecord, ShopSecrets
    from orderbridge.messages import StepDispatch
    from orderbridge.ports import Ports

MAX_SHORT_WAIT = timedelta(seconds=60)
"""Maximum wait that the message itself takes, as its visibility timeout. A longer wait is stored in the order."""
CONFLICT_WAIT = timedelta(seconds=1)
"""How soon a message returns after another writer changed its order first: the step may still be right."""
MAX_SAVES = 6
"""Maximum number of tries to store an answer while other writers change the order."""


class StepOutcome(StrEnum):
    """Result of one message about a step."""

    STALE = "stale"
    """The order has no such step now, or another process took over the claim during the call."""
    REPLANNED = "replanned"
    """The step is no longer right, or another writer just changed the order. Nothing was sent; it is rechecked."""
    POSTPONED = "postponed"
    """The shop is stopped, limited or paused, the step waits for its place in the switch-on, or the few remaining
    calls are reserved for urgent steps. Nothing was called."""
    ACCEPTED = "accepted"
    """The call took effect."""
    REFUSED = "refused"
    """MALL or the shop refused the step, or the order is not fit to be written."""
    NOT_THERE = "not_there"
    """MALL does not know the order, or no longer does (R1.25)."""
    UNANSWERED = "unanswered"
    """The call may have taken effect. MALL is read next, or the shop's next export shows the result."""
    RETRY = "retry"
    """The call had no effect. The same step is tried later."""
    LIMITED = "limited"
    """MALL's limit was reached. The shop pauses, and the step is tried later (R9.8)."""
    STOPPED = "stopped"
    """The key was refused, or the shop's secrets cannot be read. The shop is stopped now (R9.7)."""

    @property
    def failed(self) -> bool:
        """Whether the step was tried and did not succeed."""
        return self not in _NOT_FAILED


_NOT_FAILED = frozenset(
    {StepOutcome.STALE, StepOutcome.REPLANNED, StepOutcome.POSTPONED, StepOutcome.ACCEPTED}
)
_RECHECKED_LATER = frozenset({StepOutcome.RETRY, StepOutcome.LIMITED, StepOutcome.STOPPED})


@dataclass(frozen=True, slots=True)
class StepResult:
    """What a function does with the message of a step, and what it measures.

    `retry_in`: the message is to return after this time; None: it is done. `newly_stopped`: the shop was stopped by
    this step. `seen_for`: how long ago the shop was first seen to want the status that MALL accepted; it includes the
    undo window. `without_answer`: this order has had no usable answer for a while (R9.11).
    """

    outcome: StepOutcome
    action: Action | None = None
    retry_in: timedelta | None = None
    newly_stopped: bool = False
    seen_for: timedelta | None = None
    without_answer: bool = False


@dataclass(frozen=True, slots=True)
class StepEffect:
    """How an answer changes `order`; `closed` are the step records that are written with it.

    The other fields concern the shop. `stop`: why nothing may be sent for it any more; None: it may. `pause`: how long
    MALL takes no calls. `key_accepted`: the answer ends a stop. `secrets_in_doubt`: the secrets are read again.
    """

    order: OrderState
    outcome: StepOutcome
    closed: Sequence[Step] = ()
    retry_in: timedelta | None = None
    seen_for: timedelta | None = None
    stop: Reason | None = None
    pause: timedelta | None = None
    key_accepted: bool = False
    secrets_in_doubt: bool = False


class Answer(Protocol):
    """The answer to the call for one step."""

    @property
    def budget(self) -> Budget | None:
        """The remaining calls as the answer states them. None: it states none, or MALL was not called."""
        ...

    @property
    def answered(self) -> bool | None:
        """Whether MALL answered. None: it was not called."""
        ...

    def log_to(self, attempt: Attempt, /) -> Attempt:
        """`attempt` with the answer added: no key, no personal data (G7)."""
        ...

    def effect(self, order: OrderState, step: Step, now: datetime, jitter: float, /) -> StepEffect:
        """How the answer changes `order`, whose claimed step is `step`. `jitter` is between 0 and 1.

        It must depend on its arguments only: it is called again with a newer order after a version conflict.
        """
        ...


@dataclass(frozen=True, slots=True)
class Prepared:
    """A step in the form that the other side receives.

    `sent` is stored with the attempt: no key, no personal data. `call` sends the step once, and raises nothing for what
    the other side does. `change` is the PUT in the domain's terms; if its answer is lost, it is compared with what MALL
    shows.
    """

    sent: dict[str, str | bool]
    call: Callable[[], Answer]
    change: MarketplaceChange | None = None


@dataclass(frozen=True, slots=True)
class DueStep:
    """An order's step that is due, with the shop's record; both are as of `now` (UTC)."""

    order: OrderState
    step: Step
    shop: ShopRecord
    now: datetime


class Prepare(Protocol):
    """Translates a step that the plan still wants into the form of one side."""

    def __call__(self, ports: Ports, due: DueStep, planned: PlannedStep, secrets: ShopSecrets, /) -> Prepared:
        """Sends nothing yet."""
        ...


def carry_out(ports: Ports, dispatch: StepDispatch, prepare: Prepare, *, in_shop: bool) -> StepResult:
    """Carries out the step that `dispatch` names, if it is still the order's step, due, and planned (R1.21).

    At most one sender: the step is claimed in the table before anything is sent, and of two senders one wins. If the
    sender dies after the claim, the claim ends and the step counts as unanswered (R9.13). Before the claim nothing is
    sent, so the message may simply be repeated. `in_shop` True: only steps in the shop are carried out; False: only
    steps at MALL.

    Raises nothing for what MALL or the shop does. Raises VersionConflictError if the answer cannot be stored (the step
    then counts as unanswered), or if a postponement cannot (nothing was sent).
    """
    due = _due(ports, dispatch)
    if due is None or due.step.action.in_shop is not in_shop:
        return StepResult(StepOutcome.STALE)
    order, step, shop, now = due.order, due.step, due.shop, due.now
    calls_mall = step.action.calls_marketplace
    until = closed_until(shop, now, calls_mall=calls_mall) or _reserved_until(due)
    if until is not None:
        return _postponed(ports, due, until)
    planned = plan(order, shop.settings.rules, now)
    if not isinstance(planned, PlannedStep) or not step.same_as(planned):
        _recheck(ports, order, f"replan:{step.number}:{now.isoformat()}")
        return StepResult(StepOutcome.REPLANNED, step.action)
    order, until = with_place(ports, order, step, shop, now)
    due = replace(due, order=order)
    if until is not None:
        return _postponed(ports, due, until)
    if calls_mall and not may_call(ports, shop, now):
        return _postponed_by_outage(ports, due)
    try:
        secrets = ports.secrets.of(order.shop, shop.secrets_at)
    except SecretsProblemError as problem:
        return _stopped_before_any_call(ports, due, problem.reason)
    prepared = prepare(ports, due, planned, secrets)
    order, step = attempts.claim(order, step, now, prepared.change)
    attempt = attempts.attempt_of(step, now, prepared.sent)
    try:
        order = ports.ledger.save(replace(order, updated_at=now), attempts=[attempt])
    except VersionConflictError:
        return StepResult(StepOutcome.REPLANNED, step.action, CONFLICT_WAIT)
    return _record(ports, order, step, attempt, prepared.call(), shop)


def _due(ports: Ports, dispatch: StepDispatch) -> DueStep | None:
    order, shop = ports.ledger.load_with_shop(dispatch.shop, dispatch.mall_order_id)
    now = ports.clock.now()
    if order is None or shop is None:
        return None
    step = attempts.due_step(order, dispatch.step, now)
    return None if step is None else DueStep(order, step, shop, now)


def _reserved_until(due: DueStep) -> datetime | None:
    until = reserved_until(due.shop, due.now)
    if until is None or not can_wait_for_reserve(due.order, due.step, due.shop.settings.rules, due.now):
        return None
    return min(until, due.now + RESERVE_RECHECK)


def _postponed(ports: Ports, due: DueStep, until: datetime) -> StepResult:
    order = due.order
    if due.shop.stop is not None and order.work.unanswered is not None:
        # The refusal was not checked by a read yet. It may have been the key that was refused, not the step.
        order = replace(order, work=replace(order.work, refusals=()))
    spread = timedelta(seconds=20 * ports.chance.jitter())
    ports.ledger.save(replace(attempts.postponed(order, due.step, until + spread), updated_at=due.now))
    return StepResult(StepOutcome.POSTPONED, due.step.action)


def _postponed_by_outage(ports: Ports, due: DueStep) -> StepResult:
    """MALL does not answer, or another call probes whether it does again (R9.12)."""
    order, outage = due.order, due.shop.outage
    if outage is not None:
        order = attempts.postponed_by_outage(order, due.step, outage, due.now, ports.chance.jitter())
        ports.ledger.save(replace(order, updated_at=due.now))
    return StepResult(StepOutcome.POSTPONED, due.step.action)


def _stopped_before_any_call(ports: Ports, due: DueStep, problem: Reason) -> StepResult:
    """The shop's secrets cannot be read. This stops the shop like a refused key."""
    probe = due.now + PROBE_AFTER + timedelta(seconds=60 * ports.chance.jitter())
    ports.ledger.save(replace(attempts.postponed(due.order, due.step, probe), updated_at=due.now))
    newly_stopped = note_stop(ports, due.order.shop, problem, due.now)
    return StepResult(StepOutcome.STOPPED, due.step.action, newly_stopped=newly_stopped)


def _record(
    ports: Ports, order: OrderState, step: Step, attempt: Attempt, answer: Answer, shop: ShopRecord
) -> StepResult:
    """Stores the answer, on the newest version of the order after a conflict."""
    attempt = answer.log_to(attempt)
    now = ports.clock.now()
    jitter = ports.chance.jitter()
    for _ in range(MAX_SAVES):
        effect = answer.effect(order, step, now, jitter)
        try:
            ports.ledger.save(replace(effect.order, updated_at=now), effect.closed, [attempt])
        except VersionConflictError:
            fresh = ports.ledger.load(order.shop, order.mall_order_id)
            if fresh is None or fresh.work.step != step:
                return StepResult(StepOutcome.STALE, step.action)
            order = fresh
        else:
            note_budget(ports, shop, answer.budget, now)
            return _apply_to_shop(ports, effect, answer, step, shop, now)
    msg = f"order {order.label}: the answer to step {step.number} could not be recorded; it will count as unanswered"
    raise VersionConflictError(msg)


def _apply_to_shop(
    ports: Ports, effect: StepEffect, answer: Answer, step: Step, shop: ShopRecord, now: datetime
) -> StepResult:
    """Stores what the answer says about the shop, and requests the order's next recheck."""
    order = effect.order
    if answer.answered is not None:
        note_answer(ports, shop, order.label, now, answered=answer.answered)
    newly_stopped = effect.stop is not None and note_stop(ports, order.shop, effect.stop, now)
    if effect.pause is not None:
        ports.shops.note_limit(order.shop, now + effect.pause)
    if shop.stop is not None and effect.key_accepted:
        ports.shops.end_stop(order.shop)
    if effect.secrets_in_doubt:
        ports.secrets.forget(order.shop)
    if effect.outcome not in _RECHECKED_LATER:
        _recheck(ports, order, f"after:{step.number}:{now.isoformat()}")
    return StepResult(
        effect.outcome,
        step.action,
        effect.retry_in,
        newly_stopped=newly_stopped,
        seen_for=effect.seen_for,
        without_answer=order.work.failures >= attempts.NO_ANSWER_FAILURES
        or (answer.answered is False and shop.outage is not None and shop.outage.is_shown(now)),
    )


def _recheck(ports: Ports, order: OrderState, reason: str) -> None:
    """Requests the next decision from ``map_state``."""
    now = ports.clock.now()
    recheck = Recheck(shop=order.shop, mall_order_id=order.mall_order_id, requested_at=now, reason=reason)
    ports.queues.request_rechecks([recheck])


def log_call_to(attempt: Attempt, answer: MarketplaceAnswer, *, accepted: bool) -> Attempt:
    """`attempt` with MALL's answer."""
    return attempts.answered(
        attempt,
        answer.call_result.value,
        answer.http_status,
        answer.reason,
        answer.duration_ms,
        accepted=accepted,
    )


def without_effect(
    order: OrderState, step: Step, rule: Policy, answer: MarketplaceAnswer, now: datetime, jitter: float
) -> StepEffect:
    """The effect of a call to MALL that changed nothing: the key was refused, a limit reached, or MALL is down."""
    if rule.reaction is Reaction.STOP_SHOP:
        probe = now + PROBE_AFTER + timedelta(seconds=60 * jitter)
        order = replace(
            order, work=replace(order.work, refusals=())
        )  # they may have been refusals of the key
        order = bounds.without_call(order, step.action, now)
        reason = because(StopReason.KEY_REFUSED, http_status=answer.http_status or 0)
        return StepEffect(attempts.postponed(order, step, probe), StepOutcome.STOPPED, stop=reason)
    if rule.reaction is Reaction.WAIT:
        wait = limit_wait(answer.retry_after)
        order = bounds.without_call(order, step.action, now)
        retry_at = now + wait + timedelta(seconds=5 * jitter)
        after, retry_in = _by_message(attempts.postponed(order, step, retry_at), step, retry_at, now)
        return StepEffect(after, StepOutcome.LIMITED, retry_in=retry_in, pause=wait)
    reason = answer.said(answer.reason or because(rule.why))
    after, retry_at = attempts.after_failure(order, step, reason, now, jitter)
    return retried(after, step, retry_at, now)


def retried(after: OrderState, step: Step, retry_at: datetime, now: datetime) -> StepEffect:
    """`after` with `step` due again at `retry_at` (UTC). If that is soon, the message itself waits for it."""
    after, retry_in = _by_message(after, step, retry_at, now)
    return StepEffect(after, StepOutcome.RETRY, retry_in=retry_in)


def _by_message(
    after: OrderState, step: Step, retry_at: datetime, now: datetime
) -> tuple[OrderState, timedelta | None]:
    """`after`, and how long the message of `step` waits. None: the message is done, and the order's record waits.

    A message that waits is the step's only one.
    """
    retry_in = _message_delay(step, retry_at - now)
    if retry_in is None or after.work.step is None:
        return after, None
    waiting = replace(after.work.step, queued_at=step.queued_at)
    return replace(
        after, work=replace(after.work, step=waiting, recheck_at=retry_at + LOST_MESSAGE_AFTER)
    ), retry_in


def _message_delay(step: Step, wait: timedelta) -> timedelta | None:
    """`wait` if the message may wait that long itself, otherwise None."""
    return None if step.attempts > SHORT_RETRIES or wait > MAX_SHORT_WAIT else wait
