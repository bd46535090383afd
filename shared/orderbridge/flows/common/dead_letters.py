"""Take in what died in its queue: put it back to work, unless it is the message and not the work that is broken.

A message dies after hours. Where others of its kind succeed meanwhile, something is odd about this one: its order is
parked, and people are told. Where none does, a deployment, a permission or a service is broken, and parking would turn
one fault of ours into a hold for every order: the message goes back, or its order is due again.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from orderbridge.domain.orders import DeadLetter
from orderbridge.errors import UnreadableOrderError
from orderbridge.flows.common.stored_orders import until_saved
from orderbridge.flows.retry_transitions import park_dead_letter, read_letter
from orderbridge.messages import ListingUpdate, Recheck, StepDispatch

if TYPE_CHECKING:
    from datetime import datetime

    from orderbridge.domain.orders import OrderState
    from orderbridge.messages import NotInExport, ShopUpdate
    from orderbridge.ports import Ledger, Ports, Queues

RECENT_SUCCESS = timedelta(hours=1)
"""A success of this age counts: the dead message failed every few minutes until a moment ago."""
GIVE_UP_AFTER = timedelta(hours=18)
"""An order is parked in any case for a message of this age, or so long after the first one died: at the third death, or
the fourth. Where nothing else happens in the shop, nothing can tell whether the message is alone.
"""
SAME_FAULT_WITHIN = timedelta(days=2)
"""Deaths before that were another fault's."""
ORDERS_SEARCHED = 50
"""Among so many of the shop's orders, the latest changed, another success is looked for."""


def take_dead_letter(
    ports: Ports, message_id: str, queue: str, body: str, receives: int
) -> tuple[DeadLetter, bool]:
    """Stores a message that failed too often beside its order, and sees to it that its work is done.

    Returns the letter and whether the order was parked (``park_dead_letter``). If it was not, a change was sent again
    and a step's order made due, so everything goes on as soon as the fault is mended. At least once: a letter that is
    seen twice is sent twice at the most, which changes nothing. Raises ForeignMessageError like ``park_dead_letter``.
    """
    message, now = read_letter(body, message_id), ports.clock.now()
    shop, number = message.shop, message.mall_order_id
    letter = DeadLetter(shop, number, message_id, queue, body, now, receives)
    try:
        history = ports.ledger.history(shop, number)
    except UnreadableOrderError:
        return park_dead_letter(ports, message_id, queue, body, receives), True
    before = () if history is None else history.dead_letters
    if any(known.message_id == message_id for known in before):
        return letter, False
    deaths = [known.parked_at for known in before if known.queue == queue]
    began = min([_message_time(message, now), *(at for at in deaths if at > now - SAME_FAULT_WITHIN)])
    if began <= now - GIVE_UP_AFTER or _others_succeed(ports.ledger, message, queue, now):
        return park_dead_letter(ports, message_id, queue, body, receives), True
    if isinstance(message, StepDispatch):
        until_saved(lambda: _make_due(ports.ledger, message, now))
    else:
        _send_again(ports.queues, message)
    ports.ledger.park(letter)
    return letter, False


def _message_time(
    message: StepDispatch | ShopUpdate | NotInExport | Recheck | ListingUpdate, now: datetime
) -> datetime:
    """The moment that a change keeps when it is sent again; a step is handed on anew each time."""
    match message:
        case StepDispatch():
            return now
        case Recheck():
            return message.requested_at
        case _:
            return message.seen_at


def _others_succeed(
    ledger: Ledger,
    message: StepDispatch | ShopUpdate | NotInExport | Recheck | ListingUpdate,
    queue: str,
    now: datetime,
) -> bool:
    """Whether the same work was done for another order of the shop a moment ago."""
    page = ledger.orders(message.shop, limit=ORDERS_SEARCHED)
    others = (order for order in page.orders if order.mall_order_id != message.mall_order_id)
    since = now - RECENT_SUCCESS
    if isinstance(message, StepDispatch):
        return any(_was_carried_out(order, since, in_shop="shop-steps" in queue) for order in others)
    return any(
        order.list_entry is not None
        and order.list_entry.since is not None
        and order.list_entry.since >= since
        for order in others
    )


def _was_carried_out(order: OrderState, since: datetime, *, in_shop: bool) -> bool:
    if in_shop:
        done = [order.shop_side.imported_at, order.shop_side.canceled_at]
    else:
        done = [
            order.marketplace.confirmed_at,
            *(passed.at for passed in order.marketplace.status_changes if passed.by_us),
        ]
    return any(at is not None and at >= since for at in done)


def _make_due(ledger: Ledger, message: StepDispatch, now: datetime) -> None:
    order = ledger.load(message.shop, message.mall_order_id)
    if order is not None and (order.work.recheck_at is None or order.work.recheck_at > now):
        ledger.save(replace(order, work=replace(order.work, recheck_at=now), updated_at=now))


def _send_again(queues: Queues, message: ShopUpdate | NotInExport | Recheck | ListingUpdate) -> None:
    match message:
        case Recheck():
            queues.request_rechecks([message])
        case ListingUpdate():
            queues.send_listing_updates([message])
        case _:
            queues.send_shop_updates([message])
