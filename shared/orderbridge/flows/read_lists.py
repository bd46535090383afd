"""Reads MALL's lists and sends ``map_state`` what changed on MALL's side (R8)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

from orderbridge.domain.bounds import are_hint_reads_spent
from orderbridge.domain.codes.edges import StopReason
from orderbridge.domain.failure_policy import Call, CallResult, Reaction, is_outage, policy
from orderbridge.domain.holds import Hold
from orderbridge.domain.planning import plan
from orderbridge.domain.reasons import because
from orderbridge.domain.spacing import EARLIEST_START
from orderbridge.domain.statuses import FINAL, MarketplaceStatus
from orderbridge.domain.steps import PlannedStep
from orderbridge.errors import SecretsProblemError
from orderbridge.flows.common.call_budget import (
    closed_until,
    limit_wait,
    may_call,
    note_answer,
    note_budget,
    note_stop,
    reserved_until,
)
from orderbridge.flows.common.stored_orders import every_order
from orderbridge.flows.lists.compare import agrees, message, with_records
from orderbridge.flows.lists.reconcile import reconcile
from orderbridge.messages import ListingUpdate, ListRequest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from orderbridge.domain.answers import ListAnswer
    from orderbridge.domain.checkpoints import FeedCheckpoint
    from orderbridge.domain.orders import OrderState
    from orderbridge.domain.reasons import Reason
    from orderbridge.domain.rules import Rules
    from orderbridge.domain.shops import ShopRecord
    from orderbridge.ports import Ports

BETWEEN_HINTS = timedelta(seconds=20)
"""Minimum time between a reading and the next one that a webhook's hint causes (R8.11). MALL sends at most one hint a
minute."""
HINT_ECHO_PERIOD = timedelta(minutes=2)
"""How long after we read or wrote an order a hint about it counts as the echo of that."""
RECONCILE_AGAIN = timedelta(hours=1)
"""Minimum time until a reconciliation that failed or was postponed is tried again."""
UNKNOWN_NUMBERS_FOR = timedelta(hours=1)
"""How long a number without a record is remembered (R8.11). After that a hint with it causes a reading again. An order
that was blocked at the first hint may be open by then, so the time is not longer."""
NOT_FOUND_AGAIN = timedelta(hours=1)
"""Minimum time until an order is read again that a list contains and MALL did not find."""
OFF_THE_LIST_FOR = timedelta(hours=6)
"""How long an open order counts as unconfirmed although the list of unconfirmed orders lacks it (R8.10)."""
CONFIRMED_FOR = timedelta(minutes=10)
"""How long after a confirmation it is checked (R8.5). One check then serves several orders."""
HINTS_REST = timedelta(minutes=5)
"""How long hints cause no reading after one that failed (R8.11). Otherwise each hint would call MALL."""
RESERVE_LIST = timedelta(hours=1)
"""How often the unconfirmed list is read while few calls are left (R9.9): as often as MALL recommends. It has new
orders and cancellations, and those are urgent."""
MAX_WAIT = timedelta(minutes=1)
"""Maximum time that a request waits as a message. A reconciliation for a later time is stored in the checkpoint.
Another request for a later time is dropped: a tick reads the list by then."""
MAX_UNKNOWN_NUMBERS = 1_000
"""Maximum number of numbers without a record that are remembered, the latest first."""


class ListOutcome(StrEnum):
    """Result of one request to read a list."""

    READ = "read"
    ANSWERED = "answered"
    """A reading that began later than the request has answered it. Nothing was called."""
    NOT_OURS = "not_ours"
    """The hint has only numbers that are known to have no record. Nothing was called."""
    POSTPONED = "postponed"
    """Nothing was called. The shop is stopped or pauses, a list was read or failed a moment ago, or the few remaining
    calls are reserved."""
    OFF = "off"
    """The shop is not registered, does not run, or has ``import: off``. Nothing was called."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ListReport:
    """Result of a request: `calls` to MALL, `orders` on the list, `handed_over` of them to ``map_state``.

    `retry_in`: the request is to return after this time; None: it is done. `problem`: one line for the log, without
    words of MALL's: why the list was not read, or what is wrong with it.
    """

    shop: str
    what: str
    outcome: ListOutcome
    calls: int = 0
    orders: int = 0
    handed_over: int = 0
    retry_in: timedelta | None = None
    problem: str = ""


def request_lists(ports: Ports, what: Literal["unconfirmed", "reconcile"]) -> int:
    """The tick: one request per running shop whose lists of MALL are read. Returns how many.

    Shops that need a reconciliation get a request for it too, even if their lists are not read otherwise. At least
    once; a request too many is answered by the reading before it.
    """
    now = ports.clock.now()
    records = ports.shops.all()
    wanted = [(record.shop, what) for record in records if _takes_part(record, what, now)]
    if what != "reconcile":
        owed = (
            record
            for record in records
            if record.needs_full_list(now) and _takes_part(record, "reconcile", now)
        )
        wanted += [(record.shop, "reconcile") for record in owed]
    ports.queues.request_lists(
        [ListRequest(shop=name, what=which, requested_at=now) for name, which in wanted]
    )
    return len(wanted)


def read_list(ports: Ports, request: ListRequest) -> ListReport:
    """Reads one of MALL's lists and sends what changed to ``map_state``; merges requests that need no reading.

    At least once: the checkpoint is stored after the queue accepted the updates. If the process dies in between, they
    are sent again, and ``map_state`` finds nothing new in them. A list that fails changes nothing (R8.14); the next
    request reads it whole. The queue delivers the requests of one shop one after the other.

    A reconciliation that fails or is postponed is repeated after a later reading of the unconfirmed list, at most once
    an hour. While few calls are left, reconciliations and hints wait, and the unconfirmed list is read once an hour
    (R9.9).

    Known problems are reported, not raised.
    """
    report = _read_list(ports, request)
    now = ports.clock.now()
    owed = report.outcome in {ListOutcome.POSTPONED, ListOutcome.FAILED} and report.retry_in is None
    if request.what == "reconcile" and owed:
        checkpoint = ports.feed_checkpoints.get(request.shop)
        again_at = request.requested_at if request.requested_at > now else now + RECONCILE_AGAIN
        ports.feed_checkpoints.put(request.shop, replace(checkpoint, reconcile_again_at=again_at))
    elif request.hints is not None and report.outcome is ListOutcome.FAILED:
        checkpoint = ports.feed_checkpoints.get(request.shop)
        ports.feed_checkpoints.put(request.shop, replace(checkpoint, hint_failed_at=now))
    return report


def _read_list(ports: Ports, request: ListRequest) -> ListReport:
    record, now = ports.shops.get(request.shop), ports.clock.now()
    if record is None or not _takes_part(record, request.what, now):
        return _report(request, ListOutcome.OFF)
    if closed_until(record, now) is not None:
        return _report(request, ListOutcome.POSTPONED)
    checkpoint = ports.feed_checkpoints.get(request.shop)
    early = _without_reading(request, checkpoint, now) or _reserved(request, record, checkpoint, now)
    if early is not None:
        return early
    record = replace(record, outage=ports.shops.outage(record.marketplace))
    if not may_call(ports, record, now):
        return _report(request, ListOutcome.POSTPONED)
    try:
        secrets = ports.secrets.of(request.shop, record.secrets_at)
        marketplace = ports.marketplaces.of(record.settings, secrets)
    except SecretsProblemError as problem:
        note_stop(ports, request.shop, problem.reason, now)
        return replace(_report(request, ListOutcome.FAILED), problem=problem.log_line)
    test = record.settings.rules.test_orders
    reconciling = request.what == "reconcile"
    found = marketplace.under_way(test=test) if reconciling else marketplace.unconfirmed(test=test)
    answered = not is_outage(Call.READ, found.answer.call_result)
    note_answer(ports, record, request.shop, ports.clock.now(), answered=answered)
    note_budget(ports, record, found.answer.budget, ports.clock.now())
    failed = _failed(ports, request, record, found)
    if failed is not None:
        return failed
    wanted = replace(found, orders=tuple(one for one in found.orders if test or not one.test))
    left = 0
    if reconciling:
        first = checkpoint.first_reconciled_at or now
        checkpoint = replace(checkpoint, first_reconciled_at=first)
        handed_over, left = reconcile(ports, record, wanted, checkpoint, now)
        checkpoint = replace(checkpoint, reconciled_at=now, reconcile_again_at=None)
        if found.answer.reason is None:  # the list is complete, as far as is known
            ports.shops.note_reconciled(request.shop, now)
    else:
        handed_over, checkpoint = _take_changes(
            ports, request, record.settings.rules, wanted, checkpoint, now
        )
        checkpoint = _with_due_reconciliation(ports, request.shop, checkpoint, now)
    ports.feed_checkpoints.put(request.shop, replace(checkpoint, budget=found.answer.budget))
    report = _report(request, ListOutcome.READ)
    return replace(
        report,
        calls=found.calls,
        orders=len(found.orders),
        handed_over=handed_over,
        problem=_not_taken_in(found.answer.reason, left),
    )


def _not_taken_in(reason: Reason | None, left: int) -> str:
    """For the log: what the list lacks, and what is left for the next time. Empty if nothing is."""
    cut = f"{left} more orders that MALL's list lacks are read the next time" if left else ""
    return "; ".join(filter(None, ("" if reason is None else reason.log_line, cut)))


def _with_due_reconciliation(
    ports: Ports, shop: str, checkpoint: FeedCheckpoint, now: datetime
) -> FeedCheckpoint:
    """Requests a due reconciliation, and returns `checkpoint` with the time of the next one.

    This follows a reading, so MALL has just answered.
    """
    if checkpoint.reconcile_again_at is None or now < checkpoint.reconcile_again_at:
        return checkpoint
    ports.queues.request_lists([ListRequest(shop=shop, what="reconcile", requested_at=now)])
    return replace(checkpoint, reconcile_again_at=now + RECONCILE_AGAIN)


def _takes_part(record: ShopRecord, what: str, now: datetime) -> bool:
    for_first_looks = what == "reconcile" and record.needs_full_list(now)
    return record.runs and (record.settings.rules.import_mode != "off" or for_first_looks)


def _report(request: ListRequest, outcome: ListOutcome) -> ListReport:
    return ListReport(request.shop, request.what, outcome)


def _without_reading(request: ListRequest, checkpoint: FeedCheckpoint, now: datetime) -> ListReport | None:
    """The report on a request that needs no reading, or none now."""
    last = checkpoint.reconciled_at if request.what == "reconcile" else checkpoint.read_at
    if last is not None and request.requested_at <= last:
        return _report(request, ListOutcome.ANSWERED)
    wait = request.requested_at - now
    if wait > EARLIEST_START:
        # A message that waits delays the shop's other messages in the queue, so it may wait only for a short time.
        soon = wait <= MAX_WAIT
        return replace(_report(request, ListOutcome.POSTPONED), retry_in=wait if soon else None)
    if request.hints is None:
        return None
    if not _unknown_hints(request.hints, checkpoint, now):
        return _report(request, ListOutcome.NOT_OURS)
    if checkpoint.hint_failed_at is not None and now < checkpoint.hint_failed_at + HINTS_REST:
        return _report(request, ListOutcome.POSTPONED)
    if last is not None and now < last + BETWEEN_HINTS:
        return replace(_report(request, ListOutcome.POSTPONED), retry_in=last + BETWEEN_HINTS - now)
    return None


def _reserved(
    request: ListRequest, record: ShopRecord, checkpoint: FeedCheckpoint, now: datetime
) -> ListReport | None:
    """The report on a request that waits because few calls are left (R9.9)."""
    last = checkpoint.read_at
    due = request.what == "unconfirmed" and (last is None or now >= last + RESERVE_LIST)
    return None if due or reserved_until(record, now) is None else _report(request, ListOutcome.POSTPONED)


def _unknown_hints(hints: Sequence[int], checkpoint: FeedCheckpoint, now: datetime) -> list[int]:
    """The hinted numbers, without those that are known to have no record."""
    return [
        number
        for number in dict.fromkeys(hints)
        if number not in checkpoint.unknown_numbers
        or checkpoint.unknown_numbers[number] + UNKNOWN_NUMBERS_FOR <= now
    ]


def _failed(ports: Ports, request: ListRequest, record: ShopRecord, found: ListAnswer) -> ListReport | None:
    """The report on a list that was not read, by the failure policy of a read (R9.1). None: it was read."""
    answer = found.answer
    rule = policy(Call.READ, answer.call_result)
    if rule.reaction is Reaction.ACCEPT:
        if record.stop is not None:
            ports.shops.end_stop(request.shop)
        return None
    now = ports.clock.now()
    # None of MALL's words: this goes into the log, and a person's name among them could not be recognised (G7).
    problem = f"MALL's list did not come: {answer.call_result.value}, HTTP {answer.http_status}"
    # A 403 for a list does not mean that the key is refused: it may still work for single orders (R9.7).
    if rule.reaction is Reaction.STOP_SHOP and answer.call_result is CallResult.UNAUTHORIZED:
        refused = because(StopReason.KEY_REFUSED, http_status=answer.http_status or 0)
        note_stop(ports, request.shop, refused, now)
    if rule.reaction is Reaction.WAIT:
        ports.shops.note_limit(request.shop, now + limit_wait(answer.retry_after))
    return replace(_report(request, ListOutcome.FAILED), calls=found.calls, problem=problem)


def _take_changes(
    ports: Ports,
    request: ListRequest,
    rules: Rules,
    found: ListAnswer,
    checkpoint: FeedCheckpoint,
    now: datetime,
) -> tuple[int, FeedCheckpoint]:
    """Sends what the unconfirmed list or a hint says and our records do not. Returns the number of updates.

    Also returns the new checkpoint. Costs one read of the table per order on the list, and none of MALL. An update that
    was not stored is sent again with the next reading. An open order that the list no longer has is read after a while
    (R8.10).
    """
    updates = []
    listed = {one.mall_order_id: one for one in found.orders}
    for number, order in with_records(ports.ledger, request.shop, listed):
        if (
            order is None
            or not agrees(order, listed[number], now)
            or _decision_is_outdated(order, rules, now)
        ):
            updates.append(message(request.shop, listed[number], now))
    still_open = tuple(every_order(ports.ledger, request.shop, status=MarketplaceStatus.OPEN.value))
    if found.answer.reason is None:
        updates += _off_the_list(still_open, listed, rules, now)
    if _confirmation_to_check(still_open, checkpoint, now):
        checkpoint = replace(checkpoint, reconcile_again_at=now)
    unknown_numbers = {
        number: at
        for number, at in checkpoint.unknown_numbers.items()
        if at + UNKNOWN_NUMBERS_FOR > now and number not in listed
    }
    hinted = [one for one in _unknown_hints(request.hints or (), checkpoint, now) if one not in listed]
    for number, order in with_records(ports.ledger, request.shop, hinted):
        if order is None:
            unknown_numbers[number] = now
        elif _may_have_changed(order, request.requested_at) and not are_hint_reads_spent(order, now):
            updates.append(ListingUpdate(shop=request.shop, mall_order_id=number, seen_at=now))
    ports.queues.send_listing_updates(updates)
    newest = sorted(unknown_numbers.items(), key=lambda one: one[1])[-MAX_UNKNOWN_NUMBERS:]
    first = checkpoint.first_read_at or now
    return len(updates), replace(checkpoint, read_at=now, first_read_at=first, unknown_numbers=dict(newest))


def _off_the_list(
    orders: Iterable[OrderState], listed: Collection[int], rules: Rules, now: datetime
) -> list[ListingUpdate]:
    """Those of our open `orders` that the list lacks, to be read: somebody else must have confirmed them (R8.10).

    Not at once: most of them are packed, which is an update too, and a list that changes while it is read may lack an
    order. Test orders are missing from the list where the setting leaves them out.
    """
    return [
        ListingUpdate(shop=order.shop, mall_order_id=order.mall_order_id, seen_at=now)
        for order in orders
        if order.marketplace.observed is not None
        and not (order.marketplace.observed.confirmed or order.mall_order_id in listed)
        and (rules.test_orders or not order.marketplace.test)
        and order.marketplace.observed_at is not None
        and order.marketplace.observed_at + OFF_THE_LIST_FOR <= now
    ]


def _confirmation_to_check(orders: Iterable[OrderState], checkpoint: FeedCheckpoint, now: datetime) -> bool:
    """Whether a reconciliation must check what MALL held when it accepted a confirmation of one of `orders` (R8.5).

    An order that the customer cancels just before that is no longer on the unconfirmed list. One reconciliation checks
    all orders that were confirmed within the hour.
    """
    last = checkpoint.reconciled_at
    if last is not None and now < last + RECONCILE_AGAIN:
        return False
    return any(
        order.marketplace.confirmed_at is not None
        and order.marketplace.confirmed_at + CONFIRMED_FOR <= now
        and (last is None or last < order.marketplace.confirmed_at)
        for order in orders
    )


def _decision_is_outdated(order: OrderState, rules: Rules, now: datetime) -> bool:
    """Whether the plan differs from the stored decision and no recheck is planned.

    The shop's settings changed since the decision, or MALL lists an order that it did not find before.
    """
    if order.work.step is not None or order.work.recheck_at is not None:
        return False
    if any(refusal.not_found for refusal in order.work.refusals):
        return order.updated_at is None or now - order.updated_at >= NOT_FOUND_AGAIN
    decision = plan(order, rules, now)
    held = order.work.hold.code if order.work.hold is not None else None
    return isinstance(decision, PlannedStep) or held != (
        decision.code if isinstance(decision, Hold) else None
    )


def _may_have_changed(order: OrderState, requested_at: datetime) -> bool:
    """Whether a hint about an order that is not on the unconfirmed list is worth a read of the order."""
    observed = order.marketplace.observed
    if observed is None or observed.status in FINAL or order.shop_side.desired is None:
        return False
    return (
        order.marketplace.observed_at is None
        or order.marketplace.observed_at < requested_at - HINT_ECHO_PERIOD
    )
