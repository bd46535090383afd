"""retry_transitions: woken by the schedule (due orders, stopped shops) and by the dead-letter queues.

At least once. If one part of a tick fails, the other is done all the same. A dead message about an order is sent again
or parks its order; a dead request is dropped. A message that is neither, or that cannot be handled, stays in its queue,
where an alarm shows it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orderbridge.entrypoints import queue_handler
from orderbridge.flows.common.dead_letters import take_dead_letter
from orderbridge.flows.common.dead_requests import dead_request
from orderbridge.flows.common.watch_shops import notify_stopped_shops, watch_shops
from orderbridge.flows.retry_transitions import retry_transitions
from orderbridge.telemetry import count, logger

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

    from orderbridge.bootstrap import Services
    from orderbridge.flows.common.watch_shops import ShopsReport

MAX_NAMES = 100


def take_one(ports: Services, record: SQSRecord) -> None:
    """Drops a dead request. Sends a dead message about an order again, or parks the order."""
    arn = record.event_source_arn
    queue = (record.attributes.dead_letter_queue_source_arn or arn).rsplit(":", 1)[-1]
    details: dict[str, Any] = {"message_id": record.message_id, "queue": queue}
    asked = dead_request(record.body, in_order=arn.endswith(".fifo"))
    if asked is not None:
        count({"DeadLetters": 1})
        logger.error(
            "a request failed too often: dropped, a later one does its work", extra=details | dict(asked)
        )
        return
    letter, is_parked = take_dead_letter(
        ports, record.message_id, queue, record.body, int(record.attributes.approximate_receive_count)
    )
    count({"DeadLetters": 1, "OrdersParked": int(is_parked)})
    details |= {"shop": letter.shop, "mall_order_id": letter.mall_order_id}
    after = "its order is parked" if is_parked else "it is not the only one, and is tried again"
    logger.error("a message failed too often: %s", after, extra=details)


def report(shops: ShopsReport) -> None:
    """Counts the shops' figures, and logs the names of the shops that set off an alarm."""
    figures = {"OldestFetchSeconds": shops.oldest_success_seconds, "StoppedShops": shops.stopped}
    told = {"ShopsWithoutFetch": shops.without_fetch, "ShopsRefused": shops.refused}
    count(figures | {figure: len(names) for figure, names in told.items()})
    for figure, names in told.items():
        if names:
            logger.error("shops need somebody: %s", ", ".join(names[:MAX_NAMES]), extra={"figure": figure})


def tick(ports: Services, _event: dict[str, Any]) -> dict[str, Any]:
    """Wakes due orders, and reports how the shops are doing. If the first fails, the second is done all the same."""
    try:
        due = retry_transitions(ports)
        count({"OrdersDue": due.rechecks, "OrdersDueLatestSeconds": due.latest_seconds})
    finally:  # an exception still fails the invocation
        shops = watch_shops(ports, patience=ports.fetch_patience)
        report(shops)
        notify_stopped_shops(ports, shops.records)
    return {"rechecks": due.rechecks, "shops": shops.shops, "stopped_shops": shops.stopped}


handler = queue_handler(take_one, ordered=False, on_tick=tick)
