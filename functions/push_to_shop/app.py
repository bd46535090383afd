"""push_to_shop: woken by the queue of steps in the shop (FIFO, one group per order), one message at a time.

At least once; the flow makes a step once in the shop. A short wait is the message's own: it is given back with a longer
visibility. A long wait is in the order's record, and ``retry_transitions`` sends a new message.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.utilities.batch import SqsFifoPartialProcessor, process_partial_response

from orderbridge.bootstrap import services
from orderbridge.flows.carry_out import StepOutcome
from orderbridge.flows.push_to_shop import push_to_shop
from orderbridge.messages import Send
from orderbridge.telemetry import count, give_back, log_begin, log_step, logged, logger
from orderbridge.time_left import ends_with_invocation

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
    from aws_lambda_powertools.utilities.typing import LambdaContext

processor = SqsFifoPartialProcessor(skip_group_on_error=True)
processor.raise_on_entire_batch_failure = False


@logged
def push_one(record: SQSRecord) -> None:
    """Carries out the step that the message names."""
    send = Send.model_validate_json(record.body)
    log_begin(send)
    result = push_to_shop(send, services())
    log_step(send, result)
    metrics = {
        "ShopStepsAccepted": int(result.outcome is StepOutcome.ACCEPTED),
        "ShopStepsRefused": int(result.outcome is StepOutcome.REFUSED),
        "StepsWithoutAnswer": int(result.unheard),
    }
    count(metrics)
    if result.retry_in is not None:
        give_back(record, services().shop_steps_visibility, result.retry_in)


@ends_with_invocation
@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> Any:  # noqa: ANN401 - Powertools' own return type
    """Answers with the messages that must come back."""
    return process_partial_response(
        event=event, record_handler=push_one, processor=processor, context=context
    )
