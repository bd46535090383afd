"""What people read comes from the catalogues: no sentence of ours stands in the rules, the flows or the adapters.

Looked at is every text in the code with two words beside each other. Left out, for people do not read them: docstrings,
what is logged, the errors of programmers and of operators (`ALLOWED_ERRORS`), names of types, and what is said in
`ALLOWED`, each with its reason.
"""

from __future__ import annotations

import ast
import re
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2] / "shared" / "orderbridge"
FOLDERS = ("console", "domain", "flows", "texts", "adapters/fastcentrik", "adapters/mall", "ports")
"""Where what people read is decided. The adapters to AWS make reasons of three kinds only, each of them in a test."""
TWO_WORDS = re.compile(r"[^\W\d_]{2,}[,;:]? [^\W\d_]{2,}")

ALLOWED_ERRORS = {
    "ValueError": "a programmer's, or caught where a reason is made of it",
    "TypeError": "a programmer's",
    "RuntimeError": "a programmer's",
    "AssertionError": "a programmer's",
    "LookupError": "a programmer's",
    "VersionConflictError": "a log line: the message comes again",
    "ForeignMessageError": "a log line: the dead letter stays where it is",
    "ReturnedToQueueError": "a log line: the message comes again",
    "OperatorProblemError": "a log line: the caller is turned away",
    "TableBusyError": "a log line: tried again",
    "NotTakenError": "a log line: tried again",
    "TransportError": "caught in the adapter, which makes a reason of it",
    "LateError": "caught in the adapter",
    "NotPublicError": "caught in the adapter",
    "TooLargeError": "caught in the adapter",
}
"""Errors whose text no shop's people read, and why."""

KEY = "a key of a record, never shown"
NAMES = "names that shops and carriers use, compared with what they write"
FORMAT = "a format of a file or of a request"
ALLOWED = {
    "console/web.py: ": FORMAT,
    "console/assets.py: ": FORMAT,
    "console/rendering.py: ": "HTML, and names of buttons that the catalogue translates",
    "console/outside.py: a sign-in was turned away": "a log line",
    "console/outside.py: signed in": "a log line",
    "console/pages.py: signed out": "a log line",
    "domain/carrier_table.py: ": NAMES,
    "domain/statuses.py: ": NAMES,
    "domain/payloads.py: ": KEY,
    "domain/cases/alarms.py: not shown": KEY,
    "domain/cases/returns.py: ready to return": KEY,
    "flows/read_lists.py: MALL's list did not come": "a log line",
    "flows/read_lists.py: {} more orders that MALL's list lacks": "a log line",
    "adapters/fastcentrik/profile/dates.py: ": FORMAT,
    "adapters/fastcentrik/reading/download.py: gzip, identity": FORMAT,
    "adapters/fastcentrik/writing/import_codec.py: ": FORMAT,
    "adapters/fastcentrik/writing/preview.py: ": "a program for integrators, and its sample of an order",
    "adapters/mall/answers.py: too large": KEY,
    "adapters/mall/client.py: application/json": FORMAT,
    "adapters/mall/models.py: ": "an error's text for the log; the answer's reason says it to people",
    "adapters/mall/reasons.py: ": "the words of MALL's answers that are kept",
    "adapters/mall/wire.py: ": FORMAT,
    "texts/controls.py: orderbridge ": "a command: it is typed as it stands in every language",
}
"""Module and the beginning of a text → why people do not read it."""

LOGGING = {"debug", "info", "warning", "error", "exception", "critical"}


def modules() -> Iterator[Path]:
    for folder in FOLDERS:
        yield from sorted((ROOT / folder).rglob("*.py"))


class Prose(ast.NodeVisitor):
    """The places of texts that people could read: line and text."""

    def __init__(self) -> None:
        self.found: list[tuple[int, str]] = []

    def visit_Expr(self, node: ast.Expr) -> None:
        if not isinstance(node.value, ast.Constant):  # a docstring
            self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        logged = name in LOGGING and isinstance(node.func, ast.Attribute)
        if logged or name in ALLOWED_ERRORS:
            return
        for one in node.args[1:] if name == "cast" else [node.func, *node.args, *node.keywords]:
            self.visit(one)

    def visit_Assign(self, node: ast.Assign) -> None:
        names = [target.id for target in node.targets if isinstance(target, ast.Name)]
        if names != ["msg"]:  # the text of the error that is raised next: it is judged by the error's kind
            self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.visit(node.value)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        if node.name != "__repr__":
            for one in (*node.decorator_list, *node.args.defaults, *node.body):
                self.visit(one)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str) and TWO_WORDS.search(node.value):
            self.found.append((node.lineno, node.value))

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        """A text with gaps: two words in it are a sentence, also with a gap between them."""
        parts = [one.value if isinstance(one, ast.Constant) else "{}" for one in node.values]
        text = "".join(map(str, parts))
        if " " in text and len(re.findall(r"[^\W\d_]{2,}", text)) > 1:
            self.found.append((node.lineno, text))
        for one in node.values:
            if not isinstance(one, ast.Constant):
                self.visit(one)


def errors_of_msg(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """``msg = …`` followed by ``raise Error(msg)``, where the error is none that people do not read."""
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if not isinstance(body, list):
            continue
        for said, raised in pairwise(body):
            if not isinstance(said, ast.Assign) or not isinstance(raised, ast.Raise):
                continue
            kind = raised.exc.func if isinstance(raised.exc, ast.Call) else raised.exc
            name = getattr(kind, "id", "")
            if getattr(said.targets[0], "id", "") == "msg" and name not in ALLOWED_ERRORS:
                yield said.lineno, f"msg of {name}"


def prose_in(source: str) -> list[tuple[int, str]]:
    tree = ast.parse(source)
    seen = Prose()
    seen.visit(tree)
    return sorted([*seen.found, *errors_of_msg(tree)])


def is_allowed(module: str, text: str) -> bool:
    return any(f"{module}: {text}".startswith(allowed) for allowed in ALLOWED)


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_sentence_stands_in_the_code(folder: str) -> None:
    places = []
    for path in sorted((ROOT / folder).rglob("*.py")):
        module = path.relative_to(ROOT).as_posix()
        places += [
            f"{module}:{line}: {text[:90]!r}"
            for line, text in prose_in(path.read_text(encoding="utf-8"))
            if not is_allowed(module, text)
        ]
    assert not places, "\n".join(places)


def test_every_exception_of_the_rule_is_needed() -> None:
    texts = {
        f"{path.relative_to(ROOT).as_posix()}: {text}"
        for path in modules()
        for _, text in prose_in(path.read_text(encoding="utf-8"))
    }
    assert [one for one in ALLOWED if not any(text.startswith(one) for text in texts)] == []


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ('"""A docstring of words."""', 0),
        ('x = "two words"', 1),
        ('x = "one-word"', 0),
        ('x = f"{a} is {b}"', 0),
        ('x = f"{a} is sent by {b}"', 1),
        ('x = f"{a} is {b} again"', 1),
        ('def f():\n    return "nothing is sent"', 1),
        ('logger.info("the export was read")', 0),
        ('raise ValueError("not a moment")', 0),
        ('if a:\n    msg = "not a moment"\n    raise ValueError(msg)', 0),
        ('if a:\n    msg = "not a moment"\n    raise BadRequestError(msg)', 1),
        ('x = Hold("the order waits")', 1),
        ('x = cast("dict[str, int]", y)', 0),
        ('class A:\n    def __repr__(self):\n        return "an odd thing"', 0),
    ],
)
def test_what_counts_as_prose(source: str, count: int) -> None:
    assert len(prose_in(source)) == count
