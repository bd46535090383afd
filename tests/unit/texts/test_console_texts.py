"""The clerks' page says everything in Czech and Slovak, and no sentence of it stands in the code."""

from __future__ import annotations

from string import Formatter
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from babel.messages.pofile import read_po

from deployment.console_texts import TRANSLATED, sentences, written
from deployment.texts import console_messages, updated
from orderbridge.console.rendering import TEMPLATES, Reading, environment
from orderbridge.domain.cases.deadlines import DeadlineKind
from orderbridge.domain.cases.records import Cause, EventKind, ReturnKind
from orderbridge.domain.holds import HoldCode
from orderbridge.domain.steps import StepState
from orderbridge.texts import Control, Language
from orderbridge.texts.catalogues import name_of
from tests.fakes import NOON

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog

LANGUAGES = pytest.mark.parametrize("language", TRANSLATED)


def catalogue_of(language: Language) -> Catalog:
    with written(language).open("rb") as text:
        return read_po(text, locale=language.value)


def facts_of(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@LANGUAGES
def test_the_catalogue_is_as_make_texts_writes_it(language: Language) -> None:
    assert written(language).read_bytes() == updated(catalogue_of(language), language, console_messages())


@LANGUAGES
def test_every_sentence_has_its_text_with_the_same_facts(language: Language) -> None:
    texts = catalogue_of(language)
    for sentence in sentences():
        one, many = sentence if isinstance(sentence, tuple) else (sentence, "")
        found = texts.get(one)
        assert found is not None, one
        forms = found.string if isinstance(found.string, tuple) else (found.string,)
        assert len(forms) == (texts.num_plurals if many else 1), one
        for form in map(str, forms):
            assert form.strip() == form != "", one
            assert facts_of(form) <= facts_of(one) | facts_of(many), one
            assert facts_of(form) >= facts_of(one) - {"count"}, one


@pytest.mark.parametrize(
    ("macro", "codes"),
    [
        ("hold", HoldCode),
        ("cause", Cause),
        ("return_kind", ReturnKind),
        ("deadline", DeadlineKind),
        ("step_state", StepState),
        ("event", EventKind),
    ],
)
def test_every_code_has_a_short_name(macro: str, codes: type[HoldCode]) -> None:
    source = (TEMPLATES / "words.html").read_text(encoding="utf-8")
    body = source.partition(f"{{% macro {macro}(code)")[2].partition("endmacro")[0]
    assert [code for code in codes if f'"{code.value}": t(' not in body] == []


def test_buttons_and_pages_that_texts_name_have_their_names_from_the_texts() -> None:
    controls = [control for control in Control if control.has_page_name]
    source = "".join(path.read_text(encoding="utf-8") for path in TEMPLATES.glob("*.html"))
    assert [control for control in controls if f'control("{control}")' not in source] == []
    also_said = {name_of(control, Language.ENGLISH) for control in controls} & {*sentences()}
    assert also_said == {"Orders"}, "a column of a table, too"


def test_only_what_the_page_has_is_a_name_on_it() -> None:
    reading = Reading(Language.CZECH, ZoneInfo("UTC"), NOON, "console")
    assert reading.control("do_retry") == "Podívat se znovu"
    for unknown in ("do_rotate_key", "do_nothing"):
        with pytest.raises(ValueError, match=unknown):
            reading.control(unknown)


def test_a_template_escapes_by_itself() -> None:
    assert environment().autoescape is True
    for path in TEMPLATES.glob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert "|safe" not in text, path.name
        assert "autoescape" not in text, path.name
