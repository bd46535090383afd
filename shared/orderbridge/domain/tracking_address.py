"""What is an address that a customer can open, and that may be told to the marketplace and kept on record."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from orderbridge.domain.codes.tracking import AddressReason
from orderbridge.domain.reasons import because

if TYPE_CHECKING:
    from orderbridge.domain.reasons import Reason

MAX_ADDRESS = 2000
"""Characters of a tracking address."""

_CHARACTERS = re.compile(r"(?:[A-Za-z0-9._~:/?#!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*")
"""RFC 3986, without ``[``, ``]`` (no host of a shop's carrier needs them) and ``@`` (nobody's contact or password)."""
_HOST = re.compile(r"(?=.{1,253}$)(?:(?!-)[a-z0-9-]{1,63}+(?<!-)\.)++(?!-)[a-z0-9-]++(?<!-)")


def address_problem(address: str) -> Reason | None:
    """Why `address` cannot be sent as a tracking address; None if it can. The address itself is not repeated."""
    if len(address) > MAX_ADDRESS:
        return because(AddressReason.TOO_LONG, limit=MAX_ADDRESS)
    if "@" in address or "%40" in address:
        return because(AddressReason.PERSONAL)
    if not _CHARACTERS.fullmatch(address):
        return because(AddressReason.BAD_CHARACTERS)
    try:
        parts = urlsplit(address)
        port, host = parts.port, parts.hostname
    except ValueError:
        return because(AddressReason.NO_HOST)
    if parts.scheme not in {"http", "https"}:
        return because(AddressReason.NO_SCHEME)
    if not host or not _HOST.fullmatch(host) or port == 0:
        return because(AddressReason.NO_HOST)
    return None


def template_problem(template: str) -> Reason | None:
    """Why a carrier's `template` makes no tracking address; None if it does."""
    if template.count("{number}") != 1:
        return because(AddressReason.NO_NUMBER)
    problem = address_problem(template.replace("{number}", "1"))
    if problem is None and "{number}" in urlsplit(template).netloc:
        return because(AddressReason.NUMBER_IN_HOST)
    return problem
