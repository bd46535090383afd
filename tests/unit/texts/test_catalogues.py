"""Every code has a whole text in every language, and no text names what its code does not have."""

from __future__ import annotations

import re
from functools import cache
from string import Formatter
from typing import TYPE_CHECKING

import pytest

from deployment.texts import catalogue_of, catalogue_path, messages, updated
from orderbridge.domain.codes import CODES
from orderbridge.domain.facts import Kind
from orderbridge.texts.catalogues import catalogue
from orderbridge.texts.languages import Language

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orderbridge.domain.facts import Code

MAX_LENGTH = 450
"""Characters of a text before its facts are written into it. 300 is what to aim at."""

IDS = [message.id for message in messages()]
LANGUAGES = pytest.mark.parametrize("language", Language)
EVERY_ID = pytest.mark.parametrize("message", IDS)
EVERY_CODE = pytest.mark.parametrize("code", CODES.values(), ids=str)


written = cache(catalogue_of)


def forms_of(message: str, language: Language) -> tuple[str, ...]:
    found = written(language).get(message)
    assert found is not None, f"{message} is not in the catalogue: make texts"
    text = found.string
    return tuple(text) if isinstance(text, (tuple, list)) else (str(text or ""),)


def parts_of(text: str) -> Iterator[tuple[str, str]]:
    """The facts that `text` names, each with the words before it."""
    for before, name, form, conversion in Formatter().parse(text):
        if name is None:
            continue
        assert name.isidentifier(), f"{{{name}}}: a fact's name alone is allowed"
        assert not form, f"{{{name}}}: facts are written by their kind"
        assert not conversion, f"{{{name}}}: facts are written by their kind"
        yield before, name


@LANGUAGES
def test_the_catalogue_is_as_make_texts_writes_it(language: Language) -> None:
    assert catalogue_path(language).read_bytes() == updated(catalogue_of(language), language)


@LANGUAGES
@EVERY_ID
def test_every_message_has_its_text_in_every_form(message: str, language: Language) -> None:
    forms = forms_of(message, language)
    assert all(forms), f"{message} has no text in {language}"
    code = CODES.get(message)
    counted = code is not None and code.counted is not None
    assert len(forms) == (written(language).num_plurals if counted else 1)


@LANGUAGES
@EVERY_ID
def test_the_compiled_catalogue_has_it(message: str, language: Language) -> None:
    code, texts = CODES.get(message), catalogue(language)
    counted = code is not None and code.counted is not None
    assert (texts.ngettext(message, message, 5) if counted else texts.gettext(message)) != message


@LANGUAGES
@EVERY_CODE
def test_a_text_names_the_facts_of_its_code(code: Code, language: Language) -> None:
    for place, form in enumerate(forms_of(code.value, language)):
        named = {name for _, name in parts_of(form)}
        assert named <= {*code.facts}, "the code does not have these facts"
        may_lack = code.may_be_unnamed | ({code.counted} if place == 0 and code.counted else set())
        assert {*code.facts} - named <= may_lack, "the text leaves out facts that nobody may leave out"


@LANGUAGES
@EVERY_CODE
def test_a_text_is_whole_sentences(code: Code, language: Language) -> None:
    for form in forms_of(code.value, language):
        assert len(form) <= MAX_LENGTH
        assert form == " ".join(form.split())
        nested = {name for name, kind in code.facts.items() if kind in {Kind.REASON, Kind.REASONS}}
        assert form[0].isupper() or form[0] in "{„“", "a text begins as a sentence"
        ending = re.search(r"(\.|\{(\w+)\})$", form)
        assert ending, "a text ends as a sentence"
        assert ending[2] is None or ending[2] in nested, "a text ends as a sentence"
        for name in nested:
            for found in re.finditer(rf"(.{{0,2}})\{{{name}\}}(.{{0,2}})", form):
                assert found[1] in {"", ". ", ": ", "? ", "! "}, (
                    "a sentence within a text follows one that ended"
                )
                assert re.fullmatch(r"| [A-ZÁ-Ž{„“]", found[2]), (
                    "a new sentence follows a sentence within a text"
                )


@LANGUAGES
def test_no_text_is_another_languages(language: Language) -> None:
    """A text that was copied to be translated, and was not."""
    for other in set(Language) - {language}:
        for code in CODES:
            assert forms_of(code, language) != forms_of(code, other)
