"""The sentences of the clerks' page: the arguments of ``t("…")`` and ``n("…", "…", count)`` in its templates."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import nodes

from orderbridge.console import rendering
from orderbridge.console.rendering import DOMAIN, LOCALE, TEMPLATES, environment
from orderbridge.texts.languages import Language

if TYPE_CHECKING:
    from collections.abc import Iterator

TRANSLATED = (Language.CZECH, Language.SLOVAK)
"""The languages with a catalogue. English is what the templates say."""


def written(language: Language) -> Path:
    """The catalogue that people write."""
    return LOCALE / language.value / "LC_MESSAGES" / f"{DOMAIN}.po"


def sentences() -> Iterator[str | tuple[str, str]]:
    """Every sentence once, in the order of the templates' names; a pair for one and for many.

    Raises ValueError where an argument is no literal text: nobody could translate it.
    """
    seen: set[str] = set()
    for path in sorted(TEMPLATES.glob("*.html")):
        tree = environment().parse(path.read_text(encoding="utf-8"))
        for call in tree.find_all(nodes.Call):
            if not isinstance(call.node, nodes.Name) or call.node.name not in {"t", "n"}:
                continue
            texts = _literals(call, 1 if call.node.name == "t" else 2, path.name)
            if texts[0] not in seen:
                seen.add(texts[0])
                yield texts[0] if len(texts) == 1 else (texts[0], texts[1])
    for text in _in_code():
        key = text if isinstance(text, str) else text[0]
        if key not in seen:
            seen.add(key)
            yield text


def _in_code() -> Iterator[str | tuple[str, str]]:
    """The few sentences that ``rendering`` itself says."""
    for node in ast.walk(ast.parse(Path(rendering.__file__).read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        literal = [str(one.value) for one in node.args[:2] if isinstance(one, ast.Constant)]
        if node.func.attr == "t" and literal:
            yield literal[0]
        elif node.func.attr == "n" and len(literal) > 1:
            yield literal[0], literal[1]


def _literals(call: nodes.Call, count: int, template: str) -> list[str]:
    texts = [one.value for one in call.args[:count] if isinstance(one, nodes.Const)]
    if len(texts) != count or not all(isinstance(text, str) for text in texts):
        raise ValueError(f"{template}:{call.lineno}: a text must be literal")
    return texts
