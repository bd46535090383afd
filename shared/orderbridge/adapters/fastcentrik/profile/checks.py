"""Checks that need more than one table of a profile: places, and that what is written is read back.

Each problem is ``key: what is allowed``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from orderbridge.adapters.fastcentrik.profile.encoding import spelled
from orderbridge.adapters.fastcentrik.profile.import_schema import (
    AMOUNTS,
    CANCEL_SOURCES,
    CASES,
    ITEM_SOURCES,
    ORDER_SOURCES,
    SOURCE,
    sources_of,
)
from orderbridge.adapters.fastcentrik.reading.mall_numbers import Found, NumberReader
from orderbridge.adapters.texts import clean
from orderbridge.domain.statuses import ShopStatus, shop_status

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from orderbridge.adapters.fastcentrik.profile.import_schema import ImportPart
    from orderbridge.adapters.fastcentrik.profile.schema import Profile

_XML_PATH = re.compile(r"(?:[^\s/@]++(?:/[^\s/@]++)*+)?+(?:@[^\s/@]++)?+")
_NAME = r"[^\W\d][\w.-]*+"
_ELEMENTS = re.compile(rf"{_NAME}(?:/{_NAME})*+")
_PLACE = re.compile(rf"(?:{_NAME}(?:/{_NAME})*+)?+(?:@{_NAME})?+")
_COLUMN = re.compile(r"[1-9][0-9]{0,2}")
_SAMPLES = (1, 123_456, 10_085_339_302, 2**63 - 1)


def refuse_unfit(profile: Profile) -> None:
    """Raises ValueError with the first problem of `profile`, whose tables are valid one by one."""
    for problem in _problems(profile):
        raise ValueError(problem)


def _problems(profile: Profile) -> Iterator[str]:
    yield from _wrong_xml_export(profile) if profile.format == "xml" else _wrong_csv_export(profile)
    if profile.import_part is not None:
        yield from _import_problems(profile.import_part, profile)


def _wrong_xml_export(profile: Profile) -> Iterator[str]:
    if profile.xml is None or profile.csv is not None:
        yield 'xml: needed, and [csv] is not allowed, with format = "xml"'
        return
    for key, path in profile.places:
        if not _XML_PATH.fullmatch(path):
            yield f"{key}: allowed is a path within the record such as CODE, CUSTOMER/EMAIL or @id"
    stamp = profile.document
    if stamp and (not _XML_PATH.fullmatch(stamp.made_at) or stamp.is_within(profile.xml.record)):
        yield "document.made_at: allowed is a path from the root that is not an order's, such as @generated"


def _wrong_csv_export(profile: Profile) -> Iterator[str]:
    if profile.xml is not None:
        yield 'xml: not allowed with format = "csv"'
    if profile.document is not None:
        yield 'document: not allowed with format = "csv": a table says nothing of itself'
    if profile.csv_part.delimiter == profile.csv_part.quote:
        yield "csv.quote: allowed is any character but the delimiter"
    if profile.encoding == "declared":
        yield "encoding: a CSV file declares none; allowed: utf-8, utf-8-sig, windows-1250"
    for key, path in profile.places:
        if not profile.csv_part.header and not _COLUMN.fullmatch(path):
            yield f"{key}: with header = false allowed is the column's number, from 1"


def _import_problems(part: ImportPart, profile: Profile) -> Iterator[str]:
    yield from _wrong_sources(part)
    yield from (
        _wrong_xml_import(part, profile) if profile.format == "xml" else _wrong_csv_import(part, profile)
    )
    yield from _wrong_number(part, profile)
    yield from _wrong_states(part, profile)
    yield from _wrong_dates(part, profile)
    yield from _wrong_amounts(part)
    yield from _wrong_payments(part)
    missing = {"code", "pieces", "unit_price"} - sources_of(part.items.texts)
    if missing:
        names = ", ".join(f"{{{name}}}" for name in sorted(missing))
        yield f"import.items: lacks {names}: without it nobody knows what was ordered"


def _wrong_sources(part: ImportPart) -> Iterator[str]:
    lines = {name: line for name in AMOUNTS if (line := getattr(part.items, name)) is not None}
    tables: list[tuple[str, Mapping[str, tuple[str, ...]], frozenset[str]]] = [
        ("import.fields", part.fields, ORDER_SOURCES),
        ("import.items.fields", {place: (text,) for place, text in part.items.fields.items()}, ITEM_SOURCES),
        ("import.items", {"line": (part.items.line or "",)}, ITEM_SOURCES),
        *(
            (f"import.items.{name}", {key: (text,) for key, text in line}, ORDER_SOURCES)
            for name, line in lines.items()
        ),
        ("import.cancel", {place: (text,) for place, text in part.cancel.items()}, CANCEL_SOURCES),
    ]
    for table, texts, allowed in tables:
        for key, values in texts.items():
            unknown = sources_of(values) - allowed
            rest = "".join(SOURCE.sub("", text) for text in values)
            if unknown or "{" in rest or "}" in rest:
                yield f"{table}.{key}: allowed in braces are {', '.join(sorted(allowed))}"


def _wrong_xml_import(part: ImportPart, profile: Profile) -> Iterator[str]:
    encoding = part.encoding_beside(profile.encoding)
    record = profile.xml.record if profile.xml else ""
    places = [
        ("xml.record", record, _ELEMENTS),
        *((f"import.fields.{place}", place, _PLACE) for place in part.fields),
        ("import.items.path", part.items.path, _ELEMENTS),
        *((f"import.items.fields.{place}", place, _PLACE) for place in part.items.fields),
        *((f"import.cancel.{place}", place, _PLACE) for place in part.cancel),
    ]
    for key, place, form in places:
        # A name cannot be written with character references.
        if not form.fullmatch(place) or spelled(place, encoding) != place:
            yield f"{key}: not a place that can be written in {encoding}, such as CODE, CUSTOMER/EMAIL or @id"
    if not part.items.fields or part.items.line is not None:
        yield "import.items: with XML fields is needed, and line is not allowed"
    taken = [*part.fields, *profile.paths]
    if any(f"{place.replace('@', '/')}/".startswith(f"{part.items.path}/") for place in taken):
        yield f"import.items.path: {part.items.path} is a place of the order itself"


def _wrong_csv_import(part: ImportPart, profile: Profile) -> Iterator[str]:
    encoding = part.encoding_beside(profile.encoding)
    places = [
        *((f"import.fields.{place}", place) for place in part.fields),
        ("import.items.path", part.items.path),
        *((f"import.cancel.{place}", place) for place in part.cancel),
    ]
    for key, place in places:
        if not profile.csv_part.header and not _COLUMN.fullmatch(place):
            yield f"{key}: with header = false allowed is the column's number, from 1"
        if spelled(clean(place), encoding) != place:
            yield f"{key}: not a column's name that can be written in {encoding}"
    if part.items.line is None or part.items.fields:
        yield "import.items: with CSV line is needed, and fields is not allowed"
    if part.items.path in {*part.fields, *profile.paths}:
        yield f"import.items.path: {part.items.path} is a place of the order itself"


def _wrong_number(part: ImportPart, profile: Profile) -> Iterator[str]:
    """The first written place that is read for MALL's number must give back the number alone."""
    place = next((place for place in profile.mall_order_id.path if place in part.fields), None)
    if place is None:
        places = ", ".join(profile.mall_order_id.path)
        yield f"import.fields: write {{mall_order_id}} where it is read ({places}), or the order is never found again"
        return
    texts = part.fields[place]
    reader = NumberReader(profile.mall_order_id)
    encoding = part.encoding_beside(profile.encoding)
    if len(texts) == 1 and sources_of(texts) == {"mall_order_id"}:
        for number in filter(profile.mall_order_id.reads, _SAMPLES):
            value = clean(SOURCE.sub(str(number), texts[0]))
            value = value if profile.format == "xml" else spelled(value, encoding)
            if reader.read(value) != Found((number,)):
                break
        else:
            return
    yield f"import.fields.{place}: allowed is one text that holds {{mall_order_id}} alone, and from which it is read"


def _wrong_states(part: ImportPart, profile: Profile) -> Iterator[str]:
    encoding = part.encoding_beside(profile.encoding)
    for key, name in part.states:
        kept = profile.format == "xml" or spelled(name, encoding) == name
        if not kept or shop_status(name, profile.states) is not ShopStatus(key):
            yield f"import.states.{key}: allowed is a name that is read as {key} (see states) and that {encoding} has"
    if part.fields.get(profile.fields.status) != ("{status}",):
        yield f"import.fields.{profile.fields.status}: allowed is {{status}}: the state is read there"
    for place, text in ((profile.fields.code, "{code}"), (profile.fields.status, "{status}")):
        if part.cancel.get(place) != text:
            yield f"import.cancel.{place}: needed, as {text}: it is read there"


def _wrong_dates(part: ImportPart, profile: Profile) -> Iterator[str]:
    fields = profile.fields
    if fields.created in part.fields:
        if part.fields[fields.created] != ("{created}",):
            yield f"import.fields.{fields.created}: allowed is {{created}}: the date is read there"
        if part.date not in profile.dates.read:
            yield f"import.date: allowed is a form that is read: {', '.join(profile.dates.read)}"
    for place in (fields.delivery_date, fields.tracking_number, fields.tracking_url):
        written = [*part.fields.get(place or "", ()), part.cancel.get(place or "", "")]
        if any(written):
            yield f"import: {place} must stay empty: what stands there is passed on to the marketplace as a fact"


def _wrong_amounts(part: ImportPart) -> Iterator[str]:
    in_fields = sources_of(text for texts in part.fields.values() for text in texts)
    for name in AMOUNTS:
        if (name in in_fields) == (getattr(part.items, name) is not None):
            yield (
                f"import: {name} is needed once, as {{{name}}} in import.fields or as a line in import.items.{name}: "
                "all amounts must add up to what the customer pays"
            )


def _wrong_payments(part: ImportPart) -> Iterator[str]:
    for key, names in part.payments.items():
        if key in CASES and not names.name:
            yield f"import.payments.{key}: allowed is a name"
        elif not (names.name or names.paid or names.cash_on_delivery):
            yield f"import.payments.{key}: allowed is a name, or a table with paid, cash_on_delivery or both"
