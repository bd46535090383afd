"""flag_returns: woken by its schedule (every shop) and by its queue (one shop).

At least once: an order that is rechecked twice is flagged once. A shop that fails is repeated after the queue's
visibility time-out; each other shop has a message of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orderbridge.entrypoints import queue_handler
from orderbridge.flows.flag_returns import flag_returns, request_returns
from orderbridge.messages import ReturnsRequest
from orderbridge.telemetry import count, logger

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

    from orderbridge.bootstrap import Services


def flag_one(ports: Services, record: SQSRecord) -> None:
    """Goes through the parcels of the shop that the message names."""
    request = ReturnsRequest.model_validate_json(record.body)
    report = flag_returns(ports, request.shop)
    if report is None:
        return
    if report.cut:
        logger.warning("more parcels than are gone through at a time", extra={"shop": report.shop})
    count({"ParcelsRechecked": report.rechecks})


def request_all(ports: Services, _event: dict[str, Any]) -> dict[str, Any]:
    """Sends a message for every shop."""
    return {"requested": request_returns(ports)}


handler = queue_handler(flag_one, ordered=False, on_tick=request_all)
