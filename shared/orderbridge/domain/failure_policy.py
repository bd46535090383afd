"""What came back from the marketplace → what to do → why. The whole policy, in one table.

The marketplace's adapter says *what came back*; the flow ``push_to_mall`` does *what to do*. A call is a READ
(GET of one order: repeating it is harmless) or a WRITE (PUT: repeating it after an unclear answer is not).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from orderbridge.domain.codes.answers import PolicyReason

if TYPE_CHECKING:
    from collections.abc import Mapping


class Call(StrEnum):
    """The two kinds of calls: repeating a READ is harmless, repeating a WRITE is not."""

    READ = "read"
    WRITE = "write"


class CallResult(StrEnum):
    """What a call to the marketplace can come back with."""

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
    """A success by its number, an error by MALL's own words."""
    UNEXPECTED = "unexpected"


class Reaction(StrEnum):
    """What to do with it."""

    ACCEPT = "accept"
    """Done: take over what was read, or what was written as what the marketplace holds now."""
    RETRY = "retry"
    """Nothing can have happened: back off, then the same call again."""
    READ_FIRST = "read_first"
    """It may have taken effect: read the order, then decide anew."""
    REFUSED = "refused"
    """Read the order; if that explains the refusal (someone was faster) decide anew, otherwise hold."""
    HOLD = "hold"
    """The marketplace does not know the order: hold until a person looks."""
    STOP_SHOP = "stop_shop"
    """The key is not accepted: send nothing for this shop, raise one alarm, probe again later."""
    WAIT = "wait"
    """Over the limit: the whole shop pauses until the marketplace says, then the same call again."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What to do, and why it is so."""

    reaction: Reaction
    why: PolicyReason


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

POLICIES: Mapping[Call, Mapping[CallResult, Policy]] = {Call.READ: _READ, Call.WRITE: _WRITE}


_ANSWERED_BUT_UNUSABLE = frozenset({CallResult.CONFLICT, CallResult.REJECTED})
"""Not usable, but MALL's own words about this one order."""


def is_outage(call: Call, call_result: CallResult) -> bool:
    """Whether that is no answer of MALL's at all, so that the next call may meet the same."""
    unusable = policy(call, call_result).reaction in {Reaction.RETRY, Reaction.READ_FIRST}
    return unusable and call_result not in _ANSWERED_BUT_UNUSABLE


def policy(call: Call, call_result: CallResult) -> Policy:
    """The policy for `call_result`; every pair has one."""
    return POLICIES[call][call_result]
