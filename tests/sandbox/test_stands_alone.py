"""The stand-ins share no code with what they are tested against, so that a mistake is not made on both sides alike."""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(sandbox.__file__).parent
LIBRARIES = {"flask", "pydantic", "requests", "werkzeug"}
"""What the stand-ins are made with."""


def imported(source: Path) -> Iterator[str]:
    """The top packages that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name.partition(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{source} imports by a relative name"
            yield str(node.module).partition(".")[0]


def test_the_sandbox_imports_nothing_of_the_product_and_nothing_of_the_local_stack() -> None:
    files = sorted(FOLDER.rglob("*.py"))
    assert len(files) > 20
    allowed = LIBRARIES | set(sys.stdlib_module_names) | {"sandbox"}
    found = {(path.relative_to(FOLDER).as_posix(), name) for path in files for name in imported(path)}
    assert {one for one in found if one[1] not in allowed} == set()
