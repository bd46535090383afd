"""Exports invented at random: what each column really holds is known, so what a draft states can be judged."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable

NAMES = {
    "fields.code": [
        "Číslo objednávky",
        "cislo_objednavky",
        "OrderNumber",
        "order_number",
        "Kód objednávky",
        "kod",
        "Code",
    ],
    "fields.status": ["Stav", "stav_objednavky", "Status", "OrderStatus", "Stav objednávky", "order_state"],
    "mall_order_id.path": [
        "MALL ID",
        "mall_order_id",
        "Číslo objednávky MALL",
        "MallOrderNumber",
        "cislo_mall",
    ],
    "fields.created": [
        "Datum vytvoření",
        "created_at",
        "OrderDate",
        "Vytvořeno",
        "date_add",
        "Datum objednávky",
    ],
    "fields.delivery_date": ["Datum doručení", "delivered_at", "Doručeno", "DeliveredAt", "Doručené dňa"],
    "fields.tracking_number": [
        "Číslo zásilky",
        "tracking_number",
        "PackageNumber",
        "Podací číslo",
        "cislo_baliku",
    ],
    "fields.carrier": ["Dopravce", "carrier", "Způsob dopravy", "ShippingMethod", "Prepravca"],
}
"""Key of a profile → how shops call its place."""
TRAPS = [
    *(
        "Variabilní symbol",
        "EAN",
        "Telefon",
        "IČO",
        "Číslo faktury",
        "Externí číslo",
        "PartnerOrder",
        "Zdroj",
    ),
    *(
        "Stav platby",
        "payment_status",
        "Termín dodání",
        "expected_delivery",
        "Datum expedice",
        "Datum platby",
    ),
    *(
        "Datum změny",
        "paid_at",
        "Mall status",
        "mall_item_id",
        "Stav zásilky",
        "Jméno",
        "E-mail",
        "Cena dopravy",
    ),
    *(
        "Poznámka zákazníka",
        "Customer number",
        "product_code",
        "Kategorie MALL",
        "Hmotnost balíku",
        "id_zakaznika",
    ),
]
"""Columns that hold something else."""
STATES = [
    ("nevyřízená", "pending"),
    ("vyřizuje se", "handled"),
    ("vyřízená", "settled"),
    ("stornováno", "canceled"),
]
CARRIERS = ["PPL", "DPD", "GLS", "Zásilkovna", "Česká pošta"]
DATES: dict[str, Callable[[datetime], str]] = {
    "iso": lambda at: at.strftime("%Y-%m-%d %H:%M:%S"),
    "iso day": lambda at: at.strftime("%Y-%m-%d"),
    "czech": lambda at: f"{at.day}.{at.month}.{at.year} {at.hour}:{at:%M}",
    "czech day": lambda at: f"{at.day}. {at.month}. {at.year}",
    "british": lambda at: at.strftime("%d/%m/%Y"),
    "american": lambda at: f"{at.month}/{at.day}/{at.year} {at.hour}:{at:%M}",
}


@dataclass(frozen=True)
class Order:
    """One invented order."""

    code: str
    status: str
    mall: int | None
    created: datetime
    delivered: datetime | None
    parcel: str
    carrier: str


@dataclass(frozen=True)
class Invented:
    """An export, what its columns really are, and its orders."""

    document: bytes
    places: dict[str, str]
    """Key of a profile → the column that really holds it; none for what the export lacks."""
    orders: list[Order]


@st.composite
def orders(draw: st.DrawFn) -> list[Order]:
    """Orders as shops have them; the numbers look alike."""
    first = draw(st.sampled_from([2026000001, 4810000001, 100853301, 26001]))
    mall = draw(st.sampled_from([4810000501, 100853393, 2026900001]))
    begin = datetime(2026, draw(st.integers(1, 9)), draw(st.integers(1, 28)), 8, 5)  # noqa: DTZ001 - a clerk's time
    made = []
    for number in range(draw(st.integers(2, 8))):
        name, status = draw(st.sampled_from(STATES))
        created = begin + timedelta(days=number, minutes=draw(st.integers(0, 300)))
        settled = status == "settled"
        delivered = (
            created + timedelta(days=draw(st.integers(1, 9)), hours=2)
            if settled and draw(st.booleans())
            else None
        )
        parcel = f"4012345{number:04d}" if settled else ""
        its = mall + 7 * number if draw(st.integers(0, 3)) else None
        made.append(
            Order(f"{first + number}", name, its, created, delivered, parcel, draw(st.sampled_from(CARRIERS)))
        )
    return made


def _trap(draw: st.DrawFn, name: str, row: int, order: Order) -> str:
    """What stands in a trap: numbers and dates that look like the right ones."""
    folded = name.lower()
    if any(word in folded for word in ("datum", "termín", "expected", "paid_at")):
        return (order.created + timedelta(days=3)).strftime("%Y-%m-%d") if draw(st.booleans()) else ""
    if "stav" in folded or "status" in folded:
        return draw(st.sampled_from(["pending", "completed", "done", "uhrazeno", "open"]))
    if folded in {"jméno", "e-mail"}:
        return "Jana Vymyšlená" if folded == "jméno" else f"jana{row}@example.invalid"
    if "poznámka" in folded:
        return draw(st.sampled_from(["", "zvonit", f"MALL: {4810777000 + row}"]))
    if folded == "zdroj":
        # Every export has an order of another marketplace, or it would say that all these numbers are MALL's.
        return draw(st.sampled_from(["MALL", "e-shop"])) if row else "jiné tržiště"
    return str(4810600000 + 13 * row)


@st.composite
def tables(draw: st.DrawFn) -> Invented:
    """A CSV or XML export with its columns in any order, under any of their usual names, among traps."""
    made = draw(orders())
    form = DATES[draw(st.sampled_from(sorted(DATES)))]
    values: dict[str, Callable[[Order], str]] = {
        "fields.code": lambda order: order.code,
        "fields.status": lambda order: order.status,
        "mall_order_id.path": lambda order: str(order.mall or ""),
        "fields.created": lambda order: form(order.created),
        "fields.delivery_date": lambda order: form(order.delivered) if order.delivered else "",
        "fields.tracking_number": lambda order: order.parcel,
        "fields.carrier": lambda order: order.carrier,
    }
    columns: dict[str, list[str]] = {}
    places: dict[str, str] = {}
    for key, read in values.items():
        if draw(st.integers(0, 7)) == 0:
            continue  # this shop does not export it
        nonsense = draw(st.integers(0, 5)) == 0
        name = f"sloupec_{len(columns)}" if nonsense else draw(st.sampled_from(NAMES[key]))
        places[key] = name
        columns[name] = [read(order) for order in made]
    for name in draw(st.lists(st.sampled_from(TRAPS), max_size=6, unique=True)):
        columns[name] = [_trap(draw, name, row, order) for row, order in enumerate(made)]
    names = draw(st.permutations(sorted(columns)))
    rows = [[columns[name][row] for name in names] for row in range(len(made))]
    if len(names) > 1 and draw(st.booleans()):
        return Invented(_csv(draw, names, rows), places, made)
    return _xml(draw, names, rows, places, made)


def _csv(draw: st.DrawFn, names: list[str], rows: list[list[str]]) -> bytes:
    out = io.StringIO()
    dialect: type[csv.Dialect] = draw(
        st.sampled_from([csv.excel, csv.unix_dialect])
    )  # unix_dialect quotes all
    writer = csv.writer(out, dialect, delimiter=draw(st.sampled_from(";,\t|")), lineterminator="\r\n")
    writer.writerows([names, *rows])
    return out.getvalue().encode(draw(st.sampled_from(["utf-8", "utf-8-sig", "cp1250"])))


def _xml(
    draw: st.DrawFn, names: list[str], rows: list[list[str]], places: dict[str, str], made: list[Order]
) -> Invented:
    """As elements and attributes, some of them one level deeper."""
    plain = {name: "".join(sign for sign in name.title() if sign.isalnum() or sign == "_") for name in names}
    attributes = {name for name in names if draw(st.booleans())}
    deeper = {name for name in names if draw(st.integers(0, 3)) == 0}
    records = []
    for row in rows:
        cells = dict(zip(names, row, strict=True))
        own = "".join(f" {plain[n]}={quoteattr(cells[n])}" for n in names if n in attributes - deeper)
        below = "".join(f" {plain[n]}={quoteattr(cells[n])}" for n in names if n in attributes & deeper)
        inside = [
            f"<{plain[n]}>{escape(cells[n])}</{plain[n]}>" for n in names if n not in attributes | deeper
        ]
        nested = [f"<{plain[n]}>{escape(cells[n])}</{plain[n]}>" for n in names if n in deeper - attributes]
        items = (
            "<Polozky><Polozka><Kod>A</Kod><Stav>ok</Stav></Polozka><Polozka><Kod>B</Kod></Polozka></Polozky>"
        )
        records.append(
            f"<Objednavka{own}>{''.join(inside)}<Udaje{below}>{''.join(nested)}</Udaje>{items}</Objednavka>"
        )
    text = f'<?xml version="1.0" encoding="utf-8"?>\n<Export><Objednavky>{"".join(records)}</Objednavky></Export>\n'

    def place(name: str) -> str:
        path = "Udaje" if name in deeper else ""
        if name in attributes:
            return f"{path}@{plain[name]}"
        return f"{path}/{plain[name]}" if path else plain[name]

    return Invented(text.encode(), {key: place(name) for key, name in places.items()}, made)


def day(moment: datetime | None) -> date | None:
    """The day of `moment`."""
    return moment.date() if moment is not None else None
