"""What the shop's people and their tools see and do. Every answer is plain data, ready for JSON."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from orderbridge.domain.orders import Attempt, HoldCode, OrderHistory, OrderState, Step, StepState
from orderbridge.domain.statuses import MarketplaceStatus
from orderbridge.messages import CHANGE, Look, News

if TYPE_CHECKING:
    from collections.abc import Collection

    from orderbridge.ports import Clock, Ledger, Queues, ShopRecord, Shops

LARGEST_PAGE = 200
STALE_AFTER = timedelta(minutes=30)
"""A shop whose last good fetch is older than this is reported as not well."""

Json = dict[str, Any]


class BadRequestError(Exception):
    """The caller asked for something that makes no sense. One line: which parameter, and what is allowed."""


class NotFoundError(Exception):
    """What the caller asked for is not there, or not the caller's to see. One line."""


def pick_shop(asked: str | None, allowed: Collection[str], shops: Shops) -> ShopRecord:
    """The shop that a request is about: the one it names, or the only one that its token may see.

    `allowed` are the token's shops; ``*`` is every shop. A shop that the token may not see is answered like one
    that does not exist. Raises BadRequestError or NotFoundError.
    """
    if asked:
        record = shops.get(asked) if "*" in allowed or asked in allowed else None
        if record is None:
            msg = f"shop {asked[:40]!r} is not known to this token: name one of your shops in ?shop="
            raise NotFoundError(msg)
        return record
    visible = [record for record in shops.all() if "*" in allowed or record.shop in allowed]
    if len(visible) == 1:
        return visible[0]
    if not visible:
        msg = "no shop is registered: register one with python -m orderbridge.registry put"
        raise NotFoundError(msg)
    msg = "this token sees more than one shop: name one in ?shop="
    raise BadRequestError(msg)


def sync(record: ShopRecord, *, queues: Queues, clock: Clock) -> Json:
    """Asks for a fetch of the shop's export now. The answer does not wait for it; ``GET /health`` shows its end."""
    queues.request_fetch([record.shop])
    return {"shop": record.shop, "requested_at": _iso(clock.now()), "result": "a fetch was requested"}


def list_orders(
    record: ShopRecord,
    *,
    status: str | None,
    hold: str | None,
    limit: str | None,
    cursor: str | None,
    ledger: Ledger,
) -> Json:
    """One page of the shop's orders, newest change first. `hold` is a code, or ``any``."""
    statuses = [*(s.value for s in MarketplaceStatus), "unknown"]
    if status is not None and status not in statuses:
        msg = f"status {status[:40]!r} is not known: use one of {', '.join(statuses)}"
        raise BadRequestError(msg)
    codes = [*(code.value for code in HoldCode), "any"]
    if hold is not None and hold not in codes:
        msg = f"hold {hold[:40]!r} is not known: use one of {', '.join(codes)}"
        raise BadRequestError(msg)
    try:
        page = ledger.orders(record.shop, status=status, hold=hold, limit=_page_size(limit), cursor=cursor)
    except ValueError as problem:
        raise BadRequestError(str(problem)) from None
    zone = _zone(record)
    orders = [_summary(order, zone) for order in page.orders]
    return {"shop": record.shop, "orders": orders, "next_cursor": page.cursor}


def _page_size(limit: str | None) -> int:
    if limit is None:
        return 50
    if not limit.isascii() or not limit.isdigit() or not 1 <= int(limit[:9]) <= LARGEST_PAGE:
        msg = f"limit {limit[:20]!r} is not a number from 1 to {LARGEST_PAGE}"
        raise BadRequestError(msg)
    return int(limit)


def order_detail(record: ShopRecord, mall_order_id: str, *, ledger: Ledger) -> Json:
    """Everything about one order: both sides, every step with every attempt, and why nothing is being sent."""
    history = ledger.history(record.shop, _order_number(mall_order_id))
    if history is None:
        raise NotFoundError(_unknown_order(record.shop, mall_order_id))
    return _detail(history, _zone(record))


def retry_order(shop: str, mall_order_id: str, *, ledger: Ledger, queues: Queues, clock: Clock) -> Json:
    """A person asks to try again: MALL is read anew, refusals and parking are forgotten, parked news repeated."""
    number = _order_number(mall_order_id)
    history = ledger.history(shop, number)
    if history is None:
        raise NotFoundError(_unknown_order(shop, mall_order_id))
    news = [change for letter in history.dead_letters if isinstance(change := _news(letter.body), News)]
    if news:
        queues.send_news(news)
    now = clock.now()
    queues.ask_to_look(
        [Look(shop=shop, mall_order_id=number, asked_at=now, reason=f"asked:{now.isoformat()}", reread=True)]
    )
    return {
        "shop": shop,
        "mall_order_id": number,
        "requested_at": _iso(now),
        "result": "the order is looked at again",
    }


def _news(body: str) -> News | Look | None:
    try:
        return CHANGE.validate_json(body)
    except ValueError:
        return None


def health(allowed: Collection[str], *, shops: Shops, clock: Clock) -> Json:
    """How every shop that the token may see is doing, and what a person must do where it is not well."""
    now = clock.now()
    seen = [_shop_health(r, now) for r in shops.all() if "*" in allowed or r.shop in allowed]
    well = all(shop["ok"] for shop in seen)
    return {"status": "ok" if well else "attention", "checked_at": _iso(now), "shops": seen}


def _shop_health(record: ShopRecord, now: datetime) -> Json:
    problems = []
    if record.settings_problem:
        problems.append(record.settings_problem)
    if record.fetch_problem:
        problems.append(f"the export could not be used: {record.fetch_problem}")
    if record.fetch_notes:
        problems.append(
            f"orders of the export without a readable MALL number are not looked at: {record.fetch_notes}"
        )
    last = record.last_success_at or record.registered_at
    begin = max((at for at in (last, record.settings_at) if at is not None), default=None)
    if record.settings.enabled and last is not None and begin is not None and now - begin > STALE_AFTER:
        problems.append(
            f"no good fetch of the export since {_iso(last)}: check the export address and the schedule"
        )
    if record.stop is not None:
        problems.append(
            f"sending is stopped since {_iso(record.stop.since)}: {record.stop.reason}; renew the shop's key, "
            f"the next try is at {_iso(record.stop.probe_at)}"
        )
    paused = record.paused_until if record.paused_until and record.paused_until > now else None
    return {
        "shop": record.shop,
        "ok": not problems,
        "enabled": record.settings.enabled,
        "stopped": record.stop is not None,
        "paused_until": _iso(paused),
        "last_fetch_at": _iso(record.last_fetch_at),
        "last_success_at": _iso(record.last_success_at),
        "problems": problems,
    }


def _order_number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text[:20]) < 2**63:
        msg = f"{text[:30]!r} is not a MALL order number: use digits only"
        raise BadRequestError(msg)
    return int(text)


def _unknown_order(shop: str, mall_order_id: str) -> str:
    return f"order {mall_order_id[:20]} of shop {shop} is not known: it has not been in the shop's export yet"


def _zone(record: ShopRecord) -> ZoneInfo:
    return ZoneInfo(record.settings.rules.shop_zone)


def _summary(order: OrderState, zone: ZoneInfo) -> Json:
    desired, observed = order.desired, order.observed
    return {
        "mall_order_id": order.mall_order_id,
        "code": desired.code if desired else None,
        "shop_status": desired.status.value if desired and desired.status else None,
        "shop_status_name": desired.status_name if desired else None,
        "status": observed.status.value if observed else "unknown",
        "hold": _hold(order),
        "why": why(order, zone),
        "next_step": None if order.step is None else _next_step(order.step),
        "updated_at": _iso(order.updated_at),
    }


def why(order: OrderState, zone: ZoneInfo) -> str:
    """In one line: why nothing is being sent, or what is about to be sent and when (the shop's time)."""
    step = order.step
    if step is None:
        return order.explanation
    if step.state is StepState.SENDING:
        return f"{step.action.value} is being sent: {step.reason}"
    due = step.due_at()
    if step.attempts == 0 and step.not_before and order.look_at and order.look_at > step.not_before:
        return f"{step.action.value} will be sent when the shop has been looked at once more: {step.reason}"
    at = "as soon as it is its turn" if due is None else f"not before {_for_people(due, zone)}"
    tries = f" (try {step.attempts + 1}, {order.failures} failures in a row)" if order.failures else ""
    return f"{step.action.value} will be sent {at}{tries}: {step.reason}"


def _hold(order: OrderState) -> Json | None:
    hold = order.hold
    if hold is None:
        return None
    return {
        "code": hold.code.value,
        "text": hold.text,
        "who_must_act": hold.actor.value,
        "since": _iso(order.hold_since),
        "until": _iso(hold.until),
    }


def _next_step(step: Step) -> Json:
    return {
        "number": step.number,
        "action": step.action.value,
        "state": step.state.value,
        "due_at": _iso(step.due_at()),
    }


def _detail(history: OrderHistory, zone: ZoneInfo) -> Json:
    order = history.order
    desired, observed = order.desired, order.observed
    return {
        **_summary(order, zone),
        "shop": order.shop,
        "in_the_shop": None
        if desired is None
        else {
            "code": desired.code,
            "status": desired.status.value if desired.status else None,
            "status_name": desired.status_name,
            "delivery_date": str(desired.delivery) if desired.delivery else None,
            "tracking_number": desired.tracking_number or None,
            "carrier": desired.carrier or None,
            "problems": [
                *desired.problems,
                *([desired.delivery_problem] if desired.delivery_problem else []),
            ],
            "since": _iso(order.desired_since),
            "seen_at": _iso(order.seen_at),
        },
        "at_mall": None
        if observed is None
        else {
            "status": observed.status.value,
            "confirmed": observed.confirmed,
            "mall_delivery": observed.marketplace_delivery,
            "tracking_number": observed.tracking_number or None,
            "tracking_url": observed.tracking_url or None,
            "shipped_at": _iso(observed.shipped_at),
            "delivered_at": _iso(observed.delivered_at),
            "certain": order.observed_certain,
            "known_since": _iso(order.observed_at),
        },
        "steps": [_step(step, history.attempts) for step in history.steps],
        "dead_letters": [
            {"message_id": letter.message_id, "queue": letter.queue, "parked_at": _iso(letter.parked_at)}
            for letter in history.dead_letters
        ],
    }


def _step(step: Step, attempts: tuple[Attempt, ...]) -> Json:
    return {
        "number": step.number,
        "action": step.action.value,
        "state": step.state.value,
        "reason": step.reason,
        "result": step.result or None,
        "planned_at": _iso(step.planned_at),
        "not_before": _iso(step.not_before),
        "closed_at": _iso(step.closed_at),
        "attempts": [_attempt(attempt) for attempt in attempts if attempt.step == step.number],
    }


def _attempt(attempt: Attempt) -> Json:
    return {
        "number": attempt.number,
        "started_at": _iso(attempt.started_at),
        "sent": attempt.sent,
        "result": attempt.result.value,
        "came_back": attempt.came_back or None,
        "http_status": attempt.http_status,
        "message": attempt.message or None,
        "duration_ms": attempt.duration_ms,
    }


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="seconds")


def _for_people(moment: datetime, zone: ZoneInfo) -> str:
    local = moment.astimezone(zone)
    return f"{local.day}.{local.month}.{local.year} {local:%H:%M:%S}"
