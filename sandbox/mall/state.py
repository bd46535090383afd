"""The state of MALL's side: orders, keys, every call, and the switches of its behaviour."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any, get_args

from sandbox.faults import FaultBook
from sandbox.http import FIRST_ERROR, ControlError, Json, checked
from sandbox.mall.behaviour import Behaviour
from sandbox.mall.faults import ADDITIVE, Call, MallFault
from sandbox.mall.limits import Limits
from sandbox.mall.orders import MallOrder, OrderFields, change_order, new_order
from sandbox.mall.webhook import Webhook

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.times import Clock

FIRST_ID = 10_085_339_001
"""Ids that are not chosen have 11 digits, as recorded ones have 8 to 12; one that is chosen may have 64 bits."""


@dataclass(slots=True)
class CallRecord:
    """One call to the API. `http_status` is None while it is under way, and if the answer was withheld."""

    at: str
    call: Call
    method: str
    path: str
    body: Any
    status_before: str | None
    status_after: str | None
    http_status: int | None = None
    lost: bool = False

    def describe(self) -> Json:
        """As `GET …/control/orders/{id}/calls` shows it; never with the query, which holds the key."""
        return {
            "at": self.at,
            "method": self.method,
            "path": self.path,
            "body": self.body,
            "http_status": self.http_status,
            "status_before": self.status_before,
            "status_after": self.status_after,
        }


@dataclass
class MallState:
    """The state of MALL's side. Callers hold `lock`; `clock` gives aware times."""

    clock: Clock
    first_client_id: str
    lock: threading.RLock = field(default_factory=threading.RLock)
    orders: dict[int, MallOrder] = field(default_factory=dict)
    client_ids: list[str] = field(default_factory=list)
    behaviour: Behaviour = field(default_factory=Behaviour)
    limits: Limits = field(default_factory=Limits)
    faults: FaultBook[MallFault] = field(default_factory=lambda: FaultBook(MallFault, ADDITIVE))
    calls: list[CallRecord] = field(default_factory=list)
    calls_of: dict[int, list[CallRecord]] = field(default_factory=dict)
    webhook: Webhook = field(init=False)
    _numbers: Iterator[int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.webhook = Webhook(self.clock, lambda: self.behaviour.webhook_retry == "next")
        self.reset()

    def reset(self) -> None:
        """Forgets everything but the first key."""
        self.orders.clear()
        self._numbers = count(FIRST_ID)
        self.client_ids = [self.first_client_id]
        self.behaviour = Behaviour()
        self.limits = Limits()
        self.faults.clear()
        self.calls.clear()
        self.calls_of.clear()
        self.webhook.reset()

    def create(self, data: Json) -> MallOrder:
        """A new order; ControlError 400 for a wrong field, 409 for an id that exists."""
        given = checked(OrderFields, data, "order")
        order_id = given.id or next(number for number in self._numbers if number not in self.orders)
        if order_id in self.orders:
            raise ControlError(f"order: {order_id} exists; PATCH it or choose another id", 409)
        owner = given.client_id or self.first_client_id
        order = new_order(order_id, owner, given, self.clock(), self.behaviour.tzinfo)
        self.orders[order_id] = order
        if order.status == "open":
            self.webhook.changed(order_id)
        return order

    def change(self, order_id: int, data: Json) -> MallOrder:
        """What MALL or the customer does to an order.

        Any such change makes the order unconfirmed (R8.6), unless `confirmed` is
        given.
        """
        order = self.order(order_id)
        given = checked(OrderFields, data, "order")
        if given.id not in (None, order_id) or given.client_id not in (None, order.client_id):
            raise ControlError("order: id and client_id stay as they are; leave them out")
        change_order(order, given, self.behaviour.tzinfo)
        if given.status is not None and given.status != order.status:
            before = order.stamps.get(given.status)
            order.move(given.status, self.clock())
            if getattr(given, given.status) is not None and before is not None:
                order.stamps[given.status] = before
            if given.status == "delivered" and order.delivered_at is None:
                order.delivered_at = order.stamps["delivered"]
        if "confirmed" not in given.model_fields_set:
            order.confirmed = False
        self.webhook.changed(order_id)
        return order

    def order(self, order_id: int) -> MallOrder:
        """The order for a control address; ControlError 404 if there is none."""
        if order_id not in self.orders:
            raise ControlError(f"order: {order_id} does not exist; POST it first", 404)
        return self.orders[order_id]

    def record(self, record: CallRecord, order_id: int | None) -> None:
        """Keeps a call, also under its order, whether or not that order exists."""
        self.calls.append(record)
        if order_id is not None:
            self.calls_of.setdefault(order_id, []).append(record)

    def count_calls(self) -> Json:
        """`{total, <kind>: n, …, refused: {total, <kind>: n, …}, lost: n, by_http_status: {"200": n, …}}`."""
        kinds: tuple[str, ...] = get_args(Call)
        every = Counter(record.call for record in self.calls)
        refused = Counter(record.call for record in self.calls if (record.http_status or 0) >= FIRST_ERROR)
        answers = Counter(str(record.http_status) for record in self.calls if record.http_status is not None)
        return {
            "total": len(self.calls),
            **{kind: every[kind] for kind in kinds},  # type: ignore[index]
            "refused": {"total": refused.total(), **{kind: refused[kind] for kind in kinds}},  # type: ignore[index]
            "lost": sum(record.lost for record in self.calls),
            "by_http_status": dict(sorted(answers.items())),
        }
