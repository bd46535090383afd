"""Requests rechecks of the orders that are due, and parks orders with dead letters."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pydantic import ValidationError

from orderbridge.domain.advance import parked
from orderbridge.domain.codes.orders import ParkedReason
from orderbridge.domain.facts import Term
from orderbridge.domain.orders import DeadLetter, OrderState
from orderbridge.domain.reasons import because
from orderbridge.errors import ForeignMessageError, UnreadableOrderError
from orderbridge.flows.common.stored_follow_up import with_follow_up
from orderbridge.flows.common.stored_orders import until_saved
from orderbridge.messages import ORDER_UPDATE, Recheck, StepDispatch

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from orderbridge.messages import ListingUpdate, NotInExport, ShopUpdate
    from orderbridge.ports import Ledger, Ports

MAX_RECHECKS_PER_TICK = 2_000
"""Maximum number of rechecks that one tick requests."""
MIN_RECHECKS_PER_TICK = 100
"""Minimum number of rechecks that one tick may request, however many messages wait. A due order stays due until its
recheck, so each tick requests the same orders again, and must not make a late queue longer."""
MAX_DUE_READ = 20_000
"""Maximum number of due orders that are read, so that orders of other shops are found behind those of one shop."""


@dataclass(frozen=True, slots=True)
class RetryReport:
    """Number of orders whose recheck was requested, and the delay of the latest due order in whole seconds."""

    rechecks: int
    latest_seconds: int


def retry_transitions(ports: Ports) -> RetryReport:
    """Requests a recheck from ``map_state`` of every order that is due.

    A process that dies between two operations leaves its order with a time in it, so stuck orders are found too. At
    least once: an order stays due until ``map_state`` moves its time, so a lost message is sent again by the next tick,
    and a second recheck has the same result. Where more orders are due than one tick takes, every shop gets its share,
    so a shop with many due orders delays no other (R12.8).
    """
    now = ports.clock.now()
    waiting = ports.queues.waiting()
    due = ports.ledger.due(now, MAX_DUE_READ)
    capacity = max(MAX_RECHECKS_PER_TICK - waiting.changes, MIN_RECHECKS_PER_TICK)
    chosen = _round_robin(due)[:capacity]
    ports.queues.request_rechecks(
        [
            Recheck(
                shop=shop,
                mall_order_id=mall_order_id,
                requested_at=now,
                reason=f"due:{recheck_at.isoformat()}:{now:%H:%M}",
                queues_empty=not waiting.steps,
            )
            for shop, mall_order_id, recheck_at in chosen
        ]
    )
    latest = max((int((now - recheck_at).total_seconds()) for _, _, recheck_at in due), default=0)
    return RetryReport(len(chosen), latest)


def _round_robin(due: Iterable[tuple[str, int, datetime]]) -> list[tuple[str, int, datetime]]:
    """The longest waiting order of each shop, then the next of each, and so on."""
    before: Counter[str] = Counter()
    places = []
    for one in due:
        places.append((before[one[0]], one))
        before[one[0]] += 1
    return [one for _, one in sorted(places, key=lambda place: (place[0], place[1][2]))]


def park_dead_letter(ports: Ports, message_id: str, queue: str, body: str, receives: int) -> DeadLetter:
    """Stores a dead letter with its order, and holds and escalates the order until a person retries it (R12.6).

    Nothing is lost: the whole body is kept (it holds no secret and no personal data), and a retry (``POST
    /orders/{mall_order_id}/retry``) sends it again. The order is held because a missing message would break the
    sequence of its messages. For an order whose record cannot be read nothing is sent anyway, so only the message is
    stored. The order is written before the letter: if the process dies in between, the letter is received again.

    Raises ForeignMessageError for a body that is not ours: it stays in the dead-letter queue, where the alarm shows it.
    """
    message, now = read_letter(body, message_id), ports.clock.now()
    letter = DeadLetter(message.shop, message.mall_order_id, message_id, queue, body, now, receives)
    with suppress(UnreadableOrderError):
        if not until_saved(lambda: _hold(ports.ledger, letter)):
            return letter
    ports.ledger.park(letter)
    return letter


def _hold(ledger: Ledger, letter: DeadLetter) -> bool:
    """Holds and escalates the letter's order. False: the letter was stored before, and nothing is written."""
    shop, mall_order_id, now = letter.shop, letter.mall_order_id, letter.parked_at
    history = ledger.history(shop, mall_order_id)
    if history is not None and any(known.message_id == letter.message_id for known in history.dead_letters):
        return False  # a person may have retried the order meanwhile
    order, record = ledger.load_with_shop(shop, mall_order_id)
    order = order or OrderState(shop, mall_order_id, created_at=now)
    what = because(ParkedReason.MESSAGE, message=Term(letter.message_id), queue=Term(letter.queue))
    progress = parked(order, what, now)
    after = progress.order if record is None else with_follow_up(progress.order, record, now)
    ledger.save(replace(after, updated_at=now), progress.steps)
    return True


def read_letter(
    body: str, message_id: str
) -> ShopUpdate | NotInExport | Recheck | ListingUpdate | StepDispatch:
    """The message about an order in a dead letter's body. Raises ForeignMessageError for anything else."""
    with suppress(ValidationError):
        return ORDER_UPDATE.validate_json(body)
    try:
        return StepDispatch.model_validate_json(body)
    except ValidationError:
        msg = f"dead letter {message_id} is not a message of orderbridge: look at it in the dead-letter queue"
        raise ForeignMessageError(msg) from None
