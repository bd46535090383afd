"""Carries out one stored step at MALL, stores the answer, and requests the next step."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from orderbridge.domain import attempts
from orderbridge.domain.actions import Action
from orderbridge.domain.failure_policy import Call, CallResult, Reaction, is_outage, policy
from orderbridge.domain.marketplace_change import change_for, is_legal
from orderbridge.domain.reasons import because
from orderbridge.flows.common.carry_out import (
    DueStep,
    Prepared,
    StepEffect,
    StepOutcome,
    StepResult,
    carry_out,
    log_call_to,
    without_effect,
)

if TYPE_CHECKING:
    from datetime import datetime

    from orderbridge.domain.answers import MarketplaceAnswer
    from orderbridge.domain.codes.answers import PolicyReason
    from orderbridge.domain.orders import OrderState
    from orderbridge.domain.shops import Budget, ShopSecrets
    from orderbridge.domain.steps import Attempt, MarketplaceChange, PlannedStep, Step
    from orderbridge.domain.views import MarketplaceView
    from orderbridge.messages import StepDispatch
    from orderbridge.ports import Ports


def push_to_mall(ports: Ports, dispatch: StepDispatch) -> StepResult:
    """Carries out the step at MALL that `dispatch` names, if it is still the order's step, due, and planned.

    Guarantees and errors as in ``carry_out``. After a lost answer, or if the sender dies, the order is read at MALL
    before anything else is sent (R9.2). Raises nothing for what MALL does; see ``domain/failure_policy.py``.
    """
    return carry_out(ports, dispatch, _at_mall, in_shop=False)


def _at_mall(ports: Ports, due: DueStep, planned: PlannedStep, secrets: ShopSecrets) -> Prepared:
    order, settings = due.order, due.shop.settings
    marketplace, number = ports.marketplaces.of(settings, secrets), order.mall_order_id
    if planned.action is Action.READ:
        return Prepared({}, lambda: _Read(marketplace.read(number)))
    held = order.marketplace.observed
    if held is None or not is_legal(planned, held):
        msg = f"order {order.label}: {planned.action.value} is not a legal step; nothing was sent"
        raise AssertionError(msg)
    change = change_for(order, planned, settings.rules, due.now)
    return Prepared(
        marketplace.wording(change),
        lambda: _Written(marketplace.write(number, change), change, held),
        change,
    )


@dataclass(frozen=True, slots=True)
class _Read:
    """The answer to a GET of the order."""

    answer: MarketplaceAnswer

    @property
    def budget(self) -> Budget | None:
        return self.answer.budget

    @property
    def answered(self) -> bool:
        return not is_outage(Call.READ, self.answer.call_result)

    def log_to(self, attempt: Attempt) -> Attempt:
        return log_call_to(attempt, self.answer, accepted=self.answer.view is not None)

    def effect(self, order: OrderState, step: Step, now: datetime, jitter: float) -> StepEffect:
        answer, rule = self.answer, policy(Call.READ, self.answer.call_result)
        if answer.view is not None:
            after, closed = attempts.after_read(order, step, answer.view, now)
            return StepEffect(after, StepOutcome.ACCEPTED, closed, key_accepted=True)
        if rule.reaction is Reaction.HOLD:
            return _unknown_at_mall(order, step, answer, rule.why, now)
        return without_effect(order, step, rule, answer, now, jitter)


@dataclass(frozen=True, slots=True)
class _Written:
    """The answer to the PUT of `change`. `held`: what MALL was known to hold before it."""

    answer: MarketplaceAnswer
    change: MarketplaceChange
    held: MarketplaceView

    @property
    def budget(self) -> Budget | None:
        return self.answer.budget

    @property
    def answered(self) -> bool:
        return not is_outage(Call.WRITE, self.answer.call_result)

    def log_to(self, attempt: Attempt) -> Attempt:
        rule = policy(Call.WRITE, self.answer.call_result)
        return log_call_to(attempt, self.answer, accepted=rule.reaction is Reaction.ACCEPT)

    def effect(self, order: OrderState, step: Step, now: datetime, jitter: float) -> StepEffect:
        """The order after the answer, by the failure policy (R9.1)."""
        answer, rule = self.answer, policy(Call.WRITE, self.answer.call_result)
        if rule.reaction is Reaction.ACCEPT:
            return self._accepted(order, step, now)
        if rule.reaction is Reaction.REFUSED:
            reason = answer.said(answer.reason or because(rule.why))
            after, closed = attempts.after_refused(order, step, reason, now)
            return StepEffect(after, StepOutcome.REFUSED, closed)
        if rule.reaction is Reaction.HOLD:
            return _unknown_at_mall(order, step, answer, rule.why, now)
        if rule.reaction is Reaction.READ_FIRST:
            reason = answer.said(answer.reason, because(rule.why))
            running = (
                answer.call_result is CallResult.TIMEOUT or answer.http_status == HTTPStatus.GATEWAY_TIMEOUT
            )
            after, closed = attempts.after_no_answer(order, step, reason, now, still_running=running)
            return StepEffect(after, StepOutcome.UNANSWERED, closed)
        return without_effect(order, step, rule, answer, now, jitter)

    def _accepted(self, order: OrderState, step: Step, now: datetime) -> StepEffect:
        status = self.change.status
        wanted_since = order.wanted_since(status) if status is not None else None
        seen_for = now - wanted_since if wanted_since is not None else None
        held = order.marketplace.observed or self.held
        after, closed = attempts.after_accepted(order, step, held, self.change, now)
        return StepEffect(after, StepOutcome.ACCEPTED, closed, seen_for=seen_for, key_accepted=True)


def _unknown_at_mall(
    order: OrderState, step: Step, answer: MarketplaceAnswer, why: PolicyReason, now: datetime
) -> StepEffect:
    reason = answer.said(answer.reason, because(why))
    after, closed = attempts.after_refused(order, step, reason, now, not_found=True)
    return StepEffect(after, StepOutcome.NOT_THERE, closed)
