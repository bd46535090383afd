"""The demonstration's language. Its sentences are written in English; Czech and Slovak are in ``locale``.

A sentence that is not data is an argument of ``say`` or ``count``, so that `make texts` finds it. The product's own
texts come from its API in the same language.
"""

from __future__ import annotations

import ast
import gettext
from pathlib import Path
from typing import TYPE_CHECKING

from orderbridge.domain.cases.records import Cause, ReturnKind
from orderbridge.domain.statuses import MarketplaceStatus
from orderbridge.texts import Language
from orderbridge.texts.catalogues import catalogue, name_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from local.demo.scenarios import Chapter

FOLDER = Path(__file__).parent
LOCALE = FOLDER / "locale"
DOMAIN = "demo"
TRANSLATED = (Language.CZECH, Language.SLOVAK)

WORDS = (
    *("people", "product", "stranger", "returns", "escalation", "alarm", "why", "shop", "MALL"),
    *("open", "closed", "resolved", "opened", "reopened", "return number entered", "accepted", "refused"),
    *("unanswered", "system", "cancel rate", "status errors", "tracking rate", "late delivered"),
    *(kind.value.replace("_", " ") for kind in (*ReturnKind, *Cause)),
)
"""Single words of the API and of the figures that are printed."""


class Voice:
    """Translates sentences into one language, English by default."""

    def __init__(self) -> None:
        self.language = Language.ENGLISH
        self._texts = gettext.NullTranslations()

    def speak(self, language: Language) -> None:
        """Switches to `language`. Raises FileNotFoundError where its sentences are not compiled."""
        self.language = language
        self._texts = gettext.NullTranslations()
        if language in TRANSLATED:
            with compiled(language).open("rb") as sentences:
                self._texts = gettext.GNUTranslations(sentences)

    def say(self, sentence: str, /, **facts: object) -> str:
        """The translation of `sentence`, with `facts` in their places."""
        translated = self._texts.gettext(sentence)
        return translated.format(**facts) if facts else translated

    def count(self, one: str, many: str, number: int, /, **facts: object) -> str:
        """The translation of `one` or `many`, in the plural form of `number`, which replaces ``{number}``."""
        return self._texts.ngettext(one, many, number).format(number=number, **facts)

    def word(self, name: str) -> str:
        """The translation of a word of the API, such as ``not_imported``."""
        return self.say(name.replace("_", " "))

    def status(self, status: str) -> str:
        """The product's name of a status of MALL, in the present language."""
        if status not in {*MarketplaceStatus}:
            return status
        return catalogue(self.language).gettext(name_id(MarketplaceStatus(status)))


voice = Voice()
say, count = voice.say, voice.count


def compiled(language: Language) -> Path:
    """Path of the compiled sentences of `language`."""
    return LOCALE / language.value / "LC_MESSAGES" / f"{DOMAIN}.mo"


def sentences(chapters: Iterable[Chapter]) -> Iterator[str | tuple[str, str]]:
    """All sentences, each once: those of the `chapters`, those of the code, and words. A pair has a plural."""
    found = (*_of_chapters(chapters), *_of_code(), *WORDS)
    yield from dict.fromkeys(found)


def _of_chapters(chapters: Iterable[Chapter]) -> Iterator[str]:
    for chapter in chapters:
        yield chapter.title
        yield from (shop.text for shop in chapter.shops)
        yield from (round_.text for round_ in chapter.rounds)
        for story in chapter.stories:
            yield story.title
            for act in story.acts:
                yield from filter(None, (act.text, *(body.get("note", "") for _, body in act.posts)))


def _of_code() -> Iterator[str | tuple[str, str]]:
    """The arguments of ``say`` and ``count`` in this folder."""
    for path in sorted(FOLDER.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            said = [one.value for one in node.args if isinstance(one, ast.Constant)]
            texts = [text for text in said if isinstance(text, str)]
            if node.func.id == "say" and len(texts) == 1:
                yield texts[0]
            elif node.func.id == "count" and len(texts) == 2:  # noqa: PLR2004 - one, and many
                yield texts[0], texts[1]
