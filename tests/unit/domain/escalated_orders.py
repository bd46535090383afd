"""Orders that are escalated, one for each cause and more."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from orderbridge.domain.actions import Action
from orderbridge.domain.advance import parked
from orderbridge.domain.cases.ready_texts import ready_text
from orderbridge.domain.cases.records import Cause, Item, ReturnDocument, StatusChange
from orderbridge.domain.payloads import ReadCause, ReadPayload
from orderbridge.domain.rules import Rules
from orderbridge.domain.statuses import MarketplaceStatus, ShopStatus
from orderbridge.domain.steps import Refusal
from orderbridge.texts import Language
from orderbridge.texts.ready_texts import render_ready_text
from tests.orders import changed
from tests.reasons import ANY, PARKED
from tests.unit.domain.strategies import DELIVERIES, NOW, marketplace_view, order, recheck, shop_view

if TYPE_CHECKING:
    from orderbridge.domain.cases.records import Escalation
    from orderbridge.domain.dates import ShopDate
    from orderbridge.domain.orders import OrderState

C, M, S = Cause, MarketplaceStatus, ShopStatus
RULES = Rules()
CREATING = Rules(import_mode="create")
HOUR = timedelta(hours=1)
ITEMS = (Item("Konvice  nerez", "2"), Item("Hrnek", "1"))


def both(
    status: ShopStatus,
    held: MarketplaceStatus,
    *,
    delivery: str = "none",
    sent: ShopDate | None = None,
    mdp: bool = False,
) -> OrderState:
    """An order that the shop and MALL have held so for an hour; `sent` is the date of a Delivered that we sent."""
    view = replace(marketplace_view(held, marketplace_delivery=mdp), items=ITEMS)
    state = order(shop_view(status, delivery), view)
    return replace(state, marketplace=replace(state.marketplace, sent_delivery_date=sent))


def refused(status: ShopStatus = S.HANDLED) -> OrderState:
    """MALL refused the next step, and reading did not explain it."""
    state = recheck(both(status, M.OPEN), RULES, NOW)
    assert state.work.step is not None
    refusal = Refusal(state.work.step.action, state.work.step.payload, ANY)
    return replace(state, work=replace(state.work, step=None, refusals=(refusal,)))


def unknown_at_mall() -> OrderState:
    refusal = Refusal(Action.READ, ReadPayload(ReadCause.FIRST), ANY, not_found=True)
    state = order(shop_view(S.HANDLED), None)
    return replace(state, work=replace(state.work, refusals=(refusal,)))


def only_at_mall(rules: Rules = CREATING, *, test: bool = False) -> OrderState:
    """Open at MALL, not in the shop, as the feed has shown it."""
    state = order(shop_view(), replace(marketplace_view(M.OPEN, confirmed=False), opened_at=NOW))
    state = replace(
        state,
        shop_side=replace(state.shop_side, desired=None, desired_since=None, seen_at=None),
        marketplace=replace(state.marketplace, listed_at=NOW, test=test),
    )
    return recheck(state, rules, NOW)


def escalation(state: OrderState, cause: Cause) -> Escalation:
    return next(e for e in state.cases.escalations if e.cause is cause)


def open_causes(state: OrderState) -> set[Cause]:
    return {e.cause for e in state.cases.escalations if e.open}


def events(state: OrderState, cause: Cause) -> list[str]:
    return [event.what.value for event in escalation(state, cause).history]


def document(number: str = "4712345678", *, hours: int = 0, items: tuple[Item, ...] = ()) -> ReturnDocument:
    return ReturnDocument(number, NOW + hours * HOUR, "clerk", items)


CASES = {
    "refused": (refused(), C.REFUSED),
    "back to pending after shipped": (both(S.PENDING, M.SHIPPED), C.IMPOSSIBLE),
    "handled after shipped": (both(S.HANDLED, M.SHIPPED), C.IMPOSSIBLE),
    "set back after delivered": (both(S.HANDLED, M.DELIVERED), C.WRONG_DELIVERED),
    "pending after MALL Delivery delivered": (both(S.PENDING, M.DELIVERED, mdp=True), None),
    "date taken away after delivered": (
        both(S.SETTLED, M.DELIVERED, sent=DELIVERIES["past day"]),
        C.WRONG_DELIVERED,
    ),
    "date changed after delivered": (
        both(S.SETTLED, M.DELIVERED, delivery="today", sent=DELIVERIES["past day"]),
        C.WRONG_DELIVERY_DATE,
    ),
    "canceled after delivered": (both(S.CANCELED, M.DELIVERED, sent=DELIVERIES["past day"]), None),
    "delivered as it was sent": (
        both(S.SETTLED, M.DELIVERED, delivery="past day", sent=DELIVERIES["past day"]),
        None,
    ),
    "shipped, but cancelled at MALL": (both(S.SETTLED, M.CANCELLED), C.WRONG_FINAL),
    "delivered, but returned at MALL": (both(S.SETTLED, M.RETURNED, delivery="past day"), C.WRONG_FINAL),
    "unclaimed and returned": (both(S.SETTLED, M.RETURNED), None),
    "lost": (both(S.SETTLED, M.LOST), None),
    "handled, cancelled at MALL": (both(S.HANDLED, M.CANCELLED), None),
    "reopened": (
        changed(both(S.SETTLED, M.SHIPPED), status_changes=(StatusChange(M.DELIVERED, NOW, by_us=False),)),
        C.DRIFT,
    ),
    "drift": (changed(both(S.HANDLED, M.SHIPPING), drift=ANY), C.DRIFT),
    "not at MALL": (unknown_at_mall(), C.NOT_AT_MARKETPLACE),
    "parked": (parked(both(S.HANDLED, M.SHIPPING), PARKED, NOW).order, C.DEAD_LETTER),
    "missing tracking": (order(shop_view(tracking="none"), marketplace_view(M.OPEN)), None),
    "cancel too late": (both(S.CANCELED, M.SHIPPED), None),
    "partially settled": (both(S.PARTIALLY_SETTLED, M.OPEN), None),
    "unknown state": (order(shop_view(None), marketplace_view(M.OPEN)), None),
    "blocked": (both(S.HANDLED, M.BLOCKED), None),
}

ESCALATED = {name: (state, cause) for name, (state, cause) in CASES.items() if cause is not None}
"""Those of them that are escalated."""


def written(order: OrderState, escalation: Escalation, language: str = "en") -> str:
    """The ready text of `escalation`, for a shop that has set nothing."""
    text = ready_text(order, escalation, RULES)
    return render_ready_text(text, Language(language), ZoneInfo(RULES.shop_zone))
