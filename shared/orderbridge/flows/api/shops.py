"""Shops in the HTTP API: their health, and the requests for a whole shop."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from orderbridge.domain.codes.api import HealthReason, RequestedReason, RequestReason, ShopStateReason
from orderbridge.domain.codes.persons import PersonReason
from orderbridge.domain.export_content import DISTRUST_FOR, interval, unchanged_for
from orderbridge.domain.facts import ShopText, Term
from orderbridge.domain.fetch_schedule import is_due, wait_after
from orderbridge.domain.persons import may_see
from orderbridge.domain.reasons import because
from orderbridge.errors import BadRequestError, ConflictError
from orderbridge.flows.api.actions import record_action, why_of
from orderbridge.flows.api.answers import explained_for
from orderbridge.flows.api.request import ApiRequest, Json, shop_of
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
"""Age of the last good fetch from which a shop is reported as not well."""
LISTS_STALE_AFTER = timedelta(hours=3)
"""Age of the last reading of MALL's list of changes from which a shop is reported as not well. It is read at least once
an hour."""
MAX_LISTS = 20
"""Maximum number of shops for which ``health`` shows when MALL's lists were read. Each costs one read of the table."""


def sync(ports: Ports, request: ApiRequest) -> Json:
    """Requests a fetch of the shop's export and, unless import is off, a reading of MALL's list of unconfirmed orders.

    The answer does not wait for them; ``GET /health`` shows their end. Requests that come too often are merged into a
    later one, and the answer says when that runs (R9.16). If a message is not sent, the error is raised and the slot is
    released. Raises BadRequestError for a wrong body, BadRequestError or NotFoundError for the shop.
    """
    record, now = shop_of(ports.shops, request), ports.clock.now()
    lists = record.settings.rules.import_mode != "off"
    record_action(ports, request, record.shop, because(PersonReason.SYNC), why=why_of(request))
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
    """Requests a comparison of all orders under way at MALL with ours (R8.9).

    Merged and spaced as ``sync`` is (R9.16). A delayed one follows the first reading of MALL's list after its time.
    Raises BadRequestError if import is off or for a wrong body, BadRequestError or NotFoundError for the shop.
    """
    record, now = shop_of(ports.shops, request), ports.clock.now()
    if record.settings.rules.import_mode == "off":
        raise BadRequestError(because(RequestReason.IMPORT_IS_OFF, shop=Term(record.shop)))
    record_action(ports, request, record.shop, because(PersonReason.RECONCILE), why=why_of(request))
    with slot_for(ports, "reconcile", record.shop, RECONCILIATIONS, now) as slot:
        if slot.new:
            ports.queues.request_lists(
                [ListRequest(shop=record.shop, what="reconcile", requested_at=slot.at)]
            )
    what = because(RequestedReason.RECONCILIATION)
    return {"shop": record.shop, "requested_at": iso(now), **when_done(what, slot, now, request, record)}


def health(ports: Ports, request: ApiRequest) -> Json:
    """The health of every shop that the token may see, and what a person must do where it is not well.

    Up to ``MAX_LISTS`` shops also show when MALL's lists were read. ``mall_calls`` is what MALL last stated about the
    remaining calls, until that window ends; null if nothing is known.
    """
    now = ports.clock.now()
    records = [record for record in ports.shops.all() if may_see(request.shops, record.shop)]
    lists = ports.feed_checkpoints if len(records) <= MAX_LISTS else None
    health_of_shops = [_shop_health(lists, record, request, now) for record in records]
    well = all(shop["ok"] for shop in health_of_shops)
    return {"status": "ok" if well else "attention", "checked_at": iso(now), "shops": health_of_shops}


def health_of_shop(ports: Ports, request: ApiRequest) -> Json:
    """The health of the one shop that the request is about, as an entry of ``health``. Two reads of the table.

    Raises BadRequestError or NotFoundError for the shop.
    """
    record = shop_of(ports.shops, request)
    return _shop_health(ports.feed_checkpoints, record, request, ports.clock.now())


def _shop_health(
    feed_checkpoints: FeedCheckpoints | None, record: ShopRecord, request: ApiRequest, now: datetime
) -> Json:
    lists = _mall_lists(feed_checkpoints, record)
    calls = _calls(record, lists, now)
    problems = _problems(record, lists, calls, now)
    limited = record.limited_until if record.limited_until and record.limited_until > now else None
    return {
        "shop": record.shop,
        "ok": not problems,
        **sending_of(record, request, now),
        "stopped": record.stop is not None,
        "limited_until": iso(limited),
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


def sending_of(record: ShopRecord, request: ApiRequest, now: datetime) -> Json:
    """Whether the shop runs or is paused at `now`, who did that, and how far its first difference went out."""
    return {
        "state": explained_for(_state(record, now), request, record),
        "paused": None
        if record.pause is None
        else {"since": iso(record.pause.since), "by": record.pause.by or None},
        "resumed": None
        if record.resumed is None
        else {"at": iso(record.resumed.at), "by": record.resumed.by or None},
        "switch_on": _switch_on(record, now),
    }


def show_settings(ports: Ports, request: ApiRequest) -> Json:
    """The shop's settings, all of them, also those that nobody chose; no secret is among them.

    ``profile`` is null for a shop with a profile of its own, whose text is left out. Raises ConflictError where the
    stored settings cannot be used, BadRequestError or NotFoundError for the shop.
    """
    record = shop_of(ports.shops, request)
    if record.settings_problem is not None:
        raise ConflictError(because(HealthReason.SETTINGS, problem=record.settings_problem))
    return {"shop": record.shop, "settings": settings_view(record)}


def settings_view(record: ShopRecord) -> Json:
    """The settings of `record` as people may see them, see ``show_settings``."""
    settings: Json = record.settings.model_dump(mode="json")
    if settings.pop("profile_text"):
        settings["profile"] = None
    return settings


def _state(record: ShopRecord, now: datetime) -> Reason:
    """Whether the shop runs, and whether its first difference is still going out."""
    pause, switch_on = record.pause, record.switch_on
    if pause is not None:
        if record.never_ran:
            return because(ShopStateReason.NOT_SWITCHED_ON, since=pause.since)
        if not pause.by:
            return because(ShopStateReason.PAUSED_BY_NOBODY, since=pause.since)
        return because(ShopStateReason.PAUSED, since=pause.since, by=ShopText(pause.by))
    if record.settings_problem is not None:
        return because(ShopStateReason.SETTINGS)
    if switch_on is None or switch_on.is_over(now):
        return because(ShopStateReason.RUNS)
    left = switch_on.total - switch_on.released(now)
    if switch_on.caught_up_at is None:
        return because(ShopStateReason.SWITCHED_ON, per_hour=switch_on.per_hour)
    if not left:
        return because(ShopStateReason.RUNS)
    return because(
        ShopStateReason.SWITCHING_ON, left=left, per_hour=switch_on.per_hour, ends_at=switch_on.ends_at
    )


def _switch_on(record: ShopRecord, now: datetime) -> Json | None:
    """How far the first difference went out (R14); None: none is going out. A pause stops the count."""
    switch_on, pause = record.switch_on, record.pause
    if switch_on is None or switch_on.is_over(now):
        return None
    released = switch_on.released(now if pause is None else min(now, pause.since))
    return {
        "begun_at": iso(switch_on.begun_at),
        "per_hour": switch_on.per_hour,
        "released": released,
        "left": switch_on.total - released,
        "ends_at": iso(switch_on.ends_at) if pause is None else None,
        "paused": pause is not None,
    }


def shop_problems(feed_checkpoints: FeedCheckpoints, record: ShopRecord, now: datetime) -> list[Reason]:
    """What is not well with the shop at `now`, as ``health`` says it. At most one read of the table."""
    lists = _mall_lists(feed_checkpoints, record)
    return _problems(record, lists, _calls(record, lists, now), now)


def _problems(
    record: ShopRecord, lists: FeedCheckpoint | None, calls: Budget | None, now: datetime
) -> list[Reason]:
    return [
        *_record_problems(record, now),
        *_content_problems(record, now),
        *_marketplace_problems(record, lists, calls, now),
    ]


def _record_problems(record: ShopRecord, now: datetime) -> Iterator[Reason]:
    """Problems that keep the export from being read, or anything from being sent for the shop."""
    if record.settings_problem is not None:
        yield because(HealthReason.SETTINGS, problem=record.settings_problem)
    if record.fetch_problem is not None:
        yield _fetch_problem(record, record.fetch_problem, now)
    if record.fetch_notes:
        yield because(HealthReason.EXPORT_NOTES, notes=record.fetch_notes)
    last = record.last_success_at or record.registered_at
    begin = max((at for at in (last, record.set_up_at) if at is not None), default=None)
    if record.pause is None and last is not None and begin is not None and now - begin > STALE_AFTER:
        yield because(HealthReason.NO_GOOD_FETCH, since=last)
    if record.stop is not None:
        stop = record.stop
        yield because(HealthReason.STOPPED, since=stop.since, why=stop.reason, probe_at=stop.probe_at)


def _fetch_problem(record: ShopRecord, problem: Reason, now: datetime) -> Reason:
    """Why the export was not read. For an export that hangs, also when the next fetch is due (R10.14)."""
    begun_at, hung = record.fetch_begun_at, record.hung_fetches
    if begun_at is None or is_due(begun_at, hung, now):
        return because(HealthReason.EXPORT_NOT_USED, problem=problem)
    next_at = begun_at + wait_after(hung)
    return because(HealthReason.EXPORT_HANGS, problem=problem, fetches=hung, next_at=next_at)


def _marketplace_problems(
    record: ShopRecord, lists: FeedCheckpoint | None, calls: Budget | None, now: datetime
) -> Iterator[Reason]:
    """Lists of MALL that were not read for too long, and calls that are nearly or quite used up (R9.9)."""
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
    """Problems with the age or the size of the export's content (R10.7, R10.9, R10.10)."""
    content = record.content
    stuck = unchanged_for(content, now)
    if stuck is not None and record.runs:
        yield because(HealthReason.CONTENT_STUCK, hours=round(stuck / timedelta(hours=1)))
    if content.short_since is not None:
        yield because(HealthReason.CONTENT_SHORT, since=content.short_since, orders=content.orders)
    if content.distrusted_at is not None and now < content.distrusted_at + DISTRUST_FOR:
        yield because(HealthReason.NOT_MODIFIED_UNTRUE)


def _export(record: ShopRecord, now: datetime) -> Json:
    """Age of the export's content. ``told``: the document or the server states when the content was made (R10.5)."""
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
    """MALL's last statement about the remaining calls.

    The shop's record holds low numbers, the feed's checkpoint all others.
    """
    budgets = (record.budget, None if lists is None else lists.budget)
    return next((budget for budget in budgets if budget is not None and now < budget.resets_at), None)


def _mall_lists(feed_checkpoints: FeedCheckpoints | None, record: ShopRecord) -> FeedCheckpoint | None:
    """When MALL's lists were read for the shop. None: they are not read for it, or the checkpoint was not loaded."""
    if feed_checkpoints is None or record.settings.rules.import_mode == "off" or not record.runs:
        return None
    return feed_checkpoints.get(record.shop)


def _unread_since(record: ShopRecord, lists: FeedCheckpoint | None, now: datetime) -> datetime | None:
    """Since when MALL's changes are not read, if that is too long. None for a stopped shop: it has its own problem."""
    if lists is None or record.stop is not None:
        return None
    known = [at for at in (lists.read_at, record.set_up_at) if at is not None]
    since = max(known, default=None)
    return since if since is not None and now - since > LISTS_STALE_AFTER else None
