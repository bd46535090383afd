"""Read MALL's lists and hand over what changed on MALL's side. A part of ``import_orders``."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

from orderbridge.domain.failure_policy import Call, CameBack, Then, policy
from orderbridge.domain.orders import PlannedStep
from orderbridge.domain.planning import plan
from orderbridge.domain.statuses import FINAL, MarketplaceStatus
from orderbridge.flows.sending import closed_until, limit_wait, note_stop
from orderbridge.messages import Listed, ListRequest
from orderbridge.ports import ListPosition, SecretsProblemError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from orderbridge.domain.orders import ListedOrder, OrderState
    from orderbridge.domain.rules import Rules
    from orderbridge.ports import Clock, Ledger, ListAnswer, Ports, Queues, ShopRecord, Shops

BETWEEN_HINTS = timedelta(seconds=20)
"""How soon after a reading a webhook's hint may cause the next one: MALL itself sends at most one a minute."""
JUST_LEARNED = timedelta(minutes=2)
"""A hint about an order that we read or wrote so shortly before is taken for the echo of that."""
BARE_NUMBERS_AGREE_FOR = timedelta(hours=6)
"""How often an order is read that a list of bare numbers keeps naming."""
RECONCILE_AGAIN = timedelta(hours=1)
"""How soon a reconciliation that did not come about is tried again, at the earliest."""
STRANGERS_FOR = timedelta(days=1)
"""How long a number that is not ours is remembered; after that a hint with it costs a reading again."""
MOST_STRANGERS = 1_000
MOST_READS = 200
"""So many of our orders that MALL's list lacks are read one by one after a reconciliation; the others the next day."""
MISSING_AFTER = timedelta(days=1)
"""How long an order at MALL may be missing from the shop before a reconciliation calls it drift."""
UNDER_WAY = (MarketplaceStatus.OPEN, MarketplaceStatus.SHIPPING, MarketplaceStatus.SHIPPED)
PAGE = 200


class ListOutcome(StrEnum):
    """What became of one request to read a list."""

    READ = "read"
    ANSWERED = "answered"
    """A reading that began later than the request has answered it; nothing was called."""
    NOT_OURS = "not_ours"
    """The hint named only numbers that are known not to be ours; nothing was called."""
    POSTPONED = "postponed"
    """The shop is stopped or pauses, or was read a moment ago; nothing was called."""
    OFF = "off"
    """The shop is not registered, is switched off, or has ``import: off``; nothing was called."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ListReport:
    """`calls` to MALL, `orders` on the list, `handed_over` of them to ``map_state``.

    `retry_in`: the request should come back after so long; None: it is done with. `problem` is one line of our own
    words: why a list did not come, or what is odd about one that did.
    """

    shop: str
    what: str
    outcome: ListOutcome
    calls: int = 0
    orders: int = 0
    handed_over: int = 0
    retry_in: timedelta | None = None
    problem: str = ""


def request_lists(
    what: Literal["unconfirmed", "reconcile"], *, shops: Shops, queues: Queues, clock: Clock
) -> int:
    """The tick: one request per shop that is switched on and takes MALL's side in; returns how many."""
    now = clock.now()
    names = [record.shop for record in shops.all() if _takes_part(record)]
    queues.request_lists([ListRequest(shop=name, what=what, asked_at=now) for name in names])
    return len(names)


def read_list(request: ListRequest, ports: Ports) -> ListReport:
    """Reads one list of MALL's and hands over what changed; also merges what needs no reading.

    At least once: the position is stored after the queue took the changes, so whatever dies in between, they are
    handed over again, and ``map_state`` finds nothing new in them. A list that fails changes nothing; the next request
    reads it whole. Requests for one shop come one after the other (their queue sees to that). Known problems are
    reported, not raised. A reconciliation that fails, or that the shop's stop or pause prevents, is owed: it is asked
    for again behind a later reading of the unconfirmed list, at most once an hour.
    """
    report = _read_list(request, ports)
    if request.what == "reconcile" and report.outcome in {ListOutcome.POSTPONED, ListOutcome.FAILED}:
        again_at = ports.clock.now() + RECONCILE_AGAIN
        position = ports.list_positions.get(request.shop)
        ports.list_positions.put(request.shop, replace(position, reconcile_again_at=again_at))
    return report


def _read_list(request: ListRequest, ports: Ports) -> ListReport:
    record = ports.shops.get(request.shop)
    if record is None or not _takes_part(record):
        return _report(request, ListOutcome.OFF)
    now = ports.clock.now()
    if closed_until(record, now) is not None:
        return _report(request, ListOutcome.POSTPONED)
    position = ports.list_positions.get(request.shop)
    early = _answered(request, position, now)
    if early is not None:
        return early
    try:
        marketplace = ports.marketplaces.of(record.settings, ports.secrets.of(request.shop))
    except SecretsProblemError as problem:
        note_stop(request.shop, str(problem), now, ports)
        return replace(_report(request, ListOutcome.FAILED), problem=str(problem))
    test = record.settings.rules.test_orders
    reconciling = request.what == "reconcile"
    found = marketplace.under_way(test=test) if reconciling else marketplace.unconfirmed(test=test)
    failed = _failed(request, record, found, ports)
    if failed is not None:
        return failed
    wanted = replace(found, orders=tuple(one for one in found.orders if test or not one.test))
    if reconciling:
        handed_over = _reconcile(record, wanted, now, ports)
        position = replace(position, reconciled_at=now, reconcile_again_at=None)
    else:
        handed_over, position = _take_changes(request, record.settings.rules, wanted, position, now, ports)
        position = _with_owed(request.shop, position, now, ports)
    ports.list_positions.put(request.shop, position)
    report = _report(request, ListOutcome.READ)
    return replace(
        report,
        calls=found.calls,
        orders=len(found.orders),
        handed_over=handed_over,
        problem=found.answer.message,
    )


def _with_owed(shop: str, position: ListPosition, now: datetime, ports: Ports) -> ListPosition:
    """`position` after an owed reconciliation, if its time has come, was asked for: MALL has just answered."""
    if position.reconcile_again_at is None or now < position.reconcile_again_at:
        return position
    ports.queues.request_lists([ListRequest(shop=shop, what="reconcile", asked_at=now)])
    return replace(position, reconcile_again_at=now + RECONCILE_AGAIN)


def _takes_part(record: ShopRecord) -> bool:
    usable = record.settings.enabled and not record.settings_problem
    return usable and record.settings.rules.import_mode != "off"


def _report(request: ListRequest, outcome: ListOutcome) -> ListReport:
    return ListReport(request.shop, request.what, outcome)


def _answered(request: ListRequest, position: ListPosition, now: datetime) -> ListReport | None:
    """The report on a request that needs no reading (now)."""
    last = position.reconciled_at if request.what == "reconcile" else position.read_at
    if last is not None and request.asked_at <= last:
        return _report(request, ListOutcome.ANSWERED)
    if request.hints is None:
        return None
    if not _unknown_hints(request.hints, position, now):
        return _report(request, ListOutcome.NOT_OURS)
    if last is not None and now < last + BETWEEN_HINTS:
        return replace(_report(request, ListOutcome.POSTPONED), retry_in=last + BETWEEN_HINTS - now)
    return None


def _unknown_hints(hints: Sequence[int], position: ListPosition, now: datetime) -> list[int]:
    """The hinted numbers that are not known to be strangers."""
    return [
        number
        for number in dict.fromkeys(hints)
        if number not in position.strangers or position.strangers[number] + STRANGERS_FOR <= now
    ]


def _failed(request: ListRequest, record: ShopRecord, found: ListAnswer, ports: Ports) -> ListReport | None:
    """The report on a list that did not come, by the policy of a read; None if it came."""
    answer = found.answer
    rule = policy(Call.READ, answer.came_back)
    if rule.then is Then.ACCEPT:
        if record.stop is not None:
            ports.shops.resume(request.shop)
        return None
    now = ports.clock.now()
    # Not MALL's own words: this goes into the log, and a name in them could not be told from other words.
    said = f"MALL's list did not come ({answer.came_back.value}, HTTP {answer.http_status}): {rule.why}"
    # Forbidden lists alone say nothing about the key: single orders may well be read and written with it.
    if rule.then is Then.STOP_SHOP and answer.came_back is CameBack.UNAUTHORIZED:
        note_stop(request.shop, f"MALL answered {answer.http_status}: {rule.why}", now, ports)
    if rule.then is Then.WAIT:
        ports.shops.pause(request.shop, now + limit_wait(answer.retry_after))
    return replace(_report(request, ListOutcome.FAILED), calls=found.calls, problem=said)


def _take_changes(
    request: ListRequest, rules: Rules, found: ListAnswer, position: ListPosition, now: datetime, ports: Ports
) -> tuple[int, ListPosition]:
    """Hands over what our records do not know of the unconfirmed list yet, and what a hint named beside it.

    One read of the table per order on the list, none of MALL: what was not taken in for any reason is handed over again
    with the next reading.
    """
    news = []
    for one in found.orders:
        order = ports.ledger.load(request.shop, one.mall_order_id)
        if order is None or not _agree(order, one, now) or _is_asleep(order, rules, now):
            news.append(_listed(request.shop, one, now))
    listed = {one.mall_order_id for one in found.orders}
    strangers = {
        number: at
        for number, at in position.strangers.items()
        if at + STRANGERS_FOR > now and number not in listed
    }
    for number in _unknown_hints(request.hints or (), position, now):
        if number in listed:
            continue
        order = ports.ledger.load(request.shop, number)
        if order is None:
            strangers[number] = now
        elif _may_have_changed(order, request.asked_at):
            news.append(Listed(shop=request.shop, mall_order_id=number, seen_at=now))
    ports.queues.send_listed(news)
    newest = sorted(strangers.items(), key=lambda one: one[1])[-MOST_STRANGERS:]
    return len(news), replace(position, read_at=now, strangers=dict(newest))


def _is_asleep(order: OrderState, rules: Rules, now: datetime) -> bool:
    """Whether there is something to do that nothing wakes: the shop's settings were changed since the last decision."""
    waiting = order.step is None and order.look_at is None
    return waiting and isinstance(plan(order, rules, now), PlannedStep)


def _may_have_changed(order: OrderState, asked_at: datetime) -> bool:
    """Whether a hint about an order that is not on the unconfirmed list is worth a read of the order."""
    observed = order.observed
    if observed is None or observed.status in FINAL or order.desired is None:
        return False
    return order.observed_at is None or order.observed_at < asked_at - JUST_LEARNED


def _reconcile(record: ShopRecord, found: ListAnswer, now: datetime, ports: Ports) -> int:
    """Compares MALL's list of orders under way with ours, and hands over every difference.

    Taking over what MALL holds heals what is safe to heal: what lies ahead of our knowledge is taken over, what lies
    behind it or is missing is read. What the shop does not show after a day is handed over as drift.
    """
    shop = record.shop
    ours = {order.mall_order_id: order for order in _under_way(shop, ports.ledger)}
    news: list[Listed] = []
    listed = set()
    for one in found.orders:
        listed.add(one.mall_order_id)
        order = ours.get(one.mall_order_id) or ports.ledger.load(shop, one.mall_order_id)
        drift = _drift(record, order, one, now)
        if order is None or order.drift != drift or not _agree(order, one, None):
            news.append(_listed(shop, one, now, drift))
    missing = [
        number
        for number, order in ours.items()
        if number not in listed and not order.test and (order.observed_at is None or order.observed_at < now)
    ]
    news += [Listed(shop=shop, mall_order_id=number, seen_at=now) for number in sorted(missing)[:MOST_READS]]
    ports.queues.send_listed(news)
    return len(news)


def _under_way(shop: str, ledger: Ledger) -> Iterator[OrderState]:
    """Our orders under way, as far as we know; those with test orders' and unread lists' too."""
    for status in UNDER_WAY:
        cursor: str | None = None
        while True:
            page = ledger.orders(shop, status=status.value, limit=PAGE, cursor=cursor)
            yield from page.orders
            cursor = page.cursor
            if cursor is None:
                break


def _agree(order: OrderState, one: ListedOrder, unconfirmed_at: datetime | None) -> bool:
    """Whether our records already say what the list says (None: the list of orders under way).

    A bare number says no more than that the order is on the list: one of the unconfirmed list is read now and then.
    """
    observed, view = order.observed, one.view
    if observed is None:
        return False
    if view is None and unconfirmed_at is not None:
        read_at = order.observed_at
        return (
            not observed.confirmed
            and read_at is not None
            and unconfirmed_at - read_at < BARE_NUMBERS_AGREE_FOR
        )
    if view is None:
        return observed.status in UNDER_WAY
    known = (observed.status, observed.confirmed, observed.marketplace_delivery)
    return known == (view.status, view.confirmed, view.marketplace_delivery)


def _listed(shop: str, one: ListedOrder, now: datetime, drift: str | None = None) -> Listed:
    """The message about an entry."""
    return Listed(
        shop=shop, mall_order_id=one.mall_order_id, seen_at=now, view=one.view, test=one.test, drift=drift
    )


def _drift(record: ShopRecord, order: OrderState | None, one: ListedOrder, now: datetime) -> str:
    """What is wrong with an order that MALL has under way and the shop does not show; empty if nothing is.

    An order from before the shop was connected is none of our business, nor one that is on its way into the shop.
    """
    view = one.view
    if view is None or (order is not None and order.desired is not None):
        return ""
    opened = view.opened_at
    first_day = record.settings.ignore_created_before
    if opened is None or now - opened < MISSING_AFTER:
        return ""
    if record.registered_at is not None and opened < record.registered_at:
        return ""
    if first_day is not None and opened.date() < first_day:
        return ""
    creating = record.settings.rules.import_mode == "create"
    if creating and view.status is MarketplaceStatus.OPEN and not view.confirmed:
        return ""
    return f"MALL holds {view.status.value}, the shop's export has never shown the order"
