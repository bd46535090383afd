"""Drafts a profile for a sample that nobody has seen: what is certain is stated, everything else is left open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from orderbridge.adapters.fastcentrik.profile.schema import CsvPart
from orderbridge_cli.language import t
from orderbridge_cli.profiles import draft
from orderbridge_cli.profiles.check import MAX_SHOWN, CheckReport, check
from orderbridge_cli.profiles.find_code import find_code
from orderbridge_cli.profiles.find_dates import find_dates
from orderbridge_cli.profiles.find_mall import find_mall
from orderbridge_cli.profiles.find_parcel import find_carrier, find_number, find_url
from orderbridge_cli.profiles.find_status import find_status
from orderbridge_cli.profiles.sample import UnusableSampleError, form_of
from orderbridge_cli.profiles.survey import Survey, csv_survey, table_form, twice_named
from orderbridge_cli.profiles.survey_xml import record_place, xml_survey

if TYPE_CHECKING:
    from collections.abc import Callable
    from zoneinfo import ZoneInfo

    from orderbridge_cli.profiles.find_dates import DatesFound
    from orderbridge_cli.profiles.find_mall import MallFound
    from orderbridge_cli.profiles.find_status import StateName
    from orderbridge_cli.profiles.findings import Finding
    from orderbridge_cli.profiles.sample import SampleForm
    from orderbridge_cli.profiles.survey import TableForm
    from orderbridge_cli.profiles.survey_xml import RecordPlace

SOURCE = "draft"
"""The draft's name in problems."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A draft profile, and what it is built on."""

    form: SampleForm
    table: TableForm | None
    record: RecordPlace | None
    survey: Survey
    findings: tuple[Finding, ...]
    """Of the fields, MALL's number last."""
    mall: MallFound
    dates: DatesFound
    states: tuple[StateName, ...]
    text: str
    """The draft in TOML."""
    report: CheckReport
    """What the draft reads of the sample."""

    @property
    def open_keys(self) -> tuple[str, ...]:
        """The keys that a person must decide, as profiles name them."""
        keys = [finding.key for finding in self.findings if finding.is_open]
        if self.form.encoding is None:
            keys.insert(0, "encoding")
        if self.table is not None and self.table.delimiter is None:
            keys.insert(0, "csv.delimiter")
        if self.record is not None and self.record.path is None:
            keys.insert(0, "xml.record")
        return (*keys, *(("states",) if any(state.status is None for state in self.states) else ()))

    @property
    def is_complete(self) -> bool:
        """Whether nothing is open, and the draft reads the whole sample."""
        return not self.open_keys and self.report.fits


def suggest(
    sample: IO[bytes],
    zone: ZoneInfo,
    *,
    shown: int = MAX_SHOWN,
    advance: Callable[[int], None] = lambda _done: None,
) -> Suggestion:
    """A draft for `sample`, and what it reads of it, as in ``check``.

    Raises UnusableSampleError or ExportProblemError for what cannot be read at all.
    """
    form = form_of(sample)
    table, record = None, None
    if form.format == "csv":
        table = table_form(sample, form.read_as)
        survey = _table_survey(sample, form, table)
    else:
        record = record_place(sample, form.read_as)
        survey = xml_survey(sample, form.read_as, record.path) if record.path is not None else Survey()
    if record is None or record.path is not None:
        _refuse_empty(survey)
    code, rows = find_code(survey)
    status, states = find_status(survey, rows)
    dates = find_dates(survey, rows, status.place)
    mall = find_mall(survey, rows, code.place)
    parcel = (find_number(survey, rows), find_url(survey, rows), find_carrier(survey, rows))
    fields = (code, status, dates.created, dates.delivery, *parcel)
    text = "\n".join(
        [
            *draft.head(form, survey.records, complete=survey.complete),
            *(draft.table_part(table) if table is not None else ()),
            *(draft.xml_part(record) if record is not None else ()),
            *draft.fields_part(fields),
            *draft.mall_part(mall),
            *draft.dates_part(dates),
            *draft.states_part(states),
            "",
        ]
    )
    report = check(text, SOURCE, sample, zone, shown=shown, advance=advance)
    return Suggestion(form, table, record, survey, (*fields, mall.finding), mall, dates, states, text, report)


def _table_survey(sample: IO[bytes], form: SampleForm, table: TableForm) -> Survey:
    part = CsvPart(
        delimiter=table.read_with,
        quote=table.quote,
        header=table.header,
        last_line_ends=table.last_line_ends,
    )
    survey = csv_survey(sample, form.read_as, part)
    twice = twice_named(survey)
    if twice:
        raise UnusableSampleError(
            t(
                "Several columns have the same name. Ask the shop to name them apart: {names}.",
                names=", ".join(twice[:5]),
            )
        )
    return survey


def _refuse_empty(survey: Survey) -> None:
    if not survey.records:
        raise UnusableSampleError(
            t("The sample holds no order. Take one with a few orders in different states.")
        )
