"""The failure policy: result of a call to MALL → what to do → why (R9.1). One table has all of it.

The adapter reports the result, and the flow ``push_to_mall`` carries out the reaction. A READ is a GET of one order. A
WRITE is a PUT.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from orderbridge.domain.codes.answers import PolicyReason

if TYPE_CHECKING:
    from collections.abc import Mapping


class Call(StrEnum):
    """The two kinds of calls. Repeating a READ is harmless; repeating a WRITE after an unclear answer is not."""

    READ = "read"
    WRITE = "write"


class CallResult(StrEnum):
    """The results that a call to MALL can have."""

    OK = "ok"
    EMPTY_BODY = "empty_body"
    BROKEN_BODY = "broken_body"
    TIMEOUT = "timeout"
    NOT_CONNECTED = "not_connected"
    CONNECTION_LOST = "connection_lost"
    BAD_REQUEST = "bad_request"
    UNAUTHORIZED = "unauthorized"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    UNPROCESSABLE = "unprocessable"
    LIMITED = "limited"
    SERVER_ERROR = "server_error"
    REJECTED = "rejected"
    """An HTTP success whose body names an error (R9.5)."""
    UNEXPECTED = "unexpected"


class Reaction(StrEnum):
    """What to do with a result."""

    ACCEPT = "accept"
    """Done: what was read, or written, is what MALL holds."""
    RETRY = "retry"
    """The call had no effect: back off, then repeat it (R9.10)."""
    READ_FIRST = "read_first"
    """The PUT may have had an effect: read the order, then plan again (R9.2)."""
    REFUSED = "refused"
    """Read the order. If what MALL holds explains the refusal, plan again; otherwise hold (R9.3)."""
    HOLD = "hold"
    """MALL does not know the order: hold it until a person acts (R1.25)."""
    STOP_SHOP = "stop_shop"
    """MALL does not accept the key: stop the shop, send one alarm, try the key again later (R9.7)."""
    WAIT = "wait"
    """Over the limit: pause the whole shop as long as MALL says, then repeat the call (R9.8)."""


@dataclass(frozen=True, slots=True)
class Policy:
    """The reaction to one result."""

    reaction: Reaction
    """What to do."""
    why: PolicyReason
    """Why."""


_READ: Mapping[CallResult, Policy] = {
    CallResult.OK: Policy(Reaction.ACCEPT, PolicyReason.OK),
    CallResult.EMPTY_BODY: Policy(Reaction.RETRY, PolicyReason.NO_ORDER),
    CallResult.BROKEN_BODY: Policy(Reaction.RETRY, PolicyReason.UNREADABLE),
    CallResult.TIMEOUT: Policy(Reaction.RETRY, PolicyReason.READ_AGAIN),
    CallResult.NOT_CONNECTED: Policy(Reaction.RETRY, PolicyReason.NOT_CONNECTED),
    CallResult.CONNECTION_LOST: Policy(Reaction.RETRY, PolicyReason.READ_AGAIN),
    CallResult.BAD_REQUEST: Policy(Reaction.HOLD, PolicyReason.BAD_NUMBER),
    CallResult.UNAUTHORIZED: Policy(Reaction.STOP_SHOP, PolicyReason.KEY_REFUSED),
    CallResult.FORBIDDEN: Policy(Reaction.STOP_SHOP, PolicyReason.KEY_MAY_NOT_READ),
    CallResult.NOT_FOUND: Policy(Reaction.HOLD, PolicyReason.NOT_FOUND),
    CallResult.CONFLICT: Policy(Reaction.RETRY, PolicyReason.READ_REFUSED),
    CallResult.UNPROCESSABLE: Policy(Reaction.HOLD, PolicyReason.BAD_NUMBER),
    CallResult.LIMITED: Policy(Reaction.WAIT, PolicyReason.OVER_LIMIT),
    CallResult.SERVER_ERROR: Policy(Reaction.RETRY, PolicyReason.FAILING),
    CallResult.REJECTED: Policy(Reaction.RETRY, PolicyReason.ERROR_NAMED),
    CallResult.UNEXPECTED: Policy(Reaction.RETRY, PolicyReason.NOT_THE_API),
}
"""The policies of a READ."""

_WRITE: Mapping[CallResult, Policy] = {
    CallResult.OK: Policy(Reaction.ACCEPT, PolicyReason.OK),
    CallResult.EMPTY_BODY: Policy(Reaction.ACCEPT, PolicyReason.OK),
    CallResult.BROKEN_BODY: Policy(Reaction.READ_FIRST, PolicyReason.PERHAPS_DONE),
    CallResult.TIMEOUT: Policy(Reaction.READ_FIRST, PolicyReason.PERHAPS_DONE),
    CallResult.NOT_CONNECTED: Policy(Reaction.RETRY, PolicyReason.NOT_CONNECTED),
    CallResult.CONNECTION_LOST: Policy(Reaction.READ_FIRST, PolicyReason.PERHAPS_DONE),
    CallResult.BAD_REQUEST: Policy(Reaction.REFUSED, PolicyReason.REFUSED_OR_HELD),
    CallResult.UNAUTHORIZED: Policy(Reaction.STOP_SHOP, PolicyReason.KEY_REFUSED),
    CallResult.FORBIDDEN: Policy(Reaction.REFUSED, PolicyReason.ILLEGAL_OR_KEY),
    CallResult.NOT_FOUND: Policy(Reaction.HOLD, PolicyReason.NOT_FOUND),
    CallResult.CONFLICT: Policy(Reaction.REFUSED, PolicyReason.OTHER_STATUS),
    CallResult.UNPROCESSABLE: Policy(Reaction.REFUSED, PolicyReason.REFUSED),
    CallResult.LIMITED: Policy(Reaction.WAIT, PolicyReason.OVER_LIMIT),
    CallResult.SERVER_ERROR: Policy(Reaction.READ_FIRST, PolicyReason.PERHAPS_DONE),
    CallResult.REJECTED: Policy(Reaction.REFUSED, PolicyReason.ERROR_NAMED),
    CallResult.UNEXPECTED: Policy(Reaction.READ_FIRST, PolicyReason.NOT_THE_API),
}
"""The policies of a WRITE."""

POLICIES: Mapping[Call, Mapping[CallResult, Policy]] = {Call.READ: _READ, Call.WRITE: _WRITE}
"""Kind of call → result → policy. Every pair has one."""


_ANSWERED_BUT_UNUSABLE = frozenset({CallResult.CONFLICT, CallResult.REJECTED})
"""Results that are not usable, but are MALL's answer about this order. They are no outage."""


def is_outage(call: Call, call_result: CallResult) -> bool:
    """Whether MALL did not answer, so that the next call may fail in the same way (R9.12)."""
    unusable = policy(call, call_result).reaction in {Reaction.RETRY, Reaction.READ_FIRST}
    return unusable and call_result not in _ANSWERED_BUT_UNUSABLE


def policy(call: Call, call_result: CallResult) -> Policy:
    """The policy for `call_result` of a `call`."""
    return POLICIES[call][call_result]
