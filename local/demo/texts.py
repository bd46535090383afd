"""The language that the demonstration speaks. Its sentences are written in English; Czech and Slovak are in ``locale``.

A sentence that is not data stands in a call of ``say`` or ``count``, so that `make texts` finds it. What the product
says is asked of its API in the same language.
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
"""Single words of the API and of the figures that are shown."""


class Voice:
    """Says sentences in one language. English until it is told another one."""

    def __init__(self) -> None:
        self.language = Language.ENGLISH
        self._texts = gettext.NullTranslations()

    def speak(self, language: Language) -> None:
        """From now on in `language`. Raises FileNotFoundError where its sentences were not compiled."""
        self.language = language
        self._texts = gettext.NullTranslations()
        if language in TRANSLATED:
            with compiled(language).open("rb") as sentences:
                self._texts = gettext.GNUTranslations(sentences)

    def say(self, sentence: str, /, **facts: object) -> str:
        """`sentence` in the language that is spoken, with `facts` in their places."""
        spoken = self._texts.gettext(sentence)
        return spoken.format(**facts) if facts else spoken

    def count(self, one: str, many: str, number: int, /, **facts: object) -> str:
        """`one` or `many`, in the plural form that `number` asks for; it stands for ``{number}``."""
        return self._texts.ngettext(one, many, number).format(number=number, **facts)

    def word(self, name: str) -> str:
        """A word of the API, such as ``not_imported``."""
        return self.say(name.replace("_", " "))

    def status(self, status: str) -> str:
        """A status of MALL by the name that the product gives it."""
        if status not in {*MarketplaceStatus}:
            return status
        return catalogue(self.language).gettext(name_id(MarketplaceStatus(status)))


voice = Voice()
say, count = voice.say, voice.count


def compiled(language: Language) -> Path:
    """The compiled sentences in `language`."""
    return LOCALE / language.value / "LC_MESSAGES" / f"{DOMAIN}.mo"


def sentences(chapters: Iterable[Chapter]) -> Iterator[str | tuple[str, str]]:
    """Every sentence, each once: those of the `chapters`, those of the code, words. A pair is one that is counted."""
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
                yield from filter(None, (act.text, *(body.get("note", "") for _, body in act.asks)))


def _of_code() -> Iterator[str | tuple[str, str]]:
    """What stands in calls of ``say`` and ``count`` in this folder."""
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
