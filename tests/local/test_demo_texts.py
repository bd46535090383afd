"""The demonstration says every sentence in every language, and names the same facts in each."""

from __future__ import annotations

import re
from string import Formatter
from typing import TYPE_CHECKING

import pytest

from deployment import texts
from local.demo.chapters import CHAPTERS
from local.demo.texts import TRANSLATED, Voice
from orderbridge.texts import Language

if TYPE_CHECKING:
    from collections.abc import Iterator

each_language = pytest.mark.parametrize("language", TRANSLATED)


def translations(language: Language) -> Iterator[tuple[str, list[str]]]:
    """Every sentence with its forms in `language`."""
    catalogue = texts._read(texts.demo_path(language), language)
    for message in texts.demo_messages():
        found = catalogue.get(message.id)
        assert found is not None, f"{message.id}: make texts"
        text = found.string
        yield message.id, [*text] if isinstance(text, (tuple, list)) else [str(text or "")]


def facts_in(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@each_language
def test_the_catalogue_is_as_make_texts_writes_it(language: Language) -> None:
    path = texts.demo_path(language)
    catalogue = texts._read(path, language)
    assert path.read_bytes() == texts.updated(catalogue, language, texts.demo_messages())


@each_language
def test_every_sentence_is_translated_and_names_the_same_facts(language: Language) -> None:
    wrong = [
        sentence
        for sentence, forms in translations(language)
        if not all(forms) or any(facts_in(form) != facts_in(sentence) for form in forms)
    ]
    assert wrong == []


def test_every_sentence_is_found_where_it_is_said() -> None:
    found = {message.id for message in texts.demo_messages()}
    stories = {story.title for chapter in CHAPTERS for story in chapter.stories}
    assert stories <= found
    assert {"no answer", "OK: the {number} order ended as it should", "not imported"} <= found


@pytest.mark.parametrize(
    ("language", "ended"),
    [
        (Language.ENGLISH, "OK: all 27 orders ended as they should"),
        (Language.CZECH, "V POŘÁDKU: všech 27 objednávek skončilo, jak mělo"),
        (Language.SLOVAK, "V PORIADKU: všetkých 27 objednávok sa skončilo, ako malo"),
    ],
)
def test_the_last_line(language: Language, ended: str) -> None:
    voice = Voice()
    voice.speak(language)
    one, many = "OK: the {number} order ended as it should", "OK: all {number} orders ended as they should"
    assert voice.count(one, many, 27) == ended


def test_what_has_no_translation_is_said_as_it_is() -> None:
    voice = Voice()
    voice.speak(Language.CZECH)
    assert voice.word("somebody") == "somebody"
    assert voice.status("unknown") == "unknown"
    assert re.fullmatch("Shipped", voice.status("shipped"))
