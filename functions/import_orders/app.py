"""import_orders: woken by its schedules (every shop), by the queue of lists and by the queue of steps in the shops.

Both queues are FIFO, one group per shop and one per order. At least once; the flows make a step once in the shop, and
a list that is read twice changes nothing. A short wait is the message's own: it is given back with a longer
visibility. A list that could not be read is reported, and is no error of this function: the next tick tries again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.utilities.batch import SqsFifoPartialProcessor, process_partial_response

from orderbridge.bootstrap import services
from orderbridge.flows.carry_out import StepOutcome
from orderbridge.flows.import_orders import write_to_shop
from orderbridge.flows.read_lists import ListOutcome, read_list, request_lists
from orderbridge.messages import ListRequest, Send
from orderbridge.telemetry import count, give_back, log_begin, log_step, logged, logger
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


@logged
def write_one(record: SQSRecord) -> None:
    """Carries out the step in the shop that the message names."""
    send = Send.model_validate_json(record.body)
    log_begin(send)
    result = write_to_shop(send, services())
    log_step(send, result)
    metrics = {
        "ShopWrites": int(result.outcome is StepOutcome.ACCEPTED),
        "ShopWritesRefused": int(result.outcome is StepOutcome.REFUSED),
        "StepsWithoutAnswer": int(result.unheard),
    }
    count(metrics)
    if result.retry_in is not None:
        give_back(record, services().shop_steps_visibility, result.retry_in)


@ends_with_invocation
@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> Any:  # noqa: ANN401 - whatever the trigger wants
    """Routes by trigger: messages (all of one queue), or a tick of one of the schedules."""
    if "Records" in event:
        in_shop = event["Records"][0]["eventSourceARN"].endswith("-shop-steps.fifo")
        return process_partial_response(
            event=event,
            record_handler=write_one if in_shop else read_one,
            processor=processor,
            context=context,
        )
    own = services()
    requested = request_lists(
        "reconcile" if event.get("trigger") == "reconcile" else "unconfirmed",
        shops=own.shops,
        queues=own.queues,
        clock=own.clock,
    )
    return {"requested": requested}
