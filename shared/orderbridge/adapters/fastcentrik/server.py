"""What reading and writing share about a shop's server: time limits, and how to recognise its web pages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

HEAD = 2048
"""Bytes of a document that show whether it is a web page."""

# Possessive and atomic groups: the time stays linear, whatever the document begins with.
_HTML = re.compile(
    rb"\s*+(?:<\?xml[^>]*+>\s*+)?+(?:<!--(?>.*?-->)\s*+)*+<(?:!doctype\s++html|html|head|body)\b",
    re.IGNORECASE | re.DOTALL,
)
_BEFORE = b"\xef\xbb\xbf\xff\xfe \t\r\n\f\v"
"""Byte order marks and white space. Any number of them may stand before the document."""
_LOGIN = re.compile(r"(?:^|[/_.-])(?:log[-_]?[io]n|sign[-_]?in|prihlas\w*|auth)(?:[/_.-]|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class TimeLimits:
    """Limits of one call, in seconds."""

    connect: float = 5
    """To connect to one network address."""
    read: float = 15
    """To wait for more bytes."""
    total: float = 60
    """For the whole call, from the name lookup to the last byte, redirects included."""


def is_html(head: bytes) -> bool:
    """Whether a document that begins with `head` is a web page."""
    return _HTML.match(head[:HEAD].replace(b"\0", b"").lstrip(_BEFORE)) is not None


def is_blank(head: bytes) -> bool:
    """Whether `head` has nothing but byte order marks and white space."""
    return not head.lstrip(_BEFORE)


def leads_to_login(url: str, location: str) -> bool:
    """Whether a redirect from `url` to `location` (empty: no redirect) leads to a login page."""
    try:
        return _LOGIN.search(urlsplit(urljoin(url, location)).path if location else "") is not None
    except ValueError:
        return False
