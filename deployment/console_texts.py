"""The sentences of the clerk's page: the arguments of ``t("…")`` and ``n("…", "…", count)`` in its templates."""

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
        if text not in seen:
            yield text


def _in_code() -> Iterator[str]:
    """The few sentences that ``rendering`` itself says."""
    for node in ast.walk(ast.parse(Path(rendering.__file__).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "t":
            first = node.args[0]
            if isinstance(first, ast.Constant):
                yield str(first.value)


def _literals(call: nodes.Call, count: int, template: str) -> list[str]:
    texts = [one.value for one in call.args[:count] if isinstance(one, nodes.Const)]
    if len(texts) != count or not all(isinstance(text, str) for text in texts):
        raise ValueError(f"{template}:{call.lineno}: a text must be literal")
    return texts
