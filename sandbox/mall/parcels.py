"""What belongs to the parcels of an order: labels, consignments, serial numbers.

| request | body | answer |
|---|---|---|
| `POST /orders/labels` | `{labels_type, labels: [{order_id, parcel_count}], …}` | labels |
| `POST /orders/{id}/labels` | `{label_type, parcel_count}` | labels |
| `GET /orders/{id}/consignments` | | `{id, order_id, labels_raw, labels_type, parcel_count, type}` |
| `PUT /orders/{id}/items/{item}/serial-numbers` | `["…", …]` | `result` alone |

Labels are `{orders: [{order_id, barcodes}], labels_raw}`. They are for orders of MALL Delivery, from Shipping on; once
the order is shipped, the number of parcels stays as it was. An item is named by its own `id` or its `article_id`.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Literal, TypeVar

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from sandbox.mall.orders import Id
from sandbox.mall.rules import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.http import Json
    from sandbox.mall.behaviour import Behaviour
    from sandbox.mall.orders import MallOrder

LabelType = Literal["pdf", "zpl"]
_Model = TypeVar("_Model", bound=BaseModel)
_SERIAL_NUMBERS = TypeAdapter(list[str])


class Parcels(BaseModel):
    """How many labels one order needs."""

    order_id: Id
    parcel_count: int = Field(ge=1, le=100)


class LabelsOfMany(BaseModel):
    """The body of `POST /orders/labels`."""

    labels_type: LabelType = "pdf"
    first_position: int = Field(1, ge=1)
    labels_per_page: int = Field(4, ge=1)
    labels: list[Parcels] = Field(min_length=1)


class LabelsOfOne(BaseModel):
    """The body of `POST /orders/{id}/labels`."""

    label_type: LabelType = "pdf"
    parcel_count: int = Field(ge=1, le=100)


def ask_for_many(
    body: object, owned: Callable[[int], MallOrder], behaviour: Behaviour, *, effect: bool
) -> Json:
    """`POST /orders/labels`, for all orders or, on Refusal, for none; `owned` gives an order by its id."""
    asked = _read(LabelsOfMany, body)
    orders = [(owned(one.order_id), one.parcel_count) for one in asked.labels]
    return _ask(orders, asked.labels_type, behaviour, effect=effect)


def ask_for_one(body: object, order: MallOrder, behaviour: Behaviour, *, effect: bool) -> Json:
    """`POST /orders/{id}/labels`; raises Refusal."""
    asked = _read(LabelsOfOne, body)
    return _ask([(order, asked.parcel_count)], asked.label_type, behaviour, effect=effect)


def consignments(order: MallOrder) -> Json:
    """`GET /orders/{id}/consignments`; Refusal 404 as long as no label was asked for."""
    if not order.parcel_count:
        raise Refusal("RESOURCE_NOT_FOUND", "Order has no consignments.", 404)
    return {
        "id": order.id % 1_000_000,
        "order_id": order.id,
        "labels_raw": _raw("pdf", [order]),
        "labels_type": "pdf",
        "parcel_count": order.parcel_count,
        "type": "online",
    }


def number_pieces(body: object, order: MallOrder, item: str, *, effect: bool) -> None:
    """`PUT …/items/{item}/serial-numbers`; raises Refusal."""
    found = next(
        (one for one in _items(order) if item in (str(one.get("id")), str(one.get("article_id")))), None
    )
    if found is None:
        raise Refusal("RESOURCE_NOT_FOUND", "Item not found.", 404)
    try:
        numbers = _SERIAL_NUMBERS.validate_python(body, strict=True)
    except ValidationError:
        raise Refusal("WRONG_TYPE", "Body must be a list of strings.", 400) from None
    if effect:
        found["serial_numbers"] = numbers


def _read(model: type[_Model], body: object) -> _Model:
    try:
        return model.model_validate(body)
    except ValidationError as error:
        key = ".".join(str(part) for part in error.errors(include_url=False)[0]["loc"]) or "body"
        raise Refusal("WRONG_TYPE", f"{key} is missing or wrong.", 400, key) from None


def _ask(orders: list[tuple[MallOrder, int]], kind: LabelType, behaviour: Behaviour, *, effect: bool) -> Json:
    for order, _ in orders:
        if not order.mdp:
            raise Refusal("MALL_DELIVERY", "Order is not one of MALL Delivery.", 400, "order_id")
        if order.status not in ("shipping", "shipped"):
            message = f"Labels are made in shipping, order is {order.status}."
            raise Refusal("ORDER_NOT_SHIPPING", message, behaviour.illegal_move_http_status, "status")
    for order, count in orders:
        if effect and (order.status == "shipping" or not order.parcel_count):
            order.parcel_count = count
    made = [order for order, _ in orders]
    return {
        "orders": [{"order_id": order.id, "barcodes": _barcodes(order)} for order in made],
        "labels_raw": _raw(kind, made),
    }


def _barcodes(order: MallOrder) -> list[str]:
    """One per parcel: which of how many stands behind the star."""
    count = order.parcel_count
    return [f"14IS{order.id % 100_000_000:08}*{n:03}{count:03}" for n in range(1, count + 1)]


def _raw(kind: LabelType, orders: list[MallOrder]) -> str:
    """A document that cannot be printed, in base64."""
    lines = "\n".join(code for order in orders for code in _barcodes(order))
    return base64.b64encode(f"{'%PDF-1.4' if kind == 'pdf' else '^XA'}\n{lines}\n".encode()).decode()


def _items(order: MallOrder) -> list[Json]:
    items: list[Json] = order.rest.get("items") or []
    return items
