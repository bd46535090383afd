"""Authentication of the HTTP API by token. Only the SHA-256 of a token is stored."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orderbridge.ports import Operator, Operators


def authorize(operators: Operators, header: str) -> Operator | None:
    """The operator of the ``Authorization`` header (``Bearer <token>`` or the bare token). None: no known token.

    The lookup uses the token's digest, so its duration reveals nothing about a token.
    """
    scheme, _, rest = header.strip().partition(" ")
    token = rest.strip() if scheme.lower() == "bearer" else header.strip()
    if not token:
        return None
    return operators.find(sha256(token.encode()).hexdigest())
