"""Let a caller in by its token. Tokens are known by their SHA-256 only."""

from __future__ import annotations

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
    def shops(self) -> Sequence[str]:
        """Names, or ``*``."""
        ...


class Operators(Protocol):
    """Who may call the API."""

    def find(self, token_sha256: str) -> Operator | None:
        """Whose token has this digest (64 hexadecimal digits); None if it is nobody's. One read."""
        ...


def authorize(header: str, operators: Operators) -> Operator | None:
    """The operator that the ``Authorization`` header belongs to (``Bearer <token>`` or the bare token), or None.

    No token or an empty one: None. The digest is what is looked for, so how long that takes tells nothing of a token.
    """
    scheme, _, rest = header.strip().partition(" ")
    token = rest.strip() if scheme.lower() == "bearer" else header.strip()
    if not token:
        return None
    return operators.find(sha256(token.encode()).hexdigest())
