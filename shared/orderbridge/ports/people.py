"""The shops' people: notices and mail to them, their requests, and who may call the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from orderbridge.domain.cases.mail_cap import ShopMail
    from orderbridge.domain.shops import ShopNotices
    from orderbridge.domain.spacing import Slot, Spacing


class Notices(Protocol):
    """What the shops' people were notified of. One writer per shop at a time (its queue sees to that)."""

    def get(self, shop: str) -> ShopNotices:
        """Strongly consistent; an empty one if they were never notified of anything."""
        ...

    def put(self, shop: str, notices: ShopNotices) -> None:
        """Replaces it."""
        ...


class Mail(Protocol):
    """How many messages each shop's people got lately, and which orders wait for one."""

    def get(self, shop: str) -> ShopMail:
        """Strongly consistent; an empty one if there is none yet."""
        ...

    def put(self, shop: str, mail: ShopMail) -> None:
        """Writes it in its next version. Raises VersionConflictError when the stored version is not `mail.version`."""
        ...


class Alarms(Protocol):
    """The way to the shops' people (e-mail)."""

    def publish(self, shop: str, subject: str, text: str) -> None:
        """One message to everybody who listens for `shop`. Raises if it is not taken.

        `subject` is one line of at most 100 printable ASCII characters, `text` has at most 256 KB (limits of SNS).
        """
        ...


class Slots(Protocol):
    """When people's requests are carried out. `what` names a kind of work, of a shop or of an order."""

    def take(self, shop: str, what: str, now: datetime, spacing: Spacing) -> Slot:
        """The slot of a request at `now`, see ``next_slot``. Each new slot goes to one caller only."""
        ...

    def release(self, shop: str, what: str, slot: Slot, now: datetime) -> None:
        """Gives a new `slot` up again, because its work could not be handed on."""
        ...


class Operator(Protocol):
    """Somebody who may call the API: a name for the log, and the shops that may be seen (``*``: every shop)."""

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
        """The operator whose token has this digest (64 hexadecimal digits); None if there is none. One read."""
        ...
