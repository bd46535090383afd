"""import_orders: woken by its schedules (every shop), by the queue of lists and by the queue of steps in the shops.

Both queues are FIFO, one group per shop and one per order. At least once; the flows make a step once in the shop, and
a list that is read twice changes nothing. A short wait is the message's own: it is given back with a longer
visibility. A list that could not be read is reported, and is no error of this function: the next tick tries again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from orderbridge.entrypoints import queue_handler, return_to_queue
from orderbridge.flows.carry_out import StepOutcome
from orderbridge.flows.import_orders import write_to_shop
from orderbridge.flows.read_lists import ListOutcome, read_list, request_lists
from orderbridge.messages import ListRequest, Send
from orderbridge.telemetry import count, log_begin, log_step, logger

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

    from orderbridge.bootstrap import Services


def read_one(ports: Services, record: SQSRecord) -> None:
    """Reads the list that the message asks for."""
    request = ListRequest.model_validate_json(record.body)
    logger.info("list begins", extra={"shop": request.shop, "list": request.what})
    report = read_list(ports, request)
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
        return_to_queue(record, ports.lists_visibility, report.retry_in)


def write_one(ports: Services, record: SQSRecord) -> None:
    """Carries out the step in the shop that the message names."""
    send = Send.model_validate_json(record.body)
    log_begin(send)
    result = write_to_shop(ports, send)
    log_step(send, result)
    metrics = {
        "ShopWrites": int(result.outcome is StepOutcome.ACCEPTED),
        "ShopWritesRefused": int(result.outcome is StepOutcome.REFUSED),
        "StepsWithoutAnswer": int(result.unheard),
    }
    count(metrics)
    if result.retry_in is not None:
        return_to_queue(record, ports.shop_steps_visibility, result.retry_in)


def handle_one(ports: Services, record: SQSRecord) -> None:
    """Routes by queue."""
    in_shop = record.event_source_arn.endswith("-shop-steps.fifo")
    (write_one if in_shop else read_one)(ports, record)


def request_all(ports: Services, event: dict[str, Any]) -> dict[str, Any]:
    """Asks for a list of every shop: which one depends on the schedule."""
    what: Literal["reconcile", "unconfirmed"] = (
        "reconcile" if event.get("trigger") == "reconcile" else "unconfirmed"
    )
    return {"requested": request_lists(ports, what)}


handler = queue_handler(handle_one, ordered=True, on_tick=request_all)
