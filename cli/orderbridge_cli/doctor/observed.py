"""The product's own HTTP session, watched: how fast the shop's server answered, and with what headers."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from orderbridge.adapters.http import Session

if TYPE_CHECKING:
    from collections.abc import Callable

    import requests

_MAX_HEADER = 80


@dataclass(frozen=True, slots=True)
class Answered:
    """The last answer of the server, without its body."""

    http_status: int
    first_byte: float
    """Seconds from the request to the answer's headers."""
    content_type: str
    """As the server says it, at most 80 printable characters; empty: it does not."""
    compressed: bool
    """Whether the body is sent compressed."""


class ObservedSession(Session):
    """``Session`` that remembers its last answer. Limits and address rules are the product's."""

    def __init__(self, *, local: bool, monotonic: Callable[[], float] = time.monotonic) -> None:
        super().__init__(monotonic=monotonic, local=local)
        self._seconds = monotonic
        self.answered: Answered | None = None

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:  # noqa: ANN401 - the library's
        """See ``Session.send``."""
        self.answered, started = None, self._seconds()
        response = super().send(request, **options)
        said = response.headers.get("Content-Type", "")[:_MAX_HEADER]
        self.answered = Answered(
            response.status_code,
            self._seconds() - started,
            "".join(sign for sign in said if sign.isascii() and sign.isprintable()),
            response.headers.get("Content-Encoding", "").strip().lower() not in {"", "identity"},
        )
        return response
