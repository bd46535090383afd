"""How reports and drafts are shown: to people, and to programs as JSON with stable keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orderbridge.adapters.fastcentrik.shop_text import shown
from orderbridge.domain.statuses import ShopStatus
from orderbridge.texts import command_line, explained, render
from orderbridge_cli.language import language, n, t
from orderbridge_cli.output import facts, table
from orderbridge_cli.profiles.toml import quoted

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from rich.console import Console

    from orderbridge.domain.reasons import Reason
    from orderbridge.domain.views import ShopView
    from orderbridge_cli.profiles.check import CheckReport, RecordLine
    from orderbridge_cli.profiles.findings import Finding
    from orderbridge_cli.profiles.suggest import Suggestion

_MAX_SHOWN = 60
_MAX_UNREAD = 40


def check_json(report: CheckReport, source: str, zone: ZoneInfo) -> dict[str, Any]:
    """What ``profile check --json`` prints."""
    profile = report.profile
    return {
        "profile": source,
        "fits": report.fits,
        "refused": _reason(report.refused, zone) if report.refused is not None else None,
        "format": profile.format if profile is not None else None,
        "encoding": profile.encoding if profile is not None else None,
        "records": report.records,
        "orders": report.orders,
        "shown": [_record_json(record, zone) for record in report.shown],
        "problems": [
            {**_reason(problem.reason, zone), "line": problem.line, "count": problem.count}
            for problem in report.problems
        ],
        "notes": [_reason(note, zone) for note in report.notes],
        "unknown_states": dict(report.unknown_states),
        "unknown_carriers": dict(report.unknown_carriers),
        "unread": [{"place": one.place, "records": one.records} for one in report.unread],
        "unread_of": report.surveyed,
    }


def suggest_json(found: Suggestion, zone: ZoneInfo) -> dict[str, Any]:
    """What ``profile suggest --json`` prints."""
    return {
        "complete": found.is_complete,
        "open": list(found.open_keys),
        "format": found.form.format,
        "encoding": found.form.encoding,
        "delimiter": found.table.delimiter if found.table is not None else None,
        "record": found.record.path if found.record is not None else None,
        "records": found.survey.records,
        "places": {finding.key: _finding_json(finding) for finding in found.findings},
        "pattern": found.mall.pattern,
        "dates": {"read": [str(form) for form in found.dates.forms], "empty": list(found.dates.empty)},
        "states": [
            {"name": shown(one.name, _MAX_SHOWN), "status": one.status, "records": one.records}
            for one in found.states
        ],
        "text": found.text,
        "check": check_json(found.report, "draft", zone),
    }


def _finding_json(finding: Finding) -> dict[str, Any]:
    return {
        "place": finding.place,
        "open": finding.is_open,
        "needed": finding.needed,
        "evidence": list(finding.evidence),
        "candidates": [{"place": one.place, "why": one.why} for one in finding.candidates],
    }


def _reason(reason: Reason, zone: ZoneInfo) -> dict[str, Any]:
    return explained(reason, language(), zone, command_line())


def _said(reason: Reason, zone: ZoneInfo) -> str:
    return render(reason, language(), zone, command_line())


def _record_json(record: RecordLine, zone: ZoneInfo) -> dict[str, Any]:
    found: dict[str, Any] = {"line": record.line, "mall_order_id": record.mall_order_id}
    view = record.view
    if view is None:
        return found
    return found | {
        "code": view.code,
        "status": view.status,
        "status_name": view.status_name,
        "delivery_date": str(view.delivery) if view.delivery is not None else None,
        "created": str(view.created) if view.created is not None else None,
        "tracking_number": _tracking(view),
        "tracking_url": view.tracking_url,
        "carrier": view.carrier,
        "problems": [_reason(problem, zone) for problem in view.all_problems()],
    }


def _tracking(view: ShopView) -> str:
    return shown(view.tracking_number, _MAX_SHOWN)


def show_check(console: Console, report: CheckReport, source: str, zone: ZoneInfo) -> None:
    """Prints a report: what is wrong first, then what is read, then what is not."""
    profile = report.profile
    if report.refused is not None:
        console.print(_said(report.refused, zone))
    if profile is None or not report.has_sample:
        if report.fits:
            console.print(t("The profile {source} is right.", source=source))
        return
    if report.records or report.refused is None:
        _counts(console, report)
    if report.shown:
        console.print(_records(report, zone))
    _problems(console, report, zone)
    _unread(console, report)
    if report.fits:
        console.print(t("The profile reads every order of the sample."))


def _counts(console: Console, report: CheckReport) -> None:
    console.print(
        facts(
            [
                (t("Records"), report.records),
                (t("Orders of MALL"), report.orders),
                (t("Other records, left alone"), report.records - report.orders),
            ]
        )
    )
    if report.refused is None and not report.orders:
        console.print(
            t(
                "No record has a number of MALL. See [mall_order_id] in docs/profiles.md, or take another sample."
            )
        )


def _records(report: CheckReport, zone: ZoneInfo) -> object:
    columns = (
        t("Line"),
        "MALL",
        t("Order"),
        t("State"),
        t("Created"),
        t("Delivered"),
        t("Parcel"),
        t("Carrier"),
        t("Problem"),
    )
    return table(columns, [_row(record, zone) for record in report.shown])


def _row(record: RecordLine, zone: ZoneInfo) -> tuple[object, ...]:
    view = record.view
    if view is None:
        return (record.line, "–", t("not MALL's"), "", "", "", "", "", "")
    state = f"{view.status_name} → {view.status or '?'}"
    problems = "; ".join(_said(problem, zone) for problem in view.all_problems())
    return (
        record.line,
        record.mall_order_id,
        view.code,
        state,
        view.created or "",
        view.delivery or "",
        _tracking(view),
        view.carrier,
        problems,
    )


def _problems(console: Console, report: CheckReport, zone: ZoneInfo) -> None:
    for problem in report.problems:
        text = _said(problem.reason, zone)
        places = n("once", "{number} times", problem.count)
        console.print(t("Line {line} ({times}): {text}", line=problem.line, times=places, text=text))
    for note in report.notes:
        console.print(_said(note, zone))
    if report.unknown_states:
        console.print(t("Unknown states: such orders are held. Say in the profile what they mean:"))
        console.print("[states]")
        choices = " | ".join(ShopStatus)
        for name, count in report.unknown_states.items():
            console.print(f'{quoted(name)} = "…"  # {choices} ({n("one order", "{number} orders", count)})')
    if report.unknown_carriers:
        names = ", ".join(report.unknown_carriers)
        console.print(
            t("Carriers without a tracking address (setting carriers of the shop): {names}", names=names)
        )


def _unread(console: Console, report: CheckReport) -> None:
    if not report.unread:
        return
    console.print(
        n(
            "Not read, with the number of values in the first record:",
            "Not read, with the number of values in the first {number} records:",
            report.surveyed,
        )
    )
    named = [f"{one.place} ({one.records})" for one in report.unread[:_MAX_UNREAD]]
    more = len(report.unread) - len(named)
    console.print(", ".join(named) + (t(" and {number} more", number=more) if more else ""))


def show_suggestion(console: Console, found: Suggestion, zone: ZoneInfo) -> None:
    """Prints what a draft reads, and what is open in it."""
    show_check(console, found.report, t("draft"), zone)
    if found.open_keys:
        console.print(
            n(
                "One thing is open: {keys}. Decide it in the draft, then run: {next}",
                "{number} things are open: {keys}. Decide them in the draft, then run: {next}",
                len(found.open_keys),
                keys=", ".join(found.open_keys),
                next="orderbridge profile check FILE --sample EXPORT",
            )
        )
    elif found.is_complete:
        console.print(
            t("The draft is complete: nothing is open. Read the evidence in its comments all the same.")
        )
