"""Checks that need more than one table of a profile: places, and that what is written is read back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, assert_never

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
from orderbridge.domain.codes.profiles import ProfileReason
from orderbridge.domain.facts import Term
from orderbridge.domain.reasons import because
from orderbridge.domain.statuses import ShopStatus, shop_status

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from orderbridge.adapters.fastcentrik.profile.import_schema import ImportPart
    from orderbridge.adapters.fastcentrik.profile.schema import Profile
    from orderbridge.domain.reasons import Fact, Reason

_XML_PATH = re.compile(r"(?:[^\s/@]++(?:/[^\s/@]++)*+)?+(?:@[^\s/@]++)?+")
_NAME = r"[^\W\d][\w.-]*+"
_ELEMENTS = re.compile(rf"{_NAME}(?:/{_NAME})*+")
_PLACE = re.compile(rf"(?:{_NAME}(?:/{_NAME})*+)?+(?:@{_NAME})?+")
_COLUMN = re.compile(r"[1-9][0-9]{0,2}")
_SAMPLES = (1, 123_456, 10_085_339_302, 2**63 - 1)


def unfit(profile: Profile) -> Reason | None:
    """The first problem of `profile`, whose tables are valid one by one; None if there is none."""
    return next(_problems(profile), None)


def _at(key: str, code: ProfileReason, **facts: Fact) -> Reason:
    return because(code, key=Term(key), **facts)


def _terms(names: Iterable[str]) -> tuple[Term, ...]:
    return tuple(map(Term, names))


def _problems(profile: Profile) -> Iterator[Reason]:
    if profile.format == "xml":
        yield from _wrong_xml_export(profile)
    elif profile.format == "csv":
        yield from _wrong_csv_export(profile)
    else:  # pragma: no cover - for mypy
        assert_never(profile.format)
    if profile.import_part is not None:
        yield from _import_problems(profile.import_part, profile)


def _wrong_xml_export(profile: Profile) -> Iterator[Reason]:
    if profile.xml is None or profile.csv is not None:
        yield because(ProfileReason.XML_NEEDED)
        return
    for key, path in profile.places:
        if not _XML_PATH.fullmatch(path):
            yield _at(key, ProfileReason.PATH)
    stamp = profile.document
    if stamp and (not _XML_PATH.fullmatch(stamp.made_at) or stamp.is_within(profile.xml.record)):
        yield _at("document.made_at", ProfileReason.MADE_AT)


def _wrong_csv_export(profile: Profile) -> Iterator[Reason]:
    if profile.xml is not None:
        yield _at("xml", ProfileReason.NOT_WITH_CSV)
    if profile.document is not None:
        yield _at("document", ProfileReason.NOT_WITH_CSV)
    if profile.csv_part.delimiter == profile.csv_part.quote:
        yield _at("csv.quote", ProfileReason.CSV_QUOTE)
    if profile.encoding == "declared":
        allowed = _terms(("utf-8", "utf-8-sig", "windows-1250", "iso-8859-2"))
        yield _at("encoding", ProfileReason.CSV_ENCODING, allowed=allowed)
    for key, path in profile.places:
        if not profile.csv_part.header and not _COLUMN.fullmatch(path):
            yield _at(key, ProfileReason.COLUMN_NUMBER)


def _import_problems(part: ImportPart, profile: Profile) -> Iterator[Reason]:
    yield from _wrong_sources(part)
    if profile.format == "xml":
        yield from _wrong_xml_import(part, profile)
    elif profile.format == "csv":
        yield from _wrong_csv_import(part, profile)
    else:  # pragma: no cover - for mypy
        assert_never(profile.format)
    yield from _wrong_number(part, profile)
    yield from _wrong_states(part, profile)
    yield from _wrong_dates(part, profile)
    yield from _wrong_amounts(part)
    yield from _wrong_payments(part)
    missing = {"code", "pieces", "unit_price"} - sources_of(part.items.texts)
    if missing:
        sources = _terms(f"{{{name}}}" for name in sorted(missing))
        yield _at("import.items", ProfileReason.ITEMS_LACK, sources=sources)


def _wrong_sources(part: ImportPart) -> Iterator[Reason]:
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
                yield _at(f"{table}.{key}", ProfileReason.SOURCES, allowed=_terms(sorted(allowed)))


def _wrong_xml_import(part: ImportPart, profile: Profile) -> Iterator[Reason]:
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
            yield _at(key, ProfileReason.IMPORT_PLACE, encoding=Term(encoding))
    if not part.items.fields or part.items.line is not None:
        yield _at("import.items", ProfileReason.ITEMS_XML)
    taken = [*part.fields, *profile.paths]
    if any(f"{place.replace('@', '/')}/".startswith(f"{part.items.path}/") for place in taken):
        yield _at("import.items.path", ProfileReason.ITEMS_PATH, path=Term(part.items.path))


def _wrong_csv_import(part: ImportPart, profile: Profile) -> Iterator[Reason]:
    encoding = part.encoding_beside(profile.encoding)
    places = [
        *((f"import.fields.{place}", place) for place in part.fields),
        ("import.items.path", part.items.path),
        *((f"import.cancel.{place}", place) for place in part.cancel),
    ]
    for key, place in places:
        if not profile.csv_part.header and not _COLUMN.fullmatch(place):
            yield _at(key, ProfileReason.COLUMN_NUMBER)
        if spelled(clean(place), encoding) != place:
            yield _at(key, ProfileReason.IMPORT_COLUMN, encoding=Term(encoding))
    if part.items.line is None or part.items.fields:
        yield _at("import.items", ProfileReason.ITEMS_CSV)
    if part.items.path in {*part.fields, *profile.paths}:
        yield _at("import.items.path", ProfileReason.ITEMS_PATH, path=Term(part.items.path))


def _wrong_number(part: ImportPart, profile: Profile) -> Iterator[Reason]:
    """The first written place that is read for MALL's number must give back the number alone."""
    place = next((place for place in profile.mall_order_id.path if place in part.fields), None)
    if place is None:
        yield because(ProfileReason.NO_NUMBER, places=_terms(profile.mall_order_id.path))
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
    yield _at(f"import.fields.{place}", ProfileReason.NUMBER)


def _wrong_states(part: ImportPart, profile: Profile) -> Iterator[Reason]:
    encoding = part.encoding_beside(profile.encoding)
    for key, name in part.states:
        kept = profile.format == "xml" or spelled(name, encoding) == name
        if not kept or shop_status(name, profile.states) is not ShopStatus(key):
            place, state = f"import.states.{key}", ShopStatus(key)
            yield _at(place, ProfileReason.STATE, state=state, encoding=Term(encoding))
    if part.fields.get(profile.fields.status) != ("{status}",):
        yield _at(f"import.fields.{profile.fields.status}", ProfileReason.READ_BACK, source=Term("{status}"))
    for place, text in ((profile.fields.code, "{code}"), (profile.fields.status, "{status}")):
        if part.cancel.get(place) != text:
            yield _at(f"import.cancel.{place}", ProfileReason.READ_BACK, source=Term(text))


def _wrong_dates(part: ImportPart, profile: Profile) -> Iterator[Reason]:
    fields = profile.fields
    if fields.created in part.fields:
        if part.fields[fields.created] != ("{created}",):
            yield _at(f"import.fields.{fields.created}", ProfileReason.READ_BACK, source=Term("{created}"))
        if part.date not in profile.dates.read:
            yield _at("import.date", ProfileReason.DATE, allowed=_terms(profile.dates.read))
    for place in (fields.delivery_date, fields.tracking_number, fields.tracking_url):
        written = [*part.fields.get(place or "", ()), part.cancel.get(place or "", "")]
        if any(written):
            yield because(ProfileReason.MUST_BE_EMPTY, path=Term(place or ""))


def _wrong_amounts(part: ImportPart) -> Iterator[Reason]:
    in_fields = sources_of(text for texts in part.fields.values() for text in texts)
    for name in AMOUNTS:
        if (name in in_fields) == (getattr(part.items, name) is not None):
            yield because(ProfileReason.AMOUNT, amount=Term(name))


def _wrong_payments(part: ImportPart) -> Iterator[Reason]:
    for key, names in part.payments.items():
        if key in CASES and not names.name:
            yield _at(f"import.payments.{key}", ProfileReason.PAYMENT_NAME)
        elif not (names.name or names.paid or names.cash_on_delivery):
            yield _at(f"import.payments.{key}", ProfileReason.PAYMENT)
