"""Tell the shop's people: what cannot wait at once, the rest once a day, and nothing twice."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from orderbridge.domain.cases.digest import digest_of, has_new_items
from orderbridge.domain.codes.cases import DigestReason
from orderbridge.domain.reasons import because
from orderbridge.domain.statuses import FINAL, MarketplaceStatus
from orderbridge.flows.common.notify_of_orders import notify_of_order
from orderbridge.flows.common.stored_orders import FirstOrders, every_page
from orderbridge.messages import DigestRequest
from orderbridge.texts import language_of
from orderbridge.texts.mails import digest_mail, stop_mail

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orderbridge.domain.orders import OrderState
    from orderbridge.domain.reasons import Reason
    from orderbridge.domain.shops import ShopNotices
    from orderbridge.flows.common.stored_orders import Filters
    from orderbridge.messages import AlarmRequest
    from orderbridge.ports import Ledger, Ports
    from orderbridge.texts import Mail

MAX_PER_LIST = 2_000
"""Orders of each kind that go into a digest, the latest changed first; it says so when there are more."""
MAX_TOLD = 20_000
"""Matters of a digest that are remembered: 340 of the 400 KB that an item of the table holds.

What is beyond them counts as new every day, so a shop with that many gets its digest daily, news or not.
"""


def send_alarm(ports: Ports, request: AlarmRequest) -> int:
    """Tells the shop's people what is due about one order, or that their shop was stopped; returns how many messages.

    At least once: what was published is marked afterwards, so a crash between the two tells it again. Nothing is told
    twice otherwise, however often this is asked for: requests about one order come one after the other (their queue
    sees to that), and so do those about one shop. What is due about an order waits where there were too many messages,
    and comes with others in one. What is gone meanwhile (the order, the shop, the stop) is told no
    more. Raises when a message is not taken; what was published before it is marked all the same.
    """
    if request.mall_order_id is None:
        return _notify_of_stop(ports, request.shop)
    order, record = ports.ledger.load_with_shop(request.shop, request.mall_order_id)
    if order is None or record is None:
        return 0
    return notify_of_order(ports, record.settings, order)


def _notify_of_stop(ports: Ports, shop: str) -> int:
    """One message per stop (it ends with the first call that MALL takes), and for what comes back now and then."""
    record = ports.shops.get(shop)
    if record is None or record.stop is None:
        return 0
    notices, since = ports.notices.get(shop), record.stop.since
    if notices.was_notified_of(record.stop):
        return 0
    after = replace(notices.after_notifying(record.stop), begun=f"stop {since.isoformat()}")
    settings = record.settings
    mail = stop_mail(shop, record.stop, language_of(settings.language), ZoneInfo(settings.rules.shop_zone))
    _publish_and_note(ports, shop, mail, notices, after)
    return 1


def _publish_and_note(ports: Ports, shop: str, mail: Mail, before: ShopNotices, after: ShopNotices) -> None:
    """Publishes a mail about the shop as a whole and notes `after`, whose ``begun`` names the message.

    Publishing and noting are two things, and either may fail. At least once, and twice at the most: the first try notes
    that it has begun, then publishes, then notes `after`; so where no note can be taken, nothing is published. A second
    try, which may follow a message that went out, notes `after` first, and takes that back if the message is not
    taken. Only if two tries in a row die in the wrong moment, the message is lost. Raises when it is not taken.
    """
    again = before.begun == after.begun
    ports.notices.put(shop, after if again else replace(before, begun=after.begun))
    try:
        ports.alarms.publish(shop, mail.subject, mail.body)
    except Exception:
        if again:
            ports.notices.put(shop, before)
        raise
    if not again:
        ports.notices.put(shop, after)


def request_digests(ports: Ports) -> int:
    """The tick: asks for the digest of every shop that is switched on, one message each; returns how many.

    At least once: a day's second request finds the digest sent.
    """
    now = ports.clock.now()
    requests = [
        DigestRequest(
            shop=record.shop, day=now.astimezone(ZoneInfo(record.settings.rules.shop_zone)).date().isoformat()
        )
        for record in ports.shops.all()
        if record.settings.enabled and not record.settings_problem
    ]
    if requests:
        ports.queues.request_alarms(requests)
    return len(requests)


def send_digest(ports: Ports, request: DigestRequest) -> bool:
    """Sends the shop's digest of `request.day`, if there is anything in it that was not in the last; True if sent.

    Once a day: a second request for the same day, or one for an earlier day, changes nothing. At least once, and twice
    at the most (see ``_tell``). What the digest held is noted also when nothing was sent, so that a matter that was
    settled and comes back is news again.
    """
    record = ports.shops.get(request.shop)
    if record is None or not record.settings.enabled or record.settings_problem:
        return False
    notices = ports.notices.get(request.shop)
    if request.day <= notices.digest_day:
        return False
    found = _for_digest(ports.ledger, request.shop)
    digest = digest_of(found.orders, record.settings.rules, ports.clock.now())
    keys = tuple(item.key for item in digest.items[:MAX_TOLD])
    after = replace(notices, digest_day=request.day, digest_items=keys)
    if not has_new_items(digest, notices.digest_items):
        ports.notices.put(request.shop, after)
        return False
    mail = digest_mail(
        request.shop,
        digest,
        frozenset(notices.digest_items),
        tuple(_omissions(found)),
        language_of(record.settings.language),
        ZoneInfo(record.settings.rules.shop_zone),
    )
    after = replace(after, begun=f"digest {request.day}")
    _publish_and_note(ports, request.shop, mail, notices, after)
    return True


@dataclass(frozen=True, slots=True)
class _Found:
    """The orders a digest may speak of, each once.

    `cut` says which lists were longer than what was read of them, `unreadable` counts the orders that were left out
    because their records cannot be read.
    """

    orders: tuple[OrderState, ...]
    cut: tuple[Reason, ...]
    unreadable: int


def _for_digest(ledger: Ledger, shop: str) -> _Found:
    """Every order that waits for somebody or is under way: flagged, escalated, held, or not final at MALL."""
    orders: dict[int, OrderState] = {}
    cut: list[Reason] = []
    unreadable: set[int] = set()
    for if_cut, filters in _lists():
        listed = FirstOrders(every_page(ledger, shop, **filters), MAX_PER_LIST)
        orders |= {order.mall_order_id: order for order in listed}
        unreadable.update(listed.unreadable)
        if listed.cut:
            cut.append(if_cut)
    return _Found(tuple(orders.values()), tuple(cut), len(unreadable))


def _lists() -> Iterator[tuple[Reason, Filters]]:
    """The lists that are read, each with what is said when it is too long."""
    yield because(DigestReason.CUT_RETURNS, limit=MAX_PER_LIST), {"matter": "return"}
    yield because(DigestReason.CUT_ESCALATIONS, limit=MAX_PER_LIST), {"matter": "escalation"}
    yield because(DigestReason.CUT_HELD, limit=MAX_PER_LIST), {"hold": "any"}
    for status in MarketplaceStatus:
        if status not in FINAL:
            yield because(DigestReason.CUT_STATUS, limit=MAX_PER_LIST, status=status), {"status": status}


def _omissions(found: _Found) -> Iterator[Reason]:
    """What the digest does not tell."""
    yield from found.cut
    if found.unreadable:
        yield because(DigestReason.UNREADABLE, orders=found.unreadable)
