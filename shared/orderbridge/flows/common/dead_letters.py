"""Takes in dead letters about orders: repeats their work, or parks the order where only this message fails (R12.6).

A message becomes a dead letter after hours of failures. If other messages of its kind succeed meanwhile, this one is
faulty: its order is parked and people are notified. If none succeeds, a deployment, a permission or a service is
broken. Parking would then hold every order for one error of ours, so the message is sent again, or its order is made
due.
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
"""Maximum age of a success that counts: the dead message failed every few minutes until just now."""
GIVE_UP_AFTER = timedelta(hours=18)
"""Age of a message, or time since its first death, after which its order is parked in any case: at the third or fourth
death. In a shop where nothing else happens, no success can show whether only this message fails."""
SAME_FAULT_WITHIN = timedelta(days=2)
"""Deaths before this period belong to another fault."""
ORDERS_SEARCHED = 50
"""Number of the shop's orders, the latest changed first, among which another success is searched."""


def take_dead_letter(
    ports: Ports, message_id: str, queue: str, body: str, receives: int
) -> tuple[DeadLetter, bool]:
    """Stores a dead letter with its order and makes sure that its work is done.

    Returns the letter, and whether its order was parked (``park_dead_letter``). If not, the update was sent again or
    the step's order made due, so the work continues as soon as the fault is corrected. At least once: a letter that is
    received twice may be sent twice, which is harmless. Raises ForeignMessageError for a message of another program.
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
    """The time of an update, which it keeps when it is sent again.

    A step gets a new message each time, so its time is `now`.
    """
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
    """Whether the same work succeeded for another order of the shop within ``RECENT_SUCCESS``."""
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
