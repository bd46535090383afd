"""flag_returns: woken by its schedule (every shop) and by its queue (one shop).

At least once: an order that is looked at twice is flagged once. A shop that fails is repeated after the queue's
visibility timeout; the other shops have messages of their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response

from orderbridge.bootstrap import services
from orderbridge.flows.flag_returns import flag_returns, request_returns
from orderbridge.messages import ReturnsRequest
from orderbridge.telemetry import count, logged, logger

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
    from aws_lambda_powertools.utilities.typing import LambdaContext

processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


@logged
def flag_one(record: SQSRecord) -> None:
    """Goes through the shop that the message names."""
    own, request = services(), ReturnsRequest.model_validate_json(record.body)
    report = flag_returns(
        request.shop, shops=own.shops, ledger=own.ledger, queues=own.queues, clock=own.clock
    )
    if report is None:
        return
    if report.cut:
        logger.warning("more parcels than are gone through at a time", extra={"shop": report.shop})
    count({"ParcelsLookedAt": report.looks})


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> Any:  # noqa: ANN401 - whatever the trigger wants
    """Routes by trigger: messages of the queue, or a tick of the schedule (any other event)."""
    if "Records" in event:
        return process_partial_response(
            event=event, record_handler=flag_one, processor=processor, context=context
        )
    return {"requested": request_returns(shops=services().shops, queues=services().queues)}
