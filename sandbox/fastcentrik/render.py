"""The export's formats, each as a stream of bytes: memory does not grow with the number of orders.

| profile | encoding | form | dates | amounts | MALL's order number |
|---|---|---|---|---|---|
| `default` | UTF-8 | `<ORDERS><ORDER>…` | as typed | `1234.50` | `SHOP_REMARK`: `MALL Partner: 123456` |
| `czech` | windows-1250 | `<Objednavky>…` | `d.M.yyyy H:mm` | `1234,50` | `CisloObjednavkyMall` |
| `csv` | UTF-8, BOM | `;`, header | `d.M.yyyy H:mm` | `1234,50` | `CISLO_OBJEDNAVKY_MALL` |

Every order has its customer and its lines, invented unless it was imported. Dates that the clerk typed in another
form than ISO are rendered as typed in every profile.
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
    from sandbox.people import Person

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
    "CISLO_OBJEDNAVKY_MALL",
    "POZNAMKA",
    "JMENO",
    "EMAIL",
    "TELEFON",
    "CENA_CELKEM",
    "ULICE",
    "MESTO",
    "PSC",
    "POLOZKY",
]


@dataclass(frozen=True, slots=True)
class Profile:
    """One format. `head`, one text per order and `tail` make the document, in `encoding`; `file` ends its address."""

    name: str
    file: str
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


def _opt(name: str, text: str) -> str:
    """The element, where there is something to stand in it."""
    return f"<{name}>{_e(text)}</{name}>" if text else ""


def _default_address(person: Person, company: str) -> str:
    return (
        f"<NAME>{_e(person.name)}</NAME>{_opt('COMPANY', company)}<STREET>{_e(person.street)}</STREET>"
        f"<CITY>{_e(person.city)}</CITY><ZIP>{_e(person.zip)}</ZIP><COUNTRY>{_e(person.country)}</COUNTRY>"
    )


def _default_order(order: ShopOrder) -> str:
    content = order.content
    person = content.billing
    billing = _default_address(person, content.company)
    shipping = _default_address(content.shipping, content.company)
    price = _e(order.price)
    net, vat = _without_vat(order.price)
    remark = order.shop_remark
    if remark is None:
        remark = f"MALL Partner: {order.mall_order_id}" if order.mall_order_id else ""
    items = "".join(
        f"<ITEM><CODE>{_e(item.code)}</CODE><NAME>{_e(item.name)}</NAME><AMOUNT>{_e(item.pieces)}</AMOUNT>"
        f"<UNIT_PRICE_WITH_VAT>{_e(item.unit_price)}</UNIT_PRICE_WITH_VAT>{_opt('VAT_RATE', item.vat)}</ITEM>"
        for item in content.lines
    )
    return (
        f"<ORDER><ORDER_ID>{order.number}</ORDER_ID><CODE>{_e(order.code)}</CODE><DATE>{_e(order.created)}</DATE>"
        f"<STATUS>{_e(order.status)}</STATUS><CURRENCY>{_e(order.currency)}</CURRENCY>"
        f"<PACKAGE_NUMBER>{_e(order.tracking_number)}</PACKAGE_NUMBER>"
        f"<DELIVERY_DATE>{_e(order.delivery_date)}</DELIVERY_DATE>"
        f"<CARRIER>{_e(order.carrier)}</CARRIER><PAYMENT>{_e(order.payment)}</PAYMENT>"
        f"{_opt('CASH_ON_DELIVERY', content.cash_on_delivery)}"
        f"<REMARK>{_e(order.remark)}</REMARK><SHOP_REMARK>{_e(remark)}</SHOP_REMARK><REFERER/>"
        f"<CUSTOMER><EMAIL>{_e(person.email)}</EMAIL><PHONE>{_e(person.phone)}</PHONE>"
        f"<BILLING_ADDRESS>{billing}</BILLING_ADDRESS><SHIPPING_ADDRESS>{shipping}</SHIPPING_ADDRESS></CUSTOMER>"
        f"<TOTAL_PRICE><WITH_VAT>{price}</WITH_VAT><WITHOUT_VAT>{net}</WITHOUT_VAT><VAT>{vat}</VAT>"
        f"<PRICE_TO_PAY>{price}</PRICE_TO_PAY><PAID>{_e(content.paid or '1')}</PAID></TOTAL_PRICE>"
        f"<ORDER_ITEMS>{items}</ORDER_ITEMS></ORDER>\n"
    )


def _czech_person(person: Person, company: str) -> str:
    return (
        f"{_opt('Firma', company)}<Ulice>{_e(person.street)}</Ulice><Mesto>{_e(person.city)}</Mesto>"
        f"<Psc>{_e(person.zip)}</Psc>{_opt('Zeme', '' if person.country == 'CZ' else person.country)}"
    )


def _czech_order(order: ShopOrder) -> str:
    content = order.content
    person, other = content.billing, content.shipping
    shipping = ""
    if other != person:
        body = f"<Jmeno>{_e(other.name)}</Jmeno>{_czech_person(other, content.company)}"
        shipping = f"<DodaciAdresa>{body}</DodaciAdresa>"
    items = "".join(
        f"<Polozka><KodZbozi>{_e(item.code)}</KodZbozi><JmenoZbozi>{_e(item.name)}</JmenoZbozi>"
        f"<Pocet>{_e(_comma(item.pieces))}</Pocet><CenaZaKus>{_e(_comma(item.unit_price))}</CenaZaKus>"
        f"{_opt('SazbaDph', _comma(item.vat))}</Polozka>"
        for item in content.items
    )
    extras = (
        f"{_opt('CenaDopravy', _comma(content.delivery_price))}"
        f"{_opt('CenaDobirky', _comma(content.cash_on_delivery_price))}{_opt('Sleva', _comma(content.discount))}"
        f"{_opt('Dobirka', _comma(content.cash_on_delivery))}{_opt('Zaplaceno', content.paid)}"
    )
    return (
        f"<Objednavka><CisloObjednavky>{_e(order.code)}</CisloObjednavky>"
        f"<DatumVytvoreni>{_e(czech_date(order.created))}</DatumVytvoreni><Stav>{_e(order.status)}</Stav>"
        f"<CisloZasilky>{_e(order.tracking_number)}</CisloZasilky><Dopravce>{_e(order.carrier)}</Dopravce>"
        f"<Platba>{_e(order.payment)}</Platba><DatumDoruceni>{_e(czech_date(order.delivery_date))}</DatumDoruceni>"
        f"<CisloObjednavkyMall>{_e(order.mall_order_id)}</CisloObjednavkyMall>{_opt('Poznamka', order.remark or '')}"
        f"<Zakaznik><Jmeno>{_e(person.name)}</Jmeno><Email>{_e(person.email)}</Email>"
        f"<Telefon>{_e(person.phone)}</Telefon>{_czech_person(person, content.company)}</Zakaznik>{shipping}{extras}"
        f"<CelkovaCena>{_e(_comma(order.price))}</CelkovaCena><Polozky>{items}</Polozky></Objednavka>\n"
    )


def _csv_line(cells: Iterable[str]) -> str:
    line = io.StringIO()
    csv.writer(line, delimiter=";", lineterminator="\r\n").writerow(cells)
    return line.getvalue()


def _csv_order(order: ShopOrder) -> str:
    content = order.content
    person = content.billing
    return _csv_line(
        (
            order.code,
            czech_date(order.created),
            order.status,
            order.carrier or "",
            order.payment or "",
            order.tracking_number or "",
            czech_date(order.delivery_date),
            order.mall_order_id or "",
            order.remark or "",
            person.name,
            person.email,
            person.phone,
            _comma(order.price),
            person.street,
            person.city,
            person.zip,
            "\n".join(
                f"{item.code} | {_comma(item.pieces)} | {_comma(item.unit_price)} | {_comma(item.vat)} | {item.name}"
                for item in content.lines
            ),
        )
    )


PROFILES: dict[str, Profile] = {
    "default": Profile(
        name="default",
        file="orders.xml",
        content_type="application/xml; charset=utf-8",
        encoding="utf-8",
        head='<?xml version="1.0" encoding="utf-8"?>\n<ORDERS>\n',
        tail="</ORDERS>\n",
        order=_default_order,
    ),
    "czech": Profile(
        name="czech",
        file="orders.czech.xml",
        content_type="application/xml; charset=windows-1250",
        encoding="cp1250",
        head='<?xml version="1.0" encoding="windows-1250"?>\n<Objednavky>\n',
        tail="</Objednavky>\n",
        order=_czech_order,
    ),
    "csv": Profile(
        name="csv",
        file="orders.csv",
        content_type="text/csv; charset=utf-8",
        encoding="utf-8",
        head="\N{ZERO WIDTH NO-BREAK SPACE}" + _csv_line(_CSV_HEADER),
        tail="",
        order=_csv_order,
    ),
}
