"""What is an address that a customer can open, and that may be told to the marketplace and kept on record."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

MAX_ADDRESS = 2000
"""Characters of a tracking address."""

_CHARACTERS = re.compile(r"(?:[A-Za-z0-9._~:/?#!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*")
"""RFC 3986, without ``[``, ``]`` (no host of a shop's carrier needs them) and ``@`` (nobody's contact or password)."""
_HOST = re.compile(r"(?=.{1,253}$)(?:(?!-)[a-z0-9-]{1,63}+(?<!-)\.)++(?!-)[a-z0-9-]++(?<!-)")


def address_problem(address: str) -> str:
    """Why `address` cannot be sent as a tracking address; empty if it can. The address itself is not repeated."""
    if len(address) > MAX_ADDRESS:
        return f"longer than {MAX_ADDRESS} characters"
    if "@" in address or "%40" in address:
        return "has a user's name or an e-mail address in it"
    if not _CHARACTERS.fullmatch(address):
        return (
            "has signs that no address has (blanks, quotes, < or >, letters with accents): write them as %…"
        )
    try:
        parts = urlsplit(address)
        port, host = parts.port, parts.hostname
    except ValueError:
        return "has no usable host or port"
    if parts.scheme not in {"http", "https"}:
        return "does not begin with https:// or http://"
    if not host or not _HOST.fullmatch(host) or port == 0:
        return "has no usable host or port"
    return ""


def template_problem(template: str) -> str:
    """Why a carrier's `template` makes no tracking address; empty if it does."""
    if template.count("{number}") != 1:
        return "use an http(s) address with one {number} in it"
    problem = address_problem(template.replace("{number}", "1"))
    if not problem and "{number}" in urlsplit(template).netloc:
        problem = "has it in its host"
    return f"use an http(s) address with one {{number}} in it; this one {problem}" if problem else ""
