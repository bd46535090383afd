"""Checks whether a tracking address can be opened by a customer, and may be sent to MALL and stored (R3.10)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from orderbridge.domain.codes.tracking import AddressReason
from orderbridge.domain.reasons import because

if TYPE_CHECKING:
    from orderbridge.domain.reasons import Reason

MAX_ADDRESS = 2000
"""How many characters a tracking address may have."""

_CHARACTERS = re.compile(r"(?:[A-Za-z0-9._~:/?#!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*")
"""RFC 3986, without ``[`` and ``]`` (no carrier's host needs them) and ``@`` (an e-mail address or a password)."""
_HOST = re.compile(r"(?=.{1,253}$)(?:(?!-)[a-z0-9-]{1,63}+(?<!-)\.)++(?!-)[a-z0-9-]++(?<!-)")
"""A host of at least two labels, in lower case, with 253 characters at most."""


def address_problem(address: str) -> Reason | None:
    """Why `address` cannot be sent as a tracking address; None: it can. The reason does not repeat the address."""
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
    """Why a carrier's `template` gives no tracking address; None: it does."""
    if template.count("{number}") != 1:
        return because(AddressReason.NO_NUMBER)
    problem = address_problem(template.replace("{number}", "1"))
    if problem is None and "{number}" in urlsplit(template).netloc:
        return because(AddressReason.NUMBER_IN_HOST)
    return problem
