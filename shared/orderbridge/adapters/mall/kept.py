"""MALL's texts as messages and records may keep them: limited in length, without anybody's contact. Pure.

A name looks like any other word. So a value that is not as MALL documents it is dropped as a whole.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote, unquote_plus

from orderbridge.adapters.contacts import has_email, without_email
from orderbridge.adapters.mall import reasons
from orderbridge.adapters.texts import MAX_TRACKING_NUMBER, MAX_TRACKING_URL, clean
from orderbridge.redaction import redact, redact_line

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_ITEMS = 200
"""Lines of an order that are kept. A record has room for that many long lines."""
MAX_TITLE = 200
MAX_PLACE = 200

_NUMBER = re.compile(rf"[0-9A-Za-z_-]{{1,{MAX_TRACKING_NUMBER}}}")
_ADDRESS = re.compile(r"https?://\S+", re.IGNORECASE)
_MIN_EXCUSE = 8
"""Characters. A shorter tracking number is never mistaken for a phone number."""


def tracking(number: str, url: str) -> tuple[str, str]:
    """`number` and `url` as they may be kept, each empty if it may not be kept.

    If `number` has characters that MALL does not document, both are dropped. `url` is dropped if it is too long, not an
    address, or shows an e-mail address or a phone number. It is not masked: a missing value is completed from what was
    sent (``attempts.completed``), but a different value counts as a change and would be corrected after every read.
    """
    number, url = clean(number), clean(url)
    if number and not _NUMBER.fullmatch(number):
        return "", ""
    fits = len(url) <= MAX_TRACKING_URL and _ADDRESS.fullmatch(url)
    return number, url if fits and not _shows_a_contact(url, number) else ""


def _shows_a_contact(url: str, number: str) -> bool:
    """Whether `url` shows a contact. The parcel's number may look like a phone number, so it does not count."""
    return has_email(url) or any(redact(spelling) != spelling for spelling in _spellings(url, number))


def _spellings(url: str, number: str) -> Iterator[str]:
    """`url` as written and percent-decoded, with a letter in place of `number`."""
    for spelling in {url, unquote(url), unquote_plus(unquote(url))}:
        yield spelling.replace(number, "x") if len(number) >= _MIN_EXCUSE else spelling


def title(text: str) -> str:
    """An item's name on one line. Digits stay: they belong to the goods."""
    text = clean(text)
    if has_email(text[:MAX_TITLE]):
        return redact_line(without_email(text[:MAX_TITLE]), limit=MAX_TITLE)
    return text if len(text) <= MAX_TITLE else text[: MAX_TITLE - 1] + "…"


def place(branch: str, word: str) -> str:
    """Where a parcel waits: the number of the `branch` and the newest status `word`; empty if neither is known.

    Of the word only what ``reasons`` keeps is needed.
    """
    branch = clean(branch[:MAX_PLACE])
    word = reasons.shown(word)
    parts = (branch, "" if word == reasons.DROPPED else word)
    return redact_line(": ".join(part for part in parts if part), keep=(branch,), limit=MAX_PLACE)
