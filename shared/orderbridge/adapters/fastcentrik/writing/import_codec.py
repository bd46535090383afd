"""Writes an order, or its cancellation, by the profile's ``[import]``: one document, one order.

No value of an order is an error. A value becomes one line without forbidden characters. A letter that the encoding
lacks becomes a character reference in XML, and its base letter or ``?`` in CSV. The same profile reads back MALL's
number, the state and the date, whatever the other values are (see ``profile.checks``).
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, assert_never
from xml.sax.saxutils import escape, quoteattr

from orderbridge.adapters.fastcentrik.profile.dates import write_date
from orderbridge.adapters.fastcentrik.profile.encoding import spelled
from orderbridge.adapters.fastcentrik.profile.import_schema import AMOUNTS, SOURCE, named
from orderbridge.adapters.texts import clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from zoneinfo import ZoneInfo

    from orderbridge.adapters.fastcentrik.profile.import_schema import ImportPart
    from orderbridge.adapters.fastcentrik.profile.schema import Profile
    from orderbridge.domain.order_detail import OrderDetail, OrderDetailItem

_SIGNS = re.compile(r"[^\w\s]")


@dataclass(frozen=True, slots=True)
class ImportDocument:
    """A document to post. `body` has personal data."""

    body: bytes = field(repr=False)
    content_type: str


def new_order(order: OrderDetail, profile: Profile, zone: ZoneInfo) -> ImportDocument:
    """`order` as pending, with MALL's number. Dates are in `zone`; without a date the shop sets its own.

    Every item must have a price. `profile` must have ``[import]``.
    """
    part, writer = _writer(profile)
    values = {name: writer.text(value) for name, value in _order_sources(order, part, profile, zone).items()}
    for place, texts in part.fields.items():
        filled = (writer.text(_filled(text, values)) for text in texts)
        writer.put(place, ", ".join(text for text in filled if text))
    goods = [_item_sources(item, profile) for item in order.items]
    lines = [*goods, *_amount_lines(order, part, profile, values)]
    writer.put_lines([{name: writer.text(value) for name, value in line.items()} for line in lines])
    return writer.document()


def cancellation(code: str, profile: Profile) -> ImportDocument | None:
    """The shop's order `code` as canceled; None if the document cannot hold `code` unchanged.

    `profile` must have ``[import]``.
    """
    part, writer = _writer(profile)
    if not code or writer.text(code) != code:
        return None
    values = {"code": code, "status": writer.text(part.states.canceled)}
    for place, text in part.cancel.items():
        writer.put(place, writer.text(_filled(text, values)))
    return writer.document()


def _writer(profile: Profile) -> tuple[ImportPart, _XmlWriter | _CsvWriter]:
    part = profile.import_part
    if part is None:
        raise ValueError("the profile has no [import]")
    if profile.format == "xml":
        return part, _XmlWriter(profile, part)
    if profile.format == "csv":
        return part, _CsvWriter(profile, part)
    assert_never(profile.format)  # pragma: no cover - for mypy


# --- what is written ------------------------------------------------------------------------------------


def _order_sources(order: OrderDetail, part: ImportPart, profile: Profile, zone: ZoneInfo) -> dict[str, str]:
    customer = order.customer
    opened = order.opened_at or order.view.opened_at
    mark = profile.numbers.decimal_mark
    return {
        "mall_order_id": str(order.mall_order_id),
        "status": part.states.pending,
        "created": write_date(opened.astimezone(zone), part.date) if opened else "",
        "currency": order.currency,
        "total": _amount(order.total, mark),
        "name": customer.name or customer.company,
        "company": customer.company,
        "email": customer.email,
        "phone": customer.phone,
        "street": customer.street,
        "city": customer.city,
        "zip": customer.zip,
        "country": customer.country,
        "payment": part.payment_name(order.payment, collect=bool(order.cash_on_delivery)) or order.payment,
        "paid": "0" if order.cash_on_delivery else "1",
        "cash_on_delivery": _amount(order.cash_on_delivery, mark) if order.cash_on_delivery else "",
        "carrier": named(part.carriers, order.delivery_method) or order.delivery_method,
        "branch": order.branch,
        "ship_by": order.ship_by,
        "test": "TEST" if order.test else "",
        **{name: _amount(amount, mark) for name, amount in _amounts(order).items()},
    }


def _amounts(order: OrderDetail) -> dict[str, Decimal]:
    amounts = (order.delivery_price, order.cash_on_delivery_price, order.discount)
    return dict(zip(AMOUNTS, amounts, strict=True))


def _item_sources(item: OrderDetailItem, profile: Profile) -> dict[str, str]:
    mark = profile.numbers.decimal_mark
    return {
        "code": item.code,
        "title": item.title,
        "pieces": _number(item.pieces, mark),
        "unit_price": "" if item.unit_price is None else _amount(item.unit_price, mark),
        "vat": "" if item.vat is None else _number(item.vat, mark),
    }


def _amount_lines(
    order: OrderDetail, part: ImportPart, profile: Profile, values: Mapping[str, str]
) -> Iterator[dict[str, str]]:
    """The amounts that the profile has as lines, without zeros. A discount is a line with a negative price."""
    for name, amount in _amounts(order).items():
        line = getattr(part.items, name)
        if line is not None and amount:
            price = -amount if name == "discount" else amount
            yield {
                "code": _filled(line.code, values),
                "title": _filled(line.title, values),
                "pieces": "1",
                "unit_price": _amount(price, profile.numbers.decimal_mark),
                "vat": _filled(line.vat, values),
            }


def _filled(text: str, values: Mapping[str, str]) -> str:
    """`text` with the values of its sources; empty if all values are empty."""
    names = SOURCE.findall(text)
    if names and not any(values[name] for name in names):
        return ""
    return SOURCE.sub(lambda source: values[source[1]], text)


def _number(value: Decimal, mark: str) -> str:
    """``2``, ``0,5``: without an exponent, not rounded."""
    whole, _, rest = format(value or Decimal(0), "f").partition(".")
    rest = rest.rstrip("0")
    return f"{whole}{mark}{rest}" if rest else whole


def _amount(value: Decimal, mark: str) -> str:
    """``199,00``: at least two decimal places."""
    whole, _, rest = _number(value, ".").partition(".")
    return f"{whole}{mark}{rest.ljust(2, '0')}"


# --- how it is written ----------------------------------------------------------------------------------


@dataclass(slots=True)
class _Element:
    name: str
    text: str = ""
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[_Element] = field(default_factory=list)

    def at(self, elements: Sequence[str], *, new: bool = False) -> _Element:
        """The element under these names. Missing ones are made; with `new` the last one is always made."""
        element = self
        for depth, name in enumerate(elements, 1):
            found = next((child for child in element.children if child.name == name), None)
            if found is None or (new and depth == len(elements)):
                found = _Element(name)
                element.children.append(found)
            element = found
        return element

    def put(self, place: str, value: str) -> None:
        """Writes `value` at ``A/B``, ``A@b`` or ``@b``. An empty value is not written."""
        if not value:
            return
        path, _, attribute = place.partition("@")
        element = self.at(path.split("/") if path else ())
        if attribute:
            element.attributes[attribute] = value
        else:
            element.text = value

    def pieces(self) -> Iterator[str]:
        """The element as XML."""
        attributes = "".join(f" {name}={quoteattr(value)}" for name, value in self.attributes.items())
        yield f"<{self.name}{attributes}>{escape(self.text)}"
        for child in self.children:
            yield from child.pieces()
        yield f"</{self.name}>"


class _XmlWriter:
    """One record of an XML document."""

    def __init__(self, profile: Profile, part: ImportPart) -> None:
        if profile.xml is None:
            raise ValueError("not an XML profile")
        self._items = part.items
        self._encoding = part.encoding_beside(profile.encoding)
        root, *rest = profile.xml.record.split("/")
        self._root = _Element(root)
        self._record = self._root.at(rest)

    def text(self, value: str) -> str:
        """`value` as the document can hold it."""
        return clean(value)

    def put(self, place: str, value: str) -> None:
        """Writes a value of the order."""
        path, _, attribute = place.partition("@")
        # An attribute of the record itself is named with or without the record's name.
        own = attribute and path == self._record.name
        self._record.put(f"@{attribute}" if own else place, value)

    def put_lines(self, lines: Iterable[Mapping[str, str]]) -> None:
        """Writes one element per line."""
        for values in lines:
            element = self._record.at(self._items.path.split("/"), new=True)
            for place, text in self._items.fields.items():
                element.put(place, self.text(_filled(text, values)))

    def document(self) -> ImportDocument:
        """The whole document."""
        charset = self._encoding.removesuffix("-sig")
        text = f'<?xml version="1.0" encoding="{charset}"?>\n{"".join(self._root.pieces())}\n'
        body = text.encode(self._encoding, "xmlcharrefreplace")
        return ImportDocument(body, f"application/xml; charset={charset}")


class _CsvWriter:
    """One row of a CSV document, with a header if the profile has one."""

    def __init__(self, profile: Profile, part: ImportPart) -> None:
        self._csv = profile.csv_part
        self._items = part.items
        self._encoding = part.encoding_beside(profile.encoding)
        self._cells: dict[str, str] = {}

    def text(self, value: str) -> str:
        """`value` as the document can hold it."""
        # The base letter of a wide space is a blank, so the text is cleaned again.
        return clean(spelled(clean(value), self._encoding))

    def put(self, place: str, value: str) -> None:
        """Writes a value of the order, also an empty one."""
        self._cells[place] = value

    def put_lines(self, lines: Iterable[Mapping[str, str]]) -> None:
        """Writes all lines into one cell. Signs that separate values and lines become blanks within a value."""
        line, between = self._items.line or "", self._items.between
        signs = set(_SIGNS.findall(SOURCE.sub("", line) + between))
        blanks = str.maketrans(dict.fromkeys(signs, " "))
        texts = (
            self.text(
                _filled(line, {**values, **{n: values[n].translate(blanks) for n in ("code", "title")}})
            )
            for values in lines
        )
        self._cells[self._items.path] = between.join(texts)

    def document(self) -> ImportDocument:
        """The whole document."""
        text = io.StringIO()
        writer = csv.writer(
            text, delimiter=self._csv.delimiter, quotechar=self._csv.quote, lineterminator="\r\n"
        )
        if self._csv.header:
            writer.writerow(self._cells)
            writer.writerow(self._cells.values())
        else:
            width = max(map(int, self._cells))
            writer.writerow(self._cells.get(str(number), "") for number in range(1, width + 1))
        charset = self._encoding.removesuffix("-sig")
        # `between` is from the profile and may have characters that the encoding lacks.
        body = text.getvalue().encode(self._encoding, "replace")
        return ImportDocument(body, f"text/csv; charset={charset}")
