"""What may be shown of a text that came from outside: secrets, contacts and numbers of bank accounts are masked.

Names and postal addresses cannot be recognised. So redaction is the last line of defence: texts that are made of a
customer's data are never shown at all.
"""

from __future__ import annotations

import re
from functools import lru_cache
from html.entities import codepoint2name
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from orderbridge.accounts import without_accounts

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

SECRET = "***"  # noqa: S105 - what is shown instead of one
EMAIL = "<e-mail>"
PHONE = "<phone>"

MIN_SECRET = 4
"""A shorter secret is not searched for: it would match ordinary text."""
MIN_PART = 12
"""A piece of a secret address that is at least this long counts as a secret of its own."""
MAX_WORDS = 2_000
"""Most characters of a person's words that are recorded."""
MAX_TEXT = 32 * 1024
"""Characters that ``redact_line`` reads; it shows far fewer."""


def redact(text: str, *, secrets: Iterable[str] = (), keep: Collection[str] = ()) -> str:
    """`text` without secrets, e-mail addresses, phone numbers and numbers of bank accounts.

    Guarantees: no secret of at least 4 characters is left: plain, percent-encoded (also twice, also in part),
    JSON-escaped or with HTML entities, in upper or lower case. Of a secret address (``https://…``) the path with its
    query, and every piece of 12 characters or more, are secrets too. The value of every ``client_id=…`` is masked even
    if it is not among `secrets`. Redacting again changes nothing. Takes time linear in `text`.

    Phone numbers are those with ``+``, ``00``, ``420`` or ``421``, and the national forms of Czechia (9 digits) and
    Slovakia (0 and 8 or 9 digits). These digits stay: those in `keep` (the order's own number), those after a word like
    ``order``, 8 or fewer, and 10 or more without such a beginning.
    """
    found = _secrets(tuple(secrets))
    if found is not None:
        text = found.sub(SECRET, text)
    text = _CLIENT_ID.sub(rf"\1{SECRET}", text)
    text = without_accounts(_EMAIL.sub(EMAIL, text))
    return _PHONE.sub(lambda match: match.group() if _is_order_number(match, keep) else PHONE, text)


def redact_line(
    text: str, *, secrets: Iterable[str] = (), keep: Collection[str] = (), limit: int = 300
) -> str:
    """`text` redacted, on one line of printable characters, at most `limit` characters long."""
    secrets = tuple(secrets)
    if len(text) > MAX_TEXT:
        # Drop the last word: cut in two, a secret would not be recognised.
        text = text[:MAX_TEXT].rpartition(" ")[0]
    text = _printable(redact(storable(text), secrets=secrets, keep=keep))
    text = redact(text, secrets=secrets, keep=keep)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def redact_words(text: str, mall_order_id: int | None = None) -> str:
    """A person's own words for the record: one line of at most ``MAX_WORDS`` characters, redacted (G7).

    The digits of `mall_order_id` stay.
    """
    return redact_line(text, keep=[] if mall_order_id is None else [str(mall_order_id)], limit=MAX_WORDS)


def storable(text: str) -> str:
    """`text` with a question mark for each lone surrogate, which JSON can carry but UTF-8 cannot."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _printable(text: str) -> str:
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


# --- secrets --------------------------------------------------------------------------------------------


@lru_cache(maxsize=32)
def _secrets(secrets: tuple[str, ...]) -> re.Pattern[str] | None:
    parts = {part for secret in secrets for part in _parts(secret.strip()) if len(part) >= MIN_SECRET}
    if not parts:
        return None
    # The longest first: an alternation takes the first alternative that matches.
    ordered = sorted(parts, key=lambda part: (-len(part), part))
    return re.compile("|".join("".join(map(_spelling, part)) for part in ordered), re.IGNORECASE)


def _parts(secret: str) -> Iterator[str]:
    yield secret
    if "://" not in secret:
        return
    try:
        address = urlsplit(secret)
    except ValueError:
        return
    target = address.path + (f"?{address.query}" if address.query else "")
    if len(target) >= MIN_PART:
        yield target
    yield from (piece for piece in re.split(r"[/?&=#;]", target) if len(piece) >= MIN_PART)
    if address.password:
        yield address.password


@lru_cache(maxsize=512)
def _spelling(char: str) -> str:
    """A pattern for every way in which `char` may be written in an address, in JSON or in HTML."""
    code = ord(char)
    percent = "".join(f"%(?:25)*{byte:02x}" for byte in char.encode("utf-8", "replace"))
    ways = [re.escape(char), percent, rf"\\u{code:04x}", f"&#0*{code};", f"&#x0*{code:x};"]
    if code in codepoint2name:
        ways.append(f"&{codepoint2name[code]};")
    if char in '"/\\':
        ways.append(rf"\\{re.escape(char)}")
    if char == " ":
        ways.append(r"\+")
    return f"(?:{'|'.join(ways)})"


_CLIENT_ID = re.compile(
    r"""(client[_-]?id(?:\\?["'])?\s{0,3}(?:=|:|%(?:25)*3[ad])\s{0,3}(?:\\?["'])?)[^\s"'<>&;,\#)\]}\\]+""",
    re.IGNORECASE,
)

# --- e-mail addresses -----------------------------------------------------------------------------------

_BETWEEN = r"""\s<>"(),;:\[\]\\"""
# Starting only after a character that cannot be part of an address keeps the search linear.
_EMAIL = re.compile(
    rf"(?<![^{_BETWEEN}])(?!@)(?:%40)*+(?:(?!%40)[^{_BETWEEN}@])*+(?:@|%40)[^{_BETWEEN}]+",
    re.IGNORECASE,
)

# --- phone numbers --------------------------------------------------------------------------------------

_GAP = r"[ .\-/\u00a0\u202f\u2010-\u2015]"
_WIDE_GAP = r"[ .\-/()\u00a0\u202f\u2010-\u2015]{0,3}"
_NOT_A_DATE = r"(?!\d{4}-\d\d-\d\d|\d{1,2}\. ?\d{1,2}\. ?\d{4})"
_PHONE = re.compile(
    rf"\(?(?:\+|%2b){_WIDE_GAP}[1-9](?:{_WIDE_GAP}\d){{6,14}}(?!\d)"
    rf"|(?<!\w)00[1-9](?:{_WIDE_GAP}\d){{6,14}}(?!\w)"
    rf"|(?<!\w)42[01](?:{_GAP}?\d){{9}}(?!\w)"
    rf"|(?<!\w){_NOT_A_DATE}[2-9](?:{_GAP}?\d){{8}}(?!\w)"
    rf"|(?<!\w){_NOT_A_DATE}0[1-9](?:{_GAP}?\d){{7,8}}(?!\w)",
    re.IGNORECASE,
)
_ORDER_WORD = re.compile(
    r"""(?:\b(?:orders?(?:[ _](?:id|number|no\.?))?|objedn[aá]vk\w*+(?:[ ](?:č\.?|číslo))?|purchase_id|id)|\#)"""
    r"""["']?[ ]?[:=\#/]?[ ]?["']?$""",
    re.IGNORECASE,
)
_BEFORE = 32


def _is_order_number(match: re.Match[str], keep: Collection[str]) -> bool:
    digits = match.group()
    if not digits.isdigit():
        return False
    return (
        digits in keep
        or _ORDER_WORD.search(match.string[max(0, match.start() - _BEFORE) : match.start()]) is not None
    )
