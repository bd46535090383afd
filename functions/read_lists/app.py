"""read_lists: woken by its schedules (every shop) and by its queue (one list of one shop).

The queue is FIFO, one group per shop. At least once: a list that is read twice changes nothing. For a short wait the
message returns to its queue with a longer visibility. A list that could not be read is reported. It is no error of this
function: the next tick tries again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from orderbridge.entrypoints import queue_handler, return_to_queue
from orderbridge.flows.read_lists import ListOutcome, read_list, request_lists
from orderbridge.messages import ListRequest
from orderbridge.telemetry import count, logger

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


def request_all(ports: Services, event: dict[str, Any]) -> dict[str, Any]:
    """Requests a list for every shop. The schedule says which list."""
    what: Literal["reconcile", "unconfirmed"] = (
        "reconcile" if event.get("trigger") == "reconcile" else "unconfirmed"
    )
    return {"requested": request_lists(ports, what)}


handler = queue_handler(read_one, ordered=True, on_tick=request_all)
