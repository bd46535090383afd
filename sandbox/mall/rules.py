"""What MALL lets a partner write: the confirmed rule, the transition table, and what goes with which status.

| from | to |
|---|---|
| open | shipping, shipped, cancelled |
| shipping | shipped, cancelled |
| shipped | delivered, returned |

Nothing else; delivered, returned, cancelled and lost are final, blocked and lost are MALL's alone. On an
order of MALL Delivery, shipping may not be skipped, shipped (where the partner may set it) needs a label that was
asked for, delivered and returned are refused, and tracking is not asked of the partner.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from sandbox.mall.orders import STATUSES, MallOrder, Status
from sandbox.times import read_wire_time

if TYPE_CHECKING:
    from datetime import datetime

    from sandbox.http import Json
    from sandbox.mall.behaviour import Behaviour

MOVES: dict[Status, frozenset[Status]] = {
    "blocked": frozenset(),
    "open": frozenset({"shipping", "shipped", "cancelled"}),
    "shipping": frozenset({"shipped", "cancelled"}),
    "shipped": frozenset({"delivered", "returned"}),
    "delivered": frozenset(),
    "returned": frozenset(),
    "cancelled": frozenset(),
    "lost": frozenset(),
}
FINAL: frozenset[Status] = frozenset({"delivered", "returned", "cancelled", "lost"})

_TRACKING_NUMBER = re.compile(r"[0-9A-Za-z_-]+")
_WRITABLE = (
    "confirmed",
    "status",
    "tracking_number",
    "tracking_url",
    "delivered_at",
    "first_delivery_attempt",
)


class Refusal(Exception):  # noqa: N818 - an answer, not a defect
    """A PUT that is refused whole: nothing of it takes effect."""

    def __init__(self, code: str, message: str, http_status: int = 400, attribute: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.http_status = http_status
        self.attribute = attribute


@dataclass(frozen=True, slots=True)
class Change:
    """An accepted PUT: what is to be set; None leaves a value as it is."""

    confirm: bool = False
    status: Status | None = None
    tracking_number: str | None = None
    tracking_url: str | None = None
    delivered_at: datetime | None = None
    first_delivery_attempt: datetime | None = None

    def apply(self, order: MallOrder, now: datetime) -> None:
        """Carries the change out at this moment."""
        order.confirmed = order.confirmed or self.confirm
        for key in ("tracking_number", "tracking_url", "delivered_at", "first_delivery_attempt"):
            value = getattr(self, key)
            if value is not None:
                setattr(order, key, value)
        if self.status is not None:
            order.move(self.status, now)


def judge_put(order: MallOrder, body: Json, behaviour: Behaviour, now: datetime) -> Change:
    """The change that `PUT /orders/{id}` with this body makes; raises Refusal."""
    _check_shape(body)
    target = cast("Status | None", body.get("status"))
    same = target == order.status
    _check_confirmed(order, body, behaviour)
    if order.status == "blocked":
        raise Refusal("ORDER_BLOCKED", "Order is blocked.", behaviour.illegal_move_http_status, "status")
    if order.status in FINAL and not same and set(body) != {"confirmed"}:
        raise Refusal(
            "ORDER_FINAL",
            f"Order is {order.status}, which is final.",
            behaviour.illegal_move_http_status,
            "status",
        )
    if target is not None and same and behaviour.same_status == "error":
        raise Refusal("STATUS_UNCHANGED", f"Order is already {target}.", 400, "status")
    if target is not None and not same:
        _check_move(order, target, behaviour)
    _check_tracking(body)
    if target == "shipped" and not order.mdp and behaviour.shipped_without_tracking == "refuse":
        _require_tracking(body, behaviour)
    delivered_at, first_attempt = _check_delivery(order, body, behaviour, now)
    if same and order.status in FINAL:
        return Change(confirm="confirmed" in body)
    return Change(
        confirm="confirmed" in body,
        status=None if same else target,
        tracking_number=body.get("tracking_number"),
        tracking_url=body.get("tracking_url"),
        delivered_at=delivered_at,
        first_delivery_attempt=first_attempt,
    )


def judge_tracking(order: MallOrder, body: Json, behaviour: Behaviour) -> Change:
    """The change that `PUT /orders/{id}/tracking` with this body makes; raises Refusal."""
    for key in body:
        if key not in ("tracking_number", "tracking_url"):
            raise Refusal("UNKNOWN_FIELD", f"Unknown field {key}.", 400, key)
    _check_types(body)
    _require_tracking(body, behaviour)
    if order.status != "shipped":
        raise Refusal(
            "ORDER_NOT_SHIPPED",
            f"Tracking can be changed only while shipped, order is {order.status}.",
            behaviour.illegal_move_http_status,
            "status",
        )
    _check_tracking(body)
    return Change(tracking_number=body.get("tracking_number"), tracking_url=body.get("tracking_url"))


def _check_shape(body: Json) -> None:
    for key in body:
        if key not in _WRITABLE:
            raise Refusal("UNKNOWN_FIELD", f"Unknown field {key}.", 400, key)
    if not body:
        raise Refusal("NOTHING_TO_CHANGE", "Nothing to change.")
    _check_types(body)
    if body.get("confirmed", True) is not True:
        raise Refusal("NOT_CONFIRMABLE", "confirmed can only be true.", 400, "confirmed")
    if "status" in body and body["status"] not in STATUSES:
        raise Refusal("UNKNOWN_STATUS", "Unknown status.", 400, "status")


def _check_types(body: Json) -> None:
    for key, value in body.items():
        wanted = bool if key == "confirmed" else str
        if not isinstance(value, wanted):
            raise Refusal(
                "WRONG_TYPE", f"{key} must be {'a boolean' if wanted is bool else 'a string'}.", 400, key
            )


def _check_confirmed(order: MallOrder, body: Json, behaviour: Behaviour) -> None:
    if "confirmed" in body and order.confirmed and behaviour.confirmed_again == "refuse":
        raise Refusal("ALREADY_CONFIRMED", "Order is already confirmed.", 400, "confirmed")
    if "status" in body and not order.confirmed and "confirmed" not in body:
        raise Refusal("NOT_CONFIRMED", "Status of an unconfirmed order cannot be changed.", 400, "confirmed")


def _check_move(order: MallOrder, target: Status, behaviour: Behaviour) -> None:
    http_status = behaviour.illegal_move_http_status
    if target not in MOVES[order.status]:
        message = f"Status cannot be changed from {order.status} to {target}."
        raise Refusal("ILLEGAL_MOVE", message, http_status, "status")
    if not order.mdp:
        return
    if target in ("delivered", "returned"):
        raise Refusal("MALL_DELIVERY", f"MALL Delivery sets {target} itself.", http_status, "status")
    if target == "shipped" and order.status == "open":
        raise Refusal("MALL_DELIVERY", "MALL Delivery: shipping cannot be skipped.", http_status, "status")
    if target == "shipped" and behaviour.mdp_shipped == "refuse":
        raise Refusal("MALL_DELIVERY", "MALL Delivery sets shipped itself.", http_status, "status")
    if target == "shipped" and not order.parcel_count:
        raise Refusal("MALL_DELIVERY", "MALL Delivery: ask for a label first.", http_status, "status")


def _check_tracking(body: Json) -> None:
    if "tracking_number" in body and not _TRACKING_NUMBER.fullmatch(body["tracking_number"]):
        raise Refusal(
            "TRACKING_NUMBER", "tracking_number may only contain 0-9 a-z A-Z - _.", 400, "tracking_number"
        )
    if "tracking_url" in body and not _is_web_address(body["tracking_url"]):
        raise Refusal("TRACKING_URL", "tracking_url must be an http or https URL.", 400, "tracking_url")


def _require_tracking(body: Json, behaviour: Behaviour) -> None:
    """Tracking with which an order may be shipped: the number and its address, or one of them where that will do."""
    keys = ("tracking_number", "tracking_url")
    if behaviour.half_tracking == "refuse" or not any(body.get(key) for key in keys):
        _require(body, *keys)


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and not re.search(r"[\s<>\"]", text)
    except ValueError:
        return False


def _check_delivery(
    order: MallOrder, body: Json, behaviour: Behaviour, now: datetime
) -> tuple[datetime | None, datetime | None]:
    """The two moments of a delivery, each as far as the body has it."""
    if body.get("status") != "delivered":
        for key in ("delivered_at", "first_delivery_attempt"):
            if key in body:
                raise Refusal("DELIVERY_FIELD", f"{key} is only allowed with status delivered.", 400, key)
        return None, None
    _require(body, "delivered_at")
    if behaviour.first_delivery_attempt == "required":
        _require(body, "first_delivery_attempt")
    return _moment(order, body, "delivered_at", behaviour, now), _moment(
        order, body, "first_delivery_attempt", behaviour, now
    )


def _moment(order: MallOrder, body: Json, key: str, behaviour: Behaviour, now: datetime) -> datetime | None:
    if key not in body:
        return None
    moment = read_wire_time(body[key], behaviour.tzinfo)
    if moment is None:
        raise Refusal("TIME_FORMAT", f"{key} must be a time YYYY-MM-DD HH:MM:SS.", 400, key)
    if moment > now:
        raise Refusal("TIME_IN_FUTURE", f"{key} is in the future.", 400, key)
    if moment < order.stamps.get("open", moment):
        raise Refusal("TIME_BEFORE_ORDER", f"{key} is before the order was opened.", 400, key)
    return moment


def _require(body: Json, *keys: str) -> None:
    for key in keys:
        if not body.get(key):
            raise Refusal("MISSING_FIELD", f"{key} is required.", 400, key)
