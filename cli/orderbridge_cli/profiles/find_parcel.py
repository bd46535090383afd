"""Finds the parcel's number, its tracking address and the carrier. A profile can do without any of them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from orderbridge.domain.carrier_names import named_carriers
from orderbridge.domain.carrier_table import CARRIERS, Country
from orderbridge.domain.parcel_numbers import NoNumber, numbers_in
from orderbridge_cli.language import t
from orderbridge_cli.profiles.findings import Candidate, Finding, best_of, filled, seen_names, seen_numbers
from orderbridge_cli.profiles.names import (
    ADDRESS,
    EXTERNAL,
    ITEM,
    MONEY,
    NOTE,
    PAPER,
    PARCEL,
    PAYMENT,
    Name,
    name_of,
)

if TYPE_CHECKING:
    from orderbridge_cli.profiles.findings import Rows
    from orderbridge_cli.profiles.survey import Column, Survey

NUMBER, URL, CARRIER = "fields.tracking_number", "fields.tracking_url", "fields.carrier"

_NOT_A_NUMBER = (
    *(
        *ITEM,
        *MONEY,
        *PAPER,
        *NOTE,
        *ADDRESS,
        *EXTERNAL,
        "stav",
        "status",
        "state",
        "datum",
        "date",
        "typ",
        "type",
    ),
    *(
        "hmotnost",
        "weight",
        "vaha",
        "pocet",
        "count",
        "carrier",
        "doprav",
        "name",
        "nazev",
        "text",
        "cas",
        "time",
    ),
    *("zpet", "spat", "vrat", "return", "reklam", "claim"),
)
_CARRIER = (
    "carrier",
    "dopravce",
    "dopravca",
    "prepravce",
    "prepravca",
    "courier",
    "kuryr",
    "kurier",
    "dorucovatel",
)
_METHOD = (
    *(
        "doprav",
        "shippingmethod",
        "deliverymethod",
        "deliverytype",
        "shippingtype",
        "shippingname",
        "deliveryname",
    ),
    *("shipping", "delivery", "zpusobdoruc", "sposobdoruc", "dodaciSluzba", "shipmentmethod"),
)
_NOT_A_CARRIER = (
    *(
        *ITEM,
        *MONEY,
        *PAPER,
        *PAYMENT,
        *PARCEL,
        *NOTE,
        *ADDRESS,
        *EXTERNAL,
        "datum",
        "date",
        "stav",
        "status",
        "state",
    ),
    *(
        "adres",
        "address",
        "street",
        "city",
        "zip",
        "psc",
        "phone",
        "telefon",
        "mail",
        "firma",
        "company",
        "jmeno",
    ),
    *("pobock", "branch", "hmotnost", "weight", "time", "cas", "country", "zeme"),
)
_MOST = 0.9
_SOME = 0.3
_MAX_NAMES = 60


def find_number(survey: Survey, rows: Rows) -> Finding:
    """The parcel's number."""
    named = [c for c in survey.columns if _is_number(name_of(c.place)) and not _addresses(c)]
    filled_in = [column for column in named if column.values]
    fitting = [column for column in filled_in if _numbers(column) >= _MOST and rows.is_constant(column)]
    if len(fitting) != 1 or any(c.repeated for c in fitting if "/" not in c.place):
        why = (
            t("as good as the other by its name")
            if len(fitting) > 1
            else t("no parcel's number in the sample")
        )
        return best_of(fitting or named, NUMBER, why)
    column = fitting[0]
    said = t(
        "A value {filled}: {values}.", filled=filled(column, survey.records), values=seen_numbers(column)
    )
    others = tuple(Candidate(c.place, t("empty, or no numbers in it")) for c in named if c is not column)
    return Finding(NUMBER, column.place, (said,), others)


def _is_number(name: Name) -> bool:
    if name.mall or name.says(_NOT_A_NUMBER) or name.within((*ITEM, *PAPER, *MONEY)):
        return False
    if name.says(PARCEL):
        return True
    return name.joined in {"number", "cislo", "code", "kod", "barcode", "id"} and name.within(PARCEL)


def _numbers(column: Column) -> float:
    """The share of values that hold one parcel's number or several."""
    values = column.distinct
    good = sum(not isinstance(numbers_in(value, []), NoNumber) for value in values)
    return good / max(1, len(values))


def find_url(survey: Survey, rows: Rows) -> Finding:
    """The tracking address."""
    urls = [column for column in survey.columns if _addresses(column) and rows.is_constant(column)]
    fitting = [column for column in urls if not column.repeated and _is_tracking(column)]
    if len(fitting) != 1:
        return best_of(fitting, URL, t("as good as the other: addresses of parcels"))
    column = fitting[0]
    hosts = seen_names({urlsplit(value).hostname or "" for value in column.distinct[:5]})
    said = t("A value {filled}: addresses at {hosts}.", filled=filled(column, survey.records), hosts=hosts)
    return Finding(URL, column.place, (said,))


def _addresses(column: Column) -> bool:
    values = column.distinct
    return bool(values) and all(value.lower().startswith(("https://", "http://")) for value in values)


def _is_tracking(column: Column) -> bool:
    name = name_of(column.place)
    if name.within(ITEM) or name.says((*ITEM, *PAPER)):
        return False
    hosts = {_host(value) for value in column.distinct}
    return name.concerns(PARCEL) or hosts <= _carriers_hosts()


@cache
def _carriers_hosts() -> frozenset[str]:
    return frozenset(_host(page.address) for carrier in CARRIERS for page in carrier.pages.values())


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def find_carrier(survey: Survey, rows: Rows) -> Finding:
    """The carrier, as the shop names it."""
    likely = [column for column in survey.columns if _may_be_carrier(column, rows)]
    by_name = [column for column in likely if name_of(column.place).concerns(_CARRIER)]
    by_method = [column for column in likely if name_of(column.place).concerns(_METHOD)]
    # Without a telling name a column that mentions carriers may be anything, such as the clerk who packs for one.
    best = next((group for group in (by_name, by_method) if group), [])
    certain = [column for column in best if _mentions(column) >= _SOME]
    if len(certain) != 1:
        why = (
            t("as good as the other: names of carriers")
            if certain
            else t("no carrier that is known in the sample")
        )
        mentioned = [column for column in likely if _mentions(column) >= _SOME]
        return best_of(certain or by_name or mentioned, CARRIER, why)
    column = certain[0]
    share = round(100 * _mentions(column))
    said = t(
        "A value {filled}; {share} % of the names have a known carrier in them: {values}.",
        filled=filled(column, survey.records),
        share=share,
        values=seen_names(column.distinct[:5]),
    )
    why = t("{share} % of its names have a known carrier")
    losers = tuple(
        Candidate(c.place, why.format(share=round(100 * _mentions(c))))
        for c in [*by_name, *by_method]
        if c is not column and _mentions(c)
    )
    return Finding(CARRIER, column.place, (said,), tuple(dict.fromkeys(losers)))


def _may_be_carrier(column: Column, rows: Rows) -> bool:
    name = name_of(column.place)
    if name.mall or name.says(_NOT_A_CARRIER) or name.within((*ITEM, *PAYMENT, *PAPER)) or column.repeated:
        return False
    values = column.distinct
    texts = 0 < len(values) <= _MAX_NAMES and not _addresses(column) and rows.is_constant(column)
    return texts and not all(value.replace(".", "").isdigit() for value in values)


def _mentions(column: Column) -> float:
    """The share of the different values that mention a known carrier."""
    values = column.distinct
    known = sum(bool(named_carriers(value, {}, Country.CZ)) for value in values)
    return known / max(1, len(values))
