"""Reads the orders of a document in any format, record by record, in constant memory."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, assert_never

from orderbridge.adapters.contacts import has_email, without_email
from orderbridge.adapters.fastcentrik.profile.dates import read_date
from orderbridge.adapters.fastcentrik.reading.mall_numbers import Found, NumberReader
from orderbridge.adapters.fastcentrik.reading.mending import LOST
from orderbridge.adapters.fastcentrik.reading.record import MAX_CODE, Record, kept
from orderbridge.adapters.fastcentrik.reading.status_names import StatusNames
from orderbridge.adapters.fastcentrik.server import HEAD, is_blank, is_html
from orderbridge.adapters.fastcentrik.shop_text import ShownNames, shown, shown_date
from orderbridge.adapters.texts import MAX_TRACKING_NUMBER, MAX_TRACKING_URL, clean
from orderbridge.domain.codes.exports import ExportedReason, ExportReason, MallNumberReason, NoteReason
from orderbridge.domain.facts import ShopText, Term
from orderbridge.domain.reasons import because
from orderbridge.domain.views import ExportedOrder, ShopView
from orderbridge.errors import ExportProblemError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo

    from orderbridge.adapters.fastcentrik.profile.schema import Profile
    from orderbridge.adapters.fastcentrik.reading.report import ReadingReport
    from orderbridge.domain.dates import ShopDate
    from orderbridge.domain.reasons import Reason


_MAX_LENGTH = {
    "code": MAX_CODE,
    "tracking_number": 5 * MAX_TRACKING_NUMBER,
    "tracking_url": MAX_TRACKING_URL,
    "carrier": 100,
}
_MAX_STATUS_NAME = 60
_MAX_DATE = 40
_MAX_SHOWN_CODE = 40


def read_orders(
    document: IO[bytes], profile: Profile, zone: ZoneInfo, report: ReadingReport
) -> Iterator[ExportedOrder]:
    """The orders with a MALL number, from the beginning of `document`, in its order.

    `report` gets everything else. It is complete when the document was read to its end.

    Raises ExportProblemError if the document is broken, perhaps after some orders were yielded. A broken
    record does not affect others: see ``OrderReader.orders_of``.
    """
    for _, orders in read_records(document, profile, zone, report):
        yield from orders


def read_records(
    document: IO[bytes], profile: Profile, zone: ZoneInfo, report: ReadingReport
) -> Iterator[tuple[Record, tuple[ExportedOrder, ...]]]:
    """Every record, each with its orders: none if it names no MALL order. Otherwise like ``read_orders``.

    A record holds the values as they stand in the document, which may be personal data.
    """
    reader = OrderReader(profile, zone, report)
    for record in records_of(document, profile, report):
        yield record, reader.orders_of(record)
    report.end(profile, zone)


def records_of(document: IO[bytes], profile: Profile, report: ReadingReport) -> Iterator[Record]:
    """The records from the beginning of `document`, with a MALL number or without.

    `report` gets what was mended. Raises ExportProblemError if the document is broken, perhaps after some records.
    """
    document.seek(0)
    _refuse_html(document.read(HEAD))
    document.seek(0)
    # Only the codec in use is imported: the libraries of another would cost start-up time.
    if profile.format == "xml":
        from orderbridge.adapters.fastcentrik.reading.xml_codec import xml_records as records  # noqa: PLC0415
    elif profile.format == "csv":
        from orderbridge.adapters.fastcentrik.reading.csv_codec import csv_records as records  # noqa: PLC0415
    else:  # pragma: no cover - for mypy
        assert_never(profile.format)
    yield from records(document, profile, report)


def _more_than_once(path: str) -> Reason:
    return because(ExportedReason.TWICE, path=Term(path))


def _refuse_html(head: bytes) -> None:
    if is_html(head):
        raise ExportProblemError(because(ExportReason.WEB_PAGE))
    if is_blank(head):
        raise ExportProblemError(because(ExportReason.EMPTY))


class OrderReader:
    """Reads the orders from the records of one document."""

    def __init__(self, profile: Profile, zone: ZoneInfo, report: ReadingReport) -> None:
        """`zone` is the shop's. `report` gets the records with an unreadable MALL number."""
        self._profile = profile
        self._zone = zone
        self._report = report
        self._names = StatusNames(profile.states)
        self._numbers = NumberReader(profile.mall_order_id)
        self._shown = ShownNames()

    def orders_of(self, record: Record) -> tuple[ExportedOrder, ...]:
        """The order; none if the record names no MALL order, or one with an unreadable number.

        A record that names several orders gives each of them, with a problem, so that all are held. An unreadable value
        becomes a problem of its detail in the view; if the order or its state is uncertain, one of `problems`.
        Raises ExportProblemError if a state's name shows that the document's encoding is wrong.
        """
        status_name = record.values.get(self._profile.fields.status, "")
        status = self._names.resolve(status_name) if status_name else None
        found = self._mall_order_ids(record)
        if not found.numbers:
            return ()
        self._tell_of_lost(record)
        code, code_problem = self._short("code", record)
        if not clean(self._value("code", record)):
            code_problem = because(ExportedReason.NO_CODE, path=Term(self._profile.fields.code))
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
            status_name=self._shown(status_name, _MAX_STATUS_NAME),
            delivery=delivery,
            delivery_problem=delivery_problem,
            tracking_number=tracking_number,
            tracking_problem=tracking_problem,
            tracking_url=tracking_url,
            tracking_url_problem=tracking_url_problem,
            carrier=self._shown(self._value("carrier", record), _MAX_LENGTH["carrier"]),
            carrier_problem=self._repeated("carrier", record) or self._short("carrier", record)[1],
            created=created,
            created_problem=created_problem,
            problems=tuple(filter(None, unsure)),
        )
        return tuple(ExportedOrder(number, view) for number in found.numbers)

    def _value(self, name: str, record: Record) -> str:
        path: str | None = getattr(self._profile.fields, name)
        return record.values.get(path, "") if path else ""

    def _repeated(self, name: str, record: Record) -> Reason | None:
        """The problem of a field that occurs more than once; None if it does not."""
        path: str | None = getattr(self._profile.fields, name)
        return _more_than_once(path) if path is not None and path in record.repeated else None

    def _short(self, name: str, record: Record) -> tuple[str, Reason | None]:
        """The clean value with e-mail addresses masked; if it is too long, an empty one and a problem."""
        value = clean(self._value(name, record))
        if len(value) <= _MAX_LENGTH[name]:
            return without_email(value), None
        path = Term(getattr(self._profile.fields, name))
        return "", because(ExportedReason.TOO_LONG, path=path, limit=_MAX_LENGTH[name])

    def _tracking_number(self, record: Record) -> tuple[str, Reason | None]:
        """The value of the number's place. Several elements, one per parcel, are joined with commas."""
        path = self._profile.fields.tracking_number
        several = record.repeated.get(path) if path else None
        if several is None or path is None:
            return self._short("tracking_number", record)
        return self._short("tracking_number", Record({path: kept(", ".join(several))}, record.line))

    def _tracking_url(self, record: Record) -> tuple[str, Reason | None]:
        """The shop's tracking address. One with an e-mail address is not used: masked, it would lead nowhere."""
        url, problem = self._short("tracking_url", record)
        if has_email(self._value("tracking_url", record)):
            path = Term(self._profile.fields.tracking_url or "")
            url, problem = "", because(ExportedReason.PERSONAL_ADDRESS, path=path)
        return url, self._repeated("tracking_url", record) or problem

    def _mall_order_ids(self, record: Record) -> Found:
        """The numbers of the first place that has any. A text that names MALL without a number goes to the report."""
        told: Reason | None = None
        for path in self._profile.mall_order_id.path:
            if path in record.repeated:
                found = Found((), because(MallNumberReason.TWICE))
                told = None
            else:
                found = self._numbers.read(record.values.get(path, ""))
            if found.numbers:
                if found.problem is None:
                    return found
                problem = because(ExportedReason.MALL_NUMBER, path=Term(path), why=found.problem)
                return Found(found.numbers, problem)
            if found.problem is not None and told is None:
                told = self._without_number(record, path, found.problem)
            if path in record.repeated:
                break
        if told is not None:
            self._report.unattributable.add(told)
        return Found()

    def _tell_of_lost(self, record: Record) -> None:
        """Reports values that lost a character that XML does not allow."""
        for path, value in record.values.items():
            if LOST in value:
                if code := self._code(record):
                    order = ShopText(code)
                    self._report.mended(NoteReason.LOST_ORDER, record.line, path=Term(path), order=order)
                else:
                    self._report.mended(NoteReason.LOST, record.line, path=Term(path))

    def _without_number(self, record: Record, path: str, why: Reason) -> Reason:
        """The note on a record that names MALL at `path`, but no order of MALL's."""
        line, place, code = record.line, Term(path), self._code(record)
        if code:
            order = ShopText(code)
            return because(NoteReason.NO_NUMBER_ORDER, line=line, order=order, path=place, why=why)
        return because(NoteReason.NO_NUMBER, line=line, path=place, why=why)

    def _code(self, record: Record) -> str:
        """The order's code, fit to be shown; empty if it has none."""
        return shown(clean(self._value("code", record)), _MAX_SHOWN_CODE)

    def _date(self, text: str) -> ShopDate | None:
        dates = self._profile.dates
        return read_date(text, dates.read, self._zone, dates.midnight)

    def _date_text(self, name: str, record: Record) -> str:
        text = " ".join(self._value(name, record).split())
        return "" if text in self._profile.dates.empty else text

    def _created(self, record: Record) -> tuple[ShopDate | None, Reason | None]:
        repeated = self._repeated("created", record)
        if repeated is not None:
            return None, repeated
        text = self._date_text("created", record)
        created = self._date(text) if text else None
        if not text or created is not None:
            return created, None
        path, value = Term(self._profile.fields.created or ""), ShopText(shown_date(text, _MAX_DATE))
        return None, because(ExportedReason.CREATED, path=path, value=value)

    def _delivery(self, record: Record) -> tuple[ShopDate | None, Reason | None]:
        if self._profile.fields.delivery_date in record.repeated:
            return None, because(ExportedReason.DELIVERY_TWICE)
        text = self._date_text("delivery_date", record)
        delivery = self._date(text) if text else None
        if not text or delivery is not None:
            return delivery, None
        value, form = ShopText(shown_date(text, _MAX_DATE)), Term(self._profile.dates.advised)
        return None, because(ExportedReason.DELIVERY, value=value, form=form)
