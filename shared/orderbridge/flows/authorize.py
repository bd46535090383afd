"""Let a caller in by its token. Tokens are known by their SHA-256 only."""

from __future__ import annotations

import hmac
from hashlib import sha256
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence


class Operator(Protocol):
    """Somebody who may call the API: a name for the log, and the shops to be seen (``*``: every shop)."""

    @property
    def name(self) -> str:
        """For the log."""
        ...

    @property
    def token_sha256(self) -> str:
        """64 hexadecimal digits."""
        ...

    @property
    def shops(self) -> Sequence[str]:
        """Names, or ``*``."""
        ...


class Operators(Protocol):
    """Who may call the API."""

    def all(self) -> Sequence[Operator]:
        """Every operator; empty if none is set up."""
        ...


def authorize(header: str, operators: Operators) -> Operator | None:
    """The operator that the ``Authorization`` header belongs to (``Bearer <token>`` or the bare token), or None.

    No operator, no token or an empty token: None. Every known token is compared, each in constant time.
    """
    scheme, _, rest = header.strip().partition(" ")
    token = rest.strip() if scheme.lower() == "bearer" else header.strip()
    if not token:
        return None
    digest = sha256(token.encode()).hexdigest()
    found = None
    for operator in operators.all():
        if hmac.compare_digest(operator.token_sha256.encode(), digest.encode()):
            found = operator
    return found
