"""The daily digest: everything of a shop that waits for a person, and whether any of it is news."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from orderbridge.domain import operations_texts as texts
from orderbridge.domain.cases.deadlines import DeadlineKind, deadlines_of
from orderbridge.domain.cases.escalations import left_the_shop
from orderbridge.domain.cases.records import Cause, ReturnKind
from orderbridge.domain.corrections import came_to_hold
from orderbridge.domain.dates import for_people
from orderbridge.domain.holds import Actor, HoldCode
from orderbridge.domain.statuses import FINAL, MarketplaceStatus

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from orderbridge.domain.orders import OrderState
    from orderbridge.domain.rules import Rules

OLD_HOLD = timedelta(days=1)
"""A hold that is older than this is in the digest."""
NEAR = {
    DeadlineKind.CONFIRM: timedelta(days=1),
    DeadlineKind.DELIVERED: timedelta(days=1),
    DeadlineKind.CREDIT_NOTE: timedelta(days=3),
}
"""How long before its end a deadline is in the digest."""
LINES_PER_SECTION = 100
"""Lines of a section that a message shows; news comes first."""

_SECTIONS = {
    "escalations": "Escalations (ready texts: GET /escalations)",
    "deadlines": "Deadlines near or missed",
    "missing": "Gone from the shop's export, under way at MALL (look for them in the shop)",
    "forgotten": "In Shipping for long (hand the parcel over and settle the order, or cancel it)",
    "returns": "Parcels that come back (GET /returns)",
    "holds": "Held for more than a day (GET /orders?hold=any)",
}
_RETURNS = {
    ReturnKind.UNCLAIMED: "canceled in the shop, Shipped at MALL: the parcel is coming back",
    ReturnKind.OVERDUE: "Shipped long ago, no delivery date",
    ReturnKind.READY_TO_RETURN: "MALL Delivery has the parcel ready to be collected",
    ReturnKind.WITHDRAWAL: "canceled in the shop, Delivered at MALL: for information",
}
_ELSEWHERE = {
    HoldCode.REFUSED: (Cause.REFUSED,),
    HoldCode.STEP_BACK: (Cause.IMPOSSIBLE,),
    HoldCode.AFTER_DELIVERED: (Cause.WRONG_DELIVERED, Cause.WRONG_DELIVERY_DATE),
    HoldCode.MARKETPLACE_CLOSED: (Cause.WRONG_FINAL,),
    HoldCode.NOT_AT_MARKETPLACE: (Cause.NOT_AT_MARKETPLACE,),
    HoldCode.PARKED: (Cause.DEAD_LETTER,),
    HoldCode.REOPENED: (Cause.DRIFT,),
    HoldCode.NO_EFFECT: (Cause.NO_EFFECT,),
    HoldCode.CALLS_SPENT: (Cause.NO_REST,),
    HoldCode.IMPORT_REFUSED: (Cause.NOT_IMPORTED,),
}
"""The escalations that tell of the same matter as a hold."""
_RETURN_HOLDS = frozenset({HoldCode.CANCEL_TOO_LATE, HoldCode.AFTER_DELIVERED})
_ACTORS = {
    Actor.CLERK: "the clerk must act",
    Actor.INTEGRATOR: "the integrator must act",
    Actor.MARKETPLACE: "MALL must act",
}


@dataclass(frozen=True, slots=True)
class DigestItem:
    """One matter. `key` stays the same as long as there is nothing new about it; `text` names orders by number only.

    A key is 16 hexadecimal digits, so that thousands of them can be kept in one place.
    """

    key: str
    section: str
    text: str


@dataclass(frozen=True, slots=True)
class Digest:
    """All that waits for a person, by section and order number."""

    items: tuple[DigestItem, ...]


def digest_of(orders: Iterable[OrderState], rules: Rules, now: datetime) -> Digest:
    """The digest of a shop's `orders` at `now` (UTC). Depends on their order in nothing.

    What a hold and an escalation or a return both tell is told once, and what a person settled is not told again.
    """
    zone = ZoneInfo(rules.shop_zone)
    found: list[tuple[int, DigestItem]] = []
    for order in orders:
        items = (
            *_escalations(order, zone),
            *_deadlines(order, rules, now),
            *_missing(order, zone),
            *_returns(order, zone),
            *_holds(order, zone, now),
        )
        # Whatever else is told of an order tells why it is still in Shipping.
        items = items or tuple(_forgotten(order, rules, now))
        found.extend((order.mall_order_id, item) for item in items)
    sections = list(_SECTIONS)
    found.sort(key=lambda pair: (sections.index(pair[1].section), pair[0], pair[1].text))
    return Digest(tuple(item for _, item in found))


def has_new_items(digest: Digest, told: Collection[str]) -> bool:
    """Whether `digest` holds anything that `told` (keys of the last one) does not."""
    return not frozenset(told).issuperset(item.key for item in digest.items)


def digest_message(shop: str, digest: Digest, told: Collection[str]) -> tuple[str, str]:
    """Subject and plain text of `digest`. Lines that are not in `told` are marked and come first in their section."""
    told = frozenset(told)
    new = sum(item.key not in told for item in digest.items)
    subject = f"MALL orders of {shop}: {len(digest.items)} to look at, {new} new"
    lines = [f"Shop {shop}: what waits for a person. New since the last message: {new}."]
    for section, title in _SECTIONS.items():
        items = [item for item in digest.items if item.section == section]
        if not items:
            continue
        items.sort(key=lambda item: item.key in told)
        lines += ["", f"{title}: {len(items)}"]
        lines += [
            f"{'  ' if item.key in told else '* '}{item.text}{'' if item.key in told else ' (new)'}"
            for item in items[:LINES_PER_SECTION]
        ]
        if len(items) > LINES_PER_SECTION:
            lines.append(f"  and {len(items) - LINES_PER_SECTION} more")
    return subject, "\n".join(lines) + "\n"


def _escalations(order: OrderState, zone: ZoneInfo) -> Iterator[DigestItem]:
    for escalation in order.cases.escalations:
        if escalation.open:
            since = for_people(escalation.opened_at, zone)
            yield DigestItem(
                _key(order, "escalation", escalation.cause.value, escalation.opened_at.isoformat()),
                "escalations",
                f"order {order.mall_order_id}, since {since}: {texts.happened(order, escalation).en}",
            )


def _deadlines(order: OrderState, rules: Rules, now: datetime) -> Iterator[DigestItem]:
    for deadline in deadlines_of(order, rules, now):
        if deadline.missed or deadline.due_at <= now + NEAR[deadline.kind]:
            state = "missed" if deadline.missed else "near"
            yield DigestItem(
                _key(order, "deadline", deadline.kind.value, deadline.due_at.isoformat(), state),
                "deadlines",
                f"order {order.mall_order_id}: {deadline.text}",
            )


def _missing(order: OrderState, zone: ZoneInfo) -> Iterator[DigestItem]:
    """An order that the whole list of the shop no longer has, and that MALL counts on."""
    observed, since = order.marketplace.observed, order.shop_side.missing_since
    if observed is None or observed.status in FINAL or since is None:
        return
    yield DigestItem(
        _key(order, "missing", since.isoformat()),
        "missing",
        f"order {order.mall_order_id}, since {for_people(since, zone)}: MALL holds "
        f"{texts.status_name(observed.status)}",
    )


def _forgotten(order: OrderState, rules: Rules, now: datetime) -> Iterator[DigestItem]:
    """An order that has been in Shipping for longer than the shop allows."""
    shipping = came_to_hold(order)
    if shipping is None or shipping.status is not MarketplaceStatus.SHIPPING:
        return
    if now - shipping.at <= timedelta(days=rules.forgotten_days):
        return
    yield DigestItem(
        _key(order, "forgotten", shipping.at.isoformat()),
        "forgotten",
        f"order {order.mall_order_id}, since {for_people(shipping.at, ZoneInfo(rules.shop_zone))}",
    )


def _returns(order: OrderState, zone: ZoneInfo) -> Iterator[DigestItem]:
    flag = order.cases.return_flag
    if flag is not None and flag.open:
        yield DigestItem(
            _key(order, "return", flag.kind.value, flag.basis),
            "returns",
            f"order {order.mall_order_id}, since {for_people(flag.since, zone)}: {_RETURNS[flag.kind]}",
        )


def _holds(order: OrderState, zone: ZoneInfo, now: datetime) -> Iterator[DigestItem]:
    hold, since = order.work.hold, order.work.hold_since
    if hold is None or since is None or now - since <= OLD_HOLD or hold.actor is Actor.NOBODY:
        return
    if _covered_elsewhere(order, hold.code) or left_the_shop(order):
        return
    yield DigestItem(
        _key(order, "hold", hold.code.value, since.isoformat()),
        "holds",
        f"order {order.mall_order_id}, since {for_people(since, zone)}: {hold.code.value.replace('_', ' ')}, "
        f"{_ACTORS[hold.actor]}",
    )


def _key(order: OrderState, *facts: str) -> str:
    """Of an order and the facts that are new when somebody should hear of the matter again."""
    return hashlib.sha256(" ".join((str(order.mall_order_id), *facts)).encode()).hexdigest()[:16]


def _covered_elsewhere(order: OrderState, code: HoldCode) -> bool:
    """Whether a return or an escalation stands for the same matter, or a person settled that one."""
    if code in _RETURN_HOLDS and order.cases.return_flag is not None:
        return True
    same = _ELSEWHERE.get(code, ())
    return any(e.cause in same and (e.open or e.closed_by_person) for e in order.cases.escalations)
