"""The static files. A digest of the content is part of the name, so a browser may keep each for a year."""

from __future__ import annotations

import base64
from functools import cache
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path

from orderbridge.console.web import Answer

FOLDER = Path(__file__).parent / "static"
TYPES = {
    "console.css": "text/css; charset=utf-8",
    "console.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}
CACHED = "public, max-age=31536000, immutable"


@cache
def content_of(file: str) -> str:
    """The text of a static file."""
    return (FOLDER / file).read_text(encoding="utf-8")


@cache
def name_of(file: str) -> str:
    """The name under which a browser asks for `file`: with a digest of its content."""
    stem, _, suffix = file.partition(".")
    return f"{stem}.{sha256(content_of(file).encode()).hexdigest()[:12]}.{suffix}"


@cache
def digest_of(file: str) -> str:
    """The digest of a file as a content security policy names it."""
    return f"'sha256-{base64.b64encode(sha256(content_of(file).encode()).digest()).decode()}'"


def asset(name: str) -> Answer | None:
    """The file that is called `name` now; None: there is none."""
    for file, content_type in TYPES.items():
        if name == name_of(file):
            return Answer(HTTPStatus.OK, content_of(file), content_type, {"Cache-Control": CACHED})
    return None
