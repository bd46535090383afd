"""read_lists: woken by its schedules (every shop) and by its queue (one list of one shop).

The queue is FIFO, one group per shop. At least once: a list that is read twice changes nothing. A short wait is the
message's own: it is given back with a longer visibility. A list that could not be read is reported, and is no error of
this function: the next tick tries again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.utilities.batch import SqsFifoPartialProcessor, process_partial_response

from orderbridge.bootstrap import services
from orderbridge.flows.read_lists import ListOutcome, read_list, request_lists
from orderbridge.messages import ListRequest
from orderbridge.telemetry import count, give_back, logged, logger
from orderbridge.time_left import ends_with_invocation

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
    from aws_lambda_powertools.utilities.typing import LambdaContext

processor = SqsFifoPartialProcessor(skip_group_on_error=True)
processor.raise_on_entire_batch_failure = False


@logged
def read_one(record: SQSRecord) -> None:
    """Reads the list that the message asks for."""
    request = ListRequest.model_validate_json(record.body)
    logger.info("list begins", extra={"shop": request.shop, "list": request.what})
    report = read_list(request, services())
    details = {
        "shop": report.shop,
        "list": report.what,
        "outcome": report.outcome.value,
        "orders": report.orders,
        "handed_over": report.handed_over,
    }
    failed = report.outcome is ListOutcome.FAILED
    if failed:
        logger.error("list not read: %s", report.problem, extra=details)
    elif report.problem:
        logger.warning("list read, but: %s", report.problem, extra=details)
    elif report.outcome is ListOutcome.READ:
        logger.info("list read", extra=details)
    count({"ListCalls": report.calls, "OrdersListed": report.orders, "ListsFailed": int(failed)})
    if report.retry_in is not None:
        give_back(record, services().lists_visibility, report.retry_in)


@ends_with_invocation
@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> Any:  # noqa: ANN401 - whatever the trigger wants
    """Routes by trigger: messages of the queue, or a tick of one of the schedules."""
    if "Records" in event:
        return process_partial_response(
            event=event, record_handler=read_one, processor=processor, context=context
        )
    own = services()
    requested = request_lists(
        "reconcile" if event.get("trigger") == "reconcile" else "unconfirmed",
        shops=own.shops,
        queues=own.queues,
        clock=own.clock,
    )
    return {"requested": requested}
