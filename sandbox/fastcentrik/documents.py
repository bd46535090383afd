"""Cuts an import's document, in any of the formats of `render`, into orders of plain texts."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from collections.abc import Mapping
    from xml.etree.ElementTree import Element

_ITEM_KEYS = ("code", "pieces", "unit_price", "vat", "name")


class Rejected(Exception):  # noqa: N818 - an answer, not a defect
    """A document that is not taken; 400 for a wrong one, 409 for an order that the shop already has."""

    def __init__(self, message: str, http_status: int = 400) -> None:
        super().__init__(message)
        self.message = message
        self.http_status = http_status


@dataclass(frozen=True, slots=True)
class Brought:
    """One order of a document. `values` and each of `items` have our own keys, and only what is not empty.

    Numbers have a decimal point. `elements` are the names that the document uses for the order.
    """

    values: Mapping[str, str]
    items: list[Mapping[str, str]]
    elements: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Format:
    """`fields` and `item_fields`: our key → the document's place. `number` finds MALL's order number in its field.

    `root`, `record` and `item_fields` are for XML; a CSV document has none of them.
    """

    fields: Mapping[str, str]
    number: re.Pattern[str]
    comma: bool
    root: str = ""
    record: str = ""
    item: str = ""
    item_fields: Mapping[str, str] = field(default_factory=dict)


_NUMBERS = ("total", "delivery_price", "cash_on_delivery_price", "discount", "cash_on_delivery")
_PERSON = {"name": "NAME", "company": "COMPANY", "street": "STREET", "city": "CITY", "zip": "ZIP"}
_PERSON |= {"country": "COUNTRY"}
_OSOBA = {
    "name": "Jmeno",
    "company": "Firma",
    "street": "Ulice",
    "city": "Mesto",
    "zip": "Psc",
    "country": "Zeme",
}
_FORMATS: Mapping[str, _Format] = {
    "default": _Format(
        root="ORDERS",
        record="ORDER",
        fields={
            "code": "CODE",
            "created": "DATE",
            "status": "STATUS",
            "currency": "CURRENCY",
            "tracking_number": "PACKAGE_NUMBER",
            "delivery_date": "DELIVERY_DATE",
            "carrier": "CARRIER",
            "payment": "PAYMENT",
            "remark": "REMARK",
            "mall": "SHOP_REMARK",
            "total": "TOTAL_PRICE/WITH_VAT",
            "paid": "TOTAL_PRICE/PAID",
            "cash_on_delivery": "CASH_ON_DELIVERY",
            "email": "CUSTOMER/EMAIL",
            "phone": "CUSTOMER/PHONE",
            **{key: f"CUSTOMER/BILLING_ADDRESS/{name}" for key, name in _PERSON.items()},
            **{f"shipping_{key}": f"CUSTOMER/SHIPPING_ADDRESS/{name}" for key, name in _PERSON.items()},
        },
        number=re.compile(r"MALL Partner:\s*(\d+)"),
        comma=False,
        item="ORDER_ITEMS/ITEM",
        item_fields={
            "code": "CODE",
            "name": "NAME",
            "pieces": "AMOUNT",
            "unit_price": "UNIT_PRICE_WITH_VAT",
            "vat": "VAT_RATE",
        },
    ),
    "czech": _Format(
        root="Objednavky",
        record="Objednavka",
        fields={
            "code": "CisloObjednavky",
            "created": "DatumVytvoreni",
            "status": "Stav",
            "currency": "Mena",
            "tracking_number": "CisloZasilky",
            "delivery_date": "DatumDoruceni",
            "carrier": "Dopravce",
            "payment": "Platba",
            "remark": "Poznamka",
            "mall": "CisloObjednavkyMall",
            "total": "CelkovaCena",
            "paid": "Zaplaceno",
            "cash_on_delivery": "Dobirka",
            "delivery_price": "CenaDopravy",
            "cash_on_delivery_price": "CenaDobirky",
            "discount": "Sleva",
            "email": "Zakaznik/Email",
            "phone": "Zakaznik/Telefon",
            **{key: f"Zakaznik/{name}" for key, name in _OSOBA.items()},
            **{f"shipping_{key}": f"DodaciAdresa/{name}" for key, name in _OSOBA.items()},
        },
        number=re.compile(r"(\d+)"),
        comma=True,
        item="Polozky/Polozka",
        item_fields={
            "code": "KodZbozi",
            "name": "JmenoZbozi",
            "pieces": "Pocet",
            "unit_price": "CenaZaKus",
            "vat": "SazbaDph",
        },
    ),
    "csv": _Format(
        fields={
            "code": "CISLO_OBJEDNAVKY",
            "created": "DATUM",
            "status": "STAV",
            "currency": "MENA",
            "tracking_number": "CISLO_ZASILKY",
            "delivery_date": "DATUM_DORUCENI",
            "carrier": "DOPRAVCE",
            "payment": "PLATBA",
            "remark": "POZNAMKA",
            "mall": "CISLO_OBJEDNAVKY_MALL",
            "total": "CENA_CELKEM",
            "paid": "ZAPLACENO",
            "cash_on_delivery": "DOBIRKA",
            "delivery_price": "CENA_DOPRAVY",
            "cash_on_delivery_price": "CENA_DOBIRKY",
            "discount": "SLEVA",
            "name": "JMENO",
            "company": "FIRMA",
            "email": "EMAIL",
            "phone": "TELEFON",
            "street": "ULICE",
            "city": "MESTO",
            "zip": "PSC",
            "country": "ZEME",
        },
        number=re.compile(r"(\d+)"),
        comma=True,
        item="POLOZKY",
    ),
}


def format_of(document: bytes) -> str:
    """The format that `document` looks like."""
    text = document.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not text.startswith(b"<"):
        return "csv" if text.startswith(b"CISLO_OBJEDNAVKY") else "default"
    return "czech" if b"<Objednavky" in text[:500] else "default"


def read_document(document: bytes, name: str) -> list[Brought]:
    """The orders of a document in the format `name`; raises Rejected if it is not one."""
    form = _FORMATS[name]
    orders = _xml_orders(document, form) if form.root else _csv_orders(document, form)
    if not orders:
        raise Rejected("no order in the document")
    return orders


def _xml_orders(document: bytes, form: _Format) -> list[Brought]:
    if b"<!DOCTYPE" in document or b"<!ENTITY" in document:
        raise Rejected("document type declarations are not taken")
    try:
        root = ET.fromstring(document)  # noqa: S314 - declarations were refused above
    except (ET.ParseError, LookupError, ValueError) as error:
        raise Rejected(f"not well-formed XML: {error}") from None
    if root.tag != form.root:
        raise Rejected(f"root element is {root.tag}; it must be {form.root}")
    return [
        _brought(
            {key: _text(record, place) for key, place in form.fields.items()},
            [
                {key: _text(item, place) for key, place in form.item_fields.items()}
                for item in record.findall(form.item)
            ],
            frozenset(element.tag for element in record),
            form,
        )
        for record in root.findall(form.record)
    ]


def _text(element: Element, place: str) -> str:
    return (element.findtext(place) or "").strip()


def _csv_orders(document: bytes, form: _Format) -> list[Brought]:
    try:
        rows = list(
            csv.DictReader(io.StringIO(document.decode("utf-8-sig"), newline=""), delimiter=";", strict=True)
        )
    except (UnicodeDecodeError, csv.Error) as error:
        raise Rejected(f"not CSV in UTF-8: {error}") from None
    if any(None in row or None in row.values() for row in rows):
        raise Rejected("a line has more or fewer columns than the first")
    return [
        _brought(
            {key: (row.get(column) or "").strip() for key, column in form.fields.items()},
            [_csv_item(line) for line in (row.get(form.item) or "").splitlines()],
            frozenset(row),
            form,
        )
        for row in rows
    ]


def _csv_item(line: str) -> dict[str, str]:
    parts = [part.strip() for part in line.split("|")]
    if len(parts) != len(_ITEM_KEYS):
        raise Rejected("POLOZKY: a line is code | pieces | price | VAT | title")
    return dict(zip(_ITEM_KEYS, parts, strict=True))


def _brought(
    values: Mapping[str, str], items: list[dict[str, str]], elements: frozenset[str], form: _Format
) -> Brought:
    values = {key: value for key, value in values.items() if value}
    note = values.pop("mall", "")
    found = form.number.search(note)
    if found:
        values["mall_order_id"] = found[1]
        wish = note[found.end() :].strip(" ,")
        if wish and "remark" not in values:
            values["remark"] = wish
    if form.comma:
        _decimal_points(values, _NUMBERS)
        for item in items:
            _decimal_points(item, ("pieces", "unit_price", "vat"))
    return Brought(values, [item for item in items if any(item.values())], elements)


def _decimal_points(values: dict[str, str], keys: tuple[str, ...]) -> None:
    for key in keys:
        if key in values:
            values[key] = values[key].replace(",", ".")
