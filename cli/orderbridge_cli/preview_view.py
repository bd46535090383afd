"""A preview as people and programs read it: summary, what cannot be undone, the table, JSON and CSV.

It shows what the product's records carry, so no personal data. Times are in the shop's zone for people, and in UTC for
programs.
"""

from __future__ import annotations

import csv
import json
from io import TextIOWrapper
from itertools import islice
from typing import TYPE_CHECKING, Any

from orderbridge_cli import names
from orderbridge_cli.asking import moment
from orderbridge_cli.files import guarded, whole_file
from orderbridge_cli.language import n, t
from orderbridge_cli.output import facts, safe, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime
    from pathlib import Path
    from zoneinfo import ZoneInfo

    from rich.console import Console

    from orderbridge.domain.actions import Action
    from orderbridge.domain.reasons import Reason
    from orderbridge.texts import Edge, Language
    from orderbridge_cli.dry_run import Preview, PreviewRow, PreviewStep

    Json = dict[str, Any]

COLUMNS = (
    *(
        "mall_order_id",
        "shop_code",
        "shop_status",
        "shop_status_name",
        "mall_status",
        "end",
        "step",
        "action",
    ),
    *("due", "body", "step_reason", "hold", "who_must_act", "until", "reason"),
)
"""The columns of the CSV. An order has one line per step, or one line with an empty `step`."""
_ALWAYS = frozenset({"shipping", "shipped", "delivered", "cancelled"})
"""Steps that the summary counts even if there are none."""


class PreviewText:
    """Words for one preview, in `language` and with the times of `zone`."""

    def __init__(self, preview: Preview, language: Language, zone: ZoneInfo) -> None:
        self.preview, self.language, self.zone = preview, language, zone

    def data(self, *, everything: bool = False) -> Json:
        """The preview for programs. `everything`: with the orders for which there is nothing to say."""
        preview, counts = self.preview, self.preview.counts
        rows = [row for row in preview.rows if everything or not row.is_quiet]
        return {
            "shop": preview.shop,
            "made_at": _utc(preview.made_at),
            "orders_in_export": preview.orders,
            "calls_to_mall": {"made": preview.calls, "real_run_needs": preview.calls_needed},
            "summary": {
                "steps": {action.value: counts.steps.get(action, 0) for action in _actions()},
                "held": {code.value: count for code, count in counts.held.items()},
                "would_be_imported": counts.imported,
                "would_be_cancelled_in_shop": counts.cancelled_in_shop,
                "in_sync": counts.in_sync,
                "to_be_read_first": counts.to_be_read,
                "waiting": counts.waiting,
                "unreadable": counts.unreadable,
                "need_person": counts.need_person,
            },
            "irreversible": [
                {"mall_order_id": row.mall_order_id, "shop_code": row.shop_code, **self._step(step)}
                for row, step in preview.irreversible
            ],
            "rows": [self._row(row) for row in rows],
            "rows_left_out": len(preview.rows) - len(rows),
            "notes": [self._explained(note) for note in preview.notes],
        }

    def _row(self, row: PreviewRow) -> Json:
        held = row.hold is not None
        return {
            "mall_order_id": row.mall_order_id,
            "shop_code": row.shop_code,
            "shop_status": None if row.shop_status is None else row.shop_status.value,
            "shop_status_name": row.shop_status_name,
            "mall_status": None if row.held is None else row.held.value,
            "steps": [self._step(step) for step in row.steps],
            "end": row.end.value,
            "reason": None if row.reason is None else self._explained(row.reason),
            "hold": None
            if not held
            else {
                "code": row.hold,
                "who_must_act": row.actor,
                "until": None if row.until is None else _utc(row.until),
            },
        }

    def _step(self, step: PreviewStep) -> Json:
        return {
            "action": step.action.value,
            "body": dict(step.body),
            "due": None if step.due is None else _utc(step.due),
            "reason": self._explained(step.reason),
        }

    @property
    def _edge(self) -> Edge:
        from orderbridge.texts import command_line

        return command_line(self.preview.shop)

    def _explained(self, reason: Reason) -> Json:
        from orderbridge.texts import explained

        return explained(reason, self.language, self.zone, self._edge)

    def _text(self, reason: Reason | None) -> str:
        from orderbridge.texts import render

        return "" if reason is None else render(reason, self.language, self.zone, self._edge)

    def _name(self, value: Any) -> str:  # noqa: ANN401 - a status or an action
        from orderbridge.texts import fact_text

        return fact_text(value, self.language, self.zone, self._edge)

    def _due(self, step: PreviewStep) -> str:
        return t("at once") if step.due is None else moment(step.due, self.zone)

    def show_summary(self, console: Console) -> None:
        """Prints the counts, and every step that cannot be undone."""
        preview = self.preview
        title = t("Nothing was sent. If {shop} were switched on now:", shop=safe(preview.shop))
        console.print(title)
        console.print()
        console.print(facts(self._counts()))
        for note in preview.notes:
            console.print(f"  {safe(self._text(note))}")
        console.print()
        final = preview.irreversible
        if not final:
            console.print(t("Nothing would be sent that cannot be undone."))
            return
        console.print(n("{number} step cannot be undone:", "{number} steps cannot be undone:", len(final)))
        head = (t("Order"), t("In the shop"), t("Step"), t("Sent"), t("When"))
        lines = (
            (row.mall_order_id, row.shop_code or "–", self._name(step.action), _body(step), self._due(step))
            for row, step in final
        )
        console.print(table(head, lines))

    def _counts(self) -> Iterator[tuple[str, object]]:
        from orderbridge_cli.dry_run import IRREVERSIBLE

        counts = self.preview.counts
        yield t("Orders in the export"), self.preview.orders
        for action in _actions():
            if not (count := counts.steps.get(action, 0)) and action.value not in _ALWAYS:
                continue
            mark = f"  ({t('cannot be undone')})" if action in IRREVERSIBLE else ""
            yield _capital(self._name(action)), f"{count}{mark}"
        for code, count in counts.held.items():
            yield t("Held ({code})", code=code.value), f"{count}  {names.hold(code.value)}"
        yield t("In sync, nothing to send"), counts.in_sync
        if counts.to_be_read:
            told = t("one call each; not open, shipping or shipped at MALL, so nothing is sent there")
            yield t("Read at MALL first"), f"{counts.to_be_read}  ({told})"
        if counts.waiting:
            yield t("Wait for the export"), counts.waiting
        if counts.unreadable:
            yield t("Cannot be read"), counts.unreadable
        yield t("A person must act on"), counts.need_person
        yield t("Calls to MALL: this preview"), self.preview.calls
        yield t("Calls to MALL: the real run, beside its lists"), self.preview.calls_needed

    def show_table(self, console: Console, *, limit: int, everything: bool) -> None:
        """Prints the orders, those with something to say first `limit`; `everything`: all of them, quiet ones too."""
        rows = [row for row in self.preview.rows if everything or not row.is_quiet]
        shown = rows if everything else list(islice(rows, limit))
        if not shown:
            return
        for alike in self._alike(shown):
            self._show_group(console, alike)
        if len(shown) < len(rows):
            left = len(rows) - len(shown)
            console.print()
            console.print(
                n(
                    "{number} more order: add --all, or write a file with --csv.",
                    "{number} more orders: add --all, or write a file with --csv.",
                    left,
                )
            )

    def _alike(self, rows: Iterable[PreviewRow]) -> list[list[PreviewRow]]:
        """The rows in groups of those about which the same is to be said, in the order of their first rows."""
        groups: dict[tuple[str, ...], list[PreviewRow]] = {}
        for row in rows:
            groups.setdefault(tuple(self._said(row)), []).append(row)
        return list(groups.values())

    def _said(self, row: PreviewRow) -> Iterator[str]:
        """What is said of a row: each step with its reason, and how it ends if that is another thing."""
        from orderbridge_cli.dry_run import End

        for step in row.steps:
            yield f"{_capital(self._name(step.action))}: {self._text(step.reason)}"
        if row.end is not End.IN_SYNC or not row.steps:
            yield f"{self._ending(row)}: {self._why(row)}"

    def _show_group(self, console: Console, rows: list[PreviewRow]) -> None:
        console.print()
        for line in self._said(rows[0]):
            console.print(safe(line))
        head = (t("Order"), t("In the shop"), t("Status in the shop"), t("At MALL"), t("Sent"), t("When"))
        console.print(table(head, (line for row in rows for line in self._lines(row))))

    def _lines(self, row: PreviewRow) -> Iterator[tuple[object, ...]]:
        order: tuple[object, ...] = (
            row.mall_order_id,
            row.shop_code or "–",
            row.shop_status_name or "–",
            "–" if row.held is None else self._name(row.held),
        )
        for step in row.steps:
            yield (*order, _details(step), self._due(step))
            order = ("", "", "", "")
        if not row.steps:
            yield (*order, "–", moment(row.until, self.zone))

    def _ending(self, row: PreviewRow) -> str:
        from orderbridge_cli.dry_run import End

        return {
            End.IN_SYNC: t("Nothing to send"),
            End.HELD: t("Held ({code})", code=row.hold or ""),
            End.TO_BE_READ: t("Read first"),
            End.WAITING: t("Waits"),
            End.UNREADABLE: t("Cannot be read"),
        }[row.end]

    def _why(self, row: PreviewRow) -> str:
        from orderbridge_cli.dry_run import End

        if row.end is End.TO_BE_READ:
            return t("MALL's lists do not have it: one call shows it, and nothing is sent there.")
        return self._text(row.reason)

    def write_csv(self, path: Path) -> None:
        """Writes all orders to `path`, or leaves it as it was. Raises WrongUseError if it cannot be written."""
        with whole_file(path, replace=True) as out, TextIOWrapper(out, "utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            writer.writerows(_cells(line) for row in self.preview.rows for line in self._records(row))

    def _records(self, row: PreviewRow) -> Iterator[tuple[object, ...]]:
        before = (
            row.mall_order_id,
            row.shop_code,
            row.shop_status or "",
            row.shop_status_name,
            row.held or "",
        )
        until = "" if row.until is None else _utc(row.until)
        after = (row.hold or "", row.actor or "", until, self._text(row.reason))
        if not row.steps:
            yield (*before, row.end, "", "", "", "", "", *after)
        for number, step in enumerate(row.steps, start=1):
            due = "" if step.due is None else _utc(step.due)
            body = json.dumps(step.body, ensure_ascii=False)
            yield (*before, row.end, number, step.action, due, body, self._text(step.reason), *after)


def _actions() -> list[Action]:
    """Every kind of step that sends something."""
    from orderbridge.domain.actions import Action

    return [action for action in Action if action is not Action.READ]


def _cells(line: Iterable[object]) -> list[str | int | None]:
    """The cells of a line. None begins a formula, whatever the shop's export has in it."""
    return [guarded(safe(cell)) for cell in line]


def _body(step: PreviewStep) -> str:
    """The body on one line: ``status = shipped, confirmed = true``."""
    texts = {key: json.dumps(value) if isinstance(value, bool) else value for key, value in step.body.items()}
    return ", ".join(f"{key} = {text}" for key, text in texts.items()) or "–"


def _details(step: PreviewStep) -> str:
    """The body without what the step's name says already."""
    told = {
        key: value for key, value in step.body.items() if key not in {"status", "confirmed", "tracking_url"}
    }
    return ", ".join(f"{key} = {value}" for key, value in told.items()) or "–"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _utc(when: datetime) -> str:
    return when.isoformat()
