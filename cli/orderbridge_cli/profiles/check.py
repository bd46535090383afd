"""Shows what a profile reads from a sample, record by record, through the product's own reader. Changes nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING

from orderbridge.adapters.fastcentrik.profile.load import parse_profile
from orderbridge.adapters.fastcentrik.reading.orders import read_records
from orderbridge.adapters.fastcentrik.reading.report import ReadingReport
from orderbridge.domain.carrier_names import named_carriers
from orderbridge.domain.carrier_table import Country
from orderbridge.domain.codes.exports import ExportedReason, NoteReason
from orderbridge.domain.facts import ShopText
from orderbridge.domain.reasons import because
from orderbridge.errors import ExportProblemError
from orderbridge_cli.profiles.sample import UnusableSampleError
from orderbridge_cli.profiles.survey import csv_survey
from orderbridge_cli.profiles.survey_xml import xml_survey

if TYPE_CHECKING:
    from collections.abc import Callable
    from zoneinfo import ZoneInfo

    from orderbridge.adapters.fastcentrik.profile.schema import Profile
    from orderbridge.domain.reasons import Reason
    from orderbridge.domain.views import ExportedOrder, ShopView
    from orderbridge_cli.profiles.survey import Survey

MAX_SHOWN = 20
"""Records that are shown one by one, if the caller asks for no other number."""
_MAX_KINDS = 50
_STEP = 200
_MENDED = frozenset({NoteReason.MENDED_BEGINNING, NoteReason.MENDED_CONTROLS, NoteReason.MENDED_HTML})
_HARMLESS = _MENDED | {NoteReason.MENDED_DELIMITER}


@dataclass(frozen=True, slots=True)
class RecordLine:
    """What was read of one record."""

    line: int
    """Where the record begins in the sample."""
    mall_order_id: int | None
    """MALL's number; None: it is no order of MALL, and is left alone."""
    view: ShopView | None
    """The order as the product sees it, without personal data."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A kind of problem: its first case, and how many there are."""

    reason: Reason
    line: int
    """Of the first case; 0: it concerns the whole sample."""
    count: int


@dataclass(frozen=True, slots=True)
class Unread:
    """A column, element or attribute that the profile does not name."""

    place: str
    records: int
    """How many of the surveyed records have a value there."""


@dataclass(slots=True)
class CheckReport:
    """What a profile reads of a sample."""

    profile: Profile | None = None
    """None: the profile cannot be used, see `refused`."""
    refused: Reason | None = None
    """Why the profile, or the sample as a whole, cannot be used."""
    has_sample: bool = False
    records: int = 0
    orders: int = 0
    """Records with an order of MALL."""
    shown: list[RecordLine] = field(default_factory=list)
    """The first records."""
    problems: list[Problem] = field(default_factory=list)
    unknown_states: dict[str, int] = field(default_factory=dict)
    """Name → orders of MALL that have it."""
    unknown_carriers: dict[str, int] = field(default_factory=dict)
    """Name → orders of MALL that have it; their tracking address would not be known."""
    notes: tuple[Reason, ...] = ()
    """What the reader tells about the whole document."""
    unread: list[Unread] = field(default_factory=list)
    surveyed: int = 0
    """Records in which `unread` was counted."""

    @property
    def fits(self) -> bool:
        """Whether the profile is right, and reads every order of the sample whole, at least one."""
        if self.refused is not None or self.profile is None:
            return False
        told = any(note.code not in _HARMLESS for note in self.notes)
        clean = not (self.problems or self.unknown_states or told)
        return clean and (self.orders > 0 or not self.has_sample)


def _nowhere(_done: int) -> None:
    """Nobody wants to know how far it is."""


def check(
    text: str,
    source: str,
    sample: IO[bytes] | None,
    zone: ZoneInfo,
    *,
    shown: int = MAX_SHOWN,
    advance: Callable[[int], None] = _nowhere,
) -> CheckReport:
    """Checks the profile `text` (named `source` in problems), and what it reads of `sample` if there is one.

    The whole sample is read, in constant memory but for the numbers of its orders; the first `shown` records are kept.
    `advance` is told how many more records were read.
    """
    report = CheckReport(has_sample=sample is not None)
    try:
        report.profile = parse_profile(text, source)
    except ExportProblemError as error:
        report.refused = error.reason
    if sample is not None and report.profile is not None:
        _Reading(report, zone, shown, advance).read(sample, report.profile)
        _survey(sample, report.profile, report)
    return report


class _Reading:
    """Reads a sample into a report."""

    def __init__(
        self, report: CheckReport, zone: ZoneInfo, shown: int, advance: Callable[[int], None]
    ) -> None:
        self._report = report
        self._advance = advance
        self._zone = zone
        self._shown = shown
        self._kinds: dict[str, Problem] = {}
        self._views: dict[int, int] = {}

    def read(self, sample: IO[bytes], profile: Profile) -> None:
        """Reads to the end, or to where the sample is broken."""
        reading, report = ReadingReport(), self._report
        try:
            for record, orders in read_records(sample, profile, self._zone, reading):
                report.records += 1
                if report.records % _STEP == 0:
                    self._advance(_STEP)
                report.orders += bool(orders)
                if not orders and len(report.shown) < self._shown:
                    report.shown.append(RecordLine(record.line, None, None))
                for order in orders:
                    self._order(order, record.line)
        except ExportProblemError as error:
            report.refused = error.reason
        report.problems = list(self._kinds.values())
        report.notes = reading.problems

    def _order(self, order: ExportedOrder, line: int) -> None:
        view, report = order.view, self._report
        if len(report.shown) < self._shown:
            report.shown.append(RecordLine(line, order.mall_order_id, view))
        for problem in view.all_problems():
            self._tell(problem, line)
        if view.status is None:
            _count(report.unknown_states, view.status_name)
        if view.carrier and not named_carriers(view.carrier, {}, Country.CZ):
            _count(report.unknown_carriers, view.carrier)
        seen = hash(view)
        if self._views.setdefault(order.mall_order_id, seen) != seen:
            code = ShopText(view.code)
            self._tell(because(ExportedReason.SAME_NUMBER, order=order.mall_order_id, code=code), line)

    def _tell(self, reason: Reason, line: int) -> None:
        known = self._kinds.get(str(reason.code))
        if known is None:
            self._kinds[str(reason.code)] = Problem(reason, line, 1)
        else:
            self._kinds[str(reason.code)] = Problem(known.reason, known.line, known.count + 1)


def _count(names: dict[str, int], name: str) -> None:
    if name in names or len(names) < _MAX_KINDS:
        names[name] = names.get(name, 0) + 1


def _survey(sample: IO[bytes], profile: Profile, report: CheckReport) -> None:
    try:
        survey = survey_of(sample, profile)
    except (UnusableSampleError, ExportProblemError):
        return  # the reader has said what is wrong
    report.surveyed = survey.records
    report.unread = [
        Unread(column.place, len(column.values))
        for column in survey.columns
        if column.place not in profile.paths and column.values
    ]


def survey_of(sample: IO[bytes], profile: Profile) -> Survey:
    """What stands in the records of `sample`. Raises UnusableSampleError, ExportProblemError."""
    if profile.xml is not None:
        return xml_survey(sample, profile.encoding, profile.xml.record)
    return csv_survey(sample, profile.encoding, profile.csv_part)
