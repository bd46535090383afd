"""axe finds what is wrong: where it finds nothing, that says something."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.axe import findings

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.timeout(60)]


def test_axe_finds_what_is_wrong(browser: Browser) -> None:
    page = browser.new_page()
    page.set_content(
        "<html><body><img src='x'><p style='color: #bbb; background: #ccc'>faint</p></body></html>"
    )
    found = "\n".join(findings(page))
    for rule in ("document-title", "html-has-lang", "image-alt", "color-contrast"):
        assert f": {rule} (" in found, rule
    assert "image-alt" not in "\n".join(findings(page, "color-contrast"))
    page.close()
