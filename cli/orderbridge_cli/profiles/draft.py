"""Writes what was found in a sample as a draft profile: what is certain as TOML, what is open as comments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orderbridge.adapters.fastcentrik.profile.dates import DateForm
from orderbridge.adapters.fastcentrik.shop_text import shown
from orderbridge_cli.language import n, t
from orderbridge_cli.profiles.find_mall import remark_pattern
from orderbridge_cli.profiles.toml import comment, comments, quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from orderbridge_cli.profiles.find_dates import DatesFound
    from orderbridge_cli.profiles.find_mall import MallFound
    from orderbridge_cli.profiles.find_status import StateName
    from orderbridge_cli.profiles.findings import Finding
    from orderbridge_cli.profiles.sample import SampleForm
    from orderbridge_cli.profiles.survey import TableForm
    from orderbridge_cli.profiles.survey_xml import RecordPlace

_MAX_LOSERS = 4


def head(form: SampleForm, records: int, *, complete: bool) -> list[str]:
    """The beginning: what the draft is, and ``format`` and ``encoding``."""
    said = n("A draft profile made from one record.", "A draft profile made from {number} records.", records)
    more = "" if complete else " " + t("The sample has more records; the first ones were looked at.")
    how = t(
        "Lines with OPEN are for a person: ask the shop, then remove the # of the right line and delete the others."
    )
    lines = [
        *comment(said + more),
        *comment(how),
        "",
        f"format = {quoted(form.format)}",
        *comments(form.evidence),
    ]
    if form.encoding is not None:
        return [*lines, f"encoding = {quoted(form.encoding)}"]
    return [
        *lines,
        *_open(t("Which encoding is it?")),
        '# encoding = "windows-1250"',
        '# encoding = "iso-8859-2"',
    ]


def table_part(table: TableForm) -> list[str]:
    """``[csv]``."""
    lines = ["", "[csv]", *comments(table.evidence)]
    if table.delimiter is None:
        lines += [*_open(t("Which delimiter is it?")), f"# delimiter = {quoted(table.read_with)}"]
    else:
        lines.append(f"delimiter = {quoted(table.delimiter)}")
    lines += [f"quote = {quoted(table.quote)}", f"header = {str(table.header).lower()}"]
    if not table.last_line_ends:
        lines += comment(
            t(
                "The sample's last line has no end. So an export that was cut off cannot be told from a whole one."
            )
        )
    return [*lines, f"last_line_ends = {str(table.last_line_ends).lower()}"]


def xml_part(record: RecordPlace) -> list[str]:
    """``[xml]``."""
    lines = ["", "[xml]", *comments(record.evidence)]
    if record.path is not None:
        return [*lines, f"record = {quoted(record.path)}"]
    return [
        *lines,
        *_open(t("Which element holds one order?")),
        *(f"# record = {quoted(p)}" for p in record.others),
    ]


def fields_part(findings: Sequence[Finding]) -> list[str]:
    """``[fields]``."""
    lines = ["", "[fields]"]
    for finding in findings:
        lines += [*_finding(finding, finding.key.partition(".")[2]), ""]
    return lines[:-1]


def mall_part(found: MallFound) -> list[str]:
    """``[mall_order_id]``."""
    lines = ["", "[mall_order_id]", *_finding(found.finding, "path")]
    if found.pattern is not None:
        lines += [
            *comment(t("As in the shipped profile orders: the number behind MALL's name.")),
            f"pattern = '''{found.pattern}'''",
        ]
    elif found.perhaps_in_text:
        lines += [*comment(t("A text needs this pattern too:")), f"# pattern = '''{remark_pattern()}'''"]
    return lines


def dates_part(dates: DatesFound) -> list[str]:
    """``[dates]``."""
    lines = ["", "[dates]", *comments(dates.evidence)]
    if dates.forms:
        lines.append(f"read = {_list(dates.forms)}")
    else:
        lines += _open(t("Which forms do the dates have?"))
        lines += [f"# read = {_list(choice)}" for choice in dates.choices or ((DateForm.CZECH_DAY,),)]
    if dates.empty:
        lines += [*comment(t("What stands for no date in the sample.")), f"empty = {_list(dates.empty)}"]
    return lines


def states_part(names: Sequence[StateName]) -> list[str]:
    """``[states]``: known names need no entry, unknown ones are questions."""
    if not names:
        return []
    lines = ["", "[states]"]
    for name in names:
        called = shown(name.name, 60)
        if name.status is not None:
            said = t("{name}: {status}, a known name.", name=called, status=name.status.value)
            lines += comment(said)
        else:
            lines += _open(t("What does {name} mean? Until then such an order is held.", name=called))
            choices = "pending | handled | partially_settled | settled | canceled"
            lines.append(f'# {quoted(name.name)} = "?"  # {choices}')
    return lines


def _finding(finding: Finding, key: str) -> list[str]:
    if finding.place is not None:
        losers = [
            t("Not {place}: {why}.", place=other.place[:60], why=other.why)
            for other in finding.candidates[:_MAX_LOSERS]
        ]
        return [*comments((*finding.evidence, *losers)), f"{key} = {quoted(finding.place)}"]
    if not finding.is_open:
        return comment(t("{key}: no place found in the sample; it may be left out.", key=key))
    lines = [*_open(_question(finding.key)), *comments(finding.evidence)]
    for candidate in finding.candidates:
        lines += [*comment(f"– {candidate.why}"), f"# {key} = {quoted(candidate.place)}"]
    return lines if finding.candidates else [*lines, f'# {key} = "?"']


def _question(key: str) -> str:
    return {
        "fields.code": t("Where is the shop's own number of the order?"),
        "fields.status": t("Where is the order's state?"),
        "fields.created": t("Where is the date when the order was placed?"),
        "fields.delivery_date": t("Where is the day on which the customer got the parcel?"),
        "fields.tracking_number": t("Where is the parcel's number?"),
        "fields.tracking_url": t("Where is the parcel's tracking address?"),
        "fields.carrier": t("Where is the carrier's name?"),
        "mall_order_id.path": t("Where is MALL's order number?"),
    }[key]


def _open(question: str) -> list[str]:
    return comment(f"OPEN: {question}")


def _list(texts: Iterable[str]) -> str:
    return f"[{', '.join(map(quoted, texts))}]"
