"""Sends the shop's people their alarms at once and the digest once a day."""

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
"""Maximum number of orders of each list in a digest, the latest changed first. The digest says when there are more."""
MAX_REMEMBERED_ITEMS = 20_000
"""Maximum number of a digest's items that are remembered: 340 KB of the 400 KB that a table's item may have. Items
beyond it count as new every day, so such a shop gets its digest daily."""


def send_alarm(ports: Ports, request: AlarmRequest) -> int:
    """Sends the due alarms of one order, or the alarm that a shop was stopped. Returns the number of alarms sent.

    At least once: an alarm is published first and marked then, so a crash in between repeats it (R6.20). Otherwise each
    alarm is sent once, however often it is requested: the queue delivers the requests of one order, and those of one
    shop, one after the other. Beyond the hourly limit alarms wait for a summary (R6.18). Where the order, the shop or
    the stop is gone, nothing is sent. Raises when a message is not accepted; alarms that were published before it are
    marked.
    """
    if request.mall_order_id is None:
        return _notify_of_stop(ports, request.shop)
    order, record = ports.ledger.load_with_shop(request.shop, request.mall_order_id)
    if order is None or record is None:
        return 0
    return notify_of_order(ports, record.settings, order)


def _notify_of_stop(ports: Ports, shop: str) -> int:
    """Sends one alarm per stop, and fewer for stops that repeat for the same reason (R6.19). Returns the number."""
    record = ports.shops.get(shop)
    if record is None or record.stop is None:
        return 0
    notices, since = ports.notices.get(shop), record.stop.since
    if notices.was_notified_of(record.stop):
        return 0
    after = replace(notices.after_notifying(record.stop), begun=f"stop {since.isoformat()}")
    settings = record.settings
    zone = ZoneInfo(settings.rules.shop_zone)
    mail = stop_mail(shop, record.stop, language_of(settings.language), zone, ports.console_url)
    _publish_and_note(ports, shop, mail, notices, after)
    return 1


def _publish_and_note(ports: Ports, shop: str, mail: Mail, before: ShopNotices, after: ShopNotices) -> None:
    """Publishes a mail about a whole shop and stores `after`, whose ``begun`` identifies the message.

    At least once, and at most twice. The first try stores that it began, then publishes, then stores `after`; where
    nothing can be stored, nothing is published. A second try may follow a message that was sent: it stores `after`
    first, and restores `before` if the message is not accepted. The message is lost only if two tries in a row die at
    the wrong moment. Raises when the message is not accepted.
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
    """The tick: requests the digest of every running shop, one message each. Returns how many.

    At least once: a day's second request finds the digest sent.
    """
    now = ports.clock.now()
    requests = [
        DigestRequest(
            shop=record.shop, day=now.astimezone(ZoneInfo(record.settings.rules.shop_zone)).date().isoformat()
        )
        for record in ports.shops.all()
        if record.runs
    ]
    if requests:
        ports.queues.request_alarms(requests)
    return len(requests)


def send_digest(ports: Ports, request: DigestRequest) -> bool:
    """Sends the shop's digest of `request.day` if it has an item that the last one lacked (R6.13). True if sent.

    Once a day: a further request for the same or an earlier day changes nothing. At least once, and at most twice (see
    ``_publish_and_note``). The items are stored even if nothing is sent, so an item that was settled and returns is new
    again. Raises when the message is not accepted.
    """
    record = ports.shops.get(request.shop)
    if record is None or not record.runs:
        return False
    notices = ports.notices.get(request.shop)
    if request.day <= notices.digest_day:
        return False
    found = _for_digest(ports.ledger, request.shop)
    digest = digest_of(found.orders, record.settings.rules, ports.clock.now())
    keys = tuple(item.key for item in digest.items[:MAX_REMEMBERED_ITEMS])
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
        ports.console_url,
    )
    after = replace(after, begun=f"digest {request.day}")
    _publish_and_note(ports, request.shop, mail, notices, after)
    return True


@dataclass(frozen=True, slots=True)
class _Found:
    """The orders of a digest, each once.

    `cut`: the lists that were longer than what was read. `unreadable`: number of orders that were left out because
    their records cannot be read.
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
    """The lists that are read, each with the reason that is shown when it is cut."""
    yield because(DigestReason.CUT_RETURNS, limit=MAX_PER_LIST), {"matter": "return"}
    yield because(DigestReason.CUT_ESCALATIONS, limit=MAX_PER_LIST), {"matter": "escalation"}
    yield because(DigestReason.CUT_HELD, limit=MAX_PER_LIST), {"hold": "any"}
    for status in MarketplaceStatus:
        if status not in FINAL:
            yield because(DigestReason.CUT_STATUS, limit=MAX_PER_LIST, status=status), {"status": status}


def _omissions(found: _Found) -> Iterator[Reason]:
    """What the digest leaves out."""
    yield from found.cut
    if found.unreadable:
        yield because(DigestReason.UNREADABLE, orders=found.unreadable)
