"""What is dead and may go: requests and ticks that a later one makes up for.

Every tick asks anew for every shop's fetch, lists, returns and digest; an alarm that was not told is asked for again
every five minutes. So a dead request that stayed would say nothing that is still true: it is named in the log and
dropped. A message about an order is never dropped: see ``retry_transitions.park_dead_letter``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from orderbridge.messages import AlarmRequest, DigestRequest, FetchRequest, ListRequest, ReturnsRequest

if TYPE_CHECKING:
    from collections.abc import Mapping


class _AwsRecord(BaseModel):
    """Words of AWS's. What else stands there, the text of an error for example, is not taken."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True, defer_build=True)


class Tick(_AwsRecord):
    """What a schedule sends. Where it could not be delivered, it stands alone."""

    trigger: str = Field(pattern=r"^[a-z_]{1,40}$")


class _Call(_AwsRecord):
    function: str = Field(alias="functionArn", pattern=r"^arn:[\w:$-]{1,200}$")
    condition: str = Field(pattern=r"^\w{1,60}$")


class FailedTick(_AwsRecord):
    """A tick that its function failed at, or was throttled for too long, in Lambda's own words."""

    tick: Tick = Field(alias="requestPayload")
    call: _Call = Field(alias="requestContext")


_FIFO_QUEUE: TypeAdapter[ListRequest | AlarmRequest | DigestRequest] = TypeAdapter(
    ListRequest | AlarmRequest | DigestRequest,
    config=ConfigDict(hide_input_in_errors=True, defer_build=True),
)
_STANDARD_QUEUE: TypeAdapter[FetchRequest | ReturnsRequest | FailedTick | Tick] = TypeAdapter(
    FetchRequest | ReturnsRequest | FailedTick | Tick,
    config=ConfigDict(hide_input_in_errors=True, defer_build=True),
)


def dead_request(body: str, *, in_order: bool) -> Mapping[str, str | int] | None:
    """What the dead message asked for, for the log, if it may go; None if it is no request of ours.

    `in_order`: it was sent through a FIFO queue. The two kinds of queues carry different requests.
    """
    try:
        request = (_FIFO_QUEUE if in_order else _STANDARD_QUEUE).validate_json(body)
    except ValidationError:
        return None
    match request:
        case ListRequest():
            return {"shop": request.shop, "what": request.what}
        case AlarmRequest():
            about = {} if request.mall_order_id is None else {"mall_order_id": request.mall_order_id}
            return {"shop": request.shop, **about}
        case DigestRequest():
            return {"shop": request.shop, "day": request.day}
        case FailedTick():
            function = request.call.function.partition(":function:")[2].partition(":")[0]
            return {"trigger": request.tick.trigger, "called": function, "condition": request.call.condition}
        case Tick():
            return {"trigger": request.trigger}
    return {"shop": request.shop}
