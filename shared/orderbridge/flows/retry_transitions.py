"""Wake what is due, find what got stuck, and park what is dead."""

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
MIN_RECHECKS_PER_TICK = 100
"""So many are asked for however many messages wait: what is due stays due until it was looked at, so each tick asks for
the same orders again, and a queue that is behind must not get longer by that."""
MAX_DUE_READ = 20_000
"""So far behind the longest waiting is looked for the orders of other shops."""


@dataclass(frozen=True, slots=True)
class RetryReport:
    """How many orders were asked to be looked at, and how late (whole seconds) the latest of all that are due was."""

    rechecks: int
    latest_seconds: int


def retry_transitions(ports: Ports) -> RetryReport:
    """Asks ``map_state`` to look at every order whose time has come.

    Whatever crashed between two operations left an order with a time in it, so this is also what finds the
    stuck. At least once: an order looked at twice is planned twice with the same result. An order stays due
    until ``map_state`` moves its time, so a message lost here is sent again by the next tick. Where more are due than
    one tick takes, every shop has its share: one whose orders pile up, its key refused for example, delays no other.
    """
    now = ports.clock.now()
    waiting = ports.queues.waiting()
    due = ports.ledger.due(now, MAX_DUE_READ)
    room = max(MAX_RECHECKS_PER_TICK - waiting.changes, MIN_RECHECKS_PER_TICK)
    chosen = _round_robin(due)[:room]
    ports.queues.request_rechecks(
        [
            Recheck(
                shop=shop,
                mall_order_id=mall_order_id,
                requested_at=now,
                reason=f"due:{recheck_at.isoformat()}:{now:%H:%M}",
                none_waits=not waiting.steps,
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
    """Stores a message that failed too often beside its order, holds and escalates the order until a person repeats it.

    Nothing is lost: the body is kept whole (it holds no secret and no personal data), and repeating the order
    (``POST /orders/{mall_order_id}/retry``) repeats the message. The order is held because a message missing
    from the middle of its queue would break its order; for one whose record cannot be read nothing is sent anyway, and
    the message is stored alone. Raises ForeignMessageError for a body that is not one of ours: the message then stays
    in the dead-letter queue, where the alarm shows it.
    """
    message, now = read_letter(body, message_id), ports.clock.now()
    letter = DeadLetter(message.shop, message.mall_order_id, message_id, queue, body, now, receives)
    with suppress(UnreadableOrderError):
        if not until_saved(lambda: _hold(ports.ledger, letter)):
            return letter
    ports.ledger.park(letter)
    return letter


def _hold(ledger: Ledger, letter: DeadLetter) -> bool:
    """Holds and escalates the letter's order. False, and nothing is written, if the letter was stored before."""
    shop, mall_order_id, now = letter.shop, letter.mall_order_id, letter.parked_at
    history = ledger.history(shop, mall_order_id)
    if history is not None and any(known.message_id == letter.message_id for known in history.dead_letters):
        return False  # a person may have freed the order meanwhile
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
    """The message about an order in a dead letter. Raises ForeignMessageError for anything else."""
    with suppress(ValidationError):
        return ORDER_UPDATE.validate_json(body)
    try:
        return StepDispatch.model_validate_json(body)
    except ValidationError:
        msg = f"dead letter {message_id} is not a message of orderbridge: look at it in the dead-letter queue"
        raise ForeignMessageError(msg) from None
