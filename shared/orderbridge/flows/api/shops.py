"""What the HTTP API shows of the shops, and does for a whole shop."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from orderbridge.domain.codes.api import HealthReason, RequestedReason, RequestReason
from orderbridge.domain.export_content import DISTRUST_FOR, interval, unchanged_for
from orderbridge.domain.facts import Term
from orderbridge.domain.fetch_schedule import is_due, wait_after
from orderbridge.domain.reasons import because
from orderbridge.errors import BadRequestError
from orderbridge.flows.api.answers import explained_for
from orderbridge.flows.api.request import (
    ApiRequest,
    Json,
    shop_of,
)
from orderbridge.flows.api.request_slots import RECONCILIATIONS, SYNCS, slot_for, when_done
from orderbridge.flows.api.views import iso
from orderbridge.flows.common.call_budget import reserved_until
from orderbridge.messages import ListRequest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orderbridge.domain.checkpoints import FeedCheckpoint
    from orderbridge.domain.reasons import Reason
    from orderbridge.domain.shops import Budget, ShopRecord
    from orderbridge.ports import FeedCheckpoints, Ports

STALE_AFTER = timedelta(minutes=30)
"""A shop whose last good fetch is older than this is reported as not well."""


LISTS_STALE_AFTER = timedelta(hours=3)
"""The same for MALL's list of changes, which is to be read once an hour at least."""


MAX_LISTS = 20
"""For so many shops ``health`` also says when MALL's lists were read; each costs a read of the table."""


def sync(ports: Ports, request: ApiRequest) -> Json:
    """Asks for a fetch of the shop's export now, and for a reading of MALL's list of unconfirmed orders.

    The answer does not wait for them; ``GET /health`` shows their end. Requests that come too often are merged into
    one that is done a little later, and the answer says when.
    """
    record, now = shop_of(ports.shops, request), ports.clock.now()
    lists = record.settings.rules.import_mode != "off"
    with slot_for(ports, "sync", record.shop, SYNCS, now) as slot:
        if slot.new:
            ports.queues.request_fetch(
                [record.shop], requested_at=slot.at, by_person=True, delays={record.shop: slot.at - now}
            )
            if lists:
                list_request = ListRequest(shop=record.shop, what="unconfirmed", requested_at=slot.at)
                ports.queues.request_lists([list_request])
    what = because(RequestedReason.FETCH_AND_LIST if lists else RequestedReason.FETCH)
    return {"shop": record.shop, "requested_at": iso(now), **when_done(what, slot, now, request, record)}


def reconcile(ports: Ports, request: ApiRequest) -> Json:
    """Asks for a comparison of all orders under way at MALL with ours. Raises BadRequestError if import is off.

    Merged and spaced as ``sync`` is. One that is not done at once follows the first reading of MALL's list after that.
    """
    record, now = shop_of(ports.shops, request), ports.clock.now()
    if record.settings.rules.import_mode == "off":
        raise BadRequestError(because(RequestReason.IMPORT_IS_OFF, shop=Term(record.shop)))
    with slot_for(ports, "reconcile", record.shop, RECONCILIATIONS, now) as slot:
        if slot.new:
            ports.queues.request_lists(
                [ListRequest(shop=record.shop, what="reconcile", requested_at=slot.at)]
            )
    what = because(RequestedReason.RECONCILIATION)
    return {"shop": record.shop, "requested_at": iso(now), **when_done(what, slot, now, request, record)}


def health(ports: Ports, request: ApiRequest) -> Json:
    """How every shop that the token may see is doing, and what a person must do where it is not well.

    For not too many shops, also when MALL's lists were last read. ``mall_calls`` is what
    MALL last said of the calls that are left, while that window lasts; null if nothing is known.
    """
    now = ports.clock.now()
    records = [record for record in ports.shops.all() if "*" in request.shops or record.shop in request.shops]
    lists = ports.feed_checkpoints if len(records) <= MAX_LISTS else None
    health_of_shops = [_shop_health(lists, record, request, now) for record in records]
    well = all(shop["ok"] for shop in health_of_shops)
    return {"status": "ok" if well else "attention", "checked_at": iso(now), "shops": health_of_shops}


def _shop_health(
    feed_checkpoints: FeedCheckpoints | None, record: ShopRecord, request: ApiRequest, now: datetime
) -> Json:
    lists = _mall_lists(feed_checkpoints, record)
    calls = _calls(record, lists, now)
    problems = [
        *_record_problems(record, now),
        *_content_problems(record, now),
        *_marketplace_problems(record, lists, calls, now),
    ]
    paused = record.paused_until if record.paused_until and record.paused_until > now else None
    return {
        "shop": record.shop,
        "ok": not problems,
        "enabled": record.settings.enabled,
        "stopped": record.stop is not None,
        "paused_until": iso(paused),
        "mall_calls": None
        if calls is None
        else {"limit": calls.limit, "remaining": calls.remaining, "resets_at": iso(calls.resets_at)},
        "last_fetch_at": iso(record.last_fetch_at),
        "last_success_at": iso(record.last_success_at),
        "export": _export(record, now),
        "import": record.settings.rules.import_mode,
        "mall_lists": None
        if lists is None
        else {"read_at": iso(lists.read_at), "reconciled_at": iso(lists.reconciled_at)},
        "problems": [explained_for(problem, request, record) for problem in problems],
    }


def _record_problems(record: ShopRecord, now: datetime) -> Iterator[Reason]:
    """What keeps the shop's export from being read, or anything from being sent for the shop."""
    if record.settings_problem is not None:
        yield because(HealthReason.SETTINGS, problem=record.settings_problem)
    if record.fetch_problem is not None:
        yield _fetch_problem(record, record.fetch_problem, now)
    if record.fetch_notes:
        yield because(HealthReason.EXPORT_NOTES, notes=record.fetch_notes)
    last = record.last_success_at or record.registered_at
    begin = max((at for at in (last, record.settings_at) if at is not None), default=None)
    if record.settings.enabled and last is not None and begin is not None and now - begin > STALE_AFTER:
        yield because(HealthReason.NO_GOOD_FETCH, since=last)
    if record.stop is not None:
        stop = record.stop
        yield because(HealthReason.STOPPED, since=stop.since, why=stop.reason, probe_at=stop.probe_at)


def _fetch_problem(record: ShopRecord, problem: Reason, now: datetime) -> Reason:
    """Why the export was not read; with the moment when an export that hangs is asked for again."""
    begun_at, hung = record.fetch_begun_at, record.hung_fetches
    if begun_at is None or is_due(begun_at, hung, now):
        return because(HealthReason.EXPORT_NOT_USED, problem=problem)
    next_at = begun_at + wait_after(hung)
    return because(HealthReason.EXPORT_HANGS, problem=problem, fetches=hung, next_at=next_at)


def _marketplace_problems(
    record: ShopRecord, lists: FeedCheckpoint | None, calls: Budget | None, now: datetime
) -> Iterator[Reason]:
    """What is not known of MALL's side, and what keeps it from being asked."""
    unread = _unread_since(record, lists, now)
    if unread is not None:
        yield because(HealthReason.LIST_NOT_READ, since=unread)
    if calls is None or reserved_until(record, now) is None:
        return
    if calls.remaining:
        yield because(
            HealthReason.FEW_CALLS, remaining=calls.remaining, limit=calls.limit, resets_at=calls.resets_at
        )
    else:
        yield because(HealthReason.NO_CALLS, limit=calls.limit, resets_at=calls.resets_at)


def _content_problems(record: ShopRecord, now: datetime) -> Iterator[Reason]:
    """What is odd about the age or the size of the export's content."""
    content = record.content
    stuck = unchanged_for(content, now)
    if stuck is not None and record.settings.enabled:
        yield because(HealthReason.CONTENT_STUCK, hours=round(stuck / timedelta(hours=1)))
    if content.short_since is not None:
        yield because(HealthReason.CONTENT_SHORT, since=content.short_since, orders=content.orders)
    if content.distrusted_at is not None and now < content.distrusted_at + DISTRUST_FOR:
        yield because(HealthReason.NOT_MODIFIED_UNTRUE)


def _export(record: ShopRecord, now: datetime) -> Json:
    """How old the content of the export may be. ``told``: the document or the server says when it was made."""
    content, known = record.content, record.content.known_at
    return {
        "content_made_at": iso(known),
        "content_age_seconds": None if known is None else max(0, int((now - known).total_seconds())),
        "told": content.made_at is not None,
        "interval_seconds": int(interval(content, record.settings.export_interval).total_seconds()),
        "unchanged_since": iso(content.first_served_at),
        "orders": content.orders,
    }


def _calls(record: ShopRecord, lists: FeedCheckpoint | None, now: datetime) -> Budget | None:
    """What was last heard of the calls that are left: what is few is noted at once, the rest with MALL's lists."""
    budgets = (record.budget, None if lists is None else lists.budget)
    return next((budget for budget in budgets if budget is not None and now < budget.resets_at), None)


def _mall_lists(feed_checkpoints: FeedCheckpoints | None, record: ShopRecord) -> FeedCheckpoint | None:
    """How far MALL's lists are known for the shop; None where they are not read, or where it was not asked."""
    if feed_checkpoints is None or record.settings.rules.import_mode == "off" or not record.settings.enabled:
        return None
    return feed_checkpoints.get(record.shop)


def _unread_since(record: ShopRecord, lists: FeedCheckpoint | None, now: datetime) -> datetime | None:
    """Since when MALL's changes are not known, if that is for too long; a stopped shop has its own line."""
    if lists is None or record.stop is not None:
        return None
    known = [at for at in (lists.read_at, record.settings_at, record.registered_at) if at is not None]
    since = max(known, default=None)
    return since if since is not None and now - since > LISTS_STALE_AFTER else None
