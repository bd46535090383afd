"""The audit trail: every step, every attempt and every person's action of a shop in a period (R13.4).

It is for the accountant, and for a dispute with MALL. A row is flat: the same keys in the same order (``COLUMNS``), and
only texts, whole numbers and None as values.

=================  ====================================================================================================
key                value
=================  ====================================================================================================
kind               ``action``, ``step``, ``attempt`` or ``unreadable``
shop               the shop's name; ``*``: an action about every shop
at                 when the action was requested, the step recorded, the attempt begun
mall_order_id      MALL's number of the order; None: the action is about no single order
order_code         the shop's number of the order
step               the step's number within its order
attempt            the attempt's number within its step
action             what was asked for (a code of ``PersonReason``), or what is done (an ``Action``)
state              the step's ``StepState``, or the attempt's ``AttemptResult``
by                 who asked for it
why                the person's own words, redacted
reason_code        why the step is done, what the attempt was answered, or why the order cannot be read
reason_text        the same as a text; of an action: what was asked for
result_code        how the step ended
result_text        the same as a text
not_before         the moment before which the step was not sent
closed_at          when the step ended
sent               the body of the PUT as JSON, without key and personal data; of a read ``{}``
call_result        the kind of answer (``CallResult`` or ``ImportOutcome``)
http_status        the answer's HTTP status
duration_ms        how long the call took, in whole milliseconds
=================  ====================================================================================================

Moments are ISO texts in UTC with milliseconds. Texts are in the shop's language, times within them in its zone.
"""

from __future__ import annotations

import json
from datetime import UTC, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from orderbridge.domain.codes.api import RequestReason
from orderbridge.domain.facts import Term
from orderbridge.domain.lists import ALWAYS, Period
from orderbridge.domain.persons import EVERY_SHOP
from orderbridge.domain.reasons import because
from orderbridge.domain.rules import Rules
from orderbridge.errors import UnreadableOrderError
from orderbridge.flows.common.stored_orders import every_page
from orderbridge.texts import DEFAULT, language_of, render

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from orderbridge.domain.orders import OrderHistory, OrderState
    from orderbridge.domain.persons import PersonAction
    from orderbridge.domain.reasons import Reason
    from orderbridge.domain.shops import ShopRecord
    from orderbridge.domain.steps import Attempt, Step
    from orderbridge.ports import Ports
    from orderbridge.texts import Edge, Language

    Value = str | int | None
    Row = dict[str, Value]

COLUMNS = (
    *("kind", "shop", "at", "mall_order_id", "order_code", "step", "attempt", "action", "state", "by", "why"),
    *("reason_code", "reason_text", "result_code", "result_text", "not_before", "closed_at", "sent"),
    *("call_result", "http_status", "duration_ms"),
)
"""The keys of every row, in their order."""
LATE = timedelta(minutes=5)
"""How far the functions' clocks may be apart, and an index behind its table."""


def audit_rows(
    ports: Ports,
    shop: str,
    since: datetime,
    until: datetime,
    language: Language | None = None,
    *,
    edge: Edge,
) -> Iterator[Row]:
    """The rows from `since` (included) to `until` (not included), both UTC: first persons' actions, oldest first.

    Then order by order, the latest changed first: each step that was recorded, tried or ended in the period, followed
    by those of its attempts that began in it. No order with such a step is left out, also if it changes meanwhile: the
    lists tell nothing of single attempts, so all orders of the shop are read. It costs a query per order that changed
    since `since`. What is written while the rows are made may be missing.

    Streamed: rows are made as the caller takes them. The memory is constant but for the numbers of the orders. `shop`
    may be one that was removed. `language` is that of the texts; None: the shop's. `edge`: where the texts are read.
    """
    record = ports.shops.get(shop)
    trail = AuditTrail(shop, record, Period(since, until), language, edge)
    for of in (shop, EVERY_SHOP):
        yield from map(trail.action, ports.actions.of_shop(of, since, until))
    for number in _orders(ports, shop, trail.period):
        yield from trail.of_order(ports, number)


def _orders(ports: Ports, shop: str, period: Period) -> Iterator[int]:
    """The numbers of the orders that may have a step in `period`, each once.

    An order that changes while the list is read moves to its front and may be missed. So what changed since the start
    is read again, until nothing new is found.
    """
    known: set[int] = set()
    changed = ALWAYS
    while True:
        begun, before = ports.clock.now(), len(known)
        for page in every_page(ports.ledger, shop, changed=changed):
            wanted = [order.mall_order_id for order in page.orders if may_have_step(order, period)]
            for number in (*page.unreadable, *wanted):
                if number not in known:
                    known.add(number)
                    yield number
        if changed is not ALWAYS and len(known) == before:
            return
        changed = Period(since=begun - LATE)


def may_have_step(order: OrderState, period: Period) -> bool:
    """Whether `order` may have a step in `period`: every write of an order, and so of its steps, sets `updated_at`."""
    written, created = order.updated_at, order.created_at
    if period.since is not None and written is not None and written < period.since - LATE:
        return False
    return period.before is None or created is None or created < period.before + LATE


class AuditTrail:
    """Makes the rows of one shop's trail."""

    def __init__(
        self, shop: str, record: ShopRecord | None, period: Period, language: Language | None, edge: Edge
    ) -> None:
        self.shop = shop
        self.period = period
        of_shop = DEFAULT if record is None else language_of(record.settings.language)
        self._language = language or of_shop
        self._edge = edge
        self._zone = ZoneInfo((Rules() if record is None else record.settings.rules).shop_zone)

    def of_order(self, ports: Ports, mall_order_id: int) -> Iterator[Row]:
        """The rows of one order, read now with one query. One that cannot be read is a row of its own."""
        try:
            history = ports.ledger.history(self.shop, mall_order_id)
        except UnreadableOrderError as problem:
            yield self.unreadable(mall_order_id, problem.reason)
            return
        if history is None:
            gone = because(RequestReason.UNKNOWN_ORDER, order=mall_order_id, shop=Term(self.shop))
            yield self.unreadable(mall_order_id, gone)
            return
        for step in history.steps:
            yield from self.step(history, step)
        recorded = {step.number for step in history.steps}
        for attempt in history.attempts:
            if attempt.step not in recorded and self.period.covers(attempt.started_at):
                yield self.attempt(history.order, attempt)

    def action(self, action: PersonAction) -> Row:
        """The row of a person's action."""
        return _row(
            kind="action",
            shop=action.shop,
            at=_iso(action.at),
            mall_order_id=action.mall_order_id,
            action=str(action.what.code),
            by=action.by or None,
            why=action.why or None,
            reason_text=self._text(action.what),
        )

    def unreadable(self, mall_order_id: int, reason: Reason) -> Row:
        """The row of an order that cannot be read."""
        return _row(
            kind="unreadable",
            shop=self.shop,
            mall_order_id=mall_order_id,
            reason_code=str(reason.code),
            reason_text=self._text(reason),
        )

    def step(self, history: OrderHistory, step: Step) -> Iterator[Row]:
        """The rows of a step and of its attempts, as far as they are in the period."""
        order, covers = history.order, self.period.covers
        attempts = [one for one in history.attempts if one.step == step.number and covers(one.started_at)]
        ended = step.closed_at is not None and covers(step.closed_at)
        if not (attempts or ended or covers(step.planned_at)):
            return
        yield _row(
            kind="step",
            **_of_order(order),
            at=_iso(step.planned_at),
            step=step.number,
            action=step.action.value,
            state=step.state.value,
            reason_code=str(step.reason.code),
            reason_text=self._text(step.reason),
            result_code=None if step.result is None else str(step.result.code),
            result_text=self._text(step.result),
            not_before=_iso(step.not_before),
            closed_at=_iso(step.closed_at),
        )
        for attempt in attempts:
            yield self.attempt(order, attempt)

    def attempt(self, order: OrderState, attempt: Attempt) -> Row:
        """The row of an attempt."""
        return _row(
            kind="attempt",
            **_of_order(order),
            at=_iso(attempt.started_at),
            step=attempt.step,
            attempt=attempt.number,
            action=attempt.action.value,
            state=attempt.result.value,
            reason_code=None if attempt.reason is None else str(attempt.reason.code),
            reason_text=self._text(attempt.reason),
            sent=json.dumps(attempt.sent, ensure_ascii=False, sort_keys=True),
            call_result=attempt.call_result or None,
            http_status=attempt.http_status,
            duration_ms=attempt.duration_ms,
        )

    def _text(self, reason: Reason | None) -> str | None:
        return None if reason is None else render(reason, self._language, self._zone, self._edge)


def _of_order(order: OrderState) -> Row:
    code = order.shop_side.desired.code if order.shop_side.desired else order.shop_side.code
    return {"shop": order.shop, "mall_order_id": order.mall_order_id, "order_code": code or None}


def _row(**values: Value) -> Row:
    """A whole row: what is not given is None. Raises KeyError for a key that is no column."""
    row: Row = dict.fromkeys(COLUMNS)
    for name, value in values.items():
        if name not in row:
            raise KeyError(name)
        row[name] = value
    return row


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat(timespec="milliseconds")
