"""The shop's import: a document becomes orders or changes their states, all of it or nothing.

An order with a customer or items is a new one. An order with nothing but a code and a state is a change of that
order's state, as the clerk would make it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from sandbox.fastcentrik.content import EXTRA_CODES, EXTRAS, Content, Item, number
from sandbox.fastcentrik.documents import Brought, Rejected, format_of, read_document
from sandbox.people import Person

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.fastcentrik.orders import Shop, ShopOrder
    from sandbox.http import Json

KNOWN_STATES = ("nevyřízená", "částečně vyřízená", "vyřizuje se", "vyřízená", "stornováno")
_CZECH_DATE = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})(?: (\d{1,2}):(\d{2}))?", re.ASCII)
_KEPT = (
    *("mall_order_id", "created", "status", "currency", "tracking_number", "delivery_date"),
    *("carrier", "payment", "remark", "total"),
)
_CHANGE = frozenset({"code", "status"})


@dataclass(frozen=True, slots=True)
class _Incoming:
    """`content` None: only the state of the order `code` changes."""

    code: str | None
    fields: Json
    content: Content | None


def take_in(shop: Shop, document: bytes, name: str | None = None) -> list[ShopOrder]:
    """The document's orders, created or changed; raises Rejected, and then the shop is as it was.

    `name` is the document's format; without it the format is recognised. A new order without a code gets the next
    one. The shop's lock must be held.
    """
    brought = read_document(document, name or format_of(document))
    incoming = [_read(order) for order in brought]
    _refuse_known(shop, [order for order in incoming if order.content is not None])
    for order in incoming:
        if order.content is None and order.code not in shop.orders:
            raise Rejected(f"there is no order with code {order.code}")
    taken = []
    for order in incoming:
        if order.content is None:
            taken.append(shop.change(order.code or "", order.fields))
            continue
        created = shop.create({**order.fields, "code": order.code or str(shop.next_code())})
        shop.put(created, order.content)
        taken.append(shop.order(created.code))
    return taken


def _refuse_known(shop: Shop, incoming: list[_Incoming]) -> None:
    mall_numbers = {order.mall_order_id for order in shop.orders.values()}
    codes = set(shop.orders)
    for order in incoming:
        number = order.fields.get("mall_order_id")
        if number is not None and number in mall_numbers:
            raise Rejected(f"MALL order {number} is already in the shop", 409)
        if order.code is not None and order.code in codes:
            raise Rejected(f"order with code {order.code} is already in the shop", 409)
        mall_numbers.add(number)
        codes.add(order.code or "")


def _read(order: Brought) -> _Incoming:
    values = order.values
    code = values.get("code")
    if values.get("status") not in KNOWN_STATES:
        raise Rejected(f"STATUS must be one of {', '.join(KNOWN_STATES)}")
    if code is not None and values.keys() == _CHANGE and len(order.elements) == len(_CHANGE):
        return _Incoming(code, {"status": values["status"]}, None)
    if not values.get("name") or not order.items:
        raise Rejected(
            "a new order needs a customer's name and at least one item; a change CODE and STATUS alone"
        )
    fields: Json = {key: values[key] for key in _KEPT if key in values}
    fields["created"] = _iso(values.get("created"))
    fields.setdefault("carrier", None)
    fields.setdefault("payment", None)
    content = _content(order)
    _refuse_wrong_total(content, values.get("total", ""))
    return _Incoming(code, fields, content)


def _content(order: Brought) -> Content:
    values = order.values
    extras = {key: values.get(key, "") for key in EXTRAS}
    items = []
    for item in order.items:
        if not item.get("code") or number(item.get("pieces", "")) is None:
            raise Rejected("an item needs a code and a number of pieces")
        extra = EXTRA_CODES.get(item["code"])
        if extra is None:
            items.append(
                Item(**{key: item.get(key, "") for key in ("code", "name", "pieces", "unit_price", "vat")})
            )
        else:
            extras[extra] = item.get("unit_price", "").removeprefix("-")
    if not items:
        raise Rejected("an order needs an item that is no delivery")
    billing = _person(values, "")
    shipping = _person(values, "shipping_") if values.get("shipping_name") else billing
    return Content(
        billing=billing,
        shipping=shipping,
        company=values.get("company", ""),
        items=tuple(items),
        **{key: "" if number(amount) == 0 else amount for key, amount in extras.items()},
        cash_on_delivery=values.get("cash_on_delivery", ""),
        paid=values.get("paid", ""),
    )


def _person(values: Mapping[str, str], prefix: str) -> Person:
    return Person(
        name=values.get(f"{prefix}name", ""),
        email=values.get("email", ""),
        phone=values.get("phone", ""),
        street=values.get(f"{prefix}street", ""),
        city=values.get(f"{prefix}city", ""),
        zip=values.get(f"{prefix}zip", ""),
        country=values.get(f"{prefix}country") or "CZ",
    )


def _refuse_wrong_total(content: Content, total: str) -> None:
    """Refuses an order whose lines do not add up to its total, if all of them are numbers."""
    lines = [(number(item.pieces), number(item.unit_price)) for item in content.lines]
    wanted = number(total)
    if wanted is None or any(None in line for line in lines):
        return
    found = sum(((pieces or Decimal(0)) * (price or Decimal(0)) for pieces, price in lines), Decimal(0))
    if found != wanted:
        raise Rejected(f"the lines add up to {found}, the total is {wanted}")


def _iso(created: str | None) -> str | None:
    match = _CZECH_DATE.fullmatch(created or "")
    if not match:
        return created
    day, month, year, hour, minute = match.groups()
    date = f"{year}-{int(month):02d}-{int(day):02d}"
    return date if hour is None else f"{date} {int(hour):02d}:{minute}:00"
