"""``export``: the audit trail of a shop, for the accountant and for a dispute with MALL."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from orderbridge_cli.errors import PersonMustActError
from orderbridge_cli.frame import Exit, Outcome, Session, WrongUseError, command
from orderbridge_cli.language import n, t

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from orderbridge.domain.lists import Period
    from orderbridge.flows.audit import Row
    from orderbridge_cli.audit_export import Format, Written


def add(app: typer.Typer) -> None:
    """Adds the command to `app`."""
    command(
        app,
        "export",
        t(
            "Writes the audit trail of some days: each step, each attempt, and what people asked for. "
            "The days are those of the shop's zone, both included."
        ),
        example="orderbridge export my-shop --from 2026-11-01 --to 2026-11-30 --out november.csv",
    )(export)


def export(
    session: Session,
    shop: Annotated[str, typer.Argument(metavar="SHOP", help=t("The shop's name."))],
    first: Annotated[str, typer.Option("--from", metavar="DAY", help=t("First day, as 2026-11-01."))],
    last: Annotated[str, typer.Option("--to", metavar="DAY", help=t("Last day."))],
    form: Annotated[str, typer.Option("--format", metavar="csv|jsonl", help=t("The format."))] = "csv",
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help=t("A new file; without it the rows are printed.")),
    ] = None,
) -> Outcome:
    """Streamed. A person must act where orders' records cannot be read: each is a row of its own."""
    from orderbridge_cli.audit_export import FORMATS
    from orderbridge_cli.files import whole_file

    if form not in FORMATS:
        raise WrongUseError(t("--format is csv or jsonl."))
    if out is None and session.options.as_json:
        raise WrongUseError(
            t("With --json name a file with --out: the rows would stand before the document.")
        )
    period = _period(session, shop, first, last)
    rows = _rows(session, shop, period)
    if out is None:
        with _named_if_not_whole(session, t("Stopped. What was printed is not whole: repeat the command.")):
            written = _write(session, rows, form, sys.stdout.buffer, shown=not sys.stdout.isatty())
    else:
        line = t("Stopped. {file} was not written: repeat the command.", file=out)
        with _named_if_not_whole(session, line), whole_file(out) as file:
            written = _write(session, rows, form, file, shown=True)
    data = {
        "shop": shop,
        "from": first,
        "to": last,
        "format": form,
        "file": None if out is None else str(out),
        "rows": written.rows,
        "unreadable": written.unreadable,
    }
    return _ended(session, data, written, out)


def _period(session: Session, shop: str, first: str, last: str) -> Period:
    """The days in the shop's zone. Those of a shop that was removed are in the usual zone."""
    from orderbridge.flows.api.request import ApiRequest, period_of
    from orderbridge.texts import command_line
    from orderbridge_cli.asking import zone_of

    request = ApiRequest(by="", shops=(), query={"from": first, "to": last}, edge=command_line(shop))
    return period_of(request, zone_of(session, shop))


def _rows(session: Session, shop: str, period: Period) -> Iterator[Row]:
    """The rows. Raises NotFoundError for a shop that is not registered and has none."""
    from orderbridge.flows.api.request import pick_shop
    from orderbridge.flows.audit import audit_rows
    from orderbridge.texts import command_line

    assert period.since is not None  # noqa: S101 - both days are given
    assert period.before is not None  # noqa: S101
    rows = audit_rows(
        session.services, shop, period.since, period.before, session.language, edge=command_line(shop)
    )
    begun = next(rows, None)
    if begun is None:
        pick_shop(session.services.shops, shop, ["*"])
        return iter(())
    return chain((begun,), rows)


def _write(session: Session, rows: Iterator[Row], form: Format, out: BinaryIO, *, shown: bool) -> Written:
    """Writes all rows; `shown`: with progress on stderr, which would get between rows on a terminal."""
    from orderbridge.flows.audit import COLUMNS
    from orderbridge_cli.audit_export import write_rows

    if not shown:
        return write_rows(rows, COLUMNS, form, out)
    with session.progress(t("Rows")) as advance:
        return write_rows(rows, COLUMNS, form, out, advance)


@contextmanager
def _named_if_not_whole(session: Session, line: str) -> Iterator[None]:
    """Says `line` where the block does not come to its end."""
    try:
        yield
    except KeyboardInterrupt:
        raise PersonMustActError(line, "interrupted") from None
    except (BrokenPipeError, WrongUseError):
        raise
    except Exception:
        session.tell(line)
        raise


def _ended(session: Session, data: dict[str, Any], written: Written, out: Path | None) -> Outcome:
    lines = [n("{number} row.", "{number} rows.", written.rows)]
    if out is not None:
        lines = [n("{number} row in {file}.", "{number} rows in {file}.", written.rows, file=out)]
    if written.unreadable:
        lines.append(
            n(
                "The records of {number} order cannot be read: it is a row of the kind unreadable.",
                "The records of {number} orders cannot be read: they are rows of the kind unreadable.",
                written.unreadable,
            )
        )
    exit_code = Exit.PERSON_MUST_ACT if written.unreadable else Exit.DONE
    if out is not None:
        return Outcome(data, lambda console: console.print("\n".join(lines)), exit_code)
    for line in lines:
        session.tell(line)
    return Outcome(data, exit_code=exit_code)
