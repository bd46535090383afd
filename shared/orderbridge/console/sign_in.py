"""Signing in: with the operator's token, or with a code that works once; wrong tries are slowed down (R13).

A source of requests has ``TRIES`` tries in each window of ``WINDOW``. While wrong tries come from everywhere, more than
``WRONG_IN_ALL`` in a window, a source has ``TRIES_UNDER_ATTACK``: a stranger can slow others down, and lock nobody out.
A token has 256 bits and a code 80, so this keeps the log and the bill short; it is not what keeps strangers out.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING

from orderbridge.console.sessions import Session, keyed_digest, new_session
from orderbridge.flows.authorize import authorize

if TYPE_CHECKING:
    from orderbridge.ports import Operator
    from orderbridge.ports.console import ConsolePorts, ConsoleStore

WINDOW = timedelta(minutes=5)
TRIES = 5
TRIES_UNDER_ATTACK = 2
WRONG_IN_ALL = 200
KEPT_FOR = timedelta(hours=1)
"""How long a count is kept."""
CODE_LASTS = timedelta(minutes=15)
MAX_TOKEN = 512
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Letters and digits that are not mistaken for each other: 32 of them, 5 bits each."""
_CODE_LENGTH = 16
_IPV6_NETWORK = 64


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A try that was right."""

    session: Session
    operator: Operator


@dataclass(frozen=True, slots=True)
class NotSignedIn:
    """A try that was not. `wait`: how long until the next one is looked at; None: at once."""

    wait: timedelta | None = None


def sign_in(ports: ConsolePorts, given: str, source: str) -> SignedIn | NotSignedIn:
    """Tries `given`, a token or a one-time code, from the address `source`.

    A code is used up by it. Up to 5 requests to the table. A try is counted before it is looked at, so tries at the
    same moment are counted too.
    """
    store, now = ports.console_store, ports.clock.now()
    window = int(now.timestamp() // WINDOW.total_seconds())
    everybody = f"all#{window}"
    own = f"{keyed_digest(ports.signing_keys, 'source', network_of(source))}#{window}"
    limit = TRIES if store.tries(everybody) < WRONG_IN_ALL else TRIES_UNDER_ATTACK
    until = now + KEPT_FOR
    if not store.begin_try(own, limit, until):
        return NotSignedIn(_end_of(window) - now)
    operator, digest = _operator(ports, given, now)
    if operator is None:
        store.begin_try(everybody, WRONG_IN_ALL, until)
        return NotSignedIn()
    store.forget_tries(own)
    return SignedIn(new_session(digest, now), operator)


def _operator(ports: ConsolePorts, given: str, now: datetime) -> tuple[Operator | None, str]:
    """The operator, and the digest of his token."""
    given = given.strip()
    code = plain_code(given)
    if code is not None:
        digest = ports.console_store.take_code(sha256(code.encode()).hexdigest(), now)
        return (None, "") if digest is None else (ports.operators.find(digest), digest)
    if len(given) > MAX_TOKEN:
        return None, ""
    return authorize(ports.operators, f"Bearer {given}"), sha256(given.encode()).hexdigest()


def new_code(store: ConsoleStore, operator: str, now: datetime) -> str:
    """A code that signs the operator (digest of the token) in once within ``CODE_LASTS``. Only its digest is stored."""
    code = "".join(secrets.choice(_LETTERS) for _ in range(_CODE_LENGTH))
    store.put_code(sha256(code.encode()).hexdigest(), operator, now + CODE_LASTS)
    return "-".join(code[at : at + 4] for at in range(0, _CODE_LENGTH, 4))


def plain_code(given: str) -> str | None:
    """`given` as a code without its dashes; None: it is none."""
    plain = given.replace("-", "").replace(" ", "").upper() if len(given) < 2 * _CODE_LENGTH else ""
    return plain if len(plain) == _CODE_LENGTH and set(plain) <= set(_LETTERS) else None


def network_of(source: str) -> str:
    """Whom an address belongs to: itself for IPv4, its network for IPv6, of which everybody has a whole one.

    An IPv4 address written as one of IPv6 is one of IPv4: all of those share a network.
    """
    try:
        address = ip_address(source)
    except ValueError:
        return "unknown"
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    if isinstance(address, IPv4Address):
        return str(address)
    return str(ip_network((address, _IPV6_NETWORK), strict=False))


def _end_of(window: int) -> datetime:
    return datetime.fromtimestamp((window + 1) * WINDOW.total_seconds(), UTC)
