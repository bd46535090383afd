"""Names are compared without case, accents and white space around them."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderbridge.domain.statuses import fold


@given(st.text(st.characters(codec="utf-8")))
def test_letter_by_letter_is_the_same_as_in_a_whole_text(text: str) -> None:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(part for part in decomposed if not unicodedata.combining(part))

    assert fold(text) == " ".join(letters.split())


@pytest.mark.usefixtures("little_work")
def test_any_number_of_accents_on_one_letter_costs_little() -> None:
    assert fold("A" + "\u0301\u0323" * 200_000) == "a"
