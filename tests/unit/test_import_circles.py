"""No module of the product imports, by a way round, itself.

Counted is every import that runs: at the top of a module and inside a function. Imports under ``TYPE_CHECKING`` do not
run and do not count. A module that imports a package counts as importing the package's ``__init__`` alone.
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

ROOT = Path(__file__).parents[2] / "shared"


def test_no_module_imports_itself_by_a_way_round() -> None:
    assert circles(import_graph(ROOT)) == []


def test_a_circle_is_found_also_inside_a_function(tmp_path: Path) -> None:
    package = tmp_path / "orderbridge"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "one.py").write_text("from orderbridge import two\n")
    (package / "two.py").write_text("def late():\n    from orderbridge.one import name\n")
    (package / "three.py").write_text("if TYPE_CHECKING:\n    from orderbridge.four import name\n")
    (package / "four.py").write_text("import orderbridge.three\n")

    assert circles(import_graph(tmp_path)) == [{"orderbridge.one", "orderbridge.two"}]


def import_graph(root: Path) -> dict[str, set[str]]:
    """Every module of ``orderbridge`` below `root`, and the modules of it that it imports."""
    files = {_name_of(path.relative_to(root)): path for path in (root / "orderbridge").rglob("*.py")}
    return {name: _imports_of(path, name, files.keys()) for name, path in files.items()}


def circles(graph: dict[str, set[str]]) -> list[set[str]]:
    """The circles of `graph`, each as its modules; a module is in one at most, circles that touch are one."""
    found: list[set[str]] = []
    reachable = {name: _reachable(graph, name) for name in graph}
    for name in sorted(graph):
        if name in reachable[name] and not any(name in circle for circle in found):
            found.append({other for other in reachable[name] if name in reachable[other]})
    return found


def _reachable(graph: dict[str, set[str]], start: str) -> set[str]:
    seen: set[str] = set()
    ahead = list(graph[start])
    while ahead:
        name = ahead.pop()
        if name not in seen:
            seen.add(name)
            ahead.extend(graph[name])
    return seen


def _name_of(path: Path) -> str:
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def _imports_of(path: Path, name: str, modules: Collection[str]) -> set[str]:
    found: set[str] = set()
    for node in _running(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names if alias.name in modules)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                found.add(inner if inner in modules else str(node.module))
    return {other for other in found if other in modules and other != name}


def _running(tree: ast.AST) -> Iterator[ast.AST]:
    """Every node of `tree` but those under ``if TYPE_CHECKING``."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            continue
        yield node
        yield from _running(node)
