"""Dead letters that may be dropped: requests and ticks that a later one repeats (R12.7).

Each tick requests every shop's fetch, lists, returns and digest again, and an alarm that was not sent is requested
again every five minutes. An old request says nothing that is still needed, so it is logged and dropped. A message about
an order is never dropped: see ``retry_transitions.park_dead_letter``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from orderbridge.messages import AlarmRequest, DigestRequest, FetchRequest, ListRequest, ReturnsRequest

if TYPE_CHECKING:
    from collections.abc import Mapping


class _AwsRecord(BaseModel):
    """A record in AWS's format. Fields that are not named here, such as an error's text, are not read."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True, defer_build=True)


class Tick(_AwsRecord):
    """The event that a schedule sends. A tick that could not be delivered is a dead letter by itself."""

    trigger: str = Field(pattern=r"^[a-z_]{1,40}$")


class _Call(_AwsRecord):
    function: str = Field(alias="functionArn", pattern=r"^arn:[\w:$-]{1,200}$")
    condition: str = Field(pattern=r"^\w{1,60}$")


class FailedTick(_AwsRecord):
    """A tick at which its function failed, or that was throttled too long, in Lambda's format."""

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
    """The dead request's fields for the log. None: it is no request of ours and must not be dropped.

    `in_order`: it came from a FIFO queue. FIFO and standard queues carry different requests.
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
