"""No line of the clerks' page ends within ``e-shop``; what is copied or sent keeps its text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from orderbridge.console.rendering import unbroken
from tests.unit.functions.console_client import Browser, add_operator

if TYPE_CHECKING:
    from tests.unit.functions.function_harness import NewHarness

WORD = '<span class="word">e-shop</span>'


@pytest.mark.parametrize(
    ("page", "shown"),
    [
        ("<p>V e-shopu</p>", f"<p>V {WORD}u</p>"),
        ("<h2>E-shop stojí</h2>", '<h2><span class="word">E-shop</span> stojí</h2>'),
        ("<p>a e-shop, e-shop</p>", f"<p>a {WORD}, {WORD}</p>"),
        ('<a href="/e-shop" title="e-shop">e-shop</a>', f'<a href="/e-shop" title="e-shop">{WORD}</a>'),
        ("<textarea rows=1>e-shop</textarea> e-shop", f"<textarea rows=1>e-shop</textarea> {WORD}"),
        ("<title>e-shop</title>", "<title>e-shop</title>"),
        ("<option selected>e-shop</option>", "<option selected>e-shop</option>"),
        ("<p>&lt;e-shop&gt;</p>", f"<p>&lt;{WORD}&gt;</p>"),
        ("<p>shop</p>", "<p>shop</p>"),
    ],
)
def test_the_word_stays_on_one_line_in_running_text_only(page: str, shown: str) -> None:
    assert unbroken(page) == shown


@pytest.mark.parametrize(("language", "wrapped"), [("cs", True), ("sk", True), ("en", False)])
def test_pages_are_made_so_in_czech_and_slovak(
    new_harness: NewHarness, language: str, *, wrapped: bool
) -> None:
    made = new_harness("console")
    add_operator(made)
    clerk = Browser(made, language=language)
    clerk.log_in()
    page = clerk.get("shops/demo/state", query={"q": "e-shop"}).text
    assert ('<span class="word">' in page) is wrapped
    assert 'value="e-shop"' in page, "what was searched for is kept"
