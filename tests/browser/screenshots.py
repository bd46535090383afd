"""The README's pictures, from a real run: the deployed local stack, its shops, a real browser.

python -m tests.browser.screenshots
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from tests.browser import chromium

if TYPE_CHECKING:
    from playwright.sync_api import Page, ViewportSize

    from tests.browser.clerk import Clerks
    from tests.browser.scene import Scene

IMAGES = Path(__file__).parents[2] / "docs" / "images"
COLOURS = 64
MAX_BYTES = 150_000
HEIGHT = 1_000
"""Pixels of a picture at a desktop; the rest of a long page is left out."""
PHONE_HEIGHT = 1_100


def take(clerks: Clerks, scene: Scene) -> list[Path]:
    """Takes every picture. Returns their paths."""
    shop, taken = scene.garden.name, []
    order = f"orders/{scene.number('wrong Delivered too')}"
    IMAGES.mkdir(exist_ok=True)
    with clerks.visit("jana", language="cs") as jana:
        for name, path in (("today", "today"), ("order", order), ("figures", "figures")):
            taken.append(_take(jana.shop(shop, path), name, phone=False))
    with clerks.visit("jana", language="cs", phone=True) as jana:
        page = jana.shop(shop)
        taken.append(_take(page, "phone-today", phone=True))
        entry = jana.entry(scene.number("cancelled in the shop"))
        jana.box("Neodesílat", entry)
        entry.scroll_into_view_if_needed()
        taken.append(_take(page, "phone-undo", phone=True))
    return taken


def _take(page: Page, name: str, *, phone: bool) -> Path:
    """One picture, with few colours, so that it is small."""
    path = IMAGES / f"{name}.png"
    wanted: ViewportSize = (
        {"width": 360, "height": PHONE_HEIGHT} if phone else {"width": 1280, "height": HEIGHT}
    )
    page.set_viewport_size(wanted)
    page.screenshot(path=path, animations="disabled")
    with Image.open(path) as picture:
        few = picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    few.save(path, optimize=True)
    if path.stat().st_size > MAX_BYTES:
        raise ValueError(f"{path.name} is too large: {path.stat().st_size} bytes")
    return path


def main() -> int:
    """Takes the pictures. Returns 0 if they are taken."""
    if chromium.executable() is None:
        print("no Chromium is installed (Debian: apt-get install chromium)", file=sys.stderr)
        return 1
    return int(pytest.main(["-q", "-s", "tests/browser/pictures.py"]))


if __name__ == "__main__":
    sys.exit(main())
