"""The shop's import: a document in the default profile's format becomes orders, all of it or nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from sandbox.people import Person

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from sandbox.fastcentrik.orders import Shop, ShopOrder
    from sandbox.http import Json

KNOWN_STATES = ("nevyřízená", "částečně vyřízená", "vyřizuje se", "vyřízená", "stornováno")
_MALL_NUMBER = re.compile(r"MALL Partner:\s*(\d+)")
_FIELDS = {
    "DATE": "created",
    "STATUS": "status",
    "CURRENCY": "currency",
    "PACKAGE_NUMBER": "tracking_number",
    "DELIVERY_DATE": "delivery_date",
    "CARRIER": "carrier",
    "PAYMENT": "payment",
    "REMARK": "remark",
    "TOTAL_PRICE/WITH_VAT": "total",
}


class Rejected(Exception):  # noqa: N818 - an answer, not a defect
    """A document that is not taken; 400 for a wrong one, 409 for an order that the shop already has."""

    def __init__(self, message: str, http_status: int = 400) -> None:
        super().__init__(message)
        self.message = message
        self.http_status = http_status


@dataclass(frozen=True, slots=True)
class _Incoming:
    code: str | None
    fields: Json
    customer: Person


def take_in(shop: Shop, document: bytes) -> list[ShopOrder]:
    """Creates the document's orders and returns them; raises Rejected, and then the shop is as it was.

    An order without a CODE gets the next one. The shop's lock must be held.
    """
    incoming = [_read(element) for element in _orders(document)]
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
    taken = []
    for order in incoming:
        created = shop.create({**order.fields, "code": order.code or str(shop.next_code())})
        shop.put(created, order.customer)
        taken.append(shop.order(created.code))
    return taken


def _orders(document: bytes) -> list[Element]:
    if b"<!DOCTYPE" in document or b"<!ENTITY" in document:
        raise Rejected("document type declarations are not taken")
    try:
        root = ET.fromstring(document)  # noqa: S314 - declarations were refused above
    except (ET.ParseError, LookupError, ValueError) as error:
        raise Rejected(f"not well-formed XML: {error}") from None
    if root.tag != "ORDERS":
        raise Rejected(f"root element is {root.tag}; it must be ORDERS")
    elements = root.findall("ORDER")
    if not elements:
        raise Rejected("no ORDER in the document")
    return elements


def _read(order: Element) -> _Incoming:
    fields: Json = {}
    for path, key in _FIELDS.items():
        text = _text(order, path)
        if text:
            fields[key] = text
    if fields.get("status") not in KNOWN_STATES:
        raise Rejected(f"STATUS must be one of {', '.join(KNOWN_STATES)}")
    if not _text(order, "CUSTOMER/BILLING_ADDRESS/NAME") or order.find("ORDER_ITEMS/ITEM") is None:
        raise Rejected("an ORDER needs CUSTOMER/BILLING_ADDRESS/NAME and at least one ORDER_ITEMS/ITEM")
    number = _MALL_NUMBER.search(_text(order, "SHOP_REMARK"))
    if number:
        fields["mall_order_id"] = number.group(1)
    return _Incoming(
        code=_text(order, "CODE") or None,
        fields=fields,
        customer=Person(
            name=_text(order, "CUSTOMER/BILLING_ADDRESS/NAME"),
            email=_text(order, "CUSTOMER/EMAIL"),
            phone=_text(order, "CUSTOMER/PHONE"),
            street=_text(order, "CUSTOMER/BILLING_ADDRESS/STREET"),
            city=_text(order, "CUSTOMER/BILLING_ADDRESS/CITY"),
            zip=_text(order, "CUSTOMER/BILLING_ADDRESS/ZIP"),
            country=_text(order, "CUSTOMER/BILLING_ADDRESS/COUNTRY") or "CZ",
        ),
    )


def _text(order: Element, path: str) -> str:
    return (order.findtext(path) or "").strip()
