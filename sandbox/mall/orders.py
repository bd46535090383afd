"""An order as MALL keeps it, what the control address may set of it, and how it looks on the wire.

A basic object carries who, how it is paid, status, tracking and one timestamp per status passed; the detail
adds prices, delivery, address, items and histories. Keys without a value are absent. Times are in the zone of
the behaviour switch.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

from sandbox.http import ControlError, Json
from sandbox.people import invent_person, invent_total
from sandbox.times import read_any_time, wire_time

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from sandbox.mall.behaviour import Behaviour

Status = Literal["blocked", "open", "shipping", "shipped", "delivered", "returned", "cancelled", "lost"]
STATUSES: tuple[Status, ...] = get_args(Status)

Id = Annotated[int, Field(ge=1, lt=2**63)]
_TIMES = ("delivered_at", "first_delivery_attempt", *STATUSES)
_BASIC = [
    "customer_id",
    "customer",
    "id",
    "external_id",
    "purchase_id",
    "cod",
    "payment_type",
    "ship_date",
    "delivered_at",
    "status",
    "confirmed",
    "test",
    "mdp",
    "mdp_classic",
    "mdp_spectrum",
    "tracking_number",
    "tracking_url",
]
_DETAIL = [
    "external_order_id",
    "currency",
    "delivery_price",
    "cod_price",
    "discount",
    "delivery_method",
    "delivery_method_id",
    "branch_id",
    "branches",
    "delivery_date",
    "address",
    "items",
    "ready_to_return",
    "first_delivery_attempt",
    "ulozenka_status_history",
    "consignment_status_history",
]
_SPARSE = ("id", "status", "confirmed", "mdp", "tracking_number")
"""What is left in a sparse answer: no order can be handled without knowing these."""
SORTABLE = (*_BASIC, *STATUSES)
_CUT = {"tracking_number": 20, "tracking_url": 40}
"""Characters that are left of a text that MALL cuts off."""

_PATH_TO: dict[str, tuple[Status, ...]] = {
    "blocked": ("blocked",),
    "open": ("open",),
    "shipping": ("open", "shipping"),
    "shipped": ("open", "shipping", "shipped"),
    "delivered": ("open", "shipping", "shipped", "delivered"),
    "returned": ("open", "shipping", "shipped", "returned"),
    "cancelled": ("open", "cancelled"),
    "lost": ("open", "shipping", "shipped", "lost"),
}


class OrderFields(BaseModel):
    """What `POST` and `PATCH …/control/orders` take: the fields of the detail, each optional.

    Times are `YYYY-MM-DD HH:MM:SS` in MALL's zone or ISO 8601 with an offset. In a PATCH, null takes a value
    away.
    """

    model_config = ConfigDict(extra="forbid")

    id: Id | None = None
    client_id: str | None = Field(None, description="Whose order it is; the first key by default.")
    status: Status | None = None
    confirmed: bool | None = None
    test: bool | None = None
    mdp: bool | None = None
    ready_to_return: bool | None = None
    parcel_count: int | None = Field(
        None, ge=0, description="So many labels of MALL Delivery were asked for."
    )
    tracking_number: str | None = None
    tracking_url: str | None = None
    delivered_at: str | None = None
    first_delivery_attempt: str | None = None
    blocked: str | None = None
    open: str | None = None
    shipping: str | None = None
    shipped: str | None = None
    delivered: str | None = None
    returned: str | None = None
    cancelled: str | None = None
    lost: str | None = None
    customer_id: int | None = None
    customer: str | None = None
    external_id: str | int | None = None
    purchase_id: int | None = None
    cod: float | int | None = None
    payment_type: str | None = None
    ship_date: str | None = None
    mdp_classic: bool | None = None
    mdp_spectrum: bool | None = None
    external_order_id: str | int | None = None
    currency: str | None = None
    delivery_price: float | int | None = None
    cod_price: float | int | None = None
    discount: float | int | None = None
    delivery_method: str | None = None
    delivery_method_id: str | int | None = None
    branch_id: int | None = None
    branches: dict[str, Any] | list[Any] | None = None
    delivery_date: str | None = None
    address: dict[str, Any] | None = None
    items: list[dict[str, Any]] | None = None
    ulozenka_status_history: list[Any] | None = None
    consignment_status_history: list[Any] | None = None


@dataclass(slots=True)
class MallOrder:
    """One order. `stamps` holds when each status passed was reached; `rest` holds the fields that no rule uses.

    `parcel_count` is how many labels of MALL Delivery were asked for, 0 if none was.
    """

    id: int
    client_id: str
    status: Status
    confirmed: bool
    test: bool
    mdp: bool
    ready_to_return: bool
    tracking_number: str | None
    tracking_url: str | None
    delivered_at: datetime | None
    first_delivery_attempt: datetime | None
    stamps: dict[Status, datetime]
    parcel_count: int = 0
    rest: dict[str, Any] = field(default_factory=dict)

    def move(self, status: Status, at: datetime) -> None:
        """Into `status` at this moment."""
        self.status = status
        self.stamps[status] = at.replace(microsecond=0)


def new_order(order_id: int, client_id: str, given: OrderFields, now: datetime, zone: ZoneInfo) -> MallOrder:
    """A whole order with defaults for what is not given.

    Without timestamps, it was opened a day ago and reached later statuses an hour apart, so that dates of
    delivery can lie between then and now.
    """
    status: Status = given.status or "open"
    opened = (now - timedelta(days=1)).replace(microsecond=0)
    order = MallOrder(
        id=order_id,
        client_id=client_id,
        status=status,
        confirmed=False,
        test=False,
        mdp=False,
        ready_to_return=False,
        tracking_number=None,
        tracking_url=None,
        delivered_at=None,
        first_delivery_attempt=None,
        stamps={passed: opened + timedelta(hours=n) for n, passed in enumerate(_PATH_TO[status])},
        rest=_invent(order_id, opened, zone),
    )
    if status == "delivered":
        order.delivered_at = order.first_delivery_attempt = order.stamps["delivered"]
    change_order(order, given, zone)
    return order


def change_order(order: MallOrder, given: OrderFields, zone: ZoneInfo) -> None:
    """Sets what is given; a time that cannot be read is a ControlError, and nothing is changed."""
    values = given.model_dump(exclude_unset=True, exclude={"id", "client_id", "status"})
    for key, value in _with_moments(values, zone).items():
        if key in STATUSES:
            if value is None:
                order.stamps.pop(key, None)
            else:
                order.stamps[key] = value
        elif key in ("confirmed", "test", "mdp", "ready_to_return"):
            setattr(order, key, bool(value))
        elif key == "parcel_count":
            order.parcel_count = value or 0
        elif key == "branches" and isinstance(value, dict):
            order.rest[key] = {"overridden": False, **value}
        elif key in ("tracking_number", "tracking_url", "delivered_at", "first_delivery_attempt"):
            setattr(order, key, value)
        else:
            order.rest[key] = value


def _with_moments(values: dict[str, Any], zone: ZoneInfo) -> dict[str, Any]:
    moments = {}
    for key in _TIMES:
        if values.get(key) is not None:
            moment = read_any_time(values[key], zone)
            if moment is None:
                raise ControlError(f"order: {key}: not a time; write YYYY-MM-DD HH:MM:SS or ISO 8601")
            moments[key] = moment
    return {**values, **moments}


def basic(order: MallOrder, behaviour: Behaviour) -> Json:
    """The basic object of a list, in the shape that the behaviour asks for."""
    data = plain_basic(order, behaviour.tzinfo)
    if behaviour.basic_time_stamps == "absent":
        data = {key: value for key, value in data.items() if key not in STATUSES}
    return _shaped(data, behaviour)


def detail(order: MallOrder, behaviour: Behaviour) -> Json:
    """The whole order, in the shape that the behaviour asks for."""
    return _shaped(_render(order, behaviour.tzinfo, [*_BASIC, *_DETAIL]), behaviour)


def plain_basic(order: MallOrder, zone: ZoneInfo) -> Json:
    """The basic object as it is, whatever the behaviour."""
    return _render(order, zone, _BASIC)


def plain_detail(order: MallOrder, zone: ZoneInfo) -> Json:
    """The whole order as the control address shows it, whatever the behaviour."""
    return _render(order, zone, [*_BASIC, *_DETAIL])


def _render(order: MallOrder, zone: ZoneInfo, keys: list[str]) -> Json:
    values: Json = {
        **order.rest,
        "id": order.id,
        "status": order.status,
        "confirmed": order.confirmed,
        "test": order.test,
        "mdp": order.mdp,
        "ready_to_return": order.ready_to_return,
        "tracking_number": order.tracking_number,
        "tracking_url": order.tracking_url,
        "delivered_at": order.delivered_at and wire_time(order.delivered_at, zone),
        "first_delivery_attempt": order.first_delivery_attempt
        and wire_time(order.first_delivery_attempt, zone),
    }
    found = {key: values[key] for key in keys if values.get(key) is not None}
    stamps: Json = {
        status: wire_time(order.stamps[status], zone) for status in STATUSES if status in order.stamps
    }
    return {**found, **stamps}


def _shaped(data: Json, behaviour: Behaviour) -> Json:
    data = _echoed(data, behaviour)
    shapes = behaviour.order_detail
    if "sparse" in shapes:
        data = {key: value for key, value in data.items() if key in _SPARSE}
    if "extra" in shapes:
        data = {**data, "loyalty_points": 12, "sustainability": {"score": "B", "notes": []}, "priority": None}
    if "stringly" in shapes:
        data = {key: stringly(value) for key, value in data.items()}
    return data


def _echoed(data: Json, behaviour: Behaviour) -> Json:
    """The object with tracking as MALL shows it."""
    changes = behaviour.tracking_shown
    shown: Json = {key: data[key] for key in ("tracking_number", "tracking_url") if key in data}
    if "own_address" in changes and "tracking_url" in shown:
        shown["tracking_url"] = f"https://www.mall.cz/sledovani-zasilky?order={data['id']}&carrier=1"
    if "capitals" in changes:
        shown = {key: text.upper() for key, text in shown.items()}
    if "escaped" in changes:
        shown = {key: text.replace("&", "&amp;") for key, text in shown.items()}
    if "cut" in changes:
        shown = {key: text[: _CUT[key]] for key, text in shown.items()}
    return {**data, **shown}


def stringly(value: object) -> object:
    """The same with every number, however deep, as a string; true and false stay."""
    if isinstance(value, dict):
        return {key: stringly(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [stringly(inner) for inner in value]
    return str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value


def _invent(order_id: int, opened: datetime, zone: ZoneInfo) -> dict[str, Any]:
    person = invent_person(order_id)
    total = invent_total(order_id) / 100
    day = opened.astimezone(zone).date()
    return {
        "customer_id": 7_000_000 + order_id % 1_000_000,
        "customer": person.name,
        "purchase_id": 90_000_000 + order_id % 10_000_000,
        "cod": 0,
        "payment_type": "AB"[order_id % 2],
        "ship_date": (day + timedelta(days=2)).isoformat(),
        "mdp_classic": False,
        "mdp_spectrum": False,
        "external_order_id": 0,
        "currency": "CZK",
        "delivery_price": 79,
        "cod_price": 0,
        "discount": 0,
        "delivery_method": "Kurýr na adresu",
        "delivery_method_id": 4,
        "branches": {"overridden": False},
        "delivery_date": (day + timedelta(days=4)).isoformat(),
        "address": {
            "customer_id": 7_000_000 + order_id % 1_000_000,
            "name": person.name,
            "phone": person.phone,
            "email": person.email,
            "street": person.street,
            "city": person.city,
            "zip": person.zip,
            "country": person.country,
        },
        "items": [
            {
                "id": f"ZBOZI-{order_id % 500}",
                "article_id": 100_000 + order_id % 500,
                "quantity": 1,
                "price": total,
                "vat": 21,
                "commission": 12.5,
                "title": f"Zboží č. {order_id % 500}",
                "serial_numbers": [],
            }
        ],
        "ulozenka_status_history": [],
        "consignment_status_history": [],
    }
