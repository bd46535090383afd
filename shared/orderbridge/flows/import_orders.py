"""Write into the shop what MALL's side asks for: open orders, and cancellations. Each is a recorded step."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from orderbridge.domain import attempts
from orderbridge.domain.failure_policy import Call, Then, policy
from orderbridge.domain.orders import Action, Attempt, AttemptResult, OrderState, PlannedStep, Step
from orderbridge.domain.planning import kept_out, plan
from orderbridge.domain.progress import LOST_MESSAGE_AFTER
from orderbridge.domain.statuses import MarketplaceStatus
from orderbridge.flows.read_lists import ListOutcome, ListReport, read_list, request_lists
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
from orderbridge.ports import ImportAnswer, ImportOutcome, SecretsProblemError, VersionConflictError

if TYPE_CHECKING:
    from orderbridge.domain.orders import MarketplaceView
    from orderbridge.messages import Send
    from orderbridge.ports import MarketplaceAnswer, Ports, ShopRecord, ShopSecrets

__all__ = [
    "ListOutcome",
    "ListReport",
    "WriteOutcome",
    "WriteResult",
    "read_list",
    "request_lists",
    "write_to_shop",
]


STAYS_AWAY = timedelta(hours=1)
"""How often a step in a shop is tried whose import has failed for a while."""


class WriteOutcome(StrEnum):
    """What became of one message about a step in the shop."""

    STALE = "stale"
    """The order has no such step to carry out now; nothing was called."""
    REPLANNED = "replanned"
    """The step is no longer the right one, or the order was just written by somebody else: nothing was written, it is
    looked at again."""
    POSTPONED = "postponed"
    """The shop is stopped or pauses; nothing was called."""
    TAKEN = "taken"
    REFUSED = "refused"
    NOT_THERE = "not_there"
    """MALL does not know the order (any more); nothing was written."""
    UNCLEAR = "unclear"
    """It may have been written: the shop's next export tells."""
    RETRY = "retry"
    LIMITED = "limited"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class WriteResult:
    """`retry_in`: the message should come back after so long; None: it is done with.

    `unheard`: there was no usable answer for this order for a while.
    """

    outcome: WriteOutcome
    action: Action | None = None
    retry_in: timedelta | None = None
    detail: str = ""
    newly_stopped: bool = False
    unheard: bool = False


@dataclass(frozen=True, slots=True)
class _Came:
    """What came back of a step: from MALL where the order could not be read (`read`), else from the shop (`wrote`).

    `view` is what MALL was found to hold just now.
    """

    read: MarketplaceAnswer | None = None
    wrote: ImportAnswer | None = None
    view: MarketplaceView | None = None
    test: bool = False


def write_to_shop(send: Send, ports: Ports) -> WriteResult:
    """Carries out the step in the shop that `send` names, if it is still the order's step, due and right.

    Once: the step is claimed in the table before anything is written; of two writers one wins. After an unclear answer,
    or if the writer dies, nothing is written before the shop's export was read (see ``planning``). A new order is read
    from MALL first, whole, and only written if MALL still holds it open and unconfirmed; what is personal in it goes to
    the shop and nowhere else. Raises nothing for what either service does.
    """
    order, shop = ports.ledger.load_with_shop(send.shop, send.mall_order_id)
    now = ports.clock.now()
    if order is None or shop is None or not is_due(order.step, send, now):
        return WriteResult(WriteOutcome.STALE)
    step = order.step
    if step is None or not step.action.in_shop:  # pragma: no cover - is_due and the queues see to that
        return WriteResult(WriteOutcome.STALE)
    until = closed_until(shop, now)
    if until is not None:
        spread = timedelta(seconds=20 * ports.chance.jitter())
        ports.ledger.save(replace(attempts.postponed(order, until + spread), updated_at=now))
        return WriteResult(WriteOutcome.POSTPONED, step.action)
    planned = plan(order, shop.settings.rules, now)
    if not isinstance(planned, PlannedStep) or not step.same_as(planned):
        look_again(ports, order, f"replan:{step.number}:{now.isoformat()}")
        return WriteResult(WriteOutcome.REPLANNED, step.action)
    try:
        secrets = ports.secrets.of(order.shop)
    except SecretsProblemError as problem:
        newly = stop_before_any_call(order, str(problem), now, ports)
        return WriteResult(WriteOutcome.STOPPED, step.action, detail=str(problem), newly_stopped=newly)
    claimed = attempts.claim(order, step, now)
    if claimed.step is None:  # pragma: no cover - claim always leaves a step
        return WriteResult(WriteOutcome.STALE)
    attempt = attempts.attempt_of(claimed.step, now, _wording(order, step))
    try:
        claimed = ports.ledger.save(replace(claimed, updated_at=now), attempts=[attempt])
    except VersionConflictError:
        return WriteResult(WriteOutcome.REPLANNED, step.action, OVERTAKEN_WAIT)
    came = _carry_out(claimed, step.action, shop, secrets, ports)
    return _record(claimed, attempt, came, shop, ports)


def _wording(order: OrderState, step: Step) -> dict[str, str | bool]:
    """What is written, for the record: never a customer's data."""
    if step.action is Action.CREATE_IN_SHOP:
        return {"order": f"MALL {order.mall_order_id}", "status": "pending"}
    return {"code": order.desired.code if order.desired else "", "status": "canceled"}


def _carry_out(
    order: OrderState, action: Action, shop: ShopRecord, secrets: ShopSecrets, ports: Ports
) -> _Came:
    if action is Action.CANCEL_IN_SHOP:
        code = order.desired.code if order.desired else ""
        return _Came(wrote=ports.imports.cancel(shop.settings, secrets, code))
    problem = ports.imports.problem(shop.settings, secrets)
    if problem:
        # Not even asked for: MALL's calls are for what can be carried out.
        return _Came(wrote=ImportAnswer(ImportOutcome.NOT_SENT, message=problem))
    found = ports.marketplaces.of(shop.settings, secrets).whole_order(order.mall_order_id)
    if found.order is None:
        return _Came(read=found.answer)
    view = found.order.view
    now_known = replace(order, test=order.test or found.order.test)
    if view.status is not MarketplaceStatus.OPEN or kept_out(now_known, view, shop.settings.rules):
        return _Came(view=view, test=found.order.test)
    return _Came(wrote=ports.imports.create(shop.settings, secrets, found.order), view=view)


def _record(order: OrderState, attempt: Attempt, came: _Came, shop: ShopRecord, ports: Ports) -> WriteResult:
    """Writes the answer down, on a freshly loaded order if news came in during the call."""
    claimed = order.step
    now = ports.clock.now()
    jitter = ports.chance.jitter()
    attempt = _answered(attempt, came)
    for _ in range(SAVES):
        after, records, result = _take(order, came, now, jitter)
        try:
            ports.ledger.save(replace(after, updated_at=now), records, [attempt])
            result = replace(result, unheard=after.failures >= attempts.NO_ANSWER_FAILURES)
            break
        except VersionConflictError:
            fresh = ports.ledger.load(order.shop, order.mall_order_id)
            if fresh is None or fresh.step != claimed:
                return WriteResult(WriteOutcome.STALE, attempt.action, detail="the claim was taken over")
            order = fresh
    else:
        msg = f"order {order.label}: what the shop answered to step {attempt.step} could not be recorded"
        raise VersionConflictError(msg)
    return _aftermath(order, shop, came, result, now, ports)


def _answered(attempt: Attempt, came: _Came) -> Attempt:
    if came.read is not None:
        answer = came.read
        return attempts.answered(
            attempt, answer.came_back.value, answer.http_status, answer.message, answer.duration_ms
        )
    if came.wrote is None:
        held = came.view.status.value if came.view else "another status"
        return attempts.answered(attempt, "not_open", None, f"MALL holds {held}: nothing was written", 0)
    wrote = came.wrote
    attempt = attempts.answered(
        attempt, wrote.outcome.value, wrote.http_status, wrote.message, wrote.duration_ms
    )
    taken = wrote.outcome is ImportOutcome.TAKEN
    return replace(attempt, result=AttemptResult.ACCEPTED) if taken else attempt


def _take(
    order: OrderState, came: _Came, now: datetime, jitter: float
) -> tuple[OrderState, list[Step], WriteResult]:
    """The order after what came back."""
    step = order.step
    action = step.action if step is not None else None
    if came.read is not None:
        return _after_no_order(order, came.read, now, jitter)
    if came.view is not None:
        view = attempts.completed(came.view, order.observed)
        order = replace(
            order, observed=view, observed_certain=True, observed_at=now, test=order.test or came.test
        )
    if came.wrote is None:
        # Not to be written any more: the next look withdraws the step or plans another.
        return attempts.postponed(order, now), [], WriteResult(WriteOutcome.REPLANNED, action)
    wrote = came.wrote
    if wrote.outcome is ImportOutcome.TAKEN:
        return *attempts.after_taken_by_shop(order, now), WriteResult(WriteOutcome.TAKEN, action)
    said = f"{wrote.http_status}: {wrote.message}" if wrote.http_status else wrote.message
    if wrote.outcome is ImportOutcome.REFUSED:
        after = attempts.after_refused_by_shop(order, said, now)
        return *after, WriteResult(WriteOutcome.REFUSED, action, detail=said)
    if wrote.outcome is ImportOutcome.UNCLEAR:
        return *attempts.after_shop_silence(order, said, now), WriteResult(
            WriteOutcome.UNCLEAR, action, detail=said
        )
    return _again(order, said, now, jitter)


def _after_no_order(
    order: OrderState, answer: MarketplaceAnswer, now: datetime, jitter: float
) -> tuple[OrderState, list[Step], WriteResult]:
    """The order after MALL did not give it: by the policy of a read."""
    rule = policy(Call.READ, answer.came_back)
    said = f"MALL answered {answer.http_status or answer.came_back.value} ({answer.message or rule.why})"
    action = order.step.action if order.step is not None else None
    if rule.then is Then.STOP_SHOP:
        probe = now + PROBE_AFTER + timedelta(seconds=60 * jitter)
        return attempts.postponed(order, probe), [], WriteResult(WriteOutcome.STOPPED, action, detail=said)
    if rule.then is Then.WAIT:
        wait = limit_wait(answer.retry_after)
        after = attempts.postponed(order, now + wait + timedelta(seconds=5 * jitter))
        return after, [], WriteResult(WriteOutcome.LIMITED, action, short(order.step, wait), said)
    if rule.then is Then.HOLD:
        text = f"{said}: {rule.why}; look for it in the partner portal"
        refused = attempts.after_refused_by_shop(order, text, now, not_found=True)
        return *refused, WriteResult(WriteOutcome.NOT_THERE, action, detail=said)
    return _again(order, said, now, jitter, by_shop=False)


def _again(
    order: OrderState, said: str, now: datetime, jitter: float, *, by_shop: bool = True
) -> tuple[OrderState, list[Step], WriteResult]:
    """Nothing was written, for want of the shop or of MALL: back off, then the same again."""
    after, retry_at = attempts.after_failure(order, said, now, jitter, by_shop=by_shop)
    if by_shop and after.failures >= attempts.NO_ANSWER_FAILURES:
        # Every try reads the order at MALL first: an import that stays away must not use the day's calls up.
        retry_at = now + STAYS_AWAY
        after = attempts.postponed(after, retry_at)
    retry_in = short(order.step, retry_at - now)
    if retry_in is not None:
        after = replace(after, look_at=retry_at + LOST_MESSAGE_AFTER)
    action = order.step.action if order.step is not None else None
    return after, [], WriteResult(WriteOutcome.RETRY, action, retry_in, said)


def _aftermath(
    order: OrderState, shop: ShopRecord, came: _Came, result: WriteResult, now: datetime, ports: Ports
) -> WriteResult:
    """What concerns the shop rather than the order, and the message for the next look."""
    if result.outcome is WriteOutcome.STOPPED and came.read is not None:
        rule = policy(Call.READ, came.read.came_back)
        reason = f"MALL answered {came.read.http_status}: {rule.why}"
        return replace(result, newly_stopped=note_stop(order.shop, reason, now, ports))
    if result.outcome is WriteOutcome.LIMITED and came.read is not None:
        ports.shops.pause(order.shop, now + limit_wait(came.read.retry_after))
        return result
    if shop.stop is not None and came.view is not None:
        ports.shops.resume(order.shop)
    if result.outcome is WriteOutcome.RETRY:
        ports.secrets.forget(order.shop)  # the import's address may have been changed
    if result.outcome not in {WriteOutcome.RETRY, WriteOutcome.LIMITED}:
        number = order.step.number if order.step else 0
        look_again(ports, order, f"after:{number}:{now.isoformat()}")
    return result
