"""The shops' people: notices and messages to them, their requests and actions, and who may use the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from orderbridge.domain.cases.mail_cap import ShopMail
    from orderbridge.domain.lists import Period
    from orderbridge.domain.persons import ActionPage, PersonAction, Role
    from orderbridge.domain.shops import ShopNotices
    from orderbridge.domain.spacing import Slot, Spacing


class Notices(Protocol):
    """Stores what the shops' people were notified of. The queue ensures one writer per shop at a time."""

    def get(self, shop: str) -> ShopNotices:
        """The notices, strongly consistent; empty ones if there are none yet."""
        ...

    def put(self, shop: str, notices: ShopNotices) -> None:
        """Replaces the notices."""
        ...


class Mail(Protocol):
    """Stores how many messages each shop's people got lately, and which orders wait for one (R6.18)."""

    def get(self, shop: str) -> ShopMail:
        """The record, strongly consistent; an empty one if there is none yet."""
        ...

    def put(self, shop: str, mail: ShopMail) -> None:
        """Writes the next version. Raises VersionConflictError if the stored version is not `mail.version`."""
        ...


class Alarms(Protocol):
    """Sends messages to the shops' people by e-mail."""

    def publish(self, shop: str, subject: str, text: str) -> None:
        """Sends one message to all subscribers of `shop`. Raises if it is not accepted.

        `subject` is one line of at most 100 printable ASCII characters, `text` has at most 256 KB (limits of SNS).
        """
        ...


class Slots(Protocol):
    """Assigns slots to requests of people (R9.16). `what` names a kind of work, of a shop or of an order."""

    def take(self, shop: str, what: str, now: datetime, spacing: Spacing) -> Slot:
        """The slot of a request at `now` (UTC), see ``next_slot``. Each new slot goes to one caller only."""
        ...

    def release(self, shop: str, what: str, slot: Slot, now: datetime) -> None:
        """Gives a new `slot` back, because its work could not be handed on."""
        ...


class Actions(Protocol):
    """The record of what persons asked for (R13.3). It only grows."""

    def record(self, action: PersonAction) -> None:
        """Records that `action` was requested. Call it before the effect.

        So a record says that something was requested, not that it was done: if the process dies in between, the record
        stays. Atomic: an action about an order is in the shop's record and in the order's history, or in neither.
        Recording the same action again changes nothing.
        """
        ...

    def of_shop(self, shop: str, since: datetime, until: datetime) -> Iterator[PersonAction]:
        """The shop's actions from `since` (included) to `until` (not included), both UTC, oldest first.

        Streamed: read page by page, as the caller gets to them. A record that this version cannot read is an action
        ``PersonReason.UNREADABLE`` of nobody. The actions about every shop are those of ``EVERY_SHOP``.
        """
        ...

    def latest(self, shop: str, period: Period, limit: int, cursor: str | None = None) -> ActionPage:
        """A page of at most `limit` (1 or more) of the shop's actions in `period`, newest first.

        `cursor` is that of the page before. Raises CursorError for a cursor of another list.
        """
        ...


class Operator(Protocol):
    """A user of the API."""

    @property
    def name(self) -> str:
        """The name, for the log."""
        ...

    @property
    def shops(self) -> Sequence[str]:
        """The names of the shops that the operator may see; ``*``: all shops."""
        ...

    @property
    def role(self) -> Role:
        """What the operator may do (R13.1)."""
        ...


class Operators(Protocol):
    """Who may use the API."""

    def find(self, token_sha256: str) -> Operator | None:
        """The operator whose token has this SHA-256 (64 hexadecimal digits); None: there is none. One read."""
        ...
