"""What came back from the marketplace → what to do → why. The whole policy, in one table.

The marketplace's adapter says *what came back*; the flow ``push_to_mall`` does *what to do*. A call is a READ
(GET of one order: repeating it is harmless) or a WRITE (PUT: repeating it after an unclear answer is not).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Call(StrEnum):
    """The two kinds of calls: repeating a READ is harmless, repeating a WRITE is not."""

    READ = "read"
    WRITE = "write"


class CameBack(StrEnum):
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


class Then(StrEnum):
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

    then: Then
    why: str


_READ: Mapping[CameBack, Policy] = {
    CameBack.OK: Policy(Then.ACCEPT, "read"),
    CameBack.EMPTY_BODY: Policy(Then.RETRY, "an answer without the order says nothing"),
    CameBack.BROKEN_BODY: Policy(Then.RETRY, "an unreadable answer says nothing"),
    CameBack.TIMEOUT: Policy(Then.RETRY, "reading again is harmless"),
    CameBack.NOT_CONNECTED: Policy(Then.RETRY, "MALL could not be reached"),
    CameBack.CONNECTION_LOST: Policy(Then.RETRY, "reading again is harmless"),
    CameBack.BAD_REQUEST: Policy(Then.HOLD, "MALL does not take this order number"),
    CameBack.UNAUTHORIZED: Policy(Then.STOP_SHOP, "the key is missing or revoked"),
    CameBack.FORBIDDEN: Policy(Then.STOP_SHOP, "the key may not read orders"),
    CameBack.NOT_FOUND: Policy(Then.HOLD, "MALL does not know this order under this key"),
    CameBack.CONFLICT: Policy(Then.RETRY, "not a refusal of a read that MALL documents"),
    CameBack.UNPROCESSABLE: Policy(Then.HOLD, "MALL does not take this order number"),
    CameBack.LIMITED: Policy(Then.WAIT, "over the call limit of the key"),
    CameBack.SERVER_ERROR: Policy(Then.RETRY, "MALL is failing"),
    CameBack.REJECTED: Policy(Then.RETRY, "MALL names an error in place of the order"),
    CameBack.UNEXPECTED: Policy(Then.RETRY, "not an answer of MALL's API: check the address"),
}

_WRITE: Mapping[CameBack, Policy] = {
    CameBack.OK: Policy(Then.ACCEPT, "accepted"),
    CameBack.EMPTY_BODY: Policy(Then.ACCEPT, "MALL's success answers may be empty"),
    CameBack.BROKEN_BODY: Policy(Then.READ_FIRST, "success or not cannot be told"),
    CameBack.TIMEOUT: Policy(Then.READ_FIRST, "it may have taken effect"),
    CameBack.NOT_CONNECTED: Policy(Then.RETRY, "it was never sent"),
    CameBack.CONNECTION_LOST: Policy(Then.READ_FIRST, "it may have taken effect"),
    CameBack.BAD_REQUEST: Policy(Then.REFUSED, "MALL refused it, or already holds it"),
    CameBack.UNAUTHORIZED: Policy(Then.STOP_SHOP, "the key is missing or revoked"),
    CameBack.FORBIDDEN: Policy(Then.REFUSED, "an illegal move, or the key: reading tells which"),
    CameBack.NOT_FOUND: Policy(Then.HOLD, "MALL does not know this order under this key"),
    CameBack.CONFLICT: Policy(Then.REFUSED, "MALL holds another status than we thought"),
    CameBack.UNPROCESSABLE: Policy(Then.REFUSED, "MALL refused it"),
    CameBack.LIMITED: Policy(Then.WAIT, "over the call limit of the key"),
    CameBack.SERVER_ERROR: Policy(Then.READ_FIRST, "it may have taken effect"),
    CameBack.REJECTED: Policy(Then.REFUSED, "MALL names an error, though HTTP says success"),
    CameBack.UNEXPECTED: Policy(Then.READ_FIRST, "not an answer of MALL's API: check the address"),
}

POLICIES: Mapping[Call, Mapping[CameBack, Policy]] = {Call.READ: _READ, Call.WRITE: _WRITE}


_ANSWERS_ALL_THE_SAME = frozenset({CameBack.CONFLICT, CameBack.REJECTED})
"""Not usable, but MALL's own words about this one order."""


def is_silence(call: Call, came_back: CameBack) -> bool:
    """Whether that is no answer of MALL's at all, so that the next call may meet the same."""
    unusable = policy(call, came_back).then in {Then.RETRY, Then.READ_FIRST}
    return unusable and came_back not in _ANSWERS_ALL_THE_SAME


def policy(call: Call, came_back: CameBack) -> Policy:
    """The policy for `came_back`; every pair has one."""
    return POLICIES[call][came_back]
