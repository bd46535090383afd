"""Reads orders out of a document: whatever its format, record by record and in constant memory."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING

from orderbridge.adapters.contacts import has_email, without_email
from orderbridge.adapters.fastcentrik.dates import read_date
from orderbridge.adapters.fastcentrik.mall_numbers import Found, NumberReader
from orderbridge.adapters.fastcentrik.mending import LOST
from orderbridge.adapters.fastcentrik.showing import ShownNames, shown, shown_date
from orderbridge.adapters.fastcentrik.status_names import StatusNames
from orderbridge.adapters.texts import LONGEST_TRACKING_NUMBER, LONGEST_TRACKING_URL, clean
from orderbridge.domain.orders import ExportedOrder, ShopView
from orderbridge.errors import ExportProblemError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from zoneinfo import ZoneInfo

    from orderbridge.adapters.fastcentrik.profile import Profile
    from orderbridge.adapters.fastcentrik.reading import Reading
    from orderbridge.domain.moments import ShopDate

CHUNK = 64 * 1024
"""Bytes that are read from the document at a time."""

MAX_RECORD = 1_000_000
"""Characters that one order's record may have; more is not an order."""

LONGEST_VALUE = 20_000
"""Characters of one value that are looked at: twice what any place of it may have."""
MOST_REPEATED = 500
"""Different values of one place that are kept: so many, with commas, are longer than any list of parcels may be."""

_HEAD = 2048
# Nothing that was passed over is looked at again: each comment ends where it first can.
_HTML = re.compile(
    rb"\s*+(?:<\?xml[^>]*+>\s*+)?+(?:<!--(?>.*?-->)\s*+)*+<(?:!doctype\s++html|html|head|body)\b",
    re.IGNORECASE | re.DOTALL,
)
_BEFORE = b"\xef\xbb\xbf\xff\xfe \t\r\n\f\v"
"""Byte order marks and blanks, any number of which may stand before the document."""

# What goes on to messages and records must have an end. An order may have several parcels.
LONGEST_CODE = 100
_LONGEST = {
    "code": LONGEST_CODE,
    "tracking_number": 5 * LONGEST_TRACKING_NUMBER,
    "tracking_url": LONGEST_TRACKING_URL,
    "carrier": 100,
}
_LONGEST_STATUS_NAME = 60
_LONGEST_DATE = 40
_LONGEST_SHOWN_CODE = 40


@dataclass(frozen=True, slots=True)
class Record:
    """One record as a codec cut it out.

    `values` holds the stripped text of every wanted place that is not empty, at most LONGEST_VALUE characters of it;
    `line` is where the record begins; `repeated` are the wanted places that occur more than once with different values,
    with the first MOST_REPEATED of them.
    """

    values: Mapping[str, str]
    line: int
    repeated: Mapping[str, Collection[str]] = field(default_factory=dict)


def read_orders(
    document: IO[bytes], profile: Profile, zone: ZoneInfo, reading: Reading
) -> Iterator[ExportedOrder]:
    """The orders with a MALL number, in the document's own order. Starts at the beginning of `document`.

    What else is to be told stands in `reading`, whole once the document was read to its end.

    Raises ExportProblemError, one line, as soon as the document proves broken, which can be after orders were
    yielded. A broken record stops no other: see ``OrderReader.orders_of``.
    """
    document.seek(0)
    _refuse_html(document.read(_HEAD))
    document.seek(0)
    # Only the codec that is needed is imported: the other one's libraries are start-up time for nothing.
    if profile.format == "xml":
        from orderbridge.adapters.fastcentrik.xml_codec import xml_records as records  # noqa: PLC0415
    else:
        from orderbridge.adapters.fastcentrik.csv_codec import csv_records as records  # noqa: PLC0415
    reader = OrderReader(profile, zone, reading)
    for record in records(document, profile, reading):
        yield from reader.orders_of(record)
    reading.end(profile, zone)


def _more_than_once(path: str) -> str:
    return f"{path} occurs more than once, with different values"


def _refuse_html(head: bytes) -> None:
    if is_html(head):
        raise ExportProblemError(looks_like_html())
    if not head.lstrip(_BEFORE):
        raise ExportProblemError("the export is empty: not even a header; look at the export in the shop")


def is_html(head: bytes) -> bool:
    """Whether a document that begins with `head` is a web page."""
    return _HTML.match(head[:_HEAD].replace(b"\0", b"").lstrip(_BEFORE)) is not None


def looks_like_html() -> str:
    """What to say of a web page in the place of an export."""
    return (
        "the export is an HTML page, probably a login page: the export address is no longer valid or the shop is "
        "closed for maintenance; ask FastCentrik support for the present address and store it"
    )


def kept(text: str) -> str:
    """`text` as a record holds it: without outer blanks, and cut before anything else looks at it."""
    text = text.strip()
    return text if len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE]


class OrderReader:
    """Makes orders of the records of one document."""

    def __init__(self, profile: Profile, zone: ZoneInfo, reading: Reading) -> None:
        """`zone` is the shop's; records whose MALL number cannot be read are noted in `reading`."""
        self._profile = profile
        self._zone = zone
        self._reading = reading
        self._names = StatusNames(profile.states)
        self._numbers = NumberReader(profile.mall_order_id)
        self._shown = ShownNames()

    def orders_of(self, record: Record) -> tuple[ExportedOrder, ...]:
        """The order; none if the record names no MALL order or one whose number cannot be read.

        A record that names several is held under every one of them: neither is taken, and none is forgotten.
        What cannot be read in it becomes a line in the view: the problem of its detail, or one of the `problems` where
        nobody can tell which order it is or what state it is in.
        Raises ExportProblemError where the state's name shows that the document's encoding is wrong.
        """
        status_name = record.values.get(self._profile.fields.status, "")
        status = self._names.resolve(status_name) if status_name else None
        found = self._mall_order_ids(record)
        if not found.numbers:
            return ()
        self._tell_of_lost(record)
        code, code_problem = self._short("code", record)
        if not clean(self._value("code", record)):
            code_problem = f"the order has no number of its own ({self._profile.fields.code} is empty)"
        numbers = self._profile.mall_order_id.path
        unsure = (
            found.problem,
            self._repeated("code", record) or code_problem,
            self._repeated("status", record),
            *(_more_than_once(path) for path in numbers if path in record.repeated),
        )
        delivery, delivery_problem = self._delivery(record)
        tracking_number, tracking_problem = self._tracking_number(record)
        tracking_url, tracking_url_problem = self._tracking_url(record)
        created, created_problem = self._created(record)
        view = ShopView(
            code=code,
            status=status,
            status_name=self._shown(status_name, _LONGEST_STATUS_NAME),
            delivery=delivery,
            delivery_problem=delivery_problem,
            tracking_number=tracking_number,
            tracking_problem=tracking_problem,
            tracking_url=tracking_url,
            tracking_url_problem=tracking_url_problem,
            carrier=self._shown(self._value("carrier", record), _LONGEST["carrier"]),
            carrier_problem=self._repeated("carrier", record) or self._short("carrier", record)[1],
            created=created,
            created_problem=created_problem,
            problems=tuple(filter(None, unsure)),
        )
        return tuple(ExportedOrder(number, view) for number in found.numbers)

    def _value(self, name: str, record: Record) -> str:
        path: str | None = getattr(self._profile.fields, name)
        return record.values.get(path, "") if path else ""

    def _repeated(self, name: str, record: Record) -> str:
        """The problem of a field that occurs more than once; empty if it does not."""
        path: str | None = getattr(self._profile.fields, name)
        return _more_than_once(path) if path is not None and path in record.repeated else ""

    def _short(self, name: str, record: Record) -> tuple[str, str]:
        """The value, clean, if it is not absurdly long; else empty, and a problem. An e-mail address is masked."""
        value = clean(self._value(name, record))
        if len(value) <= _LONGEST[name]:
            return without_email(value), ""
        path = getattr(self._profile.fields, name)
        return "", f"{path} is not usable: allowed are {_LONGEST[name]} characters"

    def _tracking_number(self, record: Record) -> tuple[str, str]:
        """What stands in the number's place; several parcels, each in an element, as the clerk's list of them."""
        path = self._profile.fields.tracking_number
        several = record.repeated.get(path) if path else None
        if several is None or path is None:
            return self._short("tracking_number", record)
        return self._short("tracking_number", Record({path: kept(", ".join(several))}, record.line))

    def _tracking_url(self, record: Record) -> tuple[str, str]:
        """The shop's own address. One with an e-mail address in it is none: masked it would lead nowhere."""
        url, problem = self._short("tracking_url", record)
        if has_email(self._value("tracking_url", record)):
            url, problem = (
                "",
                f"{self._profile.fields.tracking_url} has an e-mail address or a user's name in it",
            )
        return url, self._repeated("tracking_url", record) or problem

    def _mall_order_ids(self, record: Record) -> Found:
        """The numbers of the first place that names any. What names MALL without one is told, not as a problem."""
        told = ""
        for path in self._profile.mall_order_id.path:
            if path in record.repeated:
                found = Found((), "occurs more than once, with different values")
                told = ""
            else:
                found = self._numbers.read(record.values.get(path, ""))
            if found.numbers:
                return Found(found.numbers, f"{path} {found.problem}" if found.problem else "")
            if found.problem and not told:
                told = f"line {record.line}{self._order(record)}: {path} {found.problem}"
            if path in record.repeated:
                break
        if told:
            self._reading.unattributable.add(told)
        return Found()

    def _tell_of_lost(self, record: Record) -> None:
        """Names what is read without a character that XML does not allow: there somebody should look at it."""
        for path, value in record.values.items():
            if LOST in value:
                self._reading.mended(
                    "a value that is read held a control character: write it again in the shop",
                    record.line,
                    f"{self._order(record)}, {path}",
                )

    def _order(self, record: Record) -> str:
        code = shown(clean(self._value("code", record)), _LONGEST_SHOWN_CODE)
        return f", order {code}" if code else ""

    def _date(self, text: str) -> ShopDate | None:
        dates = self._profile.dates
        return read_date(text, dates.read, self._zone, dates.midnight)

    def _date_text(self, name: str, record: Record) -> str:
        text = " ".join(self._value(name, record).split())
        return "" if text in self._profile.dates.empty else text

    def _created(self, record: Record) -> tuple[ShopDate | None, str]:
        repeated = self._repeated("created", record)
        if repeated:
            return None, repeated
        text = self._date_text("created", record)
        created = self._date(text) if text else None
        if not text or created is not None:
            return created, ""
        return None, (
            f"{self._profile.fields.created} '{shown_date(text, _LONGEST_DATE)}' is not a date: correct it in "
            "the shop, or add its form to dates.read in the profile"
        )

    def _delivery(self, record: Record) -> tuple[ShopDate | None, str]:
        if self._profile.fields.delivery_date in record.repeated:
            return None, "delivery date occurs more than once, with different values"
        text = self._date_text("delivery_date", record)
        delivery = self._date(text) if text else None
        if not text or delivery is not None:
            return delivery, ""
        return None, (
            f"delivery date '{shown_date(text, _LONGEST_DATE)}' is not a date: "
            f"write it as {self._profile.dates.advised} in the shop"
        )
