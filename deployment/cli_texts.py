"""The sentences of the command line, as its code and Typer's have them. See ``deployment.texts``."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

from orderbridge_cli import language
from orderbridge_cli.typer_words import TYPERS_OWN

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(language.__file__).parent

Sentence = str | tuple[str, str]
"""A sentence, or one and many."""


def sentences() -> Iterator[Sentence]:
    """Every sentence that can be shown, each once: those of the code in the order of its files, then Typer's own."""
    found = [sentence for path in sources() for _, sentence in calls(path) if sentence is not None]
    yield from dict.fromkeys((*found, *TYPERS_OWN))


def sources() -> list[Path]:
    """The modules of the command line."""
    return sorted(FOLDER.rglob("*.py"))


def calls(path: Path) -> Iterator[tuple[int, Sentence | None]]:
    """Line and sentence of each call of ``t`` or ``n`` in a module; None where an argument is no literal."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id == "t":
                yield node.lineno, _literal(node.args[0])
            elif node.func.id == "n":
                one, many = _literal(node.args[0]), _literal(node.args[1])
                yield node.lineno, None if one is None or many is None else (one, many)


def _literal(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def catalogue_path(code: str) -> Path:
    """The catalogue that people write in the language `code`."""
    return language.LOCALE / code / "LC_MESSAGES" / f"{language.DOMAIN}.po"
