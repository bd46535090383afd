"""How a figure is printed: what it is, the command that gives it alone, columns, and what the words mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

NAME = ".venv/bin/python -m tests.bench"


def print_table(
    title: str, figure: str, headers: Sequence[str], rows: Sequence[Sequence[object]], *notes: str
) -> None:
    """Texts stand left, numbers (and texts that begin with a digit or a sign) right."""
    cells = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(row[at]) for row in [list(headers), *cells]) for at in range(len(headers))]
    right = [all(_is_number(row[at]) for row in cells) for at in range(len(headers))]

    def line(row: Sequence[str]) -> str:
        return "  ".join(
            cell.rjust(width) if is_right else cell.ljust(width)
            for cell, width, is_right in zip(row, widths, right, strict=True)
        ).rstrip()

    print(f"\n## {title}\n   {NAME} {figure}\n")
    print(line(headers))
    print(line(["-" * width for width in widths]))
    for row in cells:
        print(line(row))
    for note in notes:
        print(f"   {note}")


def median(values: Sequence[float]) -> float:
    """The upper one of two."""
    return sorted(values)[len(values) // 2]


def _is_number(cell: str) -> bool:
    return not cell or cell[0].isdigit() or (cell[0] in "+-–" and not cell[1:2].isalpha())
