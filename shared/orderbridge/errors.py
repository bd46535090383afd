"""Every exception of the product. All have one base, whose text is safe to log.

::

    OrderbridgeError
    ├── VersionConflictError     somebody else wrote the record since it was read
    ├── ExplainedError           one whose reason is explained to people
    │   ├── UnreadableOrderError     this version cannot read an order's record
    │   ├── CursorError              a cursor is not one of the list that is read
    │   ├── SecretsProblemError      a shop's secrets are missing or unreadable
    │   ├── ListenerProblemError     an address cannot get, or lose, a shop's alarms
    │   ├── WrongValueError          a setting or a person's request is not allowed (also a ValueError)
    │   ├── ExportProblemError       a shop's export cannot be used
    │   ├── BadRequestError          a call of the HTTP API makes no sense
    │   ├── ContentTooLargeError     the body of a call of the HTTP API is too long
    │   ├── NotFoundError            what a call of the HTTP API is about does not exist
    │   ├── ConflictError            what a call of the HTTP API asks for is too late
    │   └── ForbiddenError           the caller's role does not allow a call of the HTTP API
    ├── ForeignMessageError      a dead letter is not one of our messages
    ├── ReturnedToQueueError     no failure: a message returns to its queue
    ├── SettingMissingError      the environment lacks a setting
    ├── StackProblemError        a deployed stack lacks an output
    ├── TableBusyError           DynamoDB answered a part of a request only
    ├── NotTakenError            a queue did not take all messages
    ├── OperatorProblemError     an operator's record cannot be read
    ├── TooLargeError            a body is larger than allowed          (adapters.http)
    ├── LateError                the time for a call is over            (adapters.connections)
    ├── NotPublicError           a name leads to no public host         (adapters.connections; also an OSError)
    ├── UnfitValueError          a value of a profile is not allowed    (adapters.fastcentrik; also a ValueError)
    ├── TransportError           MALL did not answer                    (adapters.mall.transport)
    └── UnknownStatusError       MALL names a status that does not exist (adapters.mall.models; also a ValueError)

Those with a module are raised and caught within the adapters, and are defined there. ``time_left.OutOfTimeError`` is a
BaseException on purpose, so it stands outside the tree.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from orderbridge.domain.codes.api import RequestReason
from orderbridge.domain.facts import Term
from orderbridge.domain.reasons import because
from orderbridge.redaction import redact_line

if TYPE_CHECKING:
    from orderbridge.domain.reasons import Reason


class OrderbridgeError(Exception):
    """The base. Its text is one line without secrets and personal data; the code that raises it guarantees that."""

    @property
    def log_line(self) -> str:
        """The text for the log: redacted once more, in case it quotes what came from outside."""
        return redact_line(str(self))


class VersionConflictError(OrderbridgeError):
    """The record changed since it was loaded, or the store was too busy: load it again and decide anew.

    Nothing was written.
    """


class ExplainedError(OrderbridgeError):
    """An error that people get to read: `reason` is rendered where they do. The text, for the log, has its codes."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.log_line)
        self.reason = reason


class UnreadableOrderError(ExplainedError):
    """An order is on record, and this version cannot read the record. The reason says which order, and what to do.

    `problem` is what the adapter found, for whoever mends the record.
    """

    def __init__(self, shop: str, mall_order_id: int, problem: str) -> None:
        super().__init__(
            because(
                RequestReason.UNREADABLE_ORDER, order=mall_order_id, shop=Term(shop), detail=Term(problem)
            )
        )
        self.mall_order_id = mall_order_id


class CursorError(ExplainedError):
    """A cursor cannot be read, or belongs to another list."""

    def __init__(self) -> None:
        super().__init__(because(RequestReason.CURSOR))


class SecretsProblemError(ExplainedError):
    """A shop's secrets are missing or unreadable. The reason names the parameter, never its value."""


class ListenerProblemError(ExplainedError):
    """An address cannot get, or lose, a shop's alarms. The reason says what to do, and does not repeat the address."""


class WrongValueError(ExplainedError, ValueError):
    """A value that a person gave is not allowed. Pydantic takes it as a ValueError of a validator."""


class ExportProblemError(ExplainedError):
    """The shop's export cannot be used. The reason says what is wrong, where, and what to do. It has no address."""


class BadRequestError(ExplainedError):
    """A call of the HTTP API makes no sense. The reason names the parameter, and what is allowed."""


class ContentTooLargeError(ExplainedError):
    """The body of a call of the HTTP API is too long. It was not read."""


class NotFoundError(ExplainedError):
    """What a call of the HTTP API is about does not exist, or the caller may not see it."""


class ConflictError(ExplainedError):
    """What a call of the HTTP API asks for is not possible (any more). The reason says what is possible instead."""


class ForbiddenError(ExplainedError):
    """The caller's role does not allow a call of the HTTP API (R13.1). The reason names the role that does."""


class ForeignMessageError(OrderbridgeError):
    """A dead letter is not one of our messages. It stays in its queue."""


class ReturnedToQueueError(OrderbridgeError):
    """Not a failure: a message returns to its queue, whose visibility already says when."""


class SettingMissingError(OrderbridgeError):
    """The environment lacks a setting: the template and the code do not belong together."""


class StackProblemError(OrderbridgeError):
    """A deployed stack has no output that is needed: it is another stack, or an old one."""


class TableBusyError(OrderbridgeError):
    """DynamoDB answered only a part of a request, also when asked again. Nothing was changed: try again later."""


class NotTakenError(OrderbridgeError):
    """A queue did not take some of the messages, also when asked again. Sending all of them anew is harmless."""


class OperatorProblemError(OrderbridgeError):
    """An operator's record cannot be read. The text names no token and no digest."""
