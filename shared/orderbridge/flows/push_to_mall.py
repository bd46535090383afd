"""Carry one recorded step out at the marketplace, record the answer, ask for the next step."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from http import HTTPStatus
from typing import TYPE_CHECKING

from orderbridge.domain import attempts
from orderbridge.domain.failure_policy import Call, CameBack, Policy, Then, policy
from orderbridge.domain.orders import (
    Action,
    Attempt,
    AttemptResult,
    MarketplaceChange,
    OrderState,
    PlannedStep,
    Step,
)
from orderbridge.domain.planning import change_for, is_legal, plan
from orderbridge.domain.progress import LOST_MESSAGE_AFTER
from orderbridge.flows.sending import (
    OVERTAKEN_WAIT,
    PROBE_AFTER,
    SAVES,
    closed_until,
    is_due,
    limit_wait,
    look_again,
    note_stop,
    short,
    stop_before_any_call,
)
from orderbridge.ports import MarketplaceAnswer, SecretsProblemError, VersionConflictError

if TYPE_CHECKING:
    from orderbridge.messages import Send
    from orderbridge.ports import Marketplace, Ports, ShopRecord


class PushOutcome(StrEnum):
    """What became of one message to this flow."""

    STALE = "stale"
    """The order has no such step to send now; nothing was called."""
    REPLANNED = "replanned"
    """The step is no longer the right one, or the order was just written by somebody else: nothing was called, it is
    looked at again."""
    POSTPONED = "postponed"
    """The shop is stopped or pauses; nothing was called."""
    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNANSWERED = "unanswered"
    RETRY = "retry"
    LIMITED = "limited"
    STOPPED = "stopped"
    """This very call found the key refused; the shop is stopped now."""


@dataclass(frozen=True, slots=True)
class PushResult:
    """`retry_in`: the message should come back after so long; None: it is done with.

    `seen_for`: how long ago the shop was first seen to want the status that was accepted (the undo window is in
    it). `unheard`: MALL has given the order no usable answer for a while.
    """

    outcome: PushOutcome
    action: Action | None = None
    retry_in: timedelta | None = None
    detail: str = ""
    newly_stopped: bool = False
    seen_for: timedelta | None = None
    unheard: bool = False


def push_to_mall(send: Send, ports: Ports) -> PushResult:
    """Carries out the step that `send` names, if it is still the order's step, due and right.

    Once: the step is claimed in the table before anything is sent; of two senders one wins. If the sender dies
    after that, the claim's lease ends, the step counts as unanswered and the marketplace is read before
    anything else is sent. The plan is asked once more right before sending, so news that came in while the
    message was under way wins. Raises nothing for what the marketplace does; see ``domain/failure_policy.py``.
    """
    order, shop = ports.ledger.load_with_shop(send.shop, send.mall_order_id)
    now = ports.clock.now()
    if order is None or shop is None or not is_due(order.step, send, now):
        return PushResult(PushOutcome.STALE)
    step = order.step
    if step is None:  # pragma: no cover - excluded by _is_due, said again for the type checker
        return PushResult(PushOutcome.STALE)
    until = closed_until(shop, now)
    if until is not None:
        if shop.stop is not None and order.unanswered is not None:
            # Not read back yet: it may have been the key that was refused, not the step.
            order = replace(order, refusals=())
        spread = timedelta(seconds=20 * ports.chance.jitter())
        ports.ledger.save(replace(attempts.postponed(order, until + spread), updated_at=now))
        return PushResult(PushOutcome.POSTPONED, step.action)
    planned = plan(order, shop.settings.rules, now)
    if not isinstance(planned, PlannedStep) or not step.same_as(planned):
        look_again(ports, order, f"replan:{step.number}:{now.isoformat()}")
        return PushResult(PushOutcome.REPLANNED, step.action)
    return _carry_out(order, shop, step, planned, now, ports)


def _carry_out(
    order: OrderState, shop: ShopRecord, step: Step, planned: PlannedStep, now: datetime, ports: Ports
) -> PushResult:
    try:
        marketplace = ports.marketplaces.of(shop.settings, ports.secrets.of(order.shop))
    except SecretsProblemError as problem:
        newly = stop_before_any_call(order, str(problem), now, ports)
        return PushResult(PushOutcome.STOPPED, detail=str(problem), newly_stopped=newly)
    change = None
    sent: dict[str, str | bool] = {}
    if step.action is not Action.READ:
        if order.observed is None or not is_legal(planned, order.observed):
            msg = f"order {order.label}: {step.action.value} is not a legal step; nothing was sent"
            raise AssertionError(msg)
        change = change_for(order, planned, shop.settings.rules, now)
        sent = marketplace.wording(change)
    claimed = attempts.claim(order, step, now)
    if claimed.step is None:  # pragma: no cover - claim always leaves a step
        return PushResult(PushOutcome.STALE)
    attempt = attempts.attempt_of(claimed.step, now, sent)
    try:
        claimed = ports.ledger.save(replace(claimed, updated_at=now), attempts=[attempt])
    except VersionConflictError:
        return PushResult(PushOutcome.REPLANNED, step.action, OVERTAKEN_WAIT)
    answer = _call(marketplace, order.mall_order_id, change)
    return _record(claimed, attempt, change, answer, shop, ports)


def _call(
    marketplace: Marketplace, mall_order_id: int, change: MarketplaceChange | None
) -> MarketplaceAnswer:
    if change is None:
        return marketplace.read(mall_order_id)
    return marketplace.write(mall_order_id, change)


def _record(
    order: OrderState,
    attempt: Attempt,
    change: MarketplaceChange | None,
    answer: MarketplaceAnswer,
    shop: ShopRecord,
    ports: Ports,
) -> PushResult:
    """Writes the answer down, on a freshly loaded order if news came in during the call."""
    rule = policy(Call.READ if change is None else Call.WRITE, answer.came_back)
    attempt = attempts.answered(
        attempt, answer.came_back.value, answer.http_status, answer.message, answer.duration_ms
    )
    if rule.then is Then.ACCEPT:
        attempt = replace(attempt, result=AttemptResult.ACCEPTED)
    claimed = order.step
    now = ports.clock.now()
    jitter = ports.chance.jitter()
    for _ in range(SAVES):
        after, records, result = _take(order, change, answer, rule, now, jitter)
        try:
            ports.ledger.save(replace(after, updated_at=now), records, [attempt])
            result = replace(result, unheard=after.failures >= attempts.NO_ANSWER_FAILURES)
            break
        except VersionConflictError:
            fresh = ports.ledger.load(order.shop, order.mall_order_id)
            if fresh is None or fresh.step != claimed:
                return PushResult(PushOutcome.STALE, attempt.action, detail="the claim was taken over")
            order = fresh
    else:
        msg = f"order {order.label}: the answer to step {attempt.step} could not be recorded; it will be read back"
        raise VersionConflictError(msg)
    return _aftermath(order, shop, rule, answer, result, now, ports)


def _take(
    order: OrderState,
    change: MarketplaceChange | None,
    answer: MarketplaceAnswer,
    rule: Policy,
    now: datetime,
    jitter: float,
) -> tuple[OrderState, list[Step], PushResult]:
    """The order after `answer`, by the policy table."""
    action = order.step.action if order.step is not None else None
    said = answer.message or rule.why
    if rule.then is Then.ACCEPT and change is None and answer.view is not None:
        return *attempts.after_read(order, answer.view, now), PushResult(PushOutcome.ACCEPTED, action)
    if rule.then is Then.ACCEPT and change is not None:
        wanted_since = order.desired_since if change.status is not None else None
        seen_for = now - wanted_since if wanted_since is not None else None
        return (
            *attempts.after_accepted(order, change, now),
            PushResult(PushOutcome.ACCEPTED, action, seen_for=seen_for),
        )
    if rule.then is Then.REFUSED:
        said = f"{answer.http_status}: {said}"
        return *attempts.after_refused(order, said, now), PushResult(PushOutcome.REFUSED, action, detail=said)
    if rule.then is Then.HOLD:
        text = f"MALL answered {answer.http_status} ({said}): {rule.why}; check the order number in the shop"
        return *attempts.after_refused(order, text, now, not_found=True), PushResult(
            PushOutcome.REFUSED, action, detail=text
        )
    if rule.then is Then.READ_FIRST:
        what = f"{answer.came_back.value}: {rule.why}"
        running = answer.came_back is CameBack.TIMEOUT or answer.http_status == HTTPStatus.GATEWAY_TIMEOUT
        return *attempts.after_no_answer(order, what, now, still_running=running), PushResult(
            PushOutcome.UNANSWERED, action, detail=what
        )
    if rule.then is Then.STOP_SHOP:
        probe = now + PROBE_AFTER + timedelta(seconds=60 * jitter)
        order = replace(order, refusals=())
        return attempts.postponed(order, probe), [], PushResult(PushOutcome.STOPPED, action, detail=said)
    if rule.then is Then.WAIT:
        wait = limit_wait(answer.retry_after)
        after = attempts.postponed(order, now + wait + timedelta(seconds=5 * jitter))
        return (
            after,
            [],
            PushResult(PushOutcome.LIMITED, action, retry_in=short(order.step, wait), detail=said),
        )
    after, retry_at = attempts.after_failure(order, f"{answer.came_back.value}: {said}", now, jitter)
    outcome = PushResult(PushOutcome.RETRY, action, retry_in=short(order.step, retry_at - now), detail=said)
    if outcome.retry_in is not None:
        after = replace(after, look_at=retry_at + LOST_MESSAGE_AFTER)
    return after, [], outcome


def _aftermath(
    order: OrderState,
    shop: ShopRecord,
    rule: Policy,
    answer: MarketplaceAnswer,
    result: PushResult,
    now: datetime,
    ports: Ports,
) -> PushResult:
    """What concerns the shop rather than the order, and the message for the next look."""
    if rule.then is Then.STOP_SHOP:
        reason = f"MALL answered {answer.http_status}: {rule.why}"
        return replace(result, newly_stopped=note_stop(order.shop, reason, now, ports))
    if rule.then is Then.WAIT:
        ports.shops.pause(order.shop, now + limit_wait(answer.retry_after))
        return result
    if shop.stop is not None and rule.then is Then.ACCEPT:
        ports.shops.resume(order.shop)
    if result.outcome in {PushOutcome.ACCEPTED, PushOutcome.REFUSED, PushOutcome.UNANSWERED}:
        look_again(ports, order, f"after:{order.step.number if order.step else 0}:{now.isoformat()}")
    return result
