"""Every code has a whole text in every language, and no text names what its code does not have."""

from __future__ import annotations

import re
from functools import cache
from string import Formatter
from typing import TYPE_CHECKING

import pytest

from deployment.texts import catalogue_of, catalogue_path, messages, updated
from orderbridge.domain.codes import CODES
from orderbridge.domain.codes.api import ProblemTitle, RequestReason
from orderbridge.domain.codes.cases import DigestReason, StateReason, SubjectReason
from orderbridge.domain.facts import Kind
from orderbridge.texts.catalogues import catalogue
from orderbridge.texts.controls import Control
from orderbridge.texts.languages import Language

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orderbridge.domain.facts import Code

MAX_LENGTH = 450
"""Characters of a text before its facts are written into it. 300 is what to aim at."""

LABELS = {*StateReason, *SubjectReason, *ProblemTitle}
"""Not sentences: what stands behind a colon, subjects of mails, and titles."""

ALIKE: dict[frozenset[Language], set[str]] = {
    frozenset({Language.CZECH, Language.SLOVAK}): {DigestReason.ESCALATION, DigestReason.DEADLINE}
}
"""Texts that are right as they are in both languages."""

SAID_BY_NAME: dict[str, set[str]] = {
    RequestReason.DECIDED_ONE_BY_ONE: {"order"},
    RequestReason.NO_SHOPS: {"file"},
}
"""Texts about no order in particular: a path says ``{order}``, a command ``ORDER``."""

LANGUAGES = pytest.mark.parametrize("language", Language)
# One test looks at every code, and tells of all that are wrong: there are hundreds of them.


written = cache(catalogue_of)


def forms_of(message: str, language: Language) -> tuple[str, ...]:
    found = written(language).get(message)
    assert found is not None, f"{message} is not in the catalogue: make texts"
    text = found.string
    return tuple(text) if isinstance(text, (tuple, list)) else (str(text or ""),)


def placeholders_in(text: str) -> set[str]:
    """The facts and the controls that `text` names."""
    names = set()
    for _, name, form, conversion in Formatter().parse(text):
        if name is not None:
            assert name.isidentifier(), f"{{{name}}}: a fact's name alone is allowed"
            assert not form, f"{{{name}}}: facts are written by their kind"
            assert not conversion, f"{{{name}}}: facts are written by their kind"
            names.add(name)
    return names


def named_in(text: str) -> set[str]:
    """The facts that `text` names, those of its controls with them."""
    names = placeholders_in(text)
    controls = {control for control in Control if control in names}
    return (names - controls).union(*(control.parameters for control in controls))


def texts_of(language: Language) -> Iterator[tuple[Code, int, str]]:
    """Every code with each of its texts and the number of its plural form."""
    for code in CODES.values():
        for number, form in enumerate(forms_of(code.value, language)):
            yield code, number, form


def is_counted(message: str) -> bool:
    code = CODES.get(message)
    return code is not None and code.counted is not None


@LANGUAGES
def test_the_catalogue_is_as_make_texts_writes_it(language: Language) -> None:
    assert catalogue_path(language).read_bytes() == updated(catalogue_of(language), language)


@LANGUAGES
def test_every_message_has_its_text_in_every_form(language: Language) -> None:
    plurals = written(language).num_plurals
    untranslated = [
        message.id
        for message in messages()
        if not all(forms := forms_of(message.id, language))
        or len(forms) != (plurals if is_counted(message.id) else 1)
    ]
    assert not untranslated


@LANGUAGES
def test_the_compiled_catalogue_has_every_message(language: Language) -> None:
    texts = catalogue(language)
    lacking = [
        id_
        for id_ in (message.id for message in messages())
        if (texts.ngettext(id_, id_, 5) if is_counted(id_) else texts.gettext(id_)) == id_
    ]
    assert not lacking


@LANGUAGES
def test_a_text_names_no_fact_that_its_code_lacks(language: Language) -> None:
    wrong = [
        (code, names)
        for code, _, form in texts_of(language)
        if (names := named_in(form) - {*code.facts} - SAID_BY_NAME.get(code, set()))
    ]
    assert not wrong


@LANGUAGES
def test_a_text_leaves_out_no_fact_but_those_that_the_table_lets_it(language: Language) -> None:
    """The plural form for one may say so in a word."""
    wrong = []
    for code, number, form in texts_of(language):
        may_lack = code.may_be_unnamed | ({code.counted} if number == 0 else set())
        if left_out := {*code.facts} - named_in(form) - may_lack:
            wrong.append((code, left_out))
    assert not wrong


@LANGUAGES
def test_a_text_is_short_and_whole_sentences(language: Language) -> None:
    wrong = [(code, wrong) for code, _, form in texts_of(language) if (wrong := not_whole(code, form))]
    assert not wrong


def not_whole(code: Code, form: str) -> str:
    """What keeps `form` from being whole sentences; empty if nothing does."""
    if code in LABELS:
        return "a label with a full stop" if form.endswith(".") else ""
    nested = {name for name, kind in code.facts.items() if kind in {Kind.REASON, Kind.REASONS}}
    ending = re.search(r"(?:\.|\{(\w+)\})$", form)
    if len(form) > MAX_LENGTH or form != " ".join(form.split()):
        return "too long, or blanks too many"
    if not (form[:1].isupper() or form[:1] in {"{", "„", "“"}):
        return "does not begin as a sentence"
    if ending is None or (ending[1] is not None and ending[1] not in nested):
        return "does not end as a sentence"
    for name in nested:
        for found in re.finditer(rf"(.{{0,2}})\{{{name}\}}(.{{0,2}})", form):
            if found[1] not in {"", ". ", ": ", "? ", "! "}:
                return f"{{{name}}} follows half a sentence"
            if re.fullmatch(r"| [A-ZÁ-Ž{„“]", found[2]) is None:
                return f"{{{name}}} is followed by half a sentence"
    return ""


@LANGUAGES
def test_no_text_is_another_languages(language: Language) -> None:
    """A text that was copied to be translated, and was not."""
    others = set(Language) - {language}
    copied = [
        code
        for code in CODES
        for other in others
        if forms_of(code, language) == forms_of(code, other)
        and any(re.search(r"\w", re.sub(r"\{\w+\}", "", form)) for form in forms_of(code, language))
        and code not in ALIKE.get(frozenset({language, other}), ())
    ]
    assert not copied
