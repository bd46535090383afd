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
from tests.orders import DELIVERIES, NOW, an_order, changed, marketplace_view, shop_view
from tests.reasons import ANY, PARKED
from tests.unit.domain.strategies import recheck

if TYPE_CHECKING:
    from orderbridge.domain.cases.records import Escalation
    from orderbridge.domain.orders import OrderState

C, M, S = Cause, MarketplaceStatus, ShopStatus
RULES = Rules()
CREATING = Rules(import_mode="create")
HOUR = timedelta(hours=1)


def refused(status: ShopStatus = S.HANDLED) -> OrderState:
    """MALL refused the next step, and reading did not explain it."""
    state = recheck(an_order(status, M.OPEN), RULES, NOW)
    assert state.work.step is not None
    refusal = Refusal(state.work.step.action, state.work.step.payload, ANY)
    return changed(state, step=None, refusals=(refusal,))


def unknown_at_mall() -> OrderState:
    refusal = Refusal(Action.READ, ReadPayload(ReadCause.FIRST), ANY, not_found=True)
    state = an_order(S.HANDLED)
    return changed(state, refusals=(refusal,))


def only_at_mall(rules: Rules = CREATING, *, test: bool = False) -> OrderState:
    """Open at MALL, not in the shop, as the feed has shown it."""
    state = an_order(S.SETTLED, replace(marketplace_view(M.OPEN, confirmed=False), opened_at=NOW))
    state = changed(state, desired=None, desired_since=None, seen_at=None, listed_at=NOW, test=test)
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
    "back to pending after shipped": (an_order(S.PENDING, M.SHIPPED), C.IMPOSSIBLE),
    "handled after shipped": (an_order(S.HANDLED, M.SHIPPED), C.IMPOSSIBLE),
    "set back after delivered": (an_order(S.HANDLED, M.DELIVERED), C.WRONG_DELIVERED),
    "pending after MALL Delivery delivered": (
        an_order(S.PENDING, M.DELIVERED, marketplace_delivery=True),
        None,
    ),
    "date taken away after delivered": (
        an_order(S.SETTLED, M.DELIVERED, sent_delivery_date=DELIVERIES["past day"]),
        C.WRONG_DELIVERED,
    ),
    "date changed after delivered": (
        an_order(S.SETTLED, M.DELIVERED, delivery="today", sent_delivery_date=DELIVERIES["past day"]),
        C.WRONG_DELIVERY_DATE,
    ),
    "canceled after delivered": (
        an_order(S.CANCELED, M.DELIVERED, sent_delivery_date=DELIVERIES["past day"]),
        None,
    ),
    "delivered as it was sent": (
        an_order(S.SETTLED, M.DELIVERED, delivery="past day", sent_delivery_date=DELIVERIES["past day"]),
        None,
    ),
    "shipped, but cancelled at MALL": (an_order(S.SETTLED, M.CANCELLED), C.WRONG_FINAL),
    "delivered, but returned at MALL": (an_order(S.SETTLED, M.RETURNED, delivery="past day"), C.WRONG_FINAL),
    "unclaimed and returned": (an_order(S.SETTLED, M.RETURNED), None),
    "lost": (an_order(S.SETTLED, M.LOST), None),
    "handled, cancelled at MALL": (an_order(S.HANDLED, M.CANCELLED), None),
    "reopened": (
        changed(
            an_order(S.SETTLED, M.SHIPPED), status_changes=(StatusChange(M.DELIVERED, NOW, by_us=False),)
        ),
        C.DRIFT,
    ),
    "drift": (changed(an_order(S.HANDLED, M.SHIPPING), drift=ANY), C.DRIFT),
    "not at MALL": (unknown_at_mall(), C.NOT_AT_MARKETPLACE),
    "parked": (parked(an_order(S.HANDLED, M.SHIPPING), PARKED, NOW).order, C.DEAD_LETTER),
    "missing tracking": (an_order(S.SETTLED, M.OPEN, tracking="none"), None),
    "cancel too late": (an_order(S.CANCELED, M.SHIPPED), None),
    "partially settled": (an_order(S.PARTIALLY_SETTLED, M.OPEN), None),
    "unknown state": (an_order(shop_view(None), M.OPEN), None),
    "blocked": (an_order(S.HANDLED, M.BLOCKED), None),
}

ESCALATED = {name: (state, cause) for name, (state, cause) in CASES.items() if cause is not None}
"""Those of them that are escalated."""


def written(order: OrderState, escalation: Escalation, language: str = "en") -> str:
    """The ready text of `escalation`, for a shop that has set nothing."""
    text = ready_text(order, escalation, RULES)
    return render_ready_text(text, Language(language), ZoneInfo(RULES.shop_zone))
