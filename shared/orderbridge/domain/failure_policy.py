"""What came back from the marketplace → what to do → who must act. The whole policy, in one table.

The marketplace's adapter says *what came back*; the flow ``push_to_mall`` does *what to do*. A call is a READ
(GET of one order: repeating it is harmless) or a WRITE (PUT: repeating it after an unclear answer is not).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from orderbridge.domain.orders import Actor

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
    """What to do, who must act before it can go on, and why it is so."""

    then: Then
    actor: Actor
    why: str


_READ: Mapping[CameBack, Policy] = {
    CameBack.OK: Policy(Then.ACCEPT, Actor.NOBODY, "read"),
    CameBack.EMPTY_BODY: Policy(Then.RETRY, Actor.NOBODY, "an answer without the order says nothing"),
    CameBack.BROKEN_BODY: Policy(Then.RETRY, Actor.NOBODY, "an unreadable answer says nothing"),
    CameBack.TIMEOUT: Policy(Then.RETRY, Actor.NOBODY, "reading again is harmless"),
    CameBack.NOT_CONNECTED: Policy(Then.RETRY, Actor.NOBODY, "MALL could not be reached"),
    CameBack.CONNECTION_LOST: Policy(Then.RETRY, Actor.NOBODY, "reading again is harmless"),
    CameBack.BAD_REQUEST: Policy(Then.HOLD, Actor.CLERK, "MALL does not take this order number"),
    CameBack.UNAUTHORIZED: Policy(Then.STOP_SHOP, Actor.INTEGRATOR, "the key is missing or revoked"),
    CameBack.FORBIDDEN: Policy(Then.STOP_SHOP, Actor.INTEGRATOR, "the key may not read orders"),
    CameBack.NOT_FOUND: Policy(Then.HOLD, Actor.CLERK, "MALL does not know this order under this key"),
    CameBack.CONFLICT: Policy(Then.RETRY, Actor.NOBODY, "not a refusal of a read that MALL documents"),
    CameBack.UNPROCESSABLE: Policy(Then.HOLD, Actor.CLERK, "MALL does not take this order number"),
    CameBack.LIMITED: Policy(Then.WAIT, Actor.NOBODY, "over the call limit of the key"),
    CameBack.SERVER_ERROR: Policy(Then.RETRY, Actor.MARKETPLACE, "MALL is failing"),
    CameBack.UNEXPECTED: Policy(
        Then.RETRY, Actor.INTEGRATOR, "not an answer of MALL's API: check the address"
    ),
}

_WRITE: Mapping[CameBack, Policy] = {
    CameBack.OK: Policy(Then.ACCEPT, Actor.NOBODY, "accepted"),
    CameBack.EMPTY_BODY: Policy(Then.ACCEPT, Actor.NOBODY, "MALL's success answers may be empty"),
    CameBack.BROKEN_BODY: Policy(Then.READ_FIRST, Actor.NOBODY, "success or not cannot be told"),
    CameBack.TIMEOUT: Policy(Then.READ_FIRST, Actor.NOBODY, "it may have taken effect"),
    CameBack.NOT_CONNECTED: Policy(Then.RETRY, Actor.NOBODY, "it was never sent"),
    CameBack.CONNECTION_LOST: Policy(Then.READ_FIRST, Actor.NOBODY, "it may have taken effect"),
    CameBack.BAD_REQUEST: Policy(Then.REFUSED, Actor.CLERK, "MALL refused it, or already holds it"),
    CameBack.UNAUTHORIZED: Policy(Then.STOP_SHOP, Actor.INTEGRATOR, "the key is missing or revoked"),
    CameBack.FORBIDDEN: Policy(Then.REFUSED, Actor.CLERK, "an illegal move, or the key: reading tells which"),
    CameBack.NOT_FOUND: Policy(Then.HOLD, Actor.CLERK, "MALL does not know this order under this key"),
    CameBack.CONFLICT: Policy(Then.REFUSED, Actor.CLERK, "MALL holds another status than we thought"),
    CameBack.UNPROCESSABLE: Policy(Then.REFUSED, Actor.CLERK, "MALL refused it"),
    CameBack.LIMITED: Policy(Then.WAIT, Actor.NOBODY, "over the call limit of the key"),
    CameBack.SERVER_ERROR: Policy(Then.READ_FIRST, Actor.MARKETPLACE, "it may have taken effect"),
    CameBack.UNEXPECTED: Policy(
        Then.READ_FIRST, Actor.INTEGRATOR, "not an answer of MALL's API: check the address"
    ),
}

POLICIES: Mapping[Call, Mapping[CameBack, Policy]] = {Call.READ: _READ, Call.WRITE: _WRITE}


def policy(call: Call, came_back: CameBack) -> Policy:
    """The policy for `came_back`; every pair has one."""
    return POLICIES[call][came_back]
