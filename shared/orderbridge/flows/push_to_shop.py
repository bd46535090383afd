"""Carries out one stored step in the shop: writes one of MALL's orders, or its cancellation (R7.16)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from orderbridge.domain import attempts
from orderbridge.domain.actions import Action
from orderbridge.domain.answers import ImportAnswer, ImportOutcome
from orderbridge.domain.codes.answers import ImportReason
from orderbridge.domain.codes.orders import ResultReason
from orderbridge.domain.facts import Term
from orderbridge.domain.failure_policy import Call, CallResult, Reaction, is_outage, policy
from orderbridge.domain.planning import kept_out
from orderbridge.domain.reasons import because
from orderbridge.domain.statuses import MarketplaceStatus
from orderbridge.flows.common.carry_out import (
    Answer,
    DueStep,
    Prepared,
    StepEffect,
    StepOutcome,
    StepResult,
    carry_out,
    log_call_to,
    retried,
    without_effect,
)

if TYPE_CHECKING:
    from orderbridge.domain.answers import MarketplaceAnswer
    from orderbridge.domain.order_detail import OrderDetail
    from orderbridge.domain.orders import OrderState
    from orderbridge.domain.reasons import Reason
    from orderbridge.domain.shops import Budget, ShopRecord, ShopSecrets
    from orderbridge.domain.steps import Attempt, PlannedStep, Step
    from orderbridge.domain.views import MarketplaceView
    from orderbridge.messages import StepDispatch
    from orderbridge.ports import Ports

FAILING_IMPORT_RETRY = timedelta(hours=1)
"""How often a step is tried in a shop whose import has failed six times (R7.8)."""


def push_to_shop(ports: Ports, dispatch: StepDispatch) -> StepResult:
    """Carries out the step in the shop that `dispatch` names, if it is still the order's step, due, and planned.

    Guarantees and errors as in ``carry_out``. After an unclear answer, or if the writer dies, nothing is written before
    the shop's export was read (R7.5). A new order is first read from MALL in full. It is written only if MALL still
    holds it open and unconfirmed (R7.3) and its sum is the amount to collect (R7.12). Its personal data goes to the
    shop and nowhere else (R7.17). Raises nothing for what either service does.
    """
    return carry_out(ports, dispatch, _in_the_shop, in_shop=True)


def _in_the_shop(ports: Ports, due: DueStep, planned: PlannedStep, secrets: ShopSecrets) -> Prepared:
    order, shop = due.order, due.shop
    if planned.action is Action.CANCEL_IN_SHOP:
        code = order.shop_side.desired.code if order.shop_side.desired else ""
        return Prepared(
            {"code": code, "status": "canceled"},
            lambda: _ImportAnswered(ports.imports.cancel(shop.settings, secrets, code)),
        )
    return Prepared(
        {"order": f"MALL {order.mall_order_id}", "status": "pending"},
        lambda: _create(ports, order, shop, secrets),
    )


def _create(ports: Ports, order: OrderState, shop: ShopRecord, secrets: ShopSecrets) -> Answer:
    problem = ports.imports.problem(shop.settings, secrets)
    if problem is not None:
        # MALL is not called for an order that cannot be written.
        return _ImportAnswered(ImportAnswer(ImportOutcome.NOT_SENT, reason=problem))
    found = ports.marketplaces.of(shop.settings, secrets).order_detail(order.mall_order_id)
    if found.order is None:
        return _OrderNotRead(found.answer)
    lacking = found.order.lacking
    if lacking is not None:
        return _OrderNotRead(replace(found.answer, call_result=CallResult.BROKEN_BODY, reason=lacking))
    view = found.order.view
    now_known = replace(
        order, marketplace=replace(order.marketplace, test=order.marketplace.test or found.order.test)
    )
    if (
        view.status is not MarketplaceStatus.OPEN
        or kept_out(now_known, view, shop.settings.rules) is not None
    ):
        return _NoLongerOpen(view, found.order.test, found.answer.budget)
    whole = found.order.with_discount(shop.settings.rules.discount)
    contradiction = whole.contradiction
    if contradiction is not None:
        why = _why_not_written(found.order, whole, contradiction)
        return _AmountsDiffer(why, view, found.answer.budget)
    return _ImportAnswered(ports.imports.create(shop.settings, secrets, whole), view, found.answer.budget)


def _why_not_written(order_from_mall: OrderDetail, whole: OrderDetail, contradiction: Reason) -> Reason:
    """Why the amounts are wrong; it names the setting ``discount`` where that is the cause (R7.12)."""
    counts: Literal["subtract", "ignore"] = (
        "subtract" if whole.discount != order_from_mall.discount else "ignore"
    )
    other = order_from_mall.with_discount(counts)
    if other.total != whole.total and other.contradiction is None:
        return because(ImportReason.NOT_WRITTEN_SETTING, why=contradiction, discount=Term(counts))
    return because(ImportReason.NOT_WRITTEN, why=contradiction)


@dataclass(frozen=True, slots=True)
class _OrderNotRead:
    """MALL did not return the order that was to be written."""

    answer: MarketplaceAnswer

    @property
    def budget(self) -> Budget | None:
        return self.answer.budget

    @property
    def answered(self) -> bool:
        return not is_outage(Call.READ, self.answer.call_result)

    def log_to(self, attempt: Attempt) -> Attempt:
        return log_call_to(attempt, self.answer, accepted=False)

    def effect(self, order: OrderState, step: Step, now: datetime, jitter: float) -> StepEffect:
        """The order after the answer, by the failure policy of a read (R9.1)."""
        answer, rule = self.answer, policy(Call.READ, self.answer.call_result)
        if rule.reaction is not Reaction.HOLD:
            return without_effect(order, step, rule, answer, now, jitter)
        reason = answer.said(answer.reason, because(rule.why))
        after, closed = attempts.after_refused_by_shop(order, step, reason, now, not_found=True)
        return StepEffect(after, StepOutcome.NOT_THERE, closed)


@dataclass(frozen=True, slots=True)
class _NoLongerOpen:
    """MALL's order is not to be written any more, as it is held now (R7.3)."""

    view: MarketplaceView
    test: bool
    budget: Budget | None
    answered: bool = True

    def log_to(self, attempt: Attempt) -> Attempt:
        reason = because(ResultReason.NOT_WRITTEN, held=self.view.status)
        return attempts.answered(attempt, "not_open", None, reason, 0, accepted=False)

    def effect(self, order: OrderState, step: Step, now: datetime, _jitter: float) -> StepEffect:
        """The next recheck withdraws the step or plans another."""
        held = _held_by_mall(order, self.view, now)
        order = replace(held, marketplace=replace(held.marketplace, test=order.marketplace.test or self.test))
        return StepEffect(attempts.postponed(order, step, now), StepOutcome.REPLANNED, key_accepted=True)


@dataclass(frozen=True, slots=True)
class _AmountsDiffer:
    """The order's sum is not the amount to collect, so nothing was written (R7.12)."""

    why: Reason
    view: MarketplaceView
    budget: Budget | None
    answered: bool = True

    def log_to(self, attempt: Attempt) -> Attempt:
        return attempts.answered(attempt, "amounts_differ", None, self.why, 0, accepted=False)

    def effect(self, order: OrderState, step: Step, now: datetime, _jitter: float) -> StepEffect:
        """As if the shop had refused the order: it is held and escalated until a person retries it."""
        order = _held_by_mall(order, self.view, now)
        after, closed = attempts.after_refused_by_shop(order, step, self.why, now)
        return StepEffect(after, StepOutcome.REFUSED, closed, key_accepted=True)


@dataclass(frozen=True, slots=True)
class _ImportAnswered:
    """The answer of the shop's import. `view`: what MALL held just before; None if it was not called."""

    answer: ImportAnswer
    view: MarketplaceView | None = None
    budget: Budget | None = None

    @property
    def answered(self) -> bool | None:
        return None if self.view is None else True

    def log_to(self, attempt: Attempt) -> Attempt:
        answer = self.answer
        return attempts.answered(
            attempt,
            answer.outcome.value,
            answer.http_status,
            answer.reason,
            answer.duration_ms,
            accepted=answer.outcome is ImportOutcome.TAKEN,
        )

    def effect(self, order: OrderState, step: Step, now: datetime, jitter: float) -> StepEffect:
        if self.view is None:
            return self._by_shop(order, step, now, jitter)
        order = _held_by_mall(order, self.view, now)
        return replace(self._by_shop(order, step, now, jitter), key_accepted=True)

    def _by_shop(self, order: OrderState, step: Step, now: datetime, jitter: float) -> StepEffect:
        answer = self.answer
        reason = answer.said()
        if answer.outcome is ImportOutcome.TAKEN:
            after, closed = attempts.after_accepted_by_shop(order, step, now)
            if step.action is Action.CREATE_IN_SHOP and after.shop_side.desired is None:
                # From now on another order of the shop with this number is the conflicting view (R7.15).
                after = replace(after, shop_side=replace(after.shop_side, code=answer.code))
            return StepEffect(after, StepOutcome.ACCEPTED, closed)
        if answer.outcome is ImportOutcome.REFUSED:
            after, closed = attempts.after_refused_by_shop(order, step, reason, now)
            return StepEffect(after, StepOutcome.REFUSED, closed)
        if answer.outcome is ImportOutcome.UNCLEAR:
            after, closed = attempts.after_no_answer_from_shop(order, step, reason, now)
            return StepEffect(after, StepOutcome.UNANSWERED, closed)
        after, retry_at = attempts.after_failure(order, step, reason, now, jitter, by_shop=True)
        if after.work.failures >= attempts.NO_ANSWER_FAILURES:
            # Every try reads the order at MALL first. An import that keeps failing must not use up the day's calls.
            retry_at = now + FAILING_IMPORT_RETRY
            after = attempts.postponed(after, step, retry_at)
        # The import's address may have changed.
        return replace(retried(after, step, retry_at, now), secrets_in_doubt=True)


def _held_by_mall(order: OrderState, view: MarketplaceView, now: datetime) -> OrderState:
    """`order` with what MALL holds."""
    view = attempts.completed(view, order.marketplace.observed)
    return replace(
        order, marketplace=replace(order.marketplace, observed=view, observed_certain=True, observed_at=now)
    )
