"""Which language people get."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderbridge.texts import Language, best_language, language_of


@pytest.mark.parametrize(
    ("tag", "language"),
    [("cs", "cs"), ("sk", "sk"), ("en", "en"), ("EN-gb", "en"), ("de", "cs"), ("", "cs"), ("english", "cs")],
)
def test_a_tag_without_texts_is_czech(tag: str, language: str) -> None:
    assert language_of(tag) is Language(language)


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", None),
        ("sk", "sk"),
        ("sk-SK,sk;q=0.9,cs;q=0.8,en;q=0.7", "sk"),
        ("de-DE,de;q=0.9,en;q=0.5", "en"),
        ("de", None),
        ("*", None),
        ("cs;q=0.1, en;q=0.2", "en"),
        ("en;q=0", None),
        ("en;q=much, sk;q=0.1", "sk"),
        ("en;q=7, sk;q=0.1", "sk"),
        ("en;q=nan, sk;q=0.1", "sk"),
        ("en ; q=0.5 , sk", "sk"),
        ("en,sk", "en"),
        (";;,,en", "en"),
        ("x" * 600 + ",en", None),
    ],
)
def test_the_header_says_what_it_likes_best_of_ours(header: str, language: str | None) -> None:
    assert best_language(header) == language


@given(st.text())
def test_no_header_is_an_error(header: str) -> None:
    assert best_language(header) in {None, *Language}
