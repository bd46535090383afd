"""Sends the shop's people the due alarms of orders: one by one, or in a summary where there are too many (R6.18)."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from orderbridge.domain.cases.follow_up import alarms_sent, unsent, with_alarm_postponed
from orderbridge.domain.cases.mail_cap import (
    MAX_ORDERS_PER_MESSAGE,
    after_notifying,
    is_urgent,
    send_at,
    with_waiting,
)
from orderbridge.errors import UnreadableOrderError, VersionConflictError
from orderbridge.flows.common.stored_orders import until_saved
from orderbridge.texts import language_of
from orderbridge.texts.mails import OrderAlarm, alarm_mail, page_of, summary_mail

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from datetime import datetime

    from orderbridge.domain.cases.records import Alarm
    from orderbridge.domain.orders import OrderState
    from orderbridge.ports import Ports
    from orderbridge.settings import ShopSettings

TRIES = 12
"""Maximum number of tries to write the shop's mail record: many orders may send at the same moment."""


def notify_of_order(ports: Ports, settings: ShopSettings, order: OrderState) -> int:
    """Sends the due alarms of `order`, with those of orders that wait for a summary. Returns the number of alarms sent.

    Texts are in the language and the zone of the shop's `settings`. At least once: the message is counted first, then
    published, then marked in its orders (R6.20). An alarm that is not published stays due, and is sent with the order's
    next recheck. Raises when a message is not accepted, and VersionConflictError after too many conflicts.
    """
    sent = 0
    for alarm in unsent(order):
        sent += _send_or_defer(ports, settings, order, alarm)
    return sent


def _send_or_defer(ports: Ports, settings: ShopSettings, order: OrderState, alarm: Alarm) -> int:
    for _ in range(TRIES):
        now = ports.clock.now()
        mail = ports.mail.get(order.shop)
        at = send_at(mail, now, urgent=is_urgent(alarm))
        waiting = [number for number in mail.waiting if number != order.mall_order_id][
            : MAX_ORDERS_PER_MESSAGE - 1
        ]
        after = (
            with_waiting(mail, order.mall_order_id)
            if at > now
            else after_notifying(mail, now, [order.mall_order_id, *waiting])
        )
        try:
            if after != mail:
                ports.mail.put(order.shop, after)
        except VersionConflictError:
            continue
        if at > now:
            _defer(ports, order, alarm, at)
            return 0
        return _publish(ports, settings, order, alarm, waiting)
    msg = f"shop {order.shop}: too many messages at this moment: order {order.label} comes again"
    raise VersionConflictError(msg)


def _defer(ports: Ports, order: OrderState, alarm: Alarm, until: datetime) -> None:
    _change(ports, order, lambda fresh: with_alarm_postponed(fresh, alarm.key, until))


def _publish(
    ports: Ports, settings: ShopSettings, order: OrderState, alarm: Alarm, waiting: Iterable[int]
) -> int:
    """Publishes one message: the alarm, and the due alarms of the waiting orders."""
    others = _with_alarms(ports, order.shop, waiting)
    alarms = [
        (order.mall_order_id, alarm),
        *((two.mall_order_id, one) for two in others for one in unsent(two)),
    ]
    due = [OrderAlarm(one, its, page_of(ports.console_url, order.shop, one)) for one, its in alarms]
    language, zone = language_of(settings.language), ZoneInfo(settings.rules.shop_zone)
    mail = (
        alarm_mail(order.mall_order_id, alarm, language, zone, due[0].page)
        if len(due) == 1
        else summary_mail(order.shop, due, language, zone)
    )
    ports.alarms.publish(order.shop, mail.subject, mail.body)
    now = ports.clock.now()
    _mark(ports, order, [alarm.key], now)
    for other in others:
        _mark(ports, other, [one.key for one in unsent(other)], now)
    return len(due)


def _with_alarms(ports: Ports, shop: str, numbers: Iterable[int]) -> list[OrderState]:
    """Those of the orders that still have due alarms.

    An order whose record cannot be read is left out; its alarms stay due.
    """
    found = []
    for number in numbers:
        with suppress(UnreadableOrderError):
            order = ports.ledger.load(shop, number)
            if order is not None and unsent(order):
                found.append(order)
    return found


def _mark(ports: Ports, order: OrderState, keys: Collection[str], now: datetime) -> None:
    """Marks the alarms `keys` as published."""
    _change(ports, order, lambda fresh: alarms_sent(fresh, keys, now))


def _change(ports: Ports, order: OrderState, change: Callable[[OrderState], OrderState]) -> None:
    """Applies `change` to the newest version of the order."""

    def load_and_save() -> None:
        fresh = ports.ledger.load(order.shop, order.mall_order_id)
        if fresh is not None and (after := change(fresh)) != fresh:
            ports.ledger.save(replace(after, updated_at=ports.clock.now()))

    until_saved(load_and_save)
