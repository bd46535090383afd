"""axe-core, which looks for what keeps people out: the one file of the package axe-playwright-python."""

from __future__ import annotations

from functools import cache
from importlib.metadata import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

_RUN = "options => axe.run(options)"


@cache
def _script() -> str:
    (found,) = [one for one in files("axe-playwright-python") or () if one.name == "axe.min.js"]
    return found.read_text(encoding="utf-8")


def findings(page: Page, *rules: str) -> list[str]:
    """What axe has against the page as it is shown, a line each. `rules`: by these alone."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(_script())
    options = {"resultTypes": ["violations"]} | ({"runOnly": list(rules)} if rules else {})
    found = page.evaluate(_RUN, options)["violations"]
    return [
        f"{page.url}: {one['id']} ({one['help']}): {[node['html'][:150] for node in one['nodes'][:3]]}"
        for one in found
    ]
