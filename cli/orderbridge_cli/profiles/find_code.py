"""Finds the shop's own number of an order, and with it which rows of a table are one order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orderbridge.adapters.fastcentrik.reading.record import MAX_CODE
from orderbridge_cli.language import t
from orderbridge_cli.profiles.findings import Candidate, Finding, Rows, filled, seen_numbers
from orderbridge_cli.profiles.names import (
    EXTERNAL,
    ITEM,
    MONEY,
    NOTE,
    PAPER,
    PARCEL,
    PARTY,
    PAYMENT,
    Name,
    name_of,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orderbridge_cli.profiles.survey import Column, Survey

KEY = "fields.code"
_ORDER_NUMBER = (
    *("cisloobjedn", "objednavkacislo", "kodobjedn", "objednavkakod", "cisloobj", "objcislo", "cislozakazky"),
    *("ordernumber", "orderno", "ordernr", "ordercode", "orderreference", "orderref", "numberorder"),
)
_PLAIN = (
    "code",
    "kod",
    "cislo",
    "number",
    "reference",
    "numberrequested",
    "cislodokladu",
    "objednavka",
    "order",
)
_TECHNICAL = ("orderid", "idorder", "idobjedn", "objednavkaid", "idobj", "objid")
_OTHERS = (*ITEM, *PARTY, *MONEY, *PAPER, *PAYMENT, *PARCEL, *NOTE, *EXTERNAL)
_DATES = ("datum", "date", "cas", "time", "stav", "status", "state", "doprav", "typ", "type", "url")


_WITHIN_OTHERS = (
    *(
        "shipment",
        "shipping",
        "delivery",
        "doprav",
        "carrier",
        "preprav",
        "pobock",
        "branch",
        "pokladn",
        "smlouv",
        "contract",
        "voucher",
    ),
    *("kupon", "kosik", "cart", "session", "visit", "navstev", "stav", "status", "state"),
)


def tier(name: Name) -> int:
    """1: called the order's number. 2: number or code. 3: a technical id. 0: something else."""
    if _is_other(name):
        return 0
    if name.says(_ORDER_NUMBER):
        return 1
    if name.joined in _PLAIN:
        return 2
    return 3 if name.says(_TECHNICAL) or name.joined == "id" else 0


def find_code(survey: Survey) -> tuple[Finding, Rows]:
    """The shop's number of the order, and the rows of each order."""
    tiers = {column.place: tier(name_of(column.place)) for column in survey.columns}
    named = sorted((c for c in survey.columns if tiers[c.place]), key=lambda c: tiers[c.place])
    fitting = [column for column in named if _why_not(column, survey) is None]
    if not fitting:
        return _none(named, survey), Rows()
    first = tiers[fitting[0].place]
    best = [column for column in fitting if tiers[column.place] == first]
    if len(best) > 1:
        why = t("as good as the others by its name; each order has a value of its own")
        candidates = tuple(Candidate(column.place, why) for column in best)
        return Finding(
            KEY, None, (t("Several places may be the order's number."),), candidates, needed=True
        ), Rows()
    column = best[0]
    said = t(
        "A value {filled}, each order its own: {values}.",
        filled=filled(column, survey.records),
        values=seen_numbers(column),
    )
    others = tuple(
        Candidate(other.place, _why_not(other, survey) or t("a technical number by its name"))
        for other in named
        if other is not column
    )
    rows = _rows_of(column, survey)
    evidence = (said, *_about_rows(rows, survey))
    return Finding(KEY, column.place, evidence, others, needed=True), rows


def _none(named: Sequence[Column], survey: Survey) -> Finding:
    said = t("No place has a name and values like the number of an order.")
    candidates = [Candidate(column.place, _why_not(column, survey) or "") for column in named]
    if not named:
        why = t("each order has a value of its own, but the name does not say what it is")
        plain = [c for c in survey.columns if _why_not(c, survey) is None and not _is_other(name_of(c.place))]
        candidates = [Candidate(column.place, why) for column in plain[:5]]
    return Finding(KEY, None, (said,), tuple(candidates), needed=True)


def _is_other(name: Name) -> bool:
    return name.mall or name.concerns(_OTHERS) or name.says(_DATES) or name.within(_WITHIN_OTHERS)


def _why_not(column: Column, survey: Survey) -> str | None:
    """Why the values cannot be the orders' numbers; None: they can."""
    if column.repeated:
        return t("several values in one order")
    if len(column.values) < survey.records and not _only_first_rows(column):
        return t("a value only {filled}", filled=filled(column, survey.records))
    if any(len(value) > MAX_CODE or not any(map(str.isdigit, value)) for value in column.values.values()):
        return t("values without digits, or too long")
    if not _runs_are_unique(column):
        return t("different orders have the same value")
    return None


def _only_first_rows(column: Column) -> bool:
    return 0 in column.values and "/" not in column.place and "@" not in column.place


def _runs_are_unique(column: Column) -> bool:
    """Whether a value returns only in rows that follow each other: those of one order."""
    seen: set[str] = set()
    before = None
    for value in column.values.values():
        if value != before and value in seen:
            return False
        seen.add(value)
        before = value
    return True


def _rows_of(column: Column, survey: Survey) -> Rows:
    """The order of each record: a blank number continues the order before it."""
    numbers: dict[str, int] = {}
    orders: list[int] = []
    last = ""
    for record in range(survey.records):
        last = column.values.get(record, last)
        orders.append(numbers.setdefault(last, len(numbers)))
    if len(numbers) == survey.records:
        return Rows()
    return Rows(tuple(orders), first_only=len(column.values) < survey.records)


def _about_rows(rows: Rows, survey: Survey) -> tuple[str, ...]:
    if not rows.orders:
        return ()
    orders = len(set(rows.orders))
    return (
        t("Orders have several rows: {orders} orders in {rows} rows.", orders=orders, rows=survey.records),
    )
