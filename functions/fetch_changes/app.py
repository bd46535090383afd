"""fetch_changes: woken by the schedule (every shop) and by its queue (one shop).

At least once: a repeated message fetches again, which changes nothing. A broken export, or one that never ends, is
reported in the shop's record and in the log. It is no error of this function: a later tick tries again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orderbridge.entrypoints import queue_handler
from orderbridge.flows.fetch_changes import fetch_changes, give_up, request_fetches
from orderbridge.messages import FetchRequest
from orderbridge.telemetry import count, logger
from orderbridge.time_left import OutOfTimeError, cut_in_time

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

    from orderbridge.bootstrap import Services


def fetch_one(ports: Services, record: SQSRecord) -> None:
    """Fetches the shop that the message names."""
    request = FetchRequest.model_validate_json(record.body)
    began = ports.clock.now()
    try:
        with cut_in_time():
            report = fetch_changes(
                ports,
                request.shop,
                requested_at=request.requested_at,
                by_person=request.by_person,
                rounds=request.rounds,
                # If the process is killed, the log names the shop that it worked on.
                begins=lambda: logger.info("fetch begins", extra={"shop": request.shop}),
            )
    except OutOfTimeError:
        report = give_up(ports, request.shop, began)
    if report is None:
        return
    details = {
        "shop": report.shop,
        "orders": report.orders,
        "shop_updates": report.shop_updates,
        "unchanged": report.unchanged,
    }
    if report.problem is not None:
        logger.error("export not used: %s", report.problem.log_line, extra=details)
    else:
        notes = [note.log_line for note in report.notes or ()]
        logger.info("export read", extra=details | ({"notes": notes} if notes else {}))
    count({"FetchesFailed": int(report.problem is not None), "ShopUpdates": report.shop_updates})


def request_all(ports: Services, _event: dict[str, Any]) -> dict[str, Any]:
    """Asks for a fetch of every shop."""
    return {"requested": request_fetches(ports)}


handler = queue_handler(fetch_one, ordered=False, on_tick=request_all)
