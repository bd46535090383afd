"""The export's three formats, each as a stream of bytes: memory does not grow with the number of orders.

| profile | encoding | form | dates | amounts | MALL's order number |
|---|---|---|---|---|---|
| `default` | UTF-8 | `<ORDERS><ORDER>…` | as typed | `1234.50` | `SHOP_REMARK`: `MALL Partner: 123456` |
| `czech` | windows-1250 | `<Objednavky>…` | `d.M.yyyy H:mm` | `1234,50` | `CisloObjednavkyMall` |
| `csv` | UTF-8, BOM | `;`, header | `d.M.yyyy H:mm` | `1234,50` | `POZNAMKA`: `Objednávka MALL 123456, …` |

Dates that the clerk typed in another form than ISO are rendered as typed in every profile.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from sandbox.fastcentrik.orders import ShopOrder

_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[ T](\d{2}):(\d{2})(?::\d{2})?)?", re.ASCII)
_CHUNK = 64 * 1024
_CSV_HEADER = [
    "CISLO_OBJEDNAVKY",
    "DATUM",
    "STAV",
    "DOPRAVCE",
    "PLATBA",
    "CISLO_ZASILKY",
    "DATUM_DORUCENI",
    "POZNAMKA",
    "JMENO",
    "EMAIL",
    "TELEFON",
    "CENA_CELKEM",
]


@dataclass(frozen=True, slots=True)
class Profile:
    """One format. `head`, one text per order and `tail` make the document, in `encoding`."""

    name: str
    content_type: str
    encoding: str
    head: str
    tail: str
    order: Callable[[ShopOrder], str]

    def render(self, orders: Iterable[ShopOrder], encoding: str | None = None) -> Iterator[bytes]:
        """The document in pieces of about 64 KiB; an `encoding` other than the declared one does harm."""
        codec = encoding or self.encoding
        if encoding is None or codec.replace("-", "").lower().startswith("utf8"):
            head = self.head
        else:
            head = self.head.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}")
        pieces = [head]
        size = len(head)
        for order in orders:
            text = self.order(order)
            pieces.append(text)
            size += len(text)
            if size >= _CHUNK:
                yield "".join(pieces).encode(codec, "xmlcharrefreplace")
                pieces, size = [], 0
        pieces.append(self.tail)
        yield "".join(pieces).encode(codec, "xmlcharrefreplace")


def czech_date(text: str | None) -> str:
    """`d.M.yyyy` or `d.M.yyyy H:mm` for an ISO date or time, anything else as it is; empty for None."""
    match = _ISO.fullmatch(text or "")
    if not match:
        return text or ""
    year, month, day, hour, minute = match.groups()
    try:
        datetime(int(year), int(month), int(day), int(hour or 0), int(minute or 0))  # noqa: DTZ001 - only checked
    except ValueError:
        return text or ""
    date = f"{int(day)}.{int(month)}.{year}"
    return date if hour is None else f"{date} {int(hour)}:{minute}"


def _without_vat(price: str) -> tuple[str, str]:
    """The price without 21 % VAT and the VAT; empty for a price that is no number."""
    try:
        total = Decimal(price)
        net = (total / Decimal("1.21")).quantize(Decimal("0.01"), ROUND_HALF_UP)
    except InvalidOperation:
        return "", ""
    return str(net), str(total - net)


def _comma(amount: str) -> str:
    return amount.replace(".", ",")


def _e(text: str | None) -> str:
    return escape(text) if text else ""


def _default_order(order: ShopOrder) -> str:
    person = order.person
    name, street, city, zip_code = _e(person.name), _e(person.street), _e(person.city), _e(person.zip)
    address = (
        f"<NAME>{name}</NAME><STREET>{street}</STREET><CITY>{city}</CITY><ZIP>{zip_code}</ZIP>"
        f"<COUNTRY>{_e(person.country)}</COUNTRY>"
    )
    price = _e(order.price)
    net, vat = _without_vat(order.price)
    remark = order.shop_remark
    if remark is None:
        remark = f"MALL Partner: {order.mall_order_id}" if order.mall_order_id else ""
    item = order.seed % 500
    return (
        f"<ORDER><ORDER_ID>{order.number}</ORDER_ID><CODE>{_e(order.code)}</CODE><DATE>{_e(order.created)}</DATE>"
        f"<STATUS>{_e(order.status)}</STATUS><CURRENCY>{_e(order.currency)}</CURRENCY>"
        f"<PACKAGE_NUMBER>{_e(order.tracking_number)}</PACKAGE_NUMBER>"
        f"<DELIVERY_DATE>{_e(order.delivery_date)}</DELIVERY_DATE>"
        f"<CARRIER>{_e(order.carrier)}</CARRIER><PAYMENT>{_e(order.payment)}</PAYMENT>"
        f"<REMARK>{_e(order.remark)}</REMARK><SHOP_REMARK>{_e(remark)}</SHOP_REMARK><REFERER/>"
        f"<CUSTOMER><EMAIL>{_e(person.email)}</EMAIL><PHONE>{_e(person.phone)}</PHONE>"
        f"<BILLING_ADDRESS>{address}</BILLING_ADDRESS><SHIPPING_ADDRESS>{address}</SHIPPING_ADDRESS></CUSTOMER>"
        f"<TOTAL_PRICE><WITH_VAT>{price}</WITH_VAT><WITHOUT_VAT>{net}</WITHOUT_VAT><VAT>{vat}</VAT>"
        f"<PRICE_TO_PAY>{price}</PRICE_TO_PAY><PAID>1</PAID></TOTAL_PRICE>"
        f"<ORDER_ITEMS><ITEM><CODE>ZBOZI-{item}</CODE><NAME>Zboží č. {item}</NAME><AMOUNT>1</AMOUNT>"
        f"<UNIT_PRICE_WITH_VAT>{price}</UNIT_PRICE_WITH_VAT></ITEM></ORDER_ITEMS></ORDER>\n"
    )


def _czech_order(order: ShopOrder) -> str:
    person = order.person
    return (
        f"<Objednavka><CisloObjednavky>{_e(order.code)}</CisloObjednavky>"
        f"<DatumVytvoreni>{_e(czech_date(order.created))}</DatumVytvoreni><Stav>{_e(order.status)}</Stav>"
        f"<CisloZasilky>{_e(order.tracking_number)}</CisloZasilky><Dopravce>{_e(order.carrier)}</Dopravce>"
        f"<Platba>{_e(order.payment)}</Platba><DatumDoruceni>{_e(czech_date(order.delivery_date))}</DatumDoruceni>"
        f"<CisloObjednavkyMall>{_e(order.mall_order_id)}</CisloObjednavkyMall>"
        f"<Zakaznik><Jmeno>{_e(person.name)}</Jmeno><Email>{_e(person.email)}</Email>"
        f"<Telefon>{_e(person.phone)}</Telefon><Ulice>{_e(person.street)}</Ulice><Mesto>{_e(person.city)}</Mesto>"
        f"<Psc>{_e(person.zip)}</Psc></Zakaznik><CelkovaCena>{_e(_comma(order.price))}</CelkovaCena>"
        "</Objednavka>\n"
    )


def _csv_line(cells: Iterable[str]) -> str:
    line = io.StringIO()
    csv.writer(line, delimiter=";", lineterminator="\r\n").writerow(cells)
    return line.getvalue()


def _csv_order(order: ShopOrder) -> str:
    person = order.person
    remark = order.shop_remark
    if remark is None:
        wish = order.remark or "prosím volat"
        remark = (
            f"Objednávka MALL {order.mall_order_id}, {wish}" if order.mall_order_id else order.remark or ""
        )
    return _csv_line(
        (
            order.code,
            czech_date(order.created),
            order.status,
            order.carrier or "",
            order.payment or "",
            order.tracking_number or "",
            czech_date(order.delivery_date),
            remark,
            person.name,
            person.email,
            person.phone,
            _comma(order.price),
        )
    )


PROFILES: dict[str, Profile] = {
    "default": Profile(
        name="default",
        content_type="application/xml; charset=utf-8",
        encoding="utf-8",
        head='<?xml version="1.0" encoding="utf-8"?>\n<ORDERS>\n',
        tail="</ORDERS>\n",
        order=_default_order,
    ),
    "czech": Profile(
        name="czech",
        content_type="application/xml; charset=windows-1250",
        encoding="cp1250",
        head='<?xml version="1.0" encoding="windows-1250"?>\n<Objednavky>\n',
        tail="</Objednavky>\n",
        order=_czech_order,
    ),
    "csv": Profile(
        name="csv",
        content_type="text/csv; charset=utf-8",
        encoding="utf-8",
        head="\N{ZERO WIDTH NO-BREAK SPACE}" + _csv_line(_CSV_HEADER),
        tail="",
        order=_csv_order,
    ),
}
