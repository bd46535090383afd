"""The Czech and Slovak of the command line: whole, with the same facts, and with what a person types left as it is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from babel.messages.pofile import read_po

from deployment import cli_texts
from orderbridge_cli import language
from orderbridge_cli.language import TRANSLATED, decimal, in_quotes
from tests.cli.help_pages import commands

if TYPE_CHECKING:
    from collections.abc import Iterator

FACTS = re.compile(r"\{[^{}]*\}")
PLURAL_FORMS = 3
TYPED = re.compile(
    r"(?<![\w-])--?[a-z][a-z-]*"  # options
    r"|\b[A-Z]{4,}\b"  # OPEN, FILE, TOML
    r"|\b[a-z]+(?:[_.][a-z]+)+\b"  # settings and files
    r"|\bdocs/[a-z]+\.md"
    r"|\[[a-z_.]+\]"  # tables of a profile
    rf"|\borderbridge (?:{'|'.join(sorted((' '.join(path) for path, _ in commands() if path), reverse=True))})\b"
    r"|\bmake [a-z]+"
)
"""What a person types or looks for. It is the same in every language."""
WORDS = {"MALL", "COMMAND", "ARGUMENTS", "OPTIONS"}
"""Capitals that a language may translate, bend or leave out."""

Translated = tuple[tuple[str, ...], tuple[str, ...]]
"""A sentence (one, and many if it counts), and its texts."""


def _translations(code: str) -> Iterator[Translated]:
    with cli_texts.catalogue_path(code).open("rb") as written:
        catalogue = read_po(written, locale=code)
    for sentence in cli_texts.sentences():
        forms = sentence if isinstance(sentence, tuple) else (sentence,)
        message = catalogue.get(forms[0])
        texts = (message.string if message is not None else "") or ""
        yield forms, (texts,) if isinstance(texts, str) else tuple(texts)


def _of(sentence: tuple[str, ...]) -> str:
    return sentence[-1]


@pytest.mark.parametrize("code", TRANSLATED)
def test_every_sentence_has_a_text_in_every_form(code: str) -> None:
    missing = [
        sentence
        for sentence, texts in _translations(code)
        if len(texts) != (PLURAL_FORMS if len(sentence) > 1 else 1) or not all(text.strip() for text in texts)
    ]
    assert missing == []


@pytest.mark.parametrize("code", TRANSLATED)
def test_a_text_names_the_facts_of_its_sentence_and_no_others(code: str) -> None:
    """The first form is for one alone: it may say the number in words, as the sentence may."""
    wrong = [
        (sentence, text)
        for sentence, texts in _translations(code)
        for form, text in enumerate(texts)
        if _facts(text) not in [_facts(one) for one in (sentence if form == 0 else sentence[-1:])]
    ]
    assert wrong == []


def _facts(text: str) -> set[str]:
    return set(FACTS.findall(text))


@pytest.mark.parametrize("code", TRANSLATED)
def test_what_a_person_types_is_the_same_in_every_language(code: str) -> None:
    wrong = [
        (sentence, text, sorted(lost))
        for sentence, texts in _translations(code)
        for text in texts
        if (lost := _typed(_of(sentence)) - _typed(text))
    ]
    assert wrong == []


def _typed(text: str) -> set[str]:
    return set(TYPED.findall(text)) - WORDS


@pytest.mark.parametrize("code", TRANSLATED)
def test_a_text_has_no_control_characters_and_ends_as_its_sentence(code: str) -> None:
    """A heading stays a heading, and a part of a sentence has the same blank around it."""
    wrong = [
        (sentence, text)
        for sentence, texts in _translations(code)
        for text in texts
        if not text.isprintable() or _edges(text) != _edges(_of(sentence))
    ]
    assert wrong == []


def _edges(text: str) -> tuple[bool, bool, str]:
    end = text.rstrip()[-1:]
    return text[:1] == " ", text[-1:] == " ", end if end in {":", "?", "…"} else ""


@pytest.mark.parametrize("code", TRANSLATED)
def test_the_texts_are_not_english(code: str) -> None:
    """A text that says the same as its sentence is a name or a term, and short."""
    same = {text for sentence, texts in _translations(code) for text in texts if text in sentence}
    assert {text for text in same if re.search("[a-z] | [a-z]", FACTS.sub("", text))} <= {"MALL Delivery"}


@pytest.mark.parametrize(("code", "number", "name"), [("en", "1.5 MB", "“PPL”"), ("cs", "1,5 MB", "„PPL“")])
def test_numbers_and_names_are_written_as_the_language_does(
    code: language.Code, number: str, name: str
) -> None:
    language.use(code)
    try:
        assert (decimal("1.5 MB"), in_quotes("PPL")) == (number, name)
    finally:
        language.use("en")
