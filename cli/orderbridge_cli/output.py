"""How results look: plain tables and lines. What comes from outside is text, never markup or control characters."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import Console
    from rich.table import Table

PIPED_WIDTH = 200
"""Columns of what is not printed to a terminal."""


def console(stream: TextIO) -> Console:
    """A console on `stream`."""
    from rich.console import Console

    class Plain(Console):
        def on_broken_pipe(self) -> None:
            """Leaves to the program how it ends, where Rich would end it with an error's code."""
            raise BrokenPipeError

    terminal = stream.isatty()
    return Plain(
        file=stream,
        markup=False,
        highlight=False,
        emoji=False,
        # Rich would take 80 columns for a terminal that cannot move its cursor, if only the width were given.
        width=shutil.get_terminal_size().columns if terminal else PIPED_WIDTH,
        height=shutil.get_terminal_size().lines,
        soft_wrap=not terminal,  # a pipe gets one line per sentence
        force_terminal=terminal,
        color_system="auto" if terminal else None,
    )


def safe(text: object) -> str:
    """`text` on one line, without control characters."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in str(text)).split())


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, title: str = "") -> Table:
    """A table with a line under its head. Cells are texts; long ones wrap."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    made = Table(title=title or None, title_justify="left", box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for column in columns:
        made.add_column(column, overflow="fold")
    for row in rows:
        made.add_row(*(Text(safe(cell)) for cell in row))
    return made


def indented(console: Console, text: str, columns: int) -> None:
    """Prints `text` that far to the right; on a terminal its further lines as well."""
    if not console.is_terminal:
        console.print(f"{' ' * columns}{text}")
        return
    from rich.padding import Padding
    from rich.text import Text

    console.print(Padding(Text(text), (0, 0, 0, columns), expand=False))


def facts(pairs: Iterable[tuple[str, object]]) -> Table:
    """Names and values, one pair per line. A value of None is left out."""
    from rich.table import Table
    from rich.text import Text

    made = Table(box=None, pad_edge=False, show_header=False, show_edge=False)
    made.add_column(no_wrap=True)
    made.add_column(overflow="fold")
    for name, value in pairs:
        if value is not None:
            made.add_row(Text(safe(name)), Text(safe(value)))
    return made
