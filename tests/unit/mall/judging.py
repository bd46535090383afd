"""HTTP answers as they come in, and what the adapter makes of them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from orderbridge.adapters.mall.answers import CallContext, from_received
from orderbridge.adapters.mall.transport import (
    Received,
)
from orderbridge.domain.cases.records import Item
from orderbridge.domain.failure_policy import Call
from orderbridge.domain.statuses import MarketplaceStatus
from orderbridge.domain.views import MarketplaceView
from orderbridge.redaction import redact_line

if TYPE_CHECKING:
    from orderbridge.domain.answers import MarketplaceAnswer

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
ORDER = 9_007_199_254_740_993
KEY = "k3y-9f8e7d6c5b4a"
OK = {"code": 200, "status": "OK"}


def received(
    body: object = b"", status: int = 200, cut: str = "", headers: dict[str, str] | None = None
) -> Received:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Received(status, headers or {}, raw, cut)


def asked(
    call: Call = Call.READ, zone: str = "Europe/Prague", order: int | None = ORDER, duration_ms: int = 0
) -> CallContext:
    clean = partial(redact_line, secrets=[KEY], keep=[str(order)])
    return CallContext(call, order, ZoneInfo(zone), NOW, clean, duration_ms)


def judged(
    answer: Received, call: Call = Call.READ, zone: str = "Europe/Prague", order: int = ORDER
) -> MarketplaceAnswer:
    return from_received(answer, asked(call, zone, order))


def read(data: object, zone: str = "Europe/Prague") -> MarketplaceAnswer:
    return judged(received({"result": OK, "data": data}), zone=zone)


def error(code: object, status: object = "ERROR", message: str = "", **more: object) -> dict[str, object]:
    return {"result": {"code": code, "status": status, "message": message}, **more}


DETAIL: dict[str, Any] = {
    "id": ORDER,
    "status": "delivered",
    "confirmed": True,
    "mdp": False,
    "tracking_number": "DR123",
    "tracking_url": "https://t.example/DR123",
    "open": "2026-11-20 08:00:00",
    "shipping": "2026-11-20 09:00:00",
    "shipped": "2026-11-20 10:00:00",
    "delivered": "2026-11-21 11:00:01",
    "delivered_at": "2026-11-21 11:00:00",
    "address": {"name": "Jan Novák", "email": "jan@example.cz", "phone": 777123456},
    "items": [{"id": "A1", "quantity": 2, "price": 10.5}],
}
VIEW = MarketplaceView(
    status=MarketplaceStatus.DELIVERED,
    confirmed=True,
    marketplace_delivery=False,
    tracking_number="DR123",
    tracking_url="https://t.example/DR123",
    opened_at=datetime(2026, 11, 20, 7, 0, tzinfo=UTC),
    shipped_at=datetime(2026, 11, 20, 9, 0, tzinfo=UTC),
    delivered_at=datetime(2026, 11, 21, 10, 0, tzinfo=UTC),
    items=(Item("A1", "2"),),
)
NONSENSE: tuple[object, ...] = (None, "", [], {}, [[]], {"a": {"b": []}}, "\ud800", True)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None), max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
known_keys = st.sampled_from(
    [
        *DETAIL,
        *("mdp_classic", "ready_to_return", "branch_id", "branches", "cod", "vat"),
        *("ulozenka_status_history", "consignment_status_history"),
    ]
)
