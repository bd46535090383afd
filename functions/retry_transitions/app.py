"""retry_transitions: woken by the schedule (what is due, who was stopped) and by the dead-letter queues (what is dead).

At least once. What fails of a tick keeps nothing else of it from being done. Of what is dead, a message about an order
is parked and a request is dropped; what is neither, or cannot be parked, stays in its queue, where alarms show it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response

from orderbridge.bootstrap import services
from orderbridge.flows.dead_requests import dead_request
from orderbridge.flows.retry_transitions import (
    park_dead_letter,
    retry_transitions,
)
from orderbridge.flows.watch_shops import tell_of_stops, watch_shops
from orderbridge.telemetry import count, logged, logger

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from orderbridge.flows.watch_shops import ShopsReport

MOST_NAMES = 100
processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


@logged
def take_one(record: SQSRecord) -> None:
    """Drops one dead request, or parks one dead letter beside its order."""
    count({"DeadLetters": 1})
    own, arn = services(), record.event_source_arn
    queue = (record.attributes.dead_letter_queue_source_arn or arn).rsplit(":", 1)[-1]
    details: dict[str, Any] = {"message_id": record.message_id, "queue": queue}
    asked = dead_request(record.body, in_order=arn.endswith(".fifo"))
    if asked is not None:
        logger.error(
            "a request failed too often: dropped, a later one does its work", extra=details | dict(asked)
        )
        return
    letter = park_dead_letter(
        record.message_id,
        queue,
        record.body,
        int(record.attributes.approximate_receive_count),
        ledger=own.ledger,
        clock=own.clock,
    )
    details |= {"shop": letter.shop, "mall_order_id": letter.mall_order_id}
    logger.error("a message failed too often: its order is parked", extra=details)


def report(shops: ShopsReport) -> None:
    """The shops' figures, and the names behind those that sound an alarm."""
    figures = {"OldestFetchSeconds": shops.oldest_success_seconds, "StoppedShops": shops.stopped}
    told = {"ShopsWithoutFetch": shops.without_fetch, "ShopsRefused": shops.refused}
    count(figures | {figure: len(names) for figure, names in told.items()})
    for figure, names in told.items():
        if names:
            logger.error("shops need somebody: %s", ", ".join(names[:MOST_NAMES]), extra={"figure": figure})


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> Any:  # noqa: ANN401 - whatever the trigger wants
    """Routes by trigger: dead letters, or a tick of the schedule (any other event)."""
    if "Records" in event:
        return process_partial_response(
            event=event, record_handler=take_one, processor=processor, context=context
        )
    own = services()
    try:
        due = retry_transitions(ledger=own.ledger, queues=own.queues, clock=own.clock)
        count({"OrdersDue": due.looks, "OrdersDueLatestSeconds": due.latest_seconds})
    finally:  # neither keeps the other from being done, and the invocation fails all the same
        shops = watch_shops(shops=own.shops, clock=own.clock, patience=own.fetch_patience)
        report(shops)
        tell_of_stops(shops.records, notices=own.notices, queues=own.queues, clock=own.clock)
    return {"looks": due.looks, "shops": shops.shops, "stopped_shops": shops.stopped}
