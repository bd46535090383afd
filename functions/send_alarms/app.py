"""send_alarms: woken by the queue of alarms (FIFO; one group per order, one per shop) and by the digests' schedule.

At least once: a message that fails is repeated after the queue's visibility timeout. What was told is noted behind
it, so only a crash in between tells a shop's people something twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.utilities.batch import SqsFifoPartialProcessor, process_partial_response

from orderbridge.bootstrap import services
from orderbridge.flows.send_alarms import request_digests, send_alarm, send_digest
from orderbridge.messages import TELLING, DigestRequest
from orderbridge.telemetry import count, logged, logger

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
    from aws_lambda_powertools.utilities.typing import LambdaContext

processor = SqsFifoPartialProcessor(skip_group_on_error=True)
processor.raise_on_entire_batch_failure = False


@logged
def tell_one(record: SQSRecord) -> None:
    """Tells what the message asks for: the alarms of one order, that a shop was stopped, or a shop's digest."""
    request = TELLING.validate_json(record.body)
    alarms = digests = 0
    if isinstance(request, DigestRequest):
        digests = int(send_digest(request, services()))
        about: dict[str, Any] = {"day": request.day}
    else:
        alarms = send_alarm(request, services())
        about = {"mall_order_id": request.mall_order_id}
    if alarms or digests:
        logger.info("the shop's people were told", extra={"shop": request.shop, "alarms": alarms} | about)
    count({"AlarmsSent": alarms, "DigestsSent": digests})


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> Any:  # noqa: ANN401 - whatever the trigger wants
    """Routes by trigger: messages of the queue, or the tick of the digests (any other event)."""
    if "Records" in event:
        return process_partial_response(
            event=event, record_handler=tell_one, processor=processor, context=context
        )
    own = services()
    return {"requested": request_digests(shops=own.shops, queues=own.queues, clock=own.clock)}
