"""What the clerks' page needs beside the other ports: the keys that sign its sessions, and what it stores itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from orderbridge.ports import Ports

if TYPE_CHECKING:
    from datetime import datetime

    from orderbridge.ports import Operator


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key that signs sessions. `name` stands in what it signed, and is not secret."""

    name: str
    secret: bytes = field(repr=False)


class SigningKeys(Protocol):
    """The keys of the sessions' signatures. They are made at first use and replaced from time to time."""

    def newest(self) -> SigningKey:
        """The key to sign with."""
        ...

    def named(self, name: str) -> SigningKey | None:
        """The key called `name`, also the one before the newest; None: there is none (any more)."""
        ...


class ConsoleStore(Protocol):
    """What the clerks' page stores: ended sessions, tries to sign in, one-time codes. All of it expires by itself.

    Tokens and codes are known by their SHA-256 only (64 hexadecimal digits).
    """

    def operator_of(self, token_sha256: str, session: str) -> Operator | None:
        """The operator with this token, unless the `session` was ended or he was removed. One read, consistent."""
        ...

    def end_session(self, session: str, until: datetime) -> None:
        """Ends a session for good. It is remembered until `until` (UTC), when it would have expired."""
        ...

    def begin_try(self, source: str, limit: int, until: datetime) -> bool:
        """Counts a try to sign in from `source`, which names the present window of time too. Atomic.

        False: `limit` tries were counted before, and this one is not. The count is kept until `until` (UTC).
        """
        ...

    def forget_tries(self, source: str) -> None:
        """Removes the count, because a try was right."""
        ...

    def tries(self, source: str) -> int:
        """How many tries are counted."""
        ...

    def put_code(self, code_sha256: str, token_sha256: str, until: datetime) -> None:
        """Stores a code that signs the operator of `token_sha256` in once, before `until` (UTC)."""
        ...

    def take_code(self, code_sha256: str, now: datetime) -> str | None:
        """The digest of the token that the code stands for. None: no such code, used before, or expired.

        Atomic: of several callers one gets it.
        """
        ...


class ConsolePorts(Ports, Protocol):
    """Everything that the clerks' page may use."""

    @property
    def signing_keys(self) -> SigningKeys:
        """The keys of the sessions' signatures."""
        ...

    @property
    def console_store(self) -> ConsoleStore:
        """Ended sessions, tries to sign in, one-time codes."""
        ...

    @property
    def local(self) -> bool:
        """Whether this is a local stack, without TLS."""
        ...
