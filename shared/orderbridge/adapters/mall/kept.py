"""What of MALL's own texts is kept: it goes on to messages and records, so it has an end and is nobody's contact.

Pure. A name cannot be told from other words, so what is not as MALL documents it is dropped, not shown in part.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote, unquote_plus

from orderbridge.adapters.contacts import has_email, without_email
from orderbridge.adapters.mall import reasons
from orderbridge.adapters.texts import LONGEST_TRACKING_NUMBER, LONGEST_TRACKING_URL, clean
from orderbridge.redaction import redact, redact_line

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_ITEMS = 200
"""Lines of an order that are kept; a record has room for so many long ones."""
LONGEST_TITLE = 200
LONGEST_PLACE = 200

_NUMBER = re.compile(rf"[0-9A-Za-z_-]{{1,{LONGEST_TRACKING_NUMBER}}}")
_ADDRESS = re.compile(r"https?://\S+", re.IGNORECASE)
_SHORTEST_EXCUSE = 8
"""Only a number that is at least this long could itself be mistaken for a phone's."""


def tracking(number: str, url: str) -> tuple[str, str]:
    """`number` and `url` as they may be kept, each empty if it may not.

    A number of other characters than MALL documents is none, and then its address is none either. An address is
    dropped if it is too long, none at all, or shows an e-mail address or a phone number. It is not masked: what is
    missing is made up for by what we know ourselves (``attempts.completed``), but what differs counts as a change, and
    would be corrected again after every read. What we sent ourselves always comes back as it was sent, unless an
    address of the shop's own shows a contact.
    """
    number, url = clean(number), clean(url)
    if number and not _NUMBER.fullmatch(number):
        return "", ""
    fits = len(url) <= LONGEST_TRACKING_URL and _ADDRESS.fullmatch(url)
    return number, url if fits and not _shows_a_contact(url, number) else ""


def _shows_a_contact(url: str, number: str) -> bool:
    """Whether somebody's contact stands in `url`. The parcel's own number may look like a phone's, and is none."""
    return has_email(url) or any(redact(spelling) != spelling for spelling in _spellings(url, number))


def _spellings(url: str, number: str) -> Iterator[str]:
    """`url` as it is and as it may be meant, with a letter in the place of `number`."""
    for spelling in {url, unquote(url), unquote_plus(unquote(url))}:
        yield spelling.replace(number, "x") if len(number) >= _SHORTEST_EXCUSE else spelling


def title(text: str) -> str:
    """The name of an item on one line; digits in it stay readable, they are the goods'."""
    text = clean(text)
    if has_email(text[:LONGEST_TITLE]):
        return redact_line(without_email(text[:LONGEST_TITLE]), limit=LONGEST_TITLE)
    return text if len(text) <= LONGEST_TITLE else text[: LONGEST_TITLE - 1] + "…"


def place(branch: str, word: str) -> str:
    """Where a parcel waits: the number of the `branch`, the newest `word` about it; empty if neither is known.

    The word is a status of the parcel's, of which more than ``reasons`` keeps is not needed.
    """
    branch = clean(branch)
    word = reasons.shown(word)
    parts = (f"branch {branch}" if branch else "", "" if word == reasons.DROPPED else word)
    return redact_line(": ".join(part for part in parts if part), keep=(branch,), limit=LONGEST_PLACE)
