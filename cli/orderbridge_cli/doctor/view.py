"""Prints a report for people: a line per finding by section, and the next thing to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from orderbridge_cli.doctor.findings import Level, Section
from orderbridge_cli.language import t
from orderbridge_cli.output import indented, safe

if TYPE_CHECKING:
    from rich.console import Console

    from orderbridge_cli.doctor.findings import Report

_STYLE = {Level.OK: "green", Level.NOTE: "dim", Level.WARNING: "yellow", Level.PROBLEM: "bold red"}


def show(report: Report, console: Console) -> None:
    """Prints `report` on `console`."""
    titles, words = _titles(), _words()
    width = max(map(len, words.values()))
    console.print(Text(t("Shop {shop}", shop=report.shop), style="bold"))
    for section in Section:
        findings = report.of(section)
        if not findings:
            continue
        console.print()
        console.print(Text(titles[section], style="bold"))
        for one in findings:
            line = Text("  ")
            line.append(words[one.level].ljust(width), style=_STYLE[one.level])
            line.append(f"  {safe(one.text)}")
            console.print(line)
            if one.todo and one.todo != one.text:
                indented(console, f"→ {safe(one.todo)}", width + 4)
    console.print()
    console.print(Text(t("The next thing to do: {todo}", todo=safe(report.next[1])), style="bold"))


def _titles() -> dict[Section, str]:
    return {
        Section.RECORD: t("Shop record and settings"),
        Section.EXPORT: t("Export"),
        Section.PROFILE: t("Profile"),
        Section.ORDERS: t("Orders in the export"),
        Section.MALL: "MALL",
        Section.WEBHOOK: t("Webhook"),
        Section.MAIL: t("Mail to the shop's people"),
        Section.ALARMS: t("Alarms of the deployment"),
        Section.DEPLOYMENT: t("Deployment"),
    }


def _words() -> dict[Level, str]:
    return {
        Level.OK: t("ok"),
        Level.NOTE: t("note"),
        Level.WARNING: t("warning"),
        Level.PROBLEM: t("problem"),
    }
