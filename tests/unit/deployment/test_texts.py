"""`make texts`: new codes come into the catalogues, what people wrote stays, and what they read is compiled."""

from __future__ import annotations

import gettext
import os
from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from deployment import cli_texts, texts
from orderbridge.domain.codes.answers import AnswerReason
from orderbridge.domain.codes.orders import HoldReason
from orderbridge.texts.languages import Language
from orderbridge_cli.language import TRANSLATED

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def locale(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(texts, "LOCALE", tmp_path)
    return tmp_path


def test_a_new_code_comes_in_without_a_text_and_with_its_facts(locale: Path) -> None:
    assert texts.main(["update"]) == 0
    for language in Language:
        found = texts.catalogue_of(language).get(HoldReason.STEP_BACK.value)
        assert found is not None
        assert not found.string
        assert found.auto_comments == ["{shop}: shop_status, {held}: status, {wanted}: shop_status"]
    assert sorted(path.name for path in locale.iterdir()) == ["cs", "en", "sk"]


def test_a_counted_code_comes_in_with_every_plural_form() -> None:
    body = texts.updated(Catalog(locale="sk"), Language.SLOVAK)
    found = read_po(BytesIO(body), locale="sk").get(HoldReason.NO_ANSWER.value)
    assert found is not None
    assert tuple(found.string or ()) == ("", "", "")


def test_what_people_wrote_stays_and_what_no_table_has_goes() -> None:
    catalogue = Catalog(locale="cs")
    catalogue.add(AnswerReason.NONE.value, "Nic nepřišlo.")
    catalogue.add("answer.of_last_year", "Už není.")
    body = texts.updated(catalogue, Language.CZECH)
    again = read_po(BytesIO(body), locale="cs")
    found = again.get(AnswerReason.NONE.value)
    assert found is not None
    assert found.string == "Nic nepřišlo."
    assert again.get("answer.of_last_year") is None
    assert not again.obsolete
    assert texts.updated(again, Language.CZECH) == body


@pytest.mark.usefixtures("locale")
def test_what_changed_is_compiled() -> None:
    texts.main(["update"])
    written = texts.catalogue_path(Language.ENGLISH)
    compiled = written.with_suffix(".mo")
    before = compiled.stat()
    texts.main(["compile"])
    assert compiled.stat() == before
    catalogue = texts.catalogue_of(Language.ENGLISH)
    message = catalogue.get(AnswerReason.NONE.value)
    assert message is not None
    message.string = "Nothing came."
    written.write_bytes(texts.updated(catalogue, Language.ENGLISH))
    later = before.st_mtime + 10
    os.utime(written, (later, later))
    texts.main(["compile"])
    with compiled.open("rb") as read:
        assert gettext.GNUTranslations(read).gettext(AnswerReason.NONE) == "Nothing came."
    assert sorted(path.name for path in compiled.parent.iterdir()) == ["orderbridge.mo", "orderbridge.po"]


def test_another_word_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert texts.main(["extract"]) == 2
    assert "update|compile" in capsys.readouterr().err


def test_every_sentence_of_the_command_line_comes_in_as_a_literal() -> None:
    unclear = [
        f"{path.name}:{line}"
        for path in cli_texts.sources()
        for line, sentence in cli_texts.calls(path)
        if sentence is None
    ]
    assert unclear == []
    found = list(cli_texts.sentences())
    assert ("{number} problem", "{number} problems") in found
    assert {"Lists the operators.", "Options"} <= set(found)


def test_a_sentence_that_is_no_literal_is_found(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text('t("a" "b")\nt(name)\nn("one", f"{many}", 2)\nother("c")\n', encoding="utf-8")
    assert list(cli_texts.calls(module)) == [(1, "ab"), (2, None), (3, None)]


@pytest.mark.parametrize("code", TRANSLATED)
def test_the_catalogues_of_the_command_line_have_its_sentences(code: str) -> None:
    """`make texts` was run."""
    written = cli_texts.catalogue_path(code).read_bytes()
    known = Language(code)
    assert texts.updated(read_po(BytesIO(written), locale=code), known, texts.cli_messages()) == written
