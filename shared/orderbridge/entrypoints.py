"""What the functions have in common: a handler for the messages of a queue and for the ticks of a schedule.

A function's ``app.py`` says what to do with one message and with one tick. The rest is here.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NoReturn

from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    SqsFifoPartialProcessor,
    process_partial_response,
)

from orderbridge import bootstrap
from orderbridge.errors import ReturnedToQueueError
from orderbridge.telemetry import logged, logger
from orderbridge.time_left import ends_with_invocation

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta

    from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from orderbridge.adapters.aws.visibility import QueueVisibility
    from orderbridge.bootstrap import Services

    Event = dict[str, Any]
    OnMessage = Callable[[Services, SQSRecord], None]
    OnTick = Callable[[Services, Event], Event]
    Handler = Callable[[Event, LambdaContext], Any]


def queue_handler(on_message: OnMessage, *, ordered: bool, on_tick: OnTick | None = None) -> Handler:
    """Makes the handler of a function that a queue wakes, and with `on_tick` also a schedule.

    At least once: a message for which `on_message` raises comes back after the queue's visibility time-out; the others
    of its batch do not. `ordered`: the queue is FIFO, and later messages of the same group wait behind a failed one.
    """
    processor = (
        SqsFifoPartialProcessor(skip_group_on_error=True) if ordered else BatchProcessor(EventType.SQS)
    )
    # Do not raise when a whole batch failed: an exception would only make Lambda start the process anew.
    processor.raise_on_entire_batch_failure = False

    @logged
    def handle_message(record: SQSRecord) -> None:
        on_message(bootstrap.from_environment(), record)

    @ends_with_invocation
    @logger.inject_lambda_context(clear_state=True)
    def handler(event: Event, context: LambdaContext) -> Any:  # noqa: ANN401 - whatever the trigger wants
        """Routes by trigger: messages of the queue, or a tick of the schedule (any other event)."""
        if on_tick is not None and "Records" not in event:
            return on_tick(bootstrap.from_environment(), event)
        return process_partial_response(
            event=event, record_handler=handle_message, processor=processor, context=context
        )

    return handler


def return_to_queue(record: SQSRecord, visibility: QueueVisibility, wait: timedelta) -> NoReturn:
    """Returns a message to its queue: it comes back after `wait`, in whole seconds. Always raises."""
    visibility.hide(record.receipt_handle, math.ceil(wait.total_seconds()))
    raise ReturnedToQueueError
