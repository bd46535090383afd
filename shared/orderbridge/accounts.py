"""Numbers of bank accounts in a text: IBANs, and the national form of Czechia and Slovakia (``19-2000145399/0800``)."""

from __future__ import annotations

import re

ACCOUNT = "<account>"
"""Shown in place of an account's number."""

_IBAN = re.compile(
    r"(?<![^\W_])[A-Z]{2}[0-9]{2}(?:[ \u00a0-]?[A-Z0-9]){11,30}(?![^\W_])", re.ASCII | re.IGNORECASE
)
_NATIONAL = re.compile(r"(?<!\w)(?:[0-9]{1,6} ?- ?[0-9]{2,10}|[0-9]{6,10}) ?/ ?([0-9]{4})(?!\w)", re.ASCII)
_MIN_IBAN = 15
_YEARS = range(2015, 2050)
"""Numbers of documents end in a year (``123456/2026``); no bank has such a code."""


def without_accounts(text: str) -> str:
    """`text` with numbers of accounts masked. Takes time linear in `text`.

    A national number without a prefix needs six digits: shorter ones are rare and look like a house number. An IBAN is
    recognised by its check digits, with or without blanks, so a parcel's number is not taken for one.
    """
    return _NATIONAL.sub(_national, _IBAN.sub(_iban, text))


def _national(match: re.Match[str]) -> str:
    return match.group() if int(match[1]) in _YEARS else ACCOUNT


def _iban(match: re.Match[str]) -> str:
    """The match with the longest IBAN at its beginning masked; other words of the text may follow it."""
    text = match.group()
    ends = [at for at in range(_MIN_IBAN, len(text) + 1) if not text[at : at + 1].isalnum()]
    for end in reversed(ends):
        if _checks("".join(filter(str.isalnum, text[:end])).upper()):
            return ACCOUNT + text[end:]
    return text


def _checks(iban: str) -> bool:
    """ISO 13616: the letters as two digits each, the first four signs last, the rest of a division by 97 is 1."""
    return int("".join(str(int(char, 36)) for char in iban[4:] + iban[:4])) % 97 == 1
