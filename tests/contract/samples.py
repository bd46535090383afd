"""One order with what belongs to it, for the suites."""

from __future__ import annotations

from orderbridge.domain.actions import Action
from orderbridge.domain.orders import DeadLetter
from orderbridge.domain.statuses import MarketplaceStatus, ShopStatus
from orderbridge.domain.steps import Attempt, Step
from orderbridge.domain.views import MarketplaceView, ShopView
from tests.fakes import NOON
from tests.orders import an_order
from tests.reasons import ANY, they_said

ORDER = an_order(
    ShopView("20260001", ShopStatus.HANDLED, "vyřizuje se", problems=(ANY, they_said())),
    MarketplaceView(MarketplaceStatus.OPEN, confirmed=False, opened_at=NOON),
    mall_order_id=9_000_000_000_000_000_001,
    created_at=NOON,
    updated_at=NOON,
)
STEP = Step(1, Action.SHIPPING, None, ANY, NOON)
ATTEMPT = Attempt(1, 1, Action.SHIPPING, NOON, {"status": "shipping", "confirmed": True})
LETTER = DeadLetter("demo", ORDER.mall_order_id, "message-1", "steps", "{}", NOON, receives=5)
