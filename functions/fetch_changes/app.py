"""fetch_changes: woken by the schedule (every shop) and by its queue (one shop).

At least once: a message that is seen twice fetches twice, which changes nothing. A broken export, or one that takes
for ever, is reported in the shop's record and the log, and is no error of this function: a later tick tries again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response

from orderbridge.bootstrap import services
from orderbridge.flows.fetch_changes import fetch_changes, give_up, request_fetches
from orderbridge.messages import FetchRequest
from orderbridge.telemetry import count, logged, logger
from orderbridge.time_left import OutOfTimeError, cut_in_time, ends_with_invocation

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
    from aws_lambda_powertools.utilities.typing import LambdaContext

processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


@logged
def fetch_one(record: SQSRecord) -> None:
    """Fetches the shop that the message names."""
    request, own = FetchRequest.model_validate_json(record.body), services()
    began = own.clock.now()
    try:
        with cut_in_time():
            report = fetch_changes(
                request.shop,
                own,
                asked_at=request.asked_at,
                by_person=request.by_person,
                rounds=request.rounds,
                # So that whatever ends this process then has a name.
                begins=lambda: logger.info("fetch begins", extra={"shop": request.shop}),
            )
    except OutOfTimeError:
        report = give_up(request.shop, began, own)
    if report is None:
        return
    details = {
        "shop": report.shop,
        "orders": report.orders,
        "news": report.news,
        "unchanged": report.unchanged,
    }
    if report.problem:
        logger.error("export not used: %s", report.problem, extra=details)
    else:
        logger.info("export read", extra=details | ({"notes": report.notes} if report.notes else {}))
    count({"FetchesFailed": int(bool(report.problem)), "News": report.news})


@ends_with_invocation
@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> Any:  # noqa: ANN401 - whatever the trigger wants
    """Routes by trigger: messages of the queue, or a tick of the schedule (any other event)."""
    if "Records" in event:
        return process_partial_response(
            event=event, record_handler=fetch_one, processor=processor, context=context
        )
    own = services()
    requested = request_fetches(shops=own.shops, queues=own.queues, clock=own.clock)
    return {"requested": requested}
