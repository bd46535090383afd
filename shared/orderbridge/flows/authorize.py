"""Let a caller in by its token. Tokens are known by their SHA-256 only."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orderbridge.ports import Operator, Operators


def authorize(operators: Operators, header: str) -> Operator | None:
    """The operator that the ``Authorization`` header belongs to (``Bearer <token>`` or the bare token), or None.

    No token or an empty one: None. The digest is what is looked for, so how long that takes tells nothing of a token.
    """
    scheme, _, rest = header.strip().partition(" ")
    token = rest.strip() if scheme.lower() == "bearer" else header.strip()
    if not token:
        return None
    return operators.find(sha256(token.encode()).hexdigest())
